/* SPDX-License-Identifier: MIT */
#include "loader/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define FIRST_CAPACITY (64 * 1024)

/* One byte more than the file is said to have, so that its end is seen without growing. */
static size_t initial_capacity(int fd, uint64_t limit)
{
    struct stat st;
    if (fstat(fd, &st) || st.st_size <= 0)
        return FIRST_CAPACITY;
    return ((uint64_t)st.st_size < limit ? (uint64_t)st.st_size : limit) + 1;
}

static bool grow(struct bytes *b, size_t *capacity)
{
    uint8_t *data = realloc(b->data, *capacity * 2);
    if (!data)
        return false;
    b->data = data;
    *capacity *= 2;
    return true;
}

static bool read_all(int fd, const char *path, uint64_t limit, struct bytes *b,
                     struct load_error *error)
{
    size_t capacity = initial_capacity(fd, limit);
    b->data = malloc(capacity);
    while (b->data && b->size <= limit) {
        if (b->size == capacity && !grow(b, &capacity))
            break;
        ssize_t got = read(fd, b->data + b->size, capacity - b->size);
        if (got == 0)
            return b->size || load_error_set(error, "%s is empty", path);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return load_error_set(error, "cannot read %s: %s", path, strerror(errno));
        b->size += (size_t)got;
    }
    if (b->size > limit)
        return load_error_set(error,
                              "%s does not fit into RAM: it is larger than %" PRIu64
                              " MiB; give the machine more with -m",
                              path, limit >> 20);
    return load_error_set(error, "out of memory while reading %s", path);
}

/* A large regular file, without a copy of our own. False: read it. */
static bool copy_large(int fd, uint64_t limit, struct bytes *b)
{
    struct stat st;
    uint64_t size;
    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_size < BYTES_FILE_MIN || (uint64_t)st.st_size > limit)
        return false;
    const int copy = bytes_copy_file(fd, limit, &size);
    if (copy >= 0 && size && size <= limit && bytes_map(b, copy, size))
        return true;
    if (copy >= 0)
        close(copy);
    lseek(fd, 0, SEEK_SET);
    return false;
}

bool file_read(const char *path, uint64_t limit, struct bytes *out, struct load_error *error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return load_error_set(error, "cannot open %s: %s", path, strerror(errno));
    struct bytes b = { 0 };
    bool ok = copy_large(fd, limit, &b) || read_all(fd, path, limit, &b, error);
    close(fd);
    if (!ok) {
        bytes_free(&b);
        return false;
    }
    *out = b;
    return true;
}
