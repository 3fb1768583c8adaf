/* SPDX-License-Identifier: MIT */
/*
 * The stack pointer must be a multiple of 16 when it is the base of an access and SCTLR_EL1.SA (at
 * EL1) or SA0 (at EL0) is set. Arm ARM D1, "SP alignment checking"; J1, CheckSPAlignment.
 */
#include "tests/guest/paging.h"

#define SCTLR_SA  (1ul << 3)
#define SCTLR_SA0 (1ul << 4)

/* label, instruction; SP is made x0 before */
#define ACCESSES(X)                                                                                \
    X(s00, "ldrb w1, [sp]")                                                                        \
    X(s01, "ldr x1, [sp, #8]")                                                                     \
    X(s02, "ldr x1, [sp], #16")                                                                    \
    X(s03, "ldur x1, [sp, #1]")                                                                    \
    X(s04, "ldr x1, [sp, x2]")                                                                     \
    X(s05, "ldtr x1, [sp]")                                                                        \
    X(s06, "ldp x1, x2, [sp]")                                                                     \
    X(s07, "ldnp x1, x2, [sp]")                                                                    \
    X(s08, "ldpsw x1, x2, [sp]")                                                                   \
    X(s09, "ldr d0, [sp]")                                                                         \
    X(s10, "ldr q0, [sp, x2]")                                                                     \
    X(s11, "ldp q0, q1, [sp]")                                                                     \
    X(s12, "ld1 {v0.16b}, [sp]")                                                                   \
    X(s13, "ld2 {v0.s, v1.s}[1], [sp], #8")                                                        \
    X(s14, "ld1r {v0.8b}, [sp]")                                                                   \
    X(s15, "ldar x1, [sp]")                                                                        \
    X(s16, "ldxr x1, [sp]")                                                                        \
    X(s17, "ldxp w1, w2, [sp]")                                                                    \
    X(s18, "str x1, [sp]")                                                                         \
    X(s19, "str x1, [sp, #-16]!")                                                                  \
    X(s20, "stp x1, x2, [sp, #-16]!")                                                              \
    X(s21, "st1 {v0.16b}, [sp]")                                                                   \
    X(s22, "stlr x1, [sp]")                                                                        \
    X(s23, "stxr w3, x1, [sp]")                                                                    \
    X(s24, "prfm pldl1keep, [sp]")                                                                 \
    X(s25, "prfm pldl1keep, [sp, x2]")                                                             \
    X(s26, "prfum pldl1keep, [sp, #1]")                                                            \
    X(s27, "add x1, sp, #8")                                                                       \
    X(s28, "ldr x1, [x0]")

#define DEFINE(label, text)                                                                        \
    INSTRUCTION(label, "mov x9, sp\n\tmov sp, x0\n\tmov x2, xzr\n\t" text "\n\tmov sp, x9");
#define ENTRY(label, text) { text, label },
ACCESSES(DEFINE)

static const struct {
    const char *text;
    const u32 *code;
} accesses[] = { ACCESSES(ENTRY) };

static u64 stack;

/* At EL1 on SP_EL0: the handler needs a good SP_EL1. */
static u64 at_el1(const u32 *code)
{
    u64 count = trap.count;
    register u64 x0 __asm__("x0") = stack - GIB + USER_DATA + 8;

    __asm__ volatile("msr spsel, #0\n\tblr %1\n\tmsr spsel, #1"
                     : "+r"(x0)
                     : "r"(code)
                     : "x1", "x2", "x3", "x9", "x30", "memory");
    return trap.count == count ? 0 : trap.esr;
}

static u64 at_el0(const u32 *code)
{
    struct outcome o = probe_code(0, (u64)code, stack - GIB + USER_DATA + 8, 0);

    return o.trapped ? o.esr : 0;
}

static void all(const char *name, u64 sctlr)
{
    u64 others = READ_SYSREG(sctlr_el1) & ~(SCTLR_SA | SCTLR_SA0);

    WRITE_SYSREG(sctlr_el1, others | sctlr);
    printf("%s\n", name);
    for (u32 i = 0; i < COUNT(accesses); i++)
        printf("%s: %lx %lx\n", accesses[i].text, at_el1(accesses[i].code),
               at_el0(accesses[i].code));
}

int main(void)
{
    paging_start();
    WRITE_SYSREG(cpacr_el1, 3ul << 20);
    stack = new_table() + 0x8000;
    all("SA and SA0 clear", 0);
    all("SA", SCTLR_SA);
    all("SA0", SCTLR_SA0);
    return 0;
}
