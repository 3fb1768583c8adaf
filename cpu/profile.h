/* SPDX-License-Identifier: MIT */
/*
 * Where guest time goes; cpu.h has the public half.
 *
 * A profile is a counting of single steps: the core looks at every instruction anyway then, and nothing is counted, or asked
 * for, on the way that runs guests otherwise. Slow paths ask for cpu->profile themselves.
 */
#ifndef CPU_PROFILE_H
#define CPU_PROFILE_H

#include "a64_rows.h"
#include "cpu/code.h"

#include <stdio.h>

/* What is slow. */
enum profile_event {
    PROFILE_DATA_MISS,     /* an access that the soft TLB does not serve: of these, */
    PROFILE_DATA_RECALL,   /*   it was displaced lately, and is put back */
    PROFILE_PAGE_CROSSING, /*   it touches two pages */
    PROFILE_CODE_MISS,     /* a branch to a page that the code TLB does not know */
    PROFILE_MAIN_MISS,     /* not in the main TLB either: a table walk */
    PROFILE_EVENTS
};

#define PROFILE_CLASSES 66 /* ESR_EL1.EC, IRQ, FIQ */
#define PROFILE_IRQ     64
#define PROFILE_FIQ     65

struct profile_page { /* an executed virtual page */
    uint64_t va, pa, count; /* count 0: unused */
    uint32_t *at;           /* by instruction; stops at UINT32_MAX */
};

struct profile_device { /* a physical page outside of RAM */
    uint64_t pa, reads, writes; /* 0 of both: unused */
};
#define PROFILE_DEVICES 256 /* others are counted as the last */

struct profile_runs;

struct cpu_profile {
    uint64_t instructions, rows[A64_ROWS + 1], events[PROFILE_EVENTS], exceptions[PROFILE_CLASSES];
    struct profile_page *pages; /* open addressing */
    size_t mask, used;
    struct profile_device devices[PROFILE_DEVICES];
    struct profile_runs *runs;
};

/* The instruction at `pc`, at physical address `pa`, about to be executed, is this record (fusion apart) of row `row`. */
void profile_note(struct cpu_profile *profile, uint64_t pc, uint64_t pa, unsigned row, const struct record *record);
void profile_device(struct cpu_profile *profile, uint64_t pa, bool write);

static inline void profile_event(const struct cpu *cpu, enum profile_event event)
{
    if (__builtin_expect(cpu->profile != NULL, 0))
        cpu->profile->events[event]++;
}

static inline void profile_exception(const struct cpu *cpu, unsigned class)
{
    if (__builtin_expect(cpu->profile != NULL, 0))
        cpu->profile->exceptions[class]++;
}

/* An access that goes to the bus. */
static inline void profile_mmio(const struct cpu *cpu, uint64_t pa, bool write)
{
    if (__builtin_expect(cpu->profile != NULL, 0))
        profile_device(cpu->profile, pa, write);
}

/* profile_runs.c. NULL: out of memory. */
struct profile_runs *profile_runs_create(void);
void profile_runs_destroy(struct profile_runs *runs);
void profile_runs_note(struct profile_runs *runs, uint64_t pc, const struct record *record);
void profile_runs_write(const struct profile_runs *runs, FILE *file);

#endif
