/* SPDX-License-Identifier: MIT */
#include "loader/image.h"

#include <inttypes.h>

#define IMAGE_HEADER_SIZE 64
#define IMAGE_MAGIC_AT    56 /* "ARM\x64" */
#define IMAGE_PE_AT       60 /* offset of the PE header in kernels with an EFI stub */
#define FLAG_BIG_ENDIAN   1

#define STUB_ROOM 4096 /* the start of RAM up to here is the boot stub's */

/* PE format: "COFF File Header", "Section Table". */
#define PE_SECTION_COUNT_AT 6
#define PE_OPTIONAL_SIZE_AT 20
#define PE_OPTIONAL_AT      24
#define PE_SECTION_SIZE     40
#define PE_SECTION_RAW_SIZE 16
#define PE_SECTION_RAW_AT   20

bool image_parse(const struct bytes *file, struct image_header *header)
{
    if (file->size < IMAGE_HEADER_SIZE || !bytes_match(file, IMAGE_MAGIC_AT, "ARM\x64", 4))
        return false;
    header->text_offset = load_le64(file->data + 8);
    header->image_size = load_le64(file->data + 16);
    header->flags = load_le64(file->data + 24);
    return true;
}

/* The end of the last PE section in the file; 0 when there is no PE header to be found. */
static uint64_t pe_end(const struct bytes *file)
{
    uint64_t pe = load_le32(file->data + IMAGE_PE_AT);
    if (!bytes_match(file, 0, "MZ", 2) || !bytes_match(file, pe, "PE\0", 4) ||
        !bytes_hold(file, pe, PE_OPTIONAL_AT))
        return 0;
    unsigned count = load_le16(file->data + pe + PE_SECTION_COUNT_AT);
    uint64_t at = pe + PE_OPTIONAL_AT + load_le16(file->data + pe + PE_OPTIONAL_SIZE_AT);
    uint64_t end = 0;
    for (unsigned i = 0; i < count && bytes_hold(file, at, PE_SECTION_SIZE); i++) {
        const uint8_t *section = file->data + at;
        uint64_t raw_end = (uint64_t)load_le32(section + PE_SECTION_RAW_AT) +
                           load_le32(section + PE_SECTION_RAW_SIZE);
        if (raw_end > end)
            end = raw_end;
        at += PE_SECTION_SIZE;
    }
    return end;
}

bool image_check(const char *path, const struct bytes *file, const struct image_header *header,
                 struct load_error *error)
{
    uint64_t end = pe_end(file);
    if (end > file->size)
        return load_error_set(error,
                              "%s is truncated: its header speaks of %" PRIu64
                              " bytes, the file has %zu; copy or build it again",
                              path, end, file->size);
    if (header->image_size && (header->flags & FLAG_BIG_ENDIAN))
        return load_error_set(
            error, "%s is a big-endian kernel; build it without CONFIG_CPU_BIG_ENDIAN", path);
    return true;
}

uint64_t image_offset(const struct image_header *header)
{
    /* booting.rst: with image_size 0 the endianness of text_offset is unknown; assume 0x80000. */
    if (!header->image_size)
        return IMAGE_OLD_TEXT_OFFSET;
    if (header->text_offset < STUB_ROOM)
        return header->text_offset + (2u << 20);
    return header->text_offset;
}

uint64_t image_memory_size(const struct bytes *file, const struct image_header *header)
{
    return header->image_size > file->size ? header->image_size : file->size;
}
