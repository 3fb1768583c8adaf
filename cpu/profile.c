/* SPDX-License-Identifier: MIT */
#include "cpu/profile.h"

#include "cpu/decode.h"
#include "cpu/exception.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define PAGES_SHOWN 60

struct cpu_profile *cpu_profile_create(void)
{
    struct cpu_profile *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->mask = (1u << 10) - 1;
    p->pages = calloc(p->mask + 1, sizeof(*p->pages));
    p->runs = profile_runs_create();
    if (!p->pages || !p->runs) {
        cpu_profile_destroy(p);
        return NULL;
    }
    return p;
}

void cpu_profile_destroy(struct cpu_profile *profile)
{
    if (!profile)
        return;
    for (size_t i = 0; profile->pages && i <= profile->mask; i++)
        free(profile->pages[i].at);
    free(profile->pages);
    profile_runs_destroy(profile->runs);
    free(profile);
}

void cpu_set_profile(struct cpu *cpu, struct cpu_profile *profile)
{
    cpu->profile = profile;
}

/* -- counting -- */

static struct profile_page *find_page(struct profile_page *pages, size_t mask, uint64_t va, uint64_t pa)
{
    const uint64_t hash = ((va >> PAGE_BITS) + (pa >> PAGE_BITS) * 31) * 0x9e3779b97f4a7c15u;
    for (size_t i = hash >> 32 & mask;; i = (i + 1) & mask)
        if (!pages[i].count || (pages[i].va == va && pages[i].pa == pa))
            return &pages[i];
}

/* Keeps the table at most half full; when memory ends, no more pages are taken in. */
static bool has_room(struct cpu_profile *p)
{
    if (2 * p->used <= p->mask)
        return true;
    const size_t mask = 2 * p->mask + 1;
    struct profile_page *bigger = calloc(mask + 1, sizeof(*bigger));
    if (!bigger)
        return false;
    for (size_t i = 0; i <= p->mask; i++)
        if (p->pages[i].count)
            *find_page(bigger, mask, p->pages[i].va, p->pages[i].pa) = p->pages[i];
    free(p->pages);
    p->pages = bigger;
    p->mask = mask;
    return true;
}

static void note_page(struct cpu_profile *p, uint64_t pc, uint64_t pa)
{
    struct profile_page *page = find_page(p->pages, p->mask, pc & PAGE_MASK, pa & PAGE_MASK);
    if (!page->count) {
        if (!has_room(p))
            return;
        page = find_page(p->pages, p->mask, pc & PAGE_MASK, pa & PAGE_MASK);
        *page = (struct profile_page){ pc & PAGE_MASK, pa & PAGE_MASK, 0, calloc(PAGE_RECORDS, sizeof(*page->at)) };
        p->used++;
    }
    page->count++;
    uint32_t *at = page->at ? &page->at[pc >> 2 & (PAGE_RECORDS - 1)] : NULL;
    if (at && *at != UINT32_MAX)
        ++*at;
}

void profile_note(struct cpu_profile *p, uint64_t pc, uint64_t pa, unsigned row, const struct record *record)
{
    p->instructions++;
    p->rows[row]++;
    note_page(p, pc, pa);
    profile_runs_note(p->runs, pc, record);
}

void profile_device(struct cpu_profile *p, uint64_t pa, bool write)
{
    struct profile_device *d = p->devices;
    while (d < &p->devices[PROFILE_DEVICES - 1] && (d->reads || d->writes) && d->pa != (pa & PAGE_MASK))
        d++;
    d->pa = pa & PAGE_MASK;
    ++*(write ? &d->writes : &d->reads);
}

/* -- the report -- */

/* A number of things, what part of all instructions that is, and among how many of them one comes. */
static void print_count(FILE *file, const struct cpu_profile *p, uint64_t count, const char *what)
{
    const double all = p->instructions ? (double)p->instructions : 1;
    fprintf(file, "%14" PRIu64 " %7.3f%%", count, 100 * (double)count / all);
    if (count)
        fprintf(file, "  1 in %-10.0f %s\n", all / (double)count, what);
    else
        fprintf(file, "  %-15s %s\n", "none", what);
}

static int by_count(const void *a, const void *b)
{
    const uint64_t x = ((const struct profile_page *)a)->count, y = ((const struct profile_page *)b)->count;
    return x < y ? 1 : x > y ? -1 : 0;
}

static unsigned hottest(const struct profile_page *page)
{
    unsigned hot = 0;
    for (unsigned i = 1; page->at && i < PAGE_RECORDS; i++)
        if (page->at[i] > page->at[hot])
            hot = i;
    return hot;
}

static void print_page(FILE *file, const struct cpu_profile *p, const struct profile_page *page,
                       const struct cpu_profile_names *names)
{
    char name[120] = "";
    const uint64_t va = page->va + 4ull * hottest(page);
    if (names->address)
        names->address(names->ctx, va, name, sizeof(name));
    fprintf(file, "%14" PRIu64 " %7.3f%%  %#018" PRIx64 "  %#012" PRIx64 "  %#018" PRIx64 " %s\n", page->count,
            100 * (double)page->count / (double)p->instructions, page->va, page->pa, va, name);
}

static void print_pages(FILE *file, const struct cpu_profile *p, const struct cpu_profile_names *names)
{
    struct profile_page *sorted = malloc((p->mask + 1) * sizeof(*sorted));
    if (!sorted)
        return;
    memcpy(sorted, p->pages, (p->mask + 1) * sizeof(*sorted));
    qsort(sorted, p->mask + 1, sizeof(*sorted), by_count);
    fprintf(file, "\n[pages] %zu executed; instructions, virtual and physical page, its hottest instruction\n", p->used);
    for (size_t i = 0; i < PAGES_SHOWN && i <= p->mask && sorted[i].count; i++)
        print_page(file, p, &sorted[i], names);
    free(sorted);
}

static void print_rows(FILE *file, const struct cpu_profile *p)
{
    bool done[A64_ROWS + 1] = { false };
    fprintf(file, "\n[instructions] by row of a64.def\n");
    for (;;) {
        int most = -1;
        for (int row = 0; row <= A64_ROWS; row++)
            if (p->rows[row] && !done[row] && (most < 0 || p->rows[row] > p->rows[most]))
                most = row;
        if (most < 0)
            break;
        done[most] = true;
        print_count(file, p, p->rows[most], a64_rows[most].name);
    }
}

static void print_events(FILE *file, const struct cpu_profile *p)
{
    static const char *const name[PROFILE_EVENTS] = {
        [PROFILE_DATA_MISS] = "accesses that missed the soft TLB; of these",
        [PROFILE_DATA_RECALL] = "  to a page displaced by another lately",
        [PROFILE_PAGE_CROSSING] = "  to two pages at once",
        [PROFILE_CODE_MISS] = "branches that missed the code TLB (page arrays)",
        [PROFILE_MAIN_MISS] = "translation table walks",
    };
    fprintf(file, "\n[slow paths]\n");
    for (unsigned i = 0; i < PROFILE_EVENTS; i++)
        print_count(file, p, p->events[i], name[i]);
}

static void print_exceptions(FILE *file, const struct cpu_profile *p)
{
    static const char *const name[PROFILE_CLASSES] = {
        [EC_UNKNOWN] = "undefined instruction",
        [EC_WFX] = "WFI or WFE trapped",
        [EC_FP_ACCESS] = "FP access trapped",
        [EC_ILLEGAL_STATE] = "illegal execution state",
        [EC_SVC64] = "SVC",
        [EC_HVC64] = "HVC",
        [EC_SMC64] = "SMC",
        [EC_SYSREG] = "system register access trapped",
        [EC_INSTRUCTION_ABORT_LOWER] = "instruction abort from EL0",
        [EC_INSTRUCTION_ABORT] = "instruction abort from EL1",
        [EC_PC_ALIGNMENT] = "PC alignment fault",
        [EC_DATA_ABORT_LOWER] = "data abort from EL0",
        [EC_DATA_ABORT] = "data abort from EL1",
        [EC_SP_ALIGNMENT] = "SP alignment fault",
        [EC_BRK64] = "BRK",
        [PROFILE_IRQ] = "IRQ",
        [PROFILE_FIQ] = "FIQ",
    };
    fprintf(file, "\n[exceptions] by ESR_EL1.EC\n");
    for (unsigned i = 0; i < PROFILE_CLASSES; i++) {
        char number[16];
        snprintf(number, sizeof(number), "class %#x", i);
        if (p->exceptions[i])
            print_count(file, p, p->exceptions[i], name[i] ? name[i] : number);
    }
}

static void print_devices(FILE *file, const struct cpu_profile *p, const struct cpu_profile_names *names)
{
    fprintf(file, "\n[devices] reads, writes, physical page\n");
    for (const struct profile_device *d = p->devices; d < &p->devices[PROFILE_DEVICES]; d++) {
        char name[120] = "";
        if (!d->reads && !d->writes)
            continue;
        if (d == &p->devices[PROFILE_DEVICES - 1])
            snprintf(name, sizeof(name), "(and others)");
        else if (names->device)
            names->device(names->ctx, d->pa, name, sizeof(name));
        fprintf(file, "%14" PRIu64 " %14" PRIu64 "  %#012" PRIx64 " %s\n", d->reads, d->writes, d->pa, name);
    }
}

bool cpu_profile_write(const struct cpu_profile *p, const char *path, const struct cpu_profile_names *names)
{
    static const struct cpu_profile_names none;
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    names = names ? names : &none;
    fprintf(file, "[profile] %" PRIu64 " instructions\n", p->instructions);
    print_pages(file, p, names);
    print_rows(file, p);
    print_events(file, p);
    print_exceptions(file, p);
    print_devices(file, p, names);
    fprintf(file, "\n[runs] how often each straight run of handlers was executed (tests/bench/choose_fusion.py)\n");
    profile_runs_write(p->runs, file);
    const bool written = !ferror(file);
    return fclose(file) == 0 && written;
}
