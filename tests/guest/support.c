/* SPDX-License-Identifier: MIT */
/* The C half of what guest.h promises. */
#include "tests/guest/guest.h"

#include <stdarg.h>

#define PL011_DR      0x00
#define PL011_FR      0x18
#define PL011_FR_TXFF (1u << 5)
#define PL011_CR      0x30
#define PL011_CR_ON   0x301u /* UARTEN, TXE, RXE */

#define EC_SVC            0x15
#define EC_HVC            0x16
#define EC_FETCH_FROM_EL0 0x20
#define EC_FETCH          0x21
#define EC_PC_ALIGNMENT   0x22

#define PSCI_CPU_ON 0xc4000003ul

volatile struct trap trap;
void (*on_interrupt)(void);
u64 (*on_exception)(u64 vector, struct frame *frame);

static volatile u64 el0_once; /* the first exception ends run_el0 */

void exception(u64 vector, struct frame *frame);
u64 call_el0(u64 entry, u64 x0, u64 x1, u64 x30);
void leave_el0(u64 x0);
void init_console(void);

/* -- console -- */

/* The UART in the half of the address space that runs (paging.h, call_high). */
static u64 console(void)
{
    u64 here;

    __asm__("adr %0, ." : "=r"(here));
    return (here & 0xffff000000000000) | PL011_BASE;
}

void init_console(void)
{
    write32(console() + PL011_CR, PL011_CR_ON);
}

static void print_char(char c)
{
    while (read32(console() + PL011_FR) & PL011_FR_TXFF)
        ;
    write32(console() + PL011_DR, (u8)c);
}

void print(const char *text)
{
    for (; *text; text++)
        print_char(*text);
}

static void print_number(u64 value, unsigned base)
{
    char digits[20];
    unsigned n = 0;

    do {
        digits[n++] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    while (n)
        print_char(digits[--n]);
}

static void print_signed(int value)
{
    if (value < 0)
        print_char('-');
    print_number(value < 0 ? -(u64)value : (u64)value, 10);
}

/* With a va_list in memory, as va_arg in a called function must advance the caller's. */
struct arguments {
    va_list list;
};

static const char *print_conversion(const char *format, struct arguments *a)
{
    switch (*format) {
    case 's':
        print(va_arg(a->list, const char *));
        break;
    case 'c':
        print_char((char)va_arg(a->list, int));
        break;
    case 'd':
        print_signed(va_arg(a->list, int));
        break;
    case 'u':
        print_number(va_arg(a->list, u32), 10);
        break;
    case 'x':
        print_number(va_arg(a->list, u32), 16);
        break;
    case 'l':
        print_number(va_arg(a->list, u64), *++format == 'x' ? 16 : 10);
        break;
    default:
        print_char(*format);
    }
    return format + 1;
}

void printf(const char *format, ...)
{
    struct arguments a;

    va_start(a.list, format);
    while (*format) {
        char c = *format++;
        if (c == '%')
            format = print_conversion(format, &a);
        else
            print_char(c);
    }
    va_end(a.list);
}

void print_hex(const char *name, u64 value)
{
    printf("%s %lx\n", name, value);
}

/* -- what the compiler calls by itself -- */

void *memcpy(void *to, const void *from, u64 size);
void *memset(void *to, int value, u64 size);

void *memcpy(void *to, const void *from, u64 size)
{
    for (u64 i = 0; i < size; i++)
        ((volatile u8 *)to)[i] = ((const u8 *)from)[i];
    return to;
}

void *memset(void *to, int value, u64 size)
{
    for (u64 i = 0; i < size; i++)
        ((volatile u8 *)to)[i] = (u8)value;
    return to;
}

/* -- many cases -- */

#define FNV_OFFSET 0xcbf29ce484222325ul
#define FNV_PRIME  0x100000001b3ul

static u64 hash = FNV_OFFSET;

void hash_add(u64 value)
{
    for (unsigned i = 0; i < 64; i += 8)
        hash = (hash ^ (value >> i & 0xff)) * FNV_PRIME;
}

void print_hash(const char *name)
{
    printf("%s #%lx\n", name, hash);
    hash = FNV_OFFSET;
}

u64 random64(void)
{
    static u64 state = 0x9e3779b97f4a7c15ul;

    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return state * 0x2545f4914f6cdd1dul;
}

/* -- exceptions -- */

void print_trap(const char *name)
{
    static u64 seen;

    if (trap.count == seen)
        printf("%s none\n", name);
    else
        printf("%s vector=%lx esr=%lx\n", name, trap.vector, trap.esr);
    seen = trap.count;
}

static void step_over(const struct frame *frame)
{
    switch (ESR_EC(trap.esr)) {
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

static void record(u64 vector)
{
    trap.count++;
    trap.vector = vector;
    trap.esr = READ_SYSREG(esr_el1);
    trap.elr = READ_SYSREG(elr_el1);
    trap.far = READ_SYSREG(far_el1);
    trap.spsr = READ_SYSREG(spsr_el1);
}

static u64 leaves_el0(u64 vector)
{
    u64 esr = READ_SYSREG(esr_el1);

    return vector == 8 && ESR_EC(esr) == EC_SVC && (esr & 0xffff) == 0xff;
}

void exception(u64 vector, struct frame *frame)
{
    if (on_exception && on_exception(vector, frame))
        return;
    if (vector % 4 == 1 && on_interrupt) {
        on_interrupt();
        return;
    }
    if (leaves_el0(vector))
        leave_el0(frame->x[0]);
    record(vector);
    if (vector % 4) {
        print_trap("unexpected");
        power_off();
    }
    if (vector == 8 && el0_once)
        leave_el0(frame->x[0]);
    step_over(frame);
}

u64 run_el0(u64 entry, u64 x0, u64 x1, u64 x30, u64 once)
{
    el0_once = once;
    return call_el0(entry, x0, x1, x30);
}

void enter_el0(void (*entry)(void))
{
    run_el0((u64)entry, 0, 0, 0, 0);
}

/* -- other CPUs -- */

struct cpu_start { /* as start.S reads it */
    u64 stack;
    void (*entry)(void);
    u64 mair, tcr, ttbr0, ttbr1, sctlr;
};

void secondary_start(void);

void start_cpu(u64 mpidr, void (*entry)(void))
{
    static u8 stacks[8][4096] __attribute__((aligned(16)));
    static struct cpu_start start[8];
    struct cpu_start *s = &start[mpidr & 7];

    s->stack = (u64)stacks[mpidr & 7] + sizeof(stacks[0]);
    s->entry = entry;
    s->mair = READ_SYSREG(mair_el1);
    s->tcr = READ_SYSREG(tcr_el1);
    s->ttbr0 = READ_SYSREG(ttbr0_el1);
    s->ttbr1 = READ_SYSREG(ttbr1_el1);
    s->sctlr = READ_SYSREG(sctlr_el1);
    __asm__ volatile("dsb ish" ::: "memory");
    psci(PSCI_CPU_ON, mpidr, (u64)secondary_start, (u64)s);
}
