/* SPDX-License-Identifier: MIT */
#include "mach-virt/memmap.h"
#include "tests/mach-virt/rig.h"

static uint64_t end(enum region r)
{
    return memmap[r].base + memmap[r].size * memmap[r].units;
}

START_TEST(no_two_regions_overlap)
{
    for (unsigned a = 0; a < REGIONS; a++)
        for (unsigned b = a + 1; b < REGIONS; b++)
            ck_assert_msg(end(a) <= memmap[b].base || end(b) <= memmap[a].base, "%s and %s",
                          memmap[a].name, memmap[b].name);
}
END_TEST

/* The virt board's addresses: whoever wrote a driver for it has them by heart. */
START_TEST(the_addresses_are_the_virt_boards)
{
    static const struct {
        enum region region;
        uint64_t base, size;
        uint32_t spi;
    } rows[] = {
        { REGION_GIC_DIST, 0x08000000, 0x10000, 0 },
        { REGION_GIC_CPU, 0x08010000, 0x10000, 0 },
        { REGION_GIC_V2M, 0x08020000, 0x1000, 0 },
        { REGION_UART, 0x09000000, 0x1000, 1 },
        { REGION_RTC, 0x09010000, 0x1000, 2 },
        { REGION_GPIO, 0x09030000, 0x1000, 7 },
        { REGION_PCIE_MMIO, 0x10000000, 0x2eff0000, 0 },
        { REGION_PCIE_PIO, 0x3eff0000, 0x10000, 0 },
        { REGION_PCIE_ECAM, 0x4010000000, 0x10000000, 3 },
        { REGION_PCIE_HIGH_MMIO, 0x8000000000, 0x8000000000, 0 },
    };
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        const struct memmap_row *row = &memmap[rows[i].region];
        ck_assert_uint_eq(row->base, rows[i].base);
        ck_assert_uint_eq(row->size, rows[i].size);
        ck_assert_uint_eq(row->units, 1);
        if (rows[i].spi)
            ck_assert_uint_eq(row->spi, rows[i].spi);
    }
    ck_assert_uint_eq(memmap[REGION_RAM].base, 0x40000000);
    ck_assert_uint_eq(memmap_base(REGION_VIRTIO, 0), 0x0a000000);
    ck_assert_uint_eq(memmap_base(REGION_VIRTIO, 31), 0x0a003e00);
    ck_assert_uint_eq(memmap[REGION_VIRTIO].spi, 16);
}
END_TEST

START_TEST(a_window_is_found_by_its_base)
{
    unsigned unit = 99;
    ck_assert_int_eq(memmap_find(0x0a003e00, &unit), REGION_VIRTIO);
    ck_assert_uint_eq(unit, 31);
    ck_assert_int_eq(memmap_find(0x09000000, &unit), REGION_UART);
    ck_assert_uint_eq(unit, 0);
    ck_assert_int_eq(memmap_find(0x09000004, &unit), REGIONS);
    ck_assert_int_eq(memmap_find(0x0a004000, &unit), REGIONS);
    ck_assert_int_eq(memmap_find(UINT64_MAX, &unit), REGIONS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/memmap");
    TCase *tests = tcase_create("memory map");
    tcase_add_test(tests, no_two_regions_overlap);
    tcase_add_test(tests, the_addresses_are_the_virt_boards);
    tcase_add_test(tests, a_window_is_found_by_its_base);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
