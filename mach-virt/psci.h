/* SPDX-License-Identifier: MIT */
/*
 * The firmware's part in power management: Arm DEN 0022D, "Power State Coordination Interface",
 * version 1.1, as the guest reaches it by HVC.
 *
 * Knows processors as numbers; the machine starts and stops them. Processor n has the affinity
 * {0, 0, 0, n}.
 */
#ifndef MACH_VIRT_PSCI_H
#define MACH_VIRT_PSCI_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/snapshot.h"

#define PSCI_CPUS_MAX 8

/* "Function Identifiers and prototypes". PSCI_64 has arguments of 64 bits. */
#define PSCI_64                0x40000000u
#define PSCI_VERSION           0x84000000u
#define PSCI_CPU_SUSPEND       0x84000001u
#define PSCI_CPU_OFF           0x84000002u
#define PSCI_CPU_ON            0x84000003u
#define PSCI_AFFINITY_INFO     0x84000004u
#define PSCI_MIGRATE           0x84000005u
#define PSCI_MIGRATE_INFO_TYPE 0x84000006u
#define PSCI_SYSTEM_OFF        0x84000008u
#define PSCI_SYSTEM_RESET      0x84000009u
#define PSCI_FEATURES          0x8400000au

/* "Return error codes". */
#define PSCI_SUCCESS            0
#define PSCI_NOT_SUPPORTED      (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_ALREADY_ON         (-4)

/* What the machine does. All but `start` stop the calling processor at its next check point. */
struct psci_port {
    void (*start)(void *ctx, unsigned cpu, uint64_t entry, uint64_t context_id);
    void (*stop)(void *ctx, unsigned cpu);
    void (*standby)(void *ctx, unsigned cpu); /* like WFI */
    void (*system_off)(void *ctx);
    void (*system_reset)(void *ctx);
    void *ctx;
};

struct psci {
    struct psci_port port;
    unsigned cpus;
    uint8_t on[PSCI_CPUS_MAX]; /* the guest-visible state: 1: on */
};

void psci_init(struct psci *psci, unsigned cpus, const struct psci_port *port);
/* Processor 0 on, the others off. */
void psci_reset(struct psci *psci);

/* A call by processor `cpu` with the function identifier in args[0]; returns what goes into X0. A
 * function that isn't there is answered by NOT_SUPPORTED (Arm DEN 0028, "SMC Calling Convention",
 * "Unknown Function Identifier"). */
int64_t psci_call(struct psci *psci, unsigned cpu, const uint64_t args[4]);

void psci_save(const struct psci *psci, struct snapshot_writer *out);
bool psci_load(struct psci *psci, struct snapshot_reader *in);

#endif
