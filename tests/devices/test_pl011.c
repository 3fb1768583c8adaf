/* SPDX-License-Identifier: MIT */
#include <libfdt.h>
#include <string.h>

#include "devices/pl011.h"
#include "tests/devices/rig.h"

enum {
    DR = 0,
    RSR = 4,
    FR = 0x18,
    IBRD = 0x24,
    FBRD = 0x28,
    LCR_H = 0x2c,
    CR = 0x30,
    IFLS = 0x34,
    IMSC = 0x38,
    RIS = 0x3c,
    MIS = 0x40,
    ICR = 0x44,
    DMACR = 0x48
};
enum { RX = 0x10, TX = 0x20, RT = 0x40, BE = 0x200, OE = 0x400 };

static struct rig rig;
static struct wire irq;
static struct recorder line;
static struct pl011 *uart;

static void setup(void)
{
    rig_init(&rig);
    recorder_init(&line);
    irq = (struct wire){ 0 };
    uart = pl011_create(&rig.env, wire_line(&irq), &line.port);
}

static void teardown(void)
{
    pl011_ops.destroy(uart);
}

static uint32_t get(uint64_t offset)
{
    return (uint32_t)dev_read(&pl011_ops, uart, offset, 4, 0);
}

static void set(uint64_t offset, uint32_t value)
{
    dev_write(&pl011_ops, uart, offset, 4, 0, value);
}

static void enable(void)
{
    set(LCR_H, 0x70);
    set(CR, 0x301);
}

START_TEST(reset_values_are_the_reference_machines)
{
    static const struct {
        uint32_t offset, value;
    } expected[] = {
        { 0x00, 0 },     { 0x04, 0 },  { 0x18, 0x90 },  { 0x20, 0 },     { 0x24, 0 },
        { 0x28, 0 },     { 0x2c, 0 },  { 0x30, 0x300 }, { 0x34, 0x12 },  { 0x38, 0 },
        { 0x3c, 0 },     { 0x40, 0 },  { 0x48, 0 },     { 0xfe0, 0x11 }, { 0xfe4, 0x10 },
        { 0xfe8, 0x14 }, { 0xfec, 0 }, { 0xff0, 0x0d }, { 0xff4, 0xf0 }, { 0xff8, 0x05 },
        { 0xffc, 0xb1 },
    };
    for (unsigned i = 0; i < sizeof expected / sizeof *expected; i++)
        ck_assert_uint_eq(get(expected[i].offset), expected[i].value);
    ck_assert_uint_eq(rig.guest_errors, 0);
}
END_TEST

START_TEST(what_is_written_to_dr_is_sent)
{
    enable();
    set(DR, 'h');
    set(DR, 0xffffff00 | 'i');
    ck_assert_uint_eq(line.size, 2);
    ck_assert_mem_eq(line.data, "hi", 2);
    ck_assert_uint_eq(get(FR), 0x90);
    ck_assert_uint_eq(rig.guest_errors, 0);
}
END_TEST

START_TEST(disabled_uart_sends_and_is_reported_once)
{
    set(DR, 'a');
    set(DR, 'b');
    ck_assert_uint_eq(line.size, 2);
    ck_assert_uint_eq(rig.guest_errors, 1);
}
END_TEST

START_TEST(tx_interrupt_asserts_after_a_write_until_cleared)
{
    enable();
    set(IMSC, TX);
    ck_assert(!irq.level);
    set(DR, 'a');
    ck_assert(irq.level);
    ck_assert_uint_eq(get(RIS), TX);
    ck_assert_uint_eq(get(MIS), TX);
    set(ICR, TX);
    ck_assert(!irq.level);
    set(IMSC, 0);
    set(DR, 'b');
    ck_assert(!irq.level);
    ck_assert_uint_eq(get(MIS), 0);
    set(IMSC, TX);
    ck_assert(irq.level);
}
END_TEST

START_TEST(fifo_takes_sixteen_and_the_rest_waits)
{
    enable();
    ck_assert_uint_eq(recorder_send(&line, "0123456789abcdefXYZ", 19), 16);
    ck_assert_uint_eq(get(FR), 0xc0); /* TXFE, RXFF */
    ck_assert_uint_eq(recorder_send(&line, "XYZ", 3), 0);
    ck_assert_uint_eq(get(DR), '0');
    ck_assert_uint_eq(line.ready, 1);
    ck_assert_uint_eq(get(FR), 0x80);
    ck_assert_uint_eq(recorder_send(&line, "XYZ", 3), 1);
    for (const char *c = "123456789abcdefX"; *c; c++)
        ck_assert_uint_eq(get(DR), (uint32_t)*c);
    ck_assert_uint_eq(get(FR), 0x90);
    ck_assert_uint_eq(get(DR), 0);
    ck_assert_uint_eq(get(RIS) & OE, 0);
}
END_TEST

/* A back end that offers what it holds as soon as there is room. */
static const char *pending;

static void offer(void *backend)
{
    pending += recorder_send(backend, pending, strlen(pending));
}

START_TEST(no_byte_is_lost_when_the_back_end_offers_from_ready)
{
    static const char text[] = "The quick brown fox jumps over the lazy dog, twice and more.";
    enable();
    line.port.ready = offer;
    pending = text;
    offer(&line);
    for (const char *c = text; *c; c++) {
        ck_assert_uint_eq(get(FR) & 0x10, 0);
        ck_assert_uint_eq(get(DR), (uint32_t)*c);
    }
    ck_assert_uint_eq(get(FR), 0x90);
}
END_TEST

START_TEST(without_fen_the_fifo_is_one_deep)
{
    set(CR, 0x301);
    ck_assert_uint_eq(recorder_send(&line, "ab", 2), 1);
    ck_assert_uint_eq(get(FR), 0xc0);
    ck_assert_uint_eq(get(DR), 'a');
    ck_assert_uint_eq(recorder_send(&line, "b", 1), 1);
}
END_TEST

START_TEST(changing_fen_empties_the_fifo)
{
    enable();
    recorder_send(&line, "abc", 3);
    set(LCR_H, 0x70);
    ck_assert_uint_eq(get(FR), 0x80);
    set(LCR_H, 0x60);
    ck_assert_uint_eq(get(FR), 0x90);
    ck_assert_uint_eq(get(RIS) & (RX | RT), 0);
}
END_TEST

START_TEST(rx_interrupt_lasts_until_the_fifo_is_empty)
{
    enable();
    set(IMSC, RX);
    recorder_send(&line, "ab", 2);
    ck_assert(irq.level);
    get(DR);
    ck_assert(irq.level);
    get(DR);
    ck_assert(!irq.level);
}
END_TEST

START_TEST(receive_timeout_comes_after_32_bit_periods)
{
    enable();
    set(IBRD, 13); /* 24 MHz / (16 * 13 1/64): 115,246 baud; 32 bits take 277,666 ns */
    set(FBRD, 1);
    set(IMSC, RT);
    recorder_send(&line, "a", 1);
    rig_advance(&rig, 277000);
    recorder_send(&line, "b", 1); /* starts the wait anew */
    rig_advance(&rig, 277000);
    ck_assert(!irq.level);
    rig_advance(&rig, 1000);
    ck_assert(irq.level);
    get(DR);
    ck_assert(irq.level);
    get(DR);
    ck_assert(!irq.level);
    recorder_send(&line, "c", 1);
    get(DR);
    rig_advance(&rig, 1000000);
    ck_assert(!irq.level); /* empty: no timeout */
}
END_TEST

START_TEST(break_is_a_zero_byte_with_be)
{
    enable();
    set(IMSC, BE);
    pl011_break(uart);
    ck_assert(irq.level);
    ck_assert_uint_eq(get(DR) & 0x4ff, 0x400);
    ck_assert_uint_eq(get(RSR) & 4, 4);
    set(RSR, 0);
    ck_assert_uint_eq(get(RSR), 0);
}
END_TEST

START_TEST(loopback_receives_what_it_sends_and_overruns)
{
    set(LCR_H, 0x70);
    set(CR, 0x381);
    for (unsigned i = 0; i < 17; i++)
        set(DR, 'A' + i);
    ck_assert_uint_eq(line.size, 0);
    ck_assert_uint_eq(get(RIS) & OE, OE);
    ck_assert_uint_eq(get(RSR) & 8, 8);
    for (unsigned i = 0; i < 16; i++)
        ck_assert_uint_eq(get(DR), 'A' + i);
    ck_assert_uint_eq(get(FR) & 0x10, 0x10);
    ck_assert_uint_eq(recorder_send(&line, "x", 1), 0); /* the outside is not heard */
    set(CR, 0x301);
    ck_assert_uint_eq(line.ready, 1);
}
END_TEST

START_TEST(loopback_ties_modem_outputs_to_inputs)
{
    set(CR, 0x3381 | 0x0c00); /* Out2, Out1, RTS, DTR */
    ck_assert_uint_eq(get(FR) & 0x107, 0x107);
    ck_assert_uint_eq(get(RIS) & 0xf, 0xf);
    set(ICR, 0xf);
    set(CR, 0x381);
    ck_assert_uint_eq(get(FR) & 0x107, 0);
    ck_assert_uint_eq(get(RIS) & 0xf, 0xf);
}
END_TEST

START_TEST(registers_keep_their_width)
{
    static const uint32_t width[][2] = { { 0x20, 0xff },  { 0x24, 0xffff }, { 0x28, 0x3f },
                                         { 0x2c, 0xff },  { 0x30, 0xff87 }, { 0x34, 0x3f },
                                         { 0x38, 0x7ff }, { 0x48, 7 } };
    for (unsigned i = 0; i < sizeof width / sizeof *width; i++) {
        set(width[i][0], 0xffffffff);
        ck_assert_uint_eq(get(width[i][0]), width[i][1]);
    }
    ck_assert_uint_eq(rig.unimplemented, 1); /* DMA */
}
END_TEST

START_TEST(unknown_registers_are_reported)
{
    ck_assert_uint_eq(get(0x80), 0);
    set(0x84, 1);
    set(FR, 1);
    ck_assert_uint_eq(rig.guest_errors, 3);
}
END_TEST

START_TEST(no_back_end_means_no_crash)
{
    struct pl011 *alone = pl011_create(&rig.env, (struct irq_line){ 0 }, NULL);
    dev_write(&pl011_ops, alone, DR, 4, 0, 'x');
    ck_assert_uint_eq(dev_read(&pl011_ops, alone, DR, 4, 0), 0);
    pl011_ops.destroy(alone);
}
END_TEST

START_TEST(reset_lowers_the_line)
{
    enable();
    set(IMSC, RX);
    recorder_send(&line, "0123456789abcdefg", 17);
    ck_assert(irq.level);
    pl011_ops.reset(uart);
    ck_assert(!irq.level);
    ck_assert_uint_eq(get(FR), 0x90);
    ck_assert_uint_eq(get(CR), 0x300);
    ck_assert_uint_eq(line.ready, 1);
}
END_TEST

START_TEST(snapshot_holds_fifo_interrupts_and_timeout)
{
    enable();
    set(IMSC, RX | RT);
    recorder_send(&line, "xyz", 3);
    get(DR);
    struct recorder other_line;
    struct wire other_irq = { 0 };
    recorder_init(&other_line);
    struct pl011 *other = pl011_create(&rig.env, wire_line(&other_irq), &other_line.port);
    ck_assert(copy_state(&pl011_ops, uart, other));
    ck_assert(other_irq.level);
    dev_write(&pl011_ops, other, ICR, 4, 0, 0x7ff);
    rig_advance(&rig, 1000000);
    ck_assert(other_irq.level); /* the receive timeout moved along */
    ck_assert_uint_eq(dev_read(&pl011_ops, other, DR, 4, 0), 'y');
    ck_assert_uint_eq(dev_read(&pl011_ops, other, DR, 4, 0), 'z');
    ck_assert(refuses_every_cut(&pl011_ops, uart, other));
    pl011_ops.destroy(other);
}
END_TEST

START_TEST(node_is_the_reference_machines)
{
    static uint8_t fdt[4096];
    ck_assert_int_eq(fdt_create_empty_tree(fdt, sizeof fdt), 0);
    struct fdt_site site = {
        .fdt = fdt, .base = 0x09000000, .size = 0x1000, .interrupt = 1, .clock = 0x8000
    };
    ck_assert_int_eq(pl011_ops.describe(uart, &site), 0);
    int node = fdt_path_offset(fdt, "/pl011@9000000"), size;
    ck_assert_int_ge(node, 0);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "compatible", &size), "arm,pl011\0arm,primecell", 24);
    ck_assert_int_eq(size, 24);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "clock-names", &size), "uartclk\0apb_pclk", 17);
    ck_assert_int_eq(size, 17);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "clocks", &size), "\0\0\x80\0\0\0\x80\0", 8);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "interrupts", &size), "\0\0\0\0\0\0\0\1\0\0\0\4", 12);
    ck_assert_int_eq(size, 12);
    ck_assert_mem_eq(fdt_getprop(fdt, node, "reg", &size), "\0\0\0\0\x09\0\0\0\0\0\0\0\0\0\x10\0",
                     16);
    ck_assert_int_eq(size, 16);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devices/pl011");
    TCase *tc = tcase_create("pl011");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_add_test(tc, reset_values_are_the_reference_machines);
    tcase_add_test(tc, what_is_written_to_dr_is_sent);
    tcase_add_test(tc, disabled_uart_sends_and_is_reported_once);
    tcase_add_test(tc, tx_interrupt_asserts_after_a_write_until_cleared);
    tcase_add_test(tc, fifo_takes_sixteen_and_the_rest_waits);
    tcase_add_test(tc, no_byte_is_lost_when_the_back_end_offers_from_ready);
    tcase_add_test(tc, without_fen_the_fifo_is_one_deep);
    tcase_add_test(tc, changing_fen_empties_the_fifo);
    tcase_add_test(tc, rx_interrupt_lasts_until_the_fifo_is_empty);
    tcase_add_test(tc, receive_timeout_comes_after_32_bit_periods);
    tcase_add_test(tc, break_is_a_zero_byte_with_be);
    tcase_add_test(tc, loopback_receives_what_it_sends_and_overruns);
    tcase_add_test(tc, loopback_ties_modem_outputs_to_inputs);
    tcase_add_test(tc, registers_keep_their_width);
    tcase_add_test(tc, unknown_registers_are_reported);
    tcase_add_test(tc, no_back_end_means_no_crash);
    tcase_add_test(tc, reset_lowers_the_line);
    tcase_add_test(tc, snapshot_holds_fifo_interrupts_and_timeout);
    tcase_add_test(tc, node_is_the_reference_machines);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
