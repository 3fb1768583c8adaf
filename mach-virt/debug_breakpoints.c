/* SPDX-License-Identifier: MIT */
#include "mach-virt/debug_breakpoints.h"

#include <stdlib.h>

#include "mach-virt/debug.h"
#include "mach-virt/virt.h"

static void disarm(struct debug *debug, const struct debug_breakpoint *b)
{
    struct code_cache *code = debug->virt->code;
    code_cache_remove_breakpoint(code, b->va);
    if (b->aliased)
        code_cache_remove_physical_breakpoint(code, b->pa);
}

static bool arm(struct debug *debug, struct debug_breakpoint *b)
{
    struct code_cache *code = debug->virt->code;
    b->aliased = guest_kernel_physical(&debug->virt->guest_kernel, b->va, &b->pa);
    if (!code_cache_add_breakpoint(code, b->va))
        return false;
    if (!b->aliased || code_cache_add_physical_breakpoint(code, b->pa))
        return true;
    code_cache_remove_breakpoint(code, b->va);
    return false;
}

bool debug_add_breakpoint(struct debug *debug, uint64_t va)
{
    struct debug_breakpoint *b = va % 4 ? NULL : malloc(sizeof(*b));
    if (!b)
        return false;
    *b = (struct debug_breakpoint){ .va = va, .next = debug->breakpoints };
    if (!arm(debug, b)) {
        free(b);
        return false;
    }
    debug->breakpoints = b;
    return true;
}

bool debug_remove_breakpoint(struct debug *debug, uint64_t va)
{
    for (struct debug_breakpoint **link = &debug->breakpoints; *link; link = &(*link)->next) {
        struct debug_breakpoint *b = *link;
        if (b->va != va)
            continue;
        *link = b->next;
        disarm(debug, b);
        free(b);
        return true;
    }
    return false;
}

const struct debug_breakpoint *debug_breakpoint_hit(const struct debug *debug, unsigned cpu)
{
    const struct cpu *core = debug->virt->cpu[cpu];
    const uint64_t pc = cpu_get_pc(core);
    const struct debug_breakpoint *alias = NULL;
    uint64_t pa;
    bool kernel = cpu_get_el(core) && cpu_debug_translate(core, pc, &pa);
    for (const struct debug_breakpoint *b = debug->breakpoints; b; b = b->next) {
        if (b->va == pc)
            return b;
        if (kernel && b->aliased && b->pa == pa)
            alias = b;
    }
    return alias;
}

void debug_free_breakpoints(struct debug *debug)
{
    while (debug->breakpoints)
        debug_remove_breakpoint(debug, debug->breakpoints->va);
}
