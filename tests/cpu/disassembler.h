/* SPDX-License-Identifier: MIT */
/*
 * The decoder next to an independent disassembler (capstone 4.0): do they agree on what is
 * allocated, and on its name? Where capstone is known to differ stands in a table, by row and
 * condition.
 */
#ifndef TESTS_CPU_DISASSEMBLER_H
#define TESTS_CPU_DISASSEMBLER_H

#include "cpu/decode.h"

#include <capstone/capstone.h>

enum verdict { ALLOCATED, UNDEFINED, NOT_IMPLEMENTED };
/* What the decoder says, and the word's row. */
enum verdict verdict_of(uint32_t word, unsigned *row);

struct disassembler {
    csh handle;
    cs_insn *insn;
};
/* false: capstone cannot be used. */
bool disassembler_open(struct disassembler *d);
void disassembler_close(struct disassembler *d);

struct comparison {
    unsigned row; /* enum a64_row */
    enum verdict ours;
    const char *theirs; /* the mnemonic, NULL: unallocated; valid until the next comparison */
    bool agrees;        /* on whether it is allocated */
    bool known;         /* if not: the table says why */
    bool
        same_name; /* allocated to both, or not worth asking, and the mnemonic belongs to the row */
};
struct comparison disassembler_compare(struct disassembler *d, uint32_t word);

#endif
