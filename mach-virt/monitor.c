/* SPDX-License-Identifier: MIT */
#include "mach-virt/monitor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "mach-virt/run_parallel.h"

#define BACKSPACE 0x08
#define DELETE    0x7f
#define CTRL_U    0x15

static void write_text(struct monitor *monitor, const char *text, size_t size)
{
    if (monitor->port && monitor->port->write)
        monitor->port->write(monitor->port->backend, (const uint8_t *)text, size);
}

void monitor_print(struct monitor *monitor, const char *format, ...)
{
    char text[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    for (const char *at = text; *at;) {
        size_t size = strcspn(at, "\n");
        write_text(monitor, at, size);
        at += size;
        if (*at == '\n') {
            write_text(monitor, "\r\n", 2);
            at++;
        }
    }
}

void monitor_prompt(struct monitor *monitor)
{
    monitor->size = 0;
    monitor_print(monitor, "(armlet) ");
}

/* The arguments behind a command's name, or NULL when the line is another command. */
static const char *match(const char *line, const char *name)
{
    size_t size = strlen(name);
    if (strncmp(line, name, size) || (line[size] && line[size] != ' '))
        return NULL;
    return line + size + strspn(line + size, " ");
}

void monitor_execute(struct monitor *monitor, const char *line)
{
    line += strspn(line, " ");
    if (!*line)
        return;
    for (unsigned i = 0; i < monitor_command_count; i++) {
        const char *arguments = match(line, monitor_commands[i].name);
        if (!arguments)
            continue;
        parallel_hold(monitor->virt);
        if (*arguments && !*monitor_commands[i].arguments)
            monitor_print(monitor, "%s takes no arguments\n", monitor_commands[i].name);
        else
            monitor_commands[i].run(monitor, arguments);
        return;
    }
    monitor_print(monitor, "unknown command: %s; help lists what there is\n", line);
}

static void erase(struct monitor *monitor)
{
    if (!monitor->size)
        return;
    monitor->size--;
    monitor_print(monitor, "\b \b");
}

static void take_key(struct monitor *monitor, char key)
{
    if (key == '\r' || key == '\n') {
        monitor->line[monitor->size] = 0;
        monitor_print(monitor, "\n");
        monitor_execute(monitor, monitor->line);
        monitor_prompt(monitor);
    } else if (key == BACKSPACE || key == DELETE) {
        erase(monitor);
    } else if (key == CTRL_U) {
        while (monitor->size)
            erase(monitor);
    } else if (key >= ' ' && monitor->size < MONITOR_LINE_MAX - 1) {
        monitor->line[monitor->size++] = key;
        write_text(monitor, &key, 1);
    }
}

static void offer_again(void *owner)
{
    struct monitor *monitor = owner;
    if (monitor->port->ready)
        monitor->port->ready(monitor->port->backend);
}

/* A command wants processors between turns: one whose own access led here would wait for itself. */
static size_t receive(void *device, const uint8_t *data, size_t size)
{
    struct monitor *monitor = device;
    struct machine_clock *clock = &monitor->virt->clock;
    if (run_is_turn(monitor->virt)) {
        clock->port.arm(clock->port.ctx, &monitor->later, clock_now(clock));
        return 0;
    }
    for (size_t i = 0; i < size; i++)
        take_key(monitor, (char)data[i]);
    return size;
}

void monitor_init(struct monitor *monitor, struct virt *virt, struct chardev *port)
{
    *monitor = (struct monitor){ .virt = virt, .port = port };
    monitor->later =
        (struct timer){ .expired = offer_again, .owner = monitor, .deadline = TIMER_OFF };
    if (!port)
        return;
    port->receive = receive;
    port->device = monitor;
}
