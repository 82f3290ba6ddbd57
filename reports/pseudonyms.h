/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By what are a site's addresses, MACs and names replaced, so that a report can leave the
 * house?  The same key gives the same pseudonyms.  Addresses keep their class and what
 * they share with their neighbours (Xu, Fan, Ammar, Moon: "Prefix-preserving IP address
 * anonymization", 2002); Apple's, and public servers', stay as they are.
 */
#ifndef APPLEPATH_REPORTS_PSEUDONYMS_H
#define APPLEPATH_REPORTS_PSEUDONYMS_H

#include "base/address.h"
#include "base/text.h"
#include "catalog/hosts.h"

#define PSEUDONYM_KEY_SIZE 32u
#define PSEUDONYM_WORD_LIMIT 262144u /* that are learned */
#define PSEUDONYM_NETWORK_LIMIT 65536u

struct pseudonyms;

/* A key that nobody can guess; false when the system has no random numbers. */
bool pseudonym_key_make(uint8_t key[PSEUDONYM_KEY_SIZE]);

/* NULL when there is no memory. `apple`, borrowed, is the built-in catalogue alone: what
 * a user adds to it is the site's. Not for several threads at a time. */
struct pseudonyms *pseudonyms_create(const uint8_t key[PSEUDONYM_KEY_SIZE],
                                     const struct catalog *apple);
void pseudonyms_release(struct pseudonyms *pseudonyms);

/* A public address that is the site's: it and its neighbours (/24, /48) are replaced
 * too. Apple's are not learned. */
void pseudonyms_learn_address(struct pseudonyms *pseudonyms, const struct address *address);

/* A word to replace wherever it stands: by its pseudonym, or by `replacement` unless that is
 * NULL. Words that say nothing of a site ("iPad", "proxy") are not learned. */
void pseudonyms_learn_word(struct pseudonyms *pseudonyms, const char *word,
                           const char *replacement);

/* Was there memory for all that was learned? What is incomplete must not be used. */
bool pseudonyms_complete(const struct pseudonyms *pseudonyms);

/* Is it the site's, so that it has a pseudonym? */
bool pseudonyms_covers(const struct pseudonyms *pseudonyms, const struct address *address);

struct address pseudonym_address(struct pseudonyms *pseudonyms, const struct address *address);

/* The maker's part stays, the device's is replaced; of one that the device made up, all
 * but the first octet is. */
struct mac pseudonym_mac(struct pseudonyms *pseudonyms, const struct mac *mac);

/* Does a host name stay? Apple's and those that its CNAMEs lead to, and public resolvers'. */
bool pseudonyms_keeps_name(const struct pseudonyms *pseudonyms, const char *name);

/* Writes `length` letters and digits for a label of as many bytes, within the domain
 * `parent` ("" for none). Case does not matter. */
void pseudonym_label(struct pseudonyms *pseudonyms, const char *label, size_t length,
                     const char *parent, char *pseudonym);

/* Adds a host name, each label but the last replaced by one of its length; a single word
 * as a whole. */
void pseudonym_name(struct pseudonyms *pseudonyms, const char *name, size_t length,
                    struct text *out);

/* Adds a sentence, with every address, MAC, host name and learned word in it replaced. */
void pseudonym_text(struct pseudonyms *pseudonyms, const char *sentence, struct text *out);

#endif
