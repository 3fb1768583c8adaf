/* SPDX-License-Identifier: MIT */
/*
 * Hostile bytes: valid calls, cut short and mutated. Nothing is checked but that the server
 * survives and its replies stay in bounds; the address sanitizer sees the rest. Always the same
 * sequence.
 */
#include <stdlib.h>
#include <string.h>

#include "tests/net/nfs/suite.h"

static uint32_t next_random(uint32_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static void send_to_all(void)
{
    static const uint16_t ports[] = { 111, 2049, 20048 };
    for (int i = 0; i < 3; i++) {
        client_send(ports[i]);
        ck_assert_uint_le(client.reply_size, NFS_REPLY_MAX);
    }
}

static void mutate(uint32_t *state)
{
    static const uint32_t edges[] = {
        0, 1, 0x7fffffff, 0x80000000, 0xffffffff, 0x10000, 0x400, 33
    };
    unsigned changes = 1 + next_random(state) % 4;
    while (changes-- > 0 && client.call_size >= 4) {
        size_t at = next_random(state) % (client.call_size - 3);
        if (next_random(state) % 2) {
            client.call[at] ^= (uint8_t)(1u << next_random(state) % 8);
        } else {
            uint32_t edge = htonl(edges[next_random(state) % 8]);
            memcpy(client.call + (at & ~(size_t)3), &edge, 4);
        }
    }
}

/* Sends the last valid call in every length, then with random damage. */
static void torture(uint32_t *state)
{
    static uint8_t original[NFS_CALL_MAX];
    size_t size = client.call_size;
    memcpy(original, client.call, size);
    for (size_t length = 0; length < size; length += length < 200 ? 1 : 61) {
        client.call_size = length;
        send_to_all();
    }
    for (int i = 0; i < 300; i++) {
        memcpy(client.call, original, size);
        client.call_size = size;
        mutate(state);
        client_send(next_random(state) % 8 ? 2049 : 20048);
        ck_assert_uint_le(client.reply_size, NFS_REPLY_MAX);
    }
}

START_TEST(damaged_calls_of_version_3_do_no_harm)
{
    uint32_t state = 12345;
    struct fh root = root3();
    torture(&state);
    struct fh file;
    struct fh link;
    char text[64];
    char data[512] = "";
    uint32_t got;
    uint64_t cookie = 0;
    bool eof;
    create3(root, "file", 0644, &file);
    torture(&state);
    create3(root, "file2", 0644, &file);
    symlink3(root, "link", "target", &link);
    torture(&state);
    find3(root, "link");
    torture(&state);
    readlink3(link, text, sizeof text);
    torture(&state);
    write3(file, 0, data, sizeof data, UNSTABLE);
    torture(&state);
    read3(file, 0, sizeof data, data, &got, &eof);
    torture(&state);
    setattr3(file, no_change3());
    torture(&state);
    mkdir3(root, "dir", 0755, NULL);
    torture(&state);
    mknod3(root, "node", NF3CHR, 1, 3, NULL);
    torture(&state);
    rename3(root, "node", root, "node2");
    torture(&state);
    link3(file, root, "hard");
    torture(&state);
    READDIR3args args = { wire3(&root), cookie, { 0 }, 4096 };
    client_encode(NFS3_PROGRAM, NFS_V3, NFSPROC3_READDIR, (xdrproc_t)xdr_READDIR3args, &args);
    torture(&state);
    READDIRPLUS3args plus = { wire3(&root), cookie, { 0 }, 4096, 8192 };
    client_encode(NFS3_PROGRAM, NFS_V3, NFSPROC3_READDIRPLUS, (xdrproc_t)xdr_READDIRPLUS3args,
                  &plus);
    torture(&state);
    remove3(root, "hard");
    torture(&state);
    ck_assert_int_eq(attr3(root3()).type, NF3DIR);
}
END_TEST

START_TEST(damaged_calls_of_version_2_do_no_harm)
{
    uint32_t state = 54321;
    struct fh root = root2();
    torture(&state);
    struct fh file;
    struct fh found;
    char data[512] = "";
    uint32_t got;
    create2(root, "file", no_change2(), &file);
    torture(&state);
    create2(root, "file2", no_change2(), &file);
    write2(file, 0, data, sizeof data);
    torture(&state);
    read2(file, 0, sizeof data, data, &got);
    torture(&state);
    lookup2(root, "file", &found);
    torture(&state);
    setattr2(file, no_change2(), NULL);
    torture(&state);
    readdirargs args = { .count = 4096 };
    memcpy(args.dir, root.bytes, sizeof args.dir);
    client_encode(NFS2_PROGRAM, NFS_V2, NFSPROC_READDIR, (xdrproc_t)xdr_readdirargs, &args);
    torture(&state);
    ck_assert_int_eq(attr3(root3()).type, NF3DIR);
}
END_TEST

START_TEST(random_procedures_with_random_arguments_do_no_harm)
{
    static const uint32_t programs[][3] = {
        { 100000, 2, 6 }, { 100003, 2, 18 }, { 100003, 3, 22 }, { 100005, 1, 7 }, { 100005, 3, 6 }
    };
    uint32_t state = 99;
    struct fh root = root3();
    for (int i = 0; i < 5000; i++) {
        const uint32_t *program = programs[next_random(&state) % 5];
        client_encode(program[0], program[1], next_random(&state) % program[2], xdr_nothing, NULL);
        /* A real handle in front, as version 3 or 2 has it, and rubbish behind. */
        uint32_t length = htonl(32);
        if (program[1] == 3) {
            memcpy(client.call + client.call_size, &length, 4);
            client.call_size += 4;
        }
        memcpy(client.call + client.call_size, root.bytes, 32);
        client.call_size += 32;
        for (unsigned words = next_random(&state) % 60; words > 0; words--) {
            uint32_t word = next_random(&state);
            word = htonl(word & 1 ? word >> 28 : word);
            memcpy(client.call + client.call_size, &word, 4);
            client.call_size += 4;
        }
        send_to_all();
    }
    ck_assert_int_eq(attr3(root3()).type, NF3DIR);
}
END_TEST

SUITE(fuzz, damaged_calls_of_version_3_do_no_harm, damaged_calls_of_version_2_do_no_harm,
      random_procedures_with_random_arguments_do_no_harm)
