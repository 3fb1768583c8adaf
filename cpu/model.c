/* SPDX-License-Identifier: MIT */
/*
 * What tells one Cortex-A from another, to software that runs at EL0 and EL1: the values of a few
 * identification registers. Instructions and behaviour are the same. Values: the Technical
 * Reference Manuals of the processors, "Identification registers" and "Cache Size ID Register".
 */
#include "cpu/cpu.h"

#include <string.h>

static const struct cpu_model models[] = {
    {
        .name = "cortex-a57",
        .midr = 0x411fd070,
        .ctr = 0x8444c004,
        .ccsidr = { 0x701fe00a, 0x201fe012, 0x70ffe07a }, /* 32 KiB, 48 KiB, 2 MiB */
        .pmcr_idcode = 0x01,
        .pa_range = 4,
        .pa_bits = 44,
    },
    {
        .name = "cortex-a53",
        .midr = 0x410fd034,
        .ctr = 0x84448004,
        .ccsidr = { 0x700fe01a, 0x201fe00a, 0x707fe07a }, /* 32 KiB, 32 KiB, 1 MiB */
        .pmcr_idcode = 0x03,
        .pa_range = 2,
        .pa_bits = 40,
    },
};

const struct cpu_model *cpu_model_default(void)
{
    return &models[0];
}

const struct cpu_model *cpu_model_find(const char *name)
{
    for (size_t i = 0; i < sizeof(models) / sizeof(*models); i++)
        if (!strcmp(models[i].name, name))
            return &models[i];
    return NULL;
}

const char *cpu_model_list(void)
{
    return "cortex-a57, cortex-a53";
}
