/* SPDX-License-Identifier: MIT */
/*
 * The condition flags, as what they are computed from.
 *
 * Few flags are ever looked at. So what sets them leaves two operands, and NZCV are those of `left - right`; who wants one
 * computes it. Where one fused handler sets and tests them (fuse.h), that is one comparison of the host's.
 *
 *   how            left, right                          set by
 *   FLAGS_SUB      the operands                         SUBS, CMP, CCMP
 *   FLAGS_ADD      an operand, the other one negated    ADDS, CMN, CCMN; logical operations, of their result and 0
 *   FLAGS_GIVEN    NZCV in bits 3..0; equal when Z      MSR NZCV, exception return, a CCMP whose condition fails
 *   | FLAGS_32     operands of 32 bits, sign-extended
 *
 * a + b is a - (-b), but for two operands: 0 gives no carry, and the most negative number has no negative (Arm ARM J1,
 * AddWithCarry).
 */
#ifndef CPU_FLAGS_H
#define CPU_FLAGS_H

#include <stdbool.h>
#include <stdint.h>

#define FLAGS_SUB   0u
#define FLAGS_ADD   1u
#define FLAGS_32    2u
#define FLAGS_GIVEN 4u

struct flags {
    uint64_t left, right, how;
};

/* PSTATE.C */
static inline bool flags_carry(uint64_t left, uint64_t right, uint64_t how)
{
    if (how & FLAGS_GIVEN)
        return left >> 1 & 1;
    return left >= right && !((how & FLAGS_ADD) && right == 0);
}

/* PSTATE.N != PSTATE.V */
static inline bool flags_less(uint64_t left, uint64_t right, uint64_t how)
{
    if (how & FLAGS_GIVEN)
        return (left >> 3 ^ left) & 1;
    const uint64_t most_negative = (uint64_t)((how & FLAGS_32) ? INT32_MIN : INT64_MIN);
    return (int64_t)left < (int64_t)right || ((how & FLAGS_ADD) && right == most_negative);
}

/* PSTATE.N */
static inline bool flags_negative(uint64_t left, uint64_t right, uint64_t how)
{
    if (how & FLAGS_GIVEN)
        return left >> 3 & 1;
    return (left - right) >> ((how & FLAGS_32) ? 31 : 63) & 1;
}

/* PSTATE.V */
static inline bool flags_overflow(uint64_t left, uint64_t right, uint64_t how)
{
    return flags_negative(left, right, how) != flags_less(left, right, how);
}

/* N, Z, C and V in bits 3..0. */
static inline unsigned flags_nzcv(uint64_t left, uint64_t right, uint64_t how)
{
    return (unsigned)flags_negative(left, right, how) << 3 | (unsigned)(left == right) << 2 |
           (unsigned)flags_carry(left, right, how) << 1 | (unsigned)flags_overflow(left, right, how);
}

/* `right` of FLAGS_GIVEN, when left is nzcv (0..15). */
static inline uint64_t flags_given_right(uint64_t nzcv)
{
    return nzcv ^ (~nzcv >> 2 & 1);
}

/* The same in bits 31..28, as in SPSR. */
static inline uint32_t flags_to_nzcv(struct flags f)
{
    return flags_nzcv(f.left, f.right, f.how) << 28;
}

static inline struct flags flags_from_nzcv(uint32_t spsr)
{
    const uint64_t nzcv = spsr >> 28;
    return (struct flags){ nzcv, flags_given_right(nzcv), FLAGS_GIVEN };
}

#endif
