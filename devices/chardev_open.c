/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>

#include "devices/chardev_file.h"
#include "devices/chardev_open.h"
#include "devices/chardev_pty.h"
#include "devices/chardev_socket.h"

static struct chardev *open_stdio(struct poll_list *polls, struct terminal *terminal, char *error,
                                  size_t error_size)
{
    if (terminal)
        return chardev_stdio_create(terminal, polls, error, error_size);
    snprintf(error, error_size, "stdio: not possible here");
    return NULL;
}

static struct chardev *open_null(char *error, size_t error_size)
{
    struct chardev *chardev = chardev_null_create();
    if (!chardev)
        snprintf(error, error_size, "null: out of memory");
    return chardev;
}

struct chardev *chardev_open(const char *name, struct poll_list *polls, struct terminal *terminal,
                             char *error, size_t error_size)
{
    if (!strcmp(name, "null"))
        return open_null(error, error_size);
    if (!strcmp(name, "stdio"))
        return open_stdio(polls, terminal, error, error_size);
    if (!strcmp(name, "pty"))
        return chardev_pty_create(polls, error, error_size);
    if (!strncmp(name, "file:", 5) && name[5])
        return chardev_file_create(name + 5, polls, error, error_size);
    if (!strncmp(name, "tcp:", 4) || !strncmp(name, "unix:", 5))
        return chardev_socket_create(name, polls, error, error_size);
    snprintf(error, error_size,
             "%s: unknown character device (null, stdio, pty, file:PATH, tcp:HOST:PORT, unix:PATH)",
             name);
    return NULL;
}
