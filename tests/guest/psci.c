/* SPDX-License-Identifier: MIT */
/* PSCI over HVC: DEN 0022, "PSCI function prototypes". Negative results are 32 bits, sign extended
 * or not. */
#include "tests/guest/guest.h"

#define PSCI_VERSION           0x84000000
#define PSCI_MIGRATE_INFO_TYPE 0x84000006
#define PSCI_FEATURES          0x8400000a
#define PSCI_CPU_ON            0xc4000003
#define PSCI_AFFINITY_INFO     0xc4000004
#define PSCI_SYSTEM_OFF        0x84000008
#define UNKNOWN_FUNCTION       0x8400ff00

static void call(const char *name, u64 function, u64 a, u64 b, u64 c)
{
    print_hex(name, (u32)psci(function, a, b, c));
}

int main(void)
{
    u64 major = (u32)psci(PSCI_VERSION, 0, 0, 0) >> 16;

    print_hex("VERSION: major", major);
    call("FEATURES(CPU_ON)", PSCI_FEATURES, PSCI_CPU_ON, 0, 0);
    call("FEATURES(SYSTEM_OFF)", PSCI_FEATURES, PSCI_SYSTEM_OFF, 0, 0);
    call("FEATURES(unknown)", PSCI_FEATURES, UNKNOWN_FUNCTION, 0, 0);
    call("AFFINITY_INFO(0): on", PSCI_AFFINITY_INFO, 0, 0, 0);
    call("AFFINITY_INFO(no such CPU)", PSCI_AFFINITY_INFO, 0xff0000, 0, 0);
    call("CPU_ON(0): already on", PSCI_CPU_ON, 0, RAM_BASE, 0);
    call("CPU_ON(no such CPU)", PSCI_CPU_ON, 0xff0000, RAM_BASE, 0);
    call("MIGRATE_INFO_TYPE: no migration needed", PSCI_MIGRATE_INFO_TYPE, 0, 0, 0);
    call("unknown function", UNKNOWN_FUNCTION, 0, 0, 0);
    return 0;
}
