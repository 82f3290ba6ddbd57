/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did a device ask of its network, and what was it told?  DHCP for IPv6: RFC
 * 9915 (formerly 8415), with resolvers and search list (RFC 3646), FQDN (RFC 4704),
 * NTP (RFC 5908) and captive portal (RFC 8910).  Messages come in, one FACT_LEASE
 * per exchange goes out.
 */
#include "dissectors/lease_table.h"
#include "dissectors/registry.h"

#define PORT_CLIENT 546
#define PORT_SERVER 547
#define RELAY_LIMIT 8 /* RFC 9915 section 7.6, HOP_COUNT_LIMIT */

enum {
    TYPE_SOLICIT = 1,
    TYPE_ADVERTISE = 2,
    TYPE_REQUEST = 3,
    TYPE_REPLY = 7,
    TYPE_RECONFIGURE = 10,
    TYPE_INFORMATION_REQUEST = 11,
    TYPE_RELAY_FORWARD = 12,
    TYPE_RELAY_REPLY = 13
};

enum {
    OPTION_CLIENT_ID = 1,
    OPTION_IA_NA = 3,
    OPTION_IA_ADDRESS = 5,
    OPTION_REQUESTED = 6,
    OPTION_RELAY_MESSAGE = 9,
    OPTION_VENDOR_CLASS = 16,
    OPTION_RESOLVERS = 23,
    OPTION_DOMAINS = 24,
    OPTION_SNTP_SERVERS = 31, /* RFC 4075 */
    OPTION_CLIENT_FQDN = 39,
    OPTION_NTP_SERVER = 56,
    OPTION_LINK_LAYER_ADDRESS = 79, /* RFC 6939, from the relay */
    OPTION_CAPTIVE_PORTAL = 103
};

enum { HARDWARE_ETHERNET = 1, DUID_LINK_LAYER_TIME = 1, DUID_LINK_LAYER = 3 };

/* One message, out of whatever relays have put it into. */
struct dhcpv6_message {
    uint8_t type;
    uint32_t transaction;
    struct bytes options;
    struct bytes client; /* its DUID; empty if it names none */
    struct address client_address; /* that the message came from, or goes to */
    struct mac relay_mac; /* as the first relay saw it */
    bool has_relay_mac;
    bool relayed;
};

static const char *type_word(uint8_t type)
{
    static const char *const words[] = {"unread",  "solicit", "advertise",   "request",
                                        "confirm", "renew",   "rebind",      "reply",
                                        "release", "decline", "reconfigure", "information-request"};
    return type < sizeof words / sizeof words[0] ? words[type] : "other";
}

/* Takes one option off the front; false at the end, or where it breaks off. */
static bool option_next(struct bytes *options, uint16_t *code, struct bytes *content)
{
    return bytes_read_u16(options, code) && bytes_take_u16_prefixed(options, content);
}

/* The first option of that code. */
static bool option_find(struct bytes options, uint16_t wanted, struct bytes *content)
{
    uint16_t code;
    struct bytes found;
    while (option_next(&options, &code, &found)) {
        if (code != wanted)
            continue;
        *content = found;
        return true;
    }
    return false;
}

/* "Type, and then the MAC" where the type is Ethernet's. */
static bool read_link_layer(struct bytes content, struct mac *mac)
{
    uint16_t hardware;
    if (!bytes_read_u16(&content, &hardware) || hardware != HARDWARE_ETHERNET ||
        content.length != sizeof mac->octets)
        return false;
    memcpy(mac->octets, content.data, sizeof mac->octets);
    return !mac_is_none(mac);
}

/* RFC 9915 section 11: two sorts of DUIDs are made of a link-layer address. */
static bool duid_mac(struct bytes duid, struct mac *mac)
{
    uint16_t type, hardware;
    uint8_t rebuilt[8];
    if (!bytes_read_u16(&duid, &type))
        return false;
    if (type == DUID_LINK_LAYER)
        return read_link_layer(duid, mac);
    if (type != DUID_LINK_LAYER_TIME || duid.length != 12 || !bytes_read_u16(&duid, &hardware) ||
        !bytes_skip(&duid, 4))
        return false;
    rebuilt[0] = (uint8_t)(hardware >> 8);
    rebuilt[1] = (uint8_t)hardware;
    memcpy(rebuilt + 2, duid.data, 6);
    return read_link_layer(bytes_of(rebuilt, sizeof rebuilt), mac);
}

/* Section 9: hop count, link address, peer address, options. False where the relay's
 * message has none of a client's in it. */
static bool unwrap_relay(struct dhcpv6_message *message, struct bytes *rest)
{
    struct bytes peer, content;
    if (!bytes_skip(rest, 1 + 16) || !bytes_take(rest, 16, &peer))
        return false;
    message->relayed = true;
    message->client_address = address_from_ipv6(peer.data);
    if (option_find(*rest, OPTION_LINK_LAYER_ADDRESS, &content) &&
        read_link_layer(content, &message->relay_mac))
        message->has_relay_mac = true;
    return option_find(*rest, OPTION_RELAY_MESSAGE, rest);
}

static bool is_from_device(const struct dhcpv6_message *message)
{
    return message->type != TYPE_ADVERTISE && message->type != TYPE_REPLY &&
           message->type != TYPE_RECONFIGURE;
}

static bool message_read(struct dhcpv6_message *message, const struct packet *packet)
{
    struct bytes rest = packet->payload;
    memset(message, 0, sizeof *message);
    for (int relays = 0;; relays++) {
        if (!bytes_read_u8(&rest, &message->type))
            return false;
        if (message->type != TYPE_RELAY_FORWARD && message->type != TYPE_RELAY_REPLY)
            break;
        if (relays == RELAY_LIMIT || !unwrap_relay(message, &rest))
            return false;
    }
    if (message->type == 0 || message->type > TYPE_INFORMATION_REQUEST ||
        !bytes_read_u24(&rest, &message->transaction))
        return false;
    message->options = rest;
    if (!message->relayed)
        message->client_address = is_from_device(message) ? packet->source : packet->destination;
    if (!option_find(rest, OPTION_CLIENT_ID, &message->client))
        message->client = bytes_of(NULL, 0);
    return true;
}

static bool is_link_local(const struct address *address)
{
    return address->octets[0] == 0xfe && (address->octets[1] & 0xc0) == 0x80;
}

/* What the relay or the link itself shows is surer than the DUID, which clones of a
 * disk share, and which may be another interface's (section 11.1). */
static void take_mac(struct lease *lease, const struct dhcpv6_message *message,
                     const struct packet *packet)
{
    bool on_link = !message->relayed && is_from_device(message) && packet->has_macs &&
                   is_link_local(&packet->source) && !mac_is_none(&packet->source_mac);
    struct mac mac;
    if (message->has_relay_mac)
        mac = message->relay_mac;
    else if (on_link)
        mac = packet->source_mac;
    else if (lease->has_mac || !duid_mac(message->client, &mac))
        return;
    lease->mac = mac;
    lease->has_mac = true;
}

/* Section 21.16: enterprise number, then one or more texts with their lengths. */
static void take_vendor_class(struct lease *lease, struct bytes content)
{
    struct bytes text;
    if (bytes_skip(&content, 4) && bytes_take_u16_prefixed(&content, &text))
        lease_text_set(lease->vendor_class, sizeof lease->vendor_class, text);
}

static void take_requested(struct lease *lease, struct bytes content)
{
    uint16_t code;
    lease->requested[0] = '\0';
    while (bytes_read_u16(&content, &code))
        lease_list_number(lease->requested, sizeof lease->requested, code);
}

static void take_request(struct lease *lease, struct bytes options)
{
    uint16_t code;
    struct bytes content;
    while (option_next(&options, &code, &content)) {
        switch (code) {
        case OPTION_REQUESTED:
            take_requested(lease, content);
            break;
        case OPTION_VENDOR_CLASS:
            take_vendor_class(lease, content);
            break;
        case OPTION_CLIENT_FQDN: /* RFC 4704 section 4: flags, then the name */
            lease->client_name[0] = '\0';
            if (bytes_skip(&content, 1))
                lease_list_names(lease->client_name, sizeof lease->client_name, content,
                                 bytes_of(NULL, 0));
            break;
        default:
            break;
        }
    }
}

/* RFC 5908 section 4: suboptions; 1 is a server's address, 3 its name. */
static void take_time_servers(struct lease *lease, struct bytes content)
{
    uint16_t code;
    struct bytes server;
    while (option_next(&content, &code, &server)) {
        if (code == 1)
            lease_list_ipv6(lease->time_servers, sizeof lease->time_servers, server);
        else if (code == 3)
            lease_list_names(lease->time_servers, sizeof lease->time_servers, server,
                             bytes_of(NULL, 0));
    }
}

/* Sections 21.4 and 21.6: the first address with any lifetime left. */
static void take_association(struct lease *lease, struct bytes content)
{
    struct bytes given, octets;
    uint16_t code;
    uint32_t valid;
    if (!bytes_skip(&content, 12) || !address_is_none(&lease->address))
        return;
    while (option_next(&content, &code, &given)) {
        if (code != OPTION_IA_ADDRESS || !bytes_take(&given, 16, &octets) ||
            !bytes_skip(&given, 4) || !bytes_read_u32(&given, &valid) || valid == 0)
            continue;
        lease->address = address_from_ipv6(octets.data);
        lease->lease_seconds = valid;
        return;
    }
}

static void take_answer_option(struct lease *lease, uint16_t code, struct bytes content)
{
    switch (code) {
    case OPTION_IA_NA:
        take_association(lease, content);
        break;
    case OPTION_RESOLVERS:
        lease_list_ipv6(lease->resolvers, sizeof lease->resolvers, content);
        break;
    case OPTION_DOMAINS:
        lease_list_names(lease->domain, sizeof lease->domain, content, bytes_of(NULL, 0));
        break;
    case OPTION_SNTP_SERVERS:
        lease_list_ipv6(lease->time_servers, sizeof lease->time_servers, content);
        break;
    case OPTION_NTP_SERVER:
        take_time_servers(lease, content);
        break;
    case OPTION_CAPTIVE_PORTAL:
        lease_text_set(lease->captive_url, sizeof lease->captive_url, content);
        break;
    default:
        break;
    }
}

static void take_answer(struct lease *lease, const struct dhcpv6_message *message,
                        const struct packet *packet)
{
    struct bytes options = message->options;
    struct bytes content;
    uint16_t code;
    lease->resolvers[0] = lease->domain[0] = lease->time_servers[0] = lease->captive_url[0] = '\0';
    memset(&lease->address, 0, sizeof lease->address);
    lease->lease_seconds = 0;
    lease->server = packet->source;
    while (option_next(&options, &code, &content))
        take_answer_option(lease, code, content);
}

static void take_reply(struct lease *lease, const struct dhcpv6_message *message,
                       const struct packet *packet)
{
    take_answer(lease, message, packet);
    lease->answer_time = packet->time;
    lease->answer_packet = packet->identity;
    /* Who asked for information only was given it; else an address counts. */
    lease->answered = !address_is_none(&lease->address) ||
                      strstr(lease->messages, type_word(TYPE_INFORMATION_REQUEST)) != NULL;
}

static bool dhcpv6_claims(const struct packet *packet)
{
    return packet->transport == TRANSPORT_UDP && !address_is_ipv4(&packet->destination) &&
           (packet->destination_port == PORT_SERVER || packet->destination_port == PORT_CLIENT);
}

static void dhcpv6_message(void *common, struct observation *observation,
                           const struct packet *packet)
{
    struct dhcpv6_message message;
    if (!message_read(&message, packet))
        return;
    struct lease_key key = lease_table_key(
        common, !bytes_empty(message.client) ? message.client
                                             : bytes_of(message.client_address.octets,
                                                        sizeof message.client_address.octets));
    bool from_device = is_from_device(&message);
    /* A request takes up an offer under a transaction of its own (section 16.1). */
    struct lease *lease = lease_table_message(common, observation, packet, key, message.transaction,
                                              from_device, message.type == TYPE_REQUEST);
    if (lease == NULL)
        return;
    lease->source = LEASE_DHCPV6;
    take_mac(lease, &message, packet);
    lease_list_append(lease->messages, sizeof lease->messages, type_word(message.type));
    if (from_device) {
        take_request(lease, message.options);
    } else if (message.type == TYPE_ADVERTISE) {
        take_answer(lease, &message, packet);
        memset(&lease->address, 0, sizeof lease->address); /* not confirmed yet */
        lease->offered = true;
    } else if (message.type == TYPE_REPLY) {
        take_reply(lease, &message, packet);
        lease_table_complete(common, observation, key, lease);
    }
}

const struct message_dissector message_dissector_dhcpv6 = {
    .name = "dhcpv6",
    .create = lease_table_create,
    .release = lease_table_release,
    .claims = dhcpv6_claims,
    .message = dhcpv6_message,
    .finish = lease_table_finish,
    .stand = lease_table_stand,
};
