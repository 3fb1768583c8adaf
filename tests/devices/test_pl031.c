/* SPDX-License-Identifier: MIT */
#include <libfdt.h>

#include "devices/pl031.h"
#include "tests/devices/rig.h"

enum { DR = 0, MR = 4, LR = 8, CR = 0xc, IMSC = 0x10, RIS = 0x14, MIS = 0x18, ICR = 0x1c };
#define SECOND UINT64_C(1000000000)

static struct rig rig;
static struct wire irq;
static struct pl031 *rtc;

static void setup(void)
{
    rig_init(&rig);
    irq = (struct wire){ 0 };
    rtc = pl031_create(&rig.env, wire_line(&irq));
}

static void teardown(void)
{
    pl031_ops.destroy(rtc);
}

static uint32_t get(uint64_t offset)
{
    return (uint32_t)dev_read(&pl031_ops, rtc, offset, 4, 0);
}

static void set(uint64_t offset, uint32_t value)
{
    dev_write(&pl031_ops, rtc, offset, 4, 0, value);
}

START_TEST(identification_is_the_reference_machines)
{
    static const uint8_t id[] = { 0x31, 0x10, 0x14, 0, 0x0d, 0xf0, 0x05, 0xb1 };
    for (unsigned i = 0; i < 8; i++)
        ck_assert_uint_eq(get(0xfe0 + 4 * i), id[i]);
    ck_assert_uint_eq(get(CR), 1);
    set(CR, 0);
    ck_assert_uint_eq(get(CR), 1);
}
END_TEST

START_TEST(counts_seconds_since_1970_in_guest_time)
{
    ck_assert_uint_eq(get(DR), 1000000000);
    rig_advance(&rig, SECOND - 1);
    ck_assert_uint_eq(get(DR), 1000000000);
    rig_advance(&rig, 1);
    ck_assert_uint_eq(get(DR), 1000000001);
}
END_TEST

START_TEST(load_register_sets_the_counter)
{
    rig_advance(&rig, 5 * SECOND);
    set(LR, 1000);
    ck_assert_uint_eq(get(LR), 1000);
    ck_assert_uint_eq(get(DR), 1000);
    rig_advance(&rig, 7 * SECOND);
    ck_assert_uint_eq(get(DR), 1007);
    set(LR, 0xffffffff);
    rig_advance(&rig, 2 * SECOND);
    ck_assert_uint_eq(get(DR), 1);
}
END_TEST

START_TEST(match_asserts_when_the_counter_gets_there)
{
    set(IMSC, 1);
    set(MR, 1000000003);
    rig_advance(&rig, 3 * SECOND - 1);
    ck_assert(!irq.level);
    rig_advance(&rig, 1);
    ck_assert(irq.level);
    ck_assert_uint_eq(get(DR), 1000000003);
    ck_assert_uint_eq(get(RIS), 1);
    ck_assert_uint_eq(get(MIS), 1);
    set(ICR, 1);
    ck_assert(!irq.level);
    ck_assert_uint_eq(get(RIS), 0);
}
END_TEST

START_TEST(match_of_the_present_second_asserts_at_once_and_the_mask_hides_it)
{
    set(LR, 1000);
    ck_assert_uint_eq(get(RIS), 0);
    set(MR, 1000);
    ck_assert_uint_eq(get(RIS), 1);
    ck_assert_uint_eq(get(MIS), 0);
    ck_assert(!irq.level);
    set(IMSC, 0xffffffff);
    ck_assert_uint_eq(get(IMSC), 1);
    ck_assert(irq.level);
}
END_TEST

START_TEST(setting_the_time_moves_the_alarm)
{
    set(IMSC, 1);
    set(MR, 2000);
    set(LR, 1990);
    rig_advance(&rig, 10 * SECOND);
    ck_assert(irq.level);
}
END_TEST

START_TEST(no_alarm_is_armed_until_one_is_set)
{
    set(LR, 5);
    ck_assert_ptr_null(rig.timers);
}
END_TEST

START_TEST(reset_keeps_the_time_and_drops_the_alarm)
{
    set(IMSC, 1);
    set(LR, 500);
    set(MR, 500);
    ck_assert(irq.level);
    set(MR, 600);
    pl031_ops.reset(rtc);
    ck_assert(!irq.level);
    ck_assert_ptr_null(rig.timers);
    ck_assert_uint_eq(get(DR), 500);
    ck_assert_uint_eq(get(MR), 0);
}
END_TEST

START_TEST(unknown_registers_are_reported)
{
    get(0x20);
    set(0x20, 0);
    set(DR, 0);
    ck_assert_uint_eq(rig.guest_errors, 3);
}
END_TEST

START_TEST(snapshot_holds_time_and_alarm)
{
    set(IMSC, 1);
    set(LR, 100);
    set(MR, 110);
    struct wire other_irq = { 0 };
    struct pl031 *other = pl031_create(&rig.env, wire_line(&other_irq));
    ck_assert(copy_state(&pl031_ops, rtc, other));
    ck_assert_uint_eq(dev_read(&pl031_ops, other, DR, 4, 0), 100);
    rig_advance(&rig, 10 * SECOND);
    ck_assert(other_irq.level);
    ck_assert(refuses_every_cut(&pl031_ops, rtc, other));
    pl031_ops.destroy(other);
}
END_TEST

START_TEST(node_is_the_reference_machines)
{
    static uint8_t fdt[4096];
    ck_assert_int_eq(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    struct fdt_site site = {
        .fdt = fdt, .base = 0x09010000, .size = 0x1000, .interrupt = 2, .clock = 0x8000
    };
    ck_assert_int_eq(pl031_ops.describe(rtc, &site), 0);
    int node = fdt_path_offset(fdt, "/pl031@9010000"), size;
    ck_assert_int_ge(node, 0);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "compatible", &size), "arm,pl031\0arm,primecell", 24);
    ck_assert_str_eq(fdt_getprop(fdt, node, "clock-names", NULL), "apb_pclk");
    ck_assert_mem_eq(fdt_getprop(fdt, node, "clocks", &size), "\0\0\x80\0", 4);
    ck_assert_int_eq(size, 4);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "interrupts", &size), "\0\0\0\0\0\0\0\2\0\0\0\4", 12);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devices/pl031");
    TCase *tc = tcase_create("pl031");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, identification_is_the_reference_machines);
    tcase_add_test(tc, counts_seconds_since_1970_in_guest_time);
    tcase_add_test(tc, load_register_sets_the_counter);
    tcase_add_test(tc, match_asserts_when_the_counter_gets_there);
    tcase_add_test(tc, match_of_the_present_second_asserts_at_once_and_the_mask_hides_it);
    tcase_add_test(tc, setting_the_time_moves_the_alarm);
    tcase_add_test(tc, no_alarm_is_armed_until_one_is_set);
    tcase_add_test(tc, reset_keeps_the_time_and_drops_the_alarm);
    tcase_add_test(tc, unknown_registers_are_reported);
    tcase_add_test(tc, snapshot_holds_time_and_alarm);
    tcase_add_test(tc, node_is_the_reference_machines);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
