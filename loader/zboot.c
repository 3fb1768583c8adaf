/* SPDX-License-Identifier: MIT */
#include "loader/zboot.h"

#include "loader/gunzip.h"

#define PAYLOAD_OFFSET_AT 8
#define PAYLOAD_SIZE_AT   12
#define METHOD_AT         24 /* name of the compression, zero-terminated */
#define METHOD_SIZE       32
#define HEADER_SIZE       64

bool is_zboot(const struct bytes *file)
{
    return file->size >= HEADER_SIZE && bytes_match(file, 0, "MZ\0\0zimg", 8);
}

bool zboot_unpack(const char *path, const struct bytes *file, uint64_t limit, struct bytes *out,
                  struct load_error *error)
{
    uint64_t offset = load_le32(file->data + PAYLOAD_OFFSET_AT);
    uint64_t size = load_le32(file->data + PAYLOAD_SIZE_AT);
    if (!bytes_match(file, METHOD_AT, "gzip", 5))
        return load_error_set(error,
                              "%s is an EFI zboot image packed with %.*s; only gzip is supported: "
                              "give the plain Image",
                              path, METHOD_SIZE, file->data + METHOD_AT);
    if (!bytes_hold(file, offset, size))
        return load_error_set(error, "%s is truncated: its kernel ends beyond the file", path);
    struct bytes payload = { .data = file->data + offset, .size = size };
    return gunzip(path, &payload, limit, out, error);
}
