/* SPDX-License-Identifier: MIT */
/*
 * Where the bytes of a kernel are. Addresses: System.map and `info files` of Linux 4.9 (defconfig)
 * and 6.1, places by Linux, Documentation/arm64/booting.rst.
 */
#include "mach-virt/guest_kernel.h"
#include "tests/mach-virt/rig.h"

static const struct guest_kernel linux_4_9 = { .pa = 0x40080000, .size = 0xfa0000 };
static const struct guest_kernel linux_6_1 = { .pa = 0x40200000, .size = 0x6c0000 };

static void expect(const struct guest_kernel *kernel, uint64_t link, uint64_t pa)
{
    uint64_t found;
    ck_assert(guest_kernel_physical(kernel, link, &found));
    ck_assert_uint_eq(found, pa);
}

static void refuse(const struct guest_kernel *kernel, uint64_t link)
{
    uint64_t found;
    ck_assert(!guest_kernel_physical(kernel, link, &found));
}

START_TEST(an_image_alone_says_enough)
{
    expect(&linux_4_9, 0xffff000008080000, 0x40080000); /* _text */
    expect(&linux_4_9, 0xffff0000088b6258, 0x408b6258); /* __primary_switch */
    expect(&linux_4_9, 0xffff000008e10000, 0x40e10000); /* stext */
    expect(&linux_6_1, 0xffff800008000000, 0x40200000);
    expect(&linux_6_1, 0xffff800008460314, 0x40660314); /* __enable_mmu */
    expect(&linux_6_1, 0xffffffc008460314, 0x40660314); /* 39 bits of addresses */
    expect(&linux_6_1, 0xffff800080460314, 0x40660314); /* 6.6 and later */
}
END_TEST

START_TEST(other_addresses_are_not_the_kernel)
{
    refuse(&linux_4_9, 0xffff000008000000);            /* below the text offset */
    refuse(&linux_4_9, 0xffff000008080000 + 0xfa0000); /* behind the Image */
    refuse(&linux_6_1, 0xffff8000086c0000);
    refuse(&linux_6_1, 0x40660314);
    refuse(&linux_6_1, 0x0000800008460314);
}
END_TEST

START_TEST(with_vmlinux_it_is_exact)
{
    struct guest_kernel kernel = linux_6_1;
    kernel.va = 0xffff800008000000;
    expect(&kernel, 0xffff800008460314, 0x40660314);
    refuse(&kernel, 0xffff800080460314);
    refuse(&kernel, 0xffff7fffffffffff);
}
END_TEST

START_TEST(without_an_image_there_is_no_kernel)
{
    const struct guest_kernel nothing = { 0 };
    refuse(&nothing, 0xffff800008000000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("guest_kernel");
    TCase *tc = tcase_create("guest_kernel");
    tcase_add_test(tc, an_image_alone_says_enough);
    tcase_add_test(tc, other_addresses_are_not_the_kernel);
    tcase_add_test(tc, with_vmlinux_it_is_exact);
    tcase_add_test(tc, without_an_image_there_is_no_kernel);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
