/* SPDX-License-Identifier: MIT */
/* qSearch:memory and qCRC: work on memory that is better done on this side of the line. */
#include <stdlib.h>
#include <string.h>

#include "gdbstub/server_internal.h"

#define PIECE 4096
/* Bytes for one command, in which nothing else happens: a second or so on an idle host. */
#define CRC_MAX    (UINT64_C(1) << 26)
#define SEARCH_MAX (UINT64_C(1) << 30)

/* ---- qCRC ---- */

/* "General Query Packets", qCRC: the polynomial of IEEE 802.3, most significant bit first. */
static uint32_t add_to_crc(uint32_t crc, const uint32_t *table, const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < size; i++)
        crc = crc << 8 ^ table[(crc >> 24 ^ data[i]) & 255];
    return crc;
}

static void make_crc_table(uint32_t *table)
{
    for (uint32_t i = 0; i < 256; i++) {
        uint32_t crc = i << 24;
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc << 1 ^ (crc >> 31 ? 0x04c11db7 : 0);
        table[i] = crc;
    }
}

/* ":ADDR,LENGTH" */
void command_checksum(struct gdb_server *server, struct args *args)
{
    uint64_t address, length;
    uint32_t crc = UINT32_MAX, table[256];
    uint8_t data[PIECE];
    if (!args_skip(args, ':') || !args_range(args, &address, &length) || args_left(args) ||
        length > CRC_MAX) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    make_crc_table(table);
    while (length) {
        size_t part = length < PIECE ? (size_t)length : PIECE;
        if (server_read_memory(server, address, data, part) != part) {
            server_reply(server, ERROR_FAULT);
            return;
        }
        crc = add_to_crc(crc, table, data, part);
        address += part;
        length -= part;
    }
    gdb_buffer_print(&server->reply, "C%x", crc);
}

/* ---- qSearch ---- */

struct search {
    uint64_t address, length;
    const uint8_t *pattern;
    size_t size;   /* of the pattern */
    size_t piece;  /* bytes that are looked at in one go: not few beside the pattern's */
    uint8_t *data; /* room for a piece and what of the pattern may have begun before it */
};

/* ":ADDR;LENGTH;PATTERN", the pattern in binary. */
static bool parse_search(struct args *args, struct search *search)
{
    if (!args_skip(args, ':') || !args_hex(args, &search->address) || !args_skip(args, ';') ||
        !args_hex(args, &search->length) || !args_skip(args, ';') || !args_left(args))
        return false;
    search->pattern = args->at;
    search->size = args_left(args);
    search->piece = PIECE + search->size;
    return search->length <= SEARCH_MAX;
}

/* The pattern is looked for in all that could be read. */
static bool find(struct gdb_server *server, struct search *search, uint64_t *found, bool *fault)
{
    size_t kept = 0;
    while (search->length) {
        size_t part = search->length < search->piece ? (size_t)search->length : search->piece;
        size_t got = server_read_memory(server, search->address, search->data + kept, part);
        const uint8_t *at = memmem(search->data, kept + got, search->pattern, search->size);
        *found = search->address - kept + (uint64_t)(at ? at - search->data : 0);
        *fault = !at && got < part;
        if (at || *fault)
            return at;
        search->address += part;
        search->length -= part;
        size_t all = kept + got;
        kept = all < search->size - 1 ? all : search->size - 1;
        memmove(search->data, search->data + all - kept, kept);
    }
    return false;
}

void command_search(struct gdb_server *server, struct args *args)
{
    struct search search;
    uint64_t found;
    bool fault = false;
    if (!parse_search(args, &search) || !(search.data = malloc(search.piece + search.size))) {
        server_reply(server, ERROR_INVALID);
        return;
    }
    if (find(server, &search, &found, &fault))
        gdb_buffer_print(&server->reply, "1,%llx", (unsigned long long)found);
    else
        server_reply(server, fault ? ERROR_FAULT : "0");
    free(search.data);
}
