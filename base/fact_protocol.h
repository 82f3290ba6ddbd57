/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the protocols' dissectors tell: DNS, TLS, certificates, HTTP, push, time,
 * leases, and where servers are.  Part of base/fact.h, which is what to include.
 */
#ifndef APPLEPATH_BASE_FACT_PROTOCOL_H
#define APPLEPATH_BASE_FACT_PROTOCOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/bytes.h"

/* Who did it: the flow's client, its server, or somebody else on the path. */
enum party { PARTY_NONE, PARTY_CLIENT, PARTY_SERVER, PARTY_OTHER };

enum dns_section { DNS_ANSWER = 1, DNS_AUTHORITY = 2, DNS_ADDITIONAL = 3 };

/* RFC 1035 section 3.2.1; names in lower case without the last dot. */
struct dns_record {
    enum dns_section section;
    const char *owner;
    uint16_t type;
    uint32_t ttl;
    const char *data; /* text: an address, a target name, SOA's mname and rname, ... */
    struct address address; /* of A and AAAA; none otherwise */
};

/* One DNS transaction: a query, its retransmissions, and its answer if any.  A
 * second answer to the same query is a transaction of its own, which names the
 * first in `earlier`; an answer that nobody asked for has no query. */
struct fact_dns {
    uint64_t id; /* from 1 within the run */
    uint64_t flow; /* of the query, of the answer where there is none */
    struct endpoint client;
    struct endpoint resolver;
    uint8_t transport;
    const char *name; /* as asked, lower case */
    uint16_t type;
    int64_t query_time; /* TIMESTAMP_NONE: the query was not captured */
    uint64_t query_packet;
    uint32_t queries; /* retransmissions included */
    int64_t last_query_time;
    uint64_t last_query_packet;
    bool answered;
    int64_t answer_time;
    uint64_t answer_packet;
    uint8_t answer_ttl; /* the IP header's */
    uint8_t rcode;
    bool authoritative;
    bool truncated;
    bool malformed; /* the answer broke off or lied about its lengths */
    bool recursion_available;
    bool authenticated; /* AD, RFC 4035 section 3.2.3 */
    uint64_t earlier; /* the transaction whose query another answer came for before; 0: none */
    uint64_t retry_of; /* over TCP, after this transaction's truncated answer; 0: none */
    bool mixed_case; /* the query's name mixes cases (the "0x20" defence) ... */
    bool case_kept; /* ... and the answer repeats it so */
    bool query_edns; /* RFC 6891 */
    bool answer_edns;
    uint16_t udp_size; /* the query's EDNS payload size; 0: none */
    bool has_extended_error; /* RFC 8914 */
    uint16_t extended_error;
    const char *extended_text;
    uint16_t answer_identification; /* the IP header's */
    const struct dns_record *records;
    size_t record_count;
};

/* One TLS handshake as far as it is in clear; inside QUIC too.  Lists are comma-
 * separated, groups by their IANA names, GREASE (RFC 8701) left out. */
struct fact_tls {
    uint64_t flow;
    int64_t client_hello_time;
    uint64_t client_hello_packet; /* the packet that completed it */
    const char *server_name;
    const char *client_alpn; /* offered, comma-separated */
    uint16_t client_version; /* the highest offered */
    uint32_t client_hello_bytes;
    const char *client_groups; /* supported */
    const char *client_shares; /* groups of its key shares */
    bool encrypted_hello; /* ECH: server_name is the outer one */
    bool resumption_offered; /* a session identifier, a ticket or a pre-shared key */
    bool early_data; /* offered, RFC 8446 section 4.2.10 */
    const char *ja3; /* MD5, 32 hexadecimal digits */
    const char *ja4;
    int64_t retry_time; /* HelloRetryRequest */
    uint64_t retry_packet;
    int64_t server_hello_time;
    uint64_t server_hello_packet;
    uint16_t server_version; /* negotiated; 0: no ServerHello seen */
    uint16_t cipher;
    const char *server_alpn;
    uint16_t group; /* the server's key share; 0: none or not in clear */
    uint8_t downgrade; /* the server could have done 1.3 (1) or 1.2 (2), RFC 8446 section 4.1.3 */
    const char *ja3s;
    bool resumed; /* no certificate is normal then */
    int64_t certificate_time;
    uint64_t certificate_packet;
    const char *chain; /* SHA-256 of the server's certificates as sent, in hexadecimal */
    bool chain_incomplete; /* some were not read: cut, too many, too long */
    bool certificate_requested; /* of the client, up to 1.2 */
    bool stapled; /* CertificateStatus, RFC 6066 section 8 */
    enum party alert_from; /* an alert in clear */
    uint8_t alert;
    uint64_t alert_packet;
    int64_t alert_time;
    uint64_t client_data_records; /* application data after the handshake, as far as followed */
    uint64_t server_data_records;
    /* What TLS 1.3 leaves to see (domain of sizes: RFC 8446 section 5.2). */
    bool handshake_complete; /* the client's Finished was seen, or data after it */
    uint32_t server_flight_bytes; /* encrypted, before the client's first such record */
    uint16_t client_reply_length; /* of the client's first encrypted record; 0: none */
    int64_t client_reply_time;
    uint64_t client_reply_packet;
    bool client_refused; /* that record, or one before any data, can only be an alert */
    enum party closed_by; /* an encrypted alert after data: close_notify as a rule */
    const char *records; /* the first encrypted ones: "s1210+0 c74+13" (length, milliseconds) */
    uint32_t quic_version; /* 0: over TCP */
    bool quic_retry; /* the server asked for a token first */
    const char *quic_versions; /* Version Negotiation offered these */
    bool has_quic_close; /* CONNECTION_CLOSE in an Initial packet */
    uint64_t quic_close; /* its error code, RFC 9000 section 20 */
};

/* One certificate that a server sent in clear, told once a run.  Nothing of it is
 * verified: that is diagnosis' work, with the roots it is given. */
struct fact_certificate {
    const char *sha256; /* of its DER, 64 hexadecimal digits */
    const char *subject; /* RFC 4514, most specific first; NULL where it cannot be read */
    const char *issuer;
    const char *serial; /* hexadecimal digits */
    int64_t not_before; /* TIMESTAMP_NONE: cannot be read */
    int64_t not_after;
    const char *names; /* the subject's alternative DNS names, comma-separated */
    const char *key; /* "RSA 2048", "EC prime256v1" */
    const char *markers; /* Apple's extension OIDs, comma-separated; NULL: none */
    bool authority; /* basicConstraints says CA */
    int64_t first_time; /* of the packet that completed the message */
    uint64_t first_packet;
    struct bytes der;
};

enum http_purpose {
    HTTP_OTHER,
    HTTP_CONNECT,
    HTTP_FORWARD, /* absolute-form: a proxy is to fetch it, RFC 9112 section 3.2.2 */
    HTTP_CAPTIVE_PROBE, /* "is this the Internet?" */
    HTTP_AUTOCONFIG, /* a PAC file or WPAD */
    HTTP_OCSP,
    HTTP_CRL,
    HTTP_PUSH_BAG /* init.push.apple.com's configuration in clear */
};

/* One HTTP/1 exchange by its heads (RFC 9112); texts are cut to 256 bytes. */
struct fact_http {
    uint64_t flow;
    struct endpoint client;
    struct endpoint server;
    enum http_purpose purpose;
    int64_t request_time;
    uint64_t request_packet; /* that completed the head */
    const char *method;
    const char *host; /* of the target or the Host field, without port, lower case */
    uint16_t port; /* named with it; 0: none */
    const char *path; /* without the query */
    const char *user_agent;
    bool proxy_credentials; /* Proxy-Authorization was sent */
    bool answered;
    int64_t answer_time;
    uint64_t answer_packet;
    uint16_t status;
    const char *authenticate; /* schemes that were demanded, comma-separated */
    const char *location;
    const char *software; /* the Server field */
    const char *via;
    const char *content_type;
    int64_t content_length; /* -1: not told */
    const char *body; /* how an answer to a captive probe begins */
    bool probe_success; /* and it is the page that Apple's devices expect */
};

enum apns_role { APNS_DEVICE, APNS_PROVIDER };

/* By what a flow was known as push, the strongest first. */
enum apns_sign { APNS_BY_ALPN, APNS_BY_NAME, APNS_BY_PORT };

enum apns_end {
    APNS_OPEN, /* alive when the capture ended, as far as it shows */
    APNS_NEVER_OPENED, /* TCP or TLS did not come that far */
    APNS_CLOSED_BY_CLIENT, /* FIN */
    APNS_CLOSED_BY_SERVER,
    APNS_RESET_BY_CLIENT,
    APNS_RESET_BY_SERVER, /* or in its name */
    APNS_UNANSWERED /* the client spoke again and again, nothing came back */
};

/* The life of one connection to Apple's push service.  An exchange is a burst of
 * packets with quiet before and after it; all durations are nanoseconds. */
struct fact_apns {
    uint64_t flow;
    struct endpoint client;
    struct endpoint server;
    enum apns_role role;
    enum apns_sign sign;
    int64_t first_time;
    int64_t opened_time; /* both sides' application data had been seen */
    int64_t last_exchange_time; /* the last time both sides spoke */
    uint32_t exchanges; /* after it opened */
    uint32_t keep_alives; /* of these: small, begun by the client, answered */
    int64_t keep_alive_interval; /* the median; DIFFERENCE_NONE: fewer than three */
    int64_t keep_alive_shortest;
    int64_t keep_alive_longest;
    int64_t idle_survived; /* the longest quiet after which an exchange still worked */
    int64_t idle_at_end; /* the quiet before what ended it; DIFFERENCE_NONE: still open, or
                          * the server had repeated itself before to a client that was away */
    enum apns_end end;
    int64_t end_time;
    uint64_t end_packet;
};

/* One NTP request and its answer if any (RFC 5905). */
struct fact_ntp {
    uint64_t flow;
    struct endpoint client;
    struct endpoint server;
    int64_t request_time;
    uint64_t request_packet;
    uint8_t version;
    bool answered;
    int64_t answer_time;
    uint64_t answer_packet;
    uint8_t leap;
    uint8_t stratum;
    uint8_t reference[4]; /* kiss code where the stratum is 0 */
    int64_t server_receive_time; /* as the server says, same epoch as packets */
    int64_t server_transmit_time;
    int64_t reference_time; /* when the server's clock was last set */
    int64_t client_transmit_time; /* as the client's request says; often blank or random */
    int64_t offset; /* server's clock less the capture's; RFC 5905 section 8 */
    int64_t delay; /* from the capture's point to the server and back */
    int64_t root_delay;
    int64_t root_dispersion;
    bool nts; /* Network Time Security fields, RFC 8915 section 5 */
    uint8_t answer_ttl; /* the IP header's */
};

enum lease_source { LEASE_DHCPV4, LEASE_DHCPV6, LEASE_ROUTER };

/* What a network told a device about itself: one DHCP exchange (RFC 2131, RFC
 * 9915), or what one router advertises to all (RFC 4861).  Lists are comma-
 * separated. */
struct fact_lease {
    enum lease_source source;
    struct mac mac; /* the device's; of an advertisement: none */
    bool has_mac;
    struct address address; /* given to the device; none if not */
    struct address server; /* who answered or advertised */
    const char *messages; /* types in their order, as "discover,offer,request,ack" */
    const char *client_name; /* host name or FQDN that the device gave */
    const char *vendor_class;
    const char *requested; /* option numbers that the device asked for */
    const char *routers;
    const char *resolvers;
    const char *domain;
    const char *time_servers;
    const char *captive_url; /* RFC 8910 */
    const char *autoconfig_url; /* option 252: a PAC file */
    const char *nat64_prefix; /* RFC 8781 */
    uint32_t lease_seconds;
    int64_t first_time; /* of the device's first message, or of the first advertisement */
    uint64_t first_packet;
    bool answered; /* an address was confirmed, or it is an advertisement */
    int64_t answer_time;
    uint64_t answer_packet;
};

/* Where a server's address belongs, asked once for each. */
struct fact_place {
    struct address address;
    const char *network; /* the prefix that held the answer */
    uint32_t asn; /* autonomous system; 0: not known */
    const char *organisation;
    const char *country; /* ISO 3166 */
    const char *city;
    const char *told_by; /* the databases asked, or "built-in" */
};

#endif
