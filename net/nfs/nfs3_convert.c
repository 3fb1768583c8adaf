/* SPDX-License-Identifier: MIT */
#include "net/nfs/nfs3_internal.h"

#include <errno.h>

nfsstat3 nfs3_status(int error)
{
    switch (error) {
    /* UNIX and NFS share these numbers. */
    case 0:
    case EPERM:
    case ENOENT:
    case EIO:
    case ENXIO:
    case EACCES:
    case EEXIST:
    case EXDEV:
    case ENODEV:
    case ENOTDIR:
    case EISDIR:
    case EINVAL:
    case EFBIG:
    case ENOSPC:
    case EROFS:
    case EMLINK:
        return (nfsstat3)error;
    case ELOOP:
        return NFS3ERR_NOTDIR;
    case ENAMETOOLONG:
        return NFS3ERR_NAMETOOLONG;
    case ENOTEMPTY:
        return NFS3ERR_NOTEMPTY;
    case EDQUOT:
        return NFS3ERR_DQUOT;
    case ESTALE:
        return NFS3ERR_STALE;
    case EBADF:
        return NFS3ERR_BADHANDLE;
    case ENOTSUP:
        return NFS3ERR_NOTSUPP;
    case ENOMEM:
    case EMFILE:
    case ENFILE:
        return NFS3ERR_JUKEBOX; /* try again later */
    default:
        return NFS3ERR_IO;
    }
}

static ftype3 type_of(uint32_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFDIR:
        return NF3DIR;
    case S_IFBLK:
        return NF3BLK;
    case S_IFCHR:
        return NF3CHR;
    case S_IFLNK:
        return NF3LNK;
    case S_IFSOCK:
        return NF3SOCK;
    case S_IFIFO:
        return NF3FIFO;
    default:
        return NF3REG;
    }
}

static nfstime3 time_of(const struct timespec *time)
{
    return (nfstime3){ (u_int)time->tv_sec, (u_int)time->tv_nsec };
}

fattr3 nfs3_attributes(const struct served_export *export, const struct file *file)
{
    const struct file_attr *attr = &file->attr;
    return (fattr3){
        .type = type_of(attr->mode),
        .mode = attr->mode & 07777,
        .nlink = attr->nlink,
        .uid = attr->uid,
        .gid = attr->gid,
        .size = attr->size,
        .used = attr->used,
        .rdev = { attr->rdev_major, attr->rdev_minor },
        .fsid = export->id,
        .fileid = attr->fileid,
        .atime = time_of(&attr->atime),
        .mtime = time_of(&attr->mtime),
        .ctime = time_of(&attr->ctime),
    };
}

post_op_attr nfs3_post_op(const struct served_export *export, const struct file *file)
{
    post_op_attr post = { .attributes_follow = file->fd >= 0 };
    if (post.attributes_follow) {
        post.post_op_attr_u.attributes = nfs3_attributes(export, file);
    }
    return post;
}

pre_op_attr nfs3_before(const struct file *file)
{
    pre_op_attr before = { .attributes_follow = file->fd >= 0 };
    if (before.attributes_follow) {
        before.pre_op_attr_u.attributes = (wcc_attr){
            .size = file->attr.size,
            .mtime = time_of(&file->attr.mtime),
            .ctime = time_of(&file->attr.ctime),
        };
    }
    return before;
}

wcc_data nfs3_wcc(const struct served_export *export, const pre_op_attr *before, struct file *file)
{
    wcc_data wcc = { .before = *before };
    if (file->fd >= 0 && fs_refresh_attr(export->fs, file) == 0) {
        wcc.after = nfs3_post_op(export, file);
    }
    return wcc;
}

static struct timespec take_time(const set_time3 *time)
{
    switch (time->set_it) {
    case SET_TO_SERVER_TIME:
        return (struct timespec){ .tv_nsec = UTIME_NOW };
    case SET_TO_CLIENT_TIME: {
        const nfstime3 *to = &time->set_time3_u.time;
        /* An impossible fraction must not turn into one of utimensat's special values. */
        long nanoseconds = to->nseconds < 1000000000 ? to->nseconds : 999999999;
        return (struct timespec){ to->seconds, nanoseconds };
    }
    default:
        return (struct timespec){ .tv_nsec = UTIME_OMIT };
    }
}

struct attr_change nfs3_change(const sattr3 *attr)
{
    return (struct attr_change){
        .set_mode = attr->mode.set_it,
        .set_uid = attr->uid.set_it,
        .set_gid = attr->gid.set_it,
        .set_size = attr->size.set_it,
        .mode = attr->mode.set_mode3_u.mode & 07777,
        .uid = attr->uid.set_uid3_u.uid,
        .gid = attr->gid.set_gid3_u.gid,
        .size = attr->size.set_size3_u.size,
        .atime = take_time(&attr->atime),
        .mtime = take_time(&attr->mtime),
    };
}

int nfs3_open(struct rpc_call *call, const nfs_fh3 *handle, struct served_export **export,
              struct file *file)
{
    return server_open_handle(server_of(call), handle->data.data_val, handle->data.data_len, export,
                              file);
}

int nfs3_open_where(struct rpc_call *call, const diropargs3 *where, struct served_export **export,
                    struct file *dir, char name[FS_NAME_SIZE])
{
    int error = nfs3_open(call, &where->dir, export, dir);
    return error ? error : fs_take_name(where->name.filename3_val, where->name.filename3_len, name);
}

nfs_fh3 nfs3_handle(struct rpc_call *call, const struct served_export *export,
                    const struct file *file)
{
    nfs_fh3 handle = { { 0, rpc_alloc(call, HANDLE_SIZE) } };
    if (handle.data.data_val) {
        handle.data.data_len = HANDLE_SIZE;
        server_make_handle(export, file, (uint8_t *)handle.data.data_val);
    }
    return handle;
}
