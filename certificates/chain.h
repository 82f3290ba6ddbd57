/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a chain proves and what it only claims, kept apart: certificates as a server sent
 * them come in, with the time, the name that was asked for and the roots to verify by.
 */
#ifndef APPLEPATH_CERTIFICATES_CHAIN_H
#define APPLEPATH_CERTIFICATES_CHAIN_H

#include "certificates/certificate.h"
#include "certificates/trust_store.h"

#define CHAIN_LIMIT 16 /* certificates; what was sent beyond is not looked at */
#define CHAIN_NAME_SIZE 513

/* How far the signatures inside the sent certificates lead up from the leaf. */
enum chain_signatures {
    CHAIN_ALONE, /* nobody above the leaf was sent */
    CHAIN_SOUND,
    CHAIN_BROKEN /* the named issuer was sent, and it did not sign */
};

enum chain_dates { CHAIN_DATES_UNKNOWN, CHAIN_VALID, CHAIN_EXPIRED, CHAIN_NOT_YET_VALID };

enum chain_name { CHAIN_NAME_UNKNOWN, CHAIN_NAME_MATCHES, CHAIN_NAME_DIFFERS };

struct chain_result {
    bool readable; /* the leaf is a certificate; else nothing below is known */

    /* Verified, whatever the date: signed all the way from a root that is held. */
    enum trust_kind root; /* TRUST_NONE: from none of them */
    char root_name[CHAIN_NAME_SIZE]; /* RFC 4514; "" without a root */
    bool apple_marker; /* a leaf of Apple's services, under a root of Apple's */

    /* Found in the certificates themselves. */
    enum chain_signatures signatures;
    bool self_signed; /* the leaf signed itself */
    bool whole; /* the sent ones end in one that signed itself */
    enum chain_dates dates; /* at the time given, root left out */
    int64_t limit; /* the date that is past or to come; TIMESTAMP_NONE: none */
    char dated[CHAIN_NAME_SIZE]; /* whose date it is */
    enum chain_name name;

    /* Claimed: names in certificates that nothing here vouches for. */
    char issuer[CHAIN_NAME_SIZE]; /* of the leaf */
    char top_issuer[CHAIN_NAME_SIZE]; /* of the highest that was sent */
};

/* Judges `count` certificates (from 1), the leaf first, the others in any order, at a
 * time (TIMESTAMP_NONE: dates unknown). `server_name` may be NULL; `store` NULL: no
 * roots. libcrypto that fails for lack of memory shows as "not verified". */
void chain_judge(const struct certificate *const *sent, size_t count, int64_t time,
                 const char *server_name, struct trust_store *store, struct chain_result *result);

#endif
