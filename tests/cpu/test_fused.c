/* SPDX-License-Identifier: MIT */
/*
 * The sequences of fusion.def, executed: random code with just their handlers, fused on one board and one instruction at a time on
 * another (random_code.h).
 */
#include "cpu/fuse.h"
#include "tests/cpu/random_code.h"

#include <check.h>
#include <stdio.h>

#define STATES   6 /* for each sequence */
#define ATTEMPTS 4

static struct random_code code;

/* The first run decodes; from the second on, data pages are in the soft TLB. */
static bool try_sequence(const struct fusion *f)
{
    bool reached = false;
    code.length = 0;
    for (unsigned i = 0; i < f->length; i++)
        if (!random_code_add(&code, (unsigned)random_code_name(f->sequence[i]), -1, 0))
            return false;
    random_code_put(&code);
    for (unsigned i = 0; i < STATES; i++) {
        random_code_run(&code, 1 + random_below(2 * f->length), handler_names[random_code_name(f->sequence[0])].name);
        const struct code_page *page = code_find(code.board->cache, RANDOM_CODE);
        reached |= page && page->record[RANDOM_INDEX].handler == f->fused;
    }
    random_code_remove(&code);
    return reached;
}

static void print_missed(const struct fusion *f)
{
    printf("not made: FUSE");
    for (unsigned i = 0; i < f->length; i++)
        printf(" %s", handler_names[random_code_name(f->sequence[i])].name);
    putchar('\n');
}

/* With few registers, instructions use each other's results. A few handlers are not found by random words; they are named. */
START_TEST(every_fused_handler_does_what_its_instructions_do)
{
    static const unsigned registers[ATTEMPTS] = { 29, 5, 2, 1 };
    unsigned missed = 0;
    for (unsigned i = 0; i < fusion_count; i++) {
        bool reached = false;
        for (unsigned attempt = 0; attempt < ATTEMPTS; attempt++) {
            code.registers = registers[attempt];
            reached |= try_sequence(&fusions[i]);
        }
        missed += !reached;
        if (!reached)
            print_missed(&fusions[i]);
    }
    ck_assert_msg(missed <= fusion_count / 100, "%u of %u sequences were not made", missed, fusion_count);
}
END_TEST

static void setup(void)
{
    random_code_begin(&code);
}

static void teardown(void)
{
    random_code_end(&code);
}

int main(void)
{
    Suite *suite = suite_create("fused");
    TCase *tc = tcase_create("fused");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 120);
    tcase_add_test(tc, every_fused_handler_does_what_its_instructions_do);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
