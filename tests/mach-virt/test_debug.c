/* SPDX-License-Identifier: MIT */
/* Steps, breakpoints and catchpoints on a whole board, turn by turn and without a client. */
#include <string.h>

#include "cpu/catch.h"
#include "mach-virt/debug.h"
#include "tests/mach-virt/rig.h"

#define CODE    0x40080000u
#define VECTORS 0x40081000u
#define LINKED                                                                                     \
    UINT64_C(0xffff800008080000)   /* any multiple of 128 MiB, and the place's text offset */
#define EL1_SYNC (VECTORS + 0x200) /* from EL1 with SP_EL1 */
#define EL1_IRQ  (VECTORS + 0x280)

/* clang-format off: one instruction a line */
static const uint32_t calls_and_faults[] = {
    0xd4000001, /*  0 svc #0 */
    0xf9400001, /*  4 ldr x1, [x0]    x0 is 0: nothing answers there */
    0xd503207f, /*  8 wfi */
    0xc85f7c41, /*  c ldxr x1, [x2] */
    0x91000421, /* 10 add x1, x1, #1 */
    0xc8037c41, /* 14 stxr w3, x1, [x2] */
    0x14000000, /* 18 b . */
};
static const uint32_t count_and_return[] = {
    0x910004a5, /* add x5, x5, #1 */
    0xaa0203e0, /* mov x0, x2       mends the load */
    0xd69f03e0, /* eret */
};
/* clang-format on */

static struct rig rig;
static struct debug debug;
static struct cpu *cpu;

static void put(uint64_t pa, const uint32_t *words, size_t size)
{
    memcpy(ram_map(&rig.virt.ram, pa, size), words, size);
}

static void setup(void)
{
    struct error error;
    rig_init(&rig, 1);
    rig_start(&rig, calls_and_faults, sizeof(calls_and_faults) / 4);
    ck_assert(debug_open(&debug, &rig.config, NULL, NULL, &rig.virt, &error));
    cpu = rig.virt.cpu[0];
    put(EL1_SYNC, count_and_return, sizeof(count_and_return));
    put(EL1_IRQ, count_and_return, sizeof(count_and_return));
    ck_assert(cpu_set_sysreg(cpu, "VBAR_EL1", VECTORS));
    cpu_set_pc(cpu, CODE);
    cpu_set_x(cpu, 2, 0x40090000);
}

static void teardown(void)
{
    debug_close(&debug);
    rig_free(&rig);
}

static void expect_pc(uint64_t pc)
{
    ck_assert_uint_eq(cpu_get_pc(cpu), pc);
}

/* As many turns as it takes, then where the processor is. */
static void step_to(uint64_t pc)
{
    debug.action[0] = GDB_STEP;
    debug.happened[0] = false;
    for (unsigned i = 0; i < 10 && !debug.happened[0]; i++)
        debug_turn(&debug, 0, cpu_count(cpu) + 1000);
    ck_assert(debug.happened[0]);
    expect_pc(pc);
}

START_TEST(a_step_goes_into_an_exception)
{
    step_to(EL1_SYNC);
    ck_assert_uint_eq(cpu_get_x(cpu, 5), 0);
}
END_TEST

START_TEST(a_step_goes_over_an_exception_when_told_to)
{
    debug.step_exceptions = false;
    step_to(CODE + 4);
    ck_assert_uint_eq(cpu_get_x(cpu, 5), 1);
}
END_TEST

/* The handler returns to the load, which is executed again. */
START_TEST(a_step_over_a_fault_repeats_the_instruction)
{
    debug.step_exceptions = false;
    cpu_set_pc(cpu, CODE + 4);
    cpu_set_x(cpu, 1, 1);
    step_to(CODE + 8);
    ck_assert_uint_eq(cpu_get_x(cpu, 5), 1);
    ck_assert_uint_eq(cpu_get_x(cpu, 1), 0);
}
END_TEST

START_TEST(wfi_is_stepped_over)
{
    cpu_set_pc(cpu, CODE + 8);
    step_to(CODE + 0xc);
}
END_TEST

START_TEST(an_exclusive_pair_can_be_stepped_through)
{
    cpu_set_pc(cpu, CODE + 0xc);
    cpu_set_x(cpu, 3, 7);
    for (uint64_t pc = CODE + 0x10; pc <= CODE + 0x18; pc += 4)
        step_to(pc);
    ck_assert_uint_eq(cpu_get_x(cpu, 3), 0); /* stored */
    ck_assert_uint_eq(*ram_map(&rig.virt.ram, 0x40090000, 8), 1);
}
END_TEST

START_TEST(a_step_leaves_interrupts_pending_unless_told_otherwise)
{
    cpu_set_pstate(cpu, 5); /* EL1h, nothing masked */
    cpu_set_pc(cpu, CODE + 0x10);
    cpu_set_line(cpu, CPU_LINE_IRQ, true);
    step_to(CODE + 0x14);
    debug.step_interrupts = true;
    step_to(EL1_IRQ);
}
END_TEST

START_TEST(a_caught_exception_stops_at_its_vector)
{
    debug_set_catch(&debug, CPU_CATCH_SVC);
    debug_turn(&debug, 0, cpu_count(cpu) + 1000);
    expect_pc(EL1_SYNC);
    ck_assert(debug.happened[0]);
    ck_assert_uint_eq(debug.caught[0], CPU_CATCH_SVC | CPU_CATCH_EL1);
    debug_set_catch(&debug, 0);
    cpu_set_pc(cpu, CODE + 0x18);
    debug.happened[0] = false;
    debug_turn(&debug, 0, cpu_count(cpu) + 1000);
    ck_assert(!debug.happened[0]);
}
END_TEST

START_TEST(a_breakpoint_on_a_link_address_is_hit_in_physical_memory)
{
    rig.virt.guest_kernel.size = 0x1000;
    cpu_set_pc(cpu, CODE + 0xc);
    ck_assert(debug_add_breakpoint(&debug, LINKED + 0x14));
    ck_assert_int_eq(debug_turn(&debug, 0, cpu_count(cpu) + 1000), CPU_EXIT_BREAKPOINT);
    expect_pc(CODE + 0x14);
    ck_assert_uint_eq(debug.alias[0], LINKED + 0x14);
    ck_assert_int_eq(debug.event[0].reason, GDB_STOP_SIGNAL); /* gdb knows no breakpoint there */
    ck_assert(debug_remove_breakpoint(&debug, LINKED + 0x14));
    ck_assert(!debug_remove_breakpoint(&debug, LINKED + 0x14));
    cpu_set_pc(cpu, CODE + 0xc);
    ck_assert_int_eq(debug_turn(&debug, 0, cpu_count(cpu) + 1000), CPU_EXIT_BUDGET);
}
END_TEST

/* The kernel's memory was given to a program: the instruction there is not what the user meant. */
START_TEST(a_program_in_the_kernels_old_memory_does_not_stop)
{
    rig.virt.guest_kernel.size = 0x1000;
    cpu_set_pstate(cpu, 0); /* EL0 */
    cpu_set_pc(cpu, CODE + 0xc);
    ck_assert(debug_add_breakpoint(&debug, LINKED + 0x14));
    ck_assert_int_eq(debug_turn(&debug, 0, cpu_count(cpu) + 1000), CPU_EXIT_BUDGET);
    expect_pc(CODE + 0x18);
    ck_assert_uint_eq(cpu_get_x(cpu, 3), 0);
}
END_TEST

START_TEST(link_addresses_are_readable_before_the_mmu_is_on)
{
    uint64_t pa;
    rig.virt.guest_kernel.size = 0x1000;
    ck_assert(guest_kernel_translate(&rig.virt, 0, LINKED + 8, &pa));
    ck_assert_uint_eq(pa, CODE + 8);
    ck_assert(guest_kernel_translate(&rig.virt, 0, CODE + 8, &pa));
    ck_assert_uint_eq(pa, CODE + 8);
    ck_assert(!guest_kernel_translate(&rig.virt, 0, LINKED + 0x1000, &pa));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("debug");
    TCase *tc = tcase_create("debug");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, a_step_goes_into_an_exception);
    tcase_add_test(tc, a_step_goes_over_an_exception_when_told_to);
    tcase_add_test(tc, a_step_over_a_fault_repeats_the_instruction);
    tcase_add_test(tc, wfi_is_stepped_over);
    tcase_add_test(tc, an_exclusive_pair_can_be_stepped_through);
    tcase_add_test(tc, a_step_leaves_interrupts_pending_unless_told_otherwise);
    tcase_add_test(tc, a_caught_exception_stops_at_its_vector);
    tcase_add_test(tc, a_breakpoint_on_a_link_address_is_hit_in_physical_memory);
    tcase_add_test(tc, a_program_in_the_kernels_old_memory_does_not_stop);
    tcase_add_test(tc, link_addresses_are_readable_before_the_mmu_is_on);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
