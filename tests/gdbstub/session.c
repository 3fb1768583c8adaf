/* SPDX-License-Identifier: MIT */
#include "tests/gdbstub/session.h"

#include <string.h>

struct fake *fake;

static void setup(void)
{
    fake = fake_create();
}

static void teardown(void)
{
    fake_destroy(fake);
}

const char *ask(const char *payload)
{
    return fake_ask(fake, payload);
}

void send_text(const char *text)
{
    fake_clear(fake);
    fake_send_raw(fake, text, strlen(text));
}

void stop_at(enum gdb_stop_reason reason, int thread, uint64_t address)
{
    const struct gdb_stop stop = { .reason = reason,
                                   .signal = GDB_SIGNAL_TRAP,
                                   .thread = thread,
                                   .address = address,
                                   .watch = GDB_WATCH_WRITE };
    fake_clear(fake);
    gdb_server_stopped(fake->server, &stop);
}

int session_run(const char *name, TCase *tests)
{
    Suite *suite = suite_create(name);
    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_set_timeout(tests, 60);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
