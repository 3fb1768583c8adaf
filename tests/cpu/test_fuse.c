/* SPDX-License-Identifier: MIT */
/*
 * Fused sequences: nobody can tell that they are there, and they are there.
 */
#include "a64_encode.h"
#include "cpu/exec.h"
#include "cpu/fuse.h"
#include "tests/cpu/board.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

#define WORDS(a) (sizeof(a) / sizeof((a)[0]))
#define INSN(n)  (BOARD_RAM + 4 * (n))
#define ROUNDS   100

/* Loads through x1 make one sequence: the MMU is off, so each leaves it by its cold handler. */
static const uint32_t loads[] = { 0xf9400022, 0xf9400423, 0xf9400824, 0xf9400c25, 0xd503207f }; /* ldr x2..x5; wfi */

static const struct handler_name *name_of(handler_fn *handler)
{
    const struct handler_name *h = handler_names;
    while (h->handler && h->handler != handler)
        h++;
    return h;
}

static bool is_plain(handler_fn *handler)
{
    return name_of(handler)->handler;
}

static const struct record *record(const struct board *b, unsigned n)
{
    return &code_find(b->cache, INSN(n))->record[n];
}

/* x0 = x0 + 1, until it is ROUNDS; wfi. */
static struct board *loop_board(void)
{
    const uint32_t code[] = { enc_ADD_imm(1, 0, 1, 0, 0), enc_SUBS_imm(1, 0, ROUNDS, 0, 31),
                              enc_B_cond((uint32_t)-2, 1), enc_WFI() };
    struct board *b = board_create();
    board_code(b, BOARD_RAM, code, WORDS(code));
    return b;
}

START_TEST(a_frequent_loop_is_fused_and_computes_and_counts_the_same)
{
    struct board *b = loop_board();
    ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
    ck_assert(!is_plain(record(b, 0)->handler));
    ck_assert_uint_eq(cpu_get_x(b->cpu, 0), ROUNDS);
    ck_assert_uint_eq(cpu_count(b->cpu), 3 * ROUNDS + 1);
    board_destroy(b);
}
END_TEST

START_TEST(a_breakpoint_inside_a_sequence_is_hit)
{
    for (unsigned at = 0; at < 3; at++) {
        struct board *b = loop_board();
        cpu_run(b->cpu, 30);
        ck_assert(code_cache_add_breakpoint(b->cache, INSN(at)));
        ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_BREAKPOINT);
        ck_assert_uint_eq(cpu_get_pc(b->cpu), INSN(at));
        ck_assert_uint_eq(cpu_count(b->cpu), 30 + at);
        ck_assert(code_cache_remove_breakpoint(b->cache, INSN(at)));
        ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
        ck_assert_uint_eq(cpu_get_x(b->cpu, 0), ROUNDS);
        ck_assert(!is_plain(record(b, 0)->handler));
        board_destroy(b);
    }
}
END_TEST

START_TEST(a_fault_inside_a_sequence_is_exact)
{
    /* x1 points 16 bytes before the end of RAM: the third load faults. */
    struct board *b = board_create();
    board_code(b, BOARD_RAM, loads, WORDS(loads));
    ck_assert(cpu_set_sysreg(b->cpu, "VBAR_EL1", BOARD_RAM + 0x1000));
    cpu_set_x(b->cpu, 1, BOARD_RAM);
    ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
    ck_assert(!is_plain(record(b, 0)->handler));
    uint64_t count = cpu_count(b->cpu), elr, far;
    for (unsigned n = 2; n <= 5; n++)
        cpu_set_x(b->cpu, n, 0xdead);
    board_write(b, BOARD_RAM + BOARD_RAM_SIZE - 16, 1);
    board_write(b, BOARD_RAM + BOARD_RAM_SIZE - 8, 2);
    cpu_set_x(b->cpu, 1, BOARD_RAM + BOARD_RAM_SIZE - 16);
    cpu_set_pc(b->cpu, BOARD_RAM);
    ck_assert_int_eq(cpu_run(b->cpu, count + 3), CPU_EXIT_BUDGET); /* two loads, the exception */
    ck_assert_uint_eq(cpu_get_pc(b->cpu), BOARD_RAM + 0x1200);
    ck_assert(cpu_get_sysreg(b->cpu, "ELR_EL1", &elr) && cpu_get_sysreg(b->cpu, "FAR_EL1", &far));
    ck_assert_uint_eq(elr, INSN(2));
    ck_assert_uint_eq(far, BOARD_RAM + BOARD_RAM_SIZE);
    ck_assert_uint_eq(cpu_get_x(b->cpu, 2), 1);
    ck_assert_uint_eq(cpu_get_x(b->cpu, 3), 2);
    ck_assert_uint_eq(cpu_get_x(b->cpu, 4), 0xdead);
    board_destroy(b);
}
END_TEST

START_TEST(the_longest_sequence_wins)
{
    struct fuse_tree *tree = fuse_tree_create();
    ck_assert_ptr_nonnull(tree);
    for (unsigned i = 0; i < fusion_count; i++) {
        handler_fn *fused = NULL;
        unsigned node = 0;
        for (unsigned k = 0; k < fusions[i].length; k++) {
            node = fuse_step(tree, node, fusions[i].sequence[k], &fused);
            ck_assert_uint_ne(node, 0);
        }
        ck_assert_ptr_eq(fused, fusions[i].fused); /* not that of a prefix */
    }
    handler_fn *fused = NULL;
    ck_assert_uint_eq(fuse_step(tree, 0, (handler_fn *)(uintptr_t)1, &fused), 0);
    ck_assert_ptr_null(fused);
    fuse_tree_destroy(tree);
}
END_TEST

static Suite *fuse_suite(void)
{
    Suite *suite = suite_create("fuse");
    TCase *tc = tcase_create("fuse");
    tcase_add_test(tc, a_frequent_loop_is_fused_and_computes_and_counts_the_same);
    tcase_add_test(tc, a_breakpoint_inside_a_sequence_is_hit);
    tcase_add_test(tc, a_fault_inside_a_sequence_is_exact);
    tcase_add_test(tc, the_longest_sequence_wins);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    SRunner *runner = srunner_create(fuse_suite());
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
