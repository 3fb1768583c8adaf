/* SPDX-License-Identifier: MIT */
/* devices, info mtree: what is on the bus and what its drivers have made of it. */
#include <inttypes.h>
#include <string.h>

#include "mach-virt/memmap.h"
#include "mach-virt/monitor_commands.h"

/* virtio 1.2, "Device Types". */
static const char *virtio_name(uint32_t id)
{
    static const char *const names[] = { NULL, "network card", "block device", "console",
                                         "entropy source" };
    return id < sizeof(names) / sizeof(*names) && names[id] ? names[id] : "device";
}

/* virtio 1.2, "Device Status Field". */
static void print_virtio_status(struct monitor *monitor, uint32_t status)
{
    static const struct {
        uint8_t bit;
        const char *name;
    } bits[] = { { 1, "ACKNOWLEDGE" }, { 2, "DRIVER" },       { 8, "FEATURES_OK" },
                 { 4, "DRIVER_OK" },   { 64, "NEEDS_RESET" }, { 128, "FAILED" } };
    monitor_print(monitor, status ? ", status" : ", no driver");
    for (unsigned i = 0; i < sizeof(bits) / sizeof(*bits); i++)
        if (status & bits[i].bit)
            monitor_print(monitor, " %s", bits[i].name);
}

static uint32_t read_word(struct monitor *monitor, uint64_t pa, unsigned size)
{
    uint64_t value;
    bus_read(monitor->virt->bus, pa, size, monitor->cpu, &value);
    return (uint32_t)value;
}

/* ---- virtio-mmio: virtio 1.2, "MMIO Device Register Layout" ---- */

enum { MMIO_VERSION = 0x004, MMIO_DEVICE_ID = 0x008, MMIO_STATUS = 0x070 };

static bool is_empty_slot(struct monitor *monitor, enum region region, uint64_t base)
{
    return region == REGION_VIRTIO && !read_word(monitor, base + MMIO_DEVICE_ID, 4);
}

static void print_virtio_mmio(struct monitor *monitor, uint64_t base)
{
    monitor_print(monitor, "  %s, %s interface",
                  virtio_name(read_word(monitor, base + MMIO_DEVICE_ID, 4)),
                  read_word(monitor, base + MMIO_VERSION, 4) == 1 ? "legacy" : "modern");
    print_virtio_status(monitor, read_word(monitor, base + MMIO_STATUS, 4));
}

/* ---- PCI: PCI Local Bus Specification 3.0, "Configuration Space Decoding" ---- */

#define PCI_SLOTS     32
#define PCI_SLOT_SIZE 0x8000 /* of ECAM: eight functions of 4 KiB */
#define VIRTIO_VENDOR 0x1af4

static const char *pci_name(uint32_t vendor, uint32_t device)
{
    static const char *const transitional[] = { "network card", "block device", NULL,
                                                "console",      NULL,           "entropy source" };
    if (vendor != VIRTIO_VENDOR)
        return "";
    if (device >= 0x1040)
        return virtio_name(device - 0x1040);
    const char *name = device - 0x1000 < sizeof(transitional) / sizeof(*transitional)
                           ? transitional[device - 0x1000]
                           : NULL;
    return name ? name : "device";
}

static void print_bars(struct monitor *monitor, uint64_t config)
{
    for (unsigned i = 0; i < 6; i++) {
        const unsigned number = i;
        uint64_t bar = read_word(monitor, config + 0x10 + 4 * i, 4), flags = bar & 15;
        if ((flags & 7) == 4)
            bar |= (uint64_t)read_word(monitor, config + 0x10 + 4 * ++i, 4) << 32;
        bar &= ~(flags & 1 ? UINT64_C(3) : UINT64_C(15));
        if (bar)
            monitor_print(monitor, "      BAR%u %s 0x%" PRIx64 "\n", number,
                          flags & 1 ? "port" : "memory", bar);
    }
}

static void print_pci(struct monitor *monitor)
{
    for (unsigned slot = 0; slot < PCI_SLOTS; slot++) {
        uint64_t config = memmap[REGION_PCIE_ECAM].base + slot * PCI_SLOT_SIZE;
        uint32_t id = read_word(monitor, config, 4);
        if (id == UINT32_MAX)
            continue;
        monitor_print(monitor, "    00:%02x.0 %04x:%04x class %04x command %04x %s\n", slot,
                      id & 0xffff, id >> 16, read_word(monitor, config + 10, 2),
                      read_word(monitor, config + 4, 2), pci_name(id & 0xffff, id >> 16));
        print_bars(monitor, config);
    }
}

/* ---- the bus ---- */

static void print_window(struct monitor *monitor, const struct bus_window *w)
{
    unsigned unit;
    enum region region = memmap_find(w->base, &unit);
    if (is_empty_slot(monitor, region, w->base))
        return;
    monitor_print(monitor, "0x%010" PRIx64 " %-14s", w->base, w->ops->name);
    if (region != REGIONS && memmap[region].spi)
        monitor_print(monitor, " SPI %u (INTID %u)", memmap[region].spi + unit,
                      memmap[region].spi + unit + 32);
    if (region == REGION_VIRTIO)
        print_virtio_mmio(monitor, w->base);
    monitor_print(monitor, "\n");
    if (region == REGION_PCIE_ECAM)
        print_pci(monitor);
}

void monitor_devices(struct monitor *monitor, const char *arguments)
{
    const struct bus_window *w;
    for (unsigned i = 0; (w = bus_window(monitor->virt->bus, i)); i++)
        print_window(monitor, w);
    monitor_print(monitor,
                  "empty virtio-mmio slots are not shown; info mtree shows every window\n");
}

void monitor_info_mtree(struct monitor *monitor, const char *arguments)
{
    const struct bus_window *w;
    for (unsigned i = 0; (w = bus_window(monitor->virt->bus, i)); i++)
        monitor_print(monitor, "%016" PRIx64 "-%016" PRIx64 " %s\n", w->base, w->base + w->size - 1,
                      w->ops->name);
    monitor_print(monitor, "%016" PRIx64 "-%016" PRIx64 " ram\n", monitor->virt->ram.base,
                  monitor->virt->ram.base + monitor->virt->ram.size - 1);
}
