/* SPDX-License-Identifier: MIT */
#include "mach-virt/guest_kernel.h"

#include <stdlib.h>
#include <string.h>

#include "mach-virt/virt.h"

#define UPPER_HALF UINT64_C(0xfff0000000000000) /* of up to 52 bits */
#define ALIGNMENT  (UINT64_C(128) << 20)        /* of the link address, without text_offset */
#define PLACE      (UINT64_C(2) << 20)          /* of the physical address, without text_offset */

void guest_kernel_init(struct guest_kernel *kernel, const struct boot *boot)
{
    const struct kernel *file = &boot->kernel;
    *kernel = (struct guest_kernel){ 0 };
    if (!file->stub)
        return;
    kernel->pa = file->low;
    kernel->size = file->end - file->low;
    kernel->va = file->va;
}

void guest_kernel_free(struct guest_kernel *kernel)
{
    free(kernel->path);
    elf_symbols_free(&kernel->symbols);
    *kernel = (struct guest_kernel){ 0 };
}

bool guest_kernel_read_symbols(struct guest_kernel *kernel, const char *path,
                               struct load_error *error)
{
    struct elf_symbols symbols = { 0 };
    char *name = strdup(path);
    if (!name)
        return load_error_set(error, "out of memory");
    if (!elf_symbols_read(path, &symbols, error)) {
        free(name);
        return false;
    }
    free(kernel->path);
    elf_symbols_free(&kernel->symbols);
    kernel->path = name;
    kernel->symbols = symbols;
    if (kernel->size && symbols.base >= UPPER_HALF)
        kernel->va = symbols.base;
    return true;
}

void guest_kernel_default_symbols(struct guest_kernel *kernel, const char *file)
{
    struct load_error error;
    if (!kernel->path && !kernel->asked && file)
        guest_kernel_read_symbols(kernel, file, &error);
    kernel->asked = true;
}

bool guest_kernel_physical(const struct guest_kernel *kernel, uint64_t link, uint64_t *pa)
{
    uint64_t offset = link - kernel->va;
    if (link < UPPER_HALF)
        return false;
    if (!kernel->va)
        offset = link % ALIGNMENT - kernel->pa % PLACE;
    *pa = kernel->pa + offset;
    return offset < kernel->size;
}

static bool mmu_is_on(const struct cpu *cpu)
{
    uint64_t sctlr;
    return cpu_get_sysreg(cpu, "SCTLR_EL1", &sctlr) && (sctlr & 1);
}

bool guest_kernel_translate(const struct virt *virt, unsigned cpu, uint64_t va, uint64_t *pa)
{
    const struct cpu *core = virt->cpu[cpu];
    return cpu_debug_translate(core, va, pa) ||
           (!mmu_is_on(core) && guest_kernel_physical(&virt->guest_kernel, va, pa));
}

/* ---- where it runs ---- */

/* A variable of 8 bytes, wherever it is in RAM. */
static bool read_variable(const struct virt *virt, const char *name, uint64_t *value)
{
    const struct guest_kernel *kernel = &virt->guest_kernel;
    const struct elf_symbol *symbol = elf_symbols_find(&kernel->symbols, name);
    uint64_t pa;
    if (!symbol || !guest_kernel_physical(kernel, symbol->address, &pa))
        return false;
    const uint8_t *host = ram_map(&virt->ram, pa, sizeof(*value));
    if (host)
        memcpy(value, host, sizeof(*value));
    return host;
}

/* Whether most of the Image is mapped in one piece from va on: the kernel itself, not its vectors'
 * alias. Parts that are freed or never mapped do not matter. */
static bool is_mapped(const struct virt *virt, unsigned cpu, uint64_t va)
{
    enum { SAMPLES = 16 };
    const struct guest_kernel *kernel = &virt->guest_kernel;
    unsigned hits = 0;
    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t offset = kernel->size / SAMPLES * i, pa;
        hits += cpu_debug_translate(virt->cpu[cpu], va + offset, &pa) && pa == kernel->pa + offset;
    }
    return hits > SAMPLES / 2;
}

/* Whether this address of the processor's is in the running Image; then *va is where that begins.
 */
static bool leads_to_image(const struct virt *virt, unsigned cpu, uint64_t address, uint64_t *va)
{
    const struct guest_kernel *kernel = &virt->guest_kernel;
    uint64_t pa;
    if (address < UPPER_HALF || !cpu_debug_translate(virt->cpu[cpu], address, &pa) ||
        pa - kernel->pa >= kernel->size)
        return false;
    *va = address - (pa - kernel->pa);
    return is_mapped(virt, cpu, *va);
}

static bool find_by_registers(const struct virt *virt, unsigned cpu, uint64_t *va)
{
    static const char *const names[] = { "VBAR_EL1", "ELR_EL1" };
    const struct cpu *core = virt->cpu[cpu];
    if (leads_to_image(virt, cpu, cpu_get_pc(core), va) ||
        leads_to_image(virt, cpu, cpu_get_x(core, 30), va))
        return true;
    for (unsigned i = 0; i < sizeof(names) / sizeof(*names); i++) {
        uint64_t address;
        if (cpu_get_sysreg(core, names[i], &address) && leads_to_image(virt, cpu, address, va))
            return true;
    }
    return false;
}

bool guest_kernel_find(const struct virt *virt, uint64_t *va)
{
    const struct guest_kernel *kernel = &virt->guest_kernel;
    uint64_t value;
    if (!kernel->size)
        return false;
    /* It holds the address of the first byte, in older kernels without text_offset, and 0 until it
     * is relocated. */
    if (kernel->va && read_variable(virt, "kimage_vaddr", &value) && value) {
        *va = value / PLACE * PLACE + kernel->va % PLACE;
        return true;
    }
    for (unsigned i = 0; i < virt->cpus; i++)
        if (virt->psci.on[i] && find_by_registers(virt, i, va))
            return true;
    return false;
}

/* ---- names ---- */

/* The link address of what the processor calls `address`. */
static uint64_t link_address(const struct virt *virt, unsigned cpu, uint64_t address)
{
    const struct guest_kernel *kernel = &virt->guest_kernel;
    uint64_t va, pa = address;
    if (!kernel->va)
        return address;
    if (address >= UPPER_HALF)
        return guest_kernel_find(virt, &va) ? address - va + kernel->va : address;
    /* The kernel's pages that are mapped to themselves are its own, too. */
    if (mmu_is_on(virt->cpu[cpu]) &&
        (!cpu_debug_translate(virt->cpu[cpu], address, &pa) || pa != address))
        return address;
    return pa - kernel->pa < kernel->size ? pa - kernel->pa + kernel->va : address;
}

const char *guest_kernel_name(const struct virt *virt, unsigned cpu, uint64_t address,
                              uint64_t *offset)
{
    uint64_t link = link_address(virt, cpu, address);
    const struct elf_symbol *symbol = elf_symbols_at(&virt->guest_kernel.symbols, link);
    if (!symbol)
        return NULL;
    *offset = link - symbol->address;
    return symbol->name;
}
