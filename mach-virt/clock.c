/* SPDX-License-Identifier: MIT */
#include "mach-virt/clock.h"

static void unlink_timer(struct machine_clock *clock, struct timer *timer)
{
    for (struct timer **at = &clock->timers; *at; at = &(*at)->next)
        if (*at == timer) {
            *at = timer->next;
            return;
        }
}

/* Behind those with the same deadline: first armed, first served. */
static void link_timer(struct machine_clock *clock, struct timer *timer)
{
    struct timer **at = &clock->timers;
    while (*at && (*at)->deadline <= timer->deadline)
        at = &(*at)->next;
    timer->next = *at;
    *at = timer;
}

static void port_arm(void *ctx, struct timer *timer, uint64_t deadline)
{
    struct machine_clock *clock = ctx;
    unlink_timer(clock, timer);
    timer->deadline = deadline;
    if (deadline == TIMER_OFF)
        return;
    link_timer(clock, timer);
    if (clock->timers == timer && clock->earlier)
        clock->earlier(clock->ctx, deadline);
}

static uint64_t port_now(void *ctx)
{
    return clock_now(ctx);
}

void clock_init(struct machine_clock *clock, int64_t epoch)
{
    *clock = (struct machine_clock){ 0 };
    clock->port = (struct clock){ port_now, port_arm, epoch, clock };
}

uint64_t clock_now(struct machine_clock *clock)
{
    if (clock->elapsed)
        return clock->base + clock->elapsed(clock->ctx);
    if (clock->progress) {
        uint64_t own = clock->progress(clock->ctx);
        if (own > clock->reached)
            clock->reached = own;
    }
    return clock->base + clock->reached;
}

void clock_end_turn(struct machine_clock *clock)
{
    clock_now(clock);
    clock->progress = NULL;
}

void clock_end_round(struct machine_clock *clock)
{
    clock->base += clock->reached;
    clock->reached = 0;
}

void clock_skip(struct machine_clock *clock, uint64_t ns)
{
    clock->base += ns;
}

uint64_t clock_deadline(const struct machine_clock *clock)
{
    return clock->timers ? clock->timers->deadline : TIMER_OFF;
}

static unsigned count_due(const struct machine_clock *clock, uint64_t now)
{
    unsigned due = 0;
    for (const struct timer *t = clock->timers; t && t->deadline <= now; t = t->next)
        due++;
    return due;
}

void clock_run_timers(struct machine_clock *clock)
{
    uint64_t now = clock_now(clock);
    /* One that arms itself again for now waits for the next call, so this always ends. */
    for (unsigned due = count_due(clock, now); due && clock_deadline(clock) <= now; due--) {
        struct timer *timer = clock->timers;
        clock->timers = timer->next;
        timer->deadline = TIMER_OFF;
        timer->expired(timer->owner);
    }
}

void clock_save(const struct machine_clock *clock, struct snapshot_writer *out)
{
    snapshot_put(out, &clock->base, sizeof(clock->base));
    snapshot_put(out, &clock->port.epoch, sizeof(clock->port.epoch));
}

bool clock_load(struct machine_clock *clock, struct snapshot_reader *in)
{
    clock->reached = 0;
    return snapshot_get(in, &clock->base, sizeof(clock->base)) &&
           snapshot_get(in, &clock->port.epoch, sizeof(clock->port.epoch));
}
