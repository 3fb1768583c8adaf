/* SPDX-License-Identifier: MIT */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "net/user_options.h"
#include "tests/net/suites.h"

static struct net_user_config config;
static struct net_nic_config nic;
static struct net_error error;

static bool parse(enum net_option option, const char *text)
{
    net_user_config_free(&config);
    strcpy(error.text, "");
    return net_user_config_parse(&config, &nic, option, text, &error);
}

static void parses(const char *text)
{
    ck_assert_msg(parse(NET_OPTION_NIC, text), "%s: %s", text, error.text);
}

/* The text is refused, and the message names `named`. */
static void refuses(const char *text, const char *named)
{
    ck_assert_msg(!parse(NET_OPTION_NIC, text), "%s was taken", text);
    ck_assert_msg(strstr(error.text, named), "%s: '%s' does not name %s", text, error.text, named);
    ck_assert_ptr_null(strchr(error.text, '\n'));
}

static void is(struct in_addr address, const char *text)
{
    ck_assert_str_eq(inet_ntoa(address), text);
}

static void is6(struct in6_addr address, const char *expected)
{
    char text[INET6_ADDRSTRLEN];

    ck_assert_str_eq(inet_ntop(AF_INET6, &address, text, sizeof text), expected);
}

static void stop(void)
{
    net_user_config_free(&config);
}

START_TEST(the_defaults_are_those_of_qemu)
{
    parses("user");
    is(config.net, "10.0.2.0");
    is(config.mask, "255.255.255.0");
    is(config.host, "10.0.2.2");
    is(config.dns, "10.0.2.3");
    is(config.dhcp_start, "10.0.2.15");
    ck_assert(config.ipv4 && config.ipv6 && !config.restricted);
    is6(config.prefix6, "fec0::");
    is6(config.host6, "fec0::2");
    is6(config.dns6, "fec0::3");
    ck_assert_uint_eq(config.prefix6_bits, 64);
    ck_assert_uint_eq(config.hostfwd_count, 0);
    ck_assert(!nic.has_mac);
    ck_assert_str_eq(nic.model, "");
}
END_TEST

START_TEST(a_machine_without_options_has_the_same_network)
{
    net_user_config_init(&config);
    is(config.host, "10.0.2.2");
    is(config.dhcp_start, "10.0.2.15");
    ck_assert(config.ipv4 && config.ipv6);
}
END_TEST

START_TEST(the_addresses_follow_the_network)
{
    parses("user,net=192.168.76.0/24");
    is(config.host, "192.168.76.2");
    is(config.dns, "192.168.76.3");
    is(config.dhcp_start, "192.168.76.15");
    parses("user,net=192.168.76.9/255.255.255.0");
    is(config.net, "192.168.76.0");
    parses("user,net=172.16.0.0");
    is(config.mask, "255.255.0.0");
    is(config.host, "172.16.2.2");
    parses("user,net=10.0.0.0/8,dhcpstart=10.0.2.9");
    is(config.host, "10.0.2.2");
}
END_TEST

START_TEST(addresses_may_come_before_their_network)
{
    parses("user,host=192.168.5.1,dns=192.168.5.2,dhcpstart=192.168.5.9,net=192.168.5.0/28");
    is(config.host, "192.168.5.1");
    is(config.dns, "192.168.5.2");
    is(config.dhcp_start, "192.168.5.9");
}
END_TEST

START_TEST(addresses_must_fit_the_network)
{
    refuses("user,net=10.0.2.0/33", "net=10.0.2.0/33");
    refuses("user,net=10.0.2.0/3", "net=");
    refuses("user,net=10.0.2.0/255.0.255.0", "net=");
    refuses("user,net=10.0.2", "net=10.0.2");
    refuses("user,net=", "net=");
    refuses("user,host=10.0.3.2", "host=10.0.3.2");
    refuses("user,host=10.0.2.0", "host=10.0.2.0");
    refuses("user,dns=10.0.2.255", "dns=10.0.2.255");
    refuses("user,dns=10.0.2.2", "dns=");
    refuses("user,dhcpstart=10.0.2.3", "dhcpstart=");
    refuses("user,dhcpstart=nonsense", "dhcpstart=nonsense");
}
END_TEST

START_TEST(one_family_switched_on_alone_switches_the_other_off)
{
    parses("user,ipv4=on");
    ck_assert(config.ipv4 && !config.ipv6);
    parses("user,ipv6=on");
    ck_assert(!config.ipv4 && config.ipv6);
    parses("user,ipv4=on,ipv6=on");
    ck_assert(config.ipv4 && config.ipv6);
    parses("user,ipv6=off");
    ck_assert(config.ipv4 && !config.ipv6);
    refuses("user,ipv4=off,ipv6=off", "ipv6=off");
}
END_TEST

START_TEST(ipv6_addresses)
{
    parses("user,ipv6-prefix=fd00:1::,ipv6-prefixlen=56,ipv6-host=fd00:1::9");
    is6(config.prefix6, "fd00:1::");
    is6(config.host6, "fd00:1::9");
    is6(config.dns6, "fd00:1::3");
    refuses("user,ipv6-prefix=fd00:1::,ipv6-host=fd00:2::9", "ipv6-host=");
    refuses("user,ipv6-prefixlen=127", "ipv6-prefixlen=127");
}
END_TEST

START_TEST(texts_are_kept)
{
    parses("user,id=n0,hostname=box,domainname=example.org,tftp=/srv,bootfile=/pxe,"
           "tftp-server-name=boot,dnssearch=a.example,dnssearch=b.example,restrict=on");
    ck_assert_str_eq(config.id, "n0");
    ck_assert_str_eq(config.hostname, "box");
    ck_assert_str_eq(config.domainname, "example.org");
    ck_assert_str_eq(config.tftp_dir, "/srv");
    ck_assert_str_eq(config.bootfile, "/pxe");
    ck_assert_str_eq(config.tftp_server_name, "boot");
    ck_assert_str_eq(config.dnssearch[0], "a.example");
    ck_assert_str_eq(config.dnssearch[1], "b.example");
    ck_assert_ptr_null(config.dnssearch[2]);
    ck_assert(config.restricted);
}
END_TEST

START_TEST(a_doubled_comma_is_a_comma)
{
    parses("user,tftp=/srv/a,,b,,,,c,hostname=box");
    ck_assert_str_eq(config.tftp_dir, "/srv/a,b,,c");
    ck_assert_str_eq(config.hostname, "box");
}
END_TEST

START_TEST(the_last_of_two_values_counts)
{
    parses("user,hostname=one,hostname=two");
    ck_assert_str_eq(config.hostname, "two");
}
END_TEST

START_TEST(texts_that_libslirp_would_cut_are_refused)
{
    refuses("user,hostname=a23456789012345678901234567890123", "hostname=");
    refuses("user,tftp=", "tftp=");
}
END_TEST

START_TEST(forwarded_ports)
{
    parses("user,hostfwd=tcp::2222-:22,hostfwd=udp:127.0.0.1:5353-10.0.2.20:53,hostfwd=::80-:8080");
    ck_assert_uint_eq(config.hostfwd_count, 3);
    const struct net_hostfwd *f = config.hostfwd;
    ck_assert(!f[0].udp && f[1].udp && !f[2].udp);
    is(f[0].host_address, "0.0.0.0");
    is(f[0].guest_address, "10.0.2.15");
    ck_assert_uint_eq(f[0].host_port, 2222);
    ck_assert_uint_eq(f[0].guest_port, 22);
    is(f[1].host_address, "127.0.0.1");
    is(f[1].guest_address, "10.0.2.20");
    ck_assert_uint_eq(f[1].host_port, 5353);
    ck_assert_uint_eq(f[1].guest_port, 53);
    ck_assert_uint_eq(f[2].host_port, 80);
    ck_assert_str_eq(f[0].text, "tcp::2222-:22");
}
END_TEST

START_TEST(a_forwarded_port_goes_to_the_first_lease)
{
    parses("user,hostfwd=tcp::2222-:22,net=192.168.5.0/24");
    is(config.hostfwd[0].guest_address, "192.168.5.15");
}
END_TEST

START_TEST(malformed_rules_are_named)
{
    static const char *const rules[] = {
        "tcp",           "tcp::2222",      "tcp::2222-22",   "tcp::2222:22",
        "sctp::1-:2",    "tcp::65536-:22", "tcp::2222-:0",   "tcp::2222-:65536",
        "tcp::x-:22",    "tcp::-:22",      "tcp::2222-:",    "tcp:1.2.3:2222-:22",
        "tcp::1-1.2:22", "tcp::+1-:22",    "tcp::2222-:22x", "",
    };
    char text[64];

    snprintf(text, sizeof text, "user,hostfwd=%s", rules[_i]);
    refuses(text, "hostfwd=");
    refuses(text, rules[_i]);
    ck_assert_uint_eq(config.hostfwd_count, 0);
}
END_TEST

START_TEST(shared_folders)
{
    parses("user,nfs=/opt/_install=./rootfs,nfs=/home=/srv/home,,ro");
    ck_assert_uint_eq(config.nfs_count, 2);
    ck_assert_str_eq(config.nfs[0].guest_path, "/opt/_install");
    ck_assert_str_eq(config.nfs[0].host_dir, "./rootfs");
    ck_assert_str_eq(config.nfs[1].guest_path, "/home");
    ck_assert(config.nfs[1].read_only);
    ck_assert(net_user_config_add_nfs(&config, "/more=more", &error));
    ck_assert_uint_eq(config.nfs_count, 3);
}
END_TEST

START_TEST(malformed_shares_are_named)
{
    refuses("user,nfs=nonsense", "nonsense");
    refuses("user,nfs=relative=/dir", "relative");
    ck_assert(!net_user_config_add_nfs(&config, "/guest", &error));
    ck_assert_ptr_nonnull(strstr(error.text, "/guest"));
}
END_TEST

START_TEST(the_card_is_told_apart_from_the_network)
{
    parses("user,model=virtio-net-device,mac=52:54:00:aB:cd:01");
    ck_assert_str_eq(nic.model, "virtio-net-device");
    ck_assert(nic.has_mac);
    ck_assert_mem_eq(nic.mac, "\x52\x54\x00\xab\xcd\x01", 6);
}
END_TEST

START_TEST(malformed_mac_addresses_are_named)
{
    static const char *const macs[] = { "52:54:00:12:34",     "52:54:00:12:34:5g",
                                        "52:54:00:12:34:567", "5254.0012.3456",
                                        "53:54:00:12:34:56",  "",
                                        "52:54:0:12:34:56" };
    char text[64];

    snprintf(text, sizeof text, "user,mac=%s", macs[_i]);
    refuses(text, "mac=");
}
END_TEST

START_TEST(unknown_properties_are_named)
{
    refuses("user,nonsense=1", "'nonsense'");
    refuses("user,hostfw=tcp::1-:2", "'hostfw'");
    refuses("user,=1", "''");
    refuses("user,,x=1", "user,x");
    refuses("user,restrict", "'restrict'");
    refuses("user,restrict=maybe", "restrict=maybe");
    refuses("user,guestfwd=tcp:10.0.2.9:1-cmd:cat", "guestfwd=");
}
END_TEST

START_TEST(other_networks_are_named)
{
    refuses("tap,ifname=tap0", "tap");
    refuses("", "-nic");
    parses("type=user,id=n0");
}
END_TEST

START_TEST(netdev_needs_an_id_and_knows_no_card)
{
    ck_assert(parse(NET_OPTION_NETDEV, "user,id=eth0"));
    ck_assert_str_eq(config.id, "eth0");
    ck_assert(!parse(NET_OPTION_NETDEV, "user"));
    ck_assert_ptr_nonnull(strstr(error.text, "id="));
    ck_assert(!parse(NET_OPTION_NETDEV, "user,id=n,model=x"));
    ck_assert_ptr_nonnull(strstr(error.text, "'model'"));
    ck_assert(!parse(NET_OPTION_NETDEV, "user,id=n,mac=52:54:00:12:34:56"));
    ck_assert(parse(NET_OPTION_NET, "user,name=old"));
    ck_assert_str_eq(config.id, "old");
}
END_TEST

TCase *user_options_tests(void)
{
    TCase *c = tcase_create("user options");

    tcase_add_checked_fixture(c, NULL, stop);
    tcase_add_test(c, the_defaults_are_those_of_qemu);
    tcase_add_test(c, a_machine_without_options_has_the_same_network);
    tcase_add_test(c, the_addresses_follow_the_network);
    tcase_add_test(c, addresses_may_come_before_their_network);
    tcase_add_test(c, addresses_must_fit_the_network);
    tcase_add_test(c, one_family_switched_on_alone_switches_the_other_off);
    tcase_add_test(c, ipv6_addresses);
    tcase_add_test(c, texts_are_kept);
    tcase_add_test(c, a_doubled_comma_is_a_comma);
    tcase_add_test(c, the_last_of_two_values_counts);
    tcase_add_test(c, texts_that_libslirp_would_cut_are_refused);
    tcase_add_test(c, forwarded_ports);
    tcase_add_test(c, a_forwarded_port_goes_to_the_first_lease);
    tcase_add_loop_test(c, malformed_rules_are_named, 0, 16);
    tcase_add_test(c, shared_folders);
    tcase_add_test(c, malformed_shares_are_named);
    tcase_add_test(c, the_card_is_told_apart_from_the_network);
    tcase_add_loop_test(c, malformed_mac_addresses_are_named, 0, 7);
    tcase_add_test(c, unknown_properties_are_named);
    tcase_add_test(c, other_networks_are_named);
    tcase_add_test(c, netdev_needs_an_id_and_knows_no_card);
    return c;
}
