/* SPDX-License-Identifier: MIT */
#include "net/capture.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net/properties.h"

#define DEFAULT_MAXLEN    65536u
#define MAXLEN_MAX        1048576u
#define LINKTYPE_ETHERNET 1

/* libpcap's savefile format (pcap-savefile(5)), in the byte order of this host, which the magic
 * shows. */
struct file_header {
    uint32_t magic;
    uint16_t major, minor;
    int32_t zone;
    uint32_t accuracy;
    uint32_t snapshot_length;
    uint32_t link_type;
};

struct record_header {
    uint32_t seconds, microseconds;
    uint32_t captured, size;
};

struct net_capture {
    struct link link;
    struct link *inner;
    struct net_env env;
    int64_t epoch;
    uint32_t maxlen;
    int fd;    /* -1: the capture has ended */
    off_t end; /* of the last whole record */
};

static char **find_member(struct net_capture_config *config, const char *name)
{
    if (!strcmp(name, "id"))
        return &config->id;
    if (!strcmp(name, "netdev"))
        return &config->netdev;
    return !strcmp(name, "file") ? &config->file : NULL;
}

static bool parse_property(struct net_capture_config *config, const struct net_property *item,
                           struct net_error *error)
{
    char **member = find_member(config, item->name);

    if (!member && strcmp(item->name, "maxlen"))
        return net_error_set(error, "-object filter-dump: unknown property '%s'", item->name);
    if (!item->value || !*item->value)
        return net_error_set(error, "-object filter-dump: '%s' needs a value", item->name);
    if (!member)
        return (net_parse_number(item->value, MAXLEN_MAX, &config->maxlen) && config->maxlen) ||
               net_error_set(error, "maxlen=%s: want a number of bytes, 1 to %u", item->value,
                             MAXLEN_MAX);
    free(*member);
    *member = strdup(item->value);
    return *member || net_error_set(error, "-object filter-dump: out of memory");
}

static bool parse_kind(const struct net_property *item, struct net_error *error)
{
    return !strcmp(item->name, "filter-dump") ||
           net_error_set(error, "-object %s: not a filter-dump", item->name);
}

bool net_capture_config_parse(struct net_capture_config *config, const char *text,
                              struct net_error *error)
{
    struct net_property item;
    bool first = true, good = true;

    *config = (struct net_capture_config){ .maxlen = DEFAULT_MAXLEN };
    while (good && net_property_next(&item, &text)) {
        good = first ? parse_kind(&item, error) : parse_property(config, &item, error);
        first = false;
        net_property_free(&item);
    }
    return good && ((config->id && config->netdev && config->file) ||
                    net_error_set(error, "-object filter-dump needs id=, netdev= and file="));
}

void net_capture_config_free(struct net_capture_config *config)
{
    free(config->id);
    free(config->netdev);
    free(config->file);
    *config = (struct net_capture_config){ 0 };
}

/* Ends the capture behind the last whole record. */
static void give_up(struct net_capture *c)
{
    char text[128];

    snprintf(text, sizeof text, "packet capture ends: %s", strerror(errno));
    if (c->env.log)
        c->env.log(c->env.ctx, text);
    if (ftruncate(c->fd, c->end)) {
        /* Readers skip an incomplete last record; there is nothing better left to do. */
    }
    close(c->fd);
    c->fd = -1;
}

static void record(struct net_capture *c, const uint8_t *frame, size_t size)
{
    uint64_t now = c->env.now_ns(c->env.ctx);
    struct record_header header = {
        .seconds = (uint32_t)(c->epoch + (int64_t)(now / 1000000000)),
        .microseconds = (uint32_t)(now % 1000000000 / 1000),
        .captured = size < c->maxlen ? (uint32_t)size : c->maxlen,
        .size = (uint32_t)size,
    };
    struct iovec parts[] = { { &header, sizeof header }, { (void *)frame, header.captured } };
    off_t whole = (off_t)(sizeof header + header.captured);

    if (c->fd < 0)
        return;
    errno = ENOSPC; /* what a short write means */
    if (writev(c->fd, parts, 2) != whole)
        give_up(c);
    else
        c->end += whole;
}

static void link_send(void *backend, const uint8_t *frame, size_t size)
{
    struct net_capture *c = backend;

    record(c, frame, size);
    c->inner->send(c->inner->backend, frame, size);
}

/* A frame that the device refuses comes again; it is recorded when it is taken. */
static bool link_receive(void *device, const uint8_t *frame, size_t size)
{
    struct net_capture *c = device;

    if (c->link.receive && !c->link.receive(c->link.device, frame, size))
        return false;
    record(c, frame, size);
    return true;
}

static void link_ready(void *backend)
{
    struct net_capture *c = backend;

    if (c->inner->ready)
        c->inner->ready(c->inner->backend);
}

static bool open_file(struct net_capture *c, const char *file, struct net_error *error)
{
    struct file_header header = {
        .magic = 0xa1b2c3d4,
        .major = 2,
        .minor = 4,
        .snapshot_length = c->maxlen,
        .link_type = LINKTYPE_ETHERNET,
    };

    c->fd = open(file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    errno = c->fd < 0 ? errno : ENOSPC;
    if (c->fd < 0 || write(c->fd, &header, sizeof header) != sizeof header)
        return net_error_set(error, "filter-dump: can't write %s: %s", file, strerror(errno));
    c->end = sizeof header;
    return true;
}

struct net_capture *net_capture_create(struct link *inner, const char *file, uint32_t maxlen,
                                       int64_t epoch, const struct net_env *env,
                                       struct net_error *error)
{
    struct net_capture *c = calloc(1, sizeof *c);

    if (!c) {
        net_error_set(error, "filter-dump: out of memory");
        return NULL;
    }
    *c = (struct net_capture){
        .link = { .send = link_send, .backend = c, .ready = link_ready },
        .inner = inner,
        .env = *env,
        .epoch = epoch,
        .maxlen = maxlen,
        .fd = -1,
    };
    if (!open_file(c, file, error)) {
        if (c->fd >= 0)
            close(c->fd);
        free(c);
        return NULL;
    }
    inner->receive = link_receive;
    inner->device = c;
    return c;
}

struct link *net_capture_link(struct net_capture *capture)
{
    return &capture->link;
}

void net_capture_destroy(struct net_capture *c)
{
    if (!c)
        return;
    c->inner->receive = NULL;
    c->inner->device = NULL;
    if (c->fd >= 0)
        close(c->fd);
    free(c);
}
