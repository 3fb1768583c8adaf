/* SPDX-License-Identifier: MIT */
/* The part of a profile that fused sequences are chosen from: how often each straight run of handlers was executed. */
#include "cpu/fuse.h"
#include "cpu/profile.h"

#include <stdlib.h>
#include <string.h>

#define RUN_MAX 48 /* longer runs are counted in parts */

/* A straight run: instructions one behind the other in one page, from where control came in to where it left. */
struct run {
    uint64_t count; /* 0: unused */
    unsigned length;
    uint16_t name[RUN_MAX]; /* in handler_names; the last one there: a handler that is not named */
};

struct profile_runs {
    struct run *table; /* open addressing */
    size_t mask, used;
    struct run now; /* the run being executed */
    uint64_t last_pc;
    uint16_t *names; /* of handlers, by their hash: an index in handler_names, open addressing */
    uint16_t unnamed;
};

#define NAMES_BITS 13

static uint16_t *name_of(const struct profile_runs *p, handler_fn *handler)
{
    uint64_t hash = (uintptr_t)handler * 0x9e3779b97f4a7c15u >> (64 - NAMES_BITS);
    uint16_t *name;
    while (name = &p->names[hash++ % (1u << NAMES_BITS)],
           handler_names[*name].handler && handler_names[*name].handler != handler)
        ;
    return name;
}

static bool index_names(struct profile_runs *p)
{
    while (handler_names[p->unnamed].handler)
        p->unnamed++;
    p->names = malloc((1u << NAMES_BITS) * sizeof(p->names[0]));
    if (!p->names || p->unnamed >= 1u << (NAMES_BITS - 1))
        return false;
    for (unsigned i = 0; i < 1u << NAMES_BITS; i++)
        p->names[i] = p->unnamed;
    for (uint16_t i = 0; i < p->unnamed; i++)
        *name_of(p, handler_names[i].handler) = i;
    return true;
}

struct profile_runs *profile_runs_create(void)
{
    struct profile_runs *p = calloc(1, sizeof(*p));
    if (!p)
        return NULL;
    p->mask = (1u << 12) - 1;
    p->table = calloc(p->mask + 1, sizeof(*p->table));
    if (!p->table || !index_names(p)) {
        profile_runs_destroy(p);
        return NULL;
    }
    return p;
}

void profile_runs_destroy(struct profile_runs *p)
{
    if (!p)
        return;
    free(p->table);
    free(p->names);
    free(p);
}

static struct run *find(struct run *table, size_t mask, const struct run *run)
{
    uint64_t hash = 0;
    for (unsigned i = 0; i < run->length; i++)
        hash = (hash ^ run->name[i]) * 0x9e3779b97f4a7c15u;
    for (size_t i = hash >> 32 & mask;; i = (i + 1) & mask) {
        struct run *r = &table[i];
        if (!r->count || (r->length == run->length && !memcmp(r->name, run->name, run->length * sizeof(run->name[0]))))
            return r;
    }
}

/* Keeps the table at most half full; when memory ends, new runs are no longer taken in. */
static bool has_room(struct profile_runs *p)
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

static void end_run(struct profile_runs *p)
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

void profile_runs_note(struct profile_runs *p, uint64_t pc, const struct record *record)
{
    if (pc != p->last_pc + 4 || !(pc & ~PAGE_MASK) || p->now.length == RUN_MAX)
        end_run(p);
    p->now.name[p->now.length++] = *name_of(p, record->handler);
    p->last_pc = pc;
}

/* As fusion.def spells it; "-" is what no sequence may hold, and "." follows what may only end one. */
static void print_handler(FILE *file, const struct handler_name *h)
{
    if (!h->handler || h->fusible == FUSE_NO)
        fputs(" -", file);
    else
        fprintf(file, " %s%s", h->name, h->fusible == FUSE_LAST ? "." : "");
}

void profile_runs_write(const struct profile_runs *p, FILE *file)
{
    for (size_t i = 0; i <= p->mask; i++) {
        const struct run *r = &p->table[i];
        if (!r->count)
            continue;
        fprintf(file, "%llu", (unsigned long long)r->count);
        for (unsigned k = 0; k < r->length; k++)
            print_handler(file, &handler_names[r->name[k]]);
        fputc('\n', file);
    }
}
