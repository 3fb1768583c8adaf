/* SPDX-License-Identifier: MIT */
/* RPC messages: RFC 5531, "The RPC Message Protocol". */
#include <stdlib.h>
#include <string.h>

#include "tests/net/nfs/suite.h"

#define NULL_PROC 0

static int call_null(uint32_t prog, uint32_t vers, uint32_t proc, uint16_t port)
{
    client_encode(prog, vers, proc, xdr_nothing, NULL);
    client_send(port);
    return client_decode(xdr_nothing, NULL);
}

static uint32_t reply_word(int index)
{
    uint32_t word;
    memcpy(&word, client.reply + index * 4, 4);
    return ntohl(word);
}

START_TEST(the_null_procedure_of_every_program_answers)
{
    ck_assert_int_eq(call_null(100000, 2, NULL_PROC, 111), SUCCESS);
    ck_assert_int_eq(call_null(100003, 2, NULL_PROC, 2049), SUCCESS);
    ck_assert_int_eq(call_null(100003, 3, NULL_PROC, 2049), SUCCESS);
    ck_assert_int_eq(call_null(100005, 1, NULL_PROC, 20048), SUCCESS);
    ck_assert_int_eq(call_null(100005, 3, NULL_PROC, 20048), SUCCESS);
    client.tcp = true;
    ck_assert_int_eq(call_null(100003, 3, NULL_PROC, 2049), SUCCESS);
}
END_TEST

START_TEST(an_unknown_program_is_unavailable)
{
    ck_assert_int_eq(call_null(100021, 4, NULL_PROC, 2049), PROG_UNAVAIL);
    /* A known one on another's port, too. */
    ck_assert_int_eq(call_null(100005, 3, NULL_PROC, 2049), PROG_UNAVAIL);
}
END_TEST

START_TEST(an_unknown_version_is_answered_with_the_range)
{
    ck_assert_int_eq(call_null(100003, 4, NULL_PROC, 2049), PROG_MISMATCH);
    ck_assert_uint_eq(reply_word(6), 2);
    ck_assert_uint_eq(reply_word(7), 3);
    ck_assert_int_eq(call_null(100000, 4, NULL_PROC, 111), PROG_MISMATCH);
    ck_assert_uint_eq(reply_word(6), 2);
    ck_assert_uint_eq(reply_word(7), 2);
}
END_TEST

START_TEST(an_unknown_procedure_is_unavailable)
{
    ck_assert_int_eq(call_null(100003, 2, 18, 2049), PROC_UNAVAIL);
    ck_assert_int_eq(call_null(100003, 3, 22, 2049), PROC_UNAVAIL);
    ck_assert_int_eq(call_null(100000, 2, 5, 111), PROC_UNAVAIL);
    ck_assert_int_eq(call_null(100003, 3, UINT32_MAX, 2049), PROC_UNAVAIL);
}
END_TEST

START_TEST(missing_arguments_are_garbage)
{
    ck_assert_int_eq(call_null(100003, 3, NFSPROC3_GETATTR, 2049), GARBAGE_ARGS);
    ck_assert_int_eq(call_null(100005, 1, MOUNTPROC_MNT, 20048), GARBAGE_ARGS);
}
END_TEST

START_TEST(a_length_beyond_the_protocols_bound_is_garbage)
{
    client_encode(100003, 3, NFSPROC3_GETATTR, xdr_nothing, NULL);
    uint32_t length = htonl(0xfffffff0);
    memcpy(client.call + client.call_size, &length, 4);
    client.call_size += 4;
    client_send(2049);
    ck_assert_int_eq(client_decode(xdr_nothing, NULL), GARBAGE_ARGS);
}
END_TEST

START_TEST(another_rpc_version_is_denied)
{
    client_encode(100003, 3, NULL_PROC, xdr_nothing, NULL);
    client.call[11] = 3;
    client_send(2049);
    ck_assert_int_eq(client_decode(xdr_nothing, NULL), -1);
    ck_assert_uint_eq(reply_word(3), RPC_MISMATCH);
    ck_assert_uint_eq(reply_word(4), 2);
    ck_assert_uint_eq(reply_word(5), 2);
}
END_TEST

START_TEST(an_unknown_kind_of_credential_is_rejected)
{
    client.no_credential = true;
    client_encode(100003, 3, NULL_PROC, xdr_nothing, NULL);
    client.call[27] = 6; /* RPCSEC_GSS */
    client_send(2049);
    ck_assert_int_eq(client_decode(xdr_nothing, NULL), -1);
    ck_assert_uint_eq(reply_word(3), AUTH_ERROR);
    ck_assert_uint_eq(reply_word(4), AUTH_REJECTEDCRED);
}
END_TEST

START_TEST(a_broken_credential_is_told)
{
    client.no_credential = true;
    client_encode(100003, 3, NULL_PROC, xdr_nothing, NULL);
    client.call[27] = AUTH_SYS; /* with an empty body */
    client_send(2049);
    ck_assert_int_eq(client_decode(xdr_nothing, NULL), -1);
    ck_assert_uint_eq(reply_word(4), AUTH_BADCRED);
}
END_TEST

START_TEST(what_is_no_call_gets_no_reply)
{
    client.call_size = 0;
    client_send(2049);
    ck_assert_uint_eq(client.reply_size, 0);
    client_encode(100003, 3, NULL_PROC, xdr_nothing, NULL);
    client.call[7] = REPLY;
    client_send(2049);
    ck_assert_uint_eq(client.reply_size, 0);
    client.call_size = 11;
    client_send(2049);
    ck_assert_uint_eq(client.reply_size, 0);
}
END_TEST

START_TEST(a_reply_never_exceeds_the_space_given)
{
    struct fh root = root3();
    GETATTR3args args = { wire3(&root) };
    client_encode(100003, 3, NFSPROC3_GETATTR, (xdrproc_t)xdr_GETATTR3args, &args);
    size_t whole = 28 + 84;
    for (size_t cap = 0; cap < whole + 8; cap++) {
        uint8_t *reply = malloc(cap ? cap : 1);
        size_t size =
            nfs_server_call(client.server, 2049, false, client.call, client.call_size, reply, cap);
        ck_assert_uint_le(size, cap);
        ck_assert(size != whole || cap >= whole);
        free(reply);
    }
}
END_TEST

/* Retransmissions */

static nfsstat3 send_again(void)
{
    WCC3res result = { 0 };
    client_send(2049);
    ck_assert_int_eq(client_decode((xdrproc_t)xdr_WCC3res, &result), SUCCESS);
    return result.status;
}

START_TEST(a_retransmitted_remove_gets_the_first_reply)
{
    struct fh root = root3();
    ck_assert_int_eq(create3(root, "file", 0644, NULL), NFS3_OK);
    ck_assert_int_eq(remove3(root, "file"), NFS3_OK);
    ck_assert_int_eq(send_again(), NFS3_OK);
    ck_assert_int_eq(remove3(root, "file"), NFS3ERR_NOENT); /* a new call */
}
END_TEST

START_TEST(after_a_reset_nothing_is_a_retransmission)
{
    struct fh root = root3();
    ck_assert_int_eq(create3(root, "file", 0644, NULL), NFS3_OK);
    ck_assert_int_eq(remove3(root, "file"), NFS3_OK);
    nfs_server_reset(client.server);
    ck_assert_int_eq(send_again(), NFS3ERR_NOENT);
}
END_TEST

SUITE(rpc, the_null_procedure_of_every_program_answers, an_unknown_program_is_unavailable,
      an_unknown_version_is_answered_with_the_range, an_unknown_procedure_is_unavailable,
      missing_arguments_are_garbage, a_length_beyond_the_protocols_bound_is_garbage,
      another_rpc_version_is_denied, an_unknown_kind_of_credential_is_rejected,
      a_broken_credential_is_told, what_is_no_call_gets_no_reply,
      a_reply_never_exceeds_the_space_given, a_retransmitted_remove_gets_the_first_reply,
      after_a_reset_nothing_is_a_retransmission)
