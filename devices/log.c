/* SPDX-License-Identifier: MIT */
/* device_log: one formatted line into the machine's log port (devices/env.h). */
#include <stdarg.h>
#include <stdio.h>

#include "devices/env.h"

#define LINE_MAX_BYTES 200

void device_log(const struct log_port *port, enum log_class class, const char *device,
                const char *format, ...)
{
    if (!port->line)
        return;
    char text[LINE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    port->line(port->ctx, class, device, text);
}
