/* SPDX-License-Identifier: MIT */
#include "net/nfs/nfs_server.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "net/nfs/nfs_server_internal.h"

#define UDP_PAYLOAD_MAX 65507

const struct rpc_program *const server_programs[SERVER_PROGRAM_COUNT] = {
    &portmap_program, &mount1_program, &mount3_program, &nfs2_program, &nfs3_program,
};

static uint64_t make_write_verifier(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (uint64_t)now.tv_sec << 30 ^ (uint64_t)now.tv_nsec ^ (uint64_t)getpid() << 48;
}

static struct served_export *find_export(struct nfs_server *server, uint32_t id)
{
    for (size_t i = 0; i < server->export_count; i++) {
        if (server->exports[i].id == id) {
            return &server->exports[i];
        }
    }
    return NULL;
}

static bool open_export(struct nfs_server *server, char *guest_path,
                        const struct nfs_export *export, char *error, size_t error_size)
{
    uint32_t id = hash_bytes(guest_path, strlen(guest_path));
    if (find_export(server, id)) {
        snprintf(error, error_size, "nfs: '%s' is exported twice", guest_path);
        return false;
    }
    struct export_fs *fs;
    int reason = export_fs_open(export->host_dir, export->read_only, &fs);
    if (reason) {
        snprintf(error, error_size, "nfs: can't export the folder '%s': %s", export->host_dir,
                 strerror(reason));
        return false;
    }
    server->exports[server->export_count++] =
        (struct served_export){ .id = id, .guest_path = guest_path, .fs = fs };
    return true;
}

static bool add_export(struct nfs_server *server, const struct nfs_export *export, char *error,
                       size_t error_size)
{
    char *guest_path = strdup(export->guest_path);
    if (!guest_path) {
        snprintf(error, error_size, "nfs: out of memory");
        return false;
    }
    export_tidy_path(guest_path);
    bool added = open_export(server, guest_path, export, error, error_size);
    if (!added) {
        free(guest_path);
    }
    return added;
}

struct nfs_server *nfs_server_create(const struct nfs_export *exports, size_t count, char *error,
                                     size_t error_size)
{
    struct nfs_server *server = calloc(1, sizeof *server);
    if (server) {
        server->exports = calloc(count ? count : 1, sizeof *server->exports);
        server->scratch.base = malloc(SCRATCH_SIZE);
        server->scratch.size = SCRATCH_SIZE;
        server->write_verifier = make_write_verifier();
    }
    if (!server || !server->exports || !server->scratch.base) {
        snprintf(error, error_size, "nfs: out of memory");
        nfs_server_destroy(server);
        return NULL;
    }
    if (access("/proc/self/fd", F_OK)) {
        snprintf(error, error_size, "nfs: /proc is not mounted on the host");
        nfs_server_destroy(server);
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        if (!add_export(server, &exports[i], error, error_size)) {
            nfs_server_destroy(server);
            return NULL;
        }
    }
    return server;
}

void nfs_server_destroy(struct nfs_server *server)
{
    if (!server) {
        return;
    }
    for (size_t i = 0; i < server->export_count; i++) {
        export_fs_close(server->exports[i].fs);
        free(server->exports[i].guest_path);
    }
    free(server->exports);
    free(server->scratch.base);
    free(server);
}

bool nfs_server_has_port(uint16_t port)
{
    return port == NFS_PORT_PORTMAP || port == NFS_PORT_NFS || port == NFS_PORT_MOUNT;
}

size_t nfs_server_call(struct nfs_server *server, uint16_t port, bool tcp, const uint8_t *call,
                       size_t call_size, uint8_t *reply, size_t reply_cap)
{
    size_t most = tcp ? NFS_REPLY_MAX : UDP_PAYLOAD_MAX;
    struct rpc_call decoded = {
        .server = server,
        .tcp = tcp,
        .reply_cap = reply_cap < most ? reply_cap : most,
        .scratch = &server->scratch,
    };
    const struct rpc_service service = { server_programs, SERVER_PROGRAM_COUNT,
                                         &server->reply_cache };
    if (call_size > UINT32_MAX) {
        return 0;
    }
    return rpc_serve(&service, &decoded, port, call, call_size, reply);
}

bool nfs_server_is_behind(const struct nfs_server *server)
{
    for (size_t i = 0; i < server->export_count; i++) {
        if (export_fs_is_behind(server->exports[i].fs)) {
            return true;
        }
    }
    return false;
}

bool nfs_server_settle(struct nfs_server *server)
{
    bool settled = true;
    for (size_t i = 0; i < server->export_count; i++) {
        settled &= export_fs_settle(server->exports[i].fs) == 0;
    }
    server->cautious |= !settled;
    return settled;
}

void nfs_server_reset(struct nfs_server *server)
{
    memset(&server->reply_cache, 0, sizeof server->reply_cache);
}

int server_open_handle(struct nfs_server *server, const void *bytes, size_t size,
                       struct served_export **export, struct file *file)
{
    struct nfs_handle handle;
    if (!handle_decode(bytes, size, &handle)) {
        return EBADF;
    }
    *export = find_export(server, handle.export_id);
    return *export ? fs_open_id((*export)->fs, &handle.id, file) : ESTALE;
}

void server_make_handle(const struct served_export *export, const struct file *file,
                        uint8_t bytes[HANDLE_SIZE])
{
    struct nfs_handle handle = { export->id, file->id };
    handle_encode(&handle, bytes);
}
