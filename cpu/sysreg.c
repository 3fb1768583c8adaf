/* SPDX-License-Identifier: MIT */
/*
 * Finding system registers, and who may access them (Arm ARM D12, "AArch64 System Register
 * Descriptions").
 */
#include "cpu/debug.h"
#include "cpu/mem.h"
#include "cpu/pmu.h"
#include "cpu/sysreg_internal.h"

#include <stdio.h>
#include <string.h>

const struct sysreg_row sysreg_rows[SYSREG_COUNT] = {
#define SYSREG(name, op0, op1, crn, crm, op2, el1, el0, gate, reset, writable, read, write)        \
    { #name,        SYSREG_ENCODING(op0, op1, crn, crm, op2),                                      \
      ACCESS_##el1, ACCESS_##el0,                                                                  \
      GATE_##gate,  reset,                                                                         \
      writable,     read,                                                                          \
      write },
#include "cpu/sysreg.def"
#undef SYSREG
};

/* Index + 1 by encoding, for op0 2 and 3. */
static const uint8_t row_of[1u << 15] = {
#define SYSREG(name, op0, op1, crn, crm, op2, ...)                                                 \
    [SYSREG_ENCODING(op0, op1, crn, crm, op2) & 0x7fff] = SYSREG_##name + 1,
#include "cpu/sysreg.def"
#undef SYSREG
};
_Static_assert(SYSREG_COUNT < UINT8_MAX, "row_of holds bytes");

int sysreg_find(uint32_t encoding)
{
    return encoding >> 15 == 1 ? row_of[encoding & 0x7fff] - 1 : -1;
}

bool sysreg_is_plain_read(int index, unsigned *min_el)
{
    const struct sysreg_row *row = &sysreg_rows[index];
    *min_el = (row->el0 & ACCESS_RO) && row->gate == GATE_NONE ? 0 : 1;
    return !row->read && (row->el1 & ACCESS_RO) && row->gate != GATE_SP && row->gate != GATE_FP;
}

static enum sysreg_result trapped_unless(uint64_t condition)
{
    return condition ? SYSREG_OK : SYSREG_TRAPPED;
}

/* The gates that stand between EL0 and a register. */
static enum sysreg_result check_gate(const struct cpu *cpu, const struct sysreg_row *row, bool read)
{
    const uint64_t sctlr = cpu->sys[SYSREG_SCTLR_EL1], cntkctl = cpu->sys[SYSREG_CNTKCTL_EL1];
    const uint64_t pmuserenr = cpu->sys[SYSREG_PMUSERENR_EL0];
    switch ((enum sysreg_gate)row->gate) {
    case GATE_UCT:
        return trapped_unless(sctlr & SCTLR_UCT);
    case GATE_UMA:
        return trapped_unless(sctlr & SCTLR_UMA);
    case GATE_CNTFRQ:
        return trapped_unless(cntkctl & 3);
    case GATE_CNTPCT:
        return trapped_unless(cntkctl & 1);
    case GATE_CNTVCT:
        return trapped_unless(cntkctl & 2);
    case GATE_CNTP:
        return trapped_unless(cntkctl & 1u << 9);
    case GATE_CNTV:
        return trapped_unless(cntkctl & 1u << 8);
    case GATE_PMU:
        return trapped_unless(pmuserenr & 1);
    case GATE_PMU_SW:
        return trapped_unless(pmuserenr & 3);
    case GATE_PMU_CR:
        return trapped_unless(pmuserenr & (read ? 5 : 1));
    case GATE_PMU_ER:
        read |= row == &sysreg_rows[SYSREG_PMSELR_EL0];
        return trapped_unless(pmuserenr & (read ? 9 : 1));
    case GATE_TDCC:
        return trapped_unless(!(cpu->sys[SYSREG_MDSCR_EL1] & 1u << 12));
    case GATE_NONE:
    case GATE_SP:
    case GATE_FP:
        break;
    }
    return SYSREG_OK;
}

static enum sysreg_result check_access(const struct cpu *cpu, const struct sysreg_row *row,
                                       enum sysreg_access access)
{
    if (!((cpu->el ? row->el1 : row->el0) & access))
        return SYSREG_UNDEFINED;
    if (row->gate == GATE_NONE)
        return SYSREG_OK;
    if (row->gate == GATE_FP)
        return cpu->fp_trap ? SYSREG_FP_TRAPPED : SYSREG_OK;
    if (row->gate == GATE_SP)
        return cpu->sp_sel ? SYSREG_OK : SYSREG_UNDEFINED;
    return cpu->el ? SYSREG_OK : check_gate(cpu, row, access == ACCESS_RO);
}

static uint64_t read_row(const struct cpu *cpu, enum sysreg reg)
{
    const struct sysreg_row *row = &sysreg_rows[reg];
    return row->read ? row->read(cpu, reg) : cpu->sys[reg];
}

static void write_row(struct cpu *cpu, enum sysreg reg, uint64_t value)
{
    const struct sysreg_row *row = &sysreg_rows[reg];
    value = (row->reset & ~row->writable) | (value & row->writable);
    if (row->write)
        row->write(cpu, reg, value);
    else
        cpu->sys[reg] = value;
}

enum sysreg_result sysreg_read(struct cpu *cpu, uint32_t encoding, uint64_t *value)
{
    int index = sysreg_find(encoding);
    if (index < 0) {
        sysreg_log_unknown(cpu, encoding, false);
        return SYSREG_UNDEFINED;
    }
    enum sysreg_result result = check_access(cpu, &sysreg_rows[index], ACCESS_RO);
    if (result == SYSREG_OK) {
        *value = read_row(cpu, (enum sysreg)index);
        if (index == SYSREG_DBGDTR_EL0 || index == SYSREG_DBGDTRTX_EL0)
            debug_word_received(cpu);
    }
    return result;
}

enum sysreg_result sysreg_write(struct cpu *cpu, uint32_t encoding, uint64_t value)
{
    int index = sysreg_find(encoding);
    if (index < 0) {
        sysreg_log_unknown(cpu, encoding, true);
        return SYSREG_UNDEFINED;
    }
    enum sysreg_result result = check_access(cpu, &sysreg_rows[index], ACCESS_WO);
    if (result == SYSREG_OK)
        write_row(cpu, (enum sysreg)index, value);
    return result;
}

void sysreg_reset(struct cpu *cpu)
{
    for (unsigned i = 0; i < SYSREG_COUNT; i++)
        cpu->sys[i] = sysreg_rows[i].reset;
    cpu->sys[SYSREG_CNTFRQ_EL0] = cpu->port.counter_frequency;
    cpu->pmu_count = cpu->count;
    pmu_refresh(cpu);
    tlb_flush_all(cpu);
    tlb_set_asid(cpu, context_asid(cpu));
    cpu->step_syndrome = 0;
    debug_refresh(cpu);
}

bool sysreg_first_report(struct cpu *cpu, uint32_t encoding)
{
    uint8_t *seen = &cpu->sysreg_reported[(encoding & 0xffff) / 8];
    const uint8_t bit = (uint8_t)(1u << encoding % 8);
    const bool first = !(*seen & bit);
    *seen |= bit;
    return first;
}

void sysreg_log_unknown(struct cpu *cpu, uint32_t encoding, bool write)
{
    if (!sysreg_first_report(cpu, encoding))
        return;
    unsigned op0 = encoding >> 14 & 3, op1 = encoding >> 11 & 7, crn = encoding >> 7 & 15;
    unsigned crm = encoding >> 3 & 15, op2 = encoding & 7;
    cpu_log(cpu, CPU_LOG_UNIMP,
            "%s of an unknown register at %#llx: SYSREG(S%u_%u_C%u_C%u_%u, %u, %u, %u, %u, %u, RW, "
            "NO, NONE, "
            "0, 0, NULL, NULL)",
            write ? "write" : "read", (unsigned long long)cpu->pc, op0, op1, crn, crm, op2, op0,
            op1, crn, crm, op2);
}

static int find_name(const char *name)
{
    for (int i = 0; i < SYSREG_COUNT; i++)
        if (strcmp(sysreg_rows[i].name, name) == 0)
            return i;
    return -1;
}

bool cpu_get_sysreg(const struct cpu *cpu, const char *name, uint64_t *value)
{
    int index = find_name(name);
    if (index < 0)
        return false;
    *value = read_row(cpu, (enum sysreg)index);
    return true;
}

static bool is_writable(const struct sysreg_row *row)
{
    return row->writable || row->write;
}

bool cpu_set_sysreg(struct cpu *cpu, const char *name, uint64_t value)
{
    int index = find_name(name);
    if (index < 0 || !is_writable(&sysreg_rows[index]))
        return false;
    write_row(cpu, (enum sysreg)index, value);
    return true;
}

/* Arm ARM D12.1, "About the AArch64 System registers": who stands where in the encoding space. */
static const char *group_of(unsigned encoding)
{
    unsigned op0 = encoding >> 14 & 3, op1 = encoding >> 11 & 7, crn = encoding >> 7 & 15;
    unsigned crm = encoding >> 3 & 15;
    if (op0 == 2)
        return "debug";
    if (crn == 0)
        return "id";
    if (crn == 9 || (crn == 14 && crm >= 8))
        return "pmu";
    if (crn == 14)
        return "timer";
    return op1 == 1 && (crn == 11 || crn == 15) ? "impdef" : "system";
}

bool cpu_describe_sysreg(unsigned index, struct cpu_sysreg *out)
{
    if (index >= SYSREG_COUNT)
        return false;
    const struct sysreg_row *row = &sysreg_rows[index];
    *out = (struct cpu_sysreg){ row->name, group_of(row->encoding), row->el1 != ACCESS_WO,
                                is_writable(row), row->encoding };
    return true;
}

void cpu_each_sysreg(const struct cpu *cpu,
                     void (*visit)(void *ctx, const char *name, uint64_t value), void *ctx)
{
    for (unsigned i = 0; i < SYSREG_COUNT; i++)
        visit(ctx, sysreg_rows[i].name, read_row(cpu, (enum sysreg)i));
}
