/* SPDX-License-Identifier: MIT */
/*
 * Exception generation, hints, barriers and system instructions, as instructions: the registers
 * behind them are tested in test_sysreg.c. Rules: Arm ARM C6.2 by instruction, D13 "ESR_EL1".
 */
#include "tests/cpu/insn.h"

#define SCTLR_UMA  (1u << 9)
#define SCTLR_DZE  (1u << 14)
#define SCTLR_NTWI (1u << 16)
#define SCTLR_NTWE (1u << 18)

enum { EC_TRAPPED_WFX = 0x01, EC_SVC = 0x15, EC_TRAPPED_SYSTEM = 0x18, EC_BRK = 0x3c };

static void sctlr(uint64_t set, uint64_t clear)
{
    board_set(board(), "SCTLR_EL1", (board_get(board(), "SCTLR_EL1") | set) & ~clear);
}

static void at_el(unsigned el)
{
    board_set_el(board(), el);
}

/* The ISS of a trapped system register access. */
static uint32_t iss(unsigned op0, unsigned op1, unsigned crn, unsigned crm, unsigned op2,
                    unsigned rt, bool read)
{
    return op0 << 20 | op2 << 17 | op1 << 14 | crn << 10 | rt << 5 | crm << 1 | read;
}

/* -- exception generation -- */

START_TEST(svc_returns_to_the_next_instruction)
{
    for (unsigned el = 0; el < 2; el++) {
        at_el(el);
        ck_assert_uint_eq(run_to(enc_SVC(0xabcd)), VECTORS + (el ? 0x200 : 0x400));
        ck_assert_uint_eq(board_get(board(), "ESR_EL1"), EC_SVC << 26 | 1u << 25 | 0xabcd);
        ck_assert_uint_eq(board_get(board(), "ELR_EL1"), CODE + 4);
        ck_assert_uint_eq(cpu_get_el(board()->cpu), 1);
    }
}
END_TEST

START_TEST(brk_returns_to_itself)
{
    for (unsigned el = 0; el < 2; el++) {
        at_el(el);
        expect_exception(enc_BRK(0x1234), EC_BRK, 0x1234);
    }
}
END_TEST

START_TEST(hvc_and_smc_from_el1_reach_the_machine)
{
    run(enc_HVC(0x4321));
    ck_assert_uint_eq(board()->calls, 1);
    ck_assert_uint_eq(board()->call_imm, 0x4321);
    ck_assert(!board()->call_smc);
    run(enc_SMC(7));
    ck_assert_uint_eq(board()->calls, 2);
    ck_assert(board()->call_smc);
}
END_TEST

START_TEST(hvc_and_smc_are_undefined_at_el0_and_where_nobody_serves_them)
{
    at_el(0);
    expect_undefined(enc_HVC(0));
    at_el(0);
    expect_undefined(enc_SMC(0));
    ck_assert_uint_eq(board()->calls, 0);
    board()->no_conduit = true;
    expect_undefined(enc_HVC(0));
    expect_undefined(enc_SMC(0));
    ck_assert_uint_eq(board()->calls, 2);
}
END_TEST

START_TEST(halting_debug_instructions_are_undefined)
{
    expect_undefined(enc_HLT(0));
    expect_undefined(enc_DCPS1(0));
    expect_undefined(enc_DCPS2(0));
    expect_undefined(enc_DCPS3(0));
    expect_undefined(enc_DRPS());
}
END_TEST

START_TEST(eret_is_undefined_at_el0)
{
    at_el(0);
    expect_undefined(enc_ERET());
}
END_TEST

START_TEST(eret_goes_where_elr_says)
{
    board_set(board(), "SPSR_EL1", 0x60000000); /* Z and C, EL0 */
    board_set(board(), "ELR_EL1", CODE + 0x80);
    ck_assert_uint_eq(run_to(enc_ERET()), CODE + 0x80);
    ck_assert_uint_eq(cpu_get_el(board()->cpu), 0);
    ck_assert_uint_eq(flags(), Z | C);
}
END_TEST

/* -- hints -- */

START_TEST(unallocated_hints_are_nops)
{
    for (unsigned number = 6; number < 128; number++)
        run(enc_HINT(number >> 3, number & 7));
    run(enc_NOP());
}
END_TEST

START_TEST(wfi_waits_behind_itself)
{
    run(enc_WFI());
    ck_assert_int_eq(last_exit(), CPU_EXIT_WFI);
}
END_TEST

START_TEST(wfi_goes_on_while_an_interrupt_is_pending_though_masked)
{
    cpu_set_line(board()->cpu, CPU_LINE_IRQ, true);
    run(enc_WFI());
    ck_assert_int_ne(last_exit(), CPU_EXIT_WFI);
}
END_TEST

START_TEST(wfi_at_el0_traps_without_ntwi_where_it_would_wait)
{
    sctlr(SCTLR_NTWI, 0);
    at_el(0);
    run(enc_WFI());
    ck_assert_int_eq(last_exit(), CPU_EXIT_WFI);
    sctlr(0, SCTLR_NTWI);
    expect_exception(enc_WFI(), EC_TRAPPED_WFX, 1u << 24 | 0xeu << 20 | 0);
    cpu_set_pstate(board()->cpu, 0x3c0); /* EL0, masked */
    cpu_set_line(board()->cpu, CPU_LINE_IRQ, true);
    run(enc_WFI());
    ck_assert_int_ne(last_exit(), CPU_EXIT_WFI);
}
END_TEST

START_TEST(wfe_consumes_the_event_or_waits)
{
    run(enc_SEVL());
    run(enc_WFE());
    ck_assert_int_ne(last_exit(), CPU_EXIT_WFE);
    run(enc_WFE());
    ck_assert_int_eq(last_exit(), CPU_EXIT_WFE);
    run(enc_SEV()); /* by way of the machine */
    run(enc_WFE());
    ck_assert_int_ne(last_exit(), CPU_EXIT_WFE);
}
END_TEST

START_TEST(wfe_at_el0_traps_without_ntwe_where_it_would_wait)
{
    sctlr(0, SCTLR_NTWE);
    at_el(0);
    expect_exception(enc_WFE(), EC_TRAPPED_WFX, 1u << 24 | 0xeu << 20 | 1);
    at_el(0);
    run(enc_SEVL());
    run(enc_WFE());
    sctlr(SCTLR_NTWE, 0);
    run(enc_WFE());
    ck_assert_int_eq(last_exit(), CPU_EXIT_WFE);
}
END_TEST

START_TEST(yield_tells_the_machine)
{
    run(enc_YIELD());
    ck_assert_int_eq(last_exit(), CPU_EXIT_YIELD);
}
END_TEST

START_TEST(barriers_fall_through_at_every_el)
{
    for (unsigned el = 0; el < 2; el++) {
        at_el(el);
        for (unsigned option = 0; option < 16; option++) {
            run(enc_DMB(option));
            run(enc_DSB(option));
            run(enc_ISB(option));
            run(enc_CLREX(option));
        }
    }
}
END_TEST

/* -- PSTATE -- */

static unsigned daif(void)
{
    return cpu_get_pstate(board()->cpu) >> 6 & 15;
}

START_TEST(daif_is_set_cleared_written_and_read)
{
    run(enc_MSR_imm(3, 15, 7)); /* msr daifclr, #15 */
    ck_assert_uint_eq(daif(), 0);
    run(enc_MSR_imm(3, 5, 6)); /* msr daifset, #5 */
    ck_assert_uint_eq(daif(), 5);
    run(enc_MRS(1, 3, 4, 2, 1, 0));
    ck_assert_uint_eq(x(0), 5 << 6);
    run(enc_MSR_imm(3, 4, 7));
    ck_assert_uint_eq(daif(), 1);
    set_x(0, 0xfffffffffffffe3f);
    run(enc_MSR_reg(1, 3, 4, 2, 1, 0));
    ck_assert_uint_eq(daif(), 8);
    run(enc_MSR_reg(1, 3, 4, 2, 1, 31));
    ck_assert_uint_eq(daif(), 0);
}
END_TEST

START_TEST(daif_at_el0_traps_without_uma)
{
    sctlr(0, SCTLR_UMA);
    at_el(0);
    expect_exception(enc_MRS(1, 3, 4, 2, 1, 7), EC_TRAPPED_SYSTEM, iss(3, 3, 4, 2, 1, 7, true));
    at_el(0);
    expect_exception(enc_MSR_reg(1, 3, 4, 2, 1, 7), EC_TRAPPED_SYSTEM,
                     iss(3, 3, 4, 2, 1, 7, false));
    at_el(0);
    expect_exception(enc_MSR_imm(3, 5, 6), EC_TRAPPED_SYSTEM, iss(0, 3, 4, 5, 6, 31, false));
    at_el(0);
    expect_exception(enc_MSR_imm(3, 5, 7), EC_TRAPPED_SYSTEM, iss(0, 3, 4, 5, 7, 31, false));
    sctlr(SCTLR_UMA, 0);
    cpu_set_pstate(board()->cpu, 0);
    run(enc_MSR_imm(3, 5, 6));
    ck_assert_uint_eq(daif(), 5);
    run(enc_MRS(1, 3, 4, 2, 1, 0));
    ck_assert_uint_eq(x(0), 5 << 6);
    run(enc_MSR_imm(3, 15, 7));
    ck_assert_uint_eq(daif(), 0);
    run(enc_MSR_reg(1, 3, 4, 2, 1, 0));
    ck_assert_uint_eq(daif(), 5);
}
END_TEST

/* Whichever way the mask is cleared, the interrupt comes before the next instruction. */
START_TEST(a_pending_interrupt_is_taken_when_unmasked)
{
    const uint32_t ways[] = { enc_MSR_imm(3, 2, 7), enc_MSR_reg(1, 3, 4, 2, 1, 31) };
    for (unsigned i = 0; i < 2; i++) {
        cpu_set_pstate(board()->cpu, 0x3c5);
        cpu_set_line(board()->cpu, CPU_LINE_IRQ, true);
        uint64_t pc = run_to(ways[i]);
        if (pc == CODE + 4) {
            run_count(1);
            pc = cpu_get_pc(board()->cpu);
        }
        ck_assert_uint_eq(pc, VECTORS + 0x280);
        ck_assert_uint_eq(board_get(board(), "ELR_EL1"), CODE + 4);
    }
}
END_TEST

START_TEST(nzcv_is_readable_and_writable_everywhere)
{
    for (unsigned el = 0; el < 2; el++) {
        at_el(el);
        for (unsigned nzcv = 0; nzcv < 16; nzcv++) {
            set_x(1, 0xabcdef000fffffff | (uint64_t)nzcv << 28);
            run(enc_MSR_reg(1, 3, 4, 2, 0, 1));
            ck_assert_uint_eq(flags(), nzcv);
            run(enc_MRS(1, 3, 4, 2, 0, 0));
            ck_assert_uint_eq(x(0), (uint64_t)nzcv << 28);
        }
    }
    set_x(2, 5);
    run(enc_SUBS_imm(1, 0, 5, 2, 3));
    run(enc_MRS(1, 3, 4, 2, 0, 0)); /* flags that an instruction made */
    ck_assert_uint_eq(x(0), (Z | C) << 28);
}
END_TEST

START_TEST(spsel_switches_stack_pointers)
{
    set_x(SP, 0x1110);
    board_set(board(), "SP_EL0", 0x2220);
    run(enc_MRS(1, 0, 4, 1, 0, 0)); /* SP_EL0, at EL1h */
    ck_assert_uint_eq(x(0), 0x2220);
    run(enc_MSR_imm(0, 0, 5));
    ck_assert_uint_eq(x(SP), 0x2220);
    expect_undefined(
        enc_MRS(1, 0, 4, 1, 0, 0)); /* it is the current SP; the exception selects SP_EL1 */
    ck_assert_uint_eq(x(SP), 0x1110);
    run(enc_MSR_imm(0, 0, 5));
    run(enc_MSR_imm(0, 1, 5));
    ck_assert_uint_eq(x(SP), 0x1110);
    at_el(0);
    expect_undefined(enc_MSR_imm(0, 0, 5));
    at_el(0);
    expect_undefined(enc_MRS(1, 0, 4, 1, 0, 0));
}
END_TEST

START_TEST(later_pstate_fields_are_undefined)
{
    for (unsigned i = 0; i < 64; i++) {
        unsigned op1 = i >> 3, op2 = i & 7;
        bool spsel = op1 == 0 && op2 == 5, daif_field = op1 == 3 && op2 >= 6;
        if (!spsel && !daif_field)
            expect_undefined(enc_MSR_imm(op1, 1, op2)); /* PAN is 0, 4; UAO 0, 3; CFINV 0, 0 */
    }
}
END_TEST

/* -- system registers -- */

/* Decoded at EL1, executed at EL0: a record knows no exception level. */
START_TEST(el0_may_not_read_what_el1_has_decoded)
{
    static const uint32_t registers[] = { 0xd538c000, 0xd5382000, 0xd5384100, 0xd53b4220,
                                          0xd5380000 };
    sctlr(0, SCTLR_UMA); /* VBAR_EL1, TTBR0_EL1, SP_EL0, DAIF, MIDR_EL1 */
    for (unsigned i = 0; i < 5; i++) {
        run(registers[i]);
        at_el(0);
        cpu_set_pc(board()->cpu, CODE);
        cpu_run(board()->cpu, cpu_count(board()->cpu) + 1);
        ck_assert_uint_eq(cpu_get_pc(board()->cpu), VECTORS + 0x400);
        ck_assert_uint_eq(board_get(board(), "ELR_EL1"), CODE);
    }
}
END_TEST

START_TEST(msr_and_mrs_move_a_register)
{
    set_x(1, 0x123456789abcdef0);
    run(enc_MSR_reg(1, 3, 13, 0, 2, 1)); /* TPIDR_EL0 */
    run(enc_MRS(1, 3, 13, 0, 2, 0));
    ck_assert_uint_eq(x(0), 0x123456789abcdef0);
    at_el(0);
    run(enc_MSR_reg(1, 3, 13, 0, 2, 31));
    run(enc_MRS(1, 3, 13, 0, 2, 0));
    ck_assert_uint_eq(x(0), 0);
    set_x(SP, 0x7770);
    run(enc_MRS(1, 3, 13, 0, 2, 31)); /* discarded */
    ck_assert_uint_eq(x(SP), 0x7770);
    expect_undefined(enc_MSR_reg(1, 3, 13, 0, 3, 1)); /* TPIDRRO_EL0 */
}
END_TEST

START_TEST(unallocated_registers_and_operations_are_undefined)
{
    set_x(0, 0x55);
    expect_undefined(enc_MRS(1, 7, 15, 15, 7, 0));
    expect_undefined(enc_MSR_reg(1, 7, 15, 15, 7, 0));
    expect_undefined(enc_SYS(0, 7, 15, 7, 0));
    expect_undefined(enc_SYSL(0, 7, 1, 0, 0));
    ck_assert_uint_eq(x(0), 0x55);
}
END_TEST

/* -- DC ZVA -- */

#define DC_ZVA enc_SYS(3, 7, 4, 1, 1)

START_TEST(dc_zva_zeroes_the_block_that_holds_the_address)
{
    map_memory();
    for (unsigned again = 0; again < 2; again++) {
        for (unsigned i = 0; i < 192; i += 8)
            board_write(board(), DATA + i, UINT64_MAX);
        set_x(1, FIRST + 64 + 63);
        run(DC_ZVA);
        for (unsigned i = 0; i < 192; i += 8)
            ck_assert_uint_eq(board_read(board(), DATA + i), i / 64 == 1 ? 0 : UINT64_MAX);
        ck_assert_uint_eq(x(1), FIRST + 127);
    }
}
END_TEST

/* RAM may be executed at both levels, so nobody may write it there; x1 points to memory of EL0. */
START_TEST(dc_zva_at_el0_traps_without_dze)
{
    struct paging p = map_memory();
    paging_map(&p, BOARD_RAM, 2, BOARD_RAM | D_BLOCK | D_AF | D_SH | D_USER | D_RO);
    sctlr(SCTLR_DZE, 0);
    for (unsigned again = 0; again < 3; again++) {
        board_write(board(), DATA + 0x6000, 1);
        at_el(0);
        set_x(1, USER);
        run(DC_ZVA);
        ck_assert_uint_eq(board_read(board(), DATA + 0x6000), 0);
    }
    sctlr(0, SCTLR_DZE);
    board_write(board(), DATA + 0x6000, 1);
    set_x(0, 0);
    run(enc_STRB_uimm(1, 1, 0)); /* a store fills the soft TLB in any case */
    expect_exception(DC_ZVA, EC_TRAPPED_SYSTEM, iss(1, 3, 7, 4, 1, 1, false));
    ck_assert_uint_eq(board_read(board(), DATA + 0x6000), 1);
}
END_TEST

START_TEST(dc_zva_faults_like_a_store)
{
    map_memory();
    set_x(1, UNMAPPED + 5);
    expect_exception(DC_ZVA, 0x25, 1u << 6 | 7);
    ck_assert_uint_eq(board_get(board(), "FAR_EL1"), UNMAPPED + 5);
    set_x(1, READ_ONLY);
    expect_exception(DC_ZVA, 0x25, 1u << 6 | 15);
    set_x(1, DEVICE);
    expect_exception(DC_ZVA, 0x25, 1u << 6 | 0x21);
}
END_TEST

/* -- writes that change what follows -- */

START_TEST(a_write_to_sctlr_is_seen_by_the_next_access)
{
    map_memory();
    const uint64_t on = board_get(board(), "SCTLR_EL1");
    set_x(1, FIRST);
    set_x(2, on & ~1ull);
    set_x(3, on);
    board_write(board(), DATA, 0x77);
    run(enc_LDR_uimm(1, 0, 1, 0));
    ck_assert_uint_eq(x(0), 0x77);
    run(enc_MSR_reg(1, 0, 1, 0, 0, 2));
    expect_exception(enc_LDR_uimm(1, 0, 1, 0), 0x25, 0x10); /* nothing at physical FIRST */
    run(enc_MSR_reg(1, 0, 1, 0, 0, 3));
    run(enc_LDR_uimm(1, 0, 1, 0));
    ck_assert_uint_eq(x(0), 0x77);
}
END_TEST

START_TEST(cpacr_turns_floating_point_on_and_off)
{
    const uint32_t fmov = 0x9e670020; /* fmov d0, x1 */
    set_x(2, 3u << 20);
    run(enc_MSR_reg(1, 0, 1, 0, 2, 31));
    expect_exception(fmov, 0x07, 1u << 24 | 0xeu << 20);
    run(enc_MSR_reg(1, 0, 1, 0, 2, 2));
    run(fmov);
    at_el(0);
    run(fmov);
    board_set(board(), "CPACR_EL1", 1u << 20); /* EL0 only is trapped */
    expect_exception(fmov, 0x07, 1u << 24 | 0xeu << 20);
    run(fmov);
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, svc_returns_to_the_next_instruction);
    tcase_add_test(tc, brk_returns_to_itself);
    tcase_add_test(tc, hvc_and_smc_from_el1_reach_the_machine);
    tcase_add_test(tc, hvc_and_smc_are_undefined_at_el0_and_where_nobody_serves_them);
    tcase_add_test(tc, halting_debug_instructions_are_undefined);
    tcase_add_test(tc, eret_is_undefined_at_el0);
    tcase_add_test(tc, eret_goes_where_elr_says);
    tcase_add_test(tc, unallocated_hints_are_nops);
    tcase_add_test(tc, wfi_waits_behind_itself);
    tcase_add_test(tc, wfi_goes_on_while_an_interrupt_is_pending_though_masked);
    tcase_add_test(tc, wfi_at_el0_traps_without_ntwi_where_it_would_wait);
    tcase_add_test(tc, wfe_consumes_the_event_or_waits);
    tcase_add_test(tc, wfe_at_el0_traps_without_ntwe_where_it_would_wait);
    tcase_add_test(tc, yield_tells_the_machine);
    tcase_add_test(tc, barriers_fall_through_at_every_el);
    tcase_add_test(tc, daif_is_set_cleared_written_and_read);
    tcase_add_test(tc, daif_at_el0_traps_without_uma);
    tcase_add_test(tc, a_pending_interrupt_is_taken_when_unmasked);
    tcase_add_test(tc, nzcv_is_readable_and_writable_everywhere);
    tcase_add_test(tc, spsel_switches_stack_pointers);
    tcase_add_test(tc, later_pstate_fields_are_undefined);
    tcase_add_test(tc, el0_may_not_read_what_el1_has_decoded);
    tcase_add_test(tc, msr_and_mrs_move_a_register);
    tcase_add_test(tc, unallocated_registers_and_operations_are_undefined);
    tcase_add_test(tc, dc_zva_zeroes_the_block_that_holds_the_address);
    tcase_add_test(tc, dc_zva_at_el0_traps_without_dze);
    tcase_add_test(tc, dc_zva_faults_like_a_store);
    tcase_add_test(tc, a_write_to_sctlr_is_seen_by_the_next_access);
    tcase_add_test(tc, cpacr_turns_floating_point_on_and_off);
}

int main(void)
{
    return insn_run_suite("system", add_tests);
}
