/* SPDX-License-Identifier: MIT */
/*
 * Console input that arrives at fixed guest times (-input FILE): the same run every time, as far as
 * the console is concerned.
 *
 * The file is text, one input per line:
 *
 *     # comments and empty lines are skipped
 *     20000000000 \r
 *     21000000000 uname -a\r
 *
 * COUNT is guest time in instructions since power-on, idle time included (times the ratio of
 * -icount: ns); counts never fall. TEXT is what is left of the line behind one blank, with \r \n \t
 * \\ and \xHH for bytes that cannot stand there. What the serial port has no room for waits, in
 * order. Whoever is at the other end of the wire can still type.
 */
#ifndef MACH_VIRT_INPUT_SCRIPT_H
#define MACH_VIRT_INPUT_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/chardev.h"
#include "devices/env.h"
#include "mach-virt/error.h"

struct input_event {
    uint64_t count;
    size_t start, size; /* of its bytes in input_script.bytes */
};

struct input_script {
    struct chardev front; /* for the serial port */
    struct chardev *wire; /* NULL: the port is not connected */
    struct clock *clock;  /* NULL: not started */
    struct timer timer;   /* for the next event */
    unsigned shift;       /* an instruction is 2^shift ns */
    struct input_event *event;
    unsigned events, next;
    uint8_t *bytes;
    size_t due, sent; /* bytes whose time has come; those the port has taken */
};

/* Reads `file` and puts the script between the wire and whoever gets `front`. */
bool input_script_open(struct input_script *script, const char *file, struct chardev *wire,
                       unsigned shift, struct error *error);
/* The clock starts now. */
void input_script_start(struct input_script *script, struct clock *clock);
void input_script_free(struct input_script *script);

#endif
