/* SPDX-License-Identifier: MIT */
/*
 * Packets that look like commands more often than not: made from the beginnings of all commands and
 * the characters that stand in arguments, then bent. The same seed makes the same packets.
 */
#ifndef TESTS_GDBSTUB_PACKETS_H
#define TESTS_GDBSTUB_PACKETS_H

#include <stddef.h>
#include <stdint.h>

uint32_t packets_random(uint64_t *state);
/* The next payload, of at most `max` (>= 64) bytes; its size. */
size_t packets_make(uint64_t *state, uint8_t *payload, size_t max);

#endif
