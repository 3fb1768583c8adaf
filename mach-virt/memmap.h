/* SPDX-License-Identifier: MIT */
/*
 * The memory map of the virt board: every address and every interrupt of the machine, once.
 * virt.c maps the devices by it, and each device's node in the device tree is written from the same
 * row.
 */
#ifndef MACH_VIRT_MEMMAP_H
#define MACH_VIRT_MEMMAP_H

#include <stdint.h>

enum region {
    REGION_GIC_DIST,
    REGION_GIC_CPU,
    REGION_GIC_V2M,
    REGION_UART,
    REGION_RTC,
    REGION_PCIE_MMIO,
    REGION_PCIE_PIO,
    REGION_PCIE_ECAM,
    REGION_PCIE_HIGH_MMIO,
    REGION_GPIO,
    REGION_VIRTIO,
    REGION_RAM,
    REGIONS
};

struct memmap_row {
    const char *name;
    uint64_t base, size; /* of one unit; RAM's size is the upper bound */
    unsigned units;      /* equal windows side by side */
    uint32_t spi;        /* shared peripheral interrupt of the first unit (INTID - 32) */
};

extern const struct memmap_row memmap[REGIONS];

/* Address of unit number `unit` of a region. */
static inline uint64_t memmap_base(enum region region, unsigned unit)
{
    return memmap[region].base + unit * memmap[region].size;
}

/* The region and unit whose window starts at `base`; REGIONS: none. */
enum region memmap_find(uint64_t base, unsigned *unit);

#define GIC_SPIS 256 /* inputs of the interrupt controller */

/* The v2m frame turns messages into these. */
#define V2M_FIRST_SPI 48
#define V2M_SPIS      64

/* Private peripheral interrupts (INTID - 16) of every processor. */
#define PPI_PMU              7
#define PPI_TIMER_HYPERVISOR 10
#define PPI_TIMER_VIRTUAL    11
#define PPI_TIMER_SECURE     13
#define PPI_TIMER_PHYSICAL   14

#define COUNTER_HZ   62500000 /* the system counter: one tick is 16 ns */
#define COUNTER_TICK 16       /* ns */
#define APB_CLOCK_HZ 24000000 /* of the UART, RTC and GPIO */
#define POWER_GPIO   3        /* the power button's line */

#endif
