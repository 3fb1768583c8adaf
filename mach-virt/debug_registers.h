/* SPDX-License-Identifier: MIT */
/* The registers that a debugger sees of a processor: gdb's manual, "AArch64 Features". */
#ifndef MACH_VIRT_DEBUG_REGISTERS_H
#define MACH_VIRT_DEBUG_REGISTERS_H

#include "cpu/cpu.h"
#include "gdbstub/target.h"

#define DEBUG_FEATURES 2 /* core, fpu */
#define DEBUG_REG_PC   32

extern const struct gdb_feature debug_features[DEBUG_FEATURES];

/* By number in the order of the features; as many bytes as the register has, little-endian. */
void debug_read_register(const struct cpu *cpu, unsigned number, uint8_t *bytes);
void debug_write_register(struct cpu *cpu, unsigned number, const uint8_t *bytes);

#endif
