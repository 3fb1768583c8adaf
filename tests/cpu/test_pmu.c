/* SPDX-License-Identifier: MIT */
/*
 * Performance monitors (Arm ARM D6) seen by running code: what each event counts at which exception
 * level, and when the overflow interrupt comes.
 */
#include "tests/cpu/insn.h"

#define CYCLES  (1u << 31) /* the cycle counter's bit in PMCNTENSET_EL0 and others */
#define NOT_EL1 (1u << 31)
#define NOT_EL0 (1u << 30)

enum { PMCR_E = 1, PMCR_P = 2, PMCR_C = 4, PMCR_D = 8, PMCR_LC = 64 };
enum {
    SW_INCR = 0,
    INST_RETIRED = 8,
    EXC_TAKEN = 9,
    EXC_RETURN = 10,
    CID_WRITE = 11,
    CPU_CYCLES = 0x11,
    TTBR_WRITE = 0x1c,
    CHAIN = 0x1e
};

static const char *const counters[] = { "PMEVCNTR0_EL0", "PMEVCNTR1_EL0", "PMEVCNTR2_EL0",
                                        "PMEVCNTR3_EL0" };
static const char *const types[] = { "PMEVTYPER0_EL0", "PMEVTYPER1_EL0", "PMEVTYPER2_EL0",
                                     "PMEVTYPER3_EL0" };

static void set(const char *name, uint64_t value)
{
    board_set(board(), name, value);
}

static uint64_t get(const char *name)
{
    return board_get(board(), name);
}

static void count(unsigned n, uint32_t event)
{
    set(types[n], event);
    set("PMCNTENSET_EL0", 1u << n);
    set("PMCR_EL0", PMCR_E);
}

static uint64_t counted(unsigned n)
{
    return get(counters[n]);
}

/* SVC at EL0, ERET at its vector, both as `user` words of EL0 code around. */
static void svc_and_back(void)
{
    const uint32_t user[] = { enc_NOP(), enc_SVC(0), enc_NOP(), enc_B(0) };
    const uint32_t eret = enc_ERET();
    put_code(CODE, user, 4);
    put_code(VECTORS + 0x400, &eret, 1);
    board_set_el(board(), 0);
    cpu_set_pc(board()->cpu, CODE);
    run_more(5); /* NOP, SVC, ERET, NOP, B */
    ck_assert_uint_eq(cpu_get_pc(board()->cpu), CODE + 12);
}

START_TEST(filters_choose_the_exception_level)
{
    count(0, INST_RETIRED);
    count(1, INST_RETIRED | NOT_EL1);
    count(2, INST_RETIRED | NOT_EL0);
    count(3, CPU_CYCLES | NOT_EL0);
    svc_and_back();
    ck_assert_uint_eq(counted(0), 5);
    ck_assert_uint_eq(counted(1), 4);
    ck_assert_uint_eq(counted(2), 1);
    ck_assert_uint_eq(counted(3), 1);
}
END_TEST

START_TEST(exceptions_and_returns_are_events)
{
    count(0, EXC_TAKEN);
    count(1, EXC_RETURN);
    svc_and_back();
    ck_assert_uint_eq(counted(0), 1);
    ck_assert_uint_eq(counted(1), 1);
}
END_TEST

START_TEST(an_instruction_that_faults_does_not_retire)
{
    count(0, INST_RETIRED);
    count(1, CPU_CYCLES);
    count(2, EXC_TAKEN);
    ck_assert_uint_eq(run_to(0), VECTORS + 0x200);
    const uint64_t cycles = counted(1);
    ck_assert_uint_ge(cycles, 1); /* running executes the branch at the vector, too */
    ck_assert_uint_eq(counted(0), cycles - 1);
    ck_assert_uint_eq(counted(2), 1);
}
END_TEST

START_TEST(counting_survives_a_snapshot)
{
    static uint64_t state[4096];
    const uint32_t undefined = 0;
    struct cpu *cpu = board()->cpu;
    bool check_point;
    ck_assert_uint_le(cpu_state_size(), sizeof(state));
    count(0, INST_RETIRED);
    count(1, CPU_CYCLES);
    put_code(CODE, &undefined, 1);
    cpu_set_pc(cpu, CODE);
    cpu_step(cpu, &check_point);
    const uint64_t retired = counted(0), cycles = counted(1);
    cpu_save(cpu, state);
    cpu_reset(cpu, 0);
    ck_assert(cpu_load(cpu, state, cpu_state_size()));
    ck_assert_uint_eq(counted(0), retired);
    ck_assert_uint_eq(counted(1), cycles);
    ck_assert_uint_eq(retired, cycles - 1); /* the entry is the cycle that retires nothing */
}
END_TEST

START_TEST(writes_of_context_registers_are_events)
{
    count(0, CID_WRITE);
    count(1, TTBR_WRITE);
    run(0xd518d020); /* msr contextidr_el1, x0 */
    run(0xd5182000); /* msr ttbr0_el1, x0 */
    run(0xd5182020); /* msr ttbr1_el1, x0 */
    ck_assert_uint_eq(counted(0), 1);
    ck_assert_uint_eq(counted(1), 2);
}
END_TEST

START_TEST(a_chain_counts_overflows)
{
    count(0, CPU_CYCLES);
    count(1, CHAIN);
    count(2, SW_INCR);
    count(3, CHAIN);
    set(counters[0], UINT32_MAX - 2);
    set(counters[2], UINT32_MAX);
    run_more(2);
    const uint64_t before = counted(0);
    ck_assert_uint_eq(counted(1), before < 100);
    run_more(4);
    ck_assert_uint_eq(counted(1), 1);
    set("PMSWINC_EL0", 4);
    ck_assert_uint_eq(counted(2), 0);
    ck_assert_uint_eq(counted(3), 1);
    ck_assert_uint_eq(get("PMOVSSET_EL0"), 5);
}
END_TEST

START_TEST(an_overflow_interrupts_at_the_next_check_point)
{
    struct cpu *cpu = board()->cpu;
    board()->pmu_irq = true;
    cpu_set_pstate(cpu, 5); /* EL1h, interrupts unmasked */
    count(0, CPU_CYCLES);
    set(counters[0], UINT32_MAX - 999);
    set("PMINTENSET_EL1", 1);
    const uint64_t start = cpu_count(cpu);
    cpu_set_pc(cpu, CODE); /* b . */
    run_more(900);
    ck_assert(!board()->pmu_line);
    run_more(200);
    ck_assert(board()->pmu_line);
    ck_assert_uint_eq(get("PMOVSCLR_EL0"), 1);
    ck_assert_uint_eq(get("ELR_EL1"), CODE);
    ck_assert_uint_eq(counted(0), cpu_count(cpu) - start - 1000);
    set("PMOVSCLR_EL0", 1);
    ck_assert(!board()->pmu_line);
}
END_TEST

START_TEST(a_step_into_an_exception_keeps_the_deadline)
{
    struct cpu *cpu = board()->cpu;
    bool check_point;
    count(0, CPU_CYCLES);
    set("PMINTENSET_EL1", 1);
    set(counters[0], UINT32_MAX);
    cpu_set_pc(cpu, 0); /* nothing to fetch there */
    cpu_step(cpu, &check_point);
    ck_assert_uint_eq(cpu_get_pc(cpu), VECTORS + 0x200);
    ck_assert(check_point && board()->pmu_line);

    set("PMOVSCLR_EL0", 1);
    ck_assert(!board()->pmu_line);
    cpu_set_pstate(cpu, 5);
    cpu_set_line(cpu, CPU_LINE_IRQ, true);
    set(counters[0], UINT32_MAX);
    cpu_step(cpu, &check_point);
    ck_assert_uint_eq(cpu_get_pc(cpu), VECTORS + 0x280);
    ck_assert(board()->pmu_line);
}
END_TEST

START_TEST(a_write_makes_a_deadline_that_is_kept_at_once)
{
    const uint32_t code[] = { 0xd51b9d00, enc_B(0) }; /* msr pmccntr_el0, x0 */
    struct cpu *cpu = board()->cpu;
    board()->pmu_irq = true;
    cpu_set_pstate(cpu, 5);
    set("PMCNTENSET_EL0", CYCLES);
    set("PMINTENSET_EL1", CYCLES);
    set("PMCR_EL0", PMCR_E | PMCR_LC);
    put_code(CODE, code, 2);
    set_x(0, UINT64_MAX - 9);
    cpu_set_pc(cpu, CODE);
    run_more(100);
    ck_assert(board()->pmu_line);
    ck_assert_uint_eq(get("ELR_EL1"), CODE + 4);
    ck_assert_uint_eq(get("PMOVSSET_EL0"), CYCLES);
}
END_TEST

START_TEST(the_cycle_counter_is_long_or_divided)
{
    set("PMCNTENSET_EL0", CYCLES);
    set("PMCR_EL0", PMCR_E | PMCR_D);
    run_more(640);
    const uint64_t divided = get("PMCCNTR_EL0");
    ck_assert(divided == 10 || divided == 11);
    set("PMCR_EL0", PMCR_E | PMCR_D | PMCR_C | PMCR_LC); /* LC: D is ignored */
    run_more(100);
    ck_assert_uint_ge(get("PMCCNTR_EL0"), 100);
    set("PMCCNTR_EL0", UINT32_MAX);
    run_more(10);
    ck_assert_uint_eq(get("PMOVSSET_EL0"), 0);
    ck_assert_uint_gt(get("PMCCNTR_EL0"), UINT32_MAX);
}
END_TEST

START_TEST(only_what_is_counted_is_announced)
{
    const unsigned events[] = { SW_INCR,   INST_RETIRED, EXC_TAKEN,  EXC_RETURN,
                                CID_WRITE, CPU_CYCLES,   TTBR_WRITE, CHAIN };
    uint64_t announced = 0;
    for (unsigned i = 0; i < sizeof(events) / sizeof(events[0]); i++)
        announced |= 1ull << events[i];
    ck_assert_uint_eq(get("PMCEID0_EL0"), announced);
    ck_assert_uint_eq(get("PMCEID1_EL0"), 0);
}
END_TEST

static void add(TCase *tc)
{
    tcase_add_test(tc, filters_choose_the_exception_level);
    tcase_add_test(tc, exceptions_and_returns_are_events);
    tcase_add_test(tc, an_instruction_that_faults_does_not_retire);
    tcase_add_test(tc, counting_survives_a_snapshot);
    tcase_add_test(tc, writes_of_context_registers_are_events);
    tcase_add_test(tc, a_chain_counts_overflows);
    tcase_add_test(tc, an_overflow_interrupts_at_the_next_check_point);
    tcase_add_test(tc, a_step_into_an_exception_keeps_the_deadline);
    tcase_add_test(tc, a_write_makes_a_deadline_that_is_kept_at_once);
    tcase_add_test(tc, the_cycle_counter_is_long_or_divided);
    tcase_add_test(tc, only_what_is_counted_is_announced);
}

int main(void)
{
    return insn_run_suite("cpu: performance monitors", add);
}
