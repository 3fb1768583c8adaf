/* SPDX-License-Identifier: MIT */
/*
 * The table of instructions against an independent disassembler (capstone), the trace text, and
 * bitmask immediates.
 */
#include "a64_encode.h"
#include "cpu/bitmask.h"
#include "cpu/decode.h"
#include "cpu/exec.h"
#include "tests/cpu/disassembler.h"
#include "tests/cpu/paging.h"

#include <stdio.h>
#include <string.h>

#define WORDS(a)         (sizeof(a) / sizeof((a)[0]))
#define RANDOM_WORDS     2000000
#define RANDOM_ENCODINGS 2000 /* for each row */

static struct disassembler capstone;
static uint64_t seed;

static void setup(void)
{
    seed = 0x9e3779b97f4a7c15;
    ck_assert(disassembler_open(&capstone));
}

static void teardown(void)
{
    disassembler_close(&capstone);
}

static uint32_t random_word(void)
{
    seed ^= seed << 13;
    seed ^= seed >> 7;
    seed ^= seed << 17;
    return (uint32_t)(seed >> 16);
}

/* A word of the row with random fields. */
static uint32_t random_encoding(unsigned row)
{
    return (random_word() & ~a64_rows[row].mask) | a64_rows[row].value;
}

static void expect_agreement(uint32_t word)
{
    struct comparison c = disassembler_compare(&capstone, word);
    ck_assert_msg(c.agrees || c.known, "%08x: %s is %s here, %s to capstone", word,
                  a64_rows[c.row].name, c.ours == ALLOCATED ? "allocated" : "UNDEFINED",
                  c.theirs ? c.theirs : "unallocated");
}

START_TEST(any_word_is_allocated_here_where_capstone_knows_it)
{
    for (unsigned i = 0; i < RANDOM_WORDS; i++)
        expect_agreement(random_word());
}
END_TEST

START_TEST(every_row_is_allocated_where_capstone_knows_it)
{
    for (unsigned row = 0; row < A64_ROWS; row++)
        for (unsigned i = 0; i < RANDOM_ENCODINGS; i++)
            expect_agreement(random_encoding(row));
}
END_TEST

START_TEST(a_row_has_the_name_that_capstone_prints)
{
    for (unsigned row = 0; row < A64_ROWS; row++) {
        for (unsigned i = 0; i < RANDOM_ENCODINGS; i++) {
            uint32_t word = random_encoding(row);
            struct comparison c = disassembler_compare(&capstone, word);
            ck_assert_msg(c.same_name, "%08x: %s here, %s to capstone", word, a64_rows[c.row].name,
                          c.theirs);
        }
    }
}
END_TEST

/* -- what came after Armv8.0-A -- */

START_TEST(later_extensions_are_undefined)
{
    static const struct {
        uint32_t word;
        const char *what;
    } later[] = {
        { 0xf8210040, "LDADD x1, x0, [x2] (FEAT_LSE)" },
        { 0xf8e18040, "SWPAL x1, x0, [x2] (FEAT_LSE)" },
        { 0xc8a07c41, "CAS x0, x1, [x2] (FEAT_LSE)" },
        { 0x08207c82, "CASP w0, w1, w2, w3, [x4] (FEAT_LSE)" },
        { 0x6e828420, "SQRDMLAH v0.4s, v1.4s, v2.4s (FEAT_RDM)" },
        { 0xc89f7c20, "STLLR x0, [x1] (FEAT_LOR)" },
        { 0xc8df7c20, "LDLAR x0, [x1] (FEAT_LOR)" },
        { 0xf8bfc020, "LDAPR x0, [x1] (FEAT_LRCPC)" },
        { 0x1ee22820, "FADD h0, h1, h2 (FEAT_FP16)" },
        { 0x4e421420, "FADD v0.8h, v1.8h, v2.8h (FEAT_FP16)" },
        { 0x1e7e0000, "FJCVTZS w0, d0 (FEAT_JSCVT)" },
        { 0x6e80e420, "FCADD v0.4s, v1.4s, v0.4s (FEAT_FCMA)" },
        { 0x4e829420, "SDOT v0.4s, v1.16b, v2.16b (FEAT_DotProd)" },
        { 0xce020c20, "EOR3 v0.16b, v1.16b, v2.16b, v3.16b (FEAT_SHA3)" },
        { 0xd61f081f, "BRAAZ x0 (FEAT_PAuth)" },
        { 0xdac10020, "PACIA x0, x1 (FEAT_PAuth)" },
        { 0xba000420, "RMIF (FEAT_FlagM)" },
        { 0xd50330ff, "SB (FEAT_SB)" },
        { 0x04200000, "ADD z0.b, z1.b, z0.b (SVE)" },
        { 0x00000000, "UDF #0" },
        { 0x0000ffff, "UDF #65535" },
    };
    for (unsigned i = 0; i < WORDS(later); i++) {
        unsigned row;
        ck_assert_msg(verdict_of(later[i].word, &row) == UNDEFINED, "%s", later[i].what);
    }
}
END_TEST

/* -- the table itself -- */

/* The row, or a row that is a special case of it: one that fixes more bits. */
START_TEST(an_encoding_of_a_row_is_found_again)
{
    for (unsigned row = 0; row < A64_ROWS; row++) {
        const struct a64_row_info *info = &a64_rows[row];
        bool itself = false;
        for (unsigned i = 0; i < RANDOM_ENCODINGS; i++) {
            unsigned found = a64_lookup(random_encoding(row));
            const struct a64_row_info *other = &a64_rows[found];
            itself |= found == row;
            ck_assert_msg(found == row || (found < A64_ROWS && __builtin_popcount(other->mask) >
                                                                   __builtin_popcount(info->mask)),
                          "%s became %s", info->name, other->name);
        }
        ck_assert_msg(itself, "%s is hidden by other rows", info->name);
    }
}
END_TEST

START_TEST(fields_and_fixed_bits_fill_the_word)
{
    for (unsigned row = 0; row < A64_ROWS; row++) {
        const struct a64_row_info *info = &a64_rows[row];
        uint32_t covered = info->mask;
        ck_assert_uint_eq(info->value & ~info->mask, 0);
        for (unsigned i = 0; i < info->fields; i++) {
            uint32_t field = ((1u << info->field[i].width) - 1) << info->field[i].lsb;
            ck_assert_msg(!(covered & field), "%s: %s overlaps", info->name, info->field[i].name);
            covered |= field;
        }
        ck_assert_msg(covered == UINT32_MAX, "%s", info->name);
    }
}
END_TEST

/* Encodings as GNU as 2.40 writes them. */
START_TEST(the_encoder_writes_what_an_assembler_writes)
{
    ck_assert_uint_eq(enc_ADD_imm(1, 0, 0, 31, 29), 0x910003fd); /* mov x29, sp */
    ck_assert_uint_eq(enc_STP_pre(1, (uint32_t)-4, 30, 31, 29),
                      0xa9be7bfd);                               /* stp x29, x30, [sp, #-32]! */
    ck_assert_uint_eq(enc_RET(30), 0xd65f03c0);                  /* ret */
    ck_assert_uint_eq(enc_B((uint32_t)-1), 0x17ffffff);          /* b .-4 */
    ck_assert_uint_eq(enc_LDR_uimm(1, 3, 1, 0), 0xf9400c20);     /* ldr x0, [x1, #24] */
    ck_assert_uint_eq(enc_UBFM(1, 1, 60, 59, 1, 0), 0xd37cec20); /* lsl x0, x1, #4 */
    ck_assert_uint_eq(enc_MRS(1, 0, 4, 2, 2, 0), 0xd5384240);    /* mrs x0, CurrentEL */
    ck_assert_uint_eq(enc_MSR_imm(3, 2, 7), 0xd50342ff);         /* msr daifclr, #2 */
    ck_assert_uint_eq(enc_LDXR(1, 31, 31, 1, 0), 0xc85f7c20);    /* ldxr x0, [x1] */
}
END_TEST

/* -- trace text -- */

static void expect_text(uint32_t word, const char *expected)
{
    char text[160];
    int length = a64_text(word, text, sizeof(text));
    ck_assert_str_eq(text, expected);
    ck_assert_int_eq(length, strlen(expected));
}

START_TEST(the_trace_text_names_row_and_fields)
{
    expect_text(0x910003fd, "910003fd ADD_imm sf=1 sh=0 imm12=0 Rn=31 Rd=29");
    expect_text(0x9107fc20, "9107fc20 ADD_imm sf=1 sh=0 imm12=0x1ff Rn=1 Rd=0");
    expect_text(0xd503201f, "d503201f NOP");
    expect_text(0x17ffffff, "17ffffff B imm26=0x3ffffff");
    expect_text(0x00000000, "00000000 UNALLOCATED");
}
END_TEST

START_TEST(the_trace_text_is_cut_at_the_size_of_its_buffer)
{
    for (size_t size = 1; size < 60; size++) {
        char text[64];
        memset(text, '#', sizeof(text));
        a64_text(0x910003fd, text, size);
        ck_assert_uint_lt(strnlen(text, sizeof(text)), size);
        for (size_t i = size; i < sizeof(text); i++)
            ck_assert_int_eq(text[i], '#');
    }
}
END_TEST

/* -- bitmask immediates -- */

/* Arm ARM C6.2.12, "AND (immediate)": the element size, by the table. */
static unsigned element_size(unsigned N, unsigned imms)
{
    if (N)
        return 64;
    for (unsigned size = 32, stop = 0x20; size >= 2; size /= 2, stop >>= 1)
        if (!(imms & stop))
            return size;
    return 0;
}

/* Bit by bit: an element of S + 1 ones, rotated right by R, is repeated. false: reserved. */
static bool reference_mask(unsigned sf, unsigned N, unsigned immr, unsigned imms, uint64_t *mask)
{
    unsigned size = element_size(N, imms);
    if (!size || (!sf && N))
        return false;
    unsigned S = imms % size, R = immr % size;
    if (S == size - 1)
        return false;
    *mask = 0;
    for (unsigned bit = 0; bit < (sf ? 64 : 32); bit++)
        if ((bit + R) % size <= S)
            *mask |= 1ull << bit;
    return true;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static unsigned count_distinct(uint64_t *values, unsigned count)
{
    unsigned distinct = 0;
    qsort(values, count, sizeof(*values), by_value);
    for (unsigned i = 0; i < count; i++)
        distinct += !i || values[i] != values[i - 1];
    return distinct;
}

START_TEST(bitmask_immediates_are_rotated_repeated_runs_of_ones)
{
    static uint64_t masks[1 << 13];
    static const unsigned distinct[2] = { 1302,
                                          5334 }; /* the numbers of immediates that there are */
    for (unsigned sf = 0; sf < 2; sf++) {
        unsigned count = 0;
        for (unsigned i = 0; i < 1u << 13; i++) {
            uint64_t ours = 0, expected = 0;
            unsigned N = i >> 12, immr = i >> 6 & 63, imms = i & 63;
            bool allocated = reference_mask(sf, N, immr, imms, &expected);
            ck_assert_int_eq(decode_bit_masks(sf, N, imms, immr, true, &ours), allocated);
            if (sf)
                ck_assert_uint_eq(bitmask_immediates[i], expected);
            if (!allocated)
                continue;
            ck_assert_uint_eq(ours, expected);
            masks[count++] = ours;
        }
        ck_assert_uint_eq(count_distinct(masks, count), distinct[sf]);
    }
}
END_TEST

static Suite *decode_suite(void)
{
    Suite *suite = suite_create("decode");
    TCase *tc = tcase_create("decode");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, any_word_is_allocated_here_where_capstone_knows_it);
    tcase_add_test(tc, every_row_is_allocated_where_capstone_knows_it);
    tcase_add_test(tc, a_row_has_the_name_that_capstone_prints);
    tcase_add_test(tc, later_extensions_are_undefined);
    tcase_add_test(tc, an_encoding_of_a_row_is_found_again);
    tcase_add_test(tc, fields_and_fixed_bits_fill_the_word);
    tcase_add_test(tc, the_encoder_writes_what_an_assembler_writes);
    tcase_add_test(tc, the_trace_text_names_row_and_fields);
    tcase_add_test(tc, the_trace_text_is_cut_at_the_size_of_its_buffer);
    tcase_add_test(tc, bitmask_immediates_are_rotated_repeated_runs_of_ones);
    suite_add_tcase(suite, tc);
    return suite;
}

int main(void)
{
    return board_run_suite(decode_suite());
}
