/* SPDX-License-Identifier: MIT */
/* The connection: packets in, the command table, packets out. */
#include "gdbstub/server.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "gdbstub/features.h"
#include "gdbstub/server_internal.h"

/* Names of one letter are followed by their arguments at once; behind longer ones stands something
 * that is no letter. The first match counts. */
static const struct {
    const char *name;
    server_command *run;
} commands[] = {
    { "g", command_get_all_registers },
    { "G", command_set_all_registers },
    { "p", command_get_register },
    { "P", command_set_register },
    { "m", command_read_memory },
    { "M", command_write_memory },
    { "X", command_write_binary },
    { "Z", command_insert },
    { "z", command_remove },
    { "?", command_stop_reason },
    { "c", command_continue },
    { "C", command_continue_signal },
    { "s", command_step },
    { "S", command_step_signal },
    { "H", command_select_thread },
    { "T", command_thread_alive },
    { "D", command_detach },
    { "k", command_kill },
    { "R", command_restart },
    { "!", command_extended },
    { "vCont?", command_vcont_actions },
    { "vCont", command_vcont },
    { "vCtrlC", command_interrupt },
    { "vStopped", command_more_stops },
    { "vAttach", command_attach },
    { "vKill", command_vkill },
    { "vRun", command_vrun },
    { "qSupported", command_supported },
    { "QStartNoAckMode", command_no_ack },
    { "QNonStop", command_non_stop },
    { "qAttached", command_attached },
    { "qOffsets", command_offsets },
    { "qXfer:features:read", command_features },
    { "qXfer:memory-map:read", command_memory_map },
    { "qXfer:threads:read", command_threads },
    { "qXfer:exec-file:read", command_exec_file },
    { "qC", command_current_thread },
    { "qfThreadInfo", command_first_threads },
    { "qsThreadInfo", command_more_threads },
    { "qThreadExtraInfo", command_describe_thread },
    { "qSearch:memory", command_search },
    { "qCRC", command_checksum },
    { "qRcmd", command_monitor },
    { "qqemu.Supported", command_qemu_supported },
    { "qqemu.PhyMemMode", command_physical_mode },
    { "Qqemu.PhyMemMode", command_set_physical_mode },
    { "qHostInfo", command_host_info },
    { "qProcessInfo", command_process_info },
};

/* ---- output ---- */

static void put(struct gdb_server *server, const void *data, size_t size)
{
    server->output.write(server->output.ctx, data, size);
}

static void put_frame(struct gdb_server *server)
{
    put(server, server->frame.data, server->frame.size);
}

void server_reply(struct gdb_server *server, const char *text)
{
    gdb_buffer_clear(&server->reply);
    gdb_buffer_text(&server->reply, text);
}

void server_send(struct gdb_server *server)
{
    gdb_buffer_clear(&server->frame);
    packet_frame(&server->frame, server->reply.data, server->reply.size);
    if (server->reply.failed || server->frame.failed)
        gdb_buffer_clear(&server->frame); /* the client's own time limit ends this */
    put_frame(server);
    gdb_buffer_clear(&server->reply);
}

void server_notify(struct gdb_server *server)
{
    struct gdb_buffer frame = { 0 };
    packet_frame(&frame, server->reply.data, server->reply.size);
    if (!server->reply.failed && !frame.failed) {
        frame.data[0] = '%';
        put(server, frame.data, frame.size);
    }
    gdb_buffer_free(&frame);
    gdb_buffer_clear(&server->reply);
}

void server_add_thread(struct gdb_server *server, unsigned thread)
{
    gdb_buffer_print(&server->reply, server->multiprocess ? "p01.%02x" : "%02x", thread + 1);
}

/* ---- input ---- */

static bool is_command(struct args *args, const char *name)
{
    struct args rest = *args;
    if (!args_word(&rest, name))
        return false;
    if (name[1] && args_left(&rest) && isalpha(*rest.at))
        return false;
    *args = rest;
    return true;
}

static void run_command(struct gdb_server *server, struct args args)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (server->over && commands[i].run != command_more_stops)
            continue;
        if (!is_command(&args, commands[i].name))
            continue;
        commands[i].run(server, &args);
        return;
    }
}

/* An empty reply says that the command is not supported. */
static void take_packet(struct gdb_server *server)
{
    if (!server->no_ack)
        put(server, "+", 1);
    gdb_buffer_clear(&server->reply);
    server->silent = false;
    run_command(server,
                (struct args){ server->parser.data, server->parser.data + server->parser.size });
    if (!server->silent)
        server_send(server);
}

static void take_too_long(struct gdb_server *server)
{
    if (!server->no_ack)
        put(server, "+", 1);
    server_reply(server, ERROR_INVALID);
    server_send(server);
}

static void take_byte(struct gdb_server *server, uint8_t byte)
{
    switch (packet_parse(&server->parser, byte)) {
    case PACKET_COMPLETE:
        take_packet(server);
        break;
    case PACKET_TOO_LONG:
        take_too_long(server);
        break;
    case PACKET_BROKEN:
        if (!server->no_ack)
            put(server, "-", 1);
        break;
    case PACKET_NAK:
        if (!server->no_ack)
            put_frame(server);
        break;
    case PACKET_INTERRUPT:
        if (gdb_server_waits(server))
            server->target.ops->interrupt(server->target.ctx);
        break;
    case PACKET_ACK:
    case PACKET_NONE:
        break;
    }
}

void gdb_server_input(struct gdb_server *server, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size && server->connected && (!server->over || server->leaving); i++)
        take_byte(server, data[i]);
}

/* ---- life ---- */

struct gdb_server *gdb_server_create(const struct gdb_target *target,
                                     const struct gdb_output *output)
{
    struct gdb_server *server = calloc(1, sizeof(*server));
    if (!server)
        return NULL;
    server->target = *target;
    server->output = *output;
    features_write_xml(&server->description, target);
    if (server->description.failed) {
        gdb_server_destroy(server);
        return NULL;
    }
    return server;
}

void gdb_server_destroy(struct gdb_server *server)
{
    if (!server)
        return;
    gdb_buffer_free(&server->description);
    gdb_buffer_free(&server->reply);
    gdb_buffer_free(&server->frame);
    gdb_buffer_free(&server->bytes);
    gdb_buffer_free(&server->spoken);
    gdb_buffer_free(&server->object);
    free(server->breakpoint);
    free(server);
}

void gdb_server_connect(struct gdb_server *server)
{
    memset(&server->parser, 0, sizeof(server->parser));
    server->no_ack = server->multiprocess = server->swbreak = server->hwbreak = false;
    server->over = server->detached = server->physical = false;
    server->leaving = server->asks_host = server->extended = server->killed = server->attaching =
        false;
    server->general = 0;
    server->control = THREADS_ALL;
    server_forget_stops(server);
    gdb_buffer_clear(&server->object);
    gdb_buffer_clear(&server->frame);
    server->connected = true;
    server->target.ops->interrupt(server->target.ctx);
}

void gdb_server_disconnect(struct gdb_server *server)
{
    if (!server->connected)
        return;
    if (server->killed)
        server->target.ops->kill(server->target.ctx);
    else if (!server->over && !server->detached)
        server_let_go(server);
    server->connected = false;
    server->waits = false;
}
