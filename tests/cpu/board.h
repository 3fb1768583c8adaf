/* SPDX-License-Identifier: MIT */
/*
 * The smallest machine: one CPU, 1 MiB of memory at 0x40000000, a device register, and a log that can be read back.
 * The MMU is off, so memory is Device memory to data accesses: keep them aligned.
 */
#ifndef TESTS_CPU_BOARD_H
#define TESTS_CPU_BOARD_H

#include "cpu/cpu.h"

#define BOARD_RAM      0x40000000ull
#define BOARD_RAM_SIZE 0x100000u
#define BOARD_ROM      0x08000000ull
#define BOARD_DEVICE   0x09000000ull /* 4 KiB; reads give `device`, writes set it */

struct board {
    struct cpu *cpu;
    struct code_cache *cache;
    uint8_t *ram;
    uint64_t device;
    uint64_t counter; /* what the system counter reads */
    char log[4096];   /* all lines, each with a newline */
    unsigned calls;   /* HVC and SMC, served unless no_conduit */
    bool call_smc, no_conduit;
    uint16_t call_imm;
    char bus[512];    /* device accesses: "r4@10 w8@18 ", size and offset in hexadecimal */
    uint8_t *rom;     /* when not NULL, read-only memory at BOARD_ROM, 4 KiB */
    bool timer_line[CPU_TIMERS];
    unsigned timer_changes;
    bool pmu_line, pmu_irq; /* the level; set pmu_irq to have it drive CPU_LINE_IRQ */
};

/* A reset machine with PC at BOARD_RAM. */
struct board *board_create(void);
/* The same with a processor of another model. */
struct board *board_create_model(const char *model);
void board_destroy(struct board *b);
/* Copies instruction words to a physical address. */
void board_code(struct board *b, uint64_t pa, const uint32_t *words, size_t count);
uint64_t board_read(const struct board *b, uint64_t pa); /* 8 bytes of memory */
void board_write(struct board *b, uint64_t pa, uint64_t value);

#endif
