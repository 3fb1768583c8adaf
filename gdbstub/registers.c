/* SPDX-License-Identifier: MIT */
/* g, G, p, P: registers of the thread that Hg selected, in the order of the target's table. */
#include <string.h>

#include "gdbstub/features.h"
#include "gdbstub/server_internal.h"

/* The registers of g and G; NULL past the last. */
static const struct gdb_register *bulk_register(const struct gdb_server *server, unsigned number)
{
    bool on_demand;
    const struct gdb_register *reg = features_register(&server->target, number, &on_demand);
    return on_demand ? NULL : reg;
}

static bool read_register(const struct gdb_server *server, unsigned number, uint8_t *bytes)
{
    const struct gdb_target *target = &server->target;
    return target->ops->read_register(target->ctx, server->general, number, bytes);
}

static bool write_register(const struct gdb_server *server, unsigned number, const uint8_t *bytes)
{
    const struct gdb_target *target = &server->target;
    return target->ops->write_register(target->ctx, server->general, number, bytes);
}

/* A register without a value now is a row of x. */
static void add_unavailable(struct gdb_server *server, unsigned size)
{
    for (unsigned i = 0; i < size; i++)
        gdb_buffer_text(&server->reply, "xx");
}

void command_get_all_registers(struct gdb_server *server, struct args *args)
{
    const struct gdb_register *reg;
    uint8_t bytes[GDB_REGISTER_BYTES_MAX];
    if (args_left(args)) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    for (unsigned i = 0; (reg = bulk_register(server, i)); i++) {
        unsigned size = features_register_bytes(reg);
        if (read_register(server, i, bytes))
            gdb_buffer_hex(&server->reply, bytes, size);
        else
            add_unavailable(server, size);
    }
}

/* The client does not know this register's value. */
static bool skip_unavailable(struct args *args, unsigned size)
{
    if (args_left(args) < 2 * size)
        return false;
    for (unsigned i = 0; i < 2 * size; i++)
        if (args->at[i] != 'x')
            return false;
    args->at += 2 * size;
    return true;
}

/* The client may leave out the last ones, and those that it does not know (x). */
void command_set_all_registers(struct gdb_server *server, struct args *args)
{
    const struct gdb_register *reg;
    uint8_t bytes[GDB_REGISTER_BYTES_MAX];
    bool ok = true;
    for (unsigned i = 0; args_left(args) && (reg = bulk_register(server, i)); i++) {
        unsigned size = features_register_bytes(reg);
        if (skip_unavailable(args, size))
            continue;
        if (!args_bytes(args, bytes, size))
            break;
        ok &= write_register(server, i, bytes);
    }
    server_reply(server, ok && !args_left(args) ? "OK" : ERROR_INVALID);
}

static const struct gdb_register *named_register(struct gdb_server *server, struct args *args,
                                                 uint64_t *number)
{
    bool on_demand;
    return args_hex(args, number) ? features_register(&server->target, *number, &on_demand) : NULL;
}

void command_get_register(struct gdb_server *server, struct args *args)
{
    uint64_t number;
    uint8_t bytes[GDB_REGISTER_BYTES_MAX];
    const struct gdb_register *reg = named_register(server, args, &number);
    if (!reg || args_left(args))
        server_reply(server, ERROR_INVALID);
    else if (read_register(server, (unsigned)number, bytes))
        gdb_buffer_hex(&server->reply, bytes, features_register_bytes(reg));
    else
        add_unavailable(server, features_register_bytes(reg));
}

void command_set_register(struct gdb_server *server, struct args *args)
{
    uint64_t number;
    uint8_t bytes[GDB_REGISTER_BYTES_MAX];
    const struct gdb_register *reg = named_register(server, args, &number);
    bool ok = reg && args_skip(args, '=') &&
              args_bytes(args, bytes, features_register_bytes(reg)) && !args_left(args) &&
              write_register(server, (unsigned)number, bytes);
    server_reply(server, ok ? "OK" : ERROR_INVALID);
}
