/* SPDX-License-Identifier: MIT */
/*
 * virtio over PCI from the inside: what the function (virtio_pci.c) and its two register layouts
 * share.
 */
#ifndef DEVICES_VIRTIO_PCI_INTERNAL_H
#define DEVICES_VIRTIO_PCI_INTERNAL_H

#include "devices/pci.h"
#include "devices/virtio.h"

#define VIRTIO_PCI_NO_VECTOR 0xffff

/* Plain data: the transport's part of a snapshot. */
struct virtio_pci_state {
    uint32_t device_feature_select, driver_feature_select;
    uint16_t queue_select;
    uint16_t config_vector, queue_vector[VIRTIO_QUEUES_MAX];
    uint8_t isr;
};

struct virtio_pci {
    struct pci_function function;
    struct virtio_pci_state s;
    struct virtio *virtio;
    unsigned access; /* offset of the configuration access capability */
};

/* "ISR status capability": reading clears it and lowers the pin. */
uint8_t virtio_pci_take_isr(struct virtio_pci *p);

/* Vectors as the driver writes and reads them: one that the table does not have becomes
 * VIRTIO_PCI_NO_VECTOR, the driver's sign that it failed. */
void virtio_pci_set_config_vector(struct virtio_pci *p, uint16_t vector);
void virtio_pci_set_queue_vector(struct virtio_pci *p, uint16_t vector);
uint16_t virtio_pci_queue_vector(struct virtio_pci *p);

/* The device status, with what a reset means to the transport. */
void virtio_pci_set_status(struct virtio_pci *p, uint8_t status);

/* "Common configuration structure layout" (virtio_pci_common.c). */
uint32_t virtio_pci_common_read(struct virtio_pci *p, uint64_t offset);
void virtio_pci_common_write(struct virtio_pci *p, uint64_t offset, uint32_t value);

/* "Legacy Interfaces: A Note on PCI Device Layout" (virtio_pci_legacy.c): registers, then the
 * configuration. */
#define VIRTIO_PCI_LEGACY_REGISTERS 0x14 /* bytes without MSI-X */
uint64_t virtio_pci_legacy_read(struct virtio_pci *p, uint64_t offset, unsigned size);
void virtio_pci_legacy_write(struct virtio_pci *p, uint64_t offset, unsigned size, uint64_t value);

#endif
