/* SPDX-License-Identifier: MIT */
#include "cpu/crypto.h"

union vreg polynomial_mult_64(uint64_t a, uint64_t b)
{
    uint64_t low = 0, high = 0;
    for (unsigned i = 0; i < 64; i++) {
        const uint64_t bit = -(b >> i & 1);
        low ^= a << i & bit;
        high ^= (i ? a >> (64 - i) : 0) & bit;
    }
    return (union vreg){ .d = { low, high } };
}
