/* SPDX-License-Identifier: MIT */
#include "net/udp_service.h"

#include <string.h>

#include "net/checksum.h"

/* Offsets in the UDP header (RFC 768). */
enum { SOURCE_PORT = 0, DESTINATION_PORT = 2, LENGTH = 4, CHECKSUM = 6 };

/* IPv4 payload of one frame, a multiple of 8 as fragments need it (RFC 791). */
#define FRAGMENT_SIZE ((ETHER_MTU - IPV4_HEADER) / 8 * 8)

bool service_has_port(const struct net_service *service, uint16_t port)
{
    for (size_t i = 0; i < service->port_count; i++) {
        if (service->ports[i] == port)
            return true;
    }
    return false;
}

static const char *find_fault(const struct ipv4_packet *datagram)
{
    const uint8_t *udp = datagram->payload;
    size_t length = get_be16(udp + LENGTH);

    if (length < UDP_HEADER || length > datagram->payload_size)
        return "UDP datagram with a wrong length";
    if (!get_be16(udp + CHECKSUM)) /* the sender made none */
        return NULL;
    uint32_t sum = ipv4_pseudo_sum(datagram->source, datagram->destination, PROTOCOL_UDP, length);
    if (checksum_finish(checksum_add(sum, udp, length)))
        return "UDP datagram with a wrong checksum";
    return NULL;
}

/* Sends `answer` piece by piece; an answer of one piece is no fragment. */
static void send_fragments(struct udp_service *udp, const uint8_t mac[6],
                           const struct ipv4_packet *answer)
{
    uint8_t frame[ETHER_HEADER + ETHER_MTU];

    for (size_t done = 0; done < answer->payload_size; done += FRAGMENT_SIZE) {
        struct ipv4_packet piece = *answer;
        size_t left = answer->payload_size - done;

        piece.fragment_offset = (uint32_t)done;
        piece.more_fragments = left > FRAGMENT_SIZE;
        piece.payload_size = piece.more_fragments ? FRAGMENT_SIZE : left;
        ipv4_put_headers(frame, udp->mac, mac, &piece);
        memcpy(frame + ETHER_HEADER + IPV4_HEADER, answer->payload + done, piece.payload_size);
        udp->emit(udp->ctx, frame, ETHER_HEADER + IPV4_HEADER + piece.payload_size);
    }
}

/* Answers `request` with the `size` bytes that stand behind the header of udp->datagram. */
static void send_answer(struct udp_service *udp, const uint8_t mac[6],
                        const struct ipv4_packet *request, size_t size)
{
    struct ipv4_packet answer = {
        .source = request->destination,
        .destination = request->source,
        .id = udp->next_id++,
        .protocol = PROTOCOL_UDP,
        .payload = udp->datagram,
        .payload_size = UDP_HEADER + size,
    };
    uint8_t *header = udp->datagram;

    memcpy(header + SOURCE_PORT, request->payload + DESTINATION_PORT, 2);
    memcpy(header + DESTINATION_PORT, request->payload + SOURCE_PORT, 2);
    put_be16(header + LENGTH, (uint16_t)answer.payload_size);
    put_be16(header + CHECKSUM, 0);
    uint32_t sum =
        ipv4_pseudo_sum(answer.source, answer.destination, PROTOCOL_UDP, answer.payload_size);
    uint16_t checksum = checksum_finish(checksum_add(sum, header, answer.payload_size));
    put_be16(header + CHECKSUM, checksum ? checksum : 0xffff); /* 0 would mean: none */
    send_fragments(udp, mac, &answer);
}

void udp_service_input(struct udp_service *udp, const uint8_t mac[6],
                       const struct ipv4_packet *datagram)
{
    const char *fault = find_fault(datagram);

    if (fault) {
        udp->complain(udp->ctx, fault);
        return;
    }
    uint16_t port = get_be16(datagram->payload + DESTINATION_PORT);
    size_t request_size = get_be16(datagram->payload + LENGTH) - UDP_HEADER;
    size_t size = udp->service->call(udp->service->ctx, port, false, datagram->payload + UDP_HEADER,
                                     request_size, udp->datagram + UDP_HEADER, SERVICE_UDP_MAX);
    if (size && size <= SERVICE_UDP_MAX)
        send_answer(udp, mac, datagram, size);
}
