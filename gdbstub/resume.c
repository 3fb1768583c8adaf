/* SPDX-License-Identifier: MIT */
/* Making threads run: c, s, C, S, vCont, and the wish to stop. */
#include "gdbstub/server_internal.h"

/* ---- a step that gdb makes behind a watchpoint ---- */

static bool has_watchpoint(const struct gdb_server *server)
{
    for (unsigned i = 0; i < server->breakpoints; i++)
        if (server->breakpoint[i].type >= GDB_WATCH_WRITE)
            return true;
    return false;
}

/* Told of a watchpoint, gdb removes its watchpoints and steps that thread alone, in order to look
 * when the access is done. But it is done: the step has nothing to do. A step of the user's comes
 * with the watchpoints inserted, or later. Other clients ask (qHostInfo) and know. */
static bool steps_over_access(const struct gdb_server *server, const struct gdb_resume *wanted,
                              unsigned *thread)
{
    bool found = false;
    if (!server->target.ops->gdb_steps_over_access || server->asks_host || !server->hwbreak ||
        has_watchpoint(server))
        return false;
    for (unsigned i = 0; i < server_threads(server); i++) {
        enum gdb_action action = wanted[i].action;
        if (action == GDB_STAY || action == GDB_KEEP)
            continue;
        if (found || action != GDB_STEP || !server->thread[i].accessed)
            return false;
        found = true;
        *thread = i;
    }
    return found;
}

static void tell_of_step(struct gdb_server *server, unsigned thread)
{
    const struct gdb_stop stop = { .signal = GDB_SIGNAL_TRAP, .thread = (int)thread };
    if (server->non_stop) {
        server_reply(server, "OK");
        server_send(server);
        server->silent = true;
        server_queue_stop(server, thread, &stop);
        return;
    }
    server->thread[thread].accessed = false;
    server->general = thread;
    server->stop = stop;
    server_write_stop(server);
}

/* ---- resuming ---- */

/* All-stop mode: the reply comes when the threads have stopped. */
static void resume_all(struct gdb_server *server, const struct gdb_resume *wanted)
{
    for (unsigned i = 0; i < server_threads(server); i++)
        server->thread[i].accessed = false;
    server->waits = true;
    server->silent = true;
    server->target.ops->resume(server->target.ctx, wanted);
}

/* Non-stop mode: threads that run already keep running, those that stand may stay. */
static void resume_each(struct gdb_server *server, struct gdb_resume *wanted)
{
    static const struct gdb_stop halted = { .signal = GDB_SIGNAL_NONE, .thread = GDB_THREAD_ANY };
    bool halts[GDB_THREADS_MAX] = { false };
    for (unsigned i = 0; i < server_threads(server); i++) {
        struct thread_state *thread = &server->thread[i];
        enum gdb_action action = wanted[i].action;
        halts[i] = thread->runs && action == GDB_STAY;
        if (thread->runs ? action != GDB_STAY : action == GDB_STAY)
            wanted[i].action = GDB_KEEP;
        else if (!thread->runs && action != GDB_KEEP)
            *thread = (struct thread_state){ .runs = true };
    }
    server->target.ops->resume(server->target.ctx, wanted);
    server_reply(server, "OK");
    server_send(server);
    server->silent = true;
    for (unsigned i = 0; i < server_threads(server); i++)
        if (halts[i])
            server_queue_stop(server, i, &halted);
}

static void resume(struct gdb_server *server, struct gdb_resume *wanted)
{
    unsigned thread;
    server->detached = false;
    if (steps_over_access(server, wanted, &thread))
        tell_of_step(server, thread);
    else if (server->non_stop)
        resume_each(server, wanted);
    else
        resume_all(server, wanted);
}

/* c and s: the threads of Hc; a step is one thread's, and the others run when Hc names none. */
static void resume_selected(struct gdb_server *server, enum gdb_action action)
{
    struct gdb_resume wanted[GDB_THREADS_MAX] = { { GDB_STAY, 0, 0 } };
    unsigned stepper = server->control >= 0 ? (unsigned)server->control : server->general;
    for (unsigned i = 0; i < server_threads(server); i++)
        wanted[i].action = server->control >= 0 ? GDB_KEEP : GDB_CONTINUE;
    for (unsigned i = 0; !server->non_stop && i < server_threads(server); i++)
        if (wanted[i].action == GDB_KEEP)
            wanted[i].action = GDB_STAY;
    wanted[stepper].action = action;
    resume(server, wanted);
}

/* [ADDR] */
static void resume_at(struct gdb_server *server, struct args *args, enum gdb_action action)
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
    resume_selected(server, action);
}

/* SIG[;ADDR]. A machine has no signals: the number has no effect. */
static void resume_signal(struct gdb_server *server, struct args *args, enum gdb_action action)
{
    uint64_t signal;
    if (!args_hex(args, &signal) || (args_skip(args, ';') && !args_left(args)))
        server_reply(server, ERROR_INVALID);
    else
        resume_at(server, args, action);
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
    server_reply(server, "vCont;c;C;s;S;t;r");
}

/* c, s, t, C SIG, S SIG, r START,END */
static bool parse_action(struct args *item, struct gdb_resume *wanted)
{
    uint64_t signal;
    *wanted = (struct gdb_resume){ .action = GDB_CONTINUE };
    if (args_skip(item, 'c'))
        return true;
    if (args_skip(item, 'C'))
        return args_hex(item, &signal);
    wanted->action = GDB_STEP;
    if (args_skip(item, 's'))
        return true;
    if (args_skip(item, 'S'))
        return args_hex(item, &signal);
    if (args_skip(item, 'r'))
        return args_range(item, &wanted->start, &wanted->end);
    wanted->action = GDB_STAY;
    return args_skip(item, 't');
}

/* ACTION[:THREAD]; the leftmost action that names a thread is the thread's. */
static bool apply_item(struct gdb_server *server, struct args item, struct gdb_resume *wanted,
                       bool *taken)
{
    struct gdb_resume one;
    int thread = THREADS_ALL;
    if (!parse_action(&item, &one) ||
        (args_skip(&item, ':') && !args_thread(&item, server_threads(server), &thread)) ||
        args_left(&item))
        return false;
    if (thread == THREAD_ANY)
        thread = (int)server->general;
    for (int i = 0; i < (int)server_threads(server); i++) {
        if (taken[i] || (thread != THREADS_ALL && thread != i))
            continue;
        taken[i] = true;
        wanted[i] = one;
    }
    return true;
}

/* Threads without an action stay as they are: in all-stop mode, where none runs, they stand, and
 * somebody has to run. */
void command_vcont(struct gdb_server *server, struct args *args)
{
    struct gdb_resume wanted[GDB_THREADS_MAX] = { { GDB_STAY, 0, 0 } };
    bool taken[GDB_THREADS_MAX] = { false }, ok = args_skip(args, ';'), any = false;
    ok &= args_left(args) != 0;
    while (ok && args_left(args))
        ok = apply_item(server, args_item(args, ';'), wanted, taken);
    for (unsigned i = 0; i < server_threads(server); i++) {
        if (!taken[i] && server->non_stop)
            wanted[i].action = GDB_KEEP;
        any |= wanted[i].action != GDB_STAY || server->non_stop;
    }
    if (ok && any)
        resume(server, wanted);
    else
        server_reply(server, ERROR_INVALID);
}

/* vCtrlC: as the character. */
void command_interrupt(struct gdb_server *server, struct args *args)
{
    server_reply(server, args_left(args) ? ERROR_INVALID : "OK");
    if (!args_left(args) && gdb_server_waits(server))
        server->target.ops->interrupt(server->target.ctx);
}
