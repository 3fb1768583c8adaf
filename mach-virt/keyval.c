/* SPDX-License-Identifier: MIT */
#include "mach-virt/keyval.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Ends the part at `at` with a zero, undoing doubled commas; returns the next part or NULL. */
static char *cut_part(char *at)
{
    char *to = at;
    for (char *from = at; *from; from++) {
        if (*from == ',' && from[1] != ',') {
            *to = 0;
            return from + 1;
        }
        if (*from == ',')
            from++;
        *to++ = *from;
    }
    *to = 0;
    return NULL;
}

static bool add_part(struct keyval *kv, char *part, const char *implied, struct error *error)
{
    if (kv->count == KEYVAL_MAX)
        return error_set(error, "%s: more than %d properties", kv->option, KEYVAL_MAX);
    char *equals = strchr(part, '=');
    if (equals)
        *equals = 0;
    bool bare = !equals && !kv->count && implied;
    if (!*part)
        return error_set(error, "%s: a property without a name", kv->option);
    kv->pair[kv->count].key = bare ? implied : part;
    kv->pair[kv->count].value = bare ? part : equals ? equals + 1 : "on";
    kv->count++;
    return true;
}

bool keyval_parse(struct keyval *kv, const char *option, const char *text, const char *implied,
                  struct error *error)
{
    *kv = (struct keyval){ .text = strdup(text), .option = option };
    if (!kv->text)
        return error_set(error, "out of memory");
    for (char *part = kv->text, *next; part; part = next) {
        next = cut_part(part);
        if (!add_part(kv, part, implied, error))
            return false;
    }
    return true;
}

void keyval_free(struct keyval *kv)
{
    free(kv->text);
    kv->text = NULL;
    kv->count = 0;
}

const char *keyval_take(struct keyval *kv, const char *key)
{
    const char *value = NULL;
    for (unsigned i = 0; i < kv->count; i++) {
        if (strcmp(kv->pair[i].key, key))
            continue;
        kv->pair[i].taken = true;
        value = kv->pair[i].value;
    }
    return value;
}

bool keyval_take_word(struct keyval *kv, const char *key, const char *words, unsigned *index,
                      struct error *error)
{
    const char *value = keyval_take(kv, key);
    if (!value)
        return true;
    size_t length = strlen(value);
    unsigned i = 0;
    for (const char *word = words; *word; i++) {
        size_t size = strcspn(word, " ");
        if (size == length && !memcmp(word, value, size)) {
            *index = i;
            return true;
        }
        word += size + (word[size] == ' ');
    }
    return error_set(error, "%s: %s=%s: the choices are: %s", kv->option, key, value, words);
}

bool keyval_take_bool(struct keyval *kv, const char *key, bool *value, struct error *error)
{
    unsigned index = *value ? 0 : 1;
    if (!keyval_take_word(kv, key, "on off yes no true false", &index, error))
        return false;
    *value = index % 2 == 0;
    return true;
}

bool keyval_take_number(struct keyval *kv, const char *key, uint64_t min, uint64_t max,
                        uint64_t *value, struct error *error)
{
    const char *text = keyval_take(kv, key);
    if (!text || parse_number(text, min, max, value))
        return true;
    return error_set(error, "%s: %s=%s: a number from %" PRIu64 " to %" PRIu64 " is needed",
                     kv->option, key, text, min, max);
}

bool keyval_done(const struct keyval *kv, struct error *error)
{
    for (unsigned i = 0; i < kv->count; i++)
        if (!kv->pair[i].taken)
            return error_set(error, "%s: unknown property '%s'", kv->option, kv->pair[i].key);
    return true;
}

bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    errno = 0;
    uint64_t number = strtoull(text, &end, 0);
    if (errno || *end || number < min || number > max)
        return false;
    *value = number;
    return true;
}

static uint64_t unit_of(int letter)
{
    switch (tolower(letter)) {
    case 'b':
        return 1;
    case 'k':
        return UINT64_C(1) << 10;
    case 'm':
        return UINT64_C(1) << 20;
    case 'g':
        return UINT64_C(1) << 30;
    case 't':
        return UINT64_C(1) << 40;
    default:
        return 0;
    }
}

bool parse_size(const char *text, uint64_t unit, uint64_t *bytes)
{
    char *end;
    if (!isdigit((unsigned char)*text))
        return false;
    double number = strtod(text, &end);
    if (*end) {
        unit = unit_of(*end);
        if (!unit || end[1])
            return false;
    }
    if (!(number >= 0) || number * (double)unit > (double)(UINT64_C(1) << 52))
        return false;
    *bytes = (uint64_t)(number * (double)unit);
    return true;
}

bool parse_mac(const char *text, uint8_t mac[6])
{
    unsigned b[6];
    int end = -1;
    if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%n", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5], &end) !=
            6 ||
        text[end])
        return false;
    for (unsigned i = 0; i < 6; i++)
        mac[i] = (uint8_t)b[i];
    return true;
}
