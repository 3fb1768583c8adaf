/* SPDX-License-Identifier: MIT */
/* What the two sides can do, and what the target is. */
#include <string.h>

#include "gdbstub/server_internal.h"

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
    const struct gdb_target *target = &server->target;
    if (args_skip(args, ':'))
        while (args_left(args))
            note_client(server, args_item(args, ';'));
    gdb_buffer_print(&server->reply,
                     "PacketSize=%x;QStartNoAckMode+;qXfer:features:read+;qXfer:memory-map:read+;"
                     "qXfer:threads:read+;vContSupported+;multiprocess+;swbreak+;hwbreak+",
                     GDB_PACKET_MAX);
    if (target->ops->set_non_stop)
        gdb_buffer_text(&server->reply, ";QNonStop+");
    if (target->ops->exec_file && target->ops->exec_file(target->ctx))
        gdb_buffer_text(&server->reply, ";qXfer:exec-file:read+");
}

/* What QEMU's users look for before they send `Qqemu.PhyMemMode:1`. */
void command_qemu_supported(struct gdb_server *server, struct args *args)
{
    if (server->target.ops->read_physical)
        server_reply(server, "PhyMemMode");
}

/* This reply is still to be acknowledged, which nobody waits for. */
void command_no_ack(struct gdb_server *server, struct args *args)
{
    server->no_ack = true;
    server_reply(server, "OK");
}

/* The program is moved as a whole. */
void command_offsets(struct gdb_server *server, struct args *args)
{
    const struct gdb_target *target = &server->target;
    uint64_t slide;
    if (!target->ops->offsets || !target->ops->offsets(target->ctx, &slide))
        return;
    unsigned long long by = slide;
    gdb_buffer_print(&server->reply, "Text=%llx;Data=%llx;Bss=%llx", by, by, by);
}

/* ---- what lldb wants to know (its "GDB remote protocol extensions") ---- */

static void add_triple(struct gdb_server *server)
{
    const char *architecture = server->target.ops->architecture, *rest = "-unknown-unknown";
    gdb_buffer_text(&server->reply, "triple:");
    gdb_buffer_hex(&server->reply, architecture, strlen(architecture));
    gdb_buffer_hex(&server->reply, rest, strlen(rest));
    gdb_buffer_text(&server->reply,
                    ";endian:little;ptrsize:8;watchpoint_exceptions_received:after;");
}

void command_host_info(struct gdb_server *server, struct args *args)
{
    server->asks_host = true;
    add_triple(server);
}

void command_process_info(struct gdb_server *server, struct args *args)
{
    gdb_buffer_text(&server->reply, "pid:1;");
    add_triple(server);
}
