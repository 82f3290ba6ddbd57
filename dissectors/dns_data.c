/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the data of a resource record say?  The bytes of one record's data
 * come in, text in presentation form goes out (RFC 1035 section 3.3, RFC 2782,
 * RFC 9460; other types as RFC 3597 section 5 has them, without the bytes).
 */
#include "dissectors/dns_data.h"

#define TXT_TEXT_LIMIT 255

/* IANA, "DNS Service Parameter Keys (SvcParamKeys)". */
enum service_key {
    KEY_MANDATORY = 0,
    KEY_ALPN = 1,
    KEY_NO_DEFAULT_ALPN = 2,
    KEY_PORT = 3,
    KEY_IPV4_HINT = 4,
    KEY_ECH = 5,
    KEY_IPV6_HINT = 6,
    KEY_DOH_PATH = 7,
    KEY_OHTTP = 8
};

static const char *const service_key_names[] = {
    [KEY_MANDATORY] = "mandatory",
    [KEY_ALPN] = "alpn",
    [KEY_NO_DEFAULT_ALPN] = "no-default-alpn",
    [KEY_PORT] = "port",
    [KEY_IPV4_HINT] = "ipv4hint",
    [KEY_ECH] = "ech",
    [KEY_IPV6_HINT] = "ipv6hint",
    [KEY_DOH_PATH] = "dohpath",
    [KEY_OHTTP] = "ohttp",
};

#define KNOWN_KEYS (sizeof service_key_names / sizeof service_key_names[0])

/* "preference name" of MX, "priority weight port name" of SRV. */
static bool add_numbered_name(struct dns_text *text, struct bytes whole, struct bytes *data,
                              int numbers)
{
    for (int i = 0; i < numbers; i++) {
        uint16_t number;
        if (!bytes_read_u16(data, &number))
            return false;
        dns_text_put_number(text, number);
        dns_text_put(text, ' ');
    }
    return dns_text_add_name(text, whole, data);
}

static bool add_soa(struct dns_text *text, struct bytes whole, struct bytes *data)
{
    if (!dns_text_add_name(text, whole, data))
        return false;
    dns_text_put(text, ' ');
    if (!dns_text_add_name(text, whole, data))
        return false;
    for (int i = 0; i < 5; i++) {
        uint32_t number;
        if (!bytes_read_u32(data, &number))
            return false;
        dns_text_put(text, ' ');
        dns_text_put_number(text, number);
    }
    return true;
}

/* The character-strings of RFC 1035 section 3.3.14, one after the other. */
static bool add_strings(struct dns_text *text, struct bytes *data)
{
    struct bytes string;
    uint8_t byte;
    while (!bytes_empty(*data)) {
        if (!bytes_take_u8_prefixed(data, &string))
            return false;
        while (bytes_read_u8(&string, &byte)) {
            if (text->message->text_length - text->begin + 4 <= TXT_TEXT_LIMIT)
                dns_text_put_byte(text, byte);
        }
    }
    return true;
}

bool dns_address_take(struct bytes *data, size_t length, struct address *address)
{
    struct bytes octets;
    if (!bytes_take(data, length, &octets))
        return false;
    *address = length == 4 ? address_from_ipv4(octets.data) : address_from_ipv6(octets.data);
    return true;
}

static bool add_address(struct dns_text *text, struct bytes *data, size_t length,
                        struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];
    if (!dns_address_take(data, length, address))
        return false;
    dns_text_put_text(text, address_print(address, printed));
    return true;
}

/* RFC 9460 section 7.3: one address or more. */
static bool add_hints(struct dns_text *text, struct bytes *value, size_t length)
{
    struct address address;
    do {
        if (!add_address(text, value, length, &address))
            return false;
        if (!bytes_empty(*value))
            dns_text_put(text, ',');
    } while (!bytes_empty(*value));
    return true;
}

static void add_key(struct dns_text *text, uint16_t key)
{
    if (key < KNOWN_KEYS) {
        dns_text_put_text(text, service_key_names[key]);
        return;
    }
    dns_text_put_text(text, "key");
    dns_text_put_number(text, key);
}

/* RFC 9460 section 8: the keys without which the record is not to be used. */
static bool add_mandatory(struct dns_text *text, struct bytes *value)
{
    do {
        uint16_t key;
        if (!bytes_read_u16(value, &key))
            return false;
        add_key(text, key);
        if (!bytes_empty(*value))
            dns_text_put(text, ',');
    } while (!bytes_empty(*value));
    return true;
}

/* A character of a parameter's value: what would end it stands escaped. */
static void add_value_byte(struct dns_text *text, uint8_t byte)
{
    if (byte == ' ' || byte == '"' || byte == ';')
        dns_text_print(text, "\\%03u", (unsigned)byte);
    else
        dns_text_put_byte(text, byte);
}

/* RFC 9460 section 7.1.1: names of protocols; a comma within one is escaped. */
static bool add_protocols(struct dns_text *text, struct bytes *value)
{
    do {
        struct bytes protocol;
        uint8_t byte;
        if (!bytes_take_u8_prefixed(value, &protocol) || bytes_empty(protocol))
            return false;
        while (bytes_read_u8(&protocol, &byte)) {
            if (byte == ',')
                dns_text_put(text, '\\');
            add_value_byte(text, byte);
        }
        if (!bytes_empty(*value))
            dns_text_put(text, ',');
    } while (!bytes_empty(*value));
    return true;
}

/* RFC 4648 section 4; RFC 9460 section 9 leads to it for ECH. */
static void add_base64(struct dns_text *text, struct bytes *value)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    while (!bytes_empty(*value)) {
        uint32_t group = 0;
        unsigned count = 0;
        for (; count < 3; count++) {
            uint8_t byte;
            if (!bytes_read_u8(value, &byte))
                break;
            group |= (uint32_t)byte << (16 - 8 * count);
        }
        for (unsigned i = 0; i < 4; i++)
            dns_text_put(text, i <= count ? digits[group >> (18 - 6 * i) & 0x3f] : '=');
    }
}

static void add_value(struct dns_text *text, struct bytes *value)
{
    uint8_t byte;
    while (bytes_read_u8(value, &byte))
        add_value_byte(text, byte);
}

static bool add_parameter(struct dns_text *text, uint16_t key, struct bytes value)
{
    uint16_t port;
    bool good = true;
    dns_text_put(text, ' ');
    add_key(text, key);
    if (!bytes_empty(value))
        dns_text_put(text, '=');
    switch (key) {
    case KEY_MANDATORY:
        good = add_mandatory(text, &value);
        break;
    case KEY_ALPN:
        good = add_protocols(text, &value);
        break;
    case KEY_PORT:
        good = bytes_read_u16(&value, &port);
        if (good)
            dns_text_put_number(text, port);
        break;
    case KEY_IPV4_HINT:
        good = add_hints(text, &value, 4);
        break;
    case KEY_IPV6_HINT:
        good = add_hints(text, &value, 16);
        break;
    case KEY_ECH:
        add_base64(text, &value);
        break;
    case KEY_NO_DEFAULT_ALPN:
    case KEY_OHTTP: /* RFC 9540 section 4: both are empty */
        break;
    default:
        add_value(text, &value);
        break;
    }
    return good && bytes_empty(value);
}

/* RFC 9460 section 2.2: priority, target, and parameters in strictly rising order
 * of their keys. */
static bool add_service(struct dns_text *text, struct bytes whole, struct bytes *data)
{
    int last = -1;
    if (!add_numbered_name(text, whole, data, 1))
        return false;
    while (!bytes_empty(*data)) {
        uint16_t key;
        struct bytes value;
        if (!bytes_read_u16(data, &key) || !bytes_take_u16_prefixed(data, &value) || key <= last ||
            !add_parameter(text, key, value))
            return false;
        last = key;
    }
    return true;
}

bool dns_data_add(struct dns_text *text, struct bytes whole, struct bytes data,
                  struct dns_record *record)
{
    bool good = true;
    switch (record->type) {
    case DNS_TYPE_A:
        good = add_address(text, &data, 4, &record->address);
        break;
    case DNS_TYPE_AAAA:
        good = add_address(text, &data, 16, &record->address);
        break;
    case DNS_TYPE_NS:
    case DNS_TYPE_CNAME:
    case DNS_TYPE_PTR:
    case DNS_TYPE_DNAME:
        good = dns_text_add_name(text, whole, &data);
        break;
    case DNS_TYPE_SOA:
        good = add_soa(text, whole, &data);
        break;
    case DNS_TYPE_MX: /* RFC 1035 section 3.3.9 */
        good = add_numbered_name(text, whole, &data, 1);
        break;
    case DNS_TYPE_SRV: /* RFC 2782 */
        good = add_numbered_name(text, whole, &data, 3);
        break;
    case DNS_TYPE_TXT:
        good = add_strings(text, &data);
        break;
    case DNS_TYPE_SVCB:
    case DNS_TYPE_HTTPS:
        good = add_service(text, whole, &data);
        break;
    default: /* RFC 3597 section 5 */
        if (!bytes_empty(data))
            dns_text_print(text, "\\# %zu", data.length);
        return true;
    }
    return good && bytes_empty(data);
}
