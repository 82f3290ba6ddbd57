/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What TLS 1.3 leaves to see of who answers: marks that one terminating device has in common
 * under many names, and answers weaker than the same name gives elsewhere.
 */
#ifndef APPLEPATH_DIAGNOSIS_HANDSHAKE_SIGNALS_H
#define APPLEPATH_DIAGNOSIS_HANDSHAKE_SIGNALS_H

#include "diagnosis/handshake_results.h"
#include "diagnosis/networks.h"

/* FNV-1a of a text on top of a hash (0: none yet); of NULL with 0: 0. */
uint64_t handshake_hash(uint64_t hash, const char *text);

/* One number for how a server looks; 0 where its SYN/ACK or ServerHello was not seen. */
uint64_t handshake_marks(const struct sender_marks *marks, uint64_t fingerprint);

/* IANA's numbers of hybrid key exchanges with ML-KEM. */
bool handshake_is_post_quantum(uint16_t group);

/* Made alike by what answers: marks, key exchange, retry. */
bool handshake_same_answer(const struct handshake_answer *one, const struct handshake_answer *two);

/* Compares the groups among themselves, then with a handshake that was answered. */
void handshake_signals_compare(struct handshake_results *results, const struct networks *networks);
void handshake_signals_learn(struct handshake_results *results, const struct networks *networks,
                             const struct fact_flow *flow, bool complete,
                             const struct handshake_answer *answer);

/* The signals of a refused group by their names, with commas; `refusal` is the first.
 * `known` (NULL: none) are those of groups before: what not all of them show is none. */
const char *handshake_signals_text(struct arena *arena, const struct handshake_group *group,
                                   const char *refusal, const char *known);

/* Is there another besides the refusal, that does not follow from it? */
bool handshake_signals_agree(const char *signals);

#endif
