/* SPDX-License-Identifier: MIT */
/*
 * Exception entry and return. Expected values: Arm ARM D1.10 ("Exception entry"), D1.11 ("Exception
 * return"), D13.2.37
 * ("ESR_EL1"), C5.2.18 ("SPSR_EL1").
 */
#include "cpu/exception.h"
#include "cpu/mem.h"
#include "tests/cpu/paging.h"

#define VECTORS 0x40020000ull
#define PC0     0x40001230ull

static struct board *b;
static struct cpu *cpu;

static void setup(void)
{
    b = board_create();
    cpu = b->cpu;
    board_set(b, "VBAR_EL1", VECTORS | 0x7ff); /* bits 10:0 are RES0 */
    cpu_set_pc(cpu, PC0);
}

static void teardown(void)
{
    board_destroy(b);
}

static void expect_entry(uint64_t offset, uint32_t esr, uint32_t spsr, uint64_t elr)
{
    ck_assert_uint_eq(cpu_get_pc(cpu), VECTORS + offset);
    ck_assert_uint_eq(board_get(b, "ESR_EL1"), esr);
    ck_assert_uint_eq(board_get(b, "SPSR_EL1"), spsr);
    ck_assert_uint_eq(board_get(b, "ELR_EL1"), elr);
    ck_assert_uint_eq(cpu_get_pstate(cpu) & 0x0fffffff,
                      0x3c5); /* EL1h, DAIF set, SS and IL clear */
}

START_TEST(vectors_depend_on_where_the_exception_comes_from)
{
    static const struct {
        uint32_t pstate;
        unsigned offset;
    } from[] = { { 0x4, 0x000 }, { 0x5, 0x200 }, { 0x0, 0x400 } };
    for (unsigned i = 0; i < 3; i++) {
        cpu_set_pstate(cpu, from[i].pstate);
        cpu_set_pc(cpu, PC0);
        exception_take(cpu, EC_SVC64, 7, PC0 + 4);
        expect_entry(from[i].offset, 0x15u << 26 | 1u << 25 | 7, from[i].pstate, PC0 + 4);
        for (unsigned line = 0; line < 2; line++) {
            cpu_set_pstate(cpu, from[i].pstate);
            cpu_set_line(cpu, line, true);
            ck_assert(exception_interrupt(cpu));
            ck_assert_uint_eq(cpu_get_pc(cpu),
                              VECTORS + from[i].offset + (line == CPU_LINE_IRQ ? 0x80 : 0x100));
            cpu_set_line(cpu, line, false);
        }
    }
}
END_TEST

START_TEST(entry_saves_flags_and_masks_and_switches_the_stack)
{
    board_set(b, "SP_EL1", 0x1110);
    cpu_set_pstate(cpu, 0xa0000140); /* N, C, A and F masked, EL0 */
    cpu_set_x(cpu, 31, 0x2220);
    ck_assert_uint_eq(cpu_get_el(cpu), 0);
    exception_undefined(cpu);
    expect_entry(0x400, 1u << 25, 0xa0000140, PC0);
    ck_assert_uint_eq(cpu_get_x(cpu, 31), 0x1110);
    ck_assert_uint_eq(board_get(b, "SP_EL0"), 0x2220);
    ck_assert_uint_eq(cpu_get_pstate(cpu) >> 28, 0xa); /* the flags stay */
    ck_assert_ptr_eq(cpu->dtlb, &cpu->tlbs->dtlb[1]);
    ck_assert_ptr_eq(cpu->ctlb, &cpu->tlbs->ctlb[1]);
}
END_TEST

START_TEST(masked_interrupts_wait)
{
    cpu_set_line(cpu, CPU_LINE_IRQ, true);
    cpu_set_pstate(cpu, 0x85);
    ck_assert(!exception_interrupt(cpu) && !cpu->interrupt);
    cpu_set_pstate(cpu, 0x45);
    ck_assert(cpu->interrupt);
    cpu_set_line(cpu, CPU_LINE_IRQ, false);
    ck_assert(!cpu->interrupt && !cpu_has_work(cpu));
    cpu_set_line(cpu, CPU_LINE_FIQ, true);
    ck_assert(!cpu->interrupt && cpu_has_work(cpu));
    cpu_set_pstate(cpu, 0x5);
    cpu_set_line(cpu, CPU_LINE_IRQ, true);
    ck_assert(exception_interrupt(cpu)); /* FIQ first */
    ck_assert_uint_eq(cpu_get_pc(cpu), VECTORS + 0x300);
    ck_assert(!exception_interrupt(cpu)); /* entry masks both */
}
END_TEST

/* ISS encoding for an exception from a Data Abort: DFSC [5:0], WnR [6], CM [8]. */
START_TEST(data_abort_syndromes)
{
    static const struct {
        struct fault fault;
        uint32_t iss;
    } cases[] = {
        { { .type = FAULT_TRANSLATION, .level = 0 }, 0x04 },
        { { .type = FAULT_TRANSLATION, .level = 3, .write = true }, 0x47 },
        { { .type = FAULT_ADDRESS_SIZE, .level = 2 }, 0x02 },
        { { .type = FAULT_ACCESS_FLAG, .level = 1 }, 0x09 },
        { { .type = FAULT_PERMISSION, .level = 3, .write = true }, 0x4f },
        { { .type = FAULT_EXTERNAL }, 0x10 },
        { { .type = FAULT_EXTERNAL_ON_WALK, .level = 1 }, 0x15 },
        { { .type = FAULT_ALIGNMENT }, 0x21 },
        { { .type = FAULT_UNSUPPORTED_EXCLUSIVE, .write = true }, 0x75 },
        { { .type = FAULT_TRANSLATION, .level = 2, .write = true, .cache_maintenance = true },
          0x146 },
    };
    for (unsigned i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        for (unsigned el = 0; el < 2; el++) {
            cpu_set_pstate(cpu, el ? 5 : 0);
            cpu_set_pc(cpu, PC0);
            cpu->fault = cases[i].fault;
            cpu->fault.va = 0xdead0000 + i;
            exception_data_abort(cpu);
            expect_entry(el ? 0x200 : 0x400, (el ? 0x25u : 0x24u) << 26 | 1u << 25 | cases[i].iss,
                         el ? 5 : 0, PC0);
            ck_assert_uint_eq(board_get(b, "FAR_EL1"), 0xdead0000 + i);
        }
    }
}
END_TEST

START_TEST(instruction_abort_syndromes)
{
    for (unsigned el = 0; el < 2; el++) {
        cpu_set_pstate(cpu, el ? 5 : 0);
        cpu_set_pc(cpu, PC0);
        cpu->fault = (struct fault){ .type = FAULT_PERMISSION, .level = 2, .va = PC0 };
        exception_instruction_abort(cpu);
        expect_entry(el ? 0x200 : 0x400, (el ? 0x21u : 0x20u) << 26 | 1u << 25 | 0x0e, el ? 5 : 0,
                     PC0);
        ck_assert_uint_eq(board_get(b, "FAR_EL1"), PC0);
    }
}
END_TEST

START_TEST(alignment_of_pc_and_sp_have_classes_of_their_own)
{
    cpu_set_pc(cpu, PC0 + 2);
    ck_assert_ptr_null(mem_fetch_page(cpu));
    exception_instruction_abort(cpu);
    expect_entry(0x200, 0x22u << 26 | 1u << 25, 0x400003c5, PC0 + 2);
    ck_assert_uint_eq(board_get(b, "FAR_EL1"), PC0 + 2);
    board_set(b, "SCTLR_EL1", 1u << 3);
    board_set(b, "FAR_EL1", 0x55);
    cpu_set_pc(cpu, PC0);
    cpu_set_x(cpu, 31, 0x40001008);
    ck_assert(!mem_load(cpu, 0x40001008, 8, MEM_SP_BASE));
    exception_data_abort(cpu);
    expect_entry(0x200, 0x26u << 26 | 1u << 25, 0x400003c5, PC0);
    ck_assert_uint_eq(board_get(b, "FAR_EL1"), 0x55);
}
END_TEST

static void eret(uint32_t spsr, uint64_t elr)
{
    board_set(b, "SPSR_EL1", spsr);
    board_set(b, "ELR_EL1", elr);
    exception_return(cpu);
}

START_TEST(return_restores_pstate_and_stack)
{
    cpu_set_x(cpu, 31, 0x1110);
    board_set(b, "SP_EL0", 0x2220);
    cpu->exclusive.armed = true;
    eret(0x60000240, 0x40003000);
    ck_assert_uint_eq(cpu_get_pc(cpu), 0x40003000);
    ck_assert_uint_eq(cpu_get_pstate(cpu), 0x60000240);
    ck_assert_uint_eq(cpu_get_x(cpu, 31), 0x2220);
    ck_assert_uint_eq(board_get(b, "SP_EL1"), 0x1110);
    ck_assert(!cpu->exclusive.armed);
    ck_assert(cpu->event); /* SendEventLocal */
    ck_assert_ptr_eq(cpu->dtlb, &cpu->tlbs->dtlb[0]);
}
END_TEST

START_TEST(return_to_el1_with_either_stack)
{
    eret(0x4, 0x40003000);
    ck_assert_uint_eq(cpu_get_pstate(cpu), 0x4);
    eret(0x5, 0x40003000);
    ck_assert_uint_eq(cpu_get_pstate(cpu), 0x5);
}
END_TEST

/* Arm ARM D1.11.4, "Illegal return events from AArch64 state". */
START_TEST(illegal_returns_set_il_and_stay)
{
    static const uint32_t modes[] = { 0x1, 0x2, 0x6, 0x7, 0x8, 0x9, 0xc, 0xd, 0x10, 0x13, 0x1f };
    for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        cpu_set_pstate(cpu, 0x3c5);
        eret(0x90000080 | modes[i], 0x40003000);
        ck_assert_uint_eq(cpu_get_pstate(cpu), 0x90000080 | 1u << 20 | 5);
        ck_assert_uint_eq(cpu_get_pc(cpu), 0x40003000);
        cpu->il = 0;
    }
    eret(1u << 20 | 0x5, 0x40003000); /* a legal one may set IL too */
    ck_assert_uint_eq(cpu_get_pstate(cpu), 1u << 20 | 5);
}
END_TEST

START_TEST(the_next_instruction_after_an_illegal_return_is_not_executed)
{
    const uint32_t nop = 0xd503201f;
    bool check_point;
    board_code(b, 0x40003000, &nop, 1);
    eret(0x3c9, 0x40003000);
    ck_assert_int_eq(cpu_step(cpu, &check_point), CPU_EXIT_STEPPED);
    expect_entry(0x200, 0x0eu << 26 | 1u << 25, 0x3c5 | 1u << 20, 0x40003000);
}
END_TEST

START_TEST(a_tagged_return_address_loses_its_tag)
{
    board_set(b, "TCR_EL1", TCR_TBI0);
    eret(0x3c5, 0x5a00000040003000);
    ck_assert_uint_eq(cpu_get_pc(cpu), 0x40003000);
}
END_TEST

START_TEST(pstate_from_a_debugger_keeps_to_modes_that_exist)
{
    cpu_set_pstate(cpu, 0xf00003c9); /* EL2h */
    ck_assert_uint_eq(cpu_get_pstate(cpu), 0xf00003c5);
    cpu_set_pstate(cpu, 0x10); /* AArch32 User */
    ck_assert_uint_eq(cpu_get_pstate(cpu), 0x5);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("exception");
    TCase *tc = tcase_create("exception");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, vectors_depend_on_where_the_exception_comes_from);
    tcase_add_test(tc, entry_saves_flags_and_masks_and_switches_the_stack);
    tcase_add_test(tc, masked_interrupts_wait);
    tcase_add_test(tc, data_abort_syndromes);
    tcase_add_test(tc, instruction_abort_syndromes);
    tcase_add_test(tc, alignment_of_pc_and_sp_have_classes_of_their_own);
    tcase_add_test(tc, return_restores_pstate_and_stack);
    tcase_add_test(tc, return_to_el1_with_either_stack);
    tcase_add_test(tc, illegal_returns_set_il_and_stay);
    tcase_add_test(tc, the_next_instruction_after_an_illegal_return_is_not_executed);
    tcase_add_test(tc, a_tagged_return_address_loses_its_tag);
    tcase_add_test(tc, pstate_from_a_debugger_keeps_to_modes_that_exist);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
