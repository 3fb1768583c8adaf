/* SPDX-License-Identifier: MIT */
#include "tests/diff/generate.h"

#include "cpu/decode.h"

#include <string.h>

/* -- random numbers: splitmix64 (Steele, Lea, Flood 2014) -- */
static uint64_t random_64(struct generator *g)
{
    uint64_t z = g->seed += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

static unsigned below(struct generator *g, unsigned n)
{
    return (unsigned)(random_64(g) % n);
}

static bool one_in(struct generator *g, unsigned n)
{
    return below(g, n) == 0;
}

/* -- rows -- */
static bool starts(const char *name, const char *prefix)
{
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

bool generate_covers(unsigned row)
{
    static const char *const excluded[] = { "SVC",  "HVC", "SMC",   "BRK",  "HLT", "DCPS",
                                            "HINT", "NOP", "YIELD", "WFE",  "WFI", "SEV",
                                            "MSR_", "MRS", "SYS",   "ERET", "DRPS" };
    for (unsigned i = 0; i < sizeof(excluded) / sizeof(excluded[0]); i++)
        if (starts(a64_rows[row].name, excluded[i]))
            return false;
    return a64_rows[row].decode != NULL;
}

static bool choose_row(struct generator *g, unsigned *row)
{
    unsigned found = 0;
    for (unsigned i = 0; i < A64_ROWS; i++)
        if (starts(a64_rows[i].name, g->prefix) && generate_covers(i) && one_in(g, ++found))
            *row = i;
    return found > 0;
}

/* -- fields -- */
static bool is_memory(const char *name)
{
    return starts(name, "LD") || starts(name, "ST") || starts(name, "PRFM");
}

struct field {
    unsigned lsb, width;
    bool present;
};

static struct field field_of(unsigned row, const char *name)
{
    const struct a64_row_info *info = &a64_rows[row];
    for (unsigned i = 0; i < info->fields; i++)
        if (strcmp(info->field[i].name, name) == 0)
            return (struct field){ info->field[i].lsb, info->field[i].width, true };
    return (struct field){ 0, 0, false };
}

static uint32_t get(uint32_t word, struct field f)
{
    return word >> f.lsb & ((1u << f.width) - 1);
}

static uint32_t put(uint32_t word, struct field f, uint32_t value)
{
    const uint32_t mask = (f.present ? (1u << f.width) - 1 : 0) << f.lsb;
    return (word & ~mask) | (value << f.lsb & mask);
}

/* Offsets stay in the window, branches in the slot. */
static uint32_t tame_fields(struct generator *g, unsigned row, uint32_t word, unsigned position)
{
    static const char *const targets[] = { "imm14", "imm19", "imm26" };
    for (unsigned i = 0; i < 3; i++)
        word = put(word, field_of(row, targets[i]), 1 + below(g, SLOT / 4 - 2 - position));
    if (g->length > 1 &&
        starts(a64_rows[row].name, "ADR")) /* ADR: this slot; ADRP: somewhere behind the data */
        word = put(word, field_of(row, "immhi"),
                   starts(a64_rows[row].name, "ADRP") ? 0x4000 : below(g, 8));
    if (!is_memory(a64_rows[row].name))
        return word;
    word = put(word, field_of(row, "imm12"), below(g, 16));
    return put(word, field_of(row, "imm7"), below(g, 16) - 8);
}

static bool ends(const char *name, const char *suffix)
{
    const size_t n = strlen(name), m = strlen(suffix);
    return n >= m && strcmp(name + n - m, suffix) == 0;
}

static bool is_exclusive(const char *name)
{
    return starts(name, "STX") || starts(name, "STLX") || starts(name, "LDX") ||
           starts(name, "LDAX");
}

/* BR, BLR, RET */
static bool is_indirect(const char *name)
{
    return starts(name, "BR") || starts(name, "BLR") || starts(name, "RET");
}

/* Encodings whose effect the Arm ARM leaves open (C6.2, "CONSTRAINED UNPREDICTABLE"): two results
 * in one register. */
static bool is_unpredictable(unsigned row, uint32_t word)
{
    const char *name = a64_rows[row].name;
    const struct field fRs = field_of(row, "Rs"), fRt2 = field_of(row, "Rt2");
    const uint32_t Rt = get(word, field_of(row, "Rt")), Rn = get(word, field_of(row, "Rn"));
    const uint32_t Rs = get(word, fRs), Rt2 = get(word, fRt2);
    const bool simd = strstr(name, "_simd"), writeback = ends(name, "_pre") || ends(name, "_post");
    if (starts(name, "STX") || starts(name, "STLX"))
        return Rs == Rt || Rs == Rt2 || Rs == Rn;
    if (starts(name, "LD") && fRt2.present && Rt == Rt2)
        return true;
    return writeback && !simd && Rn != 31 && (Rt == Rn || (fRt2.present && Rt2 == Rn));
}

static bool is_testable(unsigned row, uint32_t word)
{
    const bool to_zero = is_indirect(a64_rows[row].name) && get(word, field_of(row, "Rn")) == 31;
    return row < A64_ROWS && generate_covers(row) && !is_unpredictable(row, word) && !to_zero;
}

/* -- states -- */
static uint64_t random_integer(struct generator *g)
{
    switch (below(g, 6)) {
    case 0:
        return below(g, 128) - 64ull;
    case 1:
        return UINT64_MAX >> below(g, 64);
    case 2:
        return (uint64_t)1 << below(g, 64);
    case 3:
        return (uint32_t)random_64(g);
    default:
        return random_64(g);
    }
}

/* A value of a format with F fraction and E exponent bits that is near something special. */
static uint64_t special_float(struct generator *g, unsigned E, unsigned F)
{
    const uint64_t ones = ((uint64_t)1 << E) - 1, bias = ones >> 1;
    const uint64_t exponents[] = {
        0,    0,        1,        ones,     ones,       ones - 1,   bias,
        bias, bias + 1, bias - 1, bias + F, bias + 31u, bias + 63u, bias - below(g, 4)
    };
    uint64_t exponent = exponents[below(g, sizeof(exponents) / sizeof(exponents[0]))] & ones;
    uint64_t fraction = random_64(g) & (((uint64_t)1 << F) - 1);
    const unsigned kind = below(g, 5);
    if (kind == 0)
        fraction = 0;
    else if (kind == 1)
        fraction = below(g, 4);
    else if (kind == 2)
        fraction = (((uint64_t)1 << F) - 1) - below(g, 4);
    else if (kind == 3)
        fraction = fraction >> below(g, F);
    return ((uint64_t)below(g, 2) << E | exponent) << F | fraction;
}

/* Numbers of about the same size, so that sums and products stay in range. */
static uint64_t common_float(struct generator *g, unsigned E, unsigned F)
{
    const uint64_t bias = (((uint64_t)1 << E) - 1) >> 1;
    const uint64_t fraction = random_64(g) & (((uint64_t)1 << F) - 1);
    return ((uint64_t)below(g, 2) << E | (bias - 6 + below(g, 12))) << F |
           (one_in(g, 2) ? fraction : fraction >> F / 2 << F / 2);
}

static uint64_t random_vector_half(struct generator *g)
{
    switch (below(g, 8)) {
    case 0:
    case 1:
        return special_float(g, 11, 52);
    case 2:
    case 3:
        return special_float(g, 8, 23) << 32 | special_float(g, 8, 23);
    case 4:
        return common_float(g, 11, 52);
    case 5:
        return common_float(g, 8, 23) << 32 | common_float(g, 8, 23);
    case 6:
        return one_in(g, 2) ? special_float(g, 5, 10) | special_float(g, 5, 10) << 16 |
                                  special_float(g, 5, 10) << 32 | special_float(g, 5, 10) << 48
                            : random_integer(g);
    default:
        return random_64(g);
    }
}

static void random_state(struct generator *g, struct diff_state *s)
{
    for (unsigned i = 0; i < 31; i++)
        s->x[i] = random_integer(g);
    s->sp = DATA_BASE + 16 * below(g, DATA_SIZE / 16);
    for (unsigned i = 0; i < 32; i++)
        for (unsigned j = 0; j < 2; j++)
            s->v[i][j] = random_vector_half(g);
    s->nzcv = below(g, 16) << 28;
    s->fpcr = one_in(g, 2) ? 0 : (uint32_t)random_64(g) & 0x07c00000;
    s->fpsr = one_in(g, 2) ? (uint32_t)random_64(g) & 0x0800009f : one_in(g, 2) ? 0x10 : 0;
    const bool pointers = g->length > 1 && one_in(g, 2); /* for chains of loads */
    for (unsigned i = 0; i < WINDOW_SIZE; i += 8) {
        const uint64_t value = pointers ? WINDOW + WINDOW_SIZE / 2 + 8 * below(g, 8) : random_64(g);
        memcpy(s->memory + i, &value, 8);
    }
}

/* Bases point to the middle of the window, register offsets are small. */
static void tame_state(struct generator *g, unsigned row, uint32_t word, struct diff_state *s)
{
    const struct field Rn = field_of(row, "Rn"), Rm = field_of(row, "Rm"),
                       option = field_of(row, "option");
    const char *name = a64_rows[row].name;
    const uint64_t base = WINDOW + WINDOW_SIZE / 2 + below(g, 32) - 16;
    if (is_indirect(name))
        s->x[get(word, Rn)] = LANDING;
    if (!is_memory(name) || !Rn.present)
        return;
    if (option.present && get(word, Rm) != 31) {
        const uint64_t high = one_in(g, 2) && !(get(word, option) & 1) ? random_64(g) << 32 : 0;
        const uint64_t offset = get(word, option) & 4 ? below(g, 16) - 8ull : below(g, 8);
        s->x[get(word, Rm)] = high ? high | (uint32_t)offset : offset;
    }
    if (get(word, Rn) == 31)
        s->sp = base & ~15ull;
    else
        s->x[get(word, Rn)] =
            one_in(g, 3) && g->length == 1 && !is_exclusive(name) ? base : base & ~15ull;
}

/* -- sequences -- */

/* General registers that an instruction may write, as a bit set; some too many do no harm. */
static uint32_t written(unsigned row, uint32_t word)
{
    static const char *const fields[] = { "Rd", "Rt", "Rt2", "Rs", "Rn" };
    uint32_t set = starts(a64_rows[row].name, "BL") ? 1u << 30 : 0;
    for (unsigned i = 0; i < 5; i++) {
        const struct field f = field_of(row, fields[i]);
        if (f.present && (i < 4 || is_memory(a64_rows[row].name)))
            set |= 1u << get(word, f);
    }
    return set;
}

static bool choose_start(struct generator *g, size_t *start)
{
    if (g->text_words < WORDS_MAX)
        return false;
    *start = random_64(g) % (g->text_words - WORDS_MAX);
    return true;
}

/* The next word: of the program, or random. */
static bool next_word(struct generator *g, size_t start, unsigned position, uint32_t *word)
{
    unsigned row = 0;
    if (g->text)
        *word = g->text[start + position];
    else if (choose_row(g, &row))
        *word = a64_rows[row].value | ((uint32_t)random_64(g) & ~a64_rows[row].mask);
    else
        return false;
    row = a64_lookup(*word);
    if (row < A64_ROWS)
        *word = tame_fields(g, row, *word, position);
    return true;
}

/* Sequences end before what cannot be tested, and before jumps to an address that they computed
 * themselves. */
static bool choose_words(struct generator *g, struct diff_case *c)
{
    size_t start = 0;
    uint32_t changed = 0;
    c->length = 0;
    if (g->text && !choose_start(g, &start))
        return false;
    while (c->length < g->length) {
        uint32_t word;
        if (!next_word(g, start, c->length, &word))
            return false;
        const unsigned row = a64_lookup(word);
        if (!is_testable(row, word))
            return true;
        /* A store-exclusive of another size than the load's is nobody's business (B2.9.5). */
        if (!g->text && g->length > 1 && is_exclusive(a64_rows[row].name))
            return true;
        const bool indirect = is_indirect(a64_rows[row].name);
        if (indirect && (changed >> get(word, field_of(row, "Rn")) & 1))
            return true;
        changed |= written(row, word);
        c->words[c->length++] = word;
    }
    return true;
}

/* An indirect branch whose register is the base of an access, too, would go to data. */
static bool lands(const struct diff_case *c)
{
    for (unsigned i = 0; i < c->length; i++) {
        const unsigned row = a64_lookup(c->words[i]);
        if (is_indirect(a64_rows[row].name) &&
            c->state.x[get(c->words[i], field_of(row, "Rn"))] != LANDING)
            return false;
    }
    return true;
}

bool generate_case(struct generator *g, struct diff_case *c)
{
    for (unsigned attempt = 0; attempt < 10000; attempt++) {
        if (!choose_words(g, c))
            return false;
        if (!c->length)
            continue;
        random_state(g, &c->state);
        for (unsigned i = 0; i < c->length; i++)
            tame_state(g, a64_lookup(c->words[i]), c->words[i], &c->state);
        if (lands(c))
            return true;
    }
    return false;
}
