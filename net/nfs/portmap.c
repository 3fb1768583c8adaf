/* SPDX-License-Identifier: MIT */
/*
 * The port mapper (RFC 1833, version 2): tells the guest where mount and NFS are. The ports are
 * fixed; nothing can be registered, and CALLIT, which calls other programs by proxy, isn't offered.
 */
#include "net/nfs/nfs_server_internal.h"
#include "net/nfs/portmap_prot.h"

static void refuse(struct rpc_call *call, void *args, void *result)
{
    bool_t *done = result;
    *done = FALSE;
}

static void getport(struct rpc_call *call, void *args, void *result)
{
    const mapper_mapping *wanted = args;
    u_int *port = result;
    bool known_transport = wanted->prot == MAPPER_TCP || wanted->prot == MAPPER_UDP;
    *port = 0;
    for (int i = 0; known_transport && i < SERVER_PROGRAM_COUNT; i++) {
        const struct rpc_program *program = server_programs[i];
        if (program->prog != wanted->prog) {
            continue;
        }
        /* RFC 1833, 3.2: no exact match of the version needed, the caller will hear of a mismatch.
         */
        if (program->vers == wanted->vers || *port == 0) {
            *port = program->port;
        }
    }
}

static mapper_list push(struct rpc_call *call, mapper_list list, const struct rpc_program *program,
                        u_int prot)
{
    mapper_entry *entry = rpc_alloc(call, sizeof *entry);
    if (!entry) {
        return list;
    }
    entry->map = (mapper_mapping){ program->prog, program->vers, prot, program->port };
    entry->next = list;
    return entry;
}

static void dump(struct rpc_call *call, void *args, void *result)
{
    mapper_list *list = result;
    for (int i = SERVER_PROGRAM_COUNT; i-- > 0;) {
        *list = push(call, *list, server_programs[i], MAPPER_UDP);
        *list = push(call, *list, server_programs[i], MAPPER_TCP);
    }
}

#define ROW_REFUSE                                                                                 \
    {                                                                                              \
        refuse, (xdrproc_t)xdr_mapper_mapping, sizeof(mapper_mapping), (xdrproc_t)xdr_bool,        \
            sizeof(bool_t), false                                                                  \
    }

static const struct rpc_procedure procedures[] = {
    [MAPPER_NULL] = RPC_NULL,
    [MAPPER_SET] = ROW_REFUSE,
    [MAPPER_UNSET] = ROW_REFUSE,
    [MAPPER_GETPORT] = RPC_ROW(getport, mapper_mapping, u_int),
    [MAPPER_DUMP] = { dump, rpc_xdr_void, 0, (xdrproc_t)xdr_mapper_list, sizeof(mapper_list),
                      false },
};

const struct rpc_program portmap_program = {
    .prog = MAPPER_PROGRAM,
    .vers = MAPPER_V2,
    .port = NFS_PORT_PORTMAP,
    .count = sizeof procedures / sizeof procedures[0],
    .procedures = procedures,
};
