/* SPDX-License-Identifier: MIT */
/*
 * Translation tables for a board, built descriptor by descriptor as the Arm ARM (D4.3, "VMSAv8-64
 * translation table format descriptors") draws them.
 */
#ifndef TESTS_CPU_PAGING_H
#define TESTS_CPU_PAGING_H

#include "tests/cpu/board.h"

#include <check.h>

/* Descriptor bits. */
#define D_BLOCK      1ull
#define D_TABLE      3ull
#define D_PAGE       3ull
#define D_ATTR(i)    ((uint64_t)(i) << 2)
#define D_USER       (1ull << 6) /* AP[1] */
#define D_RO         (1ull << 7) /* AP[2] */
#define D_SH         (3ull << 8)
#define D_AF         (1ull << 10)
#define D_NG         (1ull << 11)
#define D_CONTIG     (1ull << 52)
#define D_PXN        (1ull << 53)
#define D_UXN        (1ull << 54)
#define D_PXNTABLE   (1ull << 59)
#define D_UXNTABLE   (1ull << 60)
#define D_APTABLE(x) ((uint64_t)(x) << 61)

/* MAIR_EL1 of paging_enable: 0 is Normal write-back, 1 Device-nGnRnE, 2 Normal non-cacheable. */
#define PAGING_MAIR 0x4400ffull

/* TCR_EL1 fields. */
#define TCR_T0SZ(n) ((uint64_t)(n))
#define TCR_T1SZ(n) ((uint64_t)(n) << 16)
#define TCR_EPD0    (1ull << 7)
#define TCR_EPD1    (1ull << 23)
#define TCR_A1      (1ull << 22)
#define TCR_AS      (1ull << 36)
#define TCR_TBI0    (1ull << 37)
#define TCR_TBI1    (1ull << 38)
#define TCR_IPS(n)  ((uint64_t)(n) << 32)
#define TCR_TG0(n)  ((uint64_t)(n) << 14) /* 0: 4K, 1: 64K, 2: 16K */
#define TCR_TG1(n)  ((uint64_t)(n) << 30) /* 2: 4K, 3: 64K, 1: 16K */

struct paging {
    struct board *board;
    uint64_t next;  /* memory for the next table */
    unsigned grain; /* log2 of the granule: 12, 14, 16 */
    unsigned size;  /* log2 of the input address range */
    uint64_t root;
};

/* An empty set of tables in the board's memory from `memory` on. */
struct paging paging_create(struct board *b, unsigned grain, unsigned size, uint64_t memory);
/* Writes `descriptor` for va at `level`, making tables down to there. */
void paging_map(struct paging *p, uint64_t va, unsigned level, uint64_t descriptor);
/* Address of the descriptor for va at `level`; the tables down to there exist. */
uint64_t paging_slot(struct paging *p, uint64_t va, unsigned level);
/* Sets TTBR0_EL1, TCR_EL1, MAIR_EL1 and turns the MMU on. */
void paging_enable(struct paging *p, uint64_t tcr);

void board_set(struct board *b, const char *sysreg, uint64_t value);
uint64_t board_get(struct board *b, const char *sysreg);
/* Runs the tests; the exit status of the program. */
int board_run_suite(Suite *suite);
/* PSTATE.EL and SP without an exception. */
void board_set_el(struct board *b, unsigned el);

#endif
