/* SPDX-License-Identifier: MIT */
/*
 * Attributes: what the guest sees of a host file, and how a change is divided between the host's
 * file and the ownership record.
 */
#include "net/nfs/export_fs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "net/nfs/permission.h"

#define SET_ID_BITS (S_ISUID | S_ISGID)

const struct attr_change ATTR_CHANGE_NONE = {
    .atime.tv_nsec = UTIME_OMIT,
    .mtime.tv_nsec = UTIME_OMIT,
};

static bool is_special(uint32_t mode)
{
    return S_ISCHR(mode) || S_ISBLK(mode) || S_ISFIFO(mode) || S_ISSOCK(mode);
}

uint64_t fs_fileid(const struct export_fs *fs, const struct stat *st)
{
    /* Another file system mounted inside the folder counts its inodes by itself: keep the two
     * apart. */
    if (st->st_dev != fs->root_dev) {
        return st->st_ino ^ ((uint64_t)st->st_dev * 0x9e3779b97f4a7c15);
    }
    return st->st_ino;
}

/* What the guest sees of a file without a record: the host's view, with our user and group as
 * root's. */
static struct fs_owner unmapped_owner(const struct export_fs *fs, const struct stat *st)
{
    return (struct fs_owner){
        .mode = st->st_mode,
        .uid = st->st_uid == fs->host_uid ? 0 : st->st_uid,
        .gid = st->st_gid == fs->host_gid ? 0 : st->st_gid,
        .rdev_major = is_special(st->st_mode) ? major(st->st_rdev) : 0,
        .rdev_minor = is_special(st->st_mode) ? minor(st->st_rdev) : 0,
    };
}

/* A record may give a regular file of the host another type, but a directory stays one. */
static bool record_fits(const struct owner_record *record, const struct stat *st)
{
    return (record->mode & S_IFMT) == (st->st_mode & S_IFMT) ||
           (S_ISREG(st->st_mode) && is_special(record->mode));
}

static struct fs_owner current_owner(struct export_fs *fs, const struct file *file)
{
    const struct owner_record *record = ownership_find(fs->ownership, &file->id);
    if (!record || !record_fits(record, &file->host)) {
        return unmapped_owner(fs, &file->host);
    }
    return (struct fs_owner){ record->mode, record->uid, record->gid, record->rdev_major,
                              record->rdev_minor };
}

void fs_fill_attr(struct export_fs *fs, struct file *file)
{
    const struct stat *st = &file->host;
    struct fs_owner owner = current_owner(fs, file);
    bool special = is_special(owner.mode);
    file->attr = (struct file_attr){
        .mode = owner.mode,
        .nlink = (uint32_t)st->st_nlink,
        .uid = owner.uid,
        .gid = owner.gid,
        .rdev_major = owner.rdev_major,
        .rdev_minor = owner.rdev_minor,
        .size = special ? 0 : (uint64_t)st->st_size,
        .used = special ? 0 : (uint64_t)st->st_blocks * 512,
        .fileid = fs_fileid(fs, st),
        .atime = st->st_atim,
        .mtime = st->st_mtim,
        .ctime = st->st_ctim,
    };
}

int fs_refresh_attr(struct export_fs *fs, struct file *file)
{
    if (fstat(file->fd, &file->host)) {
        return errno;
    }
    fs_fill_attr(fs, file);
    return 0;
}

struct fs_owner fs_owner_of(const struct file_attr *attr)
{
    return (struct fs_owner){ attr->mode, attr->uid, attr->gid, attr->rdev_major,
                              attr->rdev_minor };
}

mode_t fs_host_mode(const struct export_fs *fs, uint32_t mode)
{
    mode_t ours = S_ISDIR(mode) ? 0700 : 0600;
    mode_t wanted = is_special(mode) ? 0 : mode & 0777;
    return (wanted & ~fs->host_umask) | ours;
}

static bool owner_equal(const struct fs_owner *a, const struct fs_owner *b)
{
    return a->mode == b->mode && a->uid == b->uid && a->gid == b->gid &&
           a->rdev_major == b->rdev_major && a->rdev_minor == b->rdev_minor;
}

static bool host_file_is_ours(const struct export_fs *fs, const struct stat *st)
{
    return st->st_uid == fs->host_uid || fs->host_uid == 0;
}

static int chmod_host(const struct file *file, mode_t mode)
{
    return chmod(fd_path(file->fd).text, mode) ? errno : 0;
}

/* Makes the record say what the host's file, as it is, does not. */
static int update_record(struct export_fs *fs, const struct file *file,
                         const struct fs_owner *owner)
{
    struct fs_owner shown = unmapped_owner(fs, &file->host);
    if (owner_equal(&shown, owner)) {
        return ownership_clear(fs->ownership, &file->id);
    }
    shown = current_owner(fs, file);
    if (owner_equal(&shown, owner)) {
        return 0;
    }
    struct owner_record record = { file->id,   owner->mode,       owner->uid,
                                   owner->gid, owner->rdev_major, owner->rdev_minor };
    return ownership_set(fs->ownership, &record);
}

int fs_store_owner(struct export_fs *fs, struct file *file, const struct fs_owner *owner)
{
    bool has_mode = S_ISREG(file->host.st_mode) || S_ISDIR(file->host.st_mode);
    int error = 0;
    if (has_mode && host_file_is_ours(fs, &file->host)) {
        /* Even if the host's mode stays the same: its ctime must show the change. */
        error = chmod_host(file, fs_host_mode(fs, owner->mode));
    }
    if (!error && fstat(file->fd, &file->host)) {
        error = errno;
    }
    if (!error) {
        error = update_record(fs, file, owner);
    }
    if (!error) {
        fs_fill_attr(fs, file);
    }
    return error;
}

/*
 * A file that was here before, with permissions of the host's that keep its owner out. The guest
 * goes on seeing these; the record comes first, so that a crash between the two loses nothing.
 */
int fs_let_us_in(struct export_fs *fs, const struct file *file)
{
    const struct stat *st = &file->host;
    mode_t ours = S_ISDIR(st->st_mode) ? 0700 : 0600;
    if (fs->read_only || st->st_uid != fs->host_uid || (st->st_mode & ours) == ours ||
        (!S_ISREG(st->st_mode) && !S_ISDIR(st->st_mode))) {
        return EACCES;
    }
    struct fs_owner owner = current_owner(fs, file);
    struct owner_record record = { file->id, owner.mode, owner.uid, owner.gid, 0, 0 };
    int error = ownership_set(fs->ownership, &record);
    return error ? error : chmod_host(file, (st->st_mode & 0777) | ours);
}

int fs_data_fd(struct export_fs *fs, const struct file *file, bool writable, int *fd)
{
    int error = data_fds_get(&fs->data_fds, file, writable, fd);
    if (error == EACCES && fs_let_us_in(fs, file) == 0) {
        error = data_fds_get(&fs->data_fds, file, writable, fd);
    }
    return error;
}

int fs_sync(struct export_fs *fs, const struct file *file)
{
    if (!S_ISREG(file->host.st_mode) && !S_ISDIR(file->host.st_mode)) {
        return 0;
    }
    int fd;
    int error = fs_data_fd(fs, file, false, &fd);
    if (!error && fsync(fd)) {
        error = errno;
    }
    return error;
}

int fs_set_times(const struct file *file, const struct attr_change *change)
{
    const struct timespec times[2] = { change->atime, change->mtime };
    if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT) {
        return 0;
    }
    return utimensat(AT_FDCWD, fd_path(file->fd).text, times, 0) ? errno : 0;
}

static int set_size(struct export_fs *fs, const struct file *file, uint64_t size)
{
    if (S_ISDIR(file->attr.mode)) {
        return EISDIR;
    }
    if (!S_ISREG(file->attr.mode)) {
        return EINVAL;
    }
    if (size > INT64_MAX) {
        return EFBIG;
    }
    int fd;
    int error = fs_data_fd(fs, file, true, &fd);
    if (!error && ftruncate(fd, (off_t)size)) {
        error = errno;
    }
    return error;
}

/* POSIX: what a change of owner, group or contents does to the set-id bits, and who may set
 * S_ISGID. */
static uint32_t changed_mode(const struct credential *who, const struct file_attr *attr,
                             const struct attr_change *change)
{
    uint32_t mode = attr->mode;
    uint32_t gid = change->set_gid ? change->gid : attr->gid;
    if (change->set_mode) {
        mode = (mode & S_IFMT) | (change->mode & 07777);
        if (who->uid != 0 && !credential_in_group(who, gid)) {
            mode &= ~(uint32_t)S_ISGID;
        }
        return mode;
    }
    bool written = change->set_size && who->uid != 0;
    if (!S_ISDIR(mode) && (change->set_uid || change->set_gid || written)) {
        mode &= ~(uint32_t)S_ISUID;
        if (mode & S_IXGRP) {
            mode &= ~(uint32_t)S_ISGID;
        }
    }
    return mode;
}

static int apply_change(struct export_fs *fs, const struct credential *who, struct file *file,
                        const struct attr_change *change)
{
    int error = change->set_size ? set_size(fs, file, change->size) : 0;
    if (error) {
        return error;
    }
    struct fs_owner owner = fs_owner_of(&file->attr);
    owner.mode = changed_mode(who, &file->attr, change);
    owner.uid = change->set_uid ? change->uid : owner.uid;
    owner.gid = change->set_gid ? change->gid : owner.gid;
    if (S_ISLNK(owner.mode)) {
        owner.mode = file->attr.mode; /* a symbolic link's permissions mean nothing and stay 0777 */
    }
    struct fs_owner before = fs_owner_of(&file->attr);
    if (!owner_equal(&owner, &before)) {
        error = fs_store_owner(fs, file, &owner);
    }
    return error ? error : fs_set_times(file, change);
}

int fs_set_attr(struct export_fs *fs, const struct credential *who, struct file *file,
                const struct attr_change *change)
{
    if (fs->read_only) {
        return EROFS;
    }
    int error = permission_change_attr(who, &file->attr, change);
    if (!error) {
        error = apply_change(fs, who, file, change);
    }
    if (!error) {
        error = fs_sync(fs, file);
    }
    return error ? error : fs_refresh_attr(fs, file);
}
