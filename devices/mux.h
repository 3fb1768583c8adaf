/* SPDX-License-Identifier: MIT */
/*
 * Two front ends, the serial port and the monitor, on one terminal; Ctrl-A is the escape character.
 *
 *     Ctrl-A h or ?   help           Ctrl-A b        break to the serial port
 *     Ctrl-A x        quit           Ctrl-A c        switch between serial port and monitor
 *     Ctrl-A Ctrl-A   sends Ctrl-A
 * Any other key after Ctrl-A is answered by a line that says so. Input goes to the front end that
 * has the focus (first: the serial port) and waits in a buffer while that one has no room, so that
 * escapes are seen even when the guest is stuck; output of both is shown.
 */
#ifndef DEVICES_MUX_H
#define DEVICES_MUX_H

#include <stdbool.h>

#include "devices/chardev.h"

enum mux_front { MUX_SERIAL, MUX_MONITOR, MUX_FRONTS };

struct mux;

/* All may be NULL. They are called from within the terminal's input: note the wish, act later. */
struct mux_events {
    void (*quit)(void *ctx);
    void (*line_break)(void *ctx);
    /* After a switch: the monitor shows its prompt. */
    void (*focus)(void *ctx, enum mux_front front);
    void *ctx;
};

/* host: the terminal, not owned, must outlive the mux. NULL: out of memory. */
struct mux *mux_create(struct chardev *host, const struct mux_events *events);
void mux_destroy(struct mux *mux);
/* The stream to hand to the serial port or to the monitor; owned by the mux. */
struct chardev *mux_front(struct mux *mux, enum mux_front front);
/* Whether there is a monitor to switch to (at first: yes); without one Ctrl-A c says so. */
void mux_set_monitor(struct mux *mux, bool present);
/* Where the keyboard goes. */
void mux_focus(struct mux *mux, enum mux_front front);

#endif
