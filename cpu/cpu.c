/* SPDX-License-Identifier: MIT */
/*
 * The vCPU as the machine and a debugger see it: reset, lines, registers.
 */
#include "cpu/exception.h"
#include "cpu/mem.h"
#include "cpu/sysreg_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define RESET_PSTATE 0x400003c5u /* EL1h, DAIF masked; Z as the reference has it */

void cpu_refresh(struct cpu *cpu)
{
    const uint64_t sctlr = cpu->sys[SYSREG_SCTLR_EL1];
    const unsigned fpen = cpu->sys[SYSREG_CPACR_EL1] >> 20 & 3;
    const bool sp_checked = sctlr & (cpu->el ? SCTLR_SA : SCTLR_SA0);
    const bool sp_misaligned = sp_checked && (cpu->x[X_SP] & 15);
    const bool slow = sp_misaligned || aarch64_big_endian(cpu);
    cpu->dtlb = slow ? &cpu->never : &cpu->tlbs->dtlb[cpu->el];
    cpu->user_dtlb = slow ? &cpu->never : &cpu->tlbs->dtlb[0];
    cpu->ctlb = &cpu->tlbs->ctlb[cpu->el];
    cpu->fp_trap = cpu->el ? !(fpen & 1) : fpen != 3;
    cpu_update_interrupt(cpu);
}

void cpu_log(struct cpu *cpu, enum cpu_log class, const char *format, ...)
{
    if (!(cpu->port.log_classes >> class & 1))
        return;
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    cpu->port.log(cpu->port.ctx, cpu->index, class, text);
}

void cpu_reset(struct cpu *cpu, uint64_t pc)
{
    memset(cpu->x, 0, sizeof(cpu->x));
    memset(cpu->v, 0, sizeof(cpu->v));
    cpu->fpcr = cpu->fpsr = 0;
    cpu->sp_el[0] = cpu->sp_el[1] = 0;
    cpu->el = 1;
    cpu->sp_sel = 1;
    cpu->il = cpu->ss = 0;
    cpu->event = false;
    cpu->exclusive.armed = false;
    cpu->pc = pc;
    sysreg_reset(cpu);
    pstate_write(cpu, RESET_PSTATE);
    cpu_timer_update(cpu);
}

void cpu_set_line(struct cpu *cpu, enum cpu_line line, bool level)
{
    __atomic_store_n(&cpu->line[line], level, __ATOMIC_RELEASE);
    if (!cpu->thread)
        cpu_update_interrupt(cpu);
    else if (level)
        __atomic_store_n(&cpu->interrupt, true, __ATOMIC_RELAXED);
}

void cpu_hold_interrupts(struct cpu *cpu, bool hold)
{
    cpu->held = hold;
    cpu_update_interrupt(cpu);
}

bool cpu_has_work(const struct cpu *cpu)
{
    return cpu_line(cpu, CPU_LINE_IRQ) || cpu_line(cpu, CPU_LINE_FIQ);
}

void cpu_send_event(struct cpu *cpu)
{
    __atomic_store_n(&cpu->event, true, __ATOMIC_RELEASE);
}

uint64_t cpu_count(const struct cpu *cpu)
{
    return cpu->count;
}

unsigned cpu_index(const struct cpu *cpu)
{
    return cpu->index;
}

uint64_t cpu_get_pc(const struct cpu *cpu)
{
    return cpu->pc;
}

void cpu_set_pc(struct cpu *cpu, uint64_t pc)
{
    cpu->pc = pc;
}

uint64_t cpu_get_x(const struct cpu *cpu, unsigned n)
{
    return n <= X_SP ? cpu->x[n] : 0;
}

void cpu_set_x(struct cpu *cpu, unsigned n, uint64_t value)
{
    if (n > X_SP)
        return;
    cpu->x[n] = value;
    if (n == X_SP)
        cpu_refresh(cpu);
}

uint32_t cpu_get_pstate(const struct cpu *cpu)
{
    return pstate_read(cpu);
}

void cpu_set_pstate(struct cpu *cpu, uint32_t spsr)
{
    pstate_write(cpu, spsr);
}

void cpu_get_v(const struct cpu *cpu, unsigned n, uint64_t value[2])
{
    memcpy(value, cpu->v[n & 31].d, sizeof(cpu->v[0]));
}

void cpu_set_v(struct cpu *cpu, unsigned n, const uint64_t value[2])
{
    memcpy(cpu->v[n & 31].d, value, sizeof(cpu->v[0]));
}

uint32_t cpu_get_fpsr(const struct cpu *cpu)
{
    return cpu->fpsr;
}

uint32_t cpu_get_fpcr(const struct cpu *cpu)
{
    return cpu->fpcr;
}

void cpu_set_fpsr(struct cpu *cpu, uint32_t value)
{
    cpu->fpsr = value & (uint32_t)FPSR_MASK;
}

void cpu_set_fpcr(struct cpu *cpu, uint32_t value)
{
    cpu->fpcr = value & (uint32_t)FPCR_MASK;
}

unsigned cpu_get_el(const struct cpu *cpu)
{
    return cpu->el;
}
