/* SPDX-License-Identifier: MIT */
/* Acknowledgements, negotiation, coming and parting, the monitor. Rules are those of gdb's manual,
 * "Remote Protocol"; the target is a fake. */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/gdbstub/session.h"

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
    static const char *const unknown[] = { "",  "y", "qL1",       "qTStatus",    "QThreadEvents:1",
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
    ck_assert_ptr_nonnull(strstr(reply, "QNonStop+"));
    ck_assert_ptr_nonnull(strstr(reply, "qXfer:memory-map:read+"));
    ck_assert_ptr_nonnull(strstr(reply, "qXfer:threads:read+"));
    ck_assert_ptr_null(strstr(reply, "exec-file"));
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

START_TEST(connecting_interrupts_the_target)
{
    ck_assert_uint_eq(fake->interrupted, 1);
    ck_assert_str_eq(ask("?"), "T05thread:01;");
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

START_TEST(detaching_removes_breakpoints_and_continues)
{
    ask("Z0,40,4");
    ck_assert_str_eq(ask("D;2"), "E22");
    ck_assert_str_eq(ask("D;1"), "OK");
    ck_assert_uint_eq(fake->removed, 1);
    ck_assert_uint_eq(fake->resumed, 1);
    ck_assert_uint_eq(fake->let_go, 1);
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
    ck_assert_str_eq(ask("vKill;2"), "E22");
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

START_TEST(lldb_hears_that_it_has_killed)
{
    ask("qHostInfo");
    ck_assert_str_eq(ask("k"), "X09");
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

START_TEST(an_extended_client_may_kill_and_run_again)
{
    ask("!");
    ck_assert_str_eq(ask("vKill;1"), "OK");
    ck_assert_uint_eq(fake->interrupted, 2);
    ck_assert_str_eq(ask("vAttach;1"), "E22");
    ck_assert_str_eq(ask("vRun;"), "T05thread:01;");
    ck_assert_uint_eq(fake->restarted, 1);
    ck_assert_uint_eq(fake->killed, 0);
    ask("vKill;1");
    gdb_server_disconnect(fake->server);
    ck_assert_uint_eq(fake->killed, 1);
    ck_assert_uint_eq(fake->resumed, 0);
}
END_TEST

START_TEST(monitor_commands_answer_on_the_console)
{
    ask("qRcmd,696e666f"); /* "info" */
    ck_assert_str_eq(fake->line, "info");
    ck_assert_ptr_nonnull(strstr(fake->sent, "$O68656c6c6f20776f726c640a"));
    ck_assert_uint_eq(fake->looks_at, 0);
    ask("Hg2");
    ask("qRcmd,696e666f");
    ck_assert_uint_eq(fake->looks_at, 1);
    ck_assert_str_eq(ask("qRcmd,6"), "E22");
    ck_assert_str_eq(ask("qRcmd,610062"), "E22");
    ask("qRcmd,");
    ck_assert_str_eq(fake->line, "");
}
END_TEST

/* "Stop Reply Packets", O: only while the target runs. */
START_TEST(the_machine_can_speak_while_the_client_waits)
{
    ck_assert(!gdb_server_say(fake->server, "hello"));
    ask("c");
    fake_clear(fake);
    ck_assert(gdb_server_say(fake->server, "hello"));
    ck_assert_ptr_nonnull(strstr(fake->sent, "$O68656c6c6f0a#"));
    stop_at(GDB_STOP_SIGNAL, 0, 0);
    ck_assert(!gdb_server_say(fake->server, "hello"));
}
END_TEST

START_TEST(attaching_after_a_detach_stops_the_target)
{
    ask("D");
    ck_assert_str_eq(ask("qfThreadInfo"), "l");
    ck_assert_str_eq(ask("qXfer:threads:read::0,ff"),
                     "l<?xml version=\"1.0\"?><threads></threads>");
    ck_assert_str_eq(ask("T1"), "E22");
    ck_assert_str_eq(ask("vAttach;1"), "");
    ck_assert_uint_eq(fake->interrupted, 2);
    const struct gdb_stop stop = { .signal = GDB_SIGNAL_INT, .thread = GDB_THREAD_ANY };
    fake_clear(fake);
    gdb_server_stopped(fake->server, &stop);
    ck_assert_str_eq(fake->sent, "$T05thread:01;#07"); /* gdb takes no other for an attach */
    ck_assert_str_eq(ask("vAttach;2"), "E22");
    gdb_server_disconnect(fake->server);
    ck_assert_uint_eq(fake->resumed, 2);
}
END_TEST

START_TEST(a_program_that_was_moved_says_how_far)
{
    ck_assert_str_eq(ask("qOffsets"), "");
    fake->slide = 0x1234000;
    ck_assert_str_eq(ask("qOffsets"), "Text=1234000;Data=1234000;Bss=1234000");
}
END_TEST

START_TEST(lldb_is_told_what_it_debugs)
{
    ck_assert_str_eq(ask("qHostInfo"), /* "test-unknown-unknown" */
                     "triple:746573742d756e6b6e6f776e2d756e6b6e6f776e;endian:little;ptrsize:8;"
                     "watchpoint_exceptions_received:after;");
    ck_assert_ptr_nonnull(strstr(ask("qProcessInfo"), "pid:1;triple:"));
}
END_TEST

START_TEST(a_second_client_is_refused_in_a_packet_of_its_own)
{
    uint8_t sum = 0;
    ck_assert_int_eq(strncmp(gdb_refusal, "+$E.", 4), 0);
    const char *at = gdb_refusal + 2;
    while (*at && *at != '#')
        sum = (uint8_t)(sum + (uint8_t)*at++);
    ck_assert_uint_eq(strtoul(at + 1, NULL, 16), sum);
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("session");
    tcase_add_test(tc, a_good_packet_is_acknowledged_and_a_broken_one_asked_for_again);
    tcase_add_test(tc, a_refused_reply_is_sent_again);
    tcase_add_test(tc, no_ack_mode_ends_acknowledgements);
    tcase_add_test(tc, an_unknown_command_has_an_empty_reply);
    tcase_add_test(tc, features_are_negotiated);
    tcase_add_test(tc, a_new_client_starts_with_nothing_negotiated);
    tcase_add_test(tc, connecting_interrupts_the_target);
    tcase_add_test(tc, an_exit_is_told_once_and_ends_the_conversation);
    tcase_add_test(tc, an_exit_names_the_process_to_who_understands);
    tcase_add_test(tc, detaching_removes_breakpoints_and_continues);
    tcase_add_test(tc, a_lost_connection_is_a_detach);
    tcase_add_test(tc, killing_ends_the_conversation);
    tcase_add_test(tc, k_has_no_reply);
    tcase_add_test(tc, lldb_hears_that_it_has_killed);
    tcase_add_test(tc, an_extended_client_may_restart);
    tcase_add_test(tc, an_extended_client_may_kill_and_run_again);
    tcase_add_test(tc, monitor_commands_answer_on_the_console);
    tcase_add_test(tc, the_machine_can_speak_while_the_client_waits);
    tcase_add_test(tc, attaching_after_a_detach_stops_the_target);
    tcase_add_test(tc, a_program_that_was_moved_says_how_far);
    tcase_add_test(tc, lldb_is_told_what_it_debugs);
    tcase_add_test(tc, a_second_client_is_refused_in_a_packet_of_its_own);
    return session_run("gdbstub/session", tc);
}
