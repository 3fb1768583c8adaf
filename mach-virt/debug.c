/* SPDX-License-Identifier: MIT */
#include "mach-virt/debug.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/chardev_open.h"
#include "devices/chardev_socket.h"
#include "mach-virt/debug_target.h"
#include "mach-virt/run_parallel.h"
#include "mach-virt/virt.h"

/* ---- the stream ---- */

static void write_stream(void *ctx, const uint8_t *data, size_t size)
{
    struct debug *debug = ctx;
    debug->stream->write(debug->stream->backend, data, size);
}

static size_t receive(void *device, const uint8_t *data, size_t size)
{
    struct debug *debug = device;
    parallel_hold(debug->virt);
    gdb_server_input(debug->server, data, size);
    return size;
}

static void peer(void *device, bool present)
{
    struct debug *debug = device;
    parallel_hold(debug->virt);
    if (present)
        gdb_server_connect(debug->server);
    else
        gdb_server_disconnect(debug->server);
}

/* The options that QEMU's users type and that change nothing here. */
static bool is_idle_option(const char *option, size_t size)
{
    static const char *const idle[] = { "server",   "server=on", "nowait",
                                        "wait=off", "nodelay",   "nodelay=on" };
    for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
        if (size == strlen(idle[i]) && !memcmp(option, idle[i], size))
            return true;
    return false;
}

static bool check_options(const char *name, const char *options, struct error *error)
{
    while (*options == ',') {
        size_t size = strcspn(++options, ",");
        if (!is_idle_option(options, size))
            return error_set(error,
                             "-gdb %s: option '%.*s' is not possible; the stub is a server that "
                             "waits for nobody (-S keeps the machine stopped until gdb comes)",
                             name, (int)size, options);
        options += size;
    }
    return true;
}

/* The message names the spec first; the user typed less of it. */
static const char *reason_behind(const char *spec, const char *why)
{
    size_t size = strlen(spec);
    return strncmp(why, spec, size) ? why : why + size;
}

static bool open_stream(struct debug *debug, const char *name, struct poll_list *polls,
                        struct terminal *terminal, struct error *error)
{
    char spec[400], why[400];
    size_t address = strcspn(name, ",");
    bool socket = !strncmp(name, "tcp:", 4) || !strncmp(name, "unix:", 5);
    if (!socket && strcmp(name, "stdio"))
        return error_set(error, "-gdb %s: tcp:[HOST]:PORT, unix:PATH or stdio is needed", name);
    if (!check_options(name, name + address, error))
        return false;
    snprintf(spec, sizeof(spec), socket ? "%.*s,server,nowait" : "%.*s", (int)address, name);
    debug->stream = chardev_open(spec, polls, terminal, why, sizeof(why));
    if (!debug->stream)
        return error_set(error, "-gdb %s%s", name, reason_behind(spec, why));
    debug->stream->receive = receive;
    debug->stream->peer = peer;
    debug->stream->device = debug;
    if (socket)
        chardev_socket_set_strict(debug->stream, gdb_refusal);
    else
        gdb_server_connect(debug->server);
    return true;
}

/* gdb takes an ELF file only, and complains about anything else. */
static void find_exec_file(struct debug *debug, const char *kernel)
{
    char magic[4] = "";
    FILE *file = kernel ? fopen(kernel, "rb") : NULL;
    if (!file)
        return;
    bool elf =
        fread(magic, 1, sizeof(magic), file) == sizeof(magic) && !memcmp(magic, "\177ELF", 4);
    fclose(file);
    if (!elf || !realpath(kernel, debug->exec_file))
        *debug->exec_file = 0;
}

bool debug_open(struct debug *debug, const struct config *config, struct poll_list *polls,
                struct terminal *terminal, struct virt *virt, struct error *error)
{
    *debug = (struct debug){ .virt = virt };
    memset(debug->action, GDB_CONTINUE, sizeof(debug->action));
    if (!config->gdb || !strcmp(config->gdb, "none"))
        return true;
    debug_registers_init(&debug->registers);
    const struct gdb_target target = { &debug_target_ops, debug, debug->registers.feature,
                                       DEBUG_FEATURES };
    const struct gdb_output output = { write_stream, debug };
    find_exec_file(debug, config->kernel);
    debug->server = gdb_server_create(&target, &output);
    if (!debug->server)
        return error_set(error, "out of memory for the debug stub");
    return open_stream(debug, config->gdb, polls, terminal, error);
}

/* The stream first: closing it may tell of the peer's leaving. */
void debug_close(struct debug *debug)
{
    if (debug->stream)
        debug->stream->peer = NULL;
    chardev_destroy(debug->stream);
    gdb_server_destroy(debug->server);
    debug->stream = NULL;
    debug->server = NULL;
}

/* ---- the run loop ---- */

bool debug_steps(const struct debug *debug)
{
    for (unsigned i = 0; debug && i < CONFIG_CPUS_MAX; i++)
        if (debug->action[i] == GDB_STEP)
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

/* One instruction, whatever it is, and no interrupt before it. */
static enum cpu_exit step(struct cpu *cpu)
{
    bool check_point;
    cpu_hold_interrupts(cpu, true);
    /* A wish from an earlier turn's last instruction may still be there, once. */
    enum cpu_exit why = cpu_step(cpu, &check_point);
    if (why == CPU_EXIT_REQUESTED)
        why = cpu_step(cpu, &check_point);
    cpu_hold_interrupts(cpu, false);
    return why;
}

static bool leaves_known_place(struct debug *debug, unsigned cpu)
{
    bool known = debug->at[cpu].known;
    debug->at[cpu].known = false;
    return known && debug->at[cpu].pc == cpu_get_pc(debug->virt->cpu[cpu]);
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

static enum cpu_exit take_turn(struct debug *debug, unsigned cpu, uint64_t until)
{
    struct cpu *core = debug->virt->cpu[cpu];
    if (leaves_known_place(debug, cpu)) {
        enum cpu_exit why = step(core);
        if (why == CPU_EXIT_WATCHPOINT)
            return why;
    }
    return cpu_run(core, until);
}

enum cpu_exit debug_turn(struct debug *debug, unsigned cpu, uint64_t until)
{
    if (debug->action[cpu] == GDB_STEP) {
        debug->at[cpu].known = false;
        note_step(debug, cpu, step(debug->virt->cpu[cpu]));
        return CPU_EXIT_STEPPED;
    }
    enum cpu_exit why = take_turn(debug, cpu, until);
    if (why != CPU_EXIT_BREAKPOINT && why != CPU_EXIT_WATCHPOINT)
        return why;
    note_exit(debug, cpu, why);
    return debug->non_stop ? CPU_EXIT_REQUESTED : why;
}

static void remember_place(struct debug *debug, unsigned cpu)
{
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
    memset(debug->happened, 0, sizeof(debug->happened));
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

void debug_end(struct debug *debug, int status, int signal)
{
    if (!debug->server)
        return;
    if (signal)
        gdb_server_terminated(debug->server, (uint8_t)signal);
    else
        gdb_server_exited(debug->server, (uint8_t)status);
}
