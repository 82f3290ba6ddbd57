/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What did a device ask of its network, and what was it told?  DHCP for IPv4: RFC
 * 2131, its options in RFC 2132, long ones in RFC 3396.  Messages come in, one
 * FACT_LEASE per exchange goes out.
 */
#include "dissectors/lease_table.h"
#include "dissectors/registry.h"

#define PORT_SERVER 67
#define PORT_CLIENT 68
#define OPTION_SIZE 1024 /* of one option, its parts joined */
#define AREA_COUNT 3

enum { OP_REQUEST = 1, OP_REPLY = 2 };

enum {
    OPTION_PAD = 0,
    OPTION_ROUTERS = 3,
    OPTION_RESOLVERS = 6,
    OPTION_HOST_NAME = 12,
    OPTION_DOMAIN = 15,
    OPTION_TIME_SERVERS = 42,
    OPTION_LEASE_TIME = 51,
    OPTION_OVERLOAD = 52,
    OPTION_MESSAGE_TYPE = 53,
    OPTION_SERVER = 54,
    OPTION_REQUESTED = 55,
    OPTION_VENDOR_CLASS = 60,
    OPTION_CLIENT_FQDN = 81, /* RFC 4702 */
    OPTION_CAPTIVE_PORTAL = 114, /* RFC 8910 section 2.1 */
    OPTION_DOMAIN_SEARCH = 119, /* RFC 3397 */
    OPTION_AUTOCONFIG = 252, /* WPAD; of the range for sites, RFC 3942 */
    OPTION_END = 255
};

enum {
    TYPE_NONE = 0,
    TYPE_DISCOVER = 1,
    TYPE_OFFER = 2,
    TYPE_REQUEST = 3,
    TYPE_DECLINE = 4,
    TYPE_ACK = 5,
    TYPE_NAK = 6,
    TYPE_RELEASE = 7,
    TYPE_INFORM = 8
};

/* What the fixed part says, and where options are. */
struct dhcp_message {
    uint8_t op;
    uint8_t type;
    uint32_t transaction;
    struct address client_address; /* ciaddr */
    struct address your_address; /* yiaddr */
    struct bytes hardware; /* chaddr, all 16 bytes */
    struct mac mac;
    bool has_mac;
    struct bytes areas[AREA_COUNT];
};

/* One option with its parts joined (RFC 3396). */
struct option {
    size_t length;
    uint8_t content[OPTION_SIZE];
};

static const char *type_word(uint8_t type)
{
    static const char *const words[] = {"unread", "discover", "offer",   "request", "decline",
                                        "ack",    "nak",      "release", "inform"};
    return type < sizeof words / sizeof words[0] ? words[type] : "other";
}

/* RFC 3396 section 5: the areas are read in the order options, file, sname, and
 * parts of an option are joined in that order. */
static bool option_find(const struct dhcp_message *message, uint8_t wanted, struct option *option)
{
    bool found = false;
    option->length = 0;
    for (size_t i = 0; i < AREA_COUNT; i++) {
        struct bytes rest = message->areas[i];
        uint8_t code;
        while (bytes_read_u8(&rest, &code) && code != OPTION_END) {
            struct bytes part;
            if (code == OPTION_PAD)
                continue;
            if (!bytes_take_u8_prefixed(&rest, &part))
                break;
            if (code != wanted)
                continue;
            found = true;
            part = bytes_first(part, OPTION_SIZE - option->length);
            if (part.length > 0)
                memcpy(option->content + option->length, part.data, part.length);
            option->length += part.length;
        }
    }
    return found;
}

static struct bytes option_bytes(const struct option *option)
{
    return bytes_of(option->content, option->length);
}

static bool option_u8(const struct dhcp_message *message, uint8_t wanted, uint8_t *value)
{
    struct option option;
    struct bytes content;
    if (!option_find(message, wanted, &option))
        return false;
    content = option_bytes(&option);
    return bytes_read_u8(&content, value);
}

static void option_text(const struct dhcp_message *message, uint8_t wanted, char *text, size_t size)
{
    struct option option;
    if (option_find(message, wanted, &option))
        lease_text_set(text, size, option_bytes(&option));
}

static void option_addresses(const struct dhcp_message *message, uint8_t wanted,
                             char list[LEASE_TEXT_SIZE])
{
    struct option option;
    if (option_find(message, wanted, &option))
        lease_list_ipv4(list, LEASE_TEXT_SIZE, option_bytes(&option));
}

static bool read_ipv4(struct bytes *from, struct address *address)
{
    struct bytes octets;
    if (!bytes_take(from, 4, &octets))
        return false;
    *address = address_from_ipv4(octets.data);
    return true;
}

/* False where it breaks off before it says who the device is. */
static bool message_read_fixed(struct dhcp_message *message, struct bytes *rest)
{
    uint8_t hardware_type, hardware_length;
    struct bytes hardware;
    if (!bytes_read_u8(rest, &message->op) || !bytes_read_u8(rest, &hardware_type) ||
        !bytes_read_u8(rest, &hardware_length) || !bytes_skip(rest, 1) ||
        !bytes_read_u32(rest, &message->transaction) || !bytes_skip(rest, 4) ||
        !read_ipv4(rest, &message->client_address) || !read_ipv4(rest, &message->your_address) ||
        !bytes_skip(rest, 8) || !bytes_take(rest, 16, &hardware))
        return false;
    message->hardware = hardware;
    /* 1 is Ethernet, which Wi-Fi calls itself, too; 6 are all IEEE 802 networks. */
    message->has_mac = (hardware_type == 1 || hardware_type == 6) && hardware_length == 6;
    if (message->has_mac)
        memcpy(message->mac.octets, hardware.data, sizeof message->mac.octets);
    message->has_mac = message->has_mac && !mac_is_none(&message->mac);
    return message->op == OP_REQUEST || message->op == OP_REPLY;
}

static bool message_read(struct dhcp_message *message, struct bytes payload)
{
    struct bytes rest = payload;
    struct bytes server_name, file;
    uint32_t cookie;
    uint8_t overload;
    memset(message, 0, sizeof *message);
    if (!message_read_fixed(message, &rest))
        return false;
    if (!bytes_take(&rest, 64, &server_name) || !bytes_take(&rest, 128, &file) ||
        !bytes_read_u32(&rest, &cookie))
        return true;
    if (cookie != 0x63825363) /* RFC 2131 section 3; without it this is BOOTP */
        return false;
    message->areas[0] = rest;
    /* RFC 2132 section 9.3: 1 the file, 2 the server name, 3 both. */
    if (option_u8(message, OPTION_OVERLOAD, &overload)) {
        if ((overload & 1) != 0)
            message->areas[1] = file;
        if ((overload & 2) != 0)
            message->areas[2] = server_name;
    }
    if (!option_u8(message, OPTION_MESSAGE_TYPE, &message->type))
        message->type = TYPE_NONE;
    return true;
}

/* RFC 4702 section 2: flags, two bytes without a use, and the name, in DNS wire form
 * where the flag E is set. */
static void take_full_name(struct lease *lease, const struct dhcp_message *message)
{
    struct option option;
    struct bytes content;
    uint8_t flags;
    if (!option_find(message, OPTION_CLIENT_FQDN, &option))
        return;
    content = option_bytes(&option);
    if (!bytes_read_u8(&content, &flags) || !bytes_skip(&content, 2) || bytes_empty(content))
        return;
    lease->client_name[0] = '\0';
    if ((flags & 0x04) != 0)
        lease_list_names(lease->client_name, sizeof lease->client_name, content, bytes_of(NULL, 0));
    else
        lease_text_set(lease->client_name, sizeof lease->client_name, content);
}

static void take_request(struct lease *lease, const struct dhcp_message *message)
{
    struct option option;
    take_full_name(lease, message);
    option_text(message, OPTION_HOST_NAME, lease->client_name, sizeof lease->client_name);
    option_text(message, OPTION_VENDOR_CLASS, lease->vendor_class, sizeof lease->vendor_class);
    if (!option_find(message, OPTION_REQUESTED, &option))
        return;
    struct bytes codes = option_bytes(&option);
    uint8_t code;
    lease->requested[0] = '\0';
    while (bytes_read_u8(&codes, &code))
        lease_list_number(lease->requested, sizeof lease->requested, code);
}

static void take_server(struct lease *lease, const struct dhcp_message *message,
                        const struct packet *packet)
{
    struct option option;
    struct bytes content = bytes_of(NULL, 0);
    if (option_find(message, OPTION_SERVER, &option))
        content = option_bytes(&option);
    if (!read_ipv4(&content, &lease->server))
        lease->server = packet->source;
}

/* What an offer or an acknowledgment says; the last one counts. */
static void take_answer(struct lease *lease, const struct dhcp_message *message,
                        const struct packet *packet)
{
    struct option option;
    lease->routers[0] = lease->resolvers[0] = lease->domain[0] = lease->time_servers[0] = '\0';
    lease->captive_url[0] = lease->autoconfig_url[0] = '\0';
    lease->lease_seconds = 0;
    take_server(lease, message, packet);
    option_addresses(message, OPTION_ROUTERS, lease->routers);
    option_addresses(message, OPTION_RESOLVERS, lease->resolvers);
    option_addresses(message, OPTION_TIME_SERVERS, lease->time_servers);
    option_text(message, OPTION_DOMAIN, lease->domain, sizeof lease->domain);
    option_text(message, OPTION_CAPTIVE_PORTAL, lease->captive_url, sizeof lease->captive_url);
    option_text(message, OPTION_AUTOCONFIG, lease->autoconfig_url, sizeof lease->autoconfig_url);
    if (option_find(message, OPTION_DOMAIN_SEARCH, &option))
        lease_list_names(lease->domain, sizeof lease->domain, option_bytes(&option),
                         option_bytes(&option));
    if (option_find(message, OPTION_LEASE_TIME, &option)) {
        struct bytes content = option_bytes(&option);
        uint32_t seconds;
        if (bytes_read_u32(&content, &seconds))
            lease->lease_seconds = seconds;
    }
}

static void take_outcome(struct lease *lease, const struct dhcp_message *message,
                         const struct packet *packet)
{
    lease->answer_time = packet->time;
    lease->answer_packet = packet->identity;
    if (message->type == TYPE_NAK) {
        take_server(lease, message, packet);
        return;
    }
    take_answer(lease, message, packet);
    lease->answered = true;
    /* The answer to an inform names no address: the device has its own (RFC 2131
     * section 4.3.5). */
    const struct address *given = address_is_unspecified(&message->your_address)
                                      ? &message->client_address
                                      : &message->your_address;
    if (!address_is_unspecified(given))
        lease->address = *given;
}

static bool dhcp_claims(const struct packet *packet)
{
    return packet->transport == TRANSPORT_UDP && address_is_ipv4(&packet->destination) &&
           (packet->destination_port == PORT_SERVER ||
            (packet->destination_port == PORT_CLIENT && packet->source_port == PORT_SERVER));
}

static void dhcp_message(void *common, struct observation *observation, const struct packet *packet)
{
    struct dhcp_message message;
    if (!message_read(&message, packet->payload))
        return;
    struct lease_key key = lease_table_key(common, message.hardware);
    bool from_device = message.op == OP_REQUEST;
    struct lease *lease = lease_table_message(common, observation, packet, key, message.transaction,
                                              from_device, message.type == TYPE_REQUEST);
    if (lease == NULL)
        return;
    lease->source = LEASE_DHCPV4;
    lease->mac = message.mac;
    lease->has_mac = message.has_mac;
    lease_list_append(lease->messages, sizeof lease->messages, type_word(message.type));
    if (from_device) {
        take_request(lease, &message);
    } else if (message.type == TYPE_OFFER) {
        take_answer(lease, &message, packet);
        lease->offered = true;
    } else if (message.type == TYPE_ACK || message.type == TYPE_NAK) {
        take_outcome(lease, &message, packet);
        lease_table_complete(common, observation, key, lease);
    }
}

const struct message_dissector message_dissector_dhcp = {
    .name = "dhcp",
    .create = lease_table_create,
    .release = lease_table_release,
    .claims = dhcp_claims,
    .message = dhcp_message,
    .finish = lease_table_finish,
    .stand = lease_table_stand,
};
