/* SPDX-License-Identifier: MIT */
/*
 * Record marking: RPC messages in a byte stream (RFC 5531 section 11).
 *
 * A record is a sequence of fragments, each behind a header of 4 bytes: the fragment's size, and in
 * the top bit whether it is the record's last. The reader says where the next bytes belong and
 * never asks for more than the current record, so the stream is read straight into it:
 *
 *     while ((space = record_space(&reader, &wanted)) && (got = read(fd, space, wanted)) > 0)
 *         if (record_advance(&reader, got)) {
 *             ... reader.data, reader.size ...
 *             record_clear(&reader);
 *         }
 */
#ifndef NET_RECORD_H
#define NET_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define RECORD_HEADER        4
#define RECORD_LAST_FRAGMENT 0x80000000u

/* All zero but for the limit: at the start of a record. */
struct record_reader {
    size_t limit;  /* of the bytes of a record; its size is not believed before they come */
    uint8_t *data; /* owned; the record so far */
    size_t size, capacity;
    uint8_t header[RECORD_HEADER];
    size_t header_size; /* bytes of the header that are there */
    size_t left;        /* bytes of the current fragment still to come */
    bool last;          /* the current fragment ends the record */
};

/* Where the next bytes of the stream go, and how many at most (never 0). NULL: the record is larger
 * than the limit, or memory is out; the stream can't be read on. */
uint8_t *record_space(struct record_reader *reader, size_t *wanted);

/* `got` bytes were put there. True: the record is complete. */
bool record_advance(struct record_reader *reader, size_t got);

/* To the start of the next record. */
void record_clear(struct record_reader *reader);

/* Frees the memory; the reader can be used on. */
void record_free(struct record_reader *reader);

/* Writes the header of a record that is one fragment of `size` bytes. */
void record_put_header(uint8_t header[RECORD_HEADER], size_t size);

#endif
