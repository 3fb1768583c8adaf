/* SPDX-License-Identifier: MIT */
/*
 * What the monitor says. Descriptors, registers and syndromes are written as the Arm ARM draws them
 * (D4.3, D13); the words are ours, and stand in README.md as well.
 */
#include "mach-virt/monitor.h"

#include <string.h>

#include "mach-virt/debug.h"
#include "tests/mach-virt/rig.h"

#define TABLE0 UINT64_C(0x40400000) /* levels 0 to 3 of a 4 KiB granule */
#define TABLE1 UINT64_C(0x40401000)
#define TABLE2 UINT64_C(0x40402000)
#define TABLE3 UINT64_C(0x40403000)

static const uint32_t svc_and_spin[] = { 0xd4000001, 0x14000000 };

static struct rig rig;
static struct debug debug;
static struct cpu *cpu;
static struct monitor monitor;
static struct chardev port;
static char said[8192];
static size_t size;

static void hear(void *backend, const uint8_t *data, size_t length)
{
    for (size_t i = 0; i < length && size < sizeof(said) - 1; i++)
        if (data[i] != '\r')
            said[size++] = (char)data[i];
    said[size] = 0;
}

static void setup(void)
{
    struct error error;
    rig_init(&rig, 2);
    rig_start(&rig, svc_and_spin, 2);
    ck_assert(debug_open(&debug, &rig.config, NULL, NULL, &rig.virt, &error));
    rig.virt.debugger = &debug;
    cpu = rig.virt.cpu[0];
    port = (struct chardev){ .write = hear };
    monitor_init(&monitor, &rig.virt, &port);
}

static void teardown(void)
{
    debug_close(&debug);
    rig_free(&rig);
}

static const char *ask(const char *line)
{
    size = 0;
    *said = 0;
    monitor_execute(&monitor, line);
    return said;
}

static void expect(const char *line, const char *answer)
{
    ck_assert_str_eq(ask(line), answer);
}

static void expect_part(const char *line, const char *part)
{
    ask(line);
    ck_assert_msg(strstr(said, part), "%s: no '%s' in\n%s", line, part, said);
}

static void set(const char *name, uint64_t value)
{
    ck_assert(cpu_set_sysreg(cpu, name, value));
}

static void put(uint64_t pa, uint64_t value)
{
    memcpy(ram_map(&rig.virt.ram, pa, 8), &value, 8);
}

/* 0x1000 is a page of EL1's code, 0x2000 a user's, 0x3000 nothing; 2 MiB at 0x200000 are a
 * device's. */
static void turn_mmu_on(void)
{
    put(TABLE0, TABLE1 | 3);
    put(TABLE1, TABLE2 | 3);
    put(TABLE2, TABLE3 | 3 | UINT64_C(1) << 60); /* UXNTable */
    put(TABLE2 + 8, 0x09000000 | 1 | 1 << 2 | 1 << 10 | UINT64_C(3) << 53);
    put(TABLE3 + 8, 0x40081000 | 3 | 2 << 6 | 3 << 8 | 1 << 10);
    put(TABLE3 + 16, 0x40082000 | 3 | 1 << 6 | 3 << 8 | 1 << 10 | 1 << 11);
    set("MAIR_EL1", 0x00ff);
    set("TTBR0_EL1", TABLE0);
    set("TCR_EL1", 16 | UINT64_C(16) << 16 | UINT64_C(1) << 23); /* EPD1 */
    set("SCTLR_EL1", 1);
}

START_TEST(walk_shows_each_descriptor_and_the_rights)
{
    turn_mmu_on();
    expect("walk 0x1abc",
           "VA 0x0000000000001abc\n"
           "lower half: TTBR0_EL1 = 0x0000000040400000, 48 bits, granule 4 KiB\n"
           "level 0  VA[47:39] = 0x000  0x0040400000: 0x0000000040401003  table at 0x40401000\n"
           "level 1  VA[38:30] = 0x000  0x0040401000: 0x0000000040402003  table at 0x40402000\n"
           "level 2  VA[29:21] = 0x000  0x0040402000: 0x1000000040403003  table at 0x40403000, "
           "UXNTable\n"
           "level 3  VA[20:12] = 0x001  0x0040403008: 0x0000000040081783  page at 0x40081000\n"
           "         AttrIndx 0, AP 2 (EL1 read-only), SH 3 (inner shareable), AF\n"
           "PA 0x40081abc: Normal, write-back, global\n"
           "EL1 may read, execute; anything else is a permission fault, level 3\n"
           "EL0 may do nothing: any access is a permission fault, level 3\n");
    expect_part("walk 0x2000 el0",
                "of this ASID only\nEL0 may read, write; anything else is a permission");
    expect_part("walk 0x200010",
                "block of 2 MiB at 0x9000000\n         AttrIndx 1, AP 0 (EL1 read-write), "
                "SH 0 (non-shareable), AF, PXN, UXN\nPA 0x9000010: Device-nGnRnE, global\n");
}
END_TEST

START_TEST(walk_says_why_an_address_faults)
{
    turn_mmu_on();
    expect_part("walk 0x3000", "0x0000000000000000  invalid (bit 0 is 0)\n"
                               "any access faults: translation fault, level 3 (DFSC 0x07)\n");
    expect_part("walk 0xffff000000000000",
                "TCR_EL1.EPD1 is 1: there are no tables for this half\n");
    expect_part("walk 0x1000000000000",
                "neither half: TCR_EL1.T0SZ = 16, T1SZ = 16, so they end at 0x0000ffffffffffff "
                "and begin at 0xffff000000000000\n");
    set("SCTLR_EL1", 0);
    expect_part("walk 0x3000", "the MMU is off");
}
END_TEST

START_TEST(addresses_are_numbers_registers_or_symbols)
{
    cpu_set_x(cpu, 7, 0x1000);
    expect_part("walk x7+0x10", "VA 0x0000000000001010\n");
    expect_part("walk $pc", "VA 0x0000000040000000\n");
    expect_part("walk vbar_el1-16", "VA 0xfffffffffffffff0\n");
    expect("walk start_kernel",
           "'start_kernel' is no address: a number, a register or a symbol is needed (there are no "
           "symbols: symbols FILE)\n");
    expect_part("walk x31", "'x31' is no address");
    expect_part("walk 12q", "'12q' is no address");
    expect_part("walk $", "'$' is no address");
    expect("walk", "walk VA [el0|el1]\n");
    expect("walk 0 el2", "walk VA [el0|el1]\n");
}
END_TEST

START_TEST(why_puts_the_syndrome_into_words)
{
    expect("why", "CPU#0 has taken no synchronous exception yet\n");
    turn_mmu_on();
    set("ESR_EL1", 0x92000047);
    set("FAR_EL1", 0x3008);
    set("ELR_EL1", 0x2004);
    set("SPSR_EL1", 0x60000000);
    expect("why",
           "CPU#0, the last synchronous exception: a write failed: translation fault, level 3\n"
           "  ESR_EL1   0x92000047          EC 0x24: data abort from EL0; ISS 0x47\n"
           "  FAR_EL1   0x0000000000003008  the address\n"
           "  ELR_EL1   0x0000000000002004  where the last exception, an interrupt perhaps, "
           "returns to\n"
           "  SPSR_EL1  0x60000000          taken from EL0, nZCv, interrupts on\n"
           "  now it is not mapped: translation fault, level 3; walk FAR_EL1 shows where\n");
}
END_TEST

START_TEST(dis_knows_the_instructions)
{
    expect("dis 0x40080000 2", "   0x0000000040080000  d4000001  svc     #0\n"
                               "   0x0000000040080004  14000000  b       #0x40080004\n");
    expect_part("dis", "=> 0x0000000040000000  580000c0  ldr     x0, #0x40000018\n");
    expect_part("dis 0x1000", "0x1000 is not mapped to RAM\n");
    expect_part("dis pc 5000", "N up to 1000");
}
END_TEST

START_TEST(registers_interrupts_and_devices_are_listed)
{
    expect_part("sysregs midr", "MIDR_EL1           0x00000000411fd070  S3_0_C0_C0_0 ro id\n");
    expect_part("sysregs tt*0_el1", "TTBR0_EL1 ");
    expect("sysregs nothing", "no system register matches 'nothing'\n");
    ck_assert(bus_write(rig.virt.bus, 0x08000104, 4, 0, 2)); /* GICD_ISENABLER1: INTID 33 */
    expect_part("gic", "    33 E--  priority 0x00  level  to 0x00  uart\n");
    set("CNTV_CVAL_EL0", 62500);
    set("CNTV_CTL_EL0", 1);
    set("CNTP_CVAL_EL0", 0);
    set("CNTP_CTL_EL0", 1);
    expect_part("timer", "physical due since 0.000000 ms, at 0, interrupt raised\n");
    set("CNTP_CTL_EL0", 0);
    expect_part("timer", "virtual  due in 1.000000 ms, at 62500\n  physical disabled\n");
    expect_part("devices", "0x0009000000 pl011          SPI 1 (INTID 33)\n");
    expect_part("info mtree", "0000000009000000-0000000009000fff pl011\n");
}
END_TEST

START_TEST(commands_look_at_the_chosen_processor)
{
    cpu_set_x(rig.virt.cpu[1], 3, 0x777);
    expect_part("cpu 1", "  CPU#0 on  EL1 pc 0x0000000040000000\n* CPU#1 off EL1");
    expect_part("walk x3", "VA 0x0000000000000777\n");
    expect("cpu 2", "there is no processor 2; they are 0 to 1\n");
}
END_TEST

START_TEST(settings_of_the_debugger)
{
    expect_part("catch svc el0", "* svc     system calls\n  irq");
    ck_assert_ptr_eq(rig.virt.debug, &debug); /* also without a client */
    expect_part("catch nonsense", "there is no 'nonsense'");
    expect_part("catch", "* el0 ");
    ask("catch off");
    ck_assert_uint_eq(debug.catch, 0);
    expect_part("step exceptions off",
                "exceptions off: a step goes over system calls and faults\n");
    ck_assert(!debug.step_exceptions);
    expect("step exceptions", "step [exceptions|interrupts on|off]\n");
    expect("trace on", "trace on FILE|off\n");
    expect_part("trace on /nonexistent/file", "cannot write /nonexistent/file");
}
END_TEST

START_TEST(nothing_is_silently_ignored)
{
    expect("gic 3", "gic takes no arguments\n");
    expect("frobnicate", "unknown command: frobnicate; help lists what there is\n");
    expect_part("symbols /nonexistent/vmlinux", "cannot read /nonexistent/vmlinux");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("monitor");
    TCase *tc = tcase_create("monitor");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, walk_shows_each_descriptor_and_the_rights);
    tcase_add_test(tc, walk_says_why_an_address_faults);
    tcase_add_test(tc, addresses_are_numbers_registers_or_symbols);
    tcase_add_test(tc, why_puts_the_syndrome_into_words);
    tcase_add_test(tc, dis_knows_the_instructions);
    tcase_add_test(tc, registers_interrupts_and_devices_are_listed);
    tcase_add_test(tc, commands_look_at_the_chosen_processor);
    tcase_add_test(tc, settings_of_the_debugger);
    tcase_add_test(tc, nothing_is_silently_ignored);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
