/* SPDX-License-Identifier: MIT */
/* Rules are those of gdb's manual, "Remote Non-Stop" and "Notification Packets"; a fake target. */
#include <string.h>

#include "tests/gdbstub/session.h"

static void begin(void)
{
    ck_assert_str_eq(ask("QNonStop:1"), "OK");
    ck_assert(fake->non_stop);
}

START_TEST(a_resuming_command_is_answered_at_once)
{
    begin();
    ck_assert_str_eq(ask("vCont;c:1"), "OK");
    ck_assert_int_eq(fake->action[0], GDB_CONTINUE);
    ck_assert_int_eq(fake->action[1], GDB_KEEP);
    ck_assert_str_eq(ask("vCont;c"), "OK");
    ck_assert_int_eq(fake->action[0], GDB_KEEP);
    ck_assert_int_eq(fake->action[1], GDB_CONTINUE);
    ck_assert(gdb_server_waits(fake->server));
}
END_TEST

START_TEST(a_stop_is_notified_and_the_others_are_fetched)
{
    begin();
    ask("vCont;c");
    stop_at(GDB_STOP_SIGNAL, 1, 0);
    ck_assert_str_eq(fake->sent, "%Stop:T05thread:02;#e8");
    stop_at(GDB_STOP_SIGNAL, 0, 0);
    ck_assert_str_eq(fake->sent, "");
    ck_assert_str_eq(ask("vStopped"), "T05thread:01;");
    ck_assert_str_eq(ask("vStopped"), "OK");
    ck_assert(!gdb_server_waits(fake->server));
    ask("vCont;s:1");
    stop_at(GDB_STOP_SIGNAL, 0, 0);
    ck_assert_str_eq(fake->sent, "%Stop:T05thread:01;#e7");
    ck_assert_str_eq(ask("vStopped"), "OK");
}
END_TEST

START_TEST(a_thread_that_stands_does_not_stop_again)
{
    begin();
    ask("vCont;c:2");
    stop_at(GDB_STOP_SIGNAL, 0, 0);
    ck_assert_str_eq(fake->sent, "");
    stop_at(GDB_STOP_SIGNAL, GDB_THREAD_ANY, 0);
    ck_assert_str_eq(fake->sent, "%Stop:T05thread:02;#e8");
    ck_assert_str_eq(ask("vStopped"), "OK");
}
END_TEST

START_TEST(stopping_one_thread_is_signal_0)
{
    begin();
    ask("vCont;c");
    ck_assert_str_eq(ask("vCont;t:2"), "OK");
    ck_assert_int_eq(fake->action[0], GDB_KEEP);
    ck_assert_int_eq(fake->action[1], GDB_STAY);
    ask("vCont;t:2"); /* it stands: nothing more to tell */
    ck_assert_ptr_null(strchr(fake->sent, '%'));
    ck_assert_str_eq(ask("vStopped"), "OK");
    ask("vCont;t");
    ck_assert_ptr_nonnull(strstr(fake->sent + strlen(fake->sent) + 1, "%Stop:T00thread:01;#"));
}
END_TEST

START_TEST(the_stop_reason_lists_all_that_stand)
{
    begin();
    ck_assert_str_eq(ask("?"), "T00thread:01;");
    send_text("$vStopped#55");
    ck_assert_str_eq(fake->sent, "+$OK#9a%Stop:T00thread:02;#e3");
    send_text("$vStopped#55");
    ck_assert_str_eq(fake->sent, "+$OK#9a");
    ask("vCont;c:1");
    ck_assert_str_eq(ask("?"), "T00thread:02;");
    ck_assert_str_eq(ask("vStopped"), "OK");
    ask("vCont;c:2");
    ck_assert_str_eq(ask("?"), "OK");
}
END_TEST

START_TEST(registers_of_the_standing_are_not_moved_by_a_stop_elsewhere)
{
    begin();
    ask("Hg1");
    ask("vCont;c:2");
    stop_at(GDB_STOP_SIGNAL, 1, 0);
    ck_assert_str_eq(ask("qC"), "QC01");
}
END_TEST

START_TEST(the_access_is_not_stepped_over_twice)
{
    ask("qSupported:swbreak+;hwbreak+");
    begin();
    ask("vCont;c");
    stop_at(GDB_STOP_WATCHPOINT, 1, 0x40);
    ask("vStopped");
    ck_assert_uint_eq(fake->resumed, 1);
    ck_assert_str_eq(ask("vCont;s:2"), "OK");
    ck_assert_ptr_nonnull(strstr(fake->sent + strlen(fake->sent) + 1, "%Stop:T05thread:02;#"));
    ck_assert_uint_eq(fake->resumed, 1);
    ask("vStopped");
    ask("vCont;s:2");
    ck_assert_uint_eq(fake->resumed, 2);
}
END_TEST

START_TEST(ctrl_c_stops_what_runs)
{
    begin();
    send_text("\x03");
    ck_assert_uint_eq(fake->interrupted, 2); /* by connecting, by QNonStop */
    ask("vCont;c:1");
    send_text("\x03");
    ck_assert_uint_eq(fake->interrupted, 3);
}
END_TEST

START_TEST(an_exit_is_a_notification)
{
    begin();
    ask("vCont;c");
    fake_clear(fake);
    gdb_server_exited(fake->server, 0);
    ck_assert_str_eq(fake->sent, "%Stop:W00#97");
    ck_assert(gdb_server_leaves(fake->server));
    send_text("$vCont;c#a8$g#67$c#63");
    ck_assert_uint_eq(fake->resumed, 1);
    ck_assert(gdb_server_leaves(fake->server));
    ck_assert_str_eq(ask("vStopped"), "OK");
    ck_assert(!gdb_server_leaves(fake->server));
    send_text("$vStopped#55");
    ck_assert_str_eq(fake->sent, "");
}
END_TEST

START_TEST(the_mode_ends_with_the_session)
{
    begin();
    ask("vCont;c:1");
    gdb_server_disconnect(fake->server);
    ck_assert(!fake->non_stop);
    ck_assert_int_eq(fake->action[0], GDB_CONTINUE);
    ck_assert_int_eq(fake->action[1], GDB_CONTINUE);
    gdb_server_connect(fake->server);
    ck_assert_str_eq(ask("c"), "");
    ck_assert_str_eq(fake->sent, "+");
}
END_TEST

START_TEST(the_mode_is_left_by_request)
{
    begin();
    ck_assert_str_eq(ask("QNonStop:0"), "OK");
    ck_assert(!fake->non_stop);
    ck_assert_str_eq(ask("QNonStop:2"), "E22");
    ck_assert_str_eq(ask("QNonStop"), "E22");
    ck_assert_str_eq(ask("?"), "T05thread:01;");
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("non_stop");
    tcase_add_test(tc, a_resuming_command_is_answered_at_once);
    tcase_add_test(tc, a_stop_is_notified_and_the_others_are_fetched);
    tcase_add_test(tc, a_thread_that_stands_does_not_stop_again);
    tcase_add_test(tc, stopping_one_thread_is_signal_0);
    tcase_add_test(tc, the_stop_reason_lists_all_that_stand);
    tcase_add_test(tc, registers_of_the_standing_are_not_moved_by_a_stop_elsewhere);
    tcase_add_test(tc, the_access_is_not_stepped_over_twice);
    tcase_add_test(tc, ctrl_c_stops_what_runs);
    tcase_add_test(tc, an_exit_is_a_notification);
    tcase_add_test(tc, the_mode_ends_with_the_session);
    tcase_add_test(tc, the_mode_is_left_by_request);
    return session_run("gdbstub/non_stop", tc);
}
