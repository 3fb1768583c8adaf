/* SPDX-License-Identifier: MIT */
/* Rules are those of gdb's manual, "Remote Protocol"; the target is a fake. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gdbstub/fake_target.h"

static struct fake *fake;

static void setup(void)
{
    fake = fake_create();
}

static void teardown(void)
{
    fake_destroy(fake);
}

static const char *ask(const char *payload)
{
    return fake_ask(fake, payload);
}

static void send_text(const char *text)
{
    fake_clear(fake);
    fake_send_raw(fake, text, strlen(text));
}

/* ---- acknowledgements ---- */

START_TEST(a_good_packet_is_acknowledged_and_a_broken_one_asked_for_again)
{
    send_text("$qAttached#8f");
    ck_assert_str_eq(fake->sent, "+$1#31");
    send_text("$qAttached#00");
    ck_assert_str_eq(fake->sent, "-");
}
END_TEST

START_TEST(a_refused_reply_is_sent_again)
{
    ask("qAttached");
    send_text("-");
    ck_assert_str_eq(fake->sent, "$1#31");
    send_text("+");
    ck_assert_str_eq(fake->sent, "");
}
END_TEST

START_TEST(no_ack_mode_ends_acknowledgements)
{
    ck_assert_str_eq(ask("QStartNoAckMode"), "OK");
    ck_assert_int_eq(fake->sent[0], '+');
    send_text("+$qAttached#8f");
    ck_assert_str_eq(fake->sent, "$1#31");
    send_text("$qAttached#00-");
    ck_assert_str_eq(fake->sent, "");
}
END_TEST

START_TEST(an_unknown_command_has_an_empty_reply)
{
    send_text("$vMustReplyEmpty#3a");
    ck_assert_str_eq(fake->sent, "+$#00");
    static const char *const unknown[] = { "",  "y", "qL1",       "qCRC:0,1",    "QNonStop:1",
                                           "v", "q", "qSymbol::", "vFile:open:", "x1000,4" };
    for (size_t i = 0; i < sizeof(unknown) / sizeof(*unknown); i++) {
        ck_assert_str_eq(ask(unknown[i]), "");
        ck_assert_ptr_nonnull(strchr(fake->sent, '$'));
    }
}
END_TEST

START_TEST(features_are_negotiated)
{
    const char *reply = ask("qSupported:multiprocess+;swbreak+;xmlRegisters=i386");
    ck_assert_ptr_nonnull(strstr(reply, "PacketSize=10000"));
    ck_assert_ptr_nonnull(strstr(reply, "qXfer:features:read+"));
    ck_assert_ptr_nonnull(strstr(reply, "QStartNoAckMode+"));
    ck_assert_ptr_nonnull(strstr(reply, "vContSupported+"));
    ck_assert_str_eq(ask("qC"), "QCp01.01");
}
END_TEST

START_TEST(a_new_client_starts_with_nothing_negotiated)
{
    ask("qSupported:multiprocess+");
    ask("QStartNoAckMode");
    gdb_server_disconnect(fake->server);
    gdb_server_connect(fake->server);
    ck_assert_str_eq(ask("qC"), "QC01");
    ck_assert_int_eq(fake->sent[0], '+');
}
END_TEST

/* ---- registers ---- */

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

/* ---- memory ---- */

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

/* ---- breakpoints ---- */

START_TEST(inserting_twice_is_inserting_once)
{
    ck_assert_str_eq(ask("Z0,40,4"), "OK");
    ck_assert_str_eq(ask("Z0,40,4"), "OK");
    ck_assert_uint_eq(fake->inserted, 1);
    ck_assert_uint_eq(fake->last_address, 0x40);
    ck_assert_str_eq(ask("z0,40,4"), "OK");
    ck_assert_uint_eq(fake->removed, 1);
}
END_TEST

START_TEST(what_the_target_cannot_do_is_not_supported)
{
    ck_assert_str_eq(ask("Z2,40,8"), "");
    ck_assert_str_eq(ask("z4,40,8"), "");
    ck_assert_str_eq(ask("Z1,41,4"), "E22");
    ck_assert_str_eq(ask("Z5,40,4"), "E22");
    ck_assert_str_eq(ask("Z0,40,4;X1,2"), "E22");
    ck_assert_str_eq(ask("Z0,40"), "E22");
}
END_TEST

START_TEST(there_is_an_end_to_breakpoints)
{
    char command[32];
    for (unsigned i = 0; i < 4096; i++) {
        snprintf(command, sizeof(command), "Z0,%x,4", 4 * i);
        ck_assert_str_eq(ask(command), "OK");
    }
    ck_assert_str_eq(ask("Z0,100000,4"), "E28");
    gdb_server_disconnect(fake->server);
    ck_assert_uint_eq(fake->removed, 4096);
}
END_TEST

/* ---- threads ---- */

START_TEST(threads_are_listed_and_described)
{
    ck_assert_str_eq(ask("qfThreadInfo"), "m01,02");
    ck_assert_str_eq(ask("qsThreadInfo"), "l");
    ck_assert_str_eq(ask("qThreadExtraInfo,2"), "6370752031"); /* "cpu 1" */
    ck_assert_str_eq(ask("T2"), "OK");
    ck_assert_str_eq(ask("T3"), "E22");
    ck_assert_str_eq(ask("Tp1.2"), "OK");
    ck_assert_str_eq(ask("Tp2.1"), "E22");
}
END_TEST

START_TEST(thread_ids_select_one_all_or_any)
{
    ck_assert_str_eq(ask("Hgp0.0"), "OK");
    ck_assert_str_eq(ask("Hc-1"), "OK");
    ck_assert_str_eq(ask("Hcp1.-1"), "OK");
    ck_assert_str_eq(ask("Hg2"), "OK");
    ck_assert_str_eq(ask("qC"), "QC02");
    ck_assert_str_eq(ask("Hg0"), "OK");
    ck_assert_str_eq(ask("qC"), "QC02");
    ck_assert_str_eq(ask("Hg-1"), "E22");
    ck_assert_str_eq(ask("Hg3"), "E22");
    ck_assert_str_eq(ask("Hx1"), "E22");
    ck_assert_str_eq(ask("Hg1x"), "E22");
    ck_assert_str_eq(ask("Hg"), "E22");
}
END_TEST

/* ---- running and stopping ---- */

static void stop_at(enum gdb_stop_reason reason, int thread, uint64_t address)
{
    const struct gdb_stop stop = { .reason = reason,
                                   .signal = GDB_SIGNAL_TRAP,
                                   .thread = thread,
                                   .address = address,
                                   .watch = GDB_WATCH_ACCESS };
    fake_clear(fake);
    gdb_server_stopped(fake->server, &stop);
}

START_TEST(connecting_interrupts_the_target)
{
    ck_assert_uint_eq(fake->interrupted, 1);
    ck_assert_str_eq(ask("?"), "T05thread:01;");
}
END_TEST

START_TEST(continuing_waits_for_one_stop)
{
    ck_assert_str_eq(ask("c"), "");
    ck_assert_str_eq(fake->sent, "+");
    ck_assert(gdb_server_waits(fake->server));
    ck_assert_int_eq(fake->action[0], GDB_CONTINUE);
    ck_assert_int_eq(fake->action[1], GDB_CONTINUE);
    stop_at(GDB_STOP_SIGNAL, 1, 0);
    ck_assert_str_eq(fake->sent, "$T05thread:02;#08");
    ck_assert(!gdb_server_waits(fake->server));
    stop_at(GDB_STOP_SIGNAL, 0, 0);
    ck_assert_str_eq(fake->sent, "");
}
END_TEST

START_TEST(breakpoints_are_named_to_who_understands)
{
    ask("Z0,40,4");
    ask("Z1,44,4");
    ask("c");
    stop_at(GDB_STOP_BREAKPOINT, 0, 0x40);
    ck_assert_ptr_null(strstr(fake->sent, "swbreak"));
    ask("qSupported:swbreak+;hwbreak+");
    ask("c");
    stop_at(GDB_STOP_BREAKPOINT, 0, 0x40);
    ck_assert_ptr_nonnull(strstr(fake->sent, "T05thread:01;swbreak:;#"));
    ask("c");
    stop_at(GDB_STOP_BREAKPOINT, 0, 0x44);
    ck_assert_ptr_nonnull(strstr(fake->sent, "T05thread:01;hwbreak:;#"));
    ask("c");
    stop_at(GDB_STOP_WATCHPOINT, 0, 0x1234);
    ck_assert_ptr_nonnull(strstr(fake->sent, "T05thread:01;awatch:1234;#"));
}
END_TEST

START_TEST(ctrl_c_interrupts_a_running_target_only)
{
    send_text("\x03");
    ck_assert_uint_eq(fake->interrupted, 1);
    ask("c");
    send_text("\x03");
    ck_assert_uint_eq(fake->interrupted, 2);
    const struct gdb_stop stop = { .signal = GDB_SIGNAL_INT, .thread = GDB_THREAD_ANY };
    gdb_server_stopped(fake->server, &stop);
    ck_assert_str_eq(fake->sent, "$T02thread:01;#04");
}
END_TEST

START_TEST(continuing_at_an_address_sets_the_pc)
{
    ask("c4000");
    ck_assert_uint_eq(fake->pc[0], 0x4000);
    ask("Hc2");
    ask("s5000");
    ck_assert_uint_eq(fake->pc[1], 0x5000);
    ck_assert_int_eq(fake->action[0], GDB_STAY);
    ck_assert_int_eq(fake->action[1], GDB_STEP);
    ask("C05;6000");
    ck_assert_uint_eq(fake->pc[1], 0x6000);
    ask("S05");
    ck_assert_uint_eq(fake->resumed, 4);
    ck_assert_str_eq(ask("cx"), "E22");
    ck_assert_str_eq(ask("C"), "E22");
    ck_assert_str_eq(ask("C05;"), "E22");
    ck_assert_uint_eq(fake->resumed, 4);
}
END_TEST

START_TEST(vcont_gives_each_thread_its_leftmost_action)
{
    ck_assert_str_eq(ask("vCont?"), "vCont;c;C;s;S;t");
    ask("vCont;s:2;c");
    ck_assert_int_eq(fake->action[0], GDB_CONTINUE);
    ck_assert_int_eq(fake->action[1], GDB_STEP);
    ask("vCont;c;s:2");
    ck_assert_int_eq(fake->action[1], GDB_CONTINUE);
    ask("vCont;S05:p1.1");
    ck_assert_int_eq(fake->action[0], GDB_STEP);
    ck_assert_int_eq(fake->action[1], GDB_STAY);
    ask("vCont;t:1;c:p1.-1");
    ck_assert_int_eq(fake->action[0], GDB_STAY);
    ck_assert_int_eq(fake->action[1], GDB_CONTINUE);
    ask("vCont;C05");
    ck_assert_uint_eq(fake->resumed, 5);
}
END_TEST

START_TEST(malformed_vcont_resumes_nothing)
{
    static const char *const bad[] = { "vCont",       "vCont;",     "vCont;x",  "vCont;c:9",
                                       "vCont;C",     "vCont;c:",   "vCont;;c", "vCont;c:1;q",
                                       "vCont;t",     "vCont;r1,2", "vContc",   "vCont:c",
                                       "vCont;s:p2.1" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        ask(bad[i]);
    ck_assert_uint_eq(fake->resumed, 0);
    ck_assert(!gdb_server_waits(fake->server));
}
END_TEST

START_TEST(an_exit_is_told_once_and_ends_the_conversation)
{
    ask("c");
    fake_clear(fake);
    gdb_server_exited(fake->server, 0);
    gdb_server_exited(fake->server, 0);
    ck_assert_str_eq(fake->sent, "$W00#b7");
    ck_assert_str_eq(ask("g"), "");
}
END_TEST

START_TEST(an_exit_names_the_process_to_who_understands)
{
    ask("qSupported:multiprocess+");
    fake_clear(fake);
    gdb_server_terminated(fake->server, 15);
    ck_assert_ptr_nonnull(strstr(fake->sent, "$X0f;process:1#"));
}
END_TEST

/* ---- parting ---- */

START_TEST(detaching_removes_breakpoints_and_continues)
{
    ask("Z0,40,4");
    ck_assert_str_eq(ask("D;1"), "OK");
    ck_assert_uint_eq(fake->removed, 1);
    ck_assert_uint_eq(fake->resumed, 1);
    ck_assert_int_eq(fake->action[1], GDB_CONTINUE);
    gdb_server_disconnect(fake->server);
    ck_assert_uint_eq(fake->resumed, 1);
}
END_TEST

START_TEST(a_lost_connection_is_a_detach)
{
    ask("Z0,40,4");
    gdb_server_disconnect(fake->server);
    ck_assert_uint_eq(fake->removed, 1);
    ck_assert_uint_eq(fake->resumed, 1);
    send_text("$g#67");
    ck_assert_str_eq(fake->sent, "");
}
END_TEST

START_TEST(killing_ends_the_conversation)
{
    ck_assert_str_eq(ask("vKill;1"), "OK");
    ck_assert_uint_eq(fake->killed, 1);
    ask("k");
    ck_assert_uint_eq(fake->killed, 1);
    gdb_server_disconnect(fake->server);
    ck_assert_uint_eq(fake->resumed, 0);
}
END_TEST

START_TEST(k_has_no_reply)
{
    ask("k");
    ck_assert_str_eq(fake->sent, "+");
    ck_assert_uint_eq(fake->killed, 1);
}
END_TEST

START_TEST(an_extended_client_may_restart)
{
    ck_assert_str_eq(ask("!"), "OK");
    ask("R00");
    ck_assert_str_eq(fake->sent, "+");
    ck_assert_str_eq(ask("vRun;"), "T05thread:01;");
    ck_assert_uint_eq(fake->restarted, 2);
}
END_TEST

/* ---- the monitor ---- */

START_TEST(monitor_commands_answer_on_the_console)
{
    ask("qRcmd,696e666f"); /* "info" */
    ck_assert_str_eq(fake->line, "info");
    ck_assert_ptr_nonnull(strstr(fake->sent, "$O68656c6c6f20776f726c640a"));
    ck_assert_str_eq(ask("qRcmd,6"), "E22");
    ck_assert_str_eq(ask("qRcmd,610062"), "E22");
    ask("qRcmd,");
    ck_assert_str_eq(fake->line, "");
}
END_TEST

/* ---- hostile input ---- */

static uint32_t next_random(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u; /* Numerical Recipes */
    return *state >> 8;
}

/* A payload that looks like a command more often than not. */
static size_t make_payload(uint32_t *state, uint8_t *payload, size_t max)
{
    static const char *const starts[] = {
        "g",
        "G",
        "p",
        "P",
        "m1000,",
        "M1000,4:",
        "X1000,4:",
        "Z0,",
        "z0,",
        "?",
        "c",
        "C05;",
        "s",
        "S05",
        "Hg",
        "Hc",
        "T",
        "D",
        "R",
        "!",
        "vCont;c",
        "vCont;s:1",
        "vCont;",
        "vRun;",
        "qSupported:",
        "qXfer:features:read:target.xml:",
        "qC",
        "qfThreadInfo",
        "qThreadExtraInfo,",
        "qRcmd,",
        "QStartNoAckMode",
        "H",
        "m",
        "Z",
        "vCont?",
    };
    static const char alphabet[] = "0123456789abcdef,:;.-p+xzt=$#}*";
    size_t size = 0;
    if (next_random(state) % 8) {
        const char *start = starts[next_random(state) % (sizeof(starts) / sizeof(*starts))];
        size = strlen(start);
        memcpy(payload, start, size);
    }
    size_t more = next_random(state) % (max - size);
    if (next_random(state) % 4)
        more %= 20;
    while (more--)
        payload[size++] = next_random(state) % 8
                              ? (uint8_t)alphabet[next_random(state) % (sizeof(alphabet) - 1)]
                              : (uint8_t)next_random(state);
    return size;
}

START_TEST(malformed_packets_do_no_harm)
{
    uint32_t state = 1;
    uint8_t payload[300];
    for (unsigned i = 0; i < 1000000; i++) {
        size_t size = make_payload(&state, payload, sizeof(payload));
        if (next_random(&state) % 4)
            fake_ask_bytes(fake, payload, size);
        else
            fake_send_raw(fake, payload, size);
        if (gdb_server_waits(fake->server))
            stop_at((enum gdb_stop_reason)(i % 3), (int)(i % 2), i);
        fake->size = 0;
    }
    gdb_server_disconnect(fake->server);
    gdb_server_connect(fake->server);
    ck_assert_str_eq(ask("?"), "T05thread:01;");
}
END_TEST

static void add_all(TCase *tc)
{
    tcase_add_test(tc, a_good_packet_is_acknowledged_and_a_broken_one_asked_for_again);
    tcase_add_test(tc, a_refused_reply_is_sent_again);
    tcase_add_test(tc, no_ack_mode_ends_acknowledgements);
    tcase_add_test(tc, an_unknown_command_has_an_empty_reply);
    tcase_add_test(tc, features_are_negotiated);
    tcase_add_test(tc, a_new_client_starts_with_nothing_negotiated);
    tcase_add_test(tc, registers_are_described);
    tcase_add_test(tc, the_description_comes_in_parts);
    tcase_add_test(tc, all_registers_are_read_and_written_without_those_on_demand);
    tcase_add_test(tc, malformed_register_blocks_are_refused);
    tcase_add_test(tc, one_register_is_read_and_written);
    tcase_add_test(tc, a_register_without_a_value_is_a_row_of_x_and_a_constant_one_refuses);
    tcase_add_test(tc, registers_belong_to_the_selected_thread);
    tcase_add_test(tc, memory_is_read_up_to_its_end);
    tcase_add_test(tc, memory_is_written_whole_or_not_at_all);
    tcase_add_test(tc, binary_memory_holds_every_byte);
    tcase_add_test(tc, inserting_twice_is_inserting_once);
    tcase_add_test(tc, what_the_target_cannot_do_is_not_supported);
    tcase_add_test(tc, there_is_an_end_to_breakpoints);
    tcase_add_test(tc, threads_are_listed_and_described);
    tcase_add_test(tc, thread_ids_select_one_all_or_any);
    tcase_add_test(tc, connecting_interrupts_the_target);
    tcase_add_test(tc, continuing_waits_for_one_stop);
    tcase_add_test(tc, breakpoints_are_named_to_who_understands);
    tcase_add_test(tc, ctrl_c_interrupts_a_running_target_only);
    tcase_add_test(tc, continuing_at_an_address_sets_the_pc);
    tcase_add_test(tc, vcont_gives_each_thread_its_leftmost_action);
    tcase_add_test(tc, malformed_vcont_resumes_nothing);
    tcase_add_test(tc, an_exit_is_told_once_and_ends_the_conversation);
    tcase_add_test(tc, an_exit_names_the_process_to_who_understands);
    tcase_add_test(tc, detaching_removes_breakpoints_and_continues);
    tcase_add_test(tc, a_lost_connection_is_a_detach);
    tcase_add_test(tc, killing_ends_the_conversation);
    tcase_add_test(tc, k_has_no_reply);
    tcase_add_test(tc, an_extended_client_may_restart);
    tcase_add_test(tc, monitor_commands_answer_on_the_console);
    tcase_add_test(tc, malformed_packets_do_no_harm);
}

int main(void)
{
    Suite *suite = suite_create("gdbstub/server");
    TCase *tc = tcase_create("server");
    suite_add_tcase(suite, tc);
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    add_all(tc);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
