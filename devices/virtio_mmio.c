/* SPDX-License-Identifier: MIT */
/*
 * virtio over MMIO. The guest sees 0x100 bytes of 32-bit registers, then the device's
 * configuration.
 *
 * Version 1 and 2 share most registers; they differ in how a queue is handed over: one page number
 * (1), or three 64-bit addresses and a ready flag (2).
 */
#include "devices/virtio_mmio.h"

#include <stdlib.h>

#include "devices/fdt_node.h"
#include "devices/snapshot.h"

/* Virtio 1.2, "MMIO Device Register Layout"; L: "MMIO Legacy Register Layout" only, M: not there.
 */
#define MAGIC_VALUE         0x000
#define VERSION             0x004
#define DEVICE_ID           0x008
#define VENDOR_ID           0x00c
#define DEVICE_FEATURES     0x010
#define DEVICE_FEATURES_SEL 0x014
#define DRIVER_FEATURES     0x020
#define DRIVER_FEATURES_SEL 0x024
#define GUEST_PAGE_SIZE     0x028 /* L */
#define QUEUE_SEL           0x030
#define QUEUE_NUM_MAX       0x034
#define QUEUE_NUM           0x038
#define QUEUE_ALIGN         0x03c /* L */
#define QUEUE_PFN           0x040 /* L */
#define QUEUE_READY         0x044 /* M */
#define QUEUE_NOTIFY        0x050
#define INTERRUPT_STATUS    0x060
#define INTERRUPT_ACK       0x064
#define STATUS              0x070
#define QUEUE_DESC_LOW      0x080 /* M, as are all that follow */
#define QUEUE_DESC_HIGH     0x084
#define QUEUE_DRIVER_LOW    0x090
#define QUEUE_DRIVER_HIGH   0x094
#define QUEUE_DEVICE_LOW    0x0a0
#define QUEUE_DEVICE_HIGH   0x0a4
#define SHM_SEL             0x0ac
#define SHM_LEN_LOW         0x0b0
#define SHM_LEN_HIGH        0x0b4
#define SHM_BASE_LOW        0x0b8
#define SHM_BASE_HIGH       0x0bc
#define QUEUE_RESET         0x0c0
#define CONFIG_GENERATION   0x0fc
#define CONFIG              0x100

#define MAGIC  0x74726976 /* "virt" */
#define VENDOR 0x554d4551 /* what the virt board's slots say */

#define INTERRUPT_USED_BUFFER 1
#define INTERRUPT_CONFIG      2

/* Plain data: the part of the slot that a snapshot holds. */
struct virtio_mmio_state {
    uint32_t device_features_sel, driver_features_sel;
    uint32_t queue_sel;
    uint32_t interrupt_status;
    uint32_t page_shift; /* legacy: log2 of GuestPageSize, 0..31 */
};

struct virtio_mmio {
    struct virtio_mmio_state s;
    bool legacy;
    struct irq_line irq;
    struct virtio *virtio; /* NULL: an empty slot */
    struct device_env env;
};

static void misuse(const struct virtio_mmio *m, const char *what, uint64_t offset)
{
    device_log(&m->env.log, LOG_GUEST_ERROR, "virtio-mmio", "%s at offset %#llx", what,
               (unsigned long long)offset);
}

/* ---- interrupts ---- */

static void set_interrupts(struct virtio_mmio *m, uint32_t status)
{
    m->s.interrupt_status = status;
    irq_set(m->irq, status != 0);
}

static void queue_interrupt(void *transport, unsigned queue)
{
    struct virtio_mmio *m = transport;
    set_interrupts(m, m->s.interrupt_status | INTERRUPT_USED_BUFFER);
}

static void config_interrupt(void *transport)
{
    struct virtio_mmio *m = transport;
    set_interrupts(m, m->s.interrupt_status | INTERRUPT_CONFIG);
}

/* ---- reading ---- */

static uint32_t read_empty_slot(const struct virtio_mmio *m, uint64_t offset)
{
    switch (offset) {
    case MAGIC_VALUE:
        return MAGIC;
    case VERSION:
        return m->legacy ? 1 : 2;
    case VENDOR_ID:
        return VENDOR;
    default:
        return 0;
    }
}

static uint32_t read_legacy(struct virtio_mmio *m, uint64_t offset)
{
    const struct virtqueue *q = virtio_queue(m->virtio, m->s.queue_sel);
    switch (offset) {
    case QUEUE_PFN:
        return q ? q->s.desc >> m->s.page_shift : 0;
    case SHM_LEN_LOW:
    case SHM_LEN_HIGH:
        return UINT32_MAX;
    default:
        misuse(m, "no register to read", offset);
        return 0;
    }
}

static uint32_t read_modern(struct virtio_mmio *m, uint64_t offset)
{
    const struct virtqueue *q = virtio_queue(m->virtio, m->s.queue_sel);
    switch (offset) {
    case QUEUE_READY:
        return q ? q->s.ready : 0;
    case SHM_LEN_LOW: /* "SHMLen": all ones where there is no such region */
    case SHM_LEN_HIGH:
    case SHM_BASE_LOW:
    case SHM_BASE_HIGH:
        return UINT32_MAX;
    case QUEUE_RESET: /* the reset is over when the write returns */
        return 0;
    case CONFIG_GENERATION:
        return m->virtio->s.generation;
    default:
        misuse(m, "no register to read", offset);
        return 0;
    }
}

static uint32_t read_register(struct virtio_mmio *m, uint64_t offset)
{
    switch (offset) {
    case MAGIC_VALUE:
    case VERSION:
    case VENDOR_ID:
        return read_empty_slot(m, offset);
    case DEVICE_ID:
        return m->virtio->ops->id;
    case DEVICE_FEATURES:
        return virtio_offered(m->virtio, m->s.device_features_sel, m->legacy);
    case QUEUE_NUM_MAX:
        return virtio_queue(m->virtio, m->s.queue_sel) ? VIRTQUEUE_SIZE_MAX : 0;
    case INTERRUPT_STATUS:
        return m->s.interrupt_status;
    case STATUS:
        return m->virtio->s.status;
    default:
        return m->legacy ? read_legacy(m, offset) : read_modern(m, offset);
    }
}

static uint64_t mmio_read(void *dev, struct access a)
{
    struct virtio_mmio *m = dev;
    if (m->virtio && a.offset >= CONFIG)
        return virtio_config_read(m->virtio, a.offset - CONFIG, a.size);
    if (a.size != 4) {
        misuse(m, "a register was read with another size than 4", a.offset);
        return 0;
    }
    return m->virtio ? read_register(m, a.offset) : read_empty_slot(m, a.offset);
}

/* ---- writing ---- */

static void write_status(struct virtio_mmio *m, uint8_t status)
{
    if (!status)
        set_interrupts(m, 0);
    virtio_set_status(m->virtio, status);
}

static void set_queue_align(struct virtio_mmio *m, uint32_t align)
{
    struct virtqueue *q = virtio_queue(m->virtio, m->s.queue_sel);
    if (q)
        q->s.align = align;
}

/* GuestPageSize is a power of two; what is not counts by its lowest bit, as on the virt board. */
static void set_page_size(struct virtio_mmio *m, uint32_t size)
{
    if (!size || (size & (size - 1)))
        misuse(m, "GuestPageSize is no power of two", GUEST_PAGE_SIZE);
    m->s.page_shift = size ? __builtin_ctz(size) : 0;
}

static void write_legacy(struct virtio_mmio *m, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case GUEST_PAGE_SIZE:
        set_page_size(m, value);
        break;
    case QUEUE_ALIGN:
        set_queue_align(m, value);
        break;
    case QUEUE_PFN:
        virtio_queue_set_legacy_base(m->virtio, m->s.queue_sel, (uint64_t)value << m->s.page_shift);
        break;
    default:
        misuse(m, "no register to write", offset);
    }
}

static void set_queue_address(struct virtio_mmio *m, uint64_t offset, uint32_t value)
{
    enum virtio_queue_part part = offset < QUEUE_DRIVER_LOW   ? VIRTIO_QUEUE_DESC
                                  : offset < QUEUE_DEVICE_LOW ? VIRTIO_QUEUE_DRIVER
                                                              : VIRTIO_QUEUE_DEVICE;
    virtio_queue_set_address(m->virtio, m->s.queue_sel, part, offset & 4, value);
}

static void set_queue_ready(struct virtio_mmio *m, uint32_t ready)
{
    struct virtqueue *q = virtio_queue(m->virtio, m->s.queue_sel);
    if (ready & 1)
        virtio_queue_enable(m->virtio, m->s.queue_sel);
    else if (q)
        q->s.ready = 0;
}

static void write_modern(struct virtio_mmio *m, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case QUEUE_READY:
        set_queue_ready(m, value);
        break;
    case QUEUE_DESC_LOW:
    case QUEUE_DESC_HIGH:
    case QUEUE_DRIVER_LOW:
    case QUEUE_DRIVER_HIGH:
    case QUEUE_DEVICE_LOW:
    case QUEUE_DEVICE_HIGH:
        set_queue_address(m, offset, value);
        break;
    case SHM_SEL: /* there is no shared memory to select */
        break;
    case QUEUE_RESET:
        virtio_queue_reset(m->virtio, m->s.queue_sel);
        break;
    default:
        misuse(m, "no register to write", offset);
    }
}

static void write_register(struct virtio_mmio *m, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case DEVICE_FEATURES_SEL:
        m->s.device_features_sel = value;
        break;
    case DRIVER_FEATURES_SEL:
        m->s.driver_features_sel = value;
        break;
    case DRIVER_FEATURES:
        virtio_accept(m->virtio, m->s.driver_features_sel, value, m->legacy);
        break;
    case QUEUE_SEL:
        m->s.queue_sel = value;
        break;
    case QUEUE_NUM:
        virtio_queue_set_size(m->virtio, m->s.queue_sel, value);
        break;
    case QUEUE_NOTIFY:
        virtio_queue_notify(m->virtio, value);
        break;
    case INTERRUPT_ACK:
        set_interrupts(m, m->s.interrupt_status & ~value);
        break;
    case STATUS:
        write_status(m, value);
        break;
    default:
        (m->legacy ? write_legacy : write_modern)(m, offset, value);
    }
}

static void mmio_write(void *dev, struct access a, uint64_t value)
{
    struct virtio_mmio *m = dev;
    if (!m->virtio)
        misuse(m, "a write to an empty slot", a.offset);
    else if (a.offset >= CONFIG)
        virtio_config_write(m->virtio, a.offset - CONFIG, a.size, value);
    else if (a.size != 4)
        misuse(m, "a register was written with another size than 4", a.offset);
    else
        write_register(m, a.offset, value);
}

/* ---- the device ---- */

static void mmio_reset(void *dev)
{
    struct virtio_mmio *m = dev;
    if (m->virtio)
        virtio_reset(m->virtio);
    m->s = (struct virtio_mmio_state){ 0 };
    set_interrupts(m, 0);
}

/* Linux: Documentation/devicetree/bindings/virtio/mmio.yaml. */
static int mmio_describe(const void *dev, const struct fdt_site *site)
{
    struct fdt_node node = fdt_node_add_at(site, "virtio_mmio");
    fdt_node_strings(&node, "compatible", "virtio,mmio", sizeof "virtio,mmio");
    fdt_node_reg(&node, site);
    fdt_node_interrupt(&node, site, FDT_IRQ_EDGE_RISING);
    fdt_node_flag(&node, "dma-coherent");
    return node.error;
}

static void mmio_save(const void *dev, struct snapshot_writer *out)
{
    const struct virtio_mmio *m = dev;
    snapshot_put(out, &m->s, sizeof m->s);
    if (m->virtio)
        virtio_save(m->virtio, out);
}

static bool mmio_load(void *dev, struct snapshot_reader *in)
{
    struct virtio_mmio *m = dev;
    if (!snapshot_get(in, &m->s, sizeof m->s) || m->s.page_shift > 31)
        return false;
    if (m->virtio && !virtio_load(m->virtio, in))
        return false;
    irq_set(m->irq, m->s.interrupt_status != 0);
    return true;
}

static void mmio_destroy(void *dev)
{
    struct virtio_mmio *m = dev;
    if (m->virtio)
        virtio_destroy(m->virtio);
    free(m);
}

const struct device_ops virtio_mmio_ops = {
    .name = "virtio-mmio",
    .read = mmio_read,
    .write = mmio_write,
    .reset = mmio_reset,
    .describe = mmio_describe,
    .save = mmio_save,
    .load = mmio_load,
    .destroy = mmio_destroy,
    .min_size = 1,
    .max_size = 4,
};

struct virtio_mmio *virtio_mmio_create(const struct device_env *env, struct irq_line irq,
                                       bool legacy, struct virtio *device)
{
    struct virtio_mmio *m = calloc(1, sizeof *m);
    if (!m)
        return NULL;
    *m = (struct virtio_mmio){ .legacy = legacy, .irq = irq, .virtio = device, .env = *env };
    if (device)
        virtio_connect(device, (struct virtio_transport){ queue_interrupt, config_interrupt, m });
    return m;
}
