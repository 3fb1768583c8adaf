/* SPDX-License-Identifier: MIT */
/*
 * The device tree against the virt board's, as its own dump shows it (-machine dumpdtb=, two
 * processors, 16 MiB): the nodes, and the properties that drivers read.
 */
#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#include "mach-virt/virt_fdt.h"
#include "tests/mach-virt/rig.h"

static const uint32_t code[] = { 0x14000000 };

static struct bytes build(struct rig *rig)
{
    struct error error;
    struct bytes dtb;
    rig_start(rig, code, 1);
    ck_assert_msg(virt_fdt_build(&rig->virt, &dtb, &error), "%s", error.text);
    ck_assert_int_eq(fdt_check_full(dtb.data, dtb.size), 0);
    return dtb;
}

struct cells_row {
    const char *path, *property;
    unsigned count;
    uint32_t cells[16];
};

static const struct cells_row cells_rows[] = {
    { "/", "interrupt-parent", 1, { 0x8003 } },
    { "/", "#address-cells", 1, { 2 } },
    { "/", "#size-cells", 1, { 2 } },
    { "/memory@40000000", "reg", 4, { 0, 0x40000000, 0, 0x1000000 } },
    { "/psci", "cpu_on", 1, { 0xc4000003 } },
    { "/psci", "cpu_off", 1, { 0x84000002 } },
    { "/psci", "cpu_suspend", 1, { 0xc4000001 } },
    { "/psci", "migrate", 1, { 0xc4000005 } },
    { "/cpus", "#address-cells", 1, { 1 } },
    { "/cpus", "#size-cells", 1, { 0 } },
    { "/cpus/cpu@0", "reg", 1, { 0 } },
    { "/cpus/cpu@0", "phandle", 1, { 0x8002 } },
    { "/cpus/cpu@1", "reg", 1, { 1 } },
    { "/cpus/cpu@1", "phandle", 1, { 0x8001 } },
    { "/cpus/cpu-map/socket0/cluster0/core0", "cpu", 1, { 0x8002 } },
    { "/cpus/cpu-map/socket0/cluster0/core1", "cpu", 1, { 0x8001 } },
    { "/timer", "interrupts", 12, { 1, 0xd, 0x304, 1, 0xe, 0x304, 1, 0xb, 0x304, 1, 0xa, 0x304 } },
    { "/apb-pclk", "clock-frequency", 1, { 24000000 } },
    { "/apb-pclk", "phandle", 1, { 0x8000 } },
    { "/apb-pclk", "#clock-cells", 1, { 0 } },
    { "/intc@8000000", "reg", 8, { 0, 0x8000000, 0, 0x10000, 0, 0x8010000, 0, 0x10000 } },
    { "/intc@8000000", "phandle", 1, { 0x8003 } },
    { "/intc@8000000", "#interrupt-cells", 1, { 3 } },
    { "/intc@8000000/v2m@8020000", "reg", 4, { 0, 0x8020000, 0, 0x1000 } },
    { "/intc@8000000/v2m@8020000", "phandle", 1, { 0x8004 } },
    { "/pl011@9000000", "reg", 4, { 0, 0x9000000, 0, 0x1000 } },
    { "/pl011@9000000", "interrupts", 3, { 0, 1, 4 } },
    { "/pl011@9000000", "clocks", 2, { 0x8000, 0x8000 } },
    { "/pl031@9010000", "reg", 4, { 0, 0x9010000, 0, 0x1000 } },
    { "/pl031@9010000", "interrupts", 3, { 0, 2, 4 } },
    { "/pl061@9030000", "reg", 4, { 0, 0x9030000, 0, 0x1000 } },
    { "/pl061@9030000", "interrupts", 3, { 0, 7, 4 } },
    { "/pl061@9030000", "phandle", 1, { 0x8005 } },
    { "/gpio-keys/poweroff", "gpios", 3, { 0x8005, 3, 0 } },
    { "/gpio-keys/poweroff", "linux,code", 1, { 116 } },
    { "/virtio_mmio@a000000", "reg", 4, { 0, 0xa000000, 0, 0x200 } },
    { "/virtio_mmio@a000000", "interrupts", 3, { 0, 16, 1 } },
    { "/virtio_mmio@a003e00", "reg", 4, { 0, 0xa003e00, 0, 0x200 } },
    { "/virtio_mmio@a003e00", "interrupts", 3, { 0, 47, 1 } },
    { "/pcie@10000000", "reg", 4, { 0x40, 0x10000000, 0, 0x10000000 } },
    { "/pcie@10000000", "bus-range", 2, { 0, 255 } },
    { "/pcie@10000000", "msi-map", 4, { 0, 0x8004, 0, 0x10000 } },
    { "/pcie@10000000", "interrupt-map-mask", 4, { 0x1800, 0, 0, 7 } },
};

START_TEST(numbers_are_the_virt_boards)
{
    struct rig rig;
    rig_init(&rig, 2);
    struct bytes dtb = build(&rig);
    for (unsigned i = 0; i < sizeof(cells_rows) / sizeof(*cells_rows); i++) {
        const struct cells_row *row = &cells_rows[i];
        int size = -1;
        const fdt32_t *cells =
            fdt_getprop(dtb.data, fdt_path_offset(dtb.data, row->path), row->property, &size);
        ck_assert_msg(cells && size == (int)(4 * row->count), "%s %s: size %d", row->path,
                      row->property, size);
        for (unsigned c = 0; c < row->count; c++)
            ck_assert_msg(fdt32_ld(cells + c) == row->cells[c], "%s %s cell %u: 0x%x", row->path,
                          row->property, c, fdt32_ld(cells + c));
    }
    free(dtb.data);
    rig_free(&rig);
}
END_TEST

static const struct {
    const char *path, *property, *value;
    unsigned size;
} strings[] = {
#define STRING(path, property, value)                                                              \
    {                                                                                              \
        path, property, value, sizeof(value)                                                       \
    }
    STRING("/", "compatible", "linux,dummy-virt"),
    STRING("/", "model", "linux,dummy-virt"),
    STRING("/psci", "compatible", "arm,psci-1.0\0arm,psci-0.2\0arm,psci"),
    STRING("/psci", "method", "hvc"),
    STRING("/memory@40000000", "device_type", "memory"),
    STRING("/cpus/cpu@0", "compatible", "arm,cortex-a57"),
    STRING("/cpus/cpu@1", "enable-method", "psci"),
    STRING("/cpus/cpu@1", "device_type", "cpu"),
    STRING("/timer", "compatible", "arm,armv8-timer\0arm,armv7-timer"),
    STRING("/apb-pclk", "compatible", "fixed-clock"),
    STRING("/apb-pclk", "clock-output-names", "clk24mhz"),
    STRING("/intc@8000000", "compatible", "arm,cortex-a15-gic"),
    STRING("/intc@8000000/v2m@8020000", "compatible", "arm,gic-v2m-frame"),
    STRING("/pl011@9000000", "compatible", "arm,pl011\0arm,primecell"),
    STRING("/pl011@9000000", "clock-names", "uartclk\0apb_pclk"),
    STRING("/pl031@9010000", "compatible", "arm,pl031\0arm,primecell"),
    STRING("/pl061@9030000", "compatible", "arm,pl061\0arm,primecell"),
    STRING("/virtio_mmio@a000000", "compatible", "virtio,mmio"),
    STRING("/pcie@10000000", "compatible", "pci-host-ecam-generic"),
    STRING("/chosen", "stdout-path", "/pl011@9000000"),
    STRING("/chosen", "bootargs", "console=ttyAMA0 quiet"),
#undef STRING
};

START_TEST(names_are_the_virt_boards)
{
    struct rig rig;
    rig_init(&rig, 2);
    rig.config.append = "console=ttyAMA0 quiet";
    struct bytes dtb = build(&rig);
    for (unsigned i = 0; i < sizeof(strings) / sizeof(*strings); i++) {
        int size = -1;
        const void *value = fdt_getprop(dtb.data, fdt_path_offset(dtb.data, strings[i].path),
                                        strings[i].property, &size);
        ck_assert_msg(value && size == (int)strings[i].size &&
                          !memcmp(value, strings[i].value, strings[i].size),
                      "%s %s", strings[i].path, strings[i].property);
    }
    free(dtb.data);
    rig_free(&rig);
}
END_TEST

START_TEST(the_order_of_nodes_is_the_virt_boards)
{
    static const char *const order[] = { "psci",
                                         "memory@40000000",
                                         "virtio_mmio@a000000",
                                         "virtio_mmio@a003e00",
                                         "gpio-keys",
                                         "pl061@9030000",
                                         "pcie@10000000",
                                         "pl031@9010000",
                                         "pl011@9000000",
                                         "intc@8000000",
                                         "cpus",
                                         "timer",
                                         "apb-pclk",
                                         "chosen" };
    struct rig rig;
    unsigned next = 0, virtio = 0;
    int node;
    rig_init(&rig, 1);
    struct bytes dtb = build(&rig);
    fdt_for_each_subnode(node, dtb.data, 0)
    {
        const char *name = fdt_get_name(dtb.data, node, NULL);
        virtio += !strncmp(name, "virtio_mmio@", 12);
        if (next < sizeof(order) / sizeof(*order) && !strcmp(name, order[next]))
            next++;
    }
    ck_assert_uint_eq(next, sizeof(order) / sizeof(*order));
    ck_assert_uint_eq(virtio, 32);
    free(dtb.data);
    rig_free(&rig);
}
END_TEST

START_TEST(one_processor_needs_no_enable_method)
{
    struct rig rig;
    rig_init(&rig, 1);
    struct bytes dtb = build(&rig);
    int cpu = fdt_path_offset(dtb.data, "/cpus/cpu@0");
    ck_assert_ptr_null(fdt_getprop(dtb.data, cpu, "enable-method", NULL));
    ck_assert_int_lt(fdt_path_offset(dtb.data, "/cpus/cpu@1"), 0);
    free(dtb.data);
    rig_free(&rig);
}
END_TEST

START_TEST(seeds_are_there_unless_unwanted)
{
    for (unsigned wanted = 0; wanted < 2; wanted++) {
        struct rig rig;
        int size = 0;
        rig_init(&rig, 1);
        rig.config.dtb_randomness = wanted;
        struct bytes dtb = build(&rig);
        int chosen = fdt_path_offset(dtb.data, "/chosen");
        ck_assert_int_eq(fdt_getprop(dtb.data, chosen, "kaslr-seed", &size) != NULL, (int)wanted);
        ck_assert(!wanted || size == 8);
        ck_assert_int_eq(fdt_getprop(dtb.data, chosen, "rng-seed", &size) != NULL, (int)wanted);
        ck_assert(!wanted || size == 32);
        free(dtb.data);
        rig_free(&rig);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/fdt");
    TCase *tests = tcase_create("device tree");
    tcase_add_test(tests, numbers_are_the_virt_boards);
    tcase_add_test(tests, names_are_the_virt_boards);
    tcase_add_test(tests, the_order_of_nodes_is_the_virt_boards);
    tcase_add_test(tests, one_processor_needs_no_enable_method);
    tcase_add_test(tests, seeds_are_there_unless_unwanted);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
