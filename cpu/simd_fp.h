/* SPDX-License-Identifier: MIT */
/* Floating-point instructions on vectors and their scalar forms: lanes of 32 and 64 bits. */
#ifndef CPU_SIMD_FP_H
#define CPU_SIMD_FP_H

#include "cpu/fp_host.h"
#include "cpu/simd.h"

#define ENV cpu->fpcr, &cpu->fpsr

/* Handlers of a row in all shapes; the expression is given for both sizes. */
#define FP_LANES(row, expr_32, expr_64)                                                            \
    SIMD_LANES(row##_2s, 8, uint32_t, s, expr_32)                                                  \
    SIMD_LANES(row##_4s, 16, uint32_t, s, expr_32)                                                 \
    SIMD_LANES(row##_2d, 16, uint64_t, d, expr_64)
#define FP_SCALARS(row, expr_32, expr_64)                                                          \
    SIMD_LANES(row##_s, 4, uint32_t, s, expr_32)                                                   \
    SIMD_LANES(row##_d, 8, uint64_t, d, expr_64)

/* By sz and Q. There is no vector of one doubleword. */
#define FP_VECTOR(row, sz, Q) ((sz) ? ((Q) ? row##_2d : NULL) : ((Q) ? row##_4s : row##_2s))
#define FP_SCALAR(row, sz)    ((sz) ? row##_d : row##_s)

/* An encoding without a handler is UNDEFINED. */
static inline bool fp_emit(struct decode *d, handler_fn *handler, unsigned Rd, unsigned Rn,
                           unsigned Rm, unsigned ra, int32_t imm)
{
    return handler && emit(d, handler, Rd, Rn, Rm, ra, imm);
}

#endif
