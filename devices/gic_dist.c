/* SPDX-License-Identifier: MIT */
/*
 * The distributor's registers: IHI 0048B, chapter 4, "Distributor register descriptions".
 *
 * Byte and halfword accesses work on every register but GICD_SGIR, as parts of the word around
 * them. Registers of interrupts that are not there read as zero and ignore writes.
 */
#include "devices/gic_state.h"

#define GICD_CTLR       0x000
#define GICD_TYPER      0x004
#define GICD_IIDR       0x008
#define GICD_IGROUPR    0x080 /* from here to ICACTIVER: a bit per interrupt, 0x80 bytes each */
#define GICD_ISENABLER  0x100
#define GICD_ICENABLER  0x180
#define GICD_ISPENDR    0x200
#define GICD_ICPENDR    0x280
#define GICD_ISACTIVER  0x300
#define GICD_ICACTIVER  0x380
#define GICD_IPRIORITYR 0x400
#define GICD_ITARGETSR  0x800
#define GICD_ICFGR      0xc00
#define GICD_ICFGR_END  0xd00
#define GICD_SGIR       0xf00
#define GICD_CPENDSGIR  0xf10
#define GICD_SPENDSGIR  0xf20
#define GICD_SGI_END    0xf30
#define GICD_ID         0xfd0

#define GICD_IIDR_VALUE 0x0000043b /* product 0, implementer: Arm */

/* PIDR4-7, PIDR0-3, CIDR0-3: a GICv2 of Arm's, "Identification registers". */
static const uint8_t id[] = { 0x04, 0, 0, 0, 0x90, 0xb4, 0x2b, 0, 0x0d, 0xf0, 0x05, 0xb1 };

/* One access as a part of a word register. */
struct word_access {
    unsigned offset; /* of the word */
    unsigned cpu;
    uint32_t mask;  /* the bits that the access covers */
    uint32_t value; /* at its place in the word */
};

/* --- A bit per interrupt --- */

static uint32_t read_bits(struct gic *gic, unsigned offset, unsigned cpu)
{
    unsigned index = offset % 0x80 / 4;
    if (index >= gic->words)
        return 0;
    const struct gic_word *word = gic_word(gic, cpu, index);
    switch (offset & ~0x7fu) {
    case GICD_IGROUPR:
        return word->group;
    case GICD_ISENABLER:
    case GICD_ICENABLER:
        return word->enabled;
    case GICD_ISPENDR:
    case GICD_ICPENDR:
        return gic_pending(word);
    default: /* ISACTIVER, ICACTIVER */
        return word->active;
    }
}

static void write_bits(struct gic *gic, const struct word_access *a)
{
    unsigned index = a->offset % 0x80 / 4;
    if (index >= gic->words)
        return;
    struct gic_word *word = gic_word(gic, a->cpu, index);
    /* SGIs are always enabled here, and pend through SGIR and xPENDSGIR only. */
    uint32_t sgis = index == 0 ? GIC_SGI_MASK : 0;
    switch (a->offset & ~0x7fu) {
    case GICD_IGROUPR:
        word->group = (word->group & ~a->mask) | a->value;
        break;
    case GICD_ISENABLER:
        word->enabled |= a->value;
        break;
    case GICD_ICENABLER:
        word->enabled &= ~a->value | sgis;
        break;
    case GICD_ISPENDR:
        word->pending |= a->value & ~sgis;
        break;
    case GICD_ICPENDR:
        word->pending &= ~a->value | sgis;
        break;
    case GICD_ISACTIVER:
        word->active |= a->value;
        break;
    case GICD_ICACTIVER:
        word->active &= ~a->value;
        break;
    }
    gic_refresh_word(gic, a->cpu, index);
}

/* --- A byte per interrupt --- */

static uint32_t bytes_of(const uint8_t *bytes)
{
    return bytes[0] | bytes[1] << 8 | bytes[2] << 16 | (uint32_t)bytes[3] << 24;
}

static void set_bytes(uint8_t *bytes, const struct word_access *a, uint8_t keep)
{
    for (unsigned i = 0; i < 4; i++)
        if (a->mask >> 8 * i & 0xff)
            bytes[i] = (uint8_t)(a->value >> 8 * i) & keep;
}

static uint32_t read_priority(struct gic *gic, unsigned offset, unsigned cpu)
{
    unsigned intid = offset - GICD_IPRIORITYR;
    if (intid / 32 >= gic->words)
        return 0;
    return bytes_of(gic_priorities(gic, cpu, intid / 32) + intid % 32);
}

static void write_priority(struct gic *gic, const struct word_access *a)
{
    unsigned intid = a->offset - GICD_IPRIORITYR;
    if (intid / 32 >= gic->words)
        return;
    set_bytes(gic_priorities(gic, a->cpu, intid / 32) + intid % 32, a, 0xff);
    gic_refresh_word(gic, a->cpu, intid / 32);
}

/* "GICD_ITARGETSRn": the banked interrupts read as the reader; a uniprocessor has RAZ/WI. */
static uint32_t read_targets(struct gic *gic, unsigned offset, unsigned cpu)
{
    unsigned intid = offset - GICD_ITARGETSR;
    if (gic->cpus == 1 || intid / 32 >= gic->words)
        return 0;
    if (intid < 32)
        return 0x01010101u << cpu;
    return bytes_of(&gic->state.spi_target[intid]);
}

static void write_targets(struct gic *gic, const struct word_access *a)
{
    unsigned intid = a->offset - GICD_ITARGETSR;
    if (gic->cpus == 1 || intid < 32 || intid / 32 >= gic->words)
        return;
    set_bytes(&gic->state.spi_target[intid], a, (uint8_t)((1u << gic->cpus) - 1));
    for (unsigned cpu = 0; cpu < gic->cpus; cpu++) {
        uint32_t *targets = &gic->summary[cpu].targets[intid / 32];
        for (unsigned i = 0; i < 4; i++) {
            uint32_t bit = 1u << (intid + i) % 32;
            bool targeted = gic->state.spi_target[intid + i] >> cpu & 1;
            *targets = targeted ? *targets | bit : *targets & ~bit;
        }
    }
    gic_refresh_word(gic, a->cpu, intid / 32);
}

/* --- Two bits per interrupt: the upper one says edge-triggered, the lower one is reserved --- */

static uint32_t read_config(struct gic *gic, unsigned offset, unsigned cpu)
{
    unsigned intid = 4 * (offset - GICD_ICFGR);
    if (intid / 32 >= gic->words)
        return 0;
    uint32_t edge = gic_word(gic, cpu, intid / 32)->edge >> intid % 32, value = 0;
    for (unsigned i = 0; i < 16; i++)
        value |= (edge >> i & 1) << (2 * i + 1);
    return value;
}

static void write_config(struct gic *gic, const struct word_access *a)
{
    unsigned intid = 4 * (a->offset - GICD_ICFGR);
    if (intid < GIC_SGIS || intid / 32 >= gic->words)
        return; /* SGIs are edge-triggered for good */
    struct gic_word *word = gic_word(gic, a->cpu, intid / 32);
    for (unsigned i = 0; i < 16; i++) {
        uint32_t bit = 1u << (intid + i) % 32, field = 2u << 2 * i;
        if (a->mask & field)
            word->edge = a->value & field ? word->edge | bit : word->edge & ~bit;
    }
    gic_refresh_word(gic, a->cpu, intid / 32);
}

/* --- Software-generated interrupts --- */

/* Makes and ends pending SGIs `sgi` at CPU `cpu` from the CPUs in `sources`. */
static void set_sgi(struct gic *gic, unsigned cpu, unsigned sgi, uint8_t sources)
{
    gic->state.sgi_sources[cpu][sgi] = sources;
    struct gic_word *word = &gic->state.banked[cpu];
    word->pending = sources ? word->pending | 1u << sgi : word->pending & ~(1u << sgi);
    gic_refresh_word(gic, cpu, 0);
}

static void write_sgir(struct gic *gic, unsigned cpu, uint32_t value)
{
    uint32_t all = (1u << gic->cpus) - 1, targets = 0;
    switch (value >> 24 & 3) { /* TargetListFilter */
    case 0:
        targets = value >> 16 & all;
        break;
    case 1:
        targets = all & ~(1u << cpu);
        break;
    case 2:
        targets = 1u << cpu;
        break;
    default:
        device_log(&gic->env.log, LOG_GUEST_ERROR, "gic", "GICD_SGIR: reserved target filter 3");
    }
    unsigned sgi = value % GIC_SGIS;
    for (unsigned to = 0; to < gic->cpus; to++)
        if (targets >> to & 1)
            set_sgi(gic, to, sgi, gic->state.sgi_sources[to][sgi] | (uint8_t)(1u << cpu));
}

static void write_sgi_sources(struct gic *gic, const struct word_access *a)
{
    bool pend = a->offset >= GICD_SPENDSGIR;
    uint8_t all = (uint8_t)((1u << gic->cpus) - 1);
    for (unsigned i = 0; i < 4; i++) {
        uint8_t bits = (uint8_t)(a->value >> 8 * i) & all;
        unsigned sgi = a->offset % GIC_SGIS + i;
        uint8_t sources = gic->state.sgi_sources[a->cpu][sgi];
        if (bits)
            set_sgi(gic, a->cpu, sgi, pend ? sources | bits : sources & (uint8_t)~bits);
    }
}

/* --- The window --- */

/* GICD_TYPER: ITLinesNumber, CPUNumber; no Security Extensions. */
static uint32_t typer(const struct gic *gic)
{
    return (gic->words - 1) | (gic->cpus - 1) << 5;
}

static uint32_t report_unknown(struct gic *gic, const char *what, unsigned offset)
{
    device_log(&gic->env.log, LOG_GUEST_ERROR, "gic", "distributor %s of unknown register 0x%03x",
               what, offset);
    return 0;
}

static uint32_t read_register(struct gic *gic, unsigned offset, unsigned cpu)
{
    switch (offset) {
    case GICD_CTLR:
        return gic->state.ctlr;
    case GICD_TYPER:
        return typer(gic);
    case GICD_IIDR:
        return GICD_IIDR_VALUE;
    case GICD_IGROUPR ... GICD_IPRIORITYR - 1:
        return read_bits(gic, offset, cpu);
    case GICD_IPRIORITYR ... GICD_ITARGETSR - 1:
        return read_priority(gic, offset, cpu);
    case GICD_ITARGETSR ... GICD_ICFGR - 1:
        return read_targets(gic, offset, cpu);
    case GICD_ICFGR ... GICD_ICFGR_END - 1:
        return read_config(gic, offset, cpu);
    case GICD_CPENDSGIR ... GICD_SGI_END - 1:
        return bytes_of(&gic->state.sgi_sources[cpu][offset % GIC_SGIS]);
    case GICD_ID ... 0xfff:
        return id[(offset - GICD_ID) / 4];
    default:
        return report_unknown(gic, "read", offset);
    }
}

static void write_register(struct gic *gic, const struct word_access *a)
{
    switch (a->offset) {
    case GICD_CTLR:
        gic->state.ctlr = ((gic->state.ctlr & ~a->mask) | a->value) & 3;
        gic_refresh_all(gic);
        break;
    case GICD_IGROUPR ... GICD_IPRIORITYR - 1:
        write_bits(gic, a);
        break;
    case GICD_IPRIORITYR ... GICD_ITARGETSR - 1:
        write_priority(gic, a);
        break;
    case GICD_ITARGETSR ... GICD_ICFGR - 1:
        write_targets(gic, a);
        break;
    case GICD_ICFGR ... GICD_ICFGR_END - 1:
        write_config(gic, a);
        break;
    case GICD_SGIR:
        if (a->mask == UINT32_MAX)
            write_sgir(gic, a->cpu, a->value);
        else
            device_log(&gic->env.log, LOG_GUEST_ERROR, "gic", "GICD_SGIR takes whole words only");
        break;
    case GICD_CPENDSGIR ... GICD_SGI_END - 1:
        write_sgi_sources(gic, a);
        break;
    default:
        report_unknown(gic, "write", a->offset);
    }
}

uint64_t gic_dist_read(void *dev, struct access a)
{
    struct gic *gic = dev;
    unsigned shift = 8 * (a.offset % 4);
    if (a.cpu >= gic->cpus)
        return report_unknown(gic, "read by a CPU that is not there", (unsigned)a.offset);
    return read_register(gic, (unsigned)a.offset & ~3u, a.cpu) >> shift;
}

void gic_dist_write(void *dev, struct access a, uint64_t value)
{
    struct gic *gic = dev;
    unsigned shift = 8 * (a.offset % 4);
    uint32_t mask = (uint32_t)(UINT32_MAX >> (32 - 8 * a.size)) << shift;
    struct word_access word = { .offset = (unsigned)a.offset & ~3u,
                                .cpu = a.cpu,
                                .mask = mask,
                                .value = (uint32_t)value << shift & mask };
    if (a.cpu >= gic->cpus)
        report_unknown(gic, "write by a CPU that is not there", word.offset);
    else
        write_register(gic, &word);
}
