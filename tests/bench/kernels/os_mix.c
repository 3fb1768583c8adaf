/* SPDX-License-Identifier: MIT */
/*
 * What a kernel does between system calls: hash tables with chains, sorted lists, strings, bitmaps,
 * locks, a system call now and then.
 */
#include "tests/bench/kernels/bench.h"

#define BUCKETS 1024
#define OBJECTS 16384

struct object {
    struct object *next;
    u32 key, uses;
    char name[16];
};

static struct object object[OBJECTS], *bucket[BUCKETS];
static u64 bitmap[OBJECTS / 64];
static u32 lock;

static void take(u32 *word)
{
    u32 value, failed;

    __asm__ volatile("1: ldaxr %w0, [%2]\n\tcbnz %w0, 1b\n\tstxr %w1, %w3, [%2]\n\tcbnz %w1, 1b"
                     : "=&r"(value), "=&r"(failed)
                     : "r"(word), "r"(1)
                     : "memory");
}

static void give(u32 *word)
{
    __asm__ volatile("stlr wzr, [%0]" ::"r"(word) : "memory");
}

__attribute__((noinline)) static int same_name(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

static void write_name(char *name, u32 key)
{
    int i = 0;

    name[i++] = 'k';
    for (; key; key /= 10)
        name[i++] = (char)('0' + key % 10);
    name[i] = 0;
}

__attribute__((noinline)) static struct object *find(const char *name, u32 key)
{
    for (struct object *o = bucket[key % BUCKETS]; o; o = o->next)
        if (o->key == key && same_name(o->name, name))
            return o;
    return 0;
}

__attribute__((noinline)) static u32 allocate_bit(void)
{
    for (u32 i = 0; i < OBJECTS / 64; i++) {
        if (bitmap[i] != ~0ul) {
            u32 bit = (u32)__builtin_ctzl(~bitmap[i]);

            bitmap[i] |= 1ul << bit;
            return i * 64 + bit;
        }
    }
    return 0;
}

static void insert(u32 key)
{
    struct object *o = &object[allocate_bit()];

    o->key = key;
    o->uses = 0;
    write_name(o->name, key);
    o->next = bucket[key % BUCKETS];
    bucket[key % BUCKETS] = o;
}

u64 work(void)
{
    u64 random = 3, result = 0;

    for (u32 i = 0; i < OBJECTS / 2; i++)
        insert(i * 7);
    for (u32 i = 0; i < 2000000; i++) {
        u32 key = next_random(&random) % (OBJECTS / 2) * 7;
        struct object *o;
        char name[16];

        write_name(name, key);
        take(&lock);
        o = find(name, key);
        result = result * 3 + ++o->uses;
        give(&lock);
        if (i % 64 == 0)
            __asm__ volatile("svc #1" ::: "memory");
    }
    return result;
}
