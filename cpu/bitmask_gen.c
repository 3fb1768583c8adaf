/* SPDX-License-Identifier: MIT */
/* Prints the table of bitmask.h; runs on the build machine. */
#include <stdint.h>
#include <stdio.h>

static uint64_t bitmask(unsigned N, unsigned immr, unsigned imms)
{
    unsigned inverted = N << 6 | (~imms & 0x3f);
    if (inverted < 2)
        return 0;
    unsigned esize = 1u << (31 - __builtin_clz(inverted)), levels = esize - 1;
    if ((imms & levels) == levels)
        return 0;
    uint64_t mask = 0;
    for (unsigned bit = 0; bit < 64; bit++)
        if ((bit + immr) % esize <= (imms & levels))
            mask |= 1ull << bit;
    return mask;
}

int main(void)
{
    printf("#include \"cpu/bitmask.h\"\nconst uint64_t bitmask_immediates[1 << 13] = {\n");
    for (unsigned i = 0; i < 1u << 13; i++)
        printf("%#llxu,%c", (unsigned long long)bitmask(i >> 12, i >> 6 & 63, i & 63), i % 4 == 3 ? '\n' : ' ');
    printf("};\n");
    return 0;
}
