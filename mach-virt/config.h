/* SPDX-License-Identifier: MIT */
/*
 * What the user asked for: the command line as data. Filled in by options.h, read by everything
 * else.
 *
 * Strings point into argv unless they are said to be owned; config_free frees those.
 */
#ifndef MACH_VIRT_CONFIG_H
#define MACH_VIRT_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "cpu/cpu.h"
#include "net/user_options.h"

#define CONFIG_CPUS_MAX    8 /* what a GICv2 serves */
#define CONFIG_SLOTS_MAX   32
#define CONFIG_NETS_MAX    8
#define CONFIG_DRIVES_MAX  16
#define CONFIG_NFS_MAX     16
#define CONFIG_SERIALS_MAX 1 /* UARTs on the board */

/* A network behind a link, and the card for it where the option asks for one too (-nic). */
struct net_config {
    struct net_user_config user; /* owned */
    struct net_nic_config nic;
    bool card;  /* -nic, -net nic: put a card into the machine */
    bool taken; /* a card is on it */
};

/* -drive, or the disk of a -device. */
struct drive_config {
    char *id, *file; /* owned; id may be NULL */
    bool readonly;
    bool format_given;
    bool taken; /* a disk uses it */
};

enum device_kind { DEVICE_NET, DEVICE_BLK, DEVICE_RNG };

/* A -device (or what -nic and -drive if=virtio imply), in the order of the command line. */
struct device_config {
    enum device_kind kind;
    bool pci;                   /* on the PCI bus; otherwise in a virtio-mmio slot */
    bool modern_only;           /* PCI: no legacy interface */
    struct net_config *net;     /* DEVICE_NET: points into config.net */
    struct drive_config *drive; /* DEVICE_BLK: points into config.drive */
    uint8_t mac[6];
    bool has_mac;
    char *serial;     /* DEVICE_BLK: owned or NULL */
    char *backend_id; /* netdev= or drive= until config_resolve finds it; owned */
};

enum panic_action { PANIC_NONE, PANIC_PAUSE, PANIC_SHUTDOWN, PANIC_EXIT_FAILURE };

/* -d classes. */
enum log_item {
    LOG_ITEM_INT = 1 << 0,
    LOG_ITEM_MMU = 1 << 1,
    LOG_ITEM_EXEC = 1 << 2,
    LOG_ITEM_CPU = 1 << 3,
    LOG_ITEM_GUEST_ERRORS = 1 << 4,
    LOG_ITEM_UNIMP = 1 << 5,
    LOG_ITEM_STATE_HASH = 1 << 6,
};

/* Is hot code compiled? */
enum compile_choice {
    COMPILE_AUTO, /* where that is to be had */
    COMPILE_ON,   /* or else it is an error */
    COMPILE_OFF
};

struct config {
    const struct cpu_model *cpu_model;
    unsigned cpus;
    uint64_t ram_size; /* bytes, a multiple of 4096 */
    char *dumpdtb;     /* owned */
    bool legacy_virtio;
    bool dtb_randomness; /* kaslr-seed and rng-seed in /chosen */

    const char *kernel, *initrd, *dtb, *append;

    const char *serial[CONFIG_SERIALS_MAX];
    unsigned serials;
    const char *monitor;
    const char *input; /* file of console input at fixed times */
    bool nographic, nodefaults, no_reboot, no_shutdown;
    enum panic_action panic;

    enum compile_choice compile;
    const char *gdb;
    const char *profile; /* file */
    const char *coverage; /* file */
    bool stopped; /* -S */

    struct net_config net[CONFIG_NETS_MAX];
    unsigned nets;
    bool no_net;
    const char *nfs[CONFIG_NFS_MAX];
    unsigned nfs_count;
    struct drive_config drive[CONFIG_DRIVES_MAX];
    unsigned drives;
    struct device_config device[CONFIG_SLOTS_MAX];
    unsigned devices;

    unsigned log; /* enum log_item, or-ed */
    const char *log_file;

    bool parallel; /* a host thread per processor; time is the host's */
    bool icount;   /* -icount was given */
    unsigned icount_shift; /* an instruction takes 2^shift ns */
    bool idle_sleeps; /* an idle machine waits on the host; false: skips to the next deadline */
    bool has_seed, has_epoch;
    uint64_t seed;
    int64_t epoch; /* seconds since 1970 UTC at power-on */

    enum { CONFIG_RUN, CONFIG_HELP, CONFIG_VERSION } action;
};

/* The machine of an empty command line. */
void config_init(struct config *config);
void config_free(struct config *config);

#endif
