/* SPDX-License-Identifier: MIT */
/* Calls: recursion, and function pointers. */
#include "tests/bench/kernels/bench.h"

__attribute__((noinline)) static u64 fibonacci(u64 n)
{
    __asm__ volatile("" : "+r"(n)); /* not to be unrolled */
    return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2);
}

__attribute__((noinline)) static u64 add(u64 a, u64 b)
{
    return a + b;
}
__attribute__((noinline)) static u64 mix(u64 a, u64 b)
{
    return a ^ b * 0x9e3779b97f4a7c15ul;
}
__attribute__((noinline)) static u64 turn(u64 a, u64 b)
{
    return (a << 7 | a >> 57) - b;
}

static u64 (*const operation[4])(u64, u64) = { add, mix, turn, add };

u64 work(void)
{
    u64 result = fibonacci(36);

    for (u64 i = 0; i < 20000000; i++)
        result = operation[(result ^ i) & 3](result, i);
    return result;
}
