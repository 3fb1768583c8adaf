/* SPDX-License-Identifier: MIT */
#include "tests/diff/run.h"

#include <stdio.h>
#include <string.h>

bool same_result(const struct diff_state *expected, const struct diff_state *result)
{
    return memcmp(expected, result, sizeof(*result)) == 0 || core_is_wild(result);
}

static void print_field(const char *name, int number, uint64_t before, uint64_t expected,
                        uint64_t result)
{
    if (expected != result)
        printf("    %s%.*d: before %016llx, reference %016llx, core %016llx\n", name,
               number < 0 ? 0 : 1, number < 0 ? 0 : number, (unsigned long long)before,
               (unsigned long long)expected, (unsigned long long)result);
}

static void print_outcome(const struct diff_state *s, const struct diff_state *e,
                          const struct diff_state *r)
{
    for (int i = 0; i < 31; i++)
        print_field("x", i, s->x[i], e->x[i], r->x[i]);
    print_field("sp", -1, s->sp, e->sp, r->sp);
    print_field("pc", -1, 0, e->pc, r->pc);
    print_field("nzcv", -1, s->nzcv, e->nzcv, r->nzcv);
    print_field("fpcr", -1, s->fpcr, e->fpcr, r->fpcr);
    print_field("fpsr", -1, s->fpsr, e->fpsr, r->fpsr);
    print_field("end", -1, 0, e->end, r->end);
    print_field("address", -1, 0, e->address, r->address);
    for (int i = 0; i < 32; i++)
        for (int j = 0; j < 2; j++)
            print_field(j ? "v.d[1]." : "v.d[0].", i, s->v[i][j], e->v[i][j], r->v[i][j]);
    for (unsigned i = 0; i < WINDOW_SIZE; i++)
        print_field("memory+", (int)i, s->memory[i], e->memory[i], r->memory[i]);
}

/* What is left after shrinking matters to the difference. */
static void print_inputs(const struct diff_state *s)
{
    printf("    inputs: nzcv %x fpcr %08x fpsr %08x\n", s->nzcv >> 28, s->fpcr, s->fpsr);
    for (int i = 0; i < 31; i++)
        if (s->x[i])
            printf("      x%d = %016llx\n", i, (unsigned long long)s->x[i]);
    for (int i = 0; i < 32; i++)
        if (s->v[i][0] || s->v[i][1])
            printf("      v%d = %016llx_%016llx\n", i, (unsigned long long)s->v[i][1],
                   (unsigned long long)s->v[i][0]);
}

void print_differences(const struct diff_case *c, const struct diff_state *expected,
                       const struct diff_state *result)
{
    char text[200];
    for (unsigned i = 0; i < c->length; i++) {
        a64_text(c->words[i], text, sizeof(text));
        printf("  %s\n", text);
    }
    print_outcome(&c->state, expected, result);
    print_inputs(&c->state);
}
