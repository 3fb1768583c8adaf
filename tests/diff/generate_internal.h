/* SPDX-License-Identifier: MIT */
/* What the files of the generator share. */
#ifndef TESTS_DIFF_GENERATE_INTERNAL_H
#define TESTS_DIFF_GENERATE_INTERNAL_H

#include "tests/diff/generate.h"

/* -- values.c -- */
uint64_t random_64(struct generator *g);
unsigned below(struct generator *g, unsigned n);
bool one_in(struct generator *g, unsigned n);
void random_state(struct generator *g, struct diff_state *s);

/* -- generate.c -- */
/* The row of a word, and the facts about it. */
const struct row_facts *facts_of(const struct generator *g, uint32_t word);
/* General registers that an instruction may write, as a bit set; some too many do no harm. */
uint32_t registers_written(const struct row_facts *f, uint32_t word);
/* A random instruction that changes registers only, none of the general ones in `kept`. */
uint32_t random_plain_word(struct generator *g, uint32_t kept);
/* Makes the state interesting to the instruction. */
void tame_state(struct generator *g, uint32_t word, struct diff_state *s);

/* -- idioms.c: sequences that mean something. Each fills a whole case, its state included. -- */
void make_exclusive_pair(struct generator *g, struct diff_case *c);
void make_self_modifying(struct generator *g, struct diff_case *c);
/* Repeats the case a few times, when there is a register left to count. The words are there, the
 * state is not. */
struct loop {
    bool present;
    unsigned counter, rounds;
};
struct loop make_loop(struct generator *g, struct diff_case *c);

#endif
