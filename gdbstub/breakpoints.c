/* SPDX-License-Identifier: MIT */
/*
 * Z and z. The server remembers what the client inserted: inserting twice is inserting once
 * ("Packets", Z: idempotent), and a client that leaves takes its breakpoints with it.
 */
#include <stdlib.h>

#include "gdbstub/server_internal.h"

static bool parse(struct args *args, struct breakpoint *b)
{
    uint64_t type;
    if (!args_hex(args, &type) || type > GDB_WATCH_ACCESS || !args_skip(args, ',') ||
        !args_range(args, &b->address, &b->kind) || args_left(args))
        return false; /* conditions and commands were not offered */
    b->type = (enum gdb_breakpoint_type)type;
    return true;
}

static struct breakpoint *find(const struct gdb_server *server, const struct breakpoint *wanted)
{
    for (unsigned i = 0; i < server->breakpoints; i++) {
        struct breakpoint *b = &server->breakpoint[i];
        if (b->type == wanted->type && b->address == wanted->address && b->kind == wanted->kind)
            return b;
    }
    return NULL;
}

const struct breakpoint *server_find_breakpoint(const struct gdb_server *server, uint64_t address)
{
    for (unsigned i = 0; i < server->breakpoints; i++) {
        const struct breakpoint *b = &server->breakpoint[i];
        if (b->type <= GDB_BREAK_HARDWARE && b->address == address)
            return b;
    }
    return NULL;
}

bool gdb_server_has_breakpoint(const struct gdb_server *server, uint64_t address)
{
    return server_find_breakpoint(server, address);
}

static bool make_room(struct gdb_server *server)
{
    if (!server->breakpoint)
        server->breakpoint = calloc(BREAKPOINTS_MAX, sizeof(*server->breakpoint));
    return server->breakpoint && server->breakpoints < BREAKPOINTS_MAX;
}

static void reply_result(struct gdb_server *server, enum gdb_result result)
{
    if (result != GDB_UNSUPPORTED)
        server_reply(server, result == GDB_OK ? "OK" : ERROR_INVALID);
}

void command_insert(struct gdb_server *server, struct args *args)
{
    const struct gdb_target *target = &server->target;
    struct breakpoint b;
    if (!parse(args, &b)) {
        server_reply(server, ERROR_INVALID);
    } else if (find(server, &b)) {
        server_reply(server, "OK");
    } else if (!make_room(server)) {
        server_reply(server, ERROR_FULL);
    } else {
        enum gdb_result result = target->ops->insert(target->ctx, b.type, b.address, b.kind);
        if (result == GDB_OK)
            server->breakpoint[server->breakpoints++] = b;
        reply_result(server, result);
    }
}

/* Removing what is not there is fine. The target does not hear of it: its breakpoints of other
 * types may be at the same address. */
void command_remove(struct gdb_server *server, struct args *args)
{
    const struct gdb_target *target = &server->target;
    struct breakpoint b;
    if (!parse(args, &b)) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    struct breakpoint *there = find(server, &b);
    enum gdb_result result = GDB_OK;
    if (there) {
        result = target->ops->remove(target->ctx, b.type, b.address, b.kind);
        *there = server->breakpoint[--server->breakpoints];
    }
    reply_result(server, result);
}

void server_remove_breakpoints(struct gdb_server *server)
{
    const struct gdb_target *target = &server->target;
    while (server->breakpoints) {
        const struct breakpoint *b = &server->breakpoint[--server->breakpoints];
        target->ops->remove(target->ctx, b->type, b->address, b->kind);
    }
}
