/* SPDX-License-Identifier: MIT */
/*
 * What the guest sees: a UART whose transmitter is always ready, and a receive FIFO that fills as
 * fast as the guest empties it. Section titles are those of DDI 0183, chapter 3, "Programmer's
 * Model".
 *
 * Two habits of software decide where the manual leaves room: early consoles write UARTDR without
 * ever enabling the UART, so that works (and is reported); simple drivers unmask RX only, so RX
 * asserts from the first byte on, whatever trigger level UARTIFLS asks for.
 */
#include <stdlib.h>

#include "devices/fdt_node.h"
#include "devices/pl011.h"
#include "devices/primecell.h"
#include "devices/snapshot.h"

#define UARTDR    0x00
#define UARTRSR   0x04
#define UARTFR    0x18
#define UARTILPR  0x20
#define UARTIBRD  0x24
#define UARTFBRD  0x28
#define UARTLCR_H 0x2c
#define UARTCR    0x30
#define UARTIFLS  0x34
#define UARTIMSC  0x38
#define UARTRIS   0x3c
#define UARTMIS   0x40
#define UARTICR   0x44
#define UARTDMACR 0x48

#define PART     0x011
#define REVISION 1

#define FIFO_DEPTH 16
#define DR_FE      0x100 /* framing error: a break has one too */
#define DR_BE      0x400
#define RSR_OE     0x8

#define FR_CTS  0x001
#define FR_DSR  0x002
#define FR_DCD  0x004
#define FR_RXFE 0x010
#define FR_RXFF 0x040
#define FR_TXFE 0x080
#define FR_RI   0x100

#define LCR_H_FEN 0x10

#define CR_UARTEN 0x0001
#define CR_LBE    0x0080
#define CR_TXE    0x0100
#define CR_RXE    0x0200
#define CR_DTR    0x0400
#define CR_RTS    0x0800
#define CR_OUT1   0x1000
#define CR_OUT2   0x2000

#define INT_RI  0x001
#define INT_CTS 0x002
#define INT_DCD 0x004
#define INT_DSR 0x008
#define INT_RX  0x010
#define INT_TX  0x020
#define INT_RT  0x040
#define INT_FE  0x080
#define INT_BE  0x200
#define INT_OE  0x400
#define INT_ALL 0x7ff

#define UARTCLK_HZ     24000000
#define DIVISOR_115200 833 /* in 64ths, when the guest never set one */

struct pl011_state {
    uint32_t rsr, ilpr, ibrd, fbrd, lcr_h, cr, ifls, imsc, ris, dmacr;
    uint16_t fifo[FIFO_DEPTH]; /* as UARTDR reads: data and error bits */
    uint32_t first, count;     /* oldest entry, entries */
    uint64_t timeout;          /* guest time of the receive timeout, TIMER_OFF: none */
};

struct pl011 {
    struct device_env env;
    struct irq_line irq;
    struct chardev *chardev;
    struct timer timer;
    struct pl011_state state;
    bool refused;  /* the back end holds bytes that did not fit */
    bool reported; /* use of the disabled UART */
};

static void update_irq(struct pl011 *uart)
{
    irq_set(uart->irq, uart->state.ris & uart->state.imsc);
}

/* --- Receiving --- */

static uint32_t fifo_depth(const struct pl011_state *state)
{
    return state->lcr_h & LCR_H_FEN ? FIFO_DEPTH : 1;
}

static void arm_timeout(struct pl011 *uart, uint64_t deadline)
{
    uart->state.timeout = deadline;
    uart->env.clock->arm(uart->env.clock->ctx, &uart->timer, deadline);
}

/* "UARTRTINTR": the FIFO is not empty and nothing more came for 32 bit periods. */
static void start_timeout(struct pl011 *uart)
{
    uint64_t divisor = 64 * uart->state.ibrd + uart->state.fbrd;
    if (divisor == 0)
        divisor = DIVISOR_115200;
    uint64_t period = 32 * 16 * divisor * 1000000000 / 64 / UARTCLK_HZ;
    arm_timeout(uart, uart->env.clock->now(uart->env.clock->ctx) + period);
}

static void timeout_expired(void *owner)
{
    struct pl011 *uart = owner;
    uart->state.timeout = TIMER_OFF;
    uart->state.ris |= INT_RT;
    update_irq(uart);
}

/* "UARTRSR/UARTECR": overrun: the FIFO keeps what it has, the new entry is lost. */
static void push(struct pl011 *uart, uint16_t entry)
{
    struct pl011_state *state = &uart->state;
    if (state->count == fifo_depth(state)) {
        state->rsr |= RSR_OE;
        state->ris |= INT_OE;
        return;
    }
    state->fifo[(state->first + state->count++) % FIFO_DEPTH] = entry;
    state->ris |= INT_RX;
    if (entry & DR_FE)
        state->ris |= INT_FE;
    if (entry & DR_BE)
        state->ris |= INT_BE;
    start_timeout(uart);
}

static size_t receive(void *device, const uint8_t *data, size_t size)
{
    struct pl011 *uart = device;
    const struct pl011_state *state = &uart->state;
    size_t taken = 0;
    if (!(state->cr & CR_LBE)) /* in loopback the receiver hears the transmitter only */
        for (; taken < size && state->count < fifo_depth(state); taken++)
            push(uart, data[taken]);
    uart->refused = taken < size;
    update_irq(uart);
    return taken;
}

/* Room again: whoever was refused may offer the rest, which comes back as a call of receive. */
static void offer_room(struct pl011 *uart)
{
    if (!uart->refused || !uart->chardev || !uart->chardev->ready)
        return;
    uart->refused = false;
    uart->chardev->ready(uart->chardev->backend);
}

static void flush_fifo(struct pl011 *uart)
{
    uart->state.first = uart->state.count = 0;
    uart->state.ris &= ~(uint32_t)(INT_RX | INT_RT);
    arm_timeout(uart, TIMER_OFF);
}

static void report_disabled(struct pl011 *uart, uint32_t needed)
{
    uint32_t missing = (CR_UARTEN | needed) & ~uart->state.cr;
    if (!missing || uart->reported)
        return;
    uart->reported = true;
    device_log(&uart->env.log, LOG_GUEST_ERROR, "pl011",
               "UARTDR used while UARTCR (0x%04x) disables the UART: works here, not on hardware",
               uart->state.cr);
}

static uint32_t read_data(struct pl011 *uart)
{
    struct pl011_state *state = &uart->state;
    if (state->count == 0)
        return 0;
    report_disabled(uart, CR_RXE);
    uint32_t entry = state->fifo[state->first];
    state->first = (state->first + 1) % FIFO_DEPTH;
    if (--state->count == 0)
        flush_fifo(uart);
    state->rsr = (state->rsr & RSR_OE) | entry >> 8;
    update_irq(uart);
    offer_room(uart);
    return entry;
}

/* --- Sending --- */

/* The FIFO drains at once, through any trigger level: "UARTTXINTR" asserts after each write. */
static void write_data(struct pl011 *uart, uint8_t byte)
{
    report_disabled(uart, CR_TXE);
    if (uart->state.cr & CR_LBE)
        push(uart, byte);
    else if (uart->chardev && uart->chardev->write)
        uart->chardev->write(uart->chardev->backend, &byte, 1);
    uart->state.ris |= INT_TX;
    update_irq(uart);
}

/* --- Modem lines: nothing is connected but in loopback ("Control Register, UARTCR", LBE) --- */

static uint32_t modem_flags(uint32_t cr)
{
    if (!(cr & CR_LBE))
        return 0;
    return (cr & CR_RTS ? FR_CTS : 0) | (cr & CR_DTR ? FR_DSR : 0) | (cr & CR_OUT1 ? FR_DCD : 0) |
           (cr & CR_OUT2 ? FR_RI : 0);
}

static void write_control(struct pl011 *uart, uint32_t value)
{
    struct pl011_state *state = &uart->state;
    uint32_t changed = modem_flags(state->cr) ^ modem_flags(value);
    state->cr = value & 0xff87;
    state->ris |= (changed & FR_CTS ? INT_CTS : 0) | (changed & FR_DSR ? INT_DSR : 0) |
                  (changed & FR_DCD ? INT_DCD : 0) | (changed & FR_RI ? INT_RI : 0);
    update_irq(uart);
    if (!(state->cr & CR_LBE))
        offer_room(uart);
}

static uint32_t flags(const struct pl011_state *state)
{
    return modem_flags(state->cr) | FR_TXFE | (state->count == 0 ? FR_RXFE : 0) |
           (state->count == fifo_depth(state) ? FR_RXFF : 0);
}

/* --- The window --- */

/* "Line Control Register, UARTLCR_H": the FIFOs start anew when FEN changes. */
static void write_line_control(struct pl011 *uart, uint32_t value)
{
    bool fifos_change = (uart->state.lcr_h ^ value) & LCR_H_FEN;
    uart->state.lcr_h = value & 0xff;
    if (!fifos_change)
        return;
    flush_fifo(uart);
    update_irq(uart);
    offer_room(uart);
}

static void report_unknown(struct pl011 *uart, const char *what, uint64_t offset)
{
    device_log(&uart->env.log, LOG_GUEST_ERROR, "pl011", "%s of unknown register 0x%03x", what,
               (unsigned)offset);
}

static uint64_t pl011_read(void *dev, struct access a)
{
    struct pl011 *uart = dev;
    const struct pl011_state *state = &uart->state;
    switch (a.offset) {
    case UARTDR:
        return read_data(uart);
    case UARTRSR:
        return state->rsr;
    case UARTFR:
        return flags(state);
    case UARTILPR:
        return state->ilpr;
    case UARTIBRD:
        return state->ibrd;
    case UARTFBRD:
        return state->fbrd;
    case UARTLCR_H:
        return state->lcr_h;
    case UARTCR:
        return state->cr;
    case UARTIFLS:
        return state->ifls;
    case UARTIMSC:
        return state->imsc;
    case UARTRIS:
        return state->ris;
    case UARTMIS:
        return state->ris & state->imsc;
    case UARTDMACR:
        return state->dmacr;
    case PRIMECELL_ID_BASE ... PRIMECELL_ID_END:
        return primecell_id(PART, REVISION, a.offset);
    default:
        report_unknown(uart, "read", a.offset);
        return 0;
    }
}

static void write_dma_control(struct pl011 *uart, uint32_t value)
{
    uart->state.dmacr = value & 7;
    if (uart->state.dmacr)
        device_log(&uart->env.log, LOG_UNIMP, "pl011", "no DMA controller is connected");
}

static void pl011_write(void *dev, struct access a, uint64_t value)
{
    struct pl011 *uart = dev;
    struct pl011_state *state = &uart->state;
    uint32_t word = (uint32_t)value;
    switch (a.offset) {
    case UARTDR:
        write_data(uart, (uint8_t)word);
        break;
    case UARTRSR: /* UARTECR: any write clears the errors */
        state->rsr = 0;
        break;
    case UARTILPR:
        state->ilpr = word & 0xff;
        break;
    case UARTIBRD:
        state->ibrd = word & 0xffff;
        break;
    case UARTFBRD:
        state->fbrd = word & 0x3f;
        break;
    case UARTLCR_H:
        write_line_control(uart, word);
        break;
    case UARTCR:
        write_control(uart, word);
        break;
    case UARTIFLS:
        state->ifls = word & 0x3f;
        break;
    case UARTIMSC:
        state->imsc = word & INT_ALL;
        update_irq(uart);
        break;
    case UARTICR:
        state->ris &= ~word;
        update_irq(uart);
        break;
    case UARTDMACR:
        write_dma_control(uart, word);
        break;
    default:
        report_unknown(uart, "write", a.offset);
    }
}

/* --- Life --- */

void pl011_break(struct pl011 *uart)
{
    if (uart->state.count < fifo_depth(&uart->state))
        push(uart, DR_BE | DR_FE);
    update_irq(uart);
}

static void pl011_reset(void *dev)
{
    struct pl011 *uart = dev;
    uart->state = (struct pl011_state){ .cr = CR_TXE | CR_RXE, .ifls = 0x12 };
    flush_fifo(uart);
    update_irq(uart);
    offer_room(uart);
}

struct pl011 *pl011_create(const struct device_env *env, struct irq_line irq,
                           struct chardev *chardev)
{
    struct pl011 *uart = calloc(1, sizeof *uart);
    if (!uart)
        return NULL;
    uart->env = *env;
    uart->irq = irq;
    uart->timer =
        (struct timer){ .expired = timeout_expired, .owner = uart, .deadline = TIMER_OFF };
    uart->chardev = chardev;
    pl011_reset(uart);
    if (chardev) {
        chardev->device = uart;
        chardev->receive = receive;
    }
    return uart;
}

static void pl011_destroy(void *dev)
{
    struct pl011 *uart = dev;
    if (!uart)
        return;
    arm_timeout(uart, TIMER_OFF);
    if (uart->chardev)
        uart->chardev->receive = NULL;
    free(uart);
}

static int pl011_describe(const void *dev, const struct fdt_site *site)
{
    static const char compatible[] = "arm,pl011\0arm,primecell";
    static const char clock_names[] = "uartclk\0apb_pclk";
    struct fdt_node node = fdt_node_add_at(site, "pl011");
    fdt_node_strings(&node, "compatible", compatible, sizeof compatible);
    fdt_node_reg(&node, site);
    fdt_node_interrupt(&node, site, FDT_IRQ_LEVEL_HIGH);
    fdt_node_cells(&node, "clocks", (const uint32_t[]){ site->clock, site->clock }, 2);
    fdt_node_strings(&node, "clock-names", clock_names, sizeof clock_names);
    fdt_node_phandle(&node, site);
    return node.error;
}

static void pl011_save(const void *dev, struct snapshot_writer *out)
{
    const struct pl011 *uart = dev;
    snapshot_put(out, &uart->state, sizeof uart->state);
}

static bool pl011_load(void *dev, struct snapshot_reader *in)
{
    struct pl011 *uart = dev;
    struct pl011_state state;
    if (!snapshot_get(in, &state, sizeof state) || state.first >= FIFO_DEPTH ||
        state.count > fifo_depth(&state))
        return false;
    uart->state = state;
    arm_timeout(uart, state.timeout);
    update_irq(uart);
    uart->refused = true; /* the back end may hold bytes that the old state had no room for */
    offer_room(uart);
    return true;
}

const struct device_ops pl011_ops = {
    .name = "pl011",
    .read = pl011_read,
    .write = pl011_write,
    .reset = pl011_reset,
    .describe = pl011_describe,
    .save = pl011_save,
    .load = pl011_load,
    .destroy = pl011_destroy,
    .min_size = 4,
    .max_size = 4,
};
