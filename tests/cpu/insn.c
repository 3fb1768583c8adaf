/* SPDX-License-Identifier: MIT */
#include "tests/cpu/insn.h"

#include "cpu/mem.h"
#include "cpu/state.h"

#include <stdlib.h>

static struct board *machine;
static bool stepping;
static enum cpu_exit how;
static struct cpu_coverage *coverage; /* NULL: nobody asked, or not stepping */

struct board *board(void)
{
    return machine;
}

void set_x(unsigned n, uint64_t value)
{
    cpu_set_x(machine->cpu, n, value);
}

uint64_t x(unsigned n)
{
    return cpu_get_x(machine->cpu, n);
}

void set_flags(unsigned nzcv)
{
    cpu_set_pstate(machine->cpu, (cpu_get_pstate(machine->cpu) & 0x0fffffff) | nzcv << 28);
}

unsigned flags(void)
{
    return cpu_get_pstate(machine->cpu) >> 28;
}

void set_v(unsigned n, uint64_t low, uint64_t high)
{
    const uint64_t value[2] = { low, high };
    cpu_set_v(machine->cpu, n, value);
}

void expect_v(unsigned n, uint64_t low, uint64_t high)
{
    uint64_t value[2];
    cpu_get_v(machine->cpu, n, value);
    ck_assert_uint_eq(value[0], low);
    ck_assert_uint_eq(value[1], high);
}

void put_code(uint64_t pa, const uint32_t *words, size_t count)
{
    board_code(machine, pa, words, count);
}

/* Executes what is at the PC. Behind it waits a `b .`, which a run that does not step has to
 * execute once. */
static void execute_one(void)
{
    uint64_t count = cpu_count(machine->cpu);
    bool check_point;
    how = stepping ? cpu_step(machine->cpu, &check_point) : cpu_run(machine->cpu, count + 1);
    ck_assert_uint_ge(cpu_count(machine->cpu), count + 1);
    ck_assert_uint_le(cpu_count(machine->cpu), count + 2);
    ck_assert_uint_eq(machine->cpu->x[X_ZERO], 0);
}

uint64_t run_to(uint32_t word)
{
    put_code(CODE, &word, 1);
    cpu_set_pc(machine->cpu, CODE);
    execute_one();
    return cpu_get_pc(machine->cpu);
}

void run(uint32_t word)
{
    ck_assert_msg(run_to(word) == CODE + 4, "%08x went to %#lx", word, cpu_get_pc(machine->cpu));
}

void run_count(unsigned count)
{
    bool check_point;
    for (unsigned i = 0; i < count; i++)
        cpu_step(machine->cpu, &check_point);
}

void run_more(unsigned count)
{
    const uint64_t until = cpu_count(machine->cpu) + count;
    bool check_point;
    if (!stepping)
        how = cpu_run(machine->cpu, until);
    while (stepping && cpu_count(machine->cpu) < until)
        how = cpu_step(machine->cpu, &check_point);
}

enum cpu_exit last_exit(void)
{
    return how;
}

/* The vectors of the current EL with SP_EL0, with SP_EL1, and of the lower EL. */
static uint64_t vector(uint32_t pstate)
{
    return VECTORS + (!(pstate & 0xc) ? 0x400 : pstate & 1 ? 0x200 : 0);
}

void expect_exception(uint32_t word, unsigned ec, uint32_t iss)
{
    uint64_t expected = vector(cpu_get_pstate(machine->cpu));
    ck_assert_msg(run_to(word) == expected, "%08x took no exception", word);
    ck_assert_uint_eq(board_get(machine, "ESR_EL1"), (uint64_t)ec << 26 | 1u << 25 | iss);
    ck_assert_uint_eq(board_get(machine, "ELR_EL1"), CODE);
}

void expect_undefined(uint32_t word)
{
    expect_exception(word, 0, 0);
}

#define LEAF (D_AF | D_SH)

struct paging map_memory(void)
{
    struct paging p = paging_create(machine, 12, 39, BOARD_RAM + 0xc0000);
    paging_map(&p, BOARD_RAM, 2, BOARD_RAM | D_BLOCK | LEAF);
    paging_map(&p, FIRST, 3, DATA | D_PAGE | LEAF);
    paging_map(&p, SECOND, 3, (DATA + 0x3000) | D_PAGE | LEAF);
    paging_map(&p, READ_ONLY, 3, (DATA + 0x5000) | D_PAGE | LEAF | D_RO);
    paging_map(&p, USER, 3, (DATA + 0x6000) | D_PAGE | LEAF | D_USER);
    paging_map(&p, DEVICE, 3, BOARD_DEVICE | D_PAGE | LEAF | D_ATTR(1));
    paging_map(&p, NOTHING, 3, 0x0a000000 | D_PAGE | LEAF | D_ATTR(1));
    paging_enable(&p, TCR_T0SZ(25) | TCR_AS);
    return p;
}

void forget_translations(void)
{
    tlb_flush_all(machine->cpu);
}

const uint64_t corners[CORNERS] = {
    0,
    1,
    2,
    0x7fffffff,
    0x80000000,
    0xffffffff,
    0x100000000,
    0x7fffffffffffffff,
    0x8000000000000000,
    0x8000000000000001,
    0xffffffff00000000,
    0xfffffffffffffffe,
    0xffffffffffffffff,
    0x123456789abcdef0,
};

uint64_t add_with_carry(bool sf, uint64_t a, uint64_t b, bool carry, unsigned *nzcv)
{
    unsigned size = sf ? 64 : 32;
    if (!sf) {
        a = (uint32_t)a;
        b = (uint32_t)b;
    }
    __int128 signed_a = sf ? (int64_t)a : (int32_t)a, signed_b = sf ? (int64_t)b : (int32_t)b;
    unsigned __int128 unsigned_sum = (unsigned __int128)a + b + carry;
    __int128 signed_sum = signed_a + signed_b + carry;
    uint64_t result = sf ? (uint64_t)unsigned_sum : (uint32_t)unsigned_sum;
    bool n = result >> (size - 1);
    __int128 signed_result = sf ? (int64_t)result : (int32_t)result;
    *nzcv = (n ? N : 0) | (result == 0 ? Z : 0) | (result != unsigned_sum ? C : 0) |
            (signed_result != signed_sum ? V : 0);
    return result;
}

unsigned logical_flags(bool sf, uint64_t result)
{
    return (result >> (sf ? 63 : 31) & 1 ? N : 0) | (result == 0 ? Z : 0);
}

static void start_coverage(void)
{
    coverage = stepping && getenv("ARMLET_COVERAGE") ? cpu_coverage_create() : NULL;
    cpu_set_coverage(machine->cpu, coverage);
}

static void end_coverage(void)
{
    if (coverage)
        ck_assert(cpu_coverage_write(coverage, getenv("ARMLET_COVERAGE")));
    cpu_coverage_destroy(coverage);
}

static void setup(bool step)
{
    const uint32_t here = enc_B(0);
    machine = board_create();
    stepping = step;
    start_coverage();
    for (uint64_t pa = BOARD_RAM; pa < DATA; pa += 4)
        put_code(pa, &here, 1);
    board_set(machine, "VBAR_EL1", VECTORS);
    board_set(machine, "CPACR_EL1", 3u << 20);
    set_flags(0);
}

static void setup_running(void)
{
    setup(false);
}

static void setup_stepping(void)
{
    setup(true);
}

static void teardown(void)
{
    end_coverage();
    board_destroy(machine);
}

static void add_case(Suite *suite, const char *name, SFun setup_way, void (*add)(TCase *tc))
{
    TCase *tc = tcase_create(name);
    tcase_add_checked_fixture(tc, setup_way, teardown);
    add(tc);
    suite_add_tcase(suite, tc);
}

int insn_run_suite(const char *name, void (*add)(TCase *tc))
{
    Suite *suite = suite_create(name);
    add_case(suite, "running", setup_running, add);
    add_case(suite, "stepping", setup_stepping, add);
    return board_run_suite(suite);
}
