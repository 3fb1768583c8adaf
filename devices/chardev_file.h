/* SPDX-License-Identifier: MIT */
/* Character streams without input: a file that collects the output, and nothing at all. */
#ifndef DEVICES_CHARDEV_FILE_H
#define DEVICES_CHARDEV_FILE_H

#include <stddef.h>

#include "devices/chardev.h"
#include "devices/poll.h"

/* Creates or truncates path; a FIFO or device is opened as it is. NULL: error names the path and
 * the reason. */
struct chardev *chardev_file_create(const char *path, struct poll_list *polls, char *error,
                                    size_t error_size);
/* Takes everything, keeps nothing, never sends. NULL: out of memory. */
struct chardev *chardev_null_create(void);

#endif
