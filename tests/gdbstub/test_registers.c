/* SPDX-License-Identifier: MIT */
/* Registers and their description. Rules are those of gdb's manual, "Remote Protocol"; the target
 * is a fake. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/gdbstub/session.h"

START_TEST(registers_are_described)
{
    const char *xml = ask("qXfer:features:read:target.xml:0,ffff");
    static const char *const parts[] = {
        "l<?xml",
        "<architecture>test</architecture>",
        "<flags id=\"flagged\" size=\"4\"><field name=\"N\" start=\"31\" end=\"31\"/>",
        "<vector id=\"two\" type=\"uint32\" count=\"2\"/>",
        "<union id=\"both\"><field name=\"u\" type=\"two\"/></union>",
        "<reg name=\"b\" bitsize=\"32\" regnum=\"1\" type=\"flagged\" group=\"status\"/>",
        "<feature name=\"test.second\">"
        "<reg name=\"c\" bitsize=\"64\" regnum=\"2\" type=\"int\" group=\"system\" "
        "save-restore=\"no\"/>",
        "</target>",
    };
    for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++)
        ck_assert_ptr_nonnull(strstr(xml, parts[i]));
}
END_TEST

START_TEST(the_description_comes_in_parts)
{
    char whole[4096], joined[4096] = "", command[64];
    strcpy(whole, ask("qXfer:features:read:target.xml:0,ffff") + 1);
    const char *part = "m";
    while (*part == 'm') {
        snprintf(command, sizeof(command), "qXfer:features:read:target.xml:%zx,7", strlen(joined));
        part = ask(command);
        strcat(joined, part + 1);
    }
    ck_assert_str_eq(joined, whole);
    ck_assert_str_eq(ask("qXfer:features:read:target.xml:100000,7"), "l");
    ck_assert_str_eq(ask("qXfer:features:read:target.xml:ffffffffffffffff,ffffffffffffffff"), "l");
    ck_assert_str_eq(ask("qXfer:features:read:other.xml:0,7"), "E00");
}
END_TEST

START_TEST(all_registers_are_read_and_written_without_those_on_demand)
{
    ck_assert_str_eq(ask("G1122334455667788aabbccdd"), "OK");
    ck_assert_str_eq(ask("g"), "1122334455667788aabbccdd");
    ck_assert_int_eq(fake->a[0][0], 0x11);
    ck_assert_str_eq(ask("G0102030405060708"), "OK");
    ck_assert_str_eq(ask("g"), "0102030405060708aabbccdd");
    ck_assert_str_eq(ask("G0102030405060708xxxxxxxx"), "OK");
    ck_assert_str_eq(ask("g"), "0102030405060708aabbccdd");
    fake->b_missing = true;
    ck_assert_str_eq(ask("g"), "0102030405060708xxxxxxxx");
}
END_TEST

START_TEST(malformed_register_blocks_are_refused)
{
    ck_assert_str_eq(ask("G11"), "E22");
    ck_assert_str_eq(ask("G1122334455667788aabbccdd00"), "E22");
    ck_assert_str_eq(ask("Gxyzxyzxyzxyzxyzx"), "E22");
    ck_assert_str_eq(ask("G11223344556677zz"), "E22");
}
END_TEST

START_TEST(one_register_is_read_and_written)
{
    ck_assert_str_eq(ask("P2=0807060504030201"), "OK");
    ck_assert_str_eq(ask("p2"), "0807060504030201");
    ck_assert_str_eq(ask("p3"), "E22");
    ck_assert_str_eq(ask("pffffffffffffffff"), "E22");
    ck_assert_str_eq(ask("p"), "E22");
    ck_assert_str_eq(ask("P2=08"), "E22");
    ck_assert_str_eq(ask("P2=080706050403020100"), "E22");
    ck_assert_str_eq(ask("P9=0807060504030201"), "E22");
    ck_assert_str_eq(ask("p1;"), "E22");
}
END_TEST

START_TEST(a_register_without_a_value_is_a_row_of_x_and_a_constant_one_refuses)
{
    fake->b_missing = fake->c_constant = true;
    ck_assert_str_eq(ask("p1"), "xxxxxxxx");
    ck_assert_str_eq(ask("P2=0807060504030201"), "E22");
    ck_assert_str_eq(ask("p2"), "0000000000000000");
}
END_TEST

START_TEST(registers_belong_to_the_selected_thread)
{
    ask("Hg2");
    ask("P1=01020304");
    ck_assert_int_eq(fake->b[1][3], 4);
    ck_assert_int_eq(fake->b[0][3], 0);
    ask("Hgp1.1");
    ck_assert_str_eq(ask("p1"), "00000000");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("registers");
    tcase_add_test(tc, registers_are_described);
    tcase_add_test(tc, the_description_comes_in_parts);
    tcase_add_test(tc, all_registers_are_read_and_written_without_those_on_demand);
    tcase_add_test(tc, malformed_register_blocks_are_refused);
    tcase_add_test(tc, one_register_is_read_and_written);
    tcase_add_test(tc, a_register_without_a_value_is_a_row_of_x_and_a_constant_one_refuses);
    tcase_add_test(tc, registers_belong_to_the_selected_thread);
    return session_run("gdbstub/registers", tc);
}
