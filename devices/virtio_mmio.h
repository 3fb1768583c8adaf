/* SPDX-License-Identifier: MIT */
/*
 * virtio over MMIO: one slot of 0x200 bytes (virtio 1.2, "Virtio Over MMIO" and its "Legacy
 * interface").
 *
 * Version 1, the legacy layout, is the virt board's default; version 2 is the standard one. An
 * empty slot has DeviceID 0, which tells the driver to pass over it.
 */
#ifndef DEVICES_VIRTIO_MMIO_H
#define DEVICES_VIRTIO_MMIO_H

#include "devices/device.h"
#include "devices/virtio.h"

#define VIRTIO_MMIO_SIZE 0x200

struct virtio_mmio;

extern const struct device_ops virtio_mmio_ops;

/* A slot with `device` in it, which it owns from now on (NULL: empty). `irq` is high while
 * InterruptStatus is not zero. `legacy`: Version 1, otherwise 2. NULL: out of memory. Freed by
 * virtio_mmio_ops.destroy. */
struct virtio_mmio *virtio_mmio_create(const struct device_env *env, struct irq_line irq,
                                       bool legacy, struct virtio *device);

#endif
