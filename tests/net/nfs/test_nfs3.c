/* SPDX-License-Identifier: MIT */
/* NFS version 3: RFC 1813, attributes, data and file system procedures. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/net/nfs/suite.h"

#define CALL3(proc, args_type, args, result_type, result)                                          \
    client_call(NFS3_PROGRAM, NFS_V3, proc, (xdrproc_t)xdr_##args_type, args,                      \
                (xdrproc_t)xdr_##result_type, result)

static struct fh make_file(const char *name, uint32_t mode)
{
    struct fh file;
    ck_assert_int_eq(create3(root3(), name, mode, &file), NFS3_OK);
    return file;
}

START_TEST(getattr_matches_the_host)
{
    host_write("file", "12345");
    struct stat st;
    ck_assert_int_eq(stat(host_path("file"), &st), 0);
    fattr3 attr = attr3(find3(root3(), "file"));
    ck_assert_int_eq(attr.type, NF3REG);
    ck_assert_uint_eq(attr.mode, st.st_mode & 07777);
    ck_assert_uint_eq(attr.nlink, 1);
    ck_assert_uint_eq(attr.uid, 0);
    ck_assert_uint_eq(attr.gid, 0);
    ck_assert_uint_eq(attr.size, 5);
    ck_assert_uint_eq(attr.fileid, st.st_ino);
    ck_assert_uint_eq(attr.mtime.seconds, st.st_mtim.tv_sec);
    ck_assert_uint_eq(attr.mtime.nseconds, st.st_mtim.tv_nsec);
}
END_TEST

START_TEST(bad_and_stale_handles_are_told_apart)
{
    fattr3 attr;
    struct fh zeros = { { 0 } };
    ck_assert_int_eq(getattr3(zeros, &attr), NFS3ERR_BADHANDLE);
    struct fh file = make_file("file", 0644);
    ck_assert_int_eq(remove3(root3(), "file"), NFS3_OK);
    ck_assert_int_eq(getattr3(file, &attr), NFS3ERR_STALE);
    nfs_fh3 shorter = wire3(&file);
    shorter.data.data_len = 31;
    GETATTR3args args = { shorter };
    GETATTR3res result = { 0 };
    CALL3(NFSPROC3_GETATTR, GETATTR3args, &args, GETATTR3res, &result);
    ck_assert_int_eq(result.status, NFS3ERR_BADHANDLE);
}
END_TEST

START_TEST(setattr_sets_mode_owner_size_and_times)
{
    struct fh file = make_file("file", 0644);
    sattr3 attr = no_change3();
    attr.mode = (set_mode3){ TRUE, { 0751 } };
    attr.uid = (set_uid3){ TRUE, { 1000 } };
    attr.gid = (set_gid3){ TRUE, { 1001 } };
    attr.size = (set_size3){ TRUE, { UINT64_C(1) << 33 } };
    attr.atime = (set_time3){ SET_TO_CLIENT_TIME, { { 1234567890, 987654321 } } };
    attr.mtime = (set_time3){ SET_TO_CLIENT_TIME, { { 1111111111, 1 } } };
    ck_assert_int_eq(setattr3(file, attr), NFS3_OK);
    fattr3 got = attr3(file);
    ck_assert_uint_eq(got.mode, 0751);
    ck_assert_uint_eq(got.uid, 1000);
    ck_assert_uint_eq(got.gid, 1001);
    ck_assert_uint_eq(got.size, UINT64_C(1) << 33);
    ck_assert_uint_eq(got.atime.seconds, 1234567890);
    ck_assert_uint_eq(got.atime.nseconds, 987654321);
    ck_assert_uint_eq(got.mtime.seconds, 1111111111);
    attr = no_change3();
    attr.mtime.set_it = SET_TO_SERVER_TIME;
    ck_assert_int_eq(setattr3(file, attr), NFS3_OK);
    ck_assert_uint_gt(attr3(file).mtime.seconds, 1234567890);
    ck_assert_uint_eq(attr3(file).atime.seconds, 1234567890);
}
END_TEST

START_TEST(setattr_on_a_symbolic_link_is_not_on_its_target)
{
    struct fh link;
    struct fh target = make_file("target", 0644);
    ck_assert_int_eq(symlink3(root3(), "link", "target", &link), NFS3_OK);
    sattr3 attr = no_change3();
    attr.uid = (set_uid3){ TRUE, { 7 } };
    attr.mtime = (set_time3){ SET_TO_CLIENT_TIME, { { 1111111111, 0 } } };
    ck_assert_int_eq(setattr3(link, attr), NFS3_OK);
    ck_assert_uint_eq(attr3(link).uid, 7);
    ck_assert_uint_eq(attr3(link).mtime.seconds, 1111111111);
    ck_assert_uint_eq(attr3(target).uid, 0);
    ck_assert_uint_ne(attr3(target).mtime.seconds, 1111111111);
}
END_TEST

START_TEST(setattr_with_a_guard_that_fails_changes_nothing)
{
    struct fh file = make_file("file", 0644);
    fattr3 before = attr3(file);
    SETATTR3args args = { wire3(&file), no_change3(), { TRUE, { before.ctime } } };
    args.new_attributes.mode = (set_mode3){ TRUE, { 0600 } };
    args.guard.sattrguard3_u.obj_ctime.seconds--;
    WCC3res result = { 0 };
    CALL3(NFSPROC3_SETATTR, SETATTR3args, &args, WCC3res, &result);
    ck_assert_int_eq(result.status, NFS3ERR_NOT_SYNC);
    ck_assert_uint_eq(attr3(file).mode, 0644);
    args.guard.sattrguard3_u.obj_ctime = before.ctime;
    CALL3(NFSPROC3_SETATTR, SETATTR3args, &args, WCC3res, &result);
    ck_assert_int_eq(result.status, NFS3_OK);
    ck_assert(result.wcc.before.attributes_follow && result.wcc.after.attributes_follow);
    ck_assert_uint_eq(result.wcc.after.post_op_attr_u.attributes.mode, 0600);
}
END_TEST

START_TEST(only_regular_files_have_a_size_to_set)
{
    sattr3 attr = no_change3();
    attr.size = (set_size3){ TRUE, { 1 } };
    ck_assert_int_eq(setattr3(root3(), attr), NFS3ERR_ISDIR);
    struct fh fifo;
    ck_assert_int_eq(mknod3(root3(), "fifo", NF3FIFO, 0, 0, &fifo), NFS3_OK);
    ck_assert_int_eq(setattr3(fifo, attr), NFS3ERR_INVAL);
}
END_TEST

START_TEST(lookup_knows_dot_and_dot_dot)
{
    struct fh root = root3();
    struct fh dir;
    struct fh found;
    ck_assert_int_eq(mkdir3(root, "dir", 0755, &dir), NFS3_OK);
    found = find3(dir, ".");
    ck_assert_mem_eq(found.bytes, dir.bytes, sizeof dir.bytes);
    found = find3(dir, "..");
    ck_assert_mem_eq(found.bytes, root.bytes, sizeof root.bytes);
    found = find3(root, "..");
    ck_assert_mem_eq(found.bytes, root.bytes, sizeof root.bytes);
}
END_TEST

START_TEST(names_that_no_file_can_have_are_refused)
{
    struct fh root = root3();
    struct fh out;
    char longest[300];
    memset(longest, 'x', sizeof longest);
    longest[255] = '\0';
    ck_assert_int_eq(create3(root, longest, 0644, &out), NFS3_OK);
    longest[255] = 'x';
    longest[256] = '\0';
    ck_assert_int_eq(create3(root, longest, 0644, &out), NFS3ERR_NAMETOOLONG);
    ck_assert_int_eq(lookup3(root, longest, &out), NFS3ERR_NAMETOOLONG);
    ck_assert_int_eq(create3(root, "a/b", 0644, &out), NFS3ERR_ACCES);
    ck_assert_int_eq(create3(root, "", 0644, &out), NFS3ERR_ACCES);
    ck_assert_int_eq(mkdir3(root, ".", 0755, &out), NFS3ERR_EXIST);
    ck_assert_int_eq(mkdir3(root, "..", 0755, &out), NFS3ERR_EXIST);
    LOOKUP3args args = { { wire3(&root), { 5, (char *)"ab\0cd" } } };
    LOOKUP3res result = { 0 };
    CALL3(NFSPROC3_LOOKUP, LOOKUP3args, &args, LOOKUP3res, &result);
    ck_assert_int_eq(result.status, NFS3ERR_ACCES);
}
END_TEST

static uint32_t access_of(struct fh file)
{
    uint32_t granted = 0;
    ck_assert_int_eq(access3(file, 0x3f, &granted), NFS3_OK);
    return granted;
}

START_TEST(access_follows_the_permission_bits)
{
    struct fh file = make_file("file", 0640);
    struct fh dir;
    ck_assert_int_eq(mkdir3(root3(), "dir", 0711, &dir), NFS3_OK);
    ck_assert_uint_eq(access_of(file), ACCESS3_READ | ACCESS3_MODIFY | ACCESS3_EXTEND);
    client.uid = 5;
    client.gid = 5;
    ck_assert_uint_eq(access_of(file), 0);
    ck_assert_uint_eq(access_of(dir), ACCESS3_LOOKUP);
    client.gid = 0;
    ck_assert_uint_eq(access_of(file), ACCESS3_READ);
    client.uid = 0;
    ck_assert_uint_eq(access_of(dir), ACCESS3_READ | ACCESS3_LOOKUP | ACCESS3_MODIFY |
                                          ACCESS3_EXTEND | ACCESS3_DELETE);
    struct fh program = make_file("program", 0755);
    ck_assert(access_of(program) & ACCESS3_EXECUTE);
}
END_TEST

START_TEST(the_server_enforces_permissions)
{
    struct fh file = make_file("file", 0640);
    struct fh out;
    char data[8];
    uint32_t got;
    bool eof;
    client.uid = 5;
    client.gid = 5;
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3ERR_ACCES);
    ck_assert_int_eq(write3(file, 0, "x", 1, FILE_SYNC), NFS3ERR_ACCES);
    ck_assert_int_eq(create3(root3(), "mine", 0644, &out), NFS3ERR_ACCES);
    ck_assert_int_eq(remove3(root3(), "file"), NFS3ERR_ACCES);
    sattr3 attr = no_change3();
    attr.mode = (set_mode3){ TRUE, { 0666 } };
    ck_assert_int_eq(setattr3(file, attr), NFS3ERR_PERM);
    attr = no_change3();
    attr.uid = (set_uid3){ TRUE, { 5 } };
    ck_assert_int_eq(setattr3(file, attr), NFS3ERR_PERM);
    client.no_credential = true; /* nobody */
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3ERR_ACCES);
}
END_TEST

START_TEST(an_owner_goes_on_using_a_file_it_has_closed_to_all)
{
    struct fh dir;
    struct fh file;
    char data[8];
    uint32_t got;
    bool eof;
    ck_assert_int_eq(mkdir3(root3(), "tmp", 0777, &dir), NFS3_OK);
    client.uid = client.gid = 5;
    ck_assert_int_eq(create3(dir, "file", 0000, &file), NFS3_OK);
    ck_assert_uint_eq(attr3(file).mode, 0);
    ck_assert_uint_eq(attr3(file).uid, 5);
    ck_assert_int_eq(write3(file, 0, "x", 1, UNSTABLE), NFS3_OK);
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3_OK);
    ck_assert_uint_eq(access_of(file), 0); /* but opening it is another matter */
    client.uid = client.gid = 6;
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3ERR_ACCES);
}
END_TEST

START_TEST(read_tells_the_end_of_the_file)
{
    struct fh file = make_file("file", 0644);
    char data[16];
    uint32_t got;
    bool eof;
    ck_assert_int_eq(write3(file, 0, "0123456789", 10, FILE_SYNC), NFS3_OK);
    ck_assert_int_eq(read3(file, 0, 5, data, &got, &eof), NFS3_OK);
    ck_assert_uint_eq(got, 5);
    ck_assert(!eof);
    ck_assert_int_eq(read3(file, 5, 5, data, &got, &eof), NFS3_OK);
    ck_assert_uint_eq(got, 5);
    ck_assert(eof);
    ck_assert_int_eq(read3(file, UINT64_MAX, 5, data, &got, &eof), NFS3_OK);
    ck_assert_uint_eq(got, 0);
    ck_assert(eof);
}
END_TEST

START_TEST(transfers_are_bounded_by_the_transport)
{
    static char data[NFS3_MAXDATA];
    struct fh file = make_file("file", 0644);
    uint32_t got;
    bool eof;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (char)(i * 7);
    }
    client.tcp = true;
    ck_assert_int_eq(write3(file, 0, data, sizeof data, UNSTABLE), NFS3_OK);
    char back[NFS3_MAXDATA];
    ck_assert_int_eq(read3(file, 0, sizeof back, back, &got, &eof), NFS3_OK);
    ck_assert_uint_eq(got, 65536);
    ck_assert_mem_eq(data, back, sizeof data);
    client.tcp = false;
    ck_assert_int_eq(read3(file, 0, sizeof back, back, &got, &eof), NFS3_OK);
    ck_assert_uint_eq(got, 32768);
    ck_assert(!eof);
}
END_TEST

START_TEST(offsets_have_64_bits)
{
    struct fh file = make_file("file", 0644);
    char data[4];
    uint32_t got;
    bool eof;
    uint64_t far = UINT64_C(5) << 32;
    ck_assert_int_eq(write3(file, far, "far", 3, FILE_SYNC), NFS3_OK);
    ck_assert_uint_eq(attr3(file).size, far + 3);
    ck_assert_int_eq(read3(file, far, 3, data, &got, &eof), NFS3_OK);
    ck_assert_mem_eq(data, "far", 3);
    ck_assert_int_eq(write3(file, UINT64_MAX - 1, "x", 1, UNSTABLE), NFS3ERR_FBIG);
    ck_assert_int_eq(write3(file, INT64_MAX, "x", 1, UNSTABLE), NFS3ERR_FBIG);
    sattr3 attr = no_change3();
    attr.size = (set_size3){ TRUE, { UINT64_MAX } };
    ck_assert_int_eq(setattr3(file, attr), NFS3ERR_FBIG);
}
END_TEST

static nfsstat3 commit(struct fh file, char verf[8])
{
    COMMIT3args args = { wire3(&file), 0, 0 };
    COMMIT3res result = { 0 };
    CALL3(NFSPROC3_COMMIT, COMMIT3args, &args, COMMIT3res, &result);
    memcpy(verf, result.COMMIT3res_u.resok.verf, 8);
    return result.status;
}

START_TEST(the_write_verifier_changes_with_the_server)
{
    struct fh file = make_file("file", 0644);
    char first[8];
    char second[8];
    WRITE3args args = { wire3(&file), 0, 1, UNSTABLE, { 1, (char *)"x" } };
    WRITE3res result = { 0 };
    CALL3(NFSPROC3_WRITE, WRITE3args, &args, WRITE3res, &result);
    ck_assert_int_eq(result.WRITE3res_u.resok.committed, UNSTABLE);
    ck_assert_int_eq(commit(file, first), NFS3_OK);
    ck_assert_mem_eq(first, result.WRITE3res_u.resok.verf, 8);
    client_restart();
    ck_assert_int_eq(commit(file, second), NFS3_OK);
    ck_assert_mem_ne(first, second, 8);
}
END_TEST

START_TEST(readlink_is_for_symbolic_links)
{
    struct fh link;
    char text[64];
    ck_assert_int_eq(symlink3(root3(), "link", "../../etc/passwd", &link), NFS3_OK);
    ck_assert_int_eq(readlink3(link, text, sizeof text), NFS3_OK);
    ck_assert_str_eq(text, "../../etc/passwd");
    ck_assert_int_eq(readlink3(root3(), text, sizeof text), NFS3ERR_INVAL);
    ck_assert_int_eq(attr3(link).type, NF3LNK);
    ck_assert_uint_eq(attr3(link).mode, 0777);
}
END_TEST

START_TEST(fsinfo_fsstat_and_pathconf_describe_the_file_system)
{
    struct fh root = root3();
    FSOBJECT3args args = { wire3(&root) };
    FSINFO3res info = { 0 };
    CALL3(NFSPROC3_FSINFO, FSOBJECT3args, &args, FSINFO3res, &info);
    ck_assert_int_eq(info.status, NFS3_OK);
    ck_assert_uint_eq(info.FSINFO3res_u.resok.rtmax, 32768);
    client.tcp = true;
    CALL3(NFSPROC3_FSINFO, FSOBJECT3args, &args, FSINFO3res, &info);
    ck_assert_uint_eq(info.FSINFO3res_u.resok.rtmax, 65536);
    ck_assert_uint_eq(info.FSINFO3res_u.resok.wtmax, 65536);
    ck_assert_uint_eq(info.FSINFO3res_u.resok.properties, 0x1b);
    FSSTAT3res stat = { 0 };
    CALL3(NFSPROC3_FSSTAT, FSOBJECT3args, &args, FSSTAT3res, &stat);
    ck_assert_int_eq(stat.status, NFS3_OK);
    ck_assert_uint_gt(stat.FSSTAT3res_u.resok.tbytes, 0);
    PATHCONF3res conf = { 0 };
    CALL3(NFSPROC3_PATHCONF, FSOBJECT3args, &args, PATHCONF3res, &conf);
    ck_assert_int_eq(conf.status, NFS3_OK);
    ck_assert_uint_eq(conf.PATHCONF3res_u.resok.name_max, 255);
    ck_assert(conf.PATHCONF3res_u.resok.no_trunc && conf.PATHCONF3res_u.resok.case_preserving);
}
END_TEST

START_TEST(a_read_only_export_is_not_changed)
{
    struct fh out;
    uint32_t granted;
    host_write("file", "old");
    client.read_only = true;
    client_restart();
    struct fh root = root3();
    struct fh file = find3(root, "file");
    ck_assert_int_eq(create3(root, "new", 0644, &out), NFS3ERR_ROFS);
    ck_assert_int_eq(create3(root, "file", 0644, &out), NFS3ERR_ROFS);
    ck_assert_int_eq(mkdir3(root, "new", 0755, &out), NFS3ERR_ROFS);
    ck_assert_int_eq(symlink3(root, "new", "x", &out), NFS3ERR_ROFS);
    ck_assert_int_eq(mknod3(root, "new", NF3FIFO, 0, 0, &out), NFS3ERR_ROFS);
    ck_assert_int_eq(link3(file, root, "new"), NFS3ERR_ROFS);
    ck_assert_int_eq(remove3(root, "file"), NFS3ERR_ROFS);
    ck_assert_int_eq(rename3(root, "file", root, "new"), NFS3ERR_ROFS);
    ck_assert_int_eq(write3(file, 0, "new", 3, UNSTABLE), NFS3ERR_ROFS);
    ck_assert_int_eq(setattr3(file, no_change3()), NFS3ERR_ROFS);
    ck_assert_int_eq(access3(file, 0x3f, &granted), NFS3_OK);
    ck_assert_uint_eq(granted, ACCESS3_READ);
    ck_assert_str_eq(host_read("file"), "old");
}
END_TEST

SUITE(nfs3, getattr_matches_the_host, bad_and_stale_handles_are_told_apart,
      setattr_sets_mode_owner_size_and_times, setattr_on_a_symbolic_link_is_not_on_its_target,
      setattr_with_a_guard_that_fails_changes_nothing, only_regular_files_have_a_size_to_set,
      lookup_knows_dot_and_dot_dot, names_that_no_file_can_have_are_refused,
      access_follows_the_permission_bits, the_server_enforces_permissions,
      an_owner_goes_on_using_a_file_it_has_closed_to_all, read_tells_the_end_of_the_file,
      transfers_are_bounded_by_the_transport, offsets_have_64_bits,
      the_write_verifier_changes_with_the_server, readlink_is_for_symbolic_links,
      fsinfo_fsstat_and_pathconf_describe_the_file_system, a_read_only_export_is_not_changed)
