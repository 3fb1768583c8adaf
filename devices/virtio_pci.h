/* SPDX-License-Identifier: MIT */
/*
 * virtio over PCI (virtio 1.2, "Virtio Over PCI Bus"): a function with the standard register layout
 * in BAR 4, MSI-X in BAR 1 and, when it is transitional, the legacy layout in I/O BAR 0.
 *
 * Identity, capabilities and their order are those of the virt board's virtio-*-pci devices.
 */
#ifndef DEVICES_VIRTIO_PCI_H
#define DEVICES_VIRTIO_PCI_H

#include "devices/pci.h"
#include "devices/virtio.h"

/* The function owns `device` from now on. `transitional`: serves legacy drivers too (the virt
 * board's default for its root bus). NULL: out of memory; the device is still the caller's. Hand
 * the result to pci_host_add. */
struct pci_function *virtio_pci_create(const struct device_env *env, struct virtio *device,
                                       bool transitional);

#endif
