/* SPDX-License-Identifier: MIT */
/*
 * Load/store exclusive and ordered as instructions. The monitor itself is tested with mem.h
 * (test_mem.c). Rules: Arm ARM B2.9
 * ("Synchronization and semaphores"), C6.2 by instruction.
 */
#include "tests/cpu/insn.h"

#define OLD 0x1122334455667788ull
#define NEW 0x99aabbccddeeff00ull

/* x0: loaded, x1: base, x4: status, x5: to store. Every round runs twice: slow handlers, then fast
 * ones. */
static void prepare(uint64_t base)
{
    set_x(0, UINT64_MAX);
    set_x(1, base);
    set_x(4, UINT64_MAX);
    set_x(5, NEW);
    board_write(board(), DATA, OLD);
    board_write(board(), DATA + 8, ~OLD);
}

static uint32_t load_exclusive(unsigned log2, bool acquire)
{
    return log2 << 30 | 0x085f7c00 | acquire << 15 | 1 << 5 | 0;
}

static uint32_t store_exclusive(unsigned log2, bool release)
{
    return log2 << 30 | 0x08007c00 | 4 << 16 | release << 15 | 1 << 5 | 5;
}

static uint64_t low_bytes(unsigned log2)
{
    return log2 == 3 ? UINT64_MAX : (1ull << (8 << log2)) - 1;
}

START_TEST(a_store_exclusive_behind_its_load_stores)
{
    map_memory();
    for (unsigned i = 0; i < 4 * 4 * 2; i++) {
        unsigned log2 = i >> 1 & 3;
        uint64_t mask = low_bytes(log2);
        prepare(DATA);
        run(load_exclusive(log2, i >> 3 & 1));
        ck_assert_uint_eq(x(0), OLD & mask);
        run(store_exclusive(log2, i >> 4 & 1));
        ck_assert_uint_eq(x(4), 0);
        ck_assert_uint_eq(board_read(board(), DATA), (OLD & ~mask) | (NEW & mask));
        ck_assert_uint_eq(board_read(board(), DATA + 8), ~OLD);
    }
}
END_TEST

START_TEST(a_store_exclusive_without_a_load_fails_and_stores_nothing)
{
    map_memory();
    for (unsigned i = 0; i < 4 * 2; i++) {
        unsigned log2 = i >> 1;
        prepare(DATA);
        run(store_exclusive(log2, false));
        ck_assert_uint_eq(x(4), 1);
        run(load_exclusive(log2, false));
        run(store_exclusive(log2, false));
        set_x(5, 0);
        run(store_exclusive(log2, false)); /* once */
        ck_assert_uint_eq(x(4), 1);
        ck_assert_uint_eq(board_read(board(), DATA) & 0xff, NEW & 0xff);
    }
}
END_TEST

static void expect_failure(void)
{
    uint64_t before = board_read(board(), DATA);
    set_x(4, 77);
    run(enc_STXR(1, 4, 31, 1, 5));
    ck_assert_uint_eq(x(4), 1);
    ck_assert_uint_eq(board_read(board(), DATA), before);
}

START_TEST(what_opens_the_monitor)
{
    map_memory();
    for (unsigned again = 0; again < 2; again++) {
        prepare(DATA);
        run(enc_LDXR(1, 31, 31, 1, 0));
        run(enc_CLREX(15));
        expect_failure();
        run(enc_LDXR(1, 31, 31, 1, 0)); /* an exception return */
        board_set(board(), "SPSR_EL1", 5);
        board_set(board(), "ELR_EL1", CODE + 0x40);
        ck_assert_uint_eq(run_to(enc_ERET()), CODE + 0x40);
        expect_failure();
        run(enc_LDXR(1, 31, 31, 1, 0)); /* another address */
        set_x(1, DATA + 8);
        run(enc_STXR(1, 4, 31, 1, 5));
        ck_assert_uint_eq(x(4), 1);
        set_x(1, DATA);
        expect_failure();
        board_write(board(), DATA, 5);
        run(enc_LDXR(0, 31, 31, 1, 0)); /* another size, though the value is the same */
        expect_failure();
        run(enc_LDXR(1, 31, 31, 1, 0)); /* another writer */
        board_write(board(), DATA, 1);
        expect_failure();
    }
}
END_TEST

START_TEST(plain_accesses_in_between_leave_the_monitor_alone)
{
    map_memory();
    for (unsigned again = 0; again < 2; again++) {
        prepare(DATA);
        set_x(3, DATA + 0x100);
        run(enc_LDXR(1, 31, 31, 1, 0));
        run(enc_LDR_uimm(1, 0, 1, 6));
        run(enc_STR_uimm(1, 0, 3, 6));
        run(enc_DMB(11));
        run(enc_STXR(1, 4, 31, 1, 5));
        ck_assert_uint_eq(x(4), 0);
        ck_assert_uint_eq(board_read(board(), DATA), NEW);
    }
}
END_TEST

START_TEST(pairs_are_exclusive_as_a_whole)
{
    map_memory();
    for (unsigned again = 0; again < 4; again++) {
        bool ordered = again & 1;
        prepare(DATA);
        set_x(6, 0x66);
        run(ordered ? enc_LDAXP(1, 31, 2, 1, 0) : enc_LDXP(1, 31, 2, 1, 0));
        ck_assert_uint_eq(x(0), OLD);
        ck_assert_uint_eq(x(2), ~OLD);
        run(ordered ? enc_STLXP(1, 4, 6, 1, 5) : enc_STXP(1, 4, 6, 1, 5));
        ck_assert_uint_eq(x(4), 0);
        ck_assert_uint_eq(board_read(board(), DATA), NEW);
        ck_assert_uint_eq(board_read(board(), DATA + 8), 0x66);
        prepare(DATA);
        run(enc_LDXP(0, 31, 2, 1, 0));
        ck_assert_uint_eq(x(0), (uint32_t)OLD);
        ck_assert_uint_eq(x(2), OLD >> 32);
        run(enc_STXP(0, 4, 6, 1, 5));
        ck_assert_uint_eq(x(4), 0);
        ck_assert_uint_eq(board_read(board(), DATA), 0x66ull << 32 | (uint32_t)NEW);
        prepare(DATA);
        run(enc_LDXP(1, 31, 2, 1, 0));
        board_write(board(), DATA + 8, 1); /* the second half has changed */
        run(enc_STXP(1, 4, 6, 1, 5));
        ck_assert_uint_eq(x(4), 1);
        ck_assert_uint_eq(board_read(board(), DATA), OLD);
    }
}
END_TEST

START_TEST(the_status_may_be_discarded_and_the_data_be_zero)
{
    map_memory();
    for (unsigned again = 0; again < 2; again++) {
        prepare(DATA);
        set_x(SP, DATA);
        run(enc_LDXR(1, 31, 31, 1, 0));
        run(enc_STXR(1, 31, 31, 1, 31));
        ck_assert_uint_eq(x(SP), DATA);
        ck_assert_uint_eq(board_read(board(), DATA), 0);
    }
}
END_TEST

START_TEST(ordered_accesses_load_and_store)
{
    map_memory();
    for (unsigned again = 0; again < 2; again++) {
        prepare(DATA);
        run(enc_LDAR(1, 31, 31, 1, 0));
        ck_assert_uint_eq(x(0), OLD);
        run(enc_LDAR(0, 31, 31, 1, 0));
        ck_assert_uint_eq(x(0), (uint32_t)OLD);
        run(enc_LDARH(31, 31, 1, 0));
        ck_assert_uint_eq(x(0), 0x7788);
        run(enc_LDARB(31, 31, 1, 0));
        ck_assert_uint_eq(x(0), 0x88);
        run(enc_STLRB(31, 31, 1, 5));
        ck_assert_uint_eq(board_read(board(), DATA), 0x1122334455667700);
        run(enc_STLRH(31, 31, 1, 5));
        ck_assert_uint_eq(board_read(board(), DATA), 0x112233445566ff00);
        run(enc_STLR(0, 31, 31, 1, 5));
        ck_assert_uint_eq(board_read(board(), DATA), 0x11223344ddeeff00);
        run(enc_STLR(1, 31, 31, 1, 5));
        ck_assert_uint_eq(board_read(board(), DATA), NEW);
    }
}
END_TEST

START_TEST(ordered_accesses_reach_devices)
{
    map_memory();
    set_x(1, DEVICE + 8);
    set_x(5, NEW);
    run(enc_STLR(0, 31, 31, 1, 5));
    run(enc_LDAR(0, 31, 31, 1, 0));
    ck_assert_uint_eq(x(0), (uint32_t)NEW);
    ck_assert_str_eq(board()->bus, "w4@8 r4@8 ");
}
END_TEST

/* -- faults -- */

static void expect_abort(uint32_t word, uint64_t base, unsigned dfsc, bool write)
{
    prepare(base);
    expect_exception(word, 0x25, write << 6 | dfsc);
    ck_assert_uint_eq(board_get(board(), "FAR_EL1"), base);
    ck_assert_uint_eq(x(0), UINT64_MAX);
    ck_assert_uint_eq(x(4), UINT64_MAX);
}

START_TEST(alignment_is_checked_whatever_sctlr_a_says)
{
    map_memory();
    for (unsigned again = 0; again < 2; again++) {
        for (unsigned log2 = 1; log2 < 4; log2++) {
            expect_abort(load_exclusive(log2, false), DATA + 1, 0x21, false);
            expect_abort(load_exclusive(log2, true), DATA + 1, 0x21, false);
            expect_abort(store_exclusive(log2, false), DATA + 1, 0x21, true);
            expect_abort(store_exclusive(log2, true), DATA + 1, 0x21, true);
        }
        expect_abort(enc_LDAR(1, 31, 31, 1, 0), DATA + 4, 0x21, false);
        expect_abort(enc_LDARH(31, 31, 1, 0), DATA + 1, 0x21, false);
        expect_abort(enc_STLR(0, 31, 31, 1, 5), DATA + 2, 0x21, true);
        expect_abort(enc_LDXP(1, 31, 2, 1, 0), DATA + 8, 0x21, false); /* to the size of the pair */
        expect_abort(enc_STXP(0, 4, 6, 1, 5), DATA + 4, 0x21, true);
        prepare(DATA);
        run(enc_LDXR(1, 31, 31, 1, 0)); /* fills the TLB for the second round */
    }
}
END_TEST

START_TEST(aborts_leave_registers_and_status_alone)
{
    map_memory();
    expect_abort(enc_LDXR(1, 31, 31, 1, 0), UNMAPPED, 7, false);
    expect_abort(enc_LDXP(1, 31, 2, 1, 0), UNMAPPED, 7, false);
    expect_abort(enc_LDAR(1, 31, 31, 1, 0), UNMAPPED, 7, false);
    expect_abort(enc_STLR(1, 31, 31, 1, 5), READ_ONLY, 15, true);
    expect_abort(enc_LDXR(1, 31, 31, 1, 0), DEVICE, 0x35, false); /* unsupported exclusive access */
    prepare(READ_ONLY);
    run(enc_LDXR(1, 31, 31, 1, 0));
    expect_abort(enc_STXR(1, 4, 31, 1, 5), READ_ONLY, 15, true);
}
END_TEST

START_TEST(a_misaligned_sp_faults_as_the_base_of_an_exclusive)
{
    map_memory();
    board_set(board(), "SCTLR_EL1", board_get(board(), "SCTLR_EL1") | 1u << 3);
    set_x(SP, DATA + 8);
    expect_exception(enc_LDXR(1, 31, 31, 31, 0), 0x26, 0);
    expect_exception(enc_STXR(1, 4, 31, 31, 0), 0x26, 0);
    expect_exception(enc_LDAR(1, 31, 31, 31, 0), 0x26, 0);
    expect_exception(enc_STLR(1, 31, 31, 31, 0), 0x26, 0);
    expect_exception(enc_LDXP(1, 31, 2, 31, 0), 0x26, 0);
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, a_store_exclusive_behind_its_load_stores);
    tcase_add_test(tc, a_store_exclusive_without_a_load_fails_and_stores_nothing);
    tcase_add_test(tc, what_opens_the_monitor);
    tcase_add_test(tc, plain_accesses_in_between_leave_the_monitor_alone);
    tcase_add_test(tc, pairs_are_exclusive_as_a_whole);
    tcase_add_test(tc, the_status_may_be_discarded_and_the_data_be_zero);
    tcase_add_test(tc, ordered_accesses_load_and_store);
    tcase_add_test(tc, ordered_accesses_reach_devices);
    tcase_add_test(tc, alignment_is_checked_whatever_sctlr_a_says);
    tcase_add_test(tc, aborts_leave_registers_and_status_alone);
    tcase_add_test(tc, a_misaligned_sp_faults_as_the_base_of_an_exclusive);
}

int main(void)
{
    return insn_run_suite("exclusive", add_tests);
}
