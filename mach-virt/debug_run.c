/* SPDX-License-Identifier: MIT */
/* The debugger's part in the run loop. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "cpu/catch.h"
#include "mach-virt/debug.h"
#include "mach-virt/run_parallel.h"
#include "mach-virt/virt.h"

/* ---- what there is to tell ---- */

void debug_say(struct debug *debug, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    if (!debug->server || !gdb_server_say(debug->server, text))
        log_line(debug->virt->log, "%s", text);
}

static void note_stop(struct debug *debug, const struct gdb_stop *stop)
{
    parallel_lock(debug->virt);
    debug->stop = debug->event[stop->thread] = *stop;
    debug->happened[stop->thread] = debug->anything = true;
    parallel_unlock(debug->virt);
}

/* A watchpoint, a breakpoint or a step that is over. */
static void note_exit(struct debug *debug, unsigned cpu, enum cpu_exit why)
{
    const struct cpu *core = debug->virt->cpu[cpu];
    struct cpu_watch_hit hit;
    struct gdb_stop stop = { .signal = GDB_SIGNAL_TRAP,
                             .thread = (int)cpu,
                             .address = cpu_get_pc(core) };
    if (why == CPU_EXIT_WATCHPOINT) {
        cpu_get_watch_hit(core, &hit);
        stop.reason = GDB_STOP_WATCHPOINT;
        stop.address = hit.address;
        stop.watch = hit.kind == CPU_WATCH_READ ? GDB_WATCH_READ : GDB_WATCH_WRITE;
    } else if (why == CPU_EXIT_BREAKPOINT) {
        stop.reason = GDB_STOP_BREAKPOINT;
    }
    note_stop(debug, &stop);
}

/* A step through a range ends where it is left, and at a breakpoint in it. */
static void note_step(struct debug *debug, unsigned cpu, enum cpu_exit why)
{
    uint64_t pc = cpu_get_pc(debug->virt->cpu[cpu]);
    bool inside = pc >= debug->range[cpu].start && pc < debug->range[cpu].end;
    if (why == CPU_EXIT_WATCHPOINT)
        note_exit(debug, cpu, why);
    else if (!inside)
        note_exit(debug, cpu, CPU_EXIT_STEPPED);
    else if (gdb_server_has_breakpoint(debug->server, pc))
        note_exit(debug, cpu, CPU_EXIT_BREAKPOINT);
}

/* "name+0x10", or the address alone. */
static const char *place(const struct debug *debug, unsigned cpu, uint64_t address, char text[160])
{
    uint64_t offset;
    struct virt *virt = debug->virt;
    guest_kernel_default_symbols(&virt->guest_kernel, virt->config->kernel);
    const char *name = guest_kernel_name(virt, cpu, address, &offset);
    if (name)
        snprintf(text, 160, "0x%" PRIx64 " <%s+%#" PRIx64 ">", address, name, offset);
    else
        snprintf(text, 160, "0x%" PRIx64, address);
    return text;
}

/* gdb knows no breakpoint at this address, so it has to be told in words; how to get names there,
 * once for each place. */
static void tell_alias(struct debug *debug, unsigned cpu, uint64_t va)
{
    const char *file = debug->virt->guest_kernel.path;
    const uint64_t pc = cpu_get_pc(debug->virt->cpu[cpu]);
    char text[160];
    debug_say(debug, "CPU#%u reached the breakpoint 0x%" PRIx64 " at %s, %s", cpu, va,
              place(debug, cpu, pc, text),
              pc < va ? "its physical address" : "where KASLR has moved it");
    if (debug->hinted == pc - va)
        return;
    debug->hinted = pc - va;
    debug_say(debug, "gdb has names there after: add-symbol-file %s -o 0x%" PRIx64,
              file ? file : "vmlinux", pc - va);
}

static void tell_caught(struct debug *debug, unsigned cpu, unsigned caught)
{
    static const char *const kinds[] = { "svc",   "irq",   "dabort",   "iabort",
                                         "undef", "other", "from EL0", "from EL1" };
    const struct cpu *core = debug->virt->cpu[cpu];
    char what[80] = "", text[160];
    uint64_t elr = 0;
    for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
        if (caught >> i & 1)
            snprintf(what + strlen(what), sizeof(what) - strlen(what), " %s", kinds[i]);
    cpu_get_sysreg(core, "ELR_EL1", &elr);
    debug_say(debug, "CPU#%u caught:%s; it returns to %s (why explains it)", cpu, what,
              place(debug, cpu, elr, text));
}

/* What the stop packet has no words for. */
static void tell_reason(struct debug *debug, unsigned cpu)
{
    if (debug->alias[cpu])
        tell_alias(debug, cpu, debug->alias[cpu]);
    if (debug->caught[cpu])
        tell_caught(debug, cpu, debug->caught[cpu]);
    debug->alias[cpu] = debug->caught[cpu] = 0;
}

/* ---- a step ---- */

/* One instruction, whatever it is, and no interrupt before it. */
static enum cpu_exit step(struct debug *debug, unsigned cpu)
{
    struct cpu *core = debug->virt->cpu[cpu];
    bool check_point;
    cpu_hold_interrupts(core, !debug->step_interrupts);
    /* A wish from an earlier turn's last instruction may still be there, once. */
    enum cpu_exit why = cpu_step(core, &check_point);
    if (why == CPU_EXIT_REQUESTED)
        why = cpu_step(core, &check_point);
    cpu_hold_interrupts(core, false);
    return why;
}

/* Where the processor is, for recognising the place when it comes back. */
static struct debug_context context_of(const struct cpu *core)
{
    struct debug_context c = { .el = cpu_get_el(core),
                               .pc = cpu_get_pc(core),
                               .sp = cpu_get_x(core, 31) };
    uint64_t ttbr0 = 0;
    if (!c.el)
        cpu_get_sysreg(core, "TTBR0_EL1", &ttbr0);
    c.user = ttbr0 & UINT64_C(0x0000fffffffffffe); /* without the ASID, which may change */
    return c;
}

static bool is_back(const struct debug_context *from, const struct debug_context *now)
{
    return from->el == now->el && from->sp == now->sp && from->user == now->user;
}

/* A step whose exception has not returned yet is none any more. */
static void forget_context(struct debug *debug, unsigned cpu)
{
    debug->away[cpu] = false;
    cpu_set_catch(debug->virt->cpu[cpu], debug->catch);
}

static enum cpu_exit note_caught(struct debug *debug, unsigned cpu, unsigned caught)
{
    debug->caught[cpu] = caught;
    note_exit(debug, cpu, CPU_EXIT_STEPPED);
    return debug->non_stop ? CPU_EXIT_REQUESTED : CPU_EXIT_BREAKPOINT;
}

static enum cpu_exit step_turn(struct debug *debug, unsigned cpu)
{
    struct cpu *core = debug->virt->cpu[cpu];
    debug->at[cpu].known = false;
    debug->from[cpu] = context_of(core);
    cpu_set_catch(core, debug->catch | (debug->step_exceptions ? 0 : CPU_CATCH_ENTRIES));
    enum cpu_exit why = step(debug, cpu);
    unsigned caught = cpu_take_caught(core);
    cpu_set_catch(core, debug->catch);
    if (caught & debug->catch)
        return note_caught(debug, cpu, caught);
    if (caught) {
        debug->away[cpu] = true;
        cpu_set_catch(core, debug->catch | CPU_CATCH_RETURN);
    } else {
        note_step(debug, cpu, why);
    }
    return CPU_EXIT_STEPPED;
}

/* An exception has returned, perhaps the one that the step ran into. Where the same instruction is
 * next, it is executed again. */
static void note_return(struct debug *debug, unsigned cpu)
{
    struct debug_context now = context_of(debug->virt->cpu[cpu]);
    if (!is_back(&debug->from[cpu], &now))
        return;
    forget_context(debug, cpu);
    if (now.pc != debug->from[cpu].pc)
        note_step(debug, cpu, CPU_EXIT_STEPPED);
}

/* ---- a turn ---- */

static bool leaves_known_place(struct debug *debug, unsigned cpu)
{
    bool known = debug->at[cpu].known;
    debug->at[cpu].known = false;
    return known && debug->at[cpu].pc == cpu_get_pc(debug->virt->cpu[cpu]);
}

/* Until there is something to tell; past a breakpoint that it comes from, and past those whose
 * memory is no longer the kernel's. */
static enum cpu_exit run(struct debug *debug, unsigned cpu, uint64_t until)
{
    enum cpu_exit why;
    bool passes = leaves_known_place(debug, cpu);
    do {
        if (passes && step(debug, cpu) == CPU_EXIT_WATCHPOINT)
            return CPU_EXIT_WATCHPOINT;
        why = cpu_run(debug->virt->cpu[cpu], until);
        passes = why == CPU_EXIT_BREAKPOINT && !debug_breakpoint_hit(debug, cpu);
    } while (passes);
    return why;
}

static enum cpu_exit note_breakpoint(struct debug *debug, unsigned cpu, enum cpu_exit why)
{
    const struct debug_breakpoint *b =
        why == CPU_EXIT_BREAKPOINT ? debug_breakpoint_hit(debug, cpu) : NULL;
    bool alias = b && b->va != cpu_get_pc(debug->virt->cpu[cpu]);
    debug->alias[cpu] = alias ? b->va : 0;
    note_exit(debug, cpu, alias ? CPU_EXIT_STEPPED : why);
    return debug->non_stop ? CPU_EXIT_REQUESTED : why;
}

enum cpu_exit debug_turn(struct debug *debug, unsigned cpu, uint64_t until)
{
    if (debug->action[cpu] == GDB_STEP && !debug->away[cpu])
        return step_turn(debug, cpu);
    enum cpu_exit why = run(debug, cpu, until);
    unsigned caught = cpu_take_caught(debug->virt->cpu[cpu]);
    if (why == CPU_EXIT_BREAKPOINT || why == CPU_EXIT_WATCHPOINT)
        return note_breakpoint(debug, cpu, why);
    if (caught & debug->catch)
        return note_caught(debug, cpu, caught);
    if (caught & CPU_CATCH_RETURN && debug->away[cpu])
        note_return(debug, cpu);
    return why;
}

/* ---- between turns ---- */

bool debug_steps(const struct debug *debug)
{
    for (unsigned i = 0; debug && i < CONFIG_CPUS_MAX; i++)
        if (debug->action[i] == GDB_STEP && !debug->away[i])
            return true;
    return false;
}

bool debug_holds_all(const struct debug *debug)
{
    for (unsigned i = 0; i < debug->virt->cpus; i++)
        if (debug->action[i] != GDB_STAY)
            return false;
    return true;
}

static void remember_place(struct debug *debug, unsigned cpu)
{
    forget_context(debug, cpu);
    debug->at[cpu].known = true;
    debug->at[cpu].pc = cpu_get_pc(debug->virt->cpu[cpu]);
}

/* Non-stop mode: the processors that something happened to stand from now on. */
static void tell_each(struct debug *debug)
{
    for (unsigned i = 0; i < debug->virt->cpus; i++) {
        if (!debug->happened[i])
            continue;
        debug->happened[i] = false;
        debug->action[i] = GDB_STAY;
        remember_place(debug, i);
        tell_reason(debug, i);
        gdb_server_stopped(debug->server, &debug->event[i]);
    }
    debug->anything = false;
}

void debug_round_over(struct debug *debug)
{
    if (!debug->anything)
        return;
    if (debug->non_stop)
        tell_each(debug);
    if (!debug->non_stop || debug_holds_all(debug))
        run_stop(debug->virt);
}

/* All-stop mode. Whoever makes the machine run on makes all of it run. */
static void tell_of_all(struct debug *debug)
{
    memset(debug->action, GDB_CONTINUE, sizeof(debug->action));
    for (unsigned i = 0; i < debug->virt->cpus; i++) {
        if (debug->happened[i])
            tell_reason(debug, i);
        debug->happened[i] = false;
        forget_context(debug, i);
    }
    debug->anything = false;
    if (!debug->server || !gdb_server_waits(debug->server))
        return;
    if (debug->stop.thread >= 0)
        remember_place(debug, (unsigned)debug->stop.thread);
    gdb_server_stopped(debug->server, &debug->stop);
}

void debug_report(struct debug *debug)
{
    if (!debug->non_stop) {
        tell_of_all(debug);
        return;
    }
    tell_each(debug);
    memset(debug->action, GDB_STAY, sizeof(debug->action));
    gdb_server_stopped(debug->server, &debug->stop); /* those that still ran */
}

void debug_set_catch(struct debug *debug, unsigned what)
{
    debug->catch = what;
    for (unsigned i = 0; i < debug->virt->cpus; i++)
        cpu_set_catch(debug->virt->cpu[i], what | (debug->away[i] ? CPU_CATCH_RETURN : 0));
}
