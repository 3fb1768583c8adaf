/* SPDX-License-Identifier: MIT */
/* Registers of the GICv2, for guests: IHI 0048B, chapter 4. */
#ifndef TESTS_GUEST_GIC_H
#define TESTS_GUEST_GIC_H

#include "tests/guest/guest.h"

#define GICD_CTLR       (GICD_BASE + 0x000)
#define GICD_IGROUPR    (GICD_BASE + 0x080)
#define GICD_ISENABLER  (GICD_BASE + 0x100)
#define GICD_ICENABLER  (GICD_BASE + 0x180)
#define GICD_ISPENDR    (GICD_BASE + 0x200)
#define GICD_ICPENDR    (GICD_BASE + 0x280)
#define GICD_ISACTIVER  (GICD_BASE + 0x300)
#define GICD_ICACTIVER  (GICD_BASE + 0x380)
#define GICD_IPRIORITYR (GICD_BASE + 0x400)
#define GICD_ITARGETSR  (GICD_BASE + 0x800)
#define GICD_ICFGR      (GICD_BASE + 0xc00)
#define GICD_SGIR       (GICD_BASE + 0xf00)
#define GICD_CPENDSGIR  (GICD_BASE + 0xf10)
#define GICD_SPENDSGIR  (GICD_BASE + 0xf20)

#define GICC_CTLR   (GICC_BASE + 0x00)
#define GICC_PMR    (GICC_BASE + 0x04)
#define GICC_BPR    (GICC_BASE + 0x08)
#define GICC_IAR    (GICC_BASE + 0x0c)
#define GICC_EOIR   (GICC_BASE + 0x10)
#define GICC_RPR    (GICC_BASE + 0x14)
#define GICC_HPPIR  (GICC_BASE + 0x18)
#define GICC_ABPR   (GICC_BASE + 0x1c)
#define GICC_AIAR   (GICC_BASE + 0x20)
#define GICC_AEOIR  (GICC_BASE + 0x24)
#define GICC_AHPPIR (GICC_BASE + 0x28)
#define GICC_APR    (GICC_BASE + 0xd0)
#define GICC_NSAPR  (GICC_BASE + 0xe0)
#define GICC_DIR    (GICC_BASE + 0x1000)

#define GICC_ENABLE_GRP0 1u
#define GICC_ENABLE_GRP1 2u
#define GICC_ACK_CTL     4u
#define GICC_FIQ_EN      8u
#define GICC_CBPR        0x10u
#define GICC_EOI_MODE    0x200u

#define SGI_TO_SELF    (2u << 24)
#define INTID_VIRTUAL  27 /* CNTV */
#define INTID_PHYSICAL 30 /* CNTP */
#define INTID_PL011    33
#define INTID_SPURIOUS 1023

#endif
