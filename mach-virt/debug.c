/* SPDX-License-Identifier: MIT */
#include "mach-virt/debug.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/chardev_open.h"
#include "devices/chardev_socket.h"
#include "mach-virt/debug_target.h"
#include "mach-virt/run_parallel.h"
#include "mach-virt/virt.h"

/* How long the machine that ended waits for a client in non-stop mode. */
#define LEAVE_TURNS   20
#define LEAVE_TURN_NS 25000000

/* ---- the stream ---- */

static void write_stream(void *ctx, const uint8_t *data, size_t size)
{
    struct debug *debug = ctx;
    debug->stream->write(debug->stream->backend, data, size);
}

static size_t receive(void *device, const uint8_t *data, size_t size)
{
    struct debug *debug = device;
    parallel_hold(debug->virt);
    gdb_server_input(debug->server, data, size);
    return size;
}

static void peer(void *device, bool present)
{
    struct debug *debug = device;
    parallel_hold(debug->virt);
    if (present)
        gdb_server_connect(debug->server);
    else
        gdb_server_disconnect(debug->server);
}

/* The options that QEMU's users type and that change nothing here. */
static bool is_idle_option(const char *option, size_t size)
{
    static const char *const idle[] = { "server",   "server=on", "nowait",
                                        "wait=off", "nodelay",   "nodelay=on" };
    for (size_t i = 0; i < sizeof(idle) / sizeof(*idle); i++)
        if (size == strlen(idle[i]) && !memcmp(option, idle[i], size))
            return true;
    return false;
}

static bool check_options(const char *name, const char *options, struct error *error)
{
    while (*options == ',') {
        size_t size = strcspn(++options, ",");
        if (!is_idle_option(options, size))
            return error_set(error,
                             "-gdb %s: option '%.*s' is not possible; the stub is a server that "
                             "waits for nobody (-S keeps the machine stopped until gdb comes)",
                             name, (int)size, options);
        options += size;
    }
    return true;
}

/* The message names the spec first; the user typed less of it. */
static const char *reason_behind(const char *spec, const char *why)
{
    size_t size = strlen(spec);
    return strncmp(why, spec, size) ? why : why + size;
}

static bool open_stream(struct debug *debug, const char *name, struct poll_list *polls,
                        struct terminal *terminal, struct error *error)
{
    char spec[400], why[400];
    size_t address = strcspn(name, ",");
    bool socket = !strncmp(name, "tcp:", 4) || !strncmp(name, "unix:", 5);
    if (!socket && strcmp(name, "stdio"))
        return error_set(error, "-gdb %s: tcp:[HOST]:PORT, unix:PATH or stdio is needed", name);
    if (!check_options(name, name + address, error))
        return false;
    snprintf(spec, sizeof(spec), socket ? "%.*s,server,nowait" : "%.*s", (int)address, name);
    debug->stream = chardev_open(spec, polls, terminal, why, sizeof(why));
    if (!debug->stream)
        return error_set(error, "-gdb %s%s", name, reason_behind(spec, why));
    debug->stream->receive = receive;
    debug->stream->peer = peer;
    debug->stream->device = debug;
    if (socket)
        chardev_socket_set_strict(debug->stream, gdb_refusal);
    else
        gdb_server_connect(debug->server);
    return true;
}

/* gdb takes an ELF file only, and complains about anything else. */
static void find_exec_file(struct debug *debug, const char *kernel)
{
    char magic[4] = "";
    FILE *file = kernel ? fopen(kernel, "rb") : NULL;
    if (!file)
        return;
    bool elf =
        fread(magic, 1, sizeof(magic), file) == sizeof(magic) && !memcmp(magic, "\177ELF", 4);
    fclose(file);
    if (!elf || !realpath(kernel, debug->exec_file))
        *debug->exec_file = 0;
}

bool debug_open(struct debug *debug, const struct config *config, struct poll_list *polls,
                struct terminal *terminal, struct virt *virt, struct error *error)
{
    *debug = (struct debug){ .virt = virt, .step_exceptions = true };
    memset(debug->action, GDB_CONTINUE, sizeof(debug->action));
    if (!config->gdb || !strcmp(config->gdb, "none"))
        return true;
    debug_registers_init(&debug->registers);
    const struct gdb_target target = { &debug_target_ops, debug, debug->registers.feature,
                                       DEBUG_FEATURES };
    const struct gdb_output output = { write_stream, debug };
    find_exec_file(debug, config->kernel);
    debug->server = gdb_server_create(&target, &output);
    if (!debug->server)
        return error_set(error, "out of memory for the debug stub");
    return open_stream(debug, config->gdb, polls, terminal, error);
}

/* The stream first: closing it may tell of the peer's leaving. */
void debug_close(struct debug *debug)
{
    if (debug->stream)
        debug->stream->peer = NULL;
    chardev_destroy(debug->stream);
    gdb_server_destroy(debug->server);
    debug->stream = NULL;
    debug->server = NULL;
    debug_free_breakpoints(debug);
}

void debug_end(struct debug *debug, int status, int signal)
{
    if (!debug->server)
        return;
    if (signal)
        gdb_server_terminated(debug->server, (uint8_t)signal);
    else
        gdb_server_exited(debug->server, (uint8_t)status);
    for (unsigned i = 0; !signal && i < LEAVE_TURNS && gdb_server_leaves(debug->server); i++) {
        event_loop_wait(debug->virt->host.loop, LEAVE_TURN_NS);
        event_loop_dispatch(debug->virt->host.loop);
    }
}
