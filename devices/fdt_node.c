/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>

#include "devices/fdt_node.h"

#define FDT_IRQ_SPI 0 /* first cell of the GIC's interrupt specifier */

struct fdt_node fdt_node_add(void *fdt, int parent, const char *name)
{
    int offset = fdt_add_subnode(fdt, parent, name);
    return (struct fdt_node){ .fdt = fdt, .offset = offset, .error = offset < 0 ? offset : 0 };
}

struct fdt_node fdt_node_add_at(const struct fdt_site *site, const char *name)
{
    char full[64];
    snprintf(full, sizeof full, "%s@%" PRIx64, name, site->base);
    return fdt_node_add(site->fdt, site->parent, full);
}

static void set(struct fdt_node *node, const char *property, const void *data, size_t size)
{
    if (!node->error)
        node->error = fdt_setprop(node->fdt, node->offset, property, data, (int)size);
}

void fdt_node_flag(struct fdt_node *node, const char *property)
{
    set(node, property, NULL, 0);
}

void fdt_node_cells(struct fdt_node *node, const char *property, const uint32_t *cells,
                    unsigned count)
{
    set(node, property, NULL, 0);
    for (unsigned i = 0; i < count && !node->error; i++)
        node->error = fdt_appendprop_u32(node->fdt, node->offset, property, cells[i]);
}

void fdt_node_cell(struct fdt_node *node, const char *property, uint32_t value)
{
    fdt_node_cells(node, property, &value, 1);
}

void fdt_node_strings(struct fdt_node *node, const char *property, const char *strings, size_t size)
{
    set(node, property, strings, size);
}

void fdt_node_reg(struct fdt_node *node, const struct fdt_site *site)
{
    const uint32_t cells[] = { site->base >> 32, (uint32_t)site->base, site->size >> 32,
                               (uint32_t)site->size };
    fdt_node_cells(node, "reg", cells, 4);
}

void fdt_node_interrupt(struct fdt_node *node, const struct fdt_site *site, uint32_t type)
{
    const uint32_t cells[] = { FDT_IRQ_SPI, site->interrupt, type };
    fdt_node_cells(node, "interrupts", cells, 3);
}

void fdt_node_phandle(struct fdt_node *node, const struct fdt_site *site)
{
    if (site->phandle)
        fdt_node_cell(node, "phandle", site->phandle);
}
