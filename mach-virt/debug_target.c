/* SPDX-License-Identifier: MIT */
#include "mach-virt/debug_target.h"

#include <stdio.h>
#include <string.h>

#include "mach-virt/debug.h"
#include "mach-virt/debug_memory.h"
#include "mach-virt/debug_registers.h"
#include "mach-virt/monitor.h"
#include "mach-virt/virt.h"

/* ---- registers ---- */

static struct cpu *cpu_of(void *ctx, unsigned thread)
{
    struct debug *debug = ctx;
    return debug->virt->cpu[thread];
}

static bool read_register(void *ctx, unsigned thread, unsigned number, uint8_t *bytes)
{
    const struct debug *debug = ctx;
    return debug_read_register(&debug->registers, cpu_of(ctx, thread), number, bytes);
}

/* A processor that waits for an interrupt runs from there. */
static void set_pc(void *ctx, unsigned thread, uint64_t pc)
{
    struct debug *debug = ctx;
    cpu_set_pc(cpu_of(ctx, thread), pc);
    debug->virt->run.wait[thread] = CPU_RUNS;
}

static bool write_register(void *ctx, unsigned thread, unsigned number, const uint8_t *bytes)
{
    const struct debug *debug = ctx;
    uint64_t pc;
    if (number != DEBUG_REG_PC)
        return debug_write_register(&debug->registers, cpu_of(ctx, thread), number, bytes);
    memcpy(&pc, bytes, sizeof(pc));
    set_pc(ctx, thread, pc);
    return true;
}

/* ---- memory ---- */

static size_t read_memory(void *ctx, unsigned thread, uint64_t address, uint8_t *data, size_t size)
{
    return debug_read_memory(ctx, DEBUG_VIRTUAL, thread, address, data, size);
}

static bool write_memory(void *ctx, unsigned thread, uint64_t address, const uint8_t *data,
                         size_t size)
{
    return debug_write_memory(ctx, DEBUG_VIRTUAL, thread, address, data, size);
}

static size_t read_physical(void *ctx, unsigned thread, uint64_t address, uint8_t *data,
                            size_t size)
{
    return debug_read_memory(ctx, DEBUG_PHYSICAL, thread, address, data, size);
}

static bool write_physical(void *ctx, unsigned thread, uint64_t address, const uint8_t *data,
                           size_t size)
{
    return debug_write_memory(ctx, DEBUG_PHYSICAL, thread, address, data, size);
}

/* ---- breakpoints: none is written into memory, so software and hardware ones are alike ---- */

static unsigned watched_kinds(enum gdb_breakpoint_type type)
{
    static const unsigned kinds[] = { [GDB_WATCH_WRITE] = CPU_WATCH_WRITE,
                                      [GDB_WATCH_READ] = CPU_WATCH_READ,
                                      [GDB_WATCH_ACCESS] = CPU_WATCH_READ | CPU_WATCH_WRITE };
    return kinds[type];
}

static enum gdb_result insert(void *ctx, enum gdb_breakpoint_type type, uint64_t address,
                              uint64_t kind)
{
    struct debug *debug = ctx;
    struct code_cache *code = debug->virt->code;
    bool ok = type <= GDB_BREAK_HARDWARE
                  ? debug_add_breakpoint(debug, address)
                  : code_cache_add_watchpoint(code, address, kind, watched_kinds(type));
    return ok ? GDB_OK : GDB_FAILED;
}

static enum gdb_result remove_breakpoint(void *ctx, enum gdb_breakpoint_type type, uint64_t address,
                                         uint64_t kind)
{
    struct debug *debug = ctx;
    struct code_cache *code = debug->virt->code;
    bool ok = type <= GDB_BREAK_HARDWARE
                  ? debug_remove_breakpoint(debug, address)
                  : code_cache_remove_watchpoint(code, address, kind, watched_kinds(type));
    return ok ? GDB_OK : GDB_FAILED;
}

/* ---- threads and running ---- */

static unsigned threads(void *ctx)
{
    struct debug *debug = ctx;
    return debug->virt->cpus;
}

static void describe_thread(void *ctx, unsigned thread, char *text, size_t size)
{
    struct debug *debug = ctx;
    const char *state = !debug->virt->psci.on[thread]               ? "off"
                        : debug->virt->run.wait[thread] == CPU_RUNS ? "running"
                                                                    : "halted";
    snprintf(text, size, "CPU#%u [%s]", thread, state);
}

/* What the client is told when the machine stops for a reason of its own. */
static const struct gdb_stop from_outside = { .reason = GDB_STOP_SIGNAL,
                                              .signal = GDB_SIGNAL_INT,
                                              .thread = GDB_THREAD_ANY };

static void resume_one(struct debug *debug, unsigned cpu, const struct gdb_resume *wanted)
{
    if (wanted->action == GDB_KEEP)
        return;
    debug->action[cpu] = (uint8_t)wanted->action;
    debug->range[cpu].start = wanted->start;
    debug->range[cpu].end = wanted->end;
    if (wanted->action == GDB_STEP)
        debug->virt->run.wait[cpu] = CPU_RUNS;
}

/* A processor that is switched off cannot step: the client hears at once that it stands. */
static void refuse_step(struct debug *debug, unsigned cpu)
{
    debug->stop = debug->event[cpu] =
        (struct gdb_stop){ .signal = GDB_SIGNAL_TRAP, .thread = (int)cpu };
    debug->action[cpu] = GDB_STAY;
    debug->happened[cpu] = debug->anything = true;
    debug_round_over(debug);
}

static void resume(void *ctx, const struct gdb_resume *wanted)
{
    struct debug *debug = ctx;
    struct virt *virt = debug->virt;
    debug->stop = from_outside;
    run_continue(virt);
    for (unsigned i = 0; i < virt->cpus; i++) {
        resume_one(debug, i, &wanted[i]);
        if (debug->action[i] == GDB_STEP && !virt->psci.on[i])
            refuse_step(debug, i);
    }
    if (debug_holds_all(debug))
        run_stop(virt);
}

/* A catchpoint would stop the machine with nobody there to make it go on. */
static void let_go(void *ctx)
{
    struct debug *debug = ctx;
    debug_set_catch(debug, 0);
    debug->mmio = debug->step_interrupts = false;
    debug->step_exceptions = true;
}

static void interrupt(void *ctx)
{
    struct debug *debug = ctx;
    debug->stop = from_outside;
    run_stop(debug->virt);
}

/* Begins with all processors held; ends with none held, in a machine that stands. */
static void set_non_stop(void *ctx, bool on)
{
    struct debug *debug = ctx;
    debug->non_stop = on;
    debug->anything = false;
    memset(debug->happened, 0, sizeof(debug->happened));
    memset(debug->action, on ? GDB_STAY : GDB_CONTINUE, sizeof(debug->action));
}

static void restart(void *ctx)
{
    struct debug *debug = ctx;
    memset(debug->at, 0, sizeof(debug->at));
    set_non_stop(debug, debug->non_stop);
    run_stop(debug->virt);
    virt_reset(debug->virt);
}

static void kill_machine(void *ctx)
{
    struct debug *debug = ctx;
    run_end(debug->virt, RUN_QUIT);
}

/* The kernel, if it is what gdb reads symbols from. */
static const char *exec_file(void *ctx)
{
    const struct debug *debug = ctx;
    return *debug->exec_file ? debug->exec_file : NULL;
}

/* What gdb's symbols are off by. */
static bool offsets(void *ctx, uint64_t *slide)
{
    const struct debug *debug = ctx;
    const struct guest_kernel *kernel = &debug->virt->guest_kernel;
    uint64_t va;
    if (!kernel->va || !guest_kernel_find(debug->virt, &va))
        return false;
    *slide = va - kernel->va;
    return true;
}

/* ---- the monitor ---- */

struct listener {
    void (*say)(void *to, const char *text);
    void *to;
};

/* A terminal's lines end with \r\n, gdb's with \n. */
static void monitor_wrote(void *backend, const uint8_t *data, size_t size)
{
    const struct listener *listener = backend;
    char text[128];
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        if (data[i] != '\r')
            text[length++] = (char)data[i];
        if (length == sizeof(text) - 1 || i == size - 1) {
            text[length] = 0;
            listener->say(listener->to, text);
            length = 0;
        }
    }
}

static void run_monitor(void *ctx, unsigned thread, const char *line,
                        void (*say)(void *to, const char *text), void *to)
{
    struct debug *debug = ctx;
    struct listener listener = { say, to };
    struct chardev port = { .write = monitor_wrote, .backend = &listener };
    struct monitor monitor;
    monitor_init(&monitor, debug->virt, &port);
    monitor.cpu = thread;
    monitor_execute(&monitor, line);
}

const struct gdb_target_ops debug_target_ops = {
    .architecture = "aarch64",
    .gdb_steps_over_access = true,
    .threads = threads,
    .describe_thread = describe_thread,
    .read_register = read_register,
    .write_register = write_register,
    .set_pc = set_pc,
    .read_memory = read_memory,
    .write_memory = write_memory,
    .read_physical = read_physical,
    .write_physical = write_physical,
    .insert = insert,
    .remove = remove_breakpoint,
    .resume = resume,
    .set_non_stop = set_non_stop,
    .let_go = let_go,
    .interrupt = interrupt,
    .restart = restart,
    .kill = kill_machine,
    .offsets = offsets,
    .exec_file = exec_file,
    .monitor = run_monitor,
};
