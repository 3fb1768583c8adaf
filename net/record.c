/* SPDX-License-Identifier: MIT */
#include "net/record.h"

#include <stdlib.h>

#include "net/packet.h"

#define FIRST_CAPACITY 4096

static bool grow(struct record_reader *r)
{
    size_t capacity = r->capacity ? r->capacity * 2 : FIRST_CAPACITY;

    if (capacity > r->limit)
        capacity = r->limit;
    uint8_t *data = realloc(r->data, capacity);
    if (!data)
        return false;
    r->data = data;
    r->capacity = capacity;
    return true;
}

uint8_t *record_space(struct record_reader *r, size_t *wanted)
{
    if (r->header_size < RECORD_HEADER) {
        *wanted = RECORD_HEADER - r->header_size;
        return r->header + r->header_size;
    }
    if (r->left > r->limit - r->size || (r->size == r->capacity && !grow(r)))
        return NULL;
    *wanted = r->capacity - r->size < r->left ? r->capacity - r->size : r->left;
    return r->data + r->size;
}

/* The fragment is complete. True: so is the record. */
static bool end_fragment(struct record_reader *r)
{
    r->header_size = 0;
    return r->last;
}

bool record_advance(struct record_reader *r, size_t got)
{
    if (r->header_size == RECORD_HEADER) {
        r->size += got;
        r->left -= got;
        return !r->left && end_fragment(r);
    }
    r->header_size += got;
    if (r->header_size < RECORD_HEADER)
        return false;
    uint32_t word = get_be32(r->header);
    r->last = word & RECORD_LAST_FRAGMENT;
    r->left = word & ~RECORD_LAST_FRAGMENT;
    return !r->left && end_fragment(r);
}

void record_clear(struct record_reader *r)
{
    r->size = 0;
    r->header_size = 0;
}

void record_free(struct record_reader *r)
{
    free(r->data);
    *r = (struct record_reader){ .limit = r->limit };
}

void record_put_header(uint8_t header[RECORD_HEADER], size_t size)
{
    put_be32(header, RECORD_LAST_FRAGMENT | (uint32_t)size);
}
