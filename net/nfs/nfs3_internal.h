/* SPDX-License-Identifier: MIT */
/* What the nfs3*.c files share: conversions between the file layer's types and RFC 1813's. */
#ifndef NET_NFS_NFS3_INTERNAL_H
#define NET_NFS_NFS3_INTERNAL_H

#include "net/nfs/nfs3_prot.h"
#include "net/nfs/nfs_server_internal.h"

/* The most data in one READ, WRITE or READDIR reply: over UDP, whole calls and replies are one
 * datagram. */
#define NFS3_UDP_DATA 32768
static inline uint32_t nfs3_data_max(const struct rpc_call *call)
{
    return call->tcp ? NFS3_MAXDATA : NFS3_UDP_DATA;
}

/* RFC 1813, 2.6. */
nfsstat3 nfs3_status(int error);

fattr3 nfs3_attributes(const struct served_export *export, const struct file *file);
/* Absent when the file could not be opened. */
post_op_attr nfs3_post_op(const struct served_export *export, const struct file *file);
/* "Weak cache consistency": attributes before a change, taken with nfs3_before, and as they are
 * after it. */
pre_op_attr nfs3_before(const struct file *file);
wcc_data nfs3_wcc(const struct served_export *export, const pre_op_attr *before, struct file *file);

struct attr_change nfs3_change(const sattr3 *attr);

int nfs3_open(struct rpc_call *call, const nfs_fh3 *handle, struct served_export **export,
              struct file *file);
/* Opens the directory of a diropargs3 and takes its name. On a bad name the directory is open. */
int nfs3_open_where(struct rpc_call *call, const diropargs3 *where, struct served_export **export,
                    struct file *dir, char name[FS_NAME_SIZE]);
/* Handle in scratch memory; empty without. */
nfs_fh3 nfs3_handle(struct rpc_call *call, const struct served_export *export,
                    const struct file *file);

/* Procedures outside nfs3.c. */
void nfs3_create(struct rpc_call *call, void *args, void *result);
void nfs3_mkdir(struct rpc_call *call, void *args, void *result);
void nfs3_symlink(struct rpc_call *call, void *args, void *result);
void nfs3_mknod(struct rpc_call *call, void *args, void *result);
void nfs3_remove(struct rpc_call *call, void *args, void *result);
void nfs3_rmdir(struct rpc_call *call, void *args, void *result);
void nfs3_rename(struct rpc_call *call, void *args, void *result);
void nfs3_link(struct rpc_call *call, void *args, void *result);
void nfs3_readdir(struct rpc_call *call, void *args, void *result);
void nfs3_readdirplus(struct rpc_call *call, void *args, void *result);

#endif
