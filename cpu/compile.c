/* SPDX-License-Identifier: MIT */
#include "cpu/compile.h"

#include "cpu/bitmask.h"
#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/stencil.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define CODE_MEMORY (32u << 20) /* bytes of address space; what is not used takes none */
#define HOST_PAGE   4096u
#define REACH       (1u << 30) /* how far from this program's code it may be: branches reach 2 GiB */
#define HASH_BITS   11

/* x86-64: movabs $record, %rsi, and behind it one of the jumps. */
static const uint8_t load_record[] = { 0x48, 0xbe };
static const uint8_t jump_through_record[] = { 0xff, 0x26 };
static const uint8_t jump[] = { 0xe9 };
#define LOAD_SIZE  (sizeof(load_record) + 8)
#define LEAVE_SIZE (LOAD_SIZE + sizeof(jump_through_record))
#define CALL_SIZE  (LOAD_SIZE + sizeof(jump) + 4)

/* An instruction on its way. */
struct piece {
    bool wanted;
    const struct stencil *stencil; /* NULL: its handler is called as it is */
    uint8_t *hot, *cold;
};

struct compiler {
    uint8_t *memory;
    size_t used;
    const struct stencil *hash[1u << HASH_BITS];
    /* The page being compiled. */
    struct piece piece[PAGE_RECORDS + 1];
    struct record record[PAGE_RECORDS];
};

static unsigned hash_of(handler_fn *handler)
{
    return (unsigned)((uintptr_t)handler * 0x9e3779b97f4a7c15u >> (64 - HASH_BITS));
}

static void add_stencil(struct compiler *compiler, const struct stencil *stencil)
{
    unsigned i = hash_of(stencil->handler);
    while (compiler->hash[i])
        i = (i + 1) % (1u << HASH_BITS);
    compiler->hash[i] = stencil;
}

static const struct stencil *find_stencil(const struct compiler *compiler, handler_fn *handler)
{
    unsigned i = hash_of(handler);
    while (compiler->hash[i] && compiler->hash[i]->handler != handler)
        i = (i + 1) % (1u << HASH_BITS);
    return compiler->hash[i];
}

/* Address space that the handlers can be reached from. */
static uint8_t *map_memory(void)
{
    const uintptr_t text = (uintptr_t)exec_resume & ~(uintptr_t)(HOST_PAGE - 1);
    for (uintptr_t away = 2 * CODE_MEMORY; away < REACH && away < text; away += CODE_MEMORY) {
        void *const at = (void *)(text - away);
        void *memory = mmap(at, CODE_MEMORY, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED_NOREPLACE,
                            -1, 0);
        if (memory == at)
            return memory;
        if (memory != MAP_FAILED)
            munmap(memory, CODE_MEMORY);
    }
    return NULL;
}

struct compiler *compiler_create(void)
{
    if (!stencil_count)
        return NULL;
    struct compiler *compiler = calloc(1, sizeof(*compiler));
    if (!compiler)
        return NULL;
    compiler->memory = map_memory();
    if (!compiler->memory) {
        free(compiler);
        return NULL;
    }
    for (unsigned i = 0; i < stencil_count; i++)
        add_stencil(compiler, &stencils[i]);
    return compiler;
}

void compiler_destroy(struct compiler *compiler)
{
    if (!compiler)
        return;
    munmap(compiler->memory, CODE_MEMORY);
    free(compiler);
}

bool compiler_owns(const struct compiler *compiler, handler_fn *handler)
{
    return (uintptr_t)handler - (uintptr_t)compiler->memory < CODE_MEMORY;
}

void compiler_forget(struct compiler *compiler)
{
    madvise(compiler->memory, CODE_MEMORY, MADV_DONTNEED);
    compiler->used = 0;
}

/* -- which instructions -- */

static void want(struct compiler *compiler, const struct code_page *page, unsigned index)
{
    struct piece *piece = &compiler->piece[index];
    struct decode d = { .out = &compiler->record[index], .index = index, .words = page->host };
    d.word = __atomic_load_n((const uint32_t *)(page->host + 4 * index), __ATOMIC_RELAXED);
    a64_decode(&d);
    piece->wanted = true;
    piece->stencil = find_stencil(compiler, d.out->handler);
}

/* The instructions that have run, and what follows them. Not those at the offset of a breakpoint. */
static void choose(struct compiler *compiler, const struct code_cache *cache, const struct code_page *page)
{
    memset(compiler->piece, 0, sizeof(compiler->piece));
    bool follows = false;
    for (unsigned i = 0; i < PAGE_RECORDS; i++) {
        follows |= page->record[i].handler != exec_decode;
        if (!follows || code_has_breakpoint_offset(cache, 4 * i))
            continue;
        want(compiler, page, i);
        const struct stencil *stencil = compiler->piece[i].stencil;
        follows = stencil ? stencil->goes_on : compiler->record[i].handler != exec_undefined;
    }
}

/* -- where they go -- */

/* Is the way on from here by the record behind it? */
static bool leaves(const struct compiler *compiler, unsigned index)
{
    const struct piece *piece = &compiler->piece[index];
    return piece->stencil && piece->stencil->goes_on && !piece[1].wanted;
}

static unsigned target_of(const struct compiler *compiler, unsigned index)
{
    return index + (unsigned)compiler->record[index].imm;
}

/* The branch in this page goes to a record that is not being compiled. */
static bool branch_leaves(const struct compiler *compiler, unsigned index)
{
    const struct stencil *stencil = compiler->piece[index].stencil;
    return stencil && stencil->branches && !compiler->piece[target_of(compiler, index)].wanted;
}

/* Gives each piece its place from `at` on; returns the end. */
static uint8_t *lay_out(struct compiler *compiler, uint8_t *at)
{
    for (unsigned i = 0; i < PAGE_RECORDS; i++) {
        struct piece *piece = &compiler->piece[i];
        if (!piece->wanted)
            continue;
        piece->hot = at;
        at += piece->stencil ? piece->stencil->hot : CALL_SIZE;
        if (leaves(compiler, i))
            at += LEAVE_SIZE;
    }
    for (unsigned i = 0; i < PAGE_RECORDS; i++) {
        struct piece *piece = &compiler->piece[i];
        if (!piece->wanted || !piece->stencil)
            continue;
        piece->cold = at;
        at += piece->stencil->cold;
        if (branch_leaves(compiler, i))
            at += LEAVE_SIZE;
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

static void apply(const struct compiler *compiler, const struct code_page *page, unsigned index, const struct stencil_patch *patch)
{
    const struct piece *piece = &compiler->piece[index];
    const struct stencil *stencil = piece->stencil;
    uint8_t *at = patch->at < stencil->hot ? piece->hot + patch->at : piece->cold + (patch->at - stencil->hot);
    uint64_t value;
    switch ((enum stencil_patch_kind)patch->kind) {
    case STENCIL_32:
    case STENCIL_64:
        value = value_of(patch->hole, &compiler->record[index], &page->record[index]) + (uint64_t)(int64_t)patch->addend;
        put(at, &value, patch->kind == STENCIL_32 ? 4 : 8);
        break;
    case STENCIL_NEXT:
        put_distance(at, piece->hot + stencil->hot);
        break;
    case STENCIL_TAKEN:
        put_distance(at, branch_leaves(compiler, index) ? piece->cold + stencil->cold
                                                        : compiler->piece[target_of(compiler, index)].hot);
        break;
    case STENCIL_HOT:
        put_distance(at, piece->hot + patch->addend);
        break;
    case STENCIL_COLD:
        put_distance(at, piece->cold + patch->addend);
        break;
    case STENCIL_CALL:
        put_distance(at, (const void *)(uintptr_t)patch->function);
        break;
    }
}

static void write_piece(const struct compiler *compiler, const struct code_page *page, unsigned index)
{
    const struct piece *piece = &compiler->piece[index];
    const struct stencil *stencil = piece->stencil;
    if (!stencil) {
        put_call(piece->hot, &page->record[index], compiler->record[index].handler);
        return;
    }
    put(piece->hot, stencil->code, stencil->hot);
    put(piece->cold, stencil->code + stencil->hot, stencil->cold);
    if (leaves(compiler, index))
        put_leave(piece->hot + stencil->hot, &page->record[index + 1]);
    if (branch_leaves(compiler, index))
        put_leave(piece->cold + stencil->cold, &page->record[target_of(compiler, index)]);
    for (unsigned i = 0; i < stencil->patch_count; i++)
        apply(compiler, page, index, &stencil->patches[i]);
}

static void publish(const struct compiler *compiler, struct code_page *page)
{
    for (unsigned i = 0; i < PAGE_RECORDS; i++) {
        if (!compiler->piece[i].wanted)
            continue;
        struct record r = compiler->record[i];
        r.handler = (handler_fn *)(uintptr_t)compiler->piece[i].hot;
        record_publish(&page->record[i], &r);
    }
    page->compiled = true;
}

/* The host's pages that hold [begin, end). */
static bool protect(const uint8_t *begin, const uint8_t *end, int protection)
{
    const uintptr_t first = (uintptr_t)begin & ~(uintptr_t)(HOST_PAGE - 1);
    return !mprotect((void *)first, (uintptr_t)end - first, protection);
}

bool compile_page(struct compiler *compiler, const struct code_cache *cache, struct code_page *page)
{
    choose(compiler, cache, page);
    uint8_t *const begin = compiler->memory + compiler->used;
    uint8_t *const end = lay_out(compiler, begin);
    if (end > compiler->memory + CODE_MEMORY || !protect(begin, end, PROT_READ | PROT_WRITE))
        return false;
    for (unsigned i = 0; i < PAGE_RECORDS; i++)
        if (compiler->piece[i].wanted)
            write_piece(compiler, page, i);
    compiler->used = (size_t)(end - compiler->memory);
    if (!protect(begin, end, PROT_READ | PROT_EXEC))
        return false;
    publish(compiler, page);
    return true;
}
