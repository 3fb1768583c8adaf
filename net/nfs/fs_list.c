/* SPDX-License-Identifier: MIT */
/* Reading directories. */
#include "net/nfs/export_fs_internal.h"

#include <errno.h>
#include <fcntl.h>

#include "net/nfs/permission.h"

static int get_listing(struct export_fs *fs, const struct file *dir, bool fresh,
                       struct listing **listing)
{
    int error = listings_get(&fs->listings, &dir->id, dir->fd, fresh, fs_is_hidden, listing);
    if (error == EACCES && fs_let_us_in(fs, dir) == 0) {
        error = listings_get(&fs->listings, &dir->id, dir->fd, fresh, fs_is_hidden, listing);
    }
    return error;
}

static uint64_t parent_fileid(struct export_fs *fs, const struct file *dir)
{
    struct stat st;
    bool root = file_id_equal(&dir->id, &fs->root_id);
    return root || fstatat(dir->fd, "..", &st, 0) ? dir->attr.fileid : fs_fileid(fs, &st);
}

/* "." and "..", which the listing leaves out. False: the visitor has no room. */
static bool visit_dots(struct export_fs *fs, const struct file *dir, uint32_t cookie,
                       fs_visitor *visit, void *ctx)
{
    struct fs_entry dot = { ".", dir->attr.fileid, COOKIE_DOT };
    if (cookie < COOKIE_DOT && !visit(ctx, &dot)) {
        return false;
    }
    if (cookie < COOKIE_DOT_DOT) {
        struct fs_entry dot_dot = { "..", parent_fileid(fs, dir), COOKIE_DOT_DOT };
        return visit(ctx, &dot_dot);
    }
    return true;
}

static bool visit_names(struct export_fs *fs, const struct file *dir, const struct listing *listing,
                        uint32_t cookie, fs_visitor *visit, void *ctx)
{
    for (size_t i = listing_after(listing, cookie); i < listing->count; i++) {
        const char *name = listing->texts + listing->names[i].text;
        struct stat st;
        if (fstatat(dir->fd, name, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT)) {
            continue; /* removed since the listing was read */
        }
        struct fs_entry entry = { name, fs_fileid(fs, &st), listing->names[i].cookie };
        if (!visit(ctx, &entry)) {
            return false;
        }
    }
    return true;
}

int fs_list(struct export_fs *fs, const struct credential *who, const struct file *dir,
            uint32_t cookie, fs_visitor *visit, void *ctx, bool *eof)
{
    if (!S_ISDIR(dir->attr.mode)) {
        return ENOTDIR;
    }
    if (!permission_granted(who, &dir->attr, WANT_READ)) {
        return EACCES;
    }
    struct listing *listing;
    int error = get_listing(fs, dir, cookie == COOKIE_START, &listing);
    if (error) {
        return error;
    }
    *eof = visit_dots(fs, dir, cookie, visit, ctx) &&
           visit_names(fs, dir, listing, cookie, visit, ctx);
    if (*eof) {
        listings_drop(&fs->listings, &dir->id);
    }
    return 0;
}
