/* SPDX-License-Identifier: MIT */
/*
 * The terminal that the program runs in: standard input and output as one character stream.
 *
 * When stdin is a terminal it is in raw mode (no echo, no line editing, no signal keys: Ctrl-C goes
 * to the guest) for the life of the back end. Otherwise no modes are touched. End of file on stdin
 * ends the input, not the machine.
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
 * handlers need it and have no argument; one per process. Its fields are chardev_stdio's. */
struct terminal {
    struct termios modes;       /* of stdin */
    int in_flags, out_flags;    /* fcntl(2) file status flags of stdin and stdout */
    volatile sig_atomic_t raw;  /* modes differ from what they were */
    volatile sig_atomic_t open; /* a back end has changed the flags */
};

/* NULL: error holds one line. A second back end on the same terminal is an error. Destroy with
 * chardev_destroy. */
struct chardev *chardev_stdio_create(struct terminal *terminal, struct poll_list *polls,
                                     char *error, size_t error_size);

/* Puts the modes and flags of stdin and stdout back to what they were. Safe in a signal handler and
 * in atexit, at any time, any number of times; does nothing when nothing was changed; keeps errno.
 */
void terminal_restore(struct terminal *terminal);
/* Undoes a terminal_restore: for SIGCONT. Does nothing unless a back end is open. */
void terminal_resume(struct terminal *terminal);

#endif
