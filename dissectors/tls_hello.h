/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ClientHello and ServerHello as plain values: what both sides say in clear
 * before a TLS connection is theirs alone (RFC 8446 sections 4.1.2, 4.1.3;
 * RFC 5246; server name RFC 6066; ALPN RFC 7301).  Nothing is allocated.
 */
#ifndef APPLEPATH_DISSECTORS_TLS_HELLO_H
#define APPLEPATH_DISSECTORS_TLS_HELLO_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

#define TLS_SERVER_NAME_SIZE 1021 /* 255 bytes, each as \xNN, and a terminator */
#define TLS_ALPN_SIZE 256
#define TLS_GROUPS_SIZE 512
#define TLS_SHARES_SIZE 128
#define TLS_MD5_SIZE 33 /* hexadecimal digits and a terminator */
#define TLS_JA4_SIZE 37

enum tls_version {
    TLS_VERSION_1_0 = 0x0301,
    TLS_VERSION_1_1 = 0x0302,
    TLS_VERSION_1_2 = 0x0303,
    TLS_VERSION_1_3 = 0x0304
};

/* Foreign bytes in names stand as \xNN. Names are in lower case without a last
 * dot; "" where there is none. ALPN and groups: comma-separated, without GREASE
 * (RFC 8701), cut to fit. Runs of bytes are borrowed from the body that was read,
 * empty where there are none; an extension that comes twice counts once. */
struct tls_client_hello {
    uint16_t version; /* the highest offered */
    uint16_t legacy_version; /* the one before the random */
    char server_name[TLS_SERVER_NAME_SIZE];
    char alpn[TLS_ALPN_SIZE];
    char groups[TLS_GROUPS_SIZE]; /* supported, by IANA's names: tls_client_hello_name_groups */
    char shares[TLS_SHARES_SIZE]; /* groups of the key shares, by the same */
    bool has_server_name; /* the extension is there, whatever it names */
    bool encrypted_hello; /* RFC 9849: this is the outer one, or greased like one */
    bool resumption_offered; /* a ticket, a pre-shared key, or below 1.3 a session */
    bool early_data;
    struct bytes session;
    struct bytes ciphers; /* two bytes each, as in the next ones */
    struct bytes versions;
    struct bytes group_codes;
    struct bytes key_shares; /* two bytes, two of a length, and that many */
    struct bytes signature_algorithms;
    struct bytes point_formats; /* one byte each */
    struct bytes first_protocol; /* of ALPN */
    struct bytes extensions; /* the list as it came */
    char ja3[TLS_MD5_SIZE]; /* set by dissectors/tls_facts.h, as is the next */
    char ja4[TLS_JA4_SIZE];
};

/* Runs of bytes as above. */
struct tls_server_hello {
    uint16_t version; /* as negotiated, by supported_versions if that is there */
    uint16_t legacy_version;
    uint16_t cipher;
    uint16_t group; /* of its key share, or asked for by a retry; 0: none */
    uint8_t downgrade; /* it could have done 1.3 (1) or 1.2 (2), RFC 8446 section 4.1.3 */
    bool tls13; /* what follows is encrypted: 1.3 or a draft of it */
    bool retry_request; /* a HelloRetryRequest: another ClientHello comes */
    bool pre_shared_key; /* one that the client offered was chosen */
    char alpn[TLS_ALPN_SIZE];
    struct bytes session;
    struct bytes extensions;
    char ja3s[TLS_MD5_SIZE]; /* set by dissectors/tls_facts.h */
};

/* RFC 8701 section 2: a value that only tests whether unknown ones are ignored. */
bool tls_is_grease(uint16_t value);

/* Sets `groups` and `shares`, which few want to know. */
void tls_client_hello_name_groups(struct tls_client_hello *hello);

/* `body`: the handshake message without its 4 bytes of header.  False when it is
 * malformed; what was read before the fault is set, all else zero. */
bool tls_client_hello_read(struct bytes body, struct tls_client_hello *hello);
bool tls_server_hello_read(struct bytes body, struct tls_server_hello *hello);

#endif
