/* SPDX-License-Identifier: MIT */
#include "net/user_options_internal.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/properties.h"

#define DEFAULT_NET  0x0a000200u /* 10.0.2.0/24 */
#define DEFAULT_MASK 0xffffff00u
/* Host parts of the default addresses; a shorter mask leaves out the upper byte, a longer one more.
 */
#define HOST_PART 0x0202u
#define DNS_PART  0x0203u
#define DHCP_PART 0x020fu

static uint32_t class_mask(uint32_t net)
{
    if (net < 0x80000000u)
        return 0xff000000u;
    return net < 0xc0000000u ? 0xffff0000u : 0xffffff00u;
}

static bool parse_mask(const char *text, uint32_t *mask)
{
    struct in_addr dotted;
    uint32_t bits;

    if (net_parse_number(text, 30, &bits)) {
        *mask = bits ? ~0u << (32 - bits) : 0;
    } else {
        if (inet_pton(AF_INET, text, &dotted) != 1)
            return false;
        *mask = ntohl(dotted.s_addr);
    }
    bool contiguous = !(~*mask & (~*mask + 1));
    return contiguous && *mask >= 0xf0000000u && *mask <= 0xfffffffcu;
}

bool net_parse_network(const char *text, struct in_addr *net, struct in_addr *mask)
{
    char address[INET_ADDRSTRLEN];
    size_t length = strcspn(text, "/");
    uint32_t bits;

    if (length >= sizeof address)
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    if (inet_pton(AF_INET, address, net) != 1)
        return false;
    bits = class_mask(ntohl(net->s_addr));
    if (text[length] && !parse_mask(text + length + 1, &bits))
        return false;
    mask->s_addr = htonl(bits);
    net->s_addr &= mask->s_addr;
    return net->s_addr != 0;
}

/* Takes the text up to `delimiter` (or the end, for '\0') off *from. */
static bool take_field(const char **from, char delimiter, char *field, size_t size)
{
    const char *end = delimiter ? strchr(*from, delimiter) : *from + strlen(*from);
    size_t length = end ? (size_t)(end - *from) : 0;

    if (!end || length >= size)
        return false;
    memcpy(field, *from, length);
    field[length] = '\0';
    *from = delimiter ? end + 1 : end;
    return true;
}

static bool parse_endpoint(const char **from, char delimiter, struct in_addr *address,
                           uint16_t *port)
{
    char field[INET_ADDRSTRLEN];
    uint32_t number;

    address->s_addr = 0;
    if (!take_field(from, ':', field, sizeof field) ||
        (*field && inet_pton(AF_INET, field, address) != 1) ||
        !take_field(from, delimiter, field, sizeof field) ||
        !net_parse_number(field, 65535, &number))
        return false;
    *port = (uint16_t)number;
    return true;
}

static bool parse_rule(const char *text, struct net_hostfwd *rule)
{
    char protocol[8];

    if (!take_field(&text, ':', protocol, sizeof protocol))
        return false;
    rule->udp = !strcmp(protocol, "udp");
    if (!rule->udp && *protocol && strcmp(protocol, "tcp"))
        return false;
    return parse_endpoint(&text, '-', &rule->host_address, &rule->host_port) &&
           parse_endpoint(&text, '\0', &rule->guest_address, &rule->guest_port) && rule->guest_port;
}

bool net_parse_hostfwd(const char *text, struct net_hostfwd *rule, struct net_error *error)
{
    if (!parse_rule(text, rule))
        return net_error_set(
            error, "hostfwd=%s: want [tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport", text);
    rule->text = strdup(text);
    return rule->text || net_error_set(error, "hostfwd=%s: out of memory", text);
}

/* QEMU: a family that is switched on alone switches the other off. */
static void finish_families(struct net_user_config *config, const struct address_options *given)
{
    config->ipv4 = given->ipv4 == GIVEN_ON || (given->ipv4 == NOT_GIVEN && given->ipv6 != GIVEN_ON);
    config->ipv6 = given->ipv6 == GIVEN_ON || (given->ipv6 == NOT_GIVEN && given->ipv4 != GIVEN_ON);
}

static struct in_addr default_address(const struct net_user_config *config, struct in_addr given,
                                      uint32_t part)
{
    if (given.s_addr)
        return given;
    return (struct in_addr){ config->net.s_addr | (htonl(part) & ~config->mask.s_addr) };
}

/* A host's address: inside the network, neither its first nor its last. */
static bool check_address(const struct net_user_config *config, const char *name,
                          struct in_addr address, struct net_error *error)
{
    char text[INET_ADDRSTRLEN];
    uint32_t part = address.s_addr & ~config->mask.s_addr;

    if ((address.s_addr & config->mask.s_addr) == config->net.s_addr && part &&
        part != ~config->mask.s_addr)
        return true;
    inet_ntop(AF_INET, &address, text, sizeof text);
    return net_error_set(error, "%s=%s is not an address of a host in the network of net=", name,
                         text);
}

static bool check_addresses(const struct net_user_config *c, struct net_error *error)
{
    if (!check_address(c, "host", c->host, error) || !check_address(c, "dns", c->dns, error) ||
        !check_address(c, "dhcpstart", c->dhcp_start, error))
        return false;
    if (c->host.s_addr == c->dns.s_addr)
        return net_error_set(error, "host= and dns= are the same address");
    if (c->dhcp_start.s_addr == c->host.s_addr || c->dhcp_start.s_addr == c->dns.s_addr)
        return net_error_set(error, "dhcpstart= is the address of host= or dns=");
    return true;
}

static void mask_address6(struct in6_addr *address, unsigned bits)
{
    for (unsigned i = 0; i < 16; i++) {
        unsigned kept = bits > i * 8 ? bits - i * 8 : 0;
        address->s6_addr[i] &= kept >= 8 ? 0xff : (uint8_t)(0xff00u >> kept);
    }
}

static bool finish_address6(const struct net_user_config *c, const char *name,
                            struct in6_addr given, uint8_t part, struct in6_addr *out,
                            struct net_error *error)
{
    struct in6_addr prefix = given;

    *out = given;
    if (IN6_IS_ADDR_UNSPECIFIED(&given)) {
        *out = c->prefix6;
        out->s6_addr[15] |= part;
        return true;
    }
    mask_address6(&prefix, c->prefix6_bits);
    if (IN6_ARE_ADDR_EQUAL(&prefix, &c->prefix6))
        return true;
    return net_error_set(error, "%s= is not in the network of ipv6-prefix=", name);
}

static bool finish_addresses6(struct net_user_config *c, const struct address_options *given,
                              struct net_error *error)
{
    c->prefix6 = given->prefix6;
    if (IN6_IS_ADDR_UNSPECIFIED(&c->prefix6)) {
        c->prefix6.s6_addr[0] = 0xfe;
        c->prefix6.s6_addr[1] = 0xc0;
    }
    mask_address6(&c->prefix6, c->prefix6_bits);
    if (!finish_address6(c, "ipv6-host", given->host6, 2, &c->host6, error) ||
        !finish_address6(c, "ipv6-dns", given->dns6, 3, &c->dns6, error))
        return false;
    return !IN6_ARE_ADDR_EQUAL(&c->host6, &c->dns6) ||
           net_error_set(error, "ipv6-host= and ipv6-dns= are the same address");
}

bool net_finish_addresses(struct net_user_config *config, const struct address_options *given,
                          struct net_error *error)
{
    finish_families(config, given);
    if (!config->ipv4 && !config->ipv6)
        return net_error_set(error, "ipv4=off,ipv6=off leaves no network");
    if (!config->mask.s_addr) {
        config->net.s_addr = htonl(DEFAULT_NET);
        config->mask.s_addr = htonl(DEFAULT_MASK);
    }
    config->host = default_address(config, given->host, HOST_PART);
    config->dns = default_address(config, given->dns, DNS_PART);
    config->dhcp_start = default_address(config, given->dhcp_start, DHCP_PART);
    for (size_t i = 0; i < config->hostfwd_count; i++) {
        if (!config->hostfwd[i].guest_address.s_addr)
            config->hostfwd[i].guest_address = config->dhcp_start;
    }
    return check_addresses(config, error) && finish_addresses6(config, given, error);
}
