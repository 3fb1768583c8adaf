/* SPDX-License-Identifier: MIT */
/*
 * The generic timer. Rules: Arm ARM D10.2.4 ("Timers"): CompareValue and TimerValue views, ISTATUS,
 * IMASK.
 */
#include "cpu/state.h"
#include "tests/cpu/paging.h"

static struct board *b;
static struct cpu *cpu;
static const char *const names[CPU_TIMERS][3] = {
    { "CNTP_CTL_EL0", "CNTP_CVAL_EL0", "CNTP_TVAL_EL0" },
    { "CNTV_CTL_EL0", "CNTV_CVAL_EL0", "CNTV_TVAL_EL0" },
};
enum { CTL, CVAL, TVAL };

static void setup(void)
{
    b = board_create();
    cpu = b->cpu;
    b->counter = 1000;
}

static void teardown(void)
{
    board_destroy(b);
}

START_TEST(a_timer_fires_when_the_counter_reaches_cval)
{
    for (unsigned t = 0; t < CPU_TIMERS; t++) {
        b->counter = 1000;
        board_set(b, names[t][CVAL], 1500);
        ck_assert_uint_eq(cpu_timer_deadline(cpu), UINT64_MAX);
        board_set(b, names[t][CTL], 1);
        ck_assert_uint_eq(cpu_timer_deadline(cpu), 1500);
        ck_assert(!b->timer_line[t]);
        b->counter = 1499;
        cpu_timer_update(cpu);
        ck_assert(!b->timer_line[t]);
        ck_assert_uint_eq(board_get(b, names[t][CTL]), 1);
        b->counter = 1500;
        ck_assert_uint_eq(board_get(b, names[t][CTL]), 5); /* ISTATUS */
        cpu_timer_update(cpu);
        ck_assert(b->timer_line[t]);
        ck_assert_uint_eq(cpu_timer_deadline(cpu), UINT64_MAX);
        board_set(b, names[t][CTL], 0);
        ck_assert(!b->timer_line[t]);
    }
}
END_TEST

START_TEST(tval_is_a_signed_32_bit_distance)
{
    for (unsigned t = 0; t < CPU_TIMERS; t++) {
        b->counter = 1ull << 40;
        board_set(b, names[t][TVAL], 100);
        ck_assert_uint_eq(board_get(b, names[t][CVAL]), (1ull << 40) + 100);
        b->counter += 130;
        ck_assert_uint_eq(board_get(b, names[t][TVAL]), 0xffffffe2); /* -30, upper half RES0 */
        board_set(b, names[t][TVAL], 0xffffffff);
        ck_assert_uint_eq(board_get(b, names[t][CVAL]), b->counter - 1);
        board_set(b, names[t][CTL], 1);
        ck_assert(b->timer_line[t]);
        board_set(b, names[t][CTL], 0);
    }
}
END_TEST

START_TEST(imask_lowers_the_line_and_keeps_istatus)
{
    board_set(b, "CNTV_CVAL_EL0", 10);
    board_set(b, "CNTV_CTL_EL0", 3);
    ck_assert(!b->timer_line[CPU_TIMER_VIRTUAL]);
    ck_assert_uint_eq(board_get(b, "CNTV_CTL_EL0"), 7);
    ck_assert_uint_eq(cpu_timer_deadline(cpu), UINT64_MAX);
    board_set(b, "CNTV_CTL_EL0", 1);
    ck_assert(b->timer_line[CPU_TIMER_VIRTUAL]);
    board_set(b, "CNTV_CVAL_EL0", 2000);
    ck_assert(!b->timer_line[CPU_TIMER_VIRTUAL]);
    ck_assert_uint_eq(cpu_timer_deadline(cpu), 2000);
}
END_TEST

START_TEST(the_earlier_of_both_timers_is_the_deadline)
{
    board_set(b, "CNTV_CVAL_EL0", 3000);
    board_set(b, "CNTP_CVAL_EL0", 2000);
    board_set(b, "CNTV_CTL_EL0", 1);
    board_set(b, "CNTP_CTL_EL0", 1);
    ck_assert_uint_eq(cpu_timer_deadline(cpu), 2000);
    unsigned before = b->timer_changes;
    board_set(b, "CNTP_CTL_EL0", 0);
    ck_assert_uint_eq(b->timer_changes, before + 1);
    ck_assert_uint_eq(cpu_timer_deadline(cpu), 3000);
}
END_TEST

START_TEST(both_counters_read_the_system_counter)
{
    b->counter = 0x123456789abc;
    ck_assert_uint_eq(board_get(b, "CNTPCT_EL0"), 0x123456789abc);
    ck_assert_uint_eq(board_get(b, "CNTVCT_EL0"), 0x123456789abc);
    ck_assert_uint_eq(board_get(b, "CNTFRQ_EL0"), 62500000);
}
END_TEST

/* D10.2.3, "Event streams": EVNTI selects the bit, EVNTDIR the transition. */
START_TEST(the_event_stream_follows_one_bit_of_the_counter)
{
    ck_assert_uint_eq(cpu_event_stream_deadline(cpu), UINT64_MAX);
    board_set(b, "CNTKCTL_EL1", 1u << 2 | 4u << 4); /* bit 4, 0 to 1 */
    b->counter = 0x100;
    ck_assert_uint_eq(cpu_event_stream_deadline(cpu), 0x110);
    b->counter = 0x10f;
    ck_assert_uint_eq(cpu_event_stream_deadline(cpu), 0x110);
    b->counter = 0x110;
    ck_assert_uint_eq(cpu_event_stream_deadline(cpu), 0x130);
    board_set(b, "CNTKCTL_EL1", 1u << 2 | 1u << 3 | 4u << 4); /* 1 to 0 */
    ck_assert_uint_eq(cpu_event_stream_deadline(cpu), 0x120);
    b->counter = 0;
    ck_assert_uint_eq(cpu_event_stream_deadline(cpu), 0x20);
}
END_TEST

START_TEST(reset_stops_the_timers)
{
    board_set(b, "CNTV_CVAL_EL0", 10);
    board_set(b, "CNTV_CTL_EL0", 1);
    ck_assert(b->timer_line[CPU_TIMER_VIRTUAL]);
    cpu_reset(cpu, BOARD_RAM);
    ck_assert(!b->timer_line[CPU_TIMER_VIRTUAL]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("timer");
    TCase *tc = tcase_create("timer");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_timer_fires_when_the_counter_reaches_cval);
    tcase_add_test(tc, tval_is_a_signed_32_bit_distance);
    tcase_add_test(tc, imask_lowers_the_line_and_keeps_istatus);
    tcase_add_test(tc, the_earlier_of_both_timers_is_the_deadline);
    tcase_add_test(tc, both_counters_read_the_system_counter);
    tcase_add_test(tc, the_event_stream_follows_one_bit_of_the_counter);
    tcase_add_test(tc, reset_stops_the_timers);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
