/* SPDX-License-Identifier: MIT */
/*
 * The GICv2m frame: a doorbell that turns message-signalled interrupts into SPIs.
 * Arm DEN 0029 (Server Base System Architecture), appendix "GICv2m Architecture".
 *
 * A PCI function writes an INTID to MSI_SETSPI_NS; the frame pulses that SPI.
 */
#ifndef DEVICES_GICV2M_H
#define DEVICES_GICV2M_H

#include "devices/device.h"
#include "devices/env.h"

#define GICV2M_MAX_MSIS 128
#define GICV2M_SETSPI   0x40 /* offset of the doorbell */

struct gicv2m;

/* spi[i] is the input line of SPI number first_spi + i, for i in 0..count-1 (copied).
 * QEMU's virt board: first_spi 48, count 64. NULL: out of range or out of memory. */
struct gicv2m *gicv2m_create(const struct device_env *env, unsigned first_spi, unsigned count,
                             const struct irq_line *spi);

/* describe: the site's parent is the interrupt controller's node. */
extern const struct device_ops gicv2m_ops;

#endif
