/* SPDX-License-Identifier: MIT */
/*
 * The registers that a debugger sees of a processor: gdb's manual, "AArch64 Features", and behind
 * those every system register of cpu/sysreg.def that has a name, by that name, in the group that it
 * belongs to (`info registers system`, `p $SCTLR_EL1`, `set $VBAR_EL1 = ...`).
 */
#ifndef MACH_VIRT_DEBUG_REGISTERS_H
#define MACH_VIRT_DEBUG_REGISTERS_H

#include "cpu/cpu.h"
#include "gdbstub/target.h"

#define DEBUG_FEATURES    3 /* core, fpu, system */
#define DEBUG_REG_PC      32
#define DEBUG_SYSREGS_MAX 256

/* The table of the stub, made once. */
struct debug_registers {
    struct gdb_feature feature[DEBUG_FEATURES];
    struct gdb_register system[DEBUG_SYSREGS_MAX];
    bool readable[DEBUG_SYSREGS_MAX];
};
void debug_registers_init(struct debug_registers *registers);

/* By number in the order of the features; as many bytes as the register has, little-endian.
 * A write to a system register does what MSR does, at any exception level. False: it cannot be
 * read (OSLAR_EL1), or written (MIDR_EL1). */
bool debug_read_register(const struct debug_registers *registers, const struct cpu *cpu,
                         unsigned number, uint8_t *bytes);
bool debug_write_register(const struct debug_registers *registers, struct cpu *cpu, unsigned number,
                          const uint8_t *bytes);

#endif
