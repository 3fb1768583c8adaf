/* SPDX-License-Identifier: MIT */
/*
 * Writing a device-tree node property by property over libfdt, with one check at the end.
 *
 * After the first failure the other calls do nothing; `error` is what describe returns. libfdt puts
 * each new property and node in front of its siblings.
 */
#ifndef DEVICES_FDT_NODE_H
#define DEVICES_FDT_NODE_H

#include <stddef.h>
#include <stdint.h>

#include "devices/device.h"

struct fdt_node {
    void *fdt;
    int offset; /* of the node */
    int error;  /* 0, or libfdt's negative error */
};

/* Adds node `name` below parent. */
struct fdt_node fdt_node_add(void *fdt, int parent, const char *name);
/* Adds node "name@BASE" for a device at its site. */
struct fdt_node fdt_node_add_at(const struct fdt_site *site, const char *name);

/* Properties. Cells are 32 bits; they are stored big-endian. */
void fdt_node_flag(struct fdt_node *node, const char *property);
void fdt_node_cell(struct fdt_node *node, const char *property, uint32_t value);
void fdt_node_cells(struct fdt_node *node, const char *property, const uint32_t *cells,
                    unsigned count);
/* size counts the last terminator: several strings stand one after the other, as in "a\0b". */
void fdt_node_strings(struct fdt_node *node, const char *property, const char *strings,
                      size_t size);

/* reg with the site's window, two cells for address and for size. */
void fdt_node_reg(struct fdt_node *node, const struct fdt_site *site);
/* interrupts with the site's shared peripheral interrupt; type: one of the two below. */
void fdt_node_interrupt(struct fdt_node *node, const struct fdt_site *site, uint32_t type);
/* phandle, where the site names one. */
void fdt_node_phandle(struct fdt_node *node, const struct fdt_site *site);

/* Third cell of the GIC's interrupt specifier. */
#define FDT_IRQ_EDGE_RISING 1
#define FDT_IRQ_LEVEL_HIGH  4

#endif
