/* SPDX-License-Identifier: MIT */
/*
 * File handles: 32 bytes in both versions of NFS (version 2 fixes the size, version 3 allows up to
 * 64).
 *
 * A handle names the export by its guest path and the file by its inode; it holds nothing of this
 * run, so a guest's handles survive a restart of the server. The checksum only tells accidents
 * apart: a forged handle is harmless, because a file is served only where it is found below the
 * exported folder.
 */
#ifndef NET_NFS_HANDLE_H
#define NET_NFS_HANDLE_H

#include <stddef.h>

#include "net/nfs/fs_types.h"

#define HANDLE_SIZE 32

struct nfs_handle {
    uint32_t export_id; /* hash_bytes of the guest path */
    struct file_id id;
};

void handle_encode(const struct nfs_handle *handle, uint8_t bytes[HANDLE_SIZE]);
bool handle_decode(const void *bytes, size_t size, struct nfs_handle *handle);

/* FNV-1a. */
uint32_t hash_bytes(const void *bytes, size_t size);
uint64_t hash_bytes64(const void *bytes, size_t size);

#endif
