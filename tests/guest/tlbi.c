/* SPDX-License-Identifier: MIT */
/*
 * TLB maintenance: what each TLBI must make this CPU, and with IS the other one, forget; ASIDs that
 * must not mix. What a TLB may still hold is not looked at.
 * Arm ARM D5.10, "TLB maintenance requirements and the TLB maintenance instructions".
 *
 * A case prints the value loaded through the old descriptor, then with none ("-": a fault), then
 * through the new one.
 */
#include "tests/guest/paging.h"

#define TCR_A1   (1ul << 22)
#define TCR_AS16 (1ul << 36)
#define OLD_RAM  0x44000000ul /* filled with 0xa...; 32 MiB that nobody else uses */
#define NEW_RAM  0x45000000ul /* 0xb... */
#define FAULT    0xdeadul
#define ASIDS    5

/* clang-format off */
#define OPERATIONS(X)                                                                              \
    X(vmalle1)                                                                                     \
    X(vmalle1is) X(aside1) X(aside1is) X(vae1) X(vae1is) X(vaae1) X(vaae1is) X(vale1) X(vale1is)   \
        X(vaale1) X(vaale1is)
#define LAST_LEVEL_ONLY 8 /* the first of them that leave tables alone */

/* clang-format on */
#define NAME(op)   #op,
#define NUMBER(op) N_##op,
#define INSERT(op)                                                                                 \
    case N_##op:                                                                                   \
        __asm__ volatile("dsb ishst\n\ttlbi " #op OPERAND_##op "\n\tdsb ish\n\tisb" ::"r"(x)       \
                         : "memory");                                                              \
        break;
#define OPERAND_vmalle1
#define OPERAND_vmalle1is
#define OPERAND_aside1   ", %0"
#define OPERAND_aside1is ", %0"
#define OPERAND_vae1     ", %0"
#define OPERAND_vae1is   ", %0"
#define OPERAND_vaae1    ", %0"
#define OPERAND_vaae1is  ", %0"
#define OPERAND_vale1    ", %0"
#define OPERAND_vale1is  ", %0"
#define OPERAND_vaale1   ", %0"
#define OPERAND_vaale1is ", %0"

enum { OPERATIONS(NUMBER) OPERATION_COUNT };

static struct tables tables;
static unsigned half;

static void tlbi(u64 operation, u64 va, u64 asid)
{
    u64 x = (va >> 12 & 0xfffffffffff) | asid << 48;

    switch (operation) {
        OPERATIONS(INSERT)
    }
}

static void print_operation(u64 operation)
{
    static const char names[][12] = { OPERATIONS(NAME) };

    printf("%s", names[operation]);
}

static u64 forgets_all_asids(u64 operation)
{
    return operation <= N_vmalle1is || operation == N_vaae1 || operation == N_vaae1is ||
           operation >= N_vaale1;
}

static void set_asid(u64 asid)
{
    if (half)
        WRITE_SYSREG(ttbr1_el1, tables.root | asid << 48);
    else
        WRITE_SYSREG(ttbr0_el1, tables.root | asid << 48);
}

static u64 load(u64 va)
{
    struct outcome o = probe(1, LOAD, va);

    return o.trapped ? FAULT : o.value;
}

static void print_value(u64 value)
{
    if (value == FAULT)
        print(" -");
    else
        printf(" %lx", value);
}

/* -- the other CPU loads on request -- */

static volatile u64 request, answer;

static void serve(void)
{
    for (;;) {
        while (!request)
            __asm__ volatile("wfe" ::: "memory");
        answer = load(request);
        __asm__ volatile("dmb ish" ::: "memory");
        request = 0;
        __asm__ volatile("dsb ish\n\tsev" ::: "memory");
    }
}

static u64 remote_load(u64 va)
{
    request = va;
    __asm__ volatile("dsb ish\n\tsev" ::: "memory");
    while (request)
        __asm__ volatile("wfe" ::: "memory");
    __asm__ volatile("dmb ish" ::: "memory");
    return answer;
}

/* -- every operation, every kind of mapping -- */

struct mapping {
    u8 level;
    u64 bits;
};

static void set(u64 va, const struct mapping *m, u64 ram)
{
    u64 type = m->level == 3 ? DESC_PAGE : DESC_BLOCK;

    *tables_entry(&tables, va, m->level) = ram | type | DESC_RAM | m->bits;
    __asm__ volatile("dsb ish\n\tisb" ::: "memory");
}

/* va is mapped, loaded, unmapped, loaded, mapped elsewhere. */
static void one(u64 operation, u64 va, const struct mapping *m, u64 (*load)(u64), u64 asid)
{
    set(va, m, OLD_RAM);
    print_value(load(va));
    *tables_entry(&tables, va, m->level) = 0;
    tlbi(operation, va, asid);
    print_value(load(va));
    set(va, m, NEW_RAM);
    print_value(load(va));
    *tables_entry(&tables, va, m->level) = 0;
    tlbi(N_vmalle1is, 0, 0);
}

static void each_operation(void)
{
    static const struct mapping mappings[] = {
        { 3, 0 }, { 3, DESC_NG }, { 2, 0 }, { 2, DESC_NG }, { 3, DESC_CONTIGUOUS }
    };
    u64 va = half_base(half, 39) + 0x40000000;

    for (u64 operation = 0; operation < OPERATION_COUNT; operation++) {
        print_operation(operation);
        print(":");
        for (u32 i = 0; i < COUNT(mappings); i++) {
            /* ASIDE1 leaves global mappings alone. */
            if ((operation == N_aside1 || operation == N_aside1is) && !(mappings[i].bits & DESC_NG))
                continue;
            u64 others_too = forgets_all_asids(operation) || !(mappings[i].bits & DESC_NG);
            one(operation, va + (0x1000000 * i), &mappings[i], load, others_too ? 77 : 1);
            print(",");
        }
        print("\n");
    }
}

/* A table is replaced by another: all but the last-level operations. */
static void each_table(void)
{
    u64 va = half_base(half, 39) + 0x7fe00000;
    struct mapping page = { 3, 0 };
    u64 mark = next_table();

    set(va, &page, OLD_RAM);
    volatile u64 *table = tables_entry(&tables, va, 2);
    u64 old = *table;
    *table = 0;
    set(va, &page, NEW_RAM);
    u64 new = *table;
    for (u64 operation = 0; operation < LAST_LEVEL_ONLY; operation++) {
        if (operation == N_aside1 || operation == N_aside1is)
            continue;
        *table = old;
        flush_tlb();
        print_operation(operation);
        print(":");
        print_value(load(va));
        *table = 0;
        tlbi(operation, va, 1);
        print_value(load(va));
        *table = new;
        __asm__ volatile("dsb ish\n\tisb" ::: "memory");
        print_value(load(va));
        print("\n");
    }
    *table = 0;
    flush_tlb();
    free_tables(mark);
}

/* -- ASIDs -- */

/* Each address space sees its own page at the same address, and no TLBI is needed to change. */
static void asids_are_apart(void)
{
    static const u16 asids[ASIDS] = { 0, 1, 2, 0x101, 0xff02 };
    u64 va = half_base(half, 39) + 0x50000000, mark = next_table(), shared = tables.root;
    u64 roots[ASIDS];
    struct mapping page = { 3, DESC_NG };

    for (u64 i = 0; i < ASIDS; i++) {
        tables = tables_create(GRAIN_4K, 39);
        roots[i] = tables.root;
        set(va, &page, OLD_RAM + 0x100000 * i);
    }
    for (u64 round = 0; round < 3; round++)
        for (u64 i = 0; i < ASIDS; i++) {
            tables.root = roots[(i * (round + 1)) % ASIDS];
            set_asid(asids[(i * (round + 1)) % ASIDS]);
            print_value(load(va));
        }
    tables.root = shared;
    set_asid(1);
    flush_tlb();
    free_tables(mark);
    print("\n");
}

/* Maintenance reaches an address space that is not the current one. */
static void other_asid(u64 operation, u64 asid)
{
    u64 va = half_base(half, 39) + 0x50000000;
    struct mapping page = { 3, DESC_NG };

    set(va, &page, OLD_RAM);
    set_asid(asid);
    print_value(load(va));
    set_asid(1);
    print_value(load(va));
    *tables_entry(&tables, va, 3) = 0;
    tlbi(operation, va, asid);
    set_asid(asid);
    print_value(load(va));
    set(va, &page, NEW_RAM);
    print_value(load(va));
    set_asid(1);
    flush_tlb();
}

static void other_asids(void)
{
    static const u16 asids[] = { 2, 3, 0x102, 0xffff };

    for (u64 operation = 0; operation < OPERATION_COUNT; operation++) {
        print_operation(operation);
        print(":");
        for (u32 i = 0; i < COUNT(asids); i++)
            other_asid(operation, asids[i]);
        print("\n");
    }
}

/* TCR_EL1.AS clear: the upper byte of an ASID is not there. */
static void short_asids(void)
{
    paging_replace(half, &tables, half ? TCR_A1 : 0);
    print("8-bit ASIDs, 0x302 for 2:");
    other_asid(N_aside1, 0x302);
    other_asid(N_vae1, 0x302);
    print("\n");
}

/* -- many pages, random changes, each made known by an operation that suffices -- */

#define PAGES 64

static void random_changes(void)
{
    static u64 expected[PAGES][2]; /* the value by address and ASID, or FAULT */
    static const u8 sufficient[] = { N_vmalle1, N_vmalle1is, N_vae1,    N_vae1is, N_vaae1,
                                     N_vaae1is, N_vale1,     N_vale1is, N_vaale1, N_vaale1is };
    u64 base = half_base(half, 39) + 0x60000000, wrong = 0, asid = 0;
    struct tables other = tables_create(GRAIN_4K, 39), one = tables;

    for (u64 i = 0; i < PAGES; i++)
        expected[i][0] = expected[i][1] = FAULT;
    for (u64 step = 0; step < 10000; step++) {
        u64 r = random64(), page = r % PAGES, va = base + page * 0x1000 * 17;
        if (r >> 16 & 1) {
            asid ^= 1;
            tables = asid ? other : one;
            set_asid(100 + asid);
        }
        if (r >> 17 & 1) {
            struct mapping m = { 3, DESC_NG };
            u64 ram = OLD_RAM + (r >> 32 & 31) * 0x100000;
            *tables_entry(&tables, va, 3) = 0;
            tlbi(sufficient[(r >> 40) % COUNT(sufficient)], va, 100 + asid);
            if (r >> 18 & 1)
                set(va, &m, ram);
            expected[page][asid] = r >> 18 & 1 ? read64(here(ram)) : FAULT;
        }
        page = (r >> 20) % PAGES;
        wrong += load(base + page * 0x1000 * 17) != expected[page][asid];
    }
    tables = one;
    set_asid(1);
    flush_tlb();
    printf("10000 random changes, wrong loads: %lu\n", wrong);
}

static u64 in_half(u64 which)
{
    u64 mark = next_table();

    half = (unsigned)which;
    printf("half %u\n", half);
    tables = tables_create(GRAIN_4K, 39);
    paging_replace(half, &tables, TCR_AS16 | (half ? TCR_A1 : 0));
    set_asid(1);
    print("page, nG, block, nG block, contiguous\n");
    each_operation();
    print("tables\n");
    each_table();
    print("address spaces:");
    asids_are_apart();
    other_asids();
    random_changes();
    short_asids();
    free_tables(mark);
    paging_restore();
    return 0;
}

static void both_cpus(void)
{
    u64 va = half_base(1, 39) + 0x40000000;
    struct mapping page = { 3, DESC_NG }, block = { 2, 0 };

    half = 1;
    tables = tables_create(GRAIN_4K, 39);
    paging_replace(1, &tables, TCR_AS16 | TCR_A1);
    set_asid(1);
    start_cpu(1, serve);
    print("what the other CPU sees: page, block\n");
    for (u64 operation = 1; operation < OPERATION_COUNT; operation += 2) {
        print_operation(operation);
        print(":");
        one(operation, va, &page, remote_load, 1);
        print(",");
        if (operation != N_aside1is)
            one(operation, va + 0x1000000, &block, remote_load, 1);
        print("\n");
    }
}

int main(void)
{
    paging_start();
    for (u64 i = 0; i < 32; i++)
        write64(OLD_RAM + i * 0x100000, (i < 16 ? 0xa00 : 0xb00) + i);
    in_half(1);
    call_high(in_half, 0);
    both_cpus();
    return 0;
}
