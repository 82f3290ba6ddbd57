/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By which numbers are a question and its two ends found?  Addresses, type and name come
 * in, from a message that was read or from the bytes of a datagram; a keyed hash goes out,
 * the same for both (RFC 1035 section 4.1.2).
 */
#include "dissectors/dns_question.h"

#include "dissectors/dns_text.h"

#define NAME_WORDS 128 /* the longest name as text, in words of 8 bytes */

/* What is hashed: two addresses, the type, the name. */
struct mixture {
    uint64_t words[5 + NAME_WORDS];
};

uint32_t dns_pair_hash(const struct hash_key *key, const struct address *client,
                       const struct address *resolver)
{
    uint64_t words[4];
    memcpy(&words[0], client->octets, sizeof client->octets);
    memcpy(&words[2], resolver->octets, sizeof resolver->octets);
    return (uint32_t)hash_words(key, words, 4);
}

/* The name is there already, in the first `length` bytes of its place. */
static uint64_t mixture_hash(struct mixture *mixture, const struct hash_key *key,
                             const struct address *client, const struct address *resolver,
                             uint16_t type, size_t length)
{
    uint64_t *words = mixture->words;
    memcpy(&words[0], client->octets, sizeof client->octets);
    memcpy(&words[2], resolver->octets, sizeof resolver->octets);
    words[4] = type;
    memset((char *)&words[5] + length, 0, (0 - length) % 8); /* the last may not be full */
    return hash_words(key, words, 5 + (length + 7) / 8);
}

uint64_t dns_question_hash(const struct hash_key *key, const struct address *client,
                           const struct address *resolver, uint16_t type, const char *name)
{
    struct mixture mixture;
    size_t length = strnlen(name, NAME_WORDS * sizeof mixture.words[0]);
    memcpy(&mixture.words[5], name, length);
    return mixture_hash(&mixture, key, client, resolver, type, length);
}

/* Takes a name off the front that has usual letters only and points nowhere; its length as
 * text, 0 if it is another one. */
static size_t usual_name_take(struct bytes *from, char text[NAME_WORDS * 8])
{
    size_t length = 0;
    struct bytes label;
    while (bytes_take_u8_prefixed(from, &label) && length + label.length <= DNS_NAME_BYTES) {
        if (label.length == 0)
            return length > 0 ? length - 1 : 0;
        if (label.length > DNS_LABEL_BYTES || !dns_usual_label(label, text + length))
            return 0;
        length += label.length;
        text[length++] = '.';
    }
    return 0;
}

void dns_question_sign_datagram(const struct hash_key *key, struct packet *packet,
                                char room[DNS_QUESTION_ROOM])
{
    struct mixture mixture;
    struct bytes from = packet->payload;
    uint16_t id, flags, questions, type;
    if (!bytes_read_u16(&from, &id) || !bytes_read_u16(&from, &flags) ||
        !bytes_read_u16(&from, &questions) || questions == 0 || !bytes_skip(&from, 6))
        return;
    size_t length = usual_name_take(&from, (char *)&mixture.words[5]);
    if (length == 0 || !bytes_read_u16(&from, &type))
        return;
    bool response = (flags & 0x8000) != 0;
    const struct address *client = response ? &packet->destination : &packet->source;
    const struct address *resolver = response ? &packet->source : &packet->destination;
    packet->question_hash = mixture_hash(&mixture, key, client, resolver, type, length);
    if (!response)
        packet->pair_hash = dns_pair_hash(key, client, resolver);
    if (length > DNS_QUESTION_ROOM)
        return;
    memcpy(room, &mixture.words[5], length);
    packet->question = bytes_of(room, length);
}
