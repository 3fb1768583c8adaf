/* SPDX-License-Identifier: MIT */
/*
 * A virtio device, between its transport and its type (virtio 1.2, "Basic Facilities of a Virtio
 * Device").
 *
 *     transport (virtio_mmio.c)  <->  struct virtio (virtio.c)  <->  type (virtio_net.c,
 * virtio_blk.c, ...)
 *
 * The middle holds what all have in common: status, feature negotiation, virtqueues, config
 * generation, and the broken state. A type embeds a struct virtio and hands out its address; a
 * transport knows nothing else of it. "Legacy" below is a driver that did not accept
 * VIRTIO_F_VERSION_1.
 *
 * Only little-endian guests: a legacy driver of a big-endian kernel is not served.
 */
#ifndef DEVICES_VIRTIO_H
#define DEVICES_VIRTIO_H

#include "devices/device.h"
#include "devices/env.h"
#include "devices/virtqueue.h"

/* Virtio 1.2, "Device Status Field". */
#define VIRTIO_STATUS_ACKNOWLEDGE 0x01
#define VIRTIO_STATUS_DRIVER      0x02
#define VIRTIO_STATUS_DRIVER_OK   0x04
#define VIRTIO_STATUS_FEATURES_OK 0x08
#define VIRTIO_STATUS_NEEDS_RESET 0x40
#define VIRTIO_STATUS_FAILED      0x80

/* Virtio 1.2, "Reserved Feature Bits"; those of the rings are in virtqueue.h. */
#define VIRTIO_F_ANY_LAYOUT VIRTIO_FEATURE(27) /* legacy drivers only */
#define VIRTIO_F_VERSION_1  VIRTIO_FEATURE(32)
#define VIRTIO_F_RING_RESET VIRTIO_FEATURE(40)

#define VIRTIO_QUEUES_MAX 4

struct virtio;

/* A device type. `dev` is the type's own struct. */
struct virtio_device_ops {
    const char *name;                       /* for the log: "virtio-net" */
    uint16_t id;                            /* virtio 1.2, "Device Types" */
    uint16_t queues;                        /* virtqueues 0..queues-1, at most VIRTIO_QUEUES_MAX */
    uint16_t queue_size[VIRTIO_QUEUES_MAX]; /* Queue Size at reset, a power of two */
    /* Feature bits of this type that only a legacy driver is offered. */
    uint64_t legacy_features;
    /* Device-specific configuration, little-endian; [offset, offset + size) lies within
     * config_size. config_write NULL: no field can be written. */
    void (*config_read)(const void *dev, size_t offset, uint8_t *data, size_t size);
    void (*config_write)(void *dev, size_t offset, const uint8_t *data, size_t size);
    /* The driver notified a ready queue, or set DRIVER_OK with something in it. */
    void (*queue_notify)(void *dev, unsigned queue);
    /* The type's own state; the common part is done. NULL: it has none. */
    void (*reset)(void *dev);
    void (*save)(const void *dev, struct snapshot_writer *out);
    bool (*load)(void *dev, struct snapshot_reader *in);
    void (*destroy)(void *dev);
};

/* What a transport does for the device. */
struct virtio_transport {
    void (*queue_interrupt)(void *transport, unsigned queue); /* a used buffer notification */
    void (*config_interrupt)(void *transport); /* a configuration change notification */
    void *transport;
};

/* What the guest can see of the common part. Plain data; the queues follow it in a snapshot. */
struct virtio_state {
    uint64_t driver_features; /* accepted so far */
    uint32_t generation;      /* of the configuration */
    uint8_t status;
    uint8_t broken; /* the driver broke a rule; only a reset helps */
};

struct virtio {
    struct virtio_state s;
    struct virtqueue queue[VIRTIO_QUEUES_MAX];
    uint64_t features; /* offered, to legacy and modern drivers together */
    size_t config_size;
    bool bus_master; /* the transport's; not touched by a reset */
    const struct virtio_device_ops *ops;
    void *dev;
    struct device_env env;
    struct virtio_transport port;
};

/* ---- for a type ---- */

/* `features` are the type's own; the ring's and VERSION_1 are added. config_size: bytes of
 * device-specific configuration. The env is copied. */
void virtio_init(struct virtio *v, const struct virtio_device_ops *ops, void *dev,
                 const struct device_env *env, uint64_t features, size_t config_size);

/* Whether the driver accepted all of `features`. */
static inline bool virtio_has(const struct virtio *v, uint64_t features)
{
    return (v->s.driver_features & features) == features;
}

/* Raises the queue's interrupt if the driver wants to hear of what was published. */
void virtio_queue_signal(struct virtio *v, unsigned queue);

/* The common end of a chain: one used entry, published, and the interrupt if it is wanted. */
void virtio_queue_finish(struct virtio *v, unsigned queue, uint16_t head, size_t written);

/* A configuration field has changed: new generation, interrupt. */
void virtio_config_changed(struct virtio *v);

/* The driver broke a rule that leaves no way on: logged; broken until reset (DEVICE_NEEDS_RESET for
 * a modern driver). */
__attribute__((format(printf, 2, 3))) void virtio_break(struct virtio *v, const char *format, ...);

/* One line of guest misuse in the device's name, the device goes on. */
__attribute__((format(printf, 2, 3))) void virtio_misuse(const struct virtio *v, const char *format,
                                                         ...);

/* ---- for a transport ---- */

void virtio_connect(struct virtio *v, struct virtio_transport port);

/* Feature bits offered to a legacy driver or a modern one: bits 32 * word .. 32 * word + 31; 0
 * beyond the second word. */
uint32_t virtio_offered(const struct virtio *v, uint32_t word, bool legacy);

/* The same of what the driver has accepted. */
uint32_t virtio_accepted(const struct virtio *v, uint32_t word);

/* Takes one word of the driver's choice; bits that are not offered are left out and logged.
 * Ignored, and logged, once FEATURES_OK is set. */
void virtio_accept(struct virtio *v, uint32_t word, uint32_t features, bool legacy);

/* Writes the status. 0 resets the device; NEEDS_RESET goes only that way. */
void virtio_set_status(struct virtio *v, uint8_t status);

/* The queue that a transport's selector names, or NULL. */
struct virtqueue *virtio_queue(struct virtio *v, uint32_t queue);

/* The driver's choice of a Queue Size; one that cannot be is ignored and logged. */
void virtio_queue_set_size(struct virtio *v, uint32_t queue, uint32_t size);

/* Modern layout: one half of the address of one part, which a ready queue does not take any more
 * (logged). */
enum virtio_queue_part { VIRTIO_QUEUE_DESC, VIRTIO_QUEUE_DRIVER, VIRTIO_QUEUE_DEVICE };
uint32_t virtio_queue_address(struct virtio *v, uint32_t queue, enum virtio_queue_part part,
                              bool high);
void virtio_queue_set_address(struct virtio *v, uint32_t queue, enum virtio_queue_part part,
                              bool high, uint32_t value);

/* Virtio 1.2, "Virtqueue Reset": takes one queue back, if the driver accepted VIRTIO_F_RING_RESET.
 */
void virtio_queue_reset(struct virtio *v, uint32_t queue);

/* Hand a queue to the device, as virtqueue.h says; an impossible layout breaks the device. */
void virtio_queue_enable(struct virtio *v, uint32_t queue);
void virtio_queue_set_legacy_base(struct virtio *v, uint32_t queue, uint64_t base);

/* Whether the device may reach memory, which it may at first. While it may not, its queues stand
 * still. */
void virtio_set_bus_master(struct virtio *v, bool on);

/* Power-on state of the device and its queues. The transport resets its own part. */
void virtio_reset(struct virtio *v);

void virtio_queue_notify(struct virtio *v, uint32_t queue);

/* size 1, 2, 4 or 8; what leaves the configuration reads as all ones and is not written. */
uint64_t virtio_config_read(const struct virtio *v, uint64_t offset, unsigned size);
void virtio_config_write(struct virtio *v, uint64_t offset, unsigned size, uint64_t value);

/* Common part, queues, and the type's own. load returns false when the data does not fit the
 * device. */
void virtio_save(const struct virtio *v, struct snapshot_writer *out);
bool virtio_load(struct virtio *v, struct snapshot_reader *in);

/* Frees the device that `v` is part of. */
void virtio_destroy(struct virtio *v);

#endif
