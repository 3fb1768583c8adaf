/* SPDX-License-Identifier: MIT */
/*
 * What a bare-metal guest stands on: a console, system registers, and exceptions that are counted
 * and stepped over.
 *
 * A guest is one C file with a main() that prints what it finds; the machine is powered off when
 * main returns. run_guest.py compiles it with start.S and support.c, runs it, and compares the
 * console with NAME.expected. CPU 0 enters at EL1 with the MMU off: all data accesses are to Device
 * memory and must be aligned. paging.h is for those that want an MMU.
 */
#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

#define RAM_BASE   0x40000000ul
#define GICD_BASE  0x08000000ul
#define GICC_BASE  0x08010000ul
#define PL011_BASE 0x09000000ul

#define NOT_RAM 0x3000000000ul /* no device, no memory */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Console. printf knows %s %c %d %u %x %lx %%, without width. */
void print(const char *text);
void print_hex(const char *name, u64 value); /* "name value", without leading zeros */
void printf(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Thousands of cases print a checksum: hash_add() in order, print_hash() prints it and begins anew.
 * DETAIL prints a case when the guest was compiled by `run_guest.py --details`. */
void hash_add(u64 value);
void print_hash(const char *name);
#ifdef DETAILS
#define DETAIL(...) printf(__VA_ARGS__)
#else
#define DETAIL(...) ((void)0)
#endif

/* The same numbers in every run (xorshift64*). */
u64 random64(void);
static inline u32 random_below(u32 limit)
{
    return (u32)((random64() >> 32) * limit >> 32);
}

/* Exceptions. A synchronous exception is recorded and returns behind the instruction that caused
 * it; one on an instruction fetch, or with the PC misaligned, returns to the caller (x30). An
 * interrupt calls on_interrupt. */
struct frame {
    u64 x[31];
};
struct trap {
    u64 count;  /* of synchronous exceptions so far */
    u64 vector; /* 0-15: the offset in the vector table by 0x80 */
    u64 esr, elr, far, spsr;
};
extern volatile struct trap trap;
extern void (*on_interrupt)(void);
/* "name vector= esr=", or "name none" if nothing came since the last call */
void print_trap(const char *name);
/* The fields of an ESR_ELx. */
#define ESR_EC(esr)  ((u32)(esr) >> 26)
#define ESR_ISS(esr) ((u32)(esr)&0x1ffffff)

/* If set, called with each exception before anything else; non-zero: it has been dealt with, and
 * ELR_EL1 and SPSR_EL1 say where to go. `vector` as in struct trap. */
extern u64 (*on_exception)(u64 vector, struct frame *frame);

/* EL0. The entry must end with LEAVE_EL0(). */
void enter_el0(void (*entry)(void));
#define LEAVE_EL0() __asm__ volatile("svc #0xff")

/* Runs code at `entry` at EL0 with these registers, SP at the EL0 stack, until svc #0xff or, if
 * `once` is set, the first synchronous exception. Returns x0. */
u64 run_el0(u64 entry, u64 x0, u64 x1, u64 x30, u64 once);

/* PSCI over HVC; see the Arm Power State Coordination Interface, DEN 0022. */
u64 psci(u64 function, u64 a, u64 b, u64 c);
void power_off(void);
/* Runs entry() on another CPU, with this one's MMU settings, and switches it off when it returns.
 */
void start_cpu(u64 mpidr, void (*entry)(void));

extern u8 free_memory[]; /* from here to the end of RAM, page aligned */

#define READ_SYSREG(name)                                                                          \
    ({                                                                                             \
        u64 value_;                                                                                \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                                         \
        value_;                                                                                    \
    })
#define WRITE_SYSREG(name, value)                                                                  \
    __asm__ volatile("msr " #name ", %0\n\tisb" ::"r"((u64)(value)) : "memory")

/* Makes instructions that were written at an address visible to fetches from it. */
static inline void sync_code(u64 address)
{
    __asm__ volatile("dc cvau, %0\n\tdsb ish\n\tic ivau, %0\n\tdsb ish\n\tisb" ::"r"(address)
                     : "memory");
}

static inline u32 read32(u64 address)
{
    u32 value;
    __asm__ volatile("ldr %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void write32(u64 address, u32 value)
{
    __asm__ volatile("str %w0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline u64 read64(u64 address)
{
    u64 value;
    __asm__ volatile("ldr %0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return value;
}

static inline void write64(u64 address, u64 value)
{
    __asm__ volatile("str %0, [%1]" ::"r"(value), "r"(address) : "memory");
}

static inline u8 read8(u64 address)
{
    u32 value;
    __asm__ volatile("ldrb %w0, [%1]" : "=r"(value) : "r"(address) : "memory");
    return (u8)value;
}

static inline void write8(u64 address, u8 value)
{
    __asm__ volatile("strb %w0, [%1]" ::"r"((u32)value), "r"(address) : "memory");
}

#endif
