/* SPDX-License-Identifier: MIT */
/*
 * A translation that somebody looks at (Arm ARM D4.2, "The VMSAv8-64 address translation system").
 */
#include "cpu/walk.h"
#include "tests/cpu/paging.h"

#define TABLES (BOARD_RAM + 0x40000)
#define LEAF   (D_AF | D_SH)

static struct board *b;
static struct cpu_walk_step step[4];
static unsigned steps;
static struct cpu_walk walk;

static void setup(void)
{
    b = board_create();
}

static void teardown(void)
{
    board_destroy(b);
}

static void visit(void *ctx, const struct cpu_walk_step *s)
{
    ck_assert_uint_lt(steps, 4);
    step[steps++] = *s;
}

static bool do_walk(uint64_t va)
{
    steps = 0;
    return cpu_walk(b->cpu, va, visit, NULL, &walk);
}

START_TEST(each_level_is_visited_with_its_bits_and_descriptor)
{
    struct paging p = paging_create(b, 12, 48, TABLES);
    const uint64_t va = 0x123456789abc;
    paging_map(&p, va, 3, 0xabcdef000 | D_PAGE | LEAF | D_RO | D_USER | D_PXN | D_NG);
    paging_enable(&p, TCR_T0SZ(16) | TCR_IPS(4));
    ck_assert(do_walk(va));
    ck_assert_uint_eq(steps, 4);
    for (unsigned level = 0; level < 4; level++) {
        ck_assert_uint_eq(step[level].level, level);
        ck_assert_uint_eq(step[level].high, 47 - 9 * level);
        ck_assert_uint_eq(step[level].low, 39 - 9 * level);
        ck_assert_uint_eq(step[level].pa, paging_slot(&p, va, level));
        ck_assert(step[level].in_memory);
        ck_assert_uint_eq(step[level].descriptor, board_read(b, step[level].pa));
    }
    ck_assert(walk.mmu && !walk.upper && !walk.global);
    ck_assert_uint_eq(walk.ttbr, p.root);
    ck_assert_uint_eq(walk.input_size, 48);
    ck_assert_uint_eq(walk.granule, 12);
    ck_assert_uint_eq(walk.pa, 0xabcdefabc);
    ck_assert_uint_eq(walk.level, 3);
    ck_assert_uint_eq(walk.range_bits, 12);
    ck_assert_uint_eq(walk.may[0], CPU_MAY_READ | CPU_MAY_EXECUTE);
    ck_assert_uint_eq(walk.may[1], CPU_MAY_READ);
    ck_assert_uint_eq(walk.memattr, 0xff);
    ck_assert_uint_eq(walk.shareability, 3);
}
END_TEST

/* DFSC 0b0001LL translation, 0b0010LL access flag, 0b0101LL external abort on the walk. */
START_TEST(a_walk_that_fails_says_where_and_how)
{
    struct paging p = paging_create(b, 12, 39, TABLES);
    paging_map(&p, 0x1000, 3, 0);
    paging_map(&p, 0x2000, 3, 0x40005000 | D_PAGE | D_SH);
    paging_map(&p, 0x40000000, 2, 0x700000000 | D_TABLE);
    paging_enable(&p, TCR_T0SZ(25) | TCR_IPS(4));
    ck_assert(!do_walk(0x1000));
    ck_assert_uint_eq(steps, 3);
    ck_assert_uint_eq(walk.fault_status, 0x07);
    ck_assert(!do_walk(0x2000));
    ck_assert_uint_eq(walk.fault_status, 0x0b);
    ck_assert(!do_walk(0x40000000));
    ck_assert_uint_eq(steps, 3);
    ck_assert(!step[2].in_memory);
    ck_assert_uint_eq(walk.fault_status, 0x17);
    ck_assert(!do_walk(0x4000000000000)); /* in neither half */
    ck_assert_uint_eq(steps, 0);
    ck_assert_uint_eq(walk.fault_status, 0x04);
}
END_TEST

START_TEST(without_the_mmu_nothing_is_visited)
{
    ck_assert(do_walk(0x40001234));
    ck_assert(!walk.mmu);
    ck_assert_uint_eq(steps, 0);
    ck_assert_uint_eq(walk.pa, 0x40001234);
    ck_assert(!do_walk(1ull << 50));
    ck_assert_uint_eq(walk.fault_status, 0x00); /* address size, level 0 */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("walk");
    TCase *tc = tcase_create("walk");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, each_level_is_visited_with_its_bits_and_descriptor);
    tcase_add_test(tc, a_walk_that_fails_says_where_and_how);
    tcase_add_test(tc, without_the_mmu_nothing_is_visited);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
