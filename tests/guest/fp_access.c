/* SPDX-License-Identifier: MIT */
/*
 * CPACR_EL1.FPEN against every kind of instruction that uses the SIMD and floating-point registers,
 * at both exception levels; what is UNDEFINED is so whether they are enabled or not.
 * Arm ARM D13, "CPACR_EL1"; ISS encoding for class 0x07; J1, CheckFPAdvSIMDEnabled64.
 */
#include "tests/guest/paging.h"

#define UNALIGNED  0x7f00000001ul /* not mapped either */
#define HALF_ADD   "0x1ee22820"   /* FADD of half-precision registers: Armv8.2 */
#define VECTOR_DOT "0x4e829420"   /* SDOT: Armv8.2 */
#define BAD_FMOV   "0x1e2e0020"   /* a reserved rounding mode */

#define ACCESSES(X)                                                                                \
    X(f00, "fadd d0, d1, d2")                                                                      \
    X(f01, "fmov d0, x1")                                                                          \
    X(f02, "fmov s0, #1.0")                                                                        \
    X(f03, "fcmp s0, s1")                                                                          \
    X(f04, "fccmp d0, d1, #0, eq")                                                                 \
    X(f05, "fcsel d0, d1, d2, ne")                                                                 \
    X(f06, "fcvtzs x1, d0")                                                                        \
    X(f07, "scvtf d0, x1")                                                                         \
    X(f08, "fmadd d0, d1, d2, d3")                                                                 \
    X(f09, "add v0.4s, v1.4s, v2.4s")                                                              \
    X(f10, "movi v0.2d, #0")                                                                       \
    X(f11, "dup v0.8h, w1")                                                                        \
    X(f12, "umov w1, v0.b[3]")                                                                     \
    X(f13, "tbl v0.8b, {v1.16b}, v2.8b")                                                           \
    X(f14, "addp d0, v1.2d")                                                                       \
    X(f15, "aese v0.16b, v1.16b")                                                                  \
    X(f16, "sha256su0 v0.4s, v1.4s")                                                               \
    X(f17, "pmull v0.1q, v1.1d, v2.1d")                                                            \
    X(f18, "ldr q0, [x0]")                                                                         \
    X(f19, "ldr s0, [x0], #4")                                                                     \
    X(f20, "ldr d0, .")                                                                            \
    X(f21, "ldp d0, d1, [x0]")                                                                     \
    X(f22, "str b0, [x0]")                                                                         \
    X(f23, "stnp q0, q1, [x0]")                                                                    \
    X(f24, "ld1 {v0.16b}, [x0]")                                                                   \
    X(f25, "st4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x0]")                                               \
    X(f26, "ld1r {v0.4s}, [x0]")                                                                   \
    X(f27, "mrs x1, fpcr")                                                                         \
    X(f28, "msr fpsr, xzr")                                                                        \
    X(f29, "crc32w w1, w1, w1")                                                                    \
    X(f30, "prfm pldl1keep, [x0]")                                                                 \
    X(f31, ".inst " HALF_ADD)                                                                      \
    X(f32, ".inst " VECTOR_DOT)                                                                    \
    X(f33, ".inst " BAD_FMOV)

#define DEFINE(label, text) INSTRUCTION(label, text);
#define ENTRY(label, text)  { text, label },
ACCESSES(DEFINE)

static const struct {
    const char *text;
    const u32 *code;
} accesses[] = { ACCESSES(ENTRY) };

static u64 syndrome(unsigned el, const u32 *code, u64 address)
{
    struct outcome o = probe_code(el, (u64)code, address, 0);

    return o.trapped ? o.esr : 0;
}

static void each(u64 fpen, u64 address)
{
    for (u32 i = 0; i < COUNT(accesses); i++) {
        WRITE_SYSREG(cpacr_el1, fpen << 20);
        u64 el1 = syndrome(1, accesses[i].code, address);
        u64 el0 = syndrome(0, accesses[i].code, address - GIB + USER_DATA);
        printf("%s: %lx %lx\n", accesses[i].text, el1, el0);
    }
}

int main(void)
{
    u64 data;

    paging_start();
    data = new_table();
    for (u64 fpen = 0; fpen < 4; fpen++) {
        printf("FPEN %lu\n", fpen);
        each(fpen, data);
    }
    print("the address faults: FPEN 0\n");
    each(0, UNALIGNED);
    print("the address faults: FPEN 3\n");
    each(3, UNALIGNED);
    WRITE_SYSREG(cpacr_el1, -1ul);
    printf("CPACR_EL1 %lx\n", READ_SYSREG(cpacr_el1));
    return 0;
}
