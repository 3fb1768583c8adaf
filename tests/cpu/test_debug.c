/* SPDX-License-Identifier: MIT */
/*
 * Self-hosted debug: breakpoints, watchpoints, software step (Arm ARM D2), with the syndromes of
 * "ISS encoding for an exception from a Breakpoint, Watchpoint, Software Step exception".
 */
#include "tests/cpu/insn.h"

#include <stdio.h>

#define PSTATE_D (1u << 9)
#define SPSR_SS  (1u << 21)

#define MDSCR_SS  (1u << 0)
#define MDSCR_KDE (1u << 13)
#define MDSCR_MDE (1u << 15)

/* DBGBCR and DBGWCR. */
#define ENABLE  1u
#define EL1     (1u << 1)
#define EL0     (1u << 2)
#define BAS(b)  ((b) << 5)
#define A64     BAS(0xfu)
#define LBN(n)  ((n) << 16)
#define BT(t)   ((t) << 20)
#define LOADS   (1u << 3)
#define STORES  (1u << 4)
#define WT      (1u << 20)
#define MASK(n) ((n) << 24)

enum {
    EC_BREAKPOINT = 0x30,
    EC_STEP = 0x32,
    EC_WATCHPOINT = 0x34,
    DEBUG = 0x22,
    WNR = 1u << 6,
    CM = 1u << 8,
    ISV = 1u << 24,
    EX = 1u << 6
};

#define LDR_X2_X1   0xf9400022
#define STR_X2_X1   0xf9000022
#define LDTR_X2_X1  0xf8400822
#define LDXR_X2_X1  0xc85f7c22
#define DC_IVAC_X1  0xd5087621
#define DC_CIVAC_X1 0xd50b7e21

static void set_debug(const char *format, unsigned n, uint64_t value)
{
    char name[24];
    snprintf(name, sizeof(name), format, n);
    board_set(board(), name, value);
}

static void breakpoint(unsigned n, uint64_t value, uint32_t control)
{
    set_debug("DBGBVR%u_EL1", n, value);
    set_debug("DBGBCR%u_EL1", n, control);
}

static void watchpoint(unsigned n, uint64_t value, uint32_t control)
{
    set_debug("DBGWVR%u_EL1", n, value);
    set_debug("DBGWCR%u_EL1", n, control);
}

/* Debug on, in the kernel, too; PSTATE.D clear. */
static void enable(void)
{
    board_set(board(), "OSLAR_EL1", 0);
    board_set(board(), "MDSCR_EL1", MDSCR_MDE | MDSCR_KDE);
    cpu_set_pstate(board()->cpu, cpu_get_pstate(board()->cpu) & ~PSTATE_D);
}

static void expect_esr(unsigned ec, uint32_t iss)
{
    ck_assert_uint_eq(board_get(board(), "ESR_EL1"), (uint64_t)ec << 26 | 1u << 25 | iss);
}

static bool stops_at_el(unsigned el)
{
    board_set_el(board(), el);
    const uint64_t pc = run_to(enc_NOP());
    board_set(board(), "SPSR_EL1", 0);
    board_set_el(board(), 1);
    cpu_set_pstate(board()->cpu, cpu_get_pstate(board()->cpu) & ~PSTATE_D);
    ck_assert(pc == CODE + 4 || pc == VECTORS + (el ? 0x200 : 0x400));
    return pc != CODE + 4;
}

/* -- breakpoints -- */

START_TEST(a_breakpoint_is_an_exception_before_its_instruction)
{
    enable();
    breakpoint(3, CODE, ENABLE | EL1 | EL0 | A64);
    expect_exception(enc_ADD_imm(1, 0, 1, 0, 0), EC_BREAKPOINT + 1, DEBUG);
    ck_assert_uint_eq(x(0), 0);
    board_set_el(board(), 0);
    expect_exception(enc_ADD_imm(1, 0, 1, 0, 0), EC_BREAKPOINT, DEBUG);
    ck_assert_uint_eq(x(0), 0);
}
END_TEST

START_TEST(pmc_chooses_the_exception_levels)
{
    enable();
    for (unsigned pmc = 0; pmc < 4; pmc++) {
        breakpoint(0, CODE, ENABLE | pmc << 1 | A64);
        ck_assert_int_eq(stops_at_el(1), pmc & 1);
        ck_assert_int_eq(stops_at_el(0), pmc >> 1);
        breakpoint(0, CODE, pmc << 1 | A64);
        ck_assert(!stops_at_el(1));
        breakpoint(0, CODE, ENABLE | pmc << 1 | A64 | 1u << 13); /* HMC: reserved without EL2 */
        ck_assert(!stops_at_el(1));
    }
}
END_TEST

START_TEST(another_address_at_the_same_page_offset_does_not_match)
{
    enable();
    breakpoint(0, CODE + 0x1000, ENABLE | EL1 | A64);
    ck_assert(!stops_at_el(1));
    breakpoint(0, CODE + 0x1000, 0);
    breakpoint(0, CODE, ENABLE | EL1 | A64);
    ck_assert(stops_at_el(1));
    breakpoint(0, CODE, 0);
    ck_assert(!stops_at_el(1));
}
END_TEST

START_TEST(breakpoints_can_be_locked_and_masked)
{
    enable();
    breakpoint(0, CODE, ENABLE | EL1 | EL0 | A64);
    board_set(board(), "MDSCR_EL1", MDSCR_MDE);
    ck_assert(!stops_at_el(1)); /* without KDE */
    ck_assert(stops_at_el(0));
    board_set(board(), "MDSCR_EL1", MDSCR_KDE);
    ck_assert(!stops_at_el(0)); /* without MDE */
    enable();
    board_set(board(), "OSLAR_EL1", 1);
    ck_assert(!stops_at_el(0));
    enable();
    board_set(board(), "OSDLR_EL1", 1);
    ck_assert(!stops_at_el(0));
    board_set(board(), "DBGPRCR_EL1", 1); /* CORENPDRQ: no double lock */
    ck_assert(stops_at_el(0));
    cpu_set_pstate(board()->cpu, cpu_get_pstate(board()->cpu) | PSTATE_D);
    ck_assert_uint_eq(run_to(enc_NOP()), CODE + 4);
    board_set_el(board(), 0); /* EL0 cannot mask them */
    ck_assert_uint_eq(run_to(enc_NOP()), VECTORS + 0x400);
}
END_TEST

START_TEST(breakpoints_are_linked_to_contexts)
{
    enable();
    board_set(board(), "CONTEXTIDR_EL1", 0x1234);
    breakpoint(0, CODE, ENABLE | EL1 | A64 | BT(1u) | LBN(5u));
    ck_assert(!stops_at_el(1)); /* nothing there */
    breakpoint(5, 0x1234, ENABLE | EL1 | A64 | BT(3u));
    ck_assert(stops_at_el(1));
    board_set(board(), "CONTEXTIDR_EL1", 0x1235);
    ck_assert(!stops_at_el(1));
    breakpoint(5, 0x1235, ENABLE | EL1 | A64 | BT(2u)); /* not linked */
    breakpoint(0, CODE + 0x100, ENABLE | EL1 | A64 | BT(1u) | LBN(5u));
    breakpoint(5, 0, 0);
    breakpoint(0, CODE, ENABLE | EL1 | A64 | BT(1u) | LBN(3u)); /* not context-aware */
    breakpoint(3, 0x1235, ENABLE | EL1 | A64 | BT(3u));
    ck_assert(!stops_at_el(1));
}
END_TEST

START_TEST(a_context_alone_matches_every_instruction)
{
    enable();
    board_set(board(), "CONTEXTIDR_EL1", 7);
    breakpoint(4, 7, ENABLE | EL0 | A64 | BT(2u));
    ck_assert(stops_at_el(0));
    ck_assert(!stops_at_el(1));
    board_set(board(), "CONTEXTIDR_EL1", 8);
    ck_assert(!stops_at_el(0));
    breakpoint(4, 7, 0);
    breakpoint(3, 8, ENABLE | EL0 | A64 | BT(2u)); /* not context-aware */
    ck_assert(!stops_at_el(0));
    breakpoint(3, CODE + 8, ENABLE | EL0 | A64 | BT(4u)); /* mismatch: AArch32's */
    ck_assert(!stops_at_el(0));
}
END_TEST

/* -- watchpoints -- */

static bool watched(uint32_t word, uint64_t va)
{
    set_x(1, va);
    const uint64_t pc = run_to(word);
    cpu_set_pstate(board()->cpu, cpu_get_pstate(board()->cpu) & ~PSTATE_D);
    ck_assert(pc == CODE + 4 || pc == VECTORS + 0x200);
    return pc != CODE + 4;
}

START_TEST(a_watchpoint_is_an_exception_before_the_access)
{
    map_memory();
    enable();
    set_x(2, 0xdead);
    ck_assert(!watched(LDR_X2_X1, USER + 0x100)); /* the soft TLB knows the page */
    set_x(2, 0xdead);
    watchpoint(3, USER + 0x100, ENABLE | EL1 | LOADS | STORES | BAS(0xf0u));
    ck_assert(watched(LDR_X2_X1, USER + 0x100));
    expect_esr(EC_WATCHPOINT + 1, DEBUG);
    ck_assert_uint_eq(x(2), 0xdead);
    ck_assert_uint_eq(board_get(board(), "FAR_EL1"), USER + 0x104);
    ck_assert_uint_eq(board_get(board(), "ELR_EL1"), CODE);
    ck_assert(watched(STR_X2_X1, USER + 0xfd));
    expect_esr(EC_WATCHPOINT + 1, DEBUG | WNR);
    ck_assert_uint_eq(board_read(board(), DATA + 0x6100), 0);
    ck_assert(!watched(STR_X2_X1, USER + 0xfc));
}
END_TEST

START_TEST(bas_and_lsc_choose_bytes_and_directions)
{
    map_memory();
    enable();
    for (unsigned byte = 0; byte < 8; byte++) {
        watchpoint(0, USER + 0x100, ENABLE | EL1 | LOADS | BAS(1u << byte));
        for (unsigned at = 0; at < 8; at++) {
            ck_assert_int_eq(watched(0x39400022, USER + 0x100 + at),
                             at == byte);                       /* ldrb w2, [x1] */
            ck_assert(!watched(0x39000022, USER + 0x100 + at)); /* strb w2, [x1] */
        }
    }
    watchpoint(0, USER + 0x104,
               ENABLE | EL1 | STORES | BAS(2u)); /* DBGWVR<2>: BAS<3:0> are of this word */
    for (unsigned at = 0; at < 8; at++)
        ck_assert_int_eq(watched(0x39000022, USER + 0x100 + at), at == 5);
    ck_assert(watched(0xd50b7421, USER + 0x100)); /* dc zva, x1 */
    expect_esr(EC_WATCHPOINT + 1, DEBUG | WNR);
}
END_TEST

/* Cortex-A57 TRM, "Watchpoint debug events": of the cache maintenance only DC IVAC; FAR_EL1 is its
 * operand. */
START_TEST(invalidating_a_line_is_a_store_to_it)
{
    map_memory();
    enable();
    watchpoint(0, USER + 0x120, ENABLE | EL1 | STORES | BAS(2u));
    ck_assert(watched(DC_IVAC_X1, USER + 0x108));
    expect_esr(EC_WATCHPOINT + 1, DEBUG | CM | WNR);
    ck_assert_uint_eq(board_get(board(), "FAR_EL1"), USER + 0x108);
    ck_assert(!watched(DC_IVAC_X1, USER + 0x140));
    ck_assert(!watched(DC_CIVAC_X1, USER + 0x120));
    watchpoint(0, USER + 0x120, ENABLE | EL1 | LOADS | BAS(2u));
    ck_assert(!watched(DC_IVAC_X1, USER + 0x120));
}
END_TEST

START_TEST(a_mask_widens_a_watchpoint)
{
    map_memory();
    enable();
    watchpoint(1, USER, ENABLE | EL1 | LOADS | BAS(0xffu) | MASK(12u));
    ck_assert(watched(LDR_X2_X1, USER));
    ck_assert(watched(LDR_X2_X1, USER + 0xff8));
    ck_assert(!watched(LDR_X2_X1, READ_ONLY));
    watchpoint(1, USER, ENABLE | EL1 | LOADS | BAS(0xffu) | MASK(31u));
    ck_assert(watched(LDR_X2_X1, FIRST));
    watchpoint(1, USER, ENABLE | EL1 | LOADS | BAS(0xffu) | MASK(2u)); /* reserved */
    ck_assert(!watched(LDR_X2_X1, USER));
}
END_TEST

START_TEST(unprivileged_accesses_are_those_of_el0)
{
    map_memory();
    enable();
    watchpoint(0, USER, ENABLE | EL0 | LOADS | BAS(0xffu));
    ck_assert(!watched(LDR_X2_X1, USER));
    ck_assert(watched(LDTR_X2_X1, USER));
    expect_esr(EC_WATCHPOINT + 1, DEBUG); /* taken from EL1 */
    board_set(board(), "MDSCR_EL1", MDSCR_MDE);
    ck_assert(!watched(LDTR_X2_X1, USER));
}
END_TEST

START_TEST(a_watchpoint_may_be_linked)
{
    map_memory();
    enable();
    board_set(board(), "CONTEXTIDR_EL1", 0x99);
    breakpoint(4, 0x99, ENABLE | EL1 | A64 | BT(3u));
    watchpoint(0, USER, ENABLE | EL1 | LOADS | BAS(0xffu) | WT | LBN(4u));
    ck_assert(watched(LDR_X2_X1, USER));
    ck_assert(watched(LDXR_X2_X1, USER));
    board_set(board(), "CONTEXTIDR_EL1", 0x98);
    ck_assert(!watched(LDR_X2_X1, USER));
}
END_TEST

START_TEST(translation_faults_come_before_watchpoints)
{
    map_memory();
    enable();
    watchpoint(0, UNMAPPED, ENABLE | EL1 | LOADS | BAS(0xffu));
    set_x(1, UNMAPPED);
    expect_exception(LDR_X2_X1, 0x25, 7);
}
END_TEST

/* -- software step -- */

#define USER_CODE (CODE + 0x100)

/* About to ERET to EL0 at USER_CODE, where `word` is, with SPSR_EL1.SS. */
static void prepare_step(uint32_t word, uint32_t ss)
{
    const uint32_t eret = enc_ERET();
    put_code(USER_CODE, &word, 1);
    put_code(CODE, &eret, 1);
    board_set_el(board(), 1);
    board_set(board(), "ELR_EL1", USER_CODE);
    board_set(board(), "SPSR_EL1", ss);
    cpu_set_pc(board()->cpu, CODE);
}

/* Behind the ERET it runs on for `count`. */
static uint64_t step_at_el0(uint32_t word, uint32_t ss, unsigned count)
{
    prepare_step(word, ss);
    run_more(count + 1);
    return cpu_get_pc(board()->cpu);
}

static void enable_step(void)
{
    enable();
    board_set(board(), "MDSCR_EL1", MDSCR_SS);
}

START_TEST(one_instruction_is_stepped)
{
    enable_step();
    ck_assert_uint_eq(step_at_el0(enc_ADD_imm(1, 0, 1, 0, 0), SPSR_SS, 2), VECTORS + 0x400);
    expect_esr(EC_STEP, ISV | DEBUG);
    ck_assert_uint_eq(board_get(board(), "ELR_EL1"), USER_CODE + 4);
    ck_assert_uint_eq(board_get(board(), "SPSR_EL1") & SPSR_SS, 0);
    ck_assert_uint_eq(x(0), 1);
    set_x(1, DATA);
    step_at_el0(LDXR_X2_X1, SPSR_SS, 2);
    expect_esr(EC_STEP, ISV | EX | DEBUG);
    step_at_el0(enc_B(4), SPSR_SS, 2);
    ck_assert_uint_eq(board_get(board(), "ELR_EL1"), USER_CODE + 16);
}
END_TEST

START_TEST(without_spsr_ss_the_step_is_pending_at_once)
{
    enable_step();
    ck_assert_uint_eq(step_at_el0(enc_ADD_imm(1, 0, 1, 0, 0), 0, 1), VECTORS + 0x400);
    expect_esr(EC_STEP, DEBUG);
    ck_assert_uint_eq(board_get(board(), "ELR_EL1"), USER_CODE);
    ck_assert_uint_eq(x(0), 0);
}
END_TEST

START_TEST(an_exception_of_the_stepped_instruction_keeps_ss_unless_it_was_executed)
{
    enable_step();
    ck_assert_uint_eq(step_at_el0(0, SPSR_SS, 1), VECTORS + 0x400); /* UDF */
    expect_esr(0, 0);
    ck_assert_uint_eq(board_get(board(), "SPSR_EL1") & SPSR_SS, SPSR_SS);
    ck_assert_uint_eq(step_at_el0(enc_SVC(5), SPSR_SS, 1), VECTORS + 0x400);
    expect_esr(0x15, 5);
    ck_assert_uint_eq(board_get(board(), "SPSR_EL1") & SPSR_SS, 0);
    const uint32_t eret = enc_ERET(); /* the handler returns: the step is pending behind the SVC */
    put_code(VECTORS + 0x400, &eret, 1);
    run_more(2);
    expect_esr(EC_STEP, DEBUG);
    ck_assert_uint_eq(board_get(board(), "ELR_EL1"), USER_CODE + 4);
}
END_TEST

START_TEST(the_kernel_is_stepped_when_it_may_be)
{
    enable_step();
    ck_assert_uint_eq(run_to(enc_NOP()), CODE + 4); /* without KDE */
    board_set(board(), "MDSCR_EL1", MDSCR_SS | MDSCR_KDE);
    ck_assert_uint_eq(run_to(enc_NOP()), VECTORS + 0x200); /* PSTATE.SS is 0: pending */
    expect_esr(EC_STEP + 1, DEBUG);
    ck_assert_uint_eq(run_to(enc_NOP()), CODE + 4); /* the entry set PSTATE.D */
    board_set(board(), "ESR_EL1", 0);
    if (run_to(enc_MSR_imm(3, 8, 7)) ==
        CODE + 4) /* daifclr #8; the exception may be a step of its own */
        run_more(1);
    expect_esr(EC_STEP + 1, DEBUG);
    ck_assert_uint_eq(board_get(board(), "ELR_EL1"), CODE + 4);
}
END_TEST

START_TEST(a_pending_interrupt_is_not_lost_while_stepping)
{
    enable_step();
    cpu_set_line(board()->cpu, CPU_LINE_IRQ, true);
    ck_assert_uint_eq(step_at_el0(enc_NOP(), SPSR_SS, 1), VECTORS + 0x480);
    ck_assert_uint_eq(board_get(board(), "SPSR_EL1") & SPSR_SS, SPSR_SS);
    ck_assert_uint_eq(board_get(board(), "ELR_EL1"), USER_CODE);
}
END_TEST

static void save_and_load(void)
{
    static uint64_t state[4096];
    ck_assert_uint_le(cpu_state_size(), sizeof(state));
    cpu_save(board()->cpu, state);
    cpu_reset(board()->cpu, BOARD_RAM);
    ck_assert(cpu_load(board()->cpu, state, cpu_state_size()));
}

START_TEST(stepping_survives_a_snapshot)
{
    bool check_point;
    enable_step();
    set_x(1, DATA);
    prepare_step(LDXR_X2_X1, SPSR_SS);
    cpu_step(board()->cpu, &check_point);
    save_and_load(); /* PSTATE.SS */
    cpu_step(board()->cpu, &check_point);
    ck_assert_uint_eq(cpu_get_pc(board()->cpu), USER_CODE + 4);
    save_and_load(); /* what the exception will say */
    run_more(1);
    expect_esr(EC_STEP, ISV | EX | DEBUG);
    ck_assert_uint_eq(board_get(board(), "ELR_EL1"), USER_CODE + 4);
}
END_TEST

/* -- registers -- */

START_TEST(the_os_lock_opens_the_saved_bits_of_mdscr)
{
    board_set(board(), "OSLAR_EL1", 1);
    board_set(board(), "MDSCR_EL1", UINT64_MAX);
    ck_assert_uint_eq(board_get(board(), "MDSCR_EL1"), 0x6ce0f041);
    board_set(board(), "MDSCR_EL1", 0);
    board_set(board(), "OSLAR_EL1", 0);
    board_set(board(), "MDSCR_EL1", UINT64_MAX);
    ck_assert_uint_eq(board_get(board(), "MDSCR_EL1"), 0xb001);
}
END_TEST

START_TEST(nobody_takes_a_word_from_the_comms_channel)
{
    ck_assert_uint_eq(board_get(board(), "MDCCSR_EL0"), 0);
    board_set(board(), "DBGDTRTX_EL0", 'x');
    ck_assert_uint_eq(board_get(board(), "MDCCSR_EL0"), 1u << 29);
    ck_assert_uint_eq(board_get(board(), "OSDTRTX_EL1"), 'x');
    board_set(board(), "DBGDTR_EL0", 0x1122334455667788);
    ck_assert_uint_eq(board_get(board(), "DBGDTRTX_EL0"), 0x11223344); /* reads are of DTRRX */
    ck_assert_uint_eq(board_get(board(), "OSDTRTX_EL1"), 0x55667788);
}
END_TEST

/* Arm ARM, DBGDTRRX_EL0 and DBGDTR_EL0: a read clears RXfull. What a debugger displays is no read.
 */
START_TEST(reading_a_word_of_the_comms_channel_takes_it)
{
    const uint32_t reads[] = { 0xd5330500,
                               0xd5330400 }; /* mrs x0, dbgdtrrx_el0; mrs x0, dbgdtr_el0 */
    for (unsigned i = 0; i < 2; i++) {
        board_set(board(), "OSLAR_EL1", 1);
        board_set(board(), "OSDTRRX_EL1", 'x');
        board_set(board(), "MDSCR_EL1", 3u << 29);
        board_set(board(), "OSLAR_EL1", 0);
        ck_assert_uint_eq(board_get(board(), "DBGDTRTX_EL0"), 'x');
        ck_assert_uint_eq(board_get(board(), "MDCCSR_EL0"), 3u << 29);
        run(reads[i]);
        ck_assert_uint_eq((uint32_t)x(0), 'x');
        ck_assert_uint_eq(board_get(board(), "MDCCSR_EL0"), 1u << 29);
    }
}
END_TEST

static void add(TCase *tc)
{
    tcase_add_test(tc, a_breakpoint_is_an_exception_before_its_instruction);
    tcase_add_test(tc, pmc_chooses_the_exception_levels);
    tcase_add_test(tc, another_address_at_the_same_page_offset_does_not_match);
    tcase_add_test(tc, breakpoints_can_be_locked_and_masked);
    tcase_add_test(tc, breakpoints_are_linked_to_contexts);
    tcase_add_test(tc, a_context_alone_matches_every_instruction);
    tcase_add_test(tc, a_watchpoint_is_an_exception_before_the_access);
    tcase_add_test(tc, bas_and_lsc_choose_bytes_and_directions);
    tcase_add_test(tc, invalidating_a_line_is_a_store_to_it);
    tcase_add_test(tc, a_mask_widens_a_watchpoint);
    tcase_add_test(tc, unprivileged_accesses_are_those_of_el0);
    tcase_add_test(tc, a_watchpoint_may_be_linked);
    tcase_add_test(tc, translation_faults_come_before_watchpoints);
    tcase_add_test(tc, one_instruction_is_stepped);
    tcase_add_test(tc, without_spsr_ss_the_step_is_pending_at_once);
    tcase_add_test(tc, an_exception_of_the_stepped_instruction_keeps_ss_unless_it_was_executed);
    tcase_add_test(tc, the_kernel_is_stepped_when_it_may_be);
    tcase_add_test(tc, a_pending_interrupt_is_not_lost_while_stepping);
    tcase_add_test(tc, stepping_survives_a_snapshot);
    tcase_add_test(tc, the_os_lock_opens_the_saved_bits_of_mdscr);
    tcase_add_test(tc, nobody_takes_a_word_from_the_comms_channel);
    tcase_add_test(tc, reading_a_word_of_the_comms_channel_takes_it);
}

int main(void)
{
    return insn_run_suite("cpu: self-hosted debug", add);
}
