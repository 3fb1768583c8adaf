/* SPDX-License-Identifier: MIT */
#include "net/nfs_service.h"

_Static_assert(NFS_CALL_MAX <= SERVICE_TCP_MAX && NFS_REPLY_MAX <= SERVICE_TCP_MAX,
               "an NFS message does not fit a record");

static size_t call_nfs(void *ctx, uint16_t port, bool tcp, const uint8_t *request,
                       size_t request_size, uint8_t *reply, size_t reply_size)
{
    return nfs_server_call(ctx, port, tcp, request, request_size, reply, reply_size);
}

static bool nfs_behind(void *ctx)
{
    return nfs_server_is_behind(ctx);
}

static bool nfs_settle(void *ctx)
{
    return nfs_server_settle(ctx);
}

struct net_service nfs_service(struct nfs_server *server)
{
    return (struct net_service){
        .ports = { NFS_PORT_PORTMAP, NFS_PORT_NFS, NFS_PORT_MOUNT },
        .port_count = 3,
        .call = call_nfs,
        .behind = nfs_behind,
        .settle = nfs_settle,
        .ctx = server,
    };
}
