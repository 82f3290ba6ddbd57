/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings while they are being put together: one per cause, found again by what
 * makes it one (kind, catalogue row, how, culprit), and completed at the end.
 */
#ifndef APPLEPATH_DIAGNOSIS_BUILDER_H
#define APPLEPATH_DIAGNOSIS_BUILDER_H

#include "certificates/trust_store.h"
#include "diagnosis/finding.h"
#include "diagnosis/ledger.h"

/* A finding and the rows it touches; lists grow in the arena. */
struct draft {
    struct finding finding;
    const char *key;
    size_t row; /* the primary row, CATALOG_NO_SERVICE if none */
    size_t *rows; /* every row it touches, for the coverage */
    size_t row_count, row_capacity;
    size_t name_capacity, address_capacity, device_capacity;
    uint64_t shown_flow; /* whose packets stand for all of them in the ladder; 0: none */
    uint64_t shown_packet; /* what ended it, where no event tells; 0: none */
    bool several_ports; /* the finding's port is the first of them */
    bool shut_out; /* all its devices reach others, and nothing of Apple's meanwhile */
    bool works_otherwise; /* every device so far still gets the service another way */
    struct draft *next;
    struct draft *bucket_next;
};

#define DRAFT_BUCKETS 1024 /* resolvers times names may be many drafts */

/* A client and an address that a wrong DNS answer gave it. */
struct hijacked_pair {
    struct address client;
    struct address address;
};

/* A client and a row of Apple's list for which it was shown another certificate. */
struct intercepted_pair {
    struct address client;
    size_t row;
};

/* What a server showed for a name in clear, whoever it was. */
struct served_chain {
    const char *name;
    const char *fault; /* "expired", "not-yet-valid", "name-mismatch", "incomplete-chain",
                        * "valid"; NULL: nothing can be said */
    const char *subject; /* whose date it is, or the leaf's issuer */
    int64_t limit; /* the date that is past or to come; TIMESTAMP_NONE: none */
};

struct results;

struct builder {
    struct diagnosis *diagnosis;
    struct ledger *ledger;
    struct problem *problem;
    struct results *names; /* that are being read (diagnosis/name_results.h); NULL: not yet */
    struct draft *first;
    struct draft *last;
    uint64_t unexplained_handshakes; /* failed, with no success of the same device and name */
    uint64_t unproven_silences; /* unanswered, by clients that the capture shows nothing reach */
    size_t count;
    struct draft *buckets[DRAFT_BUCKETS]; /* the same drafts, by kind and key */
    struct hijacked_pair *hijacked; /* for hijacks_explain; in the arena */
    size_t hijacked_count;
    struct trust_store *trust; /* borrowed; NULL: no roots to verify by */
    struct intercepted_pair *intercepted; /* for interception_explains; in the arena */
    size_t intercepted_count;
    struct served_chain *served; /* by name, for interception_served; in the arena */
    size_t served_count;
    uint64_t *genuine; /* flows, for interception_genuine; in the arena */
    size_t genuine_count;
    struct draft spare; /* stands in for a draft that memory did not suffice for */
};

/* The draft with this key, made if need be: `kind` must be a constant. `row` gives
 * host, transport (unless `port` is -1) and category. Confidence begins as
 * certain. Never NULL: memory that is out shows in the arena. */
struct draft *builder_draft(struct builder *builder, const char *key, const char *kind,
                            enum severity severity, size_t row, int port);

/* Each of these adds what is not there yet; sorted out in builder_finish. */
void draft_add_device(struct builder *builder, struct draft *draft, const struct address *device);
void draft_add_address(struct builder *builder, struct draft *draft, const struct address *address);
void draft_add_name(struct builder *builder, struct draft *draft, const char *name);
void draft_add_row(struct builder *builder, struct draft *draft, size_t row);

/* Widens first_seen and last_seen; TIMESTAMP_NONE changes nothing. */
void draft_seen(struct draft *draft, int64_t first, int64_t last);

/* It failed then, and works at other times: joined with what it overlaps. */
void draft_period(struct builder *builder, struct draft *draft, const struct period *period);

void draft_detail_text(struct builder *builder, struct draft *draft, const char *name,
                       const char *text);
void draft_detail_number(struct draft *draft, const char *name, double number);

/* Adds one packet; silently no more than FINDING_EVIDENCE_LIMIT. */
void draft_evidence(struct builder *builder, struct draft *draft, uint64_t packet, int64_t time,
                    const char *note);

/* The name under which a report shows a source; "?" if it is not known. */
const char *source_display_name(const struct diagnosis *diagnosis, uint32_t source);

/* Adds the events of a flow as evidence. False when the database fails. */
bool draft_evidence_of_flow(struct builder *builder, struct draft *draft, uint64_t flow);

/* The first flow that is named is the one whose packets the ladder shows. */
void draft_show_flow(struct draft *draft, uint64_t flow);

/* Sets the culprit; `address` may be NULL. */
void draft_culprit(struct builder *builder, struct draft *draft, enum culprit_role role,
                   const struct address *address, int hops);

/* How many routers away the sender of a packet with this TTL is, counted as
 * traceroute counts (1: the next hop), from the usual initial values; 0: unknown. */
int hops_from_ttl(uint8_t ttl);

/* "Apple push (APNs)" for "apns", and so on; the category itself if unknown. */
const char *category_phrase(const char *category);

/* "1 device", "3 devices". */
const char *count_phrase(struct builder *builder, uint64_t count, const char *one,
                         const char *many);

/* Marks every row that covers the name or address (NULL: unknown), port and
 * transport (0: whatever). */
void draft_add_rows_of(struct builder *builder, struct draft *draft, const char *name,
                       const struct address *address, uint16_t port, uint8_t transport);

/* Forgets a draft: it did not hold. */
void builder_take_back(struct builder *builder, const struct draft *draft);

/* Completes the drafts that came after `before` (NULL: all): each is sorted, then
 * described if it holds (`holds` NULL: it does), else taken back. */
void builder_settle(struct builder *builder, const struct draft *before,
                    bool (*holds)(const struct draft *draft),
                    void (*describe)(struct builder *builder, struct draft *draft));

/* Each cause of a draft has a confidence of its own; the surest counts. To be
 * called before its count goes up. */
void draft_confidence(struct draft *draft, enum confidence confidence);

/* Takes in all that a draft of the same cause has seen; texts, details and culprit are left
 * to the caller. */
void draft_join(struct builder *builder, struct draft *whole, const struct draft *part);

/* Does one of the draft's devices fail in `needed` (at most DRAFT_ROWS_LIMIT) different rows,
 * by the drafts from this one on that are alike? */
#define DRAFT_ROWS_LIMIT 8
bool draft_fails_widely(const struct draft *first, size_t needed,
                        bool (*is_alike)(const struct draft *one, const struct draft *two));

/* Sorts and thins the lists, so that a rule can count devices and write of them. */
void draft_sort(const struct builder *builder, struct draft *draft);

/* Sorts lists, orders drafts, gives identities, moves findings into the diagnosis. */
void builder_finish(struct builder *builder);

#endif
