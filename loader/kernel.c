/* SPDX-License-Identifier: MIT */
#include "loader/kernel.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "loader/elf.h"
#include "loader/file.h"
#include "loader/gunzip.h"
#include "loader/image.h"
#include "loader/vmlinux.h"
#include "loader/zboot.h"

#define ELF_ROOM (256u << 20) /* with debug information an ELF file may be larger than RAM */

/* Files that people hand over by mistake, told from raw code by their magic. */
static const struct foreign {
    uint16_t offset;
    uint8_t size;
    const char *magic;
    const char *what;
} foreign[] = {
    { 0x202, 4, "HdrS", "an x86 kernel" },
    { 0x24, 4, "\x18\x28\x6f\x01", "a 32-bit Arm zImage" },
    { 0, 4, "\x27\x05\x19\x56", "a U-Boot uImage; give the Image inside it" },
    { 0, 4, "\xd0\x0d\xfe\xed", "a device tree or FIT image; device trees go to -dtb" },
    { 0, 6,
      "\xfd"
      "7zXZ\0",
      "xz-compressed; unpack it first" },
    { 0, 4, "\x28\xb5\x2f\xfd", "zstd-compressed; unpack it first" },
    { 0, 6, "070701", "a cpio archive; those go to -initrd" },
    { 0, 2, "MZ", "a PE file, neither a whole arm64 Image nor a zboot image; is it cut off?" },
};

static bool check_foreign(const char *path, const struct bytes *file, struct load_error *error)
{
    for (size_t i = 0; i < sizeof(foreign) / sizeof(*foreign); i++) {
        const struct foreign *f = &foreign[i];
        if (bytes_match(file, f->offset, f->magic, f->size))
            return load_error_set(error, "%s cannot be started: it is %s", path, f->what);
    }
    return true;
}

static bool unpack(const char *path, struct bytes *file, uint64_t limit, struct load_error *error)
{
    struct bytes inner;
    if (!is_gzip(file) && !is_zboot(file))
        return true;
    bool ok = is_gzip(file) ? gunzip(path, file, limit, &inner, error)
                            : zboot_unpack(path, file, limit, &inner, error);
    if (!ok)
        return false;
    bytes_free(file);
    *file = inner;
    return true;
}

static bool load_elf(const char *path, const struct bytes *file, const struct load_target *target,
                     struct blob_list *list, struct kernel *kernel, struct load_error *error)
{
    struct elf_result r;
    if (!elf_load(path, file, target, list, &r, error))
        return false;
    *kernel = (struct kernel){ .entry = r.entry, .low = r.low, .end = r.end };
    if (r.outside)
        snprintf(kernel->warning, sizeof(kernel->warning),
                 "%s: %u segment(s) not loaded, the last at 0x%" PRIx64 ": there is no RAM there",
                 path, r.outside, r.left_out);
    return true;
}

/* Takes the bytes over on success. */
static bool load_flat(const char *path, struct bytes *file, const struct load_target *target,
                      struct blob_list *list, struct kernel *kernel, struct load_error *error)
{
    struct image_header header = { 0 };
    if (image_parse(file, &header)) {
        if (!image_check(path, file, &header, error))
            return false;
    } else if (!check_foreign(path, file, error)) {
        return false;
    }
    uint64_t entry = target->base + image_offset(&header);
    uint64_t size = image_memory_size(file, &header);
    struct bytes bytes = *file;
    *file = (struct bytes){ 0 };
    *kernel = (struct kernel){ .entry = entry, .low = entry, .end = entry + size, .stub = true };
    return blob_add(list, target, path, entry, bytes, size - bytes.size, error);
}

static bool load_vmlinux(const char *path, struct bytes *file, const struct load_target *target,
                         struct blob_list *list, struct kernel *kernel, struct load_error *error)
{
    struct bytes image;
    uint64_t va;
    if (!vmlinux_flatten(path, file, target->size, &image, &va, error))
        return false;
    bool ok = load_flat(path, &image, target, list, kernel, error);
    kernel->va = va;
    bytes_free(&image);
    return ok;
}

bool kernel_load(const char *path, const struct load_target *target, struct blob_list *list,
                 struct kernel *kernel, struct load_error *error)
{
    struct bytes file;
    if (!file_read(path, target->size > ELF_ROOM ? target->size : ELF_ROOM, &file, error))
        return false;
    bool ok;
    if (is_vmlinux(&file))
        ok = load_vmlinux(path, &file, target, list, kernel, error);
    else if (is_elf(&file))
        ok = load_elf(path, &file, target, list, kernel, error);
    else
        ok = unpack(path, &file, target->size, error) &&
             load_flat(path, &file, target, list, kernel, error);
    bytes_free(&file);
    return ok;
}
