/* SPDX-License-Identifier: MIT */
#include <libfdt.h>

#include "devices/pl061.h"
#include "tests/devices/rig.h"

enum {
    DATA = 0x3fc, /* every pin */
    DIR = 0x400,
    IS = 0x404,
    IBE = 0x408,
    IEV = 0x40c,
    IE = 0x410,
    RIS = 0x414,
    MIS = 0x418,
    IC = 0x41c,
    AFSEL = 0x420
};

static struct rig rig;
static struct wire irq, out[PL061_LINES];
static struct pl061 *gpio;

static void setup(void)
{
    struct irq_line lines[PL061_LINES];
    rig_init(&rig);
    irq = (struct wire){ 0 };
    for (unsigned i = 0; i < PL061_LINES; i++) {
        out[i] = (struct wire){ 0 };
        lines[i] = wire_line(&out[i]);
    }
    gpio = pl061_create(&rig.env, wire_line(&irq), lines);
}

static void teardown(void)
{
    pl061_ops.destroy(gpio);
}

static uint32_t get(uint64_t offset)
{
    return (uint32_t)dev_read(&pl061_ops, gpio, offset, 4, 0);
}

static void set(uint64_t offset, uint32_t value)
{
    dev_write(&pl061_ops, gpio, offset, 4, 0, value);
}

START_TEST(identification_is_the_reference_machines)
{
    static const uint8_t id[] = { 0x61, 0x10, 0x04, 0, 0x0d, 0xf0, 0x05, 0xb1 };
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(get(0xfe0 + 4 * i), id[i]);
    for (unsigned offset = DIR; offset <= AFSEL; offset += 4)
        if (offset != IC)
            ck_assert_uint_eq(get(offset), 0);
}
END_TEST

START_TEST(address_bits_mask_the_data)
{
    set(DIR, 0xff);
    set(DATA, 0xa5);
    ck_assert_uint_eq(get(DATA), 0xa5);
    ck_assert_uint_eq(get(0x0f << 2), 0x05);
    ck_assert_uint_eq(get(0), 0);
    set(0x81 << 2, 0x00);
    ck_assert_uint_eq(get(DATA), 0x24);
    set(0, 0xff);
    ck_assert_uint_eq(get(DATA), 0x24);
}
END_TEST

START_TEST(outputs_drive_their_lines_and_inputs_read_theirs)
{
    set(DIR, 0x0f);
    set(DATA, 0xff);
    for (unsigned i = 0; i < 8; i++)
        ck_assert_int_eq(out[i].level, i < 4);
    ck_assert_uint_eq(get(DATA), 0x0f);
    irq_set(pl061_input(gpio, 7), true);
    irq_set(pl061_input(gpio, 0), true);
    ck_assert_uint_eq(get(DATA), 0x8f);
    set(DIR, 0);
    ck_assert_uint_eq(get(DATA), 0x81);
    ck_assert(!out[0].level);
}
END_TEST

START_TEST(rising_edge_is_latched_until_cleared)
{
    set(IEV, 8);
    set(IE, 8);
    irq_set(pl061_input(gpio, 3), true);
    ck_assert(irq.level);
    irq_set(pl061_input(gpio, 3), false);
    ck_assert(irq.level);
    ck_assert_uint_eq(get(RIS), 8);
    ck_assert_uint_eq(get(MIS), 8);
    set(IC, 8);
    ck_assert(!irq.level);
    ck_assert_uint_eq(get(RIS), 0);
}
END_TEST

START_TEST(falling_edge_and_both_edges)
{
    set(IE, 3);
    set(IBE, 2);
    irq_set(pl061_input(gpio, 0), true);
    ck_assert_uint_eq(get(RIS), 0);
    irq_set(pl061_input(gpio, 0), false);
    ck_assert_uint_eq(get(RIS), 1);
    irq_set(pl061_input(gpio, 1), true);
    ck_assert_uint_eq(get(RIS), 3);
    set(IC, 3);
    irq_set(pl061_input(gpio, 1), false);
    ck_assert_uint_eq(get(RIS), 2);
}
END_TEST

START_TEST(level_lasts_as_long_as_the_line)
{
    set(IS, 1);
    set(IEV, 1);
    set(IE, 1);
    irq_set(pl061_input(gpio, 0), true);
    ck_assert(irq.level);
    set(IC, 1);
    ck_assert(irq.level);
    irq_set(pl061_input(gpio, 0), false);
    ck_assert(!irq.level);
    set(IEV, 0); /* low active */
    ck_assert(irq.level);
}
END_TEST

START_TEST(masked_interrupt_shows_in_raw_status_only)
{
    set(IEV, 1);
    irq_set(pl061_input(gpio, 0), true);
    ck_assert_uint_eq(get(RIS), 1);
    ck_assert_uint_eq(get(MIS), 0);
    ck_assert(!irq.level);
    set(IE, 1);
    ck_assert(irq.level);
}
END_TEST

START_TEST(reset_keeps_the_inputs)
{
    set(IEV, 1);
    set(IE, 1);
    set(DIR, 0x80);
    set(DATA, 0x80);
    irq_set(pl061_input(gpio, 0), true);
    pl061_ops.reset(gpio);
    ck_assert(!irq.level && !out[7].level);
    ck_assert_uint_eq(get(DATA), 1);
    ck_assert_uint_eq(get(DIR), 0);
}
END_TEST

START_TEST(unknown_registers_are_reported)
{
    get(0x500);
    set(0x424, 1);
    set(RIS, 1);
    ck_assert_uint_eq(rig.guest_errors, 3);
    ck_assert_ptr_null(pl061_input(gpio, 8).set);
}
END_TEST

START_TEST(snapshot_holds_pins_and_edges)
{
    set(DIR, 0x80);
    set(DATA, 0x80);
    set(IEV, 1);
    set(IE, 1);
    irq_set(pl061_input(gpio, 0), true);
    irq_set(pl061_input(gpio, 0), false);
    struct wire other_irq = { 0 };
    struct pl061 *other = pl061_create(&rig.env, wire_line(&other_irq), NULL);
    ck_assert(copy_state(&pl061_ops, gpio, other));
    ck_assert(other_irq.level);
    ck_assert_uint_eq(dev_read(&pl061_ops, other, DATA, 4, 0), 0x80);
    ck_assert(refuses_every_cut(&pl061_ops, gpio, other));
    pl061_ops.destroy(other);
}
END_TEST

START_TEST(nodes_are_the_reference_machines)
{
    static uint8_t fdt[4096];
    ck_assert_int_eq(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    struct fdt_site site = { .fdt = fdt,
                             .base = 0x09030000,
                             .size = 0x1000,
                             .interrupt = 7,
                             .clock = 0x8000,
                             .phandle = 0x8005 };
    ck_assert_int_eq(pl061_ops.describe(gpio, &site), 0);
    ck_assert_int_eq(pl061_describe_power_key(fdt, 0, 0x8005, 3), 0);
    int node = fdt_path_offset(fdt, "/pl061@9030000"), size;
    ck_assert_uint_eq(fdt_get_phandle(fdt, node), 0x8005);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "compatible", &size), "arm,pl061\0arm,primecell", 24);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "#gpio-cells", &size), "\0\0\0\2", 4);
    ck_assert_ptr_nonnull(fdt_getprop(fdt, node, "gpio-controller", &size));
    ck_assert_mem_eq(fdt_getprop(fdt, node, "interrupts", &size), "\0\0\0\0\0\0\0\7\0\0\0\4", 12);
    ck_assert_str_eq(fdt_getprop(fdt, node, "clock-names", NULL), "apb_pclk");
    node = fdt_path_offset(fdt, "/gpio-keys");
    ck_assert_str_eq(fdt_getprop(fdt, node, "compatible", NULL), "gpio-keys");
    node = fdt_path_offset(fdt, "/gpio-keys/poweroff");
    ck_assert_mem_eq(fdt_getprop(fdt, node, "gpios", &size), "\0\0\x80\5\0\0\0\3\0\0\0\0", 12);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "linux,code", &size), "\0\0\0\x74", 4);
    ck_assert_str_eq(fdt_getprop(fdt, node, "label", NULL), "GPIO Key Poweroff");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devices/pl061");
    TCase *tc = tcase_create("pl061");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, identification_is_the_reference_machines);
    tcase_add_test(tc, address_bits_mask_the_data);
    tcase_add_test(tc, outputs_drive_their_lines_and_inputs_read_theirs);
    tcase_add_test(tc, rising_edge_is_latched_until_cleared);
    tcase_add_test(tc, falling_edge_and_both_edges);
    tcase_add_test(tc, level_lasts_as_long_as_the_line);
    tcase_add_test(tc, masked_interrupt_shows_in_raw_status_only);
    tcase_add_test(tc, reset_keeps_the_inputs);
    tcase_add_test(tc, unknown_registers_are_reported);
    tcase_add_test(tc, snapshot_holds_pins_and_edges);
    tcase_add_test(tc, nodes_are_the_reference_machines);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
