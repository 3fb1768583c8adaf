/* SPDX-License-Identifier: MIT */
/* dis ADDR [N]: instructions, disassembled by capstone, with the kernel's names. */
#include <capstone/capstone.h>
#include <dlfcn.h>
#include <inttypes.h>
#include <string.h>

#include "mach-virt/monitor_commands.h"

#define COUNT_DEFAULT 10
#define COUNT_MAX     1000

#define STRING_OF(x)     STRING(x)
#define STRING(x)        #x
#define CAPSTONE_LIBRARY "libcapstone.so." STRING_OF(CS_API_MAJOR)

/* Loaded when it is needed: its tables are 3 MB of relocations, which every other run would pay for. */
struct disassembler {
    csh handle;
    __typeof__(cs_open) *open;
    __typeof__(cs_option) *option;
    __typeof__(cs_close) *close;
    __typeof__(cs_disasm) *disasm;
    __typeof__(cs_free) *free;
    __typeof__(cs_insn_group) *insn_group;
};

static bool find_function(void *library, const char *name, void *function)
{
    void *address = dlsym(library, name);
    memcpy(function, &address, sizeof(address)); /* POSIX, "dlsym": an object pointer is a function pointer */
    return address;
}

static bool disassembler_open(struct disassembler *d)
{
    void *library = dlopen(CAPSTONE_LIBRARY, RTLD_NOW | RTLD_LOCAL); /* stays loaded */
    return library && find_function(library, "cs_open", &d->open) && find_function(library, "cs_option", &d->option) &&
           find_function(library, "cs_close", &d->close) && find_function(library, "cs_disasm", &d->disasm) &&
           find_function(library, "cs_free", &d->free) && find_function(library, "cs_insn_group", &d->insn_group) &&
           d->open(CS_ARCH_ARM64, CS_MODE_LITTLE_ENDIAN, &d->handle) == CS_ERR_OK;
}

static bool read_instruction(struct monitor *monitor, uint64_t va, uint32_t *word)
{
    struct virt *virt = monitor->virt;
    uint64_t pa;
    const uint8_t *host =
        guest_kernel_translate(virt, monitor->cpu, va, &pa) ? ram_map(&virt->ram, pa, 4) : NULL;
    if (host)
        memcpy(word, host, 4);
    return host;
}

/* Where a branch or call leads to, and what ADR and ADRP name. */
static bool target_of(const struct disassembler *d, const cs_insn *insn, uint64_t *target)
{
    const cs_arm64 *detail = &insn->detail->arm64;
    bool refers = d->insn_group(d->handle, insn, CS_GRP_JUMP) ||
                  d->insn_group(d->handle, insn, CS_GRP_CALL) || insn->id == ARM64_INS_ADR ||
                  insn->id == ARM64_INS_ADRP;
    if (!refers || !detail->op_count || detail->operands[detail->op_count - 1].type != ARM64_OP_IMM)
        return false;
    *target = (uint64_t)detail->operands[detail->op_count - 1].imm;
    return true;
}

static void print_instruction(struct monitor *monitor, const struct disassembler *d, uint64_t va, uint32_t word)
{
    const char *mark = va == cpu_get_pc(monitor_cpu(monitor)) ? "=>" : "  ";
    char name[MONITOR_WORD_MAX];
    cs_insn *insn = NULL;
    uint64_t target;
    size_t found = d->disasm(d->handle, (const uint8_t *)&word, 4, va, 1, &insn);
    if (!found) {
        monitor_print(monitor, "%s 0x%016" PRIx64 "  %08x  (not an instruction)\n", mark, va, word);
        return;
    }
    monitor_print(monitor, "%s 0x%016" PRIx64 "  %08x  %-7s %s%s\n", mark, va, word, insn->mnemonic,
                  insn->op_str,
                  target_of(d, insn, &target) ? monitor_name(monitor, target, name) : "");
    d->free(insn, found);
}

static void disassemble(struct monitor *monitor, const struct disassembler *d, uint64_t va, uint64_t count)
{
    char name[MONITOR_WORD_MAX];
    uint32_t word;
    for (uint64_t i = 0; i < count; i++, va += 4) {
        monitor_name(monitor, va, name);
        if (*name && (!i || !strchr(name, '+')))
            monitor_print(monitor, "%s:\n", name + 1);
        if (!read_instruction(monitor, va, &word)) {
            monitor_print(monitor, "0x%" PRIx64 " is not mapped to RAM\n", va);
            return;
        }
        print_instruction(monitor, d, va, word);
    }
}

void monitor_dis(struct monitor *monitor, const char *arguments)
{
    char word[MONITOR_WORD_MAX], number[MONITOR_WORD_MAX];
    uint64_t va = cpu_get_pc(monitor_cpu(monitor)), count = COUNT_DEFAULT;
    struct disassembler disassembler;
    if (monitor_word(&arguments, word) && !monitor_address(monitor, word, &va))
        return;
    if (monitor_word(&arguments, number) &&
        (!monitor_number(number, &count) || count > COUNT_MAX || *arguments)) {
        monitor_print(monitor, "dis [ADDR [N]], N up to %u\n", COUNT_MAX);
        return;
    }
    if (!disassembler_open(&disassembler)) {
        monitor_print(monitor,
                      "no disassembler: " CAPSTONE_LIBRARY " is missing or knows no AArch64 (apt install libcapstone%u)\n",
                      CS_API_MAJOR);
        return;
    }
    disassembler.option(disassembler.handle, CS_OPT_DETAIL, CS_OPT_ON);
    disassemble(monitor, &disassembler, va & ~UINT64_C(3), count);
    disassembler.close(&disassembler.handle);
}
