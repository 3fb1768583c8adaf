/* SPDX-License-Identifier: MIT */
/*
 * One PCI function: its configuration space, base address registers, INTx pin and MSI-X table
 * (PCI Local Bus Specification 3.0, chapter 6 "Configuration Space").
 *
 * A device embeds a struct pci_function, describes it with the calls of "building", and hands it to
 * a host (pci_host.h), which turns accesses to its windows into the calls of "for the host".
 */
#ifndef DEVICES_PCI_H
#define DEVICES_PCI_H

#include "devices/device.h"
#include "devices/env.h"

#define PCI_CONFIG_SIZE 256 /* bytes; ours have no extended space */
#define PCI_BARS        6
#define PCI_MSIX_MAX    32

/* Offsets in the configuration header. */
#define PCI_COMMAND        0x04
#define PCI_STATUS         0x06
#define PCI_BAR_0          0x10
#define PCI_CAPABILITIES   0x34
#define PCI_INTERRUPT_LINE 0x3c
#define PCI_INTERRUPT_PIN  0x3d

#define PCI_COMMAND_IO           0x0001
#define PCI_COMMAND_MEMORY       0x0002
#define PCI_COMMAND_MASTER       0x0004
#define PCI_COMMAND_SERR         0x0100
#define PCI_COMMAND_INTX_DISABLE 0x0400

#define PCI_CAP_VENDOR 0x09
#define PCI_CAP_MSIX   0x11

struct pci_identity {
    uint16_t vendor, device;
    uint16_t subsystem_vendor, subsystem;
    uint8_t revision;
    uint32_t class; /* base class, subclass, interface: 0x020000 is Ethernet */
    bool intx;      /* has pin INTA */
};

struct pci_function_ops {
    const char *name;
    /* An access to a base address register's range; offset + size never leaves it, size is 1, 2
     * or 4. */
    uint64_t (*bar_read)(void *dev, unsigned bar, uint64_t offset, unsigned size);
    void (*bar_write)(void *dev, unsigned bar, uint64_t offset, unsigned size, uint64_t value);
    /* Configuration [offset, offset + size) is about to be read, has just been written. NULL: not
     * interested. */
    void (*config_reading)(void *dev, unsigned offset, unsigned size);
    void (*config_written)(void *dev, unsigned offset, unsigned size);
    /* The device's own state, the function's is done. save, load NULL: it has none. */
    void (*reset)(void *dev);
    void (*save)(const void *dev, struct snapshot_writer *out);
    bool (*load)(void *dev, struct snapshot_reader *in);
    void (*destroy)(void *dev);
};

enum pci_bar_kind { PCI_BAR_NONE, PCI_BAR_IO, PCI_BAR_MEM32, PCI_BAR_MEM64_PREFETCH };

struct pci_msix_entry {
    uint64_t address;
    uint32_t data, control; /* bit 0 of control: masked */
};

/* What the guest can see. Plain data. */
struct pci_function_state {
    uint8_t config[PCI_CONFIG_SIZE];
    struct pci_msix_entry msix[PCI_MSIX_MAX];
    uint32_t pending; /* MSI-X vectors that became due while masked */
    uint8_t intx;     /* level that the device drives, before PCI_COMMAND_INTX_DISABLE */
};

/* What the host does for a function. */
struct pci_upstream {
    void (*set_intx)(void *host, unsigned slot, bool level);
    void (*send_msi)(void *host, uint64_t address, uint32_t data);
    void *host;
    unsigned slot;
};

struct pci_function {
    struct pci_function_state s;
    uint8_t initial[PCI_CONFIG_SIZE];  /* power-on configuration */
    uint8_t writable[PCI_CONFIG_SIZE]; /* bits that software may write */
    struct {
        enum pci_bar_kind kind;
        uint64_t size;
    } bar[PCI_BARS];
    unsigned free; /* where the next capability goes */
    struct {
        unsigned capability; /* 0: no MSI-X */
        unsigned vectors, bar;
        uint64_t table, pending; /* offsets in the bar */
    } msix;
    const struct pci_function_ops *ops;
    void *dev;
    struct pci_upstream up;
};

/* ---- building ---- */

void pci_init(struct pci_function *f, const struct pci_function_ops *ops, void *dev,
              const struct pci_identity *id);
/* size: a power of two, for memory at least 16 bytes. A 64-bit one takes the next register too. */
void pci_add_bar(struct pci_function *f, unsigned bar, enum pci_bar_kind kind, uint64_t size);
/* Adds `size` bytes of capability, header included, in front of the list; body: what follows the
 * two bytes of the header. Returns its offset. */
unsigned pci_add_capability(struct pci_function *f, uint8_t id, const uint8_t *body, unsigned size);
void pci_set_writable(struct pci_function *f, unsigned offset, unsigned size);
/* 1..PCI_MSIX_MAX vectors, table and pending bits in `bar`, which pci.c serves from then on. */
void pci_add_msix(struct pci_function *f, unsigned vectors, unsigned bar, uint32_t table,
                  uint32_t pending);

/* ---- for the device ---- */

uint16_t pci_command(const struct pci_function *f);
/* Bits of PCI_COMMAND that the device sets on the driver's behalf. */
void pci_set_command(struct pci_function *f, uint16_t bits);
void pci_set_intx(struct pci_function *f, bool level);
bool pci_msix_enabled(const struct pci_function *f);
/* Sends the vector's message, or remembers it while it is masked. A vector that is not there is
 * ignored. */
void pci_msix_send(struct pci_function *f, unsigned vector);

/* ---- for the host ---- */

/* size 1, 2 or 4, aligned to itself; beyond PCI_CONFIG_SIZE: all ones, not written. */
uint32_t pci_config_read(struct pci_function *f, unsigned offset, unsigned size);
void pci_config_write(struct pci_function *f, unsigned offset, unsigned size, uint32_t value);

/* Finds the register that answers at `address` of the I/O or the memory space. */
bool pci_bar_find(const struct pci_function *f, bool io, uint64_t address, unsigned size,
                  unsigned *bar, uint64_t *offset);
uint64_t pci_bar_read(struct pci_function *f, unsigned bar, uint64_t offset, unsigned size);
void pci_bar_write(struct pci_function *f, unsigned bar, uint64_t offset, unsigned size,
                   uint64_t value);

void pci_reset(struct pci_function *f);
void pci_save(const struct pci_function *f, struct snapshot_writer *out);
bool pci_load(struct pci_function *f, struct snapshot_reader *in);
void pci_destroy(struct pci_function *f);

#endif
