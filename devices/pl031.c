/* SPDX-License-Identifier: MIT */
/*
 * What the guest sees: a running count of seconds, settable, with one alarm. Section titles are
 * those of DDI 0224, chapter 3, "Programmer's Model".
 */
#include <stdlib.h>

#include "devices/fdt_node.h"
#include "devices/pl031.h"
#include "devices/primecell.h"
#include "devices/snapshot.h"

#define RTCDR   0x00
#define RTCMR   0x04
#define RTCLR   0x08
#define RTCCR   0x0c
#define RTCIMSC 0x10
#define RTCRIS  0x14
#define RTCMIS  0x18
#define RTCICR  0x1c

#define PART     0x031
#define REVISION 1

#define CR_START 1 /* reads 1: the clock always runs */
#define SECOND   UINT64_C(1000000000)

struct pl031_state {
    uint32_t offset; /* counter minus (epoch + guest seconds), modulo 2^32 */
    uint32_t mr, lr, imsc, ris;
    uint64_t alarm; /* guest time of the next match, TIMER_OFF: none */
};

struct pl031 {
    struct device_env env;
    struct irq_line irq;
    struct timer timer;
    struct pl031_state state;
};

static uint64_t guest_seconds(const struct pl031 *rtc)
{
    return rtc->env.clock->now(rtc->env.clock->ctx) / SECOND;
}

static uint32_t counter(const struct pl031 *rtc)
{
    return (uint32_t)((uint64_t)rtc->env.clock->epoch + guest_seconds(rtc)) + rtc->state.offset;
}

static void update_irq(struct pl031 *rtc)
{
    irq_set(rtc->irq, rtc->state.ris & rtc->state.imsc);
}

static void arm(struct pl031 *rtc, uint64_t deadline)
{
    rtc->state.alarm = deadline;
    rtc->env.clock->arm(rtc->env.clock->ctx, &rtc->timer, deadline);
}

static void match(void *owner)
{
    struct pl031 *rtc = owner;
    rtc->state.alarm = TIMER_OFF;
    rtc->state.ris = 1;
    update_irq(rtc);
}

/* "Match Register, RTCMR": asserts when the counter has its value, which may be now. */
static void set_alarm(struct pl031 *rtc)
{
    uint32_t ahead = rtc->state.mr - counter(rtc);
    if (ahead)
        arm(rtc, (guest_seconds(rtc) + ahead) * SECOND);
    else {
        arm(rtc, TIMER_OFF);
        match(rtc);
    }
}

/* An alarm that is set follows the new time; without one there is nothing to wait for. */
static void load_counter(struct pl031 *rtc, uint32_t value)
{
    rtc->state.lr = value;
    rtc->state.offset += value - counter(rtc);
    if (rtc->state.alarm != TIMER_OFF)
        set_alarm(rtc);
}

static void report_unknown(struct pl031 *rtc, const char *what, uint64_t offset)
{
    device_log(&rtc->env.log, LOG_GUEST_ERROR, "pl031", "%s of unknown register 0x%03x", what,
               (unsigned)offset);
}

static uint64_t pl031_read(void *dev, struct access a)
{
    struct pl031 *rtc = dev;
    const struct pl031_state *state = &rtc->state;
    switch (a.offset) {
    case RTCDR:
        return counter(rtc);
    case RTCMR:
        return state->mr;
    case RTCLR:
        return state->lr;
    case RTCCR:
        return CR_START;
    case RTCIMSC:
        return state->imsc;
    case RTCRIS:
        return state->ris;
    case RTCMIS:
        return state->ris & state->imsc;
    case PRIMECELL_ID_BASE ... PRIMECELL_ID_END:
        return primecell_id(PART, REVISION, a.offset);
    default:
        report_unknown(rtc, "read", a.offset);
        return 0;
    }
}

static void pl031_write(void *dev, struct access a, uint64_t value)
{
    struct pl031 *rtc = dev;
    struct pl031_state *state = &rtc->state;
    switch (a.offset) {
    case RTCMR:
        state->mr = (uint32_t)value;
        set_alarm(rtc);
        break;
    case RTCLR:
        load_counter(rtc, (uint32_t)value);
        break;
    case RTCCR: /* once started it cannot be stopped */
        break;
    case RTCIMSC:
        state->imsc = value & 1;
        update_irq(rtc);
        break;
    case RTCICR: /* DDI 0224 asks for bit 0, DDI 0287 (ARM926EJ-S chip) takes any value, and so do
                    guests */
        state->ris = 0;
        update_irq(rtc);
        break;
    default:
        report_unknown(rtc, "write", a.offset);
    }
}

/* The count goes on, as a battery would have it. */
static void pl031_reset(void *dev)
{
    struct pl031 *rtc = dev;
    rtc->state = (struct pl031_state){ .offset = rtc->state.offset };
    arm(rtc, TIMER_OFF);
    update_irq(rtc);
}

struct pl031 *pl031_create(const struct device_env *env, struct irq_line irq)
{
    struct pl031 *rtc = calloc(1, sizeof *rtc);
    if (!rtc)
        return NULL;
    rtc->env = *env;
    rtc->irq = irq;
    rtc->timer = (struct timer){ .expired = match, .owner = rtc, .deadline = TIMER_OFF };
    pl031_reset(rtc);
    return rtc;
}

static void pl031_destroy(void *dev)
{
    struct pl031 *rtc = dev;
    if (!rtc)
        return;
    arm(rtc, TIMER_OFF);
    free(rtc);
}

static int pl031_describe(const void *dev, const struct fdt_site *site)
{
    static const char compatible[] = "arm,pl031\0arm,primecell";
    struct fdt_node node = fdt_node_add_at(site, "pl031");
    fdt_node_strings(&node, "compatible", compatible, sizeof compatible);
    fdt_node_reg(&node, site);
    fdt_node_interrupt(&node, site, FDT_IRQ_LEVEL_HIGH);
    fdt_node_cell(&node, "clocks", site->clock);
    fdt_node_strings(&node, "clock-names", "apb_pclk", sizeof "apb_pclk");
    fdt_node_phandle(&node, site);
    return node.error;
}

static void pl031_save(const void *dev, struct snapshot_writer *out)
{
    const struct pl031 *rtc = dev;
    snapshot_put(out, &rtc->state, sizeof rtc->state);
}

static bool pl031_load(void *dev, struct snapshot_reader *in)
{
    struct pl031 *rtc = dev;
    struct pl031_state state;
    if (!snapshot_get(in, &state, sizeof state) || state.imsc > 1 || state.ris > 1)
        return false;
    rtc->state = state;
    arm(rtc, state.alarm);
    update_irq(rtc);
    return true;
}

const struct device_ops pl031_ops = {
    .name = "pl031",
    .read = pl031_read,
    .write = pl031_write,
    .reset = pl031_reset,
    .describe = pl031_describe,
    .save = pl031_save,
    .load = pl031_load,
    .destroy = pl031_destroy,
    .min_size = 4,
    .max_size = 4,
};
