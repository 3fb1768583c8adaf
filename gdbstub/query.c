/* SPDX-License-Identifier: MIT */
/* What the two sides can do, the target description, and the monitor. */
#include <string.h>

#include "gdbstub/server_internal.h"

#define SPOKEN_PIECE 4096 /* the monitor's text goes out in pieces of about this size */

static bool item_is(struct args item, const char *text)
{
    return args_left(&item) == strlen(text) && !memcmp(item.at, text, strlen(text));
}

static void note_client(struct gdb_server *server, struct args feature)
{
    if (item_is(feature, "multiprocess+"))
        server->multiprocess = true;
    else if (item_is(feature, "swbreak+"))
        server->swbreak = true;
    else if (item_is(feature, "hwbreak+"))
        server->hwbreak = true;
}

void command_supported(struct gdb_server *server, struct args *args)
{
    if (args_skip(args, ':'))
        while (args_left(args))
            note_client(server, args_item(args, ';'));
    gdb_buffer_print(&server->reply,
                     "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;vContSupported+;"
                     "multiprocess+;swbreak+;hwbreak+",
                     GDB_PACKET_MAX);
}

/* This reply is still to be acknowledged, which nobody waits for. */
void command_no_ack(struct gdb_server *server, struct args *args)
{
    server->no_ack = true;
    server_reply(server, "OK");
}

/* The machine was there before the client: it detaches when it leaves. */
void command_attached(struct gdb_server *server, struct args *args)
{
    server_reply(server, "1");
}

void command_extended(struct gdb_server *server, struct args *args)
{
    server_reply(server, "OK");
}

/* "General Query Packets", qXfer: m and a part, or l and the last part. */
static void add_part(struct gdb_server *server, const struct gdb_buffer *object, uint64_t offset,
                     uint64_t length)
{
    uint64_t left = offset < object->size ? object->size - offset : 0;
    if (length > GDB_PACKET_MAX / 2)
        length = GDB_PACKET_MAX / 2;
    gdb_buffer_text(&server->reply, left > length ? "m" : "l");
    if (left)
        gdb_buffer_add(&server->reply, object->data + offset, left < length ? left : length);
}

void command_features(struct gdb_server *server, struct args *args)
{
    uint64_t offset, length;
    if (!args_word(args, ":target.xml:"))
        server_reply(server, "E00");
    else if (!args_range(args, &offset, &length) || args_left(args))
        server_reply(server, ERROR_INVALID);
    else
        add_part(server, &server->description, offset, length);
}

/* ---- qRcmd ---- */

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
        target->ops->monitor(target->ctx, (const char *)server->bytes.data, monitor_says, server);
    send_spoken(server);
    server_reply(server, "OK");
}
