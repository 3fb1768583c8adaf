/* SPDX-License-Identifier: MIT */
/*
 * NFS version 2 (RFC 1094): each procedure turns its arguments into calls of the file layer and
 * back.
 *
 * Everything is synchronous in this version: a WRITE is answered when it is on disk. But a client
 * sends a file 4 or 8 KiB at a time, several calls at once, and syncing each by itself makes it
 * wait for the disk as often. So the data of several calls is gathered, and one sync lets all their
 * answers go (nfs_server_settle).
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "net/nfs/nfs2_prot.h"
#include "net/nfs/nfs_server_internal.h"

/* Sizes and offsets are 32 bits in this version, and clients treat them as signed. */
#define SIZE_MAX_V2 INT32_MAX
#define UNSET       UINT32_MAX /* in a field of sattr2 */

/* RFC 1094, 2.3.1; numbers that UNIX and NFS share, and EIO for what the RFC has no word for. */
static nfsstat2 status_of(int error)
{
    switch (error) {
    case 0:
        return NFS_OK;
    case EPERM:
        return NFSERR_PERM;
    case ENOENT:
        return NFSERR_NOENT;
    case ENXIO:
        return NFSERR_NXIO;
    case EACCES:
        return NFSERR_ACCES;
    case EEXIST:
        return NFSERR_EXIST;
    case ENODEV:
        return NFSERR_NODEV;
    case ENOTDIR:
    case ELOOP:
        return NFSERR_NOTDIR;
    case EISDIR:
        return NFSERR_ISDIR;
    case EFBIG:
        return NFSERR_FBIG;
    case ENOSPC:
        return NFSERR_NOSPC;
    case EROFS:
        return NFSERR_ROFS;
    case ENAMETOOLONG:
        return NFSERR_NAMETOOLONG;
    case ENOTEMPTY:
        return NFSERR_NOTEMPTY;
    case EDQUOT:
        return NFSERR_DQUOT;
    case ESTALE:
    case EBADF:
        return NFSERR_STALE;
    default:
        return NFSERR_IO;
    }
}

static ftype2 type_of(uint32_t mode)
{
    switch (mode & S_IFMT) {
    case S_IFREG:
        return NFREG;
    case S_IFDIR:
        return NFDIR;
    case S_IFBLK:
        return NFBLK;
    case S_IFCHR:
    case S_IFIFO: /* UNIX practice: a character device with device number -1 */
        return NFCHR;
    case S_IFLNK:
        return NFLNK;
    default: /* RFC 1094, 2.3.5: sockets have no type of their own */
        return NFNON;
    }
}

/* UNIX practice for the 32-bit device number: 12 bits of major between 8 and 12 bits of minor. */
static uint32_t encode_device(const struct file_attr *attr)
{
    if (S_ISCHR(attr->mode) || S_ISBLK(attr->mode)) {
        return (attr->rdev_minor & 0xff) | attr->rdev_major << 8 |
               (attr->rdev_minor & ~0xffu) << 12;
    }
    return S_ISFIFO(attr->mode) ? UINT32_MAX : 0;
}

static uint32_t device_major(uint32_t device)
{
    return device >> 8 & 0xfff;
}

static uint32_t device_minor(uint32_t device)
{
    return (device & 0xff) | (device >> 12 & 0xfff00);
}

static timeval2 time_of(const struct timespec *time)
{
    return (timeval2){ (u_int)time->tv_sec, (u_int)(time->tv_nsec / 1000) };
}

static uint32_t fold(uint64_t number)
{
    return (uint32_t)(number ^ number >> 32);
}

static uint32_t clamp(uint64_t number, uint32_t most)
{
    return number < most ? (uint32_t)number : most;
}

static fattr2 attributes_of(const struct served_export *export, const struct file *file)
{
    const struct file_attr *attr = &file->attr;
    return (fattr2){
        .type = type_of(attr->mode),
        .mode = attr->mode,
        .nlink = attr->nlink,
        .uid = attr->uid,
        .gid = attr->gid,
        .size = clamp(attr->size, SIZE_MAX_V2),
        .blocksize = 4096,
        .rdev = encode_device(attr),
        .blocks = clamp(attr->used / 512, UINT32_MAX),
        .fsid = export->id,
        .fileid = fold(attr->fileid),
        .atime = time_of(&attr->atime),
        .mtime = time_of(&attr->mtime),
        .ctime = time_of(&attr->ctime),
    };
}

static struct timespec take_time(const timeval2 *time)
{
    if (time->seconds == UNSET || time->useconds == UNSET) {
        return (struct timespec){ .tv_nsec = UTIME_OMIT };
    }
    /* UNIX practice: a million microseconds ask for the server's clock. */
    if (time->useconds >= 1000000) {
        return (struct timespec){ .tv_nsec = UTIME_NOW };
    }
    return (struct timespec){ time->seconds, time->useconds * 1000 };
}

static struct attr_change change_of(const sattr2 *attr)
{
    return (struct attr_change){
        .set_mode = attr->mode != UNSET,
        .set_uid = attr->uid != UNSET,
        .set_gid = attr->gid != UNSET,
        .set_size = attr->size != UNSET,
        .mode = attr->mode & 07777,
        .uid = attr->uid,
        .gid = attr->gid,
        .size = attr->size,
        .atime = take_time(&attr->atime),
        .mtime = take_time(&attr->mtime),
    };
}

static int open_handle(struct rpc_call *call, const char *handle, struct served_export **export,
                       struct file *file)
{
    return server_open_handle(server_of(call), handle, NFS2_FHSIZE, export, file);
}

/* The directory and the name of a diropargs. */
static int open_where(struct rpc_call *call, const diropargs *where, struct served_export **export,
                      struct file *dir, char name[FS_NAME_SIZE])
{
    int error = open_handle(call, where->dir, export, dir);
    return error ? error : fs_take_name(where->name.filename2_val, where->name.filename2_len, name);
}

static void answer_attributes(attrstat *result, int error, const struct served_export *export,
                              const struct file *file)
{
    result->status = status_of(error);
    if (!error) {
        result->attrstat_u.attributes = attributes_of(export, file);
    }
}

static void answer_file(diropres *result, int error, const struct served_export *export,
                        const struct file *file)
{
    result->status = status_of(error);
    if (!error) {
        diropokres *ok = &result->diropres_u.diropok;
        server_make_handle(export, file, (uint8_t *)ok->file);
        ok->attributes = attributes_of(export, file);
    }
}

static void getattr(struct rpc_call *call, void *args, void *result)
{
    SCOPED_FILE(file);
    struct served_export *export;
    int error = open_handle(call, args, &export, &file);
    answer_attributes(result, error, export, &file);
}

static void setattr(struct rpc_call *call, void *argp, void *result)
{
    const sattrargs *args = argp;
    SCOPED_FILE(file);
    struct served_export *export;
    int error = open_handle(call, args->file, &export, &file);
    struct attr_change change = change_of(&args->attributes);
    if (!error && change.set_size && change.size > SIZE_MAX_V2) {
        error = EFBIG;
    }
    if (!error) {
        error = fs_set_attr(export->fs, &call->who, &file, &change);
    }
    answer_attributes(result, error, export, &file);
}

static void lookup(struct rpc_call *call, void *argp, void *result)
{
    SCOPED_FILE(dir);
    SCOPED_FILE(file);
    struct served_export *export;
    char name[FS_NAME_SIZE];
    int error = open_where(call, argp, &export, &dir, name);
    if (!error) {
        error = fs_lookup(export->fs, &call->who, &dir, name, &file);
    }
    answer_file(result, error, export, &file);
}

static void read_link(struct rpc_call *call, void *argp, void *resultp)
{
    readlinkres *result = resultp;
    path2 *path = &result->readlinkres_u.data;
    SCOPED_FILE(file);
    struct served_export *export;
    size_t length = 0;
    path->path2_val = rpc_alloc(call, NFS2_MAXPATHLEN + 1);
    int error = path->path2_val ? open_handle(call, argp, &export, &file) : ENOMEM;
    if (!error) {
        error = fs_read_link(export->fs, &file, path->path2_val, NFS2_MAXPATHLEN + 1, &length);
    }
    path->path2_len = (u_int)length;
    result->status = status_of(error);
}

static void read_file(struct rpc_call *call, void *argp, void *resultp)
{
    const readargs *args = argp;
    readres *result = resultp;
    nfsdata2 *data = &result->readres_u.reply.data;
    SCOPED_FILE(file);
    struct served_export *export;
    size_t count = clamp(args->count, NFS2_MAXDATA);
    size_t got = 0;
    bool eof;
    data->nfsdata2_val = rpc_alloc(call, count);
    int error = data->nfsdata2_val ? open_handle(call, args->file, &export, &file) : ENOMEM;
    if (!error) {
        error = fs_read(export->fs, &call->who, &file, args->offset, (uint8_t *)data->nfsdata2_val,
                        count, &got, &eof);
    }
    data->nfsdata2_len = (u_int)got;
    result->status = status_of(error);
    if (!error) {
        result->readres_u.reply.attributes = attributes_of(export, &file);
    }
}

static void write_file(struct rpc_call *call, void *argp, void *result)
{
    const writeargs *args = argp;
    const nfsdata2 *data = &args->data;
    SCOPED_FILE(file);
    struct served_export *export;
    int error = open_handle(call, args->file, &export, &file);
    if (!error && (uint64_t)args->offset + data->nfsdata2_len > SIZE_MAX_V2) {
        error = EFBIG;
    }
    if (!error) {
        bool gather = !server_of(call)->cautious;
        error = fs_write(export->fs, &call->who, &file, args->offset, data->nfsdata2_val,
                         data->nfsdata2_len, gather ? FS_GATHERED : FS_FILE_SYNC);
    }
    answer_attributes(result, error, export, &file);
}

/*
 * This version has no MKNOD: UNIX clients put the type into CREATE's mode, and the device number
 * into its size; a character device without a size is a FIFO.
 */
static int create_node(struct rpc_call *call, struct export_fs *fs, const struct file *dir,
                       const char *name, const sattr2 *attr, struct file *file)
{
    struct attr_change change = change_of(attr);
    uint32_t type = attr->mode == UNSET ? 0 : attr->mode & S_IFMT;
    uint32_t device = attr->size;
    switch (type) {
    case 0:
    case S_IFREG: {
        struct fs_create_mode mode = { .how = FS_UNCHECKED };
        bool too_big = change.set_size && change.size > SIZE_MAX_V2;
        return too_big ? EFBIG : fs_create(fs, &call->who, dir, name, mode, &change, file);
    }
    case S_IFCHR:
        type = change.set_size ? S_IFCHR : S_IFIFO;
        break;
    case S_IFBLK:
        device = change.set_size ? device : 0;
        break;
    case S_IFIFO:
    case S_IFSOCK:
        break;
    default:
        return EINVAL;
    }
    change.set_size = false;
    return fs_mknod(fs, &call->who, dir, name, type, device_major(device), device_minor(device),
                    &change, file);
}

static void create(struct rpc_call *call, void *argp, void *result)
{
    const createargs *args = argp;
    SCOPED_FILE(dir);
    SCOPED_FILE(file);
    struct served_export *export;
    char name[FS_NAME_SIZE];
    int error = open_where(call, &args->where, &export, &dir, name);
    if (!error) {
        error = create_node(call, export->fs, &dir, name, &args->attributes, &file);
    }
    answer_file(result, error, export, &file);
}

static void make_directory(struct rpc_call *call, void *argp, void *result)
{
    const createargs *args = argp;
    SCOPED_FILE(dir);
    SCOPED_FILE(file);
    struct served_export *export;
    char name[FS_NAME_SIZE];
    int error = open_where(call, &args->where, &export, &dir, name);
    if (!error) {
        struct attr_change change = change_of(&args->attributes);
        change.set_size = false;
        error = fs_mkdir(export->fs, &call->who, &dir, name, &change, &file);
    }
    answer_file(result, error, export, &file);
}

static void remove_name(struct rpc_call *call, void *argp, void *result)
{
    SCOPED_FILE(dir);
    struct served_export *export;
    char name[FS_NAME_SIZE];
    int error = open_where(call, argp, &export, &dir, name);
    if (!error) {
        error = fs_remove(export->fs, &call->who, &dir, name);
    }
    *(nfsstat2 *)result = status_of(error);
}

static void remove_directory(struct rpc_call *call, void *argp, void *result)
{
    SCOPED_FILE(dir);
    struct served_export *export;
    char name[FS_NAME_SIZE];
    int error = open_where(call, argp, &export, &dir, name);
    if (!error) {
        error = fs_rmdir(export->fs, &call->who, &dir, name);
    }
    *(nfsstat2 *)result = status_of(error);
}

static void rename_name(struct rpc_call *call, void *argp, void *result)
{
    const renameargs *args = argp;
    SCOPED_FILE(from_dir);
    SCOPED_FILE(to_dir);
    struct served_export *export;
    struct served_export *to_export;
    char from[FS_NAME_SIZE];
    char to[FS_NAME_SIZE];
    int error = open_where(call, &args->from, &export, &from_dir, from);
    if (!error) {
        error = open_where(call, &args->to, &to_export, &to_dir, to);
    }
    if (!error) {
        error = export != to_export
                    ? EXDEV
                    : fs_rename(export->fs, &call->who, &from_dir, from, &to_dir, to);
    }
    *(nfsstat2 *)result = status_of(error);
}

static void link_name(struct rpc_call *call, void *argp, void *result)
{
    const linkargs *args = argp;
    SCOPED_FILE(file);
    SCOPED_FILE(dir);
    struct served_export *export;
    struct served_export *dir_export;
    char name[FS_NAME_SIZE];
    int error = open_handle(call, args->from, &export, &file);
    if (!error) {
        error = open_where(call, &args->to, &dir_export, &dir, name);
    }
    if (!error) {
        error = export != dir_export ? EXDEV : fs_link(export->fs, &call->who, &file, &dir, name);
    }
    *(nfsstat2 *)result = status_of(error);
}

/* The target's text with a NUL behind; NULL: it has one inside or there is no memory. */
static char *take_target(struct rpc_call *call, const path2 *path)
{
    bool valid = path->path2_len > 0 && !memchr(path->path2_val, '\0', path->path2_len);
    char *target = valid ? rpc_alloc(call, path->path2_len + 1) : NULL;
    return target ? memcpy(target, path->path2_val, path->path2_len) : NULL;
}

static void make_link(struct rpc_call *call, void *argp, void *result)
{
    const symlinkargs *args = argp;
    SCOPED_FILE(dir);
    SCOPED_FILE(file);
    struct served_export *export;
    char name[FS_NAME_SIZE];
    int error = open_where(call, &args->from, &export, &dir, name);
    char *target = take_target(call, &args->to);
    if (!error && !target) {
        error = EACCES;
    }
    if (!error) {
        struct attr_change change = change_of(&args->attributes);
        change.set_size = false;
        error = fs_symlink(export->fs, &call->who, &dir, name, target, &change, &file);
    }
    *(nfsstat2 *)result = status_of(error);
}

/* READDIR: entries are added to a list until their bytes on the wire fill what the client wants. */

struct reading {
    struct rpc_call *call;
    size_t room;
    entry2 **next;
};

static bool add_entry(void *ctx, const struct fs_entry *from)
{
    struct reading *reading = ctx;
    size_t length = strlen(from->name);
    /* "follows", fileid, length, the name padded to 4 bytes, cookie */
    size_t size = 16 + ((length + 3) & ~(size_t)3);
    if (size > reading->room) {
        return false;
    }
    entry2 *entry = rpc_alloc(reading->call, sizeof *entry);
    char *name = rpc_alloc(reading->call, length + 1);
    if (!entry || !name) {
        return false;
    }
    memcpy(name, from->name, length);
    entry->fileid = fold(from->fileid);
    entry->name = (filename2){ (u_int)length, name };
    memcpy(entry->cookie, &from->cookie, NFS2_COOKIESIZE);
    *reading->next = entry;
    reading->next = &entry->nextentry;
    reading->room -= size;
    return true;
}

static void read_directory(struct rpc_call *call, void *argp, void *resultp)
{
    const readdirargs *args = argp;
    readdirres *result = resultp;
    readdirok *ok = &result->readdirres_u.reply;
    SCOPED_FILE(dir);
    struct served_export *export;
    uint32_t cookie;
    bool eof = false;
    memcpy(&cookie, args->cookie, NFS2_COOKIESIZE);
    /* `count` bounds the whole result: its status, the end of the list and eof take 12 bytes. */
    size_t count = clamp(args->count, NFS2_MAXDATA);
    struct reading reading = { call, count > 12 ? count - 12 : 0, &ok->entries };
    int error = open_handle(call, args->dir, &export, &dir);
    if (!error) {
        error = fs_list(export->fs, &call->who, &dir, cookie, add_entry, &reading, &eof);
    }
    if (!error && !ok->entries && !eof) {
        error = EIO; /* no room for one entry: the client would ask for ever */
    }
    result->status = status_of(error);
    ok->eof = eof;
}

static void statfs(struct rpc_call *call, void *argp, void *resultp)
{
    statfsres *result = resultp;
    statfsok *info = &result->statfsres_u.info;
    SCOPED_FILE(file);
    struct served_export *export;
    struct fs_space space;
    int error = open_handle(call, argp, &export, &file);
    if (!error) {
        error = fs_space(export->fs, &file, &space);
    }
    result->status = status_of(error);
    if (error) {
        return;
    }
    /* A block size with which the number of blocks fits. */
    uint64_t block = space.block_size ? space.block_size : 4096;
    while (space.total_bytes / block > INT32_MAX) {
        block *= 2;
    }
    info->tsize = NFS2_MAXDATA;
    info->bsize = (u_int)block;
    info->blocks = (u_int)(space.total_bytes / block);
    info->bfree = (u_int)(space.free_bytes / block);
    info->bavail = (u_int)(space.available_bytes / block);
}

static const struct rpc_procedure procedures[] = {
    [NFSPROC_NULL] = RPC_NULL,
    [NFSPROC_GETATTR] = RPC_ROW(getattr, fhandle2, attrstat),
    [NFSPROC_SETATTR] = RPC_ROW_ONCE(setattr, sattrargs, attrstat),
    [NFSPROC_ROOT] = RPC_NULL, /* obsolete: the mount protocol does it */
    [NFSPROC_LOOKUP] = RPC_ROW(lookup, diropargs, diropres),
    [NFSPROC_READLINK] = RPC_ROW(read_link, fhandle2, readlinkres),
    [NFSPROC_READ] = RPC_ROW(read_file, readargs, readres),
    [NFSPROC_WRITECACHE] = RPC_NULL, /* never specified */
    [NFSPROC_WRITE] = RPC_ROW(write_file, writeargs, attrstat),
    [NFSPROC_CREATE] = RPC_ROW_ONCE(create, createargs, diropres),
    [NFSPROC_REMOVE] = RPC_ROW_ONCE(remove_name, diropargs, nfsstat2),
    [NFSPROC_RENAME] = RPC_ROW_ONCE(rename_name, renameargs, nfsstat2),
    [NFSPROC_LINK] = RPC_ROW_ONCE(link_name, linkargs, nfsstat2),
    [NFSPROC_SYMLINK] = RPC_ROW_ONCE(make_link, symlinkargs, nfsstat2),
    [NFSPROC_MKDIR] = RPC_ROW_ONCE(make_directory, createargs, diropres),
    [NFSPROC_RMDIR] = RPC_ROW_ONCE(remove_directory, diropargs, nfsstat2),
    [NFSPROC_READDIR] = RPC_ROW(read_directory, readdirargs, readdirres),
    [NFSPROC_STATFS] = RPC_ROW(statfs, fhandle2, statfsres),
};

const struct rpc_program nfs2_program = {
    .prog = NFS2_PROGRAM,
    .vers = NFS_V2,
    .port = NFS_PORT_NFS,
    .count = sizeof procedures / sizeof procedures[0],
    .procedures = procedures,
};
