/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One DNS message as a plain value: header, question and resource records
 * (RFC 1035 section 4; RFC 2181; the OPT record of RFC 6891 is folded into
 * fields of its own).  Everything lies inside the struct; nothing is allocated.
 */
#ifndef APPLEPATH_DISSECTORS_DNS_MESSAGE_H
#define APPLEPATH_DISSECTORS_DNS_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"
#include "base/fact.h"

#define DNS_HEADER_LENGTH 12
#define DNS_RECORD_LIMIT 96
#define DNS_TEXT_SIZE 16384

/* RFC 1035 section 4.1.1. */
enum dns_opcode { DNS_OPCODE_QUERY = 0 };

/* IANA, "Resource Record (RR) TYPEs". */
enum dns_type {
    DNS_TYPE_A = 1,
    DNS_TYPE_NS = 2,
    DNS_TYPE_CNAME = 5,
    DNS_TYPE_SOA = 6,
    DNS_TYPE_PTR = 12,
    DNS_TYPE_MX = 15,
    DNS_TYPE_TXT = 16,
    DNS_TYPE_AAAA = 28,
    DNS_TYPE_SRV = 33,
    DNS_TYPE_DNAME = 39,
    DNS_TYPE_OPT = 41,
    DNS_TYPE_SVCB = 64,
    DNS_TYPE_HTTPS = 65
};

enum dns_message_result {
    DNS_MESSAGE_WHOLE,
    DNS_MESSAGE_BROKEN, /* it broke off or lied about lengths; what could be read is there */
    DNS_MESSAGE_NOT_DNS /* nothing is set */
};

/* Names are lower case without the last dot, "." for the root; bytes that a
 * name does not usually hold stand as \DDD, a dot inside a label as "\."
 * (RFC 1035 section 5.1). Pointers lead into `text`. Records of other classes
 * than IN are left out, and what finds no room. */
struct dns_message {
    uint16_t id;
    bool response;
    uint8_t opcode;
    bool authoritative;
    bool truncated;
    bool recursion_available;
    bool authenticated; /* AD, RFC 4035 section 3.2.3 */
    uint8_t rcode; /* low 8 bits of the extended code */
    const char *name; /* of the first question; NULL: there is none */
    uint16_t type;
    uint16_t class;
    uint64_t spelling; /* of the question's name, where upper case is in it; 0: it is not */
    bool mixed_case; /* it has both */
    bool edns;
    uint16_t udp_size; /* bytes; 0: no EDNS */
    bool has_extended_error; /* RFC 8914; of several the first */
    uint16_t extended_error;
    const char *extended_text; /* printable, other bytes as \DDD; NULL: none */
    size_t record_count;
    struct dns_record records[DNS_RECORD_LIMIT];
    size_t text_length;
    char text[DNS_TEXT_SIZE];
};

/* Could this be a DNS message?  Looks at the header alone. */
bool dns_message_plausible(struct bytes from);

/* The same of the flags alone, the second 16 bits of the header. */
bool dns_flags_plausible(uint16_t flags);

/* Reads a whole message. What it sets is good as long as `message` lives; the
 * bytes are not needed afterwards. */
enum dns_message_result dns_message_read(struct bytes from, struct dns_message *message);

/* The same without the text of records: of them only those of the answer that have an address
 * are kept, with that alone (`owner` and `data` are NULL). `question`: the text of the first
 * question's name, without its end, where that is known and as it stands there but for upper
 * case; else empty. */
enum dns_message_result dns_message_glance(struct bytes from, struct bytes question,
                                           struct dns_message *message);

#endif
