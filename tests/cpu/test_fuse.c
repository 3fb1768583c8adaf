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

START_TEST(control_may_come_in_at_any_instruction_of_a_sequence)
{
    for (unsigned start = 0; start < 3; start++) {
        struct board *b = loop_board();
        cpu_run(b->cpu, UINT64_MAX);
        cpu_set_x(b->cpu, 0, 0);
        cpu_set_pc(b->cpu, INSN(start));
        cpu_set_pstate(b->cpu, 0x3c5); /* Z clear: a start at the branch takes it */
        uint64_t before = cpu_count(b->cpu);
        ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
        ck_assert_uint_eq(cpu_get_x(b->cpu, 0), ROUNDS);
        ck_assert_uint_eq(cpu_count(b->cpu) - before, 3 * ROUNDS + 1 + (start ? 3 - start : 0));
        board_destroy(b);
    }
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

START_TEST(a_write_to_any_instruction_of_a_sequence_undoes_it)
{
    for (unsigned at = 0; at < 3; at++) {
        const uint32_t patch[] = { enc_ADD_imm(1, 0, 2, 0, 0), enc_SUBS_imm(1, 0, ROUNDS / 2, 0, 31), enc_NOP() };
        const uint64_t sum[] = { ROUNDS, ROUNDS / 2, 1 }, rounds[] = { ROUNDS / 2, ROUNDS / 2, 1 };
        struct board *b = loop_board();
        cpu_run(b->cpu, UINT64_MAX);
        const uint32_t store[] = { enc_STR_uimm(0, 0, 3, 4), enc_WFI() };
        board_code(b, BOARD_RAM + 0x2000, store, WORDS(store));
        cpu_set_x(b->cpu, 3, INSN(at));
        cpu_set_x(b->cpu, 4, patch[at]);
        cpu_set_pc(b->cpu, BOARD_RAM + 0x2000);
        ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
        cpu_set_x(b->cpu, 0, 0);
        cpu_set_pc(b->cpu, BOARD_RAM);
        const uint64_t before = cpu_count(b->cpu);
        ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
        ck_assert_uint_eq(cpu_get_x(b->cpu, 0), sum[at]);
        ck_assert_uint_eq(cpu_count(b->cpu) - before, 3 * rounds[at] + 1);
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

/* Walks down the tree along the sequence of f. `record` gets its operands from `operands`, which may look at what was written. */
static handler_fn *walk(const struct fuse_tree *tree, const struct fusion *f,
                        void (*operands)(const struct fusion *f, unsigned i, struct record *records))
{
    struct record records[FUSE_MAX] = { 0 };
    struct fuse_walk walk = { 0 };
    for (unsigned i = 0; i < f->length; i++) {
        records[i].handler = handler_names[fusion_steps[f->first + i].name].handler;
        operands(f, i, records);
        ck_assert(fuse_step(tree, &walk, &records[i]));
    }
    return fuse_find(&walk);
}

/* Every operand another register, but those that are linked. */
static void as_linked(const struct fusion *f, unsigned i, struct record *records)
{
    uint8_t slot[FUSE_FIELDS];
    for (unsigned field = 0; field < FUSE_FIELDS; field++) {
        const unsigned link = fusion_steps[f->first + i].links.of[field];
        const struct record *writer = &records[i - FUSE_DISTANCE(link)];
        const uint8_t written[] = { writer->rd, writer->rn, writer->rm, writer->ra };
        slot[field] = link ? written[FUSE_FIELD(link)] : (uint8_t)(FUSE_FIELDS * i + field);
    }
    records[i].rd = slot[FUSE_RD];
    records[i].rn = slot[FUSE_RN];
    records[i].rm = slot[FUSE_RM];
    records[i].ra = slot[FUSE_RA];
}

static void all_different(const struct fusion *f, unsigned i, struct record *records)
{
    records[i].rd = (uint8_t)(FUSE_FIELDS * i);
    records[i].rn = (uint8_t)(FUSE_FIELDS * i + 1);
    records[i].rm = (uint8_t)(FUSE_FIELDS * i + 2);
    records[i].ra = (uint8_t)(FUSE_FIELDS * i + 3);
}

static const struct fusion *fusion_of(handler_fn *fused)
{
    for (unsigned i = 0; i < fusion_count; i++)
        if (fusions[i].fused == fused)
            return &fusions[i];
    return NULL;
}

/* Bytes of x3 from x0 up to x1: a loop that goes round by itself. */
static struct board *fill_board(uint64_t to, uint64_t end)
{
    const uint32_t code[] = { enc_STRB_post(1, 0, 3), enc_SUBS_shift(1, 0, 1, 0, 0, 31), enc_B_cond((uint32_t)-2, 1), enc_WFI() };
    struct board *b = board_create();
    board_code(b, BOARD_RAM, code, WORDS(code));
    ck_assert(cpu_set_sysreg(b->cpu, "VBAR_EL1", BOARD_RAM + 0x1000));
    cpu_set_x(b->cpu, 0, to);
    cpu_set_x(b->cpu, 1, end);
    cpu_set_x(b->cpu, 3, 0x5a);
    return b;
}

/* With the MMU off each store leaves the loop, which is then entered anew. */
START_TEST(a_loop_ends_where_its_budget_does)
{
    for (unsigned budget = 1; budget < 40; budget++) {
        struct board *b = fill_board(BOARD_RAM + 0x8000, BOARD_RAM + 0x8100);
        ck_assert_int_eq(cpu_run(b->cpu, budget), CPU_EXIT_BUDGET);
        ck_assert_uint_eq(cpu_count(b->cpu), (budget + 2) / 3 * 3); /* the next check point */
        ck_assert_uint_eq(cpu_get_x(b->cpu, 0), BOARD_RAM + 0x8000 + cpu_count(b->cpu) / 3);
        ck_assert_uint_eq(cpu_get_pc(b->cpu), BOARD_RAM);
        ck_assert(!is_plain(record(b, 0)->handler));
        board_destroy(b);
    }
}
END_TEST

START_TEST(a_fault_in_a_loop_is_exact)
{
    uint64_t elr, far;
    struct board *b = fill_board(BOARD_RAM + BOARD_RAM_SIZE - 5, 0);
    ck_assert_int_eq(cpu_run(b->cpu, 5 * 3 + 1), CPU_EXIT_BUDGET);
    ck_assert_uint_eq(cpu_get_pc(b->cpu), BOARD_RAM + 0x1200);
    ck_assert(cpu_get_sysreg(b->cpu, "ELR_EL1", &elr) && cpu_get_sysreg(b->cpu, "FAR_EL1", &far));
    ck_assert_uint_eq(elr, BOARD_RAM);
    ck_assert_uint_eq(far, BOARD_RAM + BOARD_RAM_SIZE);
    ck_assert_uint_eq(cpu_get_x(b->cpu, 0), BOARD_RAM + BOARD_RAM_SIZE); /* no writeback by the store that faults */
    board_destroy(b);
}
END_TEST

START_TEST(a_loop_that_overwrites_itself_executes_what_it_wrote)
{
    struct board *b = fill_board(INSN(1), INSN(2)); /* the comparison becomes 0x5a5a5a5a, a branch */
    cpu_run(b->cpu, 4 * 3);
    cpu_run(b->cpu, cpu_count(b->cpu) + 1);
    struct board *stepped = fill_board(INSN(1), INSN(2));
    bool check_point;
    while (cpu_count(stepped->cpu) < cpu_count(b->cpu))
        cpu_step(stepped->cpu, &check_point);
    ck_assert_uint_eq(cpu_get_pc(b->cpu), cpu_get_pc(stepped->cpu));
    ck_assert_uint_eq(cpu_get_x(b->cpu, 0), cpu_get_x(stepped->cpu, 0));
    board_destroy(b);
    board_destroy(stepped);
}
END_TEST

START_TEST(the_longest_sequence_with_the_most_links_wins)
{
    struct fuse_tree *tree = fuse_tree_create();
    ck_assert_ptr_nonnull(tree);
    for (unsigned i = 0; i < fusion_count; i++) /* loops are for test_fused.c */
        if (!fusions[i].loop)
            ck_assert_ptr_eq(walk(tree, &fusions[i], as_linked), fusions[i].fused); /* not that of a prefix */
    struct fuse_walk none = { 0 };
    const struct record unknown = { .handler = exec_undefined };
    ck_assert(!fuse_step(tree, &none, &unknown));
    ck_assert_ptr_null(fuse_find(&none));
    fuse_tree_destroy(tree);
}
END_TEST

START_TEST(no_sequence_takes_links_that_are_not_there)
{
    struct fuse_tree *tree = fuse_tree_create();
    unsigned linked = 0;
    for (unsigned i = 0; i < fusion_count; i++) {
        const struct fusion *f = fusion_of(walk(tree, &fusions[i], all_different));
        for (unsigned k = 0; f && k < f->length; k++)
            for (unsigned field = 0; field < FUSE_FIELDS; field++)
                ck_assert_uint_eq(fusion_steps[f->first + k].links.of[field], 0);
        linked += f != &fusions[i];
    }
    ck_assert_uint_gt(linked, 100); /* there are some to refuse */
    fuse_tree_destroy(tree);
}
END_TEST

/* Adds `name` with these operands to the window. */
static struct fuse_links add(struct fuse_window *window, const char *name, struct record operands)
{
    const struct handler_name *h = handler_names;
    while (h->handler && strcmp(h->name, name) != 0)
        h++;
    ck_assert_ptr_nonnull(h->handler);
    return fuse_window_add(window, h, &operands);
}

START_TEST(an_operand_is_linked_to_the_last_that_wrote_its_register)
{
    struct fuse_window w = { 0 };
    add(&w, "add_x_reg", (struct record){ .rd = 5, .rn = 1, .rm = 2 });
    add(&w, "ldr_x_post", (struct record){ .rd = 6, .rn = 5 });
    struct fuse_links links = add(&w, "madd_x", (struct record){ .rd = 6, .rn = 5, .rm = 6, .ra = 1 });
    ck_assert_uint_eq(links.of[FUSE_RD], 0); /* written, not read */
    ck_assert_uint_eq(links.of[FUSE_RN], FUSE_LINK(1, FUSE_RN)); /* the base, written back */
    ck_assert_uint_eq(links.of[FUSE_RM], FUSE_LINK(1, FUSE_RD));
    ck_assert_uint_eq(links.of[FUSE_RA], 0);
    links = add(&w, "str_x_imm", (struct record){ .rd = 6, .rn = 5 });
    ck_assert_uint_eq(links.of[FUSE_RD], FUSE_LINK(1, FUSE_RD)); /* read */
    ck_assert_uint_eq(links.of[FUSE_RN], FUSE_LINK(2, FUSE_RN));
}
END_TEST

START_TEST(no_link_where_the_writer_is_not_certain)
{
    struct fuse_window w = { 0 };
    add(&w, "mov_imm", (struct record){ .rd = 31 });
    add(&w, "ldp_x_imm", (struct record){ .rd = 5, .ra = 5, .rn = 1 });
    ck_assert_uint_eq(add(&w, "mov_x_reg", (struct record){ .rd = 7, .rm = 5 }).of[FUSE_RM], FUSE_UNKNOWN); /* twice the same */
    add(&w, "add_x_imm_sp", (struct record){ .rd = 31, .rn = 2 });
    ck_assert_uint_eq(add(&w, "mov_x", (struct record){ .rd = 8, .rn = 31 }).of[FUSE_RN], FUSE_UNKNOWN); /* no field names SP */
    fuse_window_add(&w, NULL, &(struct record){ 0 });
    ck_assert_uint_eq(add(&w, "mov_x_reg", (struct record){ .rd = 9, .rm = 8 }).of[FUSE_RM], FUSE_UNKNOWN);
}
END_TEST

START_TEST(links_reach_to_the_beginning_of_the_window)
{
    struct fuse_window w = { 0 };
    add(&w, "mov_imm", (struct record){ .rd = 1 });
    for (unsigned i = 1; i < FUSE_MAX; i++)
        add(&w, "mov_imm", (struct record){ .rd = (uint8_t)(10 + i) });
    ck_assert_uint_eq(add(&w, "mov_x", (struct record){ .rd = 2, .rn = 1 }).of[FUSE_RN], FUSE_LINK(FUSE_MAX, FUSE_RD));
    ck_assert_uint_eq(add(&w, "mov_x", (struct record){ .rd = 2, .rn = 1 }).of[FUSE_RN], 0); /* out of sight */
}
END_TEST

static Suite *fuse_suite(void)
{
    Suite *suite = suite_create("fuse");
    TCase *tc = tcase_create("fuse");
    tcase_add_test(tc, a_frequent_loop_is_fused_and_computes_and_counts_the_same);
    tcase_add_test(tc, control_may_come_in_at_any_instruction_of_a_sequence);
    tcase_add_test(tc, a_breakpoint_inside_a_sequence_is_hit);
    tcase_add_test(tc, a_write_to_any_instruction_of_a_sequence_undoes_it);
    tcase_add_test(tc, a_fault_inside_a_sequence_is_exact);
    tcase_add_test(tc, a_loop_ends_where_its_budget_does);
    tcase_add_test(tc, a_fault_in_a_loop_is_exact);
    tcase_add_test(tc, a_loop_that_overwrites_itself_executes_what_it_wrote);
    tcase_add_test(tc, the_longest_sequence_with_the_most_links_wins);
    tcase_add_test(tc, no_sequence_takes_links_that_are_not_there);
    tcase_add_test(tc, an_operand_is_linked_to_the_last_that_wrote_its_register);
    tcase_add_test(tc, no_link_where_the_writer_is_not_certain);
    tcase_add_test(tc, links_reach_to_the_beginning_of_the_window);
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
