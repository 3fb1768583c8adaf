/* SPDX-License-Identifier: MIT */
/*
 * virtio over PCI: the registers of a transitional device's I/O range, for legacy drivers.
 */
#include "devices/virtio_pci_internal.h"

#define DEVICE_FEATURES 0x00
#define DRIVER_FEATURES 0x04
#define QUEUE_ADDRESS   0x08 /* in pages of 4 KiB */
#define QUEUE_SIZE      0x0c
#define QUEUE_SELECT    0x0e
#define QUEUE_NOTIFY    0x10
#define DEVICE_STATUS   0x12
#define ISR_STATUS      0x13
#define CONFIG_VECTOR   0x14 /* this and the next only while MSI-X is enabled: */
#define QUEUE_VECTOR    0x16 /* otherwise the configuration starts here */
#define MSIX_REGISTERS  4
#define PAGE_SHIFT      12

static uint64_t config_at(const struct virtio_pci *p)
{
    return VIRTIO_PCI_LEGACY_REGISTERS + (pci_msix_enabled(&p->function) ? MSIX_REGISTERS : 0);
}

static void no_register(const struct virtio_pci *p, uint64_t offset)
{
    virtio_misuse(p->virtio, "no such legacy register at %#llx", (unsigned long long)offset);
}

static uint32_t read_register(struct virtio_pci *p, uint64_t offset)
{
    const struct virtqueue *q = virtio_queue(p->virtio, p->s.queue_select);
    switch (offset) {
    case DEVICE_FEATURES:
        return virtio_offered(p->virtio, 0, true);
    case DRIVER_FEATURES:
        return virtio_accepted(p->virtio, 0);
    case QUEUE_ADDRESS:
        return q ? q->s.desc >> PAGE_SHIFT : 0;
    case QUEUE_SIZE:
        return q ? q->s.size : 0;
    case QUEUE_SELECT:
        return p->s.queue_select;
    case DEVICE_STATUS:
        return p->virtio->s.status;
    case ISR_STATUS:
        return virtio_pci_take_isr(p);
    case CONFIG_VECTOR:
        return p->s.config_vector;
    case QUEUE_VECTOR:
        return virtio_pci_queue_vector(p);
    default:
        no_register(p, offset);
        return 0;
    }
}

/* Linux before 2.6.34 drives the device without setting PCI_COMMAND_MASTER, so the virt board sets
 * it at this point. */
static void write_status(struct virtio_pci *p, uint8_t status)
{
    if (status == (VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER)) {
        pci_set_command(&p->function, PCI_COMMAND_MASTER);
        virtio_set_bus_master(p->virtio, true);
    }
    virtio_pci_set_status(p, status);
}

static void write_register(struct virtio_pci *p, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case DRIVER_FEATURES:
        virtio_accept(p->virtio, 0, value, true);
        break;
    case QUEUE_ADDRESS:
        virtio_queue_set_legacy_base(p->virtio, p->s.queue_select, (uint64_t)value << PAGE_SHIFT);
        break;
    case QUEUE_SELECT:
        p->s.queue_select = value;
        break;
    case QUEUE_NOTIFY:
        virtio_queue_notify(p->virtio, value & 0xffff);
        break;
    case DEVICE_STATUS:
        write_status(p, value);
        break;
    case CONFIG_VECTOR:
        virtio_pci_set_config_vector(p, value);
        break;
    case QUEUE_VECTOR:
        virtio_pci_set_queue_vector(p, value);
        break;
    default:
        no_register(p, offset);
    }
}

uint64_t virtio_pci_legacy_read(struct virtio_pci *p, uint64_t offset, unsigned size)
{
    if (offset >= config_at(p))
        return virtio_config_read(p->virtio, offset - config_at(p), size);
    return read_register(p, offset);
}

void virtio_pci_legacy_write(struct virtio_pci *p, uint64_t offset, unsigned size, uint64_t value)
{
    if (offset >= config_at(p))
        virtio_config_write(p->virtio, offset - config_at(p), size, value);
    else
        write_register(p, offset, value);
}
