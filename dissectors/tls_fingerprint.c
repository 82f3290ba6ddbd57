/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The fingerprints of hellos: numbers of ciphers, extensions, groups and so on come
 * in, short texts go out.  JA3 joins them as they came and takes the MD5; JA4 sorts
 * ciphers and extensions, so that a client that shuffles them looks the same.
 * GREASE (RFC 8701) is left out of all of them.
 */
#include "dissectors/tls_fingerprint.h"

#include <stdlib.h>

#include <openssl/evp.h>

#include "base/text.h"

#define CODE_LIMIT 512u /* numbers in one list; more are sent by no software */
#define COUNT_SHOWN 99u
#define JA4_HASH_SIZE 13 /* twelve digits and a terminator */
#define SORTED_SHORT 32u /* longer lists are nobody's: they are sorted by qsort */
#define DIGITS_LIMIT 6u /* of a number, with what stands before it */
#define JOINED_SIZE ((2u + 3u * CODE_LIMIT + UINT8_MAX) * DIGITS_LIMIT)

enum { EXTENSION_SERVER_NAME = 0, EXTENSION_ALPN = 16 };

/* One algorithm: libcrypto looks it up at the first use, which costs more than any digest
 * here, and keeps it in the context. */
struct digester {
    EVP_MD_CTX *context;
    bool begun;
};

struct tls_fingerprinter {
    struct digester md5;
    struct digester sha256;
    size_t length;
    char joined[JOINED_SIZE]; /* what is digested */
};

/* Numbers of one kind, in order. */
struct codes {
    uint16_t values[CODE_LIMIT];
    size_t count;
    bool overflow;
};

struct tls_fingerprinter *tls_fingerprinter_create(void)
{
    struct tls_fingerprinter *made = malloc(sizeof *made);
    if (made == NULL)
        return NULL;
    made->md5 = (struct digester){EVP_MD_CTX_new(), false};
    made->sha256 = (struct digester){EVP_MD_CTX_new(), false};
    if (made->md5.context != NULL && made->sha256.context != NULL)
        return made;
    tls_fingerprinter_release(made);
    return NULL;
}

void tls_fingerprinter_release(struct tls_fingerprinter *fingerprinter)
{
    if (fingerprinter == NULL)
        return;
    EVP_MD_CTX_free(fingerprinter->md5.context);
    EVP_MD_CTX_free(fingerprinter->sha256.context);
    free(fingerprinter);
}

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

static void add_character(struct tls_fingerprinter *text, char character)
{
    text->joined[text->length++] = character;
}

static void add_decimal(struct tls_fingerprinter *text, unsigned number)
{
    text->length += text_put_decimal(text->joined + text->length, number);
}

/* JA3: decimal, with '-' between them. False when there were too many. */
static bool add_codes(struct tls_fingerprinter *text, const struct codes *codes)
{
    for (size_t i = 0; i < codes->count; i++) {
        if (i > 0)
            add_character(text, '-');
        add_decimal(text, codes->values[i]);
    }
    return !codes->overflow;
}

/* JA4: four hexadecimal digits each, with ',' between them. */
static void add_hexadecimal(struct tls_fingerprinter *text, const struct codes *codes)
{
    for (size_t i = 0; i < codes->count; i++) {
        uint16_t value = codes->values[i];
        if (i > 0)
            add_character(text, ',');
        text_put_hexadecimal(text->joined + text->length,
                             (const uint8_t[]){(uint8_t)(value >> 8), (uint8_t)value}, 2);
        text->length += 4;
    }
}

static bool digest_begin(struct digester *digester, const EVP_MD *method)
{
    if (digester->begun)
        return EVP_DigestInit_ex(digester->context, NULL, NULL) == 1;
    digester->begun = EVP_DigestInit_ex(digester->context, method, NULL) == 1;
    return digester->begun;
}

/* The first digits of the hash of the text, as many as `size` has room for. */
static void digest_write(const struct tls_fingerprinter *text, struct digester *digester,
                         const EVP_MD *method, char *written, size_t size)
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    written[0] = '\0';
    if (!digest_begin(digester, method) ||
        EVP_DigestUpdate(digester->context, text->joined, text->length) != 1 ||
        EVP_DigestFinal_ex(digester->context, digest, &length) != 1)
        return;
    text_put_hexadecimal(written, digest, length < (size - 1) / 2 ? length : (size - 1) / 2);
}

void tls_fingerprint_ja3(struct tls_fingerprinter *fingerprinter,
                         const struct tls_client_hello *hello, char text[TLS_MD5_SIZE])
{
    struct bytes formats = hello->point_formats;
    struct codes codes;
    uint8_t format;
    fingerprinter->length = 0;
    add_decimal(fingerprinter, hello->legacy_version);
    add_character(fingerprinter, ',');
    codes_of_pairs(&codes, hello->ciphers);
    bool whole = add_codes(fingerprinter, &codes);
    add_character(fingerprinter, ',');
    codes_of_extensions(&codes, hello->extensions);
    whole = add_codes(fingerprinter, &codes) && whole;
    add_character(fingerprinter, ',');
    codes_of_pairs(&codes, hello->group_codes);
    whole = add_codes(fingerprinter, &codes) && whole;
    if (bytes_empty(formats))
        add_character(fingerprinter, ',');
    for (char between = ','; bytes_read_u8(&formats, &format); between = '-') {
        add_character(fingerprinter, between);
        add_decimal(fingerprinter, format);
    }
    text[0] = '\0';
    if (whole)
        digest_write(fingerprinter, &fingerprinter->md5, EVP_md5(), text, TLS_MD5_SIZE);
}

void tls_fingerprint_ja3s(struct tls_fingerprinter *fingerprinter,
                          const struct tls_server_hello *hello, char text[TLS_MD5_SIZE])
{
    struct codes codes;
    fingerprinter->length = 0;
    add_decimal(fingerprinter, hello->legacy_version);
    add_character(fingerprinter, ',');
    add_decimal(fingerprinter, hello->cipher);
    add_character(fingerprinter, ',');
    codes_of_extensions(&codes, hello->extensions);
    text[0] = '\0';
    if (add_codes(fingerprinter, &codes))
        digest_write(fingerprinter, &fingerprinter->md5, EVP_md5(), text, TLS_MD5_SIZE);
}

static int compare_codes(const void *left, const void *right)
{
    const uint16_t *a = left, *b = right;
    return (*a > *b) - (*a < *b);
}

static void codes_sort(struct codes *codes)
{
    if (codes->count > SORTED_SHORT) {
        qsort(codes->values, codes->count, sizeof codes->values[0], compare_codes);
        return;
    }
    for (size_t i = 1; i < codes->count; i++) {
        uint16_t value = codes->values[i];
        size_t at = i;
        for (; at > 0 && codes->values[at - 1] > value; at--)
            codes->values[at] = codes->values[at - 1];
        codes->values[at] = value;
    }
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
static void ja4_digest(struct tls_fingerprinter *text, const struct codes *codes,
                       char written[JA4_HASH_SIZE])
{
    if (codes->count == 0)
        memcpy(written, "000000000000", JA4_HASH_SIZE);
    else
        digest_write(text, &text->sha256, EVP_sha256(), written, JA4_HASH_SIZE);
}

static void ja4_ciphers(struct tls_fingerprinter *text, struct codes *ciphers,
                        char written[JA4_HASH_SIZE])
{
    text->length = 0;
    codes_sort(ciphers);
    add_hexadecimal(text, ciphers);
    ja4_digest(text, ciphers, written);
}

static void codes_without_server(struct codes *kept, const struct codes *extensions)
{
    size_t count = 0;
    for (size_t i = 0; i < extensions->count; i++) {
        uint16_t code = extensions->values[i];
        kept->values[count] = code;
        count += code != EXTENSION_SERVER_NAME && code != EXTENSION_ALPN;
    }
    kept->count = count;
}

/* Sorted, without the name and ALPN, which change with the server; the signature
 * algorithms follow in the client's own order. */
static void ja4_extensions(struct tls_fingerprinter *text, const struct tls_client_hello *hello,
                           const struct codes *extensions, char written[JA4_HASH_SIZE])
{
    struct codes hashed, algorithms;
    codes_without_server(&hashed, extensions);
    text->length = 0;
    codes_sort(&hashed);
    add_hexadecimal(text, &hashed);
    codes_of_pairs(&algorithms, hello->signature_algorithms);
    if (algorithms.count > 0)
        add_character(text, '_');
    add_hexadecimal(text, &algorithms);
    if (!algorithms.overflow)
        ja4_digest(text, &hashed, written);
}

/* Two digits; more than a hundred are counted as 99. */
static char *put_count(char *at, const struct codes *codes)
{
    unsigned count = codes->count > COUNT_SHOWN ? COUNT_SHOWN : (unsigned)codes->count;
    *at++ = (char)('0' + count / 10);
    *at++ = (char)('0' + count % 10);
    return at;
}

static char *put_text(char *at, const char *text)
{
    while (*text != '\0')
        *at++ = *text++;
    return at;
}

void tls_fingerprint_ja4(struct tls_fingerprinter *fingerprinter,
                         const struct tls_client_hello *hello, char carrier,
                         char text[TLS_JA4_SIZE])
{
    struct codes ciphers, extensions;
    char protocol[3], first[JA4_HASH_SIZE] = "", second[JA4_HASH_SIZE] = "", *at = text;
    text[0] = '\0';
    codes_of_pairs(&ciphers, hello->ciphers);
    codes_of_extensions(&extensions, hello->extensions);
    if (ciphers.overflow || extensions.overflow)
        return;
    ja4_ciphers(fingerprinter, &ciphers, first);
    ja4_extensions(fingerprinter, hello, &extensions, second);
    if (first[0] == '\0' || second[0] == '\0')
        return;
    ja4_protocol(hello->first_protocol, protocol);
    *at++ = carrier;
    at = put_text(at, ja4_version(hello));
    *at++ = hello->has_server_name ? 'd' : 'i';
    at = put_text(put_count(put_count(at, &ciphers), &extensions), protocol);
    *at++ = '_';
    at = put_text(at, first);
    *at++ = '_';
    *put_text(at, second) = '\0';
}
