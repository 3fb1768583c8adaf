/* SPDX-License-Identifier: MIT */
#include "mach-virt/memmap.h"

#define KIB UINT64_C(1024)
#define MIB (UINT64_C(1) << 20)
#define GIB (UINT64_C(1) << 30)

/* clang-format off: a table */
const struct memmap_row memmap[REGIONS] = {
    /*                         name              base           size         units  SPI */
    [REGION_GIC_DIST] = { "gic-dist", 0x08000000, 64 * KIB, 1, 0 },
    [REGION_GIC_CPU] = { "gic-cpu", 0x08010000, 64 * KIB, 1, 0 },
    [REGION_GIC_V2M] = { "gic-v2m", 0x08020000, 4 * KIB, 1, 0 },
    [REGION_UART] = { "uart", 0x09000000, 4 * KIB, 1, 1 },
    [REGION_RTC] = { "rtc", 0x09010000, 4 * KIB, 1, 2 },
    [REGION_PCIE_MMIO] = { "pcie-mmio", 0x10000000, 0x2eff0000, 1, 0 },
    [REGION_PCIE_PIO] = { "pcie-pio", 0x3eff0000, 64 * KIB, 1, 0 },
    [REGION_PCIE_ECAM] = { "pcie-ecam", 0x4010000000, 256 * MIB, 1, 3 },
    [REGION_PCIE_HIGH_MMIO] = { "pcie-mmio-high", 0x8000000000, 512 * GIB, 1, 0 },
    [REGION_GPIO] = { "gpio", 0x09030000, 4 * KIB, 1, 7 },
    [REGION_VIRTIO] = { "virtio-mmio", 0x0a000000, 0x200, 32, 16 },
    [REGION_RAM] = { "ram", 0x40000000, 255 * GIB, 1, 0 },
};
/* clang-format on */

enum region memmap_find(uint64_t base, unsigned *unit)
{
    for (unsigned r = 0; r < REGIONS; r++) {
        uint64_t offset = base - memmap[r].base;
        if (offset / memmap[r].size >= memmap[r].units || offset % memmap[r].size)
            continue;
        *unit = (unsigned)(offset / memmap[r].size);
        return (enum region)r;
    }
    return REGIONS;
}
