/* SPDX-License-Identifier: MIT */
/*
 * The built-in NFS server: folders of the host as NFS exports of the address the guest calls its
 * host.
 *
 * It has no transport and no thread: one RPC call message goes in, one reply message comes out.
 * Whoever owns the guest's UDP datagrams and TCP records (net/user.c) calls nfs_server_call with
 * what stands between the transport headers; for TCP, without the record marks (RFC 5531, "Record
 * Marking Standard").
 *
 * Served: portmap v2 (RFC 1833) on port 111, NFS v2 and v3 (RFC 1094, RFC 1813) on 2049, mount v1
 * and v3 on 20048; each over UDP and TCP. Nothing listens on the host: only the guest can call.
 *
 * Calls are synchronous: acknowledged changes are on the host's disk when nfs_server_call returns,
 * so one call can take as long as the host's fsync. There is one exception: WRITEs of version 2 are
 * gathered, and while nfs_server_is_behind, no answer may go to the guest before
 * nfs_server_settle. One server must not be called by two threads at once.
 */
#ifndef NET_NFS_NFS_SERVER_H
#define NET_NFS_NFS_SERVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NFS_PORT_PORTMAP 111
#define NFS_PORT_NFS     2049
#define NFS_PORT_MOUNT   20048

/* The longest call that can be valid (a WRITE of 64 KiB and its headers); longer TCP records may be
 * refused. */
#define NFS_CALL_MAX 0x11000
/* No reply is longer than this over TCP, or than 65507 bytes (one datagram) over UDP. */
#define NFS_REPLY_MAX 0x11000

struct nfs_server;

/* One exported folder: the guest mounts `guest_path`, an absolute path; the files are those below
 * `host_dir`. */
struct nfs_export {
    char *guest_path;
    char *host_dir;
    bool read_only;
};

/*
 * Parses "/guest/path=host/dir", optionally followed by ",ro" or ",rw". On success the strings in
 * *export are the caller's to give back with nfs_export_free. On failure false, and `error` (of
 * error_size bytes, always terminated) says what is wrong with which text.
 */
bool nfs_export_parse(const char *text, struct nfs_export *export, char *error, size_t error_size);
void nfs_export_free(struct nfs_export *export);

/*
 * Opens the exported folders. The exports are copied. NULL when one can't be opened or two have the
 * same guest path; `error` names the folder.
 */
struct nfs_server *nfs_server_create(const struct nfs_export *exports, size_t count, char *error,
                                     size_t error_size);
void nfs_server_destroy(struct nfs_server *server);

/* True for the ports above: the guest's traffic to them belongs to nfs_server_call. */
bool nfs_server_has_port(uint16_t port);

/*
 * Answers one call that arrived at `port`. Writes at most reply_cap bytes (NFS_REPLY_MAX is always
 * enough) and returns the reply's size; 0: the call deserves no reply (not an RPC call at all) and
 * is dropped.
 */
size_t nfs_server_call(struct nfs_server *server, uint16_t port, bool tcp, const uint8_t *call,
                       size_t call_size, uint8_t *reply, size_t reply_cap);

/* Has the server answered WRITEs whose data is not on disk yet? */
bool nfs_server_is_behind(const struct nfs_server *server);

/*
 * Syncs that data: its answers may go. False when the host could not: all answers since the last
 * settling must be thrown away, as if lost on the wire. The guest sends its calls again, and from
 * then on each WRITE is synced by itself and answered with its own error.
 */
bool nfs_server_settle(struct nfs_server *server);

/*
 * The guest was reset or went back to a snapshot: calls it sends now are new ones, even if they
 * look like retransmissions of calls it has made before. File handles stay valid.
 */
void nfs_server_reset(struct nfs_server *server);

#endif
