/* SPDX-License-Identifier: MIT */
#include "mach-virt/psci.h"

#include <string.h>

#define VERSION_1_1              0x00010001
#define TRUSTED_OS_NOT_MIGRATING 2 /* MIGRATE_INFO_TYPE: there is no Trusted OS to migrate */
#define AFFINITY_ON              0
#define AFFINITY_OFF             1
#define AFFINITY_MASK            UINT64_C(0xff00ffffff) /* MPIDR_EL1: Aff3, Aff2, Aff1, Aff0 */
#define POWER_STATE_UNKNOWN      0xfffe0000u /* CPU_SUSPEND: levels above the core, reserved */

void psci_init(struct psci *psci, unsigned cpus, const struct psci_port *port)
{
    *psci = (struct psci){ .port = *port, .cpus = cpus };
    psci_reset(psci);
}

void psci_reset(struct psci *psci)
{
    memset(psci->on, 0, sizeof(psci->on));
    psci->on[0] = 1;
}

/* The processor with that affinity, or -1. */
static int find_cpu(const struct psci *psci, uint64_t affinity)
{
    affinity &= AFFINITY_MASK;
    return affinity < psci->cpus ? (int)affinity : -1;
}

static int64_t cpu_on(struct psci *psci, uint64_t affinity, uint64_t entry, uint64_t context_id)
{
    int cpu = find_cpu(psci, affinity);
    if (cpu < 0)
        return PSCI_INVALID_PARAMETERS;
    if (psci->on[cpu])
        return PSCI_ALREADY_ON;
    psci->on[cpu] = 1;
    psci->port.start(psci->port.ctx, (unsigned)cpu, entry, context_id);
    return PSCI_SUCCESS;
}

static int64_t cpu_off(struct psci *psci, unsigned cpu)
{
    psci->on[cpu] = 0;
    psci->port.stop(psci->port.ctx, cpu);
    return PSCI_SUCCESS; /* nobody is left to see it */
}

/* A core has one state, standby. A request to power it down is answered the same way, as if the
 * event that wakes it up had come first ("CPU_SUSPEND", "Caller responsibilities"). */
static int64_t cpu_suspend(struct psci *psci, unsigned cpu, uint32_t power_state)
{
    if (power_state & POWER_STATE_UNKNOWN)
        return PSCI_INVALID_PARAMETERS;
    psci->port.standby(psci->port.ctx, cpu);
    return PSCI_SUCCESS;
}

static int64_t affinity_info(const struct psci *psci, uint64_t affinity, uint64_t level)
{
    if (level)
        return AFFINITY_ON; /* whoever asks runs in it */
    int cpu = find_cpu(psci, affinity);
    if (cpu < 0)
        return PSCI_INVALID_PARAMETERS;
    return psci->on[cpu] ? AFFINITY_ON : AFFINITY_OFF;
}

static int64_t features(uint64_t function)
{
    switch ((uint32_t)function) {
    case PSCI_VERSION:
    case PSCI_CPU_SUSPEND:
    case PSCI_CPU_SUSPEND | PSCI_64:
    case PSCI_CPU_OFF:
    case PSCI_CPU_ON:
    case PSCI_CPU_ON | PSCI_64:
    case PSCI_AFFINITY_INFO:
    case PSCI_AFFINITY_INFO | PSCI_64:
    case PSCI_MIGRATE_INFO_TYPE:
    case PSCI_SYSTEM_OFF:
    case PSCI_SYSTEM_RESET:
    case PSCI_FEATURES:
        return PSCI_SUCCESS;
    default:
        return PSCI_NOT_SUPPORTED;
    }
}

int64_t psci_call(struct psci *psci, unsigned cpu, const uint64_t args[4])
{
    switch ((uint32_t)args[0]) {
    case PSCI_VERSION:
        return VERSION_1_1;
    case PSCI_CPU_SUSPEND:
    case PSCI_CPU_SUSPEND | PSCI_64:
        return cpu_suspend(psci, cpu, (uint32_t)args[1]);
    case PSCI_CPU_OFF:
        return cpu_off(psci, cpu);
    case PSCI_CPU_ON:
        return cpu_on(psci, (uint32_t)args[1], (uint32_t)args[2], (uint32_t)args[3]);
    case PSCI_CPU_ON | PSCI_64:
        return cpu_on(psci, args[1], args[2], args[3]);
    case PSCI_AFFINITY_INFO:
        return affinity_info(psci, (uint32_t)args[1], (uint32_t)args[2]);
    case PSCI_AFFINITY_INFO | PSCI_64:
        return affinity_info(psci, args[1], args[2]);
    case PSCI_MIGRATE_INFO_TYPE:
        return TRUSTED_OS_NOT_MIGRATING;
    case PSCI_SYSTEM_OFF:
        psci->port.system_off(psci->port.ctx);
        return PSCI_SUCCESS;
    case PSCI_SYSTEM_RESET:
        psci->port.system_reset(psci->port.ctx);
        return PSCI_SUCCESS;
    case PSCI_FEATURES:
        return features(args[1]);
    default:
        return PSCI_NOT_SUPPORTED;
    }
}

void psci_save(const struct psci *psci, struct snapshot_writer *out)
{
    snapshot_put(out, psci->on, sizeof(psci->on));
}

bool psci_load(struct psci *psci, struct snapshot_reader *in)
{
    uint8_t on[PSCI_CPUS_MAX];
    if (!snapshot_get(in, on, sizeof(on)))
        return false;
    for (unsigned i = 0; i < PSCI_CPUS_MAX; i++)
        if (on[i] > 1 || (on[i] && i >= psci->cpus))
            return false;
    memcpy(psci->on, on, sizeof(on));
    return true;
}
