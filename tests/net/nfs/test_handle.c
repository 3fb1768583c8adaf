/* SPDX-License-Identifier: MIT */
/* File handles last: over restarts of the server, and renames on either side. */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "net/nfs/inode_table.h"
#include "tests/net/nfs/suite.h"

START_TEST(handles_survive_a_restart)
{
    struct fh dir;
    struct fh file;
    ck_assert_int_eq(mkdir3(root3(), "dir", 0755, &dir), NFS3_OK);
    ck_assert_int_eq(create3(dir, "file", 0644, &file), NFS3_OK);
    ck_assert_int_eq(write3(file, 0, "text", 4, FILE_SYNC), NFS3_OK);
    struct fh root = root3();
    client_restart();
    char data[8];
    uint32_t got;
    bool eof;
    ck_assert_int_eq(read3(file, 0, 8, data, &got, &eof), NFS3_OK);
    ck_assert_mem_eq(data, "text", 4);
    struct fh found = find3(dir, "file");
    ck_assert_mem_eq(found.bytes, file.bytes, sizeof file.bytes);
    found = root3();
    ck_assert_mem_eq(found.bytes, root.bytes, sizeof root.bytes);
}
END_TEST

START_TEST(handles_survive_renames_on_the_host)
{
    struct fh dir;
    struct fh file;
    ck_assert_int_eq(mkdir3(root3(), "dir", 0755, &dir), NFS3_OK);
    ck_assert_int_eq(create3(dir, "file", 0644, &file), NFS3_OK);
    ck_assert_int_eq(rename(host_path("dir"), host_path("other")), 0);
    ck_assert_int_eq(rename(host_path("other/file"), host_path("other/name")), 0);
    ck_assert_int_eq(attr3(file).type, NF3REG);
    ck_assert_int_eq(attr3(dir).type, NF3DIR);
}
END_TEST

START_TEST(parents_that_change_places_on_the_host_are_found)
{
    struct fh a;
    struct fh b;
    struct fh file;
    ck_assert_int_eq(mkdir3(root3(), "a", 0755, &a), NFS3_OK);
    ck_assert_int_eq(mkdir3(a, "b", 0755, &b), NFS3_OK);
    ck_assert_int_eq(create3(b, "file", 0644, &file), NFS3_OK);
    ck_assert_int_eq(rename(host_path("a/b"), host_path("b")), 0);
    ck_assert_int_eq(rename(host_path("a"), host_path("b/a")), 0);
    ck_assert_int_eq(attr3(a).type, NF3DIR);
    ck_assert_int_eq(attr3(file).type, NF3REG);
    struct fh up = find3(a, "..");
    ck_assert_mem_eq(up.bytes, b.bytes, sizeof b.bytes);
}
END_TEST

START_TEST(a_removed_file_is_stale_and_its_number_used_again_is_another_file)
{
    struct fh old;
    struct fh new;
    fattr3 attr;
    ck_assert_int_eq(create3(root3(), "file", 0644, &old), NFS3_OK);
    ck_assert_int_eq(remove3(root3(), "file"), NFS3_OK);
    ck_assert_int_eq(create3(root3(), "file", 0644, &new), NFS3_OK);
    ck_assert_int_eq(getattr3(old, &attr), NFS3ERR_STALE);
    ck_assert_mem_ne(old.bytes, new.bytes, sizeof old.bytes);
    ck_assert_int_eq(getattr3(new, &attr), NFS3_OK);
}
END_TEST

START_TEST(both_versions_share_their_handles)
{
    struct fh two = root2();
    struct fh three = root3();
    ck_assert_mem_eq(two.bytes, three.bytes, sizeof two.bytes);
}
END_TEST

START_TEST(a_deep_path_works)
{
    struct fh dir = root3();
    for (int i = 0; i < 200; i++) {
        struct fh next;
        ck_assert_int_eq(mkdir3(dir, "d", 0755, &next), NFS3_OK);
        dir = next;
    }
    client_restart();
    ck_assert_int_eq(attr3(dir).type, NF3DIR);
    struct fh file;
    ck_assert_int_eq(create3(dir, "file", 0644, &file), NFS3_OK);
}
END_TEST

/* The table itself */

static struct file_id id_of(uint64_t ino)
{
    return (struct file_id){ 0, ino, 1 };
}

static void place(struct inode_table *table, uint64_t ino, uint64_t parent, const char *name)
{
    struct file_id id = id_of(ino);
    struct file_id parent_id = id_of(parent);
    inode_table_place(table, &id, inode_table_find(table, &parent_id), name);
}

/* In a namespace of its own, where the exported folder is mounted inside itself. */
static int search_a_cycle(struct fh gone)
{
    fattr3 attr;
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) ||
        mount(client.dir, host_path("inside"), NULL, MS_BIND, NULL)) {
        return 0; /* the host does not let us */
    }
    signal(SIGALRM, SIG_DFL); /* not check's */
    alarm(20);
    client_restart();
    return getattr3(gone, &attr) != NFS3ERR_STALE;
}

START_TEST(a_folder_mounted_inside_itself_does_not_hold_the_search_up)
{
    struct fh gone;
    int status;
    ck_assert_int_eq(create3(root3(), "gone", 0644, &gone), NFS3_OK);
    ck_assert_int_eq(unlink(host_path("gone")), 0);
    ck_assert_int_eq(mkdir(host_path("inside"), 0755), 0);
    pid_t child = fork();
    if (child == 0) {
        _exit(search_a_cycle(gone));
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert_int_eq(status, 0);
    rmdir(host_path("inside"));
}
END_TEST

START_TEST(the_table_forgets_old_inodes_but_no_parent_of_others)
{
    struct file_id root = id_of(1);
    struct inode_table *table = inode_table_create(&root, 100);
    place(table, 2, 1, "parent");
    place(table, 3, 2, "child");
    for (uint64_t ino = 10; ino < 1000; ino++) {
        struct file_id child = id_of(3);
        ck_assert_ptr_nonnull(inode_table_find(table, &child)); /* in use */
        place(table, ino, 1, "other");
    }
    struct file_id id = id_of(3);
    struct inode *child = inode_table_find(table, &id);
    ck_assert_ptr_nonnull(child);
    ck_assert_ptr_nonnull(child->parent);
    ck_assert_str_eq(child->parent->name, "parent");
    id = id_of(10);
    ck_assert_ptr_null(inode_table_find(table, &id));
    id = id_of(999);
    ck_assert_ptr_nonnull(inode_table_find(table, &id));
    inode_table_destroy(table);
}
END_TEST

START_TEST(the_tables_parents_never_form_a_cycle)
{
    struct file_id root = id_of(1);
    struct inode_table *table = inode_table_create(&root, 100);
    place(table, 2, 1, "a");
    place(table, 3, 2, "b");
    place(table, 4, 3, "c");
    place(table, 2, 4, "a"); /* as after a swap on the host */
    for (uint64_t ino = 2; ino <= 4; ino++) {
        struct file_id id = id_of(ino);
        int steps = 0;
        for (struct inode *i = inode_table_find(table, &id); i; i = i->parent) {
            ck_assert_int_lt(++steps, 10);
        }
    }
    inode_table_destroy(table);
}
END_TEST

SUITE(handle, handles_survive_a_restart, handles_survive_renames_on_the_host,
      parents_that_change_places_on_the_host_are_found,
      a_removed_file_is_stale_and_its_number_used_again_is_another_file,
      both_versions_share_their_handles, a_deep_path_works,
      a_folder_mounted_inside_itself_does_not_hold_the_search_up,
      the_table_forgets_old_inodes_but_no_parent_of_others, the_tables_parents_never_form_a_cycle)
