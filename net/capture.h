/* SPDX-License-Identifier: MIT */
/*
 * A packet capture: a link in front of another that writes every frame that crosses it into a file
 * for tcpdump or Wireshark (-object filter-dump,id=ID,netdev=ID,file=FILE[,maxlen=BYTES]).
 *
 * The file is libpcap's classic format (magic 0xa1b2c3d4, link type 1: Ethernet) with guest time as
 * its timestamps. It is whole after every frame. When the disk is full the capture ends, with a
 * line in the log; the network goes on.
 */
#ifndef NET_CAPTURE_H
#define NET_CAPTURE_H

#include <stdint.h>

#include "net/error.h"
#include "net/link.h"
#include "net/user.h"

struct net_capture;

/* The properties of filter-dump. Owned strings. */
struct net_capture_config {
    char *id, *netdev, *file;
    uint32_t maxlen; /* bytes kept of each frame, 65536 when not given */
};

/* Parses the text behind -object, from "filter-dump" on. The caller frees `config`, whatever the
 * result. */
bool net_capture_config_parse(struct net_capture_config *config, const char *text,
                              struct net_error *error);
void net_capture_config_free(struct net_capture_config *config);

/* Truncates the file and puts itself in front of `inner`, whose `receive` and `device` it takes.
 * `epoch` is the date of guest time 0 in seconds since 1970. NULL and an error that names the file
 * when it can't be written. */
struct net_capture *net_capture_create(struct link *inner, const char *file, uint32_t maxlen,
                                       int64_t epoch, const struct net_env *env,
                                       struct net_error *error);

/* The link for the device to plug into. Owned by `capture`. */
struct link *net_capture_link(struct net_capture *capture);

/* Closes the file and leaves `inner` unplugged. */
void net_capture_destroy(struct net_capture *capture);

#endif
