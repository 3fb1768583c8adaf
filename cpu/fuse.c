/* SPDX-License-Identifier: MIT */
#include "cpu/fuse.h"

#include <stdlib.h>
#include <string.h>

/* The edges of the tree in one open-addressed table: (node, handler) -> node. Small, because decoding asks at random. */
struct edge {
    uint32_t handler;  /* the low half of its address */
    uint16_t from, to; /* to 0: unused */
    uint16_t name;     /* of the handler */
    uint16_t ends;     /* the first of the fusions that end here */
    uint16_t count;    /* of those */
};

struct fuse_tree {
    unsigned mask, nodes;
    struct edge edge[];
};

static struct edge *find(struct fuse_tree *tree, unsigned node, handler_fn *handler)
{
    const uint32_t low = (uint32_t)(uintptr_t)handler;
    const uint64_t hash = (low ^ (uint64_t)node << 32) * 0x9e3779b97f4a7c15u;
    for (unsigned i = (unsigned)(hash >> 40) & tree->mask;; i = (i + 1) & tree->mask) {
        struct edge *e = &tree->edge[i];
        if (!e->to || (e->from == node && e->handler == low))
            return e;
    }
}

static const struct fusion_step *steps_of(const struct fusion *f)
{
    return &fusion_steps[f->first];
}

static void add(struct fuse_tree *tree, unsigned fusion)
{
    const struct fusion *f = &fusions[fusion];
    struct edge *e = NULL;
    for (unsigned i = 0, node = 0; i < f->length; i++, node = e->to) {
        const uint16_t name = steps_of(f)[i].name;
        handler_fn *handler = handler_names[name].handler;
        e = find(tree, node, handler);
        if (!e->to)
            *e = (struct edge){ (uint32_t)(uintptr_t)handler, (uint16_t)node, (uint16_t)++tree->nodes, name, 0, 0 };
    }
    if (!e)
        return;
    if (!e->count)
        e->ends = (uint16_t)fusion;
    e->count++;
}

static unsigned count_steps(void)
{
    unsigned steps = 0;
    for (unsigned i = 0; i < fusion_count; i++)
        steps += fusions[i].length;
    return steps;
}

struct fuse_tree *fuse_tree_create(void)
{
    const unsigned steps = count_steps();
    unsigned size = 64;
    while (size < 2 * steps)
        size *= 2;
    struct fuse_tree *tree = steps > UINT16_MAX ? NULL : calloc(1, sizeof(*tree) + size * sizeof(tree->edge[0]));
    if (!tree)
        return NULL;
    tree->mask = size - 1;
    for (unsigned i = 0; i < fusion_count; i++)
        add(tree, i);
    return tree;
}

void fuse_tree_destroy(struct fuse_tree *tree)
{
    free(tree);
}

/* The field by which step i of the window wrote the slot. -1: it did not; -2: nobody can tell. */
static int writer_field(const struct fuse_window *w, unsigned i, uint8_t slot)
{
    const struct handler_name *handler = w->step[i].handler;
    int found = -1;
    if (!handler || handler->writes_others)
        return -2;
    for (int field = 0; field < FUSE_FIELDS; field++)
        if ((handler->writes >> field & 1) && w->step[i].slot[field] == slot)
            found = found == -1 ? field : -2;
    return found;
}

static uint8_t link_of(const struct fuse_window *w, uint8_t slot)
{
    for (unsigned distance = 1; distance <= w->length; distance++) {
        const int field = writer_field(w, w->length - distance, slot);
        if (field >= 0)
            return (uint8_t)FUSE_LINK(distance, (unsigned)field);
        if (field == -2)
            return FUSE_UNKNOWN;
    }
    return 0;
}

struct fuse_links fuse_window_add(struct fuse_window *window, const struct handler_name *handler,
                                  const struct record *record)
{
    const uint8_t slot[FUSE_FIELDS] = { record->rd, record->rn, record->rm, record->ra };
    struct fuse_links links = { { 0 } };
    for (unsigned field = 0; field < FUSE_FIELDS; field++)
        if (handler && (handler->reads >> field & 1))
            links.of[field] = link_of(window, slot[field]);
    if (window->length == FUSE_MAX) {
        window->length--;
        memmove(&window->step[0], &window->step[1], window->length * sizeof(window->step[0]));
    }
    memcpy(window->step[window->length].slot, slot, sizeof(slot));
    window->step[window->length++].handler = handler;
    return links;
}

/* The links of all records of the walk up to `length`: from a loop, of an iteration behind another. */
static void find_links(const struct fuse_walk *walk, unsigned length, bool loop, struct fuse_links *links)
{
    struct fuse_window window;
    window.length = 0;
    for (unsigned round = loop ? 0 : 1; round < 2; round++)
        for (unsigned i = 0; i < length; i++)
            links[i] = fuse_window_add(&window, &handler_names[walk->step[i].name], &walk->step[i].record);
}

static bool closes_loop(const struct fuse_walk *walk, unsigned length)
{
    return handler_names[walk->step[length - 1].name].goes_back &&
           walk->step[length - 1].record.imm == 1 - (int32_t)length;
}

static bool has_links(const struct fusion *f, const struct fuse_links *links)
{
    for (unsigned i = 0; i < f->length; i++) {
        const uint8_t *needed = steps_of(f)[i].links.of, *there = links[i].of;
        for (unsigned field = 0; field < FUSE_FIELDS; field++)
            if (needed[field] != there[field] && (needed[field] || f->loop))
                return false;
    }
    return true;
}

static handler_fn *find_at(const struct fuse_walk *walk, unsigned length)
{
    const struct fusion *f = &fusions[walk->step[length - 1].ends], *end = f + walk->step[length - 1].count;
    struct fuse_links links[FUSE_MAX];
    if (f < end && f->loop && closes_loop(walk, length)) {
        find_links(walk, length, true, links);
        for (; f < end && f->loop; f++)
            if (has_links(f, links))
                return f->fused;
    }
    while (f < end && f->loop)
        f++;
    if (f < end)
        find_links(walk, length, false, links);
    for (; f < end; f++)
        if (has_links(f, links))
            return f->fused;
    return NULL;
}

handler_fn *fuse_find(const struct fuse_walk *walk)
{
    handler_fn *fused = NULL;
    for (unsigned length = walk->length; length && !fused; length--)
        if (walk->step[length - 1].count)
            fused = find_at(walk, length);
    return fused;
}

bool fuse_step(const struct fuse_tree *tree, struct fuse_walk *walk, const struct record *record)
{
    const struct edge *e = find((struct fuse_tree *)tree, walk->node, record->handler);
    if (!e->to)
        return false;
    walk->step[walk->length].record = *record;
    walk->step[walk->length].name = e->name;
    walk->step[walk->length].ends = e->ends;
    walk->step[walk->length++].count = e->count;
    walk->node = e->to;
    return true;
}
