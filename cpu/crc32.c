/* SPDX-License-Identifier: MIT */
#include "cpu/crc32.h"

/* One bit at a time: CRC32 instructions are rare in what we run, and a table would be the larger evil. */
static uint32_t crc_bits(uint32_t crc, uint64_t value, unsigned bytes, uint32_t polynomial)
{
    for (unsigned i = 0; i < bytes; i++) {
        crc ^= (uint8_t)(value >> (8 * i));
        for (unsigned bit = 0; bit < 8; bit++)
            crc = crc >> 1 ^ (crc & 1 ? polynomial : 0);
    }
    return crc;
}

uint32_t crc32_update(uint32_t crc, uint64_t value, unsigned bytes)
{
    return crc_bits(crc, value, bytes, 0xedb88320); /* 0x04c11db7 reflected */
}

uint32_t crc32c_update(uint32_t crc, uint64_t value, unsigned bytes)
{
    return crc_bits(crc, value, bytes, 0x82f63b78); /* 0x1edc6f41 reflected */
}
