/* SPDX-License-Identifier: MIT */
/*
 * Code that changes, in its own page and in others, through aliases, by every kind of store, by
 * EL0, by the other CPU; a loop that rewrites itself. Each change is made visible as the
 * architecture demands; nothing is printed of what may be seen before.
 * Arm ARM B2.4.4, "Concurrent modification and execution of instructions"; D4.4, cache maintenance.
 */
#include "tests/guest/paging.h"

#define WORD_MOV_X0(n) (0xd2800000u | (u32)(n) << 5)
#define WORD_ADD_X0(n) (0x91000000u | (u32)(n) << 10)
#define WORD_RET       0xd65f03c0u
#define WORD_NOP       0xd503201fu
#define WORD_B(words)  (0x14000000u | ((u32)(words)&0x3ffffff))

#define ALIAS_A (HIGH_HALF | 0xff8000200000)
#define ALIAS_B (HIGH_HALF | 0xff8000601000)
#define WINDOW  (HIGH_HALF | 0xff8000900000) /* written through, EL0 may, too */

INSTRUCTION(store_byte, "strb w1, [x0]");
INSTRUCTION(store_half, "strh w1, [x0]");
INSTRUCTION(store_word, "str w1, [x0]");
INSTRUCTION(store_post, "str w1, [x0], #4");
INSTRUCTION(store_pair, "stp w1, w2, [x0]");
INSTRUCTION(store_quad, "str q0, [x0]");
INSTRUCTION(store_lanes, "st1 {v0.s}[0], [x0]");
INSTRUCTION(store_st4, "st4 {v0.s, v1.s, v2.s, v3.s}[0], [x0]");
INSTRUCTION(store_release, "stlr w1, [x0]");
INSTRUCTION(store_unprivileged, "sttr w1, [x0]");
INSTRUCTION(store_exclusive, "ldxr w2, [x0]\n\tstxr w3, w1, [x0]");
INSTRUCTION(store_exclusive_pair, "ldxp w9, w2, [x0]\n\tstlxp w3, w1, w2, [x0]");
INSTRUCTION(store_zva, "dc zva, x0");

static struct tables tables;
static u64 page, other; /* physical: code; where nothing ran */

static u64 call(u64 address)
{
    return ((u64(*)(u64))address)(0x100);
}

static void put(u64 address, u32 word)
{
    write32(address, word);
    sync_code(address);
}

/* A function of `count` instructions and RET, each adding one. */
static void put_adds(u64 address, u32 count)
{
    for (u32 i = 0; i < count; i++)
        put(address + 4 * i, WORD_ADD_X0(1));
    put(address + 4 * count, WORD_RET);
}

static void each_store(void)
{
    static const struct {
        const char *name;
        const u32 *code;
    } stores[] = {
        { "strb", store_byte },      { "strh", store_half },
        { "str", store_word },       { "str, post-indexed", store_post },
        { "stp", store_pair },       { "str q", store_quad },
        { "st1 lane", store_lanes }, { "st4 lane", store_st4 },
        { "stlr", store_release },   { "sttr", store_unprivileged },
        { "stxr", store_exclusive }, { "stxp", store_exclusive_pair },
    };

    for (u32 i = 0; i < COUNT(stores); i++) {
        /* In the middle of a run of instructions, which may be decoded as one. */
        put_adds(page + 0x100, 8);
        u64 before = call(page + 0x100), add7 = WORD_ADD_X0(7);
        u64 add1 = WORD_ADD_X0(1);
        struct registers r = { .x = { WINDOW + 0x110, add7 | add1 << 32, add1, 0 } };
        for (u32 j = 0; j < 4; j++)
            r.q[j][0] = r.q[j][1] = add7 | add7 << 32;
        if (i < 2) { /* the low byte or half is what they change: Rd and Rn */
            r.x[1] = add1 | 9;
        }
        run_registers(stores[i].code, &r);
        for (u64 at = 0x100; at < 0x140; at += 4)
            sync_code(page + at);
        printf("%s: %lx then %lx\n", stores[i].name, before, call(page + 0x100));
    }
    put(page + 0x200, WORD_MOV_X0(1));
    put(page + 0x204, WORD_RET);
    u64 before = call(page + 0x200);
    struct registers r = { .x = { WINDOW + 0x200 } };
    run_registers(store_zva, &r);
    sync_code(page + 0x200);
    u64 count = trap.count;
    write32(page + 0x204, WORD_RET);
    sync_code(page + 0x204);
    call(page + 0x200);
    printf("dc zva: %lx then %lu undefined\n", before, trap.count - count);
}

/* The page runs and is written at three virtual addresses. */
static void aliases(void)
{
    static const u64 at[] = { 0, ALIAS_A, ALIAS_B };
    u64 sum = 0;

    for (u32 i = 0; i < 300; i++) {
        u64 writer = (at[i % 3] ? at[i % 3] : page) + 0x300, seen = 0;
        write32(writer, WORD_MOV_X0(i));
        write32(writer + 4, WORD_RET);
        sync_code(page + 0x300);
        sync_code(ALIAS_A + 0x300);
        sync_code(ALIAS_B + 0x300);
        for (u32 j = 0; j < 3; j++)
            seen += call((at[j] ? at[j] : page) + 0x300);
        sum += seen;
    }
    printf("aliases: %lu\n", sum);
}

/* An address that becomes another page: no instruction changes, the translation does. */
static void remapped(void)
{
    put(page + 0x400, WORD_MOV_X0(1));
    put(page + 0x404, WORD_RET);
    put(other + 0x400, WORD_MOV_X0(2));
    put(other + 0x404, WORD_RET);
    u64 sum = 0;
    for (u32 i = 0; i < 20; i++) {
        u64 target = i % 2 ? other : page;
        *tables_entry(&tables, ALIAS_B, 3) = 0;
        flush_tlb();
        *tables_entry(&tables, ALIAS_B, 3) = target | DESC_PAGE | DESC_RAM;
        flush_tlb();
        sum = sum * 3 + call(ALIAS_B + 0x400);
    }
    printf("remapped: %lx\n", sum);
    *tables_entry(&tables, ALIAS_B, 3) = page | DESC_PAGE | DESC_RAM;
    flush_tlb();
}

/* Code at the end of a page falls into the next, which changes. */
static void across_pages(void)
{
    u64 sum = 0, end = page + 0x1000;

    put(end - 8, WORD_MOV_X0(5));
    put(end - 4, WORD_NOP);
    for (u32 i = 0; i < 50; i++) {
        put(end, WORD_ADD_X0(i));
        put(end + 4, WORD_RET);
        sum += call(end - 8);
        put(end - 4, i % 2 ? WORD_NOP : WORD_ADD_X0(1));
    }
    printf("across pages: %lu\n", sum);
}

/* Code runs off the end of its page into one that it may not fetch from. */
static void off_the_end(const char *name, u64 descriptor)
{
    u64 end = WINDOW + 0x1000;

    *tables_entry(&tables, end, 3) = descriptor;
    *tables_entry(&tables, WINDOW, 3) =
        other | DESC_PAGE | DESC_RAM | DESC_AP_EL0 | DESC_AP_READ_ONLY;
    flush_tlb();
    printf("off the end, %s:", name);
    for (u32 n = 1; n <= 6; n++)
        for (u32 el = 0; el < 2; el++) {
            for (u32 i = 1; i <= n; i++)
                put(other + 0x1000 - 4 * i,
                    i == 3 ? 0xf9000001u /* str x1, [x0] */ : WORD_ADD_X0(8));
            u64 count = trap.count, x0 = USER_DATA + page - GIB;
            struct registers r = { .x = { x0 } };
            if (el)
                run_registers((const u32 *)(end - 4 * n), &r);
            else
                run_el0(end - 4 * n, x0, 0, 0, 1);
            printf(" %lu:%x,%lx", trap.count - count, ESR_ISS(trap.esr),
                   (trap.far - end) | (trap.elr - end));
        }
    print("\n");
}

static void fetch_faults(void)
{
    u64 next = page | DESC_PAGE | DESC_RAM | DESC_AP_EL0 | DESC_AP_READ_ONLY;

    off_the_end("nothing", 0);
    off_the_end("not executable", next | DESC_PXN | DESC_UXN);
    off_the_end("access flag clear", next & ~DESC_AF);
    off_the_end("no memory", NOT_RAM | DESC_PAGE | DESC_RAM | DESC_AP_EL0 | DESC_AP_READ_ONLY);
}

/* The immediate of an ADD in the loop that is running counts up; so does a branch that closes it.
 */
INSTRUCTION(rewriting_loop, "mov x2, #0\n\t"
                            "mov x3, #100\n\t"
                            "adr x4, 2f\n"
                            "1:\tldr w5, [x4]\n\t"
                            "add w5, w5, #0x400\n\t"
                            "str w5, [x4]\n\t"
                            "dc cvau, x4\n\t"
                            "dsb ish\n\t"
                            "ic ivau, x4\n\t"
                            "dsb ish\n\t"
                            "isb\n"
                            "2:\tadd x2, x2, #0\n\t"
                            "subs x3, x3, #1\n\t"
                            "b.ne 1b\n\t"
                            "mov x0, x2");
#define REWRITING_WORDS 16

static void loop(void)
{
    for (u64 at = 0; at < REWRITING_WORDS; at++)
        put(page + 0x500 + 4 * at, rewriting_loop[at]);
    printf("a loop that rewrites itself: %lu\n", call(page + 0x500));
    printf("once more: %lu\n", call(page + 0x500));
}

/* A branch turned to each of many targets. */
static void branches(void)
{
    u64 sum = 0;

    for (u32 i = 0; i < 64; i++) {
        put(page + 0x800 + 8 * i, WORD_MOV_X0(i));
        put(page + 0x804 + 8 * i, WORD_RET);
    }
    for (u32 i = 0; i < 64; i++) {
        u32 target = i * 37 % 64;
        put(page + 0x7fc, WORD_B(1 + 2 * target));
        sum = sum * 5 + call(page + 0x7fc);
    }
    printf("a branch to 64 targets: %lx\n", sum);
}

/* The other CPU writes; this one sees a flag, then runs what it wrote (B2.4.4: an ISB is enough).
 */
static volatile u64 turn;

static void writer(void)
{
    for (u32 i = 1; i <= 200; i++) {
        while (turn != 2 * i - 1)
            ;
        __asm__ volatile("dmb ish" ::: "memory");
        put(page + 0xc00, WORD_MOV_X0(i));
        turn = 2 * i;
    }
}

static void other_cpu(void)
{
    u64 wrong = 0;

    put(page + 0xc00, WORD_MOV_X0(0));
    put(page + 0xc04, WORD_RET);
    start_cpu(1, writer);
    for (u32 i = 1; i <= 200; i++) {
        wrong += call(page + 0xc00) != i - 1;
        turn = 2 * i - 1;
        while (turn != 2 * i)
            ;
        __asm__ volatile("dmb ish\n\tisb" ::: "memory");
        wrong += call(page + 0xc00) != i;
    }
    printf("written by the other CPU, wrong: %lu\n", wrong);
}

int main(void)
{
    paging_start();
    WRITE_SYSREG(cpacr_el1, 3ul << 20);
    page = new_table();
    other = new_table();
    tables = tables_create(GRAIN_4K, 39);
    *tables_entry(&tables, ALIAS_A, 3) = page | DESC_PAGE | DESC_RAM;
    *tables_entry(&tables, WINDOW, 3) = page | DESC_PAGE | DESC_RAM | DESC_AP_EL0;
    *tables_entry(&tables, ALIAS_B, 3) = page | DESC_PAGE | DESC_RAM;
    paging_replace(1, &tables, 0);
    each_store();
    aliases();
    remapped();
    across_pages();
    fetch_faults();
    loop();
    branches();
    other_cpu();
    return 0;
}
