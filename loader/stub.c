/* SPDX-License-Identifier: MIT */
#include "loader/stub.h"

#include "loader/bytes.h"

#define DTB_AT   0x18
#define ENTRY_AT 0x20

static const uint32_t stub[] = {
    0x580000c0, /* ldr x0, stub + DTB_AT */
    0xaa1f03e1, /* mov x1, xzr */
    0xaa1f03e2, /* mov x2, xzr */
    0xaa1f03e3, /* mov x3, xzr */
    0x58000084, /* ldr x4, stub + ENTRY_AT */
    0xd61f0080, /* br  x4 */
};

void stub_build(uint8_t code[STUB_SIZE], uint64_t dtb, uint64_t entry)
{
    for (unsigned i = 0; i < sizeof(stub) / sizeof(*stub); i++)
        store_le32(code + 4 * i, stub[i]);
    store_le64(code + DTB_AT, dtb);
    store_le64(code + ENTRY_AT, entry);
}
