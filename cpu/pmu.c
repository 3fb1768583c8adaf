/* SPDX-License-Identifier: MIT */
/*
 * Performance monitors (Arm ARM D6): a cycle counter and six event counters, none of which ever
 * interrupts.
 *
 * A cycle is an instruction. Counters count the events SW_INCR, INST_RETIRED and CPU_CYCLES; others
 * stay where they are. They are brought up to date when somebody looks or changes what is counted.
 * The filters (P, U, ...) are stored only.
 */
#include "cpu/sysreg_internal.h"

#define CYCLE_COUNTER 31
#define COUNTERS      6

#define PMCR_E  (1u << 0)
#define PMCR_P  (1u << 1)
#define PMCR_C  (1u << 2)
#define PMCR_D  (1u << 3) /* the cycle counter counts every 64th cycle */
#define PMCR_LC (1u << 6)

enum { EVENT_SW_INCR = 0x00, EVENT_INST_RETIRED = 0x08, EVENT_CPU_CYCLES = 0x11 };

static bool enabled(const struct cpu *cpu, unsigned n)
{
    return (cpu->sys[SYSREG_PMCR_EL0] & PMCR_E) && (cpu->sys[SYSREG_PMCNTENSET_EL0] >> n & 1);
}

static bool counts_instructions(const struct cpu *cpu, unsigned n)
{
    if (n == CYCLE_COUNTER)
        return true;
    unsigned event = cpu->sys[SYSREG_PMEVTYPER0_EL0 + n] & 0x3ff;
    return event == EVENT_INST_RETIRED || event == EVENT_CPU_CYCLES;
}

static enum sysreg counter_of(unsigned n)
{
    return n == CYCLE_COUNTER ? SYSREG_PMCCNTR_EL0 : (enum sysreg)(SYSREG_PMEVCNTR0_EL0 + n);
}

static uint64_t advance_of(const struct cpu *cpu, unsigned n)
{
    if (!enabled(cpu, n) || !counts_instructions(cpu, n))
        return 0;
    bool divided = n == CYCLE_COUNTER && (cpu->sys[SYSREG_PMCR_EL0] & PMCR_D);
    return divided ? cpu->count / 64 - cpu->pmu_count / 64 : cpu->count - cpu->pmu_count;
}

/* Would counting `by` more wrap it? The cycle counter overflows at 32 bits unless PMCR_EL0.LC
 * says 64. */
static bool overflows(const struct cpu *cpu, unsigned n, uint64_t by)
{
    uint64_t before = cpu->sys[counter_of(n)];
    if (n == CYCLE_COUNTER && (cpu->sys[SYSREG_PMCR_EL0] & PMCR_LC))
        return before + by < before;
    return (before & UINT32_MAX) + by > UINT32_MAX;
}

static void advance(struct cpu *cpu, unsigned n, uint64_t by)
{
    if (overflows(cpu, n, by))
        cpu->sys[SYSREG_PMOVSCLR_EL0] |= 1ull << n;
    uint64_t *counter = &cpu->sys[counter_of(n)];
    *counter = n == CYCLE_COUNTER ? *counter + by : (uint32_t)(*counter + by);
}

static void synchronize(struct cpu *cpu)
{
    for (unsigned n = 0; n < COUNTERS; n++)
        advance(cpu, n, advance_of(cpu, n));
    advance(cpu, CYCLE_COUNTER, advance_of(cpu, CYCLE_COUNTER));
    cpu->pmu_count = cpu->count;
}

/* The register that holds the bits of a SET and CLR pair. */
static enum sysreg bits_of(enum sysreg reg)
{
    switch (reg) {
    case SYSREG_PMINTENCLR_EL1:
        return SYSREG_PMINTENSET_EL1;
    case SYSREG_PMCNTENCLR_EL0:
        return SYSREG_PMCNTENSET_EL0;
    case SYSREG_PMOVSSET_EL0:
        return SYSREG_PMOVSCLR_EL0;
    default:
        return reg;
    }
}

READ_HOOK(pmu_bits_read)
{
    return cpu->sys[bits_of(reg)];
}

WRITE_HOOK(pmu_bits_set)
{
    synchronize(cpu);
    cpu->sys[bits_of(reg)] |= value;
}

WRITE_HOOK(pmu_bits_clear)
{
    synchronize(cpu);
    cpu->sys[bits_of(reg)] &= ~value;
}

static unsigned number_of(enum sysreg reg)
{
    return reg == SYSREG_PMCCNTR_EL0 ? CYCLE_COUNTER : (unsigned)(reg - SYSREG_PMEVCNTR0_EL0);
}

READ_HOOK(pmu_counter_read)
{
    unsigned n = number_of(reg);
    uint64_t value = cpu->sys[reg] + advance_of(cpu, n);
    return n == CYCLE_COUNTER ? value : (uint32_t)value;
}

WRITE_HOOK(pmu_counter_write)
{
    synchronize(cpu);
    cpu->sys[reg] = value;
}

/* PMOVSCLR_EL0 and PMOVSSET_EL0: an overflow may have happened since the last look. */
READ_HOOK(pmu_overflow_read)
{
    uint64_t flags = cpu->sys[bits_of(reg)];
    for (unsigned n = 0; n < COUNTERS; n++)
        flags |= (uint64_t)overflows(cpu, n, advance_of(cpu, n)) << n;
    return flags | (uint64_t)overflows(cpu, CYCLE_COUNTER, advance_of(cpu, CYCLE_COUNTER))
                       << CYCLE_COUNTER;
}

WRITE_HOOK(pmu_type_write)
{
    synchronize(cpu);
    cpu->sys[reg] = value;
}

READ_HOOK(pmcr_read)
{
    return cpu->sys[reg] | (uint64_t)cpu->port.model->pmcr_idcode << 16;
}

WRITE_HOOK(pmcr_write)
{
    synchronize(cpu);
    if (value & PMCR_P)
        for (unsigned n = 0; n < COUNTERS; n++)
            cpu->sys[counter_of(n)] = 0;
    if (value & PMCR_C)
        cpu->sys[SYSREG_PMCCNTR_EL0] = 0;
    cpu->sys[reg] = value & ~(uint64_t)(PMCR_P | PMCR_C);
}

WRITE_HOOK(pmswinc_write)
{
    for (unsigned n = 0; n < COUNTERS; n++)
        if ((value >> n & 1) && enabled(cpu, n) &&
            (cpu->sys[SYSREG_PMEVTYPER0_EL0 + n] & 0x3ff) == EVENT_SW_INCR)
            advance(cpu, n, 1);
}

/* The register that PMSELR_EL0 selects, or `none`. */
static enum sysreg selected(const struct cpu *cpu, enum sysreg first, enum sysreg cycle)
{
    unsigned n = cpu->sys[SYSREG_PMSELR_EL0] & 0x1f;
    return n == CYCLE_COUNTER ? cycle : n < COUNTERS ? (enum sysreg)(first + n) : SYSREG_COUNT;
}

READ_HOOK(pmxevtyper_read)
{
    enum sysreg to = selected(cpu, SYSREG_PMEVTYPER0_EL0, SYSREG_PMCCFILTR_EL0);
    return to == SYSREG_COUNT ? 0 : cpu->sys[to];
}

WRITE_HOOK(pmxevtyper_write)
{
    enum sysreg to = selected(cpu, SYSREG_PMEVTYPER0_EL0, SYSREG_PMCCFILTR_EL0);
    if (to != SYSREG_COUNT)
        pmu_type_write(cpu, to, value & sysreg_rows[to].writable);
}

READ_HOOK(pmxevcntr_read)
{
    enum sysreg to = selected(cpu, SYSREG_PMEVCNTR0_EL0, SYSREG_COUNT);
    return to == SYSREG_COUNT ? 0 : pmu_counter_read(cpu, to);
}

WRITE_HOOK(pmxevcntr_write)
{
    enum sysreg to = selected(cpu, SYSREG_PMEVCNTR0_EL0, SYSREG_COUNT);
    if (to != SYSREG_COUNT)
        pmu_counter_write(cpu, to, value);
}
