/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does this chain lead to a root that is held (RFC 5280 section 6), and what else can be
 * said of it?  Signatures are verified apart from dates, so that an expired certificate is
 * not taken for a forged one; and apart from what libcrypto deems strong enough today, so
 * that a chain signed with SHA-1 is what it was when it was seen.
 */
#include "certificates/chain.h"

#include <stdio.h>
#include <string.h>

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "base/address.h"
#include "base/timestamp.h"
#include "certificates/certificate_private.h"
#include "certificates/trust_store_private.h"

#define APPLE_SERVICE_ARC "1.2.840.113635.100.6.27." /* markers of leaves of Apple's services */

/* The leaf and who signed whom above it, in the right order. */
struct path {
    const struct certificate *links[CHAIN_LIMIT];
    size_t length;
    bool broken;
    bool whole;
};

static bool signed_by(const struct certificate *subject, const struct certificate *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer->x509);
    return key != NULL && X509_verify(subject->x509, key) == 1;
}

static bool names_issuer(const struct certificate *subject, const struct certificate *issuer)
{
    return X509_NAME_cmp(X509_get_issuer_name(subject->x509),
                         X509_get_subject_name(issuer->x509)) == 0;
}

/* Goes up from the leaf through the others, in whatever order they came. */
static void path_build(struct path *path, const struct certificate *const *sent, size_t count)
{
    bool used[CHAIN_LIMIT] = {true};
    memset(path, 0, sizeof *path);
    path->links[path->length++] = sent[0];
    for (;;) {
        const struct certificate *last = path->links[path->length - 1];
        size_t next = 0;
        bool named = false;
        path->whole = names_issuer(last, last) && signed_by(last, last);
        if (path->whole)
            return;
        for (size_t i = 1; i < count && next == 0; i++) {
            if (used[i] || sent[i]->x509 == NULL || !names_issuer(last, sent[i]))
                continue;
            named = true;
            if (signed_by(last, sent[i]))
                next = i;
        }
        path->broken = named && next == 0;
        if (next == 0)
            return;
        used[next] = true;
        path->links[path->length++] = sent[next];
    }
}

static STACK_OF(X509) * others_stack(const struct certificate *const *sent, size_t count)
{
    STACK_OF(X509) *others = sk_X509_new_null();
    for (size_t i = 1; others != NULL && i < count; i++)
        if (sent[i]->x509 != NULL && sk_X509_push(others, sent[i]->x509) == 0)
            break;
    return others;
}

static void name_copy(char *text, const char *name)
{
    snprintf(text, CHAIN_NAME_SIZE, "%s", name);
}

static void root_name_set(X509_STORE_CTX *verification, char *text)
{
    const STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(verification);
    X509 *root = sk_X509_value(chain, sk_X509_num(chain) - 1);
    unsigned char *der = NULL;
    int length = root == NULL ? 0 : i2d_X509(root, &der);
    if (length > 0) {
        struct certificate *certificate = certificate_read(bytes_of(der, (size_t)length));
        if (certificate != NULL)
            name_copy(text, certificate->subject);
        certificate_release(certificate);
    }
    OPENSSL_free(der);
}

/* Apple's markers may be critical (RFC 5280 section 4.2), and libcrypto does not know them. A
 * root that a user declares may be an authority below another one. */
static bool verifies(const struct certificate *leaf, STACK_OF(X509) * others,
                     struct trust_store *store, enum trust_kind kind, char *root_name)
{
    X509_STORE_CTX *verification = X509_STORE_CTX_new();
    unsigned long flags = X509_V_FLAG_NO_CHECK_TIME | X509_V_FLAG_IGNORE_CRITICAL;
    bool verified = false;
    if (kind == TRUST_DECLARED || kind == TRUST_INSPECTION)
        flags |= X509_V_FLAG_PARTIAL_CHAIN;
    if (verification != NULL && X509_STORE_CTX_init(verification, trust_store_roots(store, kind),
                                                    leaf->x509, others) == 1) {
        X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(verification);
        X509_VERIFY_PARAM_set_flags(rules, flags);
        X509_VERIFY_PARAM_set_depth(rules, CHAIN_LIMIT);
        X509_VERIFY_PARAM_set_auth_level(rules, 0);
        verified = X509_verify_cert(verification) == 1;
        if (verified)
            root_name_set(verification, root_name);
    }
    X509_STORE_CTX_free(verification);
    return verified;
}

/* What was declared comes first: it says what these very roots are. */
static void root_find(const struct certificate *const *sent, size_t count,
                      struct trust_store *store, struct chain_result *result)
{
    static const enum trust_kind order[] = {TRUST_INSPECTION, TRUST_APPLE, TRUST_DECLARED,
                                            TRUST_PUBLIC};
    STACK_OF(X509) *others = others_stack(sent, count);
    for (size_t i = 0; others != NULL && store != NULL && i < sizeof order / sizeof order[0]; i++) {
        if (order[i] != TRUST_PUBLIC && trust_store_count(store, order[i]) == 0)
            continue;
        if (verifies(sent[0], others, store, order[i], result->root_name)) {
            result->root = order[i];
            break;
        }
    }
    sk_X509_free(others);
}

static void dates_judge(const struct path *path, int64_t time, struct chain_result *result)
{
    /* A root's own dates say nothing: whoever holds it trusts it. */
    size_t count = path->whole && path->length > 1 ? path->length - 1 : path->length;
    if (time == TIMESTAMP_NONE)
        return;
    result->dates = CHAIN_VALID;
    for (size_t i = 0; i < count; i++) {
        const struct certificate *link = path->links[i];
        bool expired = link->not_after != TIMESTAMP_NONE && time > link->not_after;
        bool early = link->not_before != TIMESTAMP_NONE && time < link->not_before;
        if (!expired && !early)
            continue;
        result->dates = expired ? CHAIN_EXPIRED : CHAIN_NOT_YET_VALID;
        result->limit = expired ? link->not_after : link->not_before;
        name_copy(result->dated, link->subject);
        return;
    }
}

/* RFC 6125 section 6.4, RFC 2818 section 3.1. */
static enum chain_name name_judge(const struct certificate *leaf, const char *server_name)
{
    struct address address;
    if (server_name == NULL || server_name[0] == '\0')
        return CHAIN_NAME_UNKNOWN;
    int matches = address_parse(server_name, &address)
                      ? X509_check_ip_asc(leaf->x509, server_name, 0)
                      : X509_check_host(leaf->x509, server_name, strlen(server_name), 0, NULL);
    return matches == 1 ? CHAIN_NAME_MATCHES : CHAIN_NAME_DIFFERS;
}

static bool has_service_marker(const char *markers)
{
    for (const char *at = markers; at != NULL && *at != '\0';) {
        if (strncmp(at, APPLE_SERVICE_ARC, strlen(APPLE_SERVICE_ARC)) == 0)
            return true;
        at = strchr(at, ',');
        if (at != NULL)
            at++;
    }
    return false;
}

void chain_judge(const struct certificate *const *sent, size_t count, int64_t time,
                 const char *server_name, struct trust_store *store, struct chain_result *result)
{
    struct path path;
    memset(result, 0, sizeof *result);
    result->limit = TIMESTAMP_NONE;
    if (count == 0 || sent[0]->x509 == NULL)
        return;
    if (count > CHAIN_LIMIT)
        count = CHAIN_LIMIT;
    path_build(&path, sent, count);
    result->readable = true;
    root_find(sent, count, store, result);
    result->apple_marker = result->root == TRUST_APPLE && has_service_marker(sent[0]->markers);
    result->self_signed = path.whole && path.length == 1;
    result->whole = path.whole;
    if (path.length > 1)
        result->signatures = CHAIN_SOUND;
    if (path.broken)
        result->signatures = CHAIN_BROKEN;
    dates_judge(&path, time, result);
    result->name = name_judge(sent[0], server_name);
    name_copy(result->issuer, sent[0]->issuer);
    name_copy(result->top_issuer, path.links[path.length - 1]->issuer);
    ERR_clear_error();
}
