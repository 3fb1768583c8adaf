/* SPDX-License-Identifier: MIT */
/* The run loop, seen through bare-metal programs of a few instructions on a whole board. */
#include <string.h>

#include "tests/mach-virt/rig.h"

/* clang-format off: one instruction a line */

/* Sends 'A' and switches the machine off (PSCI SYSTEM_OFF). */
static const uint32_t say_a_and_power_off[] = {
    0xd2a12001, /* mov x1, #0x9000000 */
    0x52800820, /* mov w0, #0x41 */
    0xb9000020, /* str w0, [x1] */
    0x52b08000, /* mov w0, #0x84000000 */
    0x11002000, /* add w0, w0, #0x8 */
    0xd4000002, /* hvc #0x0 */
    0x14000000, /* b 18 */
};

/* Counts itself at 0x40001000 and resets the machine (SYSTEM_RESET); the third time, SYSTEM_OFF. */
static const uint32_t reset_twice[] = {
    0xd2a80013, /* mov x19, #0x40000000 */
    0xf9480261, /* ldr x1, [x19, #4096] */
    0x91000421, /* add x1, x1, #0x1 */
    0xf9080261, /* str x1, [x19, #4096] */
    0x52b08000, /* mov w0, #0x84000000 */
    0xf1000c3f, /* cmp x1, #0x3 */
    0x1a800400, /* cinc w0, w0, ne */
    0x11002000, /* add w0, w0, #0x8 */
    0xd4000002, /* hvc #0x0 */
    0x14000000, /* b 24 */
};

/* CPU_OFF. */
static const uint32_t switch_processor_off[] = {
    0x52b08000, /* mov w0, #0x84000000 */
    0x11000800, /* add w0, w0, #0x2 */
    0xd4000002, /* hvc #0x0 */
    0x14000000, /* b c */
};

/* Arms the virtual timer 62,500 ticks (1 ms) ahead, waits for it in WFI with interrupts masked,
 * stores by how many ticks it came late at 0x40001000, SYSTEM_OFF. */
static const uint32_t wait_for_timer[] = {
    0xd53be04a, /* mrs x10, cntvct_el0 */
    0xd29e848b, /* mov x11, #0xf424 */
    0x8b0b014c, /* add x12, x10, x11 */
    0xd51be34c, /* msr cntv_cval_el0, x12 */
    0xd2800020, /* mov x0, #0x1 */
    0xd51be320, /* msr cntv_ctl_el0, x0 */
    0xd2a10002, /* mov x2, #0x8000000 */
    0x52800023, /* mov w3, #0x1 */
    0xb9000043, /* str w3, [x2] */
    0x52a10004, /* mov w4, #0x8000000 */
    0xb9010044, /* str w4, [x2, #256] */
    0xd2a10025, /* mov x5, #0x8010000 */
    0xb90000a3, /* str w3, [x5] */
    0x52801fe6, /* mov w6, #0xff */
    0xb90004a6, /* str w6, [x5, #4] */
    0xd503207f, /* wfi */
    0xd53be04d, /* mrs x13, cntvct_el0 */
    0xcb0c01ad, /* sub x13, x13, x12 */
    0xd2a8000e, /* mov x14, #0x40000000 */
    0xf90801cd, /* str x13, [x14, #4096] */
    0x52b08000, /* mov w0, #0x84000000 */
    0x11002000, /* add w0, w0, #0x8 */
    0xd4000002, /* hvc #0x0 */
    0x14000000, /* b 5c */
};

/* Two processors read the counter in turns. At 0x40001000: the value read last, how often it was
 * smaller than the one before, how often processor 1 read it. */
static const uint32_t compare_counters[] = {
    0xd2a80013, /* mov x19, #0x40000000 */
    0x91400673, /* add x19, x19, #0x1, lsl #12 */
    0xd2b88000, /* mov x0, #0xc4000000 */
    0xf2800060, /* movk x0, #0x3 */
    0xd2800021, /* mov x1, #0x1 */
    0x10000162, /* adr x2, 40 */
    0xd2800003, /* mov x3, #0x0 */
    0xd4000002, /* hvc #0x0 */
    0xd2827114, /* mov x20, #0x1388 */
    0x9400000e, /* bl 5c */
    0xf1000694, /* subs x20, x20, #0x1 */
    0x54ffffc1, /* b.ne 24 */
    0x52b08000, /* mov w0, #0x84000000 */
    0x11002000, /* add w0, w0, #0x8 */
    0xd4000002, /* hvc #0x0 */
    0x14000000, /* b 3c */
    0xd2a80013, /* mov x19, #0x40000000 */
    0x91400673, /* add x19, x19, #0x1, lsl #12 */
    0x94000005, /* bl 5c */
    0xf9400a65, /* ldr x5, [x19, #16] */
    0x910004a5, /* add x5, x5, #0x1 */
    0xf9000a65, /* str x5, [x19, #16] */
    0x17fffffc, /* b 48 */
    0xf9400266, /* ldr x6, [x19] */
    0xd5033fdf, /* isb */
    0xd53be027, /* mrs x7, cntpct_el0 */
    0xeb0600ff, /* cmp x7, x6 */
    0x54000082, /* b.cs 7c */
    0xf9400668, /* ldr x8, [x19, #8] */
    0x91000508, /* add x8, x8, #0x1 */
    0xf9000668, /* str x8, [x19, #8] */
    0xf9000267, /* str x7, [x19] */
    0xd65f03c0, /* ret */
};

/* WFE for ever. */
static const uint32_t wait_for_event[] = {
    0xd50320bf, /* sevl */
    0xd503205f, /* wfe */
    0xd503205f, /* wfe */
    0x17ffffff, /* b 8 */
};

/* Processor 0 starts processor 1 and waits in LDAXR, WFE until 0x40001000 is not 0, then
 * SYSTEM_OFF. Processor 1 counts to 30,000, stores there, without SEV, and waits for an interrupt.
 */
static const uint32_t wait_for_store[] = {
    0xd2a80013, /* mov x19, #0x40000000 */
    0x91400673, /* add x19, x19, #0x1, lsl #12 */
    0xd2b88000, /* mov x0, #0xc4000000 */
    0xf2800060, /* movk x0, #0x3 */
    0xd2800021, /* mov x1, #0x1 */
    0x10000162, /* adr x2, 40 */
    0xd2800003, /* mov x3, #0x0 */
    0xd4000002, /* hvc #0x0 */
    0x885ffe60, /* ldaxr w0, [x19] */
    0x35000060, /* cbnz w0, 30 */
    0xd503205f, /* wfe */
    0x17fffffd, /* b 20 */
    0x52b08000, /* mov w0, #0x84000000 */
    0x11002000, /* add w0, w0, #0x8 */
    0xd4000002, /* hvc #0x0 */
    0x14000000, /* b 3c */
    0xd28ea614, /* mov x20, #0x7530 */
    0xf1000694, /* subs x20, x20, #0x1 */
    0x54ffffe1, /* b.ne 44 */
    0xd2a80013, /* mov x19, #0x40000000 */
    0x52800021, /* mov w1, #0x1 */
    0xb9100261, /* str w1, [x19, #4096] */
    0xd503207f, /* wfi */
    0x14000000, /* b 5c */
};

/* Branches to itself. */
static const uint32_t spin[] = {
    0x14000000, /* b 0 */
};

/* Processor 0 starts processor 1 and waits for it with LDAR and CBZ; processor 1 counts to
 * 1,000,000, stores what is waited for, and waits for an interrupt. Then SYSTEM_OFF. */
static const uint32_t spin_for_store[] = {
    0xd2a80013, /* mov x19, #0x40000000 */
    0x91400673, /* add x19, x19, #0x1, lsl #12 */
    0xd2b88000, /* mov x0, #0xc4000000 */
    0xf2800060, /* movk x0, #0x3 */
    0xd2800021, /* mov x1, #0x1 */
    0x10000122, /* adr x2, 38 */
    0xd2800003, /* mov x3, #0x0 */
    0xd4000002, /* hvc #0x0 */
    0x88dffe60, /* ldar w0, [x19] */
    0x34ffffe0, /* cbz w0, 20 */
    0x52b08000, /* mov w0, #0x84000000 */
    0x11002000, /* add w0, w0, #0x8 */
    0xd4000002, /* hvc #0x0 */
    0x14000000, /* b 34 */
    0xd2884814, /* mov x20, #0x4240 */
    0xf2a001f4, /* movk x20, #0xf, lsl #16 */
    0xf1000694, /* subs x20, x20, #0x1 */
    0x54ffffe1, /* b.ne 40 */
    0xd2a80013, /* mov x19, #0x40000000 */
    0x52800021, /* mov w1, #0x1 */
    0xb9100261, /* str w1, [x19, #4096] */
    0xd503207f, /* wfi */
    0x14000000, /* b 58 */
};

/* Both processors wait for an interrupt in a loop. */
static const uint32_t spin_together[] = {
    0xd503203f, /* yield */
    0x17ffffff, /* b 0 */
};

/* clang-format on */

#define COUNT(words)      (sizeof(words) / sizeof(*(words)))
#define START(rig, words) rig_start(rig, words, COUNT(words))

static uint64_t memory(const struct rig *rig, unsigned offset)
{
    uint64_t value;
    memcpy(&value, ram_map(&rig->virt.ram, 0x40001000 + offset, 8), 8);
    return value;
}

START_TEST(system_off_ends_the_machine)
{
    struct rig rig;
    rig_init(&rig, 1);
    START(&rig, say_a_and_power_off);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_POWERED_OFF);
    ck_assert_uint_eq(rig.size, 1);
    ck_assert_int_eq(rig.output[0], 'A');
    /* six of the boot stub, six of the program */
    ck_assert_uint_eq(cpu_count(rig.virt.cpu[0]), 12);
    ck_assert_uint_eq(clock_now(&rig.virt.clock), 12);
    rig_free(&rig);
}
END_TEST

START_TEST(icount_shift_sets_the_ratio)
{
    struct rig rig;
    rig_init(&rig, 1);
    rig.config.icount_shift = 3;
    START(&rig, say_a_and_power_off);
    run_machine(&rig.virt);
    ck_assert_uint_eq(clock_now(&rig.virt.clock), 12 * 8);
    rig_free(&rig);
}
END_TEST

START_TEST(system_reset_starts_again_from_the_boot_files)
{
    struct rig rig;
    rig_init(&rig, 1);
    START(&rig, reset_twice);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_POWERED_OFF);
    ck_assert_uint_eq(memory(&rig, 0), 3);
    rig_free(&rig);
}
END_TEST

START_TEST(no_reboot_ends_the_machine_instead)
{
    struct rig rig;
    rig_init(&rig, 1);
    rig.config.no_reboot = true;
    START(&rig, reset_twice);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_REBOOTED);
    ck_assert_uint_eq(memory(&rig, 0), 1);
    rig_free(&rig);
}
END_TEST

START_TEST(a_machine_without_processors_is_reported_dead)
{
    struct rig rig;
    rig_init(&rig, 2);
    rig.config.panic = PANIC_EXIT_FAILURE;
    START(&rig, switch_processor_off);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_PANICKED);
    rig_free(&rig);
}
END_TEST

START_TEST(wfi_skips_to_the_timers_deadline_exactly)
{
    struct rig rig;
    rig_init(&rig, 1);
    START(&rig, wait_for_timer);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_POWERED_OFF);
    ck_assert_uint_eq(memory(&rig, 0), 0);
    ck_assert_uint_ge(clock_now(&rig.virt.clock), 1000000);
    ck_assert_uint_lt(clock_now(&rig.virt.clock), 1000100);
    rig_free(&rig);
}
END_TEST

START_TEST(the_counter_never_runs_backwards_between_processors)
{
    struct rig rig;
    rig_init(&rig, 2);
    START(&rig, compare_counters);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_POWERED_OFF);
    ck_assert_uint_eq(memory(&rig, 8), 0);
    ck_assert_uint_gt(memory(&rig, 16), 1000);
    rig_free(&rig);
}
END_TEST

START_TEST(the_same_run_twice_is_the_same_run)
{
    uint64_t turns[2], count[2], now[2];
    for (unsigned i = 0; i < 2; i++) {
        struct rig rig;
        rig_init(&rig, 2);
        START(&rig, compare_counters);
        run_machine(&rig.virt);
        turns[i] = memory(&rig, 16);
        count[i] = cpu_count(rig.virt.cpu[1]);
        now[i] = clock_now(&rig.virt.clock);
        rig_free(&rig);
    }
    ck_assert_uint_eq(turns[0], turns[1]);
    ck_assert_uint_eq(count[0], count[1]);
    ck_assert_uint_eq(now[0], now[1]);
}
END_TEST

static void quit(void *owner)
{
    run_end(owner, RUN_QUIT);
}

static enum run_end run_for(struct rig *rig, uint64_t ns)
{
    struct timer timer = { quit, &rig->virt, TIMER_OFF, NULL };
    const struct clock *clock = &rig->virt.clock.port;
    clock->arm(clock->ctx, &timer, ns);
    enum run_end end = run_machine(&rig->virt);
    clock->arm(clock->ctx, &timer, TIMER_OFF);
    return end;
}

START_TEST(a_timer_ends_a_busy_round_at_its_deadline)
{
    struct rig rig;
    rig_init(&rig, 1);
    START(&rig, spin);
    ck_assert_int_eq(run_for(&rig, 12345), RUN_QUIT);
    ck_assert_uint_eq(clock_now(&rig.virt.clock), 12345);
    rig_free(&rig);
}
END_TEST

START_TEST(busy_processors_share_the_time)
{
    struct rig rig;
    rig_init(&rig, 2);
    START(&rig, spin);
    cpu_reset(rig.virt.cpu[1], 0x40080000);
    rig.virt.psci.on[1] = 1;
    run_for(&rig, 100000);
    ck_assert_uint_eq(cpu_count(rig.virt.cpu[0]), 100000);
    ck_assert_uint_eq(cpu_count(rig.virt.cpu[1]), 100000);
    rig_free(&rig);
}
END_TEST

START_TEST(waiting_for_an_event_costs_no_instructions)
{
    struct rig rig;
    rig_init(&rig, 1);
    START(&rig, wait_for_event);
    ck_assert_int_eq(run_for(&rig, 1000000000), RUN_QUIT);
    ck_assert_uint_lt(cpu_count(rig.virt.cpu[0]), 100);
    rig_free(&rig);
}
END_TEST

/* Arm ARM D1.16.1, "WFE wake-up events": clearing the global monitor of a processor is an event. */
START_TEST(a_store_to_the_monitored_address_ends_a_wfe)
{
    struct rig rig;
    rig_init(&rig, 2);
    START(&rig, wait_for_store);
    ck_assert_int_eq(run_for(&rig, 1000000000), RUN_POWERED_OFF);
    ck_assert_uint_lt(clock_now(&rig.virt.clock), 100000);
    rig_free(&rig);
}
END_TEST

START_TEST(a_processor_that_spins_leaves_its_turn_to_the_one_that_works)
{
    struct rig rig;
    rig_init(&rig, 2);
    START(&rig, spin_for_store);
    ck_assert_int_eq(run_for(&rig, 100000000), RUN_POWERED_OFF);
    ck_assert_uint_gt(cpu_count(rig.virt.cpu[1]), 2000000);
    ck_assert_uint_lt(cpu_count(rig.virt.cpu[0]), 20000);
    rig_free(&rig);
}
END_TEST

/* Otherwise a million rounds of two instructions. */
START_TEST(time_goes_on_when_all_processors_spin)
{
    struct rig rig;
    rig_init(&rig, 2);
    START(&rig, spin_together);
    cpu_reset(rig.virt.cpu[1], 0x40080000);
    rig.virt.psci.on[1] = 1;
    ck_assert_int_eq(run_for(&rig, 1000000), RUN_QUIT);
    ck_assert_uint_gt(cpu_count(rig.virt.cpu[0]), 990000);
    ck_assert_uint_gt(cpu_count(rig.virt.cpu[1]), 990000);
    rig_free(&rig);
}
END_TEST

START_TEST(yield_on_its_own_is_nothing)
{
    struct rig rig;
    rig_init(&rig, 1);
    START(&rig, spin_together);
    ck_assert_int_eq(run_for(&rig, 1000000), RUN_QUIT);
    ck_assert_uint_eq(cpu_count(rig.virt.cpu[0]), 1000000);
    rig_free(&rig);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/run");
    TCase *tests = tcase_create("run loop");
    tcase_add_test(tests, system_off_ends_the_machine);
    tcase_add_test(tests, icount_shift_sets_the_ratio);
    tcase_add_test(tests, system_reset_starts_again_from_the_boot_files);
    tcase_add_test(tests, no_reboot_ends_the_machine_instead);
    tcase_add_test(tests, a_machine_without_processors_is_reported_dead);
    tcase_add_test(tests, wfi_skips_to_the_timers_deadline_exactly);
    tcase_add_test(tests, the_counter_never_runs_backwards_between_processors);
    tcase_add_test(tests, the_same_run_twice_is_the_same_run);
    tcase_add_test(tests, a_timer_ends_a_busy_round_at_its_deadline);
    tcase_add_test(tests, busy_processors_share_the_time);
    tcase_add_test(tests, waiting_for_an_event_costs_no_instructions);
    tcase_add_test(tests, a_store_to_the_monitored_address_ends_a_wfe);
    tcase_add_test(tests, a_processor_that_spins_leaves_its_turn_to_the_one_that_works);
    tcase_add_test(tests, time_goes_on_when_all_processors_spin);
    tcase_add_test(tests, yield_on_its_own_is_nothing);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
