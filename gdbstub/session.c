/* SPDX-License-Identifier: MIT */
/* How a session begins and ends: attaching, parting, starting over. */
#include "gdbstub/server_internal.h"

const char gdb_refusal[] = "+$E.another debugger is connected#98";

/* The machine was there before the client: it detaches when it leaves. */
void command_attached(struct gdb_server *server, struct args *args)
{
    server_reply(server, "1");
}

/* "Packets", !: the client may kill, and then run or attach again. */
void command_extended(struct gdb_server *server, struct args *args)
{
    server->extended = true;
    server_reply(server, "OK");
}

/* ";1": there is one process. It may run since a detach: its stop is the reply. */
void command_attach(struct gdb_server *server, struct args *args)
{
    uint64_t process;
    if (!args_skip(args, ';') || !args_hex(args, &process) || process != 1 || args_left(args) ||
        server->killed) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    server->detached = false;
    server->target.ops->interrupt(server->target.ctx);
    if (server->non_stop) {
        server_reply(server, "OK");
        return;
    }
    server->attaching = true;
    server->waits = true;
    server->silent = true;
}

void server_let_go(struct gdb_server *server)
{
    const struct gdb_target *target = &server->target;
    struct gdb_resume wanted[GDB_THREADS_MAX] = { { GDB_STAY, 0, 0 } };
    for (unsigned i = 0; i < server_threads(server); i++)
        wanted[i].action = GDB_CONTINUE;
    server_remove_breakpoints(server);
    if (server->non_stop)
        target->ops->set_non_stop(target->ctx, false);
    server_forget_stops(server);
    target->ops->let_go(target->ctx);
    target->ops->resume(target->ctx, wanted);
}

/* D or D;1 */
void command_detach(struct gdb_server *server, struct args *args)
{
    uint64_t process = 1;
    if ((args_skip(args, ';') && !args_hex(args, &process)) || process != 1 || args_left(args)) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    server_let_go(server);
    server->detached = true;
    server_reply(server, "OK");
}

/* In extended mode the machine stands until the client runs it again, or leaves. */
static void kill_target(struct gdb_server *server)
{
    const struct gdb_target *target = &server->target;
    if (server->extended) {
        target->ops->interrupt(target->ctx);
        server->waits = false;
        server->killed = true;
        return;
    }
    server->over = true;
    target->ops->kill(target->ctx);
}

/* gdb reads no reply; lldb wants to hear that SIGKILL did it. */
void command_kill(struct gdb_server *server, struct args *args)
{
    server->silent = !server->asks_host;
    kill_target(server);
    server_reply(server, "X09");
}

void command_vkill(struct gdb_server *server, struct args *args)
{
    uint64_t process;
    if (!args_skip(args, ';') || !args_hex(args, &process) || process != 1 || args_left(args)) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    kill_target(server);
    server_reply(server, "OK");
}

/* ---- from the start ---- */

static void restart(struct gdb_server *server)
{
    bool non_stop = server->non_stop;
    server->target.ops->restart(server->target.ctx);
    server_forget_stops(server);
    server->non_stop = non_stop;
    server->killed = server->detached = false;
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
