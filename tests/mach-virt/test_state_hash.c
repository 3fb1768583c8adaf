/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "mach-virt/state_hash.h"
#include "tests/mach-virt/rig.h"

static const uint32_t branch_to_itself[] = { 0x14000000 /* b 0 */ };

static struct rig rig;

static struct state_hash take(void)
{
    struct state_hash hash;
    state_hash_take(&rig.virt, &hash);
    return hash;
}

static void start(void)
{
    rig_init(&rig, 2);
    rig_start(&rig, branch_to_itself, 1);
}

START_TEST(two_machines_that_are_alike_have_the_same_hash)
{
    char text[2][STATE_HASH_TEXT];
    for (unsigned i = 0; i < 2; i++) {
        start();
        state_hash_print(&rig.virt, text[i]);
        rig_free(&rig);
    }
    ck_assert_str_eq(text[0], text[1]);
    ck_assert_int_eq(strncmp(text[0], "instructions=0 time=0 ram=", 26), 0);
}
END_TEST

START_TEST(a_bit_of_ram_counts_wherever_it_is)
{
    start();
    struct state_hash before = take();
    uint8_t *byte = ram_map(&rig.virt.ram, 0x40fff000, 1);
    *byte = 1;
    struct state_hash one = take();
    *byte = 0;
    byte[4095] = 1;
    struct state_hash other = take();
    ck_assert_uint_ne(before.ram, one.ram);
    ck_assert_uint_ne(before.ram, other.ram);
    ck_assert_uint_ne(one.ram, other.ram);
    ck_assert_uint_eq(before.processors, other.processors);
    ck_assert_uint_eq(before.devices, other.devices);
    byte[4095] = 0; /* a page that is zero again is as good as one never touched */
    ck_assert_uint_eq(take().ram, before.ram);
    rig_free(&rig);
}
END_TEST

START_TEST(registers_and_power_count)
{
    start();
    struct state_hash before = take();
    cpu_set_x(rig.virt.cpu[1], 30, 1);
    struct state_hash set = take();
    ck_assert_uint_ne(before.processors, set.processors);
    cpu_set_x(rig.virt.cpu[1], 30, 0);
    ck_assert_uint_eq(take().processors, before.processors);
    rig.virt.psci.on[1] = 1;
    ck_assert_uint_ne(take().processors, before.processors);
    rig_free(&rig);
}
END_TEST

START_TEST(devices_and_time_count)
{
    start();
    struct state_hash before = take();
    ck_assert(bus_write(rig.virt.bus, 0x09000038, 4, 0, 0x10)); /* UARTIMSC.RXIM */
    ck_assert_uint_ne(take().devices, before.devices);
    ck_assert(bus_write(rig.virt.bus, 0x09000038, 4, 0, 0));
    ck_assert_uint_eq(take().devices, before.devices);
    clock_skip(&rig.virt.clock, 1);
    ck_assert_uint_ne(take().devices, before.devices);
    ck_assert_uint_eq(take().time, 1);
    rig_free(&rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/state_hash");
    TCase *tests = tcase_create("state hash");
    tcase_add_test(tests, two_machines_that_are_alike_have_the_same_hash);
    tcase_add_test(tests, a_bit_of_ram_counts_wherever_it_is);
    tcase_add_test(tests, registers_and_power_count);
    tcase_add_test(tests, devices_and_time_count);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
