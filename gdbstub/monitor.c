/* SPDX-License-Identifier: MIT */
/* qRcmd: gdb's `monitor` command; and what the machine has to say by itself. */
#include <string.h>

#include "gdbstub/server_internal.h"

#define SPOKEN_PIECE 4096 /* the monitor's text goes out in pieces of about this size */

/* "Stop Reply Packets", O: console output. */
static void send_spoken(struct gdb_server *server)
{
    if (!server->spoken.size)
        return;
    server_reply(server, "O");
    gdb_buffer_hex(&server->reply, server->spoken.data, server->spoken.size);
    server_send(server);
    gdb_buffer_clear(&server->spoken);
}

static void monitor_says(void *to, const char *text)
{
    struct gdb_server *server = to;
    gdb_buffer_text(&server->spoken, text);
    if (server->spoken.size >= SPOKEN_PIECE)
        send_spoken(server);
}

void command_monitor(struct gdb_server *server, struct args *args)
{
    const struct gdb_target *target = &server->target;
    gdb_buffer_clear(&server->bytes);
    if (!args_skip(args, ',') || !args_rest_bytes(args, &server->bytes) ||
        memchr(server->bytes.data ? (void *)server->bytes.data : "", 0, server->bytes.size)) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    gdb_buffer_add(&server->bytes, "", 1);
    if (!server->bytes.failed)
        target->ops->monitor(target->ctx, server->general, (const char *)server->bytes.data,
                             monitor_says, server);
    send_spoken(server);
    server_reply(server, "OK");
}

bool gdb_server_say(struct gdb_server *server, const char *line)
{
    if (server->non_stop || !gdb_server_waits(server))
        return false;
    gdb_buffer_text(&server->spoken, line);
    gdb_buffer_text(&server->spoken, "\n");
    send_spoken(server);
    gdb_buffer_clear(&server->reply);
    return true;
}
