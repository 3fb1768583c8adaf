/* SPDX-License-Identifier: MIT */
/* What the programs (portmap.c, mountd.c, nfs2.c, nfs3.c) share with the server that holds them. */
#ifndef NET_NFS_NFS_SERVER_INTERNAL_H
#define NET_NFS_NFS_SERVER_INTERNAL_H

#include "net/nfs/export_fs.h"
#include "net/nfs/handle.h"
#include "net/nfs/nfs_server.h"
#include "net/nfs/reply_cache.h"
#include "net/nfs/rpc.h"

/* Room for the entries of the longest READDIR reply, whose nodes are larger than their bytes on the
 * wire. */
#define SCRATCH_SIZE (512 * 1024)

struct served_export {
    uint32_t id; /* as in handles */
    char *guest_path;
    struct export_fs *fs;
    bool mounted; /* for the mount protocol's DUMP only */
};

struct nfs_server {
    size_t export_count;
    struct served_export *exports;
    uint64_t write_verifier; /* RFC 1813, 3.3.7: another one in each run */
    bool cautious; /* gathered data was lost once: from now on each WRITE has its own answer */
    struct scratch scratch;
    struct reply_cache reply_cache;
};

static inline struct nfs_server *server_of(const struct rpc_call *call)
{
    return call->server;
}

/* Opens what a handle of either version means: 0, ESTALE, or EBADF for bytes that are no handle of
 * ours. */
int server_open_handle(struct nfs_server *server, const void *bytes, size_t size,
                       struct served_export **export, struct file *file);
void server_make_handle(const struct served_export *export, const struct file *file,
                        uint8_t bytes[HANDLE_SIZE]);

/* "/a//b/" becomes "/a/b", the spelling in which paths are compared. */
void export_tidy_path(char *path);

extern const struct rpc_program portmap_program;
extern const struct rpc_program mount1_program;
extern const struct rpc_program mount3_program;
extern const struct rpc_program nfs2_program;
extern const struct rpc_program nfs3_program;

/* All of the above. */
#define SERVER_PROGRAM_COUNT 5
extern const struct rpc_program *const server_programs[SERVER_PROGRAM_COUNT];

#endif
