/* SPDX-License-Identifier: MIT */
#include "net/nfs/rpc.h"

#include <stdlib.h>
#include <string.h>

#include "net/nfs/reply_cache.h"

/* Who sends no AUTH_SYS credential is nobody in particular. */
#define UID_NOBODY 65534

void *rpc_alloc(struct rpc_call *call, size_t size)
{
    struct scratch *scratch = call->scratch;
    const size_t align = _Alignof(max_align_t);
    size_t rounded = (size + align - 1) & ~(align - 1);
    if (rounded < size || rounded > scratch->size - scratch->used) {
        return NULL;
    }
    void *memory = scratch->base + scratch->used;
    scratch->used += rounded;
    return memset(memory, 0, size);
}

/* libtirpc's xdr_void has another type. */
bool_t rpc_xdr_void(XDR *xdr, ...)
{
    return TRUE;
}

void rpc_run_null(struct rpc_call *call, void *args, void *result)
{
}

/* The call's header */

/* Before anything else: is this a call, and in which version of RPC? The xid is left in *msg. */
static bool peek_header(XDR *xdr, struct rpc_msg *msg, uint32_t *rpcvers)
{
    uint32_t direction;
    bool whole = xdr_uint32_t(xdr, &msg->rm_xid) && xdr_uint32_t(xdr, &direction) &&
                 xdr_uint32_t(xdr, rpcvers);
    return xdr_setpos(xdr, 0) && whole && direction == CALL;
}

/* AUTH_SYS: RFC 5531, appendix A. */
static enum auth_stat take_credential(const struct opaque_auth *auth, struct credential *who)
{
    *who = (struct credential){ .uid = UID_NOBODY, .gid = UID_NOBODY };
    if (auth->oa_flavor == AUTH_NONE) {
        return AUTH_OK;
    }
    if (auth->oa_flavor != AUTH_SYS) {
        return AUTH_REJECTEDCRED;
    }
    struct authunix_parms parms = { 0 };
    XDR xdr;
    xdrmem_create(&xdr, auth->oa_base, auth->oa_length, XDR_DECODE);
    bool whole = xdr_authunix_parms(&xdr, &parms);
    if (whole) {
        who->uid = parms.aup_uid;
        who->gid = parms.aup_gid;
        who->gid_count = parms.aup_len < 16 ? parms.aup_len : 16;
        for (unsigned i = 0; i < who->gid_count; i++) {
            who->gids[i] = parms.aup_gids[i];
        }
    }
    xdr_free((xdrproc_t)xdr_authunix_parms, (char *)&parms);
    return whole ? AUTH_OK : AUTH_BADCRED;
}

/* Replies */

static struct rpc_msg accepted(uint32_t xid, enum accept_stat stat)
{
    struct rpc_msg reply = { .rm_xid = xid, .rm_direction = REPLY };
    reply.rm_reply.rp_stat = MSG_ACCEPTED;
    reply.acpted_rply.ar_stat = stat;
    reply.acpted_rply.ar_results.proc = rpc_xdr_void;
    return reply;
}

static struct rpc_msg denied(uint32_t xid, enum reject_stat stat)
{
    struct rpc_msg reply = { .rm_xid = xid, .rm_direction = REPLY };
    reply.rm_reply.rp_stat = MSG_DENIED;
    reply.rjcted_rply.rj_stat = stat;
    return reply;
}

static size_t write_reply(struct rpc_msg *msg, xdrproc_t result_xdr, void *result, uint8_t *reply,
                          size_t cap)
{
    XDR xdr;
    xdrmem_create(&xdr, (char *)reply, (u_int)cap, XDR_ENCODE);
    bool fits = xdr_replymsg(&xdr, msg) && result_xdr(&xdr, result);
    return fits ? xdr_getpos(&xdr) : 0;
}

static size_t write_header(struct rpc_msg *msg, uint8_t *reply, size_t cap)
{
    return write_reply(msg, rpc_xdr_void, NULL, reply, cap);
}

/* Finding the procedure */

static const struct rpc_procedure *find_procedure(const struct rpc_service *service, uint16_t port,
                                                  const struct call_body *body,
                                                  struct rpc_msg *reply)
{
    uint32_t low = UINT32_MAX;
    uint32_t high = 0;
    for (unsigned i = 0; i < service->program_count; i++) {
        const struct rpc_program *program = service->programs[i];
        if (program->prog != body->cb_prog || program->port != port) {
            continue;
        }
        if (program->vers == body->cb_vers) {
            bool known = body->cb_proc < program->count && program->procedures[body->cb_proc].run;
            *reply = accepted(reply->rm_xid, known ? SUCCESS : PROC_UNAVAIL);
            return known ? &program->procedures[body->cb_proc] : NULL;
        }
        low = program->vers < low ? program->vers : low;
        high = program->vers > high ? program->vers : high;
    }
    *reply = accepted(reply->rm_xid, high ? PROG_MISMATCH : PROG_UNAVAIL);
    if (high) {
        reply->acpted_rply.ar_vers.low = low;
        reply->acpted_rply.ar_vers.high = high;
    }
    return NULL;
}

/* Running it */

static size_t run_decoded(const struct rpc_procedure *procedure, struct rpc_call *call,
                          struct rpc_msg *msg, void *args, uint8_t *reply)
{
    void *result = rpc_alloc(call, procedure->result_size);
    size_t size = 0;
    if (result) {
        procedure->run(call, args, result);
        size = write_reply(msg, procedure->result, result, reply, call->reply_cap);
    }
    if (size == 0) {
        *msg = accepted(msg->rm_xid, SYSTEM_ERR);
        size = write_header(msg, reply, call->reply_cap);
    }
    return size;
}

static size_t run_procedure(const struct rpc_procedure *procedure, struct rpc_call *call,
                            struct rpc_msg *msg, XDR *xdr, uint8_t *reply)
{
    call->scratch->used = 0;
    void *args = rpc_alloc(call, procedure->args_size);
    bool decoded = args && procedure->args(xdr, args);
    size_t size;
    if (decoded) {
        size = run_decoded(procedure, call, msg, args, reply);
    } else {
        *msg = accepted(msg->rm_xid, GARBAGE_ARGS);
        size = write_header(msg, reply, call->reply_cap);
    }
    if (args) {
        xdr_free(procedure->args, args);
    }
    return size;
}

size_t rpc_serve(const struct rpc_service *service, struct rpc_call *call, uint16_t port,
                 const uint8_t *bytes, size_t size, uint8_t *reply)
{
    char cred[MAX_AUTH_BYTES];
    char verf[MAX_AUTH_BYTES];
    struct rpc_msg msg = { 0 };
    uint32_t rpcvers = 0;
    XDR xdr;
    xdrmem_create(&xdr, (char *)bytes, (u_int)size, XDR_DECODE);
    if (!peek_header(&xdr, &msg, &rpcvers)) {
        return 0;
    }
    struct rpc_msg answer = denied(msg.rm_xid, RPC_MISMATCH);
    if (rpcvers != RPC_MSG_VERSION) {
        answer.rjcted_rply.rj_vers.low = answer.rjcted_rply.rj_vers.high = RPC_MSG_VERSION;
        return write_header(&answer, reply, call->reply_cap);
    }
    msg.rm_call.cb_cred.oa_base = cred;
    msg.rm_call.cb_verf.oa_base = verf;
    enum auth_stat auth = AUTH_BADCRED;
    if (xdr_callmsg(&xdr, &msg)) {
        auth = take_credential(&msg.rm_call.cb_cred, &call->who);
    }
    if (auth != AUTH_OK) {
        answer = denied(msg.rm_xid, AUTH_ERROR);
        answer.rjcted_rply.rj_why = auth;
        return write_header(&answer, reply, call->reply_cap);
    }
    answer = accepted(msg.rm_xid, SUCCESS);
    const struct rpc_procedure *procedure = find_procedure(service, port, &msg.rm_call, &answer);
    if (!procedure) {
        return write_header(&answer, reply, call->reply_cap);
    }
    if (!procedure->once) {
        return run_procedure(procedure, call, &answer, &xdr, reply);
    }
    size_t reply_size =
        reply_cache_find(service->reply_cache, call->tcp, bytes, size, reply, call->reply_cap);
    if (reply_size == 0) {
        reply_size = run_procedure(procedure, call, &answer, &xdr, reply);
        reply_cache_add(service->reply_cache, call->tcp, bytes, size, reply, reply_size);
    }
    return reply_size;
}
