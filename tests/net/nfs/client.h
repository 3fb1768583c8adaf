/* SPDX-License-Identifier: MIT */
/*
 * A small NFS client for tests: libtirpc's and rpcgen's client side of the same protocols, calling
 * the server directly. Handles are plain values; results are copied out, so that a test frees
 * nothing.
 */
#ifndef TESTS_NET_NFS_CLIENT_H
#define TESTS_NET_NFS_CLIENT_H

#include <rpc/rpc.h>
#include <stdbool.h>
#include <stdint.h>

#include "net/nfs/mount_prot.h"
#include "net/nfs/nfs2_prot.h"
#include "net/nfs/nfs3_prot.h"
#include "net/nfs/nfs_server.h"
#include "net/nfs/portmap_prot.h"

struct fh {
    uint8_t bytes[32];
};

/* The machine under test: a server on an empty folder of its own, exported as /export. */
struct client {
    struct nfs_server *server;
    char dir[64]; /* on the host */
    bool read_only;
    /* Of the next calls. */
    bool tcp;
    uint32_t uid;
    uint32_t gid;
    bool no_credential;
    uint32_t xid;
    /* The last messages. */
    size_t call_size;
    size_t reply_size;
    uint8_t call[NFS_CALL_MAX];
    uint8_t reply[NFS_REPLY_MAX];
};

extern struct client client;

/* Checked fixture: a new folder and server, calls by root over UDP; and their end. */
void client_setup(void);
void client_teardown(void);
/* The armlet ends and is started again on the same folder. */
void client_restart(void);
/* "dir/name" on the host; valid until the third call after. */
const char *host_path(const char *name);
void host_write(const char *name, const char *text);
/* Reads a whole file of the host as a string; "" when there is none. Valid until the next call. */
const char *host_read(const char *name);

/* Puts a call into client.call. */
void client_encode(uint32_t prog, uint32_t vers, uint32_t proc, xdrproc_t args_xdr, void *args);
/* Sends client.call as it is to a port; decodes nothing. */
void client_send(uint16_t port);
/* Decodes client.reply: the accept_stat, or -1 for a denied call, -2 for no reply. */
int client_decode(xdrproc_t result_xdr, void *result);
/* All three, to the program's port; fails the test unless the call is accepted. */
void client_call(uint32_t prog, uint32_t vers, uint32_t proc, xdrproc_t args_xdr, void *args,
                 xdrproc_t result_xdr, void *result);
bool_t xdr_nothing(XDR *xdr, ...);

/* Version 3. */
struct fh root3(void);
nfsstat3 getattr3(struct fh file, fattr3 *attr);
fattr3 attr3(struct fh file); /* of a file that must be there */
nfsstat3 setattr3(struct fh file, sattr3 attr);
nfsstat3 lookup3(struct fh dir, const char *name, struct fh *out);
struct fh find3(struct fh dir, const char *name); /* must be there */
nfsstat3 access3(struct fh file, uint32_t wanted, uint32_t *granted);
nfsstat3 readlink3(struct fh file, char *text, size_t size);
nfsstat3 read3(struct fh file, uint64_t offset, uint32_t count, void *data, uint32_t *got,
               bool *eof);
nfsstat3 write3(struct fh file, uint64_t offset, const void *data, uint32_t count, stable_how how);
nfsstat3 create3(struct fh dir, const char *name, uint32_t mode, struct fh *out);
nfsstat3 create3_guarded(struct fh dir, const char *name, uint32_t mode, struct fh *out);
nfsstat3 create3_exclusive(struct fh dir, const char *name, const char verifier[8], struct fh *out);
nfsstat3 mkdir3(struct fh dir, const char *name, uint32_t mode, struct fh *out);
nfsstat3 symlink3(struct fh dir, const char *name, const char *target, struct fh *out);
nfsstat3 mknod3(struct fh dir, const char *name, ftype3 type, uint32_t major, uint32_t minor,
                struct fh *out);
nfsstat3 remove3(struct fh dir, const char *name);
nfsstat3 rmdir3(struct fh dir, const char *name);
nfsstat3 rename3(struct fh from_dir, const char *from, struct fh to_dir, const char *to);
nfsstat3 link3(struct fh file, struct fh dir, const char *name);
/* One READDIR: calls `each`, and leaves the last cookie in *cookie. */
nfsstat3 readdir3(struct fh dir, uint64_t *cookie, uint32_t count, bool *eof,
                  void (*each)(const char *name, void *ctx), void *ctx);
sattr3 no_change3(void);
nfs_fh3 wire3(struct fh *file);
diropargs3 where3(struct fh *dir, const char *name);
struct fh plain3(const nfs_fh3 *handle);

/* Version 2. */
struct fh root2(void);
nfsstat2 getattr2(struct fh file, fattr2 *attr);
nfsstat2 setattr2(struct fh file, sattr2 attr, fattr2 *after);
nfsstat2 lookup2(struct fh dir, const char *name, struct fh *out);
nfsstat2 create2(struct fh dir, const char *name, sattr2 attr, struct fh *out);
nfsstat2 write2(struct fh file, uint32_t offset, const void *data, uint32_t count);
nfsstat2 read2(struct fh file, uint32_t offset, uint32_t count, void *data, uint32_t *got);
sattr2 no_change2(void);
diropargs where2(struct fh dir, const char *name);

#endif
