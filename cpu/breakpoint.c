/* SPDX-License-Identifier: MIT */
#include "cpu/breakpoint.h"

#include <stdlib.h>

struct breakpoint {
    uint64_t address;
    bool physical;
    unsigned uses;
    struct breakpoint *next;
};

static void free_breakpoints(struct breakpoint *list)
{
    while (list) {
        struct breakpoint *b = list;
        list = b->next;
        free(b);
    }
}

void breakpoints_free(struct breakpoints *breakpoints)
{
    for (unsigned i = 0; i < PAGE_RECORDS; i++)
        free_breakpoints(breakpoints->at[i]);
}

/* Virtual and physical addresses have the same offset. */
static unsigned breakpoint_index(uint64_t address)
{
    return (unsigned)(address & ~PAGE_MASK) / 4;
}

static bool add_breakpoint(struct code_cache *cache, uint64_t address, bool physical)
{
    struct breakpoint **list = &code_breakpoints(cache)->at[breakpoint_index(address)];
    for (struct breakpoint *b = *list; b; b = b->next) {
        if (b->address == address && b->physical == physical) {
            b->uses++;
            return true;
        }
    }
    struct breakpoint *b = malloc(sizeof(*b));
    if (!b)
        return false;
    *b = (struct breakpoint){ address, physical, 1, *list };
    *list = b;
    code_reset_offset(cache, (unsigned)(address & ~PAGE_MASK));
    return true;
}

static bool remove_breakpoint(struct code_cache *cache, uint64_t address, bool physical)
{
    struct breakpoint **link = &code_breakpoints(cache)->at[breakpoint_index(address)];
    for (; *link; link = &(*link)->next) {
        struct breakpoint *b = *link;
        if (b->address != address || b->physical != physical)
            continue;
        if (--b->uses == 0) {
            *link = b->next;
            free(b);
            code_reset_offset(cache, (unsigned)(address & ~PAGE_MASK));
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

bool code_has_breakpoint(struct code_cache *cache, uint64_t va, uint64_t pa)
{
    for (const struct breakpoint *b = code_breakpoints(cache)->at[breakpoint_index(va)]; b; b = b->next)
        if (b->address == (b->physical ? pa : va))
            return true;
    return false;
}

void code_add_guest_breakpoint(struct code_cache *cache, unsigned offset)
{
    code_lock(cache);
    if (code_breakpoints(cache)->guest[offset / 4]++ == 0)
        code_reset_offset(cache, offset);
    code_unlock(cache);
}

void code_remove_guest_breakpoint(struct code_cache *cache, unsigned offset)
{
    code_lock(cache);
    if (--code_breakpoints(cache)->guest[offset / 4] == 0)
        code_reset_offset(cache, offset);
    code_unlock(cache);
}

bool code_has_breakpoint_offset(struct code_cache *cache, unsigned offset)
{
    return code_breakpoints(cache)->guest[offset / 4] || code_breakpoints(cache)->at[offset / 4];
}
