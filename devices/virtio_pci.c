/* SPDX-License-Identifier: MIT */
/*
 * virtio over PCI. BAR 4 holds four structures, each in a page of its own, that the capabilities
 * point to; BAR 1 the MSI-X table; BAR 0, of a transitional device, the legacy registers.
 */
#include "devices/virtio_pci.h"

#include <stdlib.h>

#include "devices/snapshot.h"
#include "devices/virtio_pci_internal.h"

#define BAR_LEGACY   0
#define BAR_MSIX     1
#define BAR_MODERN   4
#define MSIX_TABLE   0x000
#define MSIX_PENDING 0x800
#define MSIX_SIZE    0x1000

/* "Virtio Structure PCI Capabilities": types, and where the structures stand in BAR 4. */
enum { CAP_COMMON = 1, CAP_NOTIFY, CAP_ISR, CAP_DEVICE, CAP_PCI };
#define STRUCTURE_SIZE    0x1000
#define COMMON_AT         0x0000
#define ISR_AT            0x1000
#define DEVICE_AT         0x2000
#define NOTIFY_AT         0x3000
#define MODERN_SIZE       0x4000
#define NOTIFY_MULTIPLIER 4

/* "PCI configuration access capability": offsets of its fields. */
#define ACCESS_BAR    4
#define ACCESS_OFFSET 8
#define ACCESS_LENGTH 12
#define ACCESS_DATA   16

#define ISR_QUEUE  1
#define ISR_CONFIG 2
/* ---- interrupts ---- */

static void interrupt(struct virtio_pci *p, uint8_t isr, uint16_t vector)
{
    p->s.isr |= isr;
    if (!pci_msix_enabled(&p->function))
        pci_set_intx(&p->function, true);
    else if (vector != VIRTIO_PCI_NO_VECTOR)
        pci_msix_send(&p->function, vector);
}

static void queue_interrupt(void *transport, unsigned queue)
{
    struct virtio_pci *p = transport;
    interrupt(p, ISR_QUEUE, p->s.queue_vector[queue]);
}

static void config_interrupt(void *transport)
{
    struct virtio_pci *p = transport;
    interrupt(p, ISR_CONFIG, p->s.config_vector);
}

uint8_t virtio_pci_take_isr(struct virtio_pci *p)
{
    uint8_t isr = p->s.isr;
    p->s.isr = 0;
    pci_set_intx(&p->function, false);
    return isr;
}

static uint16_t checked_vector(const struct virtio_pci *p, uint16_t vector)
{
    return vector < p->function.msix.vectors ? vector : VIRTIO_PCI_NO_VECTOR;
}

void virtio_pci_set_config_vector(struct virtio_pci *p, uint16_t vector)
{
    p->s.config_vector = checked_vector(p, vector);
}

void virtio_pci_set_queue_vector(struct virtio_pci *p, uint16_t vector)
{
    if (virtio_queue(p->virtio, p->s.queue_select))
        p->s.queue_vector[p->s.queue_select] = checked_vector(p, vector);
}

uint16_t virtio_pci_queue_vector(struct virtio_pci *p)
{
    bool there = virtio_queue(p->virtio, p->s.queue_select);
    return there ? p->s.queue_vector[p->s.queue_select] : VIRTIO_PCI_NO_VECTOR;
}

static void reset_interrupts(struct virtio_pci *p)
{
    p->s.config_vector = VIRTIO_PCI_NO_VECTOR;
    for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
        p->s.queue_vector[i] = VIRTIO_PCI_NO_VECTOR;
    virtio_pci_take_isr(p);
}

void virtio_pci_set_status(struct virtio_pci *p, uint8_t status)
{
    if (!status)
        reset_interrupts(p);
    virtio_set_status(p->virtio, status);
}

/* ---- base address registers ---- */

static uint64_t read_modern(struct virtio_pci *p, uint64_t offset, unsigned size)
{
    uint64_t at = offset % STRUCTURE_SIZE;
    switch (offset - at) {
    case COMMON_AT:
        return virtio_pci_common_read(p, at);
    case ISR_AT:
        return at ? 0 : virtio_pci_take_isr(p);
    case DEVICE_AT:
        return virtio_config_read(p->virtio, at, size);
    default: /* notifications are write-only */
        return 0;
    }
}

static void write_modern(struct virtio_pci *p, uint64_t offset, unsigned size, uint64_t value)
{
    uint64_t at = offset % STRUCTURE_SIZE;
    switch (offset - at) {
    case COMMON_AT:
        virtio_pci_common_write(p, at, value);
        break;
    case DEVICE_AT:
        virtio_config_write(p->virtio, at, size, value);
        break;
    case NOTIFY_AT:
        virtio_queue_notify(p->virtio, at / NOTIFY_MULTIPLIER);
        break;
    default:
        virtio_misuse(p->virtio, "a write to the ISR status");
    }
}

static uint64_t bar_read(void *dev, unsigned bar, uint64_t offset, unsigned size)
{
    uint64_t value = bar == BAR_MODERN ? read_modern(dev, offset, size)
                                       : virtio_pci_legacy_read(dev, offset, size);
    return value & (UINT64_MAX >> (64 - 8 * size));
}

static void bar_write(void *dev, unsigned bar, uint64_t offset, unsigned size, uint64_t value)
{
    if (bar == BAR_MODERN)
        write_modern(dev, offset, size, value);
    else
        virtio_pci_legacy_write(dev, offset, size, value);
}

/* ---- configuration ---- */

static uint32_t access_field(const struct virtio_pci *p, unsigned field)
{
    const uint8_t *at = p->function.s.config + p->access + field;
    return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24;
}

/* Whether configuration [offset, offset + size) touches [at, at + length). */
static bool touches(unsigned offset, unsigned size, unsigned at, unsigned length)
{
    return offset < at + length && at < offset + size;
}

/* "PCI configuration access capability": an access to the data field is one to the register that
 * the other fields name. */
static bool access_target(const struct virtio_pci *p, uint32_t *offset, uint32_t *length)
{
    *offset = access_field(p, ACCESS_OFFSET);
    *length = access_field(p, ACCESS_LENGTH);
    bool sized = *length == 1 || *length == 2 || *length == 4;
    return sized && *offset % *length == 0 && *offset <= MODERN_SIZE - *length &&
           p->function.s.config[p->access + ACCESS_BAR] == BAR_MODERN;
}

static void config_reading(void *dev, unsigned offset, unsigned size)
{
    struct virtio_pci *p = dev;
    uint32_t at, length;
    if (!touches(offset, size, p->access + ACCESS_DATA, 4) || !access_target(p, &at, &length))
        return;
    uint64_t value = bar_read(p, BAR_MODERN, at, length);
    for (unsigned i = 0; i < length; i++)
        p->function.s.config[p->access + ACCESS_DATA + i] = value >> (8 * i);
}

static void config_written(void *dev, unsigned offset, unsigned size)
{
    struct virtio_pci *p = dev;
    uint32_t at, length;
    if (touches(offset, size, PCI_COMMAND, 2))
        virtio_set_bus_master(p->virtio, pci_command(&p->function) & PCI_COMMAND_MASTER);
    if (touches(offset, size, p->function.msix.capability, 4) && pci_msix_enabled(&p->function))
        pci_set_intx(&p->function, false);
    if (touches(offset, size, p->access + ACCESS_DATA, 4) && access_target(p, &at, &length))
        bar_write(p, BAR_MODERN, at, length,
                  access_field(p, ACCESS_DATA) & (UINT64_MAX >> (64 - 8 * length)));
}

/* ---- life ---- */

static void function_reset(void *dev)
{
    struct virtio_pci *p = dev;
    p->s = (struct virtio_pci_state){ 0 };
    reset_interrupts(p);
    virtio_reset(p->virtio);
    virtio_set_bus_master(p->virtio, false);
}

static void function_save(const void *dev, struct snapshot_writer *out)
{
    const struct virtio_pci *p = dev;
    snapshot_put(out, &p->s, sizeof p->s);
    virtio_save(p->virtio, out);
}

static bool function_load(void *dev, struct snapshot_reader *in)
{
    struct virtio_pci *p = dev;
    /* Set, not switched on: guest memory may not be restored yet, so no queue may run now. */
    p->virtio->bus_master = pci_command(&p->function) & PCI_COMMAND_MASTER;
    if (!snapshot_get(in, &p->s, sizeof p->s) || !virtio_load(p->virtio, in))
        return false;
    p->s.config_vector = checked_vector(p, p->s.config_vector);
    for (unsigned i = 0; i < VIRTIO_QUEUES_MAX; i++)
        p->s.queue_vector[i] = checked_vector(p, p->s.queue_vector[i]);
    return true;
}

static void function_destroy(void *dev)
{
    struct virtio_pci *p = dev;
    virtio_destroy(p->virtio);
    free(p);
}

static const struct pci_function_ops function_ops = {
    .name = "virtio-pci",
    .bar_read = bar_read,
    .bar_write = bar_write,
    .config_reading = config_reading,
    .config_written = config_written,
    .reset = function_reset,
    .save = function_save,
    .load = function_load,
    .destroy = function_destroy,
};

/* ---- building ---- */

/* "PCI Device Discovery": 0x1040 + type, or of a transitional device its old number. Classes as on
 * the virt board. */
static struct pci_identity identity_of(uint16_t type, bool transitional)
{
    static const struct {
        uint16_t type, transitional;
        uint32_t class;
    } known[] = {
        { 1, 0x1000, 0x020000 },
        { 2, 0x1001, 0x010000 },
        { 3, 0x1003, 0x078000 },
        { 4, 0x1005, 0x00ff00 },
    };
    struct pci_identity id = { .vendor = 0x1af4,
                               .device = 0x1040 + type,
                               .subsystem_vendor = 0x1af4,
                               .subsystem = 0x1100,
                               .revision = 1,
                               .class = 0x00ff00,
                               .intx = true };
    for (unsigned i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].type == type) {
            id.class = known[i].class;
            if (transitional) {
                id.device = known[i].transitional;
                id.subsystem = type;
                id.revision = 0;
            }
        }
    return id;
}

/* struct virtio_pci_cap, with `extra` zero or given bytes behind it. */
static unsigned add_capability(struct virtio_pci *p, uint8_t type, uint8_t bar, uint16_t at,
                               uint16_t length, unsigned extra, uint8_t last)
{
    uint8_t body[18] = { 0 };
    body[0] = 16 + extra;
    body[1] = type;
    body[2] = bar;
    body[6] = at & 0xff;
    body[7] = at >> 8;
    body[10] = length & 0xff;
    body[11] = length >> 8;
    body[14] = last;
    return pci_add_capability(&p->function, PCI_CAP_VENDOR, body, 16 + extra);
}

static void add_capabilities(struct virtio_pci *p)
{
    add_capability(p, CAP_COMMON, BAR_MODERN, COMMON_AT, STRUCTURE_SIZE, 0, 0);
    add_capability(p, CAP_ISR, BAR_MODERN, ISR_AT, STRUCTURE_SIZE, 0, 0);
    add_capability(p, CAP_DEVICE, BAR_MODERN, DEVICE_AT, STRUCTURE_SIZE, 0, 0);
    add_capability(p, CAP_NOTIFY, BAR_MODERN, NOTIFY_AT, STRUCTURE_SIZE, 4, NOTIFY_MULTIPLIER);
    p->access = add_capability(p, CAP_PCI, 0, 0, 0, 4, 0);
    pci_set_writable(&p->function, p->access + ACCESS_BAR, 1);
    pci_set_writable(&p->function, p->access + ACCESS_OFFSET, 12);
    pci_add_msix(&p->function, p->virtio->ops->queues + 1, BAR_MSIX, MSIX_TABLE, MSIX_PENDING);
}

static uint64_t legacy_bar_size(const struct virtio *v)
{
    uint64_t size = 16;
    while (size < VIRTIO_PCI_LEGACY_REGISTERS + v->config_size)
        size *= 2;
    return size;
}

struct pci_function *virtio_pci_create(const struct device_env *env, struct virtio *device,
                                       bool transitional)
{
    struct virtio_pci *p = calloc(1, sizeof *p);
    if (!p)
        return NULL;
    struct pci_identity id = identity_of(device->ops->id, transitional);
    p->virtio = device;
    pci_init(&p->function, &function_ops, p, &id);
    if (transitional)
        pci_add_bar(&p->function, BAR_LEGACY, PCI_BAR_IO, legacy_bar_size(device));
    pci_add_bar(&p->function, BAR_MSIX, PCI_BAR_MEM32, MSIX_SIZE);
    pci_add_bar(&p->function, BAR_MODERN, PCI_BAR_MEM64_PREFETCH, MODERN_SIZE);
    add_capabilities(p);
    reset_interrupts(p);
    virtio_connect(device, (struct virtio_transport){ queue_interrupt, config_interrupt, p });
    virtio_set_bus_master(device, false);
    return &p->function;
}
