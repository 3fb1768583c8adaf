/* SPDX-License-Identifier: MIT */
#include "cpu/code.h"

#include "cpu/breakpoint.h"
#include "cpu/compile.h"
#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/fuse.h"
#include "cpu/mem.h"
#include "cpu/parallel.h"
#include "cpu/spin.h"
#include "cpu/watch.h"

#include <stdlib.h>
#include <string.h>

#define HASH_BITS         14
#define PRESENT_BITS      16
#define MANY_PAGES        (16u << 20) /* bytes from which on it pays to look at all pages that have been executed */
#define STORES_UNTIL_DATA 16
#define WRITERS_BITS      26 /* pages of guest memory that code_note_writer tells apart: 256 GiB */

#define HEAT             12u /* samples that make a page worth compiling; twice as many each time again */
#define COMPILATIONS_MAX 8u

/* A page that becomes code again within so many grace periods costs its CPUs more than slow stores
 * would. */
#define QUICK_GRACES 8
#define PATIENCE_MAX 14

struct code_cache {
    /* A bit per page, by the low 16 bits of its number: clear means that no such page is in the
     * hash. Every soft-TLB fill asks, and data pages are most of the answers: 8 KiB stay in the
     * host's first-level cache. */
    uint64_t present[(1u << PRESENT_BITS) / 64];
    struct code_page *hash[1u << HASH_BITS];
    struct cpu *cpus;
    struct breakpoints breakpoints;
    struct watchpoint *watchpoints;
    struct fuse_tree *fuse_tree;
    bool compiles;             /* hot pages (compile.h) */
    struct compiler *compiler; /* NULL: none yet */
    bool reported[A64_ROWS];

    /* CPUs on threads of their own. The lock is for all that the above and the pages hold but
     * look-ups (code_find), which see pages whole or not at all. */
    bool parallel;
    pthread_mutex_t lock;
    uint64_t graces_begun, graces_ended; /* atomic */
    uint64_t *writers;                   /* a bit per page: some soft TLB may hold it for writing */
};

static unsigned hash_of(uint64_t pa)
{
    return (unsigned)((pa >> PAGE_BITS) * 0x9e3779b97f4a7c15u >> (64 - HASH_BITS));
}

struct code_cache *code_cache_create(void)
{
    struct code_cache *cache = calloc(1, sizeof(*cache));
    if (!cache)
        return NULL;
    cache->compiles = true;
    cache->fuse_tree = fuse_tree_create();
    if (!cache->fuse_tree) {
        free(cache);
        return NULL;
    }
    return cache;
}

const struct fuse_tree *code_fuse_tree(const struct code_cache *cache)
{
    return cache->fuse_tree;
}

static void free_page(struct code_cache *cache, struct code_page *page)
{
    if (page->code_units)
        compiler_free(cache->compiler, page);
    free(page);
}

static void free_pages(struct code_cache *cache)
{
    for (unsigned i = 0; i < 1u << HASH_BITS; i++) {
        while (cache->hash[i]) {
            struct code_page *page = cache->hash[i];
            cache->hash[i] = page->next;
            free_page(cache, page);
        }
    }
}

void code_cache_destroy(struct code_cache *cache)
{
    if (!cache)
        return;
    free_pages(cache);
    breakpoints_free(&cache->breakpoints);
    watch_free(cache->watchpoints);
    fuse_tree_destroy(cache->fuse_tree);
    compiler_destroy(cache->compiler);
    if (cache->parallel)
        pthread_mutex_destroy(&cache->lock);
    free(cache->writers);
    free(cache);
}

bool code_cache_set_parallel(struct code_cache *cache)
{
    cache->writers = calloc((1u << WRITERS_BITS) / 64, sizeof(*cache->writers));
    if (!cache->writers || pthread_mutex_init(&cache->lock, NULL))
        return false;
    cache->parallel = true;
    cache->compiles = false;
    cache->graces_begun = cache->graces_ended = 1;
    return true;
}

bool code_is_parallel(const struct code_cache *cache)
{
    return cache->parallel;
}

void code_lock(struct code_cache *cache)
{
    if (cache->parallel)
        pthread_mutex_lock(&cache->lock);
}

void code_unlock(struct code_cache *cache)
{
    if (cache->parallel)
        pthread_mutex_unlock(&cache->lock);
}

static unsigned present_bit(uint64_t pa)
{
    return (unsigned)(pa >> PAGE_BITS & ((1u << PRESENT_BITS) - 1));
}

struct code_page *code_find(const struct code_cache *cache, uint64_t pa)
{
    const unsigned bit = present_bit(pa);
    if (!(__atomic_load_n(&cache->present[bit / 64], __ATOMIC_RELAXED) >> bit % 64 & 1))
        return NULL;
    pa &= PAGE_MASK;
    struct code_page *page = __atomic_load_n(&cache->hash[hash_of(pa)], __ATOMIC_ACQUIRE);
    while (page && page->pa != pa)
        page = page->next;
    return page;
}

static void set_records(struct code_page *page, handler_fn *handler)
{
    for (unsigned i = 0; i < PAGE_RECORDS; i++)
        page->record[i] = (struct record){ .handler = handler };
}

struct code_page *code_page_create(handler_fn *handler)
{
    struct code_page *page = calloc(1, sizeof(*page));
    if (!page)
        return NULL;
    set_records(page, handler);
    page->record[PAGE_RECORDS].handler = handler;
    return page;
}

static struct code_page *add_page(struct code_cache *cache, uint64_t pa, const uint8_t *host)
{
    struct code_page *page = code_page_create(exec_decode);
    if (!page)
        return NULL;
    page->record[PAGE_RECORDS].handler = exec_page_end;
    page->pa = pa;
    page->host = host;
    uint64_t *present = &cache->present[present_bit(pa) / 64];
    __atomic_store_n(present, *present | 1ull << present_bit(pa) % 64, __ATOMIC_RELAXED);
    struct code_page **chain = &cache->hash[hash_of(pa)];
    page->next = *chain;
    __atomic_store_n(chain, page, __ATOMIC_RELEASE);
    return page;
}

struct code_page *code_get(struct code_cache *cache, uint64_t pa, const uint8_t *host)
{
    pa &= PAGE_MASK;
    struct code_page *page = code_find(cache, pa);
    if (page)
        return page;
    code_lock(cache);
    page = code_find(cache, pa);
    if (!page)
        page = add_page(cache, pa, host);
    code_unlock(cache);
    return page;
}

/* -- Grace periods (parallel.h). Sequentially consistent throughout: who resets a record reads
 * graces_begun behind that, and a CPU that the period then finds between turns sees the record
 * reset in its next one. -- */

uint64_t code_grace_begins(struct code_cache *cache)
{
    uint64_t number = __atomic_add_fetch(&cache->graces_begun, 1, __ATOMIC_SEQ_CST);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    return number;
}

void code_grace_ends(struct code_cache *cache, uint64_t number)
{
    uint64_t ended = __atomic_load_n(&cache->graces_ended, __ATOMIC_RELAXED);
    while (ended < number && !__atomic_compare_exchange_n(&cache->graces_ended, &ended, number,
                                                          true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED))
        ;
}

static void mark_stale(struct code_cache *cache, struct code_page *page)
{
    if (!cache->parallel)
        return;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    page->stale_after = __atomic_load_n(&cache->graces_begun, __ATOMIC_SEQ_CST);
}

bool code_may_decode(const struct code_cache *cache, const struct code_page *page)
{
    return __atomic_load_n(&cache->graces_ended, __ATOMIC_ACQUIRE) > page->stale_after;
}

/* -- Writers: a CPU notes itself and then looks for records; who begins a page announces records
 * and then looks for writers. -- */

/* The word with the page's bit; NULL: beyond what is told apart, to be taken for written. */
static uint64_t *writers_word(const struct code_cache *cache, uint64_t pa)
{
    const uint64_t page = pa >> PAGE_BITS;
    return page >> WRITERS_BITS ? NULL : &cache->writers[page / 64];
}

void code_note_writer(struct code_cache *cache, uint64_t pa)
{
    const uint64_t bit = 1ull << (pa >> PAGE_BITS) % 64;
    uint64_t *word = writers_word(cache, pa);
    if (word && !(__atomic_load_n(word, __ATOMIC_RELAXED) & bit))
        __atomic_fetch_or(word, bit, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static bool forget_writers(struct code_cache *cache, uint64_t pa)
{
    const uint64_t bit = 1ull << (pa >> PAGE_BITS) % 64;
    uint64_t *word = writers_word(cache, pa);
    return !word || (__atomic_fetch_and(word, ~bit, __ATOMIC_RELAXED) & bit);
}

static void revoke_everywhere(struct cpu *cpu, struct code_page *page)
{
    const struct tlb_request request = { .what = TLB_REVOKE_WRITES, .address = page->pa };
    page->begun = __atomic_load_n(&cpu->cache->graces_begun, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (!forget_writers(cpu->cache, page->pa))
        return;
    tlb_revoke_writes(cpu, page->pa);
    parallel_ask(cpu, &request);
    mark_stale(cpu->cache, page);
}

void code_page_begin(struct cpu *cpu, struct code_page *page)
{
    __atomic_store_n(&page->has_records, true, __ATOMIC_RELAXED);
    page->stores = 0;
    if (cpu->cache->parallel) {
        revoke_everywhere(cpu, page);
        return;
    }
    for (struct cpu *each = cpu->cache->cpus; each; each = each->next_in_cache)
        tlb_revoke_writes(each, page->pa);
}

/* Resets records first to last, all of a compiled page. True when one of them was decoded. Operands stay: the
 * instruction that stored here may be in this page itself and still need its own (a writeback, the status of a
 * store exclusive). */
static bool reset(struct code_cache *cache, struct code_page *page, unsigned first, unsigned last)
{
    bool any = false;
    if (page->code_units) { /* they know each other's places */
        first = 0;
        last = PAGE_RECORDS - 1;
        compiler_free(cache->compiler, page);
    }
    for (unsigned i = first; i <= last; i++) {
        any |= page->record[i].handler != exec_decode;
        __atomic_store_n(&page->record[i].handler, exec_decode, __ATOMIC_RELAXED);
    }
    return any;
}

static void drop_records(struct code_cache *cache, struct code_page *page)
{
    if (reset(cache, page, 0, PAGE_RECORDS - 1))
        mark_stale(cache, page);
    __atomic_store_n(&page->has_records, false, __ATOMIC_RELAXED);
}

/* Records first to last, and those before them that may be fused with them. */
static void reset_records(struct code_cache *cache, struct code_page *page, unsigned first,
                          unsigned last)
{
    if (reset(cache, page, first < FUSE_MAX ? 0 : first - (FUSE_MAX - 1), last))
        mark_stale(cache, page);
}

/* With parallel CPUs, to begin a page is dear: one that becomes code again and again is given more
 * time each time. */
static bool is_data_again(const struct code_cache *cache, struct code_page *page)
{
    if (++page->stores < (unsigned)STORES_UNTIL_DATA << page->patience)
        return false;
    if (cache->parallel) {
        const uint64_t lasted =
            __atomic_load_n(&cache->graces_begun, __ATOMIC_RELAXED) - page->begun;
        page->patience = lasted > QUICK_GRACES           ? 0
                         : page->patience < PATIENCE_MAX ? page->patience + 1
                                                         : PATIENCE_MAX;
    }
    return true;
}

/* The records behind the written ones may close a loop around them (spin.h). */
static void page_written(struct code_cache *cache, struct code_page *page, unsigned offset,
                         unsigned size)
{
    unsigned last = (offset + size - 1) / 4 + SPIN_MAX - 1;
    if (is_data_again(cache, page))
        drop_records(cache, page);
    else
        reset_records(cache, page, offset / 4, last < PAGE_RECORDS ? last : PAGE_RECORDS - 1);
}

/* Does `change` to the part of each page that has records. */
static void each_part(struct code_cache *cache, uint64_t pa, uint64_t size,
                      void (*change)(struct code_cache *, struct code_page *, unsigned offset,
                                     unsigned size))
{
    while (size) {
        unsigned offset = (unsigned)(pa & ~PAGE_MASK);
        uint64_t room = PAGE_SIZE - offset;
        unsigned part = (unsigned)(size < room ? size : room);
        struct code_page *page = code_find(cache, pa);
        if (code_has_records(page)) {
            code_lock(cache);
            change(cache, page, offset, part);
            code_unlock(cache);
        }
        pa += part;
        size -= part;
    }
}

void code_written(struct code_cache *cache, uint64_t pa, uint64_t size)
{
    each_part(cache, pa, size, page_written);
}

static void page_invalid(struct code_cache *cache, struct code_page *page, unsigned offset,
                         unsigned size)
{
    drop_records(cache, page);
}

/* All of RAM at once: the pages that there are, instead of those that there might be. */
static void invalidate_pages(struct code_cache *cache, uint64_t pa, uint64_t size)
{
    code_lock(cache);
    for (unsigned i = 0; i < 1u << HASH_BITS; i++)
        for (struct code_page *page = cache->hash[i]; page; page = page->next)
            if (code_has_records(page) && page->pa - pa < size)
                drop_records(cache, page);
    code_unlock(cache);
}

void code_cache_invalidate(struct code_cache *cache, uint64_t pa, uint64_t size)
{
    if (size > MANY_PAGES && !(pa & ~PAGE_MASK))
        invalidate_pages(cache, pa, size);
    else
        each_part(cache, pa, size, page_invalid);
}

static void part_forgotten(struct code_cache *cache, struct code_page *page, unsigned offset,
                           unsigned size)
{
    reset_records(cache, page, offset / 4, (offset + size - 1) / 4);
}

void code_forget(struct code_cache *cache, uint64_t pa, uint64_t size)
{
    each_part(cache, pa, size, part_forgotten);
}

void code_forget_all(struct code_cache *cache)
{
    code_lock(cache);
    for (unsigned i = 0; i < 1u << HASH_BITS; i++)
        for (struct code_page *page = cache->hash[i]; page; page = page->next)
            if (code_has_records(page))
                reset_records(cache, page, 0, PAGE_RECORDS - 1);
    code_unlock(cache);
}

/* Takes the pages that were not used off the chain, and gives the others until the next sweep to be
 * used again. */
static void sweep_chain(struct code_cache *cache, struct code_page **link)
{
    while (*link) {
        struct code_page *page = *link;
        if (page->used) {
            page->used = false;
            cache->present[present_bit(page->pa) / 64] |= 1ull << present_bit(page->pa) % 64;
            link = &page->next;
        } else {
            *link = page->next;
            free_page(cache, page);
        }
    }
}

void code_cache_sweep(struct code_cache *cache)
{
    memset(cache->present, 0, sizeof(cache->present));
    for (unsigned i = 0; i < 1u << HASH_BITS; i++)
        sweep_chain(cache, &cache->hash[i]);
    for (struct cpu *cpu = cache->cpus; cpu; cpu = cpu->next_in_cache)
        tlb_forget_code(cpu);
}

/* All pages are interpreted again, and as ready to be compiled as at first. */
static void forget_compiled(struct code_cache *cache)
{
    for (unsigned i = 0; i < 1u << HASH_BITS; i++) {
        for (struct code_page *page = cache->hash[i]; page; page = page->next) {
            page->compilations = 0;
            if (page->code_units)
                reset_records(cache, page, 0, PAGE_RECORDS - 1);
        }
    }
}

static void compile(struct code_cache *cache, struct code_page *page)
{
    page->heat = 0;
    if (page->compilations < COMPILATIONS_MAX)
        page->compilations++;
    const enum compile_result result = compile_page(cache->compiler, cache, page);
    if (result != COMPILE_DONE)
        forget_compiled(cache);
    cache->compiles = result != COMPILE_REFUSED;
}

bool code_is_compiled(const struct code_cache *cache, uint64_t pa)
{
    const struct code_page *page = code_find(cache, pa);
    return page && page->code_units && compiler_owns(cache->compiler, page->record[(pa & ~PAGE_MASK) / 4].handler);
}

const uint8_t *code_compiled(const struct code_cache *cache, uint64_t pa, size_t *size)
{
    const struct code_page *page = code_find(cache, pa);
    return page && page->code_units ? compiler_code(cache->compiler, page, size) : NULL;
}

void code_cache_set_compiles(struct code_cache *cache, bool compiles)
{
    cache->compiles = compiles && !cache->parallel;
}

/* Made when it is first asked for. */
static bool has_compiler(struct code_cache *cache)
{
    if (!cache->compiles)
        return false;
    if (!cache->compiler)
        cache->compiler = compiler_create();
    cache->compiles = cache->compiler != NULL;
    return cache->compiles;
}

bool code_cache_compile(struct code_cache *cache)
{
    if (!has_compiler(cache))
        return false;
    for (unsigned i = 0; i < 1u << HASH_BITS; i++)
        for (struct code_page *page = cache->hash[i]; page; page = page->next)
            if (page->has_records)
                compile(cache, page);
    return true;
}

void code_sample(struct cpu *cpu)
{
    struct code_cache *cache = cpu->cache;
    const struct code_entry *e = &cpu->ctlb->entry[cpu->pc >> PAGE_BITS & (CTLB_SIZE - 1)];
    if (!has_compiler(cache) || e->tag != (cpu->pc & PAGE_MASK))
        return;
    struct code_page *page = e->page;
    if (!compiler_owns(cache->compiler, page->record[cpu->pc >> 2 & (PAGE_RECORDS - 1)].handler) &&
        ++page->heat >= HEAT << page->compilations)
        compile(cache, page);
}

bool code_first_report(struct code_cache *cache, unsigned row)
{
    return !__atomic_exchange_n(&cache->reported[row], true, __ATOMIC_RELAXED);
}

void code_cache_add_cpu(struct code_cache *cache, struct cpu *cpu)
{
    cpu->next_in_cache = cache->cpus;
    cache->cpus = cpu;
    cpu->watched = cache->watchpoints != NULL;
}

void code_cache_remove_cpu(struct code_cache *cache, struct cpu *cpu)
{
    struct cpu **link = &cache->cpus;
    while (*link && *link != cpu)
        link = &(*link)->next_in_cache;
    if (*link)
        *link = cpu->next_in_cache;
}

struct cpu *code_cache_cpus(const struct code_cache *cache)
{
    return cache->cpus;
}

struct watchpoint **code_watchpoints(struct code_cache *cache)
{
    return &cache->watchpoints;
}

void code_reset_offset(struct code_cache *cache, unsigned offset)
{
    for (unsigned i = 0; i < 1u << HASH_BITS; i++)
        for (struct code_page *page = cache->hash[i]; page; page = page->next)
            reset_records(cache, page, offset / 4, offset / 4);
}

struct breakpoints *code_breakpoints(struct code_cache *cache)
{
    return &cache->breakpoints;
}
