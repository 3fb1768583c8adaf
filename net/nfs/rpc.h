/* SPDX-License-Identifier: MIT */
/*
 * ONC RPC version 2 (RFC 5531), the server's side of one message: from a call's bytes to a
 * procedure with decoded arguments, and from its result to a reply's bytes. XDR is libtirpc's; the
 * routines of arguments and results are rpcgen's.
 */
#ifndef NET_NFS_RPC_H
#define NET_NFS_RPC_H

#include <rpc/rpc.h>

#include "net/nfs/fs_types.h"

/* Memory for the parts of one result, given back all at once after the reply is written. */
struct scratch {
    uint8_t *base;
    size_t size;
    size_t used;
};

/* A call as its procedure sees it. */
struct rpc_call {
    void *server; /* struct nfs_server */
    bool tcp;
    size_t reply_cap;
    struct credential who;
    struct scratch *scratch;
};

/* NULL: the scratch memory is used up. Zeroed, aligned for any type. */
void *rpc_alloc(struct rpc_call *call, size_t size);

struct rpc_procedure {
    /* Fills *result, which begins zeroed; what it points to is scratch memory or lives longer. */
    void (*run)(struct rpc_call *call, void *args, void *result);
    xdrproc_t args;
    size_t args_size;
    xdrproc_t result;
    size_t result_size;
    bool once; /* not idempotent: a retransmission must get the first call's reply */
};

struct rpc_program {
    uint32_t prog;
    uint32_t vers;
    uint16_t port;
    unsigned count;
    const struct rpc_procedure *procedures; /* [count]; a row without run is PROC_UNAVAIL */
};

/* The NULL procedure, which every program has as number 0. */
#define RPC_NULL                                                                                   \
    {                                                                                              \
        rpc_run_null, rpc_xdr_void, 0, rpc_xdr_void, 0, false                                      \
    }
/* Rows for procedures whose argument and result types rpcgen has made. */
#define RPC_ROW(run, args, result)                                                                 \
    {                                                                                              \
        run, (xdrproc_t)xdr_##args, sizeof(args), (xdrproc_t)xdr_##result, sizeof(result), false   \
    }
#define RPC_ROW_ONCE(run, args, result)                                                            \
    {                                                                                              \
        run, (xdrproc_t)xdr_##args, sizeof(args), (xdrproc_t)xdr_##result, sizeof(result), true    \
    }

bool_t rpc_xdr_void(XDR *xdr, ...);
void rpc_run_null(struct rpc_call *call, void *args, void *result);

struct reply_cache;

/* What nfs_server.c gives for one message. */
struct rpc_service {
    const struct rpc_program *const *programs;
    unsigned program_count;
    struct reply_cache *reply_cache;
};

/* One call that came to `port`; as nfs_server_call. */
size_t rpc_serve(const struct rpc_service *service, struct rpc_call *call, uint16_t port,
                 const uint8_t *bytes, size_t size, uint8_t *reply);

#endif
