/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "devices/mux.h"
#include "tests/devices/rig.h"

#define CTRL_A "\001"

/* A front end that takes at most `room` bytes. */
struct listener {
    char text[256];
    size_t size, room;
};

static struct recorder host;
static struct mux *mux;
static struct listener serial, monitor;
static unsigned quits, breaks, focuses;

static size_t listen(void *device, const uint8_t *data, size_t size)
{
    struct listener *listener = device;
    if (size > listener->room)
        size = listener->room;
    memcpy(listener->text + listener->size, data, size);
    listener->size += size;
    listener->room -= size;
    return size;
}

static void quit(void *ctx)
{
    quits++;
}

static void line_break(void *ctx)
{
    breaks++;
}

static void focus(void *ctx, enum mux_front front)
{
    focuses++;
}

static void attach(enum mux_front front, struct listener *listener)
{
    *listener = (struct listener){ .room = 200 };
    mux_front(mux, front)->receive = listen;
    mux_front(mux, front)->device = listener;
}

static void setup(void)
{
    static const struct mux_events events = { .quit = quit,
                                              .line_break = line_break,
                                              .focus = focus };
    quits = breaks = focuses = 0;
    recorder_init(&host);
    mux = mux_create(&host.port, &events);
    attach(MUX_SERIAL, &serial);
    attach(MUX_MONITOR, &monitor);
}

static void teardown(void)
{
    mux_destroy(mux);
    ck_assert_ptr_null(host.port.receive);
}

static void type(const char *keys)
{
    ck_assert_uint_eq(recorder_send(&host, keys, strlen(keys)), strlen(keys));
}

static bool shown(const char *text)
{
    return memmem(host.data, host.size, text, strlen(text)) != NULL;
}

START_TEST(keys_go_to_the_serial_port_first)
{
    type("ls\r");
    ck_assert_str_eq(serial.text, "ls\r");
    ck_assert_uint_eq(monitor.size, 0);
}
END_TEST

START_TEST(ctrl_a_c_switches_back_and_forth)
{
    type("a" CTRL_A "cb" CTRL_A "cd");
    ck_assert_str_eq(serial.text, "ad");
    ck_assert_str_eq(monitor.text, "b");
    ck_assert_uint_eq(focuses, 2);
}
END_TEST

START_TEST(ctrl_a_twice_sends_one)
{
    type("x" CTRL_A CTRL_A "y");
    ck_assert_str_eq(serial.text, "x\001y");
}
END_TEST

START_TEST(escape_may_come_in_two_reads)
{
    type(CTRL_A);
    ck_assert_uint_eq(serial.size, 0);
    type("x");
    ck_assert_uint_eq(quits, 1);
    ck_assert_uint_eq(serial.size, 0);
}
END_TEST

START_TEST(break_and_help)
{
    type(CTRL_A "b");
    ck_assert_uint_eq(breaks, 1);
    type(CTRL_A "h");
    ck_assert(shown("Ctrl-A x"));
    ck_assert(shown("not supported"));
    ck_assert_uint_eq(serial.size, 0);
}
END_TEST

START_TEST(other_keys_after_ctrl_a_are_answered)
{
    type(CTRL_A "s");
    ck_assert(shown("Ctrl-A s is not supported"));
    type(CTRL_A "\r");
    ck_assert(shown("Ctrl-A 0x0d is not supported"));
    ck_assert_uint_eq(serial.size, 0);
}
END_TEST

START_TEST(without_a_monitor_the_focus_stays)
{
    mux_set_monitor(mux, false);
    type(CTRL_A "ca");
    ck_assert_str_eq(serial.text, "a");
    ck_assert(shown("no monitor"));
}
END_TEST

START_TEST(output_of_both_is_shown)
{
    for (unsigned i = 0; i < MUX_FRONTS; i++) {
        struct chardev *front = mux_front(mux, i);
        front->write(front->backend, (const uint8_t *)(i ? "two" : "one"), 3);
    }
    ck_assert_uint_eq(host.size, 6);
    ck_assert_mem_eq(host.data, "onetwo", 6);
}
END_TEST

START_TEST(keys_wait_for_room_in_order_and_escapes_are_seen_meanwhile)
{
    serial.room = 2;
    type("abcdef" CTRL_A "xg");
    ck_assert_uint_eq(quits, 1);
    ck_assert_uint_eq(serial.size, 2);
    serial.room = 3;
    mux_front(mux, MUX_SERIAL)->ready(mux_front(mux, MUX_SERIAL)->backend);
    ck_assert_str_eq(serial.text, "abcde");
    serial.room = 10;
    mux_front(mux, MUX_SERIAL)->ready(mux_front(mux, MUX_SERIAL)->backend);
    ck_assert_str_eq(serial.text, "abcdefg");
}
END_TEST

START_TEST(full_queue_is_handed_back_to_the_terminal)
{
    enum { MUCH = 100000 };
    uint8_t *keys = malloc(MUCH);
    memset(keys, 'k', MUCH);
    serial.room = 0;
    size_t taken = recorder_send(&host, keys, MUCH);
    ck_assert_uint_lt(taken, MUCH);
    ck_assert_uint_eq(recorder_send(&host, keys, 1), 0);
    serial.room = 1;
    mux_front(mux, MUX_SERIAL)->ready(mux_front(mux, MUX_SERIAL)->backend);
    ck_assert_uint_eq(host.ready, 1);
    ck_assert_uint_eq(recorder_send(&host, keys, 2), 1);
    free(keys);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devices/mux");
    TCase *tc = tcase_create("mux");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, keys_go_to_the_serial_port_first);
    tcase_add_test(tc, ctrl_a_c_switches_back_and_forth);
    tcase_add_test(tc, ctrl_a_twice_sends_one);
    tcase_add_test(tc, escape_may_come_in_two_reads);
    tcase_add_test(tc, break_and_help);
    tcase_add_test(tc, other_keys_after_ctrl_a_are_answered);
    tcase_add_test(tc, without_a_monitor_the_focus_stays);
    tcase_add_test(tc, output_of_both_is_shown);
    tcase_add_test(tc, keys_wait_for_room_in_order_and_escapes_are_seen_meanwhile);
    tcase_add_test(tc, full_queue_is_handed_back_to_the_terminal);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
