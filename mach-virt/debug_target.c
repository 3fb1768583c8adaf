/* SPDX-License-Identifier: MIT */
#include "mach-virt/debug_target.h"

#include <stdio.h>
#include <string.h>

#include "mach-virt/debug.h"
#include "mach-virt/debug_registers.h"
#include "mach-virt/monitor.h"
#include "mach-virt/virt.h"

#define PAGE_SIZE 4096

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

/* ---- memory: RAM only, so that no device notices ---- */

/* Host address of the byte and how many follow it in its page; NULL: not mapped, or a device. */
static uint8_t *map(struct debug *debug, unsigned thread, uint64_t va, size_t *size, uint64_t *pa)
{
    size_t room = PAGE_SIZE - va % PAGE_SIZE;
    *size = *size < room ? *size : room;
    return cpu_debug_translate(debug->virt->cpu[thread], va, pa)
               ? ram_map(&debug->virt->ram, *pa, *size)
               : NULL;
}

static size_t read_memory(void *ctx, unsigned thread, uint64_t address, uint8_t *data, size_t size)
{
    size_t done = 0;
    while (done < size) {
        uint64_t pa;
        size_t part = size - done;
        const uint8_t *host = map(ctx, thread, address + done, &part, &pa);
        if (!host)
            break;
        memcpy(data + done, host, part);
        done += part;
    }
    return done;
}

static bool is_memory(struct debug *debug, unsigned thread, uint64_t address, size_t size)
{
    while (size) {
        uint64_t pa;
        size_t part = size;
        if (!map(debug, thread, address, &part, &pa))
            return false;
        address += part;
        size -= part;
    }
    return true;
}

static bool write_memory(void *ctx, unsigned thread, uint64_t address, const uint8_t *data,
                         size_t size)
{
    struct debug *debug = ctx;
    if (!is_memory(debug, thread, address, size))
        return false;
    while (size) {
        uint64_t pa;
        size_t part = size;
        uint8_t *host = map(debug, thread, address, &part, &pa);
        code_cache_invalidate(debug->virt->code, pa, part);
        memcpy(host, data, part);
        address += part;
        data += part;
        size -= part;
    }
    return true;
}

/* ---- breakpoints: none is written into memory, so software and hardware ones are alike ---- */

static enum gdb_result insert(void *ctx, enum gdb_breakpoint_type type, uint64_t address,
                              uint64_t kind)
{
    struct debug *debug = ctx;
    if (type > GDB_BREAK_HARDWARE)
        return GDB_UNSUPPORTED;
    bool ok = address % 4 == 0 && code_cache_add_breakpoint(debug->virt->code, address);
    return ok ? GDB_OK : GDB_FAILED;
}

static enum gdb_result remove_breakpoint(void *ctx, enum gdb_breakpoint_type type, uint64_t address,
                                         uint64_t kind)
{
    struct debug *debug = ctx;
    if (type > GDB_BREAK_HARDWARE)
        return GDB_UNSUPPORTED;
    return code_cache_remove_breakpoint(debug->virt->code, address) ? GDB_OK : GDB_FAILED;
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

/* A processor that is switched off cannot step: the client hears at once that it stands. */
static void resume(void *ctx, const enum gdb_action *action)
{
    struct debug *debug = ctx;
    struct virt *virt = debug->virt;
    debug->stop = from_outside;
    run_continue(virt);
    for (unsigned i = 0; i < virt->cpus; i++) {
        debug->action[i] = (uint8_t)action[i];
        if (action[i] != GDB_STEP)
            continue;
        virt->run.wait[i] = CPU_RUNS;
        if (virt->psci.on[i])
            continue;
        debug->stop = (struct gdb_stop){ .signal = GDB_SIGNAL_TRAP, .thread = (int)i };
        run_stop(virt);
    }
}

static void interrupt(void *ctx)
{
    struct debug *debug = ctx;
    debug->stop = from_outside;
    run_stop(debug->virt);
}

static void restart(void *ctx)
{
    struct debug *debug = ctx;
    memset(debug->at, 0, sizeof(debug->at));
    run_stop(debug->virt);
    virt_reset(debug->virt);
}

static void kill_machine(void *ctx)
{
    struct debug *debug = ctx;
    run_end(debug->virt, RUN_QUIT);
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

static void run_monitor(void *ctx, const char *line, void (*say)(void *to, const char *text),
                        void *to)
{
    struct debug *debug = ctx;
    struct listener listener = { say, to };
    struct chardev port = { .write = monitor_wrote, .backend = &listener };
    struct monitor monitor;
    monitor_init(&monitor, debug->virt, &port);
    monitor_execute(&monitor, line);
}

const struct gdb_target_ops debug_target_ops = {
    .architecture = "aarch64",
    .threads = threads,
    .describe_thread = describe_thread,
    .read_register = read_register,
    .write_register = write_register,
    .set_pc = set_pc,
    .read_memory = read_memory,
    .write_memory = write_memory,
    .insert = insert,
    .remove = remove_breakpoint,
    .resume = resume,
    .interrupt = interrupt,
    .restart = restart,
    .kill = kill_machine,
    .monitor = run_monitor,
};
