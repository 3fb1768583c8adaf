/* SPDX-License-Identifier: MIT */
/*
 * System registers that are more than storage: what reading computes and what writing sets off.
 */
#include "cpu/sysreg_internal.h"

#include "cpu/code.h"
#include "cpu/exception.h"
#include "cpu/mem.h"
#include "cpu/pmu.h"

/* -- identification -- */

READ_HOOK(midr_read)
{
    return cpu->port.model->midr;
}

READ_HOOK(mpidr_read)
{
    return 0x80000000u | (uint64_t)(cpu->index / 8) << 8 |
           cpu->index % 8; /* clusters of 8, as GICv2 serves */
}

READ_HOOK(mmfr0_read)
{
    return cpu->sys[reg] | cpu->port.model->pa_range;
}

READ_HOOK(ctr_read)
{
    return cpu->port.model->ctr;
}

READ_HOOK(ccsidr_read) /* by CSSELR_EL1 */
{
    const uint64_t cache = cpu->sys[SYSREG_CSSELR_EL1];
    return cache < 3 ? cpu->port.model->ccsidr[cache] : 0;
}

READ_HOOK(dczid_read) /* 64-byte blocks; DZP while EL0 may not */
{
    bool prohibited = cpu->el == 0 && !(cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_DZE);
    return 4 | (uint64_t)prohibited << 4;
}

READ_HOOK(cbar_read)
{
    return cpu->port.peripheral_base;
}

/* -- the Cortex-A57's own controls -- */

/* The CPU that holds the registers of the L2 memory system: all CPUs have the same ones. */
static struct cpu *l2_holder(const struct cpu *cpu)
{
    struct cpu *holder = code_cache_cpus(cpu->cache);
    for (struct cpu *c = holder; c; c = c->next_in_cache)
        if (c->index < holder->index)
            holder = c;
    return holder;
}

READ_HOOK(l2_read)
{
    return __atomic_load_n(&l2_holder(cpu)->sys[reg], __ATOMIC_RELAXED);
}

READ_HOOK(l2ctlr_read) /* bits 25:24 and up: CPUs - 1 */
{
    unsigned others = 0;
    for (const struct cpu *c = code_cache_cpus(cpu->cache); c && c->next_in_cache;
         c = c->next_in_cache)
        others++;
    return l2_read(cpu, reg) | (uint64_t)others << 24;
}

static void log_change(struct cpu *cpu, enum sysreg reg, uint64_t before, uint64_t value)
{
    const uint32_t encoding = sysreg_rows[reg].encoding;
    if (before == value || !sysreg_first_report(cpu, encoding))
        return;
    cpu_log(cpu, CPU_LOG_UNIMP, "%s changes from %#llx to %#llx at %#llx: stored, without effect",
            sysreg_rows[reg].name, (unsigned long long)before, (unsigned long long)value,
            (unsigned long long)cpu->pc);
}

WRITE_HOOK(l2_write)
{
    uint64_t *stored = &l2_holder(cpu)->sys[reg];
    log_change(cpu, reg, __atomic_load_n(stored, __ATOMIC_RELAXED), value);
    __atomic_store_n(stored, value, __ATOMIC_RELAXED);
}

/* CPUACTLR_EL1 and CPUECTLR_EL1 control caches, prefetching and power, which are not there. */
WRITE_HOOK(cpu_control_write)
{
    log_change(cpu, reg, cpu->sys[reg], value);
    cpu->sys[reg] = value;
}

/* -- control and translation -- */

WRITE_HOOK(sctlr_write)
{
    uint64_t changed = cpu->sys[reg] ^ value;
    cpu->sys[reg] = value;
    if (changed & (SCTLR_M | SCTLR_A | SCTLR_WXN | SCTLR_EE))
        tlb_flush_all(cpu);
    cpu_refresh(cpu);
}

WRITE_HOOK(cpacr_write)
{
    cpu->sys[reg] = value;
    cpu_refresh(cpu);
}

uint16_t context_asid(const struct cpu *cpu)
{
    const uint64_t tcr = cpu->sys[SYSREG_TCR_EL1];
    uint64_t ttbr = cpu->sys[tcr & 1u << 22 ? SYSREG_TTBR1_EL1 : SYSREG_TTBR0_EL1];
    return (uint16_t)(tcr >> 36 & 1 ? ttbr >> 48 : ttbr >> 48 & 0xff);
}

/* TTBRn_EL1. A table that changes under an unchanged ASID needs TLBI, as the architecture says. */
WRITE_HOOK(context_write)
{
    cpu->sys[reg] = value;
    pmu_event(cpu, PMU_TTBR_WRITE_RETIRED);
    uint16_t asid = context_asid(cpu);
    if (asid != cpu->asid)
        tlb_set_asid(cpu, asid);
}

WRITE_HOOK(contextidr_write)
{
    cpu->sys[reg] = value;
    pmu_event(cpu, PMU_CID_WRITE_RETIRED);
}

WRITE_HOOK(translation_write) /* TCR_EL1, MAIR_EL1 */
{
    if (cpu->sys[reg] == value)
        return;
    cpu->sys[reg] = value;
    tlb_flush_all(cpu);
    tlb_set_asid(cpu, context_asid(cpu));
}

/* -- processor state -- */

READ_HOOK(isr_read)
{
    return (uint64_t)cpu_line(cpu, CPU_LINE_IRQ) << 7 | (uint64_t)cpu_line(cpu, CPU_LINE_FIQ) << 6;
}

static uint64_t stack_read(const struct cpu *cpu, unsigned n)
{
    bool current = n == (cpu->el && cpu->sp_sel);
    return current ? cpu->x[X_SP] : cpu->sp_el[n];
}

static void stack_write(struct cpu *cpu, unsigned n, uint64_t value)
{
    bool current = n == (cpu->el && cpu->sp_sel);
    *(current ? &cpu->x[X_SP] : &cpu->sp_el[n]) = value;
    if (current)
        cpu_refresh(cpu);
}

READ_HOOK(sp_el0_read)
{
    return stack_read(cpu, 0);
}

READ_HOOK(sp_el1_read)
{
    return stack_read(cpu, 1);
}

WRITE_HOOK(sp_el0_write)
{
    stack_write(cpu, 0, value);
}

WRITE_HOOK(sp_el1_write)
{
    stack_write(cpu, 1, value);
}

READ_HOOK(spsel_read)
{
    return cpu->sp_sel;
}

WRITE_HOOK(spsel_write)
{
    pstate_select(cpu, cpu->el, value & 1);
    cpu_refresh(cpu);
}

READ_HOOK(currentel_read)
{
    return (uint64_t)cpu->el << 2;
}

READ_HOOK(nzcv_read)
{
    return flags_to_nzcv(cpu->flags);
}

WRITE_HOOK(nzcv_write)
{
    cpu->flags = flags_from_nzcv((uint32_t)value);
}

READ_HOOK(daif_read)
{
    return (uint64_t)cpu->daif << 6;
}

WRITE_HOOK(daif_write)
{
    cpu->daif = value >> 6 & 0xf;
    cpu_update_interrupt(cpu);
}

READ_HOOK(fpcr_read)
{
    return cpu->fpcr;
}

WRITE_HOOK(fpcr_write)
{
    cpu_set_fpcr(cpu, (uint32_t)value);
}

READ_HOOK(fpsr_read)
{
    return cpu->fpsr;
}

WRITE_HOOK(fpsr_write)
{
    cpu_set_fpsr(cpu, (uint32_t)value);
}

/* MSR (immediate). */
enum sysreg_result sysreg_write_pstate(struct cpu *cpu, unsigned op1, unsigned op2, unsigned imm)
{
    if (op1 == 0 && op2 == 5) {
        if (cpu->el == 0)
            return SYSREG_UNDEFINED;
        spsel_write(cpu, SYSREG_SPSel, imm & 1);
        return SYSREG_OK;
    }
    if (op1 != 3 || (op2 != 6 && op2 != 7))
        return SYSREG_UNDEFINED;
    if (cpu->el == 0 && !(cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_UMA))
        return SYSREG_TRAPPED;
    cpu->daif = (uint8_t)(op2 == 6 ? cpu->daif | imm : cpu->daif & ~imm) & 0xf;
    cpu_update_interrupt(cpu);
    return SYSREG_OK;
}
