/* SPDX-License-Identifier: MIT */
/*
 * Random code with just the handlers that a test wants, from random states, run on one board and one instruction at a time on
 * another. Registers, flags, memory, PC and count must be the same.
 *
 * Instruction words are found, not written: random words of every row of a64.def are decoded until each handler has some, and
 * a register field is where changing five bits of the word changes the operand of the record.
 */
#ifndef TESTS_CPU_RANDOM_CODE_H
#define TESTS_CPU_RANDOM_CODE_H

#include "cpu/decode.h"
#include "tests/cpu/paging.h"

#define RANDOM_CODE  (BOARD_RAM + 0x4800) /* where it stands, in pages of `b .` */
#define RANDOM_INDEX ((RANDOM_CODE & 0xfff) / 4)
#define RANDOM_MAX   8 /* instructions */

struct random_code {
    struct board *board, *stepped;
    unsigned registers; /* 1..29: how many the words have */
    uint32_t word[RANDOM_MAX];
    unsigned length;
};

/* Makes the boards, and finds words for the handlers of handler_names (once). */
void random_code_begin(struct random_code *code);
void random_code_end(struct random_code *code);
unsigned random_below(unsigned n);
/* The number in handler_names; -1: none. */
int random_code_name(handler_fn *handler);
/* Adds a word with this handler. field 0..3 (rd, rn, rm, ra): that operand is register `number`; -1: all are random. false: there is
 * none that can be told. */
bool random_code_add(struct random_code *code, unsigned name, int field, unsigned number);
/* Puts it where it stands, or `b .` there again. */
void random_code_put(const struct random_code *code);
void random_code_remove(const struct random_code *code);
/* Runs it from a random state for at most `budget` instructions, and compares. */
void random_code_run(const struct random_code *code, unsigned budget, const char *what);

#endif
