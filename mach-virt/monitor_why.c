/* SPDX-License-Identifier: MIT */
/* why: the last exception to EL1, in words. */
#include <inttypes.h>
#include <stdio.h>

#include "cpu/walk.h"
#include "mach-virt/monitor_commands.h"
#include "mach-virt/syndrome.h"

/* For syndrome_describe. */
static const char *name_of(unsigned encoding)
{
    struct cpu_sysreg reg;
    for (unsigned i = 0; cpu_describe_sysreg(i, &reg); i++)
        if (reg.encoding == encoding)
            return reg.name;
    return NULL;
}

/* Arm ARM C5.2.18, "SPSR_EL1". */
static void print_origin(struct monitor *monitor, uint64_t spsr)
{
    static const char *const modes[] = {
        [0] = "EL0", [4] = "EL1 on SP_EL0", [5] = "EL1 on SP_EL1"
    };
    unsigned mode = spsr & 31;
    monitor_print(
        monitor, "  SPSR_EL1  0x%08" PRIx64 "          taken from %s, %c%c%c%c, interrupts %s\n",
        spsr, mode < 6 && modes[mode] ? modes[mode] : "a mode that is not here",
        spsr >> 31 & 1 ? 'N' : 'n', spsr >> 30 & 1 ? 'Z' : 'z', spsr >> 29 & 1 ? 'C' : 'c',
        spsr >> 28 & 1 ? 'V' : 'v', spsr >> 7 & 1 ? "masked" : "on");
}

/* What the tables say about the address now: the kernel may have mended them. */
static void print_now(struct monitor *monitor, uint64_t far)
{
    struct cpu_walk walk;
    char text[80];
    cpu_walk(monitor_cpu(monitor), far, NULL, NULL, &walk);
    if (walk.mapped) {
        monitor_print(monitor, "  now it is mapped, to PA 0x%" PRIx64 "; walk FAR_EL1 shows how\n",
                      walk.pa);
        return;
    }
    syndrome_fault_status(walk.fault_status, text, sizeof(text));
    monitor_print(monitor, "  now it is not mapped: %s; walk FAR_EL1 shows where\n", text);
}

static void print_syndrome(struct monitor *monitor, uint64_t esr)
{
    char text[160];
    syndrome_describe(esr, name_of, text, sizeof(text));
    monitor_print(monitor, "CPU#%u, the last synchronous exception: %s\n", monitor->cpu, text);
    monitor_print(monitor, "  ESR_EL1   0x%08" PRIx64 "          EC 0x%02x: %s; ISS 0x%x\n", esr,
                  (unsigned)(esr >> 26 & 63), syndrome_class(esr), (unsigned)(esr & 0x1ffffff));
}

void monitor_why(struct monitor *monitor, const char *arguments)
{
    uint64_t esr = monitor_sysreg(monitor, "ESR_EL1"), elr = monitor_sysreg(monitor, "ELR_EL1");
    uint64_t far = monitor_sysreg(monitor, "FAR_EL1"), spsr = monitor_sysreg(monitor, "SPSR_EL1");
    char name[MONITOR_WORD_MAX];
    if (!esr)
        monitor_print(monitor, "CPU#%u has taken no synchronous exception yet\n", monitor->cpu);
    else
        print_syndrome(monitor, esr);
    if (syndrome_has_address(esr))
        monitor_print(monitor, "  FAR_EL1   0x%016" PRIx64 "  the address%s\n", far,
                      monitor_name(monitor, far, name));
    if (esr || elr) {
        monitor_print(monitor,
                      "  ELR_EL1   0x%016" PRIx64
                      "  where the last exception, an interrupt perhaps, returns to%s\n",
                      elr, monitor_name(monitor, elr, name));
        print_origin(monitor, spsr);
    }
    if (syndrome_has_address(esr))
        print_now(monitor, far);
}
