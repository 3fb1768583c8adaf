/* SPDX-License-Identifier: MIT */
/*
 * Every encoding of MRS and MSR (register), at EL1 and at EL0: what is not UNDEFINED is printed
 * with its value, what it reads after writes of all ones and all zeros, and what EL0 gets with each
 * control that could trap it closed, then open. Arm ARM D12, "AArch64 System Register
 * Descriptions"; Cortex-A57 TRM, 4 "System Control".
 */
#include "tests/guest/guest.h"

#define ENCODING(op0, op1, crn, crm, op2)                                                          \
    (((op0)-2u) << 14 | (op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define ENCODINGS 0x8000u

#define RET     0xd65f03c0u
#define ISB     0xd5033fdfu
#define SVC_FF  0xd4001fe1u
#define MRS(rt) (0xd5300000u | (rt))
#define MSR(rt) (0xd5100000u | (rt))

static const struct name {
    u32 encoding;
    const char *text;
} names[] = {
#define SYSREG(name, op0, op1, crn, crm, op2, ...) { ENCODING(op0, op1, crn, crm, op2), #name },
#include "cpu/sysreg.def"
};

static void print_name(u32 e)
{
    for (u32 i = 0; i < COUNT(names); i++) {
        if (names[i].encoding == e) {
            print(names[i].text);
            return;
        }
    }
    printf("S%u_%u_C%u_C%u_%u", (e >> 14) + 2, e >> 11 & 7, e >> 7 & 15, e >> 3 & 15, e & 7);
}

/* Two instructions for each encoding: the access and the way back. */
struct probe {
    u32 access, back;
};
enum { READ, WRITE, READ_EL0, WRITE_EL0, KINDS };
static struct probe *probes[KINDS];

static void make_probes(void)
{
    static const u32 access[KINDS] = { MRS(0), MSR(0), MRS(0), MSR(0) };
    u64 at = (u64)free_memory;
    for (u32 kind = 0; kind < KINDS; kind++) {
        probes[kind] = (struct probe *)at;
        for (u32 e = 0; e < ENCODINGS; e++)
            probes[kind][e] =
                (struct probe){ access[kind] | e << 5, kind >= READ_EL0 ? SVC_FF : RET };
        at += ENCODINGS * sizeof(struct probe);
    }
    __asm__ volatile("dsb ish\n\tic iallu\n\tdsb ish\n\tisb" ::: "memory");
}

/* The access at EL1; false: it took an exception. */
static u64 at_el1(u32 kind, u32 e, u64 *value)
{
    const u64 before = trap.count;
    register u64 x0 __asm__("x0") = *value;
    __asm__ volatile("blr %1" : "+r"(x0) : "r"(&probes[kind][e]) : "x30", "memory");
    *value = x0;
    return trap.count == before;
}

static u64 at_el0(u32 kind, u32 e, u64 *value)
{
    *value = run_el0((u64)&probes[kind][e], 0, 0, 0, 1);
    return ESR_EC(trap.esr) == 0x15;
}

/* -- registers whose values are the machine's business -- */

static u64 is_counting(u32 e)
{
    return e == ENCODING(3, 3, 14, 0, 1) || e == ENCODING(3, 3, 14, 0, 2) || /* CNTPCT, CNTVCT */
           e == ENCODING(3, 3, 14, 2, 0) ||
           e == ENCODING(3, 3, 14, 3, 0); /* CNTP_TVAL, CNTV_TVAL */
}

/* What this guest itself or the last exception left there. */
static u64 is_in_use(u32 e)
{
    return e == ENCODING(3, 0, 4, 0, 0) || e == ENCODING(3, 0, 4, 0, 1) ||  /* SPSR_EL1, ELR_EL1 */
           e == ENCODING(3, 0, 5, 2, 0) || e == ENCODING(3, 0, 12, 0, 0) || /* ESR_EL1, VBAR_EL1 */
           e == ENCODING(3, 0, 4, 1, 0) || e == ENCODING(3, 3, 4, 2, 0);    /* SP_EL0, NZCV */
}

/* RMR_EL1 would reset the machine; the byte order and the MMU are not to change under the guest's
 * feet. */
static u64 settable(u32 e)
{
    if (e == ENCODING(3, 0, 12, 0, 2))
        return 0;
    if (e == ENCODING(3, 0, 1, 0, 0))
        return ~(1ul << 25 | 1ul << 24 | 1ul << 19 | 1ul << 1 | 1ul);
    return ~0ul;
}

/* Writes `ones`, then zeros, then what was there, and reads behind each, with nothing in between
 * that could notice. */
static u64 write_and_read(u32 e, u64 ones, u64 *after_ones, u64 *after_zeros)
{
    u32 *code = (u32 *)(probes[READ] + KINDS * ENCODINGS);
    const u32 words[] = { MRS(2), MSR(0), ISB, MRS(3), MSR(1), ISB, MRS(4), MSR(2), ISB, RET };
    for (u32 i = 0; i < COUNT(words); i++)
        code[i] = words[i] == ISB || words[i] == RET ? words[i] : words[i] | e << 5;
    sync_code((u64)code);
    const u64 before = trap.count;
    register u64 x0 __asm__("x0") = ones;
    register u64 x1 __asm__("x1") = 0;
    register u64 x3 __asm__("x3") = 0;
    register u64 x4 __asm__("x4") = 0;
    __asm__ volatile("blr %4"
                     : "+r"(x0), "+r"(x1), "+r"(x3), "+r"(x4)
                     : "r"(code)
                     : "x2", "x30", "memory", "cc");
    *after_ones = x3;
    *after_zeros = x4;
    return trap.count == before;
}

static void show_el1(u32 e)
{
    u64 value = 0, ones, zeros;
    if (!at_el1(READ, e, &value)) {
        if (!at_el1(WRITE, e, &value))
            return;
        print_name(e);
        print(" write-only\n");
        return;
    }
    print_name(e);
    if (is_counting(e))
        print(" counts");
    else if (is_in_use(e))
        print(" in use");
    else
        printf(" %lx", value);
    if (is_counting(e) || !settable(e))
        print("\n");
    else if (write_and_read(e, settable(e), &ones, &zeros))
        printf(", ones %lx, zeros %lx\n", ones, zeros);
    else
        print(", read-only\n");
}

/* -- EL0 -- */

static void close_el0(void)
{
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) & ~(1ul << 15 | 1ul << 9));
    WRITE_SYSREG(cntkctl_el1, 0);
    WRITE_SYSREG(pmuserenr_el0, 0);
    WRITE_SYSREG(mdscr_el1, 1ul << 12);
    WRITE_SYSREG(cpacr_el1, 1ul << 20);
}

static void open_el0(void)
{
    WRITE_SYSREG(sctlr_el1, READ_SYSREG(sctlr_el1) | 1ul << 15 | 1ul << 9);
    WRITE_SYSREG(cntkctl_el1, 0x303);
    WRITE_SYSREG(pmuserenr_el0, 0xf);
    WRITE_SYSREG(mdscr_el1, 0);
    WRITE_SYSREG(cpacr_el1, 3ul << 20);
}

/* What is neither UNDEFINED nor allowed is a trap: its syndrome. */
static void show_el0(u32 e, u32 kind, const char *how)
{
    u64 value;
    const u64 allowed = at_el0(kind, e, &value), esr = trap.esr;
    if (!allowed && ESR_EC(esr) == 0)
        return;
    print_name(e);
    if (!allowed)
        printf(" EL0 %s: esr %lx\n", how, esr);
    else if (kind == WRITE_EL0 || is_counting(e))
        printf(" EL0 %s\n", how);
    else
        printf(" EL0 %s: %lx\n", how, value);
}

int main(void)
{
    make_probes();
    for (u32 e = 0; e < ENCODINGS; e++)
        show_el1(e);
    close_el0();
    for (u32 e = 0; e < ENCODINGS; e++) {
        show_el0(e, READ_EL0, "read, closed");
        show_el0(e, WRITE_EL0, "write, closed");
    }
    open_el0();
    for (u32 e = 0; e < ENCODINGS; e++) {
        show_el0(e, READ_EL0, "read, open");
        show_el0(e, WRITE_EL0, "write, open");
    }
    return 0;
}
