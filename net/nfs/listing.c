/* SPDX-License-Identifier: MIT */
#include "net/nfs/listing.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net/nfs/handle.h"

static void clear(struct listing *listing)
{
    free(listing->names);
    free(listing->texts);
    *listing = (struct listing){ 0 };
}

static struct listing *find(struct listings *listings, const struct file_id *dir)
{
    for (int i = 0; i < LISTINGS_MAX; i++) {
        struct listing *listing = &listings->slots[i];
        if (listing->last_use && file_id_equal(&listing->dir, dir)) {
            return listing;
        }
    }
    return NULL;
}

static struct listing *take_slot(struct listings *listings)
{
    struct listing *oldest = &listings->slots[0];
    for (int i = 1; i < LISTINGS_MAX; i++) {
        if (listings->slots[i].last_use < oldest->last_use) {
            oldest = &listings->slots[i];
        }
    }
    clear(oldest);
    return oldest;
}

static void *reserve(void *array, size_t used, size_t more, size_t unit)
{
    /* Capacities are the powers of two: full when `used` has reached one. */
    size_t capacity = 64;
    while (capacity < used) {
        capacity *= 2;
    }
    if (array && used + more <= capacity) {
        return array;
    }
    while (capacity < used + more) {
        capacity *= 2;
    }
    return realloc(array, capacity * unit);
}

/* Between the cookies of ".." and the collisions that may follow the last hash. */
static uint32_t cookie_of(const char *name, size_t length)
{
    const uint32_t first = COOKIE_DOT_DOT + 1;
    const uint32_t range = UINT32_MAX - LISTING_NAMES_MAX - first;
    return first + (uint32_t)((uint64_t)hash_bytes(name, length) * range >> 32);
}

static int add(struct listing *listing, const char *name)
{
    size_t size = strlen(name) + 1;
    if (listing->count == LISTING_NAMES_MAX) {
        return EFBIG;
    }
    struct listing_name *names = reserve(listing->names, listing->count, 1, sizeof *names);
    if (!names) {
        return ENOMEM;
    }
    listing->names = names;
    char *texts = reserve(listing->texts, listing->texts_size, size, 1);
    if (!texts) {
        return ENOMEM;
    }
    listing->texts = texts;
    memcpy(texts + listing->texts_size, name, size);
    names[listing->count++] =
        (struct listing_name){ cookie_of(name, size - 1), (uint32_t)listing->texts_size };
    listing->texts_size += size;
    return 0;
}

static int compare(const void *a, const void *b, void *texts)
{
    const struct listing_name *left = a;
    const struct listing_name *right = b;
    if (left->cookie != right->cookie) {
        return left->cookie < right->cookie ? -1 : 1;
    }
    return strcmp((char *)texts + left->text, (char *)texts + right->text);
}

static void sort(struct listing *listing)
{
    if (listing->count == 0) {
        return;
    }
    qsort_r(listing->names, listing->count, sizeof *listing->names, compare, listing->texts);
    uint32_t last = COOKIE_DOT_DOT;
    for (size_t i = 0; i < listing->count; i++) {
        struct listing_name *name = &listing->names[i];
        name->cookie = name->cookie > last ? name->cookie : last + 1;
        last = name->cookie;
    }
}

static int read_names(struct listing *listing, int fd, bool (*hide)(const char *name))
{
    int own = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *stream = own >= 0 ? fdopendir(own) : NULL;
    if (!stream) {
        int error = errno;
        if (own >= 0) {
            close(own);
        }
        return error;
    }
    int error = 0;
    struct dirent *entry;
    while (!error && (errno = 0, entry = readdir(stream))) {
        if (strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..") && !hide(entry->d_name)) {
            error = add(listing, entry->d_name);
        }
    }
    error = error ? error : errno;
    closedir(stream);
    return error;
}

int listings_get(struct listings *listings, const struct file_id *dir, int fd, bool fresh,
                 bool (*hide)(const char *name), struct listing **out)
{
    struct listing *listing = find(listings, dir);
    if (listing && fresh) {
        clear(listing);
    }
    if (!listing || fresh) {
        listing = listing ? listing : take_slot(listings);
        int error = read_names(listing, fd, hide);
        if (error) {
            clear(listing);
            return error;
        }
        sort(listing);
        listing->dir = *dir;
    }
    listing->last_use = ++listings->uses;
    *out = listing;
    return 0;
}

size_t listing_after(const struct listing *listing, uint32_t cookie)
{
    size_t low = 0;
    size_t high = listing->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (listing->names[middle].cookie <= cookie) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void listings_drop(struct listings *listings, const struct file_id *dir)
{
    struct listing *listing = find(listings, dir);
    if (listing) {
        clear(listing);
    }
}

void listings_clear(struct listings *listings)
{
    for (int i = 0; i < LISTINGS_MAX; i++) {
        clear(&listings->slots[i]);
    }
}
