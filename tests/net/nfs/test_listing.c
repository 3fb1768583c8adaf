/* SPDX-License-Identifier: MIT */
/* READDIR and READDIRPLUS, their cookies and their bounds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/net/nfs/suite.h"

#define MANY 2000

struct seen {
    int dots;
    int other;
    unsigned char file[MANY];
};

static void note(const char *name, void *ctx)
{
    struct seen *seen = ctx;
    unsigned number;
    if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        seen->dots++;
    } else if (sscanf(name, "file%u", &number) == 1 && number < MANY) {
        seen->file[number]++;
    } else {
        seen->other++;
    }
}

static void make_many(void)
{
    for (int i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof name, "file%d", i);
        host_write(name, "");
    }
}

static void list_all(struct seen *seen)
{
    uint64_t cookie = 0;
    for (bool eof = false; !eof;) {
        ck_assert_int_eq(readdir3(root3(), &cookie, 4096, &eof, note, seen), NFS3_OK);
        ck_assert_uint_le(client.reply_size, 24 + 4096);
    }
}

START_TEST(every_name_is_listed_once)
{
    struct seen seen = { 0 };
    make_many();
    list_all(&seen);
    ck_assert_int_eq(seen.dots, 2);
    ck_assert_int_eq(seen.other, 0);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(seen.file[i], 1);
    }
}
END_TEST

static void remove_and_note(const char *name, void *ctx)
{
    note(name, ctx);
    if (name[0] == 'f') {
        ck_assert_int_eq(unlink(host_path(name)), 0);
    }
}

START_TEST(removing_what_was_listed_skips_nothing)
{
    struct seen seen = { 0 };
    uint64_t cookie = 0;
    make_many();
    int calls = 0;
    for (bool eof = false; !eof; calls++) {
        ck_assert_int_eq(readdir3(root3(), &cookie, 1024, &eof, remove_and_note, &seen), NFS3_OK);
        /* As after a restart or when other directories were read: the listing is read again. */
        if (calls % 3 == 0) {
            client_restart();
        }
    }
    ck_assert_int_gt(calls, 10);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(seen.file[i], 1);
    }
    struct seen rest = { 0 };
    list_all(&rest);
    ck_assert_int_eq(rest.other, 0);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(rest.file[i], 0);
    }
}
END_TEST

START_TEST(names_removed_meanwhile_are_not_listed)
{
    struct seen seen = { 0 };
    uint64_t cookie = 0;
    bool eof;
    make_many();
    ck_assert_int_eq(readdir3(root3(), &cookie, 1024, &eof, note, &seen), NFS3_OK);
    memset(&seen, 0, sizeof seen);
    for (int i = 0; i < MANY; i++) {
        char name[16];
        snprintf(name, sizeof name, "file%d", i);
        unlink(host_path(name));
    }
    ck_assert_int_eq(readdir3(root3(), &cookie, 4096, &eof, note, &seen), NFS3_OK);
    ck_assert(eof);
    for (int i = 0; i < MANY; i++) {
        ck_assert_int_eq(seen.file[i], 0);
    }
}
END_TEST

START_TEST(a_count_without_room_for_one_name_is_too_small)
{
    struct seen seen = { 0 };
    uint64_t cookie = 0;
    bool eof;
    ck_assert_int_eq(readdir3(root3(), &cookie, 100, &eof, note, &seen), NFS3ERR_TOOSMALL);
}
END_TEST

START_TEST(a_cookie_beyond_the_last_is_the_end)
{
    struct seen seen = { 0 };
    uint64_t cookie = UINT64_MAX;
    bool eof = false;
    host_write("file1", "");
    ck_assert_int_eq(readdir3(root3(), &cookie, 4096, &eof, note, &seen), NFS3_OK);
    ck_assert(eof);
    ck_assert_int_eq(seen.file[1], 0);
}
END_TEST

START_TEST(only_directories_that_may_be_read_are_listed)
{
    struct seen seen = { 0 };
    struct fh dir;
    struct fh file;
    uint64_t cookie = 0;
    bool eof;
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    ck_assert_int_eq(readdir3(file, &cookie, 4096, &eof, note, &seen), NFS3ERR_NOTDIR);
    ck_assert_int_eq(mkdir3(root3(), "dir", 0711, &dir), NFS3_OK);
    client.uid = client.gid = 5;
    ck_assert_int_eq(readdir3(dir, &cookie, 4096, &eof, note, &seen), NFS3ERR_ACCES);
}
END_TEST

/* One READDIRPLUS; the number of entries, and whether their attributes and handles agree with
 * GETATTR. */
static int list_plus(struct fh dir, uint64_t *cookie, uint32_t dircount, uint32_t maxcount,
                     bool *eof)
{
    READDIRPLUS3args args = { wire3(&dir), *cookie, { 0 }, dircount, maxcount };
    READDIRPLUS3res result = { 0 };
    client_call(NFS3_PROGRAM, NFS_V3, NFSPROC3_READDIRPLUS, (xdrproc_t)xdr_READDIRPLUS3args, &args,
                (xdrproc_t)xdr_READDIRPLUS3res, &result);
    ck_assert_int_eq(result.status, NFS3_OK);
    ck_assert_uint_le(client.reply_size, 24 + (uint64_t)maxcount);
    int count = 0;
    for (entryplus3 *e = result.READDIRPLUS3res_u.resok.reply.entries; e; e = e->nextentry) {
        ck_assert(e->name_attributes.attributes_follow && e->name_handle.handle_follows);
        fattr3 attr = attr3(plain3(&e->name_handle.post_op_fh3_u.handle));
        ck_assert_uint_eq(attr.fileid, e->fileid);
        ck_assert_uint_eq(attr.fileid, e->name_attributes.post_op_attr_u.attributes.fileid);
        *cookie = e->cookie;
        count++;
    }
    *eof = result.READDIRPLUS3res_u.resok.reply.eof;
    xdr_free((xdrproc_t)xdr_READDIRPLUS3res, (char *)&result);
    return count;
}

START_TEST(readdirplus_adds_attributes_and_handles)
{
    uint64_t cookie = 0;
    int count = 0;
    make_many();
    for (bool eof = false; !eof;) {
        count += list_plus(root3(), &cookie, 1024, 8192, &eof);
    }
    ck_assert_int_eq(count, MANY + 2);
}
END_TEST

START_TEST(the_largest_listing_reply_fits)
{
    uint64_t cookie = 0;
    bool eof;
    make_many();
    client.tcp = true;
    int count = list_plus(root3(), &cookie, UINT32_MAX, UINT32_MAX, &eof);
    ck_assert_int_gt(count, 350);
    client.tcp = false;
    cookie = 0;
    count = list_plus(root3(), &cookie, UINT32_MAX, UINT32_MAX, &eof);
    ck_assert_int_gt(count, 150);
    ck_assert_uint_le(client.reply_size, 65507);
}
END_TEST

SUITE(listing, every_name_is_listed_once, removing_what_was_listed_skips_nothing,
      names_removed_meanwhile_are_not_listed, a_count_without_room_for_one_name_is_too_small,
      a_cookie_beyond_the_last_is_the_end, only_directories_that_may_be_read_are_listed,
      readdirplus_adds_attributes_and_handles, the_largest_listing_reply_fits)
