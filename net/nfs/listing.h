/* SPDX-License-Identifier: MIT */
/*
 * Directory listings with cookies that last.
 *
 * READDIR resumes at a cookie, and version 2 has 32 bits for it, fewer than the offsets of some
 * host file systems. So names are listed in the order of a 32-bit hash, and the hash is the cookie:
 * the same in every listing, whatever is added or removed meanwhile, and after a restart. (Names
 * whose hashes collide get the next numbers.)
 *
 * The listing of a directory is read when a guest starts at the beginning, and kept while it goes
 * on.
 */
#ifndef NET_NFS_LISTING_H
#define NET_NFS_LISTING_H

#include <stddef.h>

#include "net/nfs/fs_types.h"

#define LISTINGS_MAX 4
/* Longer directories are refused, with EFBIG. */
#define LISTING_NAMES_MAX (1u << 20)

/* Cookies of the start and behind "." and ".."; names have larger ones. */
#define COOKIE_START   0u
#define COOKIE_DOT     1u
#define COOKIE_DOT_DOT 2u

struct listing_name {
    uint32_t cookie;
    uint32_t text; /* offset in texts */
};

struct listing {
    struct file_id dir;
    uint64_t last_use;          /* 0: free slot */
    struct listing_name *names; /* by cookie */
    size_t count;
    char *texts;
    size_t texts_size;
};

/* All zeros: empty. */
struct listings {
    uint64_t uses;
    struct listing slots[LISTINGS_MAX];
};

/*
 * The listing of the directory that `fd` (open for reading) is. With `fresh` it is read anew, else
 * one in memory will do. Names for which hide() is true, "." and ".." are left out. Valid until the
 * next call here.
 */
int listings_get(struct listings *listings, const struct file_id *dir, int fd, bool fresh,
                 bool (*hide)(const char *name), struct listing **listing);
/* Index of the first name behind a cookie. */
size_t listing_after(const struct listing *listing, uint32_t cookie);
void listings_drop(struct listings *listings, const struct file_id *dir);
void listings_clear(struct listings *listings);

#endif
