/* SPDX-License-Identifier: MIT */
/* Streams: fill, copy and sum of 4 MiB with plain and with paired accesses. */
#include "tests/bench/kernels/bench.h"

#define SIZE (4ul << 20)

static void fill(u64 *to, u64 value)
{
    for (u64 i = 0; i < SIZE / 8; i++)
        to[i] = value + i;
}

static void copy(u64 to, u64 from)
{
    for (u64 end = to + SIZE; to < end;)
        __asm__ volatile("ldp x2, x3, [%1], #16\n\t"
                         "ldp x4, x5, [%1], #16\n\t"
                         "stp x2, x3, [%0], #16\n\t"
                         "stp x4, x5, [%0], #16"
                         : "+r"(to), "+r"(from)::"x2", "x3", "x4", "x5", "memory");
}

static u64 sum_bytes(const u8 *from)
{
    u64 sum = 0;

    for (u64 i = 0; i < SIZE; i += 4)
        sum += from[i] ^ from[i + 1] ^ from[i + 2] ^ from[i + 3];
    return sum;
}

static void zero(u64 va)
{
    for (u64 end = va + SIZE; va < end; va += 64)
        __asm__ volatile("dc zva, %0" ::"r"(va) : "memory");
}

u64 work(void)
{
    u64 a = (u64)free_memory, b = a + SIZE, result = 0;

    for (u64 round = 0; round < 100; round++) {
        fill((u64 *)a, round);
        copy(b, a);
        result = result * 31 + sum_bytes((const u8 *)b);
        zero(b);
        result += *(u64 *)(b + SIZE - 8);
    }
    return result;
}
