/* SPDX-License-Identifier: MIT */
/* Intrinsics of the Arm C Language Extensions, against the same in plain C. */
#include <arm_acle.h>
#include <arm_neon.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check(int condition, const char *what)
{
    if (!condition) {
        printf("wrong: %s\n", what);
        exit(1);
    }
}

static uint8_t data[4096];

static uint32_t crc_plain(uint32_t crc, uint32_t polynomial)
{
    for (size_t i = 0; i < sizeof data; i++) {
        crc ^= data[i];
        for (int bit = 0; bit < 8; bit++) {
            crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
        }
    }
    return crc;
}

static void crc(void)
{
    uint32_t ieee = ~0u, castagnoli = ~0u;
    for (size_t i = 0; i < sizeof data; i += 8) {
        uint64_t value;
        memcpy(&value, data + i, 8);
        ieee = __crc32d(ieee, value);
        castagnoli = __crc32cw(__crc32cw(castagnoli, (uint32_t)value), (uint32_t)(value >> 32));
    }
    check(ieee == crc_plain(~0u, 0xedb88320), "crc32x");
    check(castagnoli == crc_plain(~0u, 0x82f63b78), "crc32cw");
}

static void polynomial(void)
{
    for (int i = 0; i < 1000; i++) {
        uint64_t a, b;
        memcpy(&a, data + i, 8);
        memcpy(&b, data + i + 8, 8);
        unsigned __int128 product = 0;
        for (int bit = 0; bit < 64; bit++) {
            product ^= b >> bit & 1 ? (unsigned __int128)a << bit : 0;
        }
        poly128_t answer = vmull_p64(a, b);
        check(!memcmp(&answer, &product, 16), "pmull");
    }
}

static void saturation(void)
{
    for (size_t i = 0; i + 32 <= sizeof data; i += 16) {
        int8_t sum[16], table[16];
        int16_t high[8];
        int8x16_t a = vld1q_s8((int8_t *)data + i), b = vld1q_s8((int8_t *)data + i + 16);
        vst1q_s8(sum, vqaddq_s8(a, b));
        vst1q_s8(table, vqtbl1q_s8(a, vandq_u8(vreinterpretq_u8_s8(b), vdupq_n_u8(31))));
        vst1q_s16(high, vqrdmulhq_s16(vreinterpretq_s16_s8(a), vreinterpretq_s16_s8(b)));
        for (int k = 0; k < 16; k++) {
            int plain = (int8_t)data[i + k] + (int8_t)data[i + 16 + k];
            plain = plain > 127 ? 127 : plain < -128 ? -128 : plain;
            check(sum[k] == plain, "sqadd");
            int index = data[i + 16 + k] & 31;
            check(table[k] == (index < 16 ? (int8_t)data[i + index] : 0), "tbl");
        }
        for (int k = 0; k < 8; k++) {
            int16_t x, y;
            memcpy(&x, data + i + 2 * k, 2);
            memcpy(&y, data + i + 16 + 2 * k, 2);
            int64_t plain = (2 * (int64_t)x * y + 0x8000) >> 16;
            check(high[k] == (plain > INT16_MAX ? INT16_MAX : plain), "sqrdmulh");
        }
    }
}

static void interleaving(void)
{
    for (size_t i = 0; i + 48 <= sizeof data; i += 48) {
        uint8_t back[48];
        uint8x16x3_t planes = vld3q_u8(data + i);
        for (int k = 0; k < 16; k++) {
            uint8_t lane[16];
            vst1q_u8(lane, planes.val[k % 3]);
            check(lane[k] == data[i + 3 * k + k % 3], "ld3");
        }
        vst3q_u8(back, planes);
        check(!memcmp(back, data + i, 48), "st3");
    }
}

static void halves(void)
{
    for (int i = 0; i < 2048; i++) {
        float32x4_t wide = vdupq_n_f32((float)i);
        uint16_t bits[4];
        vst1_u16(bits, vreinterpret_u16_f16(vcvt_f16_f32(wide)));
        float back[4];
        vst1q_f32(back, vcvt_f32_f16(vcvt_f16_f32(wide)));
        check(back[0] == (float)i && back[3] == (float)i, "fcvtn"); /* 11 bits hold it */
        check(i == 0 || bits[0] >> 10 == 15 + (31 - __builtin_clz((unsigned)i)),
              "the exponent of fcvtn");
    }
}

int main(void)
{
    uint32_t x = 1;
    for (size_t i = 0; i < sizeof data; i++) {
        data[i] = (uint8_t)((x = x * 1664525 + 1013904223) >> 24);
    }
    crc();
    polynomial();
    saturation();
    interleaving();
    halves();
    puts("all right");
    return 0;
}
