/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Three signs.  A SYN whose checksum covers the pseudo header alone was captured
 * before the card finished it; a segment larger than its receiver takes (RFC 9293
 * section 3.7.1) is several that a card joined; and where both ends' own clocks
 * (RFC 7323 section 3) moved on by seconds while the capture's did by minutes, it is
 * the capture's that jumped.
 */
#include "flows/capture_signs.h"

#include <string.h>

#define IPV4_LENGTH 20u /* without options */
#define IPV6_LENGTH 40u
#define TCP_CHECKSUM_OFFSET 16u
#define USUAL_SEGMENT 1460u /* no larger one needs a look */

enum tcp_option { OPTION_END = 0, OPTION_NO_OPERATION = 1, OPTION_MSS = 2, OPTION_TIMESTAMPS = 8 };

/* Clocks of RFC 7323 tick at least once a second, all that are in use ten times and
 * more; an end that slept says nothing, but both do not sleep at once. */
#define PAUSE_LOWEST (120 * NANOSECONDS_PER_SECOND)
#define TICKS_A_SECOND 2
#define TICKS_STEADY (INT32_MAX / 2)

/* The option's value; false where it is not there, or was cut. */
static bool option_find(struct bytes options, uint8_t wanted, struct bytes *value)
{
    uint8_t kind, length;
    while (bytes_read_u8(&options, &kind) && kind != OPTION_END) {
        if (kind == OPTION_NO_OPERATION)
            continue;
        if (!bytes_read_u8(&options, &length) || length < 2 ||
            !bytes_take(&options, length - 2u, value))
            return false;
        if (kind == wanted)
            return true;
    }
    return false;
}

static uint32_t sum_words(struct bytes from)
{
    uint32_t sum = 0;
    uint16_t word;
    while (bytes_read_u16(&from, &word))
        sum += word;
    return sum;
}

/* The sum that the stack leaves for the card to complete: of the pseudo header (RFC
 * 9293 section 3.1), and not inverted. */
static bool checksum_is_unfinished(const struct packet *packet)
{
    bool ipv4 = address_is_ipv4(&packet->source);
    size_t header = ipv4 ? IPV4_LENGTH : IPV6_LENGTH;
    struct bytes transport = bytes_from(packet->network, header);
    struct bytes field = bytes_from(transport, TCP_CHECKSUM_OFFSET);
    uint8_t first;
    uint16_t checksum;
    if (packet->truncated || packet->reassembled || !bytes_peek_u8(packet->network, 0, &first) ||
        (ipv4 && (first & 0x0f) * 4u != header) || !bytes_read_u16(&field, &checksum))
        return false;
    size_t length = IPV4_LENGTH + packet->tcp_options.length + packet->payload_length;
    struct bytes addresses = bytes_of(packet->source.octets, 16);
    struct bytes others = bytes_of(packet->destination.octets, 16);
    if (ipv4) {
        addresses = bytes_from(addresses, 12);
        others = bytes_from(others, 12);
    }
    uint32_t sum = sum_words(addresses) + sum_words(others) + TRANSPORT_TCP + (uint32_t)length;
    while (sum > UINT16_MAX)
        sum = (sum & UINT16_MAX) + (sum >> 16);
    return checksum == sum;
}

static bool segment_is_merged(const struct flow *flow, int side, const struct packet *packet)
{
    const struct sender_record *receiver = &flow->detail->senders[!side];
    struct bytes value;
    uint16_t takes;
    return option_find(bytes_of(receiver->options, receiver->options_length), OPTION_MSS, &value) &&
           bytes_read_u16(&value, &takes) && packet->payload_length > takes;
}

/* Nanoseconds by which the capture's clock moved on more than this end's could. */
static int64_t pause_unexplained(const struct flow_ticks *before, uint32_t ticks, int64_t now)
{
    int64_t pause = now - before->time;
    uint32_t moved = ticks - before->value;
    if (!before->known || pause < PAUSE_LOWEST || moved > TICKS_STEADY ||
        moved >= (uint64_t)(pause / NANOSECONDS_PER_SECOND) * TICKS_A_SECOND)
        return 0;
    return pause;
}

static void clock_watch(struct observation *observation, struct flow *flow, int side,
                        const struct packet *packet)
{
    struct flow_ticks *own = &flow->detail->ticks[side];
    struct flow_ticks *other = &flow->detail->ticks[!side];
    struct bytes value;
    uint32_t ticks;
    if (!option_find(packet->tcp_options, OPTION_TIMESTAMPS, &value) ||
        !bytes_read_u32(&value, &ticks))
        return;
    int64_t jump = pause_unexplained(own, ticks, packet->time);
    own->jumped = jump > 0;
    own->known = true;
    own->value = ticks;
    own->time = packet->time;
    if (!own->jumped || !other->jumped || packet->time - other->time > PAUSE_LOWEST)
        return;
    own->jumped = other->jumped = false;
    observation_clock_jump(observation, jump, packet->identity);
}

void capture_signs_packet(struct observation *observation, struct flow *flow, int side,
                          const struct packet *packet)
{
    struct fact_totals *totals = &observation->totals;
    if ((packet->tcp_flags & TCP_SYN) && checksum_is_unfinished(packet))
        totals->unfinished_checksums++;
    if (flow->detail == NULL || (packet->tcp_flags & (TCP_SYN | TCP_RST)))
        return;
    if (packet->payload_length > USUAL_SEGMENT && segment_is_merged(flow, side, packet))
        totals->merged_segments++;
    clock_watch(observation, flow, side, packet);
}
