/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/mux.h"

#define ESCAPE 0x01 /* Ctrl-A */

/* Keys that wait for a front end without room. Beyond this the terminal itself has to hold them,
 * and an escape typed behind them is not seen. */
#define QUEUE_SIZE (1 << 16)

struct front {
    struct chardev port;
    struct mux *mux;
    uint8_t queue[QUEUE_SIZE];
    size_t at, size;
    bool delivering;
};

struct mux {
    struct chardev *host;
    struct mux_events events;
    struct front fronts[MUX_FRONTS];
    enum mux_front focus;
    bool monitor_present;
    bool escaped; /* the last key was Ctrl-A */
};

static const char help[] = "\r\n"
                           "Ctrl-A h or ?   this help\r\n"
                           "Ctrl-A x        quit\r\n"
                           "Ctrl-A b        send a break\r\n"
                           "Ctrl-A c        switch between the serial port and the monitor\r\n"
                           "Ctrl-A Ctrl-A   send Ctrl-A\r\n"
                           "Ctrl-A s and Ctrl-A t (save disks, time stamps) are not supported.\r\n";

static void say(struct mux *mux, const char *text)
{
    if (mux->host->write)
        mux->host->write(mux->host->backend, (const uint8_t *)text, strlen(text));
}

/* --- From the keyboard to a front end --- */

static void deliver(struct front *front)
{
    struct chardev *port = &front->port;
    if (front->delivering)
        return;
    front->delivering = true;
    while (front->at < front->size && port->receive) {
        size_t taken =
            port->receive(port->device, front->queue + front->at, front->size - front->at);
        if (!taken)
            break;
        front->at += taken;
    }
    front->delivering = false;
    if (front->at == front->size)
        front->at = front->size = 0;
}

static bool has_room(const struct front *front)
{
    return front->size - front->at < QUEUE_SIZE;
}

static void enqueue(struct front *front, uint8_t key)
{
    if (front->size == QUEUE_SIZE) {
        front->size -= front->at;
        memmove(front->queue, front->queue + front->at, front->size);
        front->at = 0;
    }
    front->queue[front->size++] = key;
}

static void front_ready(void *backend)
{
    struct front *front = backend;
    bool was_full = !has_room(front);
    deliver(front);
    if (was_full && has_room(front) && front->mux->host->ready)
        front->mux->host->ready(front->mux->host->backend);
}

static void front_write(void *backend, const uint8_t *data, size_t size)
{
    struct front *front = backend;
    struct chardev *host = front->mux->host;
    if (host->write)
        host->write(host->backend, data, size);
}

/* --- Escapes --- */

void mux_focus(struct mux *mux, enum mux_front front)
{
    mux->focus = front;
    if (mux->events.focus)
        mux->events.focus(mux->events.ctx, front);
}

static void switch_focus(struct mux *mux)
{
    if (mux->monitor_present)
        mux_focus(mux, mux->focus == MUX_SERIAL ? MUX_MONITOR : MUX_SERIAL);
    else
        say(mux, "\r\nCtrl-A c: there is no monitor on this terminal.\r\n");
}

static void refuse(struct mux *mux, uint8_t key)
{
    char text[80];
    if (key > ' ' && key < 0x7f)
        snprintf(text, sizeof text, "\r\nCtrl-A %c is not supported; Ctrl-A h lists what is.\r\n",
                 key);
    else
        snprintf(text, sizeof text,
                 "\r\nCtrl-A 0x%02x is not supported; Ctrl-A h lists what is.\r\n", key);
    say(mux, text);
}

static void take_escape(struct mux *mux, uint8_t key)
{
    switch (key) {
    case ESCAPE:
        enqueue(&mux->fronts[mux->focus], ESCAPE);
        break;
    case 'h':
    case '?':
        say(mux, help);
        break;
    case 'x':
        if (mux->events.quit)
            mux->events.quit(mux->events.ctx);
        break;
    case 'b':
        if (mux->events.line_break)
            mux->events.line_break(mux->events.ctx);
        break;
    case 'c':
        switch_focus(mux);
        break;
    default:
        refuse(mux, key);
    }
}

static void take_key(struct mux *mux, uint8_t key)
{
    if (mux->escaped) {
        mux->escaped = false;
        take_escape(mux, key);
    } else if (key == ESCAPE)
        mux->escaped = true;
    else
        enqueue(&mux->fronts[mux->focus], key);
}

static size_t receive(void *device, const uint8_t *data, size_t size)
{
    struct mux *mux = device;
    size_t taken = 0;
    for (; taken < size && has_room(&mux->fronts[mux->focus]); taken++)
        take_key(mux, data[taken]);
    for (unsigned i = 0; i < MUX_FRONTS; i++)
        deliver(&mux->fronts[i]);
    return taken;
}

/* --- Life --- */

struct mux *mux_create(struct chardev *host, const struct mux_events *events)
{
    struct mux *mux = calloc(1, sizeof *mux);
    if (!mux)
        return NULL;
    mux->host = host;
    mux->events = *events;
    mux->monitor_present = true;
    for (unsigned i = 0; i < MUX_FRONTS; i++) {
        struct front *front = &mux->fronts[i];
        front->mux = mux;
        front->port =
            (struct chardev){ .write = front_write, .backend = front, .ready = front_ready };
    }
    host->device = mux;
    host->receive = receive;
    return mux;
}

void mux_destroy(struct mux *mux)
{
    if (!mux)
        return;
    mux->host->receive = NULL;
    free(mux);
}

struct chardev *mux_front(struct mux *mux, enum mux_front front)
{
    return &mux->fronts[front].port;
}

void mux_set_monitor(struct mux *mux, bool present)
{
    mux->monitor_present = present;
}
