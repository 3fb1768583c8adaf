/* SPDX-License-Identifier: MIT */
#include "cpu/spin.h"

#include <string.h>

/* Bits of a set of registers: X0 to X30, SP, NZCV. */
#define SP    (1ull << 31)
#define FLAGS (1ull << 32)

struct effect {
    uint64_t reads, writes;
};

static uint64_t x_or_zero(unsigned n)
{
    return n == 31 ? 0 : 1ull << n;
}

static uint64_t x_or_sp(unsigned n)
{
    return 1ull << n;
}

static unsigned field(uint32_t word, unsigned lsb, unsigned width)
{
    return word >> lsb & ((1u << width) - 1);
}

static bool matches(uint32_t word, uint32_t mask, uint32_t value)
{
    return (word & mask) == value;
}

/* Loads of a general register without writeback (C4.1.89, "Loads and Stores"). */
static bool load(uint32_t word, struct effect *e)
{
    bool uimm = matches(word, 0x3f000000, 0x39000000),
         unscaled = matches(word, 0x3f200c00, 0x38000000);
    bool reg = matches(word, 0x3f200c00, 0x38200800);
    unsigned size = field(word, 30, 2), opc = field(word, 22, 2);
    bool exclusive_or_ordered = matches(word, 0x3f600000, 0x08400000);
    if (uimm || unscaled || reg) {
        if (opc == 0 || (size == 3 && opc > 1)) /* stores, prefetches, unallocated */
            return false;
    } else if (!exclusive_or_ordered) {
        return false;
    }
    e->reads = x_or_sp(field(word, 5, 5)) | (reg ? x_or_zero(field(word, 16, 5)) : 0);
    e->writes = x_or_zero(field(word, 0, 5));
    return true;
}

/* Add, subtract and logical with an immediate, and moves of bit fields and wide immediates
 * (C4.1.86). */
static bool dp_immediate(uint32_t word, struct effect *e)
{
    unsigned rd = field(word, 0, 5), rn = field(word, 5, 5), opc = field(word, 29, 2);
    switch (field(word, 23, 6)) {
    case 0x22: /* ADD, ADDS, SUB, SUBS */
        e->reads = x_or_sp(rn);
        e->writes = opc & 1 ? x_or_zero(rd) | FLAGS : x_or_sp(rd);
        break;
    case 0x24: /* AND, ORR, EOR, ANDS */
        e->reads = x_or_zero(rn);
        e->writes = opc == 3 ? x_or_zero(rd) | FLAGS : x_or_sp(rd);
        break;
    case 0x25: /* MOVN, MOVZ, MOVK */
        e->reads = opc == 3 ? x_or_zero(rd) : 0;
        e->writes = x_or_zero(rd);
        break;
    case 0x26: /* SBFM, BFM, UBFM */
        e->reads = x_or_zero(rn) | (opc == 1 ? x_or_zero(rd) : 0);
        e->writes = x_or_zero(rd);
        break;
    default:
        return false;
    }
    return !(e->writes & SP);
}

/* Add, subtract and logical with a register (C4.1.90). */
static bool dp_register(uint32_t word, struct effect *e)
{
    unsigned rd = field(word, 0, 5), rn = field(word, 5, 5), opc = field(word, 29, 2);
    bool logical = matches(word, 0x1f000000, 0x0a000000),
         add = matches(word, 0x1f000000, 0x0b000000);
    bool extended = add && field(word, 21, 1);
    if (!logical && !add)
        return false;
    bool sets_flags = logical ? opc == 3 : opc & 1;
    e->reads = (extended ? x_or_sp(rn) : x_or_zero(rn)) | x_or_zero(field(word, 16, 5));
    e->writes = (extended && !sets_flags ? x_or_sp(rd) : x_or_zero(rd)) | (sets_flags ? FLAGS : 0);
    return !(e->writes & SP);
}

/* Conditional branches, and B (C4.1.87). *distance in instructions. */
static bool branch(uint32_t word, struct effect *e, int *distance)
{
    e->writes = 0;
    if (matches(word, 0xff000010, 0x54000000)) { /* B.cond */
        e->reads = FLAGS;
        *distance = (int32_t)(word << 8) >> 13;
    } else if (matches(word, 0x7e000000, 0x34000000)) { /* CBZ, CBNZ */
        e->reads = x_or_zero(field(word, 0, 5));
        *distance = (int32_t)(word << 8) >> 13;
    } else if (matches(word, 0x7e000000, 0x36000000)) { /* TBZ, TBNZ */
        e->reads = x_or_zero(field(word, 0, 5));
        *distance = (int32_t)(word << 13) >> 18;
    } else if (matches(word, 0xfc000000, 0x14000000)) {
        e->reads = 0;
        *distance = (int32_t)(word << 6) >> 6;
    } else {
        return false;
    }
    return true;
}

/* NOP, DSB, DMB, ISB. */
static bool without_effect(uint32_t word, struct effect *e)
{
    *e = (struct effect){ 0 };
    bool barrier =
        matches(word, 0xfffff01f, 0xd503301f) && field(word, 5, 3) >= 4 && field(word, 5, 3) <= 6;
    return word == 0xd503201f || barrier;
}

/* An instruction in the middle of the loop, `left` before its last one: straight ahead or out of
 * it. */
static bool body(uint32_t word, unsigned left, struct effect *e)
{
    int distance;
    if (branch(word, e, &distance))
        return distance > (int)left;
    return load(word, e) || dp_immediate(word, e) || dp_register(word, e) ||
           without_effect(word, e);
}

bool spin_is_loop(const uint8_t *words, unsigned first, unsigned last)
{
    struct effect e;
    uint64_t read = 0, written = 0;
    bool looks = false;
    int distance;
    if (last - first >= SPIN_MAX)
        return false;
    for (unsigned i = first; i <= last; i++) {
        uint32_t word;
        memcpy(&word, words + 4 * i, sizeof(word));
        if (i == last ? !branch(word, &e, &distance) : !body(word, last - i, &e))
            return false;
        looks |= load(word, &(struct effect){ 0 });
        read |= e.reads & ~written;
        written |= e.writes;
    }
    return looks && !(read & written);
}
