/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Can this be the answer to that name of Apple's?  And the address in it?
 */
#ifndef APPLEPATH_DIAGNOSIS_ANSWERS_H
#define APPLEPATH_DIAGNOSIS_ANSWERS_H

#include "base/fact.h"
#include "diagnosis/builder.h"
#include "diagnosis/networks.h"

#define DNS_TYPE_A 1
#define DNS_TYPE_NS 2
#define DNS_TYPE_CNAME 5
#define DNS_TYPE_SOA 6
#define DNS_TYPE_TXT 16
#define DNS_TYPE_AAAA 28
#define DNS_TYPE_HTTPS 65

enum result_kind {
    RESULT_OK,
    RESULT_UNREADABLE, /* the capture cut the answer: it may have been the good one */
    RESULT_TRUNCATED, /* did not fit its datagram: the whole comes over TCP */
    RESULT_HIJACKED, /* an address that cannot be right: diagnosis/hijacks.c */
    RESULT_FORGED, /* somebody was faster than the resolver: diagnosis/hijacks.c */
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

/* "A", "HTTPS"; "TYPE99" where nothing better is known (RFC 3597 section 5). */
const char *dns_type_word(struct arena *arena, uint16_t type);

/* What a transaction came to, its addresses not judged. */
enum result_kind answer_kind(const struct fact_dns *dns);

/* A CNAME into Apple's zones, or those of the networks that serve it. */
bool answer_has_chain(const struct fact_dns *dns);

/* Has the answer an SOA that is neither Apple's nor its CDNs'? */
bool answer_has_foreign_authority(const struct fact_dns *dns);

/* Does it lead into Apple's network or a CDN's, by CNAME (answer_has_chain) or address? */
bool answer_leads_home(const struct networks *networks, const struct fact_dns *dns, bool chain);

/* RFC 8914 section 5.2: codes by which a resolver says that policy is the reason, as
 * "15 Blocked"; NULL: another code, or none. */
const char *answer_policy(const struct fact_dns *dns);

enum answer_fault {
    ANSWER_CREDIBLE, /* nothing speaks against it */
    ANSWER_UNSPECIFIED,
    ANSWER_LOOPBACK,
    ANSWER_MULTICAST,
    ANSWER_PRIVATE,
    ANSWER_BLOCK_PAGE, /* a vendor's address for what it blocks */
    ANSWER_FOREIGN /* a name of Apple's own network, answered with somebody else's */
};

/* "unspecified", "private", ...: the words of a finding's `detail.answer`. */
const char *answer_fault_word(enum answer_fault fault);

/* What is wrong with an address as that of any service of Apple's; never ANSWER_FOREIGN.
 * IPv6 forms of Apple's and its CDNs' IPv4 addresses (RFC 6052) are credible. */
enum answer_fault answer_address_fault(const struct networks *networks,
                                       const struct address *address);

/* What is wrong with all the addresses of an answer; `address` is the first of them.
 * `chain`: it has a CNAME into Apple's zones or its CDNs'. Credible where one address
 * is, where there is none, and where the name is no row of the catalogue's or the
 * user's own. */
enum answer_fault answer_judge(const struct networks *networks, const struct fact_dns *dns,
                               bool chain, struct address *address);

/* The resolver's own word that it blocks (`policy` NULL: it said none), and what it adds
 * to it, for the finding's detail; and a sentence of that, "" where there is none. */
void answer_note_policy(struct builder *builder, struct draft *draft, const char *policy,
                        const char *text);
const char *answer_policy_sentence(struct builder *builder, const struct finding *finding);

/* Blames the resolver that an answer with this TTL (0: none) is from by its address; or
 * the network, where the resolver is elsewhere and no router has passed the answer on, or
 * where its other answers come from another distance (`apart`): then that is noted in the
 * detail, and there is a sentence of it. */
void answer_culprit(struct builder *builder, struct draft *draft, const struct address *client,
                    const struct address *resolver, uint8_t ttl, bool apart);
const char *answer_in_its_name(const struct finding *finding);
const char *answer_nearness_sentence(struct builder *builder, const struct finding *finding);

/* The address of the resolver that was asked, of a finding that has a culprit. */
const char *answer_resolver(struct builder *builder, const struct finding *finding);

/* The text of that member of the finding's detail; NULL: it has none. */
const char *answer_detail(const struct finding *finding, const char *name);

#define ANSWER_EMBEDDED_LIMIT 6

/* The IPv4 addresses that an IPv6 address may carry, by the prefix lengths of RFC 6052
 * section 2.2; returns how many. */
size_t answer_embedded(const struct address *address,
                       struct address embedded[ANSWER_EMBEDDED_LIMIT]);

#endif
