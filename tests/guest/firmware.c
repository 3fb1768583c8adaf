/* SPDX-License-Identifier: MIT */
/*
 * Every PSCI function, its errors, and the life of another CPU, with all of X0.
 * Arm Power State Coordination Interface, DEN 0022D; SMC Calling Convention, DEN 0028.
 */
#include "tests/guest/gic.h"
#include "tests/guest/paging.h"

#define CPU_SUSPEND    0xc4000001ul
#define CPU_ON         0xc4000003ul
#define AFFINITY_INFO  0xc4000004ul
#define FEATURES       0x8400000aul
#define FUNCTIONS      0x18
#define SMCCC_VERSION  0x80000000ul
#define SMCCC_FEATURES 0x80000001ul
#define TRNG_VERSION   0x84000050ul
#define VENDOR_UID     0x8600ff01ul
#define NO_SUCH_CPU    5
#define CONTEXT        0x0123456789abcdeful

volatile u64 seen[4]; /* by the CPU that was switched on */
volatile u64 arrived;

/* Without a stack: registers only. */
__asm__(".pushsection .text\nstarted_entry:\n\t"
        "adrp x1, seen\n\tadd x1, x1, :lo12:seen\n\t"
        "str x0, [x1]\n\tmrs x2, mpidr_el1\n\tstr x2, [x1, #8]\n\t"
        "mrs x2, currentel\n\tmrs x3, daif\n\torr x2, x2, x3\n\tmrs x3, spsel\n\torr x2, x2, x3\n\t"
        "str x2, [x1, #16]\n\tmrs x2, sctlr_el1\n\tstr x2, [x1, #24]\n\t"
        "dsb sy\n\tadrp x1, arrived\n\tadd x1, x1, :lo12:arrived\n\tmov x2, #1\n\tstr x2, [x1]\n\t"
        "mov x0, #0x84000000\n\tadd x0, x0, #2\n\thvc #0\n\tb .\n\t.popsection");
extern const u32 started_entry[];

static void features(void)
{
    for (u64 base = 0x84000000; base <= 0xc4000000; base += 0x40000000) {
        printf("FEATURES of %lx:", base);
        for (u64 n = 0; n < FUNCTIONS; n++)
            printf(" %lx", psci(FEATURES, base + n, 0, 0) & 0xffffffff);
        print("\n");
    }
}

static void errors(void)
{
    printf("64 bits of an error: %lx\n", psci(0x8400ff00, 0, 0, 0));
    printf("SMCCC: %lx %lx\n", psci(SMCCC_VERSION, 0, 0, 0),
           psci(SMCCC_FEATURES, 0x80000000, 0, 0));
    printf("other services: %lx %lx %lx\n", psci(TRNG_VERSION, 0, 0, 0), psci(VENDOR_UID, 0, 0, 0),
           psci(0xc3000000, 0, 0, 0));
    printf("CPU_ON: itself %lx, no such CPU %lx %lx\n", psci(CPU_ON, 0, (u64)started_entry, 0),
           psci(CPU_ON, NO_SUCH_CPU, (u64)started_entry, 0),
           psci(CPU_ON, 1ul << 32, (u64)started_entry, 0));
    for (u64 level = 0; level < 5; level++)
        printf("AFFINITY_INFO, level %lu: %lx %lx %lx\n", level, psci(AFFINITY_INFO, 0, level, 0),
               psci(AFFINITY_INFO, 1, level, 0), psci(AFFINITY_INFO, NO_SUCH_CPU, level, 0));
}

static void life(u64 function)
{
    arrived = 0;
    printf("CPU_ON %lx: %lx\n", function, psci(function, 1, (u64)started_entry, CONTEXT));
    while (!arrived)
        ;
    printf("context %lx MPIDR %lx EL, DAIF, SP %lx SCTLR %lx\n", seen[0], seen[1], seen[2],
           seen[3]);
    while (psci(AFFINITY_INFO, 1, 0, 0) != 1)
        ;
    print("off again\n");
}

static void suspend(void)
{
    write32(GICD_CTLR, 1);
    write32(GICC_CTLR, 1);
    write32(GICC_PMR, 0xff);
    write32(GICD_SGIR, SGI_TO_SELF | 1);
    printf("CPU_SUSPEND, an interrupt pending: %lx\n", psci(CPU_SUSPEND, 0, 0, 0));
}

static void registers(void)
{
    register u64 x0 __asm__("x0") = FEATURES;
    register u64 x1 __asm__("x1") = CPU_ON;
    register u64 x2 __asm__("x2") = 2;
    register u64 x3 __asm__("x3") = 3;
    register u64 x17 __asm__("x17") = 17;

    __asm__ volatile("hvc #0" : "+r"(x0), "+r"(x1), "+r"(x2), "+r"(x3), "+r"(x17)::"memory");
    printf("registers: %lx %lx %lx %lx %lx\n", x0, x1, x2, x3, x17);
}

int main(void)
{
    features();
    errors();
    life(CPU_ON);
    life(CPU_ON & 0xbfffffff);
    suspend();
    registers();
    return 0;
}
