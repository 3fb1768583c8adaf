/* SPDX-License-Identifier: MIT */
/*
 * One exported folder as the file system the guest sees: the file layer under both versions of NFS.
 *
 * Nothing outside the folder can be reached. A file is opened by walking from the folder's own
 * descriptor, one name at a time, never through a symbolic link, and is used only if its inode is
 * the one asked for. The server reads symbolic links to the guest and follows none.
 *
 * On the host, files belong to the user who runs armlet, with permissions that always let this user
 * in; what the guest thinks they are is kept by ownership.h. No device node and no set-uid file is
 * ever made on the host.
 *
 * Functions return 0 or an errno value. Among them: ESTALE, the file is no longer in the folder;
 * EROFS, the export is read-only; EACCES, also for names that no file may have. When a change
 * returns 0 it is on disk, except for fs_write's FS_UNSTABLE and FS_GATHERED.
 */
#ifndef NET_NFS_EXPORT_FS_H
#define NET_NFS_EXPORT_FS_H

#include <stddef.h>

#include "net/nfs/fs_types.h"

struct export_fs;

/* On failure an errno value; `host_dir` is the caller's to name in the message. */
int export_fs_open(const char *host_dir, bool read_only, struct export_fs **fs);
void export_fs_close(struct export_fs *fs);
bool export_fs_is_read_only(const struct export_fs *fs);

/* Opening. The caller closes *out (SCOPED_FILE does). */
int fs_open_root(struct export_fs *fs, struct file *out);
int fs_open_id(struct export_fs *fs, const struct file_id *id, struct file *out);
/* LOOKUP: `name` may be "." or "..", which in the export's root is the root. */
int fs_lookup(struct export_fs *fs, const struct credential *who, const struct file *dir,
              const char *name, struct file *out);

/* A name as it came from the guest: copies it with a NUL, refuses what can't be a name of one file.
 */
int fs_take_name(const char *bytes, size_t length, char name[FS_NAME_SIZE]);

/* Attributes. */
int fs_refresh_attr(struct export_fs *fs, struct file *file);
int fs_set_attr(struct export_fs *fs, const struct credential *who, struct file *file,
                const struct attr_change *change);
extern const struct attr_change ATTR_CHANGE_NONE;

/* Data. */
enum fs_stability {
    FS_UNSTABLE, /* on disk after fs_commit */
    FS_GATHERED, /* on disk after export_fs_settle */
    FS_DATA_SYNC,
    FS_FILE_SYNC,
};
int fs_read(struct export_fs *fs, const struct credential *who, const struct file *file,
            uint64_t offset, uint8_t *data, size_t size, size_t *got, bool *eof);
int fs_write(struct export_fs *fs, const struct credential *who, struct file *file, uint64_t offset,
             const void *data, size_t size, enum fs_stability stability);
int fs_commit(struct export_fs *fs, const struct credential *who, const struct file *file);
/* Is there gathered data that is not on disk? It is when export_fs_settle has returned 0. */
bool export_fs_is_behind(const struct export_fs *fs);
int export_fs_settle(struct export_fs *fs);
/* The target's text, without a NUL. */
int fs_read_link(struct export_fs *fs, const struct file *file, char *text, size_t size,
                 size_t *length);

/* Creation. The new file belongs to `who`, unless `change` says otherwise and may. */
enum fs_create_how { FS_UNCHECKED, FS_GUARDED, FS_EXCLUSIVE };
struct fs_create_mode {
    enum fs_create_how how;
    uint32_t verifier[2]; /* FS_EXCLUSIVE: a repeated creation with the same verifier succeeds */
};
int fs_create(struct export_fs *fs, const struct credential *who, const struct file *dir,
              const char *name, struct fs_create_mode mode, const struct attr_change *change,
              struct file *out);
int fs_mkdir(struct export_fs *fs, const struct credential *who, const struct file *dir,
             const char *name, const struct attr_change *change, struct file *out);
int fs_symlink(struct export_fs *fs, const struct credential *who, const struct file *dir,
               const char *name, const char *target, const struct attr_change *change,
               struct file *out);
/* `type` is S_IFCHR, S_IFBLK, S_IFIFO or S_IFSOCK. */
int fs_mknod(struct export_fs *fs, const struct credential *who, const struct file *dir,
             const char *name, uint32_t type, uint32_t major, uint32_t minor,
             const struct attr_change *change, struct file *out);

/* Names. */
int fs_remove(struct export_fs *fs, const struct credential *who, const struct file *dir,
              const char *name);
int fs_rmdir(struct export_fs *fs, const struct credential *who, const struct file *dir,
             const char *name);
int fs_rename(struct export_fs *fs, const struct credential *who, const struct file *from_dir,
              const char *from, const struct file *to_dir, const char *to);
int fs_link(struct export_fs *fs, const struct credential *who, const struct file *file,
            const struct file *dir, const char *name);

/*
 * Directories. Cookies (listing.h) fit 32 bits; 0 is the start. The visitor returns false when it
 * has no room for this entry, which ends the call with *eof false.
 */
struct fs_entry {
    const char *name;
    uint64_t fileid;
    uint32_t cookie; /* resumes behind this entry */
};
typedef bool fs_visitor(void *ctx, const struct fs_entry *entry);
int fs_list(struct export_fs *fs, const struct credential *who, const struct file *dir,
            uint32_t cookie, fs_visitor *visit, void *ctx, bool *eof);

/* Space and inodes of the host's file system. */
struct fs_space {
    uint64_t total_bytes, free_bytes, available_bytes;
    uint64_t total_files, free_files, available_files;
    uint32_t block_size;
};
int fs_space(struct export_fs *fs, const struct file *file, struct fs_space *space);

#endif
