/* SPDX-License-Identifier: MIT */
#include <stdlib.h>
#include <string.h>

#include "devices/fdt_node.h"
#include "devices/gicv2m.h"
#include "devices/snapshot.h"

#define MSI_TYPER 0x008
#define MSI_IIDR  0xfcc

#define FIRST_SPI_INTID 32
#define MSI_IIDR_VALUE  0x05100000 /* as the virt board that guests know reports it */

/* All of it is wiring: the frame has no state of its own. */
struct gicv2m {
    struct device_env env;
    unsigned first, count; /* INTID of the first message, messages */
    struct irq_line spi[GICV2M_MAX_MSIS];
};

static uint64_t gicv2m_read(void *dev, struct access a)
{
    struct gicv2m *frame = dev;
    switch (a.offset) {
    case MSI_TYPER:
        return (uint64_t)frame->first << 16 | frame->count;
    case MSI_IIDR:
        return MSI_IIDR_VALUE;
    default:
        device_log(&frame->env.log, LOG_GUEST_ERROR, "gicv2m", "read of unknown register 0x%03x",
                   (unsigned)a.offset);
        return 0;
    }
}

static void ring(struct gicv2m *frame, uint64_t value)
{
    unsigned message = (unsigned)(value & 0x3ff) - frame->first;
    if (message >= frame->count) {
        device_log(&frame->env.log, LOG_GUEST_ERROR, "gicv2m",
                   "message for INTID %u, not in %u..%u", (unsigned)(value & 0x3ff), frame->first,
                   frame->first + frame->count - 1);
        return;
    }
    irq_set(frame->spi[message], true);
    irq_set(frame->spi[message], false);
}

static void gicv2m_write(void *dev, struct access a, uint64_t value)
{
    struct gicv2m *frame = dev;
    if (a.offset == GICV2M_SETSPI)
        ring(frame, value);
    else
        device_log(&frame->env.log, LOG_GUEST_ERROR, "gicv2m", "write of unknown register 0x%03x",
                   (unsigned)a.offset);
}

static void gicv2m_reset(void *dev)
{
}

struct gicv2m *gicv2m_create(const struct device_env *env, unsigned first_spi, unsigned count,
                             const struct irq_line *spi)
{
    if (count < 1 || count > GICV2M_MAX_MSIS || first_spi + count > 1020 - FIRST_SPI_INTID)
        return NULL;
    struct gicv2m *frame = calloc(1, sizeof *frame);
    if (!frame)
        return NULL;
    frame->env = *env;
    frame->first = FIRST_SPI_INTID + first_spi;
    frame->count = count;
    memcpy(frame->spi, spi, count * sizeof *spi);
    return frame;
}

static void gicv2m_destroy(void *dev)
{
    free(dev);
}

static int gicv2m_describe(const void *dev, const struct fdt_site *site)
{
    static const char compatible[] = "arm,gic-v2m-frame";
    struct fdt_node node = fdt_node_add_at(site, "v2m");
    fdt_node_strings(&node, "compatible", compatible, sizeof compatible);
    fdt_node_flag(&node, "msi-controller");
    fdt_node_reg(&node, site);
    fdt_node_phandle(&node, site);
    return node.error;
}

static void gicv2m_save(const void *dev, struct snapshot_writer *out)
{
}

static bool gicv2m_load(void *dev, struct snapshot_reader *in)
{
    return true;
}

const struct device_ops gicv2m_ops = {
    .name = "gicv2m",
    .read = gicv2m_read,
    .write = gicv2m_write,
    .reset = gicv2m_reset,
    .describe = gicv2m_describe,
    .save = gicv2m_save,
    .load = gicv2m_load,
    .destroy = gicv2m_destroy,
    .min_size = 4,
    .max_size = 4,
};
