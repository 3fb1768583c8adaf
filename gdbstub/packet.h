/* SPDX-License-Identifier: MIT */
/*
 * The outer layer of the remote serial protocol (gdb's manual, "Remote Protocol", Overview):
 * $payload#checksum, acknowledgements, the interrupt character, escaped bytes.
 */
#ifndef GDBSTUB_PACKET_H
#define GDBSTUB_PACKET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdbstub/buffer.h"

/* Bytes of a payload after its escapes are resolved; told to the client as PacketSize. A power of
 * 2, so that gdb's block sizes are round. */
#define GDB_PACKET_MAX 0x10000

enum packet_event {
    PACKET_NONE,      /* nothing complete yet */
    PACKET_COMPLETE,  /* data[0..size) is a payload whose checksum is right */
    PACKET_BROKEN,    /* a wrong checksum: to be sent again */
    PACKET_TOO_LONG,  /* well formed, but above GDB_PACKET_MAX */
    PACKET_ACK,       /* + */
    PACKET_NAK,       /* - */
    PACKET_INTERRUPT, /* 0x03 between packets: Ctrl-C */
};

/* Zero-initialise. Bytes between packets that mean nothing are skipped; a $ within a packet starts
 * a new one, as after a lost byte. */
struct packet_parser {
    enum { PARSER_IDLE, PARSER_PAYLOAD, PARSER_ESCAPE, PARSER_SUM_HIGH, PARSER_SUM_LOW } state;
    uint8_t sum; /* of the payload as sent */
    int sent_sum;
    size_t size;
    bool too_long;
    uint8_t data[GDB_PACKET_MAX + 1]; /* one more, so that a text can be ended */
};

enum packet_event packet_parse(struct packet_parser *parser, uint8_t byte);

/* Appends the framed payload, escaped where needed. */
void packet_frame(struct gdb_buffer *out, const uint8_t *payload, size_t size);

/* Value of a hexadecimal digit, -1: none. */
int hex_digit(uint8_t character);

#endif
