/* SPDX-License-Identifier: MIT */
#include "net/checksum.h"

uint32_t checksum_add(uint32_t sum, const void *data, size_t size)
{
    const uint8_t *byte = data;

    for (; size >= 2; size -= 2, byte += 2)
        sum += (uint32_t)byte[0] << 8 | byte[1];
    if (size)
        sum += (uint32_t)byte[0] << 8;
    return sum;
}

uint16_t checksum_finish(uint32_t sum)
{
    while (sum >> 16)
        sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

uint16_t checksum_update(uint16_t checksum, uint16_t old_word, uint16_t new_word)
{
    return checksum_finish((uint16_t)~checksum + (uint32_t)(uint16_t)~old_word + new_word);
}
