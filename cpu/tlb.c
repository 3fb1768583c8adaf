/* SPDX-License-Identifier: MIT */
/*
 * Two levels of TLBs.
 *
 * The main TLB remembers walks: tagged with ASIDs, so a context switch leaves it alone. In front of
 * it are the soft TLBs that handlers index themselves, one pair (data, code) per exception level,
 * for the current ASID only.
 *
 * Invariant: what a soft TLB holds, the main TLB holds too. An entry that leaves the main TLB takes
 * its soft entries along, so maintenance by address or ASID need not search them. A mapping larger
 * than 4 KiB is held as 4 KiB pieces that remember the size of the whole.
 */
#include "cpu/code.h"
#include "cpu/mem.h"
#include "cpu/sysreg_internal.h"

static unsigned tlb_index(uint64_t va)
{
    return (unsigned)(va >> PAGE_BITS & (TLB_SIZE - 1));
}

static unsigned dtlb_index(uint64_t va)
{
    return (unsigned)(va >> PAGE_BITS & (DTLB_SIZE - 1));
}

static unsigned ctlb_index(uint64_t va)
{
    return (unsigned)(va >> PAGE_BITS & (CTLB_SIZE - 1));
}

static void drop_data(struct tlb_entry *e)
{
    e->read_tag = e->write_tag = TAG_INVALID;
}

/* The soft entries of one virtual page, if they are there. */
static void drop_soft(struct cpu *cpu, uint64_t va)
{
    for (unsigned el = 0; el < 2; el++) {
        struct tlb_entry *d = &cpu->dtlb_el[el].entry[dtlb_index(va)];
        if (d->read_tag == va || d->write_tag == va)
            drop_data(d);
        struct code_entry *c = &cpu->ctlb_el[el].entry[ctlb_index(va)];
        if (c->tag == va)
            c->tag = TAG_INVALID;
    }
}

static void drop(struct cpu *cpu, struct tlb_page *page)
{
    if (page->tag == TAG_INVALID)
        return;
    drop_soft(cpu, page->tag);
    page->tag = TAG_INVALID;
}

static void fill(struct cpu *cpu, uint64_t va, const struct translation *t, struct tlb_page *page)
{
    drop(cpu, page);
    bool writable = false;
    *page = (struct tlb_page){
        .tag = va & PAGE_MASK,
        .pa = t->pa & PAGE_MASK,
        .asid = cpu->asid,
        .global = t->global,
        .device = t->device,
        .permissions = t->permissions,
        .level = t->level,
        .range_bits = t->range_bits,
    };
    page->host = cpu->port.ram_page(cpu->port.ctx, page->pa, &writable);
    page->writable = page->host && writable;
    if (t->range_bits > PAGE_BITS)
        cpu->tlb.large[va >> 55 & 1] = true;
}

const struct tlb_page *tlb_lookup(struct cpu *cpu, uint64_t va, enum access_type access,
                                  struct fault *fault)
{
    struct tlb_page *page = &cpu->tlb.page[tlb_index(va)];
    if (page->tag == (va & PAGE_MASK) && (page->global || page->asid == cpu->asid))
        return page;
    struct translation t;
    if (!aarch64_first_stage_translate(cpu, va, access, &t, fault))
        return NULL;
    fill(cpu, va, &t, page);
    return page;
}

void tlb_fill_data(struct cpu *cpu, uint64_t va, const struct tlb_page *page, unsigned el)
{
    if (!page->host || page->device || (cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_A))
        return;
    bool read = page->permissions & PERM(el, PERM_READ);
    bool write = page->writable && (page->permissions & PERM(el, PERM_WRITE)) &&
                 !code_has_records(code_find(cpu->cache, page->pa));
    va &= PAGE_MASK;
    cpu->dtlb_el[el].entry[dtlb_index(va)] = (struct tlb_entry){
        .read_tag = read ? va : TAG_INVALID,
        .write_tag = write ? va : TAG_INVALID,
        .addend = (uint64_t)(uintptr_t)page->host - va,
        .pa = page->pa | (page->global ? 0 : TLB_NONGLOBAL),
    };
}

void tlb_fill_code(struct cpu *cpu, uint64_t va, const struct tlb_page *page,
                   struct code_page *code)
{
    va &= PAGE_MASK;
    cpu->ctlb->entry[ctlb_index(va)] = (struct code_entry){
        .tag = va,
        .page = code,
        .flags = page->global ? 0 : TLB_NONGLOBAL,
    };
}

void tlb_flush_nonglobal(struct cpu *cpu)
{
    for (unsigned el = 0; el < 2; el++) {
        struct tlb_entry *d = cpu->dtlb_el[el].entry;
        for (unsigned i = 0; i < DTLB_SIZE; i++)
            if (d[i].pa & TLB_NONGLOBAL)
                drop_data(&d[i]);
        struct code_entry *c = cpu->ctlb_el[el].entry;
        for (unsigned i = 0; i < CTLB_SIZE; i++)
            if (c[i].flags & TLB_NONGLOBAL)
                c[i].tag = TAG_INVALID;
    }
}

static void flush_soft(struct cpu *cpu)
{
    for (unsigned el = 0; el < 2; el++) {
        for (unsigned i = 0; i < DTLB_SIZE; i++)
            drop_data(&cpu->dtlb_el[el].entry[i]);
        for (unsigned i = 0; i < CTLB_SIZE; i++)
            cpu->ctlb_el[el].entry[i].tag = TAG_INVALID;
    }
}

void tlb_flush_all(struct cpu *cpu)
{
    for (unsigned i = 0; i < TLB_SIZE; i++)
        cpu->tlb.page[i].tag = TAG_INVALID;
    cpu->tlb.large[0] = cpu->tlb.large[1] = false;
    flush_soft(cpu);
}

void tlb_flush_asid(struct cpu *cpu, uint16_t asid)
{
    for (unsigned i = 0; i < TLB_SIZE; i++) {
        struct tlb_page *page = &cpu->tlb.page[i];
        if (!page->global && page->asid == asid)
            drop(cpu, page);
    }
}

/* The address without a tag byte. */
static uint64_t untagged(uint64_t va)
{
    return (uint64_t)((int64_t)(va << 8) >> 8);
}

static void drop_if_mapped_by(struct cpu *cpu, struct tlb_page *page, uint64_t va, bool every_asid,
                              uint16_t asid)
{
    if (page->tag == TAG_INVALID || (untagged(page->tag) ^ va) >> page->range_bits)
        return;
    if (every_asid || page->global || page->asid == asid)
        drop(cpu, page);
}

void tlb_flush_page(struct cpu *cpu, uint64_t va, bool every_asid, uint16_t asid)
{
    va = untagged(va);
    if (!cpu->tlb.large[va >> 55 & 1]) {
        drop_if_mapped_by(cpu, &cpu->tlb.page[tlb_index(va)], va, every_asid, asid);
        return;
    }
    for (unsigned i = 0; i < TLB_SIZE; i++)
        drop_if_mapped_by(cpu, &cpu->tlb.page[i], va, every_asid, asid);
}

void tlb_revoke_writes(struct cpu *cpu, uint64_t pa)
{
    pa &= PAGE_MASK;
    for (unsigned el = 0; el < 2; el++)
        for (unsigned i = 0; i < DTLB_SIZE; i++)
            if ((cpu->dtlb_el[el].entry[i].pa & PAGE_MASK) == pa)
                cpu->dtlb_el[el].entry[i].write_tag = TAG_INVALID;
}

void tlb_drop_code(struct cpu *cpu, const struct code_page *page)
{
    for (unsigned el = 0; el < 2; el++)
        for (unsigned i = 0; i < CTLB_SIZE; i++)
            if (cpu->ctlb_el[el].entry[i].page == page)
                cpu->ctlb_el[el].entry[i].tag = TAG_INVALID;
}
