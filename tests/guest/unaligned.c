/* SPDX-License-Identifier: MIT */
/*
 * Every size and kind of load and store: at each alignment, and across the boundary of two pages
 * of which the second is writable, read-only, not there, or not memory.
 * Arm ARM B2.5, "Alignment support"; D1, "Alignment of data accesses"; J1, AArch64.MemSingle.
 * STXR and STXP are in exclusives.c.
 *
 * What memory and the registers that are loaded hold after a fault is not compared: an instruction
 * of several accesses may have made some of them. The base register must be as it was.
 */
#include "tests/guest/paging.h"

#define SCTLR_A (1ul << 1)
#define BASE    (HIGH_HALF | 0xff8000200000) /* the boundary */
#define PATTERN 0x0123456789abcdeful

/* label, instruction, bytes */
#define ACCESSES(X)                                                                                \
    X(a00, "ldrb w1, [x0]", 1)                                                                     \
    X(a01, "ldrsh x1, [x0]", 2)                                                                    \
    X(a02, "ldr w1, [x0]", 4)                                                                      \
    X(a03, "ldrsw x1, [x0], #8", 4)                                                                \
    X(a04, "ldr x1, [x0]", 8)                                                                      \
    X(a05, "ldr x1, [x0, #0]!", 8)                                                                 \
    X(a06, "ldtr x1, [x0]", 8)                                                                     \
    X(a07, "ldp w1, w2, [x0]", 8)                                                                  \
    X(a08, "ldpsw x1, x2, [x0], #8", 8)                                                            \
    X(a09, "ldp x1, x2, [x0]", 16)                                                                 \
    X(a10, "ldp x1, x2, [x0], #16", 16)                                                            \
    X(a11, "ldnp x1, x2, [x0]", 16)                                                                \
    X(a12, "ldr b0, [x0]", 1)                                                                      \
    X(a13, "ldr h0, [x0]", 2)                                                                      \
    X(a14, "ldr s0, [x0]", 4)                                                                      \
    X(a15, "ldr d0, [x0]", 8)                                                                      \
    X(a16, "ldr q0, [x0]", 16)                                                                     \
    X(a17, "ldr q0, [x0], #16", 16)                                                                \
    X(a18, "ldp s0, s1, [x0]", 8)                                                                  \
    X(a19, "ldp d0, d1, [x0]", 16)                                                                 \
    X(a20, "ldp q0, q1, [x0]", 32)                                                                 \
    X(a21, "ldp q0, q1, [x0], #32", 32)                                                            \
    X(a22, "ld1 {v0.8b}, [x0]", 8)                                                                 \
    X(a23, "ld1 {v0.16b}, [x0], #16", 16)                                                          \
    X(a24, "ld1 {v0.8h, v1.8h}, [x0]", 32)                                                         \
    X(a25, "ld1 {v0.4s, v1.4s, v2.4s}, [x0]", 48)                                                  \
    X(a26, "ld1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0], #64", 64)                                      \
    X(a27, "ld2 {v0.16b, v1.16b}, [x0]", 32)                                                       \
    X(a28, "ld2 {v0.4h, v1.4h}, [x0]", 16)                                                         \
    X(a29, "ld3 {v0.4s, v1.4s, v2.4s}, [x0], #48", 48)                                             \
    X(a30, "ld4 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0]", 64)                                           \
    X(a31, "ld1 {v0.b}[3], [x0]", 1)                                                               \
    X(a32, "ld1 {v0.h}[3], [x0]", 2)                                                               \
    X(a33, "ld2 {v0.s, v1.s}[1], [x0], #8", 8)                                                     \
    X(a34, "ld4 {v0.d, v1.d, v2.d, v3.d}[1], [x0]", 32)                                            \
    X(a35, "ld1r {v0.2d}, [x0]", 8)                                                                \
    X(a36, "ld3r {v0.8h, v1.8h, v2.8h}, [x0]", 6)                                                  \
    X(a37, "ldarb w1, [x0]", 1)                                                                    \
    X(a38, "ldarh w1, [x0]", 2)                                                                    \
    X(a39, "ldar w1, [x0]", 4)                                                                     \
    X(a40, "ldar x1, [x0]", 8)                                                                     \
    X(a41, "ldxrb w1, [x0]", 1)                                                                    \
    X(a42, "ldaxrh w1, [x0]", 2)                                                                   \
    X(a43, "ldxr w1, [x0]", 4)                                                                     \
    X(a44, "ldaxr x1, [x0]", 8)                                                                    \
    X(a45, "ldxp w1, w2, [x0]", 8)                                                                 \
    X(a46, "ldaxp x1, x2, [x0]", 16)                                                               \
    X(a47, "strb w1, [x0]", 1)                                                                     \
    X(a48, "strh w1, [x0]", 2)                                                                     \
    X(a49, "str w1, [x0], #4", 4)                                                                  \
    X(a50, "str x1, [x0]", 8)                                                                      \
    X(a51, "str x1, [x0, #0]!", 8)                                                                 \
    X(a52, "sttr x1, [x0]", 8)                                                                     \
    X(a53, "stp w1, w2, [x0]", 8)                                                                  \
    X(a54, "stp x1, x2, [x0], #16", 16)                                                            \
    X(a55, "stnp x1, x2, [x0]", 16)                                                                \
    X(a56, "str h0, [x0]", 2)                                                                      \
    X(a57, "str s0, [x0]", 4)                                                                      \
    X(a58, "str d0, [x0], #8", 8)                                                                  \
    X(a59, "str q0, [x0]", 16)                                                                     \
    X(a60, "stp s0, s1, [x0]", 8)                                                                  \
    X(a61, "stp d0, d1, [x0]", 16)                                                                 \
    X(a62, "stp q0, q1, [x0], #32", 32)                                                            \
    X(a63, "st1 {v0.16b}, [x0]", 16)                                                               \
    X(a64, "st1 {v0.8h, v1.8h}, [x0], #32", 32)                                                    \
    X(a65, "st1 {v0.4s, v1.4s, v2.4s}, [x0]", 48)                                                  \
    X(a66, "st1 {v0.2d, v1.2d, v2.2d, v3.2d}, [x0]", 64)                                           \
    X(a67, "st2 {v0.8h, v1.8h}, [x0]", 32)                                                         \
    X(a68, "st3 {v0.16b, v1.16b, v2.16b}, [x0], #48", 48)                                          \
    X(a69, "st4 {v0.4s, v1.4s, v2.4s, v3.4s}, [x0]", 64)                                           \
    X(a70, "st1 {v0.h}[3], [x0]", 2)                                                               \
    X(a71, "st3 {v0.s, v1.s, v2.s}[1], [x0], #12", 12)                                             \
    X(a72, "st4 {v0.d, v1.d, v2.d, v3.d}[1], [x0]", 32)                                            \
    X(a73, "stlrb w1, [x0]", 1)                                                                    \
    X(a74, "stlrh w1, [x0]", 2)                                                                    \
    X(a75, "stlr w1, [x0]", 4)                                                                     \
    X(a76, "stlr x1, [x0]", 8)                                                                     \
    X(a77, "prfm pldl1keep, [x0]", 8)

#define DEFINE(label, text, size) INSTRUCTION(label, text);
#define ENTRY(label, text, size)  { text, label, size },
ACCESSES(DEFINE)

static const struct kind {
    const char *text;
    const u32 *code;
    u32 size;
} kinds[] = { ACCESSES(ENTRY) };

static struct tables tables;
static u64 first, second; /* the pages before and behind the boundary, physical */

static struct registers fresh(u64 va)
{
    struct registers r = { .x = { va, PATTERN, ~PATTERN, 5 } };

    for (u64 i = 0; i < 4; i++) {
        r.q[i][0] = PATTERN * (i + 3);
        r.q[i][1] = PATTERN * (i + 13);
    }
    return r;
}

static void hash_page(u64 page, u64 from, u64 to)
{
    for (u64 i = from; i < to; i += 8)
        hash_add(read64(page + i));
}

/* Whether it faulted. */
static u32 run(const struct kind *kind, u64 va)
{
    u64 count = trap.count;
    struct registers r = fresh(va);

    for (u64 i = 0; i < 64; i += 8) {
        write64(first + 0xfc0 + i, PATTERN * (i + 1));
        write64(second + i, PATTERN * (i + 101));
    }
    run_registers(kind->code, &r);
    hash_add(r.x[0]);
    if (trap.count != count) {
        hash_add(trap.esr);
        hash_add(trap.far);
        DETAIL("%s at %lx: esr %lx far %lx x0 %lx\n", kind->text, va, trap.esr, trap.far, r.x[0]);
        return 1;
    }
    for (u64 i = 0; i < COUNT(r.x); i++)
        hash_add(r.x[i]);
    for (u64 i = 0; i < 8; i++)
        hash_add(r.q[i / 2][i % 2]);
    hash_page(first, 0xfc0, 0x1000);
    hash_page(second, 0, 64);
    DETAIL("%s at %lx: x %lx %lx %lx %lx\n", kind->text, va, r.x[0], r.x[1], r.x[2], r.x[3]);
    return 0;
}

/* Bit n: the access faults at an address that is n beyond a multiple of 16. */
static u32 alignments(const struct kind *kind)
{
    u32 mask = 0;

    for (u32 i = 0; i < 16; i++)
        mask |= run(kind, BASE - 0x800 + i) << i;
    return mask;
}

static void alignment_of_each(u64 attribute)
{
    u64 *entry = (u64 *)tables_entry(&tables, BASE - 0x1000, 3);

    *entry = (*entry & ~DESC_ATTR(7)) | DESC_ATTR(attribute);
    flush_tlb();
    for (u32 i = 0; i < COUNT(kinds); i++) {
        u32 relaxed = alignments(&kinds[i]);
        WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | SCTLR_A);
        printf("%s: %x %x\n", kinds[i].text, relaxed, alignments(&kinds[i]));
        WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) & ~SCTLR_A);
    }
    print_hash("registers, memory, syndromes");
}

/* All addresses from which an access reaches the second page, or just not. */
static void crossing(const char *name, u64 descriptor)
{
    printf("%s:", name);
    *tables_entry(&tables, BASE, 3) = descriptor;
    flush_tlb();
    for (u32 i = 0; i < COUNT(kinds); i++) {
        u32 faults = 0;
        for (u32 n = 0; n <= kinds[i].size; n++)
            faults += run(&kinds[i], BASE - n);
        printf(" %u", faults);
    }
    printf("\n");
    print_hash(name);
}

int main(void)
{
    paging_start();
    WRITE_SYSREG(cpacr_el1, 3ul << 20);
    first = new_table();
    second = new_table();
    tables = tables_create(GRAIN_4K, 39);
    *tables_entry(&tables, BASE - 0x1000, 3) = first | DESC_PAGE | DESC_RAM | DESC_AP_EL0;
    paging_replace(1, &tables, 0);
    print("Normal memory: which of 16 alignments fault, SCTLR_EL1.A clear and set\n");
    alignment_of_each(NORMAL);
    print("across a boundary: how many faults by each\n");
    u64 page = second | DESC_PAGE | DESC_RAM | DESC_AP_EL0;
    crossing("writable", page);
    crossing("read-only", page | DESC_AP_READ_ONLY);
    crossing("EL1 only", page & ~DESC_AP_EL0);
    crossing("not there", 0);
    crossing("access flag clear", page & ~DESC_AF);
    crossing("address too big", page | 1ul << 44);
    crossing("nowhere", (page & ~second) | NOT_RAM);
    print("Device memory: which of 16 alignments fault, SCTLR_EL1.A clear and set\n");
    alignment_of_each(DEVICE);
    crossing("Device memory, read-only", page | DESC_ATTR(DEVICE) | DESC_AP_READ_ONLY);
    return 0;
}
