/* SPDX-License-Identifier: MIT */
/*
 * The machine's one clock: retired instructions times a fixed ratio, plus skipped idle time.
 *
 * Rounds. The processors of the machine run in rounds, one after the other on one host thread. In a
 * round they run side by side in guest time: a round in which one processor retires 10,000
 * instructions and another 4,000 takes 10,000 instructions' time. Within the round the clock stands
 * at its start plus the farthest progress that any processor has made so far. So it never goes
 * backwards, not even from one processor's view to the other's, and it is a function of the
 * instruction counts alone.
 */
#ifndef MACH_VIRT_CLOCK_H
#define MACH_VIRT_CLOCK_H

#include "devices/env.h"
#include "devices/snapshot.h"

struct machine_clock {
    struct clock port; /* what devices get; port.ctx is this struct */

    /* Guest-visible state. */
    uint64_t base;    /* ns at the start of the round */
    uint64_t reached; /* ns of progress in the round so far */

    /* The processor that runs now: how many ns it has advanced since its turn began. NULL: none
     * runs. */
    uint64_t (*progress)(void *ctx);
    /* Host time since base, for processors on threads of their own (run_parallel.h), from any thread;
     * then there are no rounds. NULL: rounds. */
    uint64_t (*elapsed)(void *ctx);
    /* A timer was armed that is due earlier than all others: the round may have to end sooner. */
    void (*earlier)(void *ctx, uint64_t deadline);
    void *ctx;

    struct timer *timers; /* by deadline */
};

/* epoch: see struct clock. progress and earlier are set by the run loop. */
void clock_init(struct machine_clock *clock, int64_t epoch);

/* ns since power-on. */
uint64_t clock_now(struct machine_clock *clock);
/* The turn of the running processor is over: its progress is added to the round. */
void clock_end_turn(struct machine_clock *clock);
/* The round is over. */
void clock_end_round(struct machine_clock *clock);
/* Idle time, between rounds. */
void clock_skip(struct machine_clock *clock, uint64_t ns);

/* The next timer's deadline, TIMER_OFF: none. */
uint64_t clock_deadline(const struct machine_clock *clock);
/* Between rounds: calls every timer that is due, in the order of deadlines. */
void clock_run_timers(struct machine_clock *clock);

/* Between rounds. Devices arm their timers again when they are loaded. */
void clock_save(const struct machine_clock *clock, struct snapshot_writer *out);
bool clock_load(struct machine_clock *clock, struct snapshot_reader *in);

#endif
