/* SPDX-License-Identifier: MIT */
/*
 * The text behind an option: "virt,gic-version=2,dumpdtb=x.dtb".
 *
 * Properties are separated by commas; a comma inside a value is written twice. A first part without
 * "=" is the value of the option's implied key; a later one is a switch and reads "on". A property
 * given twice keeps both; the last one counts.
 *
 * Whoever understands a property takes it; what nobody took is an error at the end. So nothing is
 * ever ignored in silence.
 */
#ifndef MACH_VIRT_KEYVAL_H
#define MACH_VIRT_KEYVAL_H

#include <stdbool.h>
#include <stdint.h>

#include "mach-virt/error.h"

#define KEYVAL_MAX 24

struct keyval {
    char *text;         /* the whole, cut into strings; owned */
    const char *option; /* "-machine", for messages */
    unsigned count;
    struct {
        const char *key, *value;
        bool taken;
    } pair[KEYVAL_MAX];
};

/* `implied` NULL: every part needs a key. Free with keyval_free, whatever the result. */
bool keyval_parse(struct keyval *kv, const char *option, const char *text, const char *implied,
                  struct error *error);
void keyval_free(struct keyval *kv);

/* The last value of `key`, or NULL; lives as long as kv. All of that key count as taken. */
const char *keyval_take(struct keyval *kv, const char *key);
/* As above for on|off (yes|no, true|false); *value is left alone when the key is not there. */
bool keyval_take_bool(struct keyval *kv, const char *key, bool *value, struct error *error);
/* A decimal or 0x number within [min, max]. */
bool keyval_take_number(struct keyval *kv, const char *key, uint64_t min, uint64_t max,
                        uint64_t *value, struct error *error);
/* One of the words in `words` ("on off auto"), whose index goes to *index. */
bool keyval_take_word(struct keyval *kv, const char *key, const char *words, unsigned *index,
                      struct error *error);
/* False, naming the property, when one was not taken. */
bool keyval_done(const struct keyval *kv, struct error *error);

/* "512", "512M", "1.5G", "0x100k" -> bytes; `unit` is what a bare number counts in. */
bool parse_size(const char *text, uint64_t unit, uint64_t *bytes);
bool parse_number(const char *text, uint64_t min, uint64_t max, uint64_t *value);
bool parse_mac(const char *text, uint8_t mac[6]);

#endif
