/* SPDX-License-Identifier: MIT */
#include "mach-virt/run_parallel.h"

#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "mach-virt/debug.h"
#include "mach-virt/memmap.h"
#include "mach-virt/virt.h"

#define NS_PER_S UINT64_C(1000000000)

/* A processor in WFE may be woken by any store of another one, so it looks at memory: at once, then
 * at intervals that double. */
#define EVENT_SPINS   16
#define EVENT_NAP     50000 /* ns */
#define EVENT_NAP_MAX 2000000

struct parallel_cpu {
    struct virt *virt;
    unsigned index;
    pthread_t thread;
    pthread_cond_t wake;

    /* The thread's own. */
    bool awake;         /* it need not look whether it is to run */
    uint64_t deadline;  /* guest time of its next timer event; 0: to be computed */
    enum cpu_wait wait; /* what its last turn ended with */

    /* Under the lock. */
    bool starts;
    uint64_t entry, x0;
};

struct parallel {
    pthread_mutex_t lock;
    pthread_cond_t parked; /* running became 0 */
    bool stopping;         /* atomic: no turn begins; written under the lock */
    bool ending;
    unsigned running; /* threads that are not in await_work */
    unsigned threads;
    struct parallel_cpu cpu[CONFIG_CPUS_MAX];

    /* The main thread's. */
    pthread_t main;
    struct poll_source kick;
    bool kicked;

    /* Time: changes with the world stopped only. */
    bool stands;
    uint64_t started; /* host ns at which the clock showed clock.base */
};

/* ---- time ---- */

static uint64_t host_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * NS_PER_S + (uint64_t)t.tv_nsec;
}

/* machine_clock.elapsed */
static uint64_t elapsed(void *ctx)
{
    const struct virt *virt = ctx;
    return virt->parallel->stands ? 0 : host_ns() - virt->parallel->started;
}

static void stop_clock(struct virt *virt)
{
    struct parallel *p = virt->parallel;
    if (p->stands)
        return;
    clock_skip(&virt->clock, elapsed(virt));
    p->stands = true;
}

static void start_clock(struct virt *virt)
{
    struct parallel *p = virt->parallel;
    if (!p->stands)
        return;
    p->started = host_ns();
    p->stands = false;
}

static struct timespec host_time(const struct virt *virt, uint64_t guest_ns)
{
    const uint64_t year = 365 * UINT64_C(86400) * NS_PER_S;
    uint64_t left = guest_ns > virt->clock.base ? guest_ns - virt->clock.base : 0;
    uint64_t ns = virt->parallel->started + (left < year ? left : year);
    return (struct timespec){ .tv_sec = (time_t)(ns / NS_PER_S), .tv_nsec = (long)(ns % NS_PER_S) };
}

/* ---- the world ---- */

void parallel_lock(struct virt *virt)
{
    if (virt->parallel)
        pthread_mutex_lock(&virt->parallel->lock);
}

void parallel_unlock(struct virt *virt)
{
    if (virt->parallel)
        pthread_mutex_unlock(&virt->parallel->lock);
}

static bool stopping(const struct parallel *p)
{
    return __atomic_load_n(&p->stopping, __ATOMIC_RELAXED);
}

static void wake_all(struct parallel *p)
{
    for (unsigned i = 0; i < p->threads; i++)
        pthread_cond_signal(&p->cpu[i].wake);
}

/* By the main thread, which holds the lock once. */
static void stop_world(struct parallel *p)
{
    __atomic_store_n(&p->stopping, true, __ATOMIC_RELAXED);
    while (p->running)
        pthread_cond_wait(&p->parked, &p->lock);
}

static void let_go(struct parallel *p)
{
    if (!stopping(p))
        return;
    __atomic_store_n(&p->stopping, false, __ATOMIC_RELAXED);
    wake_all(p);
}

void parallel_hold(struct virt *virt)
{
    if (virt->parallel)
        stop_world(virt->parallel);
}

bool parallel_is_turn(const struct virt *virt)
{
    return !pthread_equal(pthread_self(), virt->parallel->main);
}

void parallel_kick(struct virt *virt)
{
    struct parallel *p = virt->parallel;
    if (!p || p->kicked)
        return;
    p->kicked = true;
    eventfd_write(p->kick.fd, 1);
}

void parallel_wish(struct virt *virt)
{
    if (!virt->parallel)
        return;
    __atomic_store_n(&virt->parallel->stopping, true, __ATOMIC_RELAXED);
    parallel_kick(virt);
}

/* ---- a processor's thread ---- */

void parallel_cpu_waits(struct virt *virt, unsigned cpu)
{
    if (!virt->parallel)
        return;
    virt->parallel->cpu[cpu].awake = false;
    virt->parallel->cpu[cpu].wait = (enum cpu_wait)virt->run.wait[cpu];
    cpu_request_exit(virt->cpu[cpu]);
}

void parallel_cpu_wake(struct virt *virt, unsigned cpu)
{
    if (virt->parallel)
        pthread_cond_signal(&virt->parallel->cpu[cpu].wake);
}

void parallel_cpu_start(struct virt *virt, unsigned cpu, uint64_t entry, uint64_t x0)
{
    struct parallel_cpu *t = &virt->parallel->cpu[cpu];
    t->starts = true;
    t->entry = entry;
    t->x0 = x0;
    pthread_cond_signal(&t->wake);
}

void parallel_cpu_deadline(struct virt *virt, unsigned cpu, uint64_t deadline)
{
    if (virt->parallel)
        virt->parallel->cpu[cpu].deadline = deadline;
}

void parallel_cpus_reset(struct virt *virt)
{
    struct parallel *p = virt->parallel;
    for (unsigned i = 0; p && i < p->threads; i++) {
        p->cpu[i].starts = false;
        p->cpu[i].deadline = 0;
    }
}

static uint64_t guest_ns_of(uint64_t ticks)
{
    return ticks < UINT64_MAX / COUNTER_TICK ? ticks * COUNTER_TICK : UINT64_MAX;
}

/* Between turns: what the processor's own timers do. */
static void update_timers(struct parallel_cpu *t)
{
    struct cpu *cpu = t->virt->cpu[t->index];
    if (clock_now(&t->virt->clock) < t->deadline)
        return;
    cpu_timer_update(cpu);
    t->deadline = guest_ns_of(cpu_timer_deadline(cpu));
}

static void start(struct parallel_cpu *t)
{
    struct virt *virt = t->virt;
    t->starts = false;
    cpu_reset(virt->cpu[t->index], t->entry);
    cpu_set_x(virt->cpu[t->index], 0, t->x0);
    virt->run.wait[t->index] = CPU_RUNS;
    t->deadline = 0;
}

/* The state that WFI or WFE left; over when an interrupt or event has come. */
static bool waits(const struct parallel_cpu *t)
{
    struct virt *virt = t->virt;
    struct cpu *cpu = virt->cpu[t->index];
    uint8_t *wait = &virt->run.wait[t->index];
    if (*wait == CPU_RUNS || cpu_has_work(cpu) ||
        (*wait == CPU_WAITS_FOR_EVENT && cpu_has_event(cpu)))
        *wait = CPU_RUNS;
    return *wait != CPU_RUNS;
}

/* Sleeps until somebody signals, its timer is due or, in WFE, it is time to look at memory. */
static void sleep_a_while(struct parallel_cpu *t, uint64_t *nap)
{
    struct virt *virt = t->virt;
    uint64_t until = t->deadline;
    if (virt->run.wait[t->index] == CPU_WAITS_FOR_EVENT) {
        uint64_t event = guest_ns_of(cpu_event_stream_deadline(virt->cpu[t->index]));
        uint64_t look = clock_now(&virt->clock) + *nap;
        *nap = *nap < EVENT_NAP_MAX ? 2 * *nap : EVENT_NAP_MAX;
        until = event < until ? event : until;
        until = look < until ? look : until;
        if (until == event)
            cpu_send_event(virt->cpu[t->index]); /* seen when the sleep is over */
    }
    const struct timespec time = host_time(virt, until);
    pthread_cond_timedwait(&t->wake, &virt->parallel->lock, &time);
}

/* One step towards a turn. False: it may begin. */
static bool is_kept(struct parallel_cpu *t, uint64_t *nap)
{
    struct virt *virt = t->virt;
    struct parallel *p = virt->parallel;
    bool held = stopping(p) || !virt->psci.on[t->index] || debug_holds(virt->debug, t->index);
    if (!stopping(p) && t->starts) {
        start(t);
    } else if (held) {
        pthread_cond_wait(&t->wake, &p->lock);
    } else {
        update_timers(t);
        if (!waits(t))
            return false;
        sleep_a_while(t, nap);
    }
    return true;
}

/* Returns when the processor is to run, false: never again. */
static bool await_work(struct parallel_cpu *t)
{
    struct virt *virt = t->virt;
    struct parallel *p = virt->parallel;
    uint64_t nap = EVENT_NAP;
    pthread_mutex_lock(&p->lock);
    if (t->wait != CPU_RUNS)
        virt->run.wait[t->index] = (uint8_t)t->wait;
    t->wait = CPU_RUNS;
    if (!--p->running)
        pthread_cond_signal(&p->parked);
    while (!p->ending && is_kept(t, &nap))
        ;
    p->running++;
    t->awake = !p->ending;
    pthread_mutex_unlock(&p->lock);
    return t->awake;
}

/* A lock is often free again within microseconds. */
static bool event_comes_soon(struct cpu *cpu)
{
    for (unsigned i = 0; i < EVENT_SPINS; i++) {
        if (cpu_has_event(cpu) || cpu_has_work(cpu))
            return true;
        sched_yield();
    }
    return false;
}

static void stop_here(struct parallel_cpu *t)
{
    parallel_lock(t->virt);
    run_stop(t->virt);
    parallel_unlock(t->virt);
    t->awake = false;
}

static void note_exit(struct parallel_cpu *t, enum cpu_exit why)
{
    if (why == CPU_EXIT_WFI)
        t->wait = CPU_WAITS_FOR_INTERRUPT;
    else if (why == CPU_EXIT_WFE && !event_comes_soon(t->virt->cpu[t->index]))
        t->wait = CPU_WAITS_FOR_EVENT;
    else if (why == CPU_EXIT_YIELD)
        sched_yield();
    else if (why == CPU_EXIT_BREAKPOINT || why == CPU_EXIT_WATCHPOINT)
        stop_here(t);
    if (t->wait != CPU_RUNS)
        t->awake = false;
}

static void take_turn(struct parallel_cpu *t)
{
    struct virt *virt = t->virt;
    struct cpu *cpu = virt->cpu[t->index];
    uint64_t until = cpu_count(cpu) + PARALLEL_TURN;
    note_exit(t, virt->debug ? debug_turn(virt->debug, t->index, until) : cpu_run(cpu, until));
}

static void *thread_main(void *arg)
{
    struct parallel_cpu *t = arg;
    while ((t->awake && !stopping(t->virt->parallel)) || await_work(t)) {
        update_timers(t);
        take_turn(t);
    }
    return NULL;
}

/* ---- the main thread ---- */

/* The debugger wants what only one thread can do: steps, or some processors to stand. */
static bool in_rounds(const struct virt *virt)
{
    if (!virt->debug)
        return false;
    for (unsigned i = 0; i < virt->cpus; i++)
        if (virt->debug->action[i] != GDB_CONTINUE)
            return true;
    return virt->debug->non_stop;
}

static bool must_stop(const struct virt *virt)
{
    return virt->run.stopped || virt->run.reset || virt->run.end != RUN_GOES_ON || in_rounds(virt);
}

/* The world stands; one turn of each processor that has work. */
static void run_round(struct virt *virt)
{
    uint64_t length = debug_steps(virt->debug) ? 1 : PARALLEL_TURN;
    for (unsigned i = 0; i < virt->cpus && !virt->run.stopped; i++) {
        struct parallel_cpu *t = &virt->parallel->cpu[i];
        if (t->starts)
            start(t);
        update_timers(t);
        if (!virt->psci.on[i] || debug_holds(virt->debug, i) || waits(t))
            continue;
        uint64_t until = cpu_count(virt->cpu[i]) + length;
        enum cpu_exit why = debug_turn(virt->debug, i, until);
        virt->run.wait[i] = why == CPU_EXIT_WFI   ? CPU_WAITS_FOR_INTERRUPT
                            : why == CPU_EXIT_WFE ? CPU_WAITS_FOR_EVENT
                                                  : CPU_RUNS;
        if (why == CPU_EXIT_BREAKPOINT || why == CPU_EXIT_WATCHPOINT)
            run_stop(virt);
    }
    debug_round_over(virt->debug);
}

/* How long the main thread may wait for the host, in ns. */
static uint64_t spare_time(struct virt *virt)
{
    uint64_t deadline = clock_deadline(&virt->clock), now = clock_now(&virt->clock);
    uint64_t net = event_loop_deadline(virt->host.loop);
    if (virt->run.stopped)
        return EVENT_FOREVER;
    if (in_rounds(virt))
        return 0;
    if (net < deadline)
        deadline = net;
    return deadline == UINT64_MAX ? EVENT_FOREVER : deadline > now ? deadline - now : 0;
}

static void serve_host(struct virt *virt)
{
    event_loop_prepare(virt->host.loop);
    uint64_t ns = spare_time(virt);
    parallel_unlock(virt);
    event_loop_sleep(virt->host.loop, ns);
    parallel_lock(virt);
    if (!virt->run.stopped)
        clock_run_timers(&virt->clock);
    event_loop_dispatch(virt->host.loop);
}

/* What was wished for is done with the world stopped; then it goes on, or not. */
static void act(struct virt *virt)
{
    if (must_stop(virt))
        stop_world(virt->parallel);
    run_act_on_wishes(virt);
    if (virt->run.stopped)
        stop_clock(virt);
    else
        start_clock(virt);
    if (!must_stop(virt))
        let_go(virt->parallel);
}

enum run_end parallel_run(struct virt *virt)
{
    parallel_lock(virt);
    while (virt->run.end == RUN_GOES_ON) {
        act(virt);
        if (virt->run.end != RUN_GOES_ON)
            break;
        if (virt->debug && virt->run.stopped) {
            debug_round_over(virt->debug);
            debug_report(virt->debug);
        } else if (in_rounds(virt)) {
            run_round(virt);
        }
        serve_host(virt);
    }
    stop_world(virt->parallel);
    parallel_unlock(virt);
    return virt->run.end;
}

/* ---- making it ---- */

static void kicked(void *ctx, short revents)
{
    struct parallel *p = ctx;
    eventfd_t count;
    eventfd_read(p->kick.fd, &count);
    p->kicked = false;
}

static void init_sync(struct parallel *p)
{
    pthread_mutexattr_t recursive;
    pthread_condattr_t monotonic;
    pthread_mutexattr_init(&recursive);
    pthread_mutexattr_settype(&recursive, PTHREAD_MUTEX_RECURSIVE);
    pthread_mutex_init(&p->lock, &recursive);
    pthread_mutexattr_destroy(&recursive);
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_cond_init(&p->parked, NULL);
    for (unsigned i = 0; i < CONFIG_CPUS_MAX; i++)
        pthread_cond_init(&p->cpu[i].wake, &monotonic);
    pthread_condattr_destroy(&monotonic);
}

/* Signals for the program are the main thread's. */
static bool create_threads(struct virt *virt, struct error *error)
{
    struct parallel *p = virt->parallel;
    sigset_t mine, old;
    int failed = 0;
    sigfillset(&mine);
    sigdelset(&mine, SIGSEGV);
    sigdelset(&mine, SIGBUS);
    sigdelset(&mine, SIGILL);
    sigdelset(&mine, SIGFPE);
    sigdelset(&mine, SIGABRT);
    pthread_sigmask(SIG_SETMASK, &mine, &old);
    while (!failed && p->threads < virt->cpus) {
        struct parallel_cpu *t = &p->cpu[p->threads];
        *t = (struct parallel_cpu){ .virt = virt, .index = p->threads, .wake = t->wake };
        failed = pthread_create(&t->thread, NULL, thread_main, t);
        p->threads += !failed;
        p->running += !failed;
    }
    pthread_sigmask(SIG_SETMASK, &old, NULL);
    return !failed || error_set(error, "no thread for a processor: %s", strerror(failed));
}

bool parallel_create(struct virt *virt, struct error *error)
{
    struct parallel *p = calloc(1, sizeof(*p));
    if (!p)
        return error_set(error, "out of memory for the processors' threads");
    int fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    p->main = pthread_self();
    p->stopping = p->stands = true;
    p->kick = (struct poll_source){ fd, POLLIN, kicked, p, NULL };
    init_sync(p);
    virt->parallel = p;
    virt->clock.ctx = virt;
    virt->clock.elapsed = elapsed;
    if (fd < 0)
        return error_set(error, "no event descriptor: %s", strerror(errno));
    poll_add(&virt->host.loop->polls, &p->kick);
    parallel_lock(virt);
    bool ok = create_threads(virt, error);
    parallel_unlock(virt);
    return ok;
}

void parallel_destroy(struct virt *virt)
{
    struct parallel *p = virt->parallel;
    if (!p)
        return;
    parallel_lock(virt);
    p->ending = true;
    __atomic_store_n(&p->stopping, true, __ATOMIC_RELAXED);
    wake_all(p);
    parallel_unlock(virt);
    for (unsigned i = 0; i < p->threads; i++)
        pthread_join(p->cpu[i].thread, NULL);
    poll_remove(&virt->host.loop->polls, &p->kick);
    if (p->kick.fd >= 0)
        close(p->kick.fd);
    for (unsigned i = 0; i < CONFIG_CPUS_MAX; i++)
        pthread_cond_destroy(&p->cpu[i].wake);
    pthread_cond_destroy(&p->parked);
    pthread_mutex_destroy(&p->lock);
    virt->clock.elapsed = NULL;
    virt->parallel = NULL;
    free(p);
}
