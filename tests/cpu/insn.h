/* SPDX-License-Identifier: MIT */
/*
 * One instruction at a time: set registers, execute, look at what changed.
 *
 * Each test of a suite runs twice, once with instructions decoded into the pages of the code cache
 * (cpu_run) and once on the step page (cpu_step), because these are two ways through the core that
 * must not differ.
 *
 * The code stands at CODE and everything else around it is `b .`, a check point: wherever an
 * instruction goes, the run ends there with a PC that can be looked at. No test can hang.
 *
 * With ARMLET_COVERAGE=FILE in the environment, the stepped half adds to FILE which rows of a64.def it executed
 * (tests/coverage).
 */
#ifndef TESTS_CPU_INSN_H
#define TESTS_CPU_INSN_H

#include "a64_encode.h"
#include "tests/cpu/paging.h"

#define CODE    (BOARD_RAM + 0x4a80) /* in the middle of pages of `b .` */
#define VECTORS (BOARD_RAM + 0x10000)
#define DATA    (BOARD_RAM + 0x20000) /* zeros from here on */

/* NZCV as CCMP and the tests write it. */
enum { V = 1, C = 2, Z = 4, N = 8 };
/* Condition codes. */
enum { EQ, NE, CS, CC, MI, PL, VS, VC, HI, LS, GE, LT, GT, LE, AL, NV };

#define SP 31 /* for x() and set_x() */

/* The machine of the running test. */
struct board *board(void);

void set_x(unsigned n, uint64_t value);
uint64_t x(unsigned n);
void set_flags(unsigned nzcv);
unsigned flags(void);

/* Vector registers, by halves. */
void set_v(unsigned n, uint64_t low, uint64_t high);
void expect_v(unsigned n, uint64_t low, uint64_t high);

/* Puts `count` words at pa. */
void put_code(uint64_t pa, const uint32_t *words, size_t count);
/* Executes the word at CODE; it must retire and fall through to the next. */
void run(uint32_t word);
/* The same for one that goes elsewhere: returns the PC behind it. Exceptions are a way of going
 * elsewhere. */
uint64_t run_to(uint32_t word);
/* Executes `count` instructions from the PC on, whatever they are. */
void run_count(unsigned count);
/* Executes at least `count` instructions and exception entries from the PC on, to the next check point. */
void run_more(unsigned count);
/* How the last of these ended: CPU_EXIT_STEPPED or CPU_EXIT_BUDGET, unless the instruction stops
 * the CPU. */
enum cpu_exit last_exit(void);
/* The instruction must take an exception to EL1 with this ESR_EL1.EC and ISS, with itself as return
 * address. */
void expect_exception(uint32_t word, unsigned ec, uint32_t iss);
void expect_undefined(uint32_t word);

/* Turns the MMU on. RAM is mapped to itself; besides: */
#define FIRST     0x10000ull /* two pages of Normal memory, neighbours in virtual memory only */
#define SECOND    0x11000ull
#define UNMAPPED  0x12000ull
#define READ_ONLY 0x20000ull
#define USER      0x30000ull /* EL0 may read and write */
#define DEVICE    0x40000ull
#define NOTHING   0x50000ull /* Device memory where no device answers */
struct paging map_memory(void);
/* The next access to any page takes the slow way. */
void forget_translations(void);

/* Values at which arithmetic has corners. */
#define CORNERS 14
extern const uint64_t corners[CORNERS];
/* Arm ARM J1, AddWithCarry, as it stands there: with integers that are wide enough. */
uint64_t add_with_carry(bool sf, uint64_t a, uint64_t b, bool carry, unsigned *nzcv);
/* Its flags for a logical result: N and Z. */
unsigned logical_flags(bool sf, uint64_t result);

/* Runs the tests that `add` adds to a case, both ways; the exit status of the program. */
int insn_run_suite(const char *name, void (*add)(TCase *tc));

#endif
