/* SPDX-License-Identifier: MIT */
/*
 * Mapped ownership: owner, permissions and type that the guest gave a file and the host can't hold.
 *
 * The host's files belong to the user who runs armlet. A file without a record here looks to the
 * guest as the host shows it, with that user and group as root's. A record says otherwise: it is
 * made when the guest's view can't be told from the host's file (another owner, a set-uid bit, a
 * device node, ...), and goes when it can.
 *
 * Records are kept in the file OWNERSHIP_FILE in the exported folder, which the guest does not see.
 * It is a log of text lines, only appended to and on disk before a call is answered; a line cut off
 * by a crash is ignored. A log that has grown much longer than its contents is rewritten and
 * replaced. Several armlets may share a folder: each reads what the others have appended, and none
 * rewrites it meanwhile.
 *
 * Records are tied to inodes: they follow renames and hard links, on the host too. A copy made on
 * the host has none; copy inside the guest to keep owners.
 */
#ifndef NET_NFS_OWNERSHIP_H
#define NET_NFS_OWNERSHIP_H

#include "net/nfs/fs_types.h"

/* Every name that begins like this is hidden from the guest. */
#define OWNERSHIP_FILE ".armlet-owners"

struct owner_record {
    struct file_id id;
    uint32_t mode; /* type and permissions */
    uint32_t uid;
    uint32_t gid;
    uint32_t rdev_major;
    uint32_t rdev_minor;
};

struct ownership;

/*
 * Opens the records of the folder `root_fd`, which stays the caller's. There need be no file yet;
 * it is created with the first record. An errno value on failure (a symbolic link in the file's
 * place is one).
 */
int ownership_open(int root_fd, bool read_only, struct ownership **ownership);
void ownership_close(struct ownership *ownership);

/* NULL: no record. The result is valid until the next call. */
const struct owner_record *ownership_find(struct ownership *ownership, const struct file_id *id);
/* Both return when the change is on disk, or an errno value. */
int ownership_set(struct ownership *ownership, const struct owner_record *record);
int ownership_clear(struct ownership *ownership, const struct file_id *id);

#endif
