/* SPDX-License-Identifier: MIT */
/*
 * virtio over PCI: the common configuration structure of virtio 1.2.
 */
#include "devices/virtio_pci_internal.h"

#define DEVICE_FEATURE_SELECT 0x00
#define DEVICE_FEATURE        0x04
#define DRIVER_FEATURE_SELECT 0x08
#define DRIVER_FEATURE        0x0c
#define CONFIG_MSIX_VECTOR    0x10
#define NUM_QUEUES            0x12
#define DEVICE_STATUS         0x14
#define CONFIG_GENERATION     0x15
#define QUEUE_SELECT          0x16
#define QUEUE_SIZE            0x18
#define QUEUE_MSIX_VECTOR     0x1a
#define QUEUE_ENABLE          0x1c
#define QUEUE_NOTIFY_OFF      0x1e
#define QUEUE_DESC            0x20 /* 64 bits each, accessed as two halves */
#define QUEUE_DRIVER          0x28
#define QUEUE_DEVICE          0x30
#define QUEUE_NOTIFY_DATA     0x38
#define QUEUE_RESET           0x3a

static enum virtio_queue_part part_at(uint64_t offset)
{
    return offset < QUEUE_DRIVER   ? VIRTIO_QUEUE_DESC
           : offset < QUEUE_DEVICE ? VIRTIO_QUEUE_DRIVER
                                   : VIRTIO_QUEUE_DEVICE;
}

static void no_field(const struct virtio_pci *p, uint64_t offset)
{
    virtio_misuse(p->virtio, "no such field at %#llx of the common configuration",
                  (unsigned long long)offset);
}

/* Fields of the selected queue; they read as 0 where there is none. */
static uint32_t read_queue(struct virtio_pci *p, uint64_t offset)
{
    const struct virtqueue *q = virtio_queue(p->virtio, p->s.queue_select);
    switch (offset) {
    case QUEUE_SIZE:
        return q ? q->s.size : 0;
    case QUEUE_MSIX_VECTOR:
        return virtio_pci_queue_vector(p);
    case QUEUE_ENABLE:
        return q ? q->s.ready : 0;
    case QUEUE_NOTIFY_OFF:
        return q ? p->s.queue_select : 0;
    case QUEUE_DESC:
    case QUEUE_DESC + 4:
    case QUEUE_DRIVER:
    case QUEUE_DRIVER + 4:
    case QUEUE_DEVICE:
    case QUEUE_DEVICE + 4:
        return virtio_queue_address(p->virtio, p->s.queue_select, part_at(offset), offset & 4);
    case QUEUE_NOTIFY_DATA:
    case QUEUE_RESET: /* the reset is over when the write returns */
        return 0;
    default:
        no_field(p, offset);
        return 0;
    }
}

uint32_t virtio_pci_common_read(struct virtio_pci *p, uint64_t offset)
{
    switch (offset) {
    case DEVICE_FEATURE_SELECT:
        return p->s.device_feature_select;
    case DEVICE_FEATURE:
        return virtio_offered(p->virtio, p->s.device_feature_select, false);
    case DRIVER_FEATURE_SELECT:
        return p->s.driver_feature_select;
    case DRIVER_FEATURE:
        return virtio_accepted(p->virtio, p->s.driver_feature_select);
    case CONFIG_MSIX_VECTOR:
        return p->s.config_vector;
    case NUM_QUEUES:
        return p->virtio->ops->queues;
    case DEVICE_STATUS:
        return p->virtio->s.status;
    case CONFIG_GENERATION:
        return p->virtio->s.generation;
    case QUEUE_SELECT:
        return p->s.queue_select;
    default:
        return read_queue(p, offset);
    }
}

static void write_queue(struct virtio_pci *p, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case QUEUE_SIZE:
        virtio_queue_set_size(p->virtio, p->s.queue_select, value);
        break;
    case QUEUE_MSIX_VECTOR:
        virtio_pci_set_queue_vector(p, value);
        break;
    case QUEUE_ENABLE:
        if (value == 1)
            virtio_queue_enable(p->virtio, p->s.queue_select);
        else
            virtio_misuse(p->virtio, "queue_enable can only be set, not to %u", value);
        break;
    case QUEUE_DESC:
    case QUEUE_DESC + 4:
    case QUEUE_DRIVER:
    case QUEUE_DRIVER + 4:
    case QUEUE_DEVICE:
    case QUEUE_DEVICE + 4:
        virtio_queue_set_address(p->virtio, p->s.queue_select, part_at(offset), offset & 4, value);
        break;
    case QUEUE_RESET:
        virtio_queue_reset(p->virtio, p->s.queue_select);
        break;
    default:
        no_field(p, offset);
    }
}

void virtio_pci_common_write(struct virtio_pci *p, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case DEVICE_FEATURE_SELECT:
        p->s.device_feature_select = value;
        break;
    case DRIVER_FEATURE_SELECT:
        p->s.driver_feature_select = value;
        break;
    case DRIVER_FEATURE:
        virtio_accept(p->virtio, p->s.driver_feature_select, value, false);
        break;
    case CONFIG_MSIX_VECTOR:
        virtio_pci_set_config_vector(p, value);
        break;
    case DEVICE_STATUS:
        virtio_pci_set_status(p, value);
        break;
    case QUEUE_SELECT:
        p->s.queue_select = value;
        break;
    default:
        write_queue(p, offset, value);
    }
}
