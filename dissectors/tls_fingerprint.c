/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fingerprints of hellos: numbers of ciphers, extensions, groups and so on come
 * in, short texts go out.  JA3 joins them as they came and takes the MD5; JA4 sorts
 * ciphers and extensions, so that a client that shuffles them looks the same.
 * GREASE (RFC 8701) is left out of all of them.
 */
#include "dissectors/tls_fingerprint.h"

#include <stdio.h>
#include <stdlib.h>

#include <openssl/evp.h>

#include "base/text.h"

#define CODE_LIMIT 512u /* numbers in one list; more are sent by no software */
#define COUNT_SHOWN 99u
#define JA4_HASH_SIZE 13 /* twelve digits and a terminator */

enum { EXTENSION_SERVER_NAME = 0, EXTENSION_ALPN = 16 };

/* Numbers of one kind, in order. */
struct codes {
    uint16_t values[CODE_LIMIT];
    size_t count;
    bool overflow;
};

static void codes_add(struct codes *codes, uint16_t value)
{
    if (tls_is_grease(value))
        return;
    if (codes->count == CODE_LIMIT)
        codes->overflow = true;
    else
        codes->values[codes->count++] = value;
}

static void codes_of_pairs(struct codes *codes, struct bytes list)
{
    uint16_t value;
    codes->count = 0;
    codes->overflow = false;
    while (bytes_read_u16(&list, &value))
        codes_add(codes, value);
}

static void codes_of_extensions(struct codes *codes, struct bytes list)
{
    struct bytes data;
    uint16_t type;
    codes->count = 0;
    codes->overflow = false;
    while (bytes_read_u16(&list, &type) && bytes_take_u16_prefixed(&list, &data))
        codes_add(codes, type);
}

/* JA3: decimal, with '-' between them. False when there were too many. */
static bool codes_join(const struct codes *codes, struct text *text)
{
    for (size_t i = 0; i < codes->count; i++)
        text_add_format(text, "%s%u", i > 0 ? "-" : "", (unsigned)codes->values[i]);
    return !codes->overflow;
}

/* JA4: four hexadecimal digits each, with ',' between them. */
static void codes_list(const struct codes *codes, struct text *text)
{
    for (size_t i = 0; i < codes->count; i++)
        text_add_format(text, "%s%04x", i > 0 ? "," : "", (unsigned)codes->values[i]);
}

/* The first digits of the hash of a text, as many as `size` has room for. */
static void digest_write(const struct text *text, const EVP_MD *method, char *written, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    written[0] = '\0';
    if (text->failed ||
        EVP_Digest(text_content(text), text->length, digest, &length, method, NULL) != 1)
        return;
    text_put_hexadecimal(written, digest, length < (size - 1) / 2 ? length : (size - 1) / 2);
}

/* False when there was no memory for all of the text. */
static bool let_go(struct text *text)
{
    bool whole = !text->failed;
    text_release(text);
    return whole;
}

bool tls_fingerprint_ja3(const struct tls_client_hello *hello, char text[TLS_MD5_SIZE])
{
    struct text joined = {NULL, 0, 0, false};
    struct bytes formats = hello->point_formats;
    struct codes codes;
    uint8_t format;
    text_add_format(&joined, "%u,", (unsigned)hello->legacy_version);
    codes_of_pairs(&codes, hello->ciphers);
    bool whole = codes_join(&codes, &joined);
    text_add(&joined, ",");
    codes_of_extensions(&codes, hello->extensions);
    whole = codes_join(&codes, &joined) && whole;
    text_add(&joined, ",");
    codes_of_pairs(&codes, hello->group_codes);
    whole = codes_join(&codes, &joined) && whole;
    for (char between = ','; bytes_read_u8(&formats, &format); between = '-')
        text_add_format(&joined, "%c%u", between, (unsigned)format);
    if (bytes_empty(hello->point_formats))
        text_add(&joined, ",");
    text[0] = '\0';
    if (whole)
        digest_write(&joined, EVP_md5(), text, TLS_MD5_SIZE);
    return let_go(&joined);
}

bool tls_fingerprint_ja3s(const struct tls_server_hello *hello, char text[TLS_MD5_SIZE])
{
    struct text joined = {NULL, 0, 0, false};
    struct codes codes;
    text_add_format(&joined, "%u,%u,", (unsigned)hello->legacy_version, (unsigned)hello->cipher);
    codes_of_extensions(&codes, hello->extensions);
    text[0] = '\0';
    if (codes_join(&codes, &joined))
        digest_write(&joined, EVP_md5(), text, TLS_MD5_SIZE);
    return let_go(&joined);
}

static int compare_codes(const void *left, const void *right)
{
    const uint16_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void codes_sort(struct codes *codes)
{
    if (codes->count > 1)
        qsort(codes->values, codes->count, sizeof codes->values[0], compare_codes);
}

/* The highest that was offered, drafts included. */
static const char *ja4_version(const struct tls_client_hello *hello)
{
    static const struct {
        uint16_t version;
        char name[3];
    } names[] = {{0x0304, "13"}, {0x0303, "12"}, {0x0302, "11"}, {0x0301, "10"}, {0x0300, "s3"},
                 {0x0002, "s2"}, {0xfeff, "d1"}, {0xfefd, "d2"}, {0xfefc, "d3"}};
    struct bytes versions = hello->versions;
    uint16_t version, best = 0;
    while (bytes_read_u16(&versions, &version))
        if (!tls_is_grease(version) && version > best)
            best = version;
    if (best == 0)
        best = hello->legacy_version;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].version == best)
            return names[i].name;
    return "00";
}

static bool is_alphanumeric(uint8_t byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= 'a' && byte <= 'z');
}

/* Its first and last letter; where either is none, the first and last digit of its
 * bytes in hexadecimal. */
static void ja4_protocol(struct bytes protocol, char letters[3])
{
    uint8_t first, last;
    char digits[5];
    letters[0] = letters[1] = '0';
    letters[2] = '\0';
    if (!bytes_peek_u8(protocol, 0, &first) || !bytes_peek_u8(protocol, protocol.length - 1, &last))
        return;
    bool plain = is_alphanumeric(first) && is_alphanumeric(last);
    text_put_hexadecimal(digits, (const uint8_t[]){first, last}, 2);
    letters[0] = plain ? (char)first : digits[0];
    letters[1] = plain ? (char)last : digits[3];
}

/* Twelve digits; zeros for an empty list. */
static void ja4_digest(const struct codes *codes, const struct text *text,
                       char written[JA4_HASH_SIZE])
{
    if (codes->count == 0)
        snprintf(written, JA4_HASH_SIZE, "%s", "000000000000");
    else
        digest_write(text, EVP_sha256(), written, JA4_HASH_SIZE);
}

static bool ja4_ciphers(struct codes *ciphers, char written[JA4_HASH_SIZE])
{
    struct text list = {NULL, 0, 0, false};
    codes_sort(ciphers);
    codes_list(ciphers, &list);
    ja4_digest(ciphers, &list, written);
    return let_go(&list);
}

/* Sorted, without the name and ALPN, which change with the server; the signature
 * algorithms follow in the client's own order. */
static bool ja4_extensions(const struct tls_client_hello *hello, const struct codes *extensions,
                           char written[JA4_HASH_SIZE])
{
    struct text list = {NULL, 0, 0, false};
    struct codes hashed = {.count = 0}, algorithms;
    for (size_t i = 0; i < extensions->count; i++)
        if (extensions->values[i] != EXTENSION_SERVER_NAME &&
            extensions->values[i] != EXTENSION_ALPN)
            codes_add(&hashed, extensions->values[i]);
    codes_sort(&hashed);
    codes_list(&hashed, &list);
    codes_of_pairs(&algorithms, hello->signature_algorithms);
    if (algorithms.count > 0)
        text_add(&list, "_");
    codes_list(&algorithms, &list);
    if (!algorithms.overflow)
        ja4_digest(&hashed, &list, written);
    return let_go(&list);
}

static unsigned count_shown(const struct codes *codes)
{
    return codes->count > COUNT_SHOWN ? COUNT_SHOWN : (unsigned)codes->count;
}

bool tls_fingerprint_ja4(const struct tls_client_hello *hello, char carrier,
                         char text[TLS_JA4_SIZE])
{
    struct codes ciphers, extensions;
    char protocol[3], first[JA4_HASH_SIZE] = "", second[JA4_HASH_SIZE] = "";
    text[0] = '\0';
    codes_of_pairs(&ciphers, hello->ciphers);
    codes_of_extensions(&extensions, hello->extensions);
    if (ciphers.overflow || extensions.overflow)
        return true;
    if (!ja4_ciphers(&ciphers, first) || !ja4_extensions(hello, &extensions, second))
        return false;
    ja4_protocol(hello->first_protocol, protocol);
    if (first[0] == '\0' || second[0] == '\0')
        return true;
    snprintf(text, TLS_JA4_SIZE, "%c%s%c%02u%02u%s_%s_%s", carrier, ja4_version(hello),
             hello->has_server_name ? 'd' : 'i', count_shown(&ciphers), count_shown(&extensions),
             protocol, first, second);
    return true;
}
