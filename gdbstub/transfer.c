/* SPDX-License-Identifier: MIT */
/*
 * qXfer: objects that are read in parts (gdb's manual, "General Query Packets"). An object that may
 * change is made when its first part is asked for, and its other parts are of the same.
 */
#include <string.h>

#include "gdbstub/server_internal.h"

/* m and a part, or l and the last part. */
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

/* ":ANNEX:OFFSET,LENGTH". False: an error is the reply. */
static bool parse(struct gdb_server *server, struct args *args, const char *annex, uint64_t *offset,
                  uint64_t *length)
{
    if (!args_skip(args, ':') || !args_word(args, annex) || !args_skip(args, ':')) {
        server_reply(server, "E00");
        return false;
    }
    if (!args_range(args, offset, length) || args_left(args)) {
        server_reply(server, ERROR_INVALID);
        return false;
    }
    if (!*offset)
        gdb_buffer_clear(&server->object);
    return true;
}

void command_features(struct gdb_server *server, struct args *args)
{
    uint64_t offset, length;
    if (parse(server, args, "target.xml", &offset, &length))
        add_part(server, &server->description, offset, length);
}

/* gdb refuses to touch what the map leaves out, and the addresses of a session are virtual: each
 * may be memory. Two halves, because the length of the whole is no 64-bit number. */
void command_memory_map(struct gdb_server *server, struct args *args)
{
    uint64_t offset, length;
    if (!parse(server, args, "", &offset, &length))
        return;
    if (!offset)
        gdb_buffer_text(&server->object,
                        "<?xml version=\"1.0\"?><!DOCTYPE memory-map PUBLIC "
                        "\"+//IDN gnu.org//DTD GDB Memory Map V1.0//EN\" "
                        "\"http://sourceware.org/gdb/gdb-memory-map.dtd\"><memory-map>"
                        "<memory type=\"ram\" start=\"0x0\" length=\"0x8000000000000000\"/>"
                        "<memory type=\"ram\" start=\"0x8000000000000000\" "
                        "length=\"0x8000000000000000\"/></memory-map>");
    add_part(server, &server->object, offset, length);
}

/* ---- threads ---- */

static void add_xml_text(struct gdb_buffer *out, const char *text)
{
    for (; *text; text++) {
        if (*text == '<')
            gdb_buffer_text(out, "&lt;");
        else if (*text == '&')
            gdb_buffer_text(out, "&amp;");
        else
            gdb_buffer_add(out, text, 1);
    }
}

static void describe_thread(struct gdb_server *server, unsigned thread)
{
    const struct gdb_target *target = &server->target;
    char text[128] = "";
    target->ops->describe_thread(target->ctx, thread, text, sizeof(text));
    gdb_buffer_print(&server->object, "<thread id=\"%s%x\" core=\"%u\">",
                     server->multiprocess ? "p1." : "", thread + 1, thread);
    add_xml_text(&server->object, text);
    gdb_buffer_text(&server->object, "</thread>");
}

void command_threads(struct gdb_server *server, struct args *args)
{
    uint64_t offset, length;
    if (!parse(server, args, "", &offset, &length))
        return;
    if (!offset) {
        gdb_buffer_text(&server->object, "<?xml version=\"1.0\"?><threads>");
        for (unsigned i = 0; !server_is_without(server) && i < server_threads(server); i++)
            describe_thread(server, i);
        gdb_buffer_text(&server->object, "</threads>");
    }
    add_part(server, &server->object, offset, length);
}

/* ---- exec-file ---- */

/* The annex is a process or empty. */
void command_exec_file(struct gdb_server *server, struct args *args)
{
    const struct gdb_target *target = &server->target;
    const char *path = target->ops->exec_file ? target->ops->exec_file(target->ctx) : NULL;
    struct args rest = *args;
    bool named = args_word(&rest, ":1:");
    uint64_t offset, length;
    if (!path)
        return;
    if (!parse(server, args, named ? "1" : "", &offset, &length))
        return;
    gdb_buffer_clear(&server->object);
    gdb_buffer_text(&server->object, path);
    add_part(server, &server->object, offset, length);
}
