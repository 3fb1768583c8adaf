/* SPDX-License-Identifier: MIT */
/* Page faults: a page is mapped, read, unmapped, and read again, which faults. */
#include "tests/bench/kernels/bench.h"

static u64 read_user(u64 page)
{
    u64 value;

    __asm__ volatile("mov %0, #0\n\tldr %0, [%1]"
                     : "=&r"(value)
                     : "r"(USER_BASE + page * PAGE_SIZE)
                     : "memory");
    return value;
}

static void unmap(u64 page)
{
    map_user(0, page, 0, USER_NONE);
    __asm__ volatile(
        "tlbi vae1is, %0\n\tdsb ish\n\tisb" ::"r"(1ul << 48 | (USER_BASE + page * PAGE_SIZE) >> 12)
        : "memory");
}

u64 work(void)
{
    u64 *memory = (u64 *)free_memory, result = 0;

    for (u64 page = 0; page < USER_PAGES; page++)
        memory[page * PAGE_SIZE / 8] = page;
    for (u64 round = 0; round < 2000; round++) {
        for (u64 page = 0; page < USER_PAGES; page++) {
            map_user(0, page, (u64)memory + page * PAGE_SIZE, USER_DATA);
            result += read_user(page);
            unmap(page);
            result += read_user(page);
        }
    }
    return result * 31 + trap.count;
}
