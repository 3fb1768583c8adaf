/* SPDX-License-Identifier: MIT */
/*
 * NFS version 3 (RFC 1813): attributes, data and the file system itself. Names are in nfs3_names.c,
 * directories in nfs3_list.c.
 */
#include "net/nfs/nfs3_internal.h"

#include <errno.h>
#include <string.h>

#include "net/nfs/permission.h"

static uint32_t smaller(uint32_t a, uint32_t b)
{
    return a < b ? a : b;
}

static void getattr(struct rpc_call *call, void *argp, void *resultp)
{
    const GETATTR3args *args = argp;
    GETATTR3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export;
    int error = nfs3_open(call, &args->object, &export, &file);
    result->status = nfs3_status(error);
    if (!error) {
        result->GETATTR3res_u.obj_attributes = nfs3_attributes(export, &file);
    }
}

static bool guard_holds(const sattrguard3 *guard, const struct file *file)
{
    const nfstime3 *ctime = &guard->sattrguard3_u.obj_ctime;
    return !guard->check || (ctime->seconds == (u_int)file->attr.ctime.tv_sec &&
                             ctime->nseconds == (u_int)file->attr.ctime.tv_nsec);
}

static void setattr(struct rpc_call *call, void *argp, void *resultp)
{
    const SETATTR3args *args = argp;
    WCC3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    int error = nfs3_open(call, &args->object, &export, &file);
    pre_op_attr before = nfs3_before(&file);
    if (!error && !guard_holds(&args->guard, &file)) {
        result->status = NFS3ERR_NOT_SYNC;
    } else {
        if (!error) {
            struct attr_change change = nfs3_change(&args->new_attributes);
            error = fs_set_attr(export->fs, &call->who, &file, &change);
        }
        result->status = nfs3_status(error);
    }
    result->wcc = nfs3_wcc(export, &before, &file);
}

static void lookup(struct rpc_call *call, void *argp, void *resultp)
{
    const LOOKUP3args *args = argp;
    LOOKUP3res *result = resultp;
    SCOPED_FILE(dir);
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    char name[FS_NAME_SIZE];
    int error = nfs3_open_where(call, &args->what, &export, &dir, name);
    if (!error) {
        error = fs_lookup(export->fs, &call->who, &dir, name, &file);
    }
    result->status = nfs3_status(error);
    post_op_attr dir_attributes = nfs3_post_op(export, &dir);
    if (error) {
        result->LOOKUP3res_u.resfail.attributes = dir_attributes;
        return;
    }
    LOOKUP3resok *ok = &result->LOOKUP3res_u.resok;
    ok->object = nfs3_handle(call, export, &file);
    ok->obj_attributes = nfs3_post_op(export, &file);
    ok->dir_attributes = dir_attributes;
}

/* What the caller may do with a file, in ACCESS's bits. */
static uint32_t access_bits(const struct credential *who, const struct export_fs *fs,
                            const struct file_attr *attr)
{
    bool directory = S_ISDIR(attr->mode);
    uint32_t bits = 0;
    if (permission_granted(who, attr, WANT_READ)) {
        bits |= ACCESS3_READ;
    }
    /* Writing to a device or FIFO changes nothing in this file system. */
    bool stored = directory || S_ISREG(attr->mode);
    if (permission_granted(who, attr, WANT_WRITE) && !(stored && export_fs_is_read_only(fs))) {
        bits |= ACCESS3_MODIFY | ACCESS3_EXTEND | (directory ? ACCESS3_DELETE : 0);
    }
    if (permission_granted(who, attr, WANT_EXEC)) {
        bits |= directory ? ACCESS3_LOOKUP : ACCESS3_EXECUTE;
    }
    return bits;
}

static void access3(struct rpc_call *call, void *argp, void *resultp)
{
    const ACCESS3args *args = argp;
    ACCESS3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    int error = nfs3_open(call, &args->object, &export, &file);
    result->status = nfs3_status(error);
    if (!error) {
        ACCESS3resok *ok = &result->ACCESS3res_u.resok;
        ok->obj_attributes = nfs3_post_op(export, &file);
        ok->access = args->access & access_bits(&call->who, export->fs, &file.attr);
    }
}

static void readlink3(struct rpc_call *call, void *argp, void *resultp)
{
    const READLINK3args *args = argp;
    READLINK3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    size_t length = 0;
    char *text = rpc_alloc(call, NFS3_MAXPATHLEN + 1);
    int error = text ? nfs3_open(call, &args->symlink, &export, &file) : ENOMEM;
    if (!error) {
        error = fs_read_link(export->fs, &file, text, NFS3_MAXPATHLEN + 1, &length);
    }
    result->status = nfs3_status(error);
    if (error) {
        result->READLINK3res_u.resfail.attributes = nfs3_post_op(export, &file);
        return;
    }
    READLINK3resok *ok = &result->READLINK3res_u.resok;
    ok->symlink_attributes = nfs3_post_op(export, &file);
    ok->data = (nfspath3){ (u_int)length, text };
}

static void read3(struct rpc_call *call, void *argp, void *resultp)
{
    const READ3args *args = argp;
    READ3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    size_t got = 0;
    bool eof = false;
    uint32_t count = smaller(args->count, nfs3_data_max(call));
    char *data = rpc_alloc(call, count);
    int error = data ? nfs3_open(call, &args->file, &export, &file) : ENOMEM;
    if (!error) {
        error = fs_read(export->fs, &call->who, &file, args->offset, (uint8_t *)data, count, &got,
                        &eof);
    }
    result->status = nfs3_status(error);
    if (error) {
        result->READ3res_u.resfail.attributes = nfs3_post_op(export, &file);
        return;
    }
    READ3resok *ok = &result->READ3res_u.resok;
    ok->file_attributes = nfs3_post_op(export, &file);
    ok->count = (u_int)got;
    ok->eof = eof;
    ok->data = (nfsdata3){ (u_int)got, data };
}

static void put_write_verifier(struct rpc_call *call, char verf[NFS3_WRITEVERFSIZE])
{
    memcpy(verf, &server_of(call)->write_verifier, NFS3_WRITEVERFSIZE);
}

static void write3(struct rpc_call *call, void *argp, void *resultp)
{
    const WRITE3args *args = argp;
    WRITE3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    enum fs_stability stability = args->stable == UNSTABLE    ? FS_UNSTABLE
                                  : args->stable == DATA_SYNC ? FS_DATA_SYNC
                                                              : FS_FILE_SYNC;
    uint32_t count = smaller(args->count, args->data.nfsdata3_len);
    int error = nfs3_open(call, &args->file, &export, &file);
    pre_op_attr before = nfs3_before(&file);
    if (!error) {
        error = fs_write(export->fs, &call->who, &file, args->offset, args->data.nfsdata3_val,
                         count, stability);
    }
    result->status = nfs3_status(error);
    if (error) {
        result->WRITE3res_u.resfail.wcc = nfs3_wcc(export, &before, &file);
        return;
    }
    WRITE3resok *ok = &result->WRITE3res_u.resok;
    ok->file_wcc = nfs3_wcc(export, &before, &file);
    ok->count = count;
    ok->committed = stability == FS_FILE_SYNC   ? FILE_SYNC
                    : stability == FS_DATA_SYNC ? DATA_SYNC
                                                : UNSTABLE;
    put_write_verifier(call, ok->verf);
}

static void commit(struct rpc_call *call, void *argp, void *resultp)
{
    const COMMIT3args *args = argp;
    COMMIT3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    int error = nfs3_open(call, &args->file, &export, &file);
    pre_op_attr before = nfs3_before(&file);
    if (!error) {
        error = fs_commit(export->fs, &call->who, &file);
    }
    result->status = nfs3_status(error);
    if (error) {
        result->COMMIT3res_u.resfail.wcc = nfs3_wcc(export, &before, &file);
        return;
    }
    COMMIT3resok *ok = &result->COMMIT3res_u.resok;
    ok->file_wcc = nfs3_wcc(export, &before, &file);
    put_write_verifier(call, ok->verf);
}

static void fsstat(struct rpc_call *call, void *argp, void *resultp)
{
    const FSOBJECT3args *args = argp;
    FSSTAT3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    struct fs_space space;
    int error = nfs3_open(call, &args->object, &export, &file);
    if (!error) {
        error = fs_space(export->fs, &file, &space);
    }
    result->status = nfs3_status(error);
    if (error) {
        result->FSSTAT3res_u.resfail.attributes = nfs3_post_op(export, &file);
        return;
    }
    result->FSSTAT3res_u.resok = (FSSTAT3resok){
        .obj_attributes = nfs3_post_op(export, &file),
        .tbytes = space.total_bytes,
        .fbytes = space.free_bytes,
        .abytes = space.available_bytes,
        .tfiles = space.total_files,
        .ffiles = space.free_files,
        .afiles = space.available_files,
    };
}

static void fsinfo(struct rpc_call *call, void *argp, void *resultp)
{
    const FSOBJECT3args *args = argp;
    FSINFO3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    int error = nfs3_open(call, &args->object, &export, &file);
    result->status = nfs3_status(error);
    if (error) {
        return;
    }
    uint32_t most = nfs3_data_max(call);
    result->FSINFO3res_u.resok = (FSINFO3resok){
        .obj_attributes = nfs3_post_op(export, &file),
        .rtmax = most,
        .rtpref = most,
        .rtmult = 4096,
        .wtmax = most,
        .wtpref = most,
        .wtmult = 4096,
        .dtpref = NFS3_UDP_DATA,
        .maxfilesize = INT64_MAX,
        .time_delta = { 0, 1 },
        .properties = FSF3_LINK | FSF3_SYMLINK | FSF3_HOMOGENEOUS | FSF3_CANSETTIME,
    };
}

static void pathconf3(struct rpc_call *call, void *argp, void *resultp)
{
    const FSOBJECT3args *args = argp;
    PATHCONF3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    int error = nfs3_open(call, &args->object, &export, &file);
    result->status = nfs3_status(error);
    if (error) {
        return;
    }
    result->PATHCONF3res_u.resok = (PATHCONF3resok){
        .obj_attributes = nfs3_post_op(export, &file),
        .linkmax = 32000,
        .name_max = FS_NAME_MAX,
        .no_trunc = TRUE,
        .chown_restricted = TRUE,
        .case_insensitive = FALSE,
        .case_preserving = TRUE,
    };
}

static const struct rpc_procedure procedures[] = {
    [NFSPROC3_NULL] = RPC_NULL,
    [NFSPROC3_GETATTR] = RPC_ROW(getattr, GETATTR3args, GETATTR3res),
    [NFSPROC3_SETATTR] = RPC_ROW_ONCE(setattr, SETATTR3args, WCC3res),
    [NFSPROC3_LOOKUP] = RPC_ROW(lookup, LOOKUP3args, LOOKUP3res),
    [NFSPROC3_ACCESS] = RPC_ROW(access3, ACCESS3args, ACCESS3res),
    [NFSPROC3_READLINK] = RPC_ROW(readlink3, READLINK3args, READLINK3res),
    [NFSPROC3_READ] = RPC_ROW(read3, READ3args, READ3res),
    [NFSPROC3_WRITE] = RPC_ROW(write3, WRITE3args, WRITE3res),
    [NFSPROC3_CREATE] = RPC_ROW_ONCE(nfs3_create, CREATE3args, NEW3res),
    [NFSPROC3_MKDIR] = RPC_ROW_ONCE(nfs3_mkdir, MKDIR3args, NEW3res),
    [NFSPROC3_SYMLINK] = RPC_ROW_ONCE(nfs3_symlink, SYMLINK3args, NEW3res),
    [NFSPROC3_MKNOD] = RPC_ROW_ONCE(nfs3_mknod, MKNOD3args, NEW3res),
    [NFSPROC3_REMOVE] = RPC_ROW_ONCE(nfs3_remove, REMOVE3args, WCC3res),
    [NFSPROC3_RMDIR] = RPC_ROW_ONCE(nfs3_rmdir, REMOVE3args, WCC3res),
    [NFSPROC3_RENAME] = RPC_ROW_ONCE(nfs3_rename, RENAME3args, RENAME3res),
    [NFSPROC3_LINK] = RPC_ROW_ONCE(nfs3_link, LINK3args, LINK3res),
    [NFSPROC3_READDIR] = RPC_ROW(nfs3_readdir, READDIR3args, READDIR3res),
    [NFSPROC3_READDIRPLUS] = RPC_ROW(nfs3_readdirplus, READDIRPLUS3args, READDIRPLUS3res),
    [NFSPROC3_FSSTAT] = RPC_ROW(fsstat, FSOBJECT3args, FSSTAT3res),
    [NFSPROC3_FSINFO] = RPC_ROW(fsinfo, FSOBJECT3args, FSINFO3res),
    [NFSPROC3_PATHCONF] = RPC_ROW(pathconf3, FSOBJECT3args, PATHCONF3res),
    [NFSPROC3_COMMIT] = RPC_ROW(commit, COMMIT3args, COMMIT3res),
};

const struct rpc_program nfs3_program = {
    .prog = NFS3_PROGRAM,
    .vers = NFS_V3,
    .port = NFS_PORT_NFS,
    .count = sizeof procedures / sizeof procedures[0],
    .procedures = procedures,
};
