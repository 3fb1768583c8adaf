/* SPDX-License-Identifier: MIT */
/*
 * The arithmetic of the cryptographic extension (Arm ARM J1, shared/functions/crypto) as functions
 * of values, in plain C. It is table-driven where tables are shorter: guests' keys are as safe as
 * the host is to its user.
 */
#ifndef CPU_CRYPTO_H
#define CPU_CRYPTO_H

#include "cpu/state.h"

#include <stdbool.h>

/* AESE, AESD: the round key is added first. AESMC, AESIMC. */
union vreg aes_encrypt_round(union vreg state, union vreg key);
union vreg aes_decrypt_round(union vreg state, union vreg key);
union vreg aes_mix_columns(union vreg state);
union vreg aes_inverse_mix_columns(union vreg state);

/* SHA1C, SHA1P, SHA1M: four rounds. x: a, b, c, d; y: e; w: schedule plus constants. */
enum sha1_function { SHA1_CHOOSE, SHA1_PARITY, SHA1_MAJORITY };
union vreg sha1_hash(enum sha1_function f, union vreg x, uint32_t y, union vreg w);
/* SHA1SU0, SHA1SU1, SHA1H; d is the old Vd. */
union vreg sha1_schedule_0(union vreg d, union vreg n, union vreg m);
union vreg sha1_schedule_1(union vreg d, union vreg n);
uint32_t sha1_rotate(uint32_t x);

/* SHA256hash: four rounds; part1 returns a to d (SHA256H), else e to h (SHA256H2). */
union vreg sha256_hash(union vreg x, union vreg y, union vreg w, bool part1);
/* SHA256SU0, SHA256SU1 */
union vreg sha256_schedule_0(union vreg d, union vreg n);
union vreg sha256_schedule_1(union vreg d, union vreg n, union vreg m);

/* PolynomialMult of two 64-bit polynomials over {0,1}. */
union vreg polynomial_mult_64(uint64_t a, uint64_t b);

#endif
