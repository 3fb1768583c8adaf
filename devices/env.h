/* SPDX-License-Identifier: MIT */
/*
 * What the machine lends to its devices: the log, the clock and the guest's memory.
 *
 * These are ports. The machine implements them; a test implements them in a few lines.
 */
#ifndef DEVICES_ENV_H
#define DEVICES_ENV_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Something that becomes due. It belongs to the device that embeds it; armed at most once at a time. */
struct timer {
    void (*expired)(void *owner); /* called once per arming, at the first check point after the deadline */
    void *owner;
    uint64_t deadline; /* guest nanoseconds; TIMER_OFF: not armed */
    struct timer *next;
};
#define TIMER_OFF UINT64_MAX

/* The machine's one clock. Guest time: nanoseconds since the machine was created, never backwards. */
struct clock {
    uint64_t (*now)(void *ctx);
    /* Sets or changes timer->deadline; TIMER_OFF disarms. The timer must outlive its arming. */
    void (*arm)(void *ctx, struct timer *timer, uint64_t deadline);
    /* Seconds since 1970-01-01 UTC at guest time 0: recorded, so that a replay sees the same date. */
    int64_t epoch;
    void *ctx;
};

/* Guest misuse of a device, unfinished features, and what the host refused to a device at run time (a full disk). One
 * line each, no newline, rate-limited by the machine; host errors concern the user and are always shown. */
enum log_class { LOG_GUEST_ERROR, LOG_UNIMP, LOG_HOST_ERROR };
struct log_port {
    void (*line)(void *ctx, enum log_class class, const char *device, const char *text);
    void *ctx;
};

/* printf into port->line. */
__attribute__((format(printf, 4, 5))) void device_log(const struct log_port *port, enum log_class class,
                                                      const char *device, const char *format, ...);

/* Guest RAM as a bus master sees it. */
struct dma_port {
    /* Host address of guest-physical [pa, pa + size), or NULL when any byte of it is not RAM. Valid until
     * the machine is reset or destroyed. `write` announces that the caller will change these bytes, now:
     * decoded instructions in them are dropped. Ask again for the next write. */
    void *(*map)(void *ctx, uint64_t pa, size_t size, bool write);
    void *ctx;
};

struct device_env {
    struct log_port log;
    struct clock *clock;
    struct dma_port dma;
};

#endif
