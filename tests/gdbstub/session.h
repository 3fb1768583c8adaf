/* SPDX-License-Identifier: MIT */
/* What the unit tests of the stub share: each test has a fresh server, target and client. */
#ifndef TESTS_GDBSTUB_SESSION_H
#define TESTS_GDBSTUB_SESSION_H

#include <check.h>

#include "tests/gdbstub/fake_target.h"

extern struct fake *fake;

/* The payload of the first packet that comes back, "" when none does or an empty one. */
const char *ask(const char *payload);
/* Bytes as they are; fake->sent has what they bring about. */
void send_text(const char *text);
/* The target has stopped: GDB_SIGNAL_TRAP; a watchpoint: by a write. */
void stop_at(enum gdb_stop_reason reason, int thread, uint64_t address);

/* Runs the tests, each with setup and teardown; the program's exit status. */
int session_run(const char *name, TCase *tests);

#endif
