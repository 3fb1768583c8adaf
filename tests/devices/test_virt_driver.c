/* SPDX-License-Identifier: MIT */
#include "tests/devices/test_virt_driver.h"

#include <stdlib.h>
#include <string.h>

static void *guest_map(void *ctx, uint64_t pa, size_t size, bool write)
{
    struct guest *g = ctx;
    if (pa < RAM_BASE || pa - RAM_BASE > RAM_SIZE || size > RAM_SIZE - (pa - RAM_BASE))
        return NULL;
    return g->ram + (pa - RAM_BASE);
}

void guest_init(struct guest *g)
{
    memset(g, 0, sizeof *g);
    rig_init(&g->rig);
    g->ram = calloc(1, RAM_SIZE);
    g->free = RAM_BASE;
    g->rig.env.dma = (struct dma_port){ guest_map, g };
}

void guest_free(struct guest *g)
{
    if (g->slot)
        virtio_mmio_ops.destroy(g->slot);
    free(g->ram);
}

uint64_t guest_alloc(struct guest *g, size_t size, uint64_t align)
{
    uint64_t pa = (g->free + align - 1) & ~(align - 1);
    g->free = pa + size;
    ck_assert_uint_le(g->free, RAM_BASE + RAM_SIZE);
    return pa;
}

void *guest_ram(struct guest *g, uint64_t pa)
{
    ck_assert(pa >= RAM_BASE && pa < RAM_BASE + RAM_SIZE);
    return g->ram + (pa - RAM_BASE);
}

static void put16(struct guest *g, uint64_t pa, uint16_t value)
{
    memcpy(guest_ram(g, pa), &value, 2);
}

static uint16_t get16(struct guest *g, uint64_t pa)
{
    uint16_t value;
    memcpy(&value, guest_ram(g, pa), 2);
    return value;
}

void ring_init(struct ring *r, struct guest *g, unsigned size)
{
    uint64_t driver_part = 16 * size + 6 + 2 * size;
    uint64_t device_part = 6 + 8 * size;
    uint64_t used = (driver_part + 4095) & ~UINT64_C(4095);
    *r = (struct ring){ .g = g, .size = size, .desc = guest_alloc(g, used + device_part, 4096) };
    r->avail = r->desc + 16 * size;
    r->used = r->desc + used;
}

void ring_desc(struct ring *r, unsigned i, uint64_t addr, uint32_t len, uint16_t flags,
               uint16_t next)
{
    uint8_t *d = guest_ram(r->g, r->desc + 16 * i);
    memcpy(d, &addr, 8);
    memcpy(d + 8, &len, 4);
    memcpy(d + 12, &flags, 2);
    memcpy(d + 14, &next, 2);
}

void ring_offer(struct ring *r, uint16_t head)
{
    put16(r->g, r->avail + 4 + 2 * (r->available % r->size), head);
    put16(r->g, r->avail + 2, ++r->available);
}

uint16_t ring_add(struct ring *r, const struct buffer *buffers, unsigned count)
{
    uint16_t head = r->next % r->size;
    for (unsigned i = 0; i < count; i++) {
        unsigned at = r->next++ % r->size;
        uint16_t flags = (buffers[i].write ? WRITE : 0) | (i + 1 < count ? NEXT : 0);
        ring_desc(r, at, buffers[i].addr, buffers[i].len, flags, r->next % r->size);
    }
    ring_offer(r, head);
    return head;
}

bool ring_take(struct ring *r, uint32_t *id, uint32_t *len)
{
    if (get16(r->g, r->used + 2) == r->seen)
        return false;
    const uint8_t *entry = guest_ram(r->g, r->used + 4 + 8 * (r->seen++ % r->size));
    memcpy(id, entry, 4);
    memcpy(len, entry + 4, 4);
    return true;
}

void ring_set_avail_flags(struct ring *r, uint16_t flags)
{
    put16(r->g, r->avail, flags);
}

void ring_set_used_event(struct ring *r, uint16_t event)
{
    put16(r->g, r->avail + 4 + 2 * r->size, event);
}

uint16_t ring_used_flags(const struct ring *r)
{
    return get16(r->g, r->used);
}

uint16_t ring_avail_event(const struct ring *r)
{
    return get16(r->g, r->used + 4 + 8 * r->size);
}

uint32_t reg(struct guest *g, uint64_t offset)
{
    return dev_read(&virtio_mmio_ops, g->slot, offset, 4, 0);
}

void set(struct guest *g, uint64_t offset, uint32_t value)
{
    dev_write(&virtio_mmio_ops, g->slot, offset, 4, 0, value);
}

static uint32_t offered(struct guest *g, unsigned half)
{
    set(g, 0x014, half);
    return reg(g, 0x010);
}

static void accept(struct guest *g, unsigned half, uint32_t features)
{
    set(g, 0x024, half);
    set(g, 0x020, features & offered(g, half));
}

/* virtio 1.2, "Legacy Interface: Device Initialization"; GuestPageSize comes before the reset in
 * Linux. */
void legacy_start(struct guest *g, uint32_t features)
{
    ck_assert_uint_eq(reg(g, 0x000), 0x74726976);
    ck_assert_uint_eq(reg(g, 0x004), 1);
    set(g, 0x028, 4096);
    set(g, 0x070, 0);
    set(g, 0x070, 1);
    set(g, 0x070, 3);
    accept(g, 0, features);
    accept(g, 1, 0);
}

void legacy_queue(struct guest *g, unsigned queue, struct ring *r)
{
    set(g, 0x030, queue);
    ck_assert_uint_eq(reg(g, 0x040), 0);
    ck_assert_uint_ge(reg(g, 0x034), r->size);
    set(g, 0x038, r->size);
    set(g, 0x03c, 4096);
    set(g, 0x040, r->desc >> 12);
    ck_assert_uint_eq(reg(g, 0x040), r->desc >> 12);
}

/* virtio 1.2, "Driver Requirements: Device Initialization". */
void modern_start(struct guest *g, uint64_t features)
{
    ck_assert_uint_eq(reg(g, 0x000), 0x74726976);
    ck_assert_uint_eq(reg(g, 0x004), 2);
    set(g, 0x070, 0);
    ck_assert_uint_eq(reg(g, 0x070), 0);
    set(g, 0x070, 1);
    set(g, 0x070, 3);
    accept(g, 1, (features | VIRTIO_F_VERSION_1) >> 32);
    accept(g, 0, features);
    set(g, 0x070, 0xb);
    ck_assert_uint_eq(reg(g, 0x070), 0xb);
}

static void set_address(struct guest *g, uint64_t offset, uint64_t address)
{
    set(g, offset, address);
    set(g, offset + 4, address >> 32);
}

void modern_queue(struct guest *g, unsigned queue, struct ring *r)
{
    set(g, 0x030, queue);
    ck_assert_uint_eq(reg(g, 0x044), 0);
    ck_assert_uint_ge(reg(g, 0x034), r->size);
    set(g, 0x038, r->size);
    set_address(g, 0x080, r->desc);
    set_address(g, 0x090, r->avail);
    set_address(g, 0x0a0, r->used);
    set(g, 0x044, 1);
    ck_assert_uint_eq(reg(g, 0x044), 1);
}

void driver_ok(struct guest *g)
{
    set(g, 0x070, reg(g, 0x070) | 4);
}

void notify(struct guest *g, unsigned queue)
{
    set(g, 0x050, queue);
}
