/* SPDX-License-Identifier: MIT */
/*
 * Big-endian data (Arm ARM, "Endianness in Armv8-A"; SCTLR_EL1.EE and E0E): what each kind of
 * access makes of the bytes 00 01 02 ... at EL1 and at EL0. Instructions stay little-endian.
 */
#include "tests/guest/guest.h"

#define SCTLR_E0E (1ul << 24)
#define SCTLR_EE  (1ul << 25)

static u8 bytes[64] __attribute__((aligned(64)));
static u64 result[4] __attribute__((aligned(16)));

static void fill(void)
{
    for (u64 i = 0; i < sizeof(bytes); i++)
        ((volatile u8 *)bytes)[i] = (u8)i;
}

/* Executes `code` with x0 at the bytes and big-endian data at EL1; its results are x1 and x2.
 * Nothing else touches memory meanwhile. */
#define BIG_ENDIAN(name, code)                                                                     \
    do {                                                                                           \
        register u64 x0 __asm__("x0") = (u64)bytes;                                                \
        register u64 x1 __asm__("x1") = 0x1122334455667788ul;                                      \
        register u64 x2 __asm__("x2") = 0x99aabbccddeeff00ul;                                      \
        __asm__ volatile("msr sctlr_el1, %4\n\tisb\n\t" code "\n\tmsr sctlr_el1, %3\n\tisb"        \
                         : "+r"(x0), "+r"(x1), "+r"(x2)                                            \
                         : "r"(sctlr), "r"(sctlr | SCTLR_EE)                                       \
                         : "x3", "x4", "v0", "v1", "v2", "memory");                                \
        show(name, x1, x2);                                                                        \
    } while (0)

static void show(const char *name, u64 a, u64 b)
{
    printf("%s %lx %lx\n", name, a, b);
}

static void show_bytes(const char *name, u64 from, u64 count)
{
    printf("%s", name);
    for (u64 i = from; i < from + count; i++)
        printf(" %lx", (u64)((volatile u8 *)bytes)[i]);
    printf("\n");
    fill();
}

static void loads(u64 sctlr)
{
    BIG_ENDIAN("ldrb ldrh", "ldrb w1, [x0, #1]\n\tldrh w2, [x0, #2]");
    BIG_ENDIAN("ldr w x", "ldr w1, [x0, #4]\n\tldr x2, [x0, #8]");
    BIG_ENDIAN("ldrsh ldrsw", "ldrsh x1, [x0, #2]\n\tldrsw x2, [x0, #4]");
    BIG_ENDIAN("ldp w", "ldp w1, w2, [x0, #8]");
    BIG_ENDIAN("ldp x", "ldp x1, x2, [x0, #16]");
    BIG_ENDIAN("ldtr", "ldtr x1, [x0, #8]\n\tldtr w2, [x0, #4]");
    BIG_ENDIAN("ldar", "add x3, x0, #8\n\tldar x1, [x3]\n\tldar w2, [x0]");
    BIG_ENDIAN("ldr literal", "ldr x1, 1f\n\tldr w2, 1f\n\tb 2f\n\t.balign 8\n1:\t.quad "
                              "0x0807060504030201\n2:");
    BIG_ENDIAN("ldr d q",
               "ldr d0, [x0, #8]\n\tldr q1, [x0, #16]\n\tfmov x1, d0\n\tmov x2, v1.d[0]");
    BIG_ENDIAN("ldp q", "ldp q0, q1, [x0]\n\tmov x1, v0.d[1]\n\tmov x2, v1.d[0]");
    BIG_ENDIAN("ld1 4h", "ld1 {v0.4h}, [x0]\n\tfmov x1, d0\n\tmov x2, #0");
    BIG_ENDIAN("ld2 4s", "ld2 {v0.4s, v1.4s}, [x0]\n\tfmov x1, d0\n\tfmov x2, d1");
    BIG_ENDIAN("ld1 lane",
               "ld1 {v0.s}[1], [x0]\n\tmov x1, v0.d[0]\n\tlsr x1, x1, #32\n\tmov x2, #0");
    BIG_ENDIAN("ld1r", "ld1r {v0.2d}, [x0]\n\tmov x1, v0.d[0]\n\tmov x2, v0.d[1]");
}

static void stores(u64 sctlr)
{
    BIG_ENDIAN("strh", "strh w1, [x0]\n\tstrb w2, [x0, #2]");
    show_bytes("  bytes", 0, 4);
    BIG_ENDIAN("str w x", "str w1, [x0]\n\tstr x2, [x0, #8]");
    show_bytes("  bytes", 0, 16);
    BIG_ENDIAN("stp x", "stp x1, x2, [x0]");
    show_bytes("  bytes", 0, 16);
    BIG_ENDIAN("stlr", "stlr w1, [x0]");
    show_bytes("  bytes", 0, 8);
    BIG_ENDIAN("str q", "fmov d0, x1\n\tmov v0.d[1], x2\n\tstr q0, [x0]");
    show_bytes("  bytes", 0, 16);
    BIG_ENDIAN("st1 8h", "fmov d0, x1\n\tmov v0.d[1], x2\n\tst1 {v0.8h}, [x0]");
    show_bytes("  bytes", 0, 16);
}

static void exclusives(u64 sctlr)
{
    BIG_ENDIAN("ldxr stxr", "1:\tldxr x1, [x0]\n\tadd x3, x1, #1\n\tstxr w2, x3, [x0]");
    show_bytes("  bytes", 0, 8);
    BIG_ENDIAN("ldxp w", "ldxp w1, w2, [x0]\n\tclrex");
    BIG_ENDIAN("ldxp x", "ldxp x1, x2, [x0]\n\tstxp w3, x2, x1, [x0]\n\tmov w2, w3");
    show_bytes("  bytes", 0, 16);
}

/* EL0 stores what it loaded, big-endian both times or not, and one known value. */
static void user_code(void)
{
    __asm__ volatile(
        "ldr x3, [%0]\n\tstr x3, [%1]\n\tmov w3, #0x1234\n\tstr w3, [%1, #8]" ::"r"(bytes),
        "r"(result)
        : "x3", "memory");
    LEAVE_EL0();
}

static void user(u64 sctlr)
{
    WRITE_SYSREG(sctlr_el1, sctlr | SCTLR_E0E);
    enter_el0(user_code);
    show("EL0", result[0], result[1]);
    /* Arm ARM, SCTLR_EL1.E0E: no effect on LDTR at EL1. */
    __asm__ volatile("ldtr %0, [%2]\n\tldr %1, [%2]"
                     : "=&r"(result[2]), "=&r"(result[3])
                     : "r"(bytes)
                     : "memory");
    show("ldtr with E0E", result[2], result[3]);
    WRITE_SYSREG(sctlr_el1, sctlr);
}

int main(void)
{
    const u64 sctlr = READ_SYSREG(sctlr_el1) & ~(SCTLR_EE | SCTLR_E0E);

    WRITE_SYSREG(cpacr_el1, 3ul << 20);
    fill();
    loads(sctlr);
    stores(sctlr);
    exclusives(sctlr);
    user(sctlr);
    return 0;
}
