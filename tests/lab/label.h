/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is right about a capture, as whoever made it knows: the lines of NAME.label.
 * README.md says what each means.
 */
#ifndef APPLEPATH_TESTS_LAB_LABEL_H
#define APPLEPATH_TESTS_LAB_LABEL_H

#include "base/arena.h"
#include "base/problem.h"
#include "diagnosis/finding.h"

#define LABEL_KEY_LIMIT 24
#define LABEL_CLAIM_LIMIT 64
#define LABEL_VERDICTS 4

enum label_key_kind {
    LABEL_HOST, /* these three say which finding is meant */
    LABEL_PORT,
    LABEL_TRANSPORT,
    LABEL_CULPRIT, /* and these what it has to say */
    LABEL_ROLE,
    LABEL_DEVICE,
    LABEL_DETAIL,
    LABEL_NAME,
    LABEL_ADDRESS,
    LABEL_SEVERITY,
    LABEL_CONFIDENCE
};

/* `value`: the word "none" for what must be absent; alternatives stand between '|'. */
struct label_key {
    enum label_key_kind kind;
    const char *name; /* of the detail */
    const char *value;
    struct address address; /* of LABEL_CULPRIT (none: no address), LABEL_DEVICE, LABEL_ADDRESS */
};

/* A `must` or `may` line. */
struct label_claim {
    bool must;
    const char *kind;
    struct label_key keys[LABEL_KEY_LIMIT];
    size_t key_count;
    const char *text; /* as failures call it: unlike that of any other `must` line */
};

struct label_coverage {
    const char *host;
    int port; /* 0: any */
    const char *transport;
    enum coverage_status status;
};

/* Released by label_release. */
struct label {
    struct arena arena;
    bool has_verdict;
    bool verdicts[LABEL_VERDICTS]; /* right ones, by enum verdict */
    struct label_claim *claims;
    size_t claim_count;
    struct label_coverage *coverages;
    size_t coverage_count;
    const char **options;
    size_t option_count;
    bool trust; /* the lab's root counts as one of the system's */
};

/* Reads the content of a label; `name` is for the problem, which names the line. False
 * when a line cannot be understood or memory is out; release it all the same. */
bool label_parse(struct label *label, const char *name, const char *content,
                 struct problem *problem);
void label_release(struct label *label);

bool label_has_option(const struct label *label, const char *option);

#endif
