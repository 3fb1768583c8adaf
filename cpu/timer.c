/* SPDX-License-Identifier: MIT */
/*
 * The generic timer (Arm ARM D10): the physical and the virtual timer of EL1, both on one counter
 * (CNTVOFF is 0).
 */
#include "cpu/sysreg_internal.h"

#define CTL_ENABLE  1u
#define CTL_IMASK   2u
#define CTL_ISTATUS 4u

static const enum sysreg ctl_of[CPU_TIMERS] = {
    [CPU_TIMER_PHYSICAL] = SYSREG_CNTP_CTL_EL0,
    [CPU_TIMER_VIRTUAL] = SYSREG_CNTV_CTL_EL0,
};
static const enum sysreg cval_of[CPU_TIMERS] = {
    [CPU_TIMER_PHYSICAL] = SYSREG_CNTP_CVAL_EL0,
    [CPU_TIMER_VIRTUAL] = SYSREG_CNTV_CVAL_EL0,
};

static enum cpu_timer timer_of(enum sysreg reg)
{
    bool virtual = reg == SYSREG_CNTV_CTL_EL0 || reg == SYSREG_CNTV_CVAL_EL0 ||
                   reg == SYSREG_CNTV_TVAL_EL0;
    return virtual ? CPU_TIMER_VIRTUAL : CPU_TIMER_PHYSICAL;
}

static uint64_t counter(const struct cpu *cpu)
{
    return cpu->port.counter(cpu->port.ctx);
}

static bool condition_met(const struct cpu *cpu, enum cpu_timer timer, uint64_t now)
{
    return (cpu->sys[ctl_of[timer]] & CTL_ENABLE) && now >= cpu->sys[cval_of[timer]];
}

static void update(struct cpu *cpu, enum cpu_timer timer, uint64_t now)
{
    bool level = condition_met(cpu, timer, now) && !(cpu->sys[ctl_of[timer]] & CTL_IMASK);
    if (level == cpu->timer_level[timer])
        return;
    cpu->timer_level[timer] = level;
    cpu->port.timer_line(cpu->port.ctx, cpu->index, timer, level);
}

void cpu_timer_update(struct cpu *cpu)
{
    const uint64_t now = counter(cpu);
    update(cpu, CPU_TIMER_PHYSICAL, now);
    update(cpu, CPU_TIMER_VIRTUAL, now);
}

uint64_t cpu_timer_deadline(const struct cpu *cpu)
{
    uint64_t deadline = UINT64_MAX;
    for (unsigned t = 0; t < CPU_TIMERS; t++) {
        bool armed = (cpu->sys[ctl_of[t]] & (CTL_ENABLE | CTL_IMASK)) == CTL_ENABLE;
        if (armed && !cpu->timer_level[t] && cpu->sys[cval_of[t]] < deadline)
            deadline = cpu->sys[cval_of[t]];
    }
    return deadline;
}

/* Arm ARM D10.2.3, "Event streams": an event at each transition of one bit of the counter. */
uint64_t cpu_event_stream_deadline(const struct cpu *cpu)
{
    const uint64_t cntkctl = cpu->sys[SYSREG_CNTKCTL_EL1];
    if (!(cntkctl & 1u << 2)) /* EVNTEN */
        return UINT64_MAX;
    const uint64_t bit = 1ull << (cntkctl >> 4 & 15), period = 2 * bit;
    const uint64_t phase = cntkctl & 1u << 3 ? 0 : bit; /* EVNTDIR: 1 to 0, or 0 to 1 */
    const uint64_t now = counter(cpu);
    return now + period - ((now - phase) & (period - 1));
}

READ_HOOK(counter_read)
{
    return counter(cpu);
}

READ_HOOK(timer_ctl_read)
{
    uint64_t istatus = condition_met(cpu, timer_of(reg), counter(cpu)) ? CTL_ISTATUS : 0;
    return cpu->sys[reg] | istatus;
}

READ_HOOK(timer_tval_read)
{
    return (uint32_t)(cpu->sys[cval_of[timer_of(reg)]] - counter(cpu));
}

/* CTL and CVAL. */
WRITE_HOOK(timer_write)
{
    cpu->sys[reg] = value;
    update(cpu, timer_of(reg), counter(cpu));
    cpu->port.timer_changed(cpu->port.ctx, cpu->index);
}

WRITE_HOOK(timer_tval_write)
{
    timer_write(cpu, cval_of[timer_of(reg)], counter(cpu) + (uint64_t)(int32_t)value);
}
