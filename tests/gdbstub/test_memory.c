/* SPDX-License-Identifier: MIT */
/* Memory. Rules are those of gdb's manual, "Remote Protocol"; the target is a fake. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/gdbstub/session.h"

START_TEST(memory_is_read_up_to_its_end)
{
    memcpy(fake->memory, "\x01\x02\x03", 3);
    ck_assert_str_eq(ask("m1000,3"), "010203");
    ck_assert_str_eq(ask("m1001,1"), "02");
    ck_assert_str_eq(ask("m1000,0"), "");
    ck_assert_uint_eq(strlen(ask("m1000,100")), 512);
    ck_assert_uint_eq(strlen(ask("m1000,fffff")), 512);
    ck_assert_str_eq(ask("m2000,1"), "E14");
    ck_assert_str_eq(ask("mffffffffffffffff,ffffffffffffffff"), "E14");
    ck_assert_str_eq(ask("m1000"), "E22");
    ck_assert_str_eq(ask("m,3"), "E22");
    ck_assert_str_eq(ask("m11000000000000000,3"), "E22");
}
END_TEST

START_TEST(memory_is_written_whole_or_not_at_all)
{
    ck_assert_str_eq(ask("M1000,3:aabbcc"), "OK");
    ck_assert_mem_eq(fake->memory, "\xaa\xbb\xcc", 3);
    ck_assert_str_eq(ask("M1000,0:"), "OK");
    ck_assert_str_eq(ask("M10ff,2:0101"), "E14");
    ck_assert_int_eq(fake->memory[255], 0);
    ck_assert_str_eq(ask("M1000,3:aabb"), "E22");
    ck_assert_str_eq(ask("M1000,1:a"), "E22");
    ck_assert_str_eq(ask("M1000,1:zz"), "E22");
}
END_TEST

START_TEST(binary_memory_holds_every_byte)
{
    uint8_t payload[9 + 256] = "X1000,100:";
    for (unsigned i = 0; i < 255; i++)
        payload[10 + i] = (uint8_t)(255 - i);
    memcpy(payload, "X1000,ff:", 9);
    memmove(payload + 9, payload + 10, 255);
    ck_assert_str_eq(fake_ask_bytes(fake, payload, 9 + 255), "OK");
    for (unsigned i = 0; i < 255; i++)
        ck_assert_int_eq(fake->memory[i], 255 - i);
    ck_assert_str_eq(ask("X1000,0:"), "OK"); /* how gdb asks whether X is there */
    ck_assert_str_eq(ask("X1000,2:a"), "E22");
}
END_TEST

START_TEST(a_physical_address_is_read_and_written_in_physical_mode)
{
    ck_assert_str_eq(ask("qqemu.Supported"), "PhyMemMode");
    ck_assert_str_eq(ask("qqemu.PhyMemMode"), "0");
    ck_assert_str_eq(ask("m101000,1"), "E14");
    ck_assert_str_eq(ask("Qqemu.PhyMemMode:1"), "OK");
    ck_assert_str_eq(ask("qqemu.PhyMemMode"), "1");
    ck_assert_str_eq(ask("M101000,1:a5"), "OK");
    ck_assert_str_eq(ask("m101000,1"), "a5");
    ck_assert_str_eq(ask("m1000,1"), "E14");
    ck_assert_str_eq(ask("Qqemu.PhyMemMode:2"), "E22");
    ck_assert_str_eq(ask("Qqemu.PhyMemMode:0"), "OK");
    ck_assert_str_eq(ask("m1000,1"), "a5");
    ask("Qqemu.PhyMemMode:1");
    gdb_server_disconnect(fake->server);
    gdb_server_connect(fake->server);
    ck_assert_str_eq(ask("qqemu.PhyMemMode"), "0");
}
END_TEST

/* CRC-32/MPEG-2 of "123456789" is 0x0376e6e7 (the catalogue of CRC algorithms). */
START_TEST(a_checksum_is_that_of_the_manual)
{
    memcpy(fake->memory, "123456789", 9);
    ck_assert_str_eq(ask("qCRC:1000,9"), "C376e6e7");
    ck_assert_str_eq(ask("qCRC:1000,0"), "Cffffffff");
    ck_assert_str_eq(ask("qCRC:1000,101"), "E14");
    ck_assert_str_eq(ask("qCRC:1000,ffffffffffffffff"), "E22");
    ck_assert_str_eq(ask("qCRC:1000"), "E22");
}
END_TEST

START_TEST(a_pattern_is_found_where_it_is_first)
{
    memcpy(fake->memory + 100, "needle", 6);
    memcpy(fake->memory + 200, "needle", 6);
    ck_assert_str_eq(ask("qSearch:memory:1000;100;needle"), "1,1064");
    ck_assert_str_eq(ask("qSearch:memory:1065;9b;needle"), "1,10c8");
    ck_assert_str_eq(ask("qSearch:memory:1065;68;needle"), "0");
    ck_assert_str_eq(ask("qSearch:memory:1065;69;needle"), "1,10c8");
    ck_assert_str_eq(ask("qSearch:memory:10c9;37;needle"), "0");
    ck_assert_str_eq(ask("qSearch:memory:10c9;38;needle"), "E14");
    ck_assert_str_eq(ask("qSearch:memory:1000;200;needle"), "1,1064");
    ck_assert_str_eq(ask("qSearch:memory:1000;0;needle"), "0");
    ck_assert_str_eq(ask("qSearch:memory:1000;100;"), "E22");
    ck_assert_str_eq(ask("qSearch:memory:1000;ffffffffffffffff;x"), "E22");
    ck_assert_str_eq(ask("qSearch:memory:1000"), "E22");
}
END_TEST

START_TEST(every_address_may_be_memory)
{
    const char *map = ask("qXfer:memory-map:read::0,ffff");
    ck_assert_ptr_nonnull(
        strstr(map, "<memory type=\"ram\" start=\"0x0\" length=\"0x8000000000000000\"/>"));
    ck_assert_ptr_nonnull(strstr(map, "start=\"0x8000000000000000\""));
    ck_assert_str_eq(ask("qXfer:memory-map:read:x:0,ffff"), "E00");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("memory");
    tcase_add_test(tc, memory_is_read_up_to_its_end);
    tcase_add_test(tc, memory_is_written_whole_or_not_at_all);
    tcase_add_test(tc, binary_memory_holds_every_byte);
    tcase_add_test(tc, a_physical_address_is_read_and_written_in_physical_mode);
    tcase_add_test(tc, a_checksum_is_that_of_the_manual);
    tcase_add_test(tc, a_pattern_is_found_where_it_is_first);
    tcase_add_test(tc, every_address_may_be_memory);
    return session_run("gdbstub/memory", tc);
}
