/* SPDX-License-Identifier: MIT */
/* Arm ARM C4.1.90, Advanced SIMD permute, extract, table lookup. */
#include "cpu/simd.h"

/* Result lane e is lane `index` of Vm if `second`, else of Vn. LANES is the number of lanes. */
#define PERMUTE(name, bytes, type, lane, second, index)                                            \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        enum { LANES = (bytes) / sizeof(type) };                                                   \
        FP_ENABLED();                                                                              \
        const union vreg vn = VN, vm = VM;                                                         \
        union vreg result;                                                                         \
        for (unsigned e = 0; e < LANES; e++)                                                       \
            result.lane[e] = (second) ? vm.lane[index] : vn.lane[index];                           \
        VD = simd_low(result, bytes);                                                              \
        NEXT();                                                                                    \
    }
#define ROW_PERMUTE(row, second, index)                                                            \
    PERMUTE(row##_8b, 8, uint8_t, b, second, index)                                                \
    PERMUTE(row##_16b, 16, uint8_t, b, second, index)                                              \
    PERMUTE(row##_4h, 8, uint16_t, h, second, index)                                               \
    PERMUTE(row##_8h, 16, uint16_t, h, second, index)                                              \
    PERMUTE(row##_2s, 8, uint32_t, s, second, index)                                               \
    PERMUTE(row##_4s, 16, uint32_t, s, second, index)                                              \
    PERMUTE(row##_2d, 16, uint64_t, d, second, index)                                              \
    DECODE_3(row, TABLE_BHSD(row))

ROW_PERMUTE(ZIP1, e & 1, e / 2)
ROW_PERMUTE(ZIP2, e & 1, LANES / 2 + e / 2)
ROW_PERMUTE(UZP1, e >= LANES / 2, 2 * e % LANES)
ROW_PERMUTE(UZP2, e >= LANES / 2, 2 * e % LANES + 1)
ROW_PERMUTE(TRN1, e & 1, e & ~1u)
ROW_PERMUTE(TRN2, e & 1, e | 1)

/* -- EXT: r->imm bytes into Vm:Vn, as bits of a wide number -- */
static inline uint64_t extract_64(uint64_t low, uint64_t high, unsigned byte)
{
    return byte ? low >> 8 * byte | high << (64 - 8 * byte) : low;
}

static HANDLER(EXT_8b)
{
    FP_ENABLED();
    VD = (union vreg){ .d = { extract_64(VN.d[0], VM.d[0], (unsigned)r->imm), 0 } };
    NEXT();
}

static HANDLER(EXT_16b_low)
{
    FP_ENABLED();
    VD = (union vreg){ .d = { extract_64(VN.d[0], VN.d[1], (unsigned)r->imm),
                              extract_64(VN.d[1], VM.d[0], (unsigned)r->imm) } };
    NEXT();
}

/* From byte 8 on; r->imm counts from there. */
static HANDLER(EXT_16b_high)
{
    FP_ENABLED();
    VD = (union vreg){ .d = { extract_64(VN.d[1], VM.d[0], (unsigned)r->imm),
                              extract_64(VM.d[0], VM.d[1], (unsigned)r->imm) } };
    NEXT();
}

bool decode_EXT(struct decode *d, const struct a64_EXT *f)
{
    if (!f->Q)
        return f->imm4 < 8 && emit(d, EXT_8b, f->Rd, f->Rn, f->Rm, 0, f->imm4);
    return emit(d, f->imm4 < 8 ? EXT_16b_low : EXT_16b_high, f->Rd, f->Rn, f->Rm, 0, f->imm4 % 8);
}

/* -- TBL, TBX: the table is r->ra bytes in registers from Vn on, round behind V31 -- */
static inline union vreg table_lookup(const struct cpu *cpu, const struct record *r,
                                      union vreg result)
{
    const union vreg index = VM;
    for (unsigned e = 0; e < 16; e++) {
        const unsigned i = index.b[e];
        if (i < r->ra)
            result.b[e] = cpu->v[(r->rn + i / 16) % 32].b[i % 16];
    }
    return result;
}

#define TABLE_LOOKUP(name, bytes, otherwise)                                                       \
    static HANDLER(name)                                                                           \
    {                                                                                              \
        FP_ENABLED();                                                                              \
        const union vreg result = table_lookup(cpu, r, otherwise);                                 \
        VD = simd_low(result, bytes);                                                              \
        NEXT();                                                                                    \
    }
#define ZEROS ((union vreg){ .d = { 0, 0 } })
TABLE_LOOKUP(TBL_8b, 8, ZEROS)
TABLE_LOOKUP(TBL_16b, 16, ZEROS)
TABLE_LOOKUP(TBX_8b, 8, VD)
TABLE_LOOKUP(TBX_16b, 16, VD)

bool decode_TBL(struct decode *d, const struct a64_TBL *f)
{
    return emit(d, f->Q ? TBL_16b : TBL_8b, f->Rd, f->Rn, f->Rm, 16 * (f->len + 1u), 0);
}

bool decode_TBX(struct decode *d, const struct a64_TBX *f)
{
    return emit(d, f->Q ? TBX_16b : TBX_8b, f->Rd, f->Rn, f->Rm, 16 * (f->len + 1u), 0);
}
