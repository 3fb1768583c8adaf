/* SPDX-License-Identifier: MIT */
/* Random numbers and states in which instructions have something to do. */
#include "tests/diff/generate_internal.h"

#include <string.h>

/* splitmix64 (Steele, Lea, Flood 2014) */
uint64_t random_64(struct generator *g)
{
    uint64_t z = g->seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

unsigned below(struct generator *g, unsigned n)
{
    return (unsigned)(random_64(g) % n);
}

bool one_in(struct generator *g, unsigned n)
{
    return below(g, n) == 0;
}

static uint64_t random_integer(struct generator *g)
{
    switch (below(g, 6)) {
    case 0:
        return below(g, 128) - 64ull;
    case 1:
        return UINT64_MAX >> below(g, 64);
    case 2:
        return (uint64_t)1 << below(g, 64);
    case 3:
        return (uint32_t)random_64(g);
    default:
        return random_64(g);
    }
}

/* A value of a format with F fraction and E exponent bits that is near something special. */
static uint64_t special_float(struct generator *g, unsigned E, unsigned F)
{
    const uint64_t ones = ((uint64_t)1 << E) - 1, bias = ones >> 1;
    const uint64_t exponents[] = {
        0,    0,        1,        ones,     ones,       ones - 1,   bias,
        bias, bias + 1, bias - 1, bias + F, bias + 31u, bias + 63u, bias - below(g, 4)
    };
    uint64_t exponent = exponents[below(g, sizeof(exponents) / sizeof(exponents[0]))] & ones;
    uint64_t fraction = random_64(g) & (((uint64_t)1 << F) - 1);
    const unsigned kind = below(g, 5);
    if (kind == 0)
        fraction = 0;
    else if (kind == 1)
        fraction = below(g, 4);
    else if (kind == 2)
        fraction = (((uint64_t)1 << F) - 1) - below(g, 4);
    else if (kind == 3)
        fraction = fraction >> below(g, F);
    return ((uint64_t)below(g, 2) << E | exponent) << F | fraction;
}

/* Numbers of about the same size, so that sums and products stay in range. */
static uint64_t common_float(struct generator *g, unsigned E, unsigned F)
{
    const uint64_t bias = (((uint64_t)1 << E) - 1) >> 1;
    const uint64_t fraction = random_64(g) & (((uint64_t)1 << F) - 1);
    return ((uint64_t)below(g, 2) << E | (bias - 6 + below(g, 12))) << F |
           (one_in(g, 2) ? fraction : fraction >> F / 2 << F / 2);
}

static uint64_t random_vector_half(struct generator *g)
{
    switch (below(g, 8)) {
    case 0:
    case 1:
        return special_float(g, 11, 52);
    case 2:
    case 3:
        return special_float(g, 8, 23) << 32 | special_float(g, 8, 23);
    case 4:
        return common_float(g, 11, 52);
    case 5:
        return common_float(g, 8, 23) << 32 | common_float(g, 8, 23);
    case 6:
        return one_in(g, 2) ? special_float(g, 5, 10) | special_float(g, 5, 10) << 16 |
                                  special_float(g, 5, 10) << 32 | special_float(g, 5, 10) << 48
                            : random_integer(g);
    default:
        return random_64(g);
    }
}

void random_state(struct generator *g, struct diff_state *s)
{
    for (unsigned i = 0; i < 31; i++)
        s->x[i] = random_integer(g);
    s->sp = DATA_BASE + 16 * below(g, DATA_SIZE / 16);
    for (unsigned i = 0; i < 32; i++)
        for (unsigned j = 0; j < 2; j++)
            s->v[i][j] = random_vector_half(g);
    s->nzcv = below(g, 16) << 28;
    s->fpcr = one_in(g, 2) ? 0 : (uint32_t)random_64(g) & 0x07c00000;
    s->fpsr = one_in(g, 2) ? (uint32_t)random_64(g) & 0x0800009f : one_in(g, 2) ? 0x10 : 0;
    const bool pointers = g->length > 1 && one_in(g, 2); /* for chains of loads */
    for (unsigned i = 0; i < WINDOW_SIZE; i += 8) {
        const uint64_t value = pointers ? WINDOW + WINDOW_SIZE / 2 + 8 * below(g, 8) : random_64(g);
        memcpy(s->memory + i, &value, 8);
    }
}
