/* SPDX-License-Identifier: MIT */
/*
 * A character stream over a new pseudo-terminal: `screen /dev/pts/N` is the other end.
 *
 * What the guest writes while nobody has the terminal open is dropped.
 */
#ifndef DEVICES_CHARDEV_PTY_H
#define DEVICES_CHARDEV_PTY_H

#include <stddef.h>

#include "devices/chardev.h"
#include "devices/poll.h"

/* NULL: error holds one line. Destroy with chardev_destroy. */
struct chardev *chardev_pty_create(struct poll_list *polls, char *error, size_t error_size);
/* The device name, to tell the user. */
const char *chardev_pty_name(const struct chardev *chardev);

#endif
