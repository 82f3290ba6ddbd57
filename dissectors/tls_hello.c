/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do the two hellos of TLS say?  The bodies of two handshake messages come
 * in, plain structs go out (RFC 8446 section 4.1; RFC 5246 section 7.4.1).
 * Values that are sent only to keep implementations flexible (GREASE, RFC 8701)
 * are passed over.
 */
#include "dissectors/tls_hello.h"
#include "base/text.h"

#include "dissectors/tls_groups.h"

#define RANDOM_LENGTH 32
#define SESSION_ID_LIMIT 32
#define SENTINEL_LENGTH 8

enum extension_type {
    EXTENSION_SERVER_NAME = 0,
    EXTENSION_SUPPORTED_GROUPS = 10,
    EXTENSION_POINT_FORMATS = 11, /* RFC 8422 section 5.1.2 */
    EXTENSION_SIGNATURE_ALGORITHMS = 13,
    EXTENSION_ALPN = 16,
    EXTENSION_SESSION_TICKET = 35, /* RFC 5077 */
    EXTENSION_PRE_SHARED_KEY = 41,
    EXTENSION_EARLY_DATA = 42,
    EXTENSION_SUPPORTED_VERSIONS = 43,
    EXTENSION_KEY_SHARE = 51,
    EXTENSION_ENCRYPTED_HELLO = 0xfe0d
};

/* RFC 8446 section 4.1.3: SHA-256 of "HelloRetryRequest", in place of a random. */
static const uint8_t retry_random[RANDOM_LENGTH] = {
    0xcf, 0x21, 0xad, 0x74, 0xe5, 0x9a, 0x61, 0x11, 0xbe, 0x1d, 0x8c, 0x02, 0x1e, 0x65, 0xb8, 0x91,
    0xc2, 0xa2, 0x11, 0x16, 0x7a, 0xbb, 0x8c, 0x5e, 0x07, 0x9e, 0x09, 0xe2, 0xc8, 0xa8, 0x33, 0x9c};

/* Both bytes alike, 0x0a, 0x1a, ... 0xfa. */
bool tls_is_grease(uint16_t value)
{
    return (value & 0x0f0f) == 0x0a0a && value >> 8 == (value & 0xff);
}

static bool is_name_byte(uint8_t byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9') || byte == '-' ||
           byte == '_' || byte == '.' || byte == ':'; /* ':': an IPv6 address is sent by some */
}

static bool is_protocol_byte(uint8_t byte)
{
    return byte > 0x20 && byte < 0x7f && byte != ',' && byte != '\\';
}

static void server_name_set(char *text, struct bytes name)
{
    size_t length = 0;
    uint8_t byte;
    if (bytes_peek_u8(name, name.length - 1, &byte) && byte == '.')
        name = bytes_first(name, name.length - 1);
    while (bytes_read_u8(&name, &byte)) {
        if (byte >= 'A' && byte <= 'Z')
            byte = (uint8_t)(byte - 'A' + 'a');
        text_put_byte(text, TLS_SERVER_NAME_SIZE, &length, byte, is_name_byte(byte));
    }
}

/* RFC 6066 section 3: a list, of which only names of type host_name exist. */
static bool server_name_read(struct bytes data, char *text)
{
    struct bytes list, name;
    uint8_t type;
    if (!bytes_take_u16_prefixed(&data, &list) || !bytes_empty(data) || bytes_empty(list))
        return false;
    while (!bytes_empty(list)) {
        if (!bytes_read_u8(&list, &type) || !bytes_take_u16_prefixed(&list, &name))
            return false;
        if (type != 0 || text[0] != '\0')
            continue;
        if (name.length < 1 || name.length > 255)
            return false;
        server_name_set(text, name);
    }
    return true;
}

/* RFC 7301 section 3.1. */
static bool alpn_read(struct bytes data, char *text, struct bytes *first)
{
    struct bytes list, protocol, copy;
    size_t length = 0;
    if (!bytes_take_u16_prefixed(&data, &list) || !bytes_empty(data) || bytes_empty(list))
        return false;
    while (!bytes_empty(list)) {
        uint16_t pair;
        uint8_t byte;
        if (!bytes_take_u8_prefixed(&list, &protocol) || bytes_empty(protocol))
            return false;
        copy = protocol;
        if (protocol.length == 2 && bytes_read_u16(&copy, &pair) && tls_is_grease(pair))
            continue;
        if (bytes_empty(*first))
            *first = protocol;
        if (length > 0)
            text_put_byte(text, TLS_ALPN_SIZE, &length, ',', true);
        while (bytes_read_u8(&protocol, &byte))
            text_put_byte(text, TLS_ALPN_SIZE, &length, byte, is_protocol_byte(byte));
    }
    return true;
}

/* RFC 8446 section 4.2.1. Drafts (0x7fNN) do not count as the highest. */
static bool offered_versions_read(struct bytes data, struct tls_client_hello *hello)
{
    struct bytes list;
    uint16_t version, best = 0;
    if (!bytes_take_u8_prefixed(&data, &list) || !bytes_empty(data) || bytes_empty(list))
        return false;
    hello->versions = list;
    while (!bytes_empty(list)) {
        if (!bytes_read_u16(&list, &version))
            return false;
        if (version >> 8 == 0x03 && version > best)
            best = version;
    }
    if (best != 0)
        hello->version = best;
    return true;
}

static bool next_group(struct bytes *list, uint16_t *group)
{
    while (bytes_read_u16(list, group))
        if (!tls_is_grease(*group))
            return true;
    return false;
}

/* RFC 8446 section 4.2.8: the next share's group that is no GREASE. */
static bool next_share(struct bytes *list, uint16_t *group)
{
    struct bytes key;
    while (bytes_read_u16(list, group) && bytes_take_u16_prefixed(list, &key))
        if (!tls_is_grease(*group))
            return true;
    return false;
}

/* RFC 8446 section 4.2.7. A list that is broken is none, here and below: no other
 * part of the hello depends on it. */
static void groups_read(struct bytes data, struct tls_client_hello *hello)
{
    struct bytes list, known = hello->group_codes;
    uint16_t group;
    if (next_group(&known, &group) || !bytes_take_u16_prefixed(&data, &list) ||
        list.length % 2 != 0)
        return;
    hello->group_codes = list;
}

static void shares_read(struct bytes data, struct tls_client_hello *hello)
{
    struct bytes list, known = hello->key_shares;
    uint16_t group;
    if (!next_share(&known, &group) && bytes_take_u16_prefixed(&data, &list))
        hello->key_shares = list;
}

void tls_client_hello_name_groups(struct tls_client_hello *hello)
{
    struct bytes groups = hello->group_codes, shares = hello->key_shares;
    uint16_t group;
    while (next_group(&groups, &group))
        tls_group_list(hello->groups, sizeof hello->groups, group);
    while (next_share(&shares, &group))
        tls_group_list(hello->shares, sizeof hello->shares, group);
}

static void codes_read(struct bytes data, bool wide, struct bytes *codes)
{
    struct bytes list;
    if (!bytes_empty(*codes))
        return;
    if (wide ? bytes_take_u16_prefixed(&data, &list) && list.length % 2 == 0
             : bytes_take_u8_prefixed(&data, &list))
        *codes = list;
}

/* RFC 9849 section 5: 0 stands before the outer hello's ciphertext. */
static bool is_outer_hello(struct bytes data)
{
    uint8_t type;
    return bytes_peek_u8(data, 0, &type) && type == 0;
}

static bool selected_version_read(struct bytes data, struct tls_server_hello *hello)
{
    uint16_t version;
    if (!bytes_read_u16(&data, &version) || !bytes_empty(data))
        return false;
    hello->version = version;
    hello->tls13 = version >= TLS_VERSION_1_3;
    return true;
}

static bool client_extension_read(uint16_t type, struct bytes data, void *owner)
{
    struct tls_client_hello *hello = owner;
    switch (type) {
    case EXTENSION_SERVER_NAME:
        hello->has_server_name = true;
        return hello->server_name[0] != '\0' || server_name_read(data, hello->server_name);
    case EXTENSION_ALPN:
        return hello->alpn[0] != '\0' || alpn_read(data, hello->alpn, &hello->first_protocol);
    case EXTENSION_SUPPORTED_VERSIONS:
        return !bytes_empty(hello->versions) || offered_versions_read(data, hello);
    case EXTENSION_SUPPORTED_GROUPS:
        groups_read(data, hello);
        break;
    case EXTENSION_KEY_SHARE:
        shares_read(data, hello);
        break;
    case EXTENSION_POINT_FORMATS:
        codes_read(data, false, &hello->point_formats);
        break;
    case EXTENSION_SIGNATURE_ALGORITHMS:
        codes_read(data, true, &hello->signature_algorithms);
        break;
    case EXTENSION_SESSION_TICKET: /* an empty one only asks for a ticket */
        hello->resumption_offered = hello->resumption_offered || !bytes_empty(data);
        break;
    case EXTENSION_PRE_SHARED_KEY:
        hello->resumption_offered = true;
        break;
    case EXTENSION_EARLY_DATA:
        hello->early_data = true;
        break;
    case EXTENSION_ENCRYPTED_HELLO:
        hello->encrypted_hello = is_outer_hello(data);
        break;
    default:
        break;
    }
    return true;
}

static bool server_extension_read(uint16_t type, struct bytes data, void *owner)
{
    struct tls_server_hello *hello = owner;
    struct bytes ignored = {NULL, 0};
    switch (type) {
    case EXTENSION_ALPN:
        return hello->alpn[0] != '\0' || alpn_read(data, hello->alpn, &ignored);
    case EXTENSION_SUPPORTED_VERSIONS:
        return selected_version_read(data, hello);
    case EXTENSION_KEY_SHARE: /* a retry holds the group alone */
        return bytes_read_u16(&data, &hello->group);
    case EXTENSION_PRE_SHARED_KEY:
        hello->pre_shared_key = true;
        return true;
    default:
        return true;
    }
}

/* RFC 8446 section 4.2; before TLS 1.3 there may be no list at all (RFC 5246
 * section 7.4.1.2). */
static bool extensions_read(struct bytes *body, struct bytes *whole, void *owner,
                            bool (*read)(uint16_t type, struct bytes data, void *owner))
{
    struct bytes list, data;
    uint16_t type;
    if (bytes_empty(*body))
        return true;
    if (!bytes_take_u16_prefixed(body, &list))
        return false;
    *whole = list;
    while (!bytes_empty(list)) {
        if (!bytes_read_u16(&list, &type) || !bytes_take_u16_prefixed(&list, &data) ||
            !read(type, data, owner))
            return false;
    }
    return bytes_empty(*body);
}

bool tls_client_hello_read(struct bytes body, struct tls_client_hello *hello)
{
    struct bytes compression;
    memset(hello, 0, sizeof *hello);
    if (!bytes_read_u16(&body, &hello->version) || !bytes_skip(&body, RANDOM_LENGTH) ||
        !bytes_take_u8_prefixed(&body, &hello->session) ||
        hello->session.length > SESSION_ID_LIMIT ||
        !bytes_take_u16_prefixed(&body, &hello->ciphers) || hello->ciphers.length < 2 ||
        hello->ciphers.length % 2 != 0 || !bytes_take_u8_prefixed(&body, &compression) ||
        bytes_empty(compression))
        return false;
    hello->legacy_version = hello->version;
    bool sound = extensions_read(&body, &hello->extensions, hello, client_extension_read);
    /* With 1.3 on offer an identifier is sent for old middleboxes' sake and says
     * nothing (RFC 8446 appendix D.4). */
    if (hello->version < TLS_VERSION_1_3 && !bytes_empty(hello->session))
        hello->resumption_offered = true;
    return sound;
}

/* RFC 8446 section 4.1.3: the end of the random, where less than the best was chosen. */
static uint8_t downgrade_of(struct bytes random)
{
    static const uint8_t from_13[SENTINEL_LENGTH] = "DOWNGRD\x01";
    static const uint8_t from_12[SENTINEL_LENGTH] = "DOWNGRD\x00";
    struct bytes end = bytes_from(random, RANDOM_LENGTH - SENTINEL_LENGTH);
    if (memcmp(end.data, from_13, SENTINEL_LENGTH) == 0)
        return 1;
    return memcmp(end.data, from_12, SENTINEL_LENGTH) == 0 ? 2 : 0;
}

bool tls_server_hello_read(struct bytes body, struct tls_server_hello *hello)
{
    struct bytes random;
    memset(hello, 0, sizeof *hello);
    if (!bytes_read_u16(&body, &hello->version) || !bytes_take(&body, RANDOM_LENGTH, &random) ||
        !bytes_take_u8_prefixed(&body, &hello->session) ||
        hello->session.length > SESSION_ID_LIMIT || !bytes_read_u16(&body, &hello->cipher) ||
        !bytes_skip(&body, 1))
        return false;
    hello->legacy_version = hello->version;
    hello->retry_request = memcmp(random.data, retry_random, RANDOM_LENGTH) == 0;
    bool sound = extensions_read(&body, &hello->extensions, hello, server_extension_read);
    if (!hello->tls13)
        hello->downgrade = downgrade_of(random);
    return sound;
}
