/* SPDX-License-Identifier: MIT */
/* Clears one thing after the other while the difference stays. */
#include "tests/diff/run.h"

#include <string.h>

#define NOP 0xd503201fu

enum {
    SHRINK_X = 0,
    SHRINK_V = 31,
    SHRINK_FPCR = SHRINK_V + 64,
    SHRINK_FPSR,
    SHRINK_NZCV,
    SHRINK_MEMORY,
    SHRINK_WORD = SHRINK_MEMORY + WINDOW_SIZE / 8,
    SHRINK_STEPS = SHRINK_WORD + WORDS_MAX
};
_Static_assert(SHRINK_STEPS <= CASES_MAX, "all are tried in one batch");

static bool clear_64(uint64_t *value)
{
    const bool changes = *value != 0;
    *value = 0;
    return changes;
}

static bool clear_32(uint32_t *value, uint32_t to)
{
    const bool changes = *value != to;
    *value = to;
    return changes;
}

static bool clear_memory(uint8_t *bytes)
{
    static const uint8_t zeros[8];
    const bool changes = memcmp(bytes, zeros, 8) != 0;
    memset(bytes, 0, 8);
    return changes;
}

/* What makes a loop end stays. */
static bool clear_word(struct diff_case *c, unsigned i)
{
    return i < c->length && c->length > 1 && !(c->needed >> i & 1) && clear_32(&c->words[i], NOP);
}

/* False: nothing to clear there. */
static bool shrink_step(struct diff_case *c, unsigned step)
{
    struct diff_state *s = &c->state;
    if (step < SHRINK_V)
        return !(c->counts >> step & 1) && clear_64(&s->x[step]);
    if (step < SHRINK_FPCR)
        return clear_64(&s->v[(step - SHRINK_V) / 2][(step - SHRINK_V) % 2]);
    if (step >= SHRINK_WORD)
        return clear_word(c, step - SHRINK_WORD);
    if (step >= SHRINK_MEMORY)
        return clear_memory(&s->memory[8 * (step - SHRINK_MEMORY)]);
    return clear_32(step == SHRINK_FPCR ? &s->fpcr : step == SHRINK_FPSR ? &s->fpsr : &s->nzcv, 0);
}

/* Runs the first `count` cases of the batch on both sides. */
static bool run_both(struct run *run, unsigned count, enum core_way way)
{
    if (!count || !run_reference(run, count))
        return false;
    core_run(run->core, run->cases, run->results, count, way);
    return true;
}

static bool differs(const struct run *run, unsigned i)
{
    return !same_result(&run->expected[i], &run->results[i]) &&
           known_difference(&run->cases[i], &run->expected[i], &run->results[i]) < 0;
}

/* The steps that leave the difference, each tried alone. Returns how many. */
static unsigned harmless_steps(struct run *run, const struct diff_case *c,
                               unsigned harmless[SHRINK_STEPS], enum core_way way)
{
    unsigned tried[SHRINK_STEPS], count = 0, found = 0;
    for (unsigned s = 0; s < SHRINK_STEPS; s++) {
        run->cases[count] = *c;
        if (shrink_step(&run->cases[count], s))
            tried[count++] = s;
    }
    if (!run_both(run, count, way))
        return 0;
    for (unsigned i = 0; i < count; i++)
        if (differs(run, i))
            harmless[found++] = tried[i];
    return found;
}

/* Takes all harmless steps together if that leaves the difference, else the first. */
static bool shrink_once(struct run *run, struct diff_case *c, enum core_way way)
{
    unsigned harmless[SHRINK_STEPS];
    const unsigned count = harmless_steps(run, c, harmless, way);
    struct diff_case all = *c;
    for (unsigned i = 0; i < count; i++)
        shrink_step(&all, harmless[i]);
    run->cases[0] = all;
    if (!count || !run_both(run, 1, way))
        return false;
    if (differs(run, 0))
        *c = all;
    else
        shrink_step(c, harmless[0]);
    return true;
}

/* The case of one instruction, number `at` of the sequence, in the state to which those before it
 * lead. */
static struct diff_case alone(const struct diff_case *c, unsigned at,
                              const struct diff_state *before)
{
    struct diff_case one = { .words = { c->words[at] }, .length = 1, .number = c->number };
    one.state = *before;
    one.state.pc = one.state.address = one.state.end = 0;
    return one;
}

/* Cuts the sequence behind each of its instructions: the first cut that differs leads to the
 * instruction that does. A loop's second round is not to be had that way; it stays as it is. */
static void isolate(struct run *run, struct diff_case *c, enum core_way way)
{
    unsigned at = 0;
    for (unsigned i = 0; i < c->length; i++) {
        run->cases[i] = *c;
        run->cases[i].length = i + 1;
    }
    if (!run_both(run, c->length, way))
        return;
    while (at < c->length && !differs(run, at))
        at++;
    if (at == c->length)
        return;
    c->length = at + 1;
    if (!at || run->expected[at - 1].end != END_BREAKPOINT)
        return;
    const struct diff_case one = alone(c, at, &run->expected[at - 1]);
    run->cases[0] = one;
    if (run_both(run, 1, way) && differs(run, 0))
        *c = one;
}

/* Without its NOPs the rest may stand in a page as it did, or not: PC-relative instructions tell.
 */
static void drop_nops(struct run *run, struct diff_case *c, enum core_way way)
{
    struct diff_case dense = *c;
    dense.length = 0;
    for (unsigned i = 0; i < c->length; i++)
        if (c->words[i] != NOP)
            dense.words[dense.length++] = c->words[i];
    run->cases[0] = dense;
    if (dense.length && !c->needed && run_both(run, 1, way) && differs(run, 0))
        *c = dense;
}

void shrink(struct run *run, struct diff_case *c, enum core_way way)
{
    if (c->length > 1)
        isolate(run, c, way);
    for (unsigned i = 0; i < 100 && shrink_once(run, c, way); i++)
        ;
    if (c->length > 1)
        drop_nops(run, c, way);
}
