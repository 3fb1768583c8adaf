/* SPDX-License-Identifier: MIT */
/*
 * The architectural state as bytes. TLBs and decoded instructions are not part of it: they are
 * found again.
 */
#include "cpu/debug.h"
#include "cpu/exception.h"
#include "cpu/mem.h"
#include "cpu/pmu.h"
#include "cpu/sysreg_internal.h"

#include <string.h>

/* Changes with the struct or with sysreg.def; a file that does not match is refused. */
#define SNAPSHOT_VERSION 2u

struct cpu_snapshot {
    uint32_t version, sysregs;
    uint64_t x[32], sp_el[2];
    uint64_t v[32][2];
    uint64_t pc, count, pmu_count;
    uint64_t monitor_pa, monitor_data[2];
    uint32_t pstate, fpcr, fpsr, monitor_size; /* size 0: not armed */
    uint8_t event, line[2], timer_level[CPU_TIMERS], reserved[3];
    uint32_t step_syndrome;
    uint8_t pmu_level, pmu_entries, reserved2[2];
    uint64_t sys[SYSREG_COUNT];
};

size_t cpu_state_size(void)
{
    return sizeof(struct cpu_snapshot);
}

void cpu_save(const struct cpu *cpu, void *buffer)
{
    struct cpu_snapshot s;
    memset(&s, 0, sizeof(s));
    s.version = SNAPSHOT_VERSION;
    s.sysregs = SYSREG_COUNT;
    memcpy(s.x, cpu->x, sizeof(s.x));
    memcpy(s.sp_el, cpu->sp_el, sizeof(s.sp_el));
    memcpy(s.v, cpu->v, sizeof(s.v));
    s.pc = cpu->pc;
    s.count = cpu->count;
    s.pmu_count = cpu->pmu_count;
    s.pmu_level = cpu->pmu_level;
    s.pmu_entries = cpu->pmu_entries;
    s.monitor_pa = cpu->exclusive.pa;
    memcpy(s.monitor_data, cpu->exclusive.data, sizeof(s.monitor_data));
    s.monitor_size = cpu->exclusive.armed ? cpu->exclusive.size : 0;
    s.pstate = pstate_read(cpu);
    s.fpcr = cpu->fpcr;
    s.fpsr = cpu->fpsr;
    s.event = cpu->event;
    s.step_syndrome = cpu->step_syndrome;
    s.line[0] = cpu->line[0];
    s.line[1] = cpu->line[1];
    for (unsigned t = 0; t < CPU_TIMERS; t++)
        s.timer_level[t] = cpu->timer_level[t];
    memcpy(s.sys, cpu->sys, sizeof(s.sys));
    memcpy(buffer, &s, sizeof(s));
}

static bool acceptable(const struct cpu_snapshot *s)
{
    const unsigned size = s->monitor_size;
    return s->version == SNAPSHOT_VERSION && s->sysregs == SYSREG_COUNT &&
           !(s->pstate & 0x1a) /* AArch64, EL0 or EL1 */ &&
           (s->pstate & 5) != 1 /* EL0t, EL1t, EL1h */ && size <= 16 && !(size & (size - 1)) &&
           (!size || s->monitor_pa % size == 0);
}

/* Only bits that a guest could have set: reserved ones and constants stay what they are. */
static void load_sysregs(struct cpu *cpu, const uint64_t *sys)
{
    for (unsigned i = 0; i < SYSREG_COUNT; i++) {
        const struct sysreg_row *row = &sysreg_rows[i];
        cpu->sys[i] = (row->reset & ~row->writable) | (sys[i] & row->writable);
    }
    cpu->sys[SYSREG_OSLSR_EL1] =
        (sysreg_rows[SYSREG_OSLSR_EL1].reset & ~2ull) | (sys[SYSREG_OSLSR_EL1] & 2);
}

bool cpu_load(struct cpu *cpu, const void *buffer, size_t size)
{
    struct cpu_snapshot s;
    if (size != sizeof(s))
        return false;
    memcpy(&s, buffer, sizeof(s));
    if (!acceptable(&s))
        return false;
    load_sysregs(cpu, s.sys);
    tlb_flush_all(cpu);
    tlb_set_asid(cpu, context_asid(cpu));
    pstate_write(cpu, s.pstate);
    cpu->il = s.pstate >> 20 & 1;
    cpu->ss = s.pstate >> 21 & 1;
    memcpy(cpu->x, s.x, sizeof(s.x));
    memcpy(cpu->sp_el, s.sp_el, sizeof(s.sp_el));
    memcpy(cpu->v, s.v, sizeof(s.v));
    cpu->pc = s.pc;
    cpu->count = s.count;
    cpu->pmu_count = s.pmu_count;
    cpu->pmu_level = s.pmu_level & 1;
    cpu->pmu_entries = s.pmu_entries & 1;
    cpu->exclusive = (struct exclusive_monitor){
        .armed = s.monitor_size != 0,
        .size = s.monitor_size,
        .pa = s.monitor_pa,
        .data = { s.monitor_data[0], s.monitor_data[1] },
    };
    cpu_set_fpcr(cpu, s.fpcr);
    cpu_set_fpsr(cpu, s.fpsr);
    cpu->event = s.event != 0;
    cpu->line[0] = s.line[0] != 0;
    cpu->line[1] = s.line[1] != 0;
    for (unsigned t = 0; t < CPU_TIMERS; t++)
        cpu->timer_level[t] = s.timer_level[t] != 0;
    cpu->step_syndrome = s.step_syndrome & STEP_SYNDROME;
    cpu_refresh(cpu);
    debug_refresh(cpu);
    pmu_refresh(cpu);
    return true;
}
