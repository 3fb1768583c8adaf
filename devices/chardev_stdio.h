/* SPDX-License-Identifier: MIT */
/*
 * The terminal that the program runs in: standard input and output as one character stream.
 *
 * When stdin is a terminal it is in raw mode (no echo, no line editing) for the life of the back
 * end. Otherwise no modes are touched; the flags of stdin and stdout, which other processes may
 * share, never are. End of file on stdin ends the input, not the machine.
 */
#ifndef DEVICES_CHARDEV_STDIO_H
#define DEVICES_CHARDEV_STDIO_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <termios.h>

#include "devices/chardev.h"
#include "devices/poll.h"

/* What to put back on the way out. It belongs to the program, zero at first, because its signal
 * handlers need it and have no argument; one per process. */
struct terminal {
    /* Set before the back end is created: Ctrl-C, Ctrl-Z and Ctrl-\ stay signals to the program, as
     * -serial stdio wants; with the Ctrl-A escapes of mon:stdio they go to the guest. */
    bool keep_signals;
    /* chardev_stdio's own: */
    struct termios cooked, raw;          /* modes of stdin */
    volatile sig_atomic_t in_use;        /* a back end is open */
    volatile sig_atomic_t modes_are_raw; /* terminal_restore has something to do */
};

/* NULL: error holds one line. A second back end on the same terminal is an error. Destroy with
 * chardev_destroy. */
struct chardev *chardev_stdio_create(struct terminal *terminal, struct poll_list *polls,
                                     char *error, size_t error_size);

/* Puts the modes of stdin back to what they were. Safe in a signal handler and in atexit, at any
 * time, any number of times; does nothing when nothing was changed; keeps errno. */
void terminal_restore(struct terminal *terminal);
/* Undoes a terminal_restore: for SIGCONT. Does nothing unless a back end is open on a terminal. */
void terminal_resume(struct terminal *terminal);

#endif
