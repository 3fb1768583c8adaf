/* SPDX-License-Identifier: MIT */
/*
 * The GIC's inside, shared by gic.c (inputs, prioritisation, outputs), gic_dist.c and gic_cpu.c
 * (the two windows). Private to them.
 *
 * Interrupts are kept 32 to a word: word 0 holds the SGIs and PPIs and exists once per CPU, word n
 * the SPIs with INTIDs 32n..32n+31. Whoever changes a word calls gic_refresh_word; whoever changes
 * a CPU interface calls gic_refresh_cpu.
 */
#ifndef DEVICES_GIC_STATE_H
#define DEVICES_GIC_STATE_H

#include "devices/gic.h"

#define GIC_SGIS        16
#define GIC_SGI_MASK    0xffffu /* of word 0 */
#define GIC_MAX_WORDS   (1 + GIC_MAX_SPIS / 32)
#define GIC_SPURIOUS    1023  /* "Special interrupt numbers": nothing to take */
#define GIC_OTHER_GROUP 1022  /* ... a Group 1 interrupt is there, but not for this register */
#define GIC_IDLE        0x100 /* running priority when nothing is active */
#define GIC_APRS        4

/* GICD_CTLR and GICC_CTLR */
#define GIC_ENABLE_GRP0 (1u << 0)
#define GIC_ENABLE_GRP1 (1u << 1)
#define GICC_ACK_CTL    (1u << 2)
#define GICC_FIQ_EN     (1u << 3)
#define GICC_CBPR       (1u << 4)
#define GICC_EOI_MODE   (1u << 9)

/* One bit per interrupt. */
struct gic_word {
    uint32_t group; /* 1: Group 1 */
    uint32_t enabled;
    uint32_t pending; /* latched: edges, ISPENDR, SGIs */
    uint32_t active;
    uint32_t edge;  /* 1: edge-triggered */
    uint32_t level; /* the input lines */
};

struct gic_cpu_interface {
    uint32_t ctlr;
    uint8_t pmr, bpr, abpr;
    uint32_t apr[2][GIC_APRS]; /* active priorities by group: bit n is group priority 2n */
};

/* What a guest can see: saved and loaded as it stands. */
struct gic_state {
    uint32_t ctlr;
    struct gic_word banked[GIC_MAX_CPUS]; /* word 0 of each CPU */
    struct gic_word spi[GIC_MAX_WORDS];   /* [0] is not used */
    uint8_t banked_priority[GIC_MAX_CPUS][32];
    uint8_t spi_priority[GIC_MAX_WORDS * 32];    /* by INTID */
    uint8_t spi_target[GIC_MAX_WORDS * 32];      /* by INTID, a bit per CPU */
    uint8_t sgi_sources[GIC_MAX_CPUS][GIC_SGIS]; /* CPUs whose SGI is pending here */
    struct gic_cpu_interface cpu[GIC_MAX_CPUS];
};

/* What follows from the state and makes updates quick. */
struct gic_summary {
    uint32_t targets[GIC_MAX_WORDS]; /* SPIs of each word that are for this CPU */
    uint32_t ready[GIC_MAX_WORDS];   /* pending, enabled, not active, forwarded to this CPU */
    uint32_t ready_words;            /* words of `ready` that are not 0 */
    unsigned best;             /* INTID of the highest-priority ready interrupt, or spurious */
    unsigned best_priority;    /* GIC_IDLE: none */
    unsigned running_priority; /* the highest active one; GIC_IDLE: none */
    bool irq, fiq;             /* what the lines were told last */
};

struct gic {
    struct device_env env;
    unsigned cpus, words; /* words: with word 0 */
    struct irq_line irq[GIC_MAX_CPUS], fiq[GIC_MAX_CPUS];
    struct gic_state state;
    struct gic_summary summary[GIC_MAX_CPUS];
};

static inline struct gic_word *gic_word(struct gic *gic, unsigned cpu, unsigned index)
{
    return index == 0 ? &gic->state.banked[cpu] : &gic->state.spi[index];
}

/* The priority bytes of word `index`, by INTID % 32. */
static inline uint8_t *gic_priorities(struct gic *gic, unsigned cpu, unsigned index)
{
    return index == 0 ? gic->state.banked_priority[cpu] : &gic->state.spi_priority[32 * index];
}

/* Level-sensitive interrupts are pending while their line is up, besides what is latched. */
static inline uint32_t gic_pending(const struct gic_word *word)
{
    return word->pending | (word->level & ~word->edge);
}

/* 0 or 1. */
static inline unsigned gic_group(struct gic *gic, unsigned cpu, unsigned intid)
{
    return gic_word(gic, cpu, intid / 32)->group >> intid % 32 & 1;
}

/* After a change to word `index` (word 0: of that CPU only): summaries and outputs follow. */
void gic_refresh_word(struct gic *gic, unsigned cpu, unsigned index);
/* After a change to one CPU's interface registers or active priorities. */
void gic_refresh_cpu(struct gic *gic, unsigned cpu);
/* After a change to GICD_CTLR, ITARGETSR, or everything. */
void gic_refresh_all(struct gic *gic);

/* The part of a priority that decides preemption: GICC_BPR or GICC_ABPR, as the group and CBPR say.
 */
unsigned gic_group_priority(const struct gic *gic, unsigned cpu, unsigned group, unsigned priority);
/* Whether the CPU interface would signal its best interrupt but for GICC_CTLR's enables. */
bool gic_preempts(struct gic *gic, unsigned cpu);

uint64_t gic_dist_read(void *dev, struct access a);
void gic_dist_write(void *dev, struct access a, uint64_t value);
uint64_t gic_cpu_read(void *dev, struct access a);
void gic_cpu_write(void *dev, struct access a, uint64_t value);

#endif
