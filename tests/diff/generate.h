/* SPDX-License-Identifier: MIT */
/*
 * Random cases. A row of the decode table is chosen, its fields are filled, and the state is made
 * interesting to it: addresses point into the window, branches go a few instructions ahead,
 * floating-point registers hold special values. Everything follows from the seed.
 */
#ifndef TESTS_DIFF_GENERATE_H
#define TESTS_DIFF_GENERATE_H

#include "tests/diff/record.h"
#include "tests/diff/rows.h"

#include <stdbool.h>
#include <stddef.h>

struct generator {
    uint64_t seed;   /* changes with each case */
    unsigned length; /* instructions of a case, up to LENGTH_MAX; a loop around them adds two */
    const uint32_t
        *text; /* if not NULL, instructions are taken from here, as they follow each other */
    size_t text_words;
    struct row_table table;
    uint16_t choice[A64_ROWS]; /* the rows to choose from */
    unsigned choices;
};
#define LENGTH_MAX 8u

/* Fills in the rows whose names begin with `prefix`, "" for all. false: there is none. */
bool generator_init(struct generator *g, const char *prefix);
/* false: the text holds nothing that can be tested. */
bool generate_case(struct generator *g, struct diff_case *c);

#endif
