/* SPDX-License-Identifier: MIT */
#include "cpu/compile.h"

#include "cpu/bitmask.h"
#include "cpu/breakpoint.h"
#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/fuse.h"
#include "cpu/stencil.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define UNIT        256u         /* bytes that code memory is given out in */
#define UNITS       (1u << 17)
#define CODE_MEMORY (UNIT * UNITS) /* of address space; what is not used takes no memory */
#define HOST_PAGE   4096u
#define REACH       (1u << 30) /* how far from this program's code it may be: branches reach 2 GiB */

/* x86-64: movabs $record, %rsi, or mov offset(%rdi), %rsi; and behind it one of the jumps. */
static const uint8_t load_record[] = { 0x48, 0xbe };
static const uint8_t load_last[] = { 0x48, 0x8b, 0xb7 };
static const uint8_t jump_through_record[] = { 0xff, 0x26 };
static const uint8_t jump[] = { 0xe9 };
#define LOAD_SIZE  (sizeof(load_record) + 8)
#define JUMP_SIZE  (sizeof(jump) + 4)
#define LEAVE_SIZE (LOAD_SIZE + sizeof(jump_through_record))
#define CALL_SIZE  (LOAD_SIZE + JUMP_SIZE)
#define ENTER_SIZE (sizeof(load_last) + 4 + JUMP_SIZE)

/* What is known between two instructions; slot: of cpu->x, whose value is in `last`. */
struct facts {
    int slot, how;
};
#define NOTHING (-1)

/* An instruction on its way. */
struct site {
    bool wanted;
    bool joined; /* it is come to from elsewhere, so nothing is known there */
    bool needs_last, needs_how; /* it, or what follows, relies on what is known before it */
    bool enters; /* there is a way in from its record that sees to `last` */
    int slot;    /* of what is in `last` before it */
    const struct stencil *stencil; /* NULL: its handler is called as it is */
    size_t hot, cold, enter; /* where its parts are, from the page's code on */
};

struct compiler {
    uint8_t *memory;
    unsigned lowest; /* no unit before this one is free */
    uint8_t taken[UNITS];
    const struct stencil **hash; /* by handler, its first variant */
    unsigned hash_bits;
    /* The page being compiled. */
    uint8_t *code;
    struct site site[PAGE_RECORDS + 1];
    struct record record[PAGE_RECORDS];
};

/* Where the first variant for a handler is, or is to be. */
static const struct stencil **find(const struct compiler *compiler, handler_fn *handler)
{
    const uint64_t hash = (uintptr_t)handler * 0x9e3779b97f4a7c15u, mask = (UINT64_C(1) << compiler->hash_bits) - 1;
    const struct stencil **entry;
    for (uint64_t i = hash >> (64 - compiler->hash_bits);; i++) {
        entry = &compiler->hash[i & mask];
        if (!*entry || stencil_functions[(*entry)->handler] == handler)
            return entry;
    }
}

/* There are no more handlers than stencils: it stays half empty. */
static bool fill_hash(struct compiler *compiler)
{
    while (1u << compiler->hash_bits < 2 * stencil_count)
        compiler->hash_bits++;
    compiler->hash = calloc((size_t)1 << compiler->hash_bits, sizeof(compiler->hash[0]));
    for (unsigned i = 0; compiler->hash && i < stencil_count; i++) {
        const struct stencil **entry = find(compiler, stencil_functions[stencils[i].handler]);
        if (!*entry)
            *entry = &stencils[i];
    }
    return compiler->hash;
}

static uint8_t *map_at(uintptr_t address)
{
    void *const at = (void *)address;
    void *memory = mmap(at, CODE_MEMORY, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE, -1, 0);
    if (memory != at && memory != MAP_FAILED)
        munmap(memory, CODE_MEMORY);
    return memory == at ? memory : NULL;
}

/* Address space that the handlers can be reached from: before this program, or else behind it. */
static uint8_t *map_memory(void)
{
    const uintptr_t text = (uintptr_t)exec_resume & ~(uintptr_t)(HOST_PAGE - 1);
    uint8_t *memory = NULL;
    for (uintptr_t away = 2 * CODE_MEMORY; !memory && away < REACH && away < text; away += CODE_MEMORY)
        memory = map_at(text - away);
    for (uintptr_t away = 2 * CODE_MEMORY; !memory && away < REACH; away += CODE_MEMORY)
        memory = map_at(text + away);
    return memory;
}

/* The host's pages that hold so many bytes of code. */
static bool protect(const uint8_t *code, size_t size, int protection)
{
    const uintptr_t first = (uintptr_t)code & ~(uintptr_t)(HOST_PAGE - 1);
    return !mprotect((void *)first, (uintptr_t)code + size - first, protection);
}

/* The stencils are made for processors with BMI2 (meson.build). */
static bool host_runs_stencils(void)
{
#if defined(__x86_64__)
    return stencil_count && __builtin_cpu_supports("bmi2");
#else
    return false;
#endif
}

struct compiler *compiler_create(void)
{
    struct compiler *compiler = host_runs_stencils() ? calloc(1, sizeof(*compiler)) : NULL;
    if (!compiler)
        return NULL;
    compiler->memory = map_memory();
    /* A host may forbid memory that has been written to be executed. */
    if (!compiler->memory || !protect(compiler->memory, 1, PROT_READ | PROT_WRITE) ||
        !protect(compiler->memory, 1, PROT_READ | PROT_EXEC) || !fill_hash(compiler)) {
        compiler_destroy(compiler);
        return NULL;
    }
    return compiler;
}

void compiler_destroy(struct compiler *compiler)
{
    if (!compiler)
        return;
    if (compiler->memory)
        munmap(compiler->memory, CODE_MEMORY);
    free(compiler->hash);
    free(compiler);
}

bool compiler_owns(const struct compiler *compiler, handler_fn *handler)
{
    return (uintptr_t)handler - (uintptr_t)compiler->memory < CODE_MEMORY;
}

/* -- code memory -- */

/* The first of so many units in a row that are free; UNITS: there are none. As low as possible, so that little memory is
 * touched. */
static unsigned find_units(const struct compiler *compiler, unsigned count)
{
    for (unsigned i = compiler->lowest, run = 0; i < UNITS; i++) {
        run = compiler->taken[i] ? 0 : run + 1;
        if (run == count)
            return i + 1 - count;
    }
    return UNITS;
}

static void take_units(struct compiler *compiler, struct code_page *page, unsigned unit, unsigned count)
{
    memset(&compiler->taken[unit], 1, count);
    page->code_unit = unit;
    page->code_units = count;
    if (unit == compiler->lowest)
        compiler->lowest += count;
}

const uint8_t *compiler_code(const struct compiler *compiler, const struct code_page *page, size_t *size)
{
    *size = (size_t)page->code_units * UNIT;
    return compiler->memory + (size_t)page->code_unit * UNIT;
}

void compiler_free(struct compiler *compiler, struct code_page *page)
{
    memset(&compiler->taken[page->code_unit], 0, page->code_units);
    if (page->code_units && page->code_unit < compiler->lowest)
        compiler->lowest = page->code_unit;
    page->code_units = 0;
}

/* -- which instructions, and what is known where -- */

static void want(struct compiler *compiler, const struct code_page *page, unsigned index)
{
    struct site *site = &compiler->site[index];
    struct record *const r = &compiler->record[index];
    a64_decode_at(page, index, false, r);
    site->wanted = true;
    site->stencil = *find(compiler, r->handler);
    if (site->stencil && site->stencil->rm_zero && r->rm)
        site->stencil = NULL;
}

static unsigned target_of(const struct compiler *compiler, unsigned index)
{
    return index + (unsigned)compiler->record[index].imm;
}

static bool is_compiled(const struct code_page *page, unsigned index)
{
    return page->code_units && (page->compiled[index / 64] >> index % 64 & 1);
}

/* The instructions that have run: those that have a handler, and some behind them, which may have run as parts of a fused
 * sequence. Not those at the offset of a breakpoint. */
static void choose(struct compiler *compiler, struct code_cache *cache, const struct code_page *page)
{
    memset(compiler->site, 0, sizeof(compiler->site));
    for (unsigned i = 0, behind = 0; i < PAGE_RECORDS; i++) {
        handler_fn *const handler = page->record[i].handler;
        if (handler != exec_decode)
            behind = FUSE_MAX;
        /* In a compiled page, what was decoded since then was come to. */
        compiler->site[i].joined |= page->code_units && handler != exec_decode && !compiler_owns(compiler, handler);
        if ((!behind && !is_compiled(page, i)) || code_has_breakpoint_offset(cache, 4 * i)) {
            behind = 0;
            continue;
        }
        behind -= behind > 0;
        want(compiler, page, i);
        const struct stencil *stencil = compiler->site[i].stencil;
        if (stencil && stencil->branches)
            compiler->site[target_of(compiler, i)].joined = true;
        if (stencil ? !stencil->goes_on : compiler->record[i].handler == exec_undefined)
            behind = 0;
    }
}

static int slot_of(const struct record *r, unsigned field)
{
    const uint8_t slot[] = { r->rd, r->rn, r->rm, r->ra };
    return slot[field];
}

static bool holds(const struct stencil *stencil, const struct record *r, const struct facts *known)
{
    return (stencil->last == STENCIL_ANY || slot_of(r, stencil->last) == known->slot) &&
           (stencil->how == STENCIL_ANY || stencil->how == known->how);
}

static struct facts facts_behind(const struct stencil *stencil, const struct record *r, struct facts known)
{
    if (stencil->new_last != STENCIL_KEEP)
        known.slot = stencil->new_last == STENCIL_LOST ? NOTHING : slot_of(r, stencil->new_last);
    if (stencil->new_how != STENCIL_KEEP)
        known.how = stencil->new_how == STENCIL_LOST ? NOTHING : stencil->new_how;
    return known;
}

/* Picks the variants. What is come to by its record, not from the instruction before it, has nothing to assume. */
static void specialise(struct compiler *compiler)
{
    const struct facts nothing = { NOTHING, NOTHING };
    struct facts known = nothing;
    for (unsigned i = 0; i < PAGE_RECORDS; i++) {
        struct site *site = &compiler->site[i];
        if (!site->wanted || !site->stencil) {
            known = nothing;
            continue;
        }
        if (site->joined)
            known = nothing;
        site->slot = known.slot;
        while (!holds(site->stencil, &compiler->record[i], &known))
            site->stencil++;
        known = site->stencil->goes_on ? facts_behind(site->stencil, &compiler->record[i], known) : nothing;
    }
}

/* Does an access of this instruction that misses the soft TLB, or the like, come back to the record behind it? */
static bool comes_back(const struct stencil *stencil)
{
    for (unsigned i = 0; i < stencil->patch_count; i++)
        if (stencil_patches[stencil->patches + i].kind == STENCIL_CALL)
            return stencil->goes_on;
    return false;
}

static void find_needs(struct compiler *compiler)
{
    bool last = false, how = false;
    for (unsigned i = PAGE_RECORDS; i-- > 0;) {
        struct site *site = &compiler->site[i];
        const struct stencil *stencil = site->stencil;
        last = stencil && (stencil->last != STENCIL_ANY || (last && stencil->new_last == STENCIL_KEEP));
        how = stencil && (stencil->how != STENCIL_ANY || (how && stencil->new_how == STENCIL_KEEP));
        site->needs_last = last;
        site->needs_how = how;
        site->enters = last && !how && i > 0 && comes_back(site[-1].stencil);
    }
}

/* -- where they go -- */

/* Is the way on from here by the record behind it? */
static bool leaves(const struct compiler *compiler, unsigned index)
{
    const struct site *site = &compiler->site[index];
    return site->stencil && site->stencil->goes_on && !site[1].wanted;
}

/* The branch in this page goes to a record that is not being compiled. */
static bool branch_leaves(const struct compiler *compiler, unsigned index)
{
    const struct stencil *stencil = compiler->site[index].stencil;
    return stencil && stencil->branches && !compiler->site[target_of(compiler, index)].wanted;
}

/* Gives each site its place; returns the size. */
static size_t lay_out(struct compiler *compiler)
{
    size_t at = 0;
    for (unsigned i = 0; i < PAGE_RECORDS; i++) {
        struct site *site = &compiler->site[i];
        if (!site->wanted)
            continue;
        site->hot = at;
        at += site->stencil ? site->stencil->hot : CALL_SIZE;
        if (leaves(compiler, i))
            at += LEAVE_SIZE;
    }
    for (unsigned i = 0; i < PAGE_RECORDS; i++) {
        struct site *site = &compiler->site[i];
        if (!site->wanted || !site->stencil)
            continue;
        site->cold = at;
        at += site->stencil->cold;
        if (branch_leaves(compiler, i))
            at += LEAVE_SIZE;
        site->enter = at;
        if (site->enters)
            at += ENTER_SIZE;
    }
    return at;
}

/* -- writing them -- */

static uint8_t *put(uint8_t *at, const void *bytes, size_t size)
{
    memcpy(at, bytes, size);
    return at + size;
}

static uint8_t *put_load(uint8_t *at, const struct record *r)
{
    at = put(at, load_record, sizeof(load_record));
    return put(at, &r, sizeof(r));
}

/* On to a record by its handler, whatever that is by then. */
static void put_leave(uint8_t *at, const struct record *r)
{
    put(put_load(at, r), jump_through_record, sizeof(jump_through_record));
}

static void put_distance(uint8_t *at, const void *to)
{
    const int32_t distance = (int32_t)((intptr_t)to - (intptr_t)at - 4);
    put(at, &distance, sizeof(distance));
}

/* An instruction without stencil: its handler, which goes on by the record behind it. */
static void put_call(uint8_t *at, const struct record *r, handler_fn *handler)
{
    at = put(put_load(at, r), jump, sizeof(jump));
    put_distance(at, (const void *)(uintptr_t)handler);
}

/* From a record to a site that relies on `last`. */
static void put_enter(uint8_t *at, int slot, const uint8_t *hot)
{
    const uint32_t offset = (uint32_t)offsetof(struct cpu, x) + 8u * (unsigned)slot;
    at = put(put(at, load_last, sizeof(load_last)), &offset, sizeof(offset));
    put_distance(put(at, jump, sizeof(jump)), hot);
}

/* What goes into a hole. */
static uint64_t value_of(enum stencil_hole hole, const struct record *operands, const struct record *place)
{
    const uint8_t field[] = { operands->rd, operands->rn, operands->rm, operands->ra };
    switch (hole) {
    case HOLE_x_rd: case HOLE_x_rn: case HOLE_x_rm: case HOLE_x_ra:
        return offsetof(struct cpu, x) + 8u * field[hole - HOLE_x_rd];
    case HOLE_v_rd: case HOLE_v_rn: case HOLE_v_rm: case HOLE_v_ra:
        return offsetof(struct cpu, v) + 16u * field[hole - HOLE_v_rd];
    case HOLE_rd: case HOLE_rn: case HOLE_rm: case HOLE_ra:
        return field[hole - HOLE_rd];
    case HOLE_imm:
        return (uint64_t)(int64_t)operands->imm;
    case HOLE_mask:
        return bitmask_immediates[operands->imm];
    case HOLE_here:
        return (uintptr_t)place;
    case HOLE_there:
        return (uintptr_t)(place + operands->imm);
    case HOLE_moved: /* MOVE() of exec.h */
        return (uint64_t)((int64_t)(operands->imm - 1) * (int64_t)sizeof(*operands));
    }
    return 0;
}

static void apply(const struct compiler *compiler, const struct code_page *page, unsigned index,
                  const struct stencil_patch *patch)
{
    const struct site *site = &compiler->site[index];
    const struct stencil *stencil = site->stencil;
    uint8_t *const hot = compiler->code + site->hot, *const cold = compiler->code + site->cold;
    uint8_t *const at = patch->at < stencil->hot ? hot + patch->at : cold + (patch->at - stencil->hot);
    uint64_t value;
    switch ((enum stencil_patch_kind)patch->kind) {
    case STENCIL_32:
    case STENCIL_64:
        value = value_of((enum stencil_hole)patch->of, &compiler->record[index], &page->record[index]);
        value += (uint64_t)(int64_t)patch->addend;
        put(at, &value, patch->kind == STENCIL_32 ? 4 : 8);
        break;
    case STENCIL_NEXT:
        put_distance(at, hot + stencil->hot);
        break;
    case STENCIL_TAKEN:
        put_distance(at, branch_leaves(compiler, index)
                             ? cold + stencil->cold
                             : compiler->code + compiler->site[target_of(compiler, index)].hot);
        break;
    case STENCIL_HOT:
        put_distance(at, hot + patch->addend);
        break;
    case STENCIL_COLD:
        put_distance(at, cold + patch->addend);
        break;
    case STENCIL_CALL:
        put_distance(at, (const void *)(uintptr_t)stencil_functions[patch->of]);
        break;
    }
}

static void write_site(const struct compiler *compiler, const struct code_page *page, unsigned index)
{
    const struct site *site = &compiler->site[index];
    const struct stencil *stencil = site->stencil;
    uint8_t *const hot = compiler->code + site->hot, *const cold = compiler->code + site->cold;
    if (!stencil) {
        put_call(hot, &page->record[index], compiler->record[index].handler);
        return;
    }
    put(hot, &stencil_code[stencil->code], stencil->hot);
    put(cold, &stencil_code[stencil->code + stencil->hot], stencil->cold);
    if (leaves(compiler, index))
        put_leave(hot + stencil->hot, &page->record[index + 1]);
    if (branch_leaves(compiler, index))
        put_leave(cold + stencil->cold, &page->record[target_of(compiler, index)]);
    if (site->enters)
        put_enter(compiler->code + site->enter, site->slot, hot);
    for (unsigned i = 0; i < stencil->patch_count; i++)
        apply(compiler, page, index, &stencil_patches[stencil->patches + i]);
}

/* The code for the record of a site. NULL: one cannot begin there, for want of what is known by then. */
static handler_fn *entry(const struct compiler *compiler, const struct site *site)
{
    if (site->needs_last || site->needs_how)
        return site->enters ? (handler_fn *)(uintptr_t)(compiler->code + site->enter) : NULL;
    return (handler_fn *)(uintptr_t)(compiler->code + site->hot);
}

static void publish(const struct compiler *compiler, struct code_page *page)
{
    memset(page->compiled, 0, sizeof(page->compiled));
    for (unsigned i = 0; i < PAGE_RECORDS; i++) {
        const struct site *site = &compiler->site[i];
        if (!site->wanted)
            continue;
        struct record r = compiler->record[i];
        r.handler = entry(compiler, site);
        if (!r.handler)
            r.handler = exec_decode;
        record_publish(&page->record[i], &r);
        page->compiled[i / 64] |= UINT64_C(1) << i % 64;
    }
}

static bool write_code(struct compiler *compiler, const struct code_page *page, size_t size)
{
    if (!protect(compiler->code, size, PROT_READ | PROT_WRITE))
        return false;
    for (unsigned i = 0; i < PAGE_RECORDS; i++)
        if (compiler->site[i].wanted)
            write_site(compiler, page, i);
    return protect(compiler->code, size, PROT_READ | PROT_EXEC);
}

enum compile_result compile_page(struct compiler *compiler, struct code_cache *cache, struct code_page *page)
{
    choose(compiler, cache, page);
    specialise(compiler);
    find_needs(compiler);
    const size_t size = lay_out(compiler);
    const unsigned units = (unsigned)((size + UNIT - 1) / UNIT), unit = find_units(compiler, units);
    if (!size)
        return COMPILE_DONE;
    if (unit == UNITS)
        return COMPILE_FULL;
    compiler->code = compiler->memory + (size_t)unit * UNIT;
    if (!write_code(compiler, page, size))
        return COMPILE_REFUSED;
    publish(compiler, page);
    compiler_free(compiler, page);
    take_units(compiler, page, unit, units);
    return COMPILE_DONE;
}
