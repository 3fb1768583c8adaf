/* SPDX-License-Identifier: MIT */
/*
 * The options of user-mode networking, in QEMU's spelling:
 *
 *     -nic    user[,id=ID][,model=NIC][,mac=MAC][,PROPERTY=VALUE...]
 *     -netdev user,id=ID[,PROPERTY=VALUE...]
 *     -net    user[,name=ID][,PROPERTY=VALUE...]
 *
 * A comma inside a value is written twice. The properties, and what they are when not given:
 *
 *     net=ADDR[/MASK]          10.0.2.0/24; MASK is a count of bits (4..30) or dotted, by class
 * without it host=, dns=, dhcpstart=  the network's .2.2, .2.3 and .2.15, as far as its mask leaves
 * room hostname=, domainname=, dnssearch= (repeatable)          told to the guest by DHCP
 *     restrict=on|off          off; on: nothing beyond the virtual network but hostfwd and nfs
 *     tftp=DIR, bootfile=FILE, tftp-server-name=NAME           a read-only TFTP server at host
 *     hostfwd=[tcp|udp]:[HOSTADDR]:HOSTPORT-[GUESTADDR]:GUESTPORT (repeatable)
 *     nfs=GUESTPATH=HOSTDIR[,,ro] (repeatable)                 a folder served over NFS at host
 *     ipv4=on|off, ipv6=on|off                both on; one switched on alone switches the other off
 *     ipv6-prefix=, ipv6-prefixlen=, ipv6-host=, ipv6-dns=     fec0::/64, ::2, ::3
 *
 * Anything else is an error that names the property.
 */
#ifndef NET_USER_OPTIONS_H
#define NET_USER_OPTIONS_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "net/error.h"
#include "net/nfs/nfs_server.h"

/* A port of the host that leads to one of the guest. */
struct net_hostfwd {
    char *text; /* as the user wrote it, for messages */
    bool udp;
    struct in_addr host_address; /* 0.0.0.0: every address of the host */
    uint16_t host_port;          /* 0: any free one */
    struct in_addr guest_address;
    uint16_t guest_port;
};

/* A parsed back end. Owned strings; NULL: not given. */
struct net_user_config {
    char *id;
    bool ipv4, ipv6;
    bool restricted;
    struct in_addr net, mask, host, dns, dhcp_start;
    struct in6_addr prefix6, host6, dns6;
    uint8_t prefix6_bits;
    char *hostname, *domainname, *tftp_dir, *bootfile, *tftp_server_name;
    char **dnssearch; /* NULL-terminated; NULL when there is none */
    struct net_hostfwd *hostfwd;
    size_t hostfwd_count;
    struct nfs_export *nfs; /* folders served over NFS */
    size_t nfs_count;
};

/* What -nic says about the card in the guest rather than about the network behind it. */
struct net_nic_config {
    char model[32]; /* "": the default */
    uint8_t mac[6];
    bool has_mac;
};

/* Which option the text stands behind: they differ in the properties they take. */
enum net_option { NET_OPTION_NIC, NET_OPTION_NETDEV, NET_OPTION_NET };

/* The network of a machine without any option. */
void net_user_config_init(struct net_user_config *config);

/* Parses the text behind the option, from "user" on. `config` is initialised here and is the
 * caller's to free, whatever the result. `nic` may be NULL except for NET_OPTION_NIC. */
bool net_user_config_parse(struct net_user_config *config, struct net_nic_config *nic,
                           enum net_option option, const char *text, struct net_error *error);

/* Adds the folder that the argument of -nfs names (nfs_export_parse has its syntax). */
bool net_user_config_add_nfs(struct net_user_config *config, const char *text,
                             struct net_error *error);

void net_user_config_free(struct net_user_config *config);

#endif
