/* SPDX-License-Identifier: MIT */
/* Which loops wait for somebody else. The branch that closes them goes to the first instruction. */
#include "cpu/spin.h"

#include <check.h>
#include <stdlib.h>

#define NOP 0xd503201fu
#define LDR 0xb9400020u /* ldr w0, [x1] */

static bool is_loop(const uint32_t *words, unsigned count)
{
    uint32_t page[1024] = { 0 };
    for (unsigned i = 0; i < count; i++)
        page[100 + i] = words[i];
    return spin_is_loop((const uint8_t *)page, 100, 100 + count - 1);
}
#define IS_LOOP(...)                                                                               \
    is_loop((const uint32_t[]){ __VA_ARGS__ }, sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)

START_TEST(loops_that_only_look_wait)
{
    ck_assert(IS_LOOP(0x885ffc20, 0x35ffffe0));             /* ldaxr w0, [x1]; cbnz w0 */
    ck_assert(IS_LOOP(0xc8dffc20, 0xeb02001f, 0x54ffffc1)); /* ldar x0, [x1]; cmp x0, x2; b.ne */
    ck_assert(IS_LOOP(0x39400020, 0x3707ffe0));             /* ldrb w0, [x1]; tbnz w0, #0 */
    ck_assert(IS_LOOP(0xb8626820, 0xd5033bbf, 0x34ffffc0)); /* ldr w0, [x1, x2]; dmb ish; cbz w0 */
    /* ldrh w0, [x1]; eor w2, w0, w3, lsr #16; and w2, w2, #0xffff; cbnz w2 */
    ck_assert(IS_LOOP(0x79400020, 0x4a434002, 0x12003c42, 0x35ffffa2));
    /* ldr w0, [x1]; cbz w0, out; ldr w2, [x3, #-4]; cbz w2 */
    ck_assert(IS_LOOP(0xb9400020, 0x34000060, 0xb85fc062, 0x34ffffa2));
}
END_TEST

START_TEST(loops_that_get_on_do_not)
{
    ck_assert(!IS_LOOP(0xf1000400, 0x54ffffe1));             /* subs x0, x0, #1; b.ne */
    ck_assert(!IS_LOOP(0xf9400000, 0xb5ffffe0));             /* ldr x0, [x0]; cbnz x0 */
    ck_assert(!IS_LOOP(0x38401c20, 0x35ffffe0));             /* ldrb w0, [x1, #1]!; cbnz w0 */
    ck_assert(!IS_LOOP(0xb9400020, 0xb9000040, 0x34ffffc0)); /* ldr; str w0, [x2]; cbz */
    ck_assert(!IS_LOOP(0x885ffc20, 0x88027c23, 0x35ffffc2)); /* ldaxr; stxr w2, w3, [x1]; cbnz w2 */
    ck_assert(!IS_LOOP(0xd53be040, 0xeb01001f, 0x54ffffc3)); /* mrs x0, cntvct_el0; cmp; b.lo */
    ck_assert(!IS_LOOP(0xf9800020, 0x17ffffff));             /* prfm; b */
    ck_assert(
        !IS_LOOP(0x1a020020, 0xeb00003f, 0x54ffffc3)); /* adc w0, w1, w2 reads the flags of cmp */
    /* a branch inside the loop: cbz w0, over; movz w1, #1; cbz w2 */
    ck_assert(!IS_LOOP(0x34000040, 0x52800021, 0x34ffffc2));
    ck_assert(!IS_LOOP(0x910043ff, 0x17ffffff)); /* add sp, sp, #16; b */
    ck_assert(!IS_LOOP(0x14000000));             /* b . looks at nothing: it is over for good */
}
END_TEST

START_TEST(a_long_loop_is_none)
{
    ck_assert(IS_LOOP(LDR, NOP, NOP, NOP, NOP, NOP, NOP, 0x17fffff9));
    ck_assert(!IS_LOOP(LDR, NOP, NOP, NOP, NOP, NOP, NOP, NOP, 0x17fffff8));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cpu/spin");
    TCase *tests = tcase_create("spin");
    tcase_add_test(tests, loops_that_only_look_wait);
    tcase_add_test(tests, loops_that_get_on_do_not);
    tcase_add_test(tests, a_long_loop_is_none);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
