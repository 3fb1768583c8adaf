/* SPDX-License-Identifier: MIT */
/*
 * Branches (Arm ARM C4.1.87).
 *
 * A branch to its own page knows its target as a distance in records: forward it needs no check,
 * backward it is a check point. A branch that leaves the page knows the distance in bytes and goes
 * through the code TLB.
 */
#include "cpu/decode.h"
#include "cpu/exec.h"
#include "cpu/spin.h"

#if EXEC_EXTRACT
#define GO_forward()     FUSE_FORWARD()
#define GO_back()        FUSE_BACK()
#define GO_to(address)   FUSE_JUMP(address)
#else
#define GO_forward()     FORWARD()
#define GO_back()        BACK()
#define GO_to(address)   JUMP(address)
#endif
/* Backward, closing a loop that only others can end. */
#define GO_spin()                                                                                  \
    do {                                                                                           \
        MOVE();                                                                                    \
        if (cpu->yields)                                                                           \
            TAIL(exec_yield);                                                                      \
        CHECK_POINT();                                                                             \
    } while (0)
#define GO_far() GO_to(PC() + (uint64_t)(int64_t)r->imm)

/* A branch in its forms. */
#define DEFINE_BRANCH(name, taken)                                                                 \
    DEFINE_BRANCH_FORM(name, taken, forward)                                                       \
    DEFINE_BRANCH_FORM(name, taken, back)                                                          \
    DEFINE_BRANCH_FORM(name, taken, far)                                                           \
    DEFINE_BRANCH_FORM(name, taken, spin)
#define DEFINE_BRANCH_FORM(name, taken, form)                                                      \
    OP(name##_##form)                                                                              \
    {                                                                                              \
        if (taken)                                                                                 \
            GO_##form();                                                                           \
        NEXT();                                                                                    \
    }
#define FORMS(name)                                                                                \
    {                                                                                              \
        name##_forward, name##_back, name##_far, name##_spin                                       \
    }

/* Picks the form for a distance in instructions and writes the record. BL closes no loop: it has no
 * fourth form. */
static bool branch(struct decode *d, handler_fn *const forms[4], int32_t distance, unsigned rn,
                   unsigned ra)
{
    int64_t target = (int64_t)d->index + distance;
    if (target < 0 || target >= PAGE_RECORDS)
        return emit(d, forms[2], 0, rn, 0, ra, distance * 4);
    if (distance <= 0 && forms[3] && d->words && spin_is_loop(d->words, (unsigned)target, d->index))
        return emit(d, forms[3], 0, rn, 0, ra, distance);
    return emit(d, forms[distance <= 0], 0, rn, 0, ra, distance);
}

/* -- Unconditional (immediate) -- */

OP(b_forward)
{
    GO_forward();
}

OP(b_back)
{
    GO_back();
}

OP(b_far)
{
    GO_far();
}

OP(b_spin)
{
    GO_spin();
}

OP(bl_forward)
{
    cpu->x[30] = PC() + 4;
    GO_forward();
}

OP(bl_back)
{
    cpu->x[30] = PC() + 4;
    GO_back();
}

OP(bl_far)
{
    cpu->x[30] = PC() + 4;
    GO_far();
}

bool decode_B(struct decode *d, const struct a64_B *f)
{
    static handler_fn *const forms[4] = FORMS(b);
    return branch(d, forms, sign_extend(f->imm26, 26), 0, 0);
}

bool decode_BL(struct decode *d, const struct a64_BL *f)
{
    static handler_fn *const forms[4] = { bl_forward, bl_back, bl_far };
    return branch(d, forms, sign_extend(f->imm26, 26), 0, 0);
}

/* -- Conditional -- */

#define DEFINE_B_COND(cond) DEFINE_BRANCH(b_##cond, COND_##cond)
EACH_COND(DEFINE_B_COND)

bool decode_B_cond(struct decode *d, const struct a64_B_cond *f)
{
#define ENTRY(cond) FORMS(b_##cond),
    static handler_fn *const forms[16][4] = { EACH_COND(ENTRY) FORMS(b), FORMS(b) };
    return branch(d, forms[f->cond], sign_extend(f->imm19, 19), 0, 0);
}

/* -- Compare and branch, test and branch: ra is the bit -- */

DEFINE_BRANCH(cbz_x, RN == 0)
DEFINE_BRANCH(cbz_w, (uint32_t)RN == 0)
DEFINE_BRANCH(cbnz_x, RN != 0)
DEFINE_BRANCH(cbnz_w, (uint32_t)RN != 0)
DEFINE_BRANCH(tbz, !(RN >> r->ra & 1))
DEFINE_BRANCH(tbnz, RN >> r->ra & 1)

bool decode_CBZ(struct decode *d, const struct a64_CBZ *f)
{
    static handler_fn *const forms[2][4] = { FORMS(cbz_w), FORMS(cbz_x) };
    return branch(d, forms[f->sf], sign_extend(f->imm19, 19), reg_read(f->Rt), 0);
}

bool decode_CBNZ(struct decode *d, const struct a64_CBNZ *f)
{
    static handler_fn *const forms[2][4] = { FORMS(cbnz_w), FORMS(cbnz_x) };
    return branch(d, forms[f->sf], sign_extend(f->imm19, 19), reg_read(f->Rt), 0);
}

bool decode_TBZ(struct decode *d, const struct a64_TBZ *f)
{
    static handler_fn *const forms[4] = FORMS(tbz);
    return branch(d, forms, sign_extend(f->imm14, 14), reg_read(f->Rt), f->b5 << 5 | f->b40);
}

bool decode_TBNZ(struct decode *d, const struct a64_TBNZ *f)
{
    static handler_fn *const forms[4] = FORMS(tbnz);
    return branch(d, forms, sign_extend(f->imm14, 14), reg_read(f->Rt), f->b5 << 5 | f->b40);
}

/* -- Unconditional (register) -- */

OP(br)
{
    GO_to(RN);
}

OP(blr)
{
    const uint64_t target = RN;
    cpu->x[30] = PC() + 4;
    GO_to(target);
}

bool decode_BR(struct decode *d, const struct a64_BR *f)
{
    return emit(d, br, 0, reg_read(f->Rn), 0, 0, 0);
}

bool decode_RET(struct decode *d, const struct a64_RET *f)
{
    return emit(d, br, 0, reg_read(f->Rn), 0, 0, 0);
}

bool decode_BLR(struct decode *d, const struct a64_BLR *f)
{
    return emit(d, blr, 0, reg_read(f->Rn), 0, 0, 0);
}
