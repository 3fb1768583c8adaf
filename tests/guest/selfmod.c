/* SPDX-License-Identifier: MIT */
/*
 * Code that is written while it runs. Arm ARM, "Concurrent modification and execution of
 * instructions": a write, DC CVAU, DSB, IC IVAU, DSB, ISB make new instructions visible.
 */
#include "tests/guest/guest.h"

#define MOVZ_X0(value) (0xd2800000u | (u32)(value) << 5)
#define RET            0xd65f03c0u

typedef u64 (*code)(void);
typedef u64 (*change)(u64 target, u32 instruction);

static void put(u64 address, u32 instruction)
{
    write32(address, instruction);
    sync_code(address);
}

/* A block that stores w1 to x0, which lies in the block itself, makes the store visible, and falls
 * into it. */
static void put_self_changing(u64 address)
{
    static const u32 block[] = {
        0xb9000001, /* str w1, [x0] */
        0xd50b7b20, /* dc cvau, x0 */
        0xd5033b9f, /* dsb ish */
        0xd50b7520, /* ic ivau, x0 */
        0xd5033b9f, /* dsb ish */
        0xd5033fdf, /* isb */
        MOVZ_X0(7), /* the target */
        RET,
    };

    for (u64 i = 0; i < sizeof(block) / 4; i++)
        put(address + 4 * i, block[i]);
}

/* A page that is code and data at once: the loop counts in the page it runs from. */
static u64 count_beside_code(u64 page, u64 times)
{
    u64 counter = page + 0x800;

    put(page, 0xf9400001);     /* ldr x1, [x0] */
    put(page + 4, 0x91000421); /* add x1, x1, #1 */
    put(page + 8, 0xf9000001); /* str x1, [x0] */
    put(page + 12, RET);
    write64(counter, 0);
    for (u64 i = 0; i < times; i++)
        ((void (*)(u64))page)(counter);
    return read64(counter);
}

int main(void)
{
    u64 page = (u64)free_memory;
    u64 sum = 0;

    put(page, MOVZ_X0(1));
    put(page + 4, RET);
    print_hex("as written", ((code)page)());
    put(page, MOVZ_X0(2));
    print_hex("rewritten", ((code)page)());

    for (u64 i = 0; i < 1000; i++) {
        put(page, MOVZ_X0(i));
        sum += ((code)page)();
    }
    print_hex("rewritten 1000 times, the sum", sum);

    put_self_changing(page + 0x100);
    u64 target = page + 0x118;
    print_hex("a block that writes what it has", ((change)(page + 0x100))(target, MOVZ_X0(7)));
    print_hex("a block that changes itself", ((change)(page + 0x100))(target, MOVZ_X0(9)));

    print_hex("counted beside the code", count_beside_code(page, 1000));

    put(page + 0x10000, MOVZ_X0(3));
    put(page + 0x10004, RET);
    print_hex("another page", ((code)(page + 0x10000))());
    return 0;
}
