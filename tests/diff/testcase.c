/* SPDX-License-Identifier: MIT */
#include "tests/diff/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t memory_word(const struct diff_state *s, unsigned offset)
{
    uint64_t value;
    memcpy(&value, s->memory + offset, 8);
    return value;
}

/* The data pages stand at DATA in the tests of tests/cpu. */
static void print_value(uint64_t value)
{
    if (value - DATA_BASE < DATA_SIZE)
        printf("DATA + %#" PRIx64, value - DATA_BASE);
    else
        printf("%#" PRIx64, value);
}

static void print_set(const char *what, unsigned n, uint64_t value)
{
    printf("    %s(%u, ", what, n);
    print_value(value);
    printf(");\n");
}

static void print_before(const struct diff_state *s)
{
    printf("    map_memory();\n    set_flags(%#x);\n", s->nzcv >> 28);
    printf("    cpu_set_fpcr(board()->cpu, %#x);\n", s->fpcr);
    printf("    cpu_set_fpsr(board()->cpu, %#x);\n", s->fpsr);
    for (unsigned i = 0; i < 31; i++)
        if (s->x[i])
            print_set("set_x", i, s->x[i]);
    print_set("set_x", 31, s->sp);
    for (unsigned i = 0; i < 32; i++)
        if (s->v[i][0] || s->v[i][1])
            printf("    set_v(%u, %#" PRIx64 ", %#" PRIx64 ");\n", i, s->v[i][0], s->v[i][1]);
    for (unsigned i = 0; i < WINDOW_SIZE; i += 8)
        if (memory_word(s, i))
            printf("    board_write(board(), DATA + %#" PRIx64 ", %#" PRIx64 ");\n",
                   WINDOW - DATA_BASE + i, memory_word(s, i));
}

static void print_sequence(const struct diff_case *c)
{
    char text[200];
    printf("    const uint32_t code[] = {\n");
    for (unsigned i = 0; i < c->length; i++) {
        a64_text(c->words[i], text, sizeof(text));
        printf("        0x%08x, /* %s */\n", c->words[i], text + 9);
    }
    printf("    };\n    put_code(CODE, code, %u);\n    cpu_set_pc(board()->cpu, CODE);\n"
           "    cpu_run(board()->cpu, cpu_count(board()->cpu) + 100);\n",
           c->length);
}

static void print_run(const struct diff_case *c, const struct diff_state *e)
{
    char text[200];
    if (c->length > 1) {
        print_sequence(c);
        return;
    }
    a64_text(c->words[0], text, sizeof(text));
    const char *call = e->end == END_UNDEFINED                  ? "expect_undefined"
                       : e->end == END_BREAKPOINT && e->pc == 4 ? "run"
                                                                : "run_to";
    printf("    %s(0x%08x); /* %s */\n", call, c->words[0], text + 9);
}

/* What the instruction changes, or should not have changed. */
static void print_after(const struct diff_state *s, const struct diff_state *e,
                        const struct diff_state *r)
{
    for (unsigned i = 0; i < 31; i++)
        if (e->x[i] != s->x[i] || e->x[i] != r->x[i]) {
            printf("    ck_assert_uint_eq(x(%u), ", i);
            print_value(e->x[i]);
            printf(");\n");
        }
    if (e->nzcv != s->nzcv || e->nzcv != r->nzcv)
        printf("    ck_assert_uint_eq(flags(), %#x);\n", e->nzcv >> 28);
    if (e->fpsr != s->fpsr || e->fpsr != r->fpsr)
        printf("    ck_assert_uint_eq(cpu_get_fpsr(board()->cpu), %#x);\n", e->fpsr);
    for (unsigned i = 0; i < 32; i++)
        if (memcmp(e->v[i], s->v[i], 16) != 0 || memcmp(e->v[i], r->v[i], 16) != 0)
            printf("    expect_v(%u, %#" PRIx64 ", %#" PRIx64 ");\n", i, e->v[i][0], e->v[i][1]);
    for (unsigned i = 0; i < WINDOW_SIZE; i += 8)
        if (memory_word(e, i) != memory_word(s, i) || memory_word(e, i) != memory_word(r, i))
            printf("    ck_assert_uint_eq(board_read(board(), DATA + %#" PRIx64 "), %#" PRIx64
                   ");\n",
                   WINDOW - DATA_BASE + i, memory_word(e, i));
}

void print_test(const struct diff_case *c, const struct diff_state *expected,
                const struct diff_state *result)
{
    printf("\nSTART_TEST(%s_does_what_the_reference_does)\n{\n",
           a64_rows[a64_lookup(c->words[c->length - 1])].name);
    print_before(&c->state);
    print_run(c, expected);
    print_after(&c->state, expected, result);
    printf("}\nEND_TEST\n\n");
}
