/* SPDX-License-Identifier: MIT */
/*
 * The Linux kernel in the machine, as a debugger has to know it. Each of its bytes has three
 * addresses:
 *
 *     link       what vmlinux, System.map and a user who types `b start_kernel` mean
 *     physical   where the loader put it; it runs there until it has turned the MMU on
 *     virtual    where it runs afterwards: the link address, moved by KASLR's slide
 *
 * The physical place is known from the loader, the link address from vmlinux: that is exact. An
 * Image alone does not say how it was linked; then the low 27 bits of an address in the upper half
 * decide. Every arm64 kernel links its first byte at a multiple of 128 MiB plus the text_offset of
 * its header (4.9: 0xffff000008000000 + 0x80000, 6.1: 0xffff800008000000
 * + 0; Linux, arch/arm64/include/asm/memory.h, KIMAGE_VADDR), and is smaller than that.
 *
 * The slide is found in the running machine: kimage_vaddr, a variable of the kernel's own, if its
 * symbols are known; otherwise where a processor's registers and translation tables have the
 * Image's physical pages.
 */
#ifndef MACH_VIRT_GUEST_KERNEL_H
#define MACH_VIRT_GUEST_KERNEL_H

#include <stdbool.h>
#include <stdint.h>

#include "loader/boot.h"
#include "loader/elf_symbols.h"

struct virt;

struct guest_kernel {
    uint64_t pa, size; /* of the Image in RAM; size 0: none, the machine runs something else */
    uint64_t va;       /* link address of its first byte; 0: unknown */
    char *path;        /* of the file the symbols are from; NULL: no symbols */
    struct elf_symbols symbols;
    bool asked; /* whether the -kernel file has symbols */
};

/* Behind boot_prepare. */
void guest_kernel_init(struct guest_kernel *kernel, const struct boot *boot);
void guest_kernel_free(struct guest_kernel *kernel);

/* Names, and with them the exact link address. What was read before is kept when the file is not to
 * be used. */
bool guest_kernel_read_symbols(struct guest_kernel *kernel, const char *path,
                               struct load_error *error);

/* Those of the -kernel file (NULL: none), if it has some and no others were read. */
void guest_kernel_default_symbols(struct guest_kernel *kernel, const char *file);

/* Where a link address is in RAM. False: it is none of the Image. */
bool guest_kernel_physical(const struct guest_kernel *kernel, uint64_t link, uint64_t *pa);

/* The physical address of what a debugger calls va: cpu_debug_translate, and while the MMU is off
 * link addresses, too. */
bool guest_kernel_translate(const struct virt *virt, unsigned cpu, uint64_t va, uint64_t *pa);

/* The virtual address of the Image's first byte, in the kernel's own tables. False: the kernel has
 * none yet, or cannot be seen now: with KPTI it is out of sight while the processor is at EL0. */
bool guest_kernel_find(const struct virt *virt, uint64_t *va);

/* The name for an address that processor `cpu` may use now, and the distance from it; before the
 * MMU is on physical ones. NULL: none. */
const char *guest_kernel_name(const struct virt *virt, unsigned cpu, uint64_t address,
                              uint64_t *offset);

#endif
