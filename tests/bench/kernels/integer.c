/* SPDX-License-Identifier: MIT */
/* Integer arithmetic and branches that depend on data: a sort, a sieve, a bitwise CRC. */
#include "tests/bench/kernels/bench.h"

#define NUMBERS 4096
#define SIEVE 65536

static u32 number[NUMBERS];
static u8 composite[SIEVE];

static void sift_down(u32 *heap, u32 root, u32 size)
{
    u32 value = heap[root], child;

    while ((child = 2 * root + 1) < size) {
        if (child + 1 < size && heap[child + 1] > heap[child])
            child++;
        if (heap[child] <= value)
            break;
        heap[root] = heap[child];
        root = child;
    }
    heap[root] = value;
}

static void sort(u32 *heap, u32 size)
{
    for (u32 i = size / 2; i-- > 0;)
        sift_down(heap, i, size);
    while (size > 1) {
        u32 greatest = heap[0];

        heap[0] = heap[--size];
        heap[size] = greatest;
        sift_down(heap, 0, size);
    }
}

static u32 count_primes(void)
{
    u32 primes = 0;

    for (u32 i = 0; i < SIEVE; i++)
        composite[i] = 0;
    for (u32 i = 2; i < SIEVE; i++) {
        if (composite[i])
            continue;
        primes++;
        for (u32 k = 2 * i; k < SIEVE; k += i)
            composite[k] = 1;
    }
    return primes;
}

static u32 crc(const u32 *word, u32 size)
{
    u32 sum = ~0u;

    for (u32 i = 0; i < size; i++) {
        sum ^= word[i];
        for (int bit = 0; bit < 32; bit++)
            sum = sum & 1 ? sum >> 1 ^ 0xedb88320u : sum >> 1;
    }
    return ~sum;
}

u64 work(void)
{
    u64 random = 1, result = 0;

    for (int round = 0; round < 400; round++) {
        for (u32 i = 0; i < NUMBERS; i++)
            number[i] = next_random(&random);
        result += crc(number, NUMBERS);
        sort(number, NUMBERS);
        result = result * 31 + crc(number, NUMBERS) + count_primes();
    }
    return result;
}
