/* SPDX-License-Identifier: MIT */
#include "mach-virt/debug_target.h"

#include <stdio.h>
#include <string.h>

#include "mach-virt/debug.h"
#include "mach-virt/monitor.h"
#include "mach-virt/virt.h"

#define PAGE_SIZE 4096

/* ---- the registers, as gdb's "AArch64 Features" name them ---- */

/* Arm ARM C5.2.18, "SPSR_EL1": the fields of PSTATE, where they stand there. */
static const struct gdb_type_field cpsr_fields[] = {
    { "SP", NULL, 0, 0 },   { "EL", NULL, 2, 3 },  { "nRW", NULL, 4, 4 }, { "F", NULL, 6, 6 },
    { "I", NULL, 7, 7 },    { "A", NULL, 8, 8 },   { "D", NULL, 9, 9 },   { "IL", NULL, 20, 20 },
    { "SS", NULL, 21, 21 }, { "V", NULL, 28, 28 }, { "C", NULL, 29, 29 }, { "Z", NULL, 30, 30 },
    { "N", NULL, 31, 31 },
};

static const struct gdb_type core_types[] = {
    { GDB_TYPE_FLAGS, "cpsr_flags", NULL, sizeof(cpsr_fields) / sizeof(*cpsr_fields), 4,
      cpsr_fields },
};

#define X(n)                                                                                       \
    {                                                                                              \
        "x" #n, "int", NULL, 64                                                                    \
    }
static const struct gdb_register core_registers[] = {
    X(0),
    X(1),
    X(2),
    X(3),
    X(4),
    X(5),
    X(6),
    X(7),
    X(8),
    X(9),
    X(10),
    X(11),
    X(12),
    X(13),
    X(14),
    X(15),
    X(16),
    X(17),
    X(18),
    X(19),
    X(20),
    X(21),
    X(22),
    X(23),
    X(24),
    X(25),
    X(26),
    X(27),
    X(28),
    X(29),
    X(30),
    { "sp", "data_ptr", NULL, 64 },
    { "pc", "code_ptr", NULL, 64 },
    { "cpsr", "cpsr_flags", NULL, 32 },
};
#undef X

/* A vector register is a union of its views: by lane size, then by what the lanes hold. */
#define VECTOR(id, element, count)                                                                 \
    {                                                                                              \
        GDB_TYPE_VECTOR, id, element, count, 0, NULL                                               \
    }
#define UNION(id, fields)                                                                          \
    {                                                                                              \
        GDB_TYPE_UNION, id, NULL, sizeof(fields) / sizeof(*fields), 0, fields                      \
    }

static const struct gdb_type_field view_d[] = { { "f", "v2d", 0, 0 },
                                                { "u", "v2u", 0, 0 },
                                                { "s", "v2i", 0, 0 } };
static const struct gdb_type_field view_s[] = { { "f", "v4f", 0, 0 },
                                                { "u", "v4u", 0, 0 },
                                                { "s", "v4i", 0, 0 } };
static const struct gdb_type_field view_h[] = { { "f", "v8f", 0, 0 },
                                                { "u", "v8u", 0, 0 },
                                                { "s", "v8i", 0, 0 } };
static const struct gdb_type_field view_b[] = { { "u", "v16u", 0, 0 }, { "s", "v16i", 0, 0 } };
static const struct gdb_type_field view_q[] = { { "u", "v1u", 0, 0 }, { "s", "v1i", 0, 0 } };
static const struct gdb_type_field views[] = { { "d", "vnd", 0, 0 },
                                               { "s", "vns", 0, 0 },
                                               { "h", "vnh", 0, 0 },
                                               { "b", "vnb", 0, 0 },
                                               { "q", "vnq", 0, 0 } };

static const struct gdb_type fpu_types[] = {
    VECTOR("v2d", "ieee_double", 2),
    VECTOR("v2u", "uint64", 2),
    VECTOR("v2i", "int64", 2),
    VECTOR("v4f", "ieee_single", 4),
    VECTOR("v4u", "uint32", 4),
    VECTOR("v4i", "int32", 4),
    VECTOR("v8f", "ieee_half", 8),
    VECTOR("v8u", "uint16", 8),
    VECTOR("v8i", "int16", 8),
    VECTOR("v16u", "uint8", 16),
    VECTOR("v16i", "int8", 16),
    VECTOR("v1u", "uint128", 1),
    VECTOR("v1i", "int128", 1),
    UNION("vnd", view_d),
    UNION("vns", view_s),
    UNION("vnh", view_h),
    UNION("vnb", view_b),
    UNION("vnq", view_q),
    UNION("aarch64v", views),
};

#define V(n)                                                                                       \
    {                                                                                              \
        "v" #n, "aarch64v", NULL, 128                                                              \
    }
static const struct gdb_register fpu_registers[] = {
    V(0),
    V(1),
    V(2),
    V(3),
    V(4),
    V(5),
    V(6),
    V(7),
    V(8),
    V(9),
    V(10),
    V(11),
    V(12),
    V(13),
    V(14),
    V(15),
    V(16),
    V(17),
    V(18),
    V(19),
    V(20),
    V(21),
    V(22),
    V(23),
    V(24),
    V(25),
    V(26),
    V(27),
    V(28),
    V(29),
    V(30),
    V(31),
    { "fpsr", "int", NULL, 32 },
    { "fpcr", "int", NULL, 32 },
};
#undef V

enum { REG_X0, REG_SP = 31, REG_PC, REG_CPSR, REG_V0, REG_FPSR = REG_V0 + 32, REG_FPCR };

static const struct gdb_feature features[] = {
    { "org.gnu.gdb.aarch64.core", core_types, sizeof(core_types) / sizeof(*core_types),
      core_registers, sizeof(core_registers) / sizeof(*core_registers), false },
    { "org.gnu.gdb.aarch64.fpu", fpu_types, sizeof(fpu_types) / sizeof(*fpu_types), fpu_registers,
      sizeof(fpu_registers) / sizeof(*fpu_registers), false },
};

/* ---- values; the host is little-endian, as the protocol's registers are ---- */

static struct cpu *cpu_of(void *ctx, unsigned thread)
{
    struct debug *debug = ctx;
    return debug->virt->cpu[thread];
}

static bool put(uint8_t *bytes, uint64_t value, size_t size)
{
    memcpy(bytes, &value, size);
    return true;
}

static bool read_register(void *ctx, unsigned thread, unsigned number, uint8_t *bytes)
{
    const struct cpu *cpu = cpu_of(ctx, thread);
    uint64_t v[2];
    if (number <= REG_SP)
        return put(bytes, cpu_get_x(cpu, number), 8);
    if (number == REG_PC)
        return put(bytes, cpu_get_pc(cpu), 8);
    if (number == REG_CPSR)
        return put(bytes, cpu_get_pstate(cpu), 4);
    if (number == REG_FPSR)
        return put(bytes, cpu_get_fpsr(cpu), 4);
    if (number == REG_FPCR)
        return put(bytes, cpu_get_fpcr(cpu), 4);
    cpu_get_v(cpu, number - REG_V0, v);
    memcpy(bytes, v, sizeof(v));
    return true;
}

/* A processor that waits for an interrupt runs from there. */
static void set_pc(void *ctx, unsigned thread, uint64_t pc)
{
    struct debug *debug = ctx;
    cpu_set_pc(cpu_of(ctx, thread), pc);
    debug->at[thread].known = false;
    debug->virt->run.wait[thread] = CPU_RUNS;
}

static bool write_register(void *ctx, unsigned thread, unsigned number, const uint8_t *bytes)
{
    struct cpu *cpu = cpu_of(ctx, thread);
    uint64_t d[2];
    uint32_t s;
    memcpy(d, bytes, 8);
    memcpy(&s, bytes, 4);
    if (number <= REG_SP) {
        cpu_set_x(cpu, number, d[0]);
    } else if (number == REG_PC) {
        set_pc(ctx, thread, d[0]);
    } else if (number == REG_CPSR) {
        cpu_set_pstate(cpu, s);
    } else if (number == REG_FPSR) {
        cpu_set_fpsr(cpu, s);
    } else if (number == REG_FPCR) {
        cpu_set_fpcr(cpu, s);
    } else {
        memcpy(d, bytes, sizeof(d));
        cpu_set_v(cpu, number - REG_V0, d);
    }
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
    .feature = features,
    .features = sizeof(features) / sizeof(*features),
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
