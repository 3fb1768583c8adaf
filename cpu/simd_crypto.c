/* SPDX-License-Identifier: MIT */
/* Arm ARM C4.1.90, cryptographic AES, three-register SHA, two-register SHA. */
#include "cpu/crypto.h"
#include "cpu/simd.h"

#define CRYPTO(row, Rm, result)                                                                    \
    static HANDLER(row##_128)                                                                      \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        VD = result;                                                                               \
        NEXT();                                                                                    \
    }                                                                                              \
    bool decode_##row(struct decode *d, const struct a64_##row *f)                                 \
    {                                                                                              \
        return emit(d, row##_128, f->Rd, f->Rn, Rm, 0, 0);                                         \
    }

CRYPTO(AESE, 0, aes_encrypt_round(VD, VN))
CRYPTO(AESD, 0, aes_decrypt_round(VD, VN))
CRYPTO(AESMC, 0, aes_mix_columns(VN))
CRYPTO(AESIMC, 0, aes_inverse_mix_columns(VN))

CRYPTO(SHA1C, f->Rm, sha1_hash(SHA1_CHOOSE, VD, VN.s[0], VM))
CRYPTO(SHA1P, f->Rm, sha1_hash(SHA1_PARITY, VD, VN.s[0], VM))
CRYPTO(SHA1M, f->Rm, sha1_hash(SHA1_MAJORITY, VD, VN.s[0], VM))
CRYPTO(SHA1SU0, f->Rm, sha1_schedule_0(VD, VN, VM))
CRYPTO(SHA1SU1, 0, sha1_schedule_1(VD, VN))
CRYPTO(SHA1H, 0, ((union vreg){ .s = { sha1_rotate(VN.s[0]) } }))

CRYPTO(SHA256H, f->Rm, sha256_hash(VD, VN, VM, true))
CRYPTO(SHA256H2, f->Rm, sha256_hash(VN, VD, VM, false))
CRYPTO(SHA256SU0, 0, sha256_schedule_0(VD, VN))
CRYPTO(SHA256SU1, f->Rm, sha256_schedule_1(VD, VN, VM))
