/* SPDX-License-Identifier: MIT */
/*
 * What the generator must know about the rows of cpu/a64.def, found out once from their names and
 * fields: a new row needs no entry here.
 */
#ifndef TESTS_DIFF_ROWS_H
#define TESTS_DIFF_ROWS_H

#include "cpu/decode.h"

#include <stdbool.h>
#include <stdint.h>

struct field {
    unsigned lsb, width;
    bool present;
};

/* The value of a field; 0 when the row has none. */
static inline uint32_t field_get(uint32_t word, struct field f)
{
    return word >> f.lsb & ((1u << f.width) - 1);
}

static inline uint32_t field_put(uint32_t word, struct field f, uint32_t value)
{
    const uint32_t mask = (f.present ? (1u << f.width) - 1 : 0) << f.lsb;
    return (word & ~mask) | (value << f.lsb & mask);
}

struct row_facts {
    bool covered; /* can be tested: does not leave the program */
    bool memory;  /* loads, stores, prefetches */
    bool load, store_exclusive, exclusive;
    bool indirect; /* BR, BLR, RET */
    bool links;    /* writes X30 */
    bool simd_memory;
    bool writeback;
    bool adr, adrp;
    bool system; /* plain: neither memory nor branch nor system register, nothing but registers
                    change */
    bool plain;
    struct field Rd, Rn, Rm, Rt, Rt2, Rs, option, imm12, imm7, immhi;
    struct field target; /* of a direct branch or a literal load, in words */
};

/* By enum a64_row; the last one, for what is unallocated, is all false. */
struct row_table {
    struct row_facts row[A64_ROWS + 1];
};
void row_table_fill(struct row_table *table);

/* Encodings whose effect the Arm ARM leaves open (K1.2, "CONSTRAINED UNPREDICTABLE"): two results
 * in one register. */
bool row_is_unpredictable(const struct row_facts *f, uint32_t word);

#endif
