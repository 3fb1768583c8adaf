/* SPDX-License-Identifier: MIT */
#include "loader/bytes.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <unistd.h>

bool bytes_map(struct bytes *b, int fd, size_t size)
{
    void *data = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
    if (data == MAP_FAILED)
        return false;
    *b = (struct bytes){ .data = data, .size = size, .mapped = true, .fd = fd };
    return true;
}

static bool write_all(int fd, const uint8_t *data, size_t size)
{
    while (size) {
        const ssize_t put = write(fd, data, size);
        if (put < 0 && errno == EINTR)
            continue;
        if (put <= 0)
            return false;
        data += put;
        size -= (size_t)put;
    }
    return true;
}

void bytes_to_file(struct bytes *b)
{
    struct bytes mapped;
    if (b->mapped || b->size < BYTES_FILE_MIN)
        return;
    const int fd = memfd_create("loaded", MFD_CLOEXEC);
    if (fd < 0)
        return;
    if (!write_all(fd, b->data, b->size) || !bytes_map(&mapped, fd, b->size)) {
        close(fd);
        return;
    }
    free(b->data);
    *b = mapped;
}

int bytes_copy_file(int from, uint64_t limit, uint64_t *size)
{
    const int fd = memfd_create("loaded", MFD_CLOEXEC);
    ssize_t got = 1;
    *size = 0;
    while (fd >= 0 && got && *size <= limit) {
        got = sendfile(fd, from, NULL, (size_t)(limit + 1 - *size));
        if (got > 0)
            *size += (uint64_t)got;
        if (got >= 0 || errno == EINTR)
            continue;
        close(fd);
        return -1;
    }
    return fd;
}

void bytes_free(struct bytes *b)
{
    if (b->mapped) {
        munmap(b->data, b->size);
        close(b->fd);
    } else {
        free(b->data);
    }
    *b = (struct bytes){ 0 };
}
