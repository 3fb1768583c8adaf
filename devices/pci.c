/* SPDX-License-Identifier: MIT */
/*
 * A PCI function's configuration space, base address registers, and its two kinds of interrupt.
 */
#include "devices/pci.h"

#include <string.h>

#include "devices/snapshot.h"

#define HEADER_SIZE 0x40

/* The rest of the header, "Configuration Space Organization". */
#define VENDOR_ID        0x00
#define DEVICE_ID        0x02
#define REVISION         0x08
#define CLASS_CODE       0x09
#define CACHE_LINE_SIZE  0x0c
#define SUBSYSTEM_VENDOR 0x2c
#define SUBSYSTEM_ID     0x2e

#define STATUS_INTERRUPT    0x0008
#define STATUS_CAPABILITIES 0x0010

#define BAR_FLAGS_IO       1
#define BAR_FLAGS_MEM64    4
#define BAR_FLAGS_PREFETCH 8
#define BAR_ADDRESS_IO     (~UINT64_C(3))
#define BAR_ADDRESS_MEM    (~UINT64_C(15))

/* "MSI-X Capability and Table Structure". */
#define MSIX_CONTROL         2 /* offset in the capability */
#define MSIX_CONTROL_MASK    0x4000
#define MSIX_CONTROL_ENABLE  0x8000
#define MSIX_CAPABILITY_SIZE 12
#define MSIX_ENTRY_SIZE      16
#define MSIX_ENTRY_MASKED    1

static uint64_t get(const uint8_t *bytes, unsigned size)
{
    uint64_t value = 0;
    for (unsigned i = size; i > 0; i--)
        value = value << 8 | bytes[i - 1];
    return value;
}

static void put(uint8_t *bytes, unsigned size, uint64_t value)
{
    for (unsigned i = 0; i < size; i++)
        bytes[i] = value >> (8 * i);
}

/* ---- building ---- */

/* A value of the power-on configuration. */
static void preset(struct pci_function *f, unsigned offset, unsigned size, uint64_t value)
{
    put(f->initial + offset, size, value);
    put(f->s.config + offset, size, value);
}

void pci_init(struct pci_function *f, const struct pci_function_ops *ops, void *dev,
              const struct pci_identity *id)
{
    f->ops = ops;
    f->dev = dev;
    f->free = HEADER_SIZE;
    preset(f, VENDOR_ID, 2, id->vendor);
    preset(f, DEVICE_ID, 2, id->device);
    preset(f, REVISION, 1, id->revision);
    preset(f, CLASS_CODE, 3, id->class);
    preset(f, SUBSYSTEM_VENDOR, 2, id->subsystem_vendor);
    preset(f, SUBSYSTEM_ID, 2, id->subsystem);
    preset(f, PCI_INTERRUPT_PIN, 1, id->intx);
    put(f->writable + PCI_COMMAND, 2,
        PCI_COMMAND_IO | PCI_COMMAND_MEMORY | PCI_COMMAND_MASTER | PCI_COMMAND_SERR |
            PCI_COMMAND_INTX_DISABLE);
    pci_set_writable(f, PCI_INTERRUPT_LINE, 1);
    pci_set_writable(f, CACHE_LINE_SIZE, 1);
}

void pci_set_writable(struct pci_function *f, unsigned offset, unsigned size)
{
    memset(f->writable + offset, 0xff, size);
}

/* "Base Addresses": the bits below the size cannot be written, so that writing ones shows the size.
 */
void pci_add_bar(struct pci_function *f, unsigned bar, enum pci_bar_kind kind, uint64_t size)
{
    static const uint8_t flags[] = {
        [PCI_BAR_IO] = BAR_FLAGS_IO,
        [PCI_BAR_MEM64_PREFETCH] = BAR_FLAGS_MEM64 | BAR_FLAGS_PREFETCH,
    };
    unsigned offset = PCI_BAR_0 + 4 * bar;
    f->bar[bar].kind = kind;
    f->bar[bar].size = size;
    preset(f, offset, 4, flags[kind]);
    put(f->writable + offset, kind == PCI_BAR_MEM64_PREFETCH ? 8 : 4, ~(size - 1));
}

unsigned pci_add_capability(struct pci_function *f, uint8_t id, const uint8_t *body, unsigned size)
{
    unsigned offset = f->free;
    preset(f, offset, 1, id);
    preset(f, offset + 1, 1, f->initial[PCI_CAPABILITIES]);
    for (unsigned i = 2; i < size; i++)
        preset(f, offset + i, 1, body[i - 2]);
    preset(f, PCI_CAPABILITIES, 1, offset);
    preset(f, PCI_STATUS, 2, STATUS_CAPABILITIES);
    f->free = (offset + size + 3) & ~3u;
    return offset;
}

void pci_add_msix(struct pci_function *f, unsigned vectors, unsigned bar, uint32_t table,
                  uint32_t pending)
{
    uint8_t body[MSIX_CAPABILITY_SIZE - 2];
    put(body, 2, vectors - 1);
    put(body + 2, 4, table | bar);
    put(body + 6, 4, pending | bar);
    f->msix.capability = pci_add_capability(f, PCI_CAP_MSIX, body, MSIX_CAPABILITY_SIZE);
    f->msix.vectors = vectors;
    f->msix.bar = bar;
    f->msix.table = table;
    f->msix.pending = pending;
    put(f->writable + f->msix.capability + MSIX_CONTROL, 2,
        MSIX_CONTROL_ENABLE | MSIX_CONTROL_MASK);
    for (unsigned i = 0; i < vectors; i++)
        f->s.msix[i].control = MSIX_ENTRY_MASKED;
}

/* ---- interrupts ---- */

uint16_t pci_command(const struct pci_function *f)
{
    return get(f->s.config + PCI_COMMAND, 2);
}

void pci_set_command(struct pci_function *f, uint16_t bits)
{
    put(f->s.config + PCI_COMMAND, 2, pci_command(f) | bits);
}

static void drive_intx(struct pci_function *f)
{
    uint16_t status = get(f->s.config + PCI_STATUS, 2) & ~STATUS_INTERRUPT;
    put(f->s.config + PCI_STATUS, 2, status | (f->s.intx ? STATUS_INTERRUPT : 0));
    if (f->up.set_intx)
        f->up.set_intx(f->up.host, f->up.slot,
                       f->s.intx && !(pci_command(f) & PCI_COMMAND_INTX_DISABLE));
}

void pci_set_intx(struct pci_function *f, bool level)
{
    f->s.intx = level;
    drive_intx(f);
}

static uint16_t msix_control(const struct pci_function *f)
{
    return f->msix.capability ? get(f->s.config + f->msix.capability + MSIX_CONTROL, 2) : 0;
}

bool pci_msix_enabled(const struct pci_function *f)
{
    return msix_control(f) & MSIX_CONTROL_ENABLE;
}

static bool msix_open(const struct pci_function *f, unsigned vector)
{
    return (msix_control(f) & (MSIX_CONTROL_ENABLE | MSIX_CONTROL_MASK)) == MSIX_CONTROL_ENABLE &&
           !(f->s.msix[vector].control & MSIX_ENTRY_MASKED);
}

/* A message is a memory write: without PCI_COMMAND_MASTER the function must not make one. */
static void deliver(struct pci_function *f, unsigned vector)
{
    const struct pci_msix_entry *e = &f->s.msix[vector];
    if ((pci_command(f) & PCI_COMMAND_MASTER) && f->up.send_msi)
        f->up.send_msi(f->up.host, e->address, e->data);
}

void pci_msix_send(struct pci_function *f, unsigned vector)
{
    if (vector >= f->msix.vectors || !pci_msix_enabled(f))
        return;
    if (msix_open(f, vector))
        deliver(f, vector);
    else
        f->s.pending |= UINT32_C(1) << vector;
}

/* What was pending when a mask goes away. */
static void deliver_pending(struct pci_function *f)
{
    for (unsigned i = 0; i < f->msix.vectors; i++)
        if ((f->s.pending >> i & 1) && msix_open(f, i)) {
            f->s.pending &= ~(UINT32_C(1) << i);
            deliver(f, i);
        }
}

/* The table's entries as software sees them: address, upper address, data, vector control. */
static uint32_t msix_table_read(const struct pci_function *f, uint64_t offset)
{
    const struct pci_msix_entry *e = &f->s.msix[offset / MSIX_ENTRY_SIZE];
    switch (offset % MSIX_ENTRY_SIZE) {
    case 0:
        return e->address;
    case 4:
        return e->address >> 32;
    case 8:
        return e->data;
    default:
        return e->control;
    }
}

static void msix_table_write(struct pci_function *f, uint64_t offset, uint32_t value)
{
    struct pci_msix_entry *e = &f->s.msix[offset / MSIX_ENTRY_SIZE];
    switch (offset % MSIX_ENTRY_SIZE) {
    case 0:
        e->address = (e->address & ~(uint64_t)UINT32_MAX) | (value & ~3u);
        break;
    case 4:
        e->address = (e->address & UINT32_MAX) | (uint64_t)value << 32;
        break;
    case 8:
        e->data = value;
        break;
    default:
        e->control = value & MSIX_ENTRY_MASKED;
        deliver_pending(f);
    }
}

static bool in_msix_table(const struct pci_function *f, unsigned bar, uint64_t offset)
{
    return f->msix.capability && bar == f->msix.bar && offset >= f->msix.table &&
           offset - f->msix.table < (uint64_t)MSIX_ENTRY_SIZE * f->msix.vectors;
}

static bool is_msix_bar(const struct pci_function *f, unsigned bar)
{
    return f->msix.capability && bar == f->msix.bar;
}

/* Software reads and writes whole, aligned words here ("MSI-X Table"); anything else is as if
 * nothing stood there. */
static uint32_t msix_bar_read(struct pci_function *f, uint64_t offset, unsigned size)
{
    if (size != 4)
        return 0;
    if (in_msix_table(f, f->msix.bar, offset))
        return msix_table_read(f, offset - f->msix.table);
    return offset == f->msix.pending ? f->s.pending : 0;
}

/* ---- configuration ---- */

uint32_t pci_config_read(struct pci_function *f, unsigned offset, unsigned size)
{
    if (offset > PCI_CONFIG_SIZE - size)
        return UINT32_MAX;
    if (f->ops->config_reading)
        f->ops->config_reading(f->dev, offset, size);
    return get(f->s.config + offset, size);
}

void pci_config_write(struct pci_function *f, unsigned offset, unsigned size, uint32_t value)
{
    if (offset > PCI_CONFIG_SIZE - size)
        return;
    for (unsigned i = 0; i < size; i++) {
        uint8_t *byte = &f->s.config[offset + i], writable = f->writable[offset + i];
        *byte = (*byte & ~writable) | (value >> (8 * i) & writable);
    }
    drive_intx(f);
    deliver_pending(f);
    if (f->ops->config_written)
        f->ops->config_written(f->dev, offset, size);
}

/* ---- base address registers ---- */

static uint64_t bar_address(const struct pci_function *f, unsigned bar)
{
    const uint8_t *at = f->s.config + PCI_BAR_0 + 4 * bar;
    switch (f->bar[bar].kind) {
    case PCI_BAR_IO:
        return get(at, 4) & BAR_ADDRESS_IO;
    case PCI_BAR_MEM64_PREFETCH:
        return get(at, 8) & BAR_ADDRESS_MEM;
    default:
        return get(at, 4) & BAR_ADDRESS_MEM;
    }
}

bool pci_bar_find(const struct pci_function *f, bool io, uint64_t address, unsigned size,
                  unsigned *bar, uint64_t *offset)
{
    if (!(pci_command(f) & (io ? PCI_COMMAND_IO : PCI_COMMAND_MEMORY)))
        return false;
    for (unsigned i = 0; i < PCI_BARS; i++) {
        if (f->bar[i].kind == PCI_BAR_NONE || (f->bar[i].kind == PCI_BAR_IO) != io)
            continue;
        uint64_t at = address - bar_address(f, i);
        if (at < f->bar[i].size && size <= f->bar[i].size - at) {
            *bar = i;
            *offset = at;
            return true;
        }
    }
    return false;
}

uint64_t pci_bar_read(struct pci_function *f, unsigned bar, uint64_t offset, unsigned size)
{
    if (is_msix_bar(f, bar))
        return msix_bar_read(f, offset, size);
    return f->ops->bar_read(f->dev, bar, offset, size);
}

void pci_bar_write(struct pci_function *f, unsigned bar, uint64_t offset, unsigned size,
                   uint64_t value)
{
    if (!is_msix_bar(f, bar))
        f->ops->bar_write(f->dev, bar, offset, size, value);
    else if (size == 4 && in_msix_table(f, bar, offset))
        msix_table_write(f, offset - f->msix.table, value);
}

/* ---- life ---- */

void pci_reset(struct pci_function *f)
{
    memcpy(f->s.config, f->initial, PCI_CONFIG_SIZE);
    memset(f->s.msix, 0, sizeof f->s.msix);
    for (unsigned i = 0; i < f->msix.vectors; i++)
        f->s.msix[i].control = MSIX_ENTRY_MASKED;
    f->s.pending = 0;
    pci_set_intx(f, false);
    if (f->ops->reset)
        f->ops->reset(f->dev);
}

void pci_save(const struct pci_function *f, struct snapshot_writer *out)
{
    snapshot_put(out, &f->s, sizeof f->s);
    if (f->ops->save)
        f->ops->save(f->dev, out);
}

/* What software cannot write stays as it was built, whatever the stream says. */
static void keep_readonly(struct pci_function *f)
{
    for (unsigned i = 0; i < PCI_CONFIG_SIZE; i++)
        f->s.config[i] = (f->initial[i] & ~f->writable[i]) | (f->s.config[i] & f->writable[i]);
    for (unsigned i = 0; i < f->msix.vectors; i++)
        f->s.msix[i].control &= MSIX_ENTRY_MASKED;
    f->s.pending &= (UINT64_C(1) << f->msix.vectors) - 1;
}

bool pci_load(struct pci_function *f, struct snapshot_reader *in)
{
    if (!snapshot_get(in, &f->s, sizeof f->s))
        return false;
    keep_readonly(f);
    drive_intx(f);
    return !f->ops->load || f->ops->load(f->dev, in);
}

void pci_destroy(struct pci_function *f)
{
    f->ops->destroy(f->dev);
}
