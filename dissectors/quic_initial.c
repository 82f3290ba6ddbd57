/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keys of Initial packets, the removal of header protection, and decryption
 * (RFC 9001 sections 5.2 to 5.4; the Retry's tag section 5.8; what version 2
 * changes RFC 9369 section 3.3).  HKDF (RFC 5869) is written out: no output here
 * is longer than one HMAC.
 */
#include "dissectors/quic_initial.h"

#include <stdlib.h>

#include <openssl/evp.h>

#define SECRET_LENGTH 32 /* of SHA-256 */
#define BLOCK_LENGTH 64 /* of SHA-256 */
#define TAG_LENGTH 16
#define SAMPLE_LENGTH 16
#define SAMPLE_OFFSET 4 /* behind the longest packet number */
#define LABEL_LIMIT 24
#define SALT_LENGTH 20

struct version_secrets {
    uint32_t version;
    uint8_t salt[SALT_LENGTH];
    const char *key_label;
    const char *nonce_label;
    const char *header_label;
    uint8_t retry_key[16];
    uint8_t retry_nonce[12];
};

static const struct version_secrets versions[] = {
    {QUIC_VERSION_1,
     {0x38, 0x76, 0x2c, 0xf7, 0xf5, 0x59, 0x34, 0xb3, 0x4d, 0x17,
      0x9a, 0xe6, 0xa4, 0xc8, 0x0c, 0xad, 0xcc, 0xbb, 0x7f, 0x0a},
     "tls13 quic key",
     "tls13 quic iv",
     "tls13 quic hp",
     {0xbe, 0x0c, 0x69, 0x0b, 0x9f, 0x66, 0x57, 0x5a, 0x1d, 0x76, 0x6b, 0x54, 0xe3, 0x68, 0xc8,
      0x4e},
     {0x46, 0x15, 0x99, 0xd3, 0x5d, 0x63, 0x2b, 0xf2, 0x23, 0x98, 0x25, 0xbb}},
    {QUIC_VERSION_2,
     {0x0d, 0xed, 0xe3, 0xde, 0xf7, 0x00, 0xa6, 0xdb, 0x81, 0x93,
      0x81, 0xbe, 0x6e, 0x26, 0x9d, 0xcb, 0xf9, 0xbd, 0x2e, 0xd9},
     "tls13 quicv2 key",
     "tls13 quicv2 iv",
     "tls13 quicv2 hp",
     {0x8f, 0xb4, 0xb0, 0x1b, 0x56, 0xac, 0x48, 0xe2, 0x60, 0xfb, 0xcb, 0xce, 0xad, 0x7c, 0xcc,
      0x92},
     {0xd8, 0x69, 0x69, 0xbc, 0x2d, 0x7c, 0x6d, 0x99, 0x90, 0xef, 0xb0, 0x4a}},
    {QUIC_VERSION_DRAFT_29,
     {0xaf, 0xbf, 0xec, 0x28, 0x99, 0x93, 0xd2, 0x4c, 0x9e, 0x97,
      0x86, 0xf1, 0x9c, 0x61, 0x11, 0xe0, 0x43, 0x90, 0xa8, 0x99},
     "tls13 quic key",
     "tls13 quic iv",
     "tls13 quic hp",
     {0xcc, 0xce, 0x18, 0x7e, 0xd0, 0x9a, 0x09, 0xd0, 0x57, 0x28, 0x15, 0x5a, 0x6c, 0xb9, 0x6b,
      0xe1},
     {0xe5, 0x49, 0x30, 0xf9, 0x7f, 0x21, 0x36, 0xf0, 0x53, 0x0a, 0x8c, 0x1c}},
};

static const struct version_secrets *version_find(uint32_t version)
{
    for (size_t i = 0; i < sizeof versions / sizeof versions[0]; i++)
        if (versions[i].version == version)
            return &versions[i];
    return NULL;
}

/* libcrypto looks an algorithm up whenever a context is given one, which takes longer than
 * an Initial's digests: each context keeps its own. */
struct quic_opener {
    EVP_MD_CTX *digest; /* SHA-256 */
    EVP_CIPHER_CTX *header; /* AES-128-ECB */
    EVP_CIPHER_CTX *payload; /* AES-128-GCM, that decrypts */
    bool digests; /* it has its algorithm */
    bool masks;
    bool decrypts;
    /* What was derived last, of which ID: somebody who sends one Initial to all the world. */
    struct quic_keys last; /* a version of 0: nothing */
    enum quic_sender last_sender;
    uint8_t last_id[QUIC_CONNECTION_ID_LIMIT];
    uint8_t last_length;
};

struct quic_opener *quic_opener_create(void)
{
    struct quic_opener *opener = calloc(1, sizeof *opener);
    if (opener == NULL)
        return NULL;
    opener->digest = EVP_MD_CTX_new();
    opener->header = EVP_CIPHER_CTX_new();
    opener->payload = EVP_CIPHER_CTX_new();
    if (opener->digest != NULL && opener->header != NULL && opener->payload != NULL)
        return opener;
    quic_opener_release(opener);
    return NULL;
}

void quic_opener_release(struct quic_opener *opener)
{
    if (opener == NULL)
        return;
    EVP_MD_CTX_free(opener->digest);
    EVP_CIPHER_CTX_free(opener->header);
    EVP_CIPHER_CTX_free(opener->payload);
    free(opener);
}

/* One half of HMAC: the digest of the key's block, and of what follows; by the algorithm that
 * the context has. */
static bool digest_pair(EVP_MD_CTX *context, const uint8_t block[BLOCK_LENGTH],
                        const uint8_t *message, size_t length, uint8_t digest[SECRET_LENGTH])
{
    return EVP_DigestInit_ex(context, NULL, NULL) == 1 &&
           EVP_DigestUpdate(context, block, BLOCK_LENGTH) == 1 &&
           (length == 0 || EVP_DigestUpdate(context, message, length) == 1) &&
           EVP_DigestFinal_ex(context, digest, NULL) == 1;
}

/* RFC 2104, of keys within a block. libcrypto's own looks its algorithm up at every call,
 * which takes several times as long as the digests. */
static bool hmac(EVP_MD_CTX *context, const uint8_t *key, size_t key_length, const uint8_t *message,
                 size_t length, uint8_t digest[SECRET_LENGTH])
{
    uint8_t inner[BLOCK_LENGTH], outer[BLOCK_LENGTH];
    for (size_t i = 0; i < BLOCK_LENGTH; i++) {
        uint8_t byte = i < key_length ? key[i] : 0;
        inner[i] = byte ^ 0x36;
        outer[i] = byte ^ 0x5c;
    }
    return digest_pair(context, inner, message, length, digest) &&
           digest_pair(context, outer, digest, SECRET_LENGTH, digest);
}

/* HKDF-Expand-Label with no context (RFC 8446 section 7.1). `label` with "tls13 ". */
static bool expand(EVP_MD_CTX *context, const uint8_t secret[SECRET_LENGTH], const char *label,
                   uint8_t *out, uint8_t out_length)
{
    uint8_t message[3 + LABEL_LIMIT + 2];
    uint8_t digest[SECRET_LENGTH];
    size_t length = strlen(label);
    if (length > LABEL_LIMIT || out_length > SECRET_LENGTH)
        return false;
    message[0] = 0;
    message[1] = out_length;
    message[2] = (uint8_t)length;
    memcpy(message + 3, label, length);
    message[3 + length] = 0; /* the context's length */
    message[4 + length] = 1; /* HKDF's counter: its first block */
    if (!hmac(context, secret, SECRET_LENGTH, message, 5 + length, digest))
        return false;
    memcpy(out, digest, out_length);
    return true;
}

static bool keys_fill(struct quic_keys *keys, EVP_MD_CTX *context,
                      const struct version_secrets *secrets, enum quic_sender sender,
                      struct bytes connection_id)
{
    const char *side = sender == QUIC_CLIENT ? "tls13 client in" : "tls13 server in";
    uint8_t initial[SECRET_LENGTH], secret[SECRET_LENGTH];
    return hmac(context, secrets->salt, SALT_LENGTH, connection_id.data, connection_id.length,
                initial) &&
           expand(context, initial, side, secret, SECRET_LENGTH) &&
           expand(context, secret, secrets->key_label, keys->key, sizeof keys->key) &&
           expand(context, secret, secrets->nonce_label, keys->nonce, sizeof keys->nonce) &&
           expand(context, secret, secrets->header_label, keys->header_key,
                  sizeof keys->header_key);
}

static void last_remember(struct quic_opener *opener, const struct quic_keys *keys,
                          enum quic_sender sender, struct bytes connection_id)
{
    opener->last.version = 0;
    if (connection_id.length > sizeof opener->last_id)
        return;
    opener->last = *keys;
    opener->last_sender = sender;
    opener->last_length = (uint8_t)connection_id.length;
    if (connection_id.length > 0)
        memcpy(opener->last_id, connection_id.data, connection_id.length);
}

bool quic_keys_derive(struct quic_opener *opener, struct quic_keys *keys, uint32_t version,
                      enum quic_sender sender, struct bytes connection_id)
{
    const struct version_secrets *secrets = version_find(version);
    if (secrets != NULL && opener->last.version == version && opener->last_sender == sender &&
        bytes_equal(bytes_of(opener->last_id, opener->last_length), connection_id)) {
        *keys = opener->last;
        return true;
    }
    memset(keys, 0, sizeof *keys);
    if (secrets != NULL && !opener->digests)
        opener->digests = EVP_DigestInit_ex(opener->digest, EVP_sha256(), NULL) == 1;
    if (secrets == NULL || !opener->digests ||
        !keys_fill(keys, opener->digest, secrets, sender, connection_id))
        return false;
    keys->version = version;
    last_remember(opener, keys, sender, connection_id);
    return true;
}

/* RFC 9001 section 5.4.3. */
static bool header_mask(struct quic_opener *opener, const struct quic_keys *keys,
                        const uint8_t sample[SAMPLE_LENGTH], uint8_t mask[SAMPLE_LENGTH])
{
    int written = 0;
    EVP_CIPHER_CTX *cipher = opener->header;
    const EVP_CIPHER *method = opener->masks ? NULL : EVP_aes_128_ecb();
    if (EVP_EncryptInit_ex(cipher, method, NULL, keys->header_key, NULL) != 1 ||
        EVP_CIPHER_CTX_set_padding(cipher, 0) != 1)
        return false;
    opener->masks = true;
    return EVP_EncryptUpdate(cipher, mask, &written, sample, SAMPLE_LENGTH) == 1 &&
           written == SAMPLE_LENGTH;
}

static bool decryption_begin(struct quic_opener *opener, const uint8_t *key, const uint8_t *nonce)
{
    const EVP_CIPHER *method = opener->decrypts ? NULL : EVP_aes_128_gcm();
    bool ok = EVP_DecryptInit_ex(opener->payload, method, NULL, key, nonce) == 1;
    opener->decrypts = opener->decrypts || ok;
    return ok;
}

static bool associate(EVP_CIPHER_CTX *cipher, const uint8_t *data, size_t length)
{
    int written;
    return length == 0 || EVP_DecryptUpdate(cipher, NULL, &written, data, (int)length) == 1;
}

/* Decrypts all but the tag at the end of `sealed`, and verifies that. */
static bool unseal(EVP_CIPHER_CTX *cipher, struct bytes sealed, uint8_t *plain)
{
    int written = 0;
    uint8_t tag[TAG_LENGTH], none[TAG_LENGTH];
    size_t length = sealed.length - TAG_LENGTH;
    memcpy(tag, sealed.data + length, TAG_LENGTH);
    if (length > 0 && EVP_DecryptUpdate(cipher, plain, &written, sealed.data, (int)length) != 1)
        return false;
    return EVP_CIPHER_CTX_ctrl(cipher, EVP_CTRL_AEAD_SET_TAG, TAG_LENGTH, tag) == 1 &&
           EVP_DecryptFinal_ex(cipher, none, &written) == 1;
}

/* `number`: the packet number's bytes, in clear.  Its upper bytes are taken for zero:
 * numbers begin at 0 (RFC 9000 section 12.3), and no more Initials of a flow are read
 * than one byte counts. */
static bool payload_open(struct quic_opener *opener, const struct quic_keys *keys,
                         const struct quic_packet *packet, uint8_t first, struct bytes number,
                         uint8_t *buffer)
{
    uint8_t nonce[sizeof keys->nonce];
    struct bytes sealed = bytes_from(packet->whole, packet->number_offset + number.length);
    memcpy(nonce, keys->nonce, sizeof nonce);
    for (size_t i = 0; i < number.length; i++)
        nonce[sizeof nonce - number.length + i] ^= number.data[i];
    EVP_CIPHER_CTX *cipher = opener->payload;
    return decryption_begin(opener, keys->key, nonce) && associate(cipher, &first, 1) &&
           associate(cipher, packet->whole.data + 1, packet->number_offset - 1) &&
           associate(cipher, number.data, number.length) && unseal(cipher, sealed, buffer);
}

bool quic_initial_open(struct quic_opener *opener, const struct quic_keys *keys,
                       const struct quic_packet *packet, uint8_t *buffer, size_t buffer_size,
                       struct bytes *frames)
{
    uint8_t mask[SAMPLE_LENGTH], number[4], first;
    struct bytes protected = bytes_from(packet->whole, packet->number_offset);
    struct bytes sample = bytes_from(protected, SAMPLE_OFFSET);
    if (keys->version == 0 || sample.length < SAMPLE_LENGTH || packet->number_offset == 0 ||
        packet->whole.length > buffer_size || !bytes_peek_u8(packet->whole, 0, &first) ||
        !header_mask(opener, keys, sample.data, mask))
        return false;
    first ^= mask[0] & 0x0f;
    size_t number_length = (first & 3u) + 1;
    for (size_t i = 0; i < number_length; i++)
        number[i] = protected.data[i] ^ mask[1 + i];
    if (!payload_open(opener, keys, packet, first, bytes_of(number, number_length), buffer))
        return false;
    *frames = bytes_of(buffer, protected.length - number_length - TAG_LENGTH);
    return true;
}

bool quic_retry_is_genuine(struct quic_opener *opener, const struct quic_packet *retry,
                           struct bytes connection_id)
{
    const struct version_secrets *secrets = version_find(retry->version);
    uint8_t length = (uint8_t)connection_id.length;
    uint8_t nothing[TAG_LENGTH];
    if (secrets == NULL || retry->whole.length < TAG_LENGTH ||
        connection_id.length > QUIC_CONNECTION_ID_LIMIT)
        return false;
    size_t covered = retry->whole.length - TAG_LENGTH;
    EVP_CIPHER_CTX *cipher = opener->payload;
    return decryption_begin(opener, secrets->retry_key, secrets->retry_nonce) &&
           associate(cipher, &length, 1) &&
           associate(cipher, connection_id.data, connection_id.length) &&
           associate(cipher, retry->whole.data, covered) &&
           unseal(cipher, bytes_from(retry->whole, covered), nothing);
}
