/* SPDX-License-Identifier: MIT */
/* Mapped ownership: what the guest gave a file lasts, and the host's files stay its user's. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/nfs/ownership.h"
#include "tests/net/nfs/suite.h"

static void chown3(struct fh file, uint32_t uid, uint32_t gid)
{
    sattr3 attr = no_change3();
    attr.uid = (set_uid3){ TRUE, { uid } };
    attr.gid = (set_gid3){ TRUE, { gid } };
    ck_assert_int_eq(setattr3(file, attr), NFS3_OK);
}

static void chmod3(struct fh file, uint32_t mode)
{
    sattr3 attr = no_change3();
    attr.mode = (set_mode3){ TRUE, { mode } };
    ck_assert_int_eq(setattr3(file, attr), NFS3_OK);
}

static void check_owner(struct fh file, uint32_t uid, uint32_t gid, uint32_t mode)
{
    fattr3 attr = attr3(file);
    ck_assert_uint_eq(attr.uid, uid);
    ck_assert_uint_eq(attr.gid, gid);
    ck_assert_uint_eq(attr.mode, mode);
}

static bool log_exists(void)
{
    return access(host_path(OWNERSHIP_FILE), F_OK) == 0;
}

START_TEST(what_root_makes_plainly_needs_no_record)
{
    struct fh file;
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    check_owner(file, 0, 0, 0644);
    ck_assert_int_eq(mkdir3(root3(), "dir", 0755, &file), NFS3_OK);
    check_owner(file, 0, 0, 0755);
    ck_assert(!log_exists());
}
END_TEST

START_TEST(owners_modes_and_devices_survive_a_restart)
{
    struct fh file;
    struct fh dir;
    struct fh link;
    struct fh node;
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    ck_assert_int_eq(mkdir3(root3(), "dir", 0755, &dir), NFS3_OK);
    ck_assert_int_eq(symlink3(root3(), "link", "x", &link), NFS3_OK);
    ck_assert_int_eq(mknod3(root3(), "node", NF3BLK, 8, 1, &node), NFS3_OK);
    chown3(file, 1000, 1001);
    chmod3(file, 04755);
    chown3(dir, 5, 6);
    chmod3(dir, 01777);
    chown3(link, 7, 8);
    chown3(node, 0, 6);
    chmod3(node, 0660);
    for (int i = 0; i < 2; i++) {
        check_owner(file, 1000, 1001, 04755);
        check_owner(dir, 5, 6, 01777);
        check_owner(link, 7, 8, 0777);
        check_owner(node, 0, 6, 0660);
        ck_assert_int_eq(attr3(node).type, NF3BLK);
        ck_assert_uint_eq(attr3(node).rdev.specdata1, 8);
        client_restart();
    }
    /* On the host they are our user's, and no set-uid file is among them. */
    struct stat st;
    ck_assert_int_eq(stat(host_path("file"), &st), 0);
    ck_assert_uint_eq(st.st_uid, geteuid());
    ck_assert_uint_eq(st.st_mode & 07000, 0);
}
END_TEST

START_TEST(records_follow_renames_and_links_and_go_with_the_file)
{
    struct fh root = root3();
    struct fh file;
    ck_assert_int_eq(create3(root, "a", 0644, &file), NFS3_OK);
    chown3(file, 5, 5);
    ck_assert_int_eq(rename3(root, "a", root, "b"), NFS3_OK);
    ck_assert_int_eq(rename(host_path("b"), host_path("c")), 0);
    ck_assert_int_eq(link3(find3(root, "c"), root, "d"), NFS3_OK);
    check_owner(find3(root, "d"), 5, 5, 0644);
    ck_assert_int_eq(remove3(root, "c"), NFS3_OK);
    check_owner(find3(root, "d"), 5, 5, 0644);
    ck_assert_int_eq(remove3(root, "d"), NFS3_OK);
    /* The host may give the inode's number to the next file. */
    ck_assert_int_eq(create3(root, "e", 0644, &file), NFS3_OK);
    check_owner(file, 0, 0, 0644);
}
END_TEST

START_TEST(who_creates_owns)
{
    struct fh dir;
    struct fh file;
    ck_assert_int_eq(mkdir3(root3(), "dir", 0777, &dir), NFS3_OK);
    client.uid = 1000;
    client.gid = 100;
    ck_assert_int_eq(create3(dir, "file", 0644, &file), NFS3_OK);
    check_owner(file, 1000, 100, 0644);
    ck_assert_int_eq(symlink3(dir, "link", "x", &file), NFS3_OK);
    check_owner(file, 1000, 100, 0777);
    ck_assert_int_eq(mknod3(dir, "fifo", NF3FIFO, 0, 0, &file), NFS3_OK);
    check_owner(file, 1000, 100, 0600);
}
END_TEST

START_TEST(chmod_000_does_not_lock_the_server_out)
{
    struct fh file;
    struct fh dir;
    char data[8];
    uint32_t got;
    bool eof;
    ck_assert_int_eq(mkdir3(root3(), "dir", 0755, &dir), NFS3_OK);
    ck_assert_int_eq(create3(dir, "file", 0644, &file), NFS3_OK);
    chmod3(file, 0);
    chmod3(dir, 0);
    client_restart();
    check_owner(file, 0, 0, 0);
    check_owner(dir, 0, 0, 0);
    ck_assert_int_eq(write3(file, 0, "x", 1, FILE_SYNC), NFS3_OK);
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3_OK);
    ck_assert_int_eq(remove3(dir, "file"), NFS3_OK);
}
END_TEST

START_TEST(files_closed_on_the_host_are_open_to_the_guests_root)
{
    struct fh out;
    char data[8];
    uint32_t got;
    bool eof;
    host_write("file", "text");
    ck_assert_int_eq(mkdir(host_path("dir"), 0755), 0);
    host_write("dir/inside", "text");
    ck_assert_int_eq(chmod(host_path("file"), 0444), 0);
    ck_assert_int_eq(chmod(host_path("dir"), 0), 0);
    struct fh file = find3(root3(), "file");
    struct fh dir = find3(root3(), "dir");
    ck_assert_int_eq(write3(file, 0, "T", 1, FILE_SYNC), NFS3_OK);
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3_OK);
    ck_assert_mem_eq(data, "Text", 4);
    ck_assert_int_eq(lookup3(dir, "inside", &out), NFS3_OK);
    ck_assert_int_eq(create3(dir, "new", 0644, &out), NFS3_OK);
    check_owner(file, 0, 0, 0444); /* the guest's view stays */
    check_owner(dir, 0, 0, 0);
}
END_TEST

START_TEST(a_record_goes_when_the_host_says_the_same)
{
    struct fh file;
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    chown3(file, 5, 5);
    chown3(file, 0, 0);
    ck_assert_ptr_nonnull(strstr(host_read(OWNERSHIP_FILE), " -\n"));
    /* Now the host's changes show. */
    ck_assert_int_eq(chmod(host_path("file"), 0600), 0);
    check_owner(file, 0, 0, 0600);
}
END_TEST

START_TEST(set_id_bits_go_when_others_write_or_the_owner_changes)
{
    struct fh file;
    ck_assert_int_eq(create3(root3(), "file", 0777, &file), NFS3_OK);
    chmod3(file, 06777);
    ck_assert_int_eq(write3(file, 0, "x", 1, FILE_SYNC), NFS3_OK);
    check_owner(file, 0, 0, 06777); /* root's writing leaves them */
    client.uid = client.gid = 5;
    ck_assert_int_eq(write3(file, 0, "x", 1, FILE_SYNC), NFS3_OK);
    check_owner(file, 0, 0, 0777);
    client.uid = client.gid = 0;
    chmod3(file, 06777);
    chown3(file, 1, 1);
    check_owner(file, 1, 1, 0777);
}
END_TEST

START_TEST(the_records_are_hidden_from_the_guest)
{
    struct fh root = root3();
    struct fh out;
    struct fh file;
    ck_assert_int_eq(create3(root, "file", 0644, &file), NFS3_OK);
    chown3(file, 5, 5);
    ck_assert(log_exists());
    ck_assert_int_eq(lookup3(root, OWNERSHIP_FILE, &out), NFS3ERR_NOENT);
    ck_assert_int_eq(create3(root, OWNERSHIP_FILE, 0644, &out), NFS3ERR_ACCES);
    ck_assert_int_eq(remove3(root, OWNERSHIP_FILE), NFS3ERR_ACCES);
    ck_assert_int_eq(rename3(root, OWNERSHIP_FILE, root, "x"), NFS3ERR_ACCES);
    ck_assert_int_eq(rename3(root, "file", root, OWNERSHIP_FILE), NFS3ERR_ACCES);
    ck_assert_int_eq(link3(file, root, OWNERSHIP_FILE ".new"), NFS3ERR_ACCES);
}
END_TEST

START_TEST(a_record_cut_off_by_a_crash_is_ignored)
{
    struct fh file;
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    chown3(file, 5, 6);
    FILE *log = fopen(host_path(OWNERSHIP_FILE), "r+");
    struct stat st;
    ck_assert_int_eq(stat(host_path("file"), &st), 0);
    fseek(log, 0, SEEK_END);
    fprintf(log, "0 %lu 0 100644 77 7", (unsigned long)st.st_ino);
    fclose(log);
    client_restart();
    check_owner(file, 5, 6, 0644);
    chmod3(file, 0600); /* appended behind the torn line */
    client_restart();
    check_owner(file, 5, 6, 0600);
}
END_TEST

START_TEST(rubbish_in_the_log_is_ignored)
{
    struct fh file;
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    chown3(file, 5, 6);
    FILE *log = fopen(host_path(OWNERSHIP_FILE), "a");
    for (int i = 0; i < 20000; i++) {
        fputc(i % 251 == 7 ? '\n' : i % 255 + 1, log);
    }
    for (int i = 0; i < 20000; i++) {
        fputc('9', log);
    }
    fclose(log);
    client_restart();
    check_owner(file, 5, 6, 0644);
}
END_TEST

START_TEST(a_long_log_is_rewritten_with_its_contents)
{
    struct fh file;
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    chown3(file, 5, 6);
    struct stat st;
    FILE *log = fopen(host_path(OWNERSHIP_FILE), "a");
    for (int i = 0; i < 5000; i++) {
        fprintf(log, "0 999999 1 100644 %d 0 0 0 .\n", i);
    }
    fclose(log);
    client_restart();
    ck_assert_int_eq(stat(host_path(OWNERSHIP_FILE), &st), 0);
    ck_assert_int_lt(st.st_size, 200);
    check_owner(file, 5, 6, 0644);
    chown3(file, 7, 8);
    client_restart();
    check_owner(file, 7, 8, 0644);
}
END_TEST

#define MANY_RECORDS 5000

START_TEST(many_records_are_kept_apart)
{
    struct ownership *ownership;
    FILE *log = fopen(host_path(OWNERSHIP_FILE), "w");
    for (int i = 1; i <= MANY_RECORDS; i++) {
        fprintf(log, "0 %d 1 100644 %d 0 0 0 .\n", i * 7, i);
    }
    for (int i = 3; i <= MANY_RECORDS; i += 3) {
        fprintf(log, "0 %d 1 -\n", i * 7);
    }
    fclose(log);
    int root = open(client.dir, O_PATH | O_DIRECTORY);
    ck_assert_int_eq(ownership_open(root, false, &ownership), 0);
    for (int i = 1; i <= MANY_RECORDS; i++) {
        struct file_id id = { 0, (uint64_t)i * 7, 1 };
        const struct owner_record *record = ownership_find(ownership, &id);
        if (i % 3 == 0) {
            ck_assert_ptr_null(record);
        } else {
            ck_assert_uint_eq(record->uid, i);
            id.generation = 2; /* another file with the same number */
            ck_assert_ptr_null(ownership_find(ownership, &id));
        }
    }
    ownership_close(ownership);
    close(root);
}
END_TEST

START_TEST(two_servers_on_one_folder_see_each_others_records)
{
    struct fh file;
    char error[200];
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    struct nfs_export export = { (char *)"/export", client.dir, false };
    struct nfs_server *other = nfs_server_create(&export, 1, error, sizeof error);
    ck_assert_ptr_nonnull(other);
    chown3(file, 5, 6);
    struct nfs_server *first = client.server;
    client.server = other;
    check_owner(file, 5, 6, 0644);
    chown3(file, 7, 8);
    client.server = first;
    check_owner(file, 7, 8, 0644);
    nfs_server_destroy(other);
}
END_TEST

START_TEST(a_link_in_the_logs_place_is_refused)
{
    char error[200] = "";
    ck_assert_int_eq(symlink("/etc/passwd", host_path(OWNERSHIP_FILE)), 0);
    struct nfs_export export = { (char *)"/other", client.dir, false };
    ck_assert_ptr_null(nfs_server_create(&export, 1, error, sizeof error));
    ck_assert_ptr_nonnull(strstr(error, client.dir));
}
END_TEST

SUITE(ownership, what_root_makes_plainly_needs_no_record,
      owners_modes_and_devices_survive_a_restart,
      records_follow_renames_and_links_and_go_with_the_file, who_creates_owns,
      chmod_000_does_not_lock_the_server_out, files_closed_on_the_host_are_open_to_the_guests_root,
      a_record_goes_when_the_host_says_the_same,
      set_id_bits_go_when_others_write_or_the_owner_changes, the_records_are_hidden_from_the_guest,
      a_record_cut_off_by_a_crash_is_ignored, rubbish_in_the_log_is_ignored,
      a_long_log_is_rewritten_with_its_contents, many_records_are_kept_apart,
      two_servers_on_one_folder_see_each_others_records, a_link_in_the_logs_place_is_refused)
