/* SPDX-License-Identifier: MIT */
/*
 * Fused handlers: one dispatch for a sequence of instructions.
 *
 * fusion.def lists the sequences; fuse_gen.py makes one handler of each. The decoder puts it into the first record of a place
 * where the sequence stands; the other records keep their own handlers and operands, so that jumping, faulting or stopping
 * in the middle is exact.
 */
#ifndef CPU_FUSE_H
#define CPU_FUSE_H

#include "cpu/code.h"

#define FUSE_MAX 6 /* instructions in a sequence */

struct fusion {
    handler_fn *fused;
    unsigned length;
    handler_fn *sequence[FUSE_MAX];
};
extern const struct fusion fusions[];
extern const unsigned fusion_count;

/* The handlers that sequences are made of, for profiles; the last has no handler. */
enum fusible { FUSE_NO, FUSE_LAST, FUSE_YES };
struct handler_name {
    handler_fn *handler;
    const char *name;
    enum fusible fusible; /* in no sequence, at the end of one, anywhere */
};
extern const struct handler_name handler_names[];

/* The sequences as a tree that is walked handler by handler. */
struct fuse_tree;
/* NULL: out of memory. */
struct fuse_tree *fuse_tree_create(void);
void fuse_tree_destroy(struct fuse_tree *tree);

/* One step: from a node (0: the root) by a handler to the next, 0 when no sequence goes on like that. *fused is set when
 * a sequence ends there. */
unsigned fuse_step(const struct fuse_tree *tree, unsigned node, handler_fn *handler, handler_fn **fused);

#endif
