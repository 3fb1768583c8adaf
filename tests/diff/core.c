/* SPDX-License-Identifier: MIT */
#include "tests/diff/core.h"

#include "cpu/coverage.h"
#include "cpu/cpu.h"

#include <stdlib.h>
#include <string.h>

#define PAGE        4096u
#define CODE_SIZE   (SLOT * CASES_MAX)
#define CLREX       0xd503305fu
#define WFI         0xd503207fu
#define TABLE_BASE  0x40001000ull /* tables of levels 1, 2 and 3, one behind the other */
#define VECTORS     0x40000000ull /* every exception waits for an interrupt */
#define CLREX_BASE  (VECTORS + 0x800)
#define EL1H        0x3c5u
#define LONGEST_RUN 1000u

struct core {
    struct cpu *cpu;
    struct code_cache *cache;
    struct cpu_coverage *coverage; /* of the case being stepped */
    struct cpu_coverage total;     /* of all that were compared */
    /* Guest memory: page-aligned, as the core expects of a machine. */
    _Alignas(PAGE) uint8_t code[CODE_SIZE];
    _Alignas(PAGE) uint8_t data[DATA_SIZE + PAGE], vectors[PAGE];
    _Alignas(PAGE) uint64_t table[3][PAGE / 8];
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
    if (!page)
        page = within(core->vectors, VECTORS, sizeof(core->vectors), pa);
    return page ? page : within((uint8_t *)core->table, TABLE_BASE, sizeof(core->table), pa);
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

/* Arm ARM D5.3, descriptors. What EL0 can write EL1 does not execute, so the vectors are apart. */
enum {
    BLOCK = 1,
    TABLE = 3,
    PAGE_3 = 3,
    USER = 1 << 6,
    READ = 1 << 7,
    SHARED = 3 << 8,
    ACCESSED = 1 << 10
};
#define NORMAL           (SHARED | ACCESSED)
#define INDEX(va, level) ((va) >> (39 - 9 * (level)) & 511)

static void fill_tables(struct core *core)
{
    const uint64_t code = CODE_BASE | BLOCK | USER | NORMAL;
    core->table[0][INDEX(CODE_BASE, 1)] = (TABLE_BASE + PAGE) | TABLE;
    core->table[0][INDEX(VECTORS, 1)] = VECTORS | BLOCK | NORMAL;
    core->table[1][INDEX(CODE_BASE, 2)] = code;
    core->table[1][INDEX(DATA_BASE, 2)] = (TABLE_BASE + 2 * PAGE) | TABLE;
    for (uint64_t va = DATA_BASE; va < HOLE; va += PAGE)
        core->table[2][INDEX(va, 3)] = va | PAGE_3 | USER | NORMAL | (va >= READ_ONLY ? READ : 0);
}

static void enable_mmu(struct core *core)
{
    const uint32_t wfi = WFI, clrex = CLREX;
    fill_tables(core);
    for (unsigned i = 0; i < PAGE; i += 4)
        memcpy(core->vectors + i, &wfi, 4);
    memcpy(core->vectors + (CLREX_BASE - VECTORS), &clrex, 4);
    cpu_set_sysreg(core->cpu, "MAIR_EL1", 0xff);
    cpu_set_sysreg(core->cpu, "TCR_EL1",
                   1ull << 37 | 25 | 3u << 12 | 1u << 8 | 1u << 10 | 25u << 16 | 1u << 23);
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
    core->coverage = cpu_coverage_create();
    core->cpu = core->cache ? cpu_create(&port, core->cache, 0) : NULL;
    if (!core->cpu || !core->coverage) {
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
    cpu_coverage_destroy(core->coverage);
    free(core);
}

static void load_case(struct core *core, const struct diff_state *s, uint64_t pc)
{
    struct cpu *cpu = core->cpu;
    bool check_point;
    cpu_set_pstate(cpu, EL1H);
    cpu_set_pc(cpu, CLREX_BASE);
    cpu_step(cpu, &check_point);
    cpu_set_pstate(cpu, s->nzcv); /* EL0 */
    for (unsigned i = 0; i < 31; i++)
        cpu_set_x(cpu, i, s->x[i]);
    cpu_set_x(cpu, 31, s->sp);
    cpu_set_pc(cpu, pc);
    cpu_set_fpcr(cpu, s->fpcr);
    cpu_set_fpsr(cpu, s->fpsr);
    for (unsigned i = 0; i < 32; i++)
        cpu_set_v(cpu, i, s->v[i]);
    memset(core->data, 0, DATA_SIZE);
    memcpy(core->data + (WINDOW - DATA_BASE), s->memory, WINDOW_SIZE);
}

/* Every case ends with an exception, which leads to EL1. */
static enum diff_end end_of(uint64_t esr)
{
    switch (esr >> 26) {
    case 0x00:
    case 0x18: /* MSR, MRS, system instructions that are trapped: undefined to a program */
        return END_UNDEFINED;
    case 0x3c:
        return END_BREAKPOINT;
    case 0x20: /* instruction abort, misaligned PC, data abort */
    case 0x22:
    case 0x24:
        return esr >> 26 == 0x24 && (esr & 0x3c) == 0x0c ? END_PERMISSION : END_ABORT;
    default:
        return END_OTHER;
    }
}

static uint64_t sysreg(const struct cpu *cpu, const char *name)
{
    uint64_t value = 0;
    cpu_get_sysreg(cpu, name, &value);
    return value;
}

static void store_end(const struct cpu *cpu, struct diff_state *s)
{
    s->pc = sysreg(cpu, "ELR_EL1");
    s->sp = sysreg(cpu, "SP_EL0");
    s->nzcv = sysreg(cpu, "SPSR_EL1") & 0xf0000000;
    s->end = cpu_get_el(cpu) ? end_of(sysreg(cpu, "ESR_EL1")) : END_OTHER;
    s->address =
        s->end == END_ABORT || s->end == END_PERMISSION ? sysreg(cpu, "FAR_EL1") & ADDRESS_MASK : 0;
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

static void put_case(struct core *core, const struct diff_case *c, size_t number)
{
    uint32_t *code = (uint32_t *)(core->code + SLOT * number);
    for (unsigned i = 0; i < SLOT / 4; i++)
        code[i] = slot_word(i, c->words, c->length);
    code_cache_invalidate(core->cache, CODE_BASE + SLOT * number, SLOT);
}

static void put_code(struct core *core, const struct diff_case *cases, size_t count)
{
    memset(core->code, 0, CODE_SIZE);
    code_cache_invalidate(core->cache, CODE_BASE, CODE_SIZE);
    for (size_t i = 0; i < count; i++)
        put_case(core, &cases[i], i);
}

/* Until the exception. */
static void execute(struct cpu *cpu, enum core_way way)
{
    bool check_point;
    if (way != CORE_STEPPED)
        cpu_run(cpu, cpu_count(cpu) + LONGEST_RUN);
    else
        for (unsigned i = 0; i < LONGEST_RUN && cpu_get_el(cpu) == 0; i++)
            cpu_step(cpu, &check_point);
}

static void step_case(struct core *core)
{
    memset(core->coverage, 0, sizeof(*core->coverage));
    cpu_set_coverage(core->cpu, core->coverage);
    execute(core->cpu, CORE_STEPPED);
    cpu_set_coverage(core->cpu, NULL);
}

/* The breakpoint that ends a case is not part of it. */
static void count_case(struct core *core)
{
    for (unsigned row = 0; row <= A64_ROWS; row++) {
        core->total.executed[row] += row == A64_BRK ? 0 : core->coverage->executed[row];
        core->total.undefined[row] += core->coverage->undefined[row];
    }
}

/* Do the instructions of a case still stand there? */
static bool is_intact(const struct core *core, const struct diff_case *c, uint64_t slot)
{
    const uint32_t *code = (const uint32_t *)(core->code + (slot - CODE_BASE));
    for (unsigned i = 0; i < SLOT / 4; i++)
        if (code[i] != slot_word(i, c->words, c->length))
            return false;
    return true;
}

const struct cpu_coverage *core_coverage(const struct core *core)
{
    return &core->total;
}

bool core_compiles(struct core *core)
{
    return code_cache_compile(core->cache);
}

static uint64_t slot_of(size_t number)
{
    return CODE_BASE + SLOT * number;
}

/* Runs all to have them decoded and compiled; what stored to its own code gets that back, and is decoded once more. */
static void compile_cases(struct core *core, const struct diff_case *cases, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        load_case(core, &cases[i].state, slot_of(i));
        execute(core->cpu, CORE_DECODED);
        if (!is_intact(core, &cases[i], slot_of(i)))
            put_case(core, &cases[i], i);
    }
    code_cache_compile(core->cache);
}

void core_run(struct core *core, const struct diff_case *cases, struct diff_state *results,
              size_t count, enum core_way way)
{
    put_code(core, cases, count);
    if (way == CORE_COMPILED)
        compile_cases(core, cases, count);
    for (size_t i = 0; i < count; i++) {
        load_case(core, &cases[i].state, slot_of(i));
        if (way == CORE_STEPPED)
            step_case(core);
        else
            execute(core->cpu, way);
        store_result(core, &results[i], slot_of(i));
        if (!cases[i].writes_code && !is_intact(core, &cases[i], slot_of(i)))
            results[i].end = END_WILD;
        if (way == CORE_STEPPED && !core_is_wild(&results[i]))
            count_case(core);
    }
}
