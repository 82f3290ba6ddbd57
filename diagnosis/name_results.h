/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What each stored query for a catalogue name came to, and what each client got
 * from each resolver: the material of diagnosis/names.c.
 */
#ifndef APPLEPATH_DIAGNOSIS_NAME_RESULTS_H
#define APPLEPATH_DIAGNOSIS_NAME_RESULTS_H

#include "diagnosis/answers.h"
#include "diagnosis/builder.h"

#define DNS_TYPE_A 1
#define DNS_TYPE_CNAME 5
#define DNS_TYPE_SOA 6
#define DNS_TYPE_TXT 16
#define DNS_TYPE_AAAA 28
#define DNS_TYPE_HTTPS 65

enum result_kind {
    RESULT_OK,
    RESULT_UNREADABLE, /* the capture cut the answer, or it came whole over TCP */
    RESULT_HIJACKED, /* an address that cannot be right: diagnosis/hijacks.c */
    RESULT_GENUINE_NEGATIVE, /* Apple's own zone says that there is nothing */
    RESULT_NXDOMAIN,
    RESULT_SERVFAIL,
    RESULT_REFUSED,
    RESULT_ERROR, /* any other error code */
    RESULT_EMPTY,
    RESULT_ADDRESS_MISSING, /* the CNAME is there, the address it must lead to is not */
    RESULT_UNANSWERED,
    RESULT_SKIPPED
};

/* "nxdomain", "empty", ...: the words of a finding's `detail.answer`. */
const char *result_word(enum result_kind kind);

struct result {
    struct address client;
    struct address resolver;
    uint64_t name_hash;
    const char *name; /* of failures and hijacked ones only */
    enum result_kind kind;
    uint16_t type;
    uint8_t rcode;
    enum answer_fault fault; /* of RESULT_HIJACKED, and its first address */
    struct address address;
    bool foreign_soa; /* an SOA that is neither Apple's nor its CDNs' */
    uint32_t queries;
    int64_t time;
    int64_t last_time;
    uint64_t packet;
    uint64_t answer_packet;
    int64_t answer_time;
};

/* An address that an answer had. */
struct result_address {
    struct address client;
    uint64_t name_hash;
    struct address address;
};

struct results {
    struct builder *builder;
    struct result *list;
    size_t count;
    size_t capacity;
    struct result_address *hijacked; /* every address of the hijacked answers */
    size_t hijacked_count;
    size_t hijacked_capacity;
    struct result_address *ipv4; /* of all answers, by name and address */
    size_t ipv4_count;
    size_t ipv4_capacity;
    struct fact_resolver *resolvers;
    size_t resolver_count;
    size_t resolver_capacity;
    bool memory_out;
};

/* Reads DNS facts and resolver totals; sorts results by client, name, resolver and
 * time, resolvers by client and address. False when the database or memory fails. */
bool name_results_load(struct results *results);
void name_results_release(struct results *results);

/* The first result of that client and name, NULL if none: all of them follow it, as
 * long as client and name are the same. */
const struct result *name_results_first(const struct results *results, const struct address *client,
                                        uint64_t name_hash);

/* What the client asked and got of that resolver; NULL if nothing is known. */
const struct fact_resolver *name_results_resolver(const struct results *results,
                                                  const struct address *client,
                                                  const struct address *resolver);

/* Did any resolver give that client the name? */
bool name_results_served(const struct results *results, const struct address *client,
                         uint64_t name_hash);

/* Did any other resolver than `except` answer that client? */
bool name_results_client_answered(const struct results *results, const struct address *client,
                                  const struct address *except);

/* To refuse these names is the documented way to switch Private Relay off. */
bool name_is_private_relay(const char *name);

#endif
