/* SPDX-License-Identifier: MIT */
/*
 * What the guest sees: eight pins. Section titles are those of DDI 0190, chapter 3, "Programmer's
 * Model".
 */
#include <stdlib.h>
#include <string.h>

#include "devices/fdt_node.h"
#include "devices/pl061.h"
#include "devices/primecell.h"
#include "devices/snapshot.h"

#define GPIODATA_END 0x400
#define GPIODIR      0x400
#define GPIOIS       0x404
#define GPIOIBE      0x408
#define GPIOIEV      0x40c
#define GPIOIE       0x410
#define GPIORIS      0x414
#define GPIOMIS      0x418
#define GPIOIC       0x41c
#define GPIOAFSEL    0x420

#define PART     0x061
#define REVISION 0

#define KEY_POWER 116 /* Linux input event code */

struct pl061_state {
    uint8_t input;  /* levels from outside */
    uint8_t output; /* what the guest wrote to the pins that are outputs */
    uint8_t dir;    /* 1: output */
    uint8_t is;     /* 1: level, 0: edge */
    uint8_t ibe;    /* 1: both edges */
    uint8_t iev;    /* 1: rising edge or high */
    uint8_t ie;
    uint8_t edges; /* detected and not cleared */
    uint8_t afsel;
};

struct pl061 {
    struct device_env env;
    struct irq_line irq;
    struct irq_line out[PL061_LINES];
    struct pl061_state state;
};

static uint8_t pins(const struct pl061_state *s)
{
    return (uint8_t)((s->output & s->dir) | (s->input & ~s->dir));
}

/* "Raw Interrupt Status Register, GPIORIS": latched for edges, live for levels. */
static uint8_t raw_status(const struct pl061_state *s)
{
    return (uint8_t)((s->edges & ~s->is) | (~(pins(s) ^ s->iev) & s->is));
}

static void update_irq(struct pl061 *gpio)
{
    irq_set(gpio->irq, raw_status(&gpio->state) & gpio->state.ie);
}

static void drive_outputs(struct pl061 *gpio)
{
    for (unsigned i = 0; i < PL061_LINES; i++)
        irq_set(gpio->out[i], gpio->state.output & gpio->state.dir & 1u << i);
}

/* "Interrupt operation": a change of an input in the direction that IBE or IEV asks for. */
static void set_input(void *sink, unsigned number, bool level)
{
    struct pl061 *gpio = sink;
    struct pl061_state *s = &gpio->state;
    uint8_t bit = (uint8_t)(1u << number);
    if (level == !!(s->input & bit))
        return;
    s->input ^= bit;
    bool wanted = (s->ibe & bit) || level == !!(s->iev & bit);
    if (wanted && !(s->dir & bit) && !(s->is & bit))
        s->edges |= bit;
    update_irq(gpio);
}

struct irq_line pl061_input(struct pl061 *gpio, unsigned line)
{
    if (line >= PL061_LINES)
        return (struct irq_line){ 0 };
    return (struct irq_line){ .set = set_input, .sink = gpio, .number = line };
}

static void report_unknown(struct pl061 *gpio, const char *what, uint64_t offset)
{
    device_log(&gpio->env.log, LOG_GUEST_ERROR, "pl061", "%s of unknown register 0x%03x", what,
               (unsigned)offset);
}

static uint64_t pl061_read(void *dev, struct access a)
{
    struct pl061 *gpio = dev;
    const struct pl061_state *s = &gpio->state;
    switch (a.offset) {
    case 0 ... GPIODATA_END - 1: /* "Data Register, GPIODATA": address bits 9:2 are a mask */
        return pins(s) & a.offset / 4;
    case GPIODIR:
        return s->dir;
    case GPIOIS:
        return s->is;
    case GPIOIBE:
        return s->ibe;
    case GPIOIEV:
        return s->iev;
    case GPIOIE:
        return s->ie;
    case GPIORIS:
        return raw_status(s);
    case GPIOMIS:
        return raw_status(s) & s->ie;
    case GPIOAFSEL:
        return s->afsel;
    case PRIMECELL_ID_BASE ... PRIMECELL_ID_END:
        return primecell_id(PART, REVISION, a.offset);
    default:
        report_unknown(gpio, "read", a.offset);
        return 0;
    }
}

static void pl061_write(void *dev, struct access a, uint64_t value)
{
    struct pl061 *gpio = dev;
    struct pl061_state *s = &gpio->state;
    uint8_t byte = (uint8_t)value, mask;
    switch (a.offset) {
    case 0 ... GPIODATA_END - 1: /* only pins that are outputs take it */
        mask = (uint8_t)(a.offset / 4) & s->dir;
        s->output = (uint8_t)((s->output & ~mask) | (byte & mask));
        break;
    case GPIODIR:
        s->dir = byte;
        break;
    case GPIOIS:
        s->is = byte;
        break;
    case GPIOIBE:
        s->ibe = byte;
        break;
    case GPIOIEV:
        s->iev = byte;
        break;
    case GPIOIE:
        s->ie = byte;
        break;
    case GPIOIC:
        s->edges &= (uint8_t)~byte;
        break;
    case GPIOAFSEL: /* no alternate functions are wired */
        s->afsel = byte;
        break;
    default:
        report_unknown(gpio, "write", a.offset);
        return;
    }
    drive_outputs(gpio);
    update_irq(gpio);
}

/* The inputs belong to whoever drives them. */
static void pl061_reset(void *dev)
{
    struct pl061 *gpio = dev;
    gpio->state = (struct pl061_state){ .input = gpio->state.input };
    drive_outputs(gpio);
    update_irq(gpio);
}

struct pl061 *pl061_create(const struct device_env *env, struct irq_line irq,
                           const struct irq_line *out)
{
    struct pl061 *gpio = calloc(1, sizeof *gpio);
    if (!gpio)
        return NULL;
    gpio->env = *env;
    gpio->irq = irq;
    if (out)
        memcpy(gpio->out, out, sizeof gpio->out);
    pl061_reset(gpio);
    return gpio;
}

static void pl061_destroy(void *dev)
{
    free(dev);
}

static int pl061_describe(const void *dev, const struct fdt_site *site)
{
    static const char compatible[] = "arm,pl061\0arm,primecell";
    struct fdt_node node = fdt_node_add_at(site, "pl061");
    fdt_node_reg(&node, site);
    fdt_node_strings(&node, "compatible", compatible, sizeof compatible);
    fdt_node_cell(&node, "#gpio-cells", 2);
    fdt_node_flag(&node, "gpio-controller");
    fdt_node_interrupt(&node, site, FDT_IRQ_LEVEL_HIGH);
    fdt_node_cell(&node, "clocks", site->clock);
    fdt_node_strings(&node, "clock-names", "apb_pclk", sizeof "apb_pclk");
    fdt_node_phandle(&node, site);
    return node.error;
}

int pl061_describe_power_key(void *fdt, int parent, uint32_t phandle, unsigned line)
{
    static const char label[] = "GPIO Key Poweroff";
    struct fdt_node keys = fdt_node_add(fdt, parent, "gpio-keys");
    fdt_node_strings(&keys, "compatible", "gpio-keys", sizeof "gpio-keys");
    if (keys.error)
        return keys.error;
    struct fdt_node key = fdt_node_add(fdt, keys.offset, "poweroff");
    fdt_node_strings(&key, "label", label, sizeof label);
    fdt_node_cell(&key, "linux,code", KEY_POWER);
    fdt_node_cells(&key, "gpios", (const uint32_t[]){ phandle, line, 0 }, 3);
    return key.error;
}

static void pl061_save(const void *dev, struct snapshot_writer *out)
{
    const struct pl061 *gpio = dev;
    snapshot_put(out, &gpio->state, sizeof gpio->state);
}

static bool pl061_load(void *dev, struct snapshot_reader *in)
{
    struct pl061 *gpio = dev;
    struct pl061_state state;
    if (!snapshot_get(in, &state, sizeof state))
        return false;
    gpio->state = state;
    drive_outputs(gpio);
    update_irq(gpio);
    return true;
}

const struct device_ops pl061_ops = {
    .name = "pl061",
    .read = pl061_read,
    .write = pl061_write,
    .reset = pl061_reset,
    .describe = pl061_describe,
    .save = pl061_save,
    .load = pl061_load,
    .destroy = pl061_destroy,
    .min_size = 4,
    .max_size = 4,
};
