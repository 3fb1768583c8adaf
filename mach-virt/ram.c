/* SPDX-License-Identifier: MIT */
#include "mach-virt/ram.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

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

/* proc(5), "/proc/pid/pagemap": a page that is neither in memory nor in swap was never written. */
#define PAGEMAP_THERE  (UINT64_C(3) << 62)
#define PAGEMAP_WINDOW 512 /* pages that are asked for at a time */

/* Which of the pages from `offset` on may hold something; all of them when the host does not say.
 */
static void find_touched(const struct ram *ram, int pagemap, uint64_t offset,
                         uint64_t entry[PAGEMAP_WINDOW])
{
    uint64_t first = (uint64_t)(uintptr_t)(ram->host + offset) / PAGE;
    ssize_t size = PAGEMAP_WINDOW * sizeof(*entry);
    if (pagemap < 0 || pread(pagemap, entry, (size_t)size, (off_t)(first * 8)) != size)
        memset(entry, 0xff, (size_t)size);
}

void ram_each_page(const struct ram *ram,
                   void (*visit)(void *ctx, uint64_t offset, const uint8_t *page), void *ctx)
{
    uint64_t entry[PAGEMAP_WINDOW];
    int pagemap = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC);
    for (uint64_t offset = 0; offset < ram->size; offset += PAGE) {
        unsigned i = offset / PAGE % PAGEMAP_WINDOW;
        if (i == 0)
            find_touched(ram, pagemap, offset, entry);
        if ((entry[i] & PAGEMAP_THERE) && !is_zero(ram->host + offset))
            visit(ctx, offset, ram->host + offset);
    }
    if (pagemap >= 0)
        close(pagemap);
}

static void save_page(void *ctx, uint64_t offset, const uint8_t *page)
{
    struct snapshot_writer *out = ctx;
    snapshot_put(out, &offset, sizeof(offset));
    snapshot_put(out, page, PAGE);
}

void ram_save(const struct ram *ram, struct snapshot_writer *out)
{
    uint64_t end = LAST_PAGE;
    ram_each_page(ram, save_page, out);
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
