/* SPDX-License-Identifier: MIT */
/* New files, of every type. */
#include "net/nfs/export_fs_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "net/nfs/permission.h"

struct new_node {
    uint32_t type; /* S_IFREG, ... */
    uint32_t default_mode;
    uint32_t rdev_major;
    uint32_t rdev_minor;
    const char *target; /* of a symbolic link */
};

static const struct new_node NEW_FILE = { .type = S_IFREG, .default_mode = 0644 };

/* POSIX, open(): the caller's user and group; BSD's rule for the group in a set-gid directory. */
static struct fs_owner new_owner(const struct credential *who, const struct file *dir,
                                 const struct new_node *node, const struct attr_change *change)
{
    struct fs_owner owner = {
        .mode = node->type | ((change->set_mode ? change->mode : node->default_mode) & 07777),
        .uid = who->uid,
        .gid = who->gid,
        .rdev_major = node->rdev_major,
        .rdev_minor = node->rdev_minor,
    };
    if (dir->attr.mode & S_ISGID) {
        owner.gid = dir->attr.gid;
        owner.mode |= node->type == S_IFDIR ? S_ISGID : 0;
    }
    if (change->set_uid && who->uid == 0) {
        owner.uid = change->uid;
    }
    if (change->set_gid && (who->uid == 0 || credential_in_group(who, change->gid))) {
        owner.gid = change->gid;
    }
    if (node->type == S_IFLNK) {
        owner.mode = S_IFLNK | 0777;
    }
    return owner;
}

/* The host's part: devices, FIFOs and sockets are empty files there. */
static int make_on_host(const struct file *dir, const char *name, const struct new_node *node,
                        mode_t mode)
{
    if (node->type == S_IFDIR) {
        return mkdirat(dir->fd, name, mode) ? errno : 0;
    }
    if (node->type == S_IFLNK) {
        return symlinkat(node->target, dir->fd, name) ? errno : 0;
    }
    int fd = openat(dir->fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        return errno;
    }
    close(fd);
    return 0;
}

static int dress(struct export_fs *fs, const struct credential *who, const struct fs_owner *owner,
                 const struct attr_change *change, struct file *file)
{
    struct attr_change rest = *change;
    rest.set_mode = rest.set_uid = rest.set_gid = false;
    rest.set_size = change->set_size && change->size > 0 && S_ISREG(owner->mode);
    int error = fs_store_owner(fs, file, owner);
    if (!error &&
        (rest.set_size || rest.atime.tv_nsec != UTIME_OMIT || rest.mtime.tv_nsec != UTIME_OMIT)) {
        return fs_set_attr(fs, who, file, &rest);
    }
    return error ? error : fs_sync(fs, file);
}

static int make(struct export_fs *fs, const struct credential *who, const struct file *dir,
                const char *name, const struct new_node *node, const struct attr_change *change,
                struct file *out)
{
    int error = fs_check_change(fs, name, EEXIST);
    if (!error) {
        error = permission_change_names(who, &dir->attr, NULL);
    }
    if (error) {
        return error;
    }
    fs_let_us_in(fs, dir);
    struct fs_owner owner = new_owner(who, dir, node, change);
    error = make_on_host(dir, name, node, fs_host_mode(fs, owner.mode));
    if (error) {
        return error;
    }
    error = fs_open_child(fs, dir, name, out);
    if (!error) {
        error = dress(fs, who, &owner, change, out);
    }
    if (error) {
        unlinkat(dir->fd, name, node->type == S_IFDIR ? AT_REMOVEDIR : 0);
        return error;
    }
    return fs_sync(fs, dir);
}

/*
 * RFC 1813, 3.3.8: a creation that is repeated because its reply was lost must be told from one
 * that finds somebody else's file. The verifier waits in the file's times until the client sets
 * these.
 */
static void put_verifier(struct attr_change *change, const uint32_t verifier[2])
{
    change->atime = (struct timespec){ .tv_sec = verifier[0] & INT32_MAX };
    change->mtime = (struct timespec){ .tv_sec = verifier[1] & INT32_MAX };
}

static bool has_verifier(const struct file_attr *attr, const uint32_t verifier[2])
{
    return attr->size == 0 && attr->atime.tv_sec == (verifier[0] & INT32_MAX) &&
           attr->mtime.tv_sec == (verifier[1] & INT32_MAX);
}

static int create_existing(struct export_fs *fs, const struct credential *who, struct file *file,
                           struct fs_create_mode mode, const struct attr_change *change)
{
    if (mode.how == FS_EXCLUSIVE) {
        bool same = S_ISREG(file->attr.mode) && has_verifier(&file->attr, mode.verifier);
        return same ? 0 : EEXIST;
    }
    if (mode.how == FS_GUARDED || !S_ISREG(file->attr.mode)) {
        return S_ISDIR(file->attr.mode) && mode.how == FS_UNCHECKED ? EISDIR : EEXIST;
    }
    if (!change->set_size) {
        return fs->read_only ? EROFS : 0;
    }
    struct attr_change size = ATTR_CHANGE_NONE;
    size.set_size = true;
    size.size = change->size;
    return fs_set_attr(fs, who, file, &size);
}

int fs_create(struct export_fs *fs, const struct credential *who, const struct file *dir,
              const char *name, struct fs_create_mode mode, const struct attr_change *change,
              struct file *out)
{
    int error = fs_check_change(fs, name, EEXIST);
    if (!error) {
        error = fs_lookup(fs, who, dir, name, out);
    }
    if (!error) {
        return create_existing(fs, who, out, mode, change);
    }
    if (error != ENOENT) {
        return error;
    }
    struct new_node node = NEW_FILE;
    struct attr_change with_verifier = *change;
    if (mode.how == FS_EXCLUSIVE) {
        node.default_mode = 0600; /* the client's SETATTR follows */
        put_verifier(&with_verifier, mode.verifier);
    }
    return make(fs, who, dir, name, &node, &with_verifier, out);
}

int fs_mkdir(struct export_fs *fs, const struct credential *who, const struct file *dir,
             const char *name, const struct attr_change *change, struct file *out)
{
    struct new_node node = { .type = S_IFDIR, .default_mode = 0755 };
    return make(fs, who, dir, name, &node, change, out);
}

int fs_symlink(struct export_fs *fs, const struct credential *who, const struct file *dir,
               const char *name, const char *target, const struct attr_change *change,
               struct file *out)
{
    struct new_node node = { .type = S_IFLNK, .target = target };
    return make(fs, who, dir, name, &node, change, out);
}

int fs_mknod(struct export_fs *fs, const struct credential *who, const struct file *dir,
             const char *name, uint32_t type, uint32_t major, uint32_t minor,
             const struct attr_change *change, struct file *out)
{
    bool device = type == S_IFCHR || type == S_IFBLK;
    if (device && who->uid != 0) {
        return EPERM;
    }
    struct new_node node = { .type = type, .default_mode = 0644 };
    if (device) {
        node.rdev_major = major;
        node.rdev_minor = minor;
    }
    return make(fs, who, dir, name, &node, change, out);
}
