/* SPDX-License-Identifier: MIT */
#include "tests/diff/core.h"

#include "cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

#define PAGE       4096u
#define CODE_SIZE  (SLOT * CASES_MAX)
#define TABLE_BASE 0x1000ull /* physical: the level 1 table */
#define CLREX      0xd503305fu
#define CLREX_BASE (CODE_BASE + CODE_SIZE) /* a page with one CLREX */
#define VECTORS    0x2000ull

struct core {
    struct cpu *cpu;
    struct code_cache *cache;
    uint8_t code[CODE_SIZE + PAGE], data[DATA_SIZE], table[PAGE];
};

static uint8_t *within(uint8_t *memory, uint64_t base, size_t size, uint64_t pa)
{
    return pa >= base && pa - base < size ? memory + (pa - base) : NULL;
}

static uint8_t *ram_page(void *ctx, uint64_t pa, bool *writable)
{
    struct core *core = ctx;
    uint8_t *page = within(core->code, CODE_BASE, sizeof(core->code), pa);
    *writable = true;
    if (!page)
        page = within(core->data, DATA_BASE, sizeof(core->data), pa);
    return page ? page : within(core->table, TABLE_BASE, sizeof(core->table), pa);
}

static bool no_read(void *ctx, unsigned cpu, uint64_t pa, unsigned size, uint64_t *value)
{
    return false;
}

static bool no_write(void *ctx, unsigned cpu, uint64_t pa, unsigned size, uint64_t value)
{
    return false;
}

static uint64_t no_counter(void *ctx)
{
    return 0;
}

static void no_timer_line(void *ctx, unsigned cpu, enum cpu_timer timer, bool level)
{
}

static void no_timer_change(void *ctx, unsigned cpu)
{
}

static bool no_call(void *ctx, unsigned cpu, bool smc, uint16_t imm)
{
    return false;
}

static void no_event(void *ctx)
{
}

static void no_log(void *ctx, unsigned cpu, enum cpu_log class, const char *text)
{
}

/* A gigabyte mapped to itself, normal memory, for EL0 too (Arm ARM D5.3: a level 1 block, AF,
 * AP[1]). */
static void enable_mmu(struct core *core)
{
    const uint64_t block = 1 | 1u << 6 | 3u << 8 | 1u << 10;
    memcpy(core->table, &block, 8);
    cpu_set_sysreg(core->cpu, "MAIR_EL1", 0xff);
    cpu_set_sysreg(core->cpu, "TCR_EL1", 25 | 3u << 12 | 1u << 8 | 1u << 10 | 25u << 16 | 1u << 23);
    cpu_set_sysreg(core->cpu, "TTBR0_EL1", TABLE_BASE);
    cpu_set_sysreg(core->cpu, "VBAR_EL1", VECTORS);
    cpu_set_sysreg(core->cpu, "CPACR_EL1", 3u << 20);
    cpu_set_sysreg(core->cpu, "SCTLR_EL1",
                   0x30d00800 | 1 | 1u << 2 | 1u << 12 | 1u << 14 | 1u << 15 | 1u << 26);
}

struct core *core_create(void)
{
    struct core *core = aligned_alloc(PAGE, (sizeof(*core) + PAGE - 1) / PAGE * PAGE);
    if (!core)
        return NULL;
    memset(core, 0, sizeof(*core));
    const struct cpu_port port = {
        .ctx = core,
        .ram_page = ram_page,
        .mmio_read = no_read,
        .mmio_write = no_write,
        .counter = no_counter,
        .timer_line = no_timer_line,
        .timer_changed = no_timer_change,
        .call = no_call,
        .send_event = no_event,
        .log = no_log,
        .counter_frequency = 1,
    };
    core->cache = code_cache_create();
    core->cpu = core->cache ? cpu_create(&port, core->cache, 0) : NULL;
    if (!core->cpu) {
        core_destroy(core);
        return NULL;
    }
    cpu_reset(core->cpu, CODE_BASE);
    enable_mmu(core);
    return core;
}

void core_destroy(struct core *core)
{
    if (core->cpu)
        cpu_destroy(core->cpu);
    code_cache_destroy(core->cache);
    free(core);
}

static void load_case(struct core *core, const struct diff_state *s, uint64_t pc)
{
    struct cpu *cpu = core->cpu;
    bool check_point;
    cpu_set_pstate(cpu, s->nzcv); /* EL0 */
    cpu_set_pc(cpu, CLREX_BASE);
    cpu_step(cpu, &check_point);
    for (unsigned i = 0; i < 31; i++)
        cpu_set_x(cpu, i, s->x[i]);
    cpu_set_x(cpu, 31, s->sp);
    cpu_set_pc(cpu, pc);
    cpu_set_fpcr(cpu, s->fpcr);
    cpu_set_fpsr(cpu, s->fpsr);
    for (unsigned i = 0; i < 32; i++)
        cpu_set_v(cpu, i, s->v[i]);
    memcpy(core->data + (WINDOW - DATA_BASE), s->memory, WINDOW_SIZE);
}

/* An exception leads to EL1; what was pending then is in its registers. */
static void store_end(struct cpu *cpu, struct diff_state *s)
{
    uint64_t esr = 0, elr = 0, spsr = 0;
    s->pc = cpu_get_pc(cpu);
    s->sp = cpu_get_x(cpu, 31);
    s->nzcv = cpu_get_pstate(cpu) & 0xf0000000;
    s->end = END_BREAKPOINT;
    if (cpu_get_el(cpu) == 0)
        return;
    cpu_get_sysreg(cpu, "ESR_EL1", &esr);
    cpu_get_sysreg(cpu, "ELR_EL1", &elr);
    cpu_get_sysreg(cpu, "SPSR_EL1", &spsr);
    cpu_get_sysreg(cpu, "SP_EL0", &s->sp);
    s->pc = elr;
    s->nzcv = spsr & 0xf0000000;
    const unsigned class = (unsigned)(esr >> 26);
    s->end = class == 0 ? END_UNDEFINED : class == 0x24 ? END_ABORT : END_OTHER;
    if (s->end == END_ABORT)
        cpu_get_sysreg(cpu, "FAR_EL1", &s->address);
}

static void store_result(struct core *core, struct diff_state *s, uint64_t slot)
{
    struct cpu *cpu = core->cpu;
    memset(s, 0, sizeof(*s));
    store_end(cpu, s);
    s->pc -= slot;
    for (unsigned i = 0; i < 31; i++)
        s->x[i] = cpu_get_x(cpu, i);
    s->fpcr = cpu_get_fpcr(cpu);
    s->fpsr = cpu_get_fpsr(cpu);
    for (unsigned i = 0; i < 32; i++)
        cpu_get_v(cpu, i, s->v[i]);
    memcpy(s->memory, core->data + (WINDOW - DATA_BASE), WINDOW_SIZE);
}

void core_run(struct core *core, const struct diff_case *cases, struct diff_state *results,
              size_t count)
{
    uint32_t *code = (uint32_t *)core->code;
    for (size_t i = 0; i < count * SLOT / 4; i++)
        code[i] = i % (SLOT / 4) ? BREAKPOINT : cases[i / (SLOT / 4)].word;
    code[CODE_SIZE / 4] = CLREX;
    code_cache_invalidate(core->cache, CODE_BASE, sizeof(core->code));
    for (size_t i = 0; i < count; i++) {
        const uint64_t slot = CODE_BASE + SLOT * i;
        bool check_point;
        load_case(core, &cases[i].state, slot);
        cpu_step(core->cpu, &check_point);
        store_result(core, &results[i], slot);
    }
}
