/* SPDX-License-Identifier: MIT */
/*
 * Compiled code: nobody can tell that it is there, and it is there. Where nothing is compiled (stencil.h), the same holds of what runs
 * instead.
 */
#include "a64_encode.h"
#include "cpu/exec.h"
#include "cpu/fuse.h"
#include "cpu/stencil.h"
#include "tests/cpu/random_code.h"

#include <check.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS(a)   (sizeof(a) / sizeof((a)[0]))
#define INSN(n)    (BOARD_RAM + 4 * (n))
#define ROUNDS     100
#define STATES     4   /* of each stencil, or piece of random code */
#define TRIES      20  /* to write code for a stencil */
#define RANDOM     4000 /* pieces of random code */
#define A_LOT      1000000u

static struct random_code code;

static bool is_compiled(const struct board *b, unsigned n)
{
    return code_is_compiled(b->cache, INSN(n));
}

/* -- stencils -- */

static unsigned named(const char *name)
{
    unsigned i = 0;
    while (handler_names[i].handler && strcmp(handler_names[i].name, name))
        i++;
    ck_assert_ptr_nonnull(handler_names[i].handler);
    return i;
}

/* Code that brings about what the stencil assumes, and its instruction. */
static bool make_code_for(const struct stencil *s)
{
    const int name = random_code_name(stencil_functions[s->handler]);
    const unsigned number = 1 + random_below(code.registers);
    code.length = 0;
    if (name < 0)
        return false;
    if (s->last != STENCIL_ANY && !random_code_add(&code, named("add_x_imm"), 0, number))
        return false;
    if (s->how != STENCIL_ANY && !random_code_add(&code, named(s->how & FLAGS_32 ? "cmp_w_reg" : "cmp_x_reg"), -1, 0))
        return false;
    return random_code_add(&code, (unsigned)name, s->last == STENCIL_ANY ? -1 : s->last, number);
}

/* Is this stencil among the code, whatever is in its holes? */
static bool is_among(const struct stencil *s, const uint8_t *bytes, size_t size)
{
    uint8_t fixed[4096];
    memset(fixed, 1, sizeof(fixed));
    for (unsigned i = 0; i < s->patch_count; i++) {
        const struct stencil_patch *patch = &stencil_patches[s->patches + i];
        memset(&fixed[patch->at], 0, patch->kind == STENCIL_64 ? 8 : 4);
    }
    for (size_t at = 0; at + s->hot <= size; at++) {
        unsigned same = 0;
        while (same < s->hot && (!fixed[same] || bytes[at + same] == stencil_code[s->code + same]))
            same++;
        if (same == s->hot)
            return true;
    }
    return false;
}

/* Half of the runs are of what was decoded, half of what was compiled. Is the stencil there, unless that is NULL, and is anything? */
static bool run_code(const struct stencil *wanted, const char *what)
{
    bool there = false;
    random_code_put(&code);
    for (unsigned i = 0; i < 2 * STATES; i++) {
        if (i == STATES) {
            size_t size = 0;
            code_cache_compile(code.board->cache);
            const uint8_t *bytes = code_compiled(code.board->cache, RANDOM_CODE, &size);
            there = bytes && (!wanted || is_among(wanted, bytes, size));
        }
        random_code_run(&code, 1 + random_below(2 * code.length), what);
    }
    random_code_remove(&code);
    return there;
}

START_TEST(every_stencil_does_what_its_instruction_does)
{
    code.registers = 3;
    for (unsigned i = 0; i < stencil_count; i++) {
        const int name = random_code_name(stencil_functions[stencils[i].handler]);
        bool reached = false;
        for (unsigned tries = 0; tries < TRIES && !reached; tries++)
            reached = make_code_for(&stencils[i]) && run_code(&stencils[i], handler_names[name].name);
        ck_assert_msg(reached, "stencil %u, of %s, was not executed", i, name < 0 ? "?" : handler_names[name].name);
    }
}
END_TEST

START_TEST(random_instructions_that_use_each_others_results_do_what_they_do)
{
    static const unsigned registers[] = { 29, 5, 2, 1 };
    unsigned names = 0, there = 0;
    while (handler_names[names].handler)
        names++;
    for (unsigned i = 0; i < RANDOM; i++) {
        code.registers = registers[i % WORDS(registers)];
        code.length = 0;
        while (code.length < RANDOM_MAX) {
            const unsigned name = random_below(names);
            if (handler_names[name].fusible != FUSE_NO)
                random_code_add(&code, name, -1, 0);
        }
        there += run_code(NULL, "random code");
    }
    ck_assert_uint_eq(there, stencil_count ? RANDOM : 0);
}
END_TEST

/* -- loops -- */

/* x0 = x0 + 1, until it is ROUNDS; wfi. */
static struct board *loop_board(void)
{
    const uint32_t words[] = { enc_ADD_imm(1, 0, 1, 0, 0), enc_SUBS_imm(1, 0, ROUNDS, 0, 31),
                               enc_B_cond((uint32_t)-2, 1), enc_WFI() };
    struct board *b = board_create();
    board_code(b, BOARD_RAM, words, WORDS(words));
    return b;
}

/* It has run once, and its code is decoded, or compiled. */
static struct board *warm_loop_board(bool compiled)
{
    struct board *b = loop_board();
    ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
    const bool compiles = compiled && code_cache_compile(b->cache);
    ck_assert(compiles == (compiled && stencil_count > 0));
    ck_assert(is_compiled(b, 0) == compiles);
    cpu_set_x(b->cpu, 0, 0);
    cpu_set_pc(b->cpu, BOARD_RAM);
    return b;
}

/* _i: 0 fused, 1 compiled. */
START_TEST(control_may_come_in_at_any_instruction)
{
    for (unsigned start = 0; start < 3; start++) {
        struct board *b = warm_loop_board(_i);
        const uint64_t before = cpu_count(b->cpu);
        cpu_set_pc(b->cpu, INSN(start));
        cpu_set_pstate(b->cpu, 0x3c5); /* Z clear: a start at the branch takes it */
        ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
        ck_assert_uint_eq(cpu_get_x(b->cpu, 0), ROUNDS);
        ck_assert_uint_eq(cpu_count(b->cpu) - before, 3 * ROUNDS + 1 + (start ? 3 - start : 0));
        board_destroy(b);
    }
}
END_TEST

START_TEST(a_breakpoint_in_compiled_code_is_hit)
{
    for (unsigned at = 0; at < 3; at++) {
        struct board *b = warm_loop_board(true);
        const uint64_t before = cpu_count(b->cpu);
        cpu_run(b->cpu, before + 30);
        ck_assert(code_cache_add_breakpoint(b->cache, INSN(at)));
        for (unsigned again = 0; again < 3; again++) {
            bool check_point;
            ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_BREAKPOINT);
            ck_assert_uint_eq(cpu_get_pc(b->cpu), INSN(at));
            ck_assert_uint_eq(cpu_count(b->cpu) - before, 30 + at + 3 * again);
            ck_assert(!is_compiled(b, at));
            cpu_step(b->cpu, &check_point);
            code_cache_compile(b->cache);
            ck_assert(!again || is_compiled(b, at ? 0 : 1) == (stencil_count > 0)); /* they have run since then */
        }
        ck_assert(code_cache_remove_breakpoint(b->cache, INSN(at)));
        ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
        ck_assert_uint_eq(cpu_get_x(b->cpu, 0), ROUNDS);
        board_destroy(b);
    }
}
END_TEST

START_TEST(what_is_written_to_any_instruction_is_executed)
{
    for (unsigned at = 0; at < 3; at++) {
        const uint32_t patch[] = { enc_ADD_imm(1, 0, 2, 0, 0), enc_SUBS_imm(1, 0, ROUNDS / 2, 0, 31), enc_NOP() };
        const uint64_t sum[] = { ROUNDS, ROUNDS / 2, 1 }, rounds[] = { ROUNDS / 2, ROUNDS / 2, 1 };
        const uint32_t store[] = { enc_STR_uimm(0, 0, 3, 4), enc_WFI() };
        struct board *b = warm_loop_board(_i);
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

START_TEST(what_runs_often_is_compiled)
{
    struct board *b = loop_board();
    cpu_set_x(b->cpu, 0, ROUNDS + 1); /* counts on and on */
    cpu_run(b->cpu, A_LOT);
    ck_assert(is_compiled(b, 0) == (stencil_count > 0));
    ck_assert_uint_eq(cpu_get_x(b->cpu, 0), ROUNDS + 1 + (cpu_count(b->cpu) + 2) / 3);
    board_destroy(b);
}
END_TEST

START_TEST(nothing_is_compiled_when_that_is_off)
{
    struct board *b = loop_board();
    code_cache_set_compiles(b->cache, false);
    cpu_set_x(b->cpu, 0, ROUNDS + 1);
    cpu_run(b->cpu, A_LOT);
    ck_assert(!code_cache_compile(b->cache));
    ck_assert(!is_compiled(b, 0));
    board_destroy(b);
}
END_TEST

#ifndef PR_SET_MDWE
#define PR_SET_MDWE              65
#define PR_MDWE_REFUSE_EXEC_GAIN 1
#endif

/* In a process of its own, which may not gain executable memory any more (prctl(2), Linux 6.3 and later; otherwise nothing is
 * tested). */
static bool is_interpreted_when_forbidden(void)
{
    if (prctl(PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0))
        return true;
    struct board *b = loop_board();
    const bool right = cpu_run(b->cpu, UINT64_MAX) == CPU_EXIT_WFI && cpu_get_x(b->cpu, 0) == ROUNDS;
    return right && !code_cache_compile(b->cache) && !is_compiled(b, 0);
}

START_TEST(a_host_that_forbids_it_gets_an_interpreter)
{
    int status = 0;
    const pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (!child)
        _exit(!is_interpreted_when_forbidden());
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(a_page_with_nothing_to_compile_costs_the_others_nothing)
{
    const uint32_t wfi = enc_WFI();
    struct board *b = warm_loop_board(true);
    board_code(b, BOARD_RAM + 0x2000, &wfi, 1);
    cpu_set_pc(b->cpu, BOARD_RAM + 0x2000);
    ck_assert_int_eq(cpu_run(b->cpu, UINT64_MAX), CPU_EXIT_WFI);
    code_forget(b->cache, BOARD_RAM + 0x2000, 4); /* decoded no more */
    code_cache_compile(b->cache);
    ck_assert(is_compiled(b, 0) == (stencil_count > 0));
    board_destroy(b);
}
END_TEST

/* Bytes of x3 from x0 up to x1: a loop. */
static struct board *fill_board(uint64_t to, uint64_t end)
{
    const uint32_t words[] = { enc_STRB_post(1, 0, 3), enc_SUBS_shift(1, 0, 1, 0, 0, 31), enc_B_cond((uint32_t)-2, 1), enc_WFI() };
    struct board *b = board_create();
    board_code(b, BOARD_RAM, words, WORDS(words));
    ck_assert(cpu_set_sysreg(b->cpu, "VBAR_EL1", BOARD_RAM + 0x1000));
    cpu_set_x(b->cpu, 0, to);
    cpu_set_x(b->cpu, 1, end);
    cpu_set_x(b->cpu, 3, 0x5a);
    cpu_run(b->cpu, 3);
    code_cache_compile(b->cache);
    return b;
}

/* With the MMU off each store leaves the compiled code, which is then entered anew. */
START_TEST(a_loop_ends_where_its_budget_does)
{
    for (unsigned budget = 4; budget < 40; budget++) {
        struct board *b = fill_board(BOARD_RAM + 0x8000, BOARD_RAM + 0x8100);
        ck_assert_int_eq(cpu_run(b->cpu, budget), CPU_EXIT_BUDGET);
        ck_assert_uint_eq(cpu_count(b->cpu), (budget + 2) / 3 * 3); /* the next check point */
        ck_assert_uint_eq(cpu_get_x(b->cpu, 0), BOARD_RAM + 0x8000 + cpu_count(b->cpu) / 3);
        ck_assert_uint_eq(cpu_get_pc(b->cpu), BOARD_RAM);
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
    Suite *suite = suite_create("compile");
    TCase *tc = tcase_create("compile"), *random = tcase_create("random");
    tcase_add_checked_fixture(random, setup, teardown);
    tcase_set_timeout(random, 120);
    tcase_add_test(random, every_stencil_does_what_its_instruction_does);
    tcase_add_test(random, random_instructions_that_use_each_others_results_do_what_they_do);
    suite_add_tcase(suite, random);
    tcase_add_loop_test(tc, control_may_come_in_at_any_instruction, 0, 2);
    tcase_add_test(tc, a_breakpoint_in_compiled_code_is_hit);
    tcase_add_loop_test(tc, what_is_written_to_any_instruction_is_executed, 0, 2);
    tcase_add_test(tc, what_runs_often_is_compiled);
    tcase_add_test(tc, nothing_is_compiled_when_that_is_off);
    tcase_add_test(tc, a_host_that_forbids_it_gets_an_interpreter);
    tcase_add_test(tc, a_page_with_nothing_to_compile_costs_the_others_nothing);
    tcase_add_test(tc, a_loop_ends_where_its_budget_does);
    tcase_add_test(tc, a_fault_in_a_loop_is_exact);
    tcase_add_test(tc, a_loop_that_overwrites_itself_executes_what_it_wrote);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
