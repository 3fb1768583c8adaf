/* SPDX-License-Identifier: MIT */
/* NFS version 3: RFC 1813, making, removing and renaming. */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/net/nfs/suite.h"

START_TEST(create_unchecked_guarded_and_exclusive)
{
    struct fh root = root3();
    struct fh file;
    struct fh again;
    ck_assert_int_eq(create3(root, "a", 0640, &file), NFS3_OK);
    ck_assert_uint_eq(attr3(file).mode, 0640);
    ck_assert_int_eq(create3(root, "a", 0600, &again), NFS3_OK);
    ck_assert_mem_eq(file.bytes, again.bytes, sizeof file.bytes);
    ck_assert_uint_eq(attr3(file).mode, 0640);
    ck_assert_int_eq(create3_guarded(root, "a", 0640, &again), NFS3ERR_EXIST);
    ck_assert_int_eq(create3_guarded(root, "b", 0640, &again), NFS3_OK);
    ck_assert_int_eq(create3_exclusive(root, "c", "verifier", &file), NFS3_OK);
    ck_assert_int_eq(create3_exclusive(root, "c", "verifier", &again), NFS3_OK);
    ck_assert_mem_eq(file.bytes, again.bytes, sizeof file.bytes);
    ck_assert_int_eq(create3_exclusive(root, "c", "another!", &again), NFS3ERR_EXIST);
    ck_assert_int_eq(create3_exclusive(root, "a", "verifier", &again), NFS3ERR_EXIST);
    ck_assert_int_eq(mkdir3(root, "dir", 0755, NULL), NFS3_OK);
    ck_assert_int_eq(create3(root, "dir", 0644, &again), NFS3ERR_ISDIR);
}
END_TEST

START_TEST(create_sets_what_the_umask_of_the_host_would_not)
{
    struct fh file;
    ck_assert_int_eq(create3(root3(), "file", 0666, &file), NFS3_OK);
    ck_assert_uint_eq(attr3(file).mode, 0666);
    struct stat st;
    mode_t mask = umask(0);
    umask(mask);
    ck_assert_int_eq(stat(host_path("file"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, (0666 & ~mask) | 0600);
}
END_TEST

START_TEST(changes_tell_the_directorys_attributes)
{
    struct fh root = root3();
    CREATE3args args = { where3(&root, "file"), { .mode = UNCHECKED } };
    NEW3res result = { 0 };
    client_call(NFS3_PROGRAM, NFS_V3, NFSPROC3_CREATE, (xdrproc_t)xdr_CREATE3args, &args,
                (xdrproc_t)xdr_NEW3res, &result);
    const wcc_data *wcc = &result.NEW3res_u.resok.dir_wcc;
    ck_assert(wcc->before.attributes_follow && wcc->after.attributes_follow);
    ck_assert(wcc->before.pre_op_attr_u.attributes.mtime.nseconds !=
                  wcc->after.post_op_attr_u.attributes.mtime.nseconds ||
              wcc->before.pre_op_attr_u.attributes.mtime.seconds !=
                  wcc->after.post_op_attr_u.attributes.mtime.seconds);
    xdr_free((xdrproc_t)xdr_NEW3res, (char *)&result);
}
END_TEST

START_TEST(mkdir_and_rmdir)
{
    struct fh root = root3();
    struct fh dir;
    ck_assert_int_eq(mkdir3(root, "dir", 0700, &dir), NFS3_OK);
    ck_assert_int_eq(attr3(dir).type, NF3DIR);
    ck_assert_uint_eq(attr3(dir).mode, 0700);
    ck_assert_int_eq(mkdir3(root, "dir", 0700, &dir), NFS3ERR_EXIST);
    ck_assert_int_eq(create3(dir, "file", 0644, NULL), NFS3_OK);
    ck_assert_int_eq(rmdir3(root, "dir"), NFS3ERR_NOTEMPTY);
    ck_assert_int_eq(rmdir3(dir, "file"), NFS3ERR_NOTDIR);
    ck_assert_int_eq(remove3(root, "dir"), NFS3ERR_ISDIR);
    ck_assert_int_eq(rmdir3(dir, "."), NFS3ERR_INVAL);
    ck_assert_int_eq(rmdir3(dir, ".."), NFS3ERR_EXIST);
    ck_assert_int_eq(remove3(dir, "file"), NFS3_OK);
    ck_assert_int_eq(rmdir3(root, "dir"), NFS3_OK);
    ck_assert_int_eq(rmdir3(root, "dir"), NFS3ERR_NOENT);
    fattr3 attr;
    ck_assert_int_eq(getattr3(dir, &attr), NFS3ERR_STALE);
}
END_TEST

START_TEST(mknod_makes_every_special_type_and_none_on_the_host)
{
    static const ftype3 types[] = { NF3CHR, NF3BLK, NF3SOCK, NF3FIFO };
    struct fh node;
    struct stat st;
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(mknod3(root3(), "node", types[i], 300, 70000, &node), NFS3_OK);
        fattr3 attr = attr3(node);
        ck_assert_int_eq(attr.type, types[i]);
        ck_assert_uint_eq(attr.mode, 0600);
        ck_assert_uint_eq(attr.size, 0);
        ck_assert_uint_eq(attr.rdev.specdata1, i < 2 ? 300 : 0);
        ck_assert_uint_eq(attr.rdev.specdata2, i < 2 ? 70000 : 0);
        ck_assert_int_eq(lstat(host_path("node"), &st), 0);
        ck_assert(S_ISREG(st.st_mode));
        char data[4];
        uint32_t got;
        bool eof;
        ck_assert_int_eq(read3(node, 0, 4, data, &got, &eof), NFS3ERR_INVAL);
        ck_assert_int_eq(write3(node, 0, "x", 1, UNSTABLE), NFS3ERR_INVAL);
        ck_assert_int_eq(remove3(root3(), "node"), NFS3_OK);
    }
    ck_assert_int_eq(mknod3(root3(), "node", NF3REG, 0, 0, &node), NFS3ERR_BADTYPE);
    client.uid = 5;
    ck_assert_int_eq(mknod3(root3(), "node", NF3CHR, 1, 3, &node), NFS3ERR_PERM);
}
END_TEST

START_TEST(rename_moves_and_replaces)
{
    struct fh root = root3();
    struct fh a;
    struct fh b;
    struct fh dir;
    fattr3 attr;
    ck_assert_int_eq(create3(root, "a", 0644, &a), NFS3_OK);
    ck_assert_int_eq(create3(root, "b", 0644, &b), NFS3_OK);
    ck_assert_int_eq(mkdir3(root, "dir", 0755, &dir), NFS3_OK);
    ck_assert_int_eq(rename3(root, "a", root, "b"), NFS3_OK);
    ck_assert_int_eq(getattr3(a, &attr), NFS3_OK);
    ck_assert_int_eq(getattr3(b, &attr), NFS3ERR_STALE);
    ck_assert_int_eq(rename3(root, "b", dir, "c"), NFS3_OK);
    ck_assert_int_eq(getattr3(a, &attr), NFS3_OK);
    ck_assert_int_eq(rename3(root, "dir", root, "moved"), NFS3_OK);
    ck_assert_int_eq(getattr3(a, &attr), NFS3_OK); /* below a directory that moved */
    ck_assert_int_eq(rename3(root, "none", root, "x"), NFS3ERR_NOENT);
    ck_assert_int_eq(rename3(root, "moved", dir, "inside"), NFS3ERR_INVAL);
    ck_assert_int_eq(rename3(root, ".", root, "x"), NFS3ERR_INVAL);
    ck_assert_int_eq(rename3(root, "moved", root, ".."), NFS3ERR_INVAL);
    ck_assert_int_eq(create3(root, "file", 0644, NULL), NFS3_OK);
    ck_assert_int_eq(rename3(root, "file", root, "moved"), NFS3ERR_ISDIR);
    ck_assert_int_eq(mkdir3(root, "empty", 0755, NULL), NFS3_OK);
    ck_assert_int_eq(rename3(root, "empty", root, "moved"), NFS3ERR_NOTEMPTY);
}
END_TEST

START_TEST(renaming_one_name_of_a_file_onto_another_does_nothing)
{
    struct fh root = root3();
    struct fh file;
    ck_assert_int_eq(create3(root, "a", 0644, &file), NFS3_OK);
    ck_assert_int_eq(link3(file, root, "b"), NFS3_OK);
    ck_assert_int_eq(rename3(root, "a", root, "b"), NFS3_OK);
    ck_assert_uint_eq(attr3(file).nlink, 2);
    find3(root, "a");
}
END_TEST

START_TEST(link_adds_a_name)
{
    struct fh root = root3();
    struct fh file;
    struct fh dir;
    struct fh link;
    ck_assert_int_eq(create3(root, "a", 0644, &file), NFS3_OK);
    ck_assert_int_eq(mkdir3(root, "dir", 0755, &dir), NFS3_OK);
    ck_assert_int_eq(link3(file, dir, "b"), NFS3_OK);
    ck_assert_int_eq(link3(file, dir, "b"), NFS3ERR_EXIST);
    ck_assert_int_eq(link3(dir, root, "c"), NFS3ERR_ISDIR);
    ck_assert_int_eq(remove3(dir, "b"), NFS3_OK); /* the name the server saw last */
    ck_assert_uint_eq(attr3(file).nlink, 1);
    ck_assert_int_eq(symlink3(root, "link", "/etc/passwd", &link), NFS3_OK);
    ck_assert_int_eq(link3(link, root, "link2"), NFS3_OK);
    ck_assert_uint_eq(attr3(link).nlink, 2);
}
END_TEST

START_TEST(in_a_sticky_directory_others_files_stay)
{
    struct fh root = root3();
    struct fh tmp;
    ck_assert_int_eq(mkdir3(root, "tmp", 01777, &tmp), NFS3_OK);
    ck_assert_uint_eq(attr3(tmp).mode, 01777);
    client.uid = client.gid = 5;
    ck_assert_int_eq(create3(tmp, "mine", 0666, NULL), NFS3_OK);
    client.uid = client.gid = 6;
    ck_assert_int_eq(create3(tmp, "other", 0666, NULL), NFS3_OK);
    ck_assert_int_eq(remove3(tmp, "mine"), NFS3ERR_PERM);
    ck_assert_int_eq(rename3(tmp, "mine", tmp, "x"), NFS3ERR_PERM);
    ck_assert_int_eq(rename3(tmp, "other", tmp, "mine"), NFS3ERR_PERM);
    ck_assert_int_eq(remove3(tmp, "other"), NFS3_OK);
    client.uid = client.gid = 0;
    ck_assert_int_eq(remove3(tmp, "mine"), NFS3_OK);
}
END_TEST

START_TEST(a_set_gid_directory_gives_its_group)
{
    struct fh dir;
    struct fh file;
    struct fh sub;
    ck_assert_int_eq(mkdir3(root3(), "dir", 0755, &dir), NFS3_OK);
    sattr3 attr = no_change3();
    attr.gid = (set_gid3){ TRUE, { 50 } };
    attr.mode = (set_mode3){ TRUE, { 02777 } };
    ck_assert_int_eq(setattr3(dir, attr), NFS3_OK);
    client.uid = client.gid = 5;
    ck_assert_int_eq(create3(dir, "file", 0644, &file), NFS3_OK);
    ck_assert_uint_eq(attr3(file).gid, 50);
    ck_assert_int_eq(mkdir3(dir, "sub", 0755, &sub), NFS3_OK);
    ck_assert_uint_eq(attr3(sub).gid, 50);
    ck_assert_uint_eq(attr3(sub).mode, 02755);
}
END_TEST

SUITE(names, create_unchecked_guarded_and_exclusive,
      create_sets_what_the_umask_of_the_host_would_not, changes_tell_the_directorys_attributes,
      mkdir_and_rmdir, mknod_makes_every_special_type_and_none_on_the_host,
      rename_moves_and_replaces, renaming_one_name_of_a_file_onto_another_does_nothing,
      link_adds_a_name, in_a_sticky_directory_others_files_stay,
      a_set_gid_directory_gives_its_group)
