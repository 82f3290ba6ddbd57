/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where in a sentence is something of the site's?  At each place where a word begins:
 * a learned word, or a token that is an address, a prefix, a MAC or a host name.  What
 * looks like a host name and is not known to be Apple's is replaced: rather one word too
 * many than one too few.
 */
#include <stdlib.h>
#include <string.h>

#include "reports/pseudonyms.h"
#include "reports/pseudonyms_private.h"

#define TOKEN_SIZE 256u

static bool is_token_letter(char letter)
{
    return pseudonym_is_inside(letter) || letter == '.' || letter == ':' || letter == '-';
}

static bool is_digit(char letter)
{
    return letter >= '0' && letter <= '9';
}

static bool is_letter(char letter)
{
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z');
}

/* Labels with dots between them, the last of them a word. */
static bool is_host_name(const char *token)
{
    const char *last = strrchr(token, '.');
    if (last == NULL || token[0] == '.' || strstr(token, "..") != NULL || strlen(last) < 3)
        return false;
    for (const char *letter = last + 1; *letter != '\0'; letter++)
        if (!is_letter(*letter) && !(is_digit(*letter) && letter > last + 1) && *letter != '-')
            return false;
    return strchr(token, ':') == NULL;
}

/* Files, options and names of standards that our own sentences speak of. */
static bool is_own_word(const char *token)
{
    static const char *const words[] = {
        "frame.number", "wpad.dat",     "proxy.pac",      "e.g",        "i.e",
        "ietf.org",     "pool.ntp.org", "rfc-editor.org", "dns.google", "one.one.one.one"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strcmp(words[i], token) == 0)
            return true;
    return false;
}

void pseudonym_name(struct pseudonyms *pseudonyms, const char *name, size_t length,
                    struct text *out)
{
    char whole[TOKEN_SIZE], label[TOKEN_SIZE];
    size_t at = 0;
    if (length >= sizeof whole) { /* no host name is so long (RFC 1035 section 2.3.4) */
        name += length - (sizeof whole - 1);
        length = sizeof whole - 1;
    }
    memcpy(whole, name, length);
    whole[length] = '\0';
    if (pseudonyms_keeps_name(pseudonyms, whole)) {
        text_add(out, whole);
        return;
    }
    while (at < length) {
        size_t size = strcspn(whole + at, ".");
        const char *parent = whole[at + size] == '.' ? whole + at + size + 1 : "";
        bool stays = (at > 0 && *parent == '\0') || strcmp(parent, "arpa") == 0;
        if (!stays)
            pseudonym_label(pseudonyms, whole + at, size, parent, label);
        text_add_bytes(out, stays ? whole + at : label, size);
        at += size;
        if (at < length) {
            text_add(out, ".");
            at++;
        }
    }
}

/* "10.0.0.0/8": digits behind the address. */
static size_t prefix_length(const char *behind, unsigned *bits)
{
    size_t length = 1;
    *bits = 0;
    if (behind[0] != '/' || !is_digit(behind[1]))
        return 0;
    for (; length < 4 && is_digit(behind[length]); length++)
        *bits = *bits * 10 + (unsigned)(behind[length] - '0');
    return *bits <= 128 ? length : 0;
}

/* Adds the pseudonym of an address, or of a network where a length stands behind it. */
static void add_address(struct pseudonyms *pseudonyms, const struct address *address,
                        const char *token, const char *behind, struct text *out)
{
    char print[ADDRESS_TEXT_SIZE];
    struct address result = pseudonym_address(pseudonyms, address);
    unsigned bits;
    if (address_equal(&result, address)) {
        text_add(out, token);
        return;
    }
    if (prefix_length(behind, &bits) > 0) {
        bits += address_is_ipv4(&result) ? 96 : 0;
        for (unsigned bit = bits; bit < 128; bit++)
            result.octets[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    }
    text_add(out, address_print(&result, print));
}

static void add_word(struct pseudonyms *pseudonyms, const struct pseudonym_word *word,
                     struct text *out)
{
    char label[TOKEN_SIZE];
    if (word->replacement != NULL) {
        text_add(out, word->replacement);
        return;
    }
    size_t length = word->length < sizeof label ? word->length : sizeof label;
    pseudonym_label(pseudonyms, word->word, length, "", label);
    text_add_bytes(out, label, length);
}

/* One that is an address, a MAC or a host name as a whole is replaced; else false. */
static bool add_known(struct pseudonyms *pseudonyms, const char *token, const char *behind,
                      struct text *out)
{
    char print[MAC_TEXT_SIZE];
    struct address address;
    struct mac mac;
    if (mac_parse(token, &mac)) {
        mac = pseudonym_mac(pseudonyms, &mac);
        text_add(out, mac_print(&mac, print));
        return true;
    }
    if (address_parse(token, &address)) {
        add_address(pseudonyms, &address, token, behind, out);
        return true;
    }
    if (!is_host_name(token) || is_own_word(token))
        return false;
    pseudonym_name(pseudonyms, token, strlen(token), out);
    return true;
}

/* A token that is nothing as a whole may be "host:port" or "one-other". */
static void add_parts(struct pseudonyms *pseudonyms, char *token, const char *behind,
                      struct text *out)
{
    static const char separators[] = ":-";
    for (size_t i = 0; separators[i] != '\0'; i++) {
        char *split = separators[i] == ':' ? strrchr(token, ':') : strchr(token, '-');
        if (split == NULL)
            continue;
        *split = '\0';
        struct address address;
        bool meant = i == 0 || address_parse(token, &address);
        if (meant) {
            if (!add_known(pseudonyms, token, "", out))
                add_parts(pseudonyms, token, "", out);
            text_add_bytes(out, &separators[i], 1);
            if (!add_known(pseudonyms, split + 1, behind, out))
                text_add(out, split + 1);
            return;
        }
        *split = separators[i];
    }
    text_add(out, token);
}

/* What a URL names on a host of the site's is the site's too. Bytes to leave out. */
static size_t path_length(const char *sentence, const char *token, const char *behind)
{
    if (token - sentence < 3 || strncmp(token - 3, "://", 3) != 0 || behind[0] != '/')
        return 0;
    return strcspn(behind, " \t\r\n\"'<>()");
}

/* The token at `*at`; moves past it. */
static void take_token(struct pseudonyms *pseudonyms, const char *sentence, const char **at,
                       struct text *out)
{
    char token[TOKEN_SIZE];
    const char *begin = *at;
    size_t length = 0;
    while (is_token_letter(begin[length]))
        length++;
    *at += length;
    if (length >= sizeof token) { /* no name, no address: and nobody knows what */
        text_add(out, "...");
        return;
    }
    while (length > 1 && !pseudonym_is_inside(begin[length - 1]) &&
           !(length > 1 && begin[length - 1] == ':' && begin[length - 2] == ':'))
        length--;
    *at = begin + length;
    memcpy(token, begin, length);
    token[length] = '\0';
    if (!add_known(pseudonyms, token, *at, out))
        add_parts(pseudonyms, token, *at, out);
    size_t path = path_length(sentence, begin, *at);
    if (path > 0) {
        token[strcspn(token, ":")] = '\0';
        bool stays = path == 1 || pseudonyms_keeps_name(pseudonyms, token);
        text_add_bytes(out, stays ? *at : "/...", stays ? path : 4);
        *at += path;
    }
}

void pseudonym_text(struct pseudonyms *pseudonyms, const char *sentence, struct text *out)
{
    const char *at = sentence;
    while (*at != '\0') {
        const struct pseudonym_word *word = pseudonyms_word_at(pseudonyms, at);
        if (word != NULL) {
            add_word(pseudonyms, word, out);
            at += word->length;
        } else if (pseudonym_is_inside(*at) || (at[0] == ':' && at[1] == ':')) {
            take_token(pseudonyms, sentence, &at, out);
        } else {
            text_add_bytes(out, at++, 1);
        }
    }
}
