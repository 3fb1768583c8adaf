/* SPDX-License-Identifier: MIT */
/*
 * The monitor: a console for the machine rather than the guest. A line is a command; the table in
 * monitor_commands.c lists them, and `help` prints it.
 */
#ifndef MACH_VIRT_MONITOR_H
#define MACH_VIRT_MONITOR_H

#include "devices/chardev.h"
#include "mach-virt/virt.h"

#define MONITOR_LINE_MAX 256

struct monitor {
    struct virt *virt;
    struct chardev *port; /* NULL: nobody listens */
    char line[MONITOR_LINE_MAX];
    unsigned size;
    unsigned cpu;       /* the processor that commands look at */
    struct timer later; /* for keys that came in a processor's turn */
};

/* Takes the receiving end of `port`. Keys that are offered in a processor's turn, because its guest
 * has made room for what the terminal held back, are refused until that is over. */
void monitor_init(struct monitor *monitor, struct virt *virt, struct chardev *port);
void monitor_prompt(struct monitor *monitor);
/* Runs one line, as if it had been typed. */
void monitor_execute(struct monitor *monitor, const char *line);
/* What a command has to say; lines end with \n. */
__attribute__((format(printf, 2, 3))) void monitor_print(struct monitor *monitor,
                                                         const char *format, ...);

struct monitor_command {
    const char *name;      /* one word, or two: "info registers" */
    const char *arguments; /* for help; "" for none */
    const char *help;
    void (*run)(struct monitor *monitor, const char *arguments);
};
extern const struct monitor_command monitor_commands[];
extern const unsigned monitor_command_count;

#endif
