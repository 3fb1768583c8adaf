/* SPDX-License-Identifier: MIT */
#include "cpu/fuse.h"

#include <stdlib.h>

/* The edges of the tree in one open-addressed table: (node, handler) -> node. Small, because decoding asks at random. */
struct edge {
    uint32_t handler;  /* the low half of its address */
    uint16_t from, to; /* to 0: unused */
    handler_fn *fused; /* NULL: no sequence ends here */
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

static void add(struct fuse_tree *tree, const struct fusion *f)
{
    struct edge *e = NULL;
    for (unsigned i = 0, node = 0; i < f->length; i++, node = e->to) {
        e = find(tree, node, f->sequence[i]);
        if (!e->to)
            *e = (struct edge){ (uint32_t)(uintptr_t)f->sequence[i], (uint16_t)node, (uint16_t)++tree->nodes, NULL };
    }
    if (e)
        e->fused = f->fused;
}

struct fuse_tree *fuse_tree_create(void)
{
    unsigned steps = 0, size = 64;
    for (unsigned i = 0; i < fusion_count; i++)
        steps += fusions[i].length;
    while (size < 2 * steps)
        size *= 2;
    struct fuse_tree *tree = steps > UINT16_MAX ? NULL : calloc(1, sizeof(*tree) + size * sizeof(tree->edge[0]));
    if (!tree)
        return NULL;
    tree->mask = size - 1;
    for (unsigned i = 0; i < fusion_count; i++)
        add(tree, &fusions[i]);
    return tree;
}

void fuse_tree_destroy(struct fuse_tree *tree)
{
    free(tree);
}

unsigned fuse_step(const struct fuse_tree *tree, unsigned node, handler_fn *handler, handler_fn **fused)
{
    const struct edge *e = find((struct fuse_tree *)tree, node, handler);
    if (e->to && e->fused)
        *fused = e->fused;
    return e->to;
}
