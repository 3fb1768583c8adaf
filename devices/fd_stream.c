/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/fd_stream.h"

#define STALL_MS    2000 /* how long a closing stream waits for a host that takes nothing */
#define STALL_TURNS 8
#define CHUNK_BYTES 4096 /* what a pipe that polls writable takes without blocking (PIPE_BUF) */

/* --- Input --- */

/* Hands the device what it takes. The device may call `ready` from within its receive. */
static void deliver(struct fd_stream *stream)
{
    struct chardev *port = &stream->port;
    size_t taken = 0;
    if (stream->delivering) {
        stream->again = true;
        return;
    }
    stream->delivering = true;
    do {
        stream->again = false;
        if (stream->input_at < stream->input_size && port->receive) {
            taken = port->receive(port->device, stream->input + stream->input_at,
                                  stream->input_size - stream->input_at);
            stream->input_at += taken;
        }
    } while (stream->input_at < stream->input_size && (taken || stream->again) && port->receive);
    stream->delivering = false;
    stream->in.events = stream->input_at == stream->input_size ? POLLIN : 0;
}

static void device_ready(void *backend)
{
    deliver(backend);
}

static void close_source(struct poll_source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
    source->events = 0;
}

static void end_input(struct fd_stream *stream)
{
    close_source(&stream->in);
    if (stream->ended)
        stream->ended(stream->owner);
    if (stream->port.peer)
        stream->port.peer(stream->port.device, false);
}

static void input_ready(void *ctx, short revents)
{
    struct fd_stream *stream = ctx;
    if (stream->in.fd < 0)
        return; /* closed earlier in this turn of the loop */
    ssize_t size = read(stream->in.fd, stream->input, sizeof stream->input);
    if (size < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (size <= 0) {
        end_input(stream);
        return;
    }
    stream->input_at = 0;
    stream->input_size = (size_t)size;
    deliver(stream);
}

/* --- Output --- */

static void output_failed(struct fd_stream *stream, int error)
{
    close_source(&stream->out);
    stream->queue_at = stream->queue_size = 0;
    /* A peer that left is the owner's matter; a full disk is the user's. */
    if (error == EPIPE || error == ECONNRESET || error == EIO)
        return;
    fprintf(stderr, "armlet: %s: %s; further output is lost\n", stream->name, strerror(error));
}

/* One write; false: the host takes nothing now, or never again. */
static bool write_some(struct fd_stream *stream, const uint8_t *data, size_t size, size_t *written)
{
    *written = 0;
    struct pollfd room = { .fd = stream->out.fd, .events = POLLOUT };
    if (stream->out.fd < 0 || poll(&room, 1, 0) != 1)
        return false;
    ssize_t result = write(stream->out.fd, data, size < CHUNK_BYTES ? size : CHUNK_BYTES);
    if (result > 0)
        *written = (size_t)result;
    else if (errno != EAGAIN && errno != EINTR)
        output_failed(stream, errno);
    return result > 0;
}

static void drain(struct fd_stream *stream)
{
    size_t written;
    while (stream->queue_at < stream->queue_size &&
           write_some(stream, stream->queue + stream->queue_at,
                      stream->queue_size - stream->queue_at, &written))
        stream->queue_at += written;
    if (stream->queue_at == stream->queue_size)
        stream->queue_at = stream->queue_size = 0;
    stream->out.events = stream->queue_size && stream->out.fd >= 0 ? POLLOUT : 0;
}

static void output_ready(void *ctx, short revents)
{
    drain(ctx);
}

/* Waits until the host takes output again. False: a signal or the time limit came first. */
static bool wait_writable(struct fd_stream *stream, int limit_ms)
{
    struct pollfd room = { .fd = stream->out.fd, .events = POLLOUT };
    return stream->out.fd >= 0 && poll(&room, 1, limit_ms) == 1;
}

static bool enqueue(struct fd_stream *stream, const uint8_t *data, size_t size)
{
    if (stream->queue_at) {
        stream->queue_size -= stream->queue_at;
        memmove(stream->queue, stream->queue + stream->queue_at, stream->queue_size);
        stream->queue_at = 0;
    }
    if (stream->queue_size + size > stream->queue_capacity) {
        size_t capacity = 2 * (stream->queue_size + size);
        uint8_t *queue = realloc(stream->queue, capacity);
        if (!queue)
            return false;
        stream->queue = queue;
        stream->queue_capacity = capacity;
    }
    memcpy(stream->queue + stream->queue_size, data, size);
    stream->queue_size += size;
    return true;
}

/* A serial port hands over one byte at a time: a system call for each would cost more than the
 * guest's work. */
static bool worth_writing(const struct fd_stream *stream, const uint8_t *data, size_t size)
{
    return stream->queue_size - stream->queue_at >= FD_STREAM_LINE || memchr(data, '\n', size);
}

/* The loop finds the end of the input in its next turn; nobody is called from here. */
static void hang_up(struct fd_stream *stream)
{
    fprintf(stderr, "armlet: %s: the other end does not read what it asked for; hung up\n",
            stream->name);
    close_source(&stream->out);
    stream->queue_at = stream->queue_size = 0;
    shutdown(stream->in.fd, SHUT_RDWR);
}

static void stream_write(void *backend, const uint8_t *data, size_t size)
{
    struct fd_stream *stream = backend;
    if (!size || stream->out.fd < 0)
        return;
    if (!enqueue(stream, data, size)) {
        output_failed(stream, ENOMEM);
        return;
    }
    stream->out.events = POLLOUT;
    if (worth_writing(stream, data, size))
        drain(stream);
    if (stream->impatient) {
        if (stream->queue_size - stream->queue_at > FD_STREAM_HANG_UP)
            hang_up(stream);
        return;
    }
    while (stream->queue_size - stream->queue_at > FD_STREAM_QUEUE && wait_writable(stream, -1))
        drain(stream);
}

/* --- Life --- */

void fd_stream_init(struct fd_stream *stream, struct poll_list *polls, const char *name)
{
    *stream = (struct fd_stream){
        .port = { .write = stream_write, .backend = stream, .ready = device_ready },
        .polls = polls,
        .in = { .fd = -1, .ready = input_ready, .ctx = stream },
        .out = { .fd = -1, .ready = output_ready, .ctx = stream },
    };
    snprintf(stream->name, sizeof stream->name, "%s", name);
    poll_add(polls, &stream->in);
    poll_add(polls, &stream->out);
}

void fd_stream_open(struct fd_stream *stream, int in, int out)
{
    stream->in.fd = in;
    stream->in.events = in >= 0 && stream->input_at == stream->input_size ? POLLIN : 0;
    stream->out.fd = out;
    stream->out.events = 0;
    if (stream->port.peer)
        stream->port.peer(stream->port.device, true);
}

void fd_stream_close(struct fd_stream *stream, bool flush)
{
    drain(stream);
    /* A signal ends one wait, not the attempt. */
    for (unsigned patience = STALL_TURNS; flush && stream->queue_size && patience;) {
        size_t before = stream->queue_at;
        if (wait_writable(stream, STALL_MS / STALL_TURNS))
            drain(stream);
        patience = stream->queue_at != before ? STALL_TURNS : patience - 1;
    }
    stream->queue_at = stream->queue_size = 0;
    close_source(&stream->in);
    close_source(&stream->out);
}

void fd_stream_fini(struct fd_stream *stream)
{
    fd_stream_close(stream, true);
    poll_remove(stream->polls, &stream->in);
    poll_remove(stream->polls, &stream->out);
    free(stream->queue);
}

int fd_stream_reopen(int fd, int access)
{
    struct stat status;
    if (fstat(fd, &status) != 0)
        return -1;
    /* Only these can be opened again by their number without losing a place in them. */
    if (S_ISFIFO(status.st_mode) || isatty(fd)) {
        char path[32];
        snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
        int copy = open(path, access | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
        if (copy >= 0)
            return copy;
    }
    return fcntl(fd, F_DUPFD_CLOEXEC, 3);
}
