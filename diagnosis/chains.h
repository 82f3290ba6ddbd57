/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The certificate chains that servers showed in clear, each judged once, and the
 * handshakes that they were shown in.
 */
#ifndef APPLEPATH_DIAGNOSIS_CHAINS_H
#define APPLEPATH_DIAGNOSIS_CHAINS_H

#include "certificates/chain.h"
#include "diagnosis/builder.h"

enum chain_verdict {
    CHAIN_UNPROVEN, /* nothing is proven, either way */
    CHAIN_GENUINE, /* it verifies, to a root that is trusted */
    CHAIN_FOREIGN, /* no root, and no name of any authority that is known: a stranger's */
    CHAIN_INSPECTED /* a product's that inspects TLS, or the site's declared inspection */
};

struct shown_chain {
    const char *fingerprints; /* as in fact_tls */
    uint32_t hash; /* of them, and of `incomplete` */
    bool incomplete;
    bool judged;
    const char *judged_name; /* that `result.name` is about; in the arena, NULL: none */
    enum chain_verdict verdict;
    const char *vendor; /* NULL: not known */
    struct chain_result result;
    struct shown_chain *bucket_next;
};

/* A handshake that showed one. */
struct chain_sight {
    uint64_t flow;
    struct shown_chain *chain;
    int64_t certificate_time;
    uint64_t certificate_packet;
    int64_t hello_time;
    uint64_t hello_packet;
    int64_t alert_time;
    uint64_t alert_packet; /* of the client's; PACKET_NONE: it sent none */
    uint8_t alert;
};

struct chains {
    struct builder *builder;
    struct chain_sight *sights; /* owned; by flow */
    size_t sight_count, sight_capacity;
    struct shown_chain **buckets; /* owned; the chains are in the arena */
    size_t bucket_count, chain_count; /* at least as many buckets as chains */
    struct stored_certificate *certificates; /* owned; by fingerprint */
    size_t certificate_count, certificate_capacity;
    bool ok;
};

/* Reads what is stored of them. False and a problem when the database or memory
 * fails; to be released either way. */
bool chains_read(struct chains *chains, struct builder *builder);
void chains_release(struct chains *chains);

/* NULL: the flow showed none. */
const struct chain_sight *chains_find(const struct chains *chains, uint64_t flow);

/* Judges the chain of a sight, once; `server_name` may be NULL. */
const struct shown_chain *chains_judge(struct chains *chains, const struct chain_sight *sight,
                                       const char *server_name);

#endif
