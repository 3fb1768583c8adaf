/* SPDX-License-Identifier: MIT */
/*
 * The Arm Generic Interrupt Controller, version 2, without Security Extensions.
 * Arm IHI 0048B, "ARM Generic Interrupt Controller Architecture Specification, GIC architecture
 * version 2.0".
 *
 * One object, two windows: the distributor (gic_dist_ops) and the CPU interfaces (gic_cpu_ops),
 * which bank their registers by the accessing CPU. Reset, describe, save, load and destroy are in
 * gic_dist_ops. Interrupts have three kinds of number; this header always says which: INTID 0-15
 * SGI, per CPU, made by software INTID 16-31   PPI, per CPU; PPI number n is INTID 16 + n INTID 32-
 * SPI; SPI number n is INTID 32 + n
 */
#ifndef DEVICES_GIC_H
#define DEVICES_GIC_H

#include "devices/device.h"
#include "devices/env.h"

#define GIC_MAX_CPUS 8 /* targets are bits of a byte */
#define GIC_MAX_SPIS                                                                               \
    480 /* a multiple of 32; INTIDs up to 511 are enough for every board we know                   \
         */

struct gic;

/* cpus: 1..GIC_MAX_CPUS. spis: a multiple of 32 up to GIC_MAX_SPIS; QEMU's virt board has 256.
 * irq and fiq: `cpus` lines each, one per CPU, copied: the nIRQ and nFIQ inputs (true: asserted).
 * NULL: arguments out of range or out of memory. */
struct gic *gic_create(const struct device_env *env, unsigned cpus, unsigned spis,
                       const struct irq_line *irq, const struct irq_line *fiq);

/* Input lines. A number out of range gives a line that leads nowhere. */
struct irq_line gic_spi_line(struct gic *gic, unsigned spi);
struct irq_line gic_ppi_line(struct gic *gic, unsigned cpu, unsigned ppi);

/* describe writes the node with both windows in reg: the CPU interfaces' window follows the
 * distributor's directly and has its size. The site's phandle is the interrupt parent of the board.
 */
extern const struct device_ops gic_dist_ops;
extern const struct device_ops gic_cpu_ops;

#endif
