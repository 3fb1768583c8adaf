/* SPDX-License-Identifier: MIT */
/*
 * The device tree that the kernel gets: the board's own nodes, and one from every device on the
 * bus. Same nodes, properties and order as QEMU's virt board, for the devices that are here.
 */
#ifndef MACH_VIRT_VIRT_FDT_H
#define MACH_VIRT_VIRT_FDT_H

#include "loader/bytes.h"
#include "mach-virt/error.h"
#include "mach-virt/memmap.h"

struct virt;

/* What other nodes call a region's device; 0: nothing refers to it. */
uint32_t virt_fdt_phandle(const struct virt *virt, enum region region);

/* The generated tree, or the file of -dtb with RAM, command line and initrd filled in. */
bool virt_fdt_build(struct virt *virt, struct bytes *out, struct error *error);

#endif
