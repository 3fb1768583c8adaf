/* SPDX-License-Identifier: MIT */
/* From the command line to the exit status: the only file that ends the program. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mach-virt/debug.h"
#include "mach-virt/host.h"
#include "mach-virt/options.h"
#include "mach-virt/profile.h"
#include "mach-virt/signals.h"
#include "mach-virt/state_hash.h"
#include "mach-virt/trace.h"
#include "mach-virt/virt_fdt.h"

struct program {
    struct config config;
    struct machine_log log;
    struct terminal terminal;
    struct signals signals;
    struct host host;
    struct virt virt;
    struct debug debug;
};

static void end_by_signal(void *ctx)
{
    struct program *p = ctx;
    run_end(&p->virt, RUN_QUIT);
}

/* -machine dumpdtb=: the machine is built without a host side and described. */
static bool dump_device_tree(struct program *p, struct error *error)
{
    const struct virt_host nobody = { .loop = &p->host.loop };
    struct bytes dtb;
    if (!virt_create(&p->virt, &p->config, &nobody, &p->log, error) ||
        !virt_fdt_build(&p->virt, &dtb, error))
        return false;
    FILE *out = fopen(p->config.dumpdtb, "we");
    bool ok = out && fwrite(dtb.data, dtb.size, 1, out) == 1;
    if (out && fclose(out))
        ok = false;
    bytes_free(&dtb);
    return ok || error_set(error, "dumpdtb=%s: %s", p->config.dumpdtb, strerror(errno));
}

static bool check_start(const struct config *config, struct error *error)
{
    return config->kernel || config->stopped ||
           error_set(error,
                     "nothing to start: give a kernel with -kernel; -help lists the options");
}

/* -d state-hash */
static void log_state_hash(struct program *p)
{
    char text[STATE_HASH_TEXT];
    if (!(p->config.log & LOG_ITEM_STATE_HASH))
        return;
    state_hash_print(&p->virt, text);
    log_line(&p->log, "state: %s", text);
}

static bool run(struct program *p, int *status, struct error *error)
{
    if (!check_start(&p->config, error) ||
        !signals_init(&p->signals, &p->terminal, end_by_signal, p, error) ||
        !host_open(&p->host, &p->config, &p->terminal, &p->virt, &p->log, error))
        return false;
    poll_add(&p->host.loop.polls, &p->signals.pipe);
    if (!virt_create(&p->virt, &p->config, &p->host.port, &p->log, error))
        return false;
    host_start(&p->host);
    if (!debug_open(&p->debug, &p->config, &p->host.loop.polls, &p->terminal, &p->virt, error))
        return false;
    p->virt.debugger = &p->debug;
    p->virt.debug = p->debug.server ? &p->debug : NULL;
    trace_start(&p->virt);
    if (!profile_start(&p->virt, error))
        return false;
    signals_run(&p->signals);
    enum run_end end = run_machine(&p->virt);
    *status = p->signals.caught ? 128 + p->signals.caught : end == RUN_PANICKED ? 1 : 0;
    log_state_hash(p);
    debug_end(&p->debug, *status, p->signals.caught);
    return profile_end(&p->virt, error);
}

/* Everything is undone in the reverse order; parts that were never made are zero. */
static void clean_up(struct program *p)
{
    debug_close(&p->debug);
    virt_destroy(&p->virt);
    host_close(&p->host);
    terminal_restore(&p->terminal);
    signals_free(&p->signals);
    log_close(&p->log);
    config_free(&p->config);
}

static bool run_program(struct program *p, int argc, char **argv, int *status, struct error *error)
{
    config_init(&p->config);
    if (!options_parse(&p->config, argc, argv, error) ||
        !log_open(&p->log, p->config.log, p->config.log_file, error))
        return false;
    if (p->config.action == CONFIG_HELP)
        options_help(stdout);
    else if (p->config.action == CONFIG_VERSION)
        puts("armlet " ARMLET_VERSION);
    else if (p->config.dumpdtb)
        return dump_device_tree(p, error);
    else
        return run(p, status, error);
    return true;
}

int main(int argc, char **argv)
{
    struct error error;
    int status = 0;
    struct program *p = calloc(1, sizeof(*p));
    if (!p)
        return EXIT_FAILURE;
    bool ok = run_program(p, argc, argv, &status, &error);
    clean_up(p);
    free(p);
    if (ok)
        return status;
    fprintf(stderr, "armlet: %s\n", error.text);
    return EXIT_FAILURE;
}
