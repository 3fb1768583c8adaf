/* SPDX-License-Identifier: MIT */
/* System calls from EL0: an exception entry, all registers saved and restored, a return. */
#include "tests/bench/kernels/bench.h"

#define CALLS 3000000

/* mov x0, #CALLS; 1: svc #1; subs x0, x0, #1; b.ne 1b; svc #0xff */
static const u32 program[] __attribute__((aligned(4096))) = {
    0xd2800000u | (CALLS & 0xffff) << 5,
    0xf2a00000u | (CALLS >> 16) << 5,
    0xd4000021u,
    0xf1000400u,
    0x54ffffc1u,
    0xd4001fe1u,
};

u64 work(void)
{
    map_user(0, 0, (u64)program, USER_CODE);
    enter_el0((void (*)(void))USER_BASE);
    return trap.count;
}
