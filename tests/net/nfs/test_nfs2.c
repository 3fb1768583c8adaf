/* SPDX-License-Identifier: MIT */
/* NFS version 2: RFC 1094, "Server Procedures". */
#include <string.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/net/nfs/suite.h"

#define CALL2(proc, args_type, args, result_type, result)                                          \
    client_call(NFS2_PROGRAM, NFS_V2, proc, (xdrproc_t)xdr_##args_type, args,                      \
                (xdrproc_t)xdr_##result_type, result)

static sattr2 with_mode(uint32_t mode)
{
    sattr2 attr = no_change2();
    attr.mode = mode;
    return attr;
}

static struct fh make_file(const char *name)
{
    struct fh file;
    ck_assert_int_eq(create2(root2(), name, with_mode(0644), &file), NFS_OK);
    return file;
}

static nfsstat2 unname(uint32_t proc, struct fh dir, const char *name)
{
    diropargs args = where2(dir, name);
    nfsstat2 status = NFS_OK;
    CALL2(proc, diropargs, &args, nfsstat2, &status);
    return status;
}

static fattr2 attr2(struct fh file)
{
    fattr2 attr;
    ck_assert_int_eq(getattr2(file, &attr), NFS_OK);
    return attr;
}

START_TEST(getattr_describes_the_root)
{
    fattr2 attr = attr2(root2());
    ck_assert_int_eq(attr.type, NFDIR);
    ck_assert_uint_eq(attr.mode & S_IFMT, S_IFDIR);
    ck_assert_uint_eq(attr.uid, 0);
    ck_assert_uint_eq(attr.gid, 0);
}
END_TEST

START_TEST(a_handle_that_is_none_is_stale)
{
    fattr2 attr;
    struct fh zeros = { { 0 } };
    ck_assert_int_eq(getattr2(zeros, &attr), NFSERR_STALE);
    struct fh root = root2();
    root.bytes[20] ^= 1;
    ck_assert_int_eq(getattr2(root, &attr), NFSERR_STALE);
}
END_TEST

START_TEST(what_is_written_is_read_and_on_the_host)
{
    struct fh file = make_file("file");
    char data[64];
    uint32_t got;
    ck_assert_int_eq(write2(file, 0, "hello world", 11), NFS_OK);
    ck_assert_int_eq(write2(file, 6, "there", 5), NFS_OK);
    ck_assert_str_eq(host_read("file"), "hello there");
    ck_assert_int_eq(read2(file, 0, 64, data, &got), NFS_OK);
    ck_assert_uint_eq(got, 11);
    ck_assert_mem_eq(data, "hello there", 11);
    ck_assert_int_eq(read2(file, 6, 3, data, &got), NFS_OK);
    ck_assert_uint_eq(got, 3);
    ck_assert_mem_eq(data, "the", 3);
    ck_assert_int_eq(read2(file, 11, 8, data, &got), NFS_OK);
    ck_assert_uint_eq(got, 0);
    ck_assert_uint_eq(attr2(file).size, 11);
}
END_TEST

START_TEST(beyond_two_gigabytes_is_too_big)
{
    struct fh file = make_file("file");
    ck_assert_int_eq(write2(file, 0x7ffffffe, "x", 1), NFS_OK);
    ck_assert_uint_eq(attr2(file).size, 0x7fffffff);
    ck_assert_int_eq(write2(file, 0x7fffffff, "x", 1), NFSERR_FBIG);
    ck_assert_int_eq(write2(file, 0xffffffff, "xyz", 3), NFSERR_FBIG);
    sattr2 attr = no_change2();
    attr.size = 0x80000000;
    ck_assert_int_eq(setattr2(file, attr, NULL), NFSERR_FBIG);
}
END_TEST

START_TEST(a_directory_is_neither_read_nor_written)
{
    char data[8];
    uint32_t got;
    ck_assert_int_eq(read2(root2(), 0, 8, data, &got), NFSERR_ISDIR);
    ck_assert_int_eq(write2(root2(), 0, "x", 1), NFSERR_ISDIR);
}
END_TEST

START_TEST(setattr_changes_only_what_is_set)
{
    struct fh file = make_file("file");
    fattr2 after;
    ck_assert_int_eq(write2(file, 0, "12345678", 8), NFS_OK);
    ck_assert_int_eq(setattr2(file, with_mode(0600), &after), NFS_OK);
    ck_assert_uint_eq(after.mode, S_IFREG | 0600);
    ck_assert_uint_eq(after.size, 8);
    sattr2 attr = no_change2();
    attr.size = 3;
    attr.mtime = (timeval2){ 1000000000, 5000 };
    ck_assert_int_eq(setattr2(file, attr, &after), NFS_OK);
    ck_assert_uint_eq(after.size, 3);
    ck_assert_uint_eq(after.mode, S_IFREG | 0600);
    ck_assert_uint_eq(after.mtime.seconds, 1000000000);
    ck_assert_uint_eq(after.mtime.useconds, 5000);
    ck_assert_str_eq(host_read("file"), "123");
    /* A million microseconds: the server's clock. */
    attr = no_change2();
    attr.mtime = (timeval2){ 5, 1000000 };
    ck_assert_int_eq(setattr2(file, attr, &after), NFS_OK);
    ck_assert_uint_gt(after.mtime.seconds, 1000000000);
}
END_TEST

START_TEST(lookup_finds_names_and_tells_why_not)
{
    struct fh found;
    struct fh file = make_file("file");
    ck_assert_int_eq(lookup2(root2(), "file", &found), NFS_OK);
    ck_assert_mem_eq(found.bytes, file.bytes, sizeof file.bytes);
    ck_assert_int_eq(lookup2(root2(), "none", &found), NFSERR_NOENT);
    ck_assert_int_eq(lookup2(file, "x", &found), NFSERR_NOTDIR);
    ck_assert_int_eq(lookup2(root2(), "a/b", &found), NFSERR_ACCES);
    ck_assert_int_eq(lookup2(root2(), "", &found), NFSERR_ACCES);
}
END_TEST

START_TEST(create_of_an_existing_file_truncates_it)
{
    struct fh file = make_file("file");
    struct fh again;
    sattr2 attr = with_mode(0600);
    attr.size = 0;
    ck_assert_int_eq(write2(file, 0, "12345678", 8), NFS_OK);
    ck_assert_int_eq(create2(root2(), "file", attr, &again), NFS_OK);
    ck_assert_mem_eq(again.bytes, file.bytes, sizeof file.bytes);
    ck_assert_uint_eq(attr2(file).size, 0);
}
END_TEST

START_TEST(create_makes_devices_and_fifos_as_unix_clients_ask)
{
    struct fh node;
    sattr2 attr = with_mode(S_IFCHR | 0620);
    attr.size = 4 << 8 | 64; /* ttyS0 */
    ck_assert_int_eq(create2(root2(), "ttyS0", attr, &node), NFS_OK);
    fattr2 got = attr2(node);
    ck_assert_int_eq(got.type, NFCHR);
    ck_assert_uint_eq(got.mode, S_IFCHR | 0620);
    ck_assert_uint_eq(got.rdev, 4 << 8 | 64);
    attr.mode = S_IFBLK | 0600;
    attr.size = 259 << 8 | 1 | 1 << 20; /* 259:257 */
    ck_assert_int_eq(create2(root2(), "nvme", attr, &node), NFS_OK);
    got = attr2(node);
    ck_assert_int_eq(got.type, NFBLK);
    ck_assert_uint_eq(got.rdev, 259 << 8 | 1 | 1 << 20);
    ck_assert_int_eq(create2(root2(), "fifo", with_mode(S_IFCHR | 0644), &node), NFS_OK);
    got = attr2(node);
    ck_assert_int_eq(got.type, NFCHR);
    ck_assert_uint_eq(got.mode, S_IFIFO | 0644);
    ck_assert_uint_eq(got.rdev, UINT32_MAX);
    ck_assert_int_eq(create2(root2(), "socket", with_mode(S_IFSOCK | 0644), &node), NFS_OK);
    got = attr2(node);
    ck_assert_int_eq(got.type, NFNON);
    ck_assert_uint_eq(got.mode, S_IFSOCK | 0644);
    ck_assert_int_eq(create2(root2(), "bad", with_mode(S_IFLNK | 0644), &node), NFSERR_IO);
}
END_TEST

START_TEST(remove_rename_and_link_change_names)
{
    struct fh root = root2();
    struct fh file = make_file("a");
    struct fh found;
    renameargs rename = { where2(root, "a"), where2(root, "b") };
    nfsstat2 status = NFSERR_IO;
    CALL2(NFSPROC_RENAME, renameargs, &rename, nfsstat2, &status);
    ck_assert_int_eq(status, NFS_OK);
    ck_assert_int_eq(lookup2(root, "a", &found), NFSERR_NOENT);
    linkargs link = { .to = where2(root, "c") };
    memcpy(link.from, file.bytes, sizeof link.from);
    CALL2(NFSPROC_LINK, linkargs, &link, nfsstat2, &status);
    ck_assert_int_eq(status, NFS_OK);
    ck_assert_uint_eq(attr2(file).nlink, 2);
    CALL2(NFSPROC_LINK, linkargs, &link, nfsstat2, &status);
    ck_assert_int_eq(status, NFSERR_EXIST);
    ck_assert_int_eq(unname(NFSPROC_REMOVE, root, "b"), NFS_OK);
    ck_assert_uint_eq(attr2(file).nlink, 1); /* still found, by its other name */
    ck_assert_int_eq(unname(NFSPROC_REMOVE, root, "b"), NFSERR_NOENT);
    ck_assert_int_eq(unname(NFSPROC_RMDIR, root, "c"), NFSERR_NOTDIR);
    ck_assert_int_eq(unname(NFSPROC_REMOVE, root, "c"), NFS_OK);
    fattr2 attr;
    ck_assert_int_eq(getattr2(file, &attr), NFSERR_STALE);
}
END_TEST

START_TEST(symlink_and_readlink_keep_the_text)
{
    struct fh link;
    symlinkargs args = { where2(root2(), "link"), { 11, (char *)"/etc/passwd" }, with_mode(0777) };
    nfsstat2 status = NFSERR_IO;
    CALL2(NFSPROC_SYMLINK, symlinkargs, &args, nfsstat2, &status);
    ck_assert_int_eq(status, NFS_OK);
    ck_assert_int_eq(lookup2(root2(), "link", &link), NFS_OK);
    ck_assert_int_eq(attr2(link).type, NFLNK);
    readlinkres result = { 0 };
    CALL2(NFSPROC_READLINK, fhandle2, link.bytes, readlinkres, &result);
    ck_assert_int_eq(result.status, NFS_OK);
    ck_assert_uint_eq(result.readlinkres_u.data.path2_len, 11);
    ck_assert_mem_eq(result.readlinkres_u.data.path2_val, "/etc/passwd", 11);
    xdr_free((xdrproc_t)xdr_readlinkres, (char *)&result);
    char data[8];
    uint32_t got;
    ck_assert_int_eq(read2(link, 0, 8, data, &got), NFSERR_IO);
}
END_TEST

START_TEST(mkdir_and_rmdir)
{
    createargs args = { where2(root2(), "dir"), with_mode(0750) };
    diropres result = { 0 };
    CALL2(NFSPROC_MKDIR, createargs, &args, diropres, &result);
    ck_assert_int_eq(result.status, NFS_OK);
    ck_assert_uint_eq(result.diropres_u.diropok.attributes.mode, S_IFDIR | 0750);
    struct fh dir;
    memcpy(dir.bytes, result.diropres_u.diropok.file, sizeof dir.bytes);
    CALL2(NFSPROC_MKDIR, createargs, &args, diropres, &result);
    ck_assert_int_eq(result.status, NFSERR_EXIST);
    ck_assert_int_eq(create2(dir, "file", with_mode(0644), NULL), NFS_OK);
    ck_assert_int_eq(unname(NFSPROC_RMDIR, root2(), "dir"), NFSERR_NOTEMPTY);
    ck_assert_int_eq(unname(NFSPROC_REMOVE, root2(), "dir"), NFSERR_ISDIR);
    ck_assert_int_eq(unname(NFSPROC_REMOVE, dir, "file"), NFS_OK);
    ck_assert_int_eq(unname(NFSPROC_RMDIR, root2(), "dir"), NFS_OK);
}
END_TEST

START_TEST(readdir_lists_every_name_once_within_count)
{
    char seen[100] = { 0 };
    int dots = 0;
    for (int i = 0; i < 100; i++) {
        char name[16];
        snprintf(name, sizeof name, "file%02d", i);
        host_write(name, "");
    }
    readdirargs args = { .count = 512 };
    struct fh root = root2();
    memcpy(args.dir, root.bytes, sizeof args.dir);
    for (bool eof = false; !eof;) {
        readdirres result = { 0 };
        CALL2(NFSPROC_READDIR, readdirargs, &args, readdirres, &result);
        ck_assert_int_eq(result.status, NFS_OK);
        ck_assert_uint_le(client.reply_size, 24 + 512);
        ck_assert_ptr_nonnull(result.readdirres_u.reply.entries);
        for (entry2 *e = result.readdirres_u.reply.entries; e; e = e->nextentry) {
            if (e->name.filename2_val[0] == '.') {
                dots++;
            } else {
                seen[(e->name.filename2_val[4] - '0') * 10 + e->name.filename2_val[5] - '0']++;
            }
            memcpy(args.cookie, e->cookie, sizeof args.cookie);
        }
        eof = result.readdirres_u.reply.eof;
        xdr_free((xdrproc_t)xdr_readdirres, (char *)&result);
    }
    ck_assert_int_eq(dots, 2);
    for (int i = 0; i < 100; i++) {
        ck_assert_int_eq(seen[i], 1);
    }
}
END_TEST

START_TEST(statfs_tells_the_transfer_size_and_space)
{
    struct fh root = root2();
    statfsres result = { 0 };
    CALL2(NFSPROC_STATFS, fhandle2, root.bytes, statfsres, &result);
    ck_assert_int_eq(result.status, NFS_OK);
    ck_assert_uint_eq(result.statfsres_u.info.tsize, 8192);
    ck_assert_uint_gt(result.statfsres_u.info.blocks, 0);
    ck_assert_uint_le(result.statfsres_u.info.bavail, result.statfsres_u.info.blocks);
}
END_TEST

START_TEST(the_obsolete_procedures_answer_nothing)
{
    client_call(NFS2_PROGRAM, NFS_V2, NFSPROC_ROOT, xdr_nothing, NULL, xdr_nothing, NULL);
    client_call(NFS2_PROGRAM, NFS_V2, NFSPROC_WRITECACHE, xdr_nothing, NULL, xdr_nothing, NULL);
}
END_TEST

SUITE(nfs2, getattr_describes_the_root, a_handle_that_is_none_is_stale,
      what_is_written_is_read_and_on_the_host, beyond_two_gigabytes_is_too_big,
      a_directory_is_neither_read_nor_written, setattr_changes_only_what_is_set,
      lookup_finds_names_and_tells_why_not, create_of_an_existing_file_truncates_it,
      create_makes_devices_and_fifos_as_unix_clients_ask, remove_rename_and_link_change_names,
      symlink_and_readlink_keep_the_text, mkdir_and_rmdir,
      readdir_lists_every_name_once_within_count, statfs_tells_the_transfer_size_and_space,
      the_obsolete_procedures_answer_nothing)
