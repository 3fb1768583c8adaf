/* SPDX-License-Identifier: MIT */
/*
 * The generic ECAM host bridge (PCI Express Base Specification, "PCI Express Enhanced Configuration
 * Access Mechanism"): one root bus of 32 slots, function 0 in each; the bridge itself is in slot 0.
 *
 * It has up to four windows on the bus, each with an operations table of its own and the same
 * device: configuration (which also resets, describes, saves and destroys the whole), 32-bit
 * memory, 64-bit memory, I/O ports. In the windows, what no function answers reads as all ones.
 */
#ifndef DEVICES_PCI_HOST_H
#define DEVICES_PCI_HOST_H

#include "devices/pci.h"

struct pci_window {
    uint64_t base, size; /* of the guest-physical address space; size 0: not there */
};

struct pci_host_config {
    struct pci_window ecam;                /* 1 MiB for each bus number */
    struct pci_window io;                  /* I/O port 0 is at its base */
    struct pci_window memory, high_memory; /* PCI addresses are guest-physical addresses */
    struct irq_line intx[4];               /* slot s, pin INTA + p drives line (s + p) mod 4 */
    /* A function writes a message; NULL: there is no MSI controller. */
    void (*send_msi)(void *msi, uint64_t address, uint32_t data);
    void *msi;
    uint32_t msi_phandle; /* of the MSI controller in the device tree, 0: none */
};

struct pci_host;

/* For the windows of the same names. The site of pci_ecam_ops.describe: interrupt is the SPI of
 * intx[0], the other three follow it. */
extern const struct device_ops pci_ecam_ops, pci_io_ops, pci_memory_ops, pci_high_memory_ops;

/* NULL: out of memory. */
struct pci_host *pci_host_create(const struct device_env *env,
                                 const struct pci_host_config *config);


/* Puts a function into the next free slot and owns it from then on. false: no slot is free. */
bool pci_host_add(struct pci_host *host, struct pci_function *function);

#endif
