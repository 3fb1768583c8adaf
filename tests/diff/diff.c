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
 * case that is as small as it gets and the test that it makes. -k: print each row's name, how often
 * it was executed and compared, and how many cases that begin with it differ.
 */
#include "cpu/coverage.h"
#include "tests/diff/run.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT_MAX    (64u << 20) /* bytes of a program */
#define REPORTS_MAX 64u         /* of one batch */

/* Cases to report when the batch is through: shrinking needs its memory. */
struct reports {
    unsigned count;
    struct report {
        struct diff_case c;
        enum core_way way;
    } report[REPORTS_MAX];
};

static void report(struct run *run, struct report *r)
{
    shrink(run, &r->c, r->way);
    run->cases[0] = r->c;
    if (!run_reference(run, 1))
        return;
    core_run(run->core, run->cases, run->results, 1, r->way);
    static const char *const ways[CORE_WAYS] = { "stepped", "from decoded pages", "compiled" };
    printf("case %u, %s\n", r->c.number, ways[r->way]);
    print_differences(&r->c, &run->expected[0], &run->results[0]);
    print_test(&r->c, &run->expected[0], &run->results[0]);
    fflush(stdout);
}

static bool make_batch(struct run *run, size_t count, uint64_t first)
{
    for (size_t i = 0; i < count; i++) {
        struct diff_case *c = &run->cases[i];
        memset(c, 0, sizeof(*c));
        c->number = (uint32_t)(first + i);
        if (!generate_case(&run->generator, c)) {
            fprintf(stderr, "a64_diff: no instruction to choose from\n");
            return false;
        }
        run->cases_of[a64_lookup(c->words[0])]++;
    }
    return true;
}

static void judge(struct run *run, size_t i, enum core_way way, struct reports *reports)
{
    const struct diff_case *c = &run->cases[i];
    if (same_result(&run->expected[i], &run->results[i]))
        return;
    const int known = known_difference(c, &run->expected[i], &run->results[i]);
    if (known >= 0)
        run->known[known] += way == CORE_STEPPED;
    else if (!run->differences_of[a64_lookup(c->words[0])]++ && reports->count < REPORTS_MAX)
        reports->report[reports->count++] = (struct report){ *c, way };
}

/* All ways through the core. */
static bool run_batch(struct run *run, size_t count, uint64_t first)
{
    if (!make_batch(run, count, first) || !run_reference(run, count))
        return false;
    struct reports *reports = calloc(1, sizeof(*reports));
    const enum core_way ways = core_compiles(run->core) ? CORE_WAYS : CORE_COMPILED;
    for (enum core_way way = 0; reports && way < ways; way++) {
        core_run(run->core, run->cases, run->results, count, way);
        for (size_t i = 0; i < count; i++) {
            judge(run, i, way, reports);
            run->wild += way == CORE_STEPPED && core_is_wild(&run->results[i]);
        }
    }
    for (unsigned i = 0; reports && i < reports->count; i++)
        report(run, &reports->report[i]);
    free(reports);
    return reports != NULL;
}

static void show_row(const struct run *run, unsigned row)
{
    const struct cpu_coverage *total = core_coverage(run->core);
    printf("row %-24s %" PRIu64 " executed, %" PRIu64 " undefined, %" PRIu64 " differ\n",
           a64_rows[row].name, total->executed[row], total->undefined[row],
           run->differences_of[row]);
}

static void show_known(const struct run *run)
{
    for (int i = 0; i < KNOWN; i++)
        if (run->known[i])
            printf("known %" PRIu64 " cases: %s\n", run->known[i], known_name(i));
}

static unsigned summarize(const struct run *run)
{
    const struct cpu_coverage *total = core_coverage(run->core);
    unsigned rows = 0, differing = 0;
    uint64_t instructions = 0;
    for (unsigned i = 0; i <= A64_ROWS; i++) {
        const uint64_t executed = total->executed[i] + total->undefined[i];
        rows += executed > 0;
        instructions += executed;
        differing += run->differences_of[i] > 0;
        if (run->differences_of[i] || run->show_rows)
            show_row(run, i);
    }
    show_known(run);
    printf("%" PRIu64 " cases: %" PRIu64 " instructions of %u rows executed and compared; %" PRIu64
           " cases with wild addresses; %u rows differ\n",
           run->count, instructions, rows, run->wild, differing);
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
    return file && text && g->text_words > LENGTH_MAX;
}

static bool set_option(struct run *run, int option, const char *value)
{
    switch (option) {
    case 's':
        run->generator.seed = strtoull(value, NULL, 0);
        return true;
    case 'n':
        run->count = strtoull(value, NULL, 0);
        return true;
    case 'l':
        run->generator.length = (unsigned)strtoul(value, NULL, 0);
        return run->generator.length >= 1 && run->generator.length <= LENGTH_MAX;
    case 'f':
        return read_text(&run->generator, value);
    case 'k':
        return run->show_rows = true;
    default:
        return false;
    }
}

static bool parse(struct run *run, int argc, char **argv)
{
    const char *prefix = "";
    int option;
    while ((option = getopt(argc, argv, "+s:n:r:l:f:k")) != -1)
        if (option == 'r')
            prefix = optarg;
        else if (!set_option(run, option, optarg))
            return false;
    run->reference = &argv[optind];
    return optind < argc && generator_init(&run->generator, prefix);
}

static bool create(struct run *run)
{
    run->core = core_create();
    run->cases = calloc(CASES_MAX, sizeof(*run->cases));
    run->expected = calloc(CASES_MAX, sizeof(*run->expected));
    run->results = calloc(CASES_MAX, sizeof(*run->results));
    return run->core && run->cases && run->expected && run->results;
}

int main(int argc, char **argv)
{
    static struct run run = { .generator = { .length = 1 }, .count = 100000 };
    if (!parse(&run, argc, argv)) {
        fprintf(stderr, "usage: a64_diff [-s SEED] [-n COUNT] [-r ROW_PREFIX] [-l LENGTH] [-f "
                        "FILE] [-k] REFERENCE [ARGUMENT...]\n");
        return 2;
    }
    if (!create(&run))
        return 2;
    for (uint64_t done = 0; done < run.count; done += CASES_MAX) {
        const uint64_t left = run.count - done;
        if (!run_batch(&run, left < CASES_MAX ? left : CASES_MAX, done))
            return 2;
    }
    return summarize(&run) ? 1 : 0;
}
