/* SPDX-License-Identifier: MIT */
/*
 * Slow paths of data accesses: what handlers do when the soft TLB misses. Order of checks: SP
 * alignment, alignment that does not depend on the memory type, translation of every byte,
 * alignment in Device memory, permissions; then the access.
 */
#include "cpu/mem.h"

#include "cpu/code.h"
#include "cpu/debug.h"
#include "cpu/mem_internal.h"
#include "cpu/profile.h"
#include "cpu/sysreg_internal.h"
#include "cpu/watch.h"

#include <string.h>

bool mem_fail(struct cpu *cpu, enum fault_type type, uint64_t va, enum access_type access)
{
    cpu->fault = (struct fault){ .type = type, .va = va, .write = access == ACCESS_WRITE };
    return false;
}

static unsigned privilege(const struct cpu *cpu, unsigned flags)
{
    return flags & MEM_UNPRIVILEGED ? 0 : cpu->el;
}

static unsigned alignment(unsigned size, unsigned flags)
{
    unsigned element = flags >> 8;
    return element && !(flags & MEM_ALIGNED) ? element : size;
}

static bool sp_misaligned(const struct cpu *cpu)
{
    uint64_t checked = cpu->sys[SYSREG_SCTLR_EL1] & (cpu->el ? SCTLR_SA : SCTLR_SA0);
    return checked && (cpu->x[X_SP] & 15);
}

bool mem_check_alignment(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags,
                         enum access_type access)
{
    if ((flags & MEM_SP_BASE) && sp_misaligned(cpu))
        return mem_fail(cpu, FAULT_SP_ALIGNMENT, va, access);
    if (!(va & (alignment(size, flags) - 1)))
        return true;
    if ((flags & MEM_ALIGNED) || (cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_A))
        return mem_fail(cpu, FAULT_ALIGNMENT, va, access);
    return true;
}

/* AArch64.FirstStageTranslate: `aligned` as the pseudocode's wasaligned. */
static const struct tlb_page *translate(struct cpu *cpu, uint64_t va, bool aligned, unsigned el,
                                        enum access_type access)
{
    const struct tlb_page *page = tlb_lookup(cpu, va, access, &cpu->fault);
    if (!page) {
        cpu->fault.write = access == ACCESS_WRITE;
        return NULL;
    }
    if (page->device && !aligned) {
        mem_fail(cpu, FAULT_ALIGNMENT, va, access);
        return NULL;
    }
    if (!aarch64_check_permission(page->permissions, access, el)) {
        mem_fail(cpu, FAULT_PERMISSION, va, access);
        cpu->fault.level = page->level;
        return NULL;
    }
    return page;
}

/* The guest's watchpoints come behind the MMU's faults. */
static bool watchpoints_pass(struct cpu *cpu, uint64_t va, unsigned size, unsigned el,
                             enum access_type access)
{
    const bool write = access == ACCESS_WRITE;
    if (!cpu->watchpoints_enabled || !debug_watchpoint_matches(cpu, &va, size, el, write))
        return true;
    return mem_fail(cpu, FAULT_DEBUG_WATCHPOINT, va, access);
}

bool mem_locate(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags,
                enum access_type access, struct place *out)
{
    if (!mem_check_alignment(cpu, va, size, flags, access))
        return false;
    const unsigned el = privilege(cpu, flags);
    const bool aligned = !(va & (alignment(size, flags) - 1));
    const unsigned room = PAGE_SIZE - (unsigned)(va & ~PAGE_MASK);
    out->first = size < room ? size : room;
    const struct tlb_page *page = translate(cpu, va, aligned, el, access);
    if (!page)
        return false;
    out->piece[0] = (struct piece){ page->pa | (va & ~PAGE_MASK), page->host, page->writable };
    if (size <= room) {
        tlb_fill_data(cpu, va, page, el, access);
        return watchpoints_pass(cpu, va, size, el, access);
    }
    profile_event(cpu, PROFILE_PAGE_CROSSING);
    page = translate(cpu, va + room, aligned, el, access);
    if (!page)
        return false;
    out->piece[1] = (struct piece){ page->pa, page->host, page->writable };
    return watchpoints_pass(cpu, va, size, el, access);
}

/* The largest naturally aligned bus access at pa within `size` bytes. */
static unsigned bus_size(uint64_t pa, unsigned size)
{
    unsigned n = 8;
    while (n > size || (pa & (n - 1)))
        n /= 2;
    return n;
}

static bool bus_read(struct cpu *cpu, uint64_t pa, uint8_t *to, unsigned size)
{
    while (size) {
        unsigned n = bus_size(pa, size);
        uint64_t value = 0;
        profile_mmio(cpu, pa, false);
        if (!cpu->port.mmio_read(cpu->port.ctx, cpu->index, pa, n, &value))
            return false;
        memcpy(to, &value, n);
        pa += n;
        to += n;
        size -= n;
    }
    return true;
}

static bool bus_write(struct cpu *cpu, uint64_t pa, const uint8_t *from, unsigned size)
{
    while (size) {
        unsigned n = bus_size(pa, size);
        uint64_t value = 0;
        memcpy(&value, from, n);
        profile_mmio(cpu, pa, true);
        if (!cpu->port.mmio_write(cpu->port.ctx, cpu->index, pa, n, value))
            return false;
        pa += n;
        from += n;
        size -= n;
    }
    return true;
}

/* Aligned accesses are single-copy atomic up to 8 bytes: fixed sizes become one host access. */
static void copy(uint8_t *to, const uint8_t *from, unsigned size)
{
    switch (size) {
    case 1:
        *to = *from;
        break;
    case 2:
        memcpy(to, from, 2);
        break;
    case 4:
        memcpy(to, from, 4);
        break;
    case 8:
        memcpy(to, from, 8);
        break;
    case 16:
        memcpy(to, from, 8);
        memcpy(to + 8, from + 8, 8);
        break;
    default:
        memcpy(to, from, size);
    }
}

static bool read_piece(struct cpu *cpu, const struct piece *p, uint8_t *to, unsigned size)
{
    if (!p->host)
        return bus_read(cpu, p->pa, to, size);
    copy(to, p->host + (p->pa & ~PAGE_MASK), size);
    return true;
}

static bool write_piece(struct cpu *cpu, const struct piece *p, const uint8_t *from, unsigned size)
{
    if (!p->writable)
        return bus_write(cpu, p->pa, from, size);
    copy(p->host + (p->pa & ~PAGE_MASK), from, size);
    code_stored(cpu, p->pa, size);
    return true;
}

static bool load(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    struct place place;
    union vreg value = { 0 };
    if (!mem_locate(cpu, va, size, flags, ACCESS_READ, &place))
        return false;
    if (!read_piece(cpu, &place.piece[0], value.b, place.first))
        return mem_fail(cpu, FAULT_EXTERNAL, va, ACCESS_READ);
    if (place.first < size &&
        !read_piece(cpu, &place.piece[1], value.b + place.first, size - place.first))
        return mem_fail(cpu, FAULT_EXTERNAL, va + place.first, ACCESS_READ);
    cpu->data[0] = value;
    return true;
}

static bool store(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    struct place place;
    const uint8_t *data = cpu->data[0].b;
    if (!mem_locate(cpu, va, size, flags, ACCESS_WRITE, &place))
        return false;
    if (!write_piece(cpu, &place.piece[0], data, place.first))
        return mem_fail(cpu, FAULT_EXTERNAL, va, ACCESS_WRITE);
    if (place.first < size &&
        !write_piece(cpu, &place.piece[1], data + place.first, size - place.first))
        return mem_fail(cpu, FAULT_EXTERNAL, va + place.first, ACCESS_WRITE);
    return true;
}

/* An entry that the soft TLB lost to another page lately: the access needs no closer look than the
 * handler's. */
static const struct tlb_entry *recall(struct cpu *cpu, uint64_t va, unsigned flags, enum access_type access)
{
    if (flags & (MEM_ALIGNED | MEM_SP_BASE))
        return NULL;
    return tlb_recall_data(&cpu->tlbs->dtlb[privilege(cpu, flags)], va, access);
}

bool aarch64_big_endian(const struct cpu *cpu)
{
    return cpu->sys[SYSREG_SCTLR_EL1] & (cpu->el ? SCTLR_EE : SCTLR_E0E);
}

static void reverse(uint8_t *data, unsigned size)
{
    for (unsigned i = 0; i < size / 2; i++) {
        const uint8_t byte = data[i];
        data[i] = data[size - 1 - i];
        data[size - 1 - i] = byte;
    }
}

void mem_order_bytes(struct cpu *cpu, unsigned size, unsigned flags)
{
    const unsigned element = flags >> 8 ? flags >> 8 : size;
    if (aarch64_big_endian(cpu))
        for (unsigned at = 0; at < size; at += element)
            reverse(cpu->data[0].b + at, element);
}

static bool load_bytes(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    profile_event(cpu, PROFILE_DATA_MISS);
    const struct tlb_entry *e = recall(cpu, va, flags, ACCESS_READ);
    if (e && ((va + size - 1) & PAGE_MASK) == e->tag) {
        profile_event(cpu, PROFILE_DATA_RECALL);
        cpu->data[0] = (union vreg){ 0 };
        copy(cpu->data[0].b, (const uint8_t *)(uintptr_t)(e->addend + va), size);
        return true;
    }
    if (!load(cpu, va, size, flags))
        return false;
    if (cpu->watched)
        watch_note(cpu, va, size, CPU_WATCH_READ);
    return true;
}

bool mem_load(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    if (!load_bytes(cpu, va, size, flags))
        return false;
    mem_order_bytes(cpu, size, flags);
    return true;
}

bool mem_store(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    profile_event(cpu, PROFILE_DATA_MISS);
    mem_order_bytes(cpu, size, flags);
    const struct tlb_entry *e = recall(cpu, va, flags, ACCESS_WRITE);
    if (e && ((va + size - 1) & PAGE_MASK) == e->tag) {
        profile_event(cpu, PROFILE_DATA_RECALL);
        copy((uint8_t *)(uintptr_t)(e->addend + va), cpu->data[0].b, size);
        return true;
    }
    if (!store(cpu, va, size, flags))
        return false;
    if (cpu->watched)
        watch_note(cpu, va, size, CPU_WATCH_WRITE);
    return true;
}

bool mem_probe_store(struct cpu *cpu, uint64_t va, unsigned size, unsigned flags)
{
    struct place place;
    return mem_locate(cpu, va, size, flags, ACCESS_WRITE, &place);
}

#define LINE_SIZE 64u

/* A watchpoint looks at DC IVAC, a store to its line, and at no other maintenance (Cortex-A57 TRM,
 * "Watchpoint debug events"). */
static bool line_passes(struct cpu *cpu, uint64_t va, enum access_type access)
{
    return access != ACCESS_WRITE ||
           watchpoints_pass(cpu, va & ~(uint64_t)(LINE_SIZE - 1), LINE_SIZE, cpu->el, access);
}

bool mem_touch(struct cpu *cpu, uint64_t va, enum access_type access)
{
    if (tlb_data(&cpu->tlbs->dtlb[cpu->el], access)->entry[DTLB_INDEX(va)].tag == (va & PAGE_MASK))
        return true;
    const struct tlb_page *page = translate(cpu, va, true, cpu->el, access);
    if (page && line_passes(cpu, va, access)) {
        tlb_fill_data(cpu, va, page, cpu->el, access);
        return true;
    }
    cpu->fault.va = va; /* the operand, wherever in its line the watchpoint is */
    cpu->fault.cache_maintenance = true;
    cpu->fault.write = true; /* WnR of cache maintenance is 1 */
    return false;
}

#define ZVA_SIZE 64u

bool mem_zero_block(struct cpu *cpu, uint64_t va)
{
    static const uint8_t zeros[ZVA_SIZE];
    const uint64_t block = va & ~(uint64_t)(ZVA_SIZE - 1);
    const struct tlb_entry *e = &cpu->tlbs->dtlb[cpu->el].write.entry[DTLB_INDEX(va)];
    if (e->tag == (va & PAGE_MASK)) {
        memset((void *)(uintptr_t)(e->addend + block), 0, ZVA_SIZE);
        return true;
    }
    /* In Device memory every DC ZVA is an alignment fault. */
    const struct tlb_page *page = translate(cpu, va, false, cpu->el, ACCESS_WRITE);
    if (!page)
        return false;
    tlb_fill_data(cpu, va, page, cpu->el, ACCESS_WRITE);
    if (!watchpoints_pass(cpu, block, ZVA_SIZE, cpu->el, ACCESS_WRITE))
        return false;
    const struct piece p = { page->pa | (block & ~PAGE_MASK), page->host, page->writable };
    if (!write_piece(cpu, &p, zeros, ZVA_SIZE))
        return mem_fail(cpu, FAULT_EXTERNAL, va, ACCESS_WRITE);
    if (cpu->watched)
        watch_note(cpu, block, ZVA_SIZE, CPU_WATCH_WRITE);
    return true;
}

struct code_page *mem_fetch_page(struct cpu *cpu)
{
    const uint64_t va = cpu->pc;
    if (va & 3) {
        mem_fail(cpu, FAULT_ALIGNMENT, va, ACCESS_FETCH);
        return NULL;
    }
    struct tlb_page *page = tlb_lookup(cpu, va, ACCESS_FETCH, &cpu->fault);
    if (!page)
        return NULL;
    if (!aarch64_check_permission(page->permissions, ACCESS_FETCH, cpu->el)) {
        mem_fail(cpu, FAULT_PERMISSION, va, ACCESS_FETCH);
        cpu->fault.level = page->level;
        return NULL;
    }
    if (!page->code && page->host)
        page->code = code_get(cpu->cache, page->pa, page->host);
    if (!page->code) {
        mem_fail(cpu, FAULT_EXTERNAL, va, ACCESS_FETCH);
        return NULL;
    }
    __atomic_store_n(&page->code->used, true, __ATOMIC_RELAXED); /* by any CPU */
    tlb_fill_code(cpu, va, page);
    return page->code;
}
