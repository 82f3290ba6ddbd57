/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a Certificate message to the chain's fingerprints and the facts of its
 * certificates (RFC 5246 section 7.4.2: a list of DERs, each behind its length).
 * What was told before is known by its SHA-256, in a table of fixed size.
 */
#include "dissectors/tls_certificates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "certificates/certificate.h"

#define SLOT_COUNT 8192u /* a power of two, twice the limit: there are always empty ones */

struct tls_certificate_slot {
    char sha256[CERTIFICATE_SHA256_SIZE]; /* "": empty */
};

enum novelty { CERTIFICATE_KNOWN, CERTIFICATE_NEW, CERTIFICATE_BEYOND_LIMIT };

void tls_certificates_release(struct tls_certificates *told)
{
    free(told->slots);
    memset(told, 0, sizeof *told);
}

/* A fingerprint is as good as random: its beginning says where it belongs. */
static uint32_t slot_of(const char *sha256)
{
    char beginning[9] = "";
    memcpy(beginning, sha256, sizeof beginning - 1);
    return (uint32_t)strtoul(beginning, NULL, 16) & (SLOT_COUNT - 1);
}

static enum novelty certificate_note(struct tls_certificates *told, struct observation *observation,
                                     const char *sha256, size_t length)
{
    uint64_t most = observation->certificate_bytes > 0 ? observation->certificate_bytes
                                                       : TLS_CERTIFICATES_BYTES;
    if (told->slots == NULL) {
        told->slots = calloc(SLOT_COUNT, sizeof told->slots[0]);
        if (told->slots == NULL) {
            observation->memory_out = true;
            return CERTIFICATE_BEYOND_LIMIT;
        }
    }
    uint32_t at = slot_of(sha256);
    while (told->slots[at].sha256[0] != '\0') {
        if (strcmp(told->slots[at].sha256, sha256) == 0)
            return CERTIFICATE_KNOWN;
        at = (at + 1) & (SLOT_COUNT - 1);
    }
    if (told->count == TLS_CERTIFICATES_LIMIT || told->bytes + length > most) {
        if (told->renewals == observation->renewals)
            return CERTIFICATE_BEYOND_LIMIT;
        /* Long ago: those that are still in use are told again. */
        memset(told->slots, 0, SLOT_COUNT * sizeof told->slots[0]);
        told->count = 0;
        told->bytes = 0;
        told->renewals = observation->renewals;
        at = slot_of(sha256);
    }
    told->count++;
    told->bytes += length;
    memcpy(told->slots[at].sha256, sha256, CERTIFICATE_SHA256_SIZE);
    return CERTIFICATE_NEW;
}

static void certificate_tell(struct tls_certificates *told, struct observation *observation,
                             struct bytes der, const char *sha256, int64_t time, uint64_t packet)
{
    enum novelty novelty = certificate_note(told, observation, sha256, der.length);
    struct certificate *certificate = novelty == CERTIFICATE_NEW ? certificate_read(der) : NULL;
    if (certificate != NULL) {
        struct fact fact = {.kind = FACT_CERTIFICATE};
        certificate_describe(certificate, &fact.as.certificate);
        fact.as.certificate.first_time = time;
        fact.as.certificate.first_packet = packet;
        observation_emit(observation, &fact);
        certificate_release(certificate);
    } else if (novelty != CERTIFICATE_KNOWN) {
        /* One that cannot be read is there nevertheless. */
        observation->memory_out = observation->memory_out || novelty == CERTIFICATE_NEW;
        observation->totals.certificates_dropped++;
    }
}

bool tls_certificates_read(struct tls_certificates *told, struct observation *observation,
                           struct bytes body, int64_t time, uint64_t packet,
                           char chain[TLS_CHAIN_SIZE])
{
    struct bytes list, der;
    uint32_t announced;
    size_t length = 0;
    chain[0] = '\0';
    if (!bytes_read_u24(&body, &announced))
        return false;
    list = bytes_first(body, announced);
    bool whole = body.length == announced;
    for (int count = 0; bytes_take_u24_prefixed(&list, &der); count++) {
        char sha256[CERTIFICATE_SHA256_SIZE];
        if (count == TLS_CHAIN_LIMIT || bytes_empty(der) || !certificate_fingerprint(der, sha256))
            return false;
        length += (size_t)snprintf(chain + length, TLS_CHAIN_SIZE - length, "%s%s",
                                   count > 0 ? "," : "", sha256);
        certificate_tell(told, observation, der, sha256, time, packet);
    }
    return whole && bytes_empty(list);
}
