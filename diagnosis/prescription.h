/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What to configure where, as rules that can be pasted: a finding's remedy in the
 * form that a firewall, a resolver or a proxy takes.
 */
#ifndef APPLEPATH_DIAGNOSIS_PRESCRIPTION_H
#define APPLEPATH_DIAGNOSIS_PRESCRIPTION_H

#include "diagnosis/finding.h"

/* Gives findings their prescriptions, where there is one; after builder_finish. */
void prescriptions_fill(struct diagnosis *diagnosis);

/* prescription_words.c: what the rules are made of; texts are in the arena. */

/* The devices: up to three addresses, else the network that holds them all. */
const char *prescription_from(struct arena *arena, const struct finding *finding);

/* Apple's networks where the finding is about push, else its host. */
const char *prescription_to(struct arena *arena, const struct finding *finding);

/* "the firewall (10.0.0.1)": whom the finding blames, or `otherwise` without an address. */
const char *prescription_at(struct arena *arena, const struct finding *finding,
                            const char *otherwise);

#define PRESCRIPTION_NAME_LIMIT 6

/* The names to write into rules, at most PRESCRIPTION_NAME_LIMIT: the host's pattern where it
 * is a wildcard, else the names that were seen. Foreign text that is no host name is left out. */
size_t prescription_names(const struct finding *finding, const char **names);

/* The lines of a response policy zone and of a filter's list that let these names pass. */
const char *prescription_exempt_names(struct arena *arena, const char *const *names, size_t count);

/* The lines of a PAC file that send these names past the proxy. */
const char *prescription_direct(struct arena *arena, const char *const *names, size_t count);

/* A list for Squid, "dstdomain gs.apple.com .push.apple.com". */
const char *prescription_squid_names(struct arena *arena, const char *const *names, size_t count);

/* "a, b and c". */
const char *prescription_list(struct arena *arena, const char *const *names, size_t count);

#endif
