/* SPDX-License-Identifier: MIT */
/*
 * Windows are kept twice: in the order of mapping, for whoever walks the devices, and as indexes
 * sorted by address, for look-ups. Accesses cluster on one device, so the last window found is
 * tried first.
 */
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "devices/bus.h"

struct bus {
    struct bus_window *windows; /* in the order of mapping */
    unsigned *sorted;           /* indexes into windows, by ascending base */
    unsigned count, capacity;
    /* Index of the window found last. Only a hint, checked at every use: CPUs may race on it. */
    _Atomic unsigned last;
    char error[160];
};

struct bus *bus_create(void)
{
    return calloc(1, sizeof(struct bus));
}

void bus_destroy(struct bus *bus)
{
    if (!bus)
        return;
    free(bus->windows);
    free(bus->sorted);
    free(bus);
}

const char *bus_error(const struct bus *bus)
{
    return bus->error;
}

static bool window_holds(const struct bus_window *window, uint64_t pa)
{
    return pa - window->base < window->size;
}

/* The number of windows whose base is at or below pa. */
static unsigned windows_up_to(const struct bus *bus, uint64_t pa)
{
    unsigned low = 0, high = bus->count;
    while (low < high) {
        unsigned middle = low + (high - low) / 2;
        if (bus->windows[bus->sorted[middle]].base <= pa)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

const struct bus_window *bus_find(struct bus *bus, uint64_t pa)
{
    unsigned index = atomic_load_explicit(&bus->last, memory_order_relaxed);
    if (index < bus->count && window_holds(&bus->windows[index], pa))
        return &bus->windows[index];
    unsigned below = windows_up_to(bus, pa);
    if (below == 0)
        return NULL;
    index = bus->sorted[below - 1];
    if (!window_holds(&bus->windows[index], pa))
        return NULL;
    atomic_store_explicit(&bus->last, index, memory_order_relaxed);
    return &bus->windows[index];
}

/* The window that shares an address with [base, base + size), or NULL. The range doesn't wrap. */
static const struct bus_window *overlapping(const struct bus *bus, uint64_t base, uint64_t size)
{
    unsigned below = windows_up_to(bus, base + size - 1);
    if (below == 0)
        return NULL;
    const struct bus_window *window = &bus->windows[bus->sorted[below - 1]];
    return window->base + (window->size - 1) >= base ? window : NULL;
}

static bool window_is_valid(struct bus *bus, uint64_t base, uint64_t size,
                            const struct device_ops *ops)
{
    const char *why = NULL;
    if (size == 0 || base + (size - 1) < base)
        why = "is empty or wraps around the address space";
    else if (size % ops->min_size || base % ops->max_size)
        why = "is not aligned for the device's access sizes";
    if (why) {
        snprintf(bus->error, sizeof bus->error,
                 "%s: window at 0x%" PRIx64 ", size 0x%" PRIx64 " %s", ops->name, base, size, why);
        return false;
    }
    const struct bus_window *other = overlapping(bus, base, size);
    if (other)
        snprintf(bus->error, sizeof bus->error,
                 "%s: window at 0x%" PRIx64 ", size 0x%" PRIx64 " overlaps %s at 0x%" PRIx64,
                 ops->name, base, size, other->ops->name, other->base);
    return !other;
}

static bool make_room(struct bus *bus)
{
    if (bus->count < bus->capacity)
        return true;
    unsigned capacity = bus->capacity ? 2 * bus->capacity : 64;
    struct bus_window *windows = realloc(bus->windows, capacity * sizeof *windows);
    if (windows)
        bus->windows = windows;
    unsigned *sorted = realloc(bus->sorted, capacity * sizeof *sorted);
    if (sorted)
        bus->sorted = sorted;
    if (!windows || !sorted) {
        snprintf(bus->error, sizeof bus->error, "out of memory");
        return false;
    }
    bus->capacity = capacity;
    return true;
}

bool bus_map(struct bus *bus, uint64_t base, uint64_t size, const struct device_ops *ops, void *dev)
{
    if (!window_is_valid(bus, base, size, ops) || !make_room(bus))
        return false;
    unsigned at = windows_up_to(bus, base);
    for (unsigned i = bus->count; i > at; i--)
        bus->sorted[i] = bus->sorted[i - 1];
    bus->sorted[at] = bus->count;
    bus->windows[bus->count++] =
        (struct bus_window){ .base = base, .size = size, .ops = ops, .dev = dev };
    return true;
}

static uint64_t low_bytes(uint64_t value, unsigned size)
{
    return size >= 8 ? value : value & ((UINT64_C(1) << 8 * size) - 1);
}

/* The largest aligned access at offset that is at most `size` bytes and that the device takes in
 * one piece. */
static unsigned piece_size(const struct device_ops *ops, uint64_t offset, unsigned size)
{
    unsigned piece = ops->max_size;
    while (piece > size || offset % piece)
        piece /= 2;
    return piece;
}

/* One aligned access of at most max_size bytes; below min_size, through the unit around it. */
static uint64_t read_piece(const struct bus_window *window, struct access a)
{
    unsigned min = window->ops->min_size;
    unsigned lane = a.offset % min, size = a.size;
    if (size < min) {
        a.offset -= lane;
        a.size = min;
        return low_bytes(window->ops->read(window->dev, a) >> 8 * lane, size);
    }
    return low_bytes(window->ops->read(window->dev, a), size);
}

static void write_piece(const struct bus_window *window, struct access a, uint64_t value)
{
    unsigned min = window->ops->min_size;
    value = low_bytes(value, a.size);
    if (a.size < min) {
        unsigned lane = a.offset % min;
        a.offset -= lane;
        a.size = min;
        value <<= 8 * lane;
    }
    window->ops->write(window->dev, a, value);
}

/* The window that holds all of [pa, pa + size), or NULL. */
static const struct bus_window *window_for(struct bus *bus, uint64_t pa, unsigned size)
{
    const struct bus_window *window = bus_find(bus, pa);
    return window && size <= window->size - (pa - window->base) ? window : NULL;
}

bool bus_read(struct bus *bus, uint64_t pa, unsigned size, unsigned cpu, uint64_t *value)
{
    *value = 0;
    const struct bus_window *window = window_for(bus, pa, size);
    if (!window)
        return false;
    struct access a = { .offset = pa - window->base, .cpu = cpu };
    for (unsigned done = 0; done < size; done += a.size, a.offset += a.size) {
        a.size = piece_size(window->ops, a.offset, size - done);
        *value |= read_piece(window, a) << 8 * done;
    }
    return true;
}

bool bus_write(struct bus *bus, uint64_t pa, unsigned size, unsigned cpu, uint64_t value)
{
    const struct bus_window *window = window_for(bus, pa, size);
    if (!window)
        return false;
    struct access a = { .offset = pa - window->base, .cpu = cpu };
    for (unsigned done = 0; done < size; done += a.size, a.offset += a.size) {
        a.size = piece_size(window->ops, a.offset, size - done);
        write_piece(window, a, value >> 8 * done);
    }
    return true;
}

const struct bus_window *bus_window(const struct bus *bus, unsigned index)
{
    return index < bus->count ? &bus->windows[index] : NULL;
}

void bus_reset(struct bus *bus)
{
    for (unsigned i = 0; i < bus->count; i++)
        if (bus->windows[i].ops->reset)
            bus->windows[i].ops->reset(bus->windows[i].dev);
}
