/* SPDX-License-Identifier: MIT */
/* The virtio devices that the command line asks for, on the board's slots and PCI bus. */
#ifndef MACH_VIRT_VIRT_VIRTIO_H
#define MACH_VIRT_VIRT_VIRTIO_H

#include "mach-virt/virt.h"

/* All virtio-mmio slots, taken from the highest address down, and the PCI functions, in the order
 * of config->device. After the interrupt controller and the PCI host. */
bool virt_create_virtio(struct virt *virt, struct error *error);

/* The wire into a slot or device: the SPI of that unit of the region. */
struct irq_line virt_spi(struct virt *virt, enum region region, unsigned unit);
/* Puts a device that was just made on the bus, which owns it from then on. */
bool virt_plug(struct virt *virt, enum region region, unsigned unit, const struct device_ops *ops,
               void *device, struct error *error);

#endif
