/* SPDX-License-Identifier: MIT */
/* Advanced SIMD: saxpy, a dot product of integers, a table lookup, from memory to memory. */
#include <arm_neon.h>

#include "tests/bench/kernels/bench.h"

#define ELEMENTS 4096

static float x[ELEMENTS], y[ELEMENTS];
static u8 byte[ELEMENTS];

static void saxpy(float a)
{
    for (u32 i = 0; i < ELEMENTS; i += 4)
        vst1q_f32(y + i, vmlaq_n_f32(vld1q_f32(y + i), vld1q_f32(x + i), a));
}

static u64 dot(void)
{
    uint32x4_t sum = vdupq_n_u32(0);

    for (u32 i = 0; i < ELEMENTS; i += 16) {
        uint8x16_t v = vld1q_u8(byte + i);

        sum = vpadalq_u16(sum, vmull_u8(vget_low_u8(v), vget_high_u8(v)));
    }
    return vaddvq_u32(sum);
}

static void translate(void)
{
    uint8x16_t table = vld1q_u8(byte);

    for (u32 i = 16; i < ELEMENTS; i += 16) {
        uint8x16_t v = vld1q_u8(byte + i);

        v = veorq_u8(vqtbl1q_u8(table, vandq_u8(v, vdupq_n_u8(15))), vshrq_n_u8(v, 1));
        vst1q_u8(byte + i, vaddq_u8(v, vdupq_n_u8(3)));
    }
}

u64 work(void)
{
    u64 random = 5, result = 0;

    for (u32 i = 0; i < ELEMENTS; i++) {
        x[i] = (float)(next_random(&random) % 1000);
        byte[i] = (u8)next_random(&random);
    }
    for (u32 round = 0; round < 10000; round++) {
        saxpy(0.001f);
        result = result * 31 + dot();
        translate();
    }
    return result ^ (u64)y[ELEMENTS - 1];
}
