/* SPDX-License-Identifier: MIT */
/* The C half of what guest.h promises. */
#include "tests/guest/guest.h"

#define PL011_DR      0x00
#define PL011_FR      0x18
#define PL011_FR_TXFF (1u << 5)
#define PL011_CR      0x30
#define PL011_CR_ON   0x301u /* UARTEN, TXE, RXE */

#define EC(esr)           ((esr) >> 26 & 0x3f)
#define EC_SVC            0x15
#define EC_HVC            0x16
#define EC_FETCH_FROM_EL0 0x20
#define EC_FETCH          0x21
#define EC_PC_ALIGNMENT   0x22

volatile struct trap trap;
void (*on_interrupt)(void);

void exception(u64 vector, struct frame *frame);
void leave_el0(void);
void init_console(void);

void init_console(void)
{
    write32(PL011_BASE + PL011_CR, PL011_CR_ON);
}

static void print_char(char c)
{
    while (read32(PL011_BASE + PL011_FR) & PL011_FR_TXFF)
        ;
    write32(PL011_BASE + PL011_DR, (u8)c);
}

void print(const char *text)
{
    for (; *text; text++)
        print_char(*text);
}

static void print_number(u64 value)
{
    int shift = 60;

    while (shift && !(value >> shift))
        shift -= 4;
    for (; shift >= 0; shift -= 4)
        print_char("0123456789abcdef"[value >> shift & 15]);
}

void print_hex(const char *name, u64 value)
{
    print(name);
    print_char(' ');
    print_number(value);
    print_char('\n');
}

void print_trap(const char *name)
{
    static u64 seen;

    print(name);
    if (trap.count == seen) {
        print(" none\n");
        return;
    }
    seen = trap.count;
    print(" vector=");
    print_number(trap.vector);
    print(" esr=");
    print_number(trap.esr);
    print_char('\n');
}

static void step_over(const struct frame *frame)
{
    switch (EC(trap.esr)) {
    case EC_SVC:
    case EC_HVC:
        break; /* ELR is behind the instruction already */
    case EC_FETCH_FROM_EL0:
    case EC_FETCH:
    case EC_PC_ALIGNMENT:
        WRITE_SYSREG(elr_el1, frame->x[30]);
        break;
    default:
        WRITE_SYSREG(elr_el1, trap.elr + 4);
    }
}

void exception(u64 vector, struct frame *frame)
{
    u64 elr = READ_SYSREG(elr_el1);

    if (vector % 4 == 1 && on_interrupt) {
        on_interrupt();
        return;
    }
    if (vector % 4 == 0 && EC(READ_SYSREG(esr_el1)) == EC_SVC &&
        (READ_SYSREG(esr_el1) & 0xffff) == 0xff) {
        leave_el0();
    }
    trap.count++;
    trap.vector = vector;
    trap.esr = READ_SYSREG(esr_el1);
    trap.elr = elr;
    trap.far = READ_SYSREG(far_el1);
    trap.spsr = READ_SYSREG(spsr_el1);
    if (vector % 4) {
        print_trap("unexpected");
        power_off();
    }
    step_over(frame);
}
