/* SPDX-License-Identifier: MIT */
/* symbols, kaslr: the names of the kernel, and where it runs. */
#include <inttypes.h>

#include "mach-virt/monitor_commands.h"

/* symbols [FILE] */
void monitor_symbols(struct monitor *monitor, const char *arguments)
{
    struct guest_kernel *kernel = &monitor->virt->guest_kernel;
    struct load_error error;
    if (*arguments && !guest_kernel_read_symbols(kernel, arguments, &error)) {
        monitor_print(monitor, "%s\n", error.text);
        return;
    }
    guest_kernel_default_symbols(kernel, monitor->virt->config->kernel);
    if (kernel->path)
        monitor_print(monitor, "%zu symbols from %s\n", kernel->symbols.count, kernel->path);
    else
        monitor_print(monitor,
                      "no symbols; symbols FILE reads those of an ELF file, such as vmlinux\n");
    if (kernel->size)
        monitor_print(monitor, "the Image is at physical 0x%" PRIx64 ", 0x%" PRIx64 " bytes",
                      kernel->pa, kernel->size);
    if (kernel->size && kernel->va)
        monitor_print(monitor, ", linked at 0x%" PRIx64 "\n", kernel->va);
    else if (kernel->size)
        monitor_print(monitor, "; how it was linked its vmlinux would tell\n");
}

/* The command that gives gdb the same symbols, moved. */
static void print_gdb_command(struct monitor *monitor, const char *command, uint64_t to)
{
    const struct guest_kernel *kernel = &monitor->virt->guest_kernel;
    const char *path = kernel->path ? kernel->path : "vmlinux";
    if (kernel->va)
        monitor_print(monitor, "gdb: %s %s -o 0x%" PRIx64 "\n", command, path, to - kernel->va);
    else
        monitor_print(monitor,
                      "gdb, with vmlinux loaded as it is: %s %s -o 0x%" PRIx64
                      "-(unsigned long)&_text\n",
                      command, path, to);
}

void monitor_kaslr(struct monitor *monitor, const char *arguments)
{
    struct virt *virt = monitor->virt;
    const struct guest_kernel *kernel = &virt->guest_kernel;
    uint64_t va;
    guest_kernel_default_symbols(&virt->guest_kernel, virt->config->kernel);
    if (!kernel->size) {
        monitor_print(monitor, "the machine runs no Image\n");
    } else if (!guest_kernel_find(virt, &va)) {
        monitor_print(
            monitor,
            "the kernel has no virtual address yet, or is out of sight at EL0: stop in the kernel\n"
            "it is at physical 0x%" PRIx64 "; its names there:\n",
            kernel->pa);
        print_gdb_command(monitor, "add-symbol-file", kernel->pa);
    } else if (va == kernel->va) {
        monitor_print(monitor, "the kernel runs where it was linked, at 0x%" PRIx64 "\n", va);
    } else {
        monitor_print(monitor, "the kernel runs at 0x%" PRIx64, va);
        if (kernel->va)
            monitor_print(monitor, ", 0x%" PRIx64 " above its link address 0x%" PRIx64,
                          va - kernel->va, kernel->va);
        monitor_print(monitor, "\n");
        print_gdb_command(monitor, "symbol-file", va);
    }
}
