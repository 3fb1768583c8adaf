/* SPDX-License-Identifier: MIT */
/*
 * The life of an interrupt in the GICv2: from software, timer and UART; priorities and preemption;
 * priority drop and deactivation; groups; targets. IHI 0048B, chapters 3 and 4.
 *
 * A line shows ISR_EL1 (80: IRQ, 40: FIQ), the highest pending and the running priority, and the
 * pending and active bit of one interrupt.
 */
#include "tests/guest/gic.h"

#define UARTIMSC (PL011_BASE + 0x38)
#define UARTICR  (PL011_BASE + 0x44)
#define UART_TX  (1u << 5)
#define UART_ALL 0x7ffu

#define SPI_A 40 /* no device is there */
#define SPI_B 41

struct state {
    u32 lines, highest, running, pending, active;
};

static u32 bit_of(u64 base, u32 intid)
{
    return read32(base + intid / 32 * 4) >> intid % 32 & 1;
}

static void set_bit(u64 base, u32 intid)
{
    write32(base + intid / 32 * 4, 1u << intid % 32);
}

static struct state state_of(u32 intid)
{
    return (struct state){
        .lines = (u32)READ_SYSREG(isr_el1),
        .highest = read32(GICC_HPPIR),
        .running = read32(GICC_RPR),
        .pending = bit_of(GICD_ISPENDR, intid),
        .active = bit_of(GICD_ISACTIVER, intid),
    };
}

static void print_state(const char *name, struct state s)
{
    printf("%s: lines %x HPPIR %x RPR %x pending %x active %x\n", name, s.lines, s.highest,
           s.running, s.pending, s.active);
}

static void show(const char *name, u32 intid)
{
    print_state(name, state_of(intid));
}

static void set_priority(u32 intid, u8 priority)
{
    write8(GICD_IPRIORITYR + intid, priority);
}

static void set_edge(u32 intid, u32 edge)
{
    u64 address = GICD_ICFGR + intid / 16 * 4;
    u32 field = 2u << intid % 16 * 2;

    write32(address, (read32(address) & ~field) | (edge ? field : 0));
}

static void set_group(u32 intid, u32 group)
{
    u64 address = GICD_IGROUPR + intid / 32 * 4;

    write32(address, (read32(address) & ~(1u << intid % 32)) | group << intid % 32);
}

static u32 acknowledge(void)
{
    return read32(GICC_IAR);
}

static void end(u32 id)
{
    write32(GICC_EOIR, id);
}

/* -- one interrupt -- */

static void life(const char *name, u32 edge)
{
    print(name);
    print("\n");
    set_edge(SPI_A, edge);
    show("idle", SPI_A);
    set_bit(GICD_ISPENDR, SPI_A);
    show("made pending", SPI_A);
    u32 id = acknowledge();
    printf("IAR %x\n", id);
    show("active", SPI_A);
    set_bit(GICD_ISPENDR, SPI_A);
    show("pending again", SPI_A);
    end(id);
    show("ended", SPI_A);
    set_bit(GICD_ICPENDR, SPI_A);
    show("made not pending", SPI_A);
    set_bit(GICD_ISACTIVER, SPI_A);
    show("made active by the distributor", SPI_A);
    set_bit(GICD_ICACTIVER, SPI_A);
    printf("IAR, nothing there %x\n", acknowledge());
    end(INTID_SPURIOUS);
    show("after the end of 1023", SPI_A);
}

static void masks(void)
{
    print("what keeps an interrupt away\n");
    set_priority(SPI_A, 0x80);
    set_bit(GICD_ISPENDR, SPI_A);
    write32(GICC_PMR, 0x80);
    show("PMR as its priority", SPI_A);
    printf("IAR %x\n", acknowledge());
    write32(GICC_PMR, 0x81);
    show("PMR lower by one", SPI_A);
    write32(GICC_PMR, 0xff);
    set_bit(GICD_ICENABLER, SPI_A);
    show("disabled", SPI_A);
    set_bit(GICD_ISENABLER, SPI_A);
    write32(GICD_CTLR, 0);
    show("distributor off", SPI_A);
    write32(GICD_CTLR, 3);
    write32(GICC_CTLR, 0);
    show("CPU interface off", SPI_A);
    write32(GICC_CTLR, 3);
    write8(GICD_ITARGETSR + SPI_A, 2);
    show("another CPU's", SPI_A);
    write8(GICD_ITARGETSR + SPI_A, 3);
    show("of both", SPI_A);
    write8(GICD_ITARGETSR + SPI_A, 1);
    set_bit(GICD_ICPENDR, SPI_A);
    set_priority(SPI_A, 0xff);
    set_bit(GICD_ISPENDR, SPI_A);
    show("of the lowest priority", SPI_A);
    set_bit(GICD_ICPENDR, SPI_A);
}

/* -- two interrupts -- */

static void preemption(u32 binary_point, u8 first, u8 second)
{
    set_priority(SPI_A, first);
    set_priority(SPI_B, second);
    write32(GICC_BPR, binary_point);
    set_bit(GICD_ISPENDR, SPI_A);
    u32 a = acknowledge();
    u32 running = read32(GICC_RPR);
    set_bit(GICD_ISPENDR, SPI_B);
    u32 lines = (u32)READ_SYSREG(isr_el1), b = acknowledge(), inner = read32(GICC_RPR);
    printf("BPR %x, %x then %x: RPR %x, lines %x, IAR %x, RPR %x, APR %x\n", binary_point, first,
           second, running, lines, b, inner, read32(GICC_APR));
    if (b != INTID_SPURIOUS)
        end(b);
    end(a);
    printf("  then RPR %x IAR %x\n", read32(GICC_RPR), b = acknowledge());
    end(b);
}

static void priorities(void)
{
    print("preemption\n");
    preemption(0, 0x42, 0x40);
    preemption(0, 0x41, 0x40);
    preemption(2, 0x48, 0x47);
    preemption(2, 0x47, 0x40);
    preemption(3, 0x4f, 0x40);
    preemption(3, 0x50, 0x4f);
    preemption(6, 0x80, 0x7f);
    preemption(6, 0x7f, 0x00);
    preemption(7, 0xf0, 0x00);
    write32(GICC_BPR, 0);
    set_priority(SPI_A, 0x40);
    set_priority(SPI_B, 0x40);
    set_bit(GICD_ISPENDR, SPI_B);
    set_bit(GICD_ISPENDR, SPI_A);
    u32 first = acknowledge();
    printf("of equal priority: %x first\n", first);
    end(first);
    end(acknowledge());
}

static void drop_and_deactivation(void)
{
    print("EOImode\n");
    write32(GICC_CTLR, 3 | GICC_EOI_MODE);
    set_priority(SPI_A, 0x80);
    set_priority(SPI_B, 0x90);
    set_bit(GICD_ISPENDR, SPI_A);
    u32 a = acknowledge();
    end(a);
    show("A dropped", SPI_A);
    set_bit(GICD_ISPENDR, SPI_A);
    show("A pending while active", SPI_A);
    set_bit(GICD_ISPENDR, SPI_B);
    u32 b = acknowledge();
    printf("IAR %x, of a lower priority\n", b);
    write32(GICC_DIR, a);
    show("A deactivated, B running", SPI_A);
    end(b);
    write32(GICC_DIR, b);
    u32 again = acknowledge();
    printf("IAR %x\n", again);
    end(again);
    write32(GICC_DIR, again);
    show("all over", SPI_A);
    write32(GICC_CTLR, 3);
}

/* -- sources -- */

static void timer(void)
{
    print("the virtual timer\n");
    set_priority(INTID_VIRTUAL, 0x60);
    set_bit(GICD_ISENABLER, INTID_VIRTUAL);
    WRITE_SYSREG(cntv_cval_el0, 0);
    WRITE_SYSREG(cntv_ctl_el0, 1);
    show("expired", INTID_VIRTUAL);
    u32 id = acknowledge();
    printf("IAR %x\n", id);
    show("active, the line still up", INTID_VIRTUAL);
    end(id);
    show("ended, the line still up", INTID_VIRTUAL);
    id = acknowledge();
    WRITE_SYSREG(cntv_ctl_el0, 3);
    show("active, the line down", INTID_VIRTUAL);
    end(id);
    show("over", INTID_VIRTUAL);
    WRITE_SYSREG(cntv_ctl_el0, 1);
    set_bit(GICD_ICPENDR, INTID_VIRTUAL);
    show("ICPENDR against the line", INTID_VIRTUAL);
    WRITE_SYSREG(cntv_ctl_el0, 0);
    show("timer off", INTID_VIRTUAL);
}

/* Printing makes the UART's transmit interrupt, so the states are printed when it is over. */
static void uart(void)
{
    struct state s[5];

    set_priority(INTID_PL011, 0x60);
    write8(GICD_ITARGETSR + INTID_PL011, 1);
    set_bit(GICD_ISENABLER, INTID_PL011);
    print("the UART\n");
    write32(UARTIMSC, UART_TX);
    s[0] = state_of(INTID_PL011);
    u32 id = acknowledge();
    s[1] = state_of(INTID_PL011);
    write32(UARTICR, UART_ALL);
    s[2] = state_of(INTID_PL011);
    end(id);
    s[3] = state_of(INTID_PL011);
    write32(UARTIMSC, 0);
    print_state("sent", s[0]);
    print_state("acknowledged", s[1]);
    print_state("UARTICR", s[2]);
    print_state("ended", s[3]);
    show("masked, sent", INTID_PL011);
}

static void software(void)
{
    print("SGIs\n");
    set_priority(3, 0x30);
    write32(GICD_SGIR, 1u << 16 | 3);
    show("by the target list", 3);
    write32(GICD_SGIR, 1u << 24 | 3);
    u32 id = acknowledge();
    printf("IAR %x\n", id);
    show("taken", 3);
    end(id);
    write32(GICD_SGIR, 2u << 16 | 3);
    show("to the other CPU", 3);
    write8(GICD_SPENDSGIR + 3, 3);
    printf("SPENDSGIR %x\n", read32(GICD_SPENDSGIR));
    id = acknowledge();
    printf("IAR %x, CPENDSGIR %x\n", id, read32(GICD_CPENDSGIR));
    show("from two CPUs", 3);
    end(id);
    id = acknowledge();
    printf("IAR %x, CPENDSGIR %x\n", id, read32(GICD_CPENDSGIR));
    end(id);
    set_bit(GICD_ISPENDR, 3);
    show("ISPENDR does not reach them", 3);
    set_bit(GICD_ICENABLER, 3);
    printf("ISENABLER %x\n", read32(GICD_ISENABLER) & 0xffff);
}

static void groups(void)
{
    print("groups\n");
    set_group(SPI_A, 1);
    set_priority(SPI_A, 0x50);
    set_bit(GICD_ISPENDR, SPI_A);
    show("group 1", SPI_A);
    printf("IAR %x\n", acknowledge());
    write32(GICC_CTLR, 3 | GICC_ACK_CTL | GICC_FIQ_EN);
    show("AckCtl, FIQEn", SPI_A);
    u32 id = acknowledge();
    printf("IAR %x, NSAPR %x\n", id, read32(GICC_NSAPR));
    end(id);
    set_group(SPI_A, 0);
    set_bit(GICD_ISPENDR, SPI_A);
    show("group 0", SPI_A);
    end(acknowledge());
    write32(GICC_CTLR, 3);
}

static void one_group_enabled(void)
{
    print("one group enabled\n");
    set_group(SPI_A, 1);
    set_priority(SPI_B, 0x60);
    write32(GICC_CTLR, GICC_ENABLE_GRP1);
    set_bit(GICD_ISPENDR, SPI_B);
    show("group 0, only group 1 in the CPU interface", SPI_B);
    printf("IAR %x\n", acknowledge());
    write32(GICD_CTLR, 2);
    set_bit(GICD_ISPENDR, SPI_A);
    write32(GICC_CTLR, 3 | GICC_ACK_CTL);
    set_priority(SPI_A, 0x70);
    show("both groups, only group 1 in the distributor", SPI_A);
    u32 id = acknowledge();
    printf("IAR %x\n", id);
    end(id);
    write32(GICD_CTLR, 3);
    set_bit(GICD_ICPENDR, SPI_B);
}

static void aliases(void)
{
    print("aliased registers\n");
    write32(GICC_CTLR, 3);
    set_bit(GICD_ISPENDR, SPI_A);
    printf("AHPPIR %x\n", read32(GICC_AHPPIR));
    u32 id = read32(GICC_AIAR);
    printf("AIAR %x RPR %x\n", id, read32(GICC_RPR));
    write32(GICC_AEOIR, id);
    printf("RPR %x AIAR %x\n", read32(GICC_RPR), read32(GICC_AIAR));
}

int main(void)
{
    write32(GICD_CTLR, 3);
    write32(GICC_CTLR, 3);
    write32(GICC_PMR, 0xff);
    for (u32 id = SPI_A; id <= SPI_B; id++) {
        set_bit(GICD_ISENABLER, id);
        write8(GICD_ITARGETSR + id, 1);
    }
    life("level-sensitive", 0);
    life("edge-triggered", 1);
    masks();
    priorities();
    drop_and_deactivation();
    timer();
    uart();
    software();
    groups();
    one_group_enabled();
    aliases();
    return 0;
}
