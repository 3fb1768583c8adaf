/* SPDX-License-Identifier: MIT */
/* The commands about threads: H, T, and the queries that list them. */
#include "gdbstub/server_internal.h"

static bool one_thread(struct gdb_server *server, struct args *args, int *thread)
{
    return args_thread(args, server_threads(server), thread) && !args_left(args);
}

/* Hg wants one thread, and "any" is the one that it was; Hc takes all. */
void command_select_thread(struct gdb_server *server, struct args *args)
{
    bool general = args_skip(args, 'g');
    int thread;
    if ((!general && !args_skip(args, 'c')) || !one_thread(server, args, &thread) ||
        (general && thread == THREADS_ALL)) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    if (!general)
        server->control = thread == THREAD_ANY ? THREADS_ALL : thread;
    else if (thread != THREAD_ANY)
        server->general = (unsigned)thread;
    server_reply(server, "OK");
}

void command_thread_alive(struct gdb_server *server, struct args *args)
{
    int thread;
    bool alive = one_thread(server, args, &thread) && thread >= 0 && !server_is_without(server);
    server_reply(server, alive ? "OK" : ERROR_INVALID);
}

void command_current_thread(struct gdb_server *server, struct args *args)
{
    gdb_buffer_text(&server->reply, "QC");
    server_add_thread(server, server->general);
}

void command_first_threads(struct gdb_server *server, struct args *args)
{
    if (server_is_without(server)) {
        server_reply(server, "l");
        return;
    }
    for (unsigned i = 0; i < server_threads(server); i++) {
        gdb_buffer_text(&server->reply, i ? "," : "m");
        server_add_thread(server, i);
    }
}

void command_more_threads(struct gdb_server *server, struct args *args)
{
    server_reply(server, "l");
}

void command_describe_thread(struct gdb_server *server, struct args *args)
{
    const struct gdb_target *target = &server->target;
    char text[128] = "";
    int thread;
    if (!args_skip(args, ',') || !one_thread(server, args, &thread) || thread < 0) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    target->ops->describe_thread(target->ctx, (unsigned)thread, text, sizeof(text));
    for (const char *c = text; *c; c++)
        gdb_buffer_hex(&server->reply, c, 1);
}
