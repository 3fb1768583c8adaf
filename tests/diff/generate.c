/* SPDX-License-Identifier: MIT */
#include "tests/diff/generate_internal.h"

#include <string.h>

bool generator_init(struct generator *g, const char *prefix)
{
    row_table_fill(&g->table);
    g->choices = 0;
    for (unsigned i = 0; i < A64_ROWS; i++)
        if (g->table.row[i].covered && strncmp(a64_rows[i].name, prefix, strlen(prefix)) == 0)
            g->choice[g->choices++] = (uint16_t)i;
    return g->choices > 0;
}

const struct row_facts *facts_of(const struct generator *g, uint32_t word)
{
    return &g->table.row[a64_lookup(word)];
}

static uint32_t random_word(struct generator *g)
{
    const struct a64_row_info *info = &a64_rows[g->choice[below(g, g->choices)]];
    return info->value | ((uint32_t)random_64(g) & ~info->mask);
}

/* -- fields -- */

/* op0, op1, CRn, CRm, op2 as they stand in bits 20..5. */
#define SYSTEM(op0, op1, CRn, CRm, op2)                                                            \
    ((op0) << 19 | (op1) << 16 | (CRn) << 12 | (CRm) << 8 | (op2) << 5)
#define SYSTEM_MASK SYSTEM(3, 7u, 15, 15, 7)

/* What a program may reach, and some that it may not. */
static uint32_t tame_system(struct generator *g, uint32_t word)
{
    static const uint32_t registers[] = {
        SYSTEM(3, 3u, 4, 2, 0),  SYSTEM(3, 3u, 4, 2, 0), /* NZCV */
        SYSTEM(3, 3u, 4, 4, 0),  SYSTEM(3, 3u, 4, 4, 0), /* FPCR */
        SYSTEM(3, 3u, 4, 4, 1),  SYSTEM(3, 3u, 4, 4, 1), /* FPSR */
        SYSTEM(3, 3u, 0, 0, 7),                          /* DCZID_EL0 */
        SYSTEM(3, 3u, 0, 0, 1),                          /* CTR_EL0 */
        SYSTEM(3, 0u, 1, 0, 0),                          /* SCTLR_EL1 */
        SYSTEM(3, 0u, 4, 2, 0),                          /* SPSel */
        SYSTEM(3, 0u, 12, 0, 0),                         /* VBAR_EL1 */
    };
    static const uint32_t operations[] = {
        SYSTEM(1, 3u, 7, 4, 1),  SYSTEM(1, 3u, 7, 4, 1),  /* DC ZVA */
        SYSTEM(1, 3u, 7, 10, 1), SYSTEM(1, 3u, 7, 11, 1), /* DC CVAC, CVAU */
        SYSTEM(1, 3u, 7, 14, 1), SYSTEM(1, 3u, 7, 5, 1),  /* DC CIVAC, IC IVAU */
        SYSTEM(1, 0u, 7, 6, 1),  SYSTEM(1, 0u, 8, 7, 0),  /* DC IVAC, TLBI VMALLE1 */
        SYSTEM(1, 0u, 7, 8, 0),                           /* AT S1E1R */
    };
    const unsigned row = a64_lookup(word);
    if (row == A64_MRS || row == A64_MSR_reg)
        return (word & ~SYSTEM_MASK) | registers[below(g, sizeof(registers) / 4)];
    if (row == A64_SYS) /* not XZR: an address */
        return (word & ~(SYSTEM_MASK | 0x1f)) | operations[below(g, sizeof(operations) / 4)] |
               below(g, 31);
    if (row == A64_HLT) /* 0xf000 asks a debugger */
        return word & ~(0xffffu << 5);
    return word;
}

/* Offsets stay in the window, branches in the slot. */
static uint32_t tame_fields(struct generator *g, uint32_t word, unsigned position)
{
    const struct row_facts *f = facts_of(g, word);
    word = field_put(word, f->target, 1 + below(g, SLOT / 4 - 2 - position));
    if (g->length > 1 && f->adr) /* in this slot */
        word = field_put(word, f->immhi, below(g, 8));
    if (g->length > 1 && f->adrp) /* somewhere behind the data */
        word = field_put(word, f->immhi, 0x4000);
    if (f->system || a64_lookup(word) == A64_HLT)
        return tame_system(g, word);
    if (!f->memory)
        return word;
    word = field_put(word, f->imm12, below(g, 16));
    return field_put(word, f->imm7, below(g, 16) - 8);
}

static bool is_testable(const struct row_facts *f, uint32_t word)
{
    const bool to_zero = f->indirect && field_get(word, f->Rn) == 31;
    return f->covered && !row_is_unpredictable(f, word) && !to_zero;
}

/* -- states -- */

/* Where an access is to go: mostly the middle of the window; sometimes the border of the memory
 * that may be written, or of all memory. */
static uint64_t random_base(struct generator *g)
{
    const uint64_t near = below(g, 32) - 16ull;
    switch (below(g, 24)) {
    case 0:
        return READ_ONLY + near;
    case 1:
        return HOLE + near;
    default:
        return WINDOW + WINDOW_SIZE / 2 + near;
    }
}

static void tame_offset(struct generator *g, const struct row_facts *f, uint32_t word,
                        struct diff_state *s)
{
    const uint32_t option = field_get(word, f->option), Rm = field_get(word, f->Rm);
    const uint64_t high = one_in(g, 2) && !(option & 1) ? random_64(g) << 32 : 0;
    const uint64_t offset = option & 4 ? below(g, 16) - 8ull : below(g, 8);
    if (f->option.present && Rm != 31)
        s->x[Rm] = high ? high | (uint32_t)offset : offset;
}

void tame_state(struct generator *g, uint32_t word, struct diff_state *s)
{
    const struct row_facts *f = facts_of(g, word);
    const uint32_t Rn = field_get(word, f->Rn);
    const uint64_t base = random_base(g);
    if (f->indirect)
        s->x[Rn] = LANDING;
    if (a64_lookup(word) == A64_SYS)
        s->x[field_get(word, f->Rt)] = base;
    if (a64_lookup(word) == A64_MSR_reg && field_get(word, f->Rt) != 31) /* no fields for AArch32 */
        s->x[field_get(word, f->Rt)] &= 0x0fc8ffff;
    if (!f->memory || !f->Rn.present)
        return;
    tame_offset(g, f, word, s);
    const bool misaligned = one_in(g, 3) && g->length == 1 && !f->exclusive;
    if (Rn == 31)
        s->sp = base & ~15ull;
    else
        s->x[Rn] = misaligned ? base : base & ~15ull;
}

/* -- sequences -- */

uint32_t registers_written(const struct row_facts *f, uint32_t word)
{
    const struct field fields[] = { f->Rd, f->Rt, f->Rt2, f->Rs };
    uint32_t set = f->links ? 1u << 30 : 0;
    for (unsigned i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (fields[i].present)
            set |= 1u << field_get(word, fields[i]);
    return f->memory ? set | 1u << field_get(word, f->Rn) : set;
}

uint32_t random_plain_word(struct generator *g, uint32_t kept)
{
    for (;;) {
        const uint32_t word = random_word(g);
        const struct row_facts *f = facts_of(g, word);
        if (f->plain && f->covered && !(registers_written(f, word) & kept))
            return word;
        if (one_in(g, 1000)) /* the rows to choose from hold none */
            return 0xd503201f;
    }
}

/* The next word: of the program, or random. */
static uint32_t next_word(struct generator *g, size_t start, unsigned position)
{
    const uint32_t word = g->text ? g->text[start + position] : random_word(g);
    return tame_fields(g, word, position);
}

/* Sequences end before what cannot be tested, and before jumps to an address that they computed
 * themselves. */
static void choose_words(struct generator *g, struct diff_case *c)
{
    const size_t start = g->text ? random_64(g) % (g->text_words - LENGTH_MAX) : 0;
    uint32_t changed = 0;
    c->length = 0;
    while (c->length < g->length) {
        const uint32_t word = next_word(g, start, c->length);
        const struct row_facts *f = facts_of(g, word);
        /* A store-exclusive of another size than the load's is nobody's business (B2.9.5). */
        const bool alone = f->exclusive && !g->text && g->length > 1;
        if (!is_testable(f, word) || alone ||
            (f->indirect && (changed >> field_get(word, f->Rn) & 1)))
            return;
        changed |= registers_written(f, word);
        c->words[c->length++] = word;
    }
}

/* An indirect branch whose register is the base of an access, too, would go to data. */
static bool lands(const struct generator *g, const struct diff_case *c)
{
    for (unsigned i = 0; i < c->length; i++) {
        const struct row_facts *f = facts_of(g, c->words[i]);
        if (f->indirect && c->state.x[field_get(c->words[i], f->Rn)] != LANDING)
            return false;
    }
    return true;
}

static bool make_plain_case(struct generator *g, struct diff_case *c)
{
    c->needed = c->counts = c->writes_code = 0;
    choose_words(g, c);
    if (!c->length)
        return false;
    const struct loop loop =
        g->length > 1 && one_in(g, 4) ? make_loop(g, c) : (struct loop){ .present = false };
    random_state(g, &c->state);
    for (unsigned i = 0; i < c->length; i++)
        tame_state(g, c->words[i], &c->state);
    if (loop.present) {
        c->state.x[loop.counter] = loop.rounds;
        c->counts = 1u << loop.counter;
    }
    return lands(g, c);
}

bool generate_case(struct generator *g, struct diff_case *c)
{
    if (g->length > 1 && !g->text && one_in(g, 16)) {
        if (one_in(g, 4))
            make_self_modifying(g, c);
        else
            make_exclusive_pair(g, c);
        return true;
    }
    for (unsigned attempt = 0; attempt < 10000; attempt++)
        if (make_plain_case(g, c))
            return true;
    return false;
}
