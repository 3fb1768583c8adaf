/* SPDX-License-Identifier: MIT */
/* m, M, X: memory as the thread that Hg selected sees it, or physical memory. */
#include "gdbstub/server_internal.h"

#define PIECE    4096
#define READ_MAX GDB_PACKET_MAX /* of a longer m the first so many bytes are sent, as it allows */

size_t server_read_memory(struct gdb_server *server, uint64_t address, uint8_t *data, size_t size)
{
    const struct gdb_target *target = &server->target;
    return server->physical
               ? target->ops->read_physical(target->ctx, server->general, address, data, size)
               : target->ops->read_memory(target->ctx, server->general, address, data, size);
}

/* As much as there is; an error when that is nothing. */
void command_read_memory(struct gdb_server *server, struct args *args)
{
    uint64_t address, length, done = 0;
    uint8_t data[PIECE];
    if (!args_range(args, &address, &length) || args_left(args)) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    length = length < READ_MAX ? length : READ_MAX;
    while (done < length) {
        size_t wanted = length - done < PIECE ? (size_t)(length - done) : PIECE;
        size_t got = server_read_memory(server, address + done, data, wanted);
        gdb_buffer_hex(&server->reply, data, got);
        done += got;
        if (got < wanted)
            break;
    }
    if (length && !done)
        server_reply(server, ERROR_FAULT);
}

static bool write_bytes(struct gdb_server *server, uint64_t address, const uint8_t *data,
                        size_t size)
{
    const struct gdb_target *target = &server->target;
    return server->physical
               ? target->ops->write_physical(target->ctx, server->general, address, data, size)
               : target->ops->write_memory(target->ctx, server->general, address, data, size);
}

static void write_memory(struct gdb_server *server, uint64_t address, const uint8_t *data,
                         size_t size)
{
    bool ok = !size || write_bytes(server, address, data, size);
    server_reply(server, ok ? "OK" : ERROR_FAULT);
}

void command_write_memory(struct gdb_server *server, struct args *args)
{
    uint64_t address, length;
    gdb_buffer_clear(&server->bytes);
    if (args_range(args, &address, &length) && args_skip(args, ':') &&
        args_rest_bytes(args, &server->bytes) && server->bytes.size == length)
        write_memory(server, address, server->bytes.data, server->bytes.size);
    else
        server_reply(server, ERROR_INVALID);
}

void command_write_binary(struct gdb_server *server, struct args *args)
{
    uint64_t address, length;
    if (args_range(args, &address, &length) && args_skip(args, ':') && args_left(args) == length)
        write_memory(server, address, args->at, args_left(args));
    else
        server_reply(server, ERROR_INVALID);
}

/* ---- as QEMU spells it: `maintenance packet Qqemu.PhyMemMode:1` ---- */

void command_physical_mode(struct gdb_server *server, struct args *args)
{
    if (server->target.ops->read_physical)
        server_reply(server, server->physical ? "1" : "0");
}

void command_set_physical_mode(struct gdb_server *server, struct args *args)
{
    bool on = args_word(args, ":1");
    if (!server->target.ops->read_physical)
        return;
    if ((!on && !args_word(args, ":0")) || args_left(args)) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    server->physical = on;
    server_reply(server, "OK");
}
