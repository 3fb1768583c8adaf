/* SPDX-License-Identifier: MIT */
/* The arithmetic of the cryptographic extension (Arm ARM J1, shared/functions/crypto), as functions
 * of values. */
#ifndef CPU_CRYPTO_H
#define CPU_CRYPTO_H

#include "cpu/state.h"

/* PolynomialMult of two 64-bit polynomials over {0,1}. */
union vreg polynomial_mult_64(uint64_t a, uint64_t b);

#endif
