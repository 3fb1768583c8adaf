/* SPDX-License-Identifier: MIT */
/*
 * The text behind an option, as QEMU spells it: "kind,name=value,name=value", a comma inside a
 * value written twice.
 */
#ifndef NET_PROPERTIES_H
#define NET_PROPERTIES_H

#include <stdbool.h>
#include <stdint.h>

#include "net/error.h"

/* One item, with its doubled commas undone. */
struct net_property {
    char *name;        /* owned, freed by net_property_free */
    const char *value; /* behind the first '='; NULL: there is none */
};

/* Takes the next item off *text. False at the end; when *text is not at its NUL then, memory is
 * out. */
bool net_property_next(struct net_property *property, const char **text);
void net_property_free(struct net_property *property);

/* "on" or "off"; anything else is an error that names the property. */
bool net_parse_switch(const char *name, const char *value, bool *out, struct net_error *error);

/* A decimal number without sign, at most `max`; false: it is something else. */
bool net_parse_number(const char *text, uint32_t max, uint32_t *out);

#endif
