/* SPDX-License-Identifier: MIT */
/*
 * Entering and leaving the handlers: cpu_run, cpu_step and the life of a vCPU.
 */
#include "cpu/breakpoint.h"
#include "cpu/compile.h"
#include "cpu/coverage.h"
#include "cpu/debug.h"
#include "cpu/decode.h"
#include "cpu/exception.h"
#include "cpu/exec.h"
#include "cpu/mem.h"
#include "cpu/parallel.h"
#include "cpu/pmu.h"
#include "cpu/profile.h"
#include "cpu/watch.h"

#include <stdlib.h>
#include <string.h>

struct cpu *cpu_create(const struct cpu_port *port, struct code_cache *cache, unsigned index)
{
    struct cpu *cpu = aligned_alloc(64, (sizeof(*cpu) + 63) / 64 * 64);
    if (!cpu)
        return NULL;
    memset(cpu, 0, sizeof(*cpu));
    cpu->port = *port;
    if (!port->model)
        cpu->port.model = cpu_model_default();
    cpu->cache = cache;
    cpu->yields = true;
    cpu->index = index;
    cpu->step_page = code_page_create(exec_stepped);
    if (!cpu->step_page) {
        free(cpu);
        return NULL;
    }
    tlb_clear_data(&cpu->never);
    if (code_is_parallel(cache) && !(cpu->thread = cpu_thread_create())) {
        free(cpu->step_page);
        free(cpu);
        return NULL;
    }
    code_cache_add_cpu(cache, cpu);
    cpu_reset(cpu, 0);
    return cpu;
}

void cpu_destroy(struct cpu *cpu)
{
    if (!cpu)
        return;
    debug_release(cpu);
    code_cache_remove_cpu(cpu->cache, cpu);
    cpu_thread_destroy(cpu->thread);
    free(cpu->step_page);
    free(cpu);
}

/* Runs handlers until one of them leaves. */
static void execute(struct cpu *cpu, handler_fn *handler, struct record *r, struct record *limit)
{
#if EXEC_LOOP
    struct exec_loop *loop = exec_loop(cpu);
    *loop = (struct exec_loop){ handler, r, limit, cpu->flags.left, cpu->flags.right, cpu->flags.how };
    while (loop->handler) {
        struct exec_loop at = *loop;
        at.handler(cpu, at.r, at.limit, at.left, at.right, at.how);
    }
#else
    handler(cpu, r, limit, cpu->flags.left, cpu->flags.right, cpu->flags.how);
#endif
}

static bool at_breakpoint(struct cpu *cpu)
{
    if (!code_has_breakpoint_offset(cpu->cache, (unsigned)(cpu->pc & ~PAGE_MASK)))
        return false;
    const struct code_page *page = mem_fetch_page(cpu);
    return code_has_breakpoint(cpu->cache, cpu->pc,
                               page ? page->pa | (cpu->pc & ~PAGE_MASK) : UINT64_MAX);
}

/* What cpu_run and cpu_step do first. */
static bool request_taken(struct cpu *cpu)
{
    bool requested = cpu->exit_requested;
    cpu->exit_requested = false;
    return requested;
}

static void trace_instruction(struct cpu *cpu, uint32_t word)
{
    char text[160];
    a64_text(word, text, sizeof(text));
    cpu->trace->instruction(cpu->trace->ctx, cpu->index, cpu->pc, word, text);
}

/* Executes the one instruction at cpu->pc, found in `page`, on the step page. */
static void step_on(struct cpu *cpu, const struct code_page *page)
{
    unsigned index = cpu->pc >> 2 & (PAGE_RECORDS - 1);
    struct record *r = &cpu->step_page->record[index];
    struct decode d = { .out = r, .index = index, .words = page->host, .parallel = cpu->thread };
    d.word = __atomic_load_n((const uint32_t *)(page->host + 4 * index), __ATOMIC_RELAXED);
    if (cpu->trace)
        trace_instruction(cpu, d.word);
    const unsigned row = a64_decode(&d);
    if (cpu->coverage)
        coverage_note(cpu->coverage, row, r->handler);
    const bool steps = debug_begin_step(cpu, d.word);
    if (cpu->profile)
        profile_note(cpu->profile, cpu->pc, page->pa, row, r);
    cpu->bias = cpu->pc - ((uintptr_t)r >> 2);
    execute(cpu, r->handler, r, r + 1);
    r->handler = exec_stepped;
    if (steps)
        cpu->ss = 0;
}

/* Instead of the instruction at cpu->pc; otherwise *page holds it. */
static bool exception_taken_first(struct cpu *cpu, const struct code_page **page)
{
    if (debug_take_step(cpu))
        return true;
    if (cpu->ctlb->entry[cpu->pc >> PAGE_BITS & (CTLB_SIZE - 1)].tag != (cpu->pc & PAGE_MASK))
        profile_event(cpu, PROFILE_CODE_MISS);
    *page = mem_fetch_page(cpu);
    return exception_before(cpu, *page);
}

/* The entry to an exception is what this step was. It counts, as in run(). */
static enum cpu_exit stepped_into_exception(struct cpu *cpu)
{
    cpu->count++;
    if (unlikely(cpu->count >= cpu->pmu_deadline))
        pmu_refresh(cpu);
    return CPU_EXIT_STEPPED;
}

static enum cpu_exit step(struct cpu *cpu, bool *check_point)
{
    *check_point = false;
    if (request_taken(cpu))
        return CPU_EXIT_REQUESTED;
    if (cpu->thread)
        cpu_update_interrupt(cpu);
    cpu->limit_count = cpu->count + 1;
    if (cpu_is_interrupted(cpu) && exception_interrupt(cpu))
        return stepped_into_exception(cpu);
    const struct code_page *page;
    if (exception_taken_first(cpu, &page)) {
        *check_point = true;
        return stepped_into_exception(cpu);
    }
    step_on(cpu, page);
    if (watch_taken(cpu))
        return CPU_EXIT_WATCHPOINT;
    *check_point = cpu->exit == CPU_EXIT_BUDGET || !(cpu->pc & ~PAGE_MASK);
    if (unlikely(*check_point && cpu->count >= cpu->pmu_deadline))
        pmu_refresh(cpu);
    return cpu->exit == CPU_EXIT_BUDGET ? CPU_EXIT_STEPPED : cpu->exit;
}

/* parallel_wait_to_decode: somebody else's stores keep the record from being decoded. */
static enum cpu_exit step_without_record(struct cpu *cpu)
{
    bool check_point;
    cpu->thread->step_next = false;
    return step(cpu, &check_point);
}

/* Is every instruction to be executed for itself? */
static bool single_steps(const struct cpu *cpu)
{
    return cpu->trace || cpu->profile || cpu->coverage || debug_single_steps(cpu);
}

/* CPU_EXIT_STEPPED: the run goes on. */
static enum cpu_exit run_step(struct cpu *cpu, uint64_t until)
{
    bool check_point;
    if (at_breakpoint(cpu))
        return CPU_EXIT_BREAKPOINT;
    enum cpu_exit exit = step(cpu, &check_point);
    return exit == CPU_EXIT_STEPPED && check_point && cpu->count >= until ? CPU_EXIT_BUDGET : exit;
}

/* `interrupt` may be set for other reasons, which are dealt with now. */
static void take_interrupt(struct cpu *cpu)
{
    if (!cpu_is_interrupted(cpu))
        return;
    if (exception_interrupt(cpu))
        cpu->count++;
    else
        cpu_update_interrupt(cpu);
}

/* Where the handlers are to look up at the latest. Also where nothing can be compiled: that must not depend on the
 * host. */
static uint64_t limit_of(const struct cpu *cpu, uint64_t until)
{
    const uint64_t limit = until < cpu->pmu_deadline ? until : cpu->pmu_deadline;
    return limit - cpu->count > COMPILE_SAMPLE ? cpu->count + COMPILE_SAMPLE : limit;
}

static enum cpu_exit run(struct cpu *cpu, uint64_t until)
{
    for (;;) {
        if (unlikely(single_steps(cpu))) {
            enum cpu_exit exit = run_step(cpu, until);
            if (exit != CPU_EXIT_STEPPED)
                return exit;
            continue;
        }
        if (request_taken(cpu))
            return CPU_EXIT_REQUESTED;
        if (cpu->thread)
            cpu_update_interrupt(cpu);
        take_interrupt(cpu);
        if (cpu->count >= until)
            return CPU_EXIT_BUDGET;
        if (unlikely(cpu->thread && cpu->thread->step_next)) {
            enum cpu_exit exit = step_without_record(cpu);
            if (exit != CPU_EXIT_STEPPED)
                return exit;
            continue;
        }
        if (unlikely(cpu->count >= cpu->pmu_deadline)) {
            pmu_refresh(cpu);
            continue;
        }
        cpu->limit_count = limit_of(cpu, until);
        execute(cpu, exec_resume, NULL, NULL);
        if (watch_taken(cpu))
            return CPU_EXIT_WATCHPOINT;
        if (cpu->exit != CPU_EXIT_BUDGET)
            return cpu->exit;
        if (cpu->count >= cpu->limit_count)
            code_sample(cpu);
    }
}

enum cpu_exit cpu_run(struct cpu *cpu, uint64_t until)
{
    parallel_enter(cpu);
    enum cpu_exit exit = run(cpu, until);
    parallel_leave(cpu);
    return exit;
}

enum cpu_exit cpu_step(struct cpu *cpu, bool *check_point)
{
    parallel_enter(cpu);
    enum cpu_exit exit = step(cpu, check_point);
    parallel_leave(cpu);
    return exit;
}

void cpu_set_yields(struct cpu *cpu, bool yields)
{
    cpu->yields = yields;
}

void cpu_request_exit(struct cpu *cpu)
{
    cpu->exit_requested = true;
}

void cpu_set_trace(struct cpu *cpu, const struct cpu_trace *trace)
{
    cpu->trace = trace;
}
