/* SPDX-License-Identifier: MIT */
#include "net/properties.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

bool net_property_next(struct net_property *property, const char **text)
{
    const char *from = *text;
    char *item, *to;

    if (!*from)
        return false;
    item = to = malloc(strlen(from) + 1);
    if (!item)
        return false;
    while (*from && (*from != ',' || from[1] == ',')) {
        if (*from == ',')
            from++;
        *to++ = *from++;
    }
    *to = '\0';
    *text = *from ? from + 1 : from;

    char *equals = strchr(item, '=');
    if (equals)
        *equals++ = '\0';
    *property = (struct net_property){ .name = item, .value = equals };
    return true;
}

void net_property_free(struct net_property *property)
{
    free(property->name);
    *property = (struct net_property){ 0 };
}

bool net_parse_switch(const char *name, const char *value, bool *out, struct net_error *error)
{
    *out = !strcmp(value, "on");
    if (*out || !strcmp(value, "off"))
        return true;
    return net_error_set(error, "%s=%s: want on or off", name, value);
}

bool net_parse_number(const char *text, uint32_t max, uint32_t *out)
{
    uint64_t number = 0;

    if (!*text)
        return false;
    for (; *text; text++) {
        if (!isdigit((unsigned char)*text))
            return false;
        number = number * 10 + (uint64_t)(*text - '0');
        if (number > max)
            return false;
    }
    *out = (uint32_t)number;
    return true;
}
