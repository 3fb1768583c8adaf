/* SPDX-License-Identifier: MIT */
#include "cpu/decode.h"

#include "cpu/exec.h"

#include <stdio.h>

unsigned a64_decode(struct decode *d)
{
    unsigned row = a64_lookup(d->word);
    const struct a64_row_info *info = &a64_rows[row];
    if (row == A64_UNALLOCATED)
        emit(d, exec_undefined, 0, 0, 0, 0, 0);
    else if (!info->decode)
        emit(d, exec_unimplemented, 0, 0, 0, 0, (int32_t)row);
    else if (!info->decode(d, d->word))
        emit(d, exec_undefined, 0, 0, 0, 0, 0);
    return row;
}

int a64_text(uint32_t word, char *text, size_t size)
{
    const struct a64_row_info *info = &a64_rows[a64_lookup(word)];
    int length = snprintf(text, size, "%08x %s", word, info->name);
    for (unsigned i = 0; i < info->fields && (size_t)length < size; i++) {
        uint32_t value = word >> info->field[i].lsb & ((1u << info->field[i].width) - 1);
        const char *format = info->field[i].width > 8 ? " %s=%#x" : " %s=%u";
        length += snprintf(text + length, size - (size_t)length, format, info->field[i].name, value);
    }
    return length;
}

static uint64_t ones(unsigned count)
{
    return count >= 64 ? UINT64_MAX : (1ull << count) - 1;
}

bool decode_bit_masks(unsigned sf, unsigned N, unsigned imms, unsigned immr, bool immediate, uint64_t *wmask)
{
    unsigned inverted = N << 6 | (~imms & 0x3f);
    if (inverted < 2)
        return false;
    unsigned len = 31u - (unsigned)__builtin_clz(inverted);
    unsigned levels = (1u << len) - 1;
    if ((immediate && (imms & levels) == levels) || (!sf && N))
        return false;
    unsigned s = imms & levels, rotate = immr & levels, esize = 1u << len;
    uint64_t element = ones(s + 1);
    if (rotate)
        element = (element >> rotate | element << (esize - rotate)) & ones(esize);
    for (unsigned width = esize; width < 64; width *= 2)
        element |= element << width;
    *wmask = sf ? element : element & UINT32_MAX;
    return true;
}

void a64_decode_at(const struct code_page *page, unsigned index, bool parallel, struct record *out)
{
    struct decode d = { .out = out, .index = index, .words = page->host, .parallel = parallel };
    d.word = __atomic_load_n((const uint32_t *)(page->host + 4 * index), __ATOMIC_RELAXED);
    a64_decode(&d);
}
