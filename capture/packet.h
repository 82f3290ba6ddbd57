/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The packet view: what the layers found in one captured frame.  It owns
 * nothing; every pointer leads into the frame (or into the reassembly buffer)
 * and is good until the next frame is read.
 */
#ifndef APPLEPATH_CAPTURE_PACKET_H
#define APPLEPATH_CAPTURE_PACKET_H

#include "base/address.h"
#include "base/bytes.h"
#include "base/fact.h"

/* What capture/source.h delivers: one frame as it was captured. */
struct frame {
    uint64_t packet; /* base/fact.h's packet_identity */
    int64_t time; /* nanoseconds */
    int link_type; /* DLT_ value of the interface it came from */
    uint32_t wire_length; /* bytes; data.length may be less (snapshot length) */
    struct bytes data;
    uint64_t stored_number; /* the number written with it (pcapng's epb_packetid); 0: none */
    struct bytes comment; /* what was written beside it, UTF-8 as it claims; empty: nothing */
};

enum tcp_flag { TCP_FIN = 0x01, TCP_SYN = 0x02, TCP_RST = 0x04, TCP_PSH = 0x08, TCP_ACK = 0x10 };

/* Ports, sequence numbers and lengths are in host byte order. What most packets are looked
 * at for stands in the first PACKET_USUAL bytes, so that little of it has to change caches
 * where one thread reads packets and another follows them. */
struct packet {
    uint64_t identity;
    int64_t time;
    struct address source;
    struct address destination;

    /* TCP and UDP; ports are 0 for all else. */
    uint16_t source_port;
    uint16_t destination_port;
    uint32_t sequence;
    uint32_t acknowledgment;
    uint16_t window;
    uint8_t tcp_flags; /* enum tcp_flag */

    uint8_t transport; /* IP protocol number after extension headers */
    uint8_t ttl; /* or hop limit */
    uint8_t dscp; /* RFC 2474; of the IPv6 traffic class likewise */
    uint16_t ip_identification; /* 0 for IPv6 */
    uint16_t vlan; /* innermost VLAN identifier of the innermost tunnel; 0: none */
    bool truncated; /* the snapshot length cut the frame */
    bool reassembled; /* from fragments; `network` is then the last fragment only */
    uint32_t tunnel; /* of its kinds and identifiers, mixed; 0: none */

    /* Of addresses, ports and transport, as the flow table mixes them; 0: not made yet. */
    uint32_t flow_hash;

    /* After the TCP, UDP or ICMP header. `payload_length` is what the IP
     * header claims was on the wire, at least payload.length. ICMP: the four
     * bytes after the checksum are part of the payload. */
    uint32_t payload_length;
    struct bytes payload;

    /* Of a query or its answer in a datagram, as dissectors/dns_question.h makes them: of what
     * is asked; of a query's ends. 0: not made, or none. */
    uint64_t question_hash;
    uint32_t pair_hash;

    bool has_macs;
    bool lent; /* put together, or within what was: not all of its bytes lie in the frame */
    uint8_t icmp_type;
    uint8_t icmp_code;
    struct bytes tcp_options; /* as far as they were captured */
    struct bytes network; /* innermost IP header and what follows, as captured */
    struct bytes question; /* the name that is asked for, as text; empty: not made */
    struct mac source_mac;
    struct mac destination_mac;
    uint32_t wire_length;
    const char *tunnel_name; /* "VXLAN": the innermost one's kind, a constant; NULL: none */
    struct bytes process; /* whose socket it was, where the capture says so; not clean */
};

#define PACKET_USUAL offsetof(struct packet, has_macs)

/* Which network, of several that may use the same addresses, this packet was in: one
 * number for each VLAN of each tunnel, 0 outside of all. */
static inline uint32_t packet_channel(const struct packet *packet)
{
    return packet->tunnel ^ packet->vlan;
}

#endif
