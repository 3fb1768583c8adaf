/* SPDX-License-Identifier: MIT */
/*
 * Fused handlers: one dispatch for a sequence of instructions.
 *
 * fusion.def lists the sequences; fuse_gen.py makes one handler of each. The decoder puts it into the first record of a place
 * where the sequence stands; the other records keep their own handlers and operands, so that jumping, faulting or stopping
 * in the middle is exact.
 *
 * A sequence may ask for more than its handlers: for links, operands that an instruction before it has just written. Its handler
 * takes those from host registers. Like the handlers, links are a matter of the records alone.
 *
 * A loop is a sequence whose last instruction branches to its first. Its handler goes round by itself, until the branch is not
 * taken, the budget ends or an access misses; operands are read once, and links reach into the iteration before. While it does,
 * nothing can change its records: what could is behind the handlers it would leave by, or waits for the end of the run
 * (parallel.h).
 */
#ifndef CPU_FUSE_H
#define CPU_FUSE_H

#include "cpu/code.h"

#define FUSE_MAX 32 /* instructions in a sequence */

/* The operand fields of a record that name registers. */
enum { FUSE_RD, FUSE_RN, FUSE_RM, FUSE_RA, FUSE_FIELDS };

/* Where an operand comes from: 0, cpu->x; or what the instruction `distance` before (1..FUSE_MAX) wrote by its field. */
#define FUSE_LINK(distance, field) ((distance) << 2 | (field))
#define FUSE_DISTANCE(link)        ((link) >> 2)
#define FUSE_FIELD(link)           ((link) & 3)
#define FUSE_UNKNOWN               0xffu /* it may have been written, in a way that is no link */
struct fuse_links {
    uint8_t of[FUSE_FIELDS];
};

/* The handlers that sequences are made of; the last has no handler. */
enum fusible { FUSE_NO, FUSE_LAST, FUSE_YES };
struct handler_name {
    handler_fn *handler;
    const char *name;
    enum fusible fusible; /* in no sequence, at the end of one, anywhere */
    uint8_t reads, writes; /* of cpu->x: a bit per field */
    bool writes_others;    /* registers that no field names */
    bool goes_back;        /* a branch to the record imm (0 or less) from here */
};
extern const struct handler_name handler_names[];

/* A step of a sequence: which of handler_names, and the links that are needed; of a loop, all links there are, in an iteration
 * behind another. */
struct fusion_step {
    uint16_t name;
    struct fuse_links links;
};
struct fusion {
    handler_fn *fused;
    uint32_t first; /* of its steps in fusion_steps */
    uint8_t length;
    bool loop;
};
extern const struct fusion_step fusion_steps[];
/* Those of the same handlers stand one behind the other: loops, then the most links first. */
extern const struct fusion fusions[];
extern const unsigned fusion_count;

/* Instructions that follow each other, the last FUSE_MAX of them. length 0: none yet. */
struct fuse_window {
    unsigned length;
    struct {
        const struct handler_name *handler;
        uint8_t slot[FUSE_FIELDS];
    } step[FUSE_MAX];
};
/* Adds one; returns its links to those before it. handler NULL: one that is not in handler_names. */
struct fuse_links fuse_window_add(struct fuse_window *window, const struct handler_name *handler,
                                  const struct record *record);

/* The sequences as a tree that is walked handler by handler. */
struct fuse_tree;
/* NULL: out of memory. */
struct fuse_tree *fuse_tree_create(void);
void fuse_tree_destroy(struct fuse_tree *tree);

/* A walk down the tree. To begin at its root, set node and length to 0 (the rest is long). */
struct fuse_walk {
    unsigned node, length;
    struct {
        struct record record;
        uint16_t name, ends, count; /* of the handler; the sequences that end here */
    } step[FUSE_MAX];
};
/* One step further, by a decoded record. false: no sequence goes on like that. */
bool fuse_step(const struct fuse_tree *tree, struct fuse_walk *walk, const struct record *record);
/* The handler of the longest sequence on the way whose links the records have, the most links first. NULL: none. */
handler_fn *fuse_find(const struct fuse_walk *walk);

#endif
