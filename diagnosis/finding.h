/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a diagnosis says: findings with their evidence, the coverage of Apple's
 * list, and the verdict.  Plain values; reports print them and decide nothing.
 * Everything is owned by the diagnosis' arena.
 */
#ifndef APPLEPATH_DIAGNOSIS_FINDING_H
#define APPLEPATH_DIAGNOSIS_FINDING_H

#include "base/address.h"
#include "base/arena.h"
#include "base/fact.h"

enum verdict { VERDICT_INCONCLUSIVE, VERDICT_HEALTHY, VERDICT_IMPAIRED, VERDICT_BLOCKED };
enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_CRITICAL };
enum confidence { CONFIDENCE_POSSIBLE, CONFIDENCE_LIKELY, CONFIDENCE_CERTAIN };
enum culprit_role {
    CULPRIT_UNKNOWN,
    CULPRIT_FIREWALL,
    CULPRIT_RESOLVER,
    CULPRIT_PROXY,
    CULPRIT_SERVER,
    CULPRIT_DEVICE,
    CULPRIT_NETWORK
};
enum coverage_status { COVERAGE_UNSEEN, COVERAGE_OK, COVERAGE_PARTIAL, COVERAGE_FAILING };

/* The words of the JSON report: "blocked", "critical", "likely", "firewall", "ok". */
const char *verdict_word(enum verdict verdict);
const char *severity_word(enum severity severity);
const char *confidence_word(enum confidence confidence);
const char *culprit_role_word(enum culprit_role role);
const char *coverage_status_word(enum coverage_status status);
const char *transport_word(uint8_t transport); /* "tcp", "udp"; NULL for others */

struct culprit {
    bool has_address;
    struct address address;
    enum culprit_role role;
    int hops; /* routers away from the capture point, 1 is the next; 0: not known */
};

/* One packet that shows it. */
struct evidence {
    const char *source; /* the file's name */
    uint64_t identity; /* base/fact.h's packet_identity, with the database's number of the source */
    uint64_t packet;
    int64_t time;
    const char *note;
};

/* One member of a finding's `detail` object: text, or a number where text is NULL. */
struct detail {
    const char *name;
    const char *text;
    double number;
};

/* A time in which it failed. */
struct period {
    int64_t first;
    int64_t last;
    bool over; /* it worked again afterwards */
};

/* Somebody who takes part in a ladder. */
struct ladder_party {
    const char *role; /* "device", "resolver", "proxy", "server", "firewall", "on the path" */
    const char *address; /* NULL: it was not seen */
};

/* A packet between two of them, or what did not come. */
struct ladder_step {
    int64_t time; /* TIMESTAMP_NONE: of what did not come */
    const char *source; /* the file's name; NULL where there is no packet */
    uint64_t packet; /* 0: none, this is the silence */
    size_t from, to; /* in the ladder's parties */
    const char *label; /* "SYN", "ClientHello", "RST", "query A gs.apple.com" */
    const char *note; /* "TTL 63; the server's other packets have 49"; NULL: none */
    bool answered; /* something came back for it; true where no answer is due */
    bool breaks; /* it is what the finding complains of */
};

#define LADDER_PARTY_LIMIT 4
#define LADDER_STEP_LIMIT 12

/* The one connection or exchange that shows a finding best, packet by packet. */
struct ladder {
    struct ladder_party parties[LADDER_PARTY_LIMIT]; /* the device first, along the path */
    size_t party_count;
    struct ladder_step steps[LADDER_STEP_LIMIT];
    size_t step_count; /* 0: nothing to draw */
    uint64_t left_out; /* packets that had no room, before the last few steps */
    size_t left_out_before; /* the step that they stand before */
};

/* What to configure, as a rule: "at the firewall, allow tcp from the devices to
 * 17.0.0.0/8 port 5223". */
struct prescription {
    const char *action; /* "allow", "exempt-from-filtering", "exempt-from-inspection", ... */
    const char *at; /* where: "the firewall (10.0.0.1)" */
    const char *from; /* devices: addresses, or a network that holds them; NULL: all */
    const char *to; /* hosts or networks */
    const char *ports; /* "5223", "80, 443"; NULL: whatever */
    const char *transport; /* "tcp", "udp"; NULL: whatever */
    const char *text; /* to paste; may have several lines */
};

#define FINDING_PRESCRIPTION_LIMIT 4

/* Where along the way from the devices to Apple something is. */
enum path_place {
    PATH_DEVICE,
    PATH_RESOLVER,
    PATH_PROXY,
    PATH_NETWORK, /* firewalls, routers, whatever else stands between */
    PATH_APPLE,
    PATH_PLACE_COUNT
};

#define FINDING_PERIOD_LIMIT 32
#define FINDING_EVIDENCE_LIMIT 12
#define FINDING_DETAIL_LIMIT 8

/* Did it still fail when the capture ended? */
enum ongoing {
    ONGOING_UNKNOWN,
    ONGOING_NO, /* it worked again for all that it had failed for */
    ONGOING_YES /* for some device no success followed */
};

struct finding {
    const char *id; /* "F1": by the order of the report */
    const char *kind;
    enum severity severity;
    enum confidence confidence;
    const char *category; /* NULL where no service is meant */
    const char *host; /* the catalogue's pattern, or NULL */
    const char **names; /* seen: queried, in SNI, in CONNECT */
    size_t name_count;
    int port; /* -1: none */
    uint8_t transport; /* 0: none */
    struct address *addresses; /* of the service, sorted */
    size_t address_count;
    struct address *devices; /* affected, sorted */
    size_t device_count;
    size_t repeated_devices; /* of `devices`: further addresses of a device in the list */
    const struct culprit *culprit; /* NULL where nothing points at one */
    struct detail details[FINDING_DETAIL_LIMIT];
    size_t detail_count;
    uint64_t count; /* flows, queries: how often it was seen */
    int64_t first_seen;
    int64_t last_seen;
    struct period *periods; /* where it works at other times; by their beginning */
    size_t period_count;
    enum ongoing ongoing;
    const char *summary; /* one sentence to forward */
    const char *explanation; /* what was seen and why it means this */
    const char *remedy; /* what to change, where */
    struct evidence evidence[FINDING_EVIDENCE_LIMIT];
    size_t evidence_count;
    const char *doubt; /* why it is not surer; NULL where it is certain */
    enum path_place place; /* where the path breaks */
    const struct ladder *ladder; /* NULL: no packets to draw */
    struct prescription prescriptions[FINDING_PRESCRIPTION_LIMIT];
    size_t prescription_count;
};

/* How many devices are affected: one with several addresses counts once. */
static inline size_t finding_devices(const struct finding *finding)
{
    return finding->device_count - finding->repeated_devices;
}

/* One row of the catalogue held against what was seen. */
struct coverage {
    const char *host;
    uint16_t port; /* 0: any */
    uint8_t transport;
    const char *category;
    enum coverage_status status;
    uint64_t attempts;
    uint64_t successes;
    bool retired;
    const char **findings; /* identities */
    size_t finding_count;
};

/* What Setup Assistant does, in its order. */
enum story_step {
    STEP_NETWORK, /* an address and a resolver from DHCP */
    STEP_NAMES,
    STEP_PORTAL_CHECK, /* captive.apple.com */
    STEP_TIME,
    STEP_ACTIVATION, /* albert.apple.com */
    STEP_ATTESTATION, /* humb.apple.com */
    STEP_ENROLMENT_RECORD, /* iprofiles.apple.com */
    STEP_MANAGEMENT, /* the site's own MDM server, where it is declared */
    STEP_PUSH_SETTINGS, /* init.push.apple.com, or the TXT query */
    STEP_PUSH,
    STEP_UPDATES,
    STEP_STORE,
    STORY_STEP_COUNT
};
enum story_state { STORY_UNSEEN, STORY_TRIED, STORY_REACHED };

/* The JSON's word for a step ("activation"), and words for people. */
const char *story_step_word(enum story_step step);
const char *story_step_phrase(enum story_step step);
const char *story_state_word(enum story_state state); /* "unseen", "tried", "reached" */

#define STORY_FINDINGS_LIMIT 4

struct story_mark {
    enum story_state state;
    int64_t tried_time; /* first; TIMESTAMP_NONE: not */
    int64_t reached_time; /* first; TIMESTAMP_NONE: not */
    const char *findings[STORY_FINDINGS_LIMIT]; /* identities of those that explain its lack */
    size_t finding_count;
};

struct story {
    struct story_mark steps[STORY_STEP_COUNT];
    enum story_step last_reached; /* STORY_STEP_COUNT: none */
    /* The first that was tried, not reached, and whose lack a finding explains;
     * STORY_STEP_COUNT: none. What the capture does not show is not missing. */
    enum story_step first_missing;
};

/* The ways by which a device may connect to push, in the order in which it tries them. */
enum push_way { PUSH_BY_5223, PUSH_BY_443, PUSH_BY_PROXY, PUSH_WAY_COUNT };
const char *push_way_word(enum push_way way); /* "tcp/5223", "tcp/443", "proxy" */

struct push_story {
    struct story_mark ways[PUSH_WAY_COUNT];
    enum push_way connected_by; /* the last that it reached; PUSH_WAY_COUNT: none */
    bool fell_back; /* the first way was tried in vain, and a later one reached */
};

struct device {
    struct address address; /* the first of `addresses` */
    struct address *addresses; /* all that it used, sorted: IPv4 first */
    size_t address_count;
    bool has_mac;
    struct mac mac;
    bool private_mac; /* made up by the device: it names no vendor */
    const char *vendor; /* of the MAC; NULL: not known */
    const char *system; /* "iOS 11.2", as its HTTP requests said; NULL: not known */
    const char *name; /* that it gave to DHCP; NULL: not known */
    const char *role; /* "device", "mdm-server" */
    uint64_t apple_flows;
    const struct story *story; /* NULL: it was not seen to set itself up */
    const struct push_story *push; /* NULL: it was not seen to connect to push */
};

/* A sentence on the capture's own condition: what it cannot tell, and why. */
struct condition {
    bool serious; /* limits the verdict */
    const char *sentence;
};

#define DIAGNOSIS_CONDITION_LIMIT 16
#define DIAGNOSIS_LAYER_LIMIT 16

#define TIMELINE_BUCKET_LIMIT 96
#define TIMELINE_ROW_LIMIT 32
#define TIMELINE_GAP_LIMIT 16

/* What was tried of one category, by time. */
struct timeline_row {
    const char *category;
    uint32_t successes[TIMELINE_BUCKET_LIMIT];
    uint32_t failures[TIMELINE_BUCKET_LIMIT];
    uint64_t success_count;
    uint64_t failure_count;
};

/* A time that no capture covers. */
struct timeline_gap {
    int64_t first;
    int64_t last;
};

/* Connections and failed lookups over the time of the captures. */
struct timeline {
    int64_t first; /* of the first bucket */
    int64_t step; /* nanoseconds in a bucket */
    size_t bucket_count; /* 0: there is nothing to show */
    struct timeline_row *rows; /* with anything in them; in the catalogue's order */
    size_t row_count;
    struct timeline_gap gaps[TIMELINE_GAP_LIMIT];
    size_t gap_count;
    size_t gaps_left_out;
};

#define PATH_ADDRESS_LIMIT 3

/* One place of the path, and what breaks there. */
struct path_node {
    struct address addresses[PATH_ADDRESS_LIMIT]; /* that were seen there; devices: none */
    size_t address_count;
    size_t addresses_left_out;
    const char **findings; /* identities; notes are none */
    size_t finding_count;
    enum severity worst; /* of them */
};

/* What the diagnosis was asked for: all of it, where nothing is set. */
struct selection {
    bool has_since, has_until, has_device;
    int64_t since;
    int64_t until;
    struct address device;
    const char *category; /* NULL: all */
};

static inline bool selection_is_whole(const struct selection *selection)
{
    return !selection->has_since && !selection->has_until && !selection->has_device &&
           selection->category == NULL;
}

struct proofs;

struct diagnosis {
    struct arena arena;
    struct selection selection;
    enum verdict verdict;
    const char *verdict_sentence; /* one line: what it means for the administrator */
    struct finding *findings; /* by severity, then by devices affected */
    size_t finding_count;
    struct coverage *coverage; /* every row, in the catalogue's order */
    size_t coverage_count;
    struct device *devices;
    size_t device_count;
    const struct proofs *proofs; /* what worked (diagnosis/proofs.h); NULL: not asked for */
    struct fact_source *sources;
    size_t source_count;
    struct fact_totals totals;
    struct fact_layer layers[DIAGNOSIS_LAYER_LIMIT]; /* not read, the most frequent first */
    size_t layer_count;
    struct condition conditions[DIAGNOSIS_CONDITION_LIMIT];
    size_t condition_count;
    struct timeline timeline;
    struct path_node path[PATH_PLACE_COUNT];
};

static inline size_t diagnosis_count(const struct diagnosis *diagnosis, enum severity severity)
{
    size_t count = 0;
    for (size_t i = 0; i < diagnosis->finding_count; i++)
        count += diagnosis->findings[i].severity == severity;
    return count;
}

#endif
