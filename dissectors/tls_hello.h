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

enum tls_version {
    TLS_VERSION_1_0 = 0x0301,
    TLS_VERSION_1_1 = 0x0302,
    TLS_VERSION_1_2 = 0x0303,
    TLS_VERSION_1_3 = 0x0304
};

/* Foreign bytes in names stand as \xNN. Names are in lower case without a last
 * dot; "" where there is none. ALPN: comma-separated, cut to fit. */
struct tls_client_hello {
    uint16_t version; /* the highest offered */
    char server_name[TLS_SERVER_NAME_SIZE];
    char alpn[TLS_ALPN_SIZE];
};

struct tls_server_hello {
    uint16_t version; /* as negotiated, by supported_versions if that is there */
    uint16_t cipher;
    bool tls13; /* what follows is encrypted: 1.3 or a draft of it */
    bool retry_request; /* a HelloRetryRequest: another ClientHello comes */
    char alpn[TLS_ALPN_SIZE];
};

/* `body`: the handshake message without its 4 bytes of header.  False when it is
 * malformed; what was read before the fault is set, all else zero. */
bool tls_client_hello_read(struct bytes body, struct tls_client_hello *hello);
bool tls_server_hello_read(struct bytes body, struct tls_server_hello *hello);

#endif
