/* SPDX-License-Identifier: MIT */
/* The processors and their registers. */
#include <fnmatch.h>
#include <inttypes.h>
#include <string.h>

#include "mach-virt/monitor_commands.h"

static void print_registers(struct monitor *monitor, const struct cpu *cpu)
{
    monitor_print(monitor, "CPU#%u\n PC=%016" PRIx64 " PSTATE=%08" PRIx32 " EL%u\n", cpu_index(cpu),
                  cpu_get_pc(cpu), cpu_get_pstate(cpu), cpu_get_el(cpu));
    for (unsigned i = 0; i < 31; i++)
        monitor_print(monitor, "X%02u=%016" PRIx64 "%s", i, cpu_get_x(cpu, i),
                      i % 4 == 3 ? "\n" : " ");
    monitor_print(monitor, " SP=%016" PRIx64 "\n", cpu_get_x(cpu, 31));
}

void monitor_info_registers(struct monitor *monitor, const char *arguments)
{
    struct virt *virt = monitor->virt;
    for (unsigned i = 0; i < virt->cpus; i++)
        if (virt->psci.on[i])
            print_registers(monitor, virt->cpu[i]);
}

/* cpu [N] */
void monitor_select_cpu(struct monitor *monitor, const char *arguments)
{
    const struct virt *virt = monitor->virt;
    uint64_t n;
    if (*arguments && (!monitor_number(arguments, &n) || n >= virt->cpus)) {
        monitor_print(monitor, "there is no processor %s; they are 0 to %u\n", arguments,
                      virt->cpus - 1);
        return;
    }
    if (*arguments)
        monitor->cpu = (unsigned)n;
    for (unsigned i = 0; i < virt->cpus; i++) {
        char name[MONITOR_WORD_MAX];
        uint64_t pc = cpu_get_pc(virt->cpu[i]);
        monitor_print(monitor, "%c CPU#%u %-3s EL%u pc 0x%016" PRIx64 "%s\n",
                      i == monitor->cpu ? '*' : ' ', i, virt->psci.on[i] ? "on" : "off",
                      cpu_get_el(virt->cpu[i]), pc, monitor_name(monitor, pc, name));
    }
}

/* A name without wildcards matches wherever it occurs. */
static bool matches(const char *pattern, const char *name)
{
    if (strpbrk(pattern, "*?["))
        return !fnmatch(pattern, name, FNM_CASEFOLD);
    return strcasestr(name, pattern);
}

/* sysregs [PATTERN] */
void monitor_sysregs(struct monitor *monitor, const char *arguments)
{
    struct cpu_sysreg reg;
    unsigned shown = 0;
    for (unsigned i = 0; cpu_describe_sysreg(i, &reg); i++) {
        if (!reg.readable || !matches(arguments, reg.name))
            continue;
        unsigned e = reg.encoding;
        monitor_print(monitor, "%-18s 0x%016" PRIx64 "  S%u_%u_C%u_C%u_%u %s %s\n", reg.name,
                      monitor_sysreg(monitor, reg.name), e >> 14, e >> 11 & 7, e >> 7 & 15,
                      e >> 3 & 15, e & 7, reg.writable ? "rw" : "ro", reg.group);
        shown++;
    }
    if (!shown)
        monitor_print(monitor, "no system register matches '%s'\n", arguments);
}
