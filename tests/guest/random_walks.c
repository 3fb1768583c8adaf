/* SPDX-License-Identifier: MIT */
/*
 * Random page tables, settings and accesses, in both halves: what each access and AT answers.
 * Arm ARM D5, "The AArch64 Virtual Memory System Architecture".
 *
 * Whatever the size of the block, an access ends in 32 MiB that nobody else uses, or nowhere.
 */
#include "tests/guest/paging.h"

#define DATA_OFFSET 0x06000000ul /* from the beginning of RAM; 32 MiB */
#define DATA_MASK   0x01fffff8ul
#define SCTLR_WXN   (1ul << 19)
#define PAR_NS      (1ul << 9)
#define PAR_SH      (3ul << 7)
#define RET         0xd65f03c0u

#define TCR_EPD(half) (1ul << ((half) ? 23 : 7))
#define TCR_TBI(half) (1ul << ((half) ? 38 : 37))

static u64 one_in(u32 n)
{
    return random_below(n) == 0;
}

static unsigned first_block_level(const struct tables *t)
{
    return t->grain == GRAIN_4K ? 1 : 2;
}

/* Bits of a table descriptor that narrow what is below it. */
static u64 random_table_bits(void)
{
    return one_in(3) ? (random64() & 0x1f) << 59 : 0;
}

static u64 random_leaf(const struct tables *t, unsigned level, u64 va)
{
    u64 size = level_size(t, level), data = RAM_BASE + (va & 0x07ffffff);
    u64 bits = DESC_INNER & random64();

    if (level == 3 && one_in(2)) /* another page than the address suggests */
        data = RAM_BASE + DATA_OFFSET + (random64() & DATA_MASK);
    bits |= (data & -size) | (level == 3 ? DESC_PAGE : DESC_BLOCK);
    bits |= (random64() & 3) << 6 | (random64() & 3) << 53; /* AP, PXN, UXN */
    bits |= one_in(8) ? 0 : DESC_AF;
    bits |= one_in(2) ? DESC_NG : 0;
    bits |= one_in(4) ? DESC_CONTIGUOUS : 0;
    bits |= one_in(16) ? 1ul << (40 + random_below(8)) : 0;
    u64 attribute = random_below(4);
    if (attribute == DEVICE || attribute == DEVICE_GRE)
        bits |= DESC_PXN | DESC_UXN;
    return (bits | DESC_ATTR(attribute)) ^ (one_in(64) && level == 3 ? 2 : 0);
}

static void random_path(const struct tables *t, u64 va)
{
    unsigned first = tables_first_level(t), blocks = first_block_level(t);
    unsigned top = first > blocks ? first : blocks, leaf = top + random_below(4 - top);

    *tables_entry(t, va, leaf) = random_leaf(t, leaf, va);
    for (unsigned level = first; level < leaf; level++)
        *tables_entry(t, va, level) |= random_table_bits();
    if (one_in(16)) {
        volatile u64 *broken = tables_entry(t, va, first + random_below(leaf - first + 1));
        *broken ^= one_in(2) ? 1 : NOT_RAM;
    }
    for (unsigned level = first; level <= leaf; level++)
        DETAIL(" level %u: %lx\n", level, *tables_entry(t, va, level));
}

#define AT(operation, va)                                                                          \
    ({                                                                                             \
        __asm__ volatile("at " #operation ", %0\n\tisb" ::"r"(va) : "memory");                     \
        READ_SYSREG(par_el1);                                                                      \
    })

static void ask_at(u64 va)
{
    for (u64 i = 0; i < 4; i++) {
        u64 count = trap.count;
        u64 par = i == 0   ? AT(s1e1r, va)
                  : i == 1 ? AT(s1e1w, va)
                  : i == 2 ? AT(s1e0r, va)
                           : AT(s1e0w, va);
        if (trap.count != count) {
            DETAIL("  AT %lu: esr %lx far %lx\n", i, trap.esr, trap.far);
            hash_add(trap.esr);
            continue;
        }
        par &= ~PAR_NS; /* UNKNOWN */
        if (!(par & 1) && par >> 56 != 0xff)
            par &= ~PAR_SH; /* 0b10 by the architecture: walks.c */
        DETAIL("  AT %lu: PAR %lx\n", i, par);
        hash_add(par);
    }
}

static void access(u64 va)
{
    static const struct {
        u8 el, access;
    } tries[] = { { 1, LOAD },
                  { 1, STORE },
                  { 1, FETCH },
                  { 0, LOAD },
                  { 0, STORE },
                  { 0, FETCH },
                  { 1, LOAD_UNPRIVILEGED },
                  { 1, STORE_UNPRIVILEGED } };

    for (u32 i = 0; i < 3; i++) {
        u32 n = random_below(COUNT(tries));
        struct outcome o = probe(tries[n].el, tries[n].access, va);
        DETAIL("  EL%u access %u: trapped %lu esr %lx far %lx\n", tries[n].el, tries[n].access,
               o.trapped, o.trapped ? o.esr : 0, o.trapped ? o.far : 0);
        hash_outcome(&o);
        if (!o.trapped && (tries[n].access == LOAD || tries[n].access == LOAD_UNPRIVILEGED))
            hash_add(o.value);
    }
}

static void put_returns(void)
{
    for (u64 i = 0; i < 32ul * MIB; i += 8)
        write64(here(RAM_BASE + DATA_OFFSET + i), RET);
}

static void one_case(u64 half)
{
    u64 mark = next_table();
    u32 size = 30 + random_below(19);
    struct tables t = tables_create(one_in(2) ? GRAIN_64K : GRAIN_4K, size);
    u64 range = (1ul << size) - 1;
    u64 va = ((random64() << 30) | DATA_OFFSET | (random64() & DATA_MASK)) & range;
    u64 tcr = one_in(3) ? TCR_TBI(half) : 0;

    random_path(&t, va);
    tcr |= one_in(32) ? TCR_EPD(half) : 0;
    tcr ^= one_in(8) ? (u64)random_below(8) << 32 : 0;
    va += half_base((unsigned)half, size);
    va ^= one_in(4) ? random64() << 56 : 0;
    va ^= one_in(16) ? 1ul << random_below(56) & ~DATA_MASK & -0x40000000ul : 0;
    paging_replace((unsigned)half, &t, tcr);
    DETAIL("grain %u size %u va %lx tcr %lx\n", t.grain, size, va, tcr);
    access(va);
    ask_at(va);
    paging_restore();
    free_tables(mark);
}

static u64 many(u64 half)
{
    u64 sctlr = READ_SYSREG(sctlr_el1);

    for (u64 i = 0; i < 20; i++) {
        WRITE_SYSREG(sctlr_el1, i % 4 == 3 ? sctlr | SCTLR_WXN : sctlr);
        for (u64 j = 0; j < 100; j++)
            one_case(half);
        printf("half %lu, %lu cases", half, 100 * (i + 1));
        print_hash("");
    }
    WRITE_SYSREG(sctlr_el1, sctlr);
    return 0;
}

int main(void)
{
    paging_start();
    put_returns();
    many(1);
    call_high(many, 0);
    return 0;
}
