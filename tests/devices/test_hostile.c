/* SPDX-License-Identifier: MIT */
/*
 * Guests and snapshots that do anything at all: random accesses through the bus, random input lines
 * and random saved states. Nothing is expected but to come back, which the sanitizers judge.
 */
#include <string.h>

#include "devices/bus.h"
#include "devices/gic.h"
#include "devices/gicv2m.h"
#include "devices/pl011.h"
#include "devices/pl031.h"
#include "devices/pl061.h"
#include "tests/devices/rig.h"

#define CPUS   4
#define ROUNDS 300000

static struct rig rig;
static struct bus *bus;
static struct recorder line;
static struct wire wires[2 * CPUS];
static struct gic *gic;
static struct pl061 *gpio;
static uint64_t seed;

/* xorshift64*: the same run every time. */
static uint64_t random_bits(void)
{
    seed ^= seed >> 12;
    seed ^= seed << 25;
    seed ^= seed >> 27;
    return seed * 0x2545f4914f6cdd1d;
}

static void forget(void *backend, const uint8_t *data, size_t size)
{
}

static void make_interrupts(void)
{
    struct irq_line irq[CPUS], fiq[CPUS], spi[64];
    for (unsigned i = 0; i < CPUS; i++) {
        irq[i] = wire_line(&wires[i]);
        fiq[i] = wire_line(&wires[CPUS + i]);
    }
    gic = gic_create(&rig.env, CPUS, 256, irq, fiq);
    for (unsigned i = 0; i < 64; i++)
        spi[i] = gic_spi_line(gic, 48 + i);
    bus_map(bus, 0x08000000, 0x10000, &gic_dist_ops, gic);
    bus_map(bus, 0x08010000, 0x10000, &gic_cpu_ops, gic);
    bus_map(bus, 0x08020000, 0x1000, &gicv2m_ops, gicv2m_create(&rig.env, 48, 64, spi));
}

static void setup(void)
{
    rig_init(&rig);
    recorder_init(&line);
    line.port.write = forget;
    bus = bus_create();
    make_interrupts();
    gpio = pl061_create(&rig.env, gic_spi_line(gic, 7), NULL);
    bus_map(bus, 0x09000000, 0x1000, &pl011_ops,
            pl011_create(&rig.env, gic_spi_line(gic, 1), &line.port));
    bus_map(bus, 0x09010000, 0x1000, &pl031_ops, pl031_create(&rig.env, gic_spi_line(gic, 2)));
    bus_map(bus, 0x09030000, 0x1000, &pl061_ops, gpio);
    seed = 0x9e3779b97f4a7c15;
}

static void teardown(void)
{
    const struct bus_window *window;
    for (unsigned i = 0; (window = bus_window(bus, i)); i++)
        if (window->ops->destroy && window->ops != &gic_dist_ops)
            window->ops->destroy(window->dev);
    gic_dist_ops.destroy(gic);
    bus_destroy(bus);
}

/* Mostly registers that exist: they stand at the ends of the windows. */
static uint64_t random_address(void)
{
    uint64_t bits = random_bits();
    const struct bus_window *window = bus_window(bus, bits % 6);
    uint64_t limit = bits >> 8 & 1 ? 0x80 : 0x1020;
    return window->base + (bits >> 16) % limit;
}

static void random_access(void)
{
    uint64_t bits = random_bits(), value = random_bits();
    unsigned size = 1u << bits % 4, cpu = bits >> 8 & 7;
    if (bits >> 16 & 1)
        bus_read(bus, random_address(), size, cpu, &value);
    else
        bus_write(bus, random_address(), size, cpu, value);
}

static void random_input(void)
{
    uint64_t bits = random_bits();
    bool level = bits >> 32 & 1;
    switch (bits % 5) {
    case 0:
        irq_set(gic_spi_line(gic, bits >> 8 & 0x1ff), level);
        break;
    case 1:
        irq_set(gic_ppi_line(gic, bits >> 8 & 7, bits >> 16 & 31), level);
        break;
    case 2:
        irq_set(pl061_input(gpio, bits >> 8 & 15), level);
        break;
    case 3:
        recorder_send(&line, &bits, bits >> 8 & 7);
        break;
    default:
        rig_advance(&rig, bits >> 8 & 0xffffffff);
    }
}

START_TEST(any_access_and_any_input_come_back)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        random_access();
        if (i % 4 == 0)
            random_input();
    }
    bus_reset(bus);
    for (unsigned i = 0; i < 2 * CPUS; i++)
        ck_assert(!wires[i].level);
}
END_TEST

static bool random_bytes(void *ctx, void *data, size_t size)
{
    uint8_t *bytes = data;
    uint64_t mask = random_bits();
    for (size_t i = 0; i < size; i++)
        bytes[i] = mask >> i % 64 & 1 ? (uint8_t)random_bits() : 0;
    return true;
}

/* The GIC's header of two counts is right, what follows is not. */
static bool random_gic_bytes(void *ctx, void *data, size_t size)
{
    unsigned *header = ctx;
    if (*header < 2 && size == sizeof(unsigned)) {
        unsigned counts[] = { CPUS, 9 };
        memcpy(data, &counts[(*header)++], size);
        return true;
    }
    return random_bytes(NULL, data, size);
}

START_TEST(any_saved_state_is_refused_or_harmless)
{
    for (unsigned i = 0; i < 2000; i++) {
        const struct bus_window *window = bus_window(bus, (unsigned)(random_bits() % 6));
        unsigned header = 0;
        struct snapshot_reader in = { .bytes = random_bytes };
        if (window->ops == &gic_dist_ops)
            in = (struct snapshot_reader){ .bytes = random_gic_bytes, .ctx = &header };
        if (window->ops->load)
            window->ops->load(window->dev, &in);
        for (unsigned j = 0; j < 50; j++) {
            random_access();
            random_input();
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("devices/hostile");
    TCase *tc = tcase_create("hostile");
    tcase_add_checked_fixture(tc, setup, teardown);
    tcase_set_timeout(tc, 60);
    tcase_add_test(tc, any_access_and_any_input_come_back);
    tcase_add_test(tc, any_saved_state_is_refused_or_harmless);
    suite_add_tcase(suite, tc);
    return run_suite(suite);
}
