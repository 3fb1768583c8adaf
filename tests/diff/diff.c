/* SPDX-License-Identifier: MIT */
/*
 * Runs random instructions on the core and on a reference, and compares everything they can change.
 *
 *   a64_diff [-s SEED] [-n COUNT] [-r ROW_PREFIX] [-l LENGTH] [-f FILE] [-k] REFERENCE
 * [ARGUMENT...]
 *
 * REFERENCE is a command that runs tests/diff/reference.c. A case is LENGTH (1) instructions; -f
 * takes them from a program, as they follow each other there. Ends with status 1 when there are
 * differences; each row that differs, or row that a sequence begins with, is shown once, with a
 * case that is as small as it gets. -k: print the number of cases per row.
 */
#include "cpu/decode.h"
#include "tests/diff/core.h"
#include "tests/diff/generate.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct run {
    struct generator generator;
    unsigned count;
    bool show_coverage;
    char *const *reference; /* argv */
    struct core *core;
    struct diff_case *cases;
    struct diff_state *expected, *results;
    unsigned cases_of[A64_ROWS + 1], differences_of[A64_ROWS + 1];
    unsigned wild;
    bool step; /* how the core executes this batch */
};

#define NOP      0xd503201fu
#define TEXT_MAX (64u << 20) /* bytes of a program */

/* -- the reference -- */

static bool write_file(FILE *file, const void *data, size_t size)
{
    return fwrite(data, 1, size, file) == size && fflush(file) == 0 &&
           fseek(file, 0, SEEK_SET) == 0;
}

static bool run_process(char *const *argv, FILE *in, FILE *out)
{
    const pid_t child = fork();
    if (child == 0) {
        dup2(fileno(in), STDIN_FILENO);
        dup2(fileno(out), STDOUT_FILENO);
        execvp(argv[0], argv);
        _Exit(127);
    }
    int status;
    return child > 0 && waitpid(child, &status, 0) == child && status == 0;
}

/* Temporary files, so that neither side waits for the other. */
static bool run_reference(struct run *run, size_t count)
{
    FILE *in = tmpfile(), *out = tmpfile();
    const bool ok = in && out && write_file(in, run->cases, count * sizeof(*run->cases)) &&
                    run_process(run->reference, in, out) && fseek(out, 0, SEEK_SET) == 0 &&
                    fread(run->expected, sizeof(*run->expected), count, out) == count;
    if (in)
        fclose(in);
    if (out)
        fclose(out);
    if (!ok)
        fprintf(stderr, "a64_diff: the reference did not answer: %s\n", run->reference[0]);
    return ok;
}

/* -- comparison -- */

/* Sequences may compute addresses of their own; there the reference has memory that the core has
 * not. */
static bool is_wild(const struct diff_state *r)
{
    const bool data = r->address - DATA_BASE < DATA_SIZE,
               code = r->address - CODE_BASE < SLOT * CASES_MAX;
    return r->end == END_ABORT && !data && !code;
}

static bool same(const struct diff_state *expected, const struct diff_state *result)
{
    return memcmp(expected, result, sizeof(*result)) == 0 || is_wild(result);
}

static void print_field(const char *name, int number, uint64_t before, uint64_t expected,
                        uint64_t result)
{
    if (expected != result)
        printf("    %s%.*d: before %016llx, reference %016llx, core %016llx\n", name,
               number < 0 ? 0 : 1, number < 0 ? 0 : number, (unsigned long long)before,
               (unsigned long long)expected, (unsigned long long)result);
}

static void print_differences(const struct diff_state *s, const struct diff_state *e,
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

/* -- shrinking: clear one thing after the other while the difference stays -- */

enum {
    SHRINK_X = 0,
    SHRINK_V = 31,
    SHRINK_FPCR = SHRINK_V + 64,
    SHRINK_FPSR,
    SHRINK_NZCV,
    SHRINK_WORD,
    SHRINK_STEPS = SHRINK_WORD + WORDS_MAX
};

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

/* False: nothing to clear there. */
static bool shrink_step(struct diff_case *c, unsigned step)
{
    struct diff_state *s = &c->state;
    if (step < SHRINK_V)
        return clear_64(&s->x[step]);
    if (step < SHRINK_FPCR)
        return clear_64(&s->v[(step - SHRINK_V) / 2][(step - SHRINK_V) % 2]);
    if (step >= SHRINK_WORD)
        return step - SHRINK_WORD < c->length && c->length > 1 &&
               clear_32(&c->words[step - SHRINK_WORD], NOP);
    return clear_32(step == SHRINK_FPCR ? &s->fpcr : step == SHRINK_FPSR ? &s->fpsr : &s->nzcv, 0);
}

/* The steps that leave the difference, each tried alone. Returns how many. */
static unsigned harmless_steps(struct run *run, const struct diff_case *c,
                               unsigned harmless[SHRINK_STEPS])
{
    unsigned tried[SHRINK_STEPS], count = 0, found = 0;
    for (unsigned step = 0; step < SHRINK_STEPS; step++) {
        run->cases[count] = *c;
        if (shrink_step(&run->cases[count], step))
            tried[count++] = step;
    }
    if (!count || !run_reference(run, count))
        return 0;
    core_run(run->core, run->cases, run->results, count, run->step);
    for (unsigned i = 0; i < count; i++)
        if (!same(&run->expected[i], &run->results[i]))
            harmless[found++] = tried[i];
    return found;
}

/* Takes all harmless steps together if that leaves the difference, else the first. */
static bool shrink_once(struct run *run, struct diff_case *c)
{
    unsigned harmless[SHRINK_STEPS];
    const unsigned count = harmless_steps(run, c, harmless);
    run->cases[0] = *c;
    for (unsigned i = 0; i < count; i++)
        shrink_step(&run->cases[0], harmless[i]);
    if (!count || !run_reference(run, 1))
        return false;
    const struct diff_case all = run->cases[0];
    core_run(run->core, run->cases, run->results, 1, run->step);
    if (same(&run->expected[0], &run->results[0]))
        shrink_step(c, harmless[0]);
    else
        *c = all;
    return true;
}

static void report(struct run *run, struct diff_case c)
{
    char text[200];
    for (unsigned i = 0; i < 100 && shrink_once(run, &c); i++)
        ;
    run->cases[0] = c;
    if (!run_reference(run, 1))
        return;
    core_run(run->core, run->cases, run->results, 1, run->step);
    printf("case %u%s\n", c.number, run->step ? ", stepping" : "");
    for (unsigned i = 0; i < c.length; i++) {
        a64_text(c.words[i], text, sizeof(text));
        printf("  %s\n", text);
    }
    print_differences(&c.state, &run->expected[0], &run->results[0]);
    print_inputs(&c.state);
    fflush(stdout);
}

/* -- batches -- */

static bool make_batch(struct run *run, size_t count, unsigned first)
{
    for (size_t i = 0; i < count; i++) {
        struct diff_case *c = &run->cases[i];
        memset(c, 0, sizeof(*c));
        c->number = first + (unsigned)i;
        if (!generate_case(&run->generator, c)) {
            fprintf(stderr, "a64_diff: no instruction to choose from\n");
            return false;
        }
        run->cases_of[a64_lookup(c->words[0])]++;
    }
    return true;
}

static bool run_batch(struct run *run, size_t count, unsigned first)
{
    run->step = first / CASES_MAX % 2;
    if (!make_batch(run, count, first) || !run_reference(run, count))
        return false;
    core_run(run->core, run->cases, run->results, count, run->step);
    for (size_t i = 0; i < count; i++)
        run->wild += is_wild(&run->results[i]);
    struct diff_case *new = malloc(count * sizeof(*new));
    size_t news = 0;
    for (size_t i = 0; new &&i < count; i++)
        if (!same(&run->expected[i], &run->results[i]) &&
            !run->differences_of[a64_lookup(run->cases[i].words[0])]++)
            new[news++] = run->cases[i];
    for (size_t i = 0; i < news; i++)
        report(run, new[i]);
    free(new);
    return new != NULL;
}

static unsigned summarize(const struct run *run)
{
    unsigned rows = 0, differing = 0;
    for (unsigned i = 0; i <= A64_ROWS; i++) {
        rows += run->cases_of[i] > 0;
        differing += run->differences_of[i] > 0;
        if (run->differences_of[i] || (run->show_coverage && run->cases_of[i]))
            printf("%-24s %u cases, %u differ\n", a64_rows[i].name, run->cases_of[i],
                   run->differences_of[i]);
    }
    printf("%u cases of %u rows, %u with wild addresses; %u rows differ\n", run->count, rows,
           run->wild, differing);
    return differing;
}

static bool read_text(struct generator *g, const char *path)
{
    FILE *file = fopen(path, "rb");
    uint32_t *text = malloc(TEXT_MAX);
    if (file && text)
        g->text_words = fread(text, 4, TEXT_MAX / 4, file);
    if (file)
        fclose(file);
    g->text = text;
    return file && text;
}

static bool set_option(struct run *run, int option, const char *value)
{
    switch (option) {
    case 's':
        run->generator.seed = strtoull(value, NULL, 0);
        return true;
    case 'n':
        run->count = (unsigned)strtoul(value, NULL, 0);
        return true;
    case 'r':
        run->generator.prefix = value;
        return true;
    case 'l':
        run->generator.length = (unsigned)strtoul(value, NULL, 0);
        return run->generator.length >= 1 && run->generator.length <= WORDS_MAX;
    case 'f':
        return read_text(&run->generator, value);
    case 'k':
        return run->show_coverage = true;
    default:
        return false;
    }
}

static bool parse(struct run *run, int argc, char **argv)
{
    int option;
    while ((option = getopt(argc, argv, "+s:n:r:l:f:k")) != -1)
        if (!set_option(run, option, optarg))
            return false;
    run->reference = &argv[optind];
    return optind < argc;
}

int main(int argc, char **argv)
{
    static struct run run = { .generator = { .prefix = "", .length = 1 }, .count = 100000 };
    if (!parse(&run, argc, argv)) {
        fprintf(stderr, "usage: a64_diff [-s SEED] [-n COUNT] [-r ROW_PREFIX] [-l LENGTH] [-f "
                        "FILE] [-k] REFERENCE [ARGUMENT...]\n");
        return 2;
    }
    run.core = core_create();
    run.cases = calloc(CASES_MAX, sizeof(*run.cases));
    run.expected = calloc(CASES_MAX, sizeof(*run.expected));
    run.results = calloc(CASES_MAX, sizeof(*run.results));
    if (!run.core || !run.cases || !run.expected || !run.results)
        return 2;
    for (unsigned done = 0; done < run.count; done += CASES_MAX) {
        const unsigned left = run.count - done;
        if (!run_batch(&run, left < CASES_MAX ? left : CASES_MAX, done))
            return 2;
    }
    return summarize(&run) ? 1 : 0;
}
