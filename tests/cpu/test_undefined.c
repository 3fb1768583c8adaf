/* SPDX-License-Identifier: MIT */
/*
 * What is not allocated is UNDEFINED: an exception with EC 0, IL 1 and ISS 0 whose return address
 * is the instruction (Arm ARM D13, "ISS encoding for exceptions with an unknown reason"), and
 * nothing else happens.
 */
#include "cpu/decode.h"
#include "cpu/exec.h"
#include "tests/cpu/insn.h"

#define RANDOM_WORDS 20000

static uint64_t seed;

static uint32_t random_word(void)
{
    seed = seed * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    return (uint32_t)(seed >> 32);
}

static bool is_undefined(uint32_t word)
{
    struct record record;
    struct decode d = { .out = &record, .word = word };
    a64_decode(&d);
    return record.handler == exec_undefined;
}

static void expect_only_an_exception(uint32_t word, unsigned el)
{
    board_set_el(board(), el);
    set_flags(word >> 28);
    for (unsigned n = 0; n < 31; n++)
        set_x(n, word + n);
    expect_undefined(word);
    ck_assert_uint_eq(board_get(board(), "SPSR_EL1") >> 28, word >> 28);
    for (unsigned n = 0; n < 31; n++)
        ck_assert_uint_eq(x(n), word + n);
}

START_TEST(an_unallocated_word_is_undefined_at_every_el)
{
    unsigned found = 0;
    seed = 1;
    for (unsigned i = 0; i < RANDOM_WORDS; i++) {
        const uint32_t word = random_word();
        if (a64_lookup(word) != A64_UNALLOCATED)
            continue;
        expect_only_an_exception(word, i % 2);
        found++;
    }
    ck_assert_uint_gt(found, RANDOM_WORDS / 10);
}
END_TEST

START_TEST(a_reserved_combination_of_a_row_is_undefined_too)
{
    unsigned found = 0;
    seed = 2;
    for (unsigned i = 0; i < RANDOM_WORDS; i++) {
        const struct a64_row_info *row = &a64_rows[i % A64_ROWS];
        const uint32_t word = (random_word() & ~row->mask) | row->value;
        if (!is_undefined(word))
            continue;
        expect_only_an_exception(word, i / A64_ROWS % 2);
        found++;
    }
    ck_assert_uint_gt(found, RANDOM_WORDS / 20);
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, an_unallocated_word_is_undefined_at_every_el);
    tcase_add_test(tc, a_reserved_combination_of_a_row_is_undefined_too);
}

int main(void)
{
    return insn_run_suite("undefined", add_tests);
}
