/* SPDX-License-Identifier: MIT */
/*
 * The timers that libslirp asks its owner to keep (IPv6 router advertisements), in milliseconds of
 * guest time.
 */
#ifndef NET_SLIRP_TIMERS_H
#define NET_SLIRP_TIMERS_H

#include <stdint.h>

#define SLIRP_TIMER_OFF UINT64_MAX

struct slirp_timer {
    void (*expired)(void *ctx);
    void *ctx;
    uint64_t deadline_ms; /* SLIRP_TIMER_OFF: not armed */
    struct slirp_timer *next;
};

struct slirp_timers {
    struct slirp_timer *first;
};

/* A new timer, not armed. NULL: out of memory; the other functions take that. */
struct slirp_timer *slirp_timers_add(struct slirp_timers *timers, void (*expired)(void *ctx),
                                     void *ctx);
void slirp_timers_remove(struct slirp_timers *timers, struct slirp_timer *timer);
void slirp_timers_free(struct slirp_timers *timers);

/* Sets the deadline; the timer expires once. */
void slirp_timer_arm(struct slirp_timer *timer, int64_t deadline_ms);

/* The earliest deadline, SLIRP_TIMER_OFF: none. */
uint64_t slirp_timers_deadline(const struct slirp_timers *timers);

/* Calls what is due. The callbacks may arm timers, but not add or remove them. */
void slirp_timers_run(struct slirp_timers *timers, uint64_t now_ms);

#endif
