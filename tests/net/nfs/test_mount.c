/* SPDX-License-Identifier: MIT */
/* The port mapper (RFC 1833) and the mount protocol (RFC 1094, appendix A; RFC 1813, appendix I).
 */
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/net/nfs/suite.h"

static u_int getport(uint32_t prog, uint32_t vers, uint32_t prot)
{
    mapper_mapping mapping = { prog, vers, prot, 0 };
    u_int port = 0;
    client_call(MAPPER_PROGRAM, MAPPER_V2, MAPPER_GETPORT, (xdrproc_t)xdr_mapper_mapping, &mapping,
                (xdrproc_t)xdr_u_int, &port);
    return port;
}

START_TEST(the_port_mapper_knows_the_ports)
{
    ck_assert_uint_eq(getport(100000, 2, 17), 111);
    ck_assert_uint_eq(getport(100003, 2, 17), 2049);
    ck_assert_uint_eq(getport(100003, 3, 6), 2049);
    ck_assert_uint_eq(getport(100005, 1, 17), 20048);
    ck_assert_uint_eq(getport(100005, 3, 6), 20048);
    ck_assert_uint_eq(getport(100021, 4, 17), 0); /* no lock manager */
    ck_assert_uint_eq(getport(100003, 3, 132), 0);
}
END_TEST

START_TEST(the_port_mapper_registers_nothing)
{
    mapper_mapping mapping = { 300000, 1, 17, 4000 };
    bool_t done = TRUE;
    client_call(MAPPER_PROGRAM, MAPPER_V2, MAPPER_SET, (xdrproc_t)xdr_mapper_mapping, &mapping,
                (xdrproc_t)xdr_bool, &done);
    ck_assert(!done);
    ck_assert_uint_eq(getport(300000, 1, 17), 0);
    mapping = (mapper_mapping){ 100003, 2, 17, 2049 };
    client_call(MAPPER_PROGRAM, MAPPER_V2, MAPPER_UNSET, (xdrproc_t)xdr_mapper_mapping, &mapping,
                (xdrproc_t)xdr_bool, &done);
    ck_assert(!done);
    ck_assert_uint_eq(getport(100003, 2, 17), 2049);
}
END_TEST

START_TEST(the_port_mapper_dumps_each_program_over_udp_and_tcp)
{
    mapper_list list = NULL;
    client_call(MAPPER_PROGRAM, MAPPER_V2, MAPPER_DUMP, xdr_nothing, NULL,
                (xdrproc_t)xdr_mapper_list, &list);
    int count = 0;
    for (mapper_list entry = list; entry; entry = entry->next) {
        ck_assert_uint_eq(getport(entry->map.prog, entry->map.vers, entry->map.prot),
                          entry->map.port);
        count++;
    }
    ck_assert_int_eq(count, 10);
    xdr_free((xdrproc_t)xdr_mapper_list, (char *)&list);
}
END_TEST

static u_int mount1(const char *path, struct fh *handle)
{
    dirpath arg = (char *)path;
    fhstatus result = { 0 };
    client_call(MOUNT_PROGRAM, MOUNT_V1, MOUNTPROC_MNT, (xdrproc_t)xdr_dirpath, &arg,
                (xdrproc_t)xdr_fhstatus, &result);
    memcpy(handle->bytes, result.fhstatus_u.fhs_fhandle, sizeof handle->bytes);
    return result.fhs_status;
}

static mountstat3 mount3(const char *path)
{
    dirpath arg = (char *)path;
    mountres3 result = { 0 };
    client_call(MOUNT_PROGRAM, MOUNT_V3, MOUNTPROC3_MNT, (xdrproc_t)xdr_dirpath, &arg,
                (xdrproc_t)xdr_mountres3, &result);
    mountstat3 status = result.fhs_status;
    xdr_free((xdrproc_t)xdr_mountres3, (char *)&result);
    return status;
}

START_TEST(both_versions_mount_an_export)
{
    struct fh handle;
    ck_assert_uint_eq(mount1("/export", &handle), 0);
    ck_assert_int_eq(mount3("/export"), MNT3_OK);
    ck_assert_int_eq(mount3("/export/"), MNT3_OK);
    struct fh root = root3();
    ck_assert_mem_eq(handle.bytes, root.bytes, sizeof root.bytes);
    fattr3 attr = attr3(root);
    ck_assert_int_eq(attr.type, NF3DIR);
}
END_TEST

START_TEST(a_directory_in_an_export_can_be_mounted)
{
    struct fh handle;
    struct fh made;
    ck_assert_int_eq(mkdir3(root3(), "sub", 0755, &made), NFS3_OK);
    ck_assert_uint_eq(mount1("/export/sub", &handle), 0);
    ck_assert_mem_eq(handle.bytes, made.bytes, sizeof made.bytes);
    ck_assert_int_eq(mount3("/export//sub/"), MNT3_OK);
}
END_TEST

START_TEST(what_is_not_exported_is_not_mounted)
{
    struct fh handle;
    host_write("file", "x");
    ck_assert_int_eq(symlink("/etc", host_path("etc")), 0);
    ck_assert_uint_eq(mount1("/other", &handle), 2);
    ck_assert_int_eq(mount3("/"), MNT3ERR_NOENT);
    ck_assert_int_eq(mount3(""), MNT3ERR_NOENT);
    ck_assert_int_eq(mount3("/exporter"), MNT3ERR_NOENT);
    ck_assert_int_eq(mount3("/export/none"), MNT3ERR_NOENT);
    ck_assert_int_eq(mount3("/export/file"), MNT3ERR_NOTDIR);
    ck_assert_int_eq(mount3("/export/etc"), MNT3ERR_NOTDIR);
    ck_assert_int_eq(mount3("/export/etc/ssl"), MNT3ERR_NOTDIR);
}
END_TEST

START_TEST(dots_in_a_mount_path_stay_in_the_export)
{
    struct fh handle;
    struct fh root = root3();
    ck_assert_uint_eq(mount1("/export/../..", &handle), 0);
    ck_assert_mem_eq(handle.bytes, root.bytes, sizeof root.bytes);
}
END_TEST

static int count_mounts(void)
{
    mountlist list = NULL;
    client_call(MOUNT_PROGRAM, MOUNT_V3, MOUNTPROC3_DUMP, xdr_nothing, NULL,
                (xdrproc_t)xdr_mountlist, &list);
    int count = 0;
    for (mountlist body = list; body; body = body->ml_next) {
        ck_assert_str_eq(body->ml_directory, "/export");
        count++;
    }
    xdr_free((xdrproc_t)xdr_mountlist, (char *)&list);
    return count;
}

static void unmount(uint32_t proc)
{
    dirpath path = (char *)"/export";
    client_call(MOUNT_PROGRAM, MOUNT_V3, proc,
                proc == MOUNTPROC3_UMNT ? (xdrproc_t)xdr_dirpath : xdr_nothing, &path, xdr_nothing,
                NULL);
}

START_TEST(the_list_of_mounts_follows_mnt_and_umnt)
{
    ck_assert_int_eq(count_mounts(), 0);
    root3();
    ck_assert_int_eq(count_mounts(), 1);
    unmount(MOUNTPROC3_UMNT);
    ck_assert_int_eq(count_mounts(), 0);
    root3();
    unmount(MOUNTPROC3_UMNTALL);
    ck_assert_int_eq(count_mounts(), 0);
}
END_TEST

START_TEST(export_lists_the_exports)
{
    exports list = NULL;
    client_call(MOUNT_PROGRAM, MOUNT_V1, MOUNTPROC_EXPORT, xdr_nothing, NULL,
                (xdrproc_t)xdr_exports, &list);
    ck_assert_ptr_nonnull(list);
    ck_assert_str_eq(list->ex_dir, "/export");
    ck_assert_ptr_null(list->ex_groups);
    ck_assert_ptr_null(list->ex_next);
    xdr_free((xdrproc_t)xdr_exports, (char *)&list);
}
END_TEST

START_TEST(the_longest_export_that_fits_is_mounted)
{
    char error[200];
    host_write("here", "inner");
    struct nfs_export exports[] = { { (char *)"/", (char *)"/tmp", true },
                                    { (char *)"/export", client.dir, false } };
    nfs_server_destroy(client.server);
    client.server = nfs_server_create(exports, 2, error, sizeof error);
    ck_assert_ptr_nonnull(client.server);
    find3(root3(), "here");
    ck_assert_int_eq(mount3("/"), MNT3_OK);
}
END_TEST

SUITE(mount, the_port_mapper_knows_the_ports, the_port_mapper_registers_nothing,
      the_port_mapper_dumps_each_program_over_udp_and_tcp, both_versions_mount_an_export,
      a_directory_in_an_export_can_be_mounted, what_is_not_exported_is_not_mounted,
      dots_in_a_mount_path_stay_in_the_export, the_list_of_mounts_follows_mnt_and_umnt,
      export_lists_the_exports, the_longest_export_that_fits_is_mounted)
