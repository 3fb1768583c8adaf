/* SPDX-License-Identifier: MIT */
/*
 * The GIC's core: input lines, the choice of each CPU's highest-priority interrupt, the nIRQ and
 * nFIQ outputs; then reset, device tree, snapshot. The registers are in gic_dist.c and gic_cpu.c.
 */
#include <stdlib.h>
#include <string.h>

#include "devices/fdt_node.h"
#include "devices/gic_state.h"
#include "devices/snapshot.h"

/* --- Prioritisation (IHI 0048B, chapter 3, "Interrupt Handling and Prioritization") --- */

unsigned gic_group_priority(const struct gic *gic, unsigned cpu, unsigned group, unsigned priority)
{
    const struct gic_cpu_interface *interface = &gic->state.cpu[cpu];
    /* "Priority grouping": ABPR's value n splits where BPR's n - 1 does. */
    bool own = group == 1 && !(interface->ctlr & GICC_CBPR);
    unsigned point = own ? interface->abpr - 1u : interface->bpr;
    return priority & (0xffu << (point + 1));
}

/* The highest active priority: the lowest bit in either group's APRs. */
static unsigned running_priority(const struct gic_cpu_interface *interface)
{
    for (unsigned i = 0; i < GIC_APRS; i++) {
        uint32_t levels = interface->apr[0][i] | interface->apr[1][i];
        if (levels)
            return 2 * (32 * i + (unsigned)__builtin_ctz(levels));
    }
    return GIC_IDLE;
}

/* Equal priorities: the lowest INTID first. */
static void find_best(struct gic *gic, unsigned cpu)
{
    struct gic_summary *summary = &gic->summary[cpu];
    summary->best = GIC_SPURIOUS;
    summary->best_priority = GIC_IDLE;
    for (uint32_t words = summary->ready_words; words; words &= words - 1) {
        unsigned index = (unsigned)__builtin_ctz(words);
        const uint8_t *priority = gic_priorities(gic, cpu, index);
        for (uint32_t bits = summary->ready[index]; bits; bits &= bits - 1) {
            unsigned bit = (unsigned)__builtin_ctz(bits);
            if (priority[bit] < summary->best_priority) {
                summary->best_priority = priority[bit];
                summary->best = 32 * index + bit;
            }
        }
    }
}

bool gic_preempts(struct gic *gic, unsigned cpu)
{
    const struct gic_summary *summary = &gic->summary[cpu];
    if (summary->best == GIC_SPURIOUS || summary->best_priority >= gic->state.cpu[cpu].pmr)
        return false;
    unsigned group = gic_group(gic, cpu, summary->best);
    return gic_group_priority(gic, cpu, group, summary->best_priority) < summary->running_priority;
}

void gic_refresh_cpu(struct gic *gic, unsigned cpu)
{
    struct gic_summary *summary = &gic->summary[cpu];
    uint32_t ctlr = gic->state.cpu[cpu].ctlr;
    summary->running_priority = running_priority(&gic->state.cpu[cpu]);
    find_best(gic, cpu);
    bool irq = false, fiq = false;
    if (gic_preempts(gic, cpu)) {
        unsigned group = gic_group(gic, cpu, summary->best);
        bool as_fiq = group == 0 && (ctlr & GICC_FIQ_EN);
        bool enabled = ctlr >> group & 1;
        irq = enabled && !as_fiq;
        fiq = enabled && as_fiq;
    }
    if (irq != summary->irq)
        irq_set(gic->irq[cpu], summary->irq = irq);
    if (fiq != summary->fiq)
        irq_set(gic->fiq[cpu], summary->fiq = fiq);
}

/* Interrupts of a word that the distributor would forward to the CPUs that they target. */
static uint32_t forwarded(const struct gic *gic, const struct gic_word *word)
{
    uint32_t groups = (gic->state.ctlr & GIC_ENABLE_GRP0 ? ~word->group : 0) |
                      (gic->state.ctlr & GIC_ENABLE_GRP1 ? word->group : 0);
    return gic_pending(word) & word->enabled & ~word->active & groups;
}

static void refresh_ready(struct gic *gic, unsigned cpu, unsigned index, uint32_t ready)
{
    struct gic_summary *summary = &gic->summary[cpu];
    if (index != 0)
        ready &= summary->targets[index];
    if (!(ready | summary->ready[index]))
        return; /* this CPU has no part in the word */
    summary->ready[index] = ready;
    summary->ready_words &= ~(1u << index);
    summary->ready_words |= (uint32_t)(ready != 0) << index;
    gic_refresh_cpu(gic, cpu);
}

void gic_refresh_word(struct gic *gic, unsigned cpu, unsigned index)
{
    uint32_t ready = forwarded(gic, gic_word(gic, cpu, index));
    if (index == 0)
        refresh_ready(gic, cpu, index, ready);
    else
        for (unsigned i = 0; i < gic->cpus; i++)
            refresh_ready(gic, i, index, ready);
}

static uint32_t targets_of_word(const struct gic *gic, unsigned cpu, unsigned index)
{
    uint32_t targets = 0;
    for (unsigned bit = 0; bit < 32; bit++)
        targets |= (uint32_t)(gic->state.spi_target[32 * index + bit] >> cpu & 1) << bit;
    return targets;
}

void gic_refresh_all(struct gic *gic)
{
    for (unsigned cpu = 0; cpu < gic->cpus; cpu++) {
        struct gic_summary *summary = &gic->summary[cpu];
        summary->ready_words = 0;
        for (unsigned index = 0; index < gic->words; index++) {
            uint32_t ready = forwarded(gic, gic_word(gic, cpu, index));
            summary->targets[index] = targets_of_word(gic, cpu, index);
            summary->ready[index] = index == 0 ? ready : ready & summary->targets[index];
            summary->ready_words |= (uint32_t)(summary->ready[index] != 0) << index;
        }
        gic_refresh_cpu(gic, cpu);
    }
}

/* --- Input lines --- */

static void set_line(struct gic *gic, unsigned cpu, unsigned intid, bool level)
{
    struct gic_word *word = gic_word(gic, cpu, intid / 32);
    uint32_t bit = 1u << intid % 32;
    if (level == !!(word->level & bit))
        return;
    word->level ^= bit;
    if (level)
        word->pending |= word->edge & bit;
    gic_refresh_word(gic, cpu, intid / 32);
}

static void set_spi(void *sink, unsigned number, bool level)
{
    set_line(sink, 0, number, level);
}

/* number: the CPU in the high bits, the INTID in the low five. */
static void set_ppi(void *sink, unsigned number, bool level)
{
    set_line(sink, number / 32, number % 32, level);
}

struct irq_line gic_spi_line(struct gic *gic, unsigned spi)
{
    if (spi >= 32 * (gic->words - 1))
        return (struct irq_line){ 0 };
    return (struct irq_line){ .set = set_spi, .sink = gic, .number = 32 + spi };
}

struct irq_line gic_ppi_line(struct gic *gic, unsigned cpu, unsigned ppi)
{
    if (cpu >= gic->cpus || ppi >= 16)
        return (struct irq_line){ 0 };
    return (struct irq_line){ .set = set_ppi, .sink = gic, .number = 32 * cpu + 16 + ppi };
}

/* --- Life --- */

static void drive_outputs(struct gic *gic)
{
    for (unsigned cpu = 0; cpu < gic->cpus; cpu++) {
        irq_set(gic->irq[cpu], gic->summary[cpu].irq);
        irq_set(gic->fiq[cpu], gic->summary[cpu].fiq);
    }
}

/* The input lines belong to the devices and keep their level. */
static void gic_reset(void *dev)
{
    struct gic *gic = dev;
    struct gic_state fresh = { 0 };
    for (unsigned cpu = 0; cpu < gic->cpus; cpu++) {
        fresh.banked[cpu].enabled = GIC_SGI_MASK;
        fresh.banked[cpu].edge = GIC_SGI_MASK;
        fresh.banked[cpu].level = gic->state.banked[cpu].level;
        fresh.cpu[cpu].abpr = 1;
    }
    for (unsigned index = 1; index < gic->words; index++)
        fresh.spi[index].level = gic->state.spi[index].level;
    /* "GICD_ITARGETSRn": in a uniprocessor implementation all interrupts target the processor. */
    if (gic->cpus == 1)
        memset(fresh.spi_target, 1, sizeof fresh.spi_target);
    gic->state = fresh;
    gic_refresh_all(gic);
    drive_outputs(gic);
}

struct gic *gic_create(const struct device_env *env, unsigned cpus, unsigned spis,
                       const struct irq_line *irq, const struct irq_line *fiq)
{
    if (cpus < 1 || cpus > GIC_MAX_CPUS || spis % 32 || spis > GIC_MAX_SPIS)
        return NULL;
    struct gic *gic = calloc(1, sizeof *gic);
    if (!gic)
        return NULL;
    gic->env = *env;
    gic->cpus = cpus;
    gic->words = 1 + spis / 32;
    memcpy(gic->irq, irq, cpus * sizeof *irq);
    memcpy(gic->fiq, fiq, cpus * sizeof *fiq);
    gic_reset(gic);
    return gic;
}

static void gic_destroy(void *dev)
{
    free(dev);
}

static int gic_describe(const void *dev, const struct fdt_site *site)
{
    struct fdt_node node = fdt_node_add_at(site, "intc");
    uint64_t interfaces = site->base + site->size;
    const uint32_t reg[] = { site->base >> 32,     (uint32_t)site->base, site->size >> 32,
                             (uint32_t)site->size, interfaces >> 32,     (uint32_t)interfaces,
                             site->size >> 32,     (uint32_t)site->size };
    fdt_node_cell(&node, "#interrupt-cells", 3);
    fdt_node_flag(&node, "interrupt-controller");
    fdt_node_cell(&node, "#address-cells", 2);
    fdt_node_cell(&node, "#size-cells", 2);
    fdt_node_flag(&node, "ranges");
    static const char compatible[] = "arm,cortex-a15-gic";
    fdt_node_strings(&node, "compatible", compatible, sizeof compatible);
    fdt_node_cells(&node, "reg", reg, 8);
    fdt_node_phandle(&node, site);
    return node.error;
}

static void gic_save(const void *dev, struct snapshot_writer *out)
{
    const struct gic *gic = dev;
    snapshot_put(out, &gic->cpus, sizeof gic->cpus);
    snapshot_put(out, &gic->words, sizeof gic->words);
    snapshot_put(out, &gic->state, sizeof gic->state);
}

/* A snapshot is a file and may hold anything: what the registers could not hold is refused. */
static bool state_is_valid(const struct gic *gic, const struct gic_state *state)
{
    for (unsigned cpu = 0; cpu < gic->cpus; cpu++)
        if (state->cpu[cpu].bpr > 7 || state->cpu[cpu].abpr < 1 || state->cpu[cpu].abpr > 7)
            return false;
    return true;
}

static bool gic_load(void *dev, struct snapshot_reader *in)
{
    struct gic *gic = dev;
    unsigned cpus, words;
    struct gic_state state;
    if (!snapshot_get(in, &cpus, sizeof cpus) || !snapshot_get(in, &words, sizeof words) ||
        cpus != gic->cpus || words != gic->words || !snapshot_get(in, &state, sizeof state) ||
        !state_is_valid(gic, &state))
        return false;
    gic->state = state;
    gic_refresh_all(gic);
    drive_outputs(gic);
    return true;
}

const struct device_ops gic_dist_ops = {
    .name = "gic distributor",
    .read = gic_dist_read,
    .write = gic_dist_write,
    .reset = gic_reset,
    .describe = gic_describe,
    .save = gic_save,
    .load = gic_load,
    .destroy = gic_destroy,
    .min_size = 1,
    .max_size = 4,
    .window = 0x1000,
};

const struct device_ops gic_cpu_ops = {
    .name = "gic cpu interface",
    .read = gic_cpu_read,
    .write = gic_cpu_write,
    .min_size = 4,
    .max_size = 4,
    .window = 0x2000,
};
