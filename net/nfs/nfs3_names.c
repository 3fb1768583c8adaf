/* SPDX-License-Identifier: MIT */
/* NFS version 3 (RFC 1813): making, removing and renaming. */
#include "net/nfs/nfs3_internal.h"

#include <errno.h>
#include <string.h>

/* A change in one directory, from its arguments to its answer. */
struct dir_change {
    struct served_export *export;
    struct file dir;
    char name[FS_NAME_SIZE];
    pre_op_attr before;
};

static int begin(struct rpc_call *call, const diropargs3 *where, struct dir_change *change)
{
    *change = (struct dir_change){ .dir.fd = -1 };
    int error = nfs3_open_where(call, where, &change->export, &change->dir, change->name);
    change->before = nfs3_before(&change->dir);
    return error;
}

static wcc_data end(struct dir_change *change)
{
    wcc_data wcc = nfs3_wcc(change->export, &change->before, &change->dir);
    file_close(&change->dir);
    return wcc;
}

static void answer_new(struct rpc_call *call, NEW3res *result, int error, struct dir_change *change,
                       const struct file *file)
{
    result->status = nfs3_status(error);
    if (error) {
        result->NEW3res_u.resfail.wcc = end(change);
        return;
    }
    NEW3resok *ok = &result->NEW3res_u.resok;
    ok->obj.post_op_fh3_u.handle = nfs3_handle(call, change->export, file);
    ok->obj.handle_follows = ok->obj.post_op_fh3_u.handle.data.data_len != 0;
    ok->obj_attributes = nfs3_post_op(change->export, file);
    ok->dir_wcc = end(change);
}

void nfs3_create(struct rpc_call *call, void *argp, void *result)
{
    const CREATE3args *args = argp;
    SCOPED_FILE(file);
    struct dir_change change;
    struct fs_create_mode mode = { .how = FS_UNCHECKED };
    struct attr_change attr = ATTR_CHANGE_NONE;
    if (args->how.mode == EXCLUSIVE) {
        mode.how = FS_EXCLUSIVE;
        memcpy(mode.verifier, args->how.createhow3_u.verf, sizeof mode.verifier);
    } else {
        mode.how = args->how.mode == GUARDED ? FS_GUARDED : FS_UNCHECKED;
        attr = nfs3_change(&args->how.createhow3_u.obj_attributes);
    }
    int error = begin(call, &args->where, &change);
    if (!error) {
        error =
            fs_create(change.export->fs, &call->who, &change.dir, change.name, mode, &attr, &file);
    }
    answer_new(call, result, error, &change, &file);
}

void nfs3_mkdir(struct rpc_call *call, void *argp, void *result)
{
    const MKDIR3args *args = argp;
    SCOPED_FILE(file);
    struct dir_change change;
    struct attr_change attr = nfs3_change(&args->attributes);
    attr.set_size = false;
    int error = begin(call, &args->where, &change);
    if (!error) {
        error = fs_mkdir(change.export->fs, &call->who, &change.dir, change.name, &attr, &file);
    }
    answer_new(call, result, error, &change, &file);
}

void nfs3_symlink(struct rpc_call *call, void *argp, void *result)
{
    const SYMLINK3args *args = argp;
    const nfspath3 *path = &args->symlink.symlink_data;
    SCOPED_FILE(file);
    struct dir_change change;
    struct attr_change attr = nfs3_change(&args->symlink.symlink_attributes);
    attr.set_size = false;
    char *target = rpc_alloc(call, path->nfspath3_len + 1);
    int error = begin(call, &args->where, &change);
    if (!error && !target) {
        error = ENOMEM;
    }
    if (!error &&
        (path->nfspath3_len == 0 || memchr(path->nfspath3_val, '\0', path->nfspath3_len))) {
        error = EINVAL;
    }
    if (!error) {
        memcpy(target, path->nfspath3_val, path->nfspath3_len);
        error = fs_symlink(change.export->fs, &call->who, &change.dir, change.name, target, &attr,
                           &file);
    }
    answer_new(call, result, error, &change, &file);
}

static uint32_t mode_type(ftype3 type)
{
    switch (type) {
    case NF3CHR:
        return S_IFCHR;
    case NF3BLK:
        return S_IFBLK;
    case NF3SOCK:
        return S_IFSOCK;
    case NF3FIFO:
        return S_IFIFO;
    default:
        return 0;
    }
}

void nfs3_mknod(struct rpc_call *call, void *argp, void *resultp)
{
    const MKNOD3args *args = argp;
    NEW3res *result = resultp;
    const devicedata3 *device = &args->what.mknoddata3_u.device;
    uint32_t type = mode_type(args->what.type);
    bool is_device = type == S_IFCHR || type == S_IFBLK;
    SCOPED_FILE(file);
    struct dir_change change;
    struct attr_change attr = ATTR_CHANGE_NONE;
    int error = begin(call, &args->where, &change);
    if (!error && type != 0) {
        attr = nfs3_change(is_device ? &device->dev_attributes
                                     : &args->what.mknoddata3_u.pipe_attributes);
        attr.set_size = false;
        error = fs_mknod(change.export->fs, &call->who, &change.dir, change.name, type,
                         is_device ? device->spec.specdata1 : 0,
                         is_device ? device->spec.specdata2 : 0, &attr, &file);
    }
    bool bad_type = !error && type == 0;
    answer_new(call, result, bad_type ? EINVAL : error, &change, &file);
    if (bad_type) {
        result->status = NFS3ERR_BADTYPE;
    }
}

void nfs3_remove(struct rpc_call *call, void *argp, void *resultp)
{
    const REMOVE3args *args = argp;
    WCC3res *result = resultp;
    struct dir_change change;
    int error = begin(call, &args->object, &change);
    if (!error) {
        error = fs_remove(change.export->fs, &call->who, &change.dir, change.name);
    }
    result->status = nfs3_status(error);
    result->wcc = end(&change);
}

void nfs3_rmdir(struct rpc_call *call, void *argp, void *resultp)
{
    const REMOVE3args *args = argp;
    WCC3res *result = resultp;
    struct dir_change change;
    int error = begin(call, &args->object, &change);
    if (!error) {
        /* RFC 1813, 3.3.13: ".." can't be empty, it has this directory. */
        error = strcmp(change.name, "..") == 0
                    ? EEXIST
                    : fs_rmdir(change.export->fs, &call->who, &change.dir, change.name);
    }
    result->status = nfs3_status(error);
    result->wcc = end(&change);
}

void nfs3_rename(struct rpc_call *call, void *argp, void *resultp)
{
    const RENAME3args *args = argp;
    RENAME3res *result = resultp;
    struct dir_change from;
    struct dir_change to;
    int error = begin(call, &args->from, &from);
    int to_error = begin(call, &args->to, &to);
    error = error ? error : to_error;
    if (!error) {
        error = from.export != to.export ? EXDEV
                                         : fs_rename(from.export->fs, &call->who, &from.dir,
                                                     from.name, &to.dir, to.name);
    }
    result->status = nfs3_status(error);
    result->fromdir_wcc = end(&from);
    result->todir_wcc = end(&to);
}

void nfs3_link(struct rpc_call *call, void *argp, void *resultp)
{
    const LINK3args *args = argp;
    LINK3res *result = resultp;
    SCOPED_FILE(file);
    struct served_export *export = NULL;
    struct dir_change change;
    int error = begin(call, &args->link, &change);
    int file_error = nfs3_open(call, &args->file, &export, &file);
    error = file_error ? file_error : error;
    if (!error) {
        error = export != change.export
                    ? EXDEV
                    : fs_link(export->fs, &call->who, &file, &change.dir, change.name);
    }
    result->status = nfs3_status(error);
    if (file.fd >= 0 && fs_refresh_attr(export->fs, &file) == 0) {
        result->file_attributes = nfs3_post_op(export, &file);
    }
    result->linkdir_wcc = end(&change);
}
