/* SPDX-License-Identifier: MIT */
#include "mach-virt/profile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "mach-virt/virt.h"

static bool start_coverage(struct virt *virt, struct error *error)
{
    if (!virt->config->coverage)
        return true;
    virt->coverage = cpu_coverage_create();
    if (!virt->coverage)
        return error_set(error, "-coverage: out of memory");
    for (unsigned i = 0; i < virt->cpus; i++)
        cpu_set_coverage(virt->cpu[i], virt->coverage);
    return true;
}

bool profile_start(struct virt *virt, struct error *error)
{
    if (!start_coverage(virt, error))
        return false;
    if (!virt->config->profile)
        return true;
    virt->profile = cpu_profile_create();
    if (!virt->profile)
        return error_set(error, "-profile: out of memory");
    for (unsigned i = 0; i < virt->cpus; i++)
        cpu_set_profile(virt->cpu[i], virt->profile);
    return true;
}

static bool end_coverage(struct virt *virt, struct error *error)
{
    if (!virt->coverage)
        return true;
    bool ok = cpu_coverage_write(virt->coverage, virt->config->coverage);
    if (!ok)
        error_set(error, "-coverage %s: %s", virt->config->coverage, strerror(errno));
    cpu_coverage_destroy(virt->coverage);
    virt->coverage = NULL;
    return ok;
}

/* By the tables of the first processor, as they are at the end: programs that are gone have no names. */
static void name_address(void *ctx, uint64_t va, char *text, size_t size)
{
    uint64_t offset;
    const char *name = guest_kernel_name(ctx, 0, va, &offset);
    if (name)
        snprintf(text, size, "<%s+%#" PRIx64 ">", name, offset);
}

static void name_device(void *ctx, uint64_t pa, char *text, size_t size)
{
    struct virt *virt = ctx;
    const struct bus_window *window = bus_find(virt->bus, pa);
    snprintf(text, size, "%s", window ? window->ops->name : ram_map(&virt->ram, pa, 1) ? "RAM" : "nothing");
}

bool profile_end(struct virt *virt, struct error *error)
{
    bool coverage_ok = end_coverage(virt, error);
    if (!virt->profile)
        return coverage_ok;
    guest_kernel_default_symbols(&virt->guest_kernel, virt->config->kernel);
    const struct cpu_profile_names names = { virt, name_address, name_device };
    bool ok = cpu_profile_write(virt->profile, virt->config->profile, &names);
    if (!ok)
        error_set(error, "-profile %s: %s", virt->config->profile, strerror(errno));
    cpu_profile_destroy(virt->profile);
    virt->profile = NULL;
    return ok && coverage_ok;
}
