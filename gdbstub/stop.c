/* SPDX-License-Identifier: MIT */
/* Running and stopping: resuming commands, stop replies, and the ways to part. */
#include "gdbstub/server_internal.h"

/* ---- stop replies ---- */

static void add_reason(struct gdb_server *server)
{
    static const char *const watch[] = {
        [GDB_WATCH_WRITE] = "watch", [GDB_WATCH_READ] = "rwatch", [GDB_WATCH_ACCESS] = "awatch"
    };
    const struct gdb_stop *stop = &server->stop;
    if (stop->reason == GDB_STOP_WATCHPOINT) {
        gdb_buffer_print(&server->reply, "%s:%llx;", watch[stop->watch],
                         (unsigned long long)stop->address);
        return;
    }
    const struct breakpoint *b = server_find_breakpoint(server, stop->address);
    if (stop->reason != GDB_STOP_BREAKPOINT || !b)
        return;
    if (b->type == GDB_BREAK_SOFTWARE && server->swbreak)
        gdb_buffer_text(&server->reply, "swbreak:;");
    else if (b->type == GDB_BREAK_HARDWARE && server->hwbreak)
        gdb_buffer_text(&server->reply, "hwbreak:;");
}

void server_write_stop(struct gdb_server *server)
{
    gdb_buffer_clear(&server->reply);
    gdb_buffer_print(&server->reply, "T%02xthread:", server->stop.signal);
    server_add_thread(server, server->general);
    gdb_buffer_text(&server->reply, ";");
    add_reason(server);
}

bool gdb_server_waits(const struct gdb_server *server)
{
    return server->connected && server->waits;
}

void gdb_server_stopped(struct gdb_server *server, const struct gdb_stop *stop)
{
    server->stop = *stop;
    if (stop->thread != GDB_THREAD_ANY)
        server->general = (unsigned)stop->thread;
    if (!gdb_server_waits(server))
        return;
    server->waits = false;
    server_write_stop(server);
    server_send(server);
}

static void end(struct gdb_server *server, char how, uint8_t status)
{
    if (!server->connected || server->over)
        return;
    server->over = true;
    server->waits = false;
    gdb_buffer_clear(&server->reply);
    gdb_buffer_print(&server->reply, "%c%02x%s", how, status,
                     server->multiprocess ? ";process:1" : "");
    server_send(server);
}

void gdb_server_exited(struct gdb_server *server, uint8_t status)
{
    end(server, 'W', status);
}

void gdb_server_terminated(struct gdb_server *server, uint8_t signal)
{
    end(server, 'X', signal);
}

void command_stop_reason(struct gdb_server *server, struct args *args)
{
    server_write_stop(server);
}

/* ---- resuming ---- */

static void resume(struct gdb_server *server, const enum gdb_action *action)
{
    server->waits = true;
    server->silent = true;
    server->detached = false;
    server->target.ops->resume(server->target.ctx, action);
}

/* c and s: the threads of Hc; a step is one thread's, and the others run when Hc names none. */
static void resume_selected(struct gdb_server *server, enum gdb_action wanted)
{
    enum gdb_action action[GDB_THREADS_MAX];
    unsigned stepper = server->control >= 0 ? (unsigned)server->control : server->general;
    for (unsigned i = 0; i < server_threads(server); i++)
        action[i] = server->control >= 0 ? GDB_STAY : GDB_CONTINUE;
    action[stepper] = wanted;
    resume(server, action);
}

/* [ADDR] */
static void resume_at(struct gdb_server *server, struct args *args, enum gdb_action wanted)
{
    const struct gdb_target *target = &server->target;
    unsigned thread = server->control >= 0 ? (unsigned)server->control : server->general;
    uint64_t address;
    bool given = args_left(args);
    if (given && (!args_hex(args, &address) || args_left(args))) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    if (given)
        target->ops->set_pc(target->ctx, thread, address);
    resume_selected(server, wanted);
}

/* SIG[;ADDR]. A machine has no signals: the number has no effect. */
static void resume_signal(struct gdb_server *server, struct args *args, enum gdb_action wanted)
{
    uint64_t signal;
    if (!args_hex(args, &signal) || (args_skip(args, ';') && !args_left(args)))
        server_reply(server, ERROR_INVALID);
    else
        resume_at(server, args, wanted);
}

void command_continue(struct gdb_server *server, struct args *args)
{
    resume_at(server, args, GDB_CONTINUE);
}

void command_step(struct gdb_server *server, struct args *args)
{
    resume_at(server, args, GDB_STEP);
}

void command_continue_signal(struct gdb_server *server, struct args *args)
{
    resume_signal(server, args, GDB_CONTINUE);
}

void command_step_signal(struct gdb_server *server, struct args *args)
{
    resume_signal(server, args, GDB_STEP);
}

/* ---- vCont ---- */

void command_vcont_actions(struct gdb_server *server, struct args *args)
{
    server_reply(server, "vCont;c;C;s;S;t");
}

/* c, C SIG, s, S SIG, t */
static bool parse_action(struct args *item, enum gdb_action *action)
{
    uint64_t signal;
    bool with_signal = args_skip(item, 'C');
    *action = GDB_CONTINUE;
    if (!with_signal && !args_skip(item, 'c')) {
        with_signal = args_skip(item, 'S');
        *action = GDB_STEP;
        if (!with_signal && !args_skip(item, 's')) {
            *action = GDB_STAY;
            return args_skip(item, 't');
        }
    }
    return !with_signal || args_hex(item, &signal);
}

/* ACTION[:THREAD]; the leftmost action that names a thread is the thread's. */
static bool apply_item(struct gdb_server *server, struct args item, enum gdb_action *action,
                       bool *taken)
{
    enum gdb_action wanted;
    int thread = THREADS_ALL;
    if (!parse_action(&item, &wanted) ||
        (args_skip(&item, ':') && !args_thread(&item, server_threads(server), &thread)) ||
        args_left(&item))
        return false;
    if (thread == THREAD_ANY)
        thread = (int)server->general;
    for (int i = 0; i < (int)server_threads(server); i++) {
        if (taken[i] || (thread != THREADS_ALL && thread != i))
            continue;
        taken[i] = true;
        action[i] = wanted;
    }
    return true;
}

void command_vcont(struct gdb_server *server, struct args *args)
{
    enum gdb_action action[GDB_THREADS_MAX] = { GDB_STAY };
    bool taken[GDB_THREADS_MAX] = { false }, ok = args_skip(args, ';'), any = false;
    while (ok && args_left(args))
        ok = apply_item(server, args_item(args, ';'), action, taken);
    for (unsigned i = 0; i < server_threads(server); i++)
        any |= action[i] != GDB_STAY;
    if (ok && any)
        resume(server, action);
    else
        server_reply(server, ERROR_INVALID);
}

/* ---- parting ---- */

void server_let_go(struct gdb_server *server)
{
    enum gdb_action action[GDB_THREADS_MAX];
    for (unsigned i = 0; i < server_threads(server); i++)
        action[i] = GDB_CONTINUE;
    server_remove_breakpoints(server);
    server->target.ops->resume(server->target.ctx, action);
}

void command_detach(struct gdb_server *server, struct args *args)
{
    server_let_go(server);
    server->detached = true;
    server_reply(server, "OK");
}

static void kill_target(struct gdb_server *server)
{
    server->over = true;
    server->target.ops->kill(server->target.ctx);
}

void command_kill(struct gdb_server *server, struct args *args)
{
    server->silent = true;
    kill_target(server);
}

void command_vkill(struct gdb_server *server, struct args *args)
{
    kill_target(server);
    server_reply(server, "OK");
}

/* ---- from the start ---- */

static void restart(struct gdb_server *server)
{
    server->target.ops->restart(server->target.ctx);
    server->stop = (struct gdb_stop){ .signal = GDB_SIGNAL_TRAP, .thread = GDB_THREAD_ANY };
    server->general = 0;
}

/* A machine has one program: file name and arguments have no effect. */
void command_vrun(struct gdb_server *server, struct args *args)
{
    restart(server);
    server_write_stop(server);
}

void command_restart(struct gdb_server *server, struct args *args)
{
    restart(server);
    server->silent = true;
}
