/* SPDX-License-Identifier: MIT */
/*
 * What the file layer and the protocols say to each other: who asks, which file, its attributes.
 *
 * Functions of the file layer return 0 or an errno value (positive); the protocols translate it.
 */
#ifndef NET_NFS_FS_TYPES_H
#define NET_NFS_FS_TYPES_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <time.h>

/* Names of files: at most 255 bytes, as on every host file system. */
#define FS_NAME_MAX  255
#define FS_NAME_SIZE (FS_NAME_MAX + 1)

/* Who calls, from the call's AUTH_SYS credential (RFC 5531, appendix A). */
struct credential {
    uint32_t uid;
    uint32_t gid;
    unsigned gid_count;
    uint32_t gids[16];
};

/*
 * Which file, the same in every run: the host's inode number with its generation, so that a number
 * used again by another file is not mistaken for the first. dev is 0 on the file system of the
 * exported folder itself, whose number may change between runs, else the host's st_dev.
 */
struct file_id {
    uint64_t dev;
    uint64_t ino;
    uint32_t generation; /* 0: the host's file system does not tell */
};

/* Attributes as the guest sees them. */
struct file_attr {
    uint32_t mode; /* type and permissions, in the bits of st_mode */
    uint32_t nlink;
    uint32_t uid;
    uint32_t gid;
    uint32_t rdev_major;
    uint32_t rdev_minor;
    uint64_t size;
    uint64_t used; /* bytes on disk */
    uint64_t fileid;
    struct timespec atime;
    struct timespec mtime;
    struct timespec ctime;
};

/* What SETATTR or a creation asks for. Times follow utimensat: UTIME_OMIT, UTIME_NOW or a time. */
struct attr_change {
    bool set_mode;
    bool set_uid;
    bool set_gid;
    bool set_size;
    uint32_t mode; /* permission bits only */
    uint32_t uid;
    uint32_t gid;
    uint64_t size;
    struct timespec atime;
    struct timespec mtime;
};

/* A file opened for the time of one call: an O_PATH descriptor and what it showed then. */
struct file {
    int fd; /* -1: none */
    struct file_id id;
    struct stat host;
    struct file_attr attr;
};

void file_close(struct file *file);

/* Declares a file variable that closes itself. */
#define SCOPED_FILE(name) __attribute__((cleanup(file_close))) struct file name = { .fd = -1 }

static inline bool file_id_equal(const struct file_id *a, const struct file_id *b)
{
    return a->dev == b->dev && a->ino == b->ino && a->generation == b->generation;
}

#endif
