/* SPDX-License-Identifier: MIT */
/*
 * Host back ends of a character stream by their name on the command line (-serial, -monitor, -gdb):
 *     null          output vanishes, no input
 *     stdio         the terminal (chardev_stdio.h)
 *     file:PATH     output to a file, truncated first; no input
 *     pty           a new pseudo-terminal (chardev_socket.h)
 *     tcp:HOST:PORT[,server][,nowait]
 *     unix:PATH[,server][,nowait]
 *                   a stream socket (chardev_socket.h)
 * `none` and the prefix `mon:` are the caller's.
 */
#ifndef DEVICES_CHARDEV_OPEN_H
#define DEVICES_CHARDEV_OPEN_H

#include <stddef.h>

#include "devices/chardev.h"
#include "devices/chardev_stdio.h"
#include "devices/poll.h"

/* NULL: error holds one line that names what was wrong. Destroy with chardev_destroy (chardev.h).
 * The list and the terminal must outlive the back end; terminal NULL: stdio is refused. */
struct chardev *chardev_open(const char *name, struct poll_list *polls, struct terminal *terminal,
                             char *error, size_t error_size);

#endif
