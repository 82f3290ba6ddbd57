/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do names and data of a DNS message become text?  A text is built at the
 * end of the message's own buffer and given back when it does not fit; names are
 * followed through their compression here and nowhere else (RFC 1035 sections
 * 4.1.4 and 5.1).
 */
#ifndef APPLEPATH_DISSECTORS_DNS_TEXT_H
#define APPLEPATH_DISSECTORS_DNS_TEXT_H

#include "dissectors/dns_message.h"

#define DNS_NAME_BYTES 255 /* RFC 1035 section 2.3.4 */
#define DNS_LABEL_BYTES 63

/* A text that is being built; one at a time per message. */
struct dns_text {
    struct dns_message *message;
    size_t begin;
    bool full; /* it did not fit: it will be NULL */
};

struct dns_text dns_text_begin(struct dns_message *message);

/* The finished text, terminated; NULL (and the room given back) if it was full. */
const char *dns_text_finish(struct dns_text *text);

/* Gives back all that was put so far; the text may be begun anew. */
void dns_text_reset(struct dns_text *text);

void dns_text_put(struct dns_text *text, char character);
void dns_text_put_text(struct dns_text *text, const char *characters);

/* In decimal digits. */
void dns_text_put_number(struct dns_text *text, uint32_t number);

/* At most 79 characters at a time. */
void dns_text_print(struct dns_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* As it is if printable, \DDD otherwise (RFC 1035 section 5.1). */
void dns_text_put_byte(struct dns_text *text, uint8_t byte);

/* Adds the name at the front of `from`, a part of `whole` (the message, from where
 * compression counts), and takes it off. False when the name is none (RFC 1035
 * sections 2.3.4, 4.1.4); the text is then not to be used. */
bool dns_text_add_name(struct dns_text *text, struct bytes whole, struct bytes *from);

/* Puts the label's letters, digits, hyphens and underscores at `text`, which has room for them, in
 * lower case; false, and `text` is of no use, when it has anything else. */
bool dns_usual_label(struct bytes label, char *text);

/* Takes a name off the front without following it; false when it breaks off. */
bool dns_name_skip(struct bytes *from);

#endif
