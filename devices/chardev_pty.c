/* SPDX-License-Identifier: MIT */
/*
 * While nobody has the terminal's other end open, poll would report a hang-up without pause. So the
 * loop watches the master only while someone has, and waits for the next open through inotify.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <termios.h>
#include <unistd.h>

#include "devices/chardev_pty.h"
#include "devices/fd_stream.h"

struct pty_stream {
    struct fd_stream stream; /* open while someone has the other end; its name is the device's */
    struct poll_source opens;
    int master;
};

static bool someone_is_there(const struct pty_stream *pty)
{
    struct pollfd master = { .fd = pty->master };
    return poll(&master, 1, 0) == 0 || !(master.revents & POLLHUP);
}

static void take_peer(struct pty_stream *pty)
{
    if (!someone_is_there(pty))
        return;
    fd_stream_open(&pty->stream, fcntl(pty->master, F_DUPFD_CLOEXEC, 3),
                   fcntl(pty->master, F_DUPFD_CLOEXEC, 3));
    pty->opens.events = 0;
}

static void opened(void *ctx, short revents)
{
    struct pty_stream *pty = ctx;
    char event[sizeof(struct inotify_event) + 256];
    if (read(pty->opens.fd, event, sizeof event) > 0)
        take_peer(pty);
}

static void peer_left(void *owner)
{
    struct pty_stream *pty = owner;
    fd_stream_close(&pty->stream, false);
    pty->opens.events = POLLIN;
}

/* Opens the other end once: raw modes outlive it, and its closing makes poll tell "nobody". */
static bool set_up_slave(const char *name)
{
    struct termios modes;
    int slave = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (slave < 0)
        return false;
    bool done = tcgetattr(slave, &modes) == 0;
    cfmakeraw(&modes);
    done = done && tcsetattr(slave, TCSANOW, &modes) == 0;
    close(slave);
    return done;
}

static bool open_pty(struct pty_stream *pty)
{
    char name[64];
    pty->master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (pty->master < 0 || grantpt(pty->master) != 0 || unlockpt(pty->master) != 0 ||
        ptsname_r(pty->master, name, sizeof name) != 0 || !set_up_slave(name))
        return false;
    snprintf(pty->stream.name, sizeof pty->stream.name, "%s", name);
    pty->opens.fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    pty->opens.events = POLLIN;
    return pty->opens.fd >= 0 && inotify_add_watch(pty->opens.fd, name, IN_OPEN) >= 0;
}

static void destroy(void *backend)
{
    struct pty_stream *pty = backend;
    fd_stream_fini(&pty->stream);
    poll_remove(pty->stream.polls, &pty->opens);
    if (pty->opens.fd >= 0)
        close(pty->opens.fd);
    if (pty->master >= 0)
        close(pty->master);
    free(pty);
}

struct chardev *chardev_pty_create(struct poll_list *polls, char *error, size_t error_size)
{
    struct pty_stream *pty = calloc(1, sizeof *pty);
    if (!pty) {
        snprintf(error, error_size, "pty: out of memory");
        return NULL;
    }
    fd_stream_init(&pty->stream, polls, "pty");
    pty->stream.port.destroy = destroy;
    pty->stream.ended = peer_left;
    pty->stream.owner = pty;
    pty->opens = (struct poll_source){ .fd = -1, .ready = opened, .ctx = pty };
    poll_add(polls, &pty->opens);
    if (!open_pty(pty)) {
        snprintf(error, error_size, "pty: %s", strerror(errno));
        destroy(pty);
        return NULL;
    }
    return &pty->stream.port;
}

const char *chardev_pty_name(const struct chardev *chardev)
{
    return ((const struct pty_stream *)chardev->backend)->stream.name;
}
