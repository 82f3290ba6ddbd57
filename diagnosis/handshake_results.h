/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of the TLS handshakes with Apple's services: the failed ones, put
 * together by client, server and name, and what else was seen that bears on them.
 */
#ifndef APPLEPATH_DIAGNOSIS_HANDSHAKE_RESULTS_H
#define APPLEPATH_DIAGNOSIS_HANDSHAKE_RESULTS_H

#include "diagnosis/builder.h"

/* A larger ClientHello does not fit one segment of a path with tunnels in it. */
#define HANDSHAKE_BIG_HELLO 1300
#define HANDSHAKE_ALERT_HIDDEN 255 /* in TLS 1.3, by its length: no alert has this number */
#define HANDSHAKE_EXAMPLES 3
#define HANDSHAKE_HIDDEN_LIMIT 64

/* RFC 8446 section 6. */
enum {
    ALERT_CLOSE_NOTIFY = 0,
    ALERT_BAD_CERTIFICATE = 42,
    ALERT_CERTIFICATE_EXPIRED = 45,
    ALERT_CERTIFICATE_UNKNOWN = 46,
    ALERT_ILLEGAL_PARAMETER = 47,
    ALERT_UNKNOWN_CA = 48,
    ALERT_USER_CANCELED = 90,
    ALERT_NO_RENEGOTIATION = 100, /* RFC 5246 section 7.2.2 */
    ALERT_UNRECOGNIZED_NAME = 112
};

/* Some alerts are ends and no failures; unrecognized_name beside a ServerHello (whose
 * version is `server_version`, 0: none came) is a warning that clients pass over (RFC
 * 6066 section 3). */
static inline bool handshake_alert_is_failure(enum party from, uint8_t alert,
                                              uint16_t server_version)
{
    bool warning = alert == ALERT_UNRECOGNIZED_NAME && server_version != 0;
    return !warning && from != PARTY_NONE && alert != ALERT_CLOSE_NOTIFY &&
           alert != ALERT_USER_CANCELED && alert != ALERT_NO_RENEGOTIATION;
}

enum handshake_end {
    HANDSHAKE_UNDECIDED,
    HANDSHAKE_COMPLETE,
    HANDSHAKE_STALLED, /* a ClientHello, and nothing of the server's */
    HANDSHAKE_REJECTED, /* an alert in clear */
    HANDSHAKE_DISTRUSTED, /* TLS 1.2 or less: the client's alert about the issuer */
    HANDSHAKE_REFUSED /* TLS 1.3: the client refuses the certificate that nobody sees; or it
                       * leaves because its offer was altered on the way (RFC 8446 section 4.1.3) */
};

/* What the answering side shows of itself where its certificate is hidden. */
struct handshake_answer {
    uint64_t marks; /* of its SYN/ACK, its packets and its ServerHello; 0: not all seen */
    int64_t round_trip; /* SYN to SYN/ACK */
    uint64_t offer; /* the client's groups and shares; 0: none */
    bool post_quantum; /* the key exchange that was chosen */
    bool retried; /* HelloRetryRequest */
};

/* The packets that show one failure; the second is PACKET_NONE where there is none. */
struct handshake_example {
    uint64_t flow;
    uint64_t hello_packet;
    int64_t hello_time;
    uint64_t last_packet;
    int64_t last_time;
};

/* One failure of a group, and what the same client's other handshakes did then. */
struct handshake_failure {
    struct handshake_example example;
    int64_t time;
    int64_t next_success; /* with that name: the first one since, as far as the next failure */
    int64_t next_other; /* the same, with another name; TIMESTAMP_NONE: none */
    uint64_t program; /* which kind of program said hello (JA4); 0: unknown */
};

/* The failures of one client with one server address and name that ended alike. */
struct handshake_group {
    struct address client;
    struct address server;
    size_t row;
    uint16_t port;
    bool tunnel; /* `server` is a proxy */
    const char *name; /* NULL: unknown */
    enum handshake_end end;
    uint8_t alert; /* or HANDSHAKE_ALERT_HIDDEN */
    enum party alert_from;
    uint64_t count;
    int64_t first_time;
    int64_t last_time;
    uint64_t program; /* of the first; see struct handshake_failure */
    uint32_t hello_bytes; /* of the smallest */
    bool insists; /* all: sent again and again although the server acknowledges something */
    bool near; /* all: the server's packets crossed no router */
    bool late; /* all: the ServerHello took much longer than the SYN/ACK */
    bool genuine; /* all: the certificates shown lead to a trusted root */
    bool downgraded; /* all: the server could do better, and the client had offered it */
    struct handshake_answer answer; /* of the first */
    bool same_answer; /* all: `answer` is that of each */
    uint32_t path_mtu; /* of any: "too big" messages named it; 0: none came */
    struct address path_mtu_sender;
    uint64_t path_mtu_packet;
    int64_t path_mtu_time; /* about: of the hello before it */
    struct handshake_example examples[HANDSHAKE_EXAMPLES];
    uint64_t completed; /* the same client's handshakes with that name that worked */
    int64_t first_completed; /* the first of them */
    bool same_program; /* one of them was `program`'s */
    size_t first_failure; /* among the results' failures: `count` of them, in order */
    bool client_completes; /* the same client's with any of Apple's services worked */
    bool served; /* the same device is served from another address of its own, or port */
    bool other_name_answered; /* the same device, another name at that address or its /24 */
    bool one_terminator; /* a server of another operator's answers with the same marks */
    bool better_elsewhere; /* the same offer gets a stronger answer for the same name ... */
    bool same_elsewhere; /* ... or, too, as weak a one */
};

struct handshake_server {
    struct address address;
    bool answers_small; /* ClientHellos of one segment */
    bool answers_big;
};

struct handshake_results {
    struct handshake_group *groups; /* owned, by client */
    size_t group_count;
    struct handshake_failure *failures; /* owned, by group, then time */
    struct handshake_server *servers; /* owned, by address: those of the groups */
    size_t server_count;
    bool *row_completed; /* owned; by row: some client's handshake worked */
    size_t hidden[HANDSHAKE_HIDDEN_LIMIT]; /* groups, refused and alike, for the signals */
    size_t hidden_count;
};

/* Reads the stored handshakes. False and a problem when the database or memory
 * fails; to be released either way. */
bool handshake_results_read(struct handshake_results *results, struct builder *builder);
void handshake_results_release(struct handshake_results *results);

/* NULL: no group has it. */
const struct handshake_server *handshake_server_find(const struct handshake_results *results,
                                                     const struct address *address);

/* Do both names mean one service of the row?  All couriers are one. */
bool handshake_same_name(const char *one, const char *two);

#endif
