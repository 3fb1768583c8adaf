/* SPDX-License-Identifier: MIT */
/*
 * A device tree under construction: libfdt's read-write form with the first error remembered, so
 * that a description reads as a list of properties. Devicetree Specification, release 0.4.
 */
#ifndef LOADER_FDT_H
#define LOADER_FDT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader/bytes.h"
#include "loader/error.h"

struct fdt_tree {
    void *blob; /* owned; for libfdt calls of others between these */
    int error;  /* libfdt's first error, 0: none so far; the functions below then do nothing */
};

/* An empty tree with room for `size` bytes. */
void fdt_tree_create(struct fdt_tree *tree, size_t size);
/* A tree from a file, checked, with `room` bytes for additions. */
bool fdt_tree_open(struct fdt_tree *tree, const char *path, size_t room, struct load_error *error);
void fdt_tree_free(struct fdt_tree *tree);

/* Adds a node in front of its siblings and returns its offset, which adding elsewhere in front of
 * it makes stale. 0 is the root. */
int fdt_tree_node(struct fdt_tree *tree, int parent, const char *name);
void fdt_tree_flag(struct fdt_tree *tree, int node, const char *property);
void fdt_tree_string(struct fdt_tree *tree, int node, const char *property, const char *value);
/* `size` bytes that hold strings with their zeros: sizeof("a\0b"). */
void fdt_tree_bytes(struct fdt_tree *tree, int node, const char *property, const void *value,
                    size_t size);
/* 32-bit cells. */
void fdt_tree_cells(struct fdt_tree *tree, int node, const char *property, const uint32_t *cells,
                    unsigned count);
#define FDT_CELLS(tree, node, property, ...)                                                       \
    fdt_tree_cells(tree, node, property, (const uint32_t[]){ __VA_ARGS__ },                        \
                   sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4)
#define FDT_STRINGS(tree, node, property, text)                                                    \
    fdt_tree_bytes(tree, node, property, text, sizeof(text))

/* What the loader tells the kernel in /chosen: the node is made when it is missing, a NULL or ""
 * command line and an empty initrd leave what is there. */
void fdt_tree_set_chosen(struct fdt_tree *tree, const char *append, uint64_t initrd,
                         uint64_t initrd_end);
/* Replaces every /memory node by one. */
void fdt_tree_set_memory(struct fdt_tree *tree, uint64_t base, uint64_t size);

/* The finished tree as fresh memory, without spare room. */
bool fdt_tree_finish(struct fdt_tree *tree, struct bytes *out, struct load_error *error);

#endif
