/* SPDX-License-Identifier: MIT */
/*
 * From an instruction word to a record.
 *
 * a64_lookup finds the row of a64.def; the row's decode function, decode_NAME(), checks what the row could not say, picks
 * the most special handler and writes the operands. It returns false for an encoding that is UNDEFINED.
 */
#ifndef CPU_DECODE_H
#define CPU_DECODE_H

#include "a64_rows.h"
#include "cpu/code.h"

struct decode {
    struct record *out; /* the record to fill */
    unsigned index;     /* its place in the page, 0..1023: branches inside the page are resolved */
    uint32_t word;
    const uint8_t *words; /* of the page; NULL: only `word` is known */
    bool parallel;      /* for a CPU that has a host thread of its own (parallel.h) */
};

#define A64_MAX_FIELDS 12
struct a64_row_info {
    const char *name;
    uint32_t mask, value;
    bool (*decode)(struct decode *d, uint32_t word); /* NULL: A64_TODO */
    unsigned fields;
    struct {
        const char *name;
        uint8_t lsb, width;
    } field[A64_MAX_FIELDS];
};

/* By enum a64_row; the last entry stands for everything unallocated. */
extern const struct a64_row_info a64_rows[A64_ROWS + 1];

unsigned a64_lookup(uint32_t word);
/* "910003fd ADD_imm sf=1 sh=0 imm12=0 Rn=31 Rd=29", cut at `size`. Returns its length. */
int a64_text(uint32_t word, char *text, size_t size);
/* Fills *d->out; an undefined instruction becomes a record that takes the exception. Returns the row. */
unsigned a64_decode(struct decode *d);
/* The same for the instruction at a place of a page; `parallel` as in struct decode. */
void a64_decode_at(const struct code_page *page, unsigned index, bool parallel, struct record *out);

/* Register numbers to slots of cpu->x. */
static inline uint8_t reg_read(unsigned n) /* 31 reads as zero */
{
    return n == 31 ? X_ZERO : (uint8_t)n;
}

static inline uint8_t reg_write(unsigned n) /* 31 is discarded */
{
    return n == 31 ? X_SINK : (uint8_t)n;
}

/* Writes the record. Always true, for `return emit(...)`. */
static inline bool emit(struct decode *d, handler_fn *handler, unsigned rd, unsigned rn, unsigned rm, unsigned ra,
                        int32_t imm)
{
    struct record *r = d->out;
    r->rd = (uint8_t)rd;
    r->rn = (uint8_t)rn;
    r->rm = (uint8_t)rm;
    r->ra = (uint8_t)ra;
    r->imm = imm;
    r->handler = handler;
    return true;
}

static inline int32_t sign_extend(uint32_t value, unsigned bits)
{
    return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

/* Arm ARM J1, DecodeBitMasks: false for a reserved combination. *wmask of 64 or, with sf 0, 32 bits. */
bool decode_bit_masks(unsigned sf, unsigned N, unsigned imms, unsigned immr, bool immediate, uint64_t *wmask);

#endif
