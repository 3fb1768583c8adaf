/* SPDX-License-Identifier: MIT */
#include "mach-virt/input_script.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the file ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The byte that an escape at *at (behind the backslash) stands for, -1: none. */
static int take_escape(const char **at)
{
    static const char names[] = "rnt\\", values[] = "\r\n\t\\";
    char c = *(*at)++;
    const char *name = c ? strchr(names, c) : NULL;
    if (name)
        return (uint8_t)values[name - names];
    int high = c == 'x' ? hex_digit((*at)[0]) : -1;
    int low = high < 0 ? -1 : hex_digit((*at)[1]);
    if (low < 0)
        return -1;
    *at += 2;
    return high << 4 | low;
}

/* Appends the text's bytes, which are no more than its characters. */
static bool take_text(struct input_script *script, const char *text)
{
    struct input_event *event = &script->event[script->events];
    uint8_t *bytes = realloc(script->bytes, event->start + strlen(text) + 1);
    if (!bytes)
        return false;
    script->bytes = bytes;
    while (*text) {
        int byte = (uint8_t)*text++;
        if (byte == '\\' && (byte = take_escape(&text)) < 0)
            return false;
        bytes[event->start + event->size++] = (uint8_t)byte;
    }
    return event->size > 0;
}

static bool take_event(struct input_script *script, const char *line)
{
    struct input_event *events =
        realloc(script->event, (script->events + 1) * sizeof(*script->event));
    if (!events)
        return false;
    script->event = events;
    const struct input_event none = { 0 }, *last = &none;
    if (script->events)
        last = &events[script->events - 1];
    char *end;
    errno = 0;
    uint64_t count = strtoull(line, &end, 10);
    if (!isdigit((unsigned char)*line) || errno || *end != ' ' || count < last->count ||
        count > UINT64_MAX >> script->shift)
        return false;
    events[script->events] = (struct input_event){ count, last->start + last->size, 0 };
    if (!take_text(script, end + 1))
        return false;
    script->events++;
    return true;
}

static bool read_script(struct input_script *script, FILE *in, const char *file,
                        struct error *error)
{
    char *line = NULL;
    size_t room = 0;
    bool ok = true;
    ssize_t size;
    for (unsigned number = 1; ok && (size = getline(&line, &room, in)) >= 0; number++) {
        bool is_text = strlen(line) == (size_t)size;
        line[strcspn(line, "\r\n")] = 0;
        ok = (is_text && (!*line || *line == '#' || take_event(script, line))) ||
             error_set(error,
                       "-input %s, line %u: COUNT TEXT is needed, with a COUNT not below the last "
                       "one and only the escapes \\r \\n \\t \\\\ \\xHH",
                       file, number);
    }
    free(line);
    return ok && (!ferror(in) || error_set(error, "-input %s: cannot be read", file));
}

/* ---- the wire ---- */

static void arm_next(struct input_script *script)
{
    uint64_t deadline = script->next < script->events
                            ? script->event[script->next].count << script->shift
                            : TIMER_OFF;
    script->clock->arm(script->clock->ctx, &script->timer, deadline);
}

static void offer(struct input_script *script)
{
    if (script->sent < script->due && script->front.receive)
        script->sent += script->front.receive(script->front.device, script->bytes + script->sent,
                                              script->due - script->sent);
}

static void event_due(void *owner)
{
    struct input_script *script = owner;
    const struct input_event *event = &script->event[script->next++];
    script->due = event->start + event->size;
    arm_next(script);
    offer(script);
}

static void front_write(void *backend, const uint8_t *data, size_t size)
{
    struct input_script *script = backend;
    if (script->wire)
        script->wire->write(script->wire->backend, data, size);
}

static void front_ready(void *backend)
{
    struct input_script *script = backend;
    offer(script);
    if (script->sent == script->due && script->wire && script->wire->ready)
        script->wire->ready(script->wire->backend);
}

static size_t wire_receive(void *device, const uint8_t *data, size_t size)
{
    struct input_script *script = device;
    if (!script->front.receive || script->sent < script->due)
        return 0;
    return script->front.receive(script->front.device, data, size);
}

/* ---- the whole ---- */

bool input_script_open(struct input_script *script, const char *file, struct chardev *wire,
                       unsigned shift, struct error *error)
{
    *script = (struct input_script){ .wire = wire, .shift = shift };
    script->timer = (struct timer){ event_due, script, TIMER_OFF, NULL };
    script->front.write = front_write;
    script->front.ready = front_ready;
    script->front.backend = script;
    if (wire) {
        wire->receive = wire_receive;
        wire->device = script;
    }
    FILE *in = fopen(file, "re");
    if (!in)
        return error_set(error, "-input %s: %s", file, strerror(errno));
    bool ok = read_script(script, in, file, error);
    fclose(in);
    return ok;
}

void input_script_start(struct input_script *script, struct clock *clock)
{
    script->clock = clock;
    if (script->events)
        arm_next(script);
}

void input_script_free(struct input_script *script)
{
    free(script->event);
    free(script->bytes);
    *script = (struct input_script){ 0 };
}
