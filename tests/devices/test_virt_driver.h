/* SPDX-License-Identifier: MIT */
/*
 * The guest's half of virtio for tests: a small RAM, virtqueues built in it by hand, and a slot
 * driven through its registers in the order of Linux's virtio_mmio driver.
 */
#ifndef TESTS_DEVICES_TEST_VIRT_DRIVER_H
#define TESTS_DEVICES_TEST_VIRT_DRIVER_H

#include "devices/virtio_mmio.h"
#include "tests/devices/rig.h"

#define RAM_BASE UINT64_C(0x40000000)
#define RAM_SIZE UINT64_C(0x100000)

#define NEXT     1
#define WRITE    2
#define INDIRECT 4

struct guest {
    struct rig rig;
    struct wire wire;
    uint8_t *ram;  /* RAM_SIZE bytes of their own, so that a step over the edge is seen */
    uint64_t free; /* next address that guest_alloc gives */
    struct virtio_mmio *slot;
};

void guest_init(struct guest *g);
void guest_free(struct guest *g); /* the slot with it */
/* RAM of the guest that nothing else uses; align: a power of two. */
uint64_t guest_alloc(struct guest *g, size_t size, uint64_t align);
void *guest_ram(struct guest *g, uint64_t pa);

/* A virtqueue as the driver sees it. */
struct ring {
    struct guest *g;
    uint64_t desc, avail, used;
    unsigned size;
    unsigned next;      /* descriptor to use next */
    uint16_t available; /* our available index */
    uint16_t seen;      /* used entries taken */
};

/* In the legacy layout, at a page boundary. */
void ring_init(struct ring *r, struct guest *g, unsigned size);
void ring_desc(struct ring *r, unsigned i, uint64_t addr, uint32_t len, uint16_t flags,
               uint16_t next);
/* Makes a head available, without looking at it. */
void ring_offer(struct ring *r, uint16_t head);

struct buffer {
    uint64_t addr;
    uint32_t len;
    bool write;
};
/* Chains `count` buffers and makes them available; returns the head. */
uint16_t ring_add(struct ring *r, const struct buffer *buffers, unsigned count);
/* The next used entry that was not taken yet: false if there is none. */
bool ring_take(struct ring *r, uint32_t *id, uint32_t *len);
void ring_set_avail_flags(struct ring *r, uint16_t flags);
void ring_set_used_event(struct ring *r, uint16_t event);
uint16_t ring_used_flags(const struct ring *r);
uint16_t ring_avail_event(const struct ring *r);

/* Registers of the slot. */
uint32_t reg(struct guest *g, uint64_t offset);
void set(struct guest *g, uint64_t offset, uint32_t value);

/* From reset to DRIVER with `features` accepted (as far as they are offered). Modern: FEATURES_OK
 * checked. */
void legacy_start(struct guest *g, uint32_t features);
void modern_start(struct guest *g, uint64_t features);
void legacy_queue(struct guest *g, unsigned queue, struct ring *r);
void modern_queue(struct guest *g, unsigned queue, struct ring *r);
void driver_ok(struct guest *g);
void notify(struct guest *g, unsigned queue);

#endif
