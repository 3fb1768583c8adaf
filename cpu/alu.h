/* SPDX-License-Identifier: MIT */
/*
 * What the integer data-processing files share: flag setting and the forms of the second operand.
 */
#ifndef CPU_ALU_H
#define CPU_ALU_H

#include "cpu/exec.h"

/* What operations leave for the flags (flags.h), of 64 and 32 bits. */
#define SET_FLAGS(left_, right_, how_) (left = (left_), right = (right_), how = (how_))
#define EXTENDED(value)                ((uint64_t)(int32_t)(value))
#define FLAGS_SUB_x(a, b)              SET_FLAGS(a, b, FLAGS_SUB)
#define FLAGS_SUB_w(a, b)              SET_FLAGS(EXTENDED(a), EXTENDED(b), FLAGS_SUB | FLAGS_32)
#define FLAGS_ADD_x(a, b)              SET_FLAGS(a, -(b), FLAGS_ADD)
#define FLAGS_ADD_w(a, b)              SET_FLAGS(EXTENDED(a), EXTENDED(-(b)), FLAGS_ADD | FLAGS_32)
#define FLAGS_LOGIC_x(result)          SET_FLAGS(result, 0, FLAGS_ADD)
#define FLAGS_LOGIC_w(result)          SET_FLAGS(EXTENDED(result), 0, FLAGS_ADD | FLAGS_32)

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

/* ADD, ADDS, SUB, SUBS in one width and with one form of operand; CMN and CMP are those that keep no result. */
#define DEFINE_PLAIN(name, W, form, op)                                                            \
    OP(name##_##W##_##form)                                                                        \
    {                                                                                              \
        RD = (type_##W)((type_##W)RN op OPERAND_##form(W));                                        \
        NEXT();                                                                                    \
    }
#define DEFINE_WITH_FLAGS(name, W, form, FLAGS, keep)                                              \
    OP(name##_##W##_##form)                                                                        \
    {                                                                                              \
        const type_##W a = (type_##W)RN, b = OPERAND_##form(W);                                    \
        FLAGS(a, b);                                                                               \
        keep;                                                                                      \
        NEXT();                                                                                    \
    }
#define DEFINE_ADD_SUB(W, form)                                                                    \
    DEFINE_PLAIN(add, W, form, +)                                                                  \
    DEFINE_PLAIN(sub, W, form, -)                                                                  \
    DEFINE_WITH_FLAGS(adds, W, form, FLAGS_ADD_##W, RD = (type_##W)(a + b))                        \
    DEFINE_WITH_FLAGS(subs, W, form, FLAGS_SUB_##W, RD = (type_##W)(a - b))                        \
    DEFINE_WITH_FLAGS(cmn, W, form, FLAGS_ADD_##W, )                                               \
    DEFINE_WITH_FLAGS(cmp, W, form, FLAGS_SUB_##W, )
enum { OP_ADD, OP_ADDS, OP_SUB, OP_SUBS, OP_CMN, OP_CMP };
#define LIST_ADD_SUB(W, form)                                                                      \
    { add_##W##_##form, adds_##W##_##form, sub_##W##_##form, subs_##W##_##form,                    \
      cmn_##W##_##form, cmp_##W##_##form }

/* The operation to look up: with Rd 31, SUBS is CMP and ADDS is CMN. */
static inline unsigned op_compares(unsigned op, unsigned rd)
{
    return rd != 31 ? op : op == OP_ADDS ? OP_CMN : op == OP_SUBS ? OP_CMP : op;
}

/* AND, BIC, ORR, ORN, EOR, EON, ANDS, BICS likewise; TST is an ANDS that keeps no result. */
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
#define DEFINE_TEST(W, form)                                                                       \
    OP(tst_##W##_##form)                                                                           \
    {                                                                                              \
        const type_##W a = (type_##W)RN, b = OPERAND_##form(W);                                    \
        FLAGS_LOGIC_##W((type_##W)(a & b));                                                        \
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
    DEFINE_LOGIC_FLAGS(bics, W, form, a & ~b)                                                      \
    DEFINE_TEST(W, form)
enum { OP_AND, OP_BIC, OP_ORR, OP_ORN, OP_EOR, OP_EON, OP_ANDS, OP_BICS, OP_TST, LOGIC_OPS };
#define LIST_LOGIC(W, form)                                                                        \
    { and_##W##_##form, bic_##W##_##form, orr_##W##_##form, orn_##W##_##form, eor_##W##_##form,    \
      eon_##W##_##form, ands_##W##_##form, bics_##W##_##form, tst_##W##_##form }

static inline unsigned op_tests(unsigned op, unsigned rd)
{
    return rd == 31 && op == OP_ANDS ? OP_TST : op;
}

/* The end of a handler that wrote SP: the stack accesses that follow are checked while it is misaligned. */
#define NEXT_SP()                                                                                  \
    do {                                                                                           \
        if (unlikely((cpu->x[X_SP] & 15) != 0 || cpu->dtlb == &cpu->never))                        \
            TAIL(exec_sp_changed);                                                                 \
        NEXT();                                                                                    \
    } while (0)

#endif
