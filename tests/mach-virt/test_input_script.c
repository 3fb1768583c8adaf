/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "mach-virt/clock.h"
#include "mach-virt/input_script.h"
#include "tests/mach-virt/rig.h"

static struct input_script script;
static struct machine_clock machine_clock;
static struct error error;
static char port[64]; /* what the serial port got */
static size_t room;   /* how much more it takes */

static bool open_text(const char *text, size_t size, struct chardev *wire, unsigned shift)
{
    char path[] = "/tmp/armlet-input-XXXXXX";
    int fd = mkstemp(path);
    ck_assert_int_eq(write(fd, text, size), (ssize_t)size);
    close(fd);
    bool ok = input_script_open(&script, path, wire, shift, &error);
    unlink(path);
    return ok;
}

static size_t take(void *device, const uint8_t *data, size_t size)
{
    size_t taken = size < room ? size : room;
    strncat(port, (const char *)data, taken);
    room -= taken;
    return taken;
}

static void start(const char *text, unsigned shift)
{
    port[0] = 0;
    room = 60;
    ck_assert_msg(open_text(text, strlen(text), NULL, shift), "%s", error.text);
    script.front.receive = take;
    clock_init(&machine_clock, 0);
    input_script_start(&script, &machine_clock.port);
}

static const char *at(uint64_t ns)
{
    clock_skip(&machine_clock, ns - clock_now(&machine_clock));
    clock_run_timers(&machine_clock);
    clock_run_timers(&machine_clock);
    return port;
}

START_TEST(text_arrives_at_its_count)
{
    start("# two lines\n\n1000 ls\\r\n2000  x\n", 0);
    ck_assert_uint_eq(clock_deadline(&machine_clock), 1000);
    ck_assert_str_eq(at(999), "");
    ck_assert_str_eq(at(1000), "ls\r");
    ck_assert_str_eq(at(5000), "ls\r x");
    input_script_free(&script);
}
END_TEST

START_TEST(a_count_is_in_instructions)
{
    start("1000 a\n", 3);
    ck_assert_uint_eq(clock_deadline(&machine_clock), 8000);
    input_script_free(&script);
}
END_TEST

START_TEST(escapes_stand_for_bytes)
{
    start("0 \\x41\\x7E\\\\\\t\\n\n", 0);
    ck_assert_str_eq(at(0), "A~\\\t\n");
    input_script_free(&script);
}
END_TEST

START_TEST(what_the_port_has_no_room_for_waits_in_order)
{
    start("1 abc\n2 de\n", 0);
    room = 2;
    ck_assert_str_eq(at(10), "ab");
    room = 1;
    script.front.ready(script.front.backend);
    ck_assert_str_eq(port, "abc");
    room = 9;
    script.front.ready(script.front.backend);
    ck_assert_str_eq(port, "abcde");
    input_script_free(&script);
}
END_TEST

START_TEST(the_wire_can_still_type)
{
    struct chardev wire = { 0 };
    start("1 abc\n", 0);
    input_script_free(&script);
    ck_assert(open_text("", 0, &wire, 0));
    script.front.receive = take;
    ck_assert_uint_eq(wire.receive(wire.device, (const uint8_t *)"k", 1), 1);
    ck_assert_str_eq(port, "k");
    input_script_free(&script);
}
END_TEST

START_TEST(a_line_without_a_meaning_is_named)
{
    static const char *const bad[] = {
        "1 a\nx\n",
        "1 a\n 2 b\n",
        "1 a\n2\n",
        "1 a\n2 \n",
        "2 a\n1 b\n",
        "1 a\n2b\n",
        "1 a\n-2 b\n",
        "1 a\n2 \\q\n",
        "1 a\n2 \\x4\n",
        "1 a\n2 \\\n",
        "1 a\n99999999999999999999 b\n",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
        ck_assert_msg(!open_text(bad[i], strlen(bad[i]), NULL, 0), "%s", bad[i]);
        ck_assert_ptr_nonnull(strstr(error.text, "line 2"));
        input_script_free(&script);
    }
    ck_assert(!open_text("1 a\n2 b\0c\n", 10, NULL, 0));
    input_script_free(&script);
    ck_assert(!open_text("9223372036854775807 a\n", 22, NULL, 2));
    input_script_free(&script);
    ck_assert(!input_script_open(&script, "/nowhere/at/all", NULL, 0, &error));
    input_script_free(&script);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/input_script");
    TCase *tests = tcase_create("input");
    tcase_add_test(tests, text_arrives_at_its_count);
    tcase_add_test(tests, a_count_is_in_instructions);
    tcase_add_test(tests, escapes_stand_for_bytes);
    tcase_add_test(tests, what_the_port_has_no_room_for_waits_in_order);
    tcase_add_test(tests, the_wire_can_still_type);
    tcase_add_test(tests, a_line_without_a_meaning_is_named);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
