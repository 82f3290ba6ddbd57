/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to reports/pseudonyms*.c: what has been learned of a site.
 */
#ifndef APPLEPATH_REPORTS_PSEUDONYMS_PRIVATE_H
#define APPLEPATH_REPORTS_PSEUDONYMS_PRIVATE_H

#include "reports/pseudonyms.h"

/* Found by its first PSEUDONYM_HEAD bytes without regard to case. */
struct pseudonym_word {
    char *word; /* owned */
    char *replacement; /* owned; NULL: its pseudonym */
    size_t length;
};

/* The longest learned word that `text` begins with and that ends there; NULL: none. */
const struct pseudonym_word *pseudonyms_word_at(const struct pseudonyms *pseudonyms,
                                                const char *text);

/* May a word of a sentence go on with this byte? */
bool pseudonym_is_inside(char letter);

#endif
