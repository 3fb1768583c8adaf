/* SPDX-License-Identifier: MIT */
#include "cpu/profile.h"

#include "cpu/fuse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RUN_MAX 48 /* longer runs are counted in parts */

/* A straight run: instructions one behind the other in one page, from where control came in to where it left. */
struct run {
    uint64_t count; /* 0: unused */
    unsigned length;
    handler_fn *handler[RUN_MAX];
};

struct cpu_profile {
    struct run *table; /* open addressing */
    size_t mask, used;
    struct run now; /* the run being executed */
    uint64_t last_pc;
};

struct cpu_profile *cpu_profile_create(void)
{
    struct cpu_profile *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->mask = (1u << 12) - 1;
    p->table = calloc(p->mask + 1, sizeof(*p->table));
    if (!p->table) {
        free(p);
        return NULL;
    }
    return p;
}

void cpu_profile_destroy(struct cpu_profile *profile)
{
    if (!profile)
        return;
    free(profile->table);
    free(profile);
}

void cpu_set_profile(struct cpu *cpu, struct cpu_profile *profile)
{
    cpu->profile = profile;
}

static struct run *find(struct run *table, size_t mask, const struct run *run)
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < run->length; i++)
        hash = (hash ^ (uintptr_t)run->handler[i]) * 0x9e3779b97f4a7c15u;
    for (size_t i = hash >> 32 & mask;; i = (i + 1) & mask) {
        struct run *r = &table[i];
        if (!r->count ||
            (r->length == run->length && !memcmp(r->handler, run->handler, run->length * sizeof(run->handler[0]))))
            return r;
    }
}

/* Keeps the table at most half full; when memory ends, new runs are no longer taken in. */
static bool has_room(struct cpu_profile *p)
{
    if (2 * p->used <= p->mask)
        return true;
    size_t mask = 2 * p->mask + 1;
    struct run *bigger = calloc(mask + 1, sizeof(*bigger));
    if (!bigger)
        return false;
    for (size_t i = 0; i <= p->mask; i++)
        if (p->table[i].count)
            *find(bigger, mask, &p->table[i]) = p->table[i];
    free(p->table);
    p->table = bigger;
    p->mask = mask;
    return true;
}

static void end_run(struct cpu_profile *p)
{
    if (!p->now.length)
        return;
    struct run *r = find(p->table, p->mask, &p->now);
    if (r->count) {
        r->count++;
    } else if (has_room(p)) {
        p->now.count = 1;
        *find(p->table, p->mask, &p->now) = p->now;
        p->used++;
    }
    p->now.length = 0;
}

void profile_note(struct cpu_profile *profile, uint64_t pc, handler_fn *handler)
{
    if (pc != profile->last_pc + 4 || !(pc & ~PAGE_MASK) || profile->now.length == RUN_MAX)
        end_run(profile);
    profile->now.handler[profile->now.length++] = handler;
    profile->last_pc = pc;
}

static void print_handler(FILE *file, handler_fn *handler)
{
    const struct handler_name *h = handler_names;
    while (h->handler && h->handler != handler)
        h++;
    if (!h->handler || h->fusible == FUSE_NO)
        fputs(" -", file);
    else
        fprintf(file, " %s%s", h->name, h->fusible == FUSE_LAST ? "." : "");
}

bool cpu_profile_write(const struct cpu_profile *profile, const char *path)
{
    FILE *file = fopen(path, "w");
    if (!file)
        return false;
    for (size_t i = 0; i <= profile->mask; i++) {
        const struct run *r = &profile->table[i];
        if (!r->count)
            continue;
        fprintf(file, "%llu", (unsigned long long)r->count);
        for (unsigned k = 0; k < r->length; k++)
            print_handler(file, r->handler[k]);
        fputc('\n', file);
    }
    return fclose(file) == 0;
}
