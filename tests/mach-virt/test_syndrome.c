/* SPDX-License-Identifier: MIT */
/* Syndromes in words. Values: Arm ARM D13.2.37 ("ESR_EL1"); those of Linux's reports of the same
 * faults. */
#include "mach-virt/syndrome.h"
#include "tests/mach-virt/rig.h"

static const char *name_of(unsigned encoding)
{
    return encoding == 0xc081 ? "ACTLR_EL1" : NULL; /* op0 3, op1 0, CRn 1, CRm 0, op2 1 */
}

static void expect(uint64_t esr, const char *words)
{
    char text[160];
    syndrome_describe(esr, name_of, text, sizeof(text));
    ck_assert_str_eq(text, words);
}

START_TEST(aborts_say_what_failed_and_where)
{
    expect(0x92000006, "a read failed: translation fault, level 2");
    expect(0x9200004f, "a write failed: permission fault, level 3");
    expect(0x96000004, "a read failed: translation fault, level 0");
    expect(0x96000061, "a write failed: alignment fault");
    expect(0x96000010, "a read failed: external abort: nothing answers at this physical address");
    expect(0x92000147, "cache maintenance or AT failed: translation fault, level 3");
    expect(0x82000007, "an instruction fetch failed: translation fault, level 3");
    expect(0x8600000b, "an instruction fetch failed: access flag fault, level 3");
    expect(0x96000015, "a read failed: external abort on the table walk, level 1");
    expect(0x96000001, "a read failed: address size fault, level 1");
}
END_TEST

START_TEST(calls_say_their_number)
{
    expect(0x56000000, "SVC #0");
    expect(0x56001234, "SVC #0x1234");
    expect(0xf2000800, "BRK #0x800");
}
END_TEST

/* ISS: op0 21:20, op2 19:17, op1 16:14, CRn 13:10, Rt 9:5, CRm 4:1, direction 0. */
START_TEST(traps_name_the_register)
{
    expect(0x62000000 | 3 << 20 | 1 << 17 | 0 << 14 | 1 << 10 | 7 << 5 | 0 << 1 | 1,
           "MRS X7, ACTLR_EL1 was trapped");
    expect(0x62000000 | 3 << 20 | 1 << 17 | 3 << 14 | 0 << 10 | 2 << 5 | 0 << 1 | 0,
           "MSR S3_3_C0_C0_1, X2 was trapped");
    expect(0x06000000 | 1 << 24 | 14 << 20 | 1, "WFE was trapped (SCTLR_EL1.nTWE is 0)");
}
END_TEST

START_TEST(every_syndrome_has_words)
{
    char text[160];
    for (uint64_t ec = 0; ec < 64; ec++) {
        for (uint64_t iss = 0; iss < 256; iss++) {
            *text = 0;
            syndrome_describe(ec << 26 | iss, name_of, text, sizeof(text));
            ck_assert(*text && *syndrome_class(ec << 26));
        }
    }
}
END_TEST

START_TEST(only_some_classes_have_an_address)
{
    ck_assert(syndrome_has_address(0x96000004) && syndrome_has_address(0x82000007) &&
              syndrome_has_address(0x8a000000));
    ck_assert(!syndrome_has_address(0x56000000) && !syndrome_has_address(0x02000000) &&
              !syndrome_has_address(0x9a000000));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("syndrome");
    TCase *tc = tcase_create("syndrome");
    tcase_add_test(tc, aborts_say_what_failed_and_where);
    tcase_add_test(tc, calls_say_their_number);
    tcase_add_test(tc, traps_name_the_register);
    tcase_add_test(tc, every_syndrome_has_words);
    tcase_add_test(tc, only_some_classes_have_an_address);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
