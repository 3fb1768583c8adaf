/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "mach-virt/panic_watch.h"
#include "tests/mach-virt/rig.h"

static unsigned panics;
static char wire_text[256];

static void count_panic(void *ctx)
{
    panics++;
}

static void wire_write(void *backend, const uint8_t *data, size_t size)
{
    strncat(wire_text, (const char *)data, size);
}

static void say(const char *text)
{
    struct chardev wire = { .write = wire_write };
    struct panic_watch watch;
    panics = 0;
    wire_text[0] = 0;
    panic_watch_init(&watch, &wire, count_panic, NULL);
    for (const char *c = text; *c; c++)
        watch.front.write(watch.front.backend, (const uint8_t *)c, 1);
    ck_assert_str_eq(wire_text, text);
}

START_TEST(the_last_line_of_a_panic_is_seen_once_it_is_out)
{
    say("[    1.0] ---[ end Kernel panic - not syncing: VFS ]---");
    ck_assert_uint_eq(panics, 0);
    say("[    1.0] ---[ end Kernel panic - not syncing: VFS ]---\r\n");
    ck_assert_uint_eq(panics, 1);
    say("------[ end Kernel panic\n");
    ck_assert_uint_eq(panics, 1);
}
END_TEST

START_TEST(other_text_is_not_a_panic)
{
    say("---[ end Kernel pan---[ end trace 0000 ]---\nKernel panic\n--[ end Kernel panic\n");
    ck_assert_uint_eq(panics, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("mach-virt/panic_watch");
    TCase *tests = tcase_create("panic");
    tcase_add_test(tests, the_last_line_of_a_panic_is_seen_once_it_is_out);
    tcase_add_test(tests, other_text_is_not_a_panic);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
