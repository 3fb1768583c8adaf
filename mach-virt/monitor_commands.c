/* SPDX-License-Identifier: MIT */
#include "mach-virt/monitor_commands.h"

#include <inttypes.h>
#include <string.h>

#include "mach-virt/debug.h"
#include "mach-virt/state_hash.h"

static void help(struct monitor *monitor, const char *arguments)
{
    for (unsigned i = 0; i < monitor_command_count; i++) {
        const struct monitor_command *c = &monitor_commands[i];
        monitor_print(monitor, "%-17s %-13s %s\n", c->name, c->arguments, c->help);
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
    { "reset", "", "the same", system_reset },
    { "system_powerdown", "", "press the power button", system_powerdown },
    { "info status", "", "running or not, guest time, instruction counts", info_status },
    { "info registers", "", "the general registers of every processor", monitor_info_registers },
    { "info state", "", "a hash of the machine's state, as -d state-hash prints", info_state },
    { "info mtree", "", "the memory map", monitor_info_mtree },
    { "cpu", "[N]", "the processors, and which one the commands below look at",
      monitor_select_cpu },
    { "sysregs", "[PATTERN]", "system registers: sysregs tcr, sysregs *_EL0", monitor_sysregs },
    { "walk", "VA [el0|el1]", "the translation of an address, descriptor by descriptor",
      monitor_walk },
    { "why", "", "the last exception in words", monitor_why },
    { "dis", "[ADDR [N]]", "disassemble N instructions: dis start_kernel 20, dis elr_el1",
      monitor_dis },
    { "symbols", "[FILE]", "read names from an ELF file: symbols vmlinux", monitor_symbols },
    { "kaslr", "", "where the kernel runs, and what to tell gdb", monitor_kaslr },
    { "gic", "", "interrupts: enabled, pending, active, and who raises them", monitor_gic },
    { "timer", "", "the generic timers", monitor_timer },
    { "devices", "", "devices, and what their drivers have made of them", monitor_devices },
    { "catch", "[KIND...|off]", "stop at exceptions: catch svc dabort", monitor_catch },
    { "step", "[WHAT on|off]", "what a debugger's step does: step exceptions off", monitor_step },
    { "trace", "on FILE|off", "write every instruction to a file", monitor_trace },
    { "mmio", "on|off", "let a debugger's accesses to memory reach devices", mmio },
};

const unsigned monitor_command_count = sizeof(monitor_commands) / sizeof(*monitor_commands);
