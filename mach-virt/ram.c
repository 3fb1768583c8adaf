/* SPDX-License-Identifier: MIT */
#include "mach-virt/ram.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>

#define PAGE      4096
#define LAST_PAGE UINT64_MAX /* ends the list of pages in a snapshot */

bool ram_create(struct ram *ram, uint64_t base, uint64_t size, struct error *error)
{
    void *host = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (host == MAP_FAILED)
        return error_set(error, "cannot have %" PRIu64 " MiB of RAM: %s; try a smaller -m",
                         size >> 20, strerror(errno));
    *ram = (struct ram){ host, base, size };
    return true;
}

void ram_destroy(struct ram *ram)
{
    if (ram->host)
        munmap(ram->host, ram->size);
    ram->host = NULL;
}

static bool is_zero(const uint8_t *page)
{
    return !page[0] && !memcmp(page, page + 1, PAGE - 1);
}

/* Pages the host has never given to us are zero and must not be touched: mincore tells. */
void ram_save(const struct ram *ram, struct snapshot_writer *out)
{
    uint64_t end = LAST_PAGE;
    for (uint64_t offset = 0; offset < ram->size; offset += PAGE) {
        unsigned char there = 1;
        mincore(ram->host + offset, PAGE, &there);
        if (!there || is_zero(ram->host + offset))
            continue;
        snapshot_put(out, &offset, sizeof(offset));
        snapshot_put(out, ram->host + offset, PAGE);
    }
    snapshot_put(out, &end, sizeof(end));
}

bool ram_load(struct ram *ram, struct snapshot_reader *in)
{
    madvise(ram->host, ram->size, MADV_DONTNEED); /* back to zero */
    for (uint64_t offset;;) {
        if (!snapshot_get(in, &offset, sizeof(offset)))
            return false;
        if (offset == LAST_PAGE)
            return true;
        if (offset % PAGE || offset >= ram->size || !snapshot_get(in, ram->host + offset, PAGE))
            return false;
    }
}
