/* SPDX-License-Identifier: MIT */
/*
 * The translation table walk: granules, input and output sizes, every fault that a descriptor of
 * every level can give, in both halves of the address space; what AT says to each.
 * Arm ARM D5.2, "The VMSAv8-64 address translation system"; J1, AArch64.TranslationTableWalk.
 *
 * A case prints the fault status of a load ("-": it worked), and of AT S1E1R when it says something
 * else; AT:ESR if AT itself caused an exception.
 */
#include "tests/guest/paging.h"

#define TCR_EPD0   (1ul << 7)
#define TCR_EPD1   (1ul << 23)
#define TCR_TBI0   (1ul << 37)
#define TCR_TBI1   (1ul << 38)
#define TCR_IPS    (7ul << 32)
#define TCR_IPS_44 (4ul << 32)
#define SCTLR_M    1ul

#define VALUE   0x600df00dul
#define TOO_BIG (1ul << 44) /* an address that the A57 does not have */
#define TAG     (0xa5ul << 56)

static u64 page; /* physical; all of its 64 KiB hold VALUE */

static u64 translate(u64 va)
{
    __asm__ volatile("at s1e1r, %0\n\tisb" ::"r"(va) : "memory");
    return READ_SYSREG(par_el1);
}

#define NO_FAULT 0x40u

static u32 status_of_par(u64 par)
{
    return par & 1 ? par >> 1 & 0x3f : NO_FAULT;
}

static void print_status(const char *before, u32 status)
{
    if (status == NO_FAULT)
        printf("%s-", before);
    else
        printf("%s%x", before, status);
}

static void try(const char *name, u64 va)
{
    flush_tlb();
    u64 before = trap.count, par = translate(va), at_traps = trap.count - before;
    if (at_traps)
        printf(" AT:%lx", trap.esr);
    struct outcome o = probe(1, LOAD, va);
    u32 status = o.trapped ? ESR_ISS(o.esr) & 0x3f : NO_FAULT;

    printf(" %s", name);
    print_status("", status);
    if (!at_traps && status_of_par(par) != status)
        print_status("/", status_of_par(par));
    if (!o.trapped && (u32)o.value != VALUE)
        printf("(%lx)", o.value);
    hash_add(par & 1 ? par : par & 0xff00000000000f81);
    hash_outcome(&o);
}

static unsigned first_block_level(const struct tables *t)
{
    return t->grain == GRAIN_4K ? 1 : 2;
}

/* Each level's descriptor in turn is made wrong in every way, and put right again. */
static void wrong_descriptors(const struct tables *t, u64 va)
{
    for (unsigned level = tables_first_level(t); level <= 3; level++) {
        volatile u64 *entry = tables_entry(t, va, level);
        u64 right = *entry;
        printf(" L%u", level);
        *entry = right & ~1ul;
        try("", va);
        if (level >= first_block_level(t)) {
            *entry = right ^ 2; /* a table becomes a block without AF, a page reserved */
            try("", va);
        }
        *entry = right | TOO_BIG;
        try("", va);
        *entry = NOT_RAM | (right & 0xfff);
        try("", va);
        *entry = right;
    }
}

static void leaves(const struct tables *t, u64 va)
{
    unsigned first = tables_first_level(t), blocks = first_block_level(t);

    for (unsigned level = first > blocks ? first : blocks; level <= 3; level++) {
        u64 size = level_size(t, level), type = level == 3 ? DESC_PAGE : DESC_BLOCK;
        volatile u64 *entry = tables_entry(t, va, level);
        u64 right = *entry, at = (va & -size) | (page & (size - 1));
        printf(" leaf%u", level);
        *entry = (page & -size) | type | DESC_RAM;
        try("", at);
        *entry = (page & -size) | type | DESC_RAM | DESC_CONTIGUOUS | DESC_NG | DESC_NS;
        try("", at);
        *entry = (page & -size) | type | (DESC_RAM & ~DESC_AF);
        try("", at);
        *entry = right;
    }
}

static void range(const struct tables *t, unsigned half)
{
    u64 first = half_base(half, t->input_size), last = first + (1ul << t->input_size) - 8;

    *tables_entry(t, first, 3) = page | DESC_PAGE | DESC_RAM;
    *tables_entry(t, last, 3) = page | DESC_PAGE | DESC_RAM;
    try("first ", first);
    try("last ", last);
    if (half)
        try("below ", first - 8);
    else
        try("above ", last + 8);
}

static void all_faults(unsigned half, unsigned grain, unsigned input_size)
{
    u64 mark = next_table();
    struct tables t = tables_create(grain, input_size);
    u64 va = half_base(half, input_size) + 0x555000 + (1ul << (input_size - 1));

    *tables_entry(&t, va, 3) = page | DESC_PAGE | DESC_RAM;
    paging_replace(half, &t, 0);
    printf("%s %u bits:", grain == GRAIN_4K ? "4K" : "64K", input_size);
    try("", va);
    range(&t, half);
    wrong_descriptors(&t, va);
    leaves(&t, va);
    printf("\n");
    free_tables(mark);
}

/* Level 0, with 64 KiB granules level 1, has tables only. */
static void blocks_too_high(unsigned half, unsigned grain)
{
    u64 mark = next_table(), va = half_base(half, 48) + page;
    struct tables t = tables_create(grain, 48);
    unsigned level = tables_first_level(&t);

    paging_replace(half, &t, 0);
    *tables_entry(&t, va, level) = DESC_BLOCK | DESC_RAM;
    printf("block at level %u:", level);
    try("", va);
    print("\n");
    free_tables(mark);
}

/* What TCR_EL1 and TTBRn_EL1 can forbid. */
static void registers(unsigned half)
{
    static const u8 sizes[] = { 0, 15, 40, 63 };
    u64 mark = next_table();
    struct tables t = tables_create(GRAIN_4K, 39);
    u64 va = half_base(half, 39) + 0x1555000, root = t.root;

    *tables_entry(&t, va, 3) = page | DESC_PAGE | DESC_RAM;
    print("TCR:");
    paging_replace(half, &t, half ? TCR_EPD1 : TCR_EPD0);
    try("EPD ", va);
    paging_replace(half, &t, 0);
    try("tag ", va ^ TAG);
    paging_replace(half, &t, half ? TCR_TBI1 : TCR_TBI0);
    try("tag, TBI ", va ^ TAG);
    try("bit 55 ", va ^ 1ul << 55);
    for (u64 ips = 0; ips < 6; ips++) {
        paging_replace(half, &t, TCR_IPS_44 ^ ips << 32);
        *tables_entry(&t, va, 3) = page | DESC_PAGE | DESC_RAM;
        try(ips ? "" : "IPS ", va);
        for (unsigned b = 32; b < 48; b += 3) {
            *tables_entry(&t, va, 3) = page | DESC_PAGE | DESC_RAM | 1ul << b;
            try("", va);
        }
    }
    print("\nTxSZ 0, 15, 40, 63:");
    *tables_entry(&t, va, 3) = page | DESC_PAGE | DESC_RAM;
    for (u32 i = 0; i < COUNT(sizes); i++) {
        paging_replace(half, &t, (u64)(sizes[i] ^ 25) << (half ? 16 : 0));
        try("", va);
    }
    paging_replace(half, &t, half ? 3ul << 30 : 2ul << 14);
    try("TG 16K ", va);
    paging_replace(half, &t, half ? 2ul << 30 : 3ul << 14);
    try("reserved ", va);
    print("\nTTBR:");
    t.root = root | TOO_BIG;
    paging_replace(half, &t, 0);
    try("too big ", va);
    t.root = NOT_RAM;
    paging_replace(half, &t, 0);
    try("nowhere ", va);
    print("\n");
    free_tables(mark);
}

/* The tag of a branch target does not reach the PC; that of an address reaches FAR_EL1. */
static void tags(unsigned half)
{
    struct tables t = tables_create(GRAIN_4K, 39);
    u64 va = half_base(half, 39) + 0x1555000;

    *tables_entry(&t, va, 3) = page | DESC_PAGE | DESC_RAM;
    paging_replace(half, &t, half ? TCR_TBI1 : TCR_TBI0);
    struct outcome o = probe(1, STORE, (va + 0x1000) ^ TAG);
    print_outcome("store, tagged", &o);
    o = probe(1, FETCH, (va + 0x2000) ^ TAG);
    print_outcome("fetch, tagged", &o);
    print_hex("ELR", o.elr);
    paging_replace(half, &t, 0);
    o = probe(1, FETCH, (va + 0x2000) ^ TAG);
    print_outcome("fetch, tagged, no TBI", &o);
    print_hex("ELR", o.elr);
}

/* PAR_EL1 tells the memory type and shareability: outer shareable for all but write-back memory. */
static void attributes(unsigned half)
{
    struct tables t = tables_create(GRAIN_4K, 39);
    u64 va = half_base(half, 39) + 0x1555000;

    paging_replace(half, &t, 0);
    for (u64 attribute = NORMAL; attribute <= DEVICE_GRE; attribute++) {
        print("PAR, SH 0 to 3:");
        for (u64 sh = 0; sh < 4; sh++) {
            *tables_entry(&t, va, 3) = page | DESC_PAGE | DESC_AF | DESC_ATTR(attribute) | sh << 8;
            flush_tlb();
            printf(" %lx", translate(va) & 0xff00000000000fff);
        }
        print("\n");
    }
}

static u64 in_half(u64 half)
{
    static const u8 sizes[] = { 25, 26, 29, 30, 31, 36, 39, 40, 42, 43, 48 };

    printf("half %lx\n", half);
    for (unsigned i = 0; i < COUNT(sizes); i++)
        all_faults((unsigned)half, GRAIN_4K, sizes[i]);
    for (unsigned i = 0; i < COUNT(sizes); i++)
        all_faults((unsigned)half, GRAIN_64K, sizes[i]);
    print_hash("addresses, syndromes, PAR");
    blocks_too_high((unsigned)half, GRAIN_4K);
    blocks_too_high((unsigned)half, GRAIN_64K);
    print_hash("addresses, syndromes, PAR");
    registers((unsigned)half);
    tags((unsigned)half);
    attributes((unsigned)half);
    paging_restore();
    return 0;
}

static void mmu_off(void)
{
    struct outcome o;

    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) & ~SCTLR_M);
    print("MMU off:");
    try("", page);
    try("2^43 ", 1ul << 43);
    try("2^44 ", TOO_BIG);
    try("2^47 ", 1ul << 47);
    try("bit 55 ", page ^ 1ul << 55);
    WRITE_SYSREG(tcr_el1, TCR_TBI0);
    try("tag, TBI ", page ^ TAG);
    WRITE_SYSREG(tcr_el1, 0);
    print("\n");
    o = probe(1, FETCH, TOO_BIG);
    print_outcome("fetch beyond 2^44", &o);
    o = probe(1, STORE, TOO_BIG);
    print_outcome("store beyond 2^44", &o);
    print_hex("PAR, MMU off: attributes", translate(page) & 0xff00000000000fff);
}

int main(void)
{
    paging_start();
    page = new_table();
    for (u64 i = 0; i < 0x10000; i += 8)
        write64(page + i, VALUE);
    in_half(1);
    call_high(in_half, 0);
    mmu_off();
    return 0;
}
