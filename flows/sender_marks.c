/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do the packets in one endpoint's name look like?  TTL, DSCP, Ethernet
 * source, the habit of its IP identifications (RFC 6864) and the options of its
 * SYN (RFC 9293 section 3.2, RFC 7323, RFC 2018) come in packet by packet; at
 * the flow's end they go out as marks.
 */
#include "flows/sender_marks.h"

#include "base/text.h"

#define IDENTIFICATION_STEP 1000u /* a busy host sends as many elsewhere in between */
#define OPTION_TEXT_SIZE 8 /* a letter and five digits are the longest */
#define IDENTIFICATION_SAMPLES 3u /* fewer tell nothing */

enum tcp_option {
    OPTION_END = 0,
    OPTION_NO_OPERATION = 1,
    OPTION_MSS = 2,
    OPTION_WINDOW_SCALE = 3,
    OPTION_SACK_PERMITTED = 4,
    OPTION_TIMESTAMPS = 8
};

/* A SYN/ACK is left out: Linux sends it with 0 and counts from elsewhere. */
static void identification_note(struct sender_record *record, const struct packet *packet)
{
    uint16_t identification = packet->ip_identification;
    if (!address_is_ipv4(&packet->source) || (packet->tcp_flags & TCP_SYN) ||
        record->identifications == UINT8_MAX)
        return;
    uint16_t step = (uint16_t)(identification - record->last_identification);
    if (identification == 0)
        record->identifications_zero++;
    if (record->identifications++ > 0 && step == 0)
        record->identifications_same++;
    else if (record->identifications > 1 && step <= IDENTIFICATION_STEP)
        record->identifications_stepped++;
    record->last_identification = identification;
}

static bool station_is_known(const struct sender_record *record, const struct mac *mac)
{
    for (size_t i = 0; i < record->station_count && i < SENDER_STATIONS; i++)
        if (memcmp(record->stations[i].octets, mac->octets, sizeof mac->octets) == 0)
            return true;
    return false;
}

static void station_note(struct sender_record *record, const struct packet *packet)
{
    if (!packet->has_macs || record->station_count > SENDER_STATIONS ||
        station_is_known(record, &packet->source_mac))
        return;
    if (record->station_count < SENDER_STATIONS)
        record->stations[record->station_count] = packet->source_mac;
    record->station_count++;
}

static void syn_note(struct sender_record *record, const struct packet *packet)
{
    struct bytes options = bytes_first(packet->tcp_options, SENDER_OPTIONS_SIZE);
    record->syn_seen = true;
    record->syn_window = packet->window;
    record->options_length = (uint8_t)options.length;
    if (options.length > 0)
        memcpy(record->options, options.data, options.length);
}

void sender_record_packet(struct sender_record *record, const struct packet *packet)
{
    if (record->packets == 0) {
        record->ttl_lowest = record->ttl_highest = packet->ttl;
        record->dscp = packet->dscp;
    }
    record->packets = (uint8_t)(record->packets + (record->packets < UINT8_MAX));
    if (packet->ttl < record->ttl_lowest)
        record->ttl_lowest = packet->ttl;
    if (packet->ttl > record->ttl_highest)
        record->ttl_highest = packet->ttl;
    identification_note(record, packet);
    station_note(record, packet);
    if ((packet->tcp_flags & TCP_SYN) && !record->syn_seen)
        syn_note(record, packet);
}

bool sender_record_is_foreign(const struct sender_record *record, const struct packet *packet)
{
    return packet->has_macs && record->station_count > 0 &&
           record->station_count <= SENDER_STATIONS &&
           !station_is_known(record, &packet->source_mac);
}

static enum identification_habit identification_habit_of(const struct sender_record *record)
{
    unsigned count = record->identifications;
    if (count < IDENTIFICATION_SAMPLES)
        return IDENTIFICATION_UNKNOWN;
    if (record->identifications_zero == count)
        return IDENTIFICATION_ZERO;
    if (record->identifications_same == count - 1)
        return IDENTIFICATION_CONSTANT;
    /* A packet or two that came out of order are no other habit. */
    if (record->identifications_stepped * 5u >= (count - 1) * 4u)
        return IDENTIFICATION_COUNTING;
    return IDENTIFICATION_SCATTERED;
}

static void put_letter(char letter, char text[OPTION_TEXT_SIZE])
{
    text[0] = letter;
    text[1] = '\0';
}

/* The next option as text; false at the end, or where lengths lie or were cut. */
static bool option_print(struct bytes *options, char text[OPTION_TEXT_SIZE])
{
    uint8_t kind, length, shift;
    uint16_t segment;
    struct bytes value;
    if (!bytes_read_u8(options, &kind))
        return false;
    if (kind == OPTION_END || kind == OPTION_NO_OPERATION) {
        put_letter(kind == OPTION_END ? 'E' : 'N', text);
        if (kind == OPTION_END) /* what follows is padding */
            *options = bytes_of(NULL, 0);
        return true;
    }
    if (!bytes_read_u8(options, &length) || length < 2 || !bytes_take(options, length - 2u, &value))
        return false;
    put_letter(kind == OPTION_MSS            ? 'M'
               : kind == OPTION_WINDOW_SCALE ? 'W'
               : kind == OPTION_TIMESTAMPS   ? 'T'
                                             : 'S',
               text);
    if (kind == OPTION_MSS && bytes_read_u16(&value, &segment))
        text_put_decimal(text + 1, segment);
    else if (kind == OPTION_WINDOW_SCALE && bytes_read_u8(&value, &shift))
        text_put_decimal(text + 1, shift);
    else if (kind != OPTION_SACK_PERMITTED && kind != OPTION_TIMESTAMPS)
        text_put_decimal(text, kind);
    return true;
}

static void options_print(const struct sender_record *record, char text[SENDER_OPTIONS_TEXT_SIZE])
{
    struct bytes options = bytes_of(record->options, record->options_length);
    size_t length = 0;
    char option[OPTION_TEXT_SIZE];
    text[0] = '\0';
    while (option_print(&options, option)) {
        size_t added = strlen(option);
        if (length + (length > 0) + added >= SENDER_OPTIONS_TEXT_SIZE)
            return;
        if (length > 0)
            text[length++] = ',';
        memcpy(text + length, option, added + 1);
        length += added;
    }
}

void sender_record_marks(const struct sender_record *record, char text[SENDER_OPTIONS_TEXT_SIZE],
                         struct sender_marks *marks)
{
    memset(marks, 0, sizeof *marks);
    marks->ttl_lowest = record->ttl_lowest;
    marks->ttl_highest = record->ttl_highest;
    marks->identification = identification_habit_of(record);
    marks->dscp = record->dscp;
    if (!record->syn_seen)
        return;
    marks->syn_window = record->syn_window;
    options_print(record, text);
    marks->syn_options = text;
}
