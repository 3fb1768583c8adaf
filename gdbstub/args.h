/* SPDX-License-Identifier: MIT */
/* Reading a packet's arguments: a cursor that never passes the packet's end. */
#ifndef GDBSTUB_ARGS_H
#define GDBSTUB_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gdbstub/buffer.h"

struct args {
    const uint8_t *at, *end;
};

static inline size_t args_left(const struct args *args)
{
    return (size_t)(args->end - args->at);
}

/* Each is true and moves on when the next thing is what it asks for; false leaves the cursor. */
bool args_skip(struct args *args, char character);
bool args_word(struct args *args, const char *word);
/* A hexadecimal number of 1 to 16 digits. */
bool args_hex(struct args *args, uint64_t *value);
/* "ADDR,LENGTH" */
bool args_range(struct args *args, uint64_t *address, uint64_t *length);
/* Exactly `size` bytes as pairs of digits. */
bool args_bytes(struct args *args, uint8_t *bytes, size_t size);
/* All that is left, as pairs of digits. */
bool args_rest_bytes(struct args *args, struct gdb_buffer *bytes);
/* What stands before the separator or the end; the separator is skipped. */
struct args args_item(struct args *args, char separator);

/* A thread-id ("Packets", thread-id) of process 1 with `threads` threads: a number from 0, or one
 * of these. */
#define THREADS_ALL (-1)
#define THREAD_ANY  (-2)
bool args_thread(struct args *args, unsigned threads, int *thread);

#endif
