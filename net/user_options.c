/* SPDX-License-Identifier: MIT */
#include "net/user_options.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/properties.h"
#include "net/user_options_internal.h"

struct parser {
    struct net_user_config *config;
    struct net_nic_config *nic;
    enum net_option option;
    struct address_options given;
    struct net_error *error;
};

/* One property, and what its value is good for. */
struct property {
    const char *name;
    unsigned options; /* the options that take it: a set of 1 << enum net_option */
    bool (*set)(struct parser *p, const struct property *row, const char *value);
    size_t offset; /* of the member it sets, where there is just one */
    size_t limit;  /* longest text; 0: any */
};

static bool out_of_memory(struct parser *p)
{
    return net_error_set(p->error, "out of memory while reading the network options");
}

static bool set_text(struct parser *p, const struct property *row, const char *value)
{
    char **member = (char **)((char *)p->config + row->offset);

    if (!*value)
        return net_error_set(p->error, "%s= is empty", row->name);
    if (row->limit && strlen(value) > row->limit)
        return net_error_set(p->error, "%s=%s: longer than %zu bytes", row->name, value,
                             row->limit);
    free(*member);
    *member = strdup(value);
    return *member || out_of_memory(p);
}

static bool set_switch(struct parser *p, const struct property *row, const char *value)
{
    return net_parse_switch(row->name, value, (bool *)((char *)p->config + row->offset), p->error);
}

static bool set_family(struct parser *p, const struct property *row, const char *value)
{
    bool on;

    if (!net_parse_switch(row->name, value, &on, p->error))
        return false;
    *(enum given_switch *)((char *)&p->given + row->offset) = on ? GIVEN_ON : GIVEN_OFF;
    return true;
}

static bool set_address(struct parser *p, const struct property *row, const char *value)
{
    struct in_addr *address = (struct in_addr *)((char *)&p->given + row->offset);

    if (inet_pton(AF_INET, value, address) == 1 && address->s_addr)
        return true;
    return net_error_set(p->error, "%s=%s: not an IPv4 address", row->name, value);
}

static bool set_address6(struct parser *p, const struct property *row, const char *value)
{
    struct in6_addr *address = (struct in6_addr *)((char *)&p->given + row->offset);

    if (inet_pton(AF_INET6, value, address) == 1)
        return true;
    return net_error_set(p->error, "%s=%s: not an IPv6 address", row->name, value);
}

static bool set_net(struct parser *p, const struct property *row, const char *value)
{
    if (net_parse_network(value, &p->config->net, &p->config->mask))
        return true;
    return net_error_set(p->error, "%s=%s: want ADDRESS/BITS with 4 to 30 bits", row->name, value);
}

static bool set_prefix_bits(struct parser *p, const struct property *row, const char *value)
{
    uint32_t bits;

    if (!net_parse_number(value, 126, &bits))
        return net_error_set(p->error, "%s=%s: want a number of bits, 0 to 126", row->name, value);
    p->config->prefix6_bits = (uint8_t)bits;
    return true;
}

static size_t list_length(char **list)
{
    size_t length = 0;

    while (list && list[length])
        length++;
    return length;
}

static bool add_dnssearch(struct parser *p, const struct property *row, const char *value)
{
    size_t length = list_length(p->config->dnssearch);
    char **list = realloc(p->config->dnssearch, (length + 2) * sizeof *list);

    if (!list)
        return out_of_memory(p);
    p->config->dnssearch = list;
    list[length] = strdup(value);
    list[length + 1] = NULL;
    return list[length] || out_of_memory(p);
}

static bool add_hostfwd(struct parser *p, const struct property *row, const char *value)
{
    struct net_user_config *c = p->config;
    struct net_hostfwd *list = realloc(c->hostfwd, (c->hostfwd_count + 1) * sizeof *list);

    if (!list)
        return out_of_memory(p);
    c->hostfwd = list;
    if (!net_parse_hostfwd(value, &list[c->hostfwd_count], p->error))
        return false;
    c->hostfwd_count++;
    return true;
}

static bool add_nfs(struct parser *p, const struct property *row, const char *value)
{
    return net_user_config_add_nfs(p->config, value, p->error);
}

static bool set_model(struct parser *p, const struct property *row, const char *value)
{
    int length = snprintf(p->nic->model, sizeof p->nic->model, "%s", value);

    if (length > 0 && (size_t)length < sizeof p->nic->model)
        return true;
    return net_error_set(p->error, "%s=%s: there is no such network card", row->name, value);
}

static bool set_mac(struct parser *p, const struct property *row, const char *value)
{
    uint8_t *m = p->nic->mac;
    int end = 0;

    if (sscanf(value, "%2hhx:%2hhx:%2hhx:%2hhx:%2hhx:%2hhx%n", &m[0], &m[1], &m[2], &m[3], &m[4],
               &m[5], &end) != 6 ||
        end != 17 || value[end])
        return net_error_set(p->error, "%s=%s: want six bytes, 52:54:00:12:34:56", row->name,
                             value);
    if (m[0] & 1)
        return net_error_set(p->error, "%s=%s: that is a multicast address", row->name, value);
    p->nic->has_mac = true;
    return true;
}

static bool refuse(struct parser *p, const struct property *row, const char *value)
{
    return net_error_set(p->error, "%s=%s: armlet does not have this yet", row->name, value);
}

#define NIC       (1u << NET_OPTION_NIC)
#define NETDEV    (1u << NET_OPTION_NETDEV)
#define NET       (1u << NET_OPTION_NET)
#define ANY       (NIC | NETDEV | NET)
#define CONFIG(m) offsetof(struct net_user_config, m)
#define GIVEN(m)  offsetof(struct address_options, m)

static const struct property properties[] = {
    { "id", NIC | NETDEV, set_text, CONFIG(id), 0 },
    { "name", NET, set_text, CONFIG(id), 0 },
    { "model", NIC, set_model, 0, 0 },
    { "mac", NIC, set_mac, 0, 0 },
    { "ipv4", ANY, set_family, GIVEN(ipv4), 0 },
    { "ipv6", ANY, set_family, GIVEN(ipv6), 0 },
    { "restrict", ANY, set_switch, CONFIG(restricted), 0 },
    { "net", ANY, set_net, 0, 0 },
    { "host", ANY, set_address, GIVEN(host), 0 },
    { "dns", ANY, set_address, GIVEN(dns), 0 },
    { "dhcpstart", ANY, set_address, GIVEN(dhcp_start), 0 },
    { "ipv6-prefix", ANY, set_address6, GIVEN(prefix6), 0 },
    { "ipv6-prefixlen", ANY, set_prefix_bits, 0, 0 },
    { "ipv6-host", ANY, set_address6, GIVEN(host6), 0 },
    { "ipv6-dns", ANY, set_address6, GIVEN(dns6), 0 },
    { "hostname", ANY, set_text, CONFIG(hostname), 32 },
    { "domainname", ANY, set_text, CONFIG(domainname), 255 },
    { "dnssearch", ANY, add_dnssearch, 0, 0 },
    { "tftp", ANY, set_text, CONFIG(tftp_dir), 0 },
    { "bootfile", ANY, set_text, CONFIG(bootfile), 127 },
    { "tftp-server-name", ANY, set_text, CONFIG(tftp_server_name), 255 },
    { "hostfwd", ANY, add_hostfwd, 0, 0 },
    { "nfs", ANY, add_nfs, 0, 0 },
    { "guestfwd", ANY, refuse, 0, 0 },
    { "smb", ANY, refuse, 0, 0 },
    { "smbserver", ANY, refuse, 0, 0 },
};

static const char *option_name(enum net_option option)
{
    static const char *const names[] = { "-nic", "-netdev", "-net" };

    return names[option];
}

static const struct property *find_property(const struct parser *p, const char *name)
{
    for (size_t i = 0; i < sizeof properties / sizeof *properties; i++) {
        if (!strcmp(properties[i].name, name) && properties[i].options & 1u << p->option)
            return &properties[i];
    }
    return NULL;
}

static bool parse_property(struct parser *p, const struct net_property *item)
{
    const struct property *property = find_property(p, item->name);

    if (!property)
        return net_error_set(p->error, "%s user: unknown property '%s'", option_name(p->option),
                             item->name);
    if (!item->value)
        return net_error_set(p->error, "%s user: '%s' needs a value (%s=...)",
                             option_name(p->option), item->name, item->name);
    return property->set(p, property, item->value);
}

/* The first item is the kind of back end, alone or as type=. */
static bool parse_kind(struct parser *p, const struct net_property *item)
{
    const char *kind = item->value && !strcmp(item->name, "type") ? item->value : item->name;

    if (!strcmp(kind, "user"))
        return true;
    return net_error_set(p->error, "%s %s: there is no such network, only 'user'",
                         option_name(p->option), kind);
}

static bool parse_items(struct parser *p, const char *text)
{
    struct net_property item;
    bool first = true, good = true;

    while (good && net_property_next(&item, &text)) {
        good = first ? parse_kind(p, &item) : parse_property(p, &item);
        first = false;
        net_property_free(&item);
    }
    if (good && *text)
        return out_of_memory(p);
    if (good && first)
        return net_error_set(p->error, "%s needs a network, such as %s user",
                             option_name(p->option), option_name(p->option));
    return good;
}

void net_user_config_init(struct net_user_config *config)
{
    *config = (struct net_user_config){ .prefix6_bits = 64 };
    net_finish_addresses(config, &(struct address_options){ 0 }, NULL);
}

bool net_user_config_parse(struct net_user_config *config, struct net_nic_config *nic,
                           enum net_option option, const char *text, struct net_error *error)
{
    struct parser p = { .config = config, .nic = nic, .option = option, .error = error };

    *config = (struct net_user_config){ .prefix6_bits = 64 };
    if (nic)
        *nic = (struct net_nic_config){ 0 };
    if (!parse_items(&p, text) || !net_finish_addresses(config, &p.given, error))
        return false;
    if (option == NET_OPTION_NETDEV && !config->id)
        return net_error_set(error, "-netdev user needs id=");
    return true;
}

bool net_user_config_add_nfs(struct net_user_config *config, const char *text,
                             struct net_error *error)
{
    struct nfs_export *list = realloc(config->nfs, (config->nfs_count + 1) * sizeof *list);
    char why[256];

    if (!list)
        return net_error_set(error, "nfs %s: out of memory", text);
    config->nfs = list;
    if (!nfs_export_parse(text, &list[config->nfs_count], why, sizeof why))
        return net_error_set(error, "%s", why);
    config->nfs_count++;
    return true;
}

void net_user_config_free(struct net_user_config *config)
{
    for (size_t i = 0; i < config->hostfwd_count; i++)
        free(config->hostfwd[i].text);
    for (size_t i = 0; i < config->nfs_count; i++)
        nfs_export_free(&config->nfs[i]);
    for (size_t i = 0; i < list_length(config->dnssearch); i++)
        free(config->dnssearch[i]);
    free(config->dnssearch);
    free(config->hostfwd);
    free(config->nfs);
    free(config->id);
    free(config->hostname);
    free(config->domainname);
    free(config->tftp_dir);
    free(config->bootfile);
    free(config->tftp_server_name);
    *config = (struct net_user_config){ 0 };
}
