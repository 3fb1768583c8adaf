/* SPDX-License-Identifier: MIT */
#include "loader/boot.h"

#include <stdlib.h>

#include "loader/file.h"
#include "loader/stub.h"

#define MIB      (UINT64_C(1) << 20)
#define PAGE     4096
#define DTB_STEP (2 * MIB) /* so that one 2 MiB mapping holds the tree and nothing else */

static uint64_t align_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

/* Far enough behind the kernel for it to unpack and relocate itself. */
static uint64_t initrd_place(const struct boot *boot)
{
    uint64_t half = boot->target.size / 2;
    uint64_t at = boot->target.base + (half < 128 * MIB ? half : 128 * MIB);
    if (boot->kernel.end > at)
        at = boot->kernel.end;
    return align_up(at, PAGE);
}

static bool load_initrd(struct boot *boot, const char *path, struct load_error *error)
{
    struct bytes file;
    if (!file_read(path, boot->target.size, &file, error))
        return false;
    boot->initrd_end = boot->initrd + file.size;
    return blob_add(&boot->blobs, &boot->target, path, boot->initrd, file, 0, error);
}

bool boot_prepare(struct boot *boot, const struct load_target *target, const char *kernel,
                  const char *initrd, struct load_error *error)
{
    *boot = (struct boot){ .target = *target, .start = target->base, .dtb = target->base };
    if (!kernel)
        return !initrd || load_error_set(error, "-initrd %s needs a -kernel", initrd);
    if (!kernel_load(kernel, target, &boot->blobs, &boot->kernel, error))
        return false;
    boot->initrd = boot->initrd_end = initrd_place(boot);
    if (initrd && !load_initrd(boot, initrd, error))
        return false;
    if (boot->kernel.stub)
        boot->dtb = align_up(boot->initrd_end, DTB_STEP);
    else
        boot->start = boot->kernel.entry;
    return true;
}

static bool add_stub(struct boot *boot, struct load_error *error)
{
    struct bytes code = { .data = malloc(STUB_SIZE), .size = STUB_SIZE };
    if (!code.data)
        return load_error_set(error, "out of memory for the boot stub");
    stub_build(code.data, boot->dtb, boot->kernel.entry);
    return blob_add(&boot->blobs, &boot->target, "the boot stub", boot->target.base, code, 0,
                    error);
}

bool boot_finish(struct boot *boot, struct bytes dtb, struct load_error *error)
{
    if (!boot->kernel.stub && boot->kernel.end && boot->kernel.low - boot->dtb < dtb.size) {
        bytes_free(&dtb);
        return true;
    }
    return blob_add(&boot->blobs, &boot->target, "the device tree", boot->dtb, dtb, 0, error) &&
           (!boot->kernel.stub || add_stub(boot, error));
}

void boot_write(const struct boot *boot)
{
    blob_write_all(&boot->blobs, &boot->target);
}

void boot_free(struct boot *boot)
{
    blob_list_free(&boot->blobs);
}
