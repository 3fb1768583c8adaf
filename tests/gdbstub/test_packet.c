/* SPDX-License-Identifier: MIT */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gdbstub/packet.h"

/* Feeds a text; returns the last event that was not PACKET_NONE. */
static enum packet_event feed(struct packet_parser *parser, const char *text)
{
    enum packet_event last = PACKET_NONE;
    for (; *text; text++) {
        enum packet_event event = packet_parse(parser, (uint8_t)*text);
        if (event != PACKET_NONE)
            last = event;
    }
    return last;
}

static struct packet_parser *new_parser(void)
{
    return calloc(1, sizeof(struct packet_parser));
}

/* The example of gdb's manual, "Overview": $packet-data#checksum; 'g' is 0x67. */
START_TEST(a_packet_with_its_checksum_is_complete)
{
    struct packet_parser *parser = new_parser();
    ck_assert_int_eq(feed(parser, "$g#67"), PACKET_COMPLETE);
    ck_assert_uint_eq(parser->size, 1);
    ck_assert_int_eq(parser->data[0], 'g');
    ck_assert_int_eq(feed(parser, "$OK#9A"), PACKET_COMPLETE);
    ck_assert_int_eq(feed(parser, "$#00"), PACKET_COMPLETE);
    ck_assert_uint_eq(parser->size, 0);
    free(parser);
}
END_TEST

START_TEST(a_wrong_or_malformed_checksum_breaks_the_packet)
{
    struct packet_parser *parser = new_parser();
    ck_assert_int_eq(feed(parser, "$g#68"), PACKET_BROKEN);
    ck_assert_int_eq(feed(parser, "$g#6x"), PACKET_BROKEN);
    ck_assert_int_eq(feed(parser, "$g#x7"), PACKET_BROKEN);
    ck_assert_int_eq(feed(parser, "$g#67"), PACKET_COMPLETE);
    free(parser);
}
END_TEST

/* 0x7d and the byte ^ 0x20; the checksum is of the bytes as sent: 58 7d 03 = d8. */
START_TEST(an_escaped_byte_is_resolved)
{
    struct packet_parser *parser = new_parser();
    ck_assert_int_eq(feed(parser, "$X}\x03#d8"), PACKET_COMPLETE);
    ck_assert_uint_eq(parser->size, 2);
    ck_assert_int_eq(parser->data[1], '#');
    free(parser);
}
END_TEST

START_TEST(between_packets_stand_acknowledgements_and_the_interrupt)
{
    struct packet_parser *parser = new_parser();
    ck_assert_int_eq(feed(parser, "+"), PACKET_ACK);
    ck_assert_int_eq(feed(parser, "-"), PACKET_NAK);
    ck_assert_int_eq(feed(parser, "\x03"), PACKET_INTERRUPT);
    ck_assert_int_eq(feed(parser, "noise#67\r\n"), PACKET_NONE);
    /* within one, they are data: 2b 2d 03 = 5b */
    ck_assert_int_eq(feed(parser, "$+-\x03#5b"), PACKET_COMPLETE);
    ck_assert_uint_eq(parser->size, 3);
    free(parser);
}
END_TEST

START_TEST(a_dollar_starts_anew)
{
    struct packet_parser *parser = new_parser();
    ck_assert_int_eq(feed(parser, "$lost the end$g#67"), PACKET_COMPLETE);
    ck_assert_uint_eq(parser->size, 1);
    free(parser);
}
END_TEST

static enum packet_event feed_long(struct packet_parser *parser, size_t size)
{
    char end[8];
    feed(parser, "$");
    for (size_t i = 0; i < size; i++)
        ck_assert_int_eq(packet_parse(parser, 'a'), PACKET_NONE);
    snprintf(end, sizeof(end), "#%02x", (unsigned)(size * 'a') & 0xff);
    return feed(parser, end);
}

START_TEST(a_packet_above_the_limit_is_told_apart)
{
    struct packet_parser *parser = new_parser();
    ck_assert_int_eq(feed_long(parser, GDB_PACKET_MAX), PACKET_COMPLETE);
    ck_assert_uint_eq(parser->size, GDB_PACKET_MAX);
    ck_assert_int_eq(feed_long(parser, GDB_PACKET_MAX + 1), PACKET_TOO_LONG);
    ck_assert_int_eq(feed_long(parser, 3 * GDB_PACKET_MAX), PACKET_TOO_LONG);
    ck_assert_int_eq(feed(parser, "$g#67"), PACKET_COMPLETE);
    free(parser);
}
END_TEST

/* 4f+4b = 9a; the four special characters of "Overview" are escaped. */
START_TEST(a_frame_has_checksum_and_escapes)
{
    struct gdb_buffer out = { 0 };
    packet_frame(&out, (const uint8_t *)"OK", 2);
    gdb_buffer_add(&out, "", 1);
    ck_assert_str_eq((const char *)out.data, "$OK#9a");
    gdb_buffer_clear(&out);
    packet_frame(&out, (const uint8_t *)"#$}*", 4);
    gdb_buffer_add(&out, "", 1);
    ck_assert_mem_eq(out.data, "$}\x03}\x04}]}\x0a#62", 12);
    gdb_buffer_free(&out);
}
END_TEST

START_TEST(what_is_framed_is_parsed_back)
{
    struct packet_parser *parser = new_parser();
    struct gdb_buffer out = { 0 };
    uint8_t all[256];
    enum packet_event event = PACKET_NONE;
    for (unsigned i = 0; i < 256; i++)
        all[i] = (uint8_t)i;
    packet_frame(&out, all, sizeof(all));
    for (size_t i = 0; i < out.size; i++)
        event = packet_parse(parser, out.data[i]);
    ck_assert_int_eq(event, PACKET_COMPLETE);
    ck_assert_uint_eq(parser->size, sizeof(all));
    ck_assert_mem_eq(parser->data, all, sizeof(all));
    gdb_buffer_free(&out);
    free(parser);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("gdbstub/packet");
    TCase *tc = tcase_create("packet");
    suite_add_tcase(suite, tc);
    tcase_add_test(tc, a_packet_with_its_checksum_is_complete);
    tcase_add_test(tc, a_wrong_or_malformed_checksum_breaks_the_packet);
    tcase_add_test(tc, an_escaped_byte_is_resolved);
    tcase_add_test(tc, between_packets_stand_acknowledgements_and_the_interrupt);
    tcase_add_test(tc, a_dollar_starts_anew);
    tcase_add_test(tc, a_packet_above_the_limit_is_told_apart);
    tcase_add_test(tc, a_frame_has_checksum_and_escapes);
    tcase_add_test(tc, what_is_framed_is_parsed_back);
    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
