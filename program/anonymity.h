/* SPDX-License-Identifier: Apache-2.0 */
/*
 * --anonymize: what is the site's, by all that a database holds, and the pseudonyms for it.
 */
#ifndef APPLEPATH_PROGRAM_ANONYMITY_H
#define APPLEPATH_PROGRAM_ANONYMITY_H

#include "program/options.h"
#include "reports/pseudonyms_diagnosis.h"
#include "storage/store.h"

struct anonymity;

/* Opens the key: --anonymize-key's, else the one beside `database`, else (NULL) one that is
 * forgotten afterwards. To be done before files are out of reach. NULL and a problem when it
 * cannot be; NULL and none where --anonymize was not given. */
struct anonymity *anonymity_open(const struct options *options, const char *database,
                                 struct problem *problem);
void anonymity_close(struct anonymity *anonymity);

/* Learns what a database knows of the site. False and a problem when that fails, or is more
 * than can be held. */
bool anonymity_learn(struct anonymity *anonymity, struct store *store, struct problem *problem);

struct pseudonyms *anonymity_pseudonyms(const struct anonymity *anonymity);

/* Says what to do when not everything could be replaced. */
bool anonymity_check(const struct anonymity *anonymity, struct problem *problem);

#endif
