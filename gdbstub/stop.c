/* SPDX-License-Identifier: MIT */
/*
 * Stop replies. In all-stop mode one is the answer to the command that resumed; in non-stop mode
 * the first is a notification, and the client fetches the others by vStopped (gdb's manual,
 * "Notification Packets").
 */
#include <string.h>

#include "gdbstub/server_internal.h"

static const struct gdb_stop at_start = { .signal = GDB_SIGNAL_TRAP, .thread = GDB_THREAD_ANY };
static const struct gdb_stop at_rest = { .signal = GDB_SIGNAL_NONE, .thread = GDB_THREAD_ANY };

/* ---- the text ---- */

/* The client's own watchpoint on that byte: one for that kind of access, or for any. */
static enum gdb_breakpoint_type watch_type(const struct gdb_server *server,
                                           const struct gdb_stop *stop)
{
    for (unsigned i = 0; i < server->breakpoints; i++) {
        const struct breakpoint *b = &server->breakpoint[i];
        if (b->type == stop->watch && stop->address - b->address < b->kind)
            return b->type;
    }
    return GDB_WATCH_ACCESS;
}

static void add_reason(struct gdb_server *server, const struct gdb_stop *stop)
{
    static const char *const watch[] = {
        [GDB_WATCH_WRITE] = "watch", [GDB_WATCH_READ] = "rwatch", [GDB_WATCH_ACCESS] = "awatch"
    };
    if (stop->reason == GDB_STOP_WATCHPOINT) {
        gdb_buffer_print(&server->reply, "%s:%llx;", watch[watch_type(server, stop)],
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

static void add_stop(struct gdb_server *server, const struct gdb_stop *stop, unsigned thread)
{
    gdb_buffer_print(&server->reply, "T%02xthread:", stop->signal);
    server_add_thread(server, thread);
    gdb_buffer_text(&server->reply, ";");
    add_reason(server, stop);
}

void server_write_stop(struct gdb_server *server)
{
    gdb_buffer_clear(&server->reply);
    add_stop(server, &server->stop, server->general);
}

void server_forget_stops(struct gdb_server *server)
{
    server->stop = at_start;
    server->attaching = false;
    server->waits = server->notified = server->listed = server->non_stop = false;
    for (unsigned i = 0; i < GDB_THREADS_MAX; i++)
        server->thread[i] = (struct thread_state){ .stop = at_rest };
}

/* ---- non-stop mode ---- */

/* Appends what the client has to be told next; false: nothing. */
static bool add_untold(struct gdb_server *server)
{
    for (unsigned i = 0; i < server_threads(server); i++) {
        struct thread_state *thread = &server->thread[i];
        if (!thread->untold)
            continue;
        thread->untold = false;
        add_stop(server, &thread->stop, i);
        return true;
    }
    return false;
}

/* One notification at a time: the next one when the client has fetched all that there is. */
static void notify(struct gdb_server *server)
{
    if (server->notified)
        return;
    server_reply(server, "Stop:");
    if (add_untold(server)) {
        server->notified = true;
        server_notify(server);
    }
    gdb_buffer_clear(&server->reply);
}

void server_queue_stop(struct gdb_server *server, unsigned thread, const struct gdb_stop *stop)
{
    server->thread[thread] = (struct thread_state){ .accessed = stop->reason == GDB_STOP_WATCHPOINT,
                                                    .untold = true,
                                                    .stop = *stop };
    notify(server);
}

void command_more_stops(struct gdb_server *server, struct args *args)
{
    if (args_left(args)) {
        server_reply(server, ERROR_INVALID);
    } else if (server->over) {
        server->leaving = false;
        server_reply(server, "OK");
    } else if (server->listed || !server->notified || !add_untold(server)) {
        server->notified = server->listed = false;
        server_reply(server, "OK");
        server_send(server);
        server->silent = true;
        notify(server);
    }
}

/* Begins to tell anew of all threads that stand. One is the reply, and the others follow as a
 * notification behind the client's vStopped rather than in answers to it, where gdb 13 dies of an
 * assertion when there is more than one. */
static void list_stopped(struct gdb_server *server)
{
    for (unsigned i = 0; i < server_threads(server); i++)
        server->thread[i].untold = !server->thread[i].runs;
    server->listed = server->notified = add_untold(server);
    if (!server->notified)
        server_reply(server, "OK");
}

void command_stop_reason(struct gdb_server *server, struct args *args)
{
    if (server->non_stop)
        list_stopped(server);
    else
        server_write_stop(server);
}

/* "QNonStop:1" or 0, before anything runs. */
void command_non_stop(struct gdb_server *server, struct args *args)
{
    const struct gdb_target *target = &server->target;
    bool on = args_word(args, ":1");
    if (!target->ops->set_non_stop)
        return;
    if ((!on && !args_word(args, ":0")) || args_left(args) || server->detached) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    target->ops->interrupt(target->ctx);
    target->ops->set_non_stop(target->ctx, on);
    server_forget_stops(server);
    server->non_stop = on;
    server_reply(server, "OK");
}

static void stopped_one_by_one(struct gdb_server *server, const struct gdb_stop *stop)
{
    for (unsigned i = 0; i < server_threads(server); i++)
        if (server->thread[i].runs && (stop->thread == GDB_THREAD_ANY || stop->thread == (int)i))
            server_queue_stop(server, i, stop);
}

/* ---- told by the machine ---- */

bool gdb_server_waits(const struct gdb_server *server)
{
    bool runs = server->waits;
    for (unsigned i = 0; server->non_stop && i < server_threads(server); i++)
        runs |= server->thread[i].runs;
    return server->connected && !server->over && runs;
}

void gdb_server_stopped(struct gdb_server *server, const struct gdb_stop *stop)
{
    server->stop = server->attaching ? at_start : *stop;
    server->attaching = false;
    if (server->connected && server->non_stop) {
        stopped_one_by_one(server, stop);
        return;
    }
    if (stop->thread != GDB_THREAD_ANY) {
        server->general = (unsigned)stop->thread;
        server->thread[stop->thread].accessed = stop->reason == GDB_STOP_WATCHPOINT;
    }
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
    server_reply(server, server->non_stop ? "Stop:" : "");
    gdb_buffer_print(&server->reply, "%c%02x%s", how, status,
                     server->multiprocess ? ";process:1" : "");
    server->leaving = server->non_stop;
    if (server->non_stop)
        server_notify(server);
    else
        server_send(server);
}

bool gdb_server_leaves(const struct gdb_server *server)
{
    return server->connected && server->leaving;
}

void gdb_server_exited(struct gdb_server *server, uint8_t status)
{
    end(server, 'W', status);
}

void gdb_server_terminated(struct gdb_server *server, uint8_t signal)
{
    end(server, 'X', signal);
}
