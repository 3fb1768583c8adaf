/* SPDX-License-Identifier: MIT */
/* Context switches: eight address spaces take turns, each touches sixteen pages of its own. */
#include "tests/bench/kernels/bench.h"

#define TOUCHED 16

u64 work(void)
{
    u64 memory = (u64)free_memory, result = 0;

    for (unsigned space = 0; space < USER_SPACES; space++)
        for (u64 page = 0; page < TOUCHED; page++)
            map_user(space, page, memory + (space * TOUCHED + page) * PAGE_SIZE, USER_DATA);
    for (u64 round = 0; round < 1000000; round++) {
        switch_user(round % USER_SPACES);
        for (u64 page = 0; page < TOUCHED; page++)
            result += (*(volatile u64 *)(USER_BASE + page * PAGE_SIZE))++;
    }
    return result;
}
