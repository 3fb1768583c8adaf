/* SPDX-License-Identifier: MIT */
/*
 * Tells from the serial port's output that Linux has panicked, for -action panic=.
 *
 * The board has no device for a kernel to report a panic to, so the text is all there is: a tap on
 * the wire that waits for the line with which panic() ends. It changes no byte.
 */
#ifndef MACH_VIRT_PANIC_WATCH_H
#define MACH_VIRT_PANIC_WATCH_H

#include "devices/chardev.h"

struct panic_watch {
    struct chardev front; /* for the serial port */
    struct chardev *wire; /* NULL: the port is not connected */
    unsigned matched;     /* how much of the text the last bytes were */
    void (*panicked)(void *ctx);
    void *ctx;
};

/* Puts the watch between the wire and whoever gets `front`. */
void panic_watch_init(struct panic_watch *watch, struct chardev *wire, void (*panicked)(void *ctx),
                      void *ctx);

#endif
