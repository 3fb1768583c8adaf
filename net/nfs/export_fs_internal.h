/* SPDX-License-Identifier: MIT */
/* What the fs_*.c files share. */
#ifndef NET_NFS_EXPORT_FS_INTERNAL_H
#define NET_NFS_EXPORT_FS_INTERNAL_H

#include "net/nfs/data_fds.h"
#include "net/nfs/export_fs.h"
#include "net/nfs/inode_table.h"
#include "net/nfs/listing.h"
#include "net/nfs/ownership.h"

struct export_fs {
    int root_fd; /* O_PATH */
    dev_t root_dev;
    struct file_id root_id;
    bool read_only;
    uid_t host_uid; /* who we are on the host: shown to the guest as root */
    gid_t host_gid;
    mode_t host_umask;
    struct inode_table *inodes;
    struct ownership *ownership;
    struct data_fds data_fds;
    struct listings listings;
    int64_t next_scan_ns; /* monotonic: no search of the whole tree before */
    uint64_t searches;    /* of the whole tree, so far */
};

/* Opens `name` in dir (an O_PATH descriptor), without following it, and reads its attributes. */
int fs_open_at(struct export_fs *fs, int dir_fd, const char *name, int flags, struct file *out);
/* The same for a directory of the export, and remembers the place. Permissions are the caller's. */
int fs_open_child(struct export_fs *fs, const struct file *dir, const char *name, struct file *out);

/* Makes file->attr of file->host and the ownership record. */
void fs_fill_attr(struct export_fs *fs, struct file *file);

/* Names that the guest neither sees nor makes. */
bool fs_is_hidden(const char *name);
/* May `name` be made, taken away or replaced at all: EROFS, EACCES (hidden), `dots` for "." and
 * "..". */
int fs_check_change(const struct export_fs *fs, const char *name, int dots);

/* A descriptor for data, or to sync a directory; opens up the host's permissions if they are in the
 * way. */
int fs_data_fd(struct export_fs *fs, const struct file *file, bool writable, int *fd);
/* The host's permissions may keep us out of a directory that the guest's root may enter: open them
 * up. */
int fs_let_us_in(struct export_fs *fs, const struct file *file);
/* Waits until the file or directory is on disk; no-op for types that have nothing of their own to
 * sync. */
int fs_sync(struct export_fs *fs, const struct file *file);

/* The part of the attributes that the host may not be able to hold. */
struct fs_owner {
    uint32_t mode;
    uint32_t uid;
    uint32_t gid;
    uint32_t rdev_major;
    uint32_t rdev_minor;
};
struct fs_owner fs_owner_of(const struct file_attr *attr);
int fs_store_owner(struct export_fs *fs, struct file *file, const struct fs_owner *owner);
int fs_set_times(const struct file *file, const struct attr_change *change);
/* Permission bits the host's file gets for what the guest wants. */
mode_t fs_host_mode(const struct export_fs *fs, uint32_t mode);
uint64_t fs_fileid(const struct export_fs *fs, const struct stat *st);

#endif
