/* SPDX-License-Identifier: MIT */
/*
 * Where files were last seen: from an inode to its directory and its name there.
 *
 * The host opens files by path only, NFS names them by handle; this table is the bridge. It is a
 * memory, not the truth: whoever uses a place opens it and checks that the file there is the one
 * meant. It holds a bounded number of inodes; those not used for longest are forgotten first, but
 * never a directory that others refer to.
 */
#ifndef NET_NFS_INODE_TABLE_H
#define NET_NFS_INODE_TABLE_H

#include <stddef.h>

#include "net/nfs/fs_types.h"

struct inode {
    struct file_id id;
    struct inode *parent; /* NULL: the root, or the place is not known */
    char *name;           /* in parent; NULL with it */
    bool removed;         /* the guest removed the last name: not worth searching for */
    uint64_t searched;    /* a folder: the last search of the whole tree that came here */
    /* the table's own */
    unsigned children; /* inodes whose parent this is */
    struct inode *bucket_next;
    struct inode *newer;
    struct inode *older;
};

struct inode_table;

/* A table of about `capacity` inodes whose root, never forgotten, is `root`. NULL: no memory. */
struct inode_table *inode_table_create(const struct file_id *root, size_t capacity);
void inode_table_destroy(struct inode_table *table);

struct inode *inode_table_root(struct inode_table *table);
/* NULL: not known. The result stays valid until the next inode_table_place. */
struct inode *inode_table_find(struct inode_table *table, const struct file_id *id);
bool inode_table_is_full(const struct inode_table *table);

/* Remembers that `id` is called `name` in `parent`. No memory: the place is not remembered. */
void inode_table_place(struct inode_table *table, const struct file_id *id, struct inode *parent,
                       const char *name);
/* The inode has no name any more, as far as is known: forget its place. */
void inode_table_unplace(struct inode_table *table, struct inode *inode);

#endif
