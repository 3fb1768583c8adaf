/* SPDX-License-Identifier: MIT */
/*
 * The host bridge: configuration by address, windows onto the functions' registers, interrupt
 * routing.
 */
#include "devices/pci_host.h"

#include <stdio.h>
#include <stdlib.h>

#include "devices/fdt_node.h"
#include "devices/snapshot.h"

#define SLOTS 32

/* "PCI Express Enhanced Configuration Address Mapping": bus, device, function, register. */
#define ECAM_BUS_SHIFT      20
#define ECAM_SLOT_SHIFT     15
#define ECAM_FUNCTION_SHIFT 12
#define ECAM_REGISTER_MASK  0xfff

struct pci_host {
    struct pci_host_config config;
    struct device_env env;
    struct pci_function *slot[SLOTS];
    uint32_t intx_slots[4]; /* which slots drive each line; follows from the functions' state */
    struct pci_function bridge;
};

/* ---- interrupts ---- */

static void host_set_intx(void *opaque, unsigned slot, bool level)
{
    struct pci_host *h = opaque;
    unsigned line = slot % 4; /* all our functions use INTA */
    uint32_t bit = UINT32_C(1) << slot;
    h->intx_slots[line] = level ? h->intx_slots[line] | bit : h->intx_slots[line] & ~bit;
    irq_set(h->config.intx[line], h->intx_slots[line] != 0);
}

static void host_send_msi(void *opaque, uint64_t address, uint32_t data)
{
    struct pci_host *h = opaque;
    if (h->config.send_msi)
        h->config.send_msi(h->config.msi, address, data);
    else
        device_log(&h->env.log, LOG_GUEST_ERROR, "pci", "a message to %#llx: no MSI controller",
                   (unsigned long long)address);
}

/* ---- configuration ---- */

static struct pci_function *function_at(struct pci_host *h, uint64_t offset)
{
    unsigned function = offset >> ECAM_FUNCTION_SHIFT & 7;
    unsigned slot = offset >> ECAM_SLOT_SHIFT & (SLOTS - 1);
    return offset >> ECAM_BUS_SHIFT || function ? NULL : h->slot[slot];
}

static uint64_t ones(unsigned size)
{
    return UINT64_MAX >> (64 - 8 * size);
}

static uint64_t ecam_read(void *dev, struct access a)
{
    struct pci_function *f = function_at(dev, a.offset);
    return f ? pci_config_read(f, a.offset & ECAM_REGISTER_MASK, a.size) & ones(a.size)
             : ones(a.size);
}

static void ecam_write(void *dev, struct access a, uint64_t value)
{
    struct pci_function *f = function_at(dev, a.offset);
    if (f)
        pci_config_write(f, a.offset & ECAM_REGISTER_MASK, a.size, value);
}

/* ---- windows ---- */

static uint64_t window_read(struct pci_host *h, bool io, uint64_t base, struct access a)
{
    unsigned bar;
    uint64_t offset;
    for (unsigned i = 0; i < SLOTS; i++)
        if (h->slot[i] && pci_bar_find(h->slot[i], io, base + a.offset, a.size, &bar, &offset))
            return pci_bar_read(h->slot[i], bar, offset, a.size);
    return ones(a.size);
}

static void window_write(struct pci_host *h, bool io, uint64_t base, struct access a,
                         uint64_t value)
{
    unsigned bar;
    uint64_t offset;
    for (unsigned i = 0; i < SLOTS; i++)
        if (h->slot[i] && pci_bar_find(h->slot[i], io, base + a.offset, a.size, &bar, &offset)) {
            pci_bar_write(h->slot[i], bar, offset, a.size, value);
            return;
        }
    device_log(&h->env.log, LOG_GUEST_ERROR, "pci", "nothing answers a write at %s %#llx",
               io ? "port" : "address", (unsigned long long)(base + a.offset));
}

static uint64_t io_read(void *dev, struct access a)
{
    return window_read(dev, true, 0, a);
}

static void io_write(void *dev, struct access a, uint64_t value)
{
    window_write(dev, true, 0, a, value);
}

static uint64_t memory_read(void *dev, struct access a)
{
    struct pci_host *h = dev;
    return window_read(h, false, h->config.memory.base, a);
}

static void memory_write(void *dev, struct access a, uint64_t value)
{
    struct pci_host *h = dev;
    window_write(h, false, h->config.memory.base, a, value);
}

static uint64_t high_memory_read(void *dev, struct access a)
{
    struct pci_host *h = dev;
    return window_read(h, false, h->config.high_memory.base, a);
}

static void high_memory_write(void *dev, struct access a, uint64_t value)
{
    struct pci_host *h = dev;
    window_write(h, false, h->config.high_memory.base, a, value);
}

/* ---- device tree ---- */

#define RANGE_CELLS 7

/* One row of ranges: type of space, PCI address, CPU address, size. */
static unsigned add_range(uint32_t *cells, uint32_t space, uint64_t pci, struct pci_window w)
{
    if (!w.size)
        return 0;
    cells[0] = space;
    cells[1] = pci >> 32;
    cells[2] = pci;
    cells[3] = w.base >> 32;
    cells[4] = w.base;
    cells[5] = w.size >> 32;
    cells[6] = w.size;
    return RANGE_CELLS;
}

/* IEEE 1275 PCI bus binding: 0x01 is I/O, 0x02 32-bit memory, 0x03 64-bit memory in the top byte.
 */
static void put_ranges(struct fdt_node *node, const struct pci_host_config *c)
{
    uint32_t cells[3 * RANGE_CELLS];
    unsigned n = add_range(cells, 0x01000000, 0, c->io);
    n += add_range(cells + n, 0x02000000, c->memory.base, c->memory);
    n += add_range(cells + n, 0x03000000, c->high_memory.base, c->high_memory);
    fdt_node_cells(node, "ranges", cells, n);
}

#define MAP_CELLS 10

/* interrupt-map: slots 0 to 3, pins 1 to 4; the pattern repeats, as the mask says. */
static void put_interrupt_map(struct fdt_node *node, const struct fdt_site *site)
{
    const uint32_t mask[] = { 3 << 11, 0, 0, 7 };
    uint32_t cells[16 * MAP_CELLS] = { 0 };
    for (unsigned i = 0; i < 16; i++) {
        uint32_t *row = cells + MAP_CELLS * i;
        unsigned slot = i / 4, pin = i % 4;
        row[0] = slot << 11;
        row[3] = pin + 1;
        row[4] = site->gic; /* two cells of address, 0, then the interrupt's three */
        row[8] = site->interrupt + (slot + pin) % 4;
        row[9] = FDT_IRQ_LEVEL_HIGH;
    }
    fdt_node_cell(node, "#interrupt-cells", 1);
    fdt_node_cells(node, "interrupt-map", cells, sizeof cells / sizeof *cells);
    fdt_node_cells(node, "interrupt-map-mask", mask, 4);
}

/* Linux: Documentation/devicetree/bindings/pci/host-generic-pci.yaml. */
static int host_describe(const void *dev, const struct fdt_site *site)
{
    const struct pci_host_config *c = &((const struct pci_host *)dev)->config;
    char name[32];
    snprintf(name, sizeof name, "pcie@%llx", (unsigned long long)c->memory.base);
    struct fdt_node node = fdt_node_add(site->fdt, site->parent, name);
    const uint32_t buses[] = { 0, (c->ecam.size >> ECAM_BUS_SHIFT) - 1 };
    const uint32_t msi_map[] = { 0, c->msi_phandle, 0, 0x10000 };
    fdt_node_strings(&node, "compatible", "pci-host-ecam-generic", sizeof "pci-host-ecam-generic");
    fdt_node_strings(&node, "device_type", "pci", sizeof "pci");
    fdt_node_cell(&node, "#address-cells", 3);
    fdt_node_cell(&node, "#size-cells", 2);
    fdt_node_cell(&node, "linux,pci-domain", 0);
    fdt_node_cells(&node, "bus-range", buses, 2);
    fdt_node_flag(&node, "dma-coherent");
    if (c->msi_phandle)
        fdt_node_cells(&node, "msi-map", msi_map, 4);
    fdt_node_reg(&node, site);
    put_ranges(&node, c);
    put_interrupt_map(&node, site);
    return node.error;
}

/* ---- life ---- */

static void host_reset(void *dev)
{
    struct pci_host *h = dev;
    for (unsigned i = 0; i < SLOTS; i++)
        if (h->slot[i])
            pci_reset(h->slot[i]);
}

static void host_save(const void *dev, struct snapshot_writer *out)
{
    const struct pci_host *h = dev;
    for (unsigned i = 0; i < SLOTS; i++)
        if (h->slot[i])
            pci_save(h->slot[i], out);
}

static bool host_load(void *dev, struct snapshot_reader *in)
{
    struct pci_host *h = dev;
    for (unsigned i = 0; i < SLOTS; i++)
        if (h->slot[i] && !pci_load(h->slot[i], in))
            return false;
    return true;
}

static void host_destroy(void *dev)
{
    struct pci_host *h = dev;
    for (unsigned i = 1; i < SLOTS; i++)
        if (h->slot[i])
            pci_destroy(h->slot[i]);
    free(h);
}

const struct device_ops pci_ecam_ops = {
    .name = "pci-ecam",
    .read = ecam_read,
    .write = ecam_write,
    .reset = host_reset,
    .describe = host_describe,
    .save = host_save,
    .load = host_load,
    .destroy = host_destroy,
    .min_size = 1,
    .max_size = 4,
};

const struct device_ops pci_io_ops = {
    .name = "pci-io",
    .read = io_read,
    .write = io_write,
    .min_size = 1,
    .max_size = 4,
};

const struct device_ops pci_memory_ops = {
    .name = "pci-memory",
    .read = memory_read,
    .write = memory_write,
    .min_size = 1,
    .max_size = 4,
};

const struct device_ops pci_high_memory_ops = {
    .name = "pci-high-memory",
    .read = high_memory_read,
    .write = high_memory_write,
    .min_size = 1,
    .max_size = 4,
};

bool pci_host_add(struct pci_host *h, struct pci_function *f)
{
    for (unsigned i = 0; i < SLOTS; i++)
        if (!h->slot[i]) {
            h->slot[i] = f;
            f->up = (struct pci_upstream){ host_set_intx, host_send_msi, h, i };
            return true;
        }
    return false;
}

struct pci_host *pci_host_create(const struct device_env *env, const struct pci_host_config *config)
{
    /* The bridge's own function: Red Hat's generic host bridge, without registers. */
    static const struct pci_function_ops bridge_ops = { .name = "pci-bridge" };
    static const struct pci_identity identity = {
        .vendor = 0x1b36,
        .device = 0x0008,
        .subsystem_vendor = 0x1af4,
        .subsystem = 0x1100,
        .class = 0x060000,
    };
    struct pci_host *h = calloc(1, sizeof *h);
    if (!h)
        return NULL;
    h->config = *config;
    h->env = *env;
    pci_init(&h->bridge, &bridge_ops, h, &identity);
    pci_host_add(h, &h->bridge);
    return h;
}
