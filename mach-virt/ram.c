/* SPDX-License-Identifier: MIT */
#include "mach-virt/ram.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
/* Pages. A starting kernel clears the descriptors of all pages, 16 MiB per GiB, and fills them in a
 * little later: to give them back in between would cost more than it saves. */
#define TRIM_FIRST 20480
#define TRIM_LATER 4096

#define LAST_PAGE UINT64_MAX /* ends the list of pages in a snapshot */

/* What guests and devices do to RAM at the same time is the guest's business: ThreadSanitizer looks
 * away, here and for all of it. */
#if defined(__SANITIZE_THREAD__)
void AnnotateBenignRaceSized(const char *file, int line, const volatile void *start, size_t size,
                             const char *why);
#define EXPECT_RACES(start, size)                                                                  \
    AnnotateBenignRaceSized(__FILE__, __LINE__, start, size, "guest RAM")
#else
#define EXPECT_RACES(start, size) ((void)0)
#endif

bool ram_create(struct ram *ram, uint64_t base, uint64_t size, struct error *error)
{
    void *host = mmap(NULL, size, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (host == MAP_FAILED)
        return error_set(error, "cannot have %" PRIu64 " MiB of RAM: %s; try a smaller -m",
                         size >> 20, strerror(errno));
    *ram = (struct ram){ .host = host, .base = base, .size = size };
    EXPECT_RACES(host, size);
    return true;
}

/* The one of just these pages, or a free one; NULL: none. */
static struct ram_image *image_for(struct ram *ram, uint64_t first, uint64_t end)
{
    for (unsigned i = 0; i < ram->images; i++)
        if (ram->image[i].first == first && ram->image[i].end == end)
            return &ram->image[i];
    return ram->images < RAM_IMAGES ? &ram->image[ram->images] : NULL;
}

static bool in_image(const struct ram *ram, uint64_t page)
{
    for (unsigned i = 0; i < ram->images; i++)
        if (page >= ram->image[i].first && page < ram->image[i].end)
            return true;
    return false;
}

bool ram_map_file(struct ram *ram, uint64_t pa, int fd, uint64_t size)
{
    uint8_t *host = ram_map(ram, pa, size);
    const uint64_t first = (pa - ram->base) / PAGE, end = first + size / PAGE;
    struct ram_image *image = image_for(ram, first, end);
    if (!host || pa % PAGE || size % PAGE || !image)
        return false;
    if (mmap(host, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED | MAP_NORESERVE, fd, 0) == MAP_FAILED)
        return false;
    EXPECT_RACES(host, size);
    *image = (struct ram_image){ first, end };
    if (image == &ram->image[ram->images])
        ram->images++;
    return true;
}

static size_t noted_size(const struct ram *ram)
{
    return (ram->size / PAGE + 63) / 64 * sizeof(*ram->noted);
}

void ram_destroy(struct ram *ram)
{
    if (ram->host)
        munmap(ram->host, ram->size);
    if (ram->noted)
        munmap(ram->noted, noted_size(ram));
    ram->host = NULL;
    ram->noted = NULL;
}

static bool is_zero(const uint8_t *page)
{
    return !page[0] && !memcmp(page, page + 1, PAGE - 1);
}

/* Without memory for the bits nothing is given back. */
void ram_start_trimming(struct ram *ram)
{
    void *bits = ram->noted ? MAP_FAILED
                            : mmap(NULL, noted_size(ram), PROT_READ | PROT_WRITE,
                                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (bits == MAP_FAILED)
        return;
    ram->noted = bits;
    ram->trim_at = TRIM_FIRST;
}

/* Will be noted again when a processor looks it up anew. Not in a file: its content would come back. */
static bool forget_zero_page(struct ram *ram, uint32_t page)
{
    if (in_image(ram, page) || !is_zero(ram->host + (uint64_t)page * PAGE))
        return false;
    ram->noted[page / 64] &= ~(UINT64_C(1) << page % 64);
    return true;
}

void ram_trim(struct ram *ram)
{
    unsigned count = ram->fresh_count;
    ram->fresh_count = 0;
    ram->trim_at = TRIM_LATER;
    for (unsigned i = 0; i < count; i++) {
        uint32_t first = ram->fresh[i], pages = 0;
        while (i < count && ram->fresh[i] == first + pages && forget_zero_page(ram, first + pages))
            pages++, i++;
        if (!pages)
            continue;
        madvise(ram->host + (uint64_t)first * PAGE, (size_t)pages * PAGE, MADV_DONTNEED);
        i--;
    }
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
        if (((entry[i] & PAGEMAP_THERE) || in_image(ram, offset / PAGE)) && !is_zero(ram->host + offset))
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
    if (mmap(ram->host, ram->size, PROT_READ | PROT_WRITE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED | MAP_NORESERVE, -1, 0) == MAP_FAILED)
        return false;
    EXPECT_RACES(ram->host, ram->size);
    ram->images = 0; /* all zero */
    for (uint64_t offset;;) {
        if (!snapshot_get(in, &offset, sizeof(offset)))
            return false;
        if (offset == LAST_PAGE)
            return true;
        if (offset % PAGE || offset >= ram->size || !snapshot_get(in, ram->host + offset, PAGE))
            return false;
    }
}
