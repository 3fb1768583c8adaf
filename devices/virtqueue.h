/* SPDX-License-Identifier: MIT */
/*
 * A split virtqueue, seen from the device (virtio 1.2, "Split Virtqueues").
 *
 * The rings lie in guest memory and every word of them is the driver's claim: indices, addresses,
 * lengths and links are checked before they are used. A claim that breaks the rules ends in one
 * call of `fault`, which marks the device broken; virtqueue_pop then finds nothing until the device
 * is reset.
 *
 * Life of a chain: virtqueue_pop, move the data through the segments, virtqueue_fill,
 * virtqueue_publish. Our devices finish a chain within the call that popped it, so none is ever in
 * flight in a snapshot.
 */
#ifndef DEVICES_VIRTQUEUE_H
#define DEVICES_VIRTQUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#include "devices/env.h"

/* Feature bits of the rings (virtio 1.2, "Reserved Feature Bits"). */
#define VIRTIO_FEATURE(bit)      (UINT64_C(1) << (bit))
#define VIRTIO_F_NOTIFY_ON_EMPTY VIRTIO_FEATURE(24) /* legacy drivers only */
#define VIRTIO_F_INDIRECT_DESC   VIRTIO_FEATURE(28)
#define VIRTIO_F_EVENT_IDX       VIRTIO_FEATURE(29)

/* The largest Queue Size offered, and the most segments that one chain may have (host IOV_MAX). */
#define VIRTQUEUE_SIZE_MAX 1024

/* What the guest can see and what a snapshot holds. Plain data. */
struct virtqueue_state {
    uint64_t desc, avail, used; /* guest-physical addresses of the three parts */
    uint32_t align;             /* legacy layout: alignment of the used ring in bytes */
    uint16_t size;              /* entries, 1..VIRTQUEUE_SIZE_MAX */
    uint16_t last_avail;        /* index of the next available entry to take, free running */
    uint16_t used_idx;          /* index of the next used entry to write, free running */
    uint16_t signalled;         /* used_idx at the last interrupt, if `signalled_valid` */
    uint8_t ready;              /* the driver has handed the queue over */
    uint8_t signalled_valid;
    uint8_t notify; /* we ask the driver for notifications */
};

struct virtqueue {
    struct virtqueue_state s;
    uint64_t features; /* negotiated; kept by virtio.c */
    bool stopped;      /* nothing is taken from the queue; kept by virtio.c */
    const struct dma_port *dma;
    void (*fault)(void *owner,
                  const char *what); /* the driver broke a rule; called at most once a pop */
    void *owner;
};

/* One descriptor chain, in host addresses: `readable` segments that the driver wrote, then
 * `writable` ones that the device may write. Valid until the call from the transport returns. */
struct virtqueue_chain {
    uint16_t head;
    unsigned readable, writable;
    size_t read_size, write_size; /* bytes in each part */
    struct iovec segment[VIRTQUEUE_SIZE_MAX];
};

/* Back to the power-on state: not ready, Queue Size VIRTQUEUE_SIZE_MAX, all indices 0. */
void virtqueue_reset(struct virtqueue *q);

/* Legacy layout: the three parts stand one after the other from guest-physical `base`, the used
 * ring at the next multiple of s.align (virtio 1.2, "Legacy Interfaces: A Note on Virtqueue
 * Layout"). base 0 takes the queue away from the device. false: base or s.align cannot be; the
 * queue is not ready. */
bool virtqueue_set_legacy_base(struct virtqueue *q, uint64_t base);

/* Modern layout: takes s.desc, s.avail and s.used as the driver left them. false: the addresses are
 * not aligned as the layout asks; the queue stays not ready. */
bool virtqueue_enable(struct virtqueue *q);

/* A Queue Size that we can work with. (The standard asks for a power of two besides.) */
bool virtqueue_size_valid(uint32_t size);

/* The driver has made no chain available that was not taken yet. A broken or unready queue is
 * empty. */
bool virtqueue_empty(struct virtqueue *q);

/* Takes the next available chain. false: there is none, or the driver broke a rule and `fault` was
 * called. */
bool virtqueue_pop(struct virtqueue *q, struct virtqueue_chain *chain);

/* Gives the last `count` popped chains back, as if they had not been taken. Nothing may have been
 * published for them. */
void virtqueue_rewind(struct virtqueue *q, unsigned count);

/* Writes a used entry for `head`, `ahead` places behind the last published one; the driver does not
 * see it before virtqueue_publish. `written`: bytes written into the writable part, from its start.
 */
void virtqueue_fill(struct virtqueue *q, uint16_t head, size_t written, unsigned ahead);

/* Makes `count` filled entries visible to the driver. */
void virtqueue_publish(struct virtqueue *q, unsigned count);

/* Whether the driver wants an interrupt for what was published since the last time this said so. */
bool virtqueue_interrupt_due(struct virtqueue *q);

/* Asks the driver for notifications, or to leave them out (a hint). After asking, look at
 * virtqueue_empty again. */
void virtqueue_set_notify(struct virtqueue *q, bool wanted);

/* Copies up to `size` bytes out of the readable part, from its byte `offset`; returns how many
 * there were. */
size_t virtqueue_chain_read(const struct virtqueue_chain *c, size_t offset, void *to, size_t size);

/* Copies up to `size` bytes into the writable part, from its byte `offset`; returns how many there
 * was room for. */
size_t virtqueue_chain_write(const struct virtqueue_chain *c, size_t offset, const void *from,
                             size_t size);

/* The writable part's byte `offset`, or NULL beyond its end. */
uint8_t *virtqueue_chain_byte(const struct virtqueue_chain *c, size_t offset);

/* Whether a state read from a snapshot keeps the rules that this file relies on. */
bool virtqueue_state_valid(const struct virtqueue_state *s);

#endif
