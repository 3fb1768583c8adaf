/* SPDX-License-Identifier: MIT */
#include "gdbstub/packet.h"

#define INTERRUPT   0x03
#define ESCAPE      '}'
#define ESCAPE_FLIP 0x20

int hex_digit(uint8_t character)
{
    if (character >= '0' && character <= '9')
        return character - '0';
    if (character >= 'a' && character <= 'f')
        return character - 'a' + 10;
    if (character >= 'A' && character <= 'F')
        return character - 'A' + 10;
    return -1;
}

static enum packet_event start_packet(struct packet_parser *parser)
{
    parser->state = PARSER_PAYLOAD;
    parser->sum = 0;
    parser->size = 0;
    parser->too_long = false;
    return PACKET_NONE;
}

static enum packet_event between_packets(struct packet_parser *parser, uint8_t byte)
{
    switch (byte) {
    case '$':
        return start_packet(parser);
    case '+':
        return PACKET_ACK;
    case '-':
        return PACKET_NAK;
    case INTERRUPT:
        return PACKET_INTERRUPT;
    default:
        return PACKET_NONE;
    }
}

static void take_payload(struct packet_parser *parser, uint8_t byte)
{
    if (parser->size < GDB_PACKET_MAX)
        parser->data[parser->size++] = byte;
    else
        parser->too_long = true;
}

static enum packet_event in_payload(struct packet_parser *parser, uint8_t byte)
{
    if (byte == '$')
        return start_packet(parser);
    if (byte == '#') {
        parser->state = PARSER_SUM_HIGH;
        return PACKET_NONE;
    }
    parser->sum = (uint8_t)(parser->sum + byte);
    if (parser->state == PARSER_ESCAPE) {
        parser->state = PARSER_PAYLOAD;
        take_payload(parser, byte ^ ESCAPE_FLIP);
    } else if (byte == ESCAPE) {
        parser->state = PARSER_ESCAPE;
    } else {
        take_payload(parser, byte);
    }
    return PACKET_NONE;
}

static enum packet_event end_packet(struct packet_parser *parser, uint8_t byte)
{
    int low = hex_digit(byte);
    parser->state = PARSER_IDLE;
    if (low < 0 || parser->sent_sum < 0 || (parser->sent_sum << 4 | low) != parser->sum)
        return PACKET_BROKEN;
    parser->data[parser->size] = 0;
    return parser->too_long ? PACKET_TOO_LONG : PACKET_COMPLETE;
}

enum packet_event packet_parse(struct packet_parser *parser, uint8_t byte)
{
    switch (parser->state) {
    case PARSER_PAYLOAD:
    case PARSER_ESCAPE:
        return in_payload(parser, byte);
    case PARSER_SUM_HIGH:
        parser->sent_sum = hex_digit(byte);
        parser->state = PARSER_SUM_LOW;
        return PACKET_NONE;
    case PARSER_SUM_LOW:
        return end_packet(parser, byte);
    case PARSER_IDLE:
        break;
    }
    return between_packets(parser, byte);
}

/* The star would begin a run in what the stub sends ("Overview", run-length encoding). */
static bool needs_escape(uint8_t byte)
{
    return byte == '$' || byte == '#' || byte == ESCAPE || byte == '*';
}

void packet_frame(struct gdb_buffer *out, const uint8_t *payload, size_t size)
{
    uint8_t sum = 0;
    size_t start = out->size + 1;
    gdb_buffer_text(out, "$");
    for (size_t i = 0; i < size; i++) {
        uint8_t escaped[2] = { ESCAPE, payload[i] ^ ESCAPE_FLIP };
        if (needs_escape(payload[i]))
            gdb_buffer_add(out, escaped, 2);
        else
            gdb_buffer_add(out, payload + i, 1);
    }
    for (size_t i = start; i < out->size; i++)
        sum = (uint8_t)(sum + out->data[i]);
    gdb_buffer_print(out, "#%02x", sum);
}
