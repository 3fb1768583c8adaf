/* SPDX-License-Identifier: MIT */
/*
 * The descriptors through which data is read, written and synced, kept open from one call to the
 * next; those not used for longest are closed.
 */
#ifndef NET_NFS_DATA_FDS_H
#define NET_NFS_DATA_FDS_H

#include "net/nfs/fs_types.h"

#define DATA_FDS_MAX 64

struct data_fd {
    bool used;
    bool writable;
    bool behind; /* has data that data_fds_settle is to sync */
    int fd;
    uint64_t last_use;
    struct file_id id;
};

/* All zeros: empty. */
struct data_fds {
    uint64_t uses;
    bool any_behind;
    int error; /* of a sync since the last data_fds_settle */
    struct data_fd slots[DATA_FDS_MAX];
};

/*
 * A descriptor of a regular file or a directory that is open as `file`. It stays the cache's, and
 * is valid until the next call here. An errno value on failure; other types of files are EINVAL.
 */
int data_fds_get(struct data_fds *fds, const struct file *file, bool writable, int *fd);
/* Data was written to a file that data_fds_get has opened for it, and is left for data_fds_settle.
 */
void data_fds_leave_behind(struct data_fds *fds, const struct file_id *id);
/* Syncs what was left behind, also of descriptors that are closed already. An errno value on
 * failure, and then some of the data may be lost. */
int data_fds_settle(struct data_fds *fds);
/* Closes what is open of a file that is gone, so that the host can free its blocks. */
void data_fds_drop(struct data_fds *fds, const struct file_id *id);
void data_fds_close_all(struct data_fds *fds);

/* The path by which the host opens again, or changes, exactly the file that fd is: no name is
 * looked up. */
struct fd_path {
    char text[32];
};
struct fd_path fd_path(int fd);

#endif
