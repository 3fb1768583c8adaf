/* SPDX-License-Identifier: MIT */
#include "mach-virt/log.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "mach-virt/config.h"

static bool may_write(struct machine_log *log, bool guest_error)
{
    unsigned item = guest_error ? LOG_ITEM_GUEST_ERRORS : LOG_ITEM_UNIMP;
    uint64_t *lines = guest_error ? &log->guest_error.lines : &log->unimp.lines;
    uint64_t *dropped = guest_error ? &log->guest_error.dropped : &log->unimp.dropped;
    if ((log->items & item) || (*lines)++ < LOG_BURST)
        return true;
    ++*dropped;
    return false;
}

static void device_line(void *ctx, enum log_class class, const char *device, const char *text)
{
    struct machine_log *log = ctx;
    bool guest_error = class == LOG_GUEST_ERROR;
    if (may_write(log, guest_error))
        fprintf(log->out, "armlet: %s: %s: %s\n", device,
                guest_error ? "guest error" : "unimplemented", text);
}

bool log_open(struct machine_log *log, unsigned items, const char *file, struct error *error)
{
    *log = (struct machine_log){ .out = stderr, .items = items, .port = { device_line, log } };
    if (!file)
        return true;
    log->out = fopen(file, "we");
    log->owned = log->out != NULL;
    if (!log->owned)
        log->out = stderr;
    return log->owned || error_set(error, "-D %s: %s", file, strerror(errno));
}

void log_close(struct machine_log *log)
{
    if (!log->out)
        return;
    uint64_t dropped = log->guest_error.dropped + log->unimp.dropped;
    if (dropped)
        log_line(log,
                 "%" PRIu64
                 " more lines of guest errors and unimplemented features; -d guest_errors,"
                 "unimp shows all",
                 dropped);
    if (log->owned)
        fclose(log->out);
    log->out = NULL;
}

void log_line(struct machine_log *log, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("armlet: ", log->out);
    vfprintf(log->out, format, args);
    fputc('\n', log->out);
    va_end(args);
}

unsigned log_cpu_classes(const struct machine_log *log)
{
    unsigned classes = 1u << CPU_LOG_UNIMP | 1u << CPU_LOG_GUEST_ERROR;
    if (log->items & LOG_ITEM_INT)
        classes |= 1u << CPU_LOG_INT;
    if (log->items & LOG_ITEM_MMU)
        classes |= 1u << CPU_LOG_MMU;
    return classes;
}

void log_cpu(struct machine_log *log, unsigned cpu, enum cpu_log class, const char *text)
{
    bool limited = class == CPU_LOG_UNIMP || class == CPU_LOG_GUEST_ERROR;
    if (!limited || may_write(log, class == CPU_LOG_GUEST_ERROR))
        fprintf(log->out, "armlet: cpu%u: %s\n", cpu, text);
}
