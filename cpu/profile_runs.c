/* SPDX-License-Identifier: MIT */
/* The part of a profile that fused sequences are chosen from: how often each straight run of handlers was executed. */
#include "cpu/fuse.h"
#include "cpu/profile.h"

#include <stdlib.h>
#include <string.h>

#define NO_LOOP UINT16_MAX
#define NO_PC   UINT64_MAX
#define RUN_MAX 48 /* longer runs are counted in parts */

/* A straight run: instructions one behind the other in one page, from where control came in to where it left. */
struct run {
    uint64_t count; /* 0: unused */
    unsigned length;
    bool again; /* it came behind a whole iteration of the same short loop */
    struct step {
        uint16_t name; /* in handler_names; the last one there: a handler that is not named */
        uint16_t back; /* a branch to the record that many before it; or NO_LOOP */
        struct fuse_links links;
    } step[RUN_MAX];
};

struct profile_runs {
    struct run *table; /* open addressing */
    size_t mask, used;
    struct run now; /* the run being executed */
    struct fuse_window window;
    uint64_t last_pc;
    uint64_t start;   /* address of the first instruction of `now` */
    uint64_t loop_pc; /* the run before ended with a branch to there; a short loop, if it began there, too */
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

static size_t bytes_of(const struct run *run)
{
    return run->length * sizeof(run->step[0]);
}

static struct run *find(struct run *table, size_t mask, const struct run *run)
{
    const uint8_t *bytes = (const uint8_t *)run->step;
    uint64_t hash = 0;
    for (size_t i = 0; i < bytes_of(run); i += 2)
        hash = (hash ^ (bytes[i] | (unsigned)bytes[i + 1] << 8)) * 0x9e3779b97f4a7c15u;
    for (size_t i = hash >> 32 & mask;; i = (i + 1) & mask) {
        struct run *r = &table[i];
        if (!r->count || (r->length == run->length && r->again == run->again &&
                          !memcmp(r->step, run->step, bytes_of(run))))
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
    if (pc != p->last_pc + 4 || !(pc & ~PAGE_MASK) || p->now.length == RUN_MAX) {
        end_run(p);
        p->now.again = pc == p->loop_pc && pc == p->start;
        p->start = pc;
        if (pc != p->loop_pc)
            p->window.length = 0;
    }
    const uint16_t name = *name_of(p, record->handler);
    const struct handler_name *handler = name == p->unnamed ? NULL : &handler_names[name];
    const bool closes = handler && handler->goes_back && -record->imm < FUSE_MAX;
    p->now.step[p->now.length++] =
        (struct step){ name, closes ? (uint16_t)-record->imm : NO_LOOP, fuse_window_add(&p->window, handler, record) };
    p->last_pc = pc;
    p->loop_pc = closes ? pc + 4 * (uint64_t)(int64_t)record->imm : NO_PC;
}

/* As fusion.def spells it; "-" is what no sequence may hold, and "." follows what may only end one, "@3" a branch to the record 3
 * before. Links of the iterations of a short loop reach into the one before. */
static void print_step(FILE *file, const struct step *step)
{
    static const char *const field_name[FUSE_FIELDS] = { "rd", "rn", "rm", "ra" };
    const struct handler_name *h = &handler_names[step->name];
    if (!h->handler || h->fusible == FUSE_NO) {
        fputs(" -", file);
        return;
    }
    fprintf(file, " %s%s", h->name, h->fusible == FUSE_LAST ? "." : "");
    if (step->back != NO_LOOP)
        fprintf(file, "@%u", step->back);
    for (unsigned field = 0; field < FUSE_FIELDS; field++) {
        const unsigned link = step->links.of[field];
        if (link == FUSE_UNKNOWN)
            fprintf(file, ":%s=?", field_name[field]);
        else if (link)
            fprintf(file, ":%s=%s%u", field_name[field], field_name[FUSE_FIELD(link)], FUSE_DISTANCE(link));
    }
}

void profile_runs_write(const struct profile_runs *p, FILE *file)
{
    for (size_t i = 0; i <= p->mask; i++) {
        const struct run *r = &p->table[i];
        if (!r->count)
            continue;
        fprintf(file, "%llu%s", (unsigned long long)r->count, r->again ? "@" : "");
        for (unsigned k = 0; k < r->length; k++)
            print_step(file, &r->step[k]);
        fputc('\n', file);
    }
}
