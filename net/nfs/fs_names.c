/* SPDX-License-Identifier: MIT */
/* Names that go, move or are added to a file. */
#include "net/nfs/export_fs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "net/nfs/permission.h"

int fs_check_change(const struct export_fs *fs, const char *name, int dots)
{
    if (fs->read_only) {
        return EROFS;
    }
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        return dots;
    }
    return fs_is_hidden(name) ? EACCES : 0;
}

/* `file` was called `name` in `dir` and is no longer. With its last name goes all that is kept
 * about it. */
static void forget_name(struct export_fs *fs, const struct file *dir, const char *name,
                        const struct file *file)
{
    struct stat now;
    bool gone = S_ISDIR(file->host.st_mode) || (fstat(file->fd, &now) == 0 && now.st_nlink == 0);
    struct inode *inode = inode_table_find(fs->inodes, &file->id);
    bool was_here = inode && inode->parent && file_id_equal(&inode->parent->id, &dir->id) &&
                    strcmp(inode->name, name) == 0;
    if (inode && (gone || was_here)) {
        inode_table_unplace(fs->inodes, inode);
        inode->removed = gone;
    }
    if (gone) {
        data_fds_drop(&fs->data_fds, &file->id);
        listings_drop(&fs->listings, &file->id);
        /* The name is gone already; a record that stays is never looked at again. */
        ownership_clear(fs->ownership, &file->id);
    }
}

static int remove_name(struct export_fs *fs, const struct credential *who, const struct file *dir,
                       const char *name, bool directory)
{
    SCOPED_FILE(victim);
    int error = fs_check_change(fs, name, EINVAL);
    if (!error) {
        error = fs_lookup(fs, who, dir, name, &victim);
    }
    if (!error) {
        error = permission_change_names(who, &dir->attr, &victim.attr);
    }
    if (!error && S_ISDIR(victim.attr.mode) != directory) {
        error = directory ? ENOTDIR : EISDIR;
    }
    if (error) {
        return error;
    }
    fs_let_us_in(fs, dir);
    if (unlinkat(dir->fd, name, directory ? AT_REMOVEDIR : 0)) {
        return errno == EEXIST ? ENOTEMPTY : errno;
    }
    forget_name(fs, dir, name, &victim);
    return fs_sync(fs, dir);
}

int fs_remove(struct export_fs *fs, const struct credential *who, const struct file *dir,
              const char *name)
{
    return remove_name(fs, who, dir, name, false);
}

int fs_rmdir(struct export_fs *fs, const struct credential *who, const struct file *dir,
             const char *name)
{
    return remove_name(fs, who, dir, name, true);
}

/* Opens what the rename would move and, if there is one, what it would replace. */
static int check_rename(struct export_fs *fs, const struct credential *who,
                        const struct file *from_dir, const char *from, const struct file *to_dir,
                        const char *to, struct file *source, struct file *target)
{
    int error = fs_check_change(fs, from, EINVAL);
    if (!error) {
        error = fs_check_change(fs, to, EINVAL);
    }
    if (!error) {
        error = fs_lookup(fs, who, from_dir, from, source);
    }
    if (!error) {
        error = permission_change_names(who, &from_dir->attr, &source->attr);
    }
    if (error) {
        return error;
    }
    error = fs_lookup(fs, who, to_dir, to, target);
    if (error && error != ENOENT) {
        return error;
    }
    error = permission_change_names(who, &to_dir->attr, error ? NULL : &target->attr);
    /* A directory's ".." changes when it moves. */
    if (!error && S_ISDIR(source->attr.mode) && !file_id_equal(&from_dir->id, &to_dir->id) &&
        !permission_granted(who, &source->attr, WANT_WRITE)) {
        error = EACCES;
    }
    return error;
}

int fs_rename(struct export_fs *fs, const struct credential *who, const struct file *from_dir,
              const char *from, const struct file *to_dir, const char *to)
{
    SCOPED_FILE(source);
    SCOPED_FILE(target);
    int error = check_rename(fs, who, from_dir, from, to_dir, to, &source, &target);
    if (error) {
        return error;
    }
    if (target.fd >= 0 && file_id_equal(&source.id, &target.id)) {
        return 0; /* POSIX, rename(): two names of one file stay as they are */
    }
    fs_let_us_in(fs, from_dir);
    fs_let_us_in(fs, to_dir);
    if (renameat(from_dir->fd, from, to_dir->fd, to)) {
        return errno == EEXIST ? ENOTEMPTY : errno;
    }
    if (target.fd >= 0) {
        forget_name(fs, to_dir, to, &target);
    }
    struct inode *parent = inode_table_find(fs->inodes, &to_dir->id);
    if (parent) {
        inode_table_place(fs->inodes, &source.id, parent, to);
    }
    error = fs_sync(fs, to_dir);
    return error ? error : fs_sync(fs, from_dir);
}

int fs_link(struct export_fs *fs, const struct credential *who, const struct file *file,
            const struct file *dir, const char *name)
{
    int error = fs_check_change(fs, name, EEXIST);
    if (!error) {
        error = permission_change_names(who, &dir->attr, NULL);
    }
    if (!error && S_ISDIR(file->attr.mode)) {
        error = EISDIR;
    }
    if (error) {
        return error;
    }
    fs_let_us_in(fs, dir);
    if (linkat(AT_FDCWD, fd_path(file->fd).text, dir->fd, name, AT_SYMLINK_FOLLOW)) {
        return errno;
    }
    struct inode *parent = inode_table_find(fs->inodes, &dir->id);
    if (parent) {
        inode_table_place(fs->inodes, &file->id, parent, name);
    }
    return fs_sync(fs, dir);
}
