/* SPDX-License-Identifier: MIT */
/*
 * Loops that wait for somebody else.
 *
 * A short loop that looks at memory and stores nothing, and in which no register or flag is written
 * that an earlier instruction of the loop has read, does the same every time round: it can end only
 * by another CPU's store, a device, or an interrupt. That is a property of the code alone. Whoever
 * waits so may give up the rest of its turn; the branch that closes the loop is decoded to a
 * handler that says so (CPU_EXIT_YIELD).
 */
#ifndef CPU_SPIN_H
#define CPU_SPIN_H

#include <stdbool.h>
#include <stdint.h>

/* Instructions, the branch included. */
#define SPIN_MAX 8

/* Is [first, last] such a loop? Numbers of instructions in a page whose words are at `words`; the
 * last one branches back to the first. */
bool spin_is_loop(const uint8_t *words, unsigned first, unsigned last);

#endif
