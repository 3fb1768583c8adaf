/* SPDX-License-Identifier: MIT */
/*
 * Handlers leave nothing on the host's stack: millions of dispatches of all sorts, within one
 * cpu_run, on a thread that has 64 KiB of it. One lost tail call costs at least 16 bytes each time
 * round and ends the test with a segmentation fault. (Which handlers there are and whether each is
 * one: test_tail_calls.py.)
 */
#include "cpu/exec.h"
#include "tests/cpu/insn.h"

#include <pthread.h>

#define WORDS(a) (sizeof(a) / sizeof((a)[0]))
#define ROUNDS   20000
#if EXEC_LOOP
#define STACK (1024 * 1024) /* handlers return here, and sanitizers need room */
#else
#define STACK (64 * 1024)
#endif

#define LAST (CODE | 0xfff) /* the loop runs over the end of its page */

/* x1: Normal memory, x2: the end of a page, x3: a device, x4: code on another page, x6: its first
 * two instructions, x9: rounds left. */
static const uint32_t loop[] = {
    0x8b000000, /* add x0, x0, x0 */
    0xf1000400, /* subs x0, x0, #1 */
    0xfa401020, /* ccmp x1, x0, #0, ne */
    0x9a801020, /* csel x0, x1, x0, ne */
    0x9ac00c20, /* sdiv x0, x1, x0 */
    0xf8408420, /* ldr x0, [x1], #8 */
    0xf81f8c20, /* str x0, [x1, #-8]! */
    0xf8400040, /* ldur x0, [x2]: crosses a page */
    0xa9000440, /* stp x0, x1, [x2]: the same */
    0xb9400060, /* ldr w0, [x3]: a device */
    0xb9000060, /* str w0, [x3] */
    0xc85f7c20, /* ldxr x0, [x1] */
    0xc8057c20, /* stxr w5, x0, [x1] */
    0xf9000086, /* str x6, [x4]: into code */
    0xd53b4200, /* mrs x0, nzcv */
    0xd51b4200, /* msr nzcv, x0 */
    0xd50342df, /* msr daifset, #2 */
    0xd53be040, /* mrs x0, cntvct_el0 */
    0xd51bd040, /* msr tpidr_el0, x0 */
    0xd5033fdf, /* isb */
    0xd5033f9f, /* dsb sy */
    0xd50b7421, /* dc zva, x1 */
    0x9e670000, /* fmov d0, x0 */
    0x1e602800, /* fadd d0, d0, d0 */
    0x4ee08400, /* add v0.2d, v0.2d, v0.2d */
    0x3dc00021, /* ldr q1, [x1] */
    0xd10023ff, /* sub sp, sp, #8 */
    0x910023ff, /* add sp, sp, #8 */
    0xd4000001, /* svc #0: returns here at once */
    0x94000002, /* bl +8 */
    0x14000002, /* b +8 */
    0xd65f03c0, /* ret */
    0xd63f0080, /* blr x4: to another page and back */
    0xd1000529, /* sub x9, x9, #1 */
};

static void *run_all(void *arg)
{
    enum cpu_exit *exit = arg;
    *exit = cpu_run(board()->cpu, cpu_count(board()->cpu) + (1u << 23));
    return NULL;
}

START_TEST(handlers_leave_nothing_on_the_stack)
{
    const uint64_t start = LAST - 31, other = CODE + 0x3000;
    const uint32_t back = (uint32_t) - (int32_t)WORDS(loop);
    const uint32_t end[] = { enc_CBNZ(1, back, 9), enc_WFI() };
    const uint32_t eret = enc_ERET(), leaf[] = { enc_NOP(), enc_NOP(), enc_RET(30) };
    enum cpu_exit exit = CPU_EXIT_BUDGET;
    pthread_attr_t attr;
    pthread_t thread;

    map_memory();
    put_code(start, loop, WORDS(loop));
    put_code(start + sizeof(loop), end, WORDS(end));
    put_code(VECTORS + 0x200, &eret, 1);
    put_code(other, leaf, WORDS(leaf));
    set_x(1, FIRST);
    set_x(2, SECOND - 4);
    set_x(3, DEVICE);
    set_x(4, other);
    set_x(6, (uint64_t)leaf[1] << 32 | leaf[0]);
    set_x(9, ROUNDS);
    cpu_set_pc(board()->cpu, start);

    pthread_attr_init(&attr);
    ck_assert_int_eq(pthread_attr_setstacksize(&attr, STACK), 0);
    ck_assert_int_eq(pthread_create(&thread, &attr, run_all, &exit), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
    ck_assert_int_eq(exit, CPU_EXIT_WFI);
    ck_assert_uint_eq(x(9), 0);
    ck_assert_uint_gt(cpu_count(board()->cpu), ROUNDS * WORDS(loop));
}
END_TEST

static void add_tests(TCase *tc)
{
    tcase_add_test(tc, handlers_leave_nothing_on_the_stack);
}

int main(void)
{
    return insn_run_suite("tail_calls", add_tests);
}
