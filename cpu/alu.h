/* SPDX-License-Identifier: MIT */
/*
 * What the integer data-processing files share: flag setting and the forms of the second operand.
 */
#ifndef CPU_ALU_H
#define CPU_ALU_H

#include "cpu/exec.h"

#define SIGN_BIT (1ull << 63)

/* Arm ARM J1, AddWithCarry, for the operations that set flags. `res` is a + b, or a - b. */
#define FLAGS_ADD_x(a, b, res)                                                                     \
    do {                                                                                           \
        n = z = (res);                                                                             \
        cv = ((((a) ^ (res)) & ((b) ^ (res))) & SIGN_BIT) | ((res) < (a));                         \
    } while (0)
#define FLAGS_SUB_x(a, b, res)                                                                     \
    do {                                                                                           \
        n = z = (res);                                                                             \
        cv = ((((a) ^ (b)) & ((a) ^ (res))) & SIGN_BIT) | ((a) >= (b));                            \
    } while (0)
#define FLAGS_ADD_w(a, b, res)                                                                     \
    do {                                                                                           \
        n = z = (uint64_t)(int32_t)(res);                                                          \
        cv = ((uint64_t)(((a) ^ (res)) & ((b) ^ (res))) << 32 & SIGN_BIT) | ((res) < (a));         \
    } while (0)
#define FLAGS_SUB_w(a, b, res)                                                                     \
    do {                                                                                           \
        n = z = (uint64_t)(int32_t)(res);                                                          \
        cv = ((uint64_t)(((a) ^ (b)) & ((a) ^ (res))) << 32 & SIGN_BIT) | ((a) >= (b));            \
    } while (0)
#define FLAGS_LOGIC_x(res) (n = z = (res), cv = 0)
#define FLAGS_LOGIC_w(res) (n = z = (uint64_t)(int32_t)(res), cv = 0)

/* The type of an operation's width. */
typedef uint64_t type_x;
typedef uint32_t type_w;
typedef int64_t signed_x;
typedef int32_t signed_w;
#define BITS_x 64
#define BITS_w 32

/* Second operands, by form. W: x or w. */
#define OPERAND_imm(W) ((type_##W)(int64_t)r->imm)
#define OPERAND_reg(W) ((type_##W)RM)
#define OPERAND_lsl(W) ((type_##W)((type_##W)RM << r->imm))
#define OPERAND_lsr(W) ((type_##W)((type_##W)RM >> r->imm))
#define OPERAND_asr(W) ((type_##W)((signed_##W)RM >> r->imm))
#define OPERAND_ror(W) ((type_##W)((type_##W)RM >> r->imm | (type_##W)RM << (BITS_##W - r->imm)))
#define OPERAND_uxtb(W) ((type_##W)((type_##W)(uint8_t)RM << r->imm))
#define OPERAND_uxth(W) ((type_##W)((type_##W)(uint16_t)RM << r->imm))
#define OPERAND_uxtw(W) ((type_##W)((type_##W)(uint32_t)RM << r->imm))
#define OPERAND_sxtb(W) ((type_##W)((type_##W)(int8_t)RM << r->imm))
#define OPERAND_sxth(W) ((type_##W)((type_##W)(int16_t)RM << r->imm))
#define OPERAND_sxtw(W) ((type_##W)((type_##W)(int32_t)RM << r->imm))

/* ADD, ADDS, SUB, SUBS in one width and with one form of operand. */
#define DEFINE_ADD_SUB(W, form)                                                                    \
    OP(add_##W##_##form)                                                                           \
    {                                                                                              \
        RD = (type_##W)((type_##W)RN + OPERAND_##form(W));                                         \
        NEXT();                                                                                    \
    }                                                                                              \
    OP(adds_##W##_##form)                                                                          \
    {                                                                                              \
        const type_##W a = (type_##W)RN, b = OPERAND_##form(W), sum = a + b;                       \
        FLAGS_ADD_##W(a, b, sum);                                                                  \
        RD = sum;                                                                                  \
        NEXT();                                                                                    \
    }                                                                                              \
    OP(sub_##W##_##form)                                                                           \
    {                                                                                              \
        RD = (type_##W)((type_##W)RN - OPERAND_##form(W));                                         \
        NEXT();                                                                                    \
    }                                                                                              \
    OP(subs_##W##_##form)                                                                          \
    {                                                                                              \
        const type_##W a = (type_##W)RN, b = OPERAND_##form(W), difference = a - b;                \
        FLAGS_SUB_##W(a, b, difference);                                                           \
        RD = difference;                                                                           \
        NEXT();                                                                                    \
    }
#define LIST_ADD_SUB(W, form) { add_##W##_##form, adds_##W##_##form, sub_##W##_##form, subs_##W##_##form }
enum { OP_ADD, OP_ADDS, OP_SUB, OP_SUBS };

/* AND, BIC, ORR, ORN, EOR, EON, ANDS, BICS likewise. */
#define DEFINE_LOGIC_ONE(name, W, form, expression)                                                \
    OP(name##_##W##_##form)                                                                        \
    {                                                                                              \
        const type_##W a = (type_##W)RN, b = OPERAND_##form(W);                                    \
        RD = (type_##W)(expression);                                                               \
        NEXT();                                                                                    \
    }
#define DEFINE_LOGIC_FLAGS(name, W, form, expression)                                              \
    OP(name##_##W##_##form)                                                                        \
    {                                                                                              \
        const type_##W a = (type_##W)RN, b = OPERAND_##form(W);                                    \
        const type_##W result = (type_##W)(expression);                                            \
        FLAGS_LOGIC_##W(result);                                                                   \
        RD = result;                                                                               \
        NEXT();                                                                                    \
    }
#define DEFINE_LOGIC(W, form)                                                                      \
    DEFINE_LOGIC_ONE(and, W, form, a & b)                                                          \
    DEFINE_LOGIC_ONE(bic, W, form, a & ~b)                                                         \
    DEFINE_LOGIC_ONE(orr, W, form, a | b)                                                          \
    DEFINE_LOGIC_ONE(orn, W, form, a | ~b)                                                         \
    DEFINE_LOGIC_ONE(eor, W, form, a ^ b)                                                          \
    DEFINE_LOGIC_ONE(eon, W, form, a ^ ~b)                                                         \
    DEFINE_LOGIC_FLAGS(ands, W, form, a & b)                                                       \
    DEFINE_LOGIC_FLAGS(bics, W, form, a & ~b)
#define LIST_LOGIC(W, form)                                                                        \
    { and_##W##_##form, bic_##W##_##form, orr_##W##_##form, orn_##W##_##form,                      \
      eor_##W##_##form, eon_##W##_##form, ands_##W##_##form, bics_##W##_##form }
enum { OP_AND, OP_BIC, OP_ORR, OP_ORN, OP_EOR, OP_EON, OP_ANDS, OP_BICS };

/* The end of a handler that wrote SP: the stack accesses that follow are checked while it is misaligned. */
#define NEXT_SP()                                                                                  \
    do {                                                                                           \
        if (unlikely((cpu->x[X_SP] & 15) != 0 || cpu->dtlb == &cpu->never))                        \
            TAIL(exec_sp_changed);                                                                 \
        NEXT();                                                                                    \
    } while (0)

#endif
