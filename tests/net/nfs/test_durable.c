/* SPDX-License-Identifier: MIT */
/*
 * What is acknowledged is on disk: RFC 1094, "Sun RPC" (a server flushes before it answers), and
 * RFC 1813, 4.8, "Stable storage". Seen from fsync and fdatasync, which this file puts in front of
 * the C library's.
 */
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "tests/net/nfs/suite.h"

static unsigned file_syncs, dir_syncs;
static bool disk_is_broken;

static int count_sync(long call, int fd)
{
    struct stat st;
    ck_assert_int_eq(fstat(fd, &st), 0);
    file_syncs += S_ISREG(st.st_mode);
    dir_syncs += S_ISDIR(st.st_mode);
    if (disk_is_broken) {
        errno = EIO;
        return -1;
    }
    return (int)syscall(call, fd);
}

int fsync(int fd)
{
    return count_sync(SYS_fsync, fd);
}

int fdatasync(int fd)
{
    return count_sync(SYS_fdatasync, fd);
}

static struct fh make_file(const char *name)
{
    struct fh file;
    ck_assert_int_eq(create3(root3(), name, 0644, &file), NFS3_OK);
    file_syncs = dir_syncs = 0;
    disk_is_broken = false;
    return file;
}

static bool is_behind(void)
{
    return nfs_server_is_behind(client.server);
}

START_TEST(a_new_file_and_its_name_are_synced)
{
    struct fh file;
    make_file("other");
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    ck_assert_uint_ge(file_syncs, 1);
    ck_assert_uint_eq(dir_syncs, 1);
    ck_assert(!is_behind());
}
END_TEST

START_TEST(names_that_change_are_synced)
{
    struct fh dir;
    ck_assert_int_eq(mkdir3(root3(), "dir", 0755, &dir), NFS3_OK);
    make_file("file");
    ck_assert_int_eq(rename3(root3(), "file", dir, "file"), NFS3_OK);
    ck_assert_uint_eq(dir_syncs, 2);
    ck_assert_int_eq(remove3(dir, "file"), NFS3_OK);
    ck_assert_uint_eq(dir_syncs, 3);
}
END_TEST

START_TEST(a_stable_write_is_synced)
{
    struct fh file = make_file("file");
    ck_assert_int_eq(write3(file, 0, "x", 1, DATA_SYNC), NFS3_OK);
    ck_assert_uint_eq(file_syncs, 1);
    ck_assert_int_eq(write3(file, 1, "y", 1, FILE_SYNC), NFS3_OK);
    ck_assert_uint_eq(file_syncs, 2);
    ck_assert(!is_behind());
    disk_is_broken = true;
    ck_assert_int_eq(write3(file, 2, "z", 1, FILE_SYNC), NFS3ERR_IO);
    disk_is_broken = false;
}
END_TEST

START_TEST(version_2_is_gathered_until_settled)
{
    struct fh first = make_file("first");
    struct fh second = make_file("second");
    for (unsigned i = 0; i < 8; i++) {
        client.tcp = i < 4;
        ck_assert_int_eq(write2(i % 2 ? first : second, i, "x", 1), NFS_OK);
    }
    ck_assert_uint_eq(file_syncs, 0);
    ck_assert(is_behind());
    ck_assert(nfs_server_settle(client.server));
    ck_assert_uint_eq(file_syncs, 2);
    ck_assert(!is_behind());
}
END_TEST

START_TEST(gathered_data_is_synced_when_its_descriptor_goes)
{
    struct fh file = make_file("file");
    char name[16], byte;
    uint32_t got;
    ck_assert_int_eq(write2(file, 0, "x", 1), NFS_OK);
    for (unsigned i = 0; i < 100; i++) { /* more than the server keeps open */
        snprintf(name, sizeof name, "f%u", i);
        host_write(name, "y");
        ck_assert_int_eq(read2(find3(root3(), name), 0, 1, &byte, &got), NFS_OK);
    }
    ck_assert_uint_eq(file_syncs, 1);
    ck_assert(nfs_server_settle(client.server));
    ck_assert_uint_eq(file_syncs, 1);
}
END_TEST

START_TEST(a_disk_that_fails_is_told_and_ends_the_gathering)
{
    struct fh file = make_file("file");
    disk_is_broken = true;
    ck_assert_int_eq(write2(file, 0, "x", 1), NFS_OK);
    ck_assert(!nfs_server_settle(client.server));
    ck_assert(!is_behind());
    ck_assert_int_eq(write2(file, 0, "x", 1), NFSERR_IO);
    disk_is_broken = false;
    ck_assert_int_eq(write2(file, 0, "x", 1), NFS_OK);
    ck_assert(!is_behind());
}
END_TEST

SUITE(durable, a_new_file_and_its_name_are_synced, names_that_change_are_synced,
      a_stable_write_is_synced, version_2_is_gathered_until_settled,
      gathered_data_is_synced_when_its_descriptor_goes,
      a_disk_that_fails_is_told_and_ends_the_gathering)
