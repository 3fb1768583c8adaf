/* SPDX-License-Identifier: MIT */
#include "gdbstub/buffer.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void gdb_buffer_free(struct gdb_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct gdb_buffer){ 0 };
}

void gdb_buffer_clear(struct gdb_buffer *buffer)
{
    buffer->size = 0;
    buffer->failed = false;
}

static bool make_room(struct gdb_buffer *buffer, size_t size)
{
    if (size <= buffer->room - buffer->size)
        return true;
    size_t room = 2 * (buffer->size + size) + 256;
    uint8_t *data = realloc(buffer->data, room);
    if (!data) {
        buffer->failed = true;
        return false;
    }
    buffer->data = data;
    buffer->room = room;
    return true;
}

void gdb_buffer_add(struct gdb_buffer *buffer, const void *data, size_t size)
{
    if (!size || !make_room(buffer, size))
        return;
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void gdb_buffer_text(struct gdb_buffer *buffer, const char *text)
{
    gdb_buffer_add(buffer, text, strlen(text));
}

void gdb_buffer_print(struct gdb_buffer *buffer, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    gdb_buffer_text(buffer, text);
}

void gdb_buffer_hex(struct gdb_buffer *buffer, const void *data, size_t size)
{
    static const char digit[] = "0123456789abcdef";
    const uint8_t *byte = data;
    if (!make_room(buffer, 2 * size))
        return;
    for (size_t i = 0; i < size; i++) {
        buffer->data[buffer->size++] = (uint8_t)digit[byte[i] >> 4];
        buffer->data[buffer->size++] = (uint8_t)digit[byte[i] & 15];
    }
}
