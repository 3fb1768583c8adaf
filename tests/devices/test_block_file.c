/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/block_file.h"
#include "tests/devices/rig.h"

static char path[64];
static char error[256];
static struct block disk;

/* Eight sectors and a part of a ninth; every byte of sector n is n. */
static void setup(void)
{
    strcpy(path, "/tmp/armlet-block-XXXXXX");
    int fd = mkstemp(path);
    ck_assert_int_ge(fd, 0);
    for (int i = 0; i < 9; i++) {
        uint8_t sector[512];
        memset(sector, i, sizeof sector);
        ck_assert_int_gt(write(fd, sector, i < 8 ? 512 : 100), 0);
    }
    close(fd);
    memset(&disk, 0, sizeof disk);
}

static void teardown(void)
{
    if (disk.close)
        disk.close(disk.backend);
    unlink(path);
}

static void open_disk(bool readonly)
{
    ck_assert_msg(block_file_open(&disk, path, readonly, error, sizeof error), "%s", error);
}

static uint8_t byte_at(off_t offset)
{
    uint8_t byte = 0xee;
    int fd = open(path, O_RDONLY);
    ck_assert_int_eq(pread(fd, &byte, 1, offset), 1);
    close(fd);
    return byte;
}

START_TEST(size_is_whole_sectors)
{
    open_disk(false);
    ck_assert_uint_eq(disk.size, 8 * 512);
}
END_TEST

START_TEST(segments_are_read_and_written_in_order)
{
    uint8_t a[300], b[212], c[512];
    struct iovec iov[] = { { a, sizeof a }, { b, sizeof b }, { c, sizeof c } };
    open_disk(false);
    ck_assert_int_eq(disk.read(disk.backend, 3 * 512, iov, 3), 0);
    ck_assert(a[0] == 3 && a[299] == 3 && b[211] == 3 && c[0] == 4 && c[511] == 4);
    memset(b, 0x77, sizeof b);
    ck_assert_int_eq(disk.write(disk.backend, 5 * 512, iov, 3), 0);
    ck_assert_int_eq(disk.flush(disk.backend), 0);
    ck_assert_uint_eq(byte_at(5 * 512), 3);
    ck_assert_uint_eq(byte_at(5 * 512 + 300), 0x77);
    ck_assert_uint_eq(byte_at(6 * 512 + 511), 4);
    ck_assert_uint_eq(byte_at(7 * 512), 7);
}
END_TEST

START_TEST(zeroed_ranges_read_as_zero)
{
    open_disk(false);
    ck_assert_int_eq(disk.zero(disk.backend, 512, 1024, _i), 0);
    ck_assert_uint_eq(byte_at(511), 0);
    ck_assert_uint_eq(byte_at(512), 0);
    ck_assert_uint_eq(byte_at(1535), 0);
    ck_assert_uint_eq(byte_at(1536), 3);
    ck_assert_int_eq(disk.discard(disk.backend, 2048, 512), 0);
    ck_assert_uint_eq(byte_at(2560), 5);
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_size, 8 * 512 + 100);
}
END_TEST

START_TEST(file_that_shrank_is_an_error)
{
    uint8_t a[512];
    struct iovec iov = { a, sizeof a };
    open_disk(false);
    ck_assert_int_eq(truncate(path, 512), 0);
    ck_assert_int_eq(disk.read(disk.backend, 1024, &iov, 1), -EIO);
}
END_TEST

START_TEST(readonly_disk_cannot_be_written)
{
    uint8_t a[512] = { 0 };
    struct iovec iov = { a, sizeof a };
    open_disk(true);
    ck_assert(disk.readonly);
    ck_assert_int_eq(disk.write(disk.backend, 0, &iov, 1), -EBADF);
}
END_TEST

START_TEST(second_writer_is_refused_by_name)
{
    struct block second;
    open_disk(false);
    ck_assert(!block_file_open(&second, path, false, error, sizeof error));
    ck_assert_msg(strstr(error, path) && strstr(error, "in use"), "%s", error);
    ck_assert(!block_file_open(&second, path, true, error, sizeof error));
}
END_TEST

START_TEST(two_readers_may_share)
{
    struct block second;
    open_disk(true);
    ck_assert(block_file_open(&second, path, true, error, sizeof error));
    second.close(second.backend);
}
END_TEST

START_TEST(errors_name_the_file)
{
    ck_assert(!block_file_open(&disk, "/nowhere/disk.img", false, error, sizeof error));
    ck_assert_msg(strstr(error, "/nowhere/disk.img"), "%s", error);
    ck_assert(!block_file_open(&disk, "/tmp", true, error, sizeof error));
    ck_assert_msg(strstr(error, "/tmp"), "%s", error);
    ck_assert(!block_file_open(&disk, "/dev/null", true, error, sizeof error));
    ck_assert_int_eq(truncate(path, 511), 0);
    ck_assert(!block_file_open(&disk, path, true, error, sizeof error));
    ck_assert_msg(strstr(error, "sector"), "%s", error);
    ck_assert_ptr_null(disk.close);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("block_file");
    TCase *tests = tcase_create("disk images");
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, size_is_whole_sectors);
    tcase_add_test(tests, segments_are_read_and_written_in_order);
    tcase_add_loop_test(tests, zeroed_ranges_read_as_zero, 0, 2);
    tcase_add_test(tests, file_that_shrank_is_an_error);
    tcase_add_test(tests, readonly_disk_cannot_be_written);
    tcase_add_test(tests, second_writer_is_refused_by_name);
    tcase_add_test(tests, two_readers_may_share);
    tcase_add_test(tests, errors_name_the_file);
    suite_add_tcase(suite, tests);
    return run_suite(suite);
}
