/* SPDX-License-Identifier: MIT */
/*
 * Diagnostic output: what devices and processors have to say (-d), and where it goes (-D).
 *
 * Guest errors and unfinished features are worth a line even when nobody asked, but a guest may
 * make thousands: per class, LOG_BURST lines come out; the rest is counted, and one line at the end
 * says how many there were. With -d guest_errors or -d unimp all come out.
 */
#ifndef MACH_VIRT_LOG_H
#define MACH_VIRT_LOG_H

#include <stdio.h>

#include "cpu/cpu.h"
#include "devices/env.h"
#include "mach-virt/error.h"

#define LOG_BURST 10

struct machine_log {
    FILE *out; /* standard error, or the file of -D */
    bool owned;
    unsigned items; /* enum log_item of config.h */
    struct {
        uint64_t lines, dropped;
    } guest_error, unimp;
    struct log_port port; /* for devices */
};

/* file NULL: standard error. */
bool log_open(struct machine_log *log, unsigned items, const char *file, struct error *error);
/* Says what was dropped and closes the file. */
void log_close(struct machine_log *log);

/* One line in the log, always. */
__attribute__((format(printf, 2, 3))) void log_line(struct machine_log *log, const char *format,
                                                    ...);

/* The processor's classes that are worth formatting, for cpu_port.log_classes. */
unsigned log_cpu_classes(const struct machine_log *log);
/* For cpu_port.log. */
void log_cpu(struct machine_log *log, unsigned cpu, enum cpu_log class, const char *text);

#endif
