/* SPDX-License-Identifier: MIT */
/* Counting rows: every instruction once, whoever runs it, and a file that adds up. */
#include "cpu/coverage.h"
#include "a64_encode.h"
#include "tests/cpu/paging.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 10

static struct board *b;
static struct cpu_coverage *coverage;

/* x1 counts down from ROUNDS; then an encoding of ADD (shifted register) that is UNDEFINED, whose
 * vector waits. */
static void setup(void)
{
    const uint32_t code[] = { enc_SUBS_imm(1, 0, 1, 1, 1), enc_B_cond((uint32_t)-1, 1),
                              enc_ADD_shift(1, 3, 0, 0, 0, 0) },
                   wfi = enc_WFI();
    b = board_create();
    coverage = cpu_coverage_create();
    ck_assert_ptr_nonnull(coverage);
    board_code(b, BOARD_RAM, code, 3);
    board_code(b, BOARD_RAM + 0x1200, &wfi, 1);
    board_set(b, "VBAR_EL1", BOARD_RAM + 0x1000);
    cpu_set_x(b->cpu, 1, ROUNDS);
    cpu_set_coverage(b->cpu, coverage);
}

static void teardown(void)
{
    cpu_coverage_destroy(coverage);
    board_destroy(b);
}

static void expect_count(unsigned row, uint64_t executed, uint64_t undefined)
{
    ck_assert_uint_eq(coverage->executed[row], executed);
    ck_assert_uint_eq(coverage->undefined[row], undefined);
}

START_TEST(each_execution_counts_once)
{
    ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
    expect_count(A64_SUBS_imm, ROUNDS, 0);
    expect_count(A64_B_cond, ROUNDS, 0);
    expect_count(A64_ADD_shift, 0, 1);
    expect_count(A64_WFI, 1, 0);
    expect_count(A64_ADD_imm, 0, 0);
}
END_TEST

START_TEST(nothing_is_counted_when_it_is_off)
{
    cpu_set_coverage(b->cpu, NULL);
    ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
    expect_count(A64_SUBS_imm, 0, 0);
}
END_TEST

START_TEST(the_counts_are_added_to_the_file)
{
    char path[] = "/tmp/armlet-coverage.XXXXXX", text[400] = "";
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    cpu_run(b->cpu, UINT64_MAX);
    ck_assert(cpu_coverage_write(coverage, path));
    ck_assert(cpu_coverage_write(coverage, path));
    ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 0);
    const char *once = "SUBS_imm 10 0\nB_cond 10 0\nWFI 1 0\nADD_shift 0 1\n";
    ck_assert_uint_eq(strlen(text), 2 * strlen(once));
    ck_assert(!strncmp(text, once, strlen(once)) && !strcmp(text + strlen(once), once));
    close(fd);
    unlink(path);
    ck_assert(!cpu_coverage_write(coverage, "/nowhere/at/all"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("coverage");
    TCase *tc = tcase_create("coverage");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, each_execution_counts_once);
    tcase_add_test(tc, nothing_is_counted_when_it_is_off);
    tcase_add_test(tc, the_counts_are_added_to_the_file);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
