/* SPDX-License-Identifier: MIT */
/* Return values: Arm DEN 0022D, and what the reference board answers to the same calls. */
#include <string.h>

#include "mach-virt/psci.h"
#include "tests/mach-virt/rig.h"

static struct {
    int started, stopped, waiting;
    uint64_t entry, context_id;
    bool off, reset;
} seen;

static void start(void *ctx, unsigned cpu, uint64_t entry, uint64_t context_id)
{
    seen.started = (int)cpu;
    seen.entry = entry;
    seen.context_id = context_id;
}

static void stop(void *ctx, unsigned cpu)
{
    seen.stopped = (int)cpu;
}

static void standby(void *ctx, unsigned cpu)
{
    seen.waiting = (int)cpu;
}

static void system_off(void *ctx)
{
    seen.off = true;
}

static void system_reset(void *ctx)
{
    seen.reset = true;
}

static struct psci make(unsigned cpus)
{
    const struct psci_port port = { start, stop, standby, system_off, system_reset, NULL };
    struct psci psci;
    psci_init(&psci, cpus, &port);
    memset(&seen, 0, sizeof(seen));
    seen.started = seen.stopped = seen.waiting = -1;
    return psci;
}

static int64_t call(struct psci *psci, unsigned cpu, uint64_t f, uint64_t a, uint64_t b, uint64_t c)
{
    const uint64_t args[4] = { f, a, b, c };
    return psci_call(psci, cpu, args);
}

START_TEST(version_and_migration)
{
    struct psci p = make(2);
    ck_assert_int_eq(call(&p, 0, 0x84000000, 0, 0, 0), 0x10001);
    ck_assert_int_eq(call(&p, 0, 0x84000006, 0, 0, 0), 2);
    ck_assert_int_eq(call(&p, 0, 0x84000005, 0, 0, 0), -1);
    ck_assert_int_eq(call(&p, 0, 0xc4000005, 0, 0, 0), -1);
}
END_TEST

START_TEST(features_names_what_is_there)
{
    static const struct {
        uint32_t function;
        int answer;
    } rows[] = {
        { 0x84000000, 0 },  { 0x84000001, 0 },  { 0xc4000001, 0 },  { 0x84000002, 0 },
        { 0x84000003, 0 },  { 0xc4000003, 0 },  { 0x84000004, 0 },  { 0xc4000004, 0 },
        { 0x84000006, 0 },  { 0x84000008, 0 },  { 0x84000009, 0 },  { 0x8400000a, 0 },
        { 0x84000005, -1 }, { 0xc4000009, -1 }, { 0x8400000f, -1 }, { 0x80000000, -1 },
    };
    struct psci p = make(1);
    for (unsigned i = 0; i < sizeof(rows) / sizeof(*rows); i++)
        ck_assert_int_eq(call(&p, 0, 0x8400000a, rows[i].function, 0, 0), rows[i].answer);
}
END_TEST

START_TEST(an_unknown_function_is_not_supported)
{
    struct psci p = make(1);
    ck_assert_int_eq(call(&p, 0, 0x12345678, 0, 0, 0), -1);
    ck_assert_int_eq(call(&p, 0, 0x80000000, 0, 0, 0), -1);
}
END_TEST

START_TEST(cpu_on_starts_a_processor_once)
{
    struct psci p = make(2);
    ck_assert_int_eq(call(&p, 0, 0xc4000003, 1, 0x140000000, 42), 0);
    ck_assert_int_eq(seen.started, 1);
    ck_assert_uint_eq(seen.entry, 0x140000000);
    ck_assert_uint_eq(seen.context_id, 42);
    ck_assert_int_eq(call(&p, 0, 0xc4000003, 1, 0, 0), -4);
    ck_assert_int_eq(call(&p, 1, 0x84000003, 0, 0, 0), -4);
    ck_assert_int_eq(call(&p, 0, 0xc4000003, 2, 0, 0), -2);
    ck_assert_int_eq(call(&p, 0, 0xc4000003, 0x100, 0, 0), -2);
}
END_TEST

START_TEST(the_32_bit_forms_see_32_bits)
{
    struct psci p = make(2);
    ck_assert_int_eq(
        call(&p, 0, 0x84000003, UINT64_C(0xffffffff00000001), UINT64_C(0x140000000), 0), 0);
    ck_assert_uint_eq(seen.entry, 0x40000000);
}
END_TEST

START_TEST(affinity_info_follows_on_and_off)
{
    struct psci p = make(2);
    ck_assert_int_eq(call(&p, 0, 0xc4000004, 0, 0, 0), 0);
    ck_assert_int_eq(call(&p, 0, 0xc4000004, 1, 0, 0), 1);
    call(&p, 0, 0xc4000003, 1, 0x40000000, 0);
    ck_assert_int_eq(call(&p, 0, 0x84000004, 1, 0, 0), 0);
    call(&p, 1, 0x84000002, 0, 0, 0);
    ck_assert_int_eq(seen.stopped, 1);
    ck_assert_int_eq(call(&p, 0, 0x84000004, 1, 0, 0), 1);
    ck_assert_int_eq(call(&p, 0, 0x84000004, 5, 0, 0), -2);
    ck_assert_int_eq(call(&p, 0, 0x84000004, 0, 1, 0), 0);
}
END_TEST

START_TEST(cpu_suspend_waits_like_wfi)
{
    struct psci p = make(2);
    ck_assert_int_eq(call(&p, 1, 0xc4000001, 0, 0, 0), 0);
    ck_assert_int_eq(seen.waiting, 1);
    seen.waiting = -1;
    ck_assert_int_eq(call(&p, 1, 0x84000001, 0xfffe0000, 0, 0), -2);
    ck_assert_int_eq(seen.waiting, -1);
}
END_TEST

START_TEST(system_calls_reach_the_machine)
{
    struct psci p = make(1);
    call(&p, 0, 0x84000008, 0, 0, 0);
    ck_assert(seen.off && !seen.reset);
    call(&p, 0, 0x84000009, 0, 0, 0);
    ck_assert(seen.reset);
}
END_TEST

START_TEST(a_reset_leaves_processor_0_on)
{
    struct psci p = make(3);
    call(&p, 0, 0xc4000003, 2, 0, 0);
    psci_reset(&p);
    ck_assert(p.on[0] && !p.on[1] && !p.on[2]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/psci");
    TCase *tests = tcase_create("PSCI");
    tcase_add_test(tests, version_and_migration);
    tcase_add_test(tests, features_names_what_is_there);
    tcase_add_test(tests, an_unknown_function_is_not_supported);
    tcase_add_test(tests, cpu_on_starts_a_processor_once);
    tcase_add_test(tests, the_32_bit_forms_see_32_bits);
    tcase_add_test(tests, affinity_info_follows_on_and_off);
    tcase_add_test(tests, cpu_suspend_waits_like_wfi);
    tcase_add_test(tests, system_calls_reach_the_machine);
    tcase_add_test(tests, a_reset_leaves_processor_0_on);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
