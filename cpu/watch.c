/* SPDX-License-Identifier: MIT */
#include "cpu/watch.h"

#include "cpu/code.h"
#include "cpu/debug.h"
#include "cpu/mem.h"

#include <stdlib.h>

struct watchpoint {
    uint64_t va, size;
    unsigned kinds, uses;
    struct watchpoint *next;
};

/* -- the list, for all CPUs of a cache -- */

static bool acceptable(uint64_t va, uint64_t size, unsigned kinds)
{
    return size && size <= 1ull << 32 && va + size - 1 >= va && kinds &&
           !(kinds & ~(CPU_WATCH_READ | CPU_WATCH_WRITE));
}

/* The link that holds this watchpoint, or the last one of the list. */
static struct watchpoint **find(struct code_cache *cache, uint64_t va, uint64_t size,
                                unsigned kinds)
{
    struct watchpoint **link = code_watchpoints(cache);
    while (*link && !((*link)->va == va && (*link)->size == size && (*link)->kinds == kinds))
        link = &(*link)->next;
    return link;
}

static void all_changed(struct code_cache *cache)
{
    for (struct cpu *cpu = code_cache_cpus(cache); cpu; cpu = cpu->next_in_cache)
        watch_changed(cpu);
}

bool code_cache_add_watchpoint(struct code_cache *cache, uint64_t va, uint64_t size, unsigned kinds)
{
    if (!acceptable(va, size, kinds))
        return false;
    struct watchpoint **link = find(cache, va, size, kinds), *w = *link;
    if (!w) {
        *link = w = calloc(1, sizeof(*w));
        if (!w)
            return false;
        *w = (struct watchpoint){ .va = va, .size = size, .kinds = kinds };
        all_changed(cache);
    }
    w->uses++;
    return true;
}

bool code_cache_remove_watchpoint(struct code_cache *cache, uint64_t va, uint64_t size,
                                  unsigned kinds)
{
    struct watchpoint **link = find(cache, va, size, kinds), *w = *link;
    if (!w)
        return false;
    if (--w->uses == 0) {
        *link = w->next;
        free(w);
        all_changed(cache);
    }
    return true;
}

void watch_free(struct watchpoint *list)
{
    while (list) {
        struct watchpoint *w = list;
        list = w->next;
        free(w);
    }
}

void watch_changed(struct cpu *cpu)
{
    cpu->watched = *code_watchpoints(cpu->cache) || cpu->watchpoints_enabled;
    tlb_flush_data(cpu);
}

/* -- accesses -- */

/* The first byte of the watchpoint that [va, va + size) touches, as an offset into the watchpoint.
 * Neither range need stay clear of the end of the address space. Tags do not count where the
 * translation ignores them. */
static bool touches(const struct cpu *cpu, const struct watchpoint *w, uint64_t va, uint64_t size,
                    uint64_t *offset)
{
    const uint64_t into = aarch64_branch_addr(cpu, va) - aarch64_branch_addr(cpu, w->va);
    *offset = into < w->size ? into : 0;
    return into < w->size || -into < size;
}

bool watch_page(const struct cpu *cpu, uint64_t va)
{
    uint64_t offset;
    for (const struct watchpoint *w = *code_watchpoints(cpu->cache); w; w = w->next)
        if (touches(cpu, w, va & PAGE_MASK, PAGE_SIZE, &offset))
            return true;
    return cpu->watchpoints_enabled && debug_watches_page(cpu, va);
}

/* How many bytes of the watchpoint, from `offset` on, the access touches. */
static uint64_t touched(const struct cpu *cpu, const struct watchpoint *w, uint64_t offset,
                        uint64_t va, uint64_t size)
{
    const uint64_t end = aarch64_branch_addr(cpu, va) + size - aarch64_branch_addr(cpu, w->va);
    return (end < w->size ? end : w->size) - offset;
}

void watch_note(struct cpu *cpu, uint64_t va, uint64_t size, unsigned kind)
{
    struct cpu_watch_hit *hit = &cpu->watch_hit;
    for (const struct watchpoint *w = *code_watchpoints(cpu->cache); w; w = w->next) {
        uint64_t offset;
        if (!(w->kinds & kind) || !touches(cpu, w, va, size, &offset))
            continue;
        if (cpu->watch_pending && hit->address <= w->va + offset)
            continue;
        *hit = (struct cpu_watch_hit){ cpu->pc, w->va + offset, touched(cpu, w, offset, va, size),
                                       kind };
        cpu->watch_pending = true;
    }
    cpu_update_interrupt(cpu);
}

void watch_forget(struct cpu *cpu)
{
    cpu->watch_pending = false;
    cpu_update_interrupt(cpu);
}

bool watch_taken(struct cpu *cpu)
{
    if (!cpu->watch_pending)
        return false;
    watch_forget(cpu);
    return true;
}

void cpu_get_watch_hit(const struct cpu *cpu, struct cpu_watch_hit *hit)
{
    *hit = cpu->watch_hit;
}
