/* SPDX-License-Identifier: MIT */
#include "mach-virt/options.h"

#include <string.h>

#include "mach-virt/options_internal.h"

/* Levenshtein's distance, words cut to what fits. */
static unsigned distance(const char *a, const char *b)
{
    unsigned row[32];
    size_t size = strnlen(b, 31);
    for (unsigned j = 0; j <= size; j++)
        row[j] = j;
    for (unsigned i = 0; a[i] && i < 31; i++) {
        unsigned diagonal = row[0];
        row[0] = i + 1;
        for (unsigned j = 0; j < size; j++) {
            unsigned best = diagonal + (a[i] != b[j]);
            diagonal = row[j + 1];
            if (row[j] + 1 < best)
                best = row[j] + 1;
            if (diagonal + 1 < best)
                best = diagonal + 1;
            row[j + 1] = best;
        }
    }
    return row[size];
}

const char *closest_word(const char *word, const char *best, const char *candidate)
{
    unsigned d = distance(word, candidate);
    if (d > 2 || d >= strlen(word) || (best && distance(word, best) <= d))
        return best;
    return candidate;
}

static const struct option *find(const char *name)
{
    for (unsigned i = 0; i < option_count; i++)
        if (option_table[i].name && !strcmp(option_table[i].name, name))
            return &option_table[i];
    return NULL;
}

static bool unknown(const char *word, struct error *error)
{
    const char *name = word + (word[1] == '-' ? 2 : 1);
    const char *near = NULL;
    if (*word != '-')
        return error_set(error, "%s: not an option; a disk is given with -drive file=%s", word,
                         word);
    for (unsigned i = 0; i < option_count; i++)
        if (option_table[i].name)
            near = closest_word(name, near, option_table[i].name);
    if (near)
        return error_set(error, "%s: unknown option; did you mean -%s?", word, near);
    return error_set(error, "%s: unknown option; -help lists what there is", word);
}

static bool apply(struct config *config, const struct option *option, const char *value,
                  struct error *error)
{
    void *field = (char *)config + option->field;
    if (option->handler)
        return option->handler(config, value, error);
    if (option->argument)
        *(const char **)field = value;
    else
        *(bool *)field = true;
    return true;
}

/* What only makes sense together. */
static bool check(const struct config *config, struct error *error)
{
    if (config->append && !config->kernel)
        return error_set(error, "-append needs a -kernel");
    if (config->initrd && !config->kernel)
        return error_set(error, "-initrd needs a -kernel");
    if (config->parallel && config->icount)
        return error_set(error, "-icount: with -accel thread=multi time is the host's");
    if (config->parallel && config->compile == COMPILE_ON)
        return error_set(error, "-accel compile=on: not with thread=multi");
    if (config->parallel && config->profile)
        return error_set(error, "-profile: not with -accel thread=multi");
    return true;
}

bool options_parse(struct config *config, int argc, char **argv, struct error *error)
{
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        const char *name = word + (*word == '-') + (*word == '-' && word[1] == '-');
        const struct option *option = *word == '-' ? find(name) : NULL;
        if (!option)
            return unknown(word, error);
        if (option->argument && i + 1 == argc)
            return error_set(error, "%s needs an argument: %s", word, option->argument);
        if (!apply(config, option, option->argument ? argv[++i] : "", error))
            return false;
        if (config->action != CONFIG_RUN)
            return true;
    }
    return check(config, error) && options_resolve_devices(config, error);
}

static void help_option(FILE *out, const struct option *option)
{
    int width = fprintf(out, "  -%s%s%s", option->name, option->argument ? " " : "",
                        option->argument ? option->argument : "");
    fprintf(out, "%*s%s\n", width < 38 ? 40 - width : 2, "", option->help);
}

void options_help(FILE *out)
{
    fputs("armlet: runs ARM64 software on a board like QEMU's virt\n"
          "usage: armlet -kernel FILE [OPTION...]\n",
          out);
    for (unsigned i = 0; i < option_count; i++)
        if (option_table[i].name)
            help_option(out, &option_table[i]);
        else
            fprintf(out, "\n%s:\n", option_table[i].help);
    fputs("\nOn the terminal, Ctrl-A x quits, Ctrl-A c switches to the monitor, Ctrl-A h helps.\n",
          out);
}
