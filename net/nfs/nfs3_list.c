/* SPDX-License-Identifier: MIT */
/*
 * NFS version 3 (RFC 1813): READDIR and READDIRPLUS.
 *
 * Cookies never become invalid (listing.h), so the cookie verifier is always zero and is not
 * checked.
 */
#include "net/nfs/nfs3_internal.h"

#include <string.h>

/* Bytes on the wire. */
#define ATTR_SIZE   88                /* post_op_attr with its fattr3 */
#define HANDLE_ROOM (8 + HANDLE_SIZE) /* post_op_fh3 with a handle */
#define RESULT_SIZE                                                                                \
    (4 + ATTR_SIZE + 8 + 4 + 4) /* status, attributes, verifier, end of list, eof                  \
                                 */

static size_t padded(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

/* A list being filled until the client's counts are reached. */
struct reading {
    struct rpc_call *call;
    struct served_export *export;
    const struct file *dir;
    size_t room;     /* bytes of the reply */
    size_t dir_room; /* READDIRPLUS: bytes of names and cookies alone */
    entry3 **next;
    entryplus3 **next_plus;
};

static bool copy_name(struct rpc_call *call, const char *name, filename3 *copy)
{
    size_t length = strlen(name);
    char *text = rpc_alloc(call, length + 1);
    if (text) {
        memcpy(text, name, length);
        *copy = (filename3){ (u_int)length, text };
    }
    return text != NULL;
}

/* "follows", fileid, the name's length, the name, cookie */
static size_t name_size(const struct fs_entry *entry)
{
    return 24 + padded(strlen(entry->name));
}

static bool add_entry(void *ctx, const struct fs_entry *from)
{
    struct reading *reading = ctx;
    size_t size = name_size(from);
    entry3 *entry = size <= reading->room ? rpc_alloc(reading->call, sizeof *entry) : NULL;
    if (!entry || !copy_name(reading->call, from->name, &entry->name)) {
        return false;
    }
    entry->fileid = from->fileid;
    entry->cookie = from->cookie;
    *reading->next = entry;
    reading->next = &entry->nextentry;
    reading->room -= size;
    return true;
}

/* Attributes and handle are a courtesy: without the permission to look a name up they are left out.
 */
static void add_attributes(struct reading *reading, entryplus3 *entry, const char *name)
{
    SCOPED_FILE(file);
    struct rpc_call *call = reading->call;
    if (fs_lookup(reading->export->fs, &call->who, reading->dir, name, &file) == 0) {
        entry->name_attributes = nfs3_post_op(reading->export, &file);
        entry->name_handle.post_op_fh3_u.handle = nfs3_handle(call, reading->export, &file);
        entry->name_handle.handle_follows =
            entry->name_handle.post_op_fh3_u.handle.data.data_len != 0;
    }
}

static bool add_entry_plus(void *ctx, const struct fs_entry *from)
{
    struct reading *reading = ctx;
    size_t dir_size = name_size(from);
    size_t size = dir_size + ATTR_SIZE + HANDLE_ROOM;
    bool fits = size <= reading->room && dir_size <= reading->dir_room;
    entryplus3 *entry = fits ? rpc_alloc(reading->call, sizeof *entry) : NULL;
    if (!entry || !copy_name(reading->call, from->name, &entry->name)) {
        return false;
    }
    entry->fileid = from->fileid;
    entry->cookie = from->cookie;
    add_attributes(reading, entry, from->name);
    *reading->next_plus = entry;
    reading->next_plus = &entry->nextentry;
    reading->room -= size;
    reading->dir_room -= dir_size;
    return true;
}

static size_t room_for_entries(const struct rpc_call *call, uint32_t count)
{
    size_t most = nfs3_data_max(call);
    size_t room = count < most ? count : most;
    return room > RESULT_SIZE ? room - RESULT_SIZE : 0;
}

static int list(struct reading *reading, cookie3 cookie, fs_visitor *visit, bool *eof)
{
    /* No cookie of ours is larger: behind it is the end. */
    uint32_t from = cookie < UINT32_MAX ? (uint32_t)cookie : UINT32_MAX;
    return fs_list(reading->export->fs, &reading->call->who, reading->dir, from, visit, reading,
                   eof);
}

void nfs3_readdir(struct rpc_call *call, void *argp, void *resultp)
{
    const READDIR3args *args = argp;
    READDIR3res *result = resultp;
    READDIR3resok *ok = &result->READDIR3res_u.resok;
    SCOPED_FILE(dir);
    bool eof = false;
    struct reading reading = { .call = call, .dir = &dir };
    entry3 *entries = NULL;
    reading.next = &entries;
    reading.room = room_for_entries(call, args->count);
    int error = nfs3_open(call, &args->dir, &reading.export, &dir);
    if (!error) {
        error = list(&reading, args->cookie, add_entry, &eof);
    }
    result->status = nfs3_status(error);
    if (!error && !entries && !eof) {
        result->status = NFS3ERR_TOOSMALL;
    }
    if (result->status != NFS3_OK) {
        result->READDIR3res_u.resfail.attributes = nfs3_post_op(reading.export, &dir);
        return;
    }
    ok->dir_attributes = nfs3_post_op(reading.export, &dir);
    ok->reply = (dirlist3){ entries, eof };
}

void nfs3_readdirplus(struct rpc_call *call, void *argp, void *resultp)
{
    const READDIRPLUS3args *args = argp;
    READDIRPLUS3res *result = resultp;
    READDIRPLUS3resok *ok = &result->READDIRPLUS3res_u.resok;
    SCOPED_FILE(dir);
    bool eof = false;
    struct reading reading = { .call = call, .dir = &dir, .dir_room = args->dircount };
    entryplus3 *entries = NULL;
    reading.next_plus = &entries;
    reading.room = room_for_entries(call, args->maxcount);
    int error = nfs3_open(call, &args->dir, &reading.export, &dir);
    if (!error) {
        error = list(&reading, args->cookie, add_entry_plus, &eof);
    }
    result->status = nfs3_status(error);
    if (!error && !entries && !eof) {
        result->status = NFS3ERR_TOOSMALL;
    }
    if (result->status != NFS3_OK) {
        result->READDIRPLUS3res_u.resfail.attributes = nfs3_post_op(reading.export, &dir);
        return;
    }
    ok->dir_attributes = nfs3_post_op(reading.export, &dir);
    ok->reply = (dirlistplus3){ entries, eof };
}
