/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/chardev_file.h"
#include "devices/fd_stream.h"

static void destroy_file(void *backend)
{
    fd_stream_fini(backend);
    free(backend);
}

struct chardev *chardev_file_create(const char *path, struct poll_list *polls, char *error,
                                    size_t error_size)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    struct fd_stream *stream = fd >= 0 ? calloc(1, sizeof *stream) : NULL;
    if (!stream) {
        snprintf(error, error_size, "%s: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return NULL;
    }
    fcntl(fd, F_SETFL, O_NONBLOCK); /* a FIFO or a device may stall */
    fd_stream_init(stream, polls, path);
    stream->port.destroy = destroy_file;
    fd_stream_open(stream, -1, fd);
    return &stream->port;
}

static void write_nothing(void *backend, const uint8_t *data, size_t size)
{
}

struct chardev *chardev_null_create(void)
{
    struct chardev *port = calloc(1, sizeof *port);
    if (port)
        *port = (struct chardev){ .write = write_nothing, .backend = port, .destroy = free };
    return port;
}
