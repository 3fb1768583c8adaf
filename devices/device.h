/* SPDX-License-Identifier: MIT */
/*
 * What every device is: a struct of its own behind `void *dev`, and one table of operations.
 *
 * A constructor takes the environment, its interrupt lines and its back ends, and returns the device;
 * the board maps it at the window that the memory map gives it. A device never learns its own address:
 * it sees offsets, and writes the address into its device-tree node from the fdt_site it is handed.
 */
#ifndef DEVICES_DEVICE_H
#define DEVICES_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

struct snapshot_writer;
struct snapshot_reader;

/* One access of a CPU to a device's window. */
struct access {
    uint64_t offset; /* bytes from the start of the window; offset + size never leaves it */
    unsigned size;   /* 1, 2, 4 or 8 bytes, within the device's min_size..max_size, aligned to itself */
    unsigned cpu;    /* index of the requesting CPU, because the GIC banks registers by requester */
};

/* Where a device stands in the machine, for the node it writes about itself. */
struct fdt_site {
    void *fdt;          /* libfdt's tree in read-write form, large enough; owned by the caller */
    int parent;         /* offset of the node to add to: "/" for what is on the bus */
    uint64_t base;      /* first physical address of the window */
    uint64_t size;      /* bytes */
    uint32_t interrupt; /* shared peripheral interrupt number (INTID - 32), where the device has one */
    uint32_t gic;       /* phandle of the interrupt controller */
    uint32_t clock;     /* phandle of the 24 MHz APB clock */
    uint32_t phandle;   /* phandle that this node is to carry, 0: none */
};

struct device_ops {
    const char *name;
    /* Reads give 0 beyond the register's width; an offset without a register is the device's to report. */
    uint64_t (*read)(void *dev, struct access a);
    void (*write)(void *dev, struct access a, uint64_t value);
    /* Back to the power-on state; output lines fall. Back ends stay. */
    void (*reset)(void *dev);
    /* Adds the node that Linux's binding asks for, as QEMU's virt board writes it. NULL: not in the tree.
     * Returns 0 or libfdt's negative error. */
    int (*describe)(const void *dev, const struct fdt_site *site);
    /* The whole guest-visible state, back ends left out. load returns false when the data does not fit. */
    void (*save)(const void *dev, struct snapshot_writer *out);
    bool (*load)(void *dev, struct snapshot_reader *in);
    void (*destroy)(void *dev);
    /* Access sizes in bytes that the device takes as one access; the bus splits or widens the others as
     * the architecture allows and reports what it can't. */
    unsigned min_size, max_size;
    /* Bytes from the start of its region that the device answers to; behind them nothing does. 0: all of it. */
    uint64_t window;
};

/* An interrupt line (or any wire): a value handed to a constructor. Lines are levels: a device sets one
 * to the state that it has now and may repeat itself. */
struct irq_line {
    void (*set)(void *sink, unsigned number, bool level);
    void *sink;
    unsigned number;
};

static inline void irq_set(struct irq_line line, bool level)
{
    if (line.set)
        line.set(line.sink, line.number, level);
}

#endif
