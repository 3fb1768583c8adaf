/* SPDX-License-Identifier: MIT */
/*
 * The code cache: every way in which memory that was executed can change must be noticed, a page
 * may turn from code to data and back, and breakpoints stop before their instruction wherever they
 * were set.
 */
#include "cpu/code.h"
#include "cpu/mem.h"
#include "tests/cpu/insn.h"

#include <string.h>

#define WORDS(a) (sizeof(a) / sizeof((a)[0]))
#define OTHER    (CODE + 0x2000) /* code on another page */
#define MOV(n)   enc_MOVZ(1, 0, (n), 0)

/* Runs from `pc` until a check point at which at least `count` more instructions have retired. */
static void run_from(uint64_t pc, uint64_t count)
{
    cpu_set_pc(board()->cpu, pc);
    cpu_run(board()->cpu, cpu_count(board()->cpu) + count);
}

static void expect_result(uint64_t pc, uint64_t result)
{
    set_x(0, 0);
    run_from(pc, 1);
    ck_assert_uint_eq(x(0), result);
}

static void put(uint64_t pa, uint32_t word)
{
    put_code(pa, &word, 1);
}

/* -- who can change code -- */

/* Two instructions at OTHER are overwritten with `mov x0, #2` by one store; x1 points there, x2 and
 * x3 hold two of them. */
static const uint64_t new_code = 0xd2800040d2800040;

static void check_writer(uint32_t store)
{
    const uint32_t old[] = { MOV(1), MOV(1), enc_B(0) };
    const uint64_t v[2] = { new_code, new_code };
    for (unsigned again = 0; again < 3; again++) {
        put_code(OTHER, old, WORDS(old));
        set_x(1, OTHER);
        set_x(2, new_code);
        set_x(3, new_code);
        cpu_set_v(board()->cpu, 2, v);
        expect_result(OTHER, 1); /* decoded now */
        run(store);
        expect_result(OTHER + 4, 2);
    }
}

START_TEST(every_kind_of_store_into_code_is_noticed)
{
    map_memory();
    check_writer(enc_STR_uimm(1, 0, 1, 2));
    check_writer(enc_STR_pre(1, 0, 1, 2));
    check_writer(enc_STR_post(1, 0, 1, 2));
    check_writer(enc_STR_reg(1, 31, 3, 0, 1, 2));
    check_writer(enc_STR_uimm(0, 1, 1, 2)); /* one word */
    check_writer(enc_STRH_uimm(2, 1, 2));   /* half an instruction: the low half differs */
    check_writer(enc_STRB_uimm(4, 1, 2));   /* a byte of it */
    check_writer(enc_STR_unscaled(1, 4, 1, 2));
    check_writer(enc_STP_off(1, 0, 3, 1, 2));
    check_writer(enc_STP_off(0, 0, 3, 1, 2));
    check_writer(enc_STR_simd_uimm(3, 0, 0, 1, 2)); /* d2 */
    check_writer(enc_STR_simd_uimm(0, 1, 0, 1, 2)); /* q2 */
    check_writer(enc_ST1_1reg(1, 3, 1, 2));
    check_writer(enc_STLR(1, 31, 31, 1, 2));
}
END_TEST

START_TEST(an_unaligned_store_over_two_instructions_is_noticed)
{
    const uint32_t old[] = { MOV(1), MOV(1), MOV(1), enc_B(0) };
    map_memory();
    put_code(OTHER, old, WORDS(old));
    expect_result(OTHER, 1);
    set_x(1, OTHER + 2);
    set_x(2, 0x0040d2800040d280); /* from the middle of the first to the middle of the third */
    run(enc_STR_uimm(1, 0, 1, 2));
    expect_result(OTHER + 4, 2);
    expect_result(OTHER + 8, 2);
}
END_TEST

START_TEST(a_store_exclusive_into_code_is_noticed)
{
    const uint32_t old[] = { MOV(1), enc_B(0) };
    map_memory();
    for (unsigned again = 0; again < 3; again++) {
        put_code(OTHER, old, WORDS(old));
        set_x(1, OTHER);
        set_x(2, MOV(2));
        expect_result(OTHER, 1);
        run(enc_LDXR(0, 31, 31, 1, 0));
        run(enc_STXR(0, 4, 31, 1, 2));
        ck_assert_uint_eq(x(4), 0);
        expect_result(OTHER, 2);
    }
}
END_TEST

START_TEST(a_store_across_pages_of_code_changes_both)
{
    const uint64_t end = (OTHER | 0xfff) + 1;
    map_memory();
    for (unsigned again = 0; again < 3; again++) {
        const uint32_t old[] = { MOV(1), MOV(1), enc_B(0) };
        put_code(end - 4, old, 3);
        expect_result(end - 4, 1); /* the end of a page is a check point */
        expect_result(end, 1);
        set_x(1, end - 4);
        set_x(2, new_code);
        run(enc_STR_uimm(1, 0, 1, 2));
        expect_result(end - 4, 2);
        expect_result(end, 2);
    }
}
END_TEST

START_TEST(dc_zva_into_code_is_noticed)
{
    map_memory();
    for (unsigned again = 0; again < 2; again++) {
        put(OTHER, MOV(1));
        put(OTHER + 4, enc_B(0));
        expect_result(OTHER, 1);
        set_x(1, OTHER);
        run(enc_SYS(3, 7, 4, 1, 1));
        run_from(OTHER, 1); /* 0 is UDF */
        ck_assert_uint_eq(board_get(board(), "ELR_EL1"), OTHER);
        for (uint64_t pa = OTHER; pa < OTHER + 64; pa += 4)
            put(pa, enc_B(0));
    }
}
END_TEST

START_TEST(dma_into_code_is_noticed)
{
    put(OTHER, MOV(1));
    expect_result(OTHER, 1);
    const uint32_t word = MOV(2);
    memcpy(board()->ram + (OTHER - BOARD_RAM), &word, 4);
    code_cache_invalidate(board()->cache, OTHER & ~0xfffull, 0x3000);
    expect_result(OTHER, 2);
    code_cache_invalidate(board()->cache, OTHER, 0);
    code_cache_invalidate(board()->cache, 0x123456789000, 0x5000); /* never executed */
    expect_result(OTHER, 2);
    const uint32_t third = MOV(3);
    memcpy(board()->ram + (OTHER - BOARD_RAM), &third, 4);
    code_cache_invalidate(board()->cache, OTHER + 0x1000 - OTHER % 0x1000, 1ull << 32); /* all but this page */
    expect_result(OTHER, 2);
    code_cache_invalidate(board()->cache, BOARD_RAM, 1ull << 32);
    expect_result(OTHER, 3);
}
END_TEST

/* The page is written by way of a mapping that has been writable all along. */
START_TEST(a_store_through_an_alias_is_noticed)
{
    struct paging p = map_memory();
    paging_map(&p, 0x60000, 3, (OTHER & ~0xfffull) | D_PAGE | D_AF | D_SH);
    paging_map(&p, 0x61000, 3, (OTHER & ~0xfffull) | D_PAGE | D_AF | D_SH | D_USER);
    for (unsigned again = 0; again < 3; again++) {
        for (unsigned user = 0; user < 2; user++) {
            const uint32_t store = user ? enc_STR_unpriv(0, 0, 1, 2) : enc_STR_uimm(0, 0, 1, 2);
            set_x(1, (user ? 0x61000 : 0x60000) + (OTHER & 0xfff));
            set_x(2, MOV(1));
            run(store); /* while it is data: this fills the soft TLB */
            run(store);
            expect_result(OTHER, 1);
            set_x(2, MOV(2));
            run(store);
            expect_result(OTHER, 2);
        }
    }
}
END_TEST

START_TEST(another_cpu_stores_into_code)
{
    struct cpu *other = cpu_create(&board()->cpu->port, board()->cache, 1);
    ck_assert_ptr_nonnull(other);
    cpu_reset(other, CODE);
    put(CODE, enc_STR_uimm(0, 0, 1, 2));
    cpu_set_x(other, 1, OTHER);
    for (unsigned n = 1; n < 40; n++) {
        cpu_set_x(other, 2, MOV(n));
        cpu_set_pc(other, CODE);
        cpu_run(other, cpu_count(other) + 1);
        expect_result(OTHER, n);
    }
    cpu_destroy(other);
}
END_TEST

/* -- code that changes itself -- */

START_TEST(the_next_instruction_can_be_changed)
{
    const uint32_t code[] = { enc_STR_uimm(0, 0, 1, 2), MOV(1), enc_B(0) };
    map_memory();
    for (unsigned n = 2; n < 50; n++) {
        put_code(OTHER, code, WORDS(code));
        expect_result(OTHER + 4, 1);
        set_x(1, OTHER + 4);
        set_x(2, MOV(n));
        expect_result(OTHER, n);
    }
}
END_TEST

/* A loop that rewrites an instruction of its own each time round, longer than a page stays code. */
START_TEST(a_loop_can_change_itself)
{
    const uint32_t code[] = {
        enc_ADD_imm(1, 0, 1, 2, 2),     /* the next `add x0, x0, #imm12`: imm12 is at bit 10 */
        enc_ADD_imm(1, 0, 0x3ff, 2, 2), /* + 0x400 in all */
        enc_STR_uimm(0, 0, 1, 2),       enc_ADD_imm(1, 0, 0, 0, 0), /* this one */
        enc_SUBS_imm(1, 0, 1, 3, 3),    enc_B_cond((uint32_t)-5, NE), enc_B(0),
    };
    map_memory();
    put_code(OTHER, code, WORDS(code));
    set_x(1, OTHER + 12);
    set_x(2, code[3]);
    set_x(3, 100);
    expect_result(OTHER, 0 + 1); /* one round: the budget ends at the first check point */
    run_from(cpu_get_pc(board()->cpu), 6 * 99);
    ck_assert_uint_eq(x(0), 100 * 101 / 2);
}
END_TEST

/* -- code becomes data becomes code -- */

START_TEST(a_page_that_is_stored_to_often_is_data_again)
{
    map_memory();
    const struct tlb_entry *e = &board()->cpu->dtlb->write.entry[OTHER >> PAGE_BITS & (DTLB_SIZE - 1)];
    for (unsigned again = 0; again < 3; again++) {
        put(OTHER, MOV(1));
        expect_result(OTHER, 1);
        struct code_page *page = code_find(board()->cache, OTHER);
        ck_assert(code_has_records(page));
        set_x(1, OTHER + 0x100);
        set_x(2, MOV(7));
        unsigned stores = 0;
        while (code_has_records(page)) {
            run(enc_STR_uimm(0, 0, 1, 2));
            ck_assert_uint_eq(e->tag, TAG_INVALID);
            ck_assert_uint_lt(++stores, 100);
        }
        run(enc_STR_uimm(0, 0, 1, 2));
        ck_assert_uint_eq(e->tag, OTHER & PAGE_MASK);
        expect_result(OTHER + 0x100, 7);
        ck_assert(code_has_records(page));
        ck_assert_uint_eq(e->tag, TAG_INVALID);
    }
}
END_TEST

/* Code and a stack in one page: sooner or later the records are dropped under the storing one. */
START_TEST(a_store_into_its_own_page_completes)
{
    const uint32_t code[] = {
        enc_STR_post(1, 16, 1, 2), enc_STP_pre(1, 0x7e, 2, 1, 2), /* [x1], #16 and [x1, #-16]! */
        enc_LDXR(1, 31, 31, 1, 3), enc_STXR(1, 4, 31, 1, 2),      enc_B(0),
    };
    put_code(OTHER, code, WORDS(code));
    for (unsigned i = 0; i < 100; i++) {
        set_x(1, OTHER + 0x80);
        set_x(4, 99);
        run_from(OTHER + i % 2 * 4, 5); /* odd and even numbers of stores */
        ck_assert_uint_eq(x(1), OTHER + 0x80 - i % 2 * 16);
        ck_assert_uint_eq(x(4), 0);
    }
}
END_TEST

START_TEST(pages_that_were_never_executed_have_no_records)
{
    map_memory();
    set_x(1, DATA + 0x9000);
    run(enc_STR_uimm(0, 0, 1, 2));
    ck_assert_ptr_null(code_find(board()->cache, DATA + 0x9000));
    ck_assert(!code_has_records(NULL));
}
END_TEST

/* Records are physical: two virtual addresses share them and still know where they are. */
START_TEST(aliases_share_records_and_have_their_own_pc)
{
    struct paging p = map_memory();
    const uint32_t code[] = { enc_ADR(0, 0, 0), enc_BL(2), enc_B(0), enc_B(0) };
    paging_map(&p, 0x60000, 3, (OTHER & ~0xfffull) | D_PAGE | D_AF | D_SH);
    put_code(OTHER, code, WORDS(code));
    for (unsigned again = 0; again < 2; again++) {
        for (unsigned alias = 0; alias < 2; alias++) {
            uint64_t pc = alias ? 0x60000 + (OTHER & 0xfff) : OTHER;
            run_from(pc, 3);
            ck_assert_uint_eq(x(0), pc);
            ck_assert_uint_eq(x(30), pc + 8);
            ck_assert_uint_eq(cpu_get_pc(board()->cpu), pc + 12);
        }
    }
}
END_TEST

/* -- breakpoints -- */

static void expect_stop(uint64_t from, uint64_t at)
{
    cpu_set_pc(board()->cpu, from);
    ck_assert_int_eq(cpu_run(board()->cpu, cpu_count(board()->cpu) + 10), CPU_EXIT_BREAKPOINT);
    ck_assert_uint_eq(cpu_get_pc(board()->cpu), at);
}

static void expect_no_stop(uint64_t from)
{
    cpu_set_pc(board()->cpu, from);
    ck_assert_int_eq(cpu_run(board()->cpu, cpu_count(board()->cpu) + 10), CPU_EXIT_BUDGET);
}

START_TEST(breakpoints_stop_on_fresh_and_on_decoded_code)
{
    const uint32_t code[] = { MOV(1), MOV(2), MOV(3), enc_B(0) };
    put_code(OTHER, code, WORDS(code));
    for (unsigned decoded = 0; decoded < 2; decoded++) {
        for (unsigned i = 0; i < 4; i++) {
            ck_assert(code_cache_add_breakpoint(board()->cache, OTHER + 4 * i));
            expect_stop(OTHER, OTHER + 4 * i);
            expect_stop(OTHER + 4 * i, OTHER + 4 * i); /* also the first instruction of a run */
            ck_assert(code_cache_remove_breakpoint(board()->cache, OTHER + 4 * i));
            expect_no_stop(OTHER);
        }
    }
}
END_TEST

START_TEST(a_breakpoint_is_there_until_its_last_owner_removes_it)
{
    put(OTHER, MOV(1));
    ck_assert(code_cache_add_breakpoint(board()->cache, OTHER));
    ck_assert(code_cache_add_breakpoint(board()->cache, OTHER));
    ck_assert(code_cache_remove_breakpoint(board()->cache, OTHER));
    expect_stop(OTHER, OTHER);
    ck_assert(code_cache_remove_breakpoint(board()->cache, OTHER));
    expect_no_stop(OTHER);
    ck_assert(!code_cache_remove_breakpoint(board()->cache, OTHER));
}
END_TEST

START_TEST(a_breakpoint_stays_when_its_instruction_is_rewritten)
{
    put(OTHER, MOV(1));
    put(OTHER + 4, enc_B(0));
    ck_assert(code_cache_add_breakpoint(board()->cache, OTHER));
    expect_stop(OTHER, OTHER);
    set_x(1, OTHER);
    set_x(2, MOV(2));
    run(enc_STR_uimm(0, 0, 1, 2));
    expect_stop(OTHER, OTHER);
    bool check_point;
    set_x(0, 0);
    ck_assert_int_eq(cpu_step(board()->cpu, &check_point), CPU_EXIT_STEPPED);
    ck_assert_uint_eq(x(0), 2);
    expect_no_stop(OTHER + 4);
}
END_TEST

/* The other virtual address of the same memory goes on, doing what the instruction says. */
START_TEST(a_breakpoint_is_at_its_virtual_address_only)
{
    struct paging p = map_memory();
    const uint64_t alias = 0x60000 + (OTHER & 0xfff);
    paging_map(&p, 0x60000, 3, (OTHER & ~0xfffull) | D_PAGE | D_AF | D_SH);
    const uint32_t code[] = { enc_SUBS_imm(1, 0, 1, 5, 5), enc_B_cond((uint32_t)-1, NE),
                              enc_LDR_uimm(1, 0, 1, 0), enc_B(0) };
    put_code(OTHER, code, WORDS(code));
    board_write(board(), DATA, 0x1234);
    for (unsigned i = 0; i < 4; i++)
        ck_assert(code_cache_add_breakpoint(board()->cache, OTHER + 4 * i));
    set_x(5, 1);
    set_x(1, DATA);
    expect_no_stop(alias);
    ck_assert_uint_eq(x(0), 0x1234);
    set_x(5, 1);
    expect_stop(OTHER, OTHER);
}
END_TEST

START_TEST(a_breakpoint_at_the_end_or_start_of_a_page)
{
    const uint64_t end = (OTHER | 0xfff) + 1;
    for (uint64_t pa = end - 8; pa < end + 8; pa += 4)
        put(pa, MOV(1));
    for (uint64_t at = end - 4; at <= end; at += 4) {
        ck_assert(code_cache_add_breakpoint(board()->cache, at));
        expect_stop(end - 8, at);
        ck_assert(code_cache_remove_breakpoint(board()->cache, at));
    }
}
END_TEST

/* Wherever the instruction is executed. */
START_TEST(a_physical_breakpoint_is_at_every_alias)
{
    struct paging p = map_memory();
    const uint64_t alias = 0x60000 + (OTHER & 0xfff);
    paging_map(&p, 0x60000, 3, (OTHER & ~0xfffull) | D_PAGE | D_AF | D_SH);
    put(OTHER, MOV(1));
    put(OTHER + 4, enc_B(0));
    ck_assert(code_cache_add_physical_breakpoint(board()->cache, OTHER));
    expect_stop(alias, alias);
    expect_stop(OTHER, OTHER);
    ck_assert(!code_cache_remove_breakpoint(board()->cache, OTHER));
    ck_assert(code_cache_remove_physical_breakpoint(board()->cache, OTHER));
    expect_no_stop(alias);
    ck_assert(code_cache_add_physical_breakpoint(board()->cache, alias)); /* not this memory */
    expect_no_stop(alias);
}
END_TEST

START_TEST(a_breakpoint_counts_nothing)
{
    put(OTHER, MOV(1));
    ck_assert(code_cache_add_breakpoint(board()->cache, OTHER));
    uint64_t count = cpu_count(board()->cpu);
    expect_stop(OTHER, OTHER);
    expect_stop(OTHER, OTHER);
    ck_assert_uint_eq(cpu_count(board()->cpu), count);
}
END_TEST

START_TEST(what_was_not_executed_between_two_sweeps_is_forgotten)
{
    const uint32_t code[] = { MOV(1), enc_B(0) };
    put_code(OTHER, code, WORDS(code));
    expect_result(OTHER, 1);
    code_cache_sweep(board()->cache);
    ck_assert_ptr_nonnull(code_find(board()->cache, OTHER));
    expect_result(OTHER, 1);
    code_cache_sweep(board()->cache);
    ck_assert_ptr_nonnull(code_find(board()->cache, OTHER));
    code_cache_sweep(board()->cache);
    ck_assert_ptr_null(code_find(board()->cache, OTHER));
    expect_result(OTHER, 1);
}
END_TEST

/* The page is an ordinary one while it is forgotten, and is watched again once it runs. */
START_TEST(a_forgotten_page_can_be_written_and_run_again)
{
    const uint32_t code[] = { MOV(1), MOV(1), enc_B(0) };
    map_memory();
    put_code(OTHER, code, WORDS(code));
    set_x(1, OTHER);
    for (unsigned again = 0; again < 3; again++) {
        expect_result(OTHER, 1);
        code_cache_sweep(board()->cache);
        code_cache_sweep(board()->cache);
        set_x(2, MOV(2));
        run(enc_STR_uimm(0, 1, 1, 2));
        expect_result(OTHER, 2);
        set_x(2, MOV(1));
        run(enc_STR_uimm(0, 1, 1, 2));
    }
}
END_TEST

START_TEST(what_is_not_implemented_is_reported_once)
{
    ck_assert(code_first_report(board()->cache, 3));
    ck_assert(!code_first_report(board()->cache, 3));
    ck_assert(code_first_report(board()->cache, 4));
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, every_kind_of_store_into_code_is_noticed);
    tcase_add_test(tc, an_unaligned_store_over_two_instructions_is_noticed);
    tcase_add_test(tc, a_store_exclusive_into_code_is_noticed);
    tcase_add_test(tc, a_store_across_pages_of_code_changes_both);
    tcase_add_test(tc, dc_zva_into_code_is_noticed);
    tcase_add_test(tc, dma_into_code_is_noticed);
    tcase_add_test(tc, a_store_through_an_alias_is_noticed);
    tcase_add_test(tc, another_cpu_stores_into_code);
    tcase_add_test(tc, the_next_instruction_can_be_changed);
    tcase_add_test(tc, a_loop_can_change_itself);
    tcase_add_test(tc, a_page_that_is_stored_to_often_is_data_again);
    tcase_add_test(tc, a_store_into_its_own_page_completes);
    tcase_add_test(tc, pages_that_were_never_executed_have_no_records);
    tcase_add_test(tc, aliases_share_records_and_have_their_own_pc);
    tcase_add_test(tc, breakpoints_stop_on_fresh_and_on_decoded_code);
    tcase_add_test(tc, a_breakpoint_is_there_until_its_last_owner_removes_it);
    tcase_add_test(tc, a_breakpoint_stays_when_its_instruction_is_rewritten);
    tcase_add_test(tc, a_breakpoint_is_at_its_virtual_address_only);
    tcase_add_test(tc, a_breakpoint_at_the_end_or_start_of_a_page);
    tcase_add_test(tc, a_physical_breakpoint_is_at_every_alias);
    tcase_add_test(tc, a_breakpoint_counts_nothing);
    tcase_add_test(tc, what_was_not_executed_between_two_sweeps_is_forgotten);
    tcase_add_test(tc, a_forgotten_page_can_be_written_and_run_again);
    tcase_add_test(tc, what_is_not_implemented_is_reported_once);
}

int main(void)
{
    return insn_run_suite("code", add_tests);
}
