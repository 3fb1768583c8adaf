/* SPDX-License-Identifier: MIT */
#include "loader/fdt.h"

#include <inttypes.h>
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

#include "loader/file.h"

#define DTB_SIZE_MAX (2u << 20) /* booting.rst, "Setup the device tree": at most 2 MiB */

static void note(struct fdt_tree *tree, int result)
{
    if (result < 0 && !tree->error)
        tree->error = result;
}

void fdt_tree_create(struct fdt_tree *tree, size_t size)
{
    *tree = (struct fdt_tree){ .blob = malloc(size) };
    note(tree, tree->blob ? fdt_create_empty_tree(tree->blob, (int)size) : -FDT_ERR_NOSPACE);
}

bool fdt_tree_open(struct fdt_tree *tree, const char *path, size_t room, struct load_error *error)
{
    struct bytes file;
    *tree = (struct fdt_tree){ 0 };
    if (!file_read(path, DTB_SIZE_MAX, &file, error))
        return false;
    int bad = fdt_check_full(file.data, file.size);
    if (!bad) {
        size_t size = file.size + room;
        tree->blob = malloc(size);
        bad = tree->blob ? fdt_open_into(file.data, tree->blob, (int)size) : -FDT_ERR_NOSPACE;
    }
    bytes_free(&file);
    if (!bad)
        return true;
    fdt_tree_free(tree);
    return load_error_set(error, "%s is not a valid device tree blob: %s", path, fdt_strerror(bad));
}

void fdt_tree_free(struct fdt_tree *tree)
{
    free(tree->blob);
    tree->blob = NULL;
}

int fdt_tree_node(struct fdt_tree *tree, int parent, const char *name)
{
    if (tree->error)
        return 0;
    int node = fdt_add_subnode(tree->blob, parent, name);
    note(tree, node);
    return node < 0 ? 0 : node;
}

void fdt_tree_bytes(struct fdt_tree *tree, int node, const char *property, const void *value,
                    size_t size)
{
    if (!tree->error)
        note(tree, fdt_setprop(tree->blob, node, property, value, (int)size));
}

void fdt_tree_flag(struct fdt_tree *tree, int node, const char *property)
{
    fdt_tree_bytes(tree, node, property, NULL, 0);
}

void fdt_tree_string(struct fdt_tree *tree, int node, const char *property, const char *value)
{
    fdt_tree_bytes(tree, node, property, value, strlen(value) + 1);
}

void fdt_tree_cells(struct fdt_tree *tree, int node, const char *property, const uint32_t *cells,
                    unsigned count)
{
    fdt32_t big[32];
    if (count > sizeof(big) / sizeof(*big)) {
        note(tree, -FDT_ERR_BADVALUE);
        return;
    }
    for (unsigned i = 0; i < count; i++)
        big[i] = cpu_to_fdt32(cells[i]);
    fdt_tree_bytes(tree, node, property, big, count * sizeof(*big));
}

/* In one cell where that is enough, as the virt board does. */
static void put_address(struct fdt_tree *tree, int node, const char *property, uint64_t value)
{
    uint32_t cells[2] = { (uint32_t)(value >> 32), (uint32_t)value };
    if (cells[0])
        fdt_tree_cells(tree, node, property, cells, 2);
    else
        fdt_tree_cells(tree, node, property, cells + 1, 1);
}

void fdt_tree_set_chosen(struct fdt_tree *tree, const char *append, uint64_t initrd,
                         uint64_t initrd_end)
{
    if (tree->error)
        return;
    int chosen = fdt_path_offset(tree->blob, "/chosen");
    if (chosen < 0)
        chosen = fdt_tree_node(tree, 0, "chosen");
    if (append && *append)
        fdt_tree_string(tree, chosen, "bootargs", append);
    if (initrd_end > initrd) {
        put_address(tree, chosen, "linux,initrd-start", initrd);
        put_address(tree, chosen, "linux,initrd-end", initrd_end);
    }
}

/* The first child of the root that is /memory or /memory@..., or a negative number. */
static int find_memory(const void *blob)
{
    int node;
    fdt_for_each_subnode(node, blob, 0)
    {
        const char *name = fdt_get_name(blob, node, NULL);
        if (name && (!strcmp(name, "memory") || !strncmp(name, "memory@", 7)))
            return node;
    }
    return -1;
}

/* Writes a 64-bit number in `cells` cells; returns how many were written. */
static unsigned put_number(uint32_t *to, int cells, uint64_t value)
{
    if (cells == 2)
        *to++ = (uint32_t)(value >> 32);
    *to = (uint32_t)value;
    return cells == 2 ? 2 : 1;
}

void fdt_tree_set_memory(struct fdt_tree *tree, uint64_t base, uint64_t size)
{
    char name[32];
    for (int node; !tree->error && (node = find_memory(tree->blob)) >= 0;)
        note(tree, fdt_del_node(tree->blob, node));
    snprintf(name, sizeof(name), "memory@%" PRIx64, base);
    int node = fdt_tree_node(tree, 0, name);
    if (tree->error)
        return;
    uint32_t reg[4];
    unsigned count = put_number(reg, fdt_address_cells(tree->blob, 0), base);
    count += put_number(reg + count, fdt_size_cells(tree->blob, 0), size);
    fdt_tree_string(tree, node, "device_type", "memory");
    fdt_tree_cells(tree, node, "reg", reg, count);
}

bool fdt_tree_finish(struct fdt_tree *tree, struct bytes *out, struct load_error *error)
{
    if (!tree->error)
        note(tree, fdt_pack(tree->blob));
    if (tree->error)
        return load_error_set(error, "the device tree cannot be built: %s",
                              fdt_strerror(tree->error));
    const size_t size = fdt_totalsize(tree->blob);
    *out = (struct bytes){ .data = malloc(size), .size = size };
    if (!out->data)
        return load_error_set(error, "out of memory while building the device tree");
    memcpy(out->data, tree->blob, out->size);
    return true;
}
