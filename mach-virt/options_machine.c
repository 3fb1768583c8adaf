/* SPDX-License-Identifier: MIT */
/* Handlers of the options that are about the board, its time and its console. */
#include "mach-virt/options_internal.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "mach-virt/keyval.h"

#define MIB          (UINT64_C(1) << 20)
#define RAM_SIZE_MAX (UINT64_C(255) << 30) /* up to the high PCIe window at 256 GiB */

/* Properties of QEMU's board that have one value here. */
static const struct fixed {
    const char *key, *value;
} fixed[] = {
    { "secure", "off" }, { "virtualization", "off" }, { "mte", "off" },   { "acpi", "off" },
    { "usb", "off" },    { "graphics", "off" },       { "accel", "tcg" },
};

static bool take_fixed(struct keyval *kv, struct error *error)
{
    for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
        const char *value = keyval_take(kv, fixed[i].key);
        if (value && strcmp(value, fixed[i].value))
            return error_set(error, "-machine: %s=%s is not supported; here it is %s", fixed[i].key,
                             value, fixed[i].value);
    }
    return true;
}

static bool take_machine(struct config *config, struct keyval *kv, struct error *error)
{
    unsigned gic; /* the choices mean the same: GICv2 is the best there is */
    const char *type = keyval_take(kv, "type");
    if (type && strcmp(type, "virt"))
        return error_set(error, "-machine %s: unknown machine; there is one, virt", type);
    if (!take_fixed(kv, error) || !keyval_take_word(kv, "gic-version", "2 max", &gic, error) ||
        !keyval_take_bool(kv, "dtb-randomness", &config->dtb_randomness, error) ||
        !keyval_take_bool(kv, "dtb-kaslr-seed", &config->dtb_randomness, error))
        return false;
    const char *dump = keyval_take(kv, "dumpdtb");
    if (dump) {
        free(config->dumpdtb);
        config->dumpdtb = strdup(dump);
    }
    return keyval_done(kv, error);
}

bool option_machine(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    bool ok =
        keyval_parse(&kv, "-machine", value, "type", error) && take_machine(config, &kv, error);
    keyval_free(&kv);
    return ok;
}

bool option_cpu(struct config *config, const char *value, struct error *error)
{
    config->cpu_model = cpu_model_find(value);
    return config->cpu_model ||
           error_set(error, "-cpu %s: unknown model; there are: %s", value, cpu_model_list());
}

static bool take_smp(struct config *config, struct keyval *kv, struct error *error)
{
    uint64_t cpus = config->cpus, one = 1;
    if (!keyval_take_number(kv, "cpus", 0, UINT32_MAX, &cpus, error))
        return false;
    if (cpus < 1 || cpus > CONFIG_CPUS_MAX)
        return error_set(
            error,
            "-smp %llu: the GICv2 of this board serves at least one processor and at most %d",
            (unsigned long long)cpus, CONFIG_CPUS_MAX);
    uint64_t cores = cpus;
    if (!keyval_take_number(kv, "maxcpus", cpus, cpus, &cores, error) ||
        !keyval_take_number(kv, "cores", cpus, cpus, &cores, error) ||
        !keyval_take_number(kv, "sockets", 1, 1, &one, error) ||
        !keyval_take_number(kv, "clusters", 1, 1, &one, error) ||
        !keyval_take_number(kv, "threads", 1, 1, &one, error))
        return false;
    config->cpus = (unsigned)cpus;
    return keyval_done(kv, error);
}

bool option_smp(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    bool ok = keyval_parse(&kv, "-smp", value, "cpus", error) && take_smp(config, &kv, error);
    keyval_free(&kv);
    return ok;
}

bool option_memory(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    uint64_t size = 0;
    bool ok = keyval_parse(&kv, "-m", value, "size", error);
    const char *text = ok ? keyval_take(&kv, "size") : NULL;
    if (ok && (!text || !parse_size(text, MIB, &size) || size < MIB || size > RAM_SIZE_MAX))
        ok = error_set(error, "-m %s: a size from 1M to 255G is needed (a bare number is in MiB)",
                       value);
    ok = ok && keyval_done(&kv, error);
    config->ram_size = (size + 4095) & ~UINT64_C(4095);
    keyval_free(&kv);
    return ok;
}

/* tcg is how QEMU's users spell it. */
static bool take_accel(struct config *config, struct keyval *kv, struct error *error)
{
    unsigned multi = config->parallel, compile = config->compile;
    const char *name = keyval_take(kv, "accel");
    uint64_t buffer;
    if (name && strcmp(name, "interp") && strcmp(name, "tcg"))
        return error_set(error, "-accel %s: not here; leave -accel out (or say interp)", name);
    if (!keyval_take_word(kv, "thread", "single multi", &multi, error) ||
        !keyval_take_word(kv, "compile", "auto on off", &compile, error) ||
        !keyval_take_number(kv, "tb-size", 0, UINT32_MAX, &buffer, error))
        return false;
    config->parallel = multi;
    config->compile = compile;
    return keyval_done(kv, error);
}

bool option_accel(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    bool ok = keyval_parse(&kv, "-accel", value, "accel", error) && take_accel(config, &kv, error);
    keyval_free(&kv);
    return ok;
}

static bool take_icount(struct config *config, struct keyval *kv, struct error *error)
{
    uint64_t shift = config->icount_shift;
    const char *text = keyval_take(kv, "shift");
    if (text && !parse_number(text, 0, 10, &shift))
        return error_set(error,
                         "-icount shift=%s: a number from 0 to 10 is needed; time follows the "
                         "instruction count, never the host, so there is no auto",
                         text);
    config->icount = true;
    config->icount_shift = (unsigned)shift;
    return keyval_take_bool(kv, "sleep", &config->idle_sleeps, error) && keyval_done(kv, error);
}

bool option_icount(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    bool ok =
        keyval_parse(&kv, "-icount", value, "shift", error) && take_icount(config, &kv, error);
    keyval_free(&kv);
    return ok;
}

static bool parse_epoch(const char *text, int64_t *epoch)
{
    struct tm tm = { 0 };
    const char *end = strptime(text, "%Y-%m-%d", &tm);
    if (end && *end)
        end = strptime(end, "T%H:%M:%S", &tm);
    if (!end || *end)
        return false;
    *epoch = timegm(&tm);
    return true;
}

bool option_rtc(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    bool ok = keyval_parse(&kv, "-rtc", value, "base", error);
    const char *base = ok ? keyval_take(&kv, "base") : NULL;
    config->has_epoch = base && strcmp(base, "utc");
    if (config->has_epoch && !parse_epoch(base, &config->epoch))
        ok = error_set(error, "-rtc base=%s: utc or a date like 2026-01-31T12:00:00 is needed",
                       base);
    ok = ok && keyval_done(&kv, error);
    keyval_free(&kv);
    return ok;
}

bool option_seed(struct config *config, const char *value, struct error *error)
{
    config->has_seed = parse_number(value, 0, UINT64_MAX, &config->seed);
    return config->has_seed || error_set(error, "-seed %s: a number is needed", value);
}

static const struct {
    const char *name;
    unsigned item;
} log_items[] = {
    { "int", LOG_ITEM_INT },
    { "mmu", LOG_ITEM_MMU },
    { "exec", LOG_ITEM_EXEC },
    { "cpu", LOG_ITEM_CPU },
    { "guest_errors", LOG_ITEM_GUEST_ERRORS },
    { "unimp", LOG_ITEM_UNIMP },
    { "state-hash", LOG_ITEM_STATE_HASH },
};

static bool log_item(struct config *config, const char *name, size_t size, struct error *error)
{
    for (size_t i = 0; i < sizeof(log_items) / sizeof(*log_items); i++)
        if (strlen(log_items[i].name) == size && !memcmp(log_items[i].name, name, size)) {
            config->log |= log_items[i].item;
            return true;
        }
    return error_set(error,
                     "-d %.*s: unknown item; there are: "
                     "int,mmu,exec,cpu,guest_errors,unimp,state-hash",
                     (int)size, name);
}

bool option_log(struct config *config, const char *value, struct error *error)
{
    for (const char *at = value;;) {
        size_t size = strcspn(at, ",");
        if (!log_item(config, at, size, error))
            return false;
        if (!at[size])
            return true;
        at += size + 1;
    }
}

bool option_action(struct config *config, const char *value, struct error *error)
{
    struct keyval kv;
    unsigned index = config->panic;
    bool ok = keyval_parse(&kv, "-action", value, NULL, error) &&
              keyval_take_word(&kv, "panic", "none pause shutdown exit-failure", &index, error) &&
              keyval_done(&kv, error);
    config->panic = (enum panic_action)index;
    keyval_free(&kv);
    return ok;
}

bool option_serial(struct config *config, const char *value, struct error *error)
{
    if (config->serials == CONFIG_SERIALS_MAX)
        return !strcmp(value, "none") || !strcmp(value, "null") ||
               error_set(error, "-serial %s: the board has %d serial port, which is in use", value,
                         CONFIG_SERIALS_MAX);
    config->serial[config->serials++] = value;
    return true;
}

bool option_monitor(struct config *config, const char *value, struct error *error)
{
    config->monitor = value;
    return true;
}

bool option_display(struct config *config, const char *value, struct error *error)
{
    return !strcmp(value, "none") ||
           error_set(error, "-display %s: the board has no display; only none is possible", value);
}

bool option_none_only(struct config *config, const char *value, struct error *error)
{
    return !strcmp(value, "none") ||
           error_set(error, "%s: the board has no such device; only none is possible", value);
}

bool option_gdb_default(struct config *config, const char *value, struct error *error)
{
    config->gdb = "tcp::1234";
    return true;
}

bool option_semihosting(struct config *config, const char *value, struct error *error)
{
    return error_set(error, "-semihosting is not supported yet");
}

bool option_bios(struct config *config, const char *value, struct error *error)
{
    return error_set(error, "-bios %s: the board has no flash yet; start the file with -kernel",
                     value);
}

bool option_help(struct config *config, const char *value, struct error *error)
{
    config->action = CONFIG_HELP;
    return true;
}

bool option_version(struct config *config, const char *value, struct error *error)
{
    config->action = CONFIG_VERSION;
    return true;
}
