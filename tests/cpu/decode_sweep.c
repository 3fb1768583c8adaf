/* SPDX-License-Identifier: MIT */
/*
 * Walks the space of instruction words, next to an independent disassembler (disassembler.h):
 *
 *   decode_sweep [-n WORDS] [-o OFFSET] [-w FILE]
 *
 * WORDS (100 million) words from OFFSET on in steps of an odd number near 2^32 divided by the
 * golden ratio, which meets each word once in 2^32 steps and spreads any number of them evenly.
 * Prints counts, the known differences by row, and the first unknown ones; -w writes all words on
 * which the two differ, for another referee:
 *
 *   aarch64-linux-gnu-objdump -D -b binary -m aarch64 FILE
 *
 * Status 1 when there are unknown differences.
 */
#include "tests/cpu/disassembler.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define STRIDE   2654435769u /* 2^32 / golden ratio */
#define SHOW_MAX 50u

struct sweep {
    struct disassembler disassembler;
    uint64_t words;
    uint32_t offset;
    FILE *file; /* NULL: nobody asked */
    uint64_t allocated, undefined, unknown;
    uint64_t met[A64_ROWS + 1], known[A64_ROWS + 1];
};

static void show_unknown(struct sweep *s, uint32_t word, const struct comparison *c)
{
    if (s->unknown++ < SHOW_MAX)
        printf("%08x: %s is %s here, %s to capstone\n", word, a64_rows[c->row].name,
               c->ours == ALLOCATED ? "allocated" : "UNDEFINED",
               c->theirs ? c->theirs : "unallocated");
}

static void compare(struct sweep *s, uint32_t word)
{
    const struct comparison c = disassembler_compare(&s->disassembler, word);
    s->met[c.row]++;
    s->allocated += c.ours == ALLOCATED;
    s->undefined += c.ours == UNDEFINED;
    s->known[c.row] += c.known;
    if ((!c.agrees && !c.known) || !c.same_name)
        show_unknown(s, word, &c);
    if (!c.agrees && s->file)
        fwrite(&word, sizeof(word), 1, s->file);
}

static void summarize(const struct sweep *s)
{
    unsigned rows = 0;
    for (unsigned i = 0; i < A64_ROWS; i++)
        rows += s->met[i] > 0;
    for (unsigned i = 0; i <= A64_ROWS; i++)
        if (s->known[i])
            printf("%-24s %" PRIu64 " words, %" PRIu64 " known differences\n", a64_rows[i].name,
                   s->met[i], s->known[i]);
    printf("%" PRIu64 " words: %" PRIu64 " allocated in %u of %u rows, %" PRIu64
           " UNDEFINED; %" PRIu64 " unknown differences\n",
           s->words, s->allocated, rows, A64_ROWS, s->undefined, s->unknown);
}

static bool set_option(struct sweep *s, int option, const char *value)
{
    switch (option) {
    case 'n':
        s->words = strtoull(value, NULL, 0);
        return true;
    case 'o':
        s->offset = (uint32_t)strtoul(value, NULL, 0);
        return true;
    case 'w':
        s->file = fopen(value, "wb");
        return s->file;
    default:
        return false;
    }
}

int main(int argc, char **argv)
{
    static struct sweep s = { .words = 100000000 };
    int option;
    while ((option = getopt(argc, argv, "n:o:w:")) != -1)
        if (!set_option(&s, option, optarg))
            return 2;
    if (optind != argc || !disassembler_open(&s.disassembler))
        return 2;
    uint32_t word = s.offset;
    for (uint64_t i = 0; i < s.words; i++, word += STRIDE)
        compare(&s, word);
    summarize(&s);
    disassembler_close(&s.disassembler);
    if (s.file && fclose(s.file) != 0)
        return 2;
    return s.unknown ? 1 : 0;
}
