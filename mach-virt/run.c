/* SPDX-License-Identifier: MIT */
#include "mach-virt/run.h"

#include <time.h>

#include "mach-virt/debug.h"
#include "mach-virt/memmap.h"
#include "mach-virt/run_parallel.h"
#include "mach-virt/virt.h"

#define NS_PER_S UINT64_C(1000000000)

/* How often in a row an idle machine serves the host before it lets time pass. */
#define SETTLES_MAX 64

static uint64_t instructions_ns(const struct virt *virt, uint64_t count)
{
    return count << virt->config->icount_shift;
}

/* ---- turns ---- */

/* machine_clock.progress: what the current turn has added. */
static uint64_t turn_progress(void *ctx)
{
    struct virt *virt = ctx;
    uint64_t count = cpu_count(virt->cpu[virt->run.current]) - virt->run.turn_start;
    return instructions_ns(virt, count);
}

static void end_turn_early(struct virt *virt)
{
    parallel_wish(virt);
    if (virt->run.current >= 0)
        cpu_request_exit(virt->cpu[virt->run.current]);
}

static bool takes_part(const struct virt *virt, unsigned cpu)
{
    if (!virt->psci.on[cpu] || debug_holds(virt->debug, cpu))
        return false;
    return virt->run.wait[cpu] != CPU_WAITS_FOR_INTERRUPT || cpu_has_work(virt->cpu[cpu]);
}

/* What a processor in a waiting loop, or in WFE, did in its turn was to look whether it still has
 * to wait. */
static void note_exit(struct virt *virt, unsigned cpu, enum cpu_exit why)
{
    if (why != CPU_EXIT_YIELD && why != CPU_EXIT_WFE)
        virt->run.waiting = false;
    if (why == CPU_EXIT_WFI)
        virt->run.wait[cpu] = CPU_WAITS_FOR_INTERRUPT;
    else if (why == CPU_EXIT_WFE)
        virt->run.wait[cpu] = CPU_WAITS_FOR_EVENT;
    else if (why == CPU_EXIT_BREAKPOINT || why == CPU_EXIT_WATCHPOINT)
        virt->run.stopped = true;
}

/* One turn of at most the round's length. */
static void take_turn(struct virt *virt, unsigned cpu)
{
    struct run *run = &virt->run;
    uint64_t left = run->round_end - virt->clock.base;
    uint64_t budget = (left + instructions_ns(virt, 1) - 1) >> virt->config->icount_shift;
    run->wait[cpu] = CPU_RUNS;
    run->current = (int)cpu;
    run->turn_start = cpu_count(virt->cpu[cpu]);
    virt->clock.progress = turn_progress;
    uint64_t until = run->turn_start + budget;
    enum cpu_exit why =
        virt->debug ? debug_turn(virt->debug, cpu, until) : cpu_run(virt->cpu[cpu], until);
    clock_end_turn(&virt->clock);
    run->unswept += cpu_count(virt->cpu[cpu]) - run->turn_start;
    run->current = -1;
    note_exit(virt, cpu, why);
}

/* ---- rounds ---- */

/* Guest time of the next thing that any timer does. */
static uint64_t next_deadline(struct virt *virt)
{
    uint64_t first = clock_deadline(&virt->clock);
    uint64_t net = event_loop_deadline(virt->host.loop);
    if (net < first)
        first = net;
    for (unsigned i = 0; i < virt->cpus; i++) {
        uint64_t ticks = virt->psci.on[i] ? cpu_timer_deadline(virt->cpu[i]) : UINT64_MAX;
        if (ticks < first / COUNTER_TICK)
            first = ticks * COUNTER_TICK;
    }
    return first;
}

/* Everything that guest time has brought about. */
static void expire(struct virt *virt)
{
    uint64_t ticks = clock_now(&virt->clock) / COUNTER_TICK;
    clock_run_timers(&virt->clock);
    for (unsigned i = 0; i < virt->cpus; i++)
        if (virt->psci.on[i] && cpu_timer_deadline(virt->cpu[i]) <= ticks)
            cpu_timer_update(virt->cpu[i]);
}

static uint64_t round_length(const struct virt *virt, unsigned busy)
{
    if (virt->debug && debug_steps(virt->debug))
        return 1;
    return busy > 1 ? RUN_SMP_ROUND : RUN_ROUND;
}

/* A processor that waits for others gives its turn up, unless all of those did the same in the last
 * round: what they wait for is then an interrupt, and rounds of a few instructions would only take
 * longer to get there. */
static void choose_yields(struct virt *virt, unsigned busy)
{
    bool yields = busy > 1 && !virt->run.waiting;
    for (unsigned i = 0; i < virt->cpus; i++)
        cpu_set_yields(virt->cpu[i], yields);
    virt->run.waiting = yields;
}

/* `busy` processors have work, `events` are in WFE. */
static void run_round(struct virt *virt, unsigned busy, unsigned events)
{
    uint64_t now = virt->clock.base;
    uint64_t deadline = next_deadline(virt);
    virt->run.round_end = now + instructions_ns(virt, round_length(virt, busy + events));
    if (deadline < virt->run.round_end)
        virt->run.round_end = deadline > now ? deadline : now + 1;
    choose_yields(virt, busy);
    for (unsigned i = 0; i < virt->cpus && !virt->run.stopped; i++)
        if (takes_part(virt, i) && virt->run.round_end > virt->clock.base)
            take_turn(virt, i);
    clock_end_round(&virt->clock);
    expire(virt);
    if (virt->debug)
        debug_round_over(virt->debug);
}

/* ---- idle ---- */

static uint64_t host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* Guest time of the first event-stream event that a processor in WFE waits for. With all others
 * idle, nothing else than an interrupt can end its wait. */
static uint64_t next_event(const struct virt *virt)
{
    uint64_t first = UINT64_MAX;
    for (unsigned i = 0; i < virt->cpus; i++) {
        if (!virt->psci.on[i] || virt->run.wait[i] != CPU_WAITS_FOR_EVENT)
            continue;
        uint64_t ticks = cpu_event_stream_deadline(virt->cpu[i]);
        if (ticks < first / COUNTER_TICK)
            first = ticks * COUNTER_TICK;
    }
    return first;
}

/* Deals with what the host has ready without letting time pass: an answer of the NFS server comes
 * at once then, at a guest time that does not depend on how long this took. A descriptor that stays
 * ready whatever is done must not stop time, hence the bound. */
static bool settle_host(struct virt *virt)
{
    if (!event_loop_wait(virt->host.loop, 0) || ++virt->run.settled > SETTLES_MAX)
        return false;
    event_loop_dispatch(virt->host.loop);
    return true;
}

/* Waits on the host, or skips, `left` ns or until a network wants a look; returns how much guest
 * time has passed. */
static uint64_t pass_time(struct virt *virt, uint64_t left)
{
    struct event_loop *loop = virt->host.loop;
    if (event_loop_timeout(loop) < left)
        left = event_loop_timeout(loop);
    if (!virt->config->idle_sleeps && left != EVENT_FOREVER)
        return left;
    uint64_t start = host_ns();
    if (!event_loop_wait(loop, left))
        return left;
    uint64_t slept = host_ns() - start;
    return slept < left ? slept : left;
}

/* Lets time pass for as long as the guest has nothing to do. Only what comes from outside makes
 * that a host's time; deadlines of the guest and of the network are met to the nanosecond. */
static void idle(struct virt *virt)
{
    uint64_t deadline = next_deadline(virt), event = next_event(virt);
    uint64_t now = virt->clock.base;
    if (event < deadline)
        deadline = event;
    uint64_t left = deadline == UINT64_MAX ? EVENT_FOREVER : deadline > now ? deadline - now : 0;
    if (settle_host(virt))
        return;
    virt->run.settled = 0;
    clock_skip(&virt->clock, pass_time(virt, left));
    virt->run.next_poll = virt->clock.base + instructions_ns(virt, RUN_POLL);
    expire(virt);
    event_loop_dispatch(virt->host.loop);
}

/* With every processor off there is nobody left to call CPU_ON. */
void run_check_dead(struct virt *virt)
{
    for (unsigned i = 0; i < virt->cpus; i++)
        if (virt->psci.on[i])
            return;
    if (!virt->run.dead_told)
        run_panicked(virt, "all processors are switched off");
    virt->run.dead_told = true;
}

/* ---- the loop ---- */

/* A debugger's step through a range makes a round of each instruction: many host ns for little
 * guest time, and Ctrl-C is to be heard in between. */
static void poll_host(struct virt *virt)
{
    uint64_t now = virt->clock.base;
    uint64_t soon = now + instructions_ns(virt, RUN_STEP_POLL);
    if (virt->debug && debug_steps(virt->debug) && soon < virt->run.next_poll)
        virt->run.next_poll = soon;
    if (now < virt->run.next_poll && now < event_loop_deadline(virt->host.loop))
        return;
    virt->run.next_poll = now + instructions_ns(virt, RUN_POLL);
    event_loop_wait(virt->host.loop, 0);
    event_loop_dispatch(virt->host.loop);
}

void run_act_on_wishes(struct virt *virt)
{
    if (!virt->run.reset)
        return;
    virt->run.reset = false;
    if (virt->config->no_reboot) {
        virt->run.end = RUN_REBOOTED;
        return;
    }
    virt_reset(virt);
    virt->run.dead_told = false;
}

/* Gives back memory of the host that the guest does not need. */
static void tidy_up(struct virt *virt)
{
    if (ram_wants_trim(&virt->ram))
        ram_trim(&virt->ram);
    if (virt->run.unswept < RUN_SWEEP)
        return;
    virt->run.unswept = 0;
    code_cache_sweep(virt->code);
}

/* A processor in WFE gets its turn in every round that another one makes, because a store of that
 * one may be its event. */
static void go_on(struct virt *virt)
{
    unsigned busy = 0, events = 0;
    for (unsigned i = 0; i < virt->cpus; i++) {
        bool part = takes_part(virt, i);
        bool event =
            part && virt->run.wait[i] == CPU_WAITS_FOR_EVENT && !cpu_has_event(virt->cpu[i]);
        busy += part && !event;
        events += event;
    }
    if (!busy) {
        run_check_dead(virt);
        if (virt->run.end != RUN_GOES_ON || virt->run.stopped)
            return;
        idle(virt);
    }
    if (busy)
        virt->run.settled = 0;
    if (busy || events)
        run_round(virt, busy, events);
    poll_host(virt);
    tidy_up(virt);
}

/* Guest time stands; the host's events go on. */
static void stand(struct virt *virt)
{
    if (virt->debug)
        debug_report(virt->debug);
    event_loop_wait(virt->host.loop, EVENT_FOREVER);
    event_loop_dispatch(virt->host.loop);
}

void run_init(struct virt *virt)
{
    virt->run = (struct run){ .current = -1, .stopped = virt->config->stopped };
}

enum run_end run_machine(struct virt *virt)
{
    if (virt->parallel)
        return parallel_run(virt);
    ram_start_trimming(&virt->ram);
    while (virt->run.end == RUN_GOES_ON) {
        if (virt->run.stopped) {
            stand(virt);
        } else {
            go_on(virt);
        }
        run_act_on_wishes(virt);
    }
    return virt->run.end;
}

/* ---- wishes ---- */

void run_end(struct virt *virt, enum run_end why)
{
    if (why == RUN_POWERED_OFF && virt->config->no_shutdown)
        run_stop(virt);
    else if (virt->run.end == RUN_GOES_ON)
        virt->run.end = why;
    end_turn_early(virt);
}

void run_request_reset(struct virt *virt)
{
    virt->run.reset = true;
    end_turn_early(virt);
}

void run_stop(struct virt *virt)
{
    virt->run.stopped = true;
    end_turn_early(virt);
}

void run_continue(struct virt *virt)
{
    virt->run.stopped = false;
}

void run_panicked(struct virt *virt, const char *how)
{
    if (virt->config->panic == PANIC_NONE)
        return;
    log_line(virt->log, "the guest is dead: %s", how);
    if (virt->config->panic == PANIC_PAUSE)
        run_stop(virt);
    else
        run_end(virt, virt->config->panic == PANIC_SHUTDOWN ? RUN_POWERED_OFF : RUN_PANICKED);
}

void run_cpu_wait(struct virt *virt, unsigned cpu, enum cpu_wait wait)
{
    virt->run.wait[cpu] = (uint8_t)wait;
    parallel_cpu_waits(virt, cpu);
    if (virt->run.current == (int)cpu)
        end_turn_early(virt);
}

void run_cpu_wake(struct virt *virt, unsigned cpu)
{
    parallel_cpu_wake(virt, cpu);
    if (virt->parallel || virt->run.wait[cpu] == CPU_RUNS || virt->run.current == (int)cpu)
        return;
    virt->run.wait[cpu] = CPU_RUNS;
    run_deadline(virt, clock_now(&virt->clock));
}

void run_deadline(struct virt *virt, uint64_t deadline)
{
    parallel_kick(virt);
    if (virt->run.current < 0 || deadline >= virt->run.round_end)
        return;
    virt->run.round_end = deadline;
    end_turn_early(virt);
}

bool run_is_turn(const struct virt *virt)
{
    return virt->parallel ? parallel_is_turn(virt) : virt->run.current >= 0;
}
