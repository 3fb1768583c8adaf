/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "mach-virt/clock.h"
#include "tests/mach-virt/rig.h"

/* A processor whose progress the test sets, and timers that write down who expired. */
static uint64_t progress;
static char expired[16];
static uint64_t earliest;

static uint64_t get_progress(void *ctx)
{
    return progress;
}

static void note_earlier(void *ctx, uint64_t deadline)
{
    earliest = deadline;
}

struct named_timer {
    struct timer timer;
    struct machine_clock *clock;
    char name;
    uint64_t again; /* re-arms itself this many ns later, unless TIMER_OFF */
};

static void note_expired(void *owner)
{
    struct named_timer *t = owner;
    strncat(expired, &t->name, 1);
    if (t->again != TIMER_OFF)
        t->clock->port.arm(t->clock, &t->timer, clock_now(t->clock) + t->again);
}

static struct named_timer make_timer(struct machine_clock *clock, char name)
{
    return (struct named_timer){ { note_expired, NULL, TIMER_OFF, NULL }, clock, name, TIMER_OFF };
}

static void arm(struct named_timer *t, uint64_t deadline)
{
    t->timer.owner = t;
    t->clock->port.arm(t->clock, &t->timer, deadline);
}

static void setup(struct machine_clock *clock)
{
    clock_init(clock, 1000);
    progress = 0;
    expired[0] = 0;
    earliest = 0;
}

static void turn(struct machine_clock *clock, uint64_t ns)
{
    clock->progress = get_progress;
    progress = 0;
    clock_now(clock);
    progress = ns;
    clock_end_turn(clock);
    progress = 0;
}

START_TEST(a_round_takes_as_long_as_its_longest_turn)
{
    struct machine_clock clock;
    setup(&clock);
    turn(&clock, 4000);
    turn(&clock, 10000);
    turn(&clock, 7000);
    clock_end_round(&clock);
    ck_assert_uint_eq(clock_now(&clock), 10000);
}
END_TEST

START_TEST(time_never_goes_back_between_processors)
{
    struct machine_clock clock;
    uint64_t last = 0;
    setup(&clock);
    for (unsigned cpu = 0; cpu < 3; cpu++) {
        clock.progress = get_progress;
        for (progress = 0; progress <= 300; progress += 100) {
            uint64_t now = clock_now(&clock);
            ck_assert_uint_ge(now, last);
            last = now;
        }
        progress = 300;
        clock_end_turn(&clock);
    }
    clock_end_round(&clock);
    ck_assert_uint_eq(clock_now(&clock), 300);
}
END_TEST

START_TEST(idle_time_is_added)
{
    struct machine_clock clock;
    setup(&clock);
    turn(&clock, 5);
    clock_end_round(&clock);
    clock_skip(&clock, 1000000000);
    ck_assert_uint_eq(clock_now(&clock), 1000000005);
    ck_assert_int_eq(clock.port.epoch, 1000);
}
END_TEST

START_TEST(timers_expire_in_the_order_of_their_deadlines)
{
    struct machine_clock clock;
    setup(&clock);
    struct named_timer a = make_timer(&clock, 'a'), b = make_timer(&clock, 'b'),
                       c = make_timer(&clock, 'c'), d = make_timer(&clock, 'd');
    arm(&a, 300);
    arm(&b, 100);
    arm(&c, 300);
    arm(&d, 301);
    ck_assert_uint_eq(clock_deadline(&clock), 100);
    clock_skip(&clock, 300);
    clock_run_timers(&clock);
    ck_assert_str_eq(expired, "bac");
    ck_assert_uint_eq(clock_deadline(&clock), 301);
}
END_TEST

START_TEST(a_timer_can_be_moved_and_disarmed)
{
    struct machine_clock clock;
    setup(&clock);
    struct named_timer a = make_timer(&clock, 'a'), b = make_timer(&clock, 'b');
    arm(&a, 100);
    arm(&b, 200);
    arm(&a, 300);
    arm(&b, TIMER_OFF);
    ck_assert_uint_eq(clock_deadline(&clock), 300);
    clock_skip(&clock, 250);
    clock_run_timers(&clock);
    ck_assert_str_eq(expired, "");
    clock_skip(&clock, 50);
    clock_run_timers(&clock);
    ck_assert_str_eq(expired, "a");
    ck_assert_uint_eq(clock_deadline(&clock), TIMER_OFF);
}
END_TEST

START_TEST(a_timer_that_rearms_itself_for_now_does_not_hang_the_machine)
{
    struct machine_clock clock;
    setup(&clock);
    struct named_timer a = make_timer(&clock, 'a');
    a.again = 0;
    arm(&a, 100);
    clock_skip(&clock, 100);
    clock_run_timers(&clock);
    ck_assert_str_eq(expired, "a");
    clock_run_timers(&clock);
    ck_assert_str_eq(expired, "aa");
}
END_TEST

START_TEST(an_earlier_deadline_is_announced)
{
    struct machine_clock clock;
    setup(&clock);
    clock.earlier = note_earlier;
    struct named_timer a = make_timer(&clock, 'a'), b = make_timer(&clock, 'b');
    arm(&a, 100);
    ck_assert_uint_eq(earliest, 100);
    arm(&b, 200);
    ck_assert_uint_eq(earliest, 100);
    arm(&b, 50);
    ck_assert_uint_eq(earliest, 50);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/clock");
    TCase *tests = tcase_create("clock");
    tcase_add_test(tests, a_round_takes_as_long_as_its_longest_turn);
    tcase_add_test(tests, time_never_goes_back_between_processors);
    tcase_add_test(tests, idle_time_is_added);
    tcase_add_test(tests, timers_expire_in_the_order_of_their_deadlines);
    tcase_add_test(tests, a_timer_can_be_moved_and_disarmed);
    tcase_add_test(tests, a_timer_that_rearms_itself_for_now_does_not_hang_the_machine);
    tcase_add_test(tests, an_earlier_deadline_is_announced);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
