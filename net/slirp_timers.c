/* SPDX-License-Identifier: MIT */
#include "net/slirp_timers.h"

#include <stdlib.h>

struct slirp_timer *slirp_timers_add(struct slirp_timers *timers, void (*expired)(void *ctx),
                                     void *ctx)
{
    struct slirp_timer *timer = malloc(sizeof *timer);

    if (timer) {
        *timer = (struct slirp_timer){ expired, ctx, SLIRP_TIMER_OFF, timers->first };
        timers->first = timer;
    }
    return timer;
}

void slirp_timers_remove(struct slirp_timers *timers, struct slirp_timer *timer)
{
    for (struct slirp_timer **at = &timers->first; *at; at = &(*at)->next) {
        if (*at == timer) {
            *at = timer->next;
            free(timer);
            return;
        }
    }
}

void slirp_timers_free(struct slirp_timers *timers)
{
    while (timers->first)
        slirp_timers_remove(timers, timers->first);
}

void slirp_timer_arm(struct slirp_timer *timer, int64_t deadline_ms)
{
    if (timer)
        timer->deadline_ms = deadline_ms < 0 ? 0 : (uint64_t)deadline_ms;
}

uint64_t slirp_timers_deadline(const struct slirp_timers *timers)
{
    uint64_t earliest = SLIRP_TIMER_OFF;

    for (const struct slirp_timer *t = timers->first; t; t = t->next) {
        if (t->deadline_ms < earliest)
            earliest = t->deadline_ms;
    }
    return earliest;
}

void slirp_timers_run(struct slirp_timers *timers, uint64_t now_ms)
{
    for (struct slirp_timer *t = timers->first; t; t = t->next) {
        if (t->deadline_ms > now_ms)
            continue;
        t->deadline_ms = SLIRP_TIMER_OFF;
        t->expired(t->ctx);
    }
}
