/* SPDX-License-Identifier: MIT */
/* What gdb, strace and perf look at. The loop runs the given number of times, 100 by default. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int total;
int calls;

__attribute__((noinline)) int add(int x)
{
    calls++;
    total += x;
    return total;
}

__attribute__((noinline)) int add_all(int from, int to)
{
    int last = 0;
    for (int i = from; i <= to; i++) {
        last = add(i);
    }
    return last;
}

/* Four instructions a round: a count that perf has to find. */
__attribute__((noinline)) void spin(unsigned long rounds)
{
    __asm__ volatile("1: nop\n"
                     "   nop\n"
                     "   subs %0, %0, #1\n"
                     "   b.ne 1b\n"
                     : "+r"(rounds)
                     :
                     : "cc");
}

int main(int argc, char **argv)
{
    unsigned long rounds = argc > 1 ? strtoul(argv[1], NULL, 0) : 100;
    spin(rounds);
    printf("sum %d\n", add_all(1, 10));
    return access("/nowhere", R_OK) == 0;
}
