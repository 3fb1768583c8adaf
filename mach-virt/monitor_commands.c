/* SPDX-License-Identifier: MIT */
#include "mach-virt/monitor.h"

#include <inttypes.h>
#include <string.h>

#include "mach-virt/debug.h"
#include "mach-virt/state_hash.h"

static void help(struct monitor *monitor, const char *arguments)
{
    for (unsigned i = 0; i < monitor_command_count; i++) {
        const struct monitor_command *c = &monitor_commands[i];
        monitor_print(monitor, "%-18s %-8s %s\n", c->name, c->arguments, c->help);
    }
}

static void quit(struct monitor *monitor, const char *arguments)
{
    run_end(monitor->virt, RUN_QUIT);
}

static void stop(struct monitor *monitor, const char *arguments)
{
    run_stop(monitor->virt);
}

static void cont(struct monitor *monitor, const char *arguments)
{
    run_continue(monitor->virt);
}

static void system_reset(struct monitor *monitor, const char *arguments)
{
    run_request_reset(monitor->virt);
}

static void system_powerdown(struct monitor *monitor, const char *arguments)
{
    virt_press_power_button(monitor->virt);
}

static void info_status(struct monitor *monitor, const char *arguments)
{
    struct virt *virt = monitor->virt;
    uint64_t ns = clock_now(&virt->clock);
    monitor_print(monitor, "VM status: %s\nguest time: %" PRIu64 ".%09" PRIu64 " s\n",
                  virt->run.stopped ? "paused" : "running", ns / 1000000000, ns % 1000000000);
    for (unsigned i = 0; i < virt->cpus; i++)
        monitor_print(monitor, "CPU#%u: %s, %" PRIu64 " instructions\n", i,
                      virt->psci.on[i] ? "on" : "off", cpu_count(virt->cpu[i]));
}

static void print_registers(struct monitor *monitor, const struct cpu *cpu)
{
    monitor_print(monitor, "CPU#%u\n PC=%016" PRIx64 " PSTATE=%08" PRIx32 " EL%u\n", cpu_index(cpu),
                  cpu_get_pc(cpu), cpu_get_pstate(cpu), cpu_get_el(cpu));
    for (unsigned i = 0; i < 31; i++)
        monitor_print(monitor, "X%02u=%016" PRIx64 "%s", i, cpu_get_x(cpu, i),
                      i % 4 == 3 ? "\n" : " ");
    monitor_print(monitor, " SP=%016" PRIx64 "\n", cpu_get_x(cpu, 31));
}

static void info_registers(struct monitor *monitor, const char *arguments)
{
    struct virt *virt = monitor->virt;
    for (unsigned i = 0; i < virt->cpus; i++)
        if (virt->psci.on[i])
            print_registers(monitor, virt->cpu[i]);
}

static void info_mtree(struct monitor *monitor, const char *arguments)
{
    const struct bus_window *w;
    for (unsigned i = 0; (w = bus_window(monitor->virt->bus, i)); i++)
        monitor_print(monitor, "%016" PRIx64 "-%016" PRIx64 " %s\n", w->base, w->base + w->size - 1,
                      w->ops->name);
    monitor_print(monitor, "%016" PRIx64 "-%016" PRIx64 " ram\n", monitor->virt->ram.base,
                  monitor->virt->ram.base + monitor->virt->ram.size - 1);
}

static void info_state(struct monitor *monitor, const char *arguments)
{
    char text[STATE_HASH_TEXT];
    state_hash_print(monitor->virt, text);
    monitor_print(monitor, "%s\n", text);
}

/* `x` and `set var` of a debugger. */
static void mmio(struct monitor *monitor, const char *arguments)
{
    struct debug *debug = monitor->virt->debug;
    bool on = !strcmp(arguments, "on");
    if (!debug || (!on && strcmp(arguments, "off"))) {
        monitor_print(monitor, debug ? "mmio: on or off?\n" : "mmio: there is no -gdb\n");
        return;
    }
    debug->mmio = on;
}

/* One row per command, in the order of `help`. */
const struct monitor_command monitor_commands[] = {
    { "help", "", "this list", help },
    { "quit", "", "end the machine", quit },
    { "q", "", "the same", quit },
    { "stop", "", "stop the processors and guest time", stop },
    { "cont", "", "go on", cont },
    { "c", "", "the same", cont },
    { "system_reset", "", "reset the machine", system_reset },
    { "system_powerdown", "", "press the power button", system_powerdown },
    { "info status", "", "running or not, guest time, instruction counts", info_status },
    { "info registers", "", "the general registers of every processor", info_registers },
    { "info state", "", "a hash of the machine's state, as -d state-hash prints", info_state },
    { "info mtree", "", "the memory map", info_mtree },
    { "mmio", "on|off", "let a debugger's accesses to memory reach devices", mmio },
};

const unsigned monitor_command_count = sizeof(monitor_commands) / sizeof(*monitor_commands);
