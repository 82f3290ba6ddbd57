/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bit i of a pseudonym is bit i of the original, turned by AES of the i bits before it:
 * two addresses that share n bits have pseudonyms that share n bits, and no two have the
 * same.  What says which class an address is of stays.  Names are HMAC-SHA-256 of the
 * original (RFC 2104), cut to its length.
 */
#include "reports/pseudonyms.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/array.h"
#include "catalog/encrypted_resolvers.h"
#include "reports/pseudonyms_private.h"

#define BLOCK 16u
#define BUCKET_COUNT 16384u
#define DIGEST_SIZE 32u
#define NAME_LIMIT 512u

/* What is replaced is told apart, so that one's pseudonyms say nothing of the other's. */
enum domain { DOMAIN_IPV4 = 4, DOMAIN_IPV6 = 6, DOMAIN_MAC = 48 };

struct bucket {
    struct pseudonym_word *words;
    size_t count;
    size_t capacity;
};

struct pseudonyms {
    const struct catalog *apple;
    EVP_CIPHER_CTX *cipher;
    uint8_t pad[BLOCK];
    uint8_t name_key[DIGEST_SIZE];
    struct bucket buckets[BUCKET_COUNT];
    struct prefix *networks; /* the site's public ones, sorted */
    size_t network_count;
    size_t network_capacity;
    size_t word_count;
    bool failed;
};

bool pseudonym_key_make(uint8_t key[PSEUDONYM_KEY_SIZE])
{
    return RAND_bytes(key, PSEUDONYM_KEY_SIZE) == 1;
}

static bool derive(const uint8_t *key, const char *purpose, uint8_t result[DIGEST_SIZE])
{
    unsigned length = DIGEST_SIZE;
    return HMAC(EVP_sha256(), key, PSEUDONYM_KEY_SIZE, (const unsigned char *)purpose,
                strlen(purpose), result, &length) != NULL;
}

static bool encrypt(struct pseudonyms *pseudonyms, const uint8_t *blocks, size_t size,
                    uint8_t *result)
{
    int length = 0;
    return EVP_EncryptUpdate(pseudonyms->cipher, result, &length, blocks, (int)size) == 1 &&
           (size_t)length == size;
}

struct pseudonyms *pseudonyms_create(const uint8_t key[PSEUDONYM_KEY_SIZE],
                                     const struct catalog *apple)
{
    uint8_t address_key[DIGEST_SIZE];
    struct pseudonyms *pseudonyms = calloc(1, sizeof *pseudonyms);
    if (pseudonyms == NULL)
        return NULL;
    pseudonyms->apple = apple;
    pseudonyms->cipher = EVP_CIPHER_CTX_new();
    /* AES-128 with half of the derived key; the other half, encrypted, fills blocks up. */
    if (pseudonyms->cipher != NULL && derive(key, "addresses", address_key) &&
        derive(key, "names", pseudonyms->name_key) &&
        EVP_EncryptInit_ex(pseudonyms->cipher, EVP_aes_128_ecb(), NULL, address_key, NULL) == 1 &&
        EVP_CIPHER_CTX_set_padding(pseudonyms->cipher, 0) == 1 &&
        encrypt(pseudonyms, address_key + BLOCK, BLOCK, pseudonyms->pad))
        return pseudonyms;
    pseudonyms_release(pseudonyms);
    return NULL;
}

void pseudonyms_release(struct pseudonyms *pseudonyms)
{
    if (pseudonyms == NULL)
        return;
    for (size_t i = 0; i < BUCKET_COUNT; i++) {
        for (size_t j = 0; j < pseudonyms->buckets[i].count; j++) {
            free(pseudonyms->buckets[i].words[j].word);
            free(pseudonyms->buckets[i].words[j].replacement);
        }
        free(pseudonyms->buckets[i].words);
    }
    free(pseudonyms->networks);
    EVP_CIPHER_CTX_free(pseudonyms->cipher);
    free(pseudonyms);
}

bool pseudonyms_complete(const struct pseudonyms *pseudonyms)
{
    return !pseudonyms->failed;
}

/* Replaces the bits of `octets` (`size`, up to 16) from `kept` on. */
static void turn_bits(struct pseudonyms *pseudonyms, enum domain domain, uint8_t *octets,
                      size_t size, size_t kept)
{
    uint8_t blocks[128 * BLOCK], turned[128 * BLOCK];
    for (size_t bit = kept; bit < size * 8; bit++) {
        uint8_t *block = &blocks[(bit - kept) * BLOCK];
        size_t whole = bit / 8;
        unsigned mask = 0xffu >> bit % 8;
        memcpy(block, pseudonyms->pad, BLOCK);
        block[BLOCK - 1] ^= (uint8_t)(size < BLOCK ? domain : 0);
        memcpy(block, octets, whole);
        block[whole] = (uint8_t)((octets[whole] & ~mask) | (pseudonyms->pad[whole] & mask));
    }
    if (!encrypt(pseudonyms, blocks, (size * 8 - kept) * BLOCK, turned)) {
        pseudonyms->failed = true;
        memset(octets, 0, size);
        return;
    }
    for (size_t bit = kept; bit < size * 8; bit++)
        octets[bit / 8] ^= (uint8_t)((turned[(bit - kept) * BLOCK] >> 7) << (7 - bit % 8));
}

/* How many bits say which class an IPv4 address is of: RFC 1918, RFC 6598, RFC 3927. */
static size_t ipv4_kept(const uint8_t *octets)
{
    if (octets[0] == 10)
        return 8;
    if (octets[0] == 172 && (octets[1] & 0xf0) == 16)
        return 12;
    if (octets[0] == 100 && (octets[1] & 0xc0) == 64)
        return 10;
    if ((octets[0] == 192 && octets[1] == 168) || (octets[0] == 169 && octets[1] == 254))
        return 16;
    return 0;
}

/* The same for IPv6: link-local (RFC 4291 section 2.5.6), and fd00::/8 (RFC 4193); and the
 * addresses of the solicited node (RFC 4291 section 2.7.1), whose end is the device's. */
static size_t ipv6_kept(const uint8_t *octets)
{
    static const uint8_t solicited[13] = {0xff, 0x02, [11] = 0x01, [12] = 0xff};
    if (octets[0] == 0xfe && (octets[1] & 0xc0) == 0x80)
        return 64;
    if ((octets[0] & 0xfe) == 0xfc)
        return 8;
    return memcmp(octets, solicited, sizeof solicited) == 0 ? 104 : 0;
}

static bool is_nat64(const struct address *address)
{
    static const uint8_t prefix[12] = {0, 0x64, 0xff, 0x9b};
    return memcmp(address->octets, prefix, sizeof prefix) == 0;
}

static bool is_of_networks(const struct pseudonyms *pseudonyms, const struct address *address)
{
    size_t low = 0, high = pseudonyms->network_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct prefix *network = &pseudonyms->networks[middle];
        if (prefix_contains(network, address))
            return true;
        if (address_compare(&network->address, address) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

bool pseudonyms_covers(const struct pseudonyms *pseudonyms, const struct address *address)
{
    struct address bare = address_through_nat64(address);
    if (address_is_none(&bare) || address_is_unspecified(&bare) || address_is_loopback(&bare))
        return false;
    if (!address_is_ipv4(&bare) && ipv6_kept(bare.octets) > 0)
        return true;
    if (address_is_multicast(&bare))
        return false;
    return address_is_private(&bare) || is_of_networks(pseudonyms, &bare);
}

struct address pseudonym_address(struct pseudonyms *pseudonyms, const struct address *address)
{
    struct address result = address_through_nat64(address);
    if (!pseudonyms_covers(pseudonyms, address))
        return *address;
    if (!address_is_ipv4(&result)) {
        size_t kept = ipv6_kept(result.octets);
        turn_bits(pseudonyms, DOMAIN_IPV6, result.octets, 16, kept > 0 ? kept : 32);
        /* A public one must not look like somebody else's: RFC 3849's, for documents. */
        if (kept == 0)
            memcpy(result.octets, (const uint8_t[4]){0x20, 0x01, 0x0d, 0xb8}, 4);
        return result;
    }
    size_t kept = ipv4_kept(result.octets + 12);
    turn_bits(pseudonyms, DOMAIN_IPV4, result.octets + 12, 4, kept > 0 ? kept : 4);
    if (kept == 0) /* 240.0.0.0/4, which nobody has (RFC 1112 section 4) */
        result.octets[12] |= 0xf0;
    if (is_nat64(address)) {
        struct address whole = *address;
        memcpy(whole.octets + 12, result.octets + 12, 4);
        return whole;
    }
    return result;
}

struct mac pseudonym_mac(struct pseudonyms *pseudonyms, const struct mac *mac)
{
    struct mac result = *mac;
    /* A group's says nothing of a device, but for the solicited node's (RFC 2464 section 7). */
    bool solicited = mac->octets[0] == 0x33 && mac->octets[1] == 0x33 && mac->octets[2] == 0xff;
    if (mac_is_none(mac) || ((mac->octets[0] & 1) != 0 && !solicited))
        return result;
    turn_bits(pseudonyms, DOMAIN_MAC, result.octets, 6, mac_is_private(mac) && !solicited ? 8 : 24);
    return result;
}

void pseudonyms_learn_address(struct pseudonyms *pseudonyms, const struct address *address)
{
    struct prefix network = {.address = address_through_nat64(address)};
    if (pseudonyms_covers(pseudonyms, address) || address_is_none(&network.address) ||
        address_is_unspecified(&network.address) || address_is_loopback(&network.address) ||
        address_is_multicast(&network.address) ||
        catalog_knows_address(pseudonyms->apple, &network.address))
        return;
    void *grown = pseudonyms->network_count < PSEUDONYM_NETWORK_LIMIT
                      ? array_grow(pseudonyms->networks, pseudonyms->network_count,
                                   &pseudonyms->network_capacity, sizeof *pseudonyms->networks)
                      : NULL;
    if (grown == NULL) {
        pseudonyms->failed = true;
        return;
    }
    pseudonyms->networks = grown;
    network.bits = address_is_ipv4(&network.address) ? 96 + 24 : 48;
    memset(network.address.octets + network.bits / 8, 0, 16u - network.bits / 8);
    size_t at = pseudonyms->network_count++;
    while (at > 0 && address_compare(&pseudonyms->networks[at - 1].address, &network.address) > 0)
        at--;
    memmove(&pseudonyms->networks[at + 1], &pseudonyms->networks[at],
            (pseudonyms->network_count - 1 - at) * sizeof network);
    pseudonyms->networks[at] = network;
}

static char lower(char letter)
{
    return letter >= 'A' && letter <= 'Z' ? (char)(letter - 'A' + 'a') : letter;
}

bool pseudonym_is_inside(char letter)
{
    unsigned char byte = (unsigned char)letter;
    return byte >= 0x80 || (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_';
}

/* By the first three bytes, as words of a sentence have to be looked for at each place. */
static size_t bucket_of(const char *word)
{
    uint32_t hash = 2166136261u; /* FNV-1a */
    for (size_t i = 0; i < 3; i++)
        hash = (hash ^ (uint8_t)lower(word[i])) * 16777619u;
    return hash % BUCKET_COUNT;
}

/* Words that reports use themselves, and that name nobody. */
static bool is_common(const char *word)
{
    static const char *const common[] = {"access",
                                         "address",
                                         "android",
                                         "apple",
                                         "appletv",
                                         "authority",
                                         "capture",
                                         "certificate authority",
                                         "client",
                                         "default",
                                         "device",
                                         "firewall",
                                         "gateway",
                                         "home",
                                         "host",
                                         "imac",
                                         "inside",
                                         "inspection",
                                         "internet",
                                         "ios",
                                         "ipad",
                                         "iphone",
                                         "ipod",
                                         "local",
                                         "localhost",
                                         "mac",
                                         "macbook",
                                         "macbook-air",
                                         "macbook-pro",
                                         "macmini",
                                         "network",
                                         "none",
                                         "proxy",
                                         "resolver",
                                         "root",
                                         "router",
                                         "security",
                                         "server",
                                         "standard input",
                                         "unknown",
                                         "user",
                                         "watch",
                                         "website",
                                         "stdin",
                                         "the",
                                         "tls",
                                         "dns",
                                         "dhcp"};
    for (size_t i = 0; i < sizeof common / sizeof common[0]; i++)
        if (strcasecmp(common[i], word) == 0)
            return true;
    return false;
}

void pseudonyms_learn_word(struct pseudonyms *pseudonyms, const char *word, const char *replacement)
{
    if (word == NULL || strlen(word) < 3 || is_common(word))
        return;
    struct bucket *bucket = &pseudonyms->buckets[bucket_of(word)];
    for (size_t i = 0; i < bucket->count; i++)
        if (strcasecmp(bucket->words[i].word, word) == 0)
            return;
    void *grown =
        pseudonyms->word_count < PSEUDONYM_WORD_LIMIT
            ? array_grow(bucket->words, bucket->count, &bucket->capacity, sizeof *bucket->words)
            : NULL;
    if (grown == NULL) {
        pseudonyms->failed = true;
        return;
    }
    bucket->words = grown;
    struct pseudonym_word *learned = &bucket->words[bucket->count];
    learned->word = strdup(word);
    learned->replacement = replacement != NULL ? strdup(replacement) : NULL;
    learned->length = strlen(word);
    pseudonyms->failed = pseudonyms->failed || learned->word == NULL ||
                         (replacement != NULL && learned->replacement == NULL);
    if (learned->word != NULL)
        bucket->count++;
    else
        free(learned->replacement);
    pseudonyms->word_count++;
}

const struct pseudonym_word *pseudonyms_word_at(const struct pseudonyms *pseudonyms,
                                                const char *text)
{
    const struct pseudonym_word *longest = NULL;
    if (text[0] == '\0' || text[1] == '\0' || text[2] == '\0')
        return NULL;
    const struct bucket *bucket = &pseudonyms->buckets[bucket_of(text)];
    for (size_t i = 0; i < bucket->count; i++) {
        const struct pseudonym_word *word = &bucket->words[i];
        if ((longest == NULL || word->length > longest->length) &&
            strncasecmp(word->word, text, word->length) == 0 &&
            !pseudonym_is_inside(text[word->length]))
            longest = word;
    }
    return longest;
}

/* Is it that domain, or in it? */
static bool is_within(const char *name, const char *domain)
{
    size_t length = strlen(name), size = strlen(domain);
    return length >= size && strcasecmp(name + length - size, domain) == 0 &&
           (length == size || name[length - size - 1] == '.');
}

/* Apple's own domains, whether its list has the very name or not; and what networks that
 * deliver for many call by its name. */
static bool is_of_apple(const char *name)
{
    static const char *const own[] = {"apple.com",     "icloud.com",         "icloud-content.com",
                                      "mzstatic.com",  "cdn-apple.com",      "aaplimg.com",
                                      "apple-dns.net", "apple-cloudkit.com", "itunes.com"};
    static const char *const shared[] = {"akadns.net",  "akamaiedge.net", "akamai.net",
                                         "edgekey.net", "edgesuite.net",  "applimg.com"};
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (is_within(name, own[i]))
            return true;
    for (size_t i = 0; i < sizeof shared / sizeof shared[0]; i++)
        if (is_within(name, shared[i]) &&
            (strstr(name, "apple.com") != NULL || strstr(name, "icloud.com") != NULL))
            return true;
    return false;
}

bool pseudonyms_keeps_name(const struct pseudonyms *pseudonyms, const char *name)
{
    return catalog_knows_name(pseudonyms->apple, name) || is_of_apple(name) ||
           encrypted_resolver_find(name) != NAMES_OPEN;
}

void pseudonym_label(struct pseudonyms *pseudonyms, const char *label, size_t length,
                     const char *parent, char *pseudonym)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz234567";
    uint8_t message[1 + NAME_LIMIT], digest[DIGEST_SIZE];
    size_t used = 1, parent_length = strlen(parent);
    for (size_t i = 0; i < length && used < sizeof message; i++)
        message[used++] = (uint8_t)lower(label[i]);
    for (size_t i = 0; parent_length > 0 && i <= parent_length && used < sizeof message; i++)
        message[used++] = i == 0 ? '.' : (uint8_t)lower(parent[i - 1]);
    for (size_t i = 0; i < length; i++) {
        unsigned size = DIGEST_SIZE;
        message[0] = (uint8_t)(i / DIGEST_SIZE);
        if (i % DIGEST_SIZE == 0 && HMAC(EVP_sha256(), pseudonyms->name_key, DIGEST_SIZE, message,
                                         used, digest, &size) == NULL) {
            pseudonyms->failed = true;
            memset(digest, 0, sizeof digest);
        }
        /* A name begins with a letter, so that none reads as an address. */
        pseudonym[i] = letters[digest[i % DIGEST_SIZE] % (i == 0 ? 26u : 32u)];
    }
}
