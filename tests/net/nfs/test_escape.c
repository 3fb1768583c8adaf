/* SPDX-License-Identifier: MIT */
/* Nothing outside the exported folder can be reached. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "net/nfs/handle.h"
#include "net/nfs/ownership.h"
#include "tests/net/nfs/suite.h"

/* A folder beside the export, with a secret. */
static char outside[80];

static void make_outside(void)
{
    snprintf(outside, sizeof outside, "%s-outside", client.dir);
    char path[100];
    snprintf(path, sizeof path, "%s/secret", outside);
    ck_assert_int_eq(mkdir(outside, 0755), 0);
    int fd = open(path, O_WRONLY | O_CREAT, 0644);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, "secret", 6), 6);
    close(fd);
}

static void remove_outside(void)
{
    char command[200];
    snprintf(command, sizeof command, "rm -rf %s", outside);
    ck_assert_int_eq(system(command), 0);
}

static bool secret_is_intact(void)
{
    char path[100];
    char text[10] = "";
    snprintf(path, sizeof path, "%s/secret", outside);
    int fd = open(path, O_RDONLY);
    ssize_t got = read(fd, text, sizeof text);
    close(fd);
    return got == 6 && memcmp(text, "secret", 6) == 0;
}

START_TEST(symbolic_links_are_never_followed)
{
    struct fh out;
    char data[8];
    uint32_t got;
    bool eof;
    make_outside();
    ck_assert_int_eq(symlink(outside, host_path("dir")), 0);
    char target[100];
    snprintf(target, sizeof target, "%s/secret", outside);
    ck_assert_int_eq(symlink(target, host_path("file")), 0);
    struct fh dir = find3(root3(), "dir");
    struct fh file = find3(root3(), "file");
    ck_assert_int_eq(attr3(dir).type, NF3LNK);
    ck_assert_int_eq(lookup3(dir, "secret", &out), NFS3ERR_NOTDIR);
    ck_assert_int_eq(create3(dir, "new", 0644, &out), NFS3ERR_NOTDIR);
    ck_assert_int_eq(remove3(dir, "secret"), NFS3ERR_NOTDIR);
    ck_assert_int_eq(rename3(dir, "secret", root3(), "secret"), NFS3ERR_NOTDIR);
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3ERR_INVAL);
    ck_assert_int_eq(write3(file, 0, "x", 1, UNSTABLE), NFS3ERR_INVAL);
    ck_assert_int_eq(create3(root3(), "file", 0644, &out), NFS3ERR_EXIST);
    sattr3 attr = no_change3();
    attr.size = (set_size3){ TRUE, { 0 } };
    ck_assert_int_eq(setattr3(file, attr), NFS3ERR_INVAL);
    attr = no_change3();
    attr.mode = (set_mode3){ TRUE, { 0 } };
    ck_assert_int_eq(setattr3(file, attr), NFS3_OK);
    ck_assert(secret_is_intact());
    remove_outside();
}
END_TEST

START_TEST(a_directory_swapped_for_a_link_leads_nowhere)
{
    struct fh dir;
    struct fh file;
    struct fh out;
    char data[8];
    uint32_t got;
    bool eof;
    make_outside();
    ck_assert_int_eq(mkdir3(root3(), "dir", 0755, &dir), NFS3_OK);
    ck_assert_int_eq(create3(dir, "secret", 0644, &file), NFS3_OK);
    /* The host (or another guest with the same folder) swaps the directory under the server. */
    ck_assert_int_eq(rename(host_path("dir"), host_path("moved")), 0);
    ck_assert_int_eq(symlink(outside, host_path("dir")), 0);
    /* The handles mean the files they always meant. */
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3_OK);
    ck_assert_uint_eq(got, 0);
    ck_assert_int_eq(write3(file, 0, "mine", 4, FILE_SYNC), NFS3_OK);
    ck_assert_str_eq(host_read("moved/secret"), "mine");
    ck_assert_int_eq(create3(dir, "new", 0644, &out), NFS3_OK);
    ck_assert_int_eq(access(host_path("moved/new"), F_OK), 0);
    ck_assert(secret_is_intact());
    remove_outside();
}
END_TEST

START_TEST(a_file_swapped_for_a_link_leads_nowhere)
{
    struct fh file;
    char data[8];
    uint32_t got;
    bool eof;
    char target[100];
    make_outside();
    snprintf(target, sizeof target, "%s/secret", outside);
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    ck_assert_int_eq(unlink(host_path("file")), 0);
    ck_assert_int_eq(symlink(target, host_path("file")), 0);
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3ERR_STALE);
    ck_assert_int_eq(write3(file, 0, "x", 1, UNSTABLE), NFS3ERR_STALE);
    ck_assert(secret_is_intact());
    remove_outside();
}
END_TEST

START_TEST(a_directory_moved_out_of_the_export_is_gone)
{
    struct fh dir;
    struct fh sub;
    struct fh out;
    fattr3 attr;
    char target[100];
    make_outside();
    snprintf(target, sizeof target, "%s/dir", outside);
    ck_assert_int_eq(mkdir3(root3(), "dir", 0755, &dir), NFS3_OK);
    ck_assert_int_eq(mkdir3(dir, "sub", 0755, &sub), NFS3_OK);
    ck_assert_int_eq(rename(host_path("dir"), target), 0);
    ck_assert_int_eq(getattr3(dir, &attr), NFS3ERR_STALE);
    ck_assert_int_eq(lookup3(sub, "..", &out), NFS3ERR_STALE);
    ck_assert_int_eq(create3(sub, "new", 0644, &out), NFS3ERR_STALE);
    remove_outside();
}
END_TEST

/* The handle that the server would give to a file, were it exported: see export_fs.c. */
static struct fh forge(const char *path)
{
    union {
        struct file_handle handle;
        uint8_t bytes[sizeof(struct file_handle) + 128];
    } host = { .handle.handle_bytes = 128 };
    int mount_id;
    struct stat st;
    struct stat root_st;
    struct fh root = root3();
    struct nfs_handle handle;
    ck_assert(handle_decode(root.bytes, sizeof root.bytes, &handle));
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(stat(client.dir, &root_st), 0);
    handle.id.dev = st.st_dev == root_st.st_dev ? 0 : st.st_dev;
    handle.id.ino = st.st_ino;
    handle.id.generation = 0;
    if (name_to_handle_at(AT_FDCWD, path, &host.handle, &mount_id, 0) == 0) {
        handle.id.generation = hash_bytes(host.handle.f_handle, host.handle.handle_bytes);
    }
    struct fh forged;
    handle_encode(&handle, forged.bytes);
    return forged;
}

START_TEST(a_forged_handle_opens_only_what_is_exported)
{
    fattr3 attr;
    char secret[100];
    make_outside();
    snprintf(secret, sizeof secret, "%s/secret", outside);
    host_write("file", "");
    ck_assert_int_eq(getattr3(forge(host_path("file")), &attr),
                     NFS3_OK); /* so the forger is good */
    ck_assert_int_eq(getattr3(forge(secret), &attr), NFS3ERR_STALE);
    client_restart(); /* each gets its own search */
    ck_assert_int_eq(getattr3(forge("/tmp"), &attr), NFS3ERR_STALE);
    client_restart();
    ck_assert_int_eq(getattr3(forge("/proc/self"), &attr), NFS3ERR_STALE);
    remove_outside();
}
END_TEST

START_TEST(a_forged_handle_does_not_open_the_ownership_records)
{
    struct fh file;
    fattr3 attr;
    sattr3 change = no_change3();
    change.uid = (set_uid3){ TRUE, { 5 } };
    ck_assert_int_eq(create3(root3(), "file", 0644, &file), NFS3_OK);
    ck_assert_int_eq(setattr3(file, change), NFS3_OK);
    ck_assert_int_eq(getattr3(forge(host_path(OWNERSHIP_FILE)), &attr), NFS3ERR_STALE);
}
END_TEST

START_TEST(dot_dot_above_the_root_is_the_root)
{
    struct fh root = root3();
    struct fh up = find3(root, "..");
    ck_assert_mem_eq(up.bytes, root.bytes, sizeof root.bytes);
    ck_assert_int_eq(rename3(root, "..", root, "x"), NFS3ERR_INVAL);
    ck_assert_int_eq(remove3(root, ".."), NFS3ERR_INVAL);
    struct fh out;
    ck_assert_int_eq(lookup3(root, "../etc", &out), NFS3ERR_ACCES);
}
END_TEST

START_TEST(special_files_of_the_host_are_never_opened)
{
    struct fh fifo;
    char data[8];
    uint32_t got;
    bool eof;
    /* Opening a FIFO would hang until somebody writes. */
    ck_assert_int_eq(mkfifo(host_path("fifo"), 0644), 0);
    fifo = find3(root3(), "fifo");
    ck_assert_int_eq(attr3(fifo).type, NF3FIFO);
    ck_assert_int_eq(read3(fifo, 0, 8, data, &got, &eof), NFS3ERR_INVAL);
    ck_assert_int_eq(write3(fifo, 0, "x", 1, FILE_SYNC), NFS3ERR_INVAL);
    ck_assert_int_eq(setattr3(fifo, no_change3()), NFS3_OK);
}
END_TEST

SUITE(escape, symbolic_links_are_never_followed, a_directory_swapped_for_a_link_leads_nowhere,
      a_file_swapped_for_a_link_leads_nowhere, a_directory_moved_out_of_the_export_is_gone,
      a_forged_handle_opens_only_what_is_exported,
      a_forged_handle_does_not_open_the_ownership_records, dot_dot_above_the_root_is_the_root,
      special_files_of_the_host_are_never_opened)
