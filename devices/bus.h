/* SPDX-License-Identifier: MIT */
/*
 * The bus: which device answers at which guest-physical address.
 *
 * A window belongs to one device for the machine's life. An access that no window holds in full is
 * not answered: the CPU takes its external abort. The bus owns its table, not the devices.
 *
 * Sizes. A device sees only aligned accesses of min_size..max_size bytes. A wider or unaligned
 * access becomes several, lowest address first, assembled little-endian. A narrower read reads the
 * min_size unit around it and takes its bytes from there. A narrower write writes that unit with
 * the value in its own byte lanes and zeros in the others, as a peripheral bus without byte strobes
 * would see it.
 */
#ifndef DEVICES_BUS_H
#define DEVICES_BUS_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/device.h"

struct bus;

struct bus_window {
    uint64_t base, size; /* bytes; a multiple of the device's min_size */
    const struct device_ops *ops;
    void *dev;
};

/* NULL: out of memory. */
struct bus *bus_create(void);
void bus_destroy(struct bus *bus);

/* Gives [base, base + size) to a device. False: the window is empty, wraps, overlaps another or has
 * odd bounds for the device's min_size; bus_error then says which and why. A device with several
 * windows is mapped once for each, with an ops table for each. */
bool bus_map(struct bus *bus, uint64_t base, uint64_t size, const struct device_ops *ops,
             void *dev);
/* Why the last bus_map failed; valid until the next one. */
const char *bus_error(const struct bus *bus);

/* One access by CPU number `cpu`; size is 1, 2, 4 or 8. False: nothing answers there (value 0). */
bool bus_read(struct bus *bus, uint64_t pa, unsigned size, unsigned cpu, uint64_t *value);
bool bus_write(struct bus *bus, uint64_t pa, unsigned size, unsigned cpu, uint64_t value);

/* The window that holds pa, or NULL. */
const struct bus_window *bus_find(struct bus *bus, uint64_t pa);

/* Window number `index` in the order of mapping, or NULL past the last: for describe, save, load,
 * destroy. */
const struct bus_window *bus_window(const struct bus *bus, unsigned index);
/* Calls each window's reset, where it has one, in the order of mapping. */
void bus_reset(struct bus *bus);

#endif
