/* SPDX-License-Identifier: MIT */
#include "cpu/parallel.h"

#include "cpu/mem.h"

#include <sched.h>
#include <stdlib.h>
#include <time.h>

struct cpu_thread *cpu_thread_create(void)
{
    struct cpu_thread *thread = calloc(1, sizeof(*thread));
    if (thread)
        pthread_mutex_init(&thread->lock, NULL);
    return thread;
}

void cpu_thread_destroy(struct cpu_thread *thread)
{
    if (thread)
        pthread_mutex_destroy(&thread->lock);
    free(thread);
}

/* -- requests -- */

void tlb_obey(struct cpu *cpu, const struct tlb_request *request)
{
    switch (request->what) {
    case TLB_DROP_ALL:
        tlb_flush_all(cpu);
        break;
    case TLB_DROP_PAGE:
        tlb_flush_page(cpu, request->address, false, request->asid);
        break;
    case TLB_DROP_PAGE_OF_EVERY_ASID:
        tlb_flush_page(cpu, request->address, true, 0);
        break;
    case TLB_DROP_ASID:
        tlb_flush_asid(cpu, request->asid);
        break;
    case TLB_REVOKE_WRITES:
        tlb_revoke_writes(cpu, request->address);
        break;
    }
}

static void post(struct cpu_thread *to, const struct tlb_request *request)
{
    pthread_mutex_lock(&to->lock);
    if (to->requests < TLB_REQUESTS)
        to->request[to->requests++] = *request;
    else
        to->request[0].what = TLB_DROP_ALL;
    __atomic_store_n(&to->requested, true, __ATOMIC_RELEASE);
    pthread_mutex_unlock(&to->lock);
}

void parallel_ask(struct cpu *cpu, const struct tlb_request *request)
{
    for (struct cpu *other = code_cache_cpus(cpu->cache); other; other = other->next_in_cache)
        if (other != cpu)
            post(other->thread, request);
    cpu->thread->unanswered = true;
}

static void answer(struct cpu *cpu)
{
    struct cpu_thread *thread = cpu->thread;
    pthread_mutex_lock(&thread->lock);
    __atomic_store_n(&thread->requested, false, __ATOMIC_RELAXED);
    for (unsigned i = 0; i < thread->requests; i++)
        tlb_obey(cpu, &thread->request[i]);
    thread->requests = 0;
    pthread_mutex_unlock(&thread->lock);
}

/* -- turns -- */

/* The turn is announced before the requests are looked at; parallel_wait looks the other way
 * around. */
void parallel_enter(struct cpu *cpu)
{
    struct cpu_thread *thread = cpu->thread;
    if (!thread)
        return;
    __atomic_store_n(&thread->turns, thread->turns + 1, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&thread->requested, __ATOMIC_ACQUIRE))
        answer(cpu);
    cpu_update_interrupt(cpu);
}

void parallel_leave(struct cpu *cpu)
{
    struct cpu_thread *thread = cpu->thread;
    if (thread)
        __atomic_store_n(&thread->turns, thread->turns + 1, __ATOMIC_RELEASE);
}

/* A turn lasts microseconds, unless the host has given the processor to somebody else. */
static void pause_for(unsigned tries)
{
    const struct timespec nap = { .tv_nsec = 20000 };
    if (tries < 200)
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
    else if (tries < 400)
        sched_yield();
    else
        nanosleep(&nap, NULL);
}

static void await_turn(const struct cpu_thread *thread)
{
    const uint64_t turns = __atomic_load_n(&thread->turns, __ATOMIC_ACQUIRE);
    if (turns & 1)
        for (unsigned tries = 0; __atomic_load_n(&thread->turns, __ATOMIC_ACQUIRE) == turns;
             tries++)
            pause_for(tries);
}

void parallel_wait(struct cpu *cpu)
{
    parallel_leave(cpu);
    const uint64_t number = code_grace_begins(cpu->cache);
    for (struct cpu *other = code_cache_cpus(cpu->cache); other; other = other->next_in_cache)
        if (other != cpu)
            await_turn(other->thread);
    code_grace_ends(cpu->cache, number);
    cpu->thread->unanswered = false;
    parallel_enter(cpu);
}

bool parallel_wait_to_decode(struct cpu *cpu)
{
    struct cpu_thread *thread = cpu->thread;
    if (thread->waited) {
        thread->waited = false;
        thread->step_next = true;
        return false;
    }
    parallel_wait(cpu);
    thread->waited = true;
    return true;
}
