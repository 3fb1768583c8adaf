/* SPDX-License-Identifier: MIT */
/*
 * The Internet checksum (RFC 1071) and its incremental update (RFC 1624).
 *
 * Words are 16 bits in network order; sums and checksums are numbers of the host.
 */
#ifndef NET_CHECKSUM_H
#define NET_CHECKSUM_H

#include <stddef.h>
#include <stdint.h>

/* Adds bytes to a running sum (0 at first). Only the last piece of a message may have an odd size.
 * The message may be up to 128 KiB. */
uint32_t checksum_add(uint32_t sum, const void *data, size_t size);

/* The checksum: the complement of the folded sum. Over data that contains its own checksum it is 0.
 */
uint16_t checksum_finish(uint32_t sum);

/* The checksum after one word of the data changed (RFC 1624, equation 3). */
uint16_t checksum_update(uint16_t checksum, uint16_t old_word, uint16_t new_word);

#endif
