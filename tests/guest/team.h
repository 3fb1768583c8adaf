/* SPDX-License-Identifier: MIT */
/*
 * All CPUs of the machine at one task, and the means to find out whether they keep the order that
 * the architecture asks of them.
 *
 * team_start() switches the others on; they wait for work. The MMU should be on: exclusives want
 * Normal memory.
 */
#ifndef TESTS_GUEST_TEAM_H
#define TESTS_GUEST_TEAM_H

#include "tests/guest/guest.h"

#define TEAM_MAX 8
#define LINE     64 /* bytes; what different CPUs write should not share */

extern u32 team_size;

void team_start(void);
/* Runs work(0), ..., work(members - 1), each on its CPU, this one being 0; returns when all did. */
void team_run(u32 members, void (*work)(u32 member));
/* In work(): waits until all members are here. What they wrote before is visible then. */
void team_meet(u32 members);
/* To be called while one waits for another: lets the host run that one. */
void team_relax(void);

/* Milliseconds of the virtual counter since start-up. */
u64 milliseconds(void);

#define DMB(type) __asm__ volatile("dmb " #type ::: "memory")
#define DSB(type) __asm__ volatile("dsb " #type ::: "memory")

static inline u64 load_acquire(const volatile u64 *p)
{
    u64 value;
    __asm__ volatile("ldar %0, [%1]" : "=r"(value) : "r"(p) : "memory");
    return value;
}

static inline void store_release(volatile u64 *p, u64 value)
{
    __asm__ volatile("stlr %0, [%1]" ::"r"(value), "r"(p) : "memory");
}

#endif
