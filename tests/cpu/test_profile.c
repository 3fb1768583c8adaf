/* SPDX-License-Identifier: MIT */
/* A profile counts what was executed and what was slow, and its report says so. */
#include "a64_encode.h"
#include "cpu/profile.h"
#include "tests/cpu/paging.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ROUNDS 50
#define WORDS  6

static struct board *b;
static struct cpu_profile *profile;

/* x0 counts down; each round stores to the device at x1 and to memory at x2. Then a system call, whose vector waits. */
static void setup(void)
{
    const uint32_t code[WORDS] = { enc_STR_uimm(0, 0, 1, 3),        enc_STR_uimm(1, 0, 2, 3), enc_SUBS_imm(1, 0, 1, 0, 0),
                                   enc_B_cond((uint32_t)-3, 1), enc_SVC(0),           enc_WFI() };
    const uint32_t wfi = enc_WFI();
    b = board_create();
    profile = cpu_profile_create();
    ck_assert_ptr_nonnull(profile);
    board_code(b, BOARD_RAM, code, WORDS);
    board_code(b, BOARD_RAM + 0x1200, &wfi, 1);
    board_set(b, "VBAR_EL1", BOARD_RAM + 0x1000);
    cpu_set_x(b->cpu, 0, ROUNDS);
    cpu_set_x(b->cpu, 1, BOARD_DEVICE);
    cpu_set_x(b->cpu, 2, BOARD_RAM + 0x8000);
    cpu_set_profile(b->cpu, profile);
    ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
}

static void teardown(void)
{
    cpu_profile_destroy(profile);
    board_destroy(b);
}

START_TEST(every_instruction_counts_for_its_row_and_its_page)
{
    uint64_t pages = 0;
    ck_assert_uint_eq(profile->instructions, 4 * ROUNDS + 2);
    ck_assert_uint_eq(profile->rows[A64_STR_uimm], 2 * ROUNDS);
    ck_assert_uint_eq(profile->rows[A64_SUBS_imm], ROUNDS);
    ck_assert_uint_eq(profile->rows[A64_WFI], 1);
    ck_assert_uint_eq(profile->used, 2);
    for (size_t i = 0; i <= profile->mask; i++)
        pages += profile->pages[i].count;
    ck_assert_uint_eq(pages, profile->instructions);
}
END_TEST

START_TEST(slow_paths_exceptions_and_device_accesses_are_counted)
{
    ck_assert_uint_eq(profile->events[PROFILE_DATA_MISS], 2 * ROUNDS); /* with the MMU off all memory is Device memory */
    ck_assert_uint_eq(profile->exceptions[0x15], 1);                   /* SVC */
    ck_assert_uint_eq(profile->devices[0].pa, BOARD_DEVICE);
    ck_assert_uint_eq(profile->devices[0].writes, ROUNDS);
    ck_assert_uint_eq(profile->devices[0].reads, 0);
}
END_TEST

static void name_address(void *ctx, uint64_t va, char *text, size_t size)
{
    snprintf(text, size, "<at %#llx>", (unsigned long long)(va - BOARD_RAM));
}

START_TEST(the_report_says_it)
{
    static const char *const lines[] = { "[profile] 202 instructions\n", "[pages] 2 executed",
                                         "  0x0000000040000000 <at 0>\n", " 24.752%  1 in 4          SUBS_imm\n",
                                         " 49.505%  1 in 2          accesses that missed", "  0.495%  1 in 202        SVC\n",
                                         "             0             50  0x0009000000 \n",
                                         "\n49 str_w_imm str_x_imm subs_x_imm b_NE_back\n" };
    char path[] = "/tmp/armlet-profile.XXXXXX", text[8192];
    const struct cpu_profile_names names = { .address = name_address };
    const int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    ck_assert(cpu_profile_write(profile, path, &names));
    const ssize_t size = read(fd, text, sizeof(text) - 1);
    ck_assert_int_gt(size, 0);
    text[size] = 0;
    for (unsigned i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        ck_assert_msg(strstr(text, lines[i]), "no \"%s\" in:\n%s", lines[i], text);
    close(fd);
    unlink(path);
    ck_assert(!cpu_profile_write(profile, "/nowhere/profile", NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("profile");
    TCase *tc = tcase_create("profile");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, every_instruction_counts_for_its_row_and_its_page);
    tcase_add_test(tc, slow_paths_exceptions_and_device_accesses_are_counted);
    tcase_add_test(tc, the_report_says_it);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
