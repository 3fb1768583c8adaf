/* SPDX-License-Identifier: MIT */
/* The command line's form of an export, and opening exports. */
#include <string.h>

#include "tests/net/nfs/suite.h"

static void check_parse(const char *text, const char *guest_path, const char *host_dir,
                        bool read_only)
{
    struct nfs_export export;
    char error[200] = "";
    ck_assert_msg(nfs_export_parse(text, &export, error, sizeof error), "%s", error);
    ck_assert_str_eq(export.guest_path, guest_path);
    ck_assert_str_eq(export.host_dir, host_dir);
    ck_assert(export.read_only == read_only);
    nfs_export_free(&export);
}

static void check_refused(const char *text)
{
    struct nfs_export export;
    char error[200] = "";
    ck_assert(!nfs_export_parse(text, &export, error, sizeof error));
    ck_assert_ptr_nonnull(strstr(error, text)); /* the message names the text */
}

START_TEST(an_export_is_guest_path_equals_host_folder)
{
    check_parse("/opt/_install=./rootfs", "/opt/_install", "./rootfs", false);
    check_parse("/a=b=c", "/a", "b=c", false);
    check_parse("/=/srv", "/", "/srv", false);
    check_parse("//a///b//=x", "/a/b", "x", false);
    check_parse("/a=b,ro", "/a", "b", true);
    check_parse("/a=b,rw", "/a", "b", false);
    check_parse("/a..b/.c=d", "/a..b/.c", "d", false);
}
END_TEST

START_TEST(a_malformed_export_is_named)
{
    check_refused("rootfs");
    check_refused("opt=./rootfs");
    check_refused("=./rootfs");
    check_refused("/opt=");
    check_refused("/opt=,ro");
    check_refused("/opt/../etc=x");
    check_refused("/opt/.=x");
}
END_TEST

static void check_not_created(const struct nfs_export *exports, size_t count, const char *named)
{
    char error[300] = "";
    ck_assert_ptr_null(nfs_server_create(exports, count, error, sizeof error));
    ck_assert_ptr_nonnull(strstr(error, named));
}

START_TEST(a_missing_folder_is_named)
{
    struct nfs_export missing = { (char *)"/a", (char *)"/nonexistent/folder", false };
    check_not_created(&missing, 1, "/nonexistent/folder");
    struct nfs_export file = { (char *)"/a", (char *)"/etc/passwd", false };
    check_not_created(&file, 1, "/etc/passwd");
}
END_TEST

START_TEST(one_guest_path_is_exported_once)
{
    struct nfs_export twice[] = { { (char *)"/a", client.dir, false },
                                  { (char *)"/a/", client.dir, false } };
    check_not_created(twice, 2, "/a");
}
END_TEST

START_TEST(the_servers_ports_are_known)
{
    ck_assert(nfs_server_has_port(111));
    ck_assert(nfs_server_has_port(2049));
    ck_assert(nfs_server_has_port(20048));
    ck_assert(!nfs_server_has_port(22));
}
END_TEST

SUITE(export, an_export_is_guest_path_equals_host_folder, a_malformed_export_is_named,
      a_missing_folder_is_named, one_guest_path_is_exported_once, the_servers_ports_are_known)
