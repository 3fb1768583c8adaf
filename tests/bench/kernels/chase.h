/* SPDX-License-Identifier: MIT */
/* Pointer chasing: one node in each 64 bytes of `size`, linked in a random circle. */
#ifndef TESTS_BENCH_KERNELS_CHASE_H
#define TESTS_BENCH_KERNELS_CHASE_H

#include "tests/bench/kernels/bench.h"

struct node {
    struct node *next;
    u64 value;
    u64 rest[6];
};

/* Sattolo's shuffle of the order makes one circle of all nodes. */
static inline struct node *make_circle(u64 size)
{
    struct node *node = (struct node *)free_memory;
    u64 count = size / sizeof(*node), random = 7;

    for (u64 i = 0; i < count; i++) {
        node[i].next = &node[i];
        node[i].value = i;
    }
    for (u64 i = count - 1; i > 0; i--) {
        u64 k = next_random(&random) % i;
        struct node *next = node[i].next;

        node[i].next = node[k].next;
        node[k].next = next;
    }
    return node;
}

static inline u64 chase(const struct node *node, u64 steps)
{
    u64 sum = 0;

    while (steps-- > 0) {
        sum = sum * 3 + node->value;
        node = node->next;
    }
    return sum;
}

#endif
