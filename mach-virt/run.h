/* SPDX-License-Identifier: MIT */
/*
 * Makes the machine run: turns of the processors, guest time, idle time and the host's events.
 *
 * One host thread. A round gives every processor that has work one turn, in the order of their
 * numbers; its length is the time to the next deadline, at most RUN_ROUND (one processor) or
 * RUN_SMP_ROUND (several). Between rounds timers expire and, every RUN_POLL, the host's descriptors
 * are looked at. When no processor has work the host sleeps until the next deadline or event.
 *
 * Everything the guest sees is a function of instruction counts and of the inputs that came in
 * between two rounds.
 */
#ifndef MACH_VIRT_RUN_H
#define MACH_VIRT_RUN_H

#include <stdbool.h>
#include <stdint.h>

#include "mach-virt/error.h"

struct virt;

/* In instructions; times the ratio of -icount they are guest time. */
#define RUN_ROUND     250000
#define RUN_SMP_ROUND 10000
#define RUN_POLL      250000
#define RUN_STEP_POLL 1000
#define RUN_SWEEP     2000000 /* decoded code that was not used for as long is forgotten */

enum cpu_wait { CPU_RUNS, CPU_WAITS_FOR_INTERRUPT, CPU_WAITS_FOR_EVENT };

/* Why the machine's run ended. */
enum run_end { RUN_GOES_ON, RUN_POWERED_OFF, RUN_REBOOTED, RUN_QUIT, RUN_PANICKED };

struct run {
    /* Guest-visible. */
    uint8_t wait[8]; /* enum cpu_wait, per processor */
    bool waiting;    /* in the last round every processor gave its turn up to wait for others */

    /* The round. */
    int current;         /* the processor whose turn it is, -1: none */
    uint64_t turn_start; /* its count when the turn began */
    uint64_t round_end;  /* guest ns */
    uint64_t next_poll;  /* guest ns */
    uint64_t unswept;    /* instructions of all processors since the last sweep */
    unsigned settled;    /* looks at the host since anything last ran or time passed */

    /* Wishes, acted on between rounds. */
    enum run_end end;
    bool reset;
    bool stopped;   /* by the monitor, a debugger or -S; host events go on */
    bool dead_told; /* that nothing can wake the machine was reported */
};

void run_init(struct virt *virt);
/* Runs until somebody ends it. */
enum run_end run_machine(struct virt *virt);

/* Wishes of devices, firmware, monitor and signals; the current turn ends at its next check point.
 */
void run_end(struct virt *virt, enum run_end why);
void run_request_reset(struct virt *virt);
void run_stop(struct virt *virt);
void run_continue(struct virt *virt);
/* The guest has panicked, or nothing can wake it: -action panic=. */
void run_panicked(struct virt *virt, const char *how);

/* A processor's part in the rounds. */
void run_cpu_wait(struct virt *virt, unsigned cpu, enum cpu_wait wait);
/* An interrupt line of the processor rose, or it was powered on: it takes part in the next round.
 */
void run_cpu_wake(struct virt *virt, unsigned cpu);
/* Something is due at that guest time: the round may have to end sooner. */
void run_deadline(struct virt *virt, uint64_t deadline);

/* Is it a processor that asks, from within its turn? */
bool run_is_turn(const struct virt *virt);

/* For run_parallel.c: a reset that was wished for; the end, if all processors are off. */
void run_act_on_wishes(struct virt *virt);
void run_check_dead(struct virt *virt);

#endif
