/* SPDX-License-Identifier: MIT */
/*
 * The CPU interface's registers: IHI 0048B, chapter 4, "CPU interface register descriptions".
 *
 * Without Security Extensions every access counts as Secure: the plain registers serve Group 0, and
 * Group 1 too once GICC_CTLR.AckCtl is set; the aliased ones (AIAR, AEOIR, AHPPIR) serve Group 1.
 */
#include "devices/gic_state.h"

#define GICC_CTLR   0x000
#define GICC_PMR    0x004
#define GICC_BPR    0x008
#define GICC_IAR    0x00c
#define GICC_EOIR   0x010
#define GICC_RPR    0x014
#define GICC_HPPIR  0x018
#define GICC_ABPR   0x01c
#define GICC_AIAR   0x020
#define GICC_AEOIR  0x024
#define GICC_AHPPIR 0x028
#define GICC_APR    0x0d0
#define GICC_NSAPR  0x0e0
#define GICC_IIDR   0x0fc
#define GICC_DIR    0x1000

#define GICC_CTLR_MASK                                                                             \
    (GIC_ENABLE_GRP0 | GIC_ENABLE_GRP1 | GICC_ACK_CTL | GICC_FIQ_EN | GICC_CBPR | GICC_EOI_MODE)
#define GICC_IIDR_VALUE 0x0002043b /* architecture 2, implementer: Arm */
#define INTID_MASK      0x3ff      /* of IAR, EOIR, DIR, HPPIR */
#define IDLE_RPR        0xff

static void guest_error(struct gic *gic, unsigned cpu, const char *what, unsigned value)
{
    device_log(&gic->env.log, LOG_GUEST_ERROR, "gic", "cpu %u: %s (%u)", cpu, what, value);
}

/* --- Acknowledge --- */

/* The highest-priority pending interrupt as one of the two register sets reports it. */
static unsigned highest_pending(struct gic *gic, unsigned cpu, bool aliased)
{
    const struct gic_summary *summary = &gic->summary[cpu];
    const struct gic_cpu_interface *interface = &gic->state.cpu[cpu];
    if (summary->best == GIC_SPURIOUS || summary->best_priority >= interface->pmr)
        return GIC_SPURIOUS;
    unsigned group = gic_group(gic, cpu, summary->best);
    if (!(interface->ctlr >> group & 1))
        return GIC_SPURIOUS;
    if (aliased)
        return group == 1 ? summary->best : GIC_SPURIOUS;
    return group == 1 && !(interface->ctlr & GICC_ACK_CTL) ? GIC_OTHER_GROUP : summary->best;
}

/* With the CPU that sent it, for an SGI: the lowest-numbered first. */
static unsigned with_source(const struct gic *gic, unsigned cpu, unsigned intid)
{
    if (intid >= GIC_SGIS || !gic->state.sgi_sources[cpu][intid])
        return intid;
    return intid | (unsigned)__builtin_ctz(gic->state.sgi_sources[cpu][intid]) << 10;
}

/* An SGI stays pending while other CPUs' requests wait; a level while its line is up. */
static void end_pending(struct gic *gic, unsigned cpu, unsigned intid)
{
    if (intid < GIC_SGIS) {
        uint8_t *sources = &gic->state.sgi_sources[cpu][intid];
        *sources &= *sources - 1;
        if (*sources)
            return;
    }
    gic_word(gic, cpu, intid / 32)->pending &= ~(1u << intid % 32);
}

static uint32_t acknowledge(struct gic *gic, unsigned cpu, bool aliased)
{
    unsigned intid = highest_pending(gic, cpu, aliased);
    if (intid >= GIC_OTHER_GROUP)
        return intid;
    if (!gic_preempts(gic, cpu))
        return GIC_SPURIOUS;
    unsigned group = gic_group(gic, cpu, intid);
    unsigned level = gic_group_priority(gic, cpu, group, gic->summary[cpu].best_priority) / 2;
    unsigned answer = with_source(gic, cpu, intid);
    gic->state.cpu[cpu].apr[group][level / 32] |= 1u << level % 32;
    gic_word(gic, cpu, intid / 32)->active |= 1u << intid % 32;
    end_pending(gic, cpu, intid);
    gic_refresh_word(gic, cpu, intid / 32);
    return answer;
}

/* --- Priority drop and deactivation --- */

/* Ends the highest active priority of a group. */
static void drop_priority(struct gic *gic, unsigned cpu, unsigned group)
{
    uint32_t *apr = gic->state.cpu[cpu].apr[group];
    for (unsigned i = 0; i < GIC_APRS; i++)
        if (apr[i]) {
            apr[i] &= apr[i] - 1;
            break;
        }
    gic_refresh_cpu(gic, cpu);
}

static void deactivate(struct gic *gic, unsigned cpu, unsigned intid)
{
    gic_word(gic, cpu, intid / 32)->active &= ~(1u << intid % 32);
    gic_refresh_word(gic, cpu, intid / 32);
}

/* Group 1 through GICC_EOIR with AckCtl clear is UNPREDICTABLE: treated as with AckCtl set. */
static void end_interrupt(struct gic *gic, unsigned cpu, uint32_t value, bool aliased)
{
    unsigned intid = value & INTID_MASK;
    if (intid == GIC_SPURIOUS || intid == GIC_OTHER_GROUP)
        return; /* "GICC_EOIR": no effect */
    if (intid / 32 >= gic->words) {
        guest_error(gic, cpu, "end of an interrupt that is not there", intid);
        return;
    }
    unsigned group = gic_group(gic, cpu, intid);
    if (gic->summary[cpu].running_priority == GIC_IDLE || (aliased && group == 0)) {
        guest_error(gic, cpu, "end of an interrupt that was not acknowledged", intid);
        return;
    }
    drop_priority(gic, cpu, group);
    if (!(gic->state.cpu[cpu].ctlr & GICC_EOI_MODE))
        deactivate(gic, cpu, intid);
}

static void write_dir(struct gic *gic, unsigned cpu, uint32_t value)
{
    unsigned intid = value & INTID_MASK;
    if (!(gic->state.cpu[cpu].ctlr & GICC_EOI_MODE))
        guest_error(gic, cpu, "GICC_DIR written with EOImode 0", intid);
    else if (intid / 32 >= gic->words)
        guest_error(gic, cpu, "GICC_DIR of an interrupt that is not there", intid);
    else
        deactivate(gic, cpu, intid);
}

/* --- The window --- */

static uint32_t *apr_of(struct gic_cpu_interface *interface, uint64_t offset)
{
    return &interface->apr[offset >= GICC_NSAPR][offset / 4 % GIC_APRS];
}

static uint32_t running_priority(const struct gic_summary *summary)
{
    return summary->running_priority == GIC_IDLE ? IDLE_RPR : summary->running_priority;
}

uint64_t gic_cpu_read(void *dev, struct access a)
{
    struct gic *gic = dev;
    unsigned cpu = a.cpu < gic->cpus ? a.cpu : 0;
    struct gic_cpu_interface *interface = &gic->state.cpu[cpu];
    switch (a.offset) {
    case GICC_CTLR:
        return interface->ctlr;
    case GICC_PMR:
        return interface->pmr;
    case GICC_BPR:
        return interface->bpr;
    case GICC_IAR:
        return acknowledge(gic, cpu, false);
    case GICC_AIAR:
        return acknowledge(gic, cpu, true);
    case GICC_RPR:
        return running_priority(&gic->summary[cpu]);
    case GICC_HPPIR:
        return with_source(gic, cpu, highest_pending(gic, cpu, false));
    case GICC_AHPPIR:
        return with_source(gic, cpu, highest_pending(gic, cpu, true));
    case GICC_ABPR:
        return interface->abpr;
    case GICC_APR ... GICC_NSAPR + 0xf:
        return *apr_of(interface, a.offset);
    case GICC_IIDR:
        return GICC_IIDR_VALUE;
    default:
        guest_error(gic, cpu, "cpu interface read of unknown register", (unsigned)a.offset);
        return 0;
    }
}

/* The registers whose change decides what is signalled. */
static bool write_setting(struct gic_cpu_interface *interface, uint64_t offset, uint32_t value)
{
    switch (offset) {
    case GICC_CTLR:
        interface->ctlr = value & GICC_CTLR_MASK;
        return true;
    case GICC_PMR:
        interface->pmr = (uint8_t)value;
        return true;
    case GICC_BPR:
        interface->bpr = value & 7;
        return true;
    case GICC_ABPR: /* its minimum is one more than BPR's */
        interface->abpr = value & 7 ? value & 7 : 1;
        return true;
    case GICC_APR ... GICC_NSAPR + 0xf:
        *apr_of(interface, offset) = value;
        return true;
    default:
        return false;
    }
}

void gic_cpu_write(void *dev, struct access a, uint64_t value)
{
    struct gic *gic = dev;
    unsigned cpu = a.cpu < gic->cpus ? a.cpu : 0;
    if (write_setting(&gic->state.cpu[cpu], a.offset, (uint32_t)value)) {
        gic_refresh_cpu(gic, cpu);
        return;
    }
    switch (a.offset) {
    case GICC_EOIR:
        end_interrupt(gic, cpu, (uint32_t)value, false);
        break;
    case GICC_AEOIR:
        end_interrupt(gic, cpu, (uint32_t)value, true);
        break;
    case GICC_DIR:
        write_dir(gic, cpu, (uint32_t)value);
        break;
    default:
        guest_error(gic, cpu, "cpu interface write of unknown register", (unsigned)a.offset);
    }
}
