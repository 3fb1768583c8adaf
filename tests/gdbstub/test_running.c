/* SPDX-License-Identifier: MIT */
/* Breakpoints, threads, running and stopping in all-stop mode. Rules are those of gdb's manual,
 * "Remote Protocol"; the target is a fake. */
#include <check.h>
#include <stdio.h>
#include <string.h>

#include "tests/gdbstub/session.h"

START_TEST(inserting_twice_is_inserting_once)
{
    ck_assert_str_eq(ask("Z0,40,4"), "OK");
    ck_assert_str_eq(ask("Z0,40,4"), "OK");
    ck_assert_uint_eq(fake->inserted, 1);
    ck_assert_uint_eq(fake->last_address, 0x40);
    ck_assert_str_eq(ask("z1,40,4"), "OK"); /* not the other type's */
    ck_assert_str_eq(ask("z0,40,8"), "OK");
    ck_assert_uint_eq(fake->removed, 0);
    ck_assert_str_eq(ask("z0,40,4"), "OK");
    ck_assert_str_eq(ask("z0,40,4"), "OK");
    ck_assert_uint_eq(fake->removed, 1);
}
END_TEST

START_TEST(what_the_target_cannot_do_is_not_supported)
{
    ck_assert_str_eq(ask("Z3,40,8"), "");
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
    ask("Z2,1230,8");
    ask("c");
    stop_at(GDB_STOP_WATCHPOINT, 0, 0x1234);
    ck_assert_ptr_nonnull(strstr(fake->sent, "T05thread:01;watch:1234;#"));
    ask("c");
    stop_at(GDB_STOP_WATCHPOINT, 0, 0x1238);
    ck_assert_ptr_nonnull(strstr(fake->sent, "T05thread:01;awatch:1238;#"));
}
END_TEST

/* What gdb 13 sends for AArch64 when it is told of a watchpoint. */
START_TEST(the_access_is_not_stepped_over_twice)
{
    ask("qSupported:swbreak+;hwbreak+");
    ask("Z2,40,8");
    ask("vCont;c");
    stop_at(GDB_STOP_WATCHPOINT, 1, 0x40);
    ask("z2,40,8");
    ck_assert_str_eq(ask("vCont;s:2"), "T05thread:02;");
    ck_assert_uint_eq(fake->resumed, 1);
    ck_assert_str_eq(ask("vCont;s:2"), ""); /* the user's */
    ck_assert_uint_eq(fake->resumed, 2);
}
END_TEST

START_TEST(other_steps_behind_a_watchpoint_are_steps)
{
    static const char *const steps[] = { "vCont;s:1", "vCont;s:2;c", "vCont;c", "s", "vCont;s:2" };
    for (unsigned i = 0; i < sizeof(steps) / sizeof(*steps); i++) {
        ask("qSupported:swbreak+;hwbreak+");
        ask("Z2,40,8");
        ask("vCont;c");
        stop_at(GDB_STOP_WATCHPOINT, 1, 0x40);
        if (i < 4)
            ask("z2,40,8");
        ck_assert_str_eq(ask(steps[i]), "");
        ck_assert_uint_eq(fake->resumed, 2 * i + 2);
        stop_at(GDB_STOP_SIGNAL, 0, 0);
    }
}
END_TEST

START_TEST(a_client_that_knows_where_watchpoints_stop_steps)
{
    ask("qSupported:swbreak+;hwbreak+");
    ask("qHostInfo");
    ask("vCont;c");
    stop_at(GDB_STOP_WATCHPOINT, 1, 0x40);
    ck_assert_str_eq(ask("vCont;s:2"), "");
    ck_assert_uint_eq(fake->resumed, 2);
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
    ck_assert_str_eq(ask("vCont?"), "vCont;c;C;s;S;t;r");
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
    static const char *const bad[] = { "vCont",       "vCont;",   "vCont;x",  "vCont;c:9",
                                       "vCont;C",     "vCont;c:", "vCont;;c", "vCont;c:1;q",
                                       "vCont;t",     "vCont;r1", "vContc",   "vCont:c",
                                       "vCont;s:p2.1" };
    for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
        ask(bad[i]);
    ck_assert_uint_eq(fake->resumed, 0);
    ck_assert(!gdb_server_waits(fake->server));
}
END_TEST

START_TEST(a_range_is_stepped_through)
{
    ask("vCont;r1000,1010:2;c");
    ck_assert_int_eq(fake->action[1], GDB_STEP);
    ck_assert_uint_eq(fake->wanted[1].start, 0x1000);
    ck_assert_uint_eq(fake->wanted[1].end, 0x1010);
    ck_assert_int_eq(fake->action[0], GDB_CONTINUE);
    ask("vCont;s:2");
    ck_assert_uint_eq(fake->wanted[1].end, 0);
}
END_TEST

START_TEST(vctrlc_is_ctrl_c)
{
    ck_assert_str_eq(ask("vCtrlC"), "OK");
    ck_assert_uint_eq(fake->interrupted, 1);
    ask("c");
    ck_assert_str_eq(ask("vCtrlC"), "OK");
    ck_assert_uint_eq(fake->interrupted, 2);
}
END_TEST

START_TEST(threads_are_an_object_too)
{
    ck_assert_str_eq(ask("qXfer:threads:read::0,ffff"),
                     "l<?xml version=\"1.0\"?><threads><thread id=\"1\" core=\"0\">cpu 0</thread>"
                     "<thread id=\"2\" core=\"1\">cpu 1</thread></threads>");
    ask("qSupported:multiprocess+");
    ck_assert_ptr_nonnull(strstr(ask("qXfer:threads:read::0,ffff"), "id=\"p1.2\""));
    ck_assert_str_eq(ask("qXfer:threads:read::15,8"), "m<threads");
}
END_TEST

START_TEST(the_program_is_named_if_gdb_can_read_it)
{
    ck_assert_str_eq(ask("qXfer:exec-file:read::0,ffff"), "");
    fake->file = "/boot/vmlinux";
    ck_assert_str_eq(ask("qXfer:exec-file:read::0,ffff"), "l/boot/vmlinux");
    ck_assert_str_eq(ask("qXfer:exec-file:read:1:5,ffff"), "l/vmlinux");
    ck_assert_str_eq(ask("qXfer:exec-file:read:2:0,ffff"), "E00");
    ck_assert_ptr_nonnull(strstr(ask("qSupported"), ";qXfer:exec-file:read+"));
}
END_TEST

int main(void)
{
    TCase *tc = tcase_create("running");
    tcase_add_test(tc, inserting_twice_is_inserting_once);
    tcase_add_test(tc, what_the_target_cannot_do_is_not_supported);
    tcase_add_test(tc, there_is_an_end_to_breakpoints);
    tcase_add_test(tc, threads_are_listed_and_described);
    tcase_add_test(tc, thread_ids_select_one_all_or_any);
    tcase_add_test(tc, continuing_waits_for_one_stop);
    tcase_add_test(tc, breakpoints_are_named_to_who_understands);
    tcase_add_test(tc, the_access_is_not_stepped_over_twice);
    tcase_add_test(tc, a_client_that_knows_where_watchpoints_stop_steps);
    tcase_add_test(tc, other_steps_behind_a_watchpoint_are_steps);
    tcase_add_test(tc, ctrl_c_interrupts_a_running_target_only);
    tcase_add_test(tc, continuing_at_an_address_sets_the_pc);
    tcase_add_test(tc, vcont_gives_each_thread_its_leftmost_action);
    tcase_add_test(tc, malformed_vcont_resumes_nothing);
    tcase_add_test(tc, a_range_is_stepped_through);
    tcase_add_test(tc, vctrlc_is_ctrl_c);
    tcase_add_test(tc, threads_are_an_object_too);
    tcase_add_test(tc, the_program_is_named_if_gdb_can_read_it);
    return session_run("gdbstub/running", tc);
}
