/* SPDX-License-Identifier: MIT */
#include "loader/gunzip.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <zlib.h>

#define WINDOW_BITS_GZIP (15 + 16) /* zlib.h, inflateInit2: 16 asks for the gzip wrapper */
#define CHUNK            (4u << 20)

bool is_gzip(const struct bytes *file)
{
    return bytes_match(file, 0, "\x1f\x8b\x08", 3); /* RFC 1952, "Member header": ID1, ID2, CM */
}

/* Makes room for the next output; false: the limit (one byte beyond it was allowed) or no memory.
 */
static bool make_room(z_stream *z, struct bytes *out, uint64_t limit)
{
    if (out->size > limit)
        return false;
    uint64_t want = out->size + CHUNK;
    if (want > limit + 1)
        want = limit + 1;
    uint8_t *data = realloc(out->data, want);
    if (!data)
        return false;
    out->data = data;
    z->next_out = data + out->size;
    z->avail_out = (uInt)(want - out->size);
    return true;
}

static int inflate_all(z_stream *z, struct bytes *out, uint64_t limit)
{
    int status = Z_OK;
    while (status == Z_OK) {
        if (!make_room(z, out, limit))
            return Z_MEM_ERROR;
        uInt room = z->avail_out;
        status = inflate(z, Z_NO_FLUSH);
        out->size += room - z->avail_out;
    }
    return status;
}

static bool report(const char *path, int status, const struct bytes *out, uint64_t limit,
                   struct load_error *error)
{
    if (out->size > limit)
        return load_error_set(error,
                              "%s does not fit: unpacked it is more than the %" PRIu64
                              " MiB of RAM; give the machine more with -m",
                              path, limit >> 20);
    if (status == Z_BUF_ERROR)
        return load_error_set(error, "%s is truncated: its gzip data ends early", path);
    if (status == Z_MEM_ERROR)
        return load_error_set(error, "out of memory while unpacking %s", path);
    return load_error_set(error, "%s is damaged: its gzip data is not valid", path);
}

bool gunzip(const char *path, const struct bytes *file, uint64_t limit, struct bytes *out,
            struct load_error *error)
{
    z_stream z = { .next_in = file->data,
                   .avail_in = file->size < UINT_MAX ? (uInt)file->size : UINT_MAX };
    struct bytes b = { 0 };
    int status = inflateInit2(&z, WINDOW_BITS_GZIP);
    if (status == Z_OK) {
        status = inflate_all(&z, &b, limit);
        inflateEnd(&z);
    }
    if (status != Z_STREAM_END || b.size > limit) {
        report(path, status, &b, limit, error);
        free(b.data);
        return false;
    }
    *out = b;
    return true;
}
