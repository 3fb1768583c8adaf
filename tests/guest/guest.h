/* SPDX-License-Identifier: MIT */
/*
 * What a bare-metal guest stands on: a console, system registers, and exceptions that are counted
 * and stepped over.
 *
 * A guest is one C file with a main() that prints what it finds; the machine is powered off when
 * main returns. run_guest.py compiles it with start.S and support.c, runs it, and compares the
 * console with NAME.expected. CPU 0 enters at EL1 with the MMU off: all data accesses are to Device
 * memory and must be aligned.
 */
#ifndef TESTS_GUEST_H
#define TESTS_GUEST_H

typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;

#define RAM_BASE   0x40000000ul
#define GICD_BASE  0x08000000ul
#define GICC_BASE  0x08010000ul
#define PL011_BASE 0x09000000ul

/* Console. */
void print(const char *text);
void print_hex(const char *name, u64 value); /* "name value", without leading zeros */

/* Exceptions. A synchronous exception is recorded and returns behind the instruction that caused
 * it; one on an instruction fetch returns to the caller (x30). An interrupt calls on_interrupt. */
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
void print_trap(
    const char *name); /* "name vector= esr=", or "name none" if nothing came since the last call */

/* EL0. The entry must end with LEAVE_EL0(). */
void enter_el0(void (*entry)(void));
#define LEAVE_EL0() __asm__ volatile("svc #0xff")

/* PSCI over HVC; see the Arm Power State Coordination Interface, DEN 0022. */
u64 psci(u64 function, u64 a, u64 b, u64 c);
void power_off(void);

extern u8 free_memory[]; /* from here to the end of RAM, page aligned */

#define READ_SYSREG(name)                                                                          \
    ({                                                                                             \
        u64 value_;                                                                                \
        __asm__ volatile("mrs %0, " #name : "=r"(value_));                                         \
        value_;                                                                                    \
    })
#define WRITE_SYSREG(name, value)                                                                  \
    __asm__ volatile("msr " #name ", %0\n\tisb" ::"r"((u64)(value)) : "memory")

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

#endif
