/* SPDX-License-Identifier: MIT */
/* Where a bare-metal guest finds itself: EL1, masked, MMU off, the device tree at the bottom of
 * RAM. */
#include "tests/guest/guest.h"

int main(void)
{
    print("hello, bare metal\n");
    print_hex("CurrentEL", READ_SYSREG(CurrentEL));
    print_hex("DAIF", READ_SYSREG(daif));
    print_hex("SPSel", READ_SYSREG(SPSel));
    print_hex("SCTLR_EL1.{M,C,I}", READ_SYSREG(sctlr_el1) & 0x1005);
    print_hex("MIDR_EL1", READ_SYSREG(midr_el1));
    print_hex("MPIDR_EL1", READ_SYSREG(mpidr_el1));
    print_hex("CNTFRQ_EL0", READ_SYSREG(cntfrq_el0));
    print_hex("device tree magic", __builtin_bswap32(read32(RAM_BASE)));
    return 0;
}
