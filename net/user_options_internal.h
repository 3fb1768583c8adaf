/* SPDX-License-Identifier: MIT */
/*
 * The addresses among the options of user-mode networking: they depend on each other, so they are
 * filled in and checked when all of them are known (user_addresses.c).
 */
#ifndef NET_USER_OPTIONS_INTERNAL_H
#define NET_USER_OPTIONS_INTERNAL_H

#include <netinet/in.h>
#include <stdbool.h>

#include "net/error.h"
#include "net/user_options.h"

enum given_switch { NOT_GIVEN, GIVEN_ON, GIVEN_OFF };

/* What the user wrote; all zero: not given. */
struct address_options {
    enum given_switch ipv4, ipv6;
    struct in_addr host, dns, dhcp_start;
    struct in6_addr prefix6, host6, dns6;
};

/* "10.0.2.0/24", "10.0.2.0/255.255.255.0" or "10.0.2.0": the mask of its class. Host bits are
 * dropped. */
bool net_parse_network(const char *text, struct in_addr *net, struct in_addr *mask);

/* "[tcp|udp]:[hostaddr]:hostport-[guestaddr]:guestport". A guest address that is left out stays 0.
 * `rule` owns a copy of the text when this succeeds. */
bool net_parse_hostfwd(const char *text, struct net_hostfwd *rule, struct net_error *error);

/* Fills the config's addresses in from what is given and the defaults (config->mask of 0: no net=
 * was given), and checks that they fit the network and each other. */
bool net_finish_addresses(struct net_user_config *config, const struct address_options *given,
                          struct net_error *error);

#endif
