/* SPDX-License-Identifier: MIT */
/* The cryptographic extension, used as its instructions are meant to be, against the examples of
 * the standards. */
#include "cpu/crypto.h"
#include "tests/cpu/paging.h"

#include <stdio.h>
#include <string.h>

static union vreg bytes(const char *hex)
{
    union vreg v;
    for (unsigned i = 0; i < 16; i++) {
        unsigned byte;
        ck_assert_int_eq(sscanf(hex + 2 * i, "%2x", &byte), 1);
        v.b[i] = (uint8_t)byte;
    }
    return v;
}

/* FIPS 197, Appendix B: the round keys and what comes out. */
static const char *const round_keys[11] = {
    "2b7e151628aed2a6abf7158809cf4f3c", "a0fafe1788542cb123a339392a6c7605",
    "f2c295f27a96b9435935807a7359f67f", "3d80477d4716fe3e1e237e446d7a883b",
    "ef44a541a8525b7fb671253bdb0bad00", "d4d1c6f87c839d87caf2b8bc11f915bc",
    "6d88a37a110b3efddbf98641ca0093fd", "4e54f70e5f5fc9f384a64fb24ea6dc4f",
    "ead27321b58dbad2312bf5607f8d292f", "ac7766f319fadc2128d12941575c006e",
    "d014f9a8c9ee2589e13f0cc8b6630ca6",
};
#define PLAIN  "3243f6a8885a308d313198a2e0370734"
#define CIPHER "3925841d02dc09fbdc118597196a0b32"

static union vreg exclusive_or(union vreg a, union vreg b)
{
    return (union vreg){ .d = { a.d[0] ^ b.d[0], a.d[1] ^ b.d[1] } };
}

START_TEST(aese_and_aesmc_encrypt)
{
    union vreg state = bytes(PLAIN);
    for (unsigned i = 0; i < 9; i++)
        state = aes_mix_columns(aes_encrypt_round(state, bytes(round_keys[i])));
    state = exclusive_or(aes_encrypt_round(state, bytes(round_keys[9])), bytes(round_keys[10]));
    const union vreg expected = bytes(CIPHER);
    ck_assert_mem_eq(&state, &expected, 16);
}
END_TEST

START_TEST(aesd_and_aesimc_decrypt)
{
    union vreg state = aes_decrypt_round(bytes(CIPHER), bytes(round_keys[10]));
    for (unsigned i = 9; i > 0; i--)
        state = aes_decrypt_round(aes_inverse_mix_columns(state),
                                  aes_inverse_mix_columns(bytes(round_keys[i])));
    state = exclusive_or(state, bytes(round_keys[0]));
    const union vreg expected = bytes(PLAIN);
    ck_assert_mem_eq(&state, &expected, 16);
}
END_TEST

/* The one block of "abc", padded, as words (FIPS 180-4, 5.1.1). */
static const uint32_t abc[16] = { 0x61626380, [15] = 24 };

static union vreg words(const uint32_t *w)
{
    return (union vreg){ .s = { w[0], w[1], w[2], w[3] } };
}

static union vreg add(union vreg v, union vreg w)
{
    for (unsigned i = 0; i < 4; i++)
        v.s[i] += w.s[i];
    return v;
}

START_TEST(sha1_of_abc)
{
    static const uint32_t k[4] = { 0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6 };
    static const enum sha1_function f[4] = { SHA1_CHOOSE, SHA1_PARITY, SHA1_MAJORITY, SHA1_PARITY };
    const union vreg start = { .s = { 0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476 } };
    union vreg w[20], state = start;
    uint32_t e = 0xc3d2e1f0;
    for (unsigned i = 0; i < 20; i++) {
        w[i] = i < 4 ? words(abc + 4 * i)
                     : sha1_schedule_1(sha1_schedule_0(w[i - 4], w[i - 3], w[i - 2]), w[i - 1]);
        const union vreg constant = { .s = { k[i / 5], k[i / 5], k[i / 5], k[i / 5] } };
        const uint32_t next_e = sha1_rotate(state.s[0]);
        state = sha1_hash(f[i / 5], state, e, add(w[i], constant));
        e = next_e;
    }
    state = add(state, start);
    static const uint32_t expected[4] = { 0xa9993e36, 0x4706816a, 0xba3e2571, 0x7850c26c };
    ck_assert_mem_eq(state.s, expected, 16);
    ck_assert_uint_eq(e + 0xc3d2e1f0, 0x9cd0d89d);
}
END_TEST

START_TEST(sha256_of_abc)
{
    static const uint32_t k[64] = {
        0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
        0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
        0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
        0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
        0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
        0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
        0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
        0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
        0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
        0xc67178f2,
    };
    const union vreg a = { .s = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a } };
    const union vreg b = { .s = { 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 } };
    union vreg w[16], x = a, y = b;
    for (unsigned i = 0; i < 16; i++) {
        w[i] = i < 4 ? words(abc + 4 * i)
                     : sha256_schedule_1(sha256_schedule_0(w[i - 4], w[i - 3]), w[i - 2], w[i - 1]);
        const union vreg wk = add(w[i], words(k + 4 * i));
        const union vreg next = sha256_hash(x, y, wk, true);
        y = sha256_hash(x, y, wk, false);
        x = next;
    }
    x = add(x, a);
    y = add(y, b);
    static const uint32_t expected[8] = { 0xba7816bf, 0x8f01cfea, 0x414140de, 0x5dae2223,
                                          0xb00361a3, 0x96177a9c, 0xb410ff61, 0xf20015ad };
    ck_assert_mem_eq(x.s, expected, 16);
    ck_assert_mem_eq(y.s, expected + 4, 16);
}
END_TEST

START_TEST(pmull_multiplies_without_carries)
{
    union vreg p = polynomial_mult_64(3, 3); /* (x + 1)^2 = x^2 + 1 */
    ck_assert_uint_eq(p.d[0], 5);
    ck_assert_uint_eq(p.d[1], 0);
    p = polynomial_mult_64(UINT64_MAX, UINT64_MAX); /* every second bit */
    ck_assert_uint_eq(p.d[0], 0x5555555555555555);
    ck_assert_uint_eq(p.d[1], 0x5555555555555555);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("crypto");
    TCase *tc = tcase_create("crypto");
    tcase_add_test(tc, aese_and_aesmc_encrypt);
    tcase_add_test(tc, aesd_and_aesimc_decrypt);
    tcase_add_test(tc, sha1_of_abc);
    tcase_add_test(tc, sha256_of_abc);
    tcase_add_test(tc, pmull_multiplies_without_carries);
    suite_add_tcase(suite, tc);
    return board_run_suite(suite);
}
