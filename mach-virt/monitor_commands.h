/* SPDX-License-Identifier: MIT */
/*
 * What the monitor's commands share, and one function for each, by the file that holds it. The
 * table that names them is in monitor_commands.c.
 */
#ifndef MACH_VIRT_MONITOR_COMMANDS_H
#define MACH_VIRT_MONITOR_COMMANDS_H

#include "mach-virt/monitor.h"

/* ---- arguments: monitor_args.c ---- */

#define MONITOR_WORD_MAX 128

/* The next word of *arguments, which moves behind it. False: none is left. A word that is too long
 * is cut. */
bool monitor_word(const char **arguments, char word[MONITOR_WORD_MAX]);
/* A number; false: the word is none. */
bool monitor_number(const char *word, uint64_t *value);
/*
 * An address: a number, a register of the monitor's processor (pc, sp, lr, x0..x30, far_el1, ...),
 * or a symbol; and +N or -N behind it. False: it is none of these, and the user has been told.
 */
bool monitor_address(struct monitor *monitor, const char *word, uint64_t *value);
/* " <name+0x10>", or "" where there is no name. */
const char *monitor_name(struct monitor *monitor, uint64_t address, char text[MONITOR_WORD_MAX]);

/* The processor that commands look at. */
static inline struct cpu *monitor_cpu(const struct monitor *monitor)
{
    return monitor->virt->cpu[monitor->cpu];
}
/* A system register of it, 0 when there is none of that name. */
uint64_t monitor_sysreg(const struct monitor *monitor, const char *name);

/* ---- the commands ---- */

typedef void monitor_command_fn(struct monitor *monitor, const char *arguments);

monitor_command_fn monitor_info_registers, monitor_select_cpu,
    monitor_sysregs;                                    /* monitor_registers.c */
monitor_command_fn monitor_walk;                        /* monitor_walk.c */
monitor_command_fn monitor_why;                         /* monitor_why.c */
monitor_command_fn monitor_gic, monitor_timer;          /* monitor_interrupts.c */
monitor_command_fn monitor_devices, monitor_info_mtree; /* monitor_devices.c */
monitor_command_fn monitor_dis;                         /* monitor_dis.c */
monitor_command_fn monitor_symbols, monitor_kaslr;      /* monitor_symbols.c */
monitor_command_fn monitor_catch, monitor_step, monitor_trace; /* monitor_debug.c */

#endif
