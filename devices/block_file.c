/* SPDX-License-Identifier: MIT */
/*
 * A raw disk image: preadv and pwritev at the disk's offsets.
 */
#include "devices/block_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

struct block_file {
    int fd;
};

typedef ssize_t (*transfer)(int fd, const struct iovec *iov, int count, off_t offset);

/* The host may move less than it was asked to; what is left is asked for again. */
static int move_all(struct block_file *f, transfer call, uint64_t offset, const struct iovec *iov,
                    unsigned count)
{
    struct iovec rest[IOV_MAX];
    if (count > IOV_MAX)
        return -EINVAL;
    memcpy(rest, iov, count * sizeof *iov);
    for (unsigned i = 0; i < count;) {
        ssize_t n = call(f->fd, rest + i, count - i, offset);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n ? -errno : -EIO;
        offset += n;
        for (; i < count && (size_t)n >= rest[i].iov_len; i++)
            n -= rest[i].iov_len;
        if (n) {
            rest[i].iov_base = (uint8_t *)rest[i].iov_base + n;
            rest[i].iov_len -= n;
        }
    }
    return 0;
}

static int file_read(void *backend, uint64_t offset, const struct iovec *to, unsigned count)
{
    return move_all(backend, preadv, offset, to, count);
}

static int file_write(void *backend, uint64_t offset, const struct iovec *from, unsigned count)
{
    return move_all(backend, pwritev, offset, from, count);
}

static int file_flush(void *backend)
{
    struct block_file *f = backend;
    return fdatasync(f->fd) ? -errno : 0;
}

static int allocate(struct block_file *f, int mode, uint64_t offset, uint64_t size)
{
    while (fallocate(f->fd, mode | FALLOC_FL_KEEP_SIZE, offset, size))
        if (errno != EINTR)
            return -errno;
    return 0;
}

/* Discarding is a hint: a file system that cannot do it leaves the contents as they are. */
static int file_discard(void *backend, uint64_t offset, uint64_t size)
{
    int result = allocate(backend, FALLOC_FL_PUNCH_HOLE, offset, size);
    return result == -EOPNOTSUPP ? 0 : result;
}

static int write_zeros(struct block_file *f, uint64_t offset, uint64_t size)
{
    static const uint8_t zeros[65536];
    while (size) {
        size_t n = size < sizeof zeros ? size : sizeof zeros;
        struct iovec iov = { (void *)zeros, n };
        int result = move_all(f, pwritev, offset, &iov, 1);
        if (result)
            return result;
        offset += n;
        size -= n;
    }
    return 0;
}

static int file_zero(void *backend, uint64_t offset, uint64_t size, bool unmap)
{
    int mode = unmap ? FALLOC_FL_PUNCH_HOLE : FALLOC_FL_ZERO_RANGE;
    int result = allocate(backend, mode, offset, size);
    return result == -EOPNOTSUPP ? write_zeros(backend, offset, size) : result;
}

static void file_close(void *backend)
{
    struct block_file *f = backend;
    close(f->fd);
    free(f);
}

/* ---- opening ---- */

static bool refuse(int fd, char *error, size_t error_size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(error, error_size, format, args);
    va_end(args);
    if (fd >= 0)
        close(fd);
    return false;
}

static int64_t size_of(int fd)
{
    struct stat st;
    if (fstat(fd, &st))
        return -1;
    if (S_ISREG(st.st_mode))
        return st.st_size;
    errno = S_ISDIR(st.st_mode) ? EISDIR : EINVAL;
    return S_ISBLK(st.st_mode) ? lseek(fd, 0, SEEK_END) : -1;
}

static bool open_locked(const char *path, bool readonly, int *fd, char *error, size_t size)
{
    *fd = open(path, (readonly ? O_RDONLY : O_RDWR) | O_CLOEXEC | O_NONBLOCK);
    if (*fd < 0)
        return refuse(-1, error, size, "cannot open disk %s%s: %s", path,
                      readonly ? "" : " for writing", strerror(errno));
    if (flock(*fd, (readonly ? LOCK_SH : LOCK_EX) | LOCK_NB))
        return refuse(*fd, error, size, "disk %s is in use: %s", path, strerror(errno));
    return true;
}

bool block_file_open(struct block *out, const char *path, bool readonly, char *error,
                     size_t error_size)
{
    int fd;
    if (!open_locked(path, readonly, &fd, error, error_size))
        return false;
    int64_t size = size_of(fd);
    if (size < 0)
        return refuse(fd, error, error_size, "disk %s: %s", path, strerror(errno));
    if (size < BLOCK_SECTOR)
        return refuse(fd, error, error_size, "disk %s is smaller than a sector", path);
    struct block_file *f = malloc(sizeof *f);
    if (!f)
        return refuse(fd, error, error_size, "disk %s: out of memory", path);
    f->fd = fd;
    *out = (struct block){
        .size = size - size % BLOCK_SECTOR,
        .readonly = readonly,
        .serial = "",
        .read = file_read,
        .write = file_write,
        .flush = file_flush,
        .discard = file_discard,
        .zero = file_zero,
        .close = file_close,
        .backend = f,
    };
    return true;
}
