/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Certificates for tests, made on the spot: who is certified, by whom, from when to when,
 * for which names, with which of Apple's markers.
 */
#ifndef APPLEPATH_TESTS_SUPPORT_CERTIFICATES_H
#define APPLEPATH_TESTS_SUPPORT_CERTIFICATES_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "base/bytes.h"
#include "base/timestamp.h"

/* A certificate and its key; an authority may sign others. */
struct made {
    X509 *x509;
    EVP_PKEY *key;
    uint8_t *der;
    size_t length;
};

/* What to make; names as "O=School,CN=School Web Filter", in the order of the DER. */
struct recipe {
    const char *subject;
    const struct made *issuer; /* NULL: it signs itself */
    const char *claimed_issuer; /* another name than the issuer's; NULL: the true one */
    const char *names; /* "DNS:gs.apple.com,DNS:*.example"; NULL: none */
    const char *marker; /* an OID; NULL: none */
    const char *from, *until; /* RFC 3339; NULL: 2020 and 2040 */
    bool authority;
    bool sha1; /* signed with SHA-1 */
};

static inline X509_NAME *made_name(const char *text)
{
    X509_NAME *name = X509_NAME_new();
    char copy[2048];
    snprintf(copy, sizeof copy, "%s", text);
    for (char *at = strtok(copy, ","); at != NULL; at = strtok(NULL, ",")) {
        char *value = strchr(at, '=');
        assert_non_null(value);
        *value++ = '\0';
        assert_int_equal(X509_NAME_add_entry_by_txt(name, at, MBSTRING_UTF8,
                                                    (const unsigned char *)value, -1, -1, 0),
                         1);
    }
    return name;
}

static inline void made_extension(X509 *x509, int type, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, x509, x509, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, type, value);
    assert_non_null(extension);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
}

/* Its content is an ASN.1 NULL, and it is critical: what does not know it must not mind. */
static inline void made_marker(X509 *x509, const char *oid)
{
    static const unsigned char null[] = {0x05, 0x00};
    ASN1_OBJECT *object = OBJ_txt2obj(oid, 1);
    ASN1_OCTET_STRING *content = ASN1_OCTET_STRING_new();
    assert_int_equal(ASN1_OCTET_STRING_set(content, null, sizeof null), 1);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, content);
    assert_int_equal(X509_add_ext(x509, extension, -1), 1);
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(content);
    ASN1_OBJECT_free(object);
}

static inline void made_time(ASN1_TIME *time, const char *text, const char *otherwise)
{
    int64_t value;
    if (text != NULL && strncmp(text, "9999", 4) == 0) { /* "never", RFC 5280 section 4.1.2.5 */
        assert_int_equal(ASN1_TIME_set_string(time, "99991231235959Z"), 1);
        return;
    }
    assert_true(timestamp_parse(text != NULL ? text : otherwise, &value));
    assert_non_null(ASN1_TIME_set(time, (time_t)(value / NANOSECONDS_PER_SECOND)));
}

static inline EVP_PKEY *made_key(void)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(EVP_PKEY_EC, NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1), 1);
    assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

static inline struct made make_certificate(const struct recipe *recipe)
{
    static long serial = 0x1000;
    struct made made = {.x509 = X509_new(), .key = made_key()};
    X509_NAME *subject = made_name(recipe->subject);
    X509_NAME *claimed = recipe->claimed_issuer == NULL ? NULL : made_name(recipe->claimed_issuer);
    const X509_NAME *issuer =
        recipe->issuer == NULL ? subject : X509_get_subject_name(recipe->issuer->x509);
    X509_set_version(made.x509, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made.x509), ++serial);
    X509_set_subject_name(made.x509, subject);
    X509_set_issuer_name(made.x509, claimed != NULL ? claimed : issuer);
    X509_set_pubkey(made.x509, made.key);
    made_time(X509_getm_notBefore(made.x509), recipe->from, "2020-01-01");
    made_time(X509_getm_notAfter(made.x509), recipe->until, "2040-01-01");
    if (recipe->authority)
        made_extension(made.x509, NID_basic_constraints, "critical,CA:TRUE");
    if (recipe->names != NULL)
        made_extension(made.x509, NID_subject_alt_name, recipe->names);
    if (recipe->marker != NULL)
        made_marker(made.x509, recipe->marker);
    assert_int_not_equal(X509_sign(made.x509,
                                   recipe->issuer == NULL ? made.key : recipe->issuer->key,
                                   recipe->sha1 ? EVP_sha1() : EVP_sha256()),
                         0);
    int length = i2d_X509(made.x509, &made.der);
    assert_true(length > 0);
    made.length = (size_t)length;
    X509_NAME_free(subject);
    X509_NAME_free(claimed);
    return made;
}

static inline struct bytes made_der(const struct made *made)
{
    return bytes_of(made->der, made->length);
}

static inline void made_release(struct made *made)
{
    X509_free(made->x509);
    EVP_PKEY_free(made->key);
    OPENSSL_free(made->der);
    memset(made, 0, sizeof *made);
}

/* Writes certificates into a PEM file, one after the other. */
static inline void made_write(const char *path, const struct made *const *list, size_t count)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < count; i++)
        assert_int_equal(PEM_write_X509(file, list[i]->x509), 1);
    assert_int_equal(fclose(file), 0);
}

#endif
