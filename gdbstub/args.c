/* SPDX-License-Identifier: MIT */
#include "gdbstub/args.h"

#include <string.h>

#include "gdbstub/packet.h"

bool args_skip(struct args *args, char character)
{
    if (!args_left(args) || *args->at != (uint8_t)character)
        return false;
    args->at++;
    return true;
}

bool args_word(struct args *args, const char *word)
{
    size_t size = strlen(word);
    if (args_left(args) < size || memcmp(args->at, word, size))
        return false;
    args->at += size;
    return true;
}

bool args_hex(struct args *args, uint64_t *value)
{
    const uint8_t *at = args->at;
    uint64_t sum = 0;
    while (at < args->end && hex_digit(*at) >= 0) {
        if (sum >> 60)
            return false;
        sum = sum << 4 | (uint64_t)hex_digit(*at++);
    }
    if (at == args->at)
        return false;
    args->at = at;
    *value = sum;
    return true;
}

bool args_range(struct args *args, uint64_t *address, uint64_t *length)
{
    return args_hex(args, address) && args_skip(args, ',') && args_hex(args, length);
}

bool args_bytes(struct args *args, uint8_t *bytes, size_t size)
{
    if (args_left(args) / 2 < size)
        return false;
    for (size_t i = 0; i < size; i++) {
        int high = hex_digit(args->at[2 * i]), low = hex_digit(args->at[2 * i + 1]);
        if (high < 0 || low < 0)
            return false;
        bytes[i] = (uint8_t)(high << 4 | low);
    }
    args->at += 2 * size;
    return true;
}

bool args_rest_bytes(struct args *args, struct gdb_buffer *bytes)
{
    uint8_t byte;
    if (args_left(args) % 2)
        return false;
    while (args_left(args)) {
        if (!args_bytes(args, &byte, 1))
            return false;
        gdb_buffer_add(bytes, &byte, 1);
    }
    return !bytes->failed;
}

struct args args_item(struct args *args, char separator)
{
    struct args item = { args->at, args->at };
    while (item.end < args->end && *item.end != (uint8_t)separator)
        item.end++;
    args->at = item.end < args->end ? item.end + 1 : item.end;
    return item;
}

/* A number, or -1. */
static bool take_id(struct args *args, int64_t *id)
{
    uint64_t value;
    if (args_word(args, "-1")) {
        *id = -1;
        return true;
    }
    if (!args_hex(args, &value) || value > INT32_MAX)
        return false;
    *id = (int64_t)value;
    return true;
}

bool args_thread(struct args *args, unsigned threads, int *thread)
{
    int64_t process = 1, id = -1;
    bool named = args_skip(args, 'p');
    if (named && !take_id(args, &process))
        return false;
    if ((!named || args_skip(args, '.')) && !take_id(args, &id))
        return false;
    if (process > 1 || id > (int64_t)threads)
        return false;
    *thread = id == -1 ? THREADS_ALL : id == 0 ? THREAD_ANY : (int)id - 1;
    return true;
}
