/* SPDX-License-Identifier: MIT */
#include "net/steer.h"

#include <stdlib.h>
#include <string.h>

#include "net/link.h"
#include "net/packet.h"
#include "net/reassembly.h"
#include "net/udp_service.h"

struct steer {
    struct steer_config config;
    struct udp_service udp;
    struct reassembly *reassembly;
    /* Frames under their new address. One per direction: libslirp answers from within to_router. */
    uint8_t inward[LINK_FRAME_MAX], outward[LINK_FRAME_MAX];
};

static bool sink_wants(void *ctx, uint16_t port)
{
    struct steer *s = ctx;

    return service_has_port(s->config.service, port);
}

static void sink_pass(void *ctx, const uint8_t *frame, size_t size)
{
    struct steer *s = ctx;

    s->config.to_router(s->config.ctx, frame, size);
}

static void sink_deliver(void *ctx, const uint8_t mac[6], const struct ipv4_packet *datagram)
{
    struct steer *s = ctx;

    udp_service_input(&s->udp, mac, datagram);
}

struct steer *steer_create(const struct steer_config *config)
{
    struct steer *s = calloc(1, sizeof *s);

    if (!s)
        return NULL;
    s->config = *config;
    s->udp.service = config->service;
    memcpy(s->udp.mac, config->host_mac, sizeof s->udp.mac);
    s->udp.emit = config->to_guest;
    s->udp.complain = config->complain;
    s->udp.ctx = config->ctx;
    s->reassembly = reassembly_create(&(struct reassembly_sink){
        .wants = sink_wants,
        .pass = sink_pass,
        .deliver = sink_deliver,
        .complain = config->complain,
        .complain_ctx = config->ctx,
        .ctx = s,
    });
    if (!s->reassembly) {
        free(s);
        return NULL;
    }
    return s;
}

void steer_destroy(struct steer *s)
{
    if (!s)
        return;
    reassembly_destroy(s->reassembly);
    free(s);
}

/* A TCP packet to the host. */
static void steer_tcp(struct steer *s, const struct ipv4_packet *packet, const uint8_t *frame,
                      size_t size)
{
    const struct steer_config *c = &s->config;

    if (ipv4_is_fragment(packet)) {
        c->complain(c->ctx, "TCP packet to the host in IP fragments");
    } else if (packet->payload_size < TCP_HEADER) {
        c->complain(c->ctx, "TCP packet without a whole header");
    } else if (service_has_port(c->service, get_be16(packet->payload + 2))) {
        memcpy(s->inward, frame, size);
        ipv4_readdress_tcp(s->inward, IPV4_DESTINATION, c->alias);
        c->to_router(c->ctx, s->inward, size);
    } else {
        c->to_router(c->ctx, frame, size);
    }
}

/* A UDP packet to the host. */
static void steer_udp(struct steer *s, const struct ipv4_packet *packet, const uint8_t *frame,
                      size_t size, uint64_t now_ns)
{
    const struct steer_config *c = &s->config;

    if (ipv4_is_fragment(packet))
        reassembly_input(s->reassembly, frame, size, packet, now_ns);
    else if (packet->payload_size < UDP_HEADER)
        c->complain(c->ctx, "UDP packet without a whole header");
    else if (service_has_port(c->service, get_be16(packet->payload + 2)))
        udp_service_input(&s->udp, frame + 6, packet);
    else
        c->to_router(c->ctx, frame, size);
}

void steer_from_guest(struct steer *s, const uint8_t *frame, size_t size, uint64_t now_ns)
{
    const struct steer_config *c = &s->config;
    struct ipv4_packet packet;

    if (size > LINK_FRAME_MAX) {
        c->complain(c->ctx, "frame larger than any that is valid");
        return;
    }
    /* What is no IPv4, or broken, is libslirp's to answer or drop. */
    bool ipv4 = ipv4_parse(&packet, frame, size);
    if (ipv4 && packet.destination == c->alias)
        c->complain(c->ctx, "IPv4 packet to an address where nobody is");
    else if (ipv4 && packet.destination == c->host && packet.protocol == PROTOCOL_TCP)
        steer_tcp(s, &packet, frame, size);
    else if (ipv4 && packet.destination == c->host && packet.protocol == PROTOCOL_UDP)
        steer_udp(s, &packet, frame, size, now_ns);
    else
        c->to_router(c->ctx, frame, size);
}

void steer_from_router(struct steer *s, const uint8_t *frame, size_t size)
{
    const struct steer_config *c = &s->config;
    struct ipv4_packet packet;

    if (size <= LINK_FRAME_MAX && ipv4_parse(&packet, frame, size) && packet.source == c->alias &&
        packet.protocol == PROTOCOL_TCP && !ipv4_is_fragment(&packet) &&
        packet.payload_size >= TCP_HEADER) {
        memcpy(s->outward, frame, size);
        ipv4_readdress_tcp(s->outward, IPV4_SOURCE, c->host);
        frame = s->outward;
    }
    c->to_guest(c->ctx, frame, size);
}
