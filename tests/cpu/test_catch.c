/* SPDX-License-Identifier: MIT */
/* Exceptions that somebody wants to hear of: the run ends at the vector, nothing else changes. */
#include "cpu/catch.h"
#include "tests/cpu/paging.h"

#define CODE (BOARD_RAM + 0x1000)

static struct board *b;

static void setup(void)
{
    b = board_create();
}

static void teardown(void)
{
    board_destroy(b);
}

#define SVC_0 0xd4000001
#define UDF_0 0x00000000
#define BRK_0 0xd4200000
#define ERET  0xd69f03e0
#define B_0   0x14000000

static void start(uint32_t word, uint32_t pstate)
{
    const uint32_t code[] = { word, B_0 };
    const uint32_t vectors[] = { B_0 };
    board_code(b, CODE, code, 2);
    for (unsigned i = 0; i < 16; i++)
        board_code(b, BOARD_RAM + 0x2000 + 0x80 * i, vectors, 1);
    board_set(b, "VBAR_EL1", BOARD_RAM + 0x2000);
    cpu_set_pstate(b->cpu, pstate);
    cpu_set_pc(b->cpu, CODE);
}

/* Runs; what was caught, with the run at an end there. */
static unsigned caught(unsigned want)
{
    cpu_set_catch(b->cpu, want);
    enum cpu_exit exit = cpu_run(b->cpu, cpu_count(b->cpu) + 100);
    unsigned caught = cpu_take_caught(b->cpu);
    ck_assert_int_eq(exit, caught ? CPU_EXIT_REQUESTED : CPU_EXIT_BUDGET);
    ck_assert_uint_eq(cpu_take_caught(b->cpu), 0);
    return caught;
}

START_TEST(a_caught_exception_stops_at_its_vector)
{
    start(SVC_0, 0);
    ck_assert_uint_eq(caught(CPU_CATCH_SVC), CPU_CATCH_SVC | CPU_CATCH_EL0);
    ck_assert_uint_eq(cpu_get_pc(b->cpu), BOARD_RAM + 0x2400);
    start(UDF_0, 5);
    ck_assert_uint_eq(caught(CPU_CATCH_ENTRIES), CPU_CATCH_UNDEF | CPU_CATCH_EL1);
    ck_assert_uint_eq(cpu_get_pc(b->cpu), BOARD_RAM + 0x2200);
    start(BRK_0, 5);
    ck_assert_uint_eq(caught(CPU_CATCH_OTHER), CPU_CATCH_OTHER | CPU_CATCH_EL1);
}
END_TEST

START_TEST(what_nobody_wants_is_not_caught)
{
    start(SVC_0, 0);
    ck_assert_uint_eq(caught(CPU_CATCH_UNDEF | CPU_CATCH_EL1 | CPU_CATCH_RETURN), 0);
    start(SVC_0, 0);
    ck_assert_uint_eq(caught(0), 0);
}
END_TEST

START_TEST(interrupts_are_caught)
{
    start(B_0, 5);
    cpu_set_line(b->cpu, CPU_LINE_IRQ, true);
    ck_assert_uint_eq(caught(CPU_CATCH_IRQ), CPU_CATCH_IRQ | CPU_CATCH_EL1);
    ck_assert_uint_eq(cpu_get_pc(b->cpu), BOARD_RAM + 0x2280);
}
END_TEST

START_TEST(a_caught_return_stops_where_it_leads)
{
    start(ERET, 0x3c5);
    board_set(b, "SPSR_EL1", 0);
    board_set(b, "ELR_EL1", CODE + 4);
    ck_assert_uint_eq(caught(CPU_CATCH_RETURN), CPU_CATCH_RETURN);
    ck_assert_uint_eq(cpu_get_pc(b->cpu), CODE + 4);
    ck_assert_uint_eq(cpu_get_el(b->cpu), 0);
}
END_TEST

START_TEST(a_step_into_an_exception_is_caught)
{
    bool check_point;
    start(SVC_0, 0);
    cpu_set_catch(b->cpu, CPU_CATCH_ENTRIES);
    ck_assert_int_eq(cpu_step(b->cpu, &check_point), CPU_EXIT_STEPPED);
    ck_assert_uint_eq(cpu_take_caught(b->cpu), CPU_CATCH_SVC | CPU_CATCH_EL0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("catch");
    TCase *tc = tcase_create("catch");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_caught_exception_stops_at_its_vector);
    tcase_add_test(tc, what_nobody_wants_is_not_caught);
    tcase_add_test(tc, interrupts_are_caught);
    tcase_add_test(tc, a_caught_return_stops_where_it_leads);
    tcase_add_test(tc, a_step_into_an_exception_is_caught);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
