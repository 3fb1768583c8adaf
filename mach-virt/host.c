/* SPDX-License-Identifier: MIT */
#include "mach-virt/host.h"

#include <stdio.h>
#include <string.h>

#include "devices/chardev_open.h"
#include "devices/chardev_pty.h"

#define DEFAULT_SERIAL "mon:stdio"

/* ---- what the terminal asks for ---- */

static void wish_quit(void *ctx)
{
    struct host *host = ctx;
    run_end(host->virt, RUN_QUIT);
}

static void wish_break(void *ctx)
{
    struct host *host = ctx;
    if (host->virt->uart)
        pl011_break(host->virt->uart);
}

static void focus_changed(void *ctx, enum mux_front front)
{
    struct host *host = ctx;
    if (front == MUX_MONITOR)
        monitor_prompt(&host->monitor);
}

static void panic_seen(void *ctx)
{
    struct host *host = ctx;
    run_panicked(host->virt, "the kernel reports a panic");
}

/* ---- character streams ---- */

static struct chardev *open_stream(struct host *host, const char *option, const char *name,
                                   struct error *error)
{
    char why[400];
    struct chardev *stream =
        chardev_open(name, &host->loop.polls, host->terminal, why, sizeof(why));
    if (!stream)
        error_set(error, "%s %s: %s", option, name, why);
    else if (!strcmp(name, "pty"))
        fprintf(stderr, "armlet: %s pty: %s\n", option, chardev_pty_name(stream));
    return stream;
}

static bool is_none(const char *name)
{
    return !name || !strcmp(name, "none");
}

/* Serial port and monitor on one stream. */
static bool open_mux(struct host *host, bool monitor, struct error *error)
{
    const struct mux_events events = { wish_quit, wish_break, focus_changed, host };
    host->mux = mux_create(host->serial, &events);
    if (!host->mux)
        return error_set(error, "out of memory for the console");
    mux_set_monitor(host->mux, monitor);
    host->port.serial = mux_front(host->mux, MUX_SERIAL);
    return true;
}

static bool open_serial(struct host *host, const struct config *config, struct error *error)
{
    const char *name = config->serials ? config->serial[0] : DEFAULT_SERIAL;
    if (is_none(name) || (!config->serials && config->nodefaults))
        return true;
    bool shared = !strncmp(name, "mon:", 4);
    host->serial = open_stream(host, "-serial", shared ? name + 4 : name, error);
    if (!host->serial)
        return false;
    host->port.serial = host->serial;
    return !shared || open_mux(host, !config->monitor, error);
}

static bool open_monitor(struct host *host, const struct config *config, struct error *error)
{
    struct chardev *port = host->mux ? mux_front(host->mux, MUX_MONITOR) : NULL;
    if (!is_none(config->monitor)) {
        port = host->monitor_port = open_stream(host, "-monitor", config->monitor, error);
        if (!port)
            return false;
    }
    monitor_init(&host->monitor, host->virt, port);
    if (host->monitor_port)
        monitor_prompt(&host->monitor);
    return true;
}

static void watch_panics(struct host *host)
{
    panic_watch_init(&host->panic_watch, host->port.serial, panic_seen, host);
    host->port.serial = &host->panic_watch.front;
}

static bool open_input(struct host *host, const struct config *config, struct error *error)
{
    if (!config->input)
        return true;
    bool ok = input_script_open(&host->input, config->input, host->port.serial,
                                config->icount_shift, error);
    host->port.serial = &host->input.front;
    return ok;
}

/* ---- networks ---- */

static uint64_t net_now(void *ctx)
{
    struct virt *virt = ctx;
    return clock_now(&virt->clock);
}

static void net_log(void *ctx, const char *text)
{
    struct virt *virt = ctx;
    if (virt->log)
        virt->log->port.line(virt->log->port.ctx, LOG_GUEST_ERROR, "net", text);
}

static bool open_nets(struct host *host, const struct config *config, struct error *error)
{
    const struct net_env env = { net_now, net_log, host->virt };
    for (unsigned i = 0; i < config->nets; i++) {
        struct net_error why;
        struct net_user *net = net_user_create(&config->net[i].user, &env, &why);
        if (!net)
            return error_set(error, "network: %s", why.text);
        host->port.net[i] = host->loop.net[host->loop.nets++] = net;
    }
    return true;
}

bool host_open(struct host *host, const struct config *config, struct terminal *terminal,
               struct virt *virt, struct machine_log *log, struct error *error)
{
    *host = (struct host){ .terminal = terminal, .virt = virt };
    host->port.loop = &host->loop;
    if (!open_nets(host, config, error) || !open_serial(host, config, error) ||
        !open_monitor(host, config, error) || !open_input(host, config, error))
        return false;
    if (config->panic != PANIC_NONE)
        watch_panics(host);
    return true;
}

void host_start(struct host *host)
{
    input_script_start(&host->input, &host->virt->clock.port);
}

void host_close(struct host *host)
{
    input_script_free(&host->input);
    for (unsigned i = 0; i < host->loop.nets; i++)
        net_user_destroy(host->loop.net[i]);
    if (host->mux)
        mux_destroy(host->mux);
    chardev_destroy(host->monitor_port);
    chardev_destroy(host->serial);
    event_loop_free(&host->loop);
}
