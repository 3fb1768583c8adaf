/* SPDX-License-Identifier: MIT */
/* A host thread per processor, seen through programs of a few instructions. What processors do to
 * each other's memory is tests/guest/parallel.c's subject. */
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "mach-virt/monitor.h"
#include "mach-virt/run_parallel.h"
#include "tests/mach-virt/rig.h"

/* clang-format off: one instruction a line */

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

/* Switches processor 1 on, which says 'A' and SYSTEM_OFF, and waits. */
static const uint32_t let_the_other_one_end_it[] = {
    0xd2b88000, /* mov x0, #0xc4000000 */
    0xf2800060, /* movk x0, #0x3 */
    0xd2800021, /* mov x1, #0x1 */
    0x100000a2, /* adr x2, 20 */
    0xd2800823, /* mov x3, #0x41 */
    0xd4000002, /* hvc #0x0 */
    0xd503207f, /* wfi */
    0x17ffffff, /* b 18 */
    0xd2a12001, /* mov x1, #0x9000000 */
    0xb9000020, /* str w0, [x1] */
    0x52b08000, /* mov w0, #0x84000000 */
    0x11002000, /* add w0, w0, #0x8 */
    0xd4000002, /* hvc #0x0 */
    0x14000000, /* b 34 */
};

/* Arms the virtual timer 62,500 ticks (1 ms) ahead, waits for it in WFI with interrupts masked,
 * SYSTEM_OFF. */
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
    0x52b08000, /* mov w0, #0x84000000 */
    0x11002000, /* add w0, w0, #0x8 */
    0xd4000002, /* hvc #0x0 */
    0x14000000, /* b 4c */
};

/* Reads UARTDR for ever. */
static const uint32_t read_keys[] = {
    0xd2a12001, /* mov x1, #0x9000000 */
    0xb9400020, /* ldr w0, [x1] */
    0x17ffffff, /* b 4 */
};

static const uint32_t spin[] = {
    0x14000000, /* b 0 */
};
/* clang-format on */

static struct rig rig;
static struct poll_source source;
static int ends[2];
static bool good;

#define START(program) rig_start(&rig, program, sizeof(program) / 4)

static void set_up(void)
{
    rig_init(&rig, 2);
    rig.config.parallel = true;
    ck_assert_int_eq(pipe(ends), 0);
}

static void tear_down(void)
{
    rig_free(&rig);
    close(ends[0]);
    close(ends[1]);
}

/* Something from the host, as soon as the machine runs. */
static void host_event(void (*ready)(void *ctx, short revents))
{
    source = (struct poll_source){ ends[0], POLLIN, ready, &rig, NULL };
    poll_add(&rig.loop.polls, &source);
    ck_assert_int_eq(write(ends[1], "x", 1), 1);
}

static uint64_t now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

START_TEST(a_reset_starts_again)
{
    START(reset_twice);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_POWERED_OFF);
    ck_assert_uint_eq(*(uint64_t *)ram_map(&rig.virt.ram, 0x40001000, 8), 3);
}
END_TEST

START_TEST(a_processor_is_switched_on)
{
    START(let_the_other_one_end_it);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_POWERED_OFF);
    ck_assert_str_eq(rig.output, "A");
}
END_TEST

START_TEST(a_machine_without_processors_is_dead)
{
    rig.config.panic = PANIC_EXIT_FAILURE;
    START(switch_processor_off);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_PANICKED);
}
END_TEST

START_TEST(a_timer_ends_wfi_in_host_time)
{
    START(wait_for_timer);
    uint64_t start = now_ns();
    ck_assert_int_eq(run_machine(&rig.virt), RUN_POWERED_OFF);
    ck_assert_uint_ge(now_ns() - start, 1000000);
}
END_TEST

static void look_at_standing_clock(void *ctx, short revents)
{
    char byte;
    uint64_t before = clock_now(&rig.virt.clock);
    ck_assert_int_eq(read(ends[0], &byte, 1), 1);
    usleep(3000);
    good = clock_now(&rig.virt.clock) == before;
    run_continue(&rig.virt);
}

START_TEST(a_stopped_machine_has_no_time)
{
    rig.config.stopped = true;
    START(wait_for_timer);
    host_event(look_at_standing_clock);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_POWERED_OFF);
    ck_assert(good);
}
END_TEST

static void look_at_standing_world(void *ctx, short revents)
{
    parallel_hold(&rig.virt);
    uint64_t before = cpu_count(rig.virt.cpu[0]);
    usleep(3000);
    good = cpu_count(rig.virt.cpu[0]) == before;
    run_end(&rig.virt, RUN_QUIT);
}

START_TEST(held_processors_stand)
{
    START(spin);
    host_event(look_at_standing_world);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_QUIT);
    ck_assert(good);
}
END_TEST

/* What a terminal holds back behind keys that the guest did not take yet, escapes included. */
static void offer_command(void *backend)
{
    static const uint8_t command[] = "quit\r";
    struct chardev *port = backend;
    port->receive(port->device, command, sizeof(command) - 1);
}

START_TEST(a_command_behind_keys_is_not_executed_in_a_turn)
{
    static struct monitor monitor;
    static struct chardev port = { .backend = &port, .ready = offer_command };
    START(read_keys);
    monitor_init(&monitor, &rig.virt, &port);
    rig.serial.ready = offer_command;
    rig.serial.backend = &port;
    ck_assert_uint_eq(rig.serial.receive(rig.serial.device, (const uint8_t *)"ab", 2), 1);
    ck_assert_int_eq(run_machine(&rig.virt), RUN_QUIT);
}
END_TEST

/* It never ran: its threads wait for that, and must be told. */
START_TEST(an_unused_machine_can_be_destroyed)
{
    START(spin);
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("run_parallel");
    TCase *tc = tcase_create("threads");
    tcase_add_checked_fixture(tc, set_up, tear_down);
    tcase_add_test(tc, a_reset_starts_again);
    tcase_add_test(tc, a_processor_is_switched_on);
    tcase_add_test(tc, a_machine_without_processors_is_dead);
    tcase_add_test(tc, a_timer_ends_wfi_in_host_time);
    tcase_add_test(tc, a_stopped_machine_has_no_time);
    tcase_add_test(tc, held_processors_stand);
    tcase_add_test(tc, a_command_behind_keys_is_not_executed_in_a_turn);
    tcase_add_test(tc, an_unused_machine_can_be_destroyed);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    return run_suite(suite());
}
