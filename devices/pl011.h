/* SPDX-License-Identifier: MIT */
/*
 * PrimeCell UART (PL011), revision r1p4. Arm DDI 0183, "PrimeCell UART (PL011) Technical Reference
 * Manual".
 *
 * Sending is immediate: the transmit FIFO is always empty. Receiving fills the 16-deep FIFO (1-deep
 * with LCR_H.FEN clear) and takes no more than fits, so nothing is ever overrun. Baud rate and line
 * format are kept for the guest to read and have no effect.
 */
#ifndef DEVICES_PL011_H
#define DEVICES_PL011_H

#include "devices/chardev.h"
#include "devices/device.h"
#include "devices/env.h"

struct pl011;

/* irq: UARTINTR. chardev: what the wire leads to, not owned, must outlive the device; NULL:
 * nothing. NULL: out of memory. */
struct pl011 *pl011_create(const struct device_env *env, struct irq_line irq,
                           struct chardev *chardev);
/* A break condition on the receive line: a zero byte with DR.BE. Lost when the FIFO is full. */
void pl011_break(struct pl011 *uart);

extern const struct device_ops pl011_ops;

#endif
