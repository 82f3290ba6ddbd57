/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The words that stand in the database for the values of base/fact.h's enums.
 */
#ifndef APPLEPATH_STORAGE_ENUM_WORDS_H
#define APPLEPATH_STORAGE_ENUM_WORDS_H

#include <stdint.h>

/* The words of an enum by its values; a NULL word is NULL in the table.  A word
 * that is not there (somebody edited the table) reads as `fallback`. */
struct words {
    const char *const *names;
    unsigned count;
    unsigned fallback;
};

extern const struct words outcome_words;
extern const struct words stage_words;
extern const struct words party_words;
extern const struct words event_words;
extern const struct words section_words;
extern const struct words identification_words;
extern const struct words privacy_words;
extern const struct words purpose_words;
extern const struct words end_words;
extern const struct words role_words;
extern const struct words sign_words;
extern const struct words lease_words;

/* The word for a value (NULL: none), and the value for a word or NULL. */
const char *words_name(const struct words *words, unsigned value);
unsigned words_value(const struct words *words, const char *name);

/* "tcp", "udp", "icmp", "icmpv6"; NULL for other transports. */
const char *transport_name(uint8_t transport);

/* The transport of a word or of digits; 0 when it is neither. */
uint8_t transport_value(const char *name);

#endif
