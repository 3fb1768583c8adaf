/* SPDX-License-Identifier: MIT */
#include "cpu/code.h"

#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/fuse.h"
#include "cpu/mem.h"
#include "cpu/watch.h"

#include <stdlib.h>

#define HASH_BITS         14
#define PRESENT_BITS      16
#define STORES_UNTIL_DATA 16

struct breakpoint {
    uint64_t address;
    bool physical;
    unsigned uses;
    struct breakpoint *next;
};

struct code_cache {
    /* A bit per page, by the low 16 bits of its number: clear means that no such page is in the
     * hash. Every soft-TLB fill asks, and data pages are most of the answers: 8 KiB stay in the
     * host's first-level cache. */
    uint64_t present[(1u << PRESENT_BITS) / 64];
    struct code_page *hash[1u << HASH_BITS];
    struct cpu *cpus;
    struct breakpoint *breakpoints;
    struct watchpoint *watchpoints;
    struct fuse_tree *fuse_tree;
    bool reported[A64_ROWS];
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

static void free_pages(struct code_cache *cache)
{
    for (unsigned i = 0; i < 1u << HASH_BITS; i++) {
        while (cache->hash[i]) {
            struct code_page *page = cache->hash[i];
            cache->hash[i] = page->next;
            free(page);
        }
    }
}

void code_cache_destroy(struct code_cache *cache)
{
    if (!cache)
        return;
    free_pages(cache);
    while (cache->breakpoints) {
        struct breakpoint *b = cache->breakpoints;
        cache->breakpoints = b->next;
        free(b);
    }
    watch_free(cache->watchpoints);
    fuse_tree_destroy(cache->fuse_tree);
    free(cache);
}

static unsigned present_bit(uint64_t pa)
{
    return (unsigned)(pa >> PAGE_BITS & ((1u << PRESENT_BITS) - 1));
}

struct code_page *code_find(const struct code_cache *cache, uint64_t pa)
{
    const unsigned bit = present_bit(pa);
    if (!(cache->present[bit / 64] >> bit % 64 & 1))
        return NULL;
    pa &= PAGE_MASK;
    struct code_page *page = cache->hash[hash_of(pa)];
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

struct code_page *code_get(struct code_cache *cache, uint64_t pa, const uint8_t *host)
{
    pa &= PAGE_MASK;
    struct code_page *page = code_find(cache, pa);
    if (page)
        return page;
    page = code_page_create(exec_decode);
    if (!page)
        return NULL;
    page->record[PAGE_RECORDS].handler = exec_page_end;
    page->pa = pa;
    page->host = host;
    cache->present[present_bit(pa) / 64] |= 1ull << present_bit(pa) % 64;
    struct code_page **chain = &cache->hash[hash_of(pa)];
    page->next = *chain;
    *chain = page;
    return page;
}

void code_page_begin(struct code_cache *cache, struct code_page *page)
{
    page->has_records = true;
    page->stores = 0;
    for (struct cpu *cpu = cache->cpus; cpu; cpu = cpu->next_in_cache)
        tlb_revoke_writes(cpu, page->pa);
}

/* Operands stay: the instruction that stored here may be in this page itself and still need its own
 * (a writeback, the status of a store exclusive). */
static void drop_records(struct code_page *page)
{
    for (unsigned i = 0; i < PAGE_RECORDS; i++)
        page->record[i].handler = exec_decode;
    page->has_records = false;
}

/* Records first to last, and those before them that may be fused with them. */
static void reset_records(struct code_page *page, unsigned first, unsigned last)
{
    for (unsigned i = first < FUSE_MAX ? 0 : first - (FUSE_MAX - 1); i <= last; i++)
        page->record[i].handler = exec_decode;
}

static void page_written(struct code_page *page, unsigned offset, unsigned size)
{
    if (++page->stores >= STORES_UNTIL_DATA) {
        drop_records(page);
        return;
    }
    reset_records(page, offset / 4, (offset + size - 1) / 4);
}

void code_written(struct code_cache *cache, uint64_t pa, uint64_t size)
{
    while (size) {
        unsigned offset = (unsigned)(pa & ~PAGE_MASK);
        uint64_t room = PAGE_SIZE - offset;
        unsigned part = (unsigned)(size < room ? size : room);
        struct code_page *page = code_find(cache, pa);
        if (code_has_records(page))
            page_written(page, offset, part);
        pa += part;
        size -= part;
    }
}

void code_cache_invalidate(struct code_cache *cache, uint64_t pa, uint64_t size)
{
    if (!size)
        return;
    for (uint64_t page = pa & PAGE_MASK; page <= ((pa + size - 1) & PAGE_MASK); page += PAGE_SIZE) {
        struct code_page *p = code_find(cache, page);
        if (code_has_records(p))
            drop_records(p);
    }
}

bool code_first_report(struct code_cache *cache, unsigned row)
{
    bool first = !cache->reported[row];
    cache->reported[row] = true;
    return first;
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

/* Makes every record at this page offset look again whether it is at a breakpoint. */
static void reset_offset(struct code_cache *cache, unsigned offset)
{
    for (unsigned i = 0; i < 1u << HASH_BITS; i++)
        for (struct code_page *page = cache->hash[i]; page; page = page->next)
            reset_records(page, offset / 4, offset / 4);
}

static bool add_breakpoint(struct code_cache *cache, uint64_t address, bool physical)
{
    for (struct breakpoint *b = cache->breakpoints; b; b = b->next) {
        if (b->address == address && b->physical == physical) {
            b->uses++;
            return true;
        }
    }
    struct breakpoint *b = malloc(sizeof(*b));
    if (!b)
        return false;
    *b = (struct breakpoint){ address, physical, 1, cache->breakpoints };
    cache->breakpoints = b;
    reset_offset(cache, (unsigned)(address & ~PAGE_MASK));
    return true;
}

static bool remove_breakpoint(struct code_cache *cache, uint64_t address, bool physical)
{
    for (struct breakpoint **link = &cache->breakpoints; *link; link = &(*link)->next) {
        struct breakpoint *b = *link;
        if (b->address != address || b->physical != physical)
            continue;
        if (--b->uses == 0) {
            *link = b->next;
            free(b);
            reset_offset(cache, (unsigned)(address & ~PAGE_MASK));
        }
        return true;
    }
    return false;
}

bool code_cache_add_breakpoint(struct code_cache *cache, uint64_t va)
{
    return add_breakpoint(cache, va, false);
}

bool code_cache_remove_breakpoint(struct code_cache *cache, uint64_t va)
{
    return remove_breakpoint(cache, va, false);
}

bool code_cache_add_physical_breakpoint(struct code_cache *cache, uint64_t pa)
{
    return add_breakpoint(cache, pa, true);
}

bool code_cache_remove_physical_breakpoint(struct code_cache *cache, uint64_t pa)
{
    return remove_breakpoint(cache, pa, true);
}

bool code_has_breakpoint(const struct code_cache *cache, uint64_t va, uint64_t pa)
{
    for (const struct breakpoint *b = cache->breakpoints; b; b = b->next)
        if (b->address == (b->physical ? pa : va))
            return true;
    return false;
}

bool code_has_breakpoint_offset(const struct code_cache *cache, unsigned offset)
{
    for (const struct breakpoint *b = cache->breakpoints; b; b = b->next)
        if ((b->address & ~PAGE_MASK) == offset)
            return true;
    return false;
}
