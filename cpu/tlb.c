/* SPDX-License-Identifier: MIT */
/*
 * Two levels of TLBs.
 *
 * The main TLB remembers walks: tagged with ASIDs, so a context switch leaves it alone. In front of
 * it are the soft TLBs that handlers index themselves, one pair (data, code) per exception level,
 * for one ASID at a time. There are two sets of all this, by the lowest bit of the ASID: changing
 * to and fro between an even and an odd one costs nothing.
 *
 * Invariant: what a soft TLB holds, the main TLB of its set holds too. An entry that leaves the
 * main TLB takes its soft entries along, so maintenance by address or ASID need not search them. A
 * mapping larger than 4 KiB is held as 4 KiB pieces that remember the size of the whole.
 *
 * What a miss costs is bounded by the regions that walks have been through (mmu.c): one descriptor is read then, none in
 * a block.
 */
#include "cpu/code.h"
#include "cpu/mem.h"
#include "cpu/profile.h"
#include "cpu/sysreg_internal.h"
#include "cpu/watch.h"

#include <string.h>

/* Folded, so that arrays a power of two apart do not fight for one entry. The tag byte stays out of
 * it. */
static unsigned tlb_index(uint64_t va)
{
    const uint64_t page = va >> PAGE_BITS;
    return (unsigned)((page ^ page >> TLB_BITS ^ page >> 2 * TLB_BITS) & (TLB_SIZE - 1));
}

static unsigned ctlb_index(uint64_t va)
{
    return (unsigned)(va >> PAGE_BITS & (CTLB_SIZE - 1));
}

static void drop_data_of(struct data_tlb *data, uint64_t va)
{
    struct tlb_entry *e = &data->entry[DTLB_INDEX(va)];
    if (e->tag == va)
        e->tag = TAG_INVALID;
    for (unsigned i = DTLB_SIZE; i < DTLB_SIZE + DTLB_VICTIMS; i++)
        if (data->entry[i].tag == va)
            data->entry[i].tag = TAG_INVALID;
}

/* The soft entries of one virtual page, if they are there. */
static void drop_soft(struct tlb_set *set, uint64_t va)
{
    for (unsigned el = 0; el < 2; el++) {
        drop_data_of(&set->dtlb[el].read, va);
        drop_data_of(&set->dtlb[el].write, va);
        struct code_entry *c = &set->ctlb[el].entry[ctlb_index(va)];
        if (c->tag == va)
            c->tag = TAG_INVALID;
    }
}

static void drop(struct tlb_set *set, struct tlb_page *page)
{
    if (page->tag == TAG_INVALID)
        return;
    drop_soft(set, page->tag);
    page->tag = TAG_INVALID;
}

/* The address without a tag byte. */
static uint64_t untagged(uint64_t va)
{
    return (uint64_t)((int64_t)(va << 8) >> 8);
}

/* The bit in the filter of a mapping of 1 << range_bits bytes around va. */
static unsigned large_bit(uint64_t va, unsigned range_bits)
{
    return (unsigned)(((untagged(va) >> range_bits) + range_bits) * 0x9e3779b97f4a7c15u >> (64 - LARGE_BITS));
}

static void note_large(struct tlb *tlb, uint64_t va, unsigned range_bits)
{
    const unsigned bit = large_bit(va, range_bits);
    tlb->large_sizes |= UINT64_C(1) << range_bits;
    tlb->large[bit / 64] |= UINT64_C(1) << bit % 64;
}

static bool may_be_in_large(const struct tlb *tlb, uint64_t va)
{
    for (uint64_t sizes = tlb->large_sizes; sizes; sizes &= sizes - 1) {
        const unsigned bit = large_bit(va, (unsigned)__builtin_ctzll(sizes));
        if (tlb->large[bit / 64] >> bit % 64 & 1)
            return true;
    }
    return false;
}

static void forget_large(struct tlb *tlb)
{
    tlb->large_sizes = 0;
    memset(tlb->large, 0, sizeof(tlb->large));
}

static void fill(struct cpu *cpu, uint64_t va, const struct translation *t, struct tlb_page *page)
{
    drop(cpu->tlbs, page);
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
        note_large(&cpu->tlbs->main, va, t->range_bits);
}

struct tlb_page *tlb_lookup(struct cpu *cpu, uint64_t va, enum access_type access,
                            struct fault *fault)
{
    struct tlb_page *page = &cpu->tlbs->main.page[tlb_index(va)];
    if (page->tag == (va & PAGE_MASK) && (page->global || page->asid == cpu->asid))
        return page;
    struct translation t;
    profile_event(cpu, PROFILE_MAIN_MISS);
    if (!mmu_translate(cpu, va, access, &t, fault))
        return NULL;
    fill(cpu, va, &t, page);
    return page;
}

/* Exchanges two entries. */
static void exchange(struct data_tlb *data, uint64_t i, uint64_t j)
{
    const struct tlb_entry entry = data->entry[i];
    const uint64_t pa = data->pa[i];
    data->entry[i] = data->entry[j];
    data->pa[i] = data->pa[j];
    data->entry[j] = entry;
    data->pa[j] = pa;
}

const struct tlb_entry *tlb_recall_data(struct dtlb *dtlb, uint64_t va, enum access_type access)
{
    struct data_tlb *data = tlb_data(dtlb, access);
    for (unsigned i = DTLB_SIZE; i < DTLB_SIZE + DTLB_VICTIMS; i++) {
        if (data->entry[i].tag == (va & PAGE_MASK)) {
            exchange(data, DTLB_INDEX(va), i);
            return &data->entry[DTLB_INDEX(va)];
        }
    }
    return NULL;
}

/* An entry for the page; another page's moves among the victims. */
static void fill_data(struct data_tlb *data, uint64_t va, struct tlb_entry entry, uint64_t pa)
{
    const unsigned index = DTLB_INDEX(va);
    if (data->entry[index].tag != va && data->entry[index].tag != TAG_INVALID)
        exchange(data, index, DTLB_SIZE + data->next_victim++ % DTLB_VICTIMS);
    data->entry[index] = entry;
    data->pa[index] = pa;
}

/* May handlers store to the page themselves? */
static bool stores_are_fast(struct cpu *cpu, const struct tlb_page *page)
{
    if (page->writable && cpu->thread)
        code_note_writer(cpu->cache, page->pa);
    return page->writable && !code_has_records(code_find(cpu->cache, page->pa));
}

void tlb_fill_data(struct cpu *cpu, uint64_t va, const struct tlb_page *page, unsigned el, enum access_type access)
{
    const unsigned permission = access == ACCESS_WRITE ? PERM_WRITE : PERM_READ;
    if (!page->host || page->device || (cpu->sys[SYSREG_SCTLR_EL1] & SCTLR_A) || !(page->permissions & PERM(el, permission)))
        return;
    if ((cpu->watched && watch_page(cpu, va)) || (access == ACCESS_WRITE && !stores_are_fast(cpu, page)))
        return;
    va &= PAGE_MASK;
    const struct tlb_entry entry = { va, (uint64_t)(uintptr_t)page->host - va };
    fill_data(tlb_data(&cpu->tlbs->dtlb[el], access), va, entry, page->pa | (page->global ? 0 : TLB_NONGLOBAL));
}

void tlb_fill_code(struct cpu *cpu, uint64_t va, const struct tlb_page *page)
{
    va &= PAGE_MASK;
    cpu->ctlb->entry[ctlb_index(va)] = (struct code_entry){
        .tag = va,
        .page = page->code,
        .flags = page->global ? 0 : TLB_NONGLOBAL,
    };
}

void tlb_forget_code(struct cpu *cpu)
{
    for (struct tlb_set *set = cpu->tlb_set; set < cpu->tlb_set + TLB_SETS; set++) {
        for (unsigned el = 0; el < 2; el++)
            for (unsigned i = 0; i < CTLB_SIZE; i++)
                set->ctlb[el].entry[i].tag = TAG_INVALID;
        for (unsigned i = 0; i < TLB_SIZE; i++)
            set->main.page[i].code = NULL;
    }
}

static void forget_nonglobal_data(struct data_tlb *data)
{
    for (unsigned i = 0; i < DTLB_SIZE + DTLB_VICTIMS; i++)
        if (data->pa[i] & TLB_NONGLOBAL)
            data->entry[i].tag = TAG_INVALID;
}

static void forget_nonglobal(struct tlb_set *set)
{
    for (unsigned el = 0; el < 2; el++) {
        forget_nonglobal_data(&set->dtlb[el].read);
        forget_nonglobal_data(&set->dtlb[el].write);
        struct code_entry *c = set->ctlb[el].entry;
        for (unsigned i = 0; i < CTLB_SIZE; i++)
            if (c[i].flags & TLB_NONGLOBAL)
                c[i].tag = TAG_INVALID;
    }
}

void tlb_set_asid(struct cpu *cpu, uint16_t asid)
{
    struct tlb_set *set = &cpu->tlb_set[asid % TLB_SETS];
    if (set->asid != asid)
        forget_nonglobal(set);
    set->asid = asid;
    cpu->asid = asid;
    cpu->tlbs = set;
    cpu_refresh(cpu);
}

void tlb_clear_data(struct dtlb *dtlb)
{
    for (unsigned i = 0; i < DTLB_SIZE + DTLB_VICTIMS; i++)
        dtlb->read.entry[i].tag = dtlb->write.entry[i].tag = TAG_INVALID;
}

static void flush_data(struct tlb_set *set)
{
    for (unsigned el = 0; el < 2; el++)
        tlb_clear_data(&set->dtlb[el]);
}

static void flush_soft(struct tlb_set *set)
{
    flush_data(set);
    for (unsigned el = 0; el < 2; el++)
        for (unsigned i = 0; i < CTLB_SIZE; i++)
            set->ctlb[el].entry[i].tag = TAG_INVALID;
}

void tlb_flush_data(struct cpu *cpu)
{
    for (unsigned i = 0; i < TLB_SETS; i++)
        flush_data(&cpu->tlb_set[i]);
}

static void forget_regions(struct cpu *cpu)
{
    for (unsigned i = 0; i < REGIONS; i++)
        cpu->region[i].tag = TAG_INVALID;
}

void tlb_flush_all(struct cpu *cpu)
{
    forget_regions(cpu);
    for (unsigned i = 0; i < TLB_SETS; i++) {
        struct tlb *main = &cpu->tlb_set[i].main;
        for (unsigned j = 0; j < TLB_SIZE; j++)
            main->page[j].tag = TAG_INVALID;
        forget_large(main);
        flush_soft(&cpu->tlb_set[i]);
    }
}

void tlb_flush_asid(struct cpu *cpu, uint16_t asid)
{
    forget_regions(cpu);
    struct tlb_set *set = &cpu->tlb_set[asid % TLB_SETS];
    for (unsigned i = 0; i < TLB_SIZE; i++) {
        struct tlb_page *page = &set->main.page[i];
        if (!page->global && page->asid == asid)
            drop(set, page);
    }
}

/* What TLBI by address is about. */
struct address {
    uint64_t va;
    bool every_asid;
    uint16_t asid;
};

static void drop_if_mapped_by(struct tlb_set *set, struct tlb_page *page, const struct address *a)
{
    if (page->tag == TAG_INVALID || (untagged(page->tag) ^ a->va) >> page->range_bits)
        return;
    if (a->every_asid || page->global || page->asid == a->asid)
        drop(set, page);
}

void tlb_flush_page(struct cpu *cpu, uint64_t va, bool every_asid, uint16_t asid)
{
    const struct address a = { untagged(va), every_asid, asid };
    cpu->region[va >> REGION_BITS & (REGIONS - 1)].tag = TAG_INVALID;
    for (unsigned i = 0; i < TLB_SETS; i++) {
        struct tlb_set *set = &cpu->tlb_set[i];
        if (!may_be_in_large(&set->main, va)) {
            drop_if_mapped_by(set, &set->main.page[tlb_index(va)], &a);
            continue;
        }
        for (unsigned j = 0; j < TLB_SIZE; j++)
            drop_if_mapped_by(set, &set->main.page[j], &a);
    }
}

static void revoke_writes(struct data_tlb *data, uint64_t pa)
{
    for (unsigned i = 0; i < DTLB_SIZE + DTLB_VICTIMS; i++)
        if ((data->pa[i] & PAGE_MASK) == pa)
            data->entry[i].tag = TAG_INVALID;
}

void tlb_revoke_writes(struct cpu *cpu, uint64_t pa)
{
    for (unsigned i = 0; i < TLB_SETS; i++)
        for (unsigned el = 0; el < 2; el++)
            revoke_writes(&cpu->tlb_set[i].dtlb[el].write, pa & PAGE_MASK);
}
