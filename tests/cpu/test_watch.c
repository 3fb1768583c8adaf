/* SPDX-License-Identifier: MIT */
/*
 * The debugger's watchpoints: each form of access hits exactly the bytes that it accesses, is
 * complete then, and the stop is directly behind it.
 */
#include "tests/cpu/insn.h"

#define AT (USER + 0x180) /* 64-byte aligned; EL0 may access it, for LDTR */

enum { READ = CPU_WATCH_READ, WRITE = CPU_WATCH_WRITE, BOTH = READ | WRITE };

/* Base x1, data x2, x4 and v2 to v5. Words and texts are an assembler's. */
static const struct form {
    uint32_t word;
    const char *text;
    unsigned kind, bytes, writeback;
} forms[] = {
    { 0x39400022, "ldrb w2, [x1]", READ, 1, 0 },
    { 0x79800022, "ldrsh x2, [x1]", READ, 2, 0 },
    { 0xb9400022, "ldr w2, [x1]", READ, 4, 0 },
    { 0xf9400022, "ldr x2, [x1]", READ, 8, 0 },
    { 0xf8420422, "ldr x2, [x1], #32", READ, 8, 32 },
    { 0xf8400c22, "ldr x2, [x1, #0]!", READ, 8, 0 },
    { 0xf8636822, "ldr x2, [x1, x3]", READ, 8, 0 },
    { 0xf8400822, "ldtr x2, [x1]", READ, 8, 0 },
    { 0x29401022, "ldp w2, w4, [x1]", READ, 8, 0 },
    { 0xa9401022, "ldp x2, x4, [x1]", READ, 16, 0 },
    { 0x69401022, "ldpsw x2, x4, [x1]", READ, 8, 0 },
    { 0xa8401022, "ldnp x2, x4, [x1]", READ, 16, 0 },
    { 0x3dc00022, "ldr q2, [x1]", READ, 16, 0 },
    { 0xacc11022, "ldp q2, q4, [x1], #32", READ, 32, 32 },
    { 0x4c402022, "ld1 {v2.16b-v5.16b}, [x1]", READ, 64, 0 },
    { 0x4cdf0822, "ld4 {v2.4s-v5.4s}, [x1], #64", READ, 64, 64 },
    { 0x4d408422, "ld1 {v2.d}[1], [x1]", READ, 8, 0 },
    { 0x4d60cc22, "ld2r {v2.2d, v3.2d}, [x1]", READ, 16, 0 },
    { 0xc85f7c22, "ldxr x2, [x1]", READ, 8, 0 },
    { 0x885ffc22, "ldaxr w2, [x1]", READ, 4, 0 },
    { 0xc87f1022, "ldxp x2, x4, [x1]", READ, 16, 0 },
    { 0xc8dffc22, "ldar x2, [x1]", READ, 8, 0 },
    { 0x39000022, "strb w2, [x1]", WRITE, 1, 0 },
    { 0x79000022, "strh w2, [x1]", WRITE, 2, 0 },
    { 0xb9000022, "str w2, [x1]", WRITE, 4, 0 },
    { 0xf8020422, "str x2, [x1], #32", WRITE, 8, 32 },
    { 0xf8234822, "str x2, [x1, w3, uxtw]", WRITE, 8, 0 },
    { 0xb8000822, "sttr w2, [x1]", WRITE, 4, 0 },
    { 0x29001022, "stp w2, w4, [x1]", WRITE, 8, 0 },
    { 0xa8811022, "stp x2, x4, [x1], #16", WRITE, 16, 16 },
    { 0xfd000022, "str d2, [x1]", WRITE, 8, 0 },
    { 0xad001022, "stp q2, q4, [x1]", WRITE, 32, 0 },
    { 0x4c006022, "st1 {v2.16b-v4.16b}, [x1]", WRITE, 48, 0 },
    { 0x0c9f4022, "st3 {v2.8b-v4.8b}, [x1], #24", WRITE, 24, 24 },
    { 0x0d001422, "st1 {v2.b}[5], [x1]", WRITE, 1, 0 },
    { 0xc89ffc22, "stlr x2, [x1]", WRITE, 8, 0 },
    { 0xd50b7421, "dc zva, x1", WRITE, 64, 0 },
    { 0xf9800020, "prfm pldl1keep, [x1]", 0, 64, 0 },
    { 0xd50b7e21, "dc civac, x1", 0, 64, 0 },
    { 0xd50b7b21, "dc cvau, x1", 0, 64, 0 },
    { 0xd50b7521, "ic ivau, x1", 0, 64, 0 },
};
#define FORMS (sizeof(forms) / sizeof(forms[0]))

static void watch(uint64_t va, uint64_t size, unsigned kinds)
{
    ck_assert(code_cache_add_watchpoint(board()->cache, va, size, kinds));
}

static void unwatch(uint64_t va, uint64_t size, unsigned kinds)
{
    ck_assert(code_cache_remove_watchpoint(board()->cache, va, size, kinds));
}

/* Runs one instruction on AT; did it hit? */
static bool hits(uint32_t word, const char *text)
{
    const uint64_t count = cpu_count(board()->cpu);
    set_x(1, AT);
    set_x(3, 0);
    run(word);
    if (last_exit() != CPU_EXIT_WATCHPOINT)
        return false;
    ck_assert_msg(cpu_count(board()->cpu) == count + 1, "%s", text);
    return true;
}

static struct cpu_watch_hit last_hit(void)
{
    struct cpu_watch_hit hit;
    cpu_get_watch_hit(board()->cpu, &hit);
    return hit;
}

START_TEST(every_form_of_access_hits_its_own_bytes_only)
{
    const struct form *f = &forms[_i];
    map_memory();
    ck_assert_msg(!hits(f->word, f->text), "%s", f->text); /* the soft TLB knows the page now */
    for (unsigned i = 0; i < f->bytes; i++) {
        watch(AT + i, 1, BOTH);
        ck_assert_msg(hits(f->word, f->text) == (f->kind != 0), "%s, byte %u", f->text, i);
        unwatch(AT + i, 1, BOTH);
        if (!f->kind)
            continue;
        const struct cpu_watch_hit hit = last_hit();
        ck_assert_uint_eq(hit.pc, CODE);
        ck_assert_uint_eq(hit.address, AT + i);
        ck_assert_uint_eq(hit.size, 1);
        ck_assert_uint_eq(hit.kind, f->kind);
        ck_assert_uint_eq(x(1), AT + f->writeback);
    }
    watch(AT - 1, 1, BOTH);
    watch(AT + f->bytes, 1, BOTH);
    ck_assert_msg(!hits(f->word, f->text), "%s", f->text);
    watch(AT, f->bytes, BOTH & ~f->kind);
    ck_assert_msg(!hits(f->word, f->text) || !f->kind, "%s", f->text);
}
END_TEST

START_TEST(the_access_is_complete_even_when_it_changes_nothing)
{
    map_memory();
    board_write(board(), DATA + 0x6180, 0x1122334455667788);
    watch(AT + 4, 4, BOTH);
    ck_assert(hits(0xf8420422, "ldr x2, [x1], #32"));
    ck_assert_uint_eq(x(2), 0x1122334455667788);
    ck_assert_uint_eq(last_hit().address, AT + 4);
    ck_assert_uint_eq(last_hit().size, 4);
    ck_assert(hits(0xf8020422, "str x2, [x1], #32")); /* the same value */
    set_x(2, 5);
    ck_assert(hits(0xf8020422, "str x2, [x1], #32"));
    ck_assert_uint_eq(board_read(board(), DATA + 0x6180), 5);
}
END_TEST

START_TEST(literal_loads_hit)
{
    map_memory();
    watch(CODE + 0x100, 8, READ);
    run(0x58000802); /* ldr x2, .+0x100 */
    ck_assert_int_eq(last_exit(), CPU_EXIT_WATCHPOINT);
    ck_assert_uint_eq(last_hit().address, CODE + 0x100);
    run(0x9c000802); /* ldr q2, .+0x100 */
    ck_assert_int_eq(last_exit(), CPU_EXIT_WATCHPOINT);
}
END_TEST

START_TEST(a_store_exclusive_hits_when_it_stores)
{
    map_memory();
    watch(AT, 8, WRITE);
    ck_assert(!hits(0xd5033f5f, "clrex"));
    ck_assert(!hits(0xc8057c22, "stxr w5, x2, [x1]"));
    ck_assert_uint_eq(x(5), 1);
    ck_assert(!hits(0xc85f7c22, "ldxr x2, [x1]"));
    ck_assert(hits(0xc8057c22, "stxr w5, x2, [x1]"));
    ck_assert_uint_eq(x(5), 0);
    ck_assert_uint_eq(last_hit().kind, WRITE);
    ck_assert(!hits(0xc87f1022, "ldxp x2, x4, [x1]"));
    ck_assert(hits(0xc8251022, "stxp w5, x2, x4, [x1]"));
}
END_TEST

START_TEST(an_access_that_faults_hits_nothing)
{
    map_memory();
    watch(SECOND + 0xff8, 0x10, BOTH);
    set_x(1, SECOND + 0xff8);
    ck_assert_uint_eq(run_to(0xa9401022),
                      VECTORS + 0x200); /* ldp x2, x4: the second is not mapped */
    ck_assert_int_ne(last_exit(), CPU_EXIT_WATCHPOINT);
    ck_assert_uint_eq(run_to(0xa9001022), VECTORS + 0x200); /* stp x2, x4 */
    ck_assert_int_ne(last_exit(), CPU_EXIT_WATCHPOINT);
    ck_assert_uint_eq(run_to(0xf8004022), VECTORS + 0x200); /* stur x2, [x1, #4] */
    ck_assert_int_ne(last_exit(), CPU_EXIT_WATCHPOINT);
}
END_TEST

START_TEST(an_access_across_pages_hits_in_either)
{
    map_memory();
    for (unsigned i = 0; i < 8; i++) {
        watch(SECOND - 4 + i, 1, BOTH);
        set_x(1, SECOND - 4);
        run(0xf9400022); /* ldr x2, [x1] */
        ck_assert_int_eq(last_exit(), CPU_EXIT_WATCHPOINT);
        ck_assert_uint_eq(last_hit().address, SECOND - 4 + i);
        unwatch(SECOND - 4 + i, 1, BOTH);
    }
}
END_TEST

START_TEST(the_lowest_address_of_several_is_told)
{
    map_memory();
    watch(AT + 12, 1, READ);
    watch(AT + 9, 1, READ);
    watch(AT + 10, 1, BOTH);
    ck_assert(hits(0xa9401022, "ldp x2, x4, [x1]"));
    ck_assert_uint_eq(last_hit().address, AT + 9);
    watch(AT - 0x1000, 0x2000, READ);
    ck_assert(hits(0xa9401022, "ldp x2, x4, [x1]"));
    ck_assert_uint_eq(last_hit().address, AT);
    ck_assert_uint_eq(last_hit().size, 8);
}
END_TEST

START_TEST(a_tag_that_translation_ignores_does_not_matter)
{
    const uint64_t tag = 0xa5ull << 56;
    map_memory();
    board_set(board(), "TCR_EL1", board_get(board(), "TCR_EL1") | TCR_TBI0);
    watch(AT, 8, READ);
    set_x(1, AT | tag);
    run(0xf9400022);
    ck_assert_int_eq(last_exit(), CPU_EXIT_WATCHPOINT);
    ck_assert_uint_eq(last_hit().address, AT);
    unwatch(AT, 8, READ);
    watch(AT | tag, 8, READ);
    ck_assert(hits(0xf9400022, "ldr x2, [x1]"));
}
END_TEST

START_TEST(watchpoints_are_counted_and_checked)
{
    struct code_cache *cache = board()->cache;
    map_memory();
    ck_assert(!code_cache_add_watchpoint(cache, AT, 0, READ));
    ck_assert(!code_cache_add_watchpoint(cache, AT, 8, 0));
    ck_assert(!code_cache_add_watchpoint(cache, AT, 8, 4));
    ck_assert(!code_cache_add_watchpoint(cache, UINT64_MAX, 2, READ));
    ck_assert(!code_cache_add_watchpoint(cache, 0, (1ull << 32) + 1, READ));
    ck_assert(!code_cache_remove_watchpoint(cache, AT, 8, READ));
    watch(0, 1ull << 32, READ);
    ck_assert(hits(0xf9400022, "ldr x2, [x1]"));
    unwatch(0, 1ull << 32, READ);
    watch(AT, 8, READ);
    watch(AT, 8, READ);
    unwatch(AT, 8, READ);
    ck_assert(hits(0xf9400022, "ldr x2, [x1]"));
    unwatch(AT, 8, READ);
    ck_assert(!hits(0xf9400022, "ldr x2, [x1]"));
    ck_assert(!code_cache_remove_watchpoint(cache, AT, 8, READ));
}
END_TEST

START_TEST(the_run_stops_inside_a_fused_sequence)
{
    const uint32_t loads[] = { 0xf9400022, 0xf9400423, 0xf9400824, 0xf9400c25,
                               enc_B(0) }; /* ldr x2..x5, [x1, #0..24] */
    struct cpu *cpu = board()->cpu;
    map_memory();
    put_code(CODE, loads, 5);
    for (unsigned i = 0; i < 4; i++) {
        set_x(1, AT);
        cpu_set_pc(cpu, CODE);
        ck_assert_int_eq(cpu_run(cpu, cpu_count(cpu) + 5), CPU_EXIT_BUDGET);
        watch(AT + 8 * i, 8, READ);
        for (unsigned n = 2; n <= 5; n++)
            set_x(n, 0xdead);
        cpu_set_pc(cpu, CODE);
        const uint64_t count = cpu_count(cpu);
        ck_assert_int_eq(cpu_run(cpu, count + 5), CPU_EXIT_WATCHPOINT);
        ck_assert_uint_eq(cpu_get_pc(cpu), CODE + 4 * (i + 1));
        ck_assert_uint_eq(cpu_count(cpu), count + i + 1);
        for (unsigned n = 0; n < 4; n++)
            ck_assert_uint_eq(x(2 + n), n <= i ? 0 : 0xdead);
        unwatch(AT + 8 * i, 8, READ);
    }
}
END_TEST

static void add(TCase *tc)
{
    tcase_add_loop_test(tc, every_form_of_access_hits_its_own_bytes_only, 0, FORMS);
    tcase_add_test(tc, the_access_is_complete_even_when_it_changes_nothing);
    tcase_add_test(tc, literal_loads_hit);
    tcase_add_test(tc, a_store_exclusive_hits_when_it_stores);
    tcase_add_test(tc, an_access_that_faults_hits_nothing);
    tcase_add_test(tc, an_access_across_pages_hits_in_either);
    tcase_add_test(tc, the_lowest_address_of_several_is_told);
    tcase_add_test(tc, a_tag_that_translation_ignores_does_not_matter);
    tcase_add_test(tc, watchpoints_are_counted_and_checked);
    tcase_add_test(tc, the_run_stops_inside_a_fused_sequence);
}

int main(void)
{
    return insn_run_suite("cpu: watchpoints", add);
}
