/* SPDX-License-Identifier: MIT */
/*
 * A character stream over host file descriptors: what the stdio, file, socket and pty back ends
 * share. Private to them.
 *
 * Input is read when poll says so, a buffer at a time, and read on only when the device took all of
 * it. Output is gathered up to the end of a line or the loop's next turn, and goes out as far as
 * the host takes it; the rest waits in a queue. The queue is bounded by waiting for the host (the
 * machine stands still meanwhile), never by dropping; a signal ends the wait, so that whoever wants
 * the program to stop is heard. An impatient stream hangs up on the peer instead. The program must
 * ignore SIGPIPE.
 */
#ifndef DEVICES_FD_STREAM_H
#define DEVICES_FD_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/chardev.h"
#include "devices/poll.h"

#define FD_STREAM_INPUT   4096
#define FD_STREAM_QUEUE   (1 << 20) /* bytes of output that may wait before the machine does */
#define FD_STREAM_HANG_UP (4 << 20) /* an impatient stream: bytes that may wait before it ends */
#define FD_STREAM_LINE    512       /* bytes that are gathered at most */

/* First member of the back end's own struct: port.backend points to both. */
struct fd_stream {
    struct chardev port; /* what the back end hands out */
    struct poll_list *polls;
    struct poll_source in, out; /* fd -1: closed */
    char name[128];             /* for messages */
    bool impatient;             /* a socket: hangs up on a peer that does not read */
    uint8_t input[FD_STREAM_INPUT];
    size_t input_at, input_size; /* the device has taken up to input_at */
    bool delivering, again;
    uint8_t *queue;
    size_t queue_at, queue_size, queue_capacity;
    /* The input ended or the peer is gone; the stream has closed its input. May be NULL. */
    void (*ended)(void *owner);
    void *owner;
};

/* A closed stream, known to the loop. The struct must stay where it is. */
void fd_stream_init(struct fd_stream *stream, struct poll_list *polls, const char *name);
/* Takes two distinct descriptors over; -1: that side stays closed. */
void fd_stream_open(struct fd_stream *stream, int in, int out);
/* Closes what is open. Queued output is waited for while it moves (2 s without progress), or
 * dropped. */
void fd_stream_close(struct fd_stream *stream, bool flush);
/* Closes with flush, leaves the loop, frees the queue; not the struct. */
void fd_stream_fini(struct fd_stream *stream);

/* A copy of `fd` with a file description of its own that does not block, so that the original's
 * flags, which other processes may share, stay as they are. -1: not open. Falls back to a plain
 * copy. */
int fd_stream_reopen(int fd, int access);

#endif
