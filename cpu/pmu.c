/* SPDX-License-Identifier: MIT */
/*
 * Performance monitors (Arm ARM D6): a cycle counter and six event counters.
 *
 * A cycle is an instruction, or the entry to an exception. Counters are brought up to date when
 * somebody looks, when what is counted changes, when the exception level does (the filters), and at
 * pmu_deadline, where the first of them overflows: a check point that depends on the guest's code
 * alone, so that runs repeat. Nothing is counted in between, and nothing at all while PMCR_EL0.E is
 * clear. PMCEID0_EL0 names the events; those that would have to be counted one by one on fast paths
 * are not among them, nor TLB refills, which a snapshot does not keep.
 */
#include "cpu/pmu.h"

#include "cpu/sysreg_internal.h"

#define CYCLE_COUNTER 31
#define COUNTERS      6
#define LAST          COUNTERS /* in loops over all: the cycle counter */

#define PMCR_E  (1u << 0)
#define PMCR_P  (1u << 1)
#define PMCR_C  (1u << 2)
#define PMCR_D  (1u << 3) /* the cycle counter counts every 64th cycle */
#define PMCR_LC (1u << 6) /* it overflows at 64 bits, and D is ignored */

/* PMEVTYPERn_EL0 and PMCCFILTR_EL0; the other filter bits need EL2 or EL3. */
#define FILTER_P (1u << 31) /* not at EL1 */
#define FILTER_U (1u << 30) /* not at EL0 */

static unsigned counter_at(unsigned i)
{
    return i == LAST ? CYCLE_COUNTER : i;
}

static enum sysreg counter_of(unsigned n)
{
    return n == CYCLE_COUNTER ? SYSREG_PMCCNTR_EL0 : (enum sysreg)(SYSREG_PMEVCNTR0_EL0 + n);
}

static unsigned event_of(const struct cpu *cpu, unsigned n)
{
    return n == CYCLE_COUNTER ? PMU_CPU_CYCLES : cpu->sys[SYSREG_PMEVTYPER0_EL0 + n] & 0x3ff;
}

static bool enabled(const struct cpu *cpu, unsigned n)
{
    return (cpu->sys[SYSREG_PMCR_EL0] & PMCR_E) && (cpu->sys[SYSREG_PMCNTENSET_EL0] >> n & 1);
}

/* Enabled, and not filtered at this EL. */
static bool counts(const struct cpu *cpu, unsigned n)
{
    const enum sysreg type =
        n == CYCLE_COUNTER ? SYSREG_PMCCFILTR_EL0 : (enum sysreg)(SYSREG_PMEVTYPER0_EL0 + n);
    return enabled(cpu, n) && !(cpu->sys[type] & (cpu->el ? FILTER_P : FILTER_U));
}

static bool is_long(const struct cpu *cpu, unsigned n)
{
    return n == CYCLE_COUNTER && (cpu->sys[SYSREG_PMCR_EL0] & PMCR_LC);
}

static bool is_divided(const struct cpu *cpu, unsigned n)
{
    return n == CYCLE_COUNTER && (cpu->sys[SYSREG_PMCR_EL0] & (PMCR_D | PMCR_LC)) == PMCR_D;
}

/* What has happened up to `now` that counter n has not counted yet. */
static uint64_t advance_of(const struct cpu *cpu, unsigned n, uint64_t now);

/* Would counting `by` more wrap it? */
static bool overflows(const struct cpu *cpu, unsigned n, uint64_t by)
{
    const uint64_t before = cpu->sys[counter_of(n)];
    return is_long(cpu, n) ? before + by < before : (before & UINT32_MAX) + by > UINT32_MAX;
}

static uint64_t advance_of(const struct cpu *cpu, unsigned n, uint64_t now)
{
    if (!counts(cpu, n))
        return 0;
    switch (event_of(cpu, n)) {
    case PMU_CPU_CYCLES:
        return is_divided(cpu, n) ? now / 64 - cpu->pmu_count / 64 : now - cpu->pmu_count;
    case PMU_INST_RETIRED:
        return now - cpu->pmu_count - cpu->pmu_entries;
    case PMU_CHAIN: /* the overflows of the counter before an odd one */
        return (n & 1) && overflows(cpu, n - 1, advance_of(cpu, n - 1, now));
    default:
        return 0;
    }
}

static void advance(struct cpu *cpu, unsigned n, uint64_t by)
{
    if (overflows(cpu, n, by))
        cpu->sys[SYSREG_PMOVSCLR_EL0] |= 1ull << n;
    uint64_t *counter = &cpu->sys[counter_of(n)];
    *counter = n == CYCLE_COUNTER ? *counter + by : (uint32_t)(*counter + by);
}

/* From the last to the first: a chained counter looks at the one before it. */
static void synchronize(struct cpu *cpu, uint64_t now)
{
    for (unsigned i = LAST + 1; i-- > 0;)
        advance(cpu, counter_at(i), advance_of(cpu, counter_at(i), now));
    cpu->pmu_count = now;
    cpu->pmu_entries = 0;
}

/* -- overflows -- */

static void drive_line(struct cpu *cpu)
{
    const bool level = (cpu->sys[SYSREG_PMCR_EL0] & PMCR_E) &&
                       (cpu->sys[SYSREG_PMOVSCLR_EL0] & cpu->sys[SYSREG_PMINTENSET_EL1]);
    if (level == cpu->pmu_level)
        return;
    cpu->pmu_level = level;
    if (cpu->port.pmu_line)
        cpu->port.pmu_line(cpu->port.ctx, cpu->index, level);
}

/* The count at which counter n overflows if all goes on as it is, or earlier. */
static uint64_t overflow_count(const struct cpu *cpu, unsigned n)
{
    const unsigned event = event_of(cpu, n);
    if (!counts(cpu, n) || (event != PMU_CPU_CYCLES && event != PMU_INST_RETIRED))
        return UINT64_MAX;
    const uint64_t value = cpu->sys[counter_of(n)];
    uint64_t left = is_long(cpu, n) ? 0 - value : (1ull << 32) - (uint32_t)value;
    if (is_divided(cpu, n))
        left = left * 64 - cpu->pmu_count % 64;
    const uint64_t at = cpu->pmu_count + left;
    return left && at > cpu->pmu_count ? at : UINT64_MAX;
}

/* After a change of registers or of the EL, synchronized. */
static void refresh(struct cpu *cpu)
{
    cpu->pmu_active = (cpu->sys[SYSREG_PMCR_EL0] & PMCR_E) && cpu->sys[SYSREG_PMCNTENSET_EL0];
    cpu->pmu_deadline = UINT64_MAX;
    for (unsigned i = 0; i <= LAST; i++) {
        const uint64_t at = overflow_count(cpu, counter_at(i));
        if (at < cpu->pmu_deadline)
            cpu->pmu_deadline = at;
    }
    drive_line(cpu);
    /* The handlers' limit was made for another deadline. */
    if (cpu->pmu_deadline != UINT64_MAX)
        __atomic_store_n(&cpu->interrupt, true, __ATOMIC_RELAXED);
}

void pmu_refresh(struct cpu *cpu)
{
    synchronize(cpu, cpu->count);
    refresh(cpu);
}

/* -- single events -- */

static void count_one(struct cpu *cpu, unsigned n)
{
    const unsigned next = n + 1;
    const bool carries = !(n & 1) && event_of(cpu, next) == PMU_CHAIN && overflows(cpu, n, 1);
    if (carries && counts(cpu, next))
        advance(cpu, next, 1);
    advance(cpu, n, 1);
}

static void count_event(struct cpu *cpu, unsigned event)
{
    for (unsigned n = 0; n < COUNTERS; n++)
        if (event_of(cpu, n) == event && counts(cpu, n))
            count_one(cpu, n);
}

void pmu_event(struct cpu *cpu, unsigned event)
{
    if (!cpu->pmu_active)
        return;
    count_event(cpu, event);
    drive_line(cpu);
}

void pmu_leave_el(struct cpu *cpu, unsigned event, bool retired)
{
    synchronize(cpu, cpu->count + retired);
    count_event(cpu, event);
    cpu->pmu_entries = !retired;
}

void pmu_enter_el(struct cpu *cpu)
{
    refresh(cpu);
}

/* -- registers -- */

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
    synchronize(cpu, cpu->count);
    cpu->sys[bits_of(reg)] |= value;
    refresh(cpu);
}

WRITE_HOOK(pmu_bits_clear)
{
    synchronize(cpu, cpu->count);
    cpu->sys[bits_of(reg)] &= ~value;
    refresh(cpu);
}

static unsigned number_of(enum sysreg reg)
{
    return reg == SYSREG_PMCCNTR_EL0 ? CYCLE_COUNTER : (unsigned)(reg - SYSREG_PMEVCNTR0_EL0);
}

READ_HOOK(pmu_counter_read)
{
    unsigned n = number_of(reg);
    uint64_t value = cpu->sys[reg] + advance_of(cpu, n, cpu->count);
    return n == CYCLE_COUNTER ? value : (uint32_t)value;
}

WRITE_HOOK(pmu_counter_write)
{
    synchronize(cpu, cpu->count);
    cpu->sys[reg] = value;
    refresh(cpu);
}

/* PMOVSCLR_EL0 and PMOVSSET_EL0: an overflow may have happened since the last look. */
READ_HOOK(pmu_overflow_read)
{
    uint64_t flags = cpu->sys[bits_of(reg)];
    for (unsigned i = 0; i <= LAST; i++) {
        const unsigned n = counter_at(i);
        flags |= (uint64_t)overflows(cpu, n, advance_of(cpu, n, cpu->count)) << n;
    }
    return flags;
}

/* PMEVTYPERn_EL0 and PMCCFILTR_EL0. */
WRITE_HOOK(pmu_type_write)
{
    synchronize(cpu, cpu->count);
    cpu->sys[reg] = value;
    refresh(cpu);
}

READ_HOOK(pmcr_read)
{
    return cpu->sys[reg] | (uint64_t)cpu->port.model->pmcr_idcode << 16;
}

WRITE_HOOK(pmcr_write)
{
    synchronize(cpu, cpu->count);
    if (value & PMCR_P)
        for (unsigned n = 0; n < COUNTERS; n++)
            cpu->sys[counter_of(n)] = 0;
    if (value & PMCR_C)
        cpu->sys[SYSREG_PMCCNTR_EL0] = 0;
    cpu->sys[reg] = value & ~(uint64_t)(PMCR_P | PMCR_C);
    refresh(cpu);
}

WRITE_HOOK(pmswinc_write)
{
    for (unsigned n = 0; n < COUNTERS; n++)
        if ((value >> n & 1) && event_of(cpu, n) == PMU_SW_INCR && counts(cpu, n))
            count_one(cpu, n);
    pmu_refresh(cpu);
}

/* The register that PMSELR_EL0 selects: `first` and up, `cycle`, or SYSREG_COUNT for none. */
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
