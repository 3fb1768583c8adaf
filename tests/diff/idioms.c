/* SPDX-License-Identifier: MIT */
/*
 * Sequences that random instructions do not make: loops, exclusive pairs with something between
 * them, and code that writes code.
 */
#include "a64_encode.h"
#include "tests/diff/generate_internal.h"

#include <string.h>

static void append(struct diff_case *c, uint32_t word)
{
    c->words[c->length++] = word;
}

/* -- loops -- */

/* A register that nothing in the case writes or branches to; 31: none. */
static unsigned free_register(struct generator *g, const struct diff_case *c)
{
    uint32_t used = 1u << 31;
    for (unsigned i = 0; i < c->length; i++) {
        const struct row_facts *f = facts_of(g, c->words[i]);
        used |= registers_written(f, c->words[i]);
        if (f->indirect)
            used |= 1u << field_get(c->words[i], f->Rn);
    }
    for (unsigned attempt = 0; attempt < 8; attempt++) {
        const unsigned n = below(g, 31);
        if (!(used >> n & 1))
            return n;
    }
    return 31;
}

/* Could something in the case go to the end of it? */
static bool has_branch(const struct generator *g, const struct diff_case *c)
{
    for (unsigned i = 0; i < c->length; i++)
        if (facts_of(g, c->words[i])->target.present)
            return true;
    return false;
}

/* Counts down and goes back by the flags. Nothing comes between. */
static void close_by_flags(struct generator *g, struct diff_case *c, unsigned counter)
{
    enum { NE = 1, GT = 12 };
    const unsigned first = below(g, c->length), at = c->length + 1, sf = below(g, 2);
    c->needed |= 3u << c->length;
    append(c, enc_SUBS_imm(sf, 0, 1, counter, counter));
    append(c, enc_B_cond(first - at, one_in(g, 2) ? NE : GT));
}

/* Goes back to the instruction that counts down, which stands before the others: no way around it.
 */
static void close_by_register(struct generator *g, struct diff_case *c, unsigned counter)
{
    memmove(&c->words[1], &c->words[0], c->length * sizeof(c->words[0]));
    c->words[0] = enc_SUB_imm(1, 0, 1, counter, counter);
    c->length++;
    c->needed |= 1u | 1u << c->length;
    if (one_in(g, 2))
        append(c, enc_CBNZ(1, -c->length, counter));
    else
        append(c, enc_TBZ(1, 31, -c->length, counter)); /* while it is not negative */
}

struct loop make_loop(struct generator *g, struct diff_case *c)
{
    const unsigned counter = free_register(g, c);
    if (counter == 31 || c->length + 2 > WORDS_MAX)
        return (struct loop){ .present = false };
    if (has_branch(g, c) || one_in(g, 2))
        close_by_register(g, c, counter);
    else
        close_by_flags(g, c, counter);
    return (struct loop){ .present = true, .counter = counter, .rounds = 1 + below(g, 4) };
}

/* -- exclusive pairs -- */

/* Registers with a part in the pair; all different. */
enum { BASE = 1, STATUS = 2, LOADED = 3, LOADED_2 = 4, OTHER = 5 };
#define PAIR_REGISTERS (1u << BASE | 1u << STATUS | 1u << LOADED | 1u << LOADED_2 | 1u << OTHER)

/* kind 0..3: bytes, halfwords, words, doublewords; 4, 5: pairs of words, of doublewords. */
static uint32_t load_exclusive(unsigned kind, bool acquire)
{
    const uint32_t sz = kind & 1;
    switch (kind) {
    case 0:
        return acquire ? enc_LDAXRB(31, 31, BASE, LOADED) : enc_LDXRB(31, 31, BASE, LOADED);
    case 1:
        return acquire ? enc_LDAXRH(31, 31, BASE, LOADED) : enc_LDXRH(31, 31, BASE, LOADED);
    case 2:
    case 3:
        return acquire ? enc_LDAXR(sz, 31, 31, BASE, LOADED) : enc_LDXR(sz, 31, 31, BASE, LOADED);
    default:
        return acquire ? enc_LDAXP(sz, 31, LOADED_2, BASE, LOADED)
                       : enc_LDXP(sz, 31, LOADED_2, BASE, LOADED);
    }
}

static uint32_t store_exclusive(unsigned kind, bool release)
{
    const uint32_t sz = kind & 1;
    switch (kind) {
    case 0:
        return release ? enc_STLXRB(STATUS, 31, BASE, OTHER) : enc_STXRB(STATUS, 31, BASE, OTHER);
    case 1:
        return release ? enc_STLXRH(STATUS, 31, BASE, OTHER) : enc_STXRH(STATUS, 31, BASE, OTHER);
    case 2:
    case 3:
        return release ? enc_STLXR(sz, STATUS, 31, BASE, OTHER)
                       : enc_STXR(sz, STATUS, 31, BASE, OTHER);
    default:
        return release ? enc_STLXP(sz, STATUS, LOADED, BASE, OTHER)
                       : enc_STXP(sz, STATUS, LOADED, BASE, OTHER);
    }
}

/* What may come between: nothing to do with it, a store behind the granule, or the end of the
 * exclusive state. */
static uint32_t between(struct generator *g)
{
    switch (below(g, 4)) {
    case 0:
        return enc_CLREX(15);
    case 1:
        return enc_STR_uimm(1, 32 + below(g, 8), BASE, OTHER);
    case 2:
        return enc_LDR_uimm(1, below(g, 4), BASE, OTHER);
    default:
        return random_plain_word(g, PAIR_REGISTERS);
    }
}

void make_exclusive_pair(struct generator *g, struct diff_case *c)
{
    const unsigned kind = below(g, 6);
    c->length = 0;
    append(c, load_exclusive(kind, one_in(g, 2)));
    for (unsigned n = below(g, 3); n; n--)
        append(c, between(g));
    append(c, store_exclusive(kind, one_in(g, 2)));
    if (one_in(g, 4)) /* the monitor is open by now */
        append(c, store_exclusive(kind, one_in(g, 2)));
    random_state(g, &c->state);
    c->state.x[BASE] = WINDOW + WINDOW_SIZE / 2 + 16 * (below(g, 8) - 4ull);
}

/* -- code that writes code -- */

/* An instruction is executed, written, and executed again (Arm ARM B2.4.4, "Concurrent modification
 * and execution of instructions": the code that makes it visible to the same PE). */
void make_self_modifying(struct generator *g, struct diff_case *c)
{
    enum { ADDRESS = 1, NEW = 2, COUNT = 3, ISH = 11 };
    const uint32_t kept = 1u << ADDRESS | 1u << NEW | 1u << COUNT;
    const unsigned target = below(g, 3);
    c->length = 0;
    for (unsigned i = 0; i < 3; i++)
        append(c, random_plain_word(g, kept));
    append(c, enc_ADR(0, target - 3, ADDRESS));
    append(c, enc_STR_uimm(0, 0, ADDRESS, NEW));
    append(c, enc_SYS(3, 7, 11, 1, ADDRESS)); /* DC CVAU */
    append(c, enc_DSB(ISH));
    append(c, enc_SYS(3, 7, 5, 1, ADDRESS)); /* IC IVAU */
    append(c, enc_DSB(ISH));
    append(c, enc_ISB(15));
    append(c, enc_SUB_imm(1, 0, 1, COUNT, COUNT));
    append(c, enc_CBNZ(1, (uint32_t)-11, COUNT));
    c->needed = (1u << c->length) - 8;
    const uint32_t new = random_plain_word(g, kept);
    random_state(g, &c->state);
    c->writes_code = true;
    c->counts = 1u << COUNT;
    c->state.x[NEW] = new;
    c->state.x[COUNT] = 2;
}
