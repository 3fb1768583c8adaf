/* SPDX-License-Identifier: MIT */
#include "mach-virt/profile.h"

#include <errno.h>
#include <string.h>

#include "mach-virt/virt.h"

bool profile_start(struct virt *virt, struct error *error)
{
    if (!virt->config->profile)
        return true;
    virt->profile = cpu_profile_create();
    if (!virt->profile)
        return error_set(error, "-profile: out of memory");
    for (unsigned i = 0; i < virt->cpus; i++)
        cpu_set_profile(virt->cpu[i], virt->profile);
    return true;
}

bool profile_end(struct virt *virt, struct error *error)
{
    if (!virt->profile)
        return true;
    bool ok = cpu_profile_write(virt->profile, virt->config->profile);
    if (!ok)
        error_set(error, "-profile %s: %s", virt->config->profile, strerror(errno));
    cpu_profile_destroy(virt->profile);
    virt->profile = NULL;
    return ok;
}
