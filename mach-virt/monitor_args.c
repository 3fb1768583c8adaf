/* SPDX-License-Identifier: MIT */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mach-virt/monitor_commands.h"

bool monitor_word(const char **arguments, char word[MONITOR_WORD_MAX])
{
    const char *at = *arguments + strspn(*arguments, " ");
    size_t size = strcspn(at, " ");
    *arguments = at + size + strspn(at + size, " ");
    snprintf(word, MONITOR_WORD_MAX, "%.*s", (int)size, at);
    return size;
}

bool monitor_number(const char *word, uint64_t *value)
{
    char *end;
    errno = 0;
    *value = strtoull(word, &end, 0);
    return isdigit((unsigned char)*word) && !*end && !errno;
}

/* Base names of a processor's registers. */
static bool find_register(const struct monitor *monitor, const char *name, uint64_t *value)
{
    const struct cpu *cpu = monitor_cpu(monitor);
    char upper[MONITOR_WORD_MAX] = "", *end;
    for (size_t i = 0; name[i]; i++)
        upper[i] = (char)toupper((unsigned char)name[i]);
    unsigned long n = strtoul(name + 1, &end, 10);
    if (!strcmp(upper, "PC"))
        *value = cpu_get_pc(cpu);
    else if (!strcmp(upper, "SP"))
        *value = cpu_get_x(cpu, 31);
    else if (!strcmp(upper, "LR"))
        *value = cpu_get_x(cpu, 30);
    else if (*upper == 'X' && isdigit((unsigned char)name[1]) && !*end && n <= 30)
        *value = cpu_get_x(cpu, (unsigned)n);
    else
        return cpu_get_sysreg(cpu, upper, value);
    return true;
}

/* A symbol's address as the processor would use it now. */
static bool find_symbol(const struct monitor *monitor, const char *name, uint64_t *value)
{
    const struct guest_kernel *kernel = &monitor->virt->guest_kernel;
    const struct elf_symbol *symbol = elf_symbols_find(&kernel->symbols, name);
    uint64_t va, pa;
    if (!symbol)
        return false;
    *value = symbol->address;
    if (!guest_kernel_physical(kernel, symbol->address, &pa))
        return true;
    if (guest_kernel_find(monitor->virt, &va))
        *value += va - kernel->va;
    return true;
}

/* Separates +N or -N from the word. */
static bool take_offset(char *word, uint64_t *offset)
{
    char *sign = strpbrk(word + (*word != 0), "+-");
    *offset = 0;
    if (!sign)
        return true;
    bool minus = *sign == '-';
    *sign = 0;
    bool ok = monitor_number(sign + 1, offset);
    *offset = minus ? 0 - *offset : *offset;
    return ok;
}

bool monitor_address(struct monitor *monitor, const char *word, uint64_t *value)
{
    char name[MONITOR_WORD_MAX];
    uint64_t offset = 0;
    snprintf(name, sizeof(name), "%s", word + (*word == '$'));
    bool ok = *name && take_offset(name, &offset);
    guest_kernel_default_symbols(&monitor->virt->guest_kernel, monitor->virt->config->kernel);
    ok = ok && (monitor_number(name, value) || find_register(monitor, name, value) ||
                find_symbol(monitor, name, value));
    *value += ok ? offset : 0;
    if (!ok)
        monitor_print(
            monitor, "'%s' is no address: a number, a register or a symbol is needed%s\n", word,
            monitor->virt->guest_kernel.path ? "" : " (there are no symbols: symbols FILE)");
    return ok;
}

const char *monitor_name(struct monitor *monitor, uint64_t address, char text[MONITOR_WORD_MAX])
{
    uint64_t offset;
    guest_kernel_default_symbols(&monitor->virt->guest_kernel, monitor->virt->config->kernel);
    const char *name = guest_kernel_name(monitor->virt, monitor->cpu, address, &offset);
    *text = 0;
    if (name && offset)
        snprintf(text, MONITOR_WORD_MAX, " <%s+%#" PRIx64 ">", name, offset);
    else if (name)
        snprintf(text, MONITOR_WORD_MAX, " <%s>", name);
    return text;
}

uint64_t monitor_sysreg(const struct monitor *monitor, const char *name)
{
    uint64_t value = 0;
    cpu_get_sysreg(monitor_cpu(monitor), name, &value);
    return value;
}
