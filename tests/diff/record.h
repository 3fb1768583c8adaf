/* SPDX-License-Identifier: MIT */
/*
 * One case of the differential test: a state, a few instructions, and the state after them.
 *
 * The same bytes go to the reference and to the core: `cases` is an array of struct diff_case, the
 * answer an array of struct diff_state in the same order. Little-endian, no pointers.
 *
 * Both sides lay out memory alike, at the same virtual addresses:
 *   CODE_BASE + SLOT * i   the instructions of case i, then breakpoints: short branches land on one
 * of them; readable, writable and executable DATA_BASE              two pages to read and write;
 * each case's `memory` stands at WINDOW READ_ONLY              the page behind them, zeros HOLE the
 * page behind that: nothing is mapped
 */
#ifndef TESTS_DIFF_RECORD_H
#define TESTS_DIFF_RECORD_H

#include <stdint.h>

#define CODE_BASE   UINT64_C(0x10000000)
#define SLOT        64u                    /* bytes */
#define WORDS_MAX   14u                    /* instructions of a case */
#define LANDING     (CODE_BASE + SLOT - 4) /* a breakpoint in every run */
#define CASES_MAX   8192u                  /* of one batch */
#define DATA_BASE   UINT64_C(0x20000000)
#define DATA_SIZE   8192u
#define READ_ONLY   (DATA_BASE + DATA_SIZE)
#define HOLE        (READ_ONLY + 4096)
#define DATA_END    (HOLE + 4096)
#define WINDOW      (DATA_BASE + 4096 - WINDOW_SIZE / 2) /* across a page boundary */
#define WINDOW_SIZE 1024u
#define BREAKPOINT  0xd4200000u /* BRK #0 */

#define ADDRESS_MASK (UINT64_MAX >> 8) /* without the tag byte */

/* How the case ended. */
enum diff_end {
    END_BREAKPOINT, /* all were executed; pc tells where they went */
    END_UNDEFINED,
    END_ABORT,      /* nothing is mapped at `address`, or it is misaligned */
    END_PERMISSION, /* what is mapped at `address` may not be written */
    END_WILD,       /* the core's side: nothing to compare, see core_is_wild */
    END_OTHER
};

struct diff_state {
    uint64_t x[31];
    uint64_t sp;
    uint64_t pc;   /* relative to the slot */
    uint32_t nzcv; /* bits 31..28 */
    uint32_t fpcr, fpsr;
    uint32_t end;     /* enum diff_end, of a result */
    uint64_t address; /* of an abort */
    uint64_t v[32][2];
    uint8_t memory[WINDOW_SIZE];
};

/* Word `i` of the slot of a case with these instructions. */
static inline uint32_t slot_word(uint32_t i, const uint32_t *words, uint32_t length)
{
    return i < length ? words[i] : BREAKPOINT;
}

struct diff_case {
    uint32_t words[WORDS_MAX];
    uint32_t length;      /* of the sequence */
    uint32_t needed;      /* a bit for each word without which the case might not end, */
    uint32_t counts;      /* and for each X register whose value it needs for that */
    uint32_t number;      /* in the whole run, for messages */
    uint32_t writes_code; /* and makes it visible */
    uint32_t unused;
    struct diff_state state;
};

#endif
