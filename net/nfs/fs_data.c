/* SPDX-License-Identifier: MIT */
/* The contents of files and symbolic links. */
#include "net/nfs/export_fs_internal.h"

#include <errno.h>
#include <unistd.h>
#include <sys/statvfs.h>

#include "net/nfs/permission.h"

static int check_regular(const struct file *file)
{
    if (S_ISDIR(file->attr.mode)) {
        return EISDIR;
    }
    return S_ISREG(file->attr.mode) ? 0 : EINVAL;
}

int fs_read(struct export_fs *fs, const struct credential *who, const struct file *file,
            uint64_t offset, uint8_t *data, size_t size, size_t *got, bool *eof)
{
    int fd;
    int error = check_regular(file);
    if (!error && !permission_read_data(who, &file->attr)) {
        error = EACCES;
    }
    *got = 0;
    *eof = offset >= file->attr.size;
    if (error || *eof) {
        return error;
    }
    error = fs_data_fd(fs, file, false, &fd);
    while (!error && *got < size) {
        ssize_t part = pread(fd, data + *got, size - *got, (off_t)(offset + *got));
        if (part == 0) {
            break;
        }
        if (part < 0 && errno != EINTR) {
            error = errno;
        }
        *got += part > 0 ? (size_t)part : 0;
    }
    *eof = !error && offset + *got >= file->attr.size;
    return error;
}

static int write_all(int fd, const uint8_t *data, size_t size, uint64_t offset)
{
    while (size > 0) {
        ssize_t part = pwrite(fd, data, size, (off_t)offset);
        if (part < 0 && errno != EINTR) {
            return errno;
        }
        if (part > 0) {
            data += part;
            size -= (size_t)part;
            offset += (uint64_t)part;
        }
    }
    return 0;
}

static int make_stable(struct export_fs *fs, const struct file *file, int fd,
                       enum fs_stability stability)
{
    if (stability == FS_GATHERED) {
        data_fds_leave_behind(&fs->data_fds, &file->id);
    }
    if (stability == FS_UNSTABLE || stability == FS_GATHERED) {
        return 0;
    }
    return (stability == FS_DATA_SYNC ? fdatasync(fd) : fsync(fd)) ? errno : 0;
}

/* Who writes without being root gets no set-id program in return. */
static int drop_set_id(struct export_fs *fs, const struct credential *who, struct file *file)
{
    if (who->uid == 0 || !(file->attr.mode & (S_ISUID | S_ISGID))) {
        return 0;
    }
    struct fs_owner owner = fs_owner_of(&file->attr);
    owner.mode &= ~(uint32_t)(S_ISUID | (owner.mode & S_IXGRP ? S_ISGID : 0));
    return fs_store_owner(fs, file, &owner);
}

int fs_write(struct export_fs *fs, const struct credential *who, struct file *file, uint64_t offset,
             const void *data, size_t size, enum fs_stability stability)
{
    int fd;
    int error = fs->read_only ? EROFS : check_regular(file);
    if (!error && !permission_write_data(who, &file->attr)) {
        error = EACCES;
    }
    if (!error && (offset > INT64_MAX || size > INT64_MAX - offset)) {
        error = EFBIG;
    }
    if (!error) {
        error = drop_set_id(fs, who, file);
    }
    if (!error) {
        error = fs_data_fd(fs, file, true, &fd);
    }
    if (!error) {
        error = write_all(fd, data, size, offset);
    }
    if (!error) {
        error = make_stable(fs, file, fd, stability);
    }
    return error ? error : fs_refresh_attr(fs, file);
}

int fs_commit(struct export_fs *fs, const struct credential *who, const struct file *file)
{
    int fd;
    int error = check_regular(file);
    if (!error && !permission_write_data(who, &file->attr)) {
        error = EACCES;
    }
    if (!error) {
        error = fs_data_fd(fs, file, false, &fd);
    }
    return error ? error : make_stable(fs, file, fd, FS_FILE_SYNC);
}

bool export_fs_is_behind(const struct export_fs *fs)
{
    return fs->data_fds.any_behind;
}

int export_fs_settle(struct export_fs *fs)
{
    return data_fds_settle(&fs->data_fds);
}

int fs_read_link(struct export_fs *fs, const struct file *file, char *text, size_t size,
                 size_t *length)
{
    if (!S_ISLNK(file->attr.mode)) {
        return EINVAL;
    }
    ssize_t got = readlinkat(file->fd, "", text, size);
    if (got < 0) {
        return errno;
    }
    *length = (size_t)got;
    return (size_t)got == size ? ENAMETOOLONG : 0;
}

int fs_space(struct export_fs *fs, const struct file *file, struct fs_space *space)
{
    struct statvfs st;
    if (fstatvfs(file->fd, &st)) {
        return errno;
    }
    *space = (struct fs_space){
        .total_bytes = (uint64_t)st.f_blocks * st.f_frsize,
        .free_bytes = (uint64_t)st.f_bfree * st.f_frsize,
        .available_bytes = (uint64_t)st.f_bavail * st.f_frsize,
        .total_files = st.f_files,
        .free_files = st.f_ffree,
        .available_files = st.f_favail,
        .block_size = (uint32_t)st.f_frsize,
    };
    return 0;
}
