/* SPDX-License-Identifier: MIT */
#include "tests/net/nfs/client.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct client client;

/* Host side */

static void start(void)
{
    char error[256] = "";
    struct nfs_export export = { (char *)"/export", client.dir, client.read_only };
    client.server = nfs_server_create(&export, 1, error, sizeof error);
    ck_assert_msg(client.server != NULL, "%s", error);
}

void client_setup(void)
{
    client = (struct client){ .xid = 1000 };
    strcpy(client.dir, "/tmp/armlet-nfs-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(client.dir));
    start();
}

void client_teardown(void)
{
    nfs_server_destroy(client.server);
    char command[256];
    snprintf(command, sizeof command, "chmod -R u+rwX %s && rm -rf %s", client.dir, client.dir);
    ck_assert_int_eq(system(command), 0);
}

void client_restart(void)
{
    nfs_server_destroy(client.server);
    start();
}

const char *host_path(const char *name)
{
    static char paths[3][512];
    static int next;
    next = (next + 1) % 3;
    snprintf(paths[next], sizeof paths[next], "%s/%s", client.dir, name);
    return paths[next];
}

void host_write(const char *name, const char *text)
{
    FILE *file = fopen(host_path(name), "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
}

const char *host_read(const char *name)
{
    static char text[4096];
    FILE *file = fopen(host_path(name), "r");
    size_t got = file ? fread(text, 1, sizeof text - 1, file) : 0;
    text[got] = '\0';
    if (file) {
        fclose(file);
    }
    return text;
}

/* XDR decodes no bytes as a null pointer. */
static void copy_bytes(void *to, const void *from, size_t size)
{
    if (size > 0) {
        memcpy(to, from, size);
    }
}

/* RPC */

bool_t xdr_nothing(XDR *xdr, ...)
{
    return TRUE;
}

static struct opaque_auth make_credential(char *buffer, size_t size)
{
    struct opaque_auth auth = { .oa_flavor = AUTH_NONE, .oa_base = buffer };
    if (!client.no_credential) {
        gid_t gids[1] = { client.gid };
        struct authunix_parms parms = { 0, (char *)"guest", client.uid, client.gid, 1, gids };
        XDR xdr;
        xdrmem_create(&xdr, buffer, (u_int)size, XDR_ENCODE);
        ck_assert(xdr_authunix_parms(&xdr, &parms));
        auth.oa_flavor = AUTH_SYS;
        auth.oa_length = xdr_getpos(&xdr);
    }
    return auth;
}

void client_encode(uint32_t prog, uint32_t vers, uint32_t proc, xdrproc_t args_xdr, void *args)
{
    char buffer[MAX_AUTH_BYTES];
    struct rpc_msg msg = { .rm_xid = ++client.xid, .rm_direction = CALL };
    msg.rm_call.cb_rpcvers = RPC_MSG_VERSION;
    msg.rm_call.cb_prog = prog;
    msg.rm_call.cb_vers = vers;
    msg.rm_call.cb_proc = proc;
    msg.rm_call.cb_cred = make_credential(buffer, sizeof buffer);
    XDR xdr;
    xdrmem_create(&xdr, (char *)client.call, sizeof client.call, XDR_ENCODE);
    ck_assert(xdr_callmsg(&xdr, &msg));
    ck_assert(args_xdr(&xdr, args));
    client.call_size = xdr_getpos(&xdr);
}

void client_send(uint16_t port)
{
    /* Exactly as large as the message, so that a read behind it is seen by the address sanitizer.
     */
    uint8_t *exact = malloc(client.call_size ? client.call_size : 1);
    memcpy(exact, client.call, client.call_size);
    client.reply_size = nfs_server_call(client.server, port, client.tcp, exact, client.call_size,
                                        client.reply, sizeof client.reply);
    free(exact);
}

int client_decode(xdrproc_t result_xdr, void *result)
{
    if (client.reply_size == 0) {
        return -2;
    }
    struct rpc_msg msg = { 0 };
    char verifier[MAX_AUTH_BYTES];
    msg.acpted_rply.ar_verf.oa_base = verifier;
    msg.acpted_rply.ar_results.proc = xdr_nothing;
    XDR xdr;
    xdrmem_create(&xdr, (char *)client.reply, (u_int)client.reply_size, XDR_DECODE);
    ck_assert(xdr_replymsg(&xdr, &msg));
    ck_assert_uint_eq(msg.rm_xid, client.xid);
    if (msg.rm_reply.rp_stat != MSG_ACCEPTED) {
        return -1;
    }
    if (msg.acpted_rply.ar_stat == SUCCESS) {
        ck_assert(result_xdr(&xdr, result));
        ck_assert_uint_eq(xdr_getpos(&xdr), client.reply_size);
    }
    return msg.acpted_rply.ar_stat;
}

void client_call(uint32_t prog, uint32_t vers, uint32_t proc, xdrproc_t args_xdr, void *args,
                 xdrproc_t result_xdr, void *result)
{
    uint16_t port = prog == NFS3_PROGRAM    ? NFS_PORT_NFS
                    : prog == MOUNT_PROGRAM ? NFS_PORT_MOUNT
                                            : NFS_PORT_PORTMAP;
    client_encode(prog, vers, proc, args_xdr, args);
    client_send(port);
    ck_assert_int_eq(client_decode(result_xdr, result), SUCCESS);
}

/* Version 3 */

#define CALL3(proc, args_type, args, result_type, result)                                          \
    client_call(NFS3_PROGRAM, NFS_V3, proc, (xdrproc_t)xdr_##args_type, args,                      \
                (xdrproc_t)xdr_##result_type, result)
#define FREE(type, result) xdr_free((xdrproc_t)xdr_##type, (char *)(result))

nfs_fh3 wire3(struct fh *file)
{
    return (nfs_fh3){ { sizeof file->bytes, (char *)file->bytes } };
}

struct fh plain3(const nfs_fh3 *handle)
{
    struct fh file;
    ck_assert_uint_eq(handle->data.data_len, sizeof file.bytes);
    memcpy(file.bytes, handle->data.data_val, sizeof file.bytes);
    return file;
}

diropargs3 where3(struct fh *dir, const char *name)
{
    return (diropargs3){ wire3(dir), { (u_int)strlen(name), (char *)name } };
}

sattr3 no_change3(void)
{
    return (sattr3){ 0 };
}

static sattr3 with_mode(uint32_t mode)
{
    sattr3 attr = { .mode = { TRUE, { mode } } };
    return attr;
}

struct fh root3(void)
{
    struct fh root;
    dirpath path = (char *)"/export";
    mountres3 result = { 0 };
    client_call(MOUNT_PROGRAM, MOUNT_V3, MOUNTPROC3_MNT, (xdrproc_t)xdr_dirpath, &path,
                (xdrproc_t)xdr_mountres3, &result);
    ck_assert_int_eq(result.fhs_status, MNT3_OK);
    ck_assert_uint_eq(result.mountres3_u.mountinfo.fhandle.fhandle3_len, sizeof root.bytes);
    memcpy(root.bytes, result.mountres3_u.mountinfo.fhandle.fhandle3_val, sizeof root.bytes);
    FREE(mountres3, &result);
    return root;
}

nfsstat3 getattr3(struct fh file, fattr3 *attr)
{
    GETATTR3args args = { wire3(&file) };
    GETATTR3res result = { 0 };
    CALL3(NFSPROC3_GETATTR, GETATTR3args, &args, GETATTR3res, &result);
    *attr = result.GETATTR3res_u.obj_attributes;
    return result.status;
}

fattr3 attr3(struct fh file)
{
    fattr3 attr;
    ck_assert_int_eq(getattr3(file, &attr), NFS3_OK);
    return attr;
}

nfsstat3 setattr3(struct fh file, sattr3 attr)
{
    SETATTR3args args = { .object = wire3(&file), .new_attributes = attr };
    WCC3res result = { 0 };
    CALL3(NFSPROC3_SETATTR, SETATTR3args, &args, WCC3res, &result);
    return result.status;
}

nfsstat3 lookup3(struct fh dir, const char *name, struct fh *out)
{
    LOOKUP3args args = { where3(&dir, name) };
    LOOKUP3res result = { 0 };
    CALL3(NFSPROC3_LOOKUP, LOOKUP3args, &args, LOOKUP3res, &result);
    nfsstat3 status = result.status;
    if (status == NFS3_OK) {
        *out = plain3(&result.LOOKUP3res_u.resok.object);
    }
    FREE(LOOKUP3res, &result);
    return status;
}

struct fh find3(struct fh dir, const char *name)
{
    struct fh out;
    ck_assert_int_eq(lookup3(dir, name, &out), NFS3_OK);
    return out;
}

nfsstat3 access3(struct fh file, uint32_t wanted, uint32_t *granted)
{
    ACCESS3args args = { wire3(&file), wanted };
    ACCESS3res result = { 0 };
    CALL3(NFSPROC3_ACCESS, ACCESS3args, &args, ACCESS3res, &result);
    *granted = result.ACCESS3res_u.resok.access;
    return result.status;
}

nfsstat3 readlink3(struct fh file, char *text, size_t size)
{
    READLINK3args args = { wire3(&file) };
    READLINK3res result = { 0 };
    CALL3(NFSPROC3_READLINK, READLINK3args, &args, READLINK3res, &result);
    nfsstat3 status = result.status;
    if (status == NFS3_OK) {
        const nfspath3 *path = &result.READLINK3res_u.resok.data;
        snprintf(text, size, "%.*s", (int)path->nfspath3_len, path->nfspath3_val);
    }
    FREE(READLINK3res, &result);
    return status;
}

nfsstat3 read3(struct fh file, uint64_t offset, uint32_t count, void *data, uint32_t *got,
               bool *eof)
{
    READ3args args = { wire3(&file), offset, count };
    READ3res result = { 0 };
    CALL3(NFSPROC3_READ, READ3args, &args, READ3res, &result);
    nfsstat3 status = result.status;
    if (status == NFS3_OK) {
        const READ3resok *ok = &result.READ3res_u.resok;
        ck_assert_uint_le(ok->count, count);
        ck_assert_uint_eq(ok->count, ok->data.nfsdata3_len);
        copy_bytes(data, ok->data.nfsdata3_val, ok->count);
        *got = ok->count;
        *eof = ok->eof;
    }
    FREE(READ3res, &result);
    return status;
}

nfsstat3 write3(struct fh file, uint64_t offset, const void *data, uint32_t count, stable_how how)
{
    WRITE3args args = { wire3(&file), offset, count, how, { count, (char *)data } };
    WRITE3res result = { 0 };
    CALL3(NFSPROC3_WRITE, WRITE3args, &args, WRITE3res, &result);
    if (result.status == NFS3_OK) {
        ck_assert_uint_eq(result.WRITE3res_u.resok.count, count);
        ck_assert_int_ge(result.WRITE3res_u.resok.committed, how);
    }
    return result.status;
}

static nfsstat3 take_new(NEW3res *result, struct fh *out)
{
    nfsstat3 status = result->status;
    if (status == NFS3_OK) {
        ck_assert(result->NEW3res_u.resok.obj.handle_follows);
        ck_assert(result->NEW3res_u.resok.obj_attributes.attributes_follow);
        if (out) {
            *out = plain3(&result->NEW3res_u.resok.obj.post_op_fh3_u.handle);
        }
    }
    FREE(NEW3res, result);
    return status;
}

static nfsstat3 create_how(struct fh dir, const char *name, createhow3 how, struct fh *out)
{
    CREATE3args args = { where3(&dir, name), how };
    NEW3res result = { 0 };
    CALL3(NFSPROC3_CREATE, CREATE3args, &args, NEW3res, &result);
    return take_new(&result, out);
}

nfsstat3 create3(struct fh dir, const char *name, uint32_t mode, struct fh *out)
{
    createhow3 how = { UNCHECKED, { .obj_attributes = with_mode(mode) } };
    return create_how(dir, name, how, out);
}

nfsstat3 create3_guarded(struct fh dir, const char *name, uint32_t mode, struct fh *out)
{
    createhow3 how = { GUARDED, { .obj_attributes = with_mode(mode) } };
    return create_how(dir, name, how, out);
}

nfsstat3 create3_exclusive(struct fh dir, const char *name, const char verifier[8], struct fh *out)
{
    createhow3 how = { .mode = EXCLUSIVE };
    memcpy(how.createhow3_u.verf, verifier, NFS3_CREATEVERFSIZE);
    return create_how(dir, name, how, out);
}

nfsstat3 mkdir3(struct fh dir, const char *name, uint32_t mode, struct fh *out)
{
    MKDIR3args args = { where3(&dir, name), with_mode(mode) };
    NEW3res result = { 0 };
    CALL3(NFSPROC3_MKDIR, MKDIR3args, &args, NEW3res, &result);
    return take_new(&result, out);
}

nfsstat3 symlink3(struct fh dir, const char *name, const char *target, struct fh *out)
{
    SYMLINK3args args = { where3(&dir, name),
                          { with_mode(0777), { (u_int)strlen(target), (char *)target } } };
    NEW3res result = { 0 };
    CALL3(NFSPROC3_SYMLINK, SYMLINK3args, &args, NEW3res, &result);
    return take_new(&result, out);
}

nfsstat3 mknod3(struct fh dir, const char *name, ftype3 type, uint32_t major, uint32_t minor,
                struct fh *out)
{
    MKNOD3args args = { where3(&dir, name), { .type = type } };
    if (type == NF3CHR || type == NF3BLK) {
        args.what.mknoddata3_u.device = (devicedata3){ with_mode(0600), { major, minor } };
    } else {
        args.what.mknoddata3_u.pipe_attributes = with_mode(0600);
    }
    NEW3res result = { 0 };
    CALL3(NFSPROC3_MKNOD, MKNOD3args, &args, NEW3res, &result);
    return take_new(&result, out);
}

static nfsstat3 unname(uint32_t proc, struct fh dir, const char *name)
{
    REMOVE3args args = { where3(&dir, name) };
    WCC3res result = { 0 };
    CALL3(proc, REMOVE3args, &args, WCC3res, &result);
    return result.status;
}

nfsstat3 remove3(struct fh dir, const char *name)
{
    return unname(NFSPROC3_REMOVE, dir, name);
}

nfsstat3 rmdir3(struct fh dir, const char *name)
{
    return unname(NFSPROC3_RMDIR, dir, name);
}

nfsstat3 rename3(struct fh from_dir, const char *from, struct fh to_dir, const char *to)
{
    RENAME3args args = { where3(&from_dir, from), where3(&to_dir, to) };
    RENAME3res result = { 0 };
    CALL3(NFSPROC3_RENAME, RENAME3args, &args, RENAME3res, &result);
    return result.status;
}

nfsstat3 link3(struct fh file, struct fh dir, const char *name)
{
    LINK3args args = { wire3(&file), where3(&dir, name) };
    LINK3res result = { 0 };
    CALL3(NFSPROC3_LINK, LINK3args, &args, LINK3res, &result);
    return result.status;
}

nfsstat3 readdir3(struct fh dir, uint64_t *cookie, uint32_t count, bool *eof,
                  void (*each)(const char *name, void *ctx), void *ctx)
{
    READDIR3args args = { wire3(&dir), *cookie, { 0 }, count };
    READDIR3res result = { 0 };
    CALL3(NFSPROC3_READDIR, READDIR3args, &args, READDIR3res, &result);
    nfsstat3 status = result.status;
    if (status == NFS3_OK) {
        *eof = result.READDIR3res_u.resok.reply.eof;
        for (entry3 *e = result.READDIR3res_u.resok.reply.entries; e; e = e->nextentry) {
            char name[256];
            snprintf(name, sizeof name, "%.*s", (int)e->name.filename3_len, e->name.filename3_val);
            *cookie = e->cookie;
            each(name, ctx);
        }
    }
    FREE(READDIR3res, &result);
    return status;
}

/* Version 2 */

#define CALL2(proc, args_type, args, result_type, result)                                          \
    client_call(NFS2_PROGRAM, NFS_V2, proc, (xdrproc_t)xdr_##args_type, args,                      \
                (xdrproc_t)xdr_##result_type, result)

sattr2 no_change2(void)
{
    sattr2 attr;
    memset(&attr, 0xff, sizeof attr);
    return attr;
}

diropargs where2(struct fh dir, const char *name)
{
    diropargs where = { .name = { (u_int)strlen(name), (char *)name } };
    memcpy(where.dir, dir.bytes, sizeof dir.bytes);
    return where;
}

struct fh root2(void)
{
    struct fh root;
    dirpath path = (char *)"/export";
    fhstatus result = { 0 };
    client_call(MOUNT_PROGRAM, MOUNT_V1, MOUNTPROC_MNT, (xdrproc_t)xdr_dirpath, &path,
                (xdrproc_t)xdr_fhstatus, &result);
    ck_assert_uint_eq(result.fhs_status, 0);
    memcpy(root.bytes, result.fhstatus_u.fhs_fhandle, sizeof root.bytes);
    return root;
}

nfsstat2 getattr2(struct fh file, fattr2 *attr)
{
    attrstat result = { 0 };
    CALL2(NFSPROC_GETATTR, fhandle2, file.bytes, attrstat, &result);
    *attr = result.attrstat_u.attributes;
    return result.status;
}

nfsstat2 setattr2(struct fh file, sattr2 attr, fattr2 *after)
{
    sattrargs args = { .attributes = attr };
    memcpy(args.file, file.bytes, sizeof args.file);
    attrstat result = { 0 };
    CALL2(NFSPROC_SETATTR, sattrargs, &args, attrstat, &result);
    if (after) {
        *after = result.attrstat_u.attributes;
    }
    return result.status;
}

static nfsstat2 take_file(const diropres *result, struct fh *out)
{
    if (result->status == NFS_OK && out) {
        memcpy(out->bytes, result->diropres_u.diropok.file, sizeof out->bytes);
    }
    return result->status;
}

nfsstat2 lookup2(struct fh dir, const char *name, struct fh *out)
{
    diropargs args = where2(dir, name);
    diropres result = { 0 };
    CALL2(NFSPROC_LOOKUP, diropargs, &args, diropres, &result);
    return take_file(&result, out);
}

nfsstat2 create2(struct fh dir, const char *name, sattr2 attr, struct fh *out)
{
    createargs args = { where2(dir, name), attr };
    diropres result = { 0 };
    CALL2(NFSPROC_CREATE, createargs, &args, diropres, &result);
    return take_file(&result, out);
}

nfsstat2 write2(struct fh file, uint32_t offset, const void *data, uint32_t count)
{
    writeargs args = { .offset = offset, .data = { count, (char *)data } };
    memcpy(args.file, file.bytes, sizeof args.file);
    attrstat result = { 0 };
    CALL2(NFSPROC_WRITE, writeargs, &args, attrstat, &result);
    return result.status;
}

nfsstat2 read2(struct fh file, uint32_t offset, uint32_t count, void *data, uint32_t *got)
{
    readargs args = { .offset = offset, .count = count };
    memcpy(args.file, file.bytes, sizeof args.file);
    readres result = { 0 };
    CALL2(NFSPROC_READ, readargs, &args, readres, &result);
    nfsstat2 status = result.status;
    if (status == NFS_OK) {
        *got = result.readres_u.reply.data.nfsdata2_len;
        copy_bytes(data, result.readres_u.reply.data.nfsdata2_val, *got);
    }
    FREE(readres, &result);
    return status;
}
