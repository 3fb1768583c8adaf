/* SPDX-License-Identifier: MIT */
/*
 * The mount protocol, versions 1 (RFC 1094, appendix A) and 3 (RFC 1813, appendix I): from a path
 * to a handle.
 *
 * A guest may mount an export or a directory in one. There is one client, so the list of mounts is
 * a flag per export; it serves DUMP, nothing depends on it.
 */
#include <errno.h>
#include <string.h>

#include "net/nfs/mount_prot.h"
#include "net/nfs/nfs_server_internal.h"

/* Mounting needs no permission: the mount point's own permissions guard what is in it. */
static const struct credential ROOT = { 0 };

/* The part of `path` below the export's path, "" for the export itself; NULL: not in this export.
 */
static const char *path_in_export(const struct served_export *export, const char *path)
{
    size_t length = strlen(export->guest_path);
    if (strcmp(export->guest_path, "/") == 0) {
        return path[0] == '/' ? path : NULL;
    }
    bool below = strncmp(path, export->guest_path, length) == 0 &&
                 (path[length] == '\0' || path[length] == '/');
    return below ? path + length : NULL;
}

/* The export with the longest path that leads to `path`. */
static struct served_export *find_export(struct nfs_server *server, const char *path,
                                         const char **rest)
{
    struct served_export *best = NULL;
    for (size_t i = 0; i < server->export_count; i++) {
        const char *below = path_in_export(&server->exports[i], path);
        if (below && (!best || strlen(below) < strlen(*rest))) {
            best = &server->exports[i];
            *rest = below;
        }
    }
    return best;
}

/* Opens a directory by the names in `path`, none of which may be a symbolic link. */
static int open_path(struct export_fs *fs, const char *path, struct file *file)
{
    int error = fs_open_root(fs, file);
    while (!error && *(path += strspn(path, "/"))) {
        size_t length = strcspn(path, "/");
        char name[FS_NAME_SIZE];
        SCOPED_FILE(next);
        error = fs_take_name(path, length, name);
        if (!error) {
            error = fs_lookup(fs, &ROOT, file, name, &next);
        }
        if (!error) {
            file_close(file);
            *file = next;
            next.fd = -1;
        }
        path += length;
    }
    return error || S_ISDIR(file->attr.mode) ? error : ENOTDIR;
}

static int mount_path(struct rpc_call *call, const char *path, uint8_t handle[HANDLE_SIZE])
{
    SCOPED_FILE(file);
    const char *rest = "";
    struct served_export *export = find_export(server_of(call), path, &rest);
    int error = export ? open_path(export->fs, rest, &file) : ENOENT;
    if (!error) {
        export->mounted = true;
        server_make_handle(export, &file, handle);
    }
    return error;
}

static void mnt1(struct rpc_call *call, void *args, void *result)
{
    fhstatus *status = result;
    uint8_t *handle = (uint8_t *)status->fhstatus_u.fhs_fhandle;
    int error = mount_path(call, *(dirpath *)args, handle);
    /* UNIX's oldest error numbers are the same everywhere; others become EIO. */
    bool shared = error <= ENOTDIR;
    status->fhs_status = error == ENAMETOOLONG ? (u_int)MNT3ERR_NAMETOOLONG
                         : shared              ? (u_int)error
                                               : (u_int)EIO;
}

static mountstat3 status3(int error)
{
    switch (error) {
    case 0:
        return MNT3_OK;
    case ENOENT:
        return MNT3ERR_NOENT;
    case EACCES:
        return MNT3ERR_ACCES;
    case ENOTDIR:
        return MNT3ERR_NOTDIR;
    case ENAMETOOLONG:
        return MNT3ERR_NAMETOOLONG;
    default:
        return MNT3ERR_IO;
    }
}

static void mnt3(struct rpc_call *call, void *args, void *result)
{
    mountres3 *mount = result;
    mountres3_ok *info = &mount->mountres3_u.mountinfo;
    uint8_t *handle = rpc_alloc(call, HANDLE_SIZE);
    int *flavors = rpc_alloc(call, 2 * sizeof *flavors);
    if (!handle || !flavors) {
        mount->fhs_status = MNT3ERR_SERVERFAULT;
        return;
    }
    mount->fhs_status = status3(mount_path(call, *(dirpath *)args, handle));
    if (mount->fhs_status == MNT3_OK) {
        flavors[0] = AUTH_SYS;
        flavors[1] = AUTH_NONE;
        info->fhandle.fhandle3_len = HANDLE_SIZE;
        info->fhandle.fhandle3_val = (char *)handle;
        info->auth_flavors.auth_flavors_len = 2;
        info->auth_flavors.auth_flavors_val = flavors;
    }
}

static void dump(struct rpc_call *call, void *args, void *result)
{
    mountlist *list = result;
    struct nfs_server *server = server_of(call);
    for (size_t i = server->export_count; i-- > 0;) {
        mountbody *body = server->exports[i].mounted ? rpc_alloc(call, sizeof *body) : NULL;
        if (body) {
            *body = (mountbody){ (char *)"guest", server->exports[i].guest_path, *list };
            *list = body;
        }
    }
}

static void umnt(struct rpc_call *call, void *args, void *result)
{
    const char *rest = "";
    struct served_export *export = find_export(server_of(call), *(dirpath *)args, &rest);
    if (export) {
        export->mounted = false;
    }
}

static void umntall(struct rpc_call *call, void *args, void *result)
{
    struct nfs_server *server = server_of(call);
    for (size_t i = 0; i < server->export_count; i++) {
        server->exports[i].mounted = false;
    }
}

/* An empty list of groups: everyone, who is the guest. */
static void list_exports(struct rpc_call *call, void *args, void *result)
{
    exports *list = result;
    struct nfs_server *server = server_of(call);
    for (size_t i = server->export_count; i-- > 0;) {
        exportnode *node = rpc_alloc(call, sizeof *node);
        if (node) {
            *node = (exportnode){ server->exports[i].guest_path, NULL, *list };
            *list = node;
        }
    }
}

#define ROW_VOID_TO(run, result)                                                                   \
    {                                                                                              \
        run, rpc_xdr_void, 0, (xdrproc_t)xdr_##result, sizeof(result), false                       \
    }
#define ROW_UMNT                                                                                   \
    {                                                                                              \
        umnt, (xdrproc_t)xdr_dirpath, sizeof(dirpath), rpc_xdr_void, 0, false                      \
    }
#define ROW_UMNTALL                                                                                \
    {                                                                                              \
        umntall, rpc_xdr_void, 0, rpc_xdr_void, 0, false                                           \
    }

static const struct rpc_procedure procedures1[] = {
    [MOUNTPROC_NULL] = RPC_NULL,
    [MOUNTPROC_MNT] = RPC_ROW(mnt1, dirpath, fhstatus),
    [MOUNTPROC_DUMP] = ROW_VOID_TO(dump, mountlist),
    [MOUNTPROC_UMNT] = ROW_UMNT,
    [MOUNTPROC_UMNTALL] = ROW_UMNTALL,
    [MOUNTPROC_EXPORT] = ROW_VOID_TO(list_exports, exports),
    [MOUNTPROC_EXPORTALL] = ROW_VOID_TO(list_exports, exports),
};

static const struct rpc_procedure procedures3[] = {
    [MOUNTPROC3_NULL] = RPC_NULL,
    [MOUNTPROC3_MNT] = RPC_ROW(mnt3, dirpath, mountres3),
    [MOUNTPROC3_DUMP] = ROW_VOID_TO(dump, mountlist),
    [MOUNTPROC3_UMNT] = ROW_UMNT,
    [MOUNTPROC3_UMNTALL] = ROW_UMNTALL,
    [MOUNTPROC3_EXPORT] = ROW_VOID_TO(list_exports, exports),
};

const struct rpc_program mount1_program = {
    .prog = MOUNT_PROGRAM,
    .vers = MOUNT_V1,
    .port = NFS_PORT_MOUNT,
    .count = sizeof procedures1 / sizeof procedures1[0],
    .procedures = procedures1,
};

const struct rpc_program mount3_program = {
    .prog = MOUNT_PROGRAM,
    .vers = MOUNT_V3,
    .port = NFS_PORT_MOUNT,
    .count = sizeof procedures3 / sizeof procedures3[0],
    .procedures = procedures3,
};
