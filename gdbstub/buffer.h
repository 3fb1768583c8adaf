/* SPDX-License-Identifier: MIT */
/*
 * A growing row of bytes: what the stub has to say. Out of memory is remembered and asked for once,
 * at the end.
 */
#ifndef GDBSTUB_BUFFER_H
#define GDBSTUB_BUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct gdb_buffer {
    uint8_t *data;
    size_t size, room;
    bool failed; /* something is missing: there was no memory for it */
};

/* Zero-initialise. Frees the bytes and makes it empty again. */
void gdb_buffer_free(struct gdb_buffer *buffer);
void gdb_buffer_clear(struct gdb_buffer *buffer);

void gdb_buffer_add(struct gdb_buffer *buffer, const void *data, size_t size);
void gdb_buffer_text(struct gdb_buffer *buffer, const char *text);
__attribute__((format(printf, 2, 3))) void gdb_buffer_print(struct gdb_buffer *buffer,
                                                            const char *format, ...);
/* Two lower-case digits for each byte. */
void gdb_buffer_hex(struct gdb_buffer *buffer, const void *data, size_t size);

#endif
