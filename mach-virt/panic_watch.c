/* SPDX-License-Identifier: MIT */
#include "mach-virt/panic_watch.h"

/* The first character occurs at the start only, so a mismatch never needs to look back further than
 * the run of dashes. */
static const char text[] = "---[ end Kernel panic";
#define DASHES 3

/* Once the text is there, the rest of its line still comes out. */
static void match(struct panic_watch *watch, char c)
{
    if (!text[watch->matched]) {
        if (c != '\n')
            return;
        watch->matched = 0;
        watch->panicked(watch->ctx);
    } else if (c == text[watch->matched]) {
        watch->matched++;
    } else if (c == '-') {
        watch->matched = watch->matched == DASHES ? DASHES : 1;
    } else {
        watch->matched = 0;
    }
}

static void front_write(void *backend, const uint8_t *data, size_t size)
{
    struct panic_watch *watch = backend;
    if (watch->wire)
        watch->wire->write(watch->wire->backend, data, size);
    for (size_t i = 0; i < size; i++)
        match(watch, (char)data[i]);
}

static void front_ready(void *backend)
{
    struct panic_watch *watch = backend;
    if (watch->wire && watch->wire->ready)
        watch->wire->ready(watch->wire->backend);
}

static size_t wire_receive(void *device, const uint8_t *data, size_t size)
{
    struct panic_watch *watch = device;
    if (!watch->front.receive)
        return 0;
    return watch->front.receive(watch->front.device, data, size);
}

void panic_watch_init(struct panic_watch *watch, struct chardev *wire, void (*panicked)(void *ctx),
                      void *ctx)
{
    *watch = (struct panic_watch){ .wire = wire, .panicked = panicked, .ctx = ctx };
    watch->front.write = front_write;
    watch->front.ready = front_ready;
    watch->front.backend = watch;
    if (wire) {
        wire->receive = wire_receive;
        wire->device = watch;
    }
}
