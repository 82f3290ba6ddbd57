/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this certificate say of itself?  DER comes in (RFC 5280 section 4), the
 * texts of a fact go out.  libcrypto takes it apart; every text is cut to a fixed
 * size, and bytes that are not to be printed are escaped.
 */
#include "certificates/certificate.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/asn1.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "certificates/certificate_private.h"

#define SERIAL_LIMIT 64 /* bytes */
#define SECONDS_PER_DAY INT64_C(86400)
#define OID_SIZE 128
#define APPLE_EXTENSION_ARC "1.2.840.113635.100.6."

/* Adds a piece whole or not at all. */
static bool piece_add(char *text, size_t size, const char *piece, size_t length)
{
    size_t used = strlen(text);
    if (length >= size - used)
        return false;
    memcpy(text + used, piece, length);
    text[used + length] = '\0';
    return true;
}

/* Adds foreign text, in the same dress as text_add_printable gives it. */
static void foreign_add(char *text, size_t size, const char *foreign)
{
    while (*foreign != '\0') {
        size_t length = text_printable_length(foreign);
        char escaped[5];
        if (length > 0) {
            if (!piece_add(text, size, foreign, length))
                return;
            foreign += length;
            continue;
        }
        snprintf(escaped, sizeof escaped, "\\x%02x", (unsigned)(uint8_t)*foreign);
        if (!piece_add(text, size, escaped, 4))
            return;
        foreign++;
    }
}

bool certificate_fingerprint(struct bytes der, char hexadecimal[CERTIFICATE_SHA256_SIZE])
{
    uint8_t digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    if (EVP_Digest(der.data, der.length, digest, &length, EVP_sha256(), NULL) != 1 || length != 32)
        return false;
    text_put_hexadecimal(hexadecimal, digest, length);
    return true;
}

static bool name_print(const X509_NAME *name, unsigned long flags, char *text)
{
    BIO *memory = BIO_new(BIO_s_mem());
    char *content = NULL;
    bool printed = memory != NULL && X509_NAME_print_ex(memory, name, 0, flags) >= 0 &&
                   BIO_write(memory, "", 1) == 1 && BIO_get_mem_data(memory, &content) > 0;
    if (printed)
        foreign_add(text, CERTIFICATE_NAME_SIZE, content);
    BIO_free(memory);
    return printed;
}

/* RFC 4514. Where a string is not of the type that it claims, its bytes are taken one by one. */
static bool name_set(const X509_NAME *name, char *text)
{
    unsigned long flags = XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
    unsigned long bytewise =
        (flags & ~(unsigned long)ASN1_STRFLGS_UTF8_CONVERT) | ASN1_STRFLGS_IGNORE_TYPE;
    return name != NULL && (name_print(name, flags, text) || name_print(name, bytewise, text));
}

/* Nanoseconds; what lies beyond their range (9999-12-31 means "never") becomes the end of it. */
static int64_t time_read(const ASN1_TIME *time)
{
    int64_t limit = INT64_MAX / NANOSECONDS_PER_SECOND - 1;
    int64_t seconds;
    int days = 0, rest = 0;
    ASN1_TIME *epoch = time == NULL ? NULL : ASN1_TIME_set(NULL, 0);
    bool read = epoch != NULL && ASN1_TIME_check(time) == 1 &&
                ASN1_TIME_diff(&days, &rest, epoch, time) == 1;
    ASN1_TIME_free(epoch);
    if (!read)
        return TIMESTAMP_NONE;
    seconds = days * SECONDS_PER_DAY + rest;
    if (seconds > limit)
        return INT64_MAX;
    return seconds < -limit ? -limit * NANOSECONDS_PER_SECOND : seconds * NANOSECONDS_PER_SECOND;
}

static void serial_set(const ASN1_INTEGER *serial, char *text)
{
    struct bytes value;
    uint8_t byte;
    if (serial == NULL || ASN1_STRING_length(serial) <= 0)
        return;
    value = bytes_of(ASN1_STRING_get0_data(serial), (size_t)ASN1_STRING_length(serial));
    value = bytes_first(value, SERIAL_LIMIT);
    if (ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER)
        piece_add(text, CERTIFICATE_SERIAL_SIZE, "-", 1);
    while (bytes_read_u8(&value, &byte)) {
        char pair[3];
        text_put_hexadecimal(pair, &byte, 1);
        piece_add(text, CERTIFICATE_SERIAL_SIZE, pair, 2);
    }
}

/* One DNS name in lower case; all that a host name or its wildcard cannot hold is escaped. */
static bool dns_name_set(const ASN1_STRING *name, char *text, size_t size)
{
    struct bytes value;
    size_t length = 0;
    uint8_t byte;
    text[0] = '\0';
    if (name == NULL || ASN1_STRING_length(name) <= 0)
        return false;
    value = bytes_of(ASN1_STRING_get0_data(name), (size_t)ASN1_STRING_length(name));
    while (bytes_read_u8(&value, &byte)) {
        char plain = (char)(byte >= 'A' && byte <= 'Z' ? byte - 'A' + 'a' : byte);
        bool allowed = (plain >= 'a' && plain <= 'z') || (plain >= '0' && plain <= '9') ||
                       (plain != '\0' && strchr("-_.*", plain) != NULL);
        if (!text_put_byte(text, size, &length, allowed ? (uint8_t)plain : byte, allowed))
            return false;
    }
    return true;
}

/* RFC 5280 section 4.2.1.6. A name that has no room left is passed over. */
static void names_set(const X509 *x509, char *text)
{
    GENERAL_NAMES *names = X509_get_ext_d2i(x509, NID_subject_alt_name, NULL, NULL);
    for (int i = 0; names != NULL && i < sk_GENERAL_NAME_num(names); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(names, i);
        char one[1100];
        bool first = text[0] == '\0';
        if (name->type != GEN_DNS || !dns_name_set(name->d.dNSName, one + 1, sizeof one - 1))
            continue;
        one[0] = ',';
        piece_add(text, CERTIFICATE_NAMES_SIZE, first ? one + 1 : one,
                  strlen(first ? one + 1 : one));
    }
    GENERAL_NAMES_free(names);
}

/* RFC 3279 section 2.3: the algorithm; the size of an RSA key, the curve of an EC one. */
static void key_set(X509 *x509, char *text)
{
    ASN1_OBJECT *algorithm = NULL;
    X509_ALGOR *identifier = NULL;
    const void *parameter = NULL;
    int parameter_type = 0, type;
    EVP_PKEY *key = X509_get0_pubkey(x509);
    X509_PUBKEY *info = X509_get_X509_PUBKEY(x509);
    if (info == NULL || X509_PUBKEY_get0_param(&algorithm, NULL, NULL, &identifier, info) != 1)
        return;
    type = OBJ_obj2nid(algorithm);
    X509_ALGOR_get0(NULL, &parameter_type, &parameter, identifier);
    if (type == NID_X9_62_id_ecPublicKey && parameter_type == V_ASN1_OBJECT)
        snprintf(text, CERTIFICATE_KEY_SIZE, "EC %s", OBJ_nid2sn(OBJ_obj2nid(parameter)));
    else if (type == NID_X9_62_id_ecPublicKey)
        snprintf(text, CERTIFICATE_KEY_SIZE, "EC");
    else if (type == NID_rsaEncryption && key != NULL)
        snprintf(text, CERTIFICATE_KEY_SIZE, "RSA %d", EVP_PKEY_bits(key));
    else if (type == NID_rsaEncryption)
        snprintf(text, CERTIFICATE_KEY_SIZE, "RSA");
    else
        OBJ_obj2txt(text, CERTIFICATE_KEY_SIZE, algorithm, 0);
}

static void markers_set(const X509 *x509, char *text)
{
    for (int i = 0; i < X509_get_ext_count(x509); i++) {
        char oid[OID_SIZE] = ",";
        bool first = text[0] == '\0';
        int length = OBJ_obj2txt(oid + 1, sizeof oid - 1,
                                 X509_EXTENSION_get_object(X509_get_ext(x509, i)), 1);
        if (length <= 0 || (size_t)length >= sizeof oid - 1 ||
            strncmp(oid + 1, APPLE_EXTENSION_ARC, strlen(APPLE_EXTENSION_ARC)) != 0)
            continue;
        piece_add(text, CERTIFICATE_MARKERS_SIZE, first ? oid + 1 : oid,
                  strlen(first ? oid + 1 : oid));
    }
}

static bool authority_read(const X509 *x509)
{
    BASIC_CONSTRAINTS *constraints = X509_get_ext_d2i(x509, NID_basic_constraints, NULL, NULL);
    bool authority = constraints != NULL && constraints->ca != 0;
    BASIC_CONSTRAINTS_free(constraints);
    return authority;
}

/* Bytes behind the certificate make it none: RFC 8446 section 4.4.2 gives each its length. */
static X509 *x509_read(struct bytes der)
{
    const unsigned char *at = der.data;
    X509 *x509 = NULL;
    if (der.length > 0 && der.length <= LONG_MAX)
        x509 = d2i_X509(NULL, &at, (long)der.length);
    if (x509 != NULL && at != der.data + der.length) {
        X509_free(x509);
        x509 = NULL;
    }
    return x509;
}

static void certificate_fill(struct certificate *certificate)
{
    X509 *x509 = certificate->x509;
    certificate->has_subject = name_set(X509_get_subject_name(x509), certificate->subject);
    certificate->has_issuer = name_set(X509_get_issuer_name(x509), certificate->issuer);
    certificate->not_before = time_read(X509_get0_notBefore(x509));
    certificate->not_after = time_read(X509_get0_notAfter(x509));
    certificate->authority = authority_read(x509);
    serial_set(X509_get0_serialNumber(x509), certificate->serial);
    names_set(x509, certificate->names);
    key_set(x509, certificate->key);
    markers_set(x509, certificate->markers);
}

struct certificate *certificate_read(struct bytes der)
{
    struct certificate *certificate = calloc(1, sizeof *certificate);
    if (certificate == NULL)
        return NULL;
    certificate->not_before = certificate->not_after = TIMESTAMP_NONE;
    certificate->der = malloc(der.length > 0 ? der.length : 1);
    if (certificate->der == NULL || !certificate_fingerprint(der, certificate->sha256)) {
        certificate_release(certificate);
        return NULL;
    }
    if (der.length > 0)
        memcpy(certificate->der, der.data, der.length);
    certificate->length = der.length;
    certificate->x509 = x509_read(der);
    if (certificate->x509 != NULL)
        certificate_fill(certificate);
    ERR_clear_error(); /* what libcrypto did not like is a result */
    return certificate;
}

void certificate_release(struct certificate *certificate)
{
    if (certificate == NULL)
        return;
    X509_free(certificate->x509);
    free(certificate->der);
    free(certificate);
}

static const char *known(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

void certificate_describe(const struct certificate *certificate, struct fact_certificate *fact)
{
    fact->sha256 = certificate->sha256;
    fact->subject = certificate->has_subject ? certificate->subject : NULL;
    fact->issuer = certificate->has_issuer ? certificate->issuer : NULL;
    fact->serial = known(certificate->serial);
    fact->not_before = certificate->not_before;
    fact->not_after = certificate->not_after;
    fact->names = known(certificate->names);
    fact->key = known(certificate->key);
    fact->markers = known(certificate->markers);
    fact->authority = certificate->authority;
    fact->der = bytes_of(certificate->der, certificate->length);
}
