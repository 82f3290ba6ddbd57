/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this SPAN port or capture fit to judge by?  A diagnosis, what was counted of the
 * packets besides, and what is known of the interfaces come in; a list of checks goes
 * out, each with its grade, figures, and what to change.  Plain values; reports print
 * them and decide nothing.
 */
#ifndef APPLEPATH_DIAGNOSIS_FITNESS_H
#define APPLEPATH_DIAGNOSIS_FITNESS_H

#include "base/problem.h"
#include "diagnosis/finding.h"
#include "storage/store.h"

#define FITNESS_VLAN_LIMIT 64
#define FITNESS_TUNNEL_LIMIT 16
#define FITNESS_FIGURE_LIMIT 8
#define FITNESS_INTERFACE_LIMIT 64
#define FITNESS_CHECK_LIMIT (24 + 2 * FITNESS_INTERFACE_LIMIT)

struct fitness_vlan {
    uint16_t number; /* 0: packets without a tag, outside of any tunnel */
    uint64_t packets;
};

struct fitness_tunnel {
    const char *name; /* "VXLAN"; a constant */
    uint64_t packets;
};

/* What facts do not tell of the packets that were read. Copies are not among them. */
struct fitness_census {
    uint64_t packets; /* IP; those below are of them */
    uint64_t strangers; /* from one to another, neither of them an address of this machine */
    uint64_t oversized; /* TCP or UDP, larger than the interface lets pass */
    uint32_t largest; /* bytes: the innermost IP packet */
    struct fitness_vlan vlans[FITNESS_VLAN_LIMIT];
    size_t vlan_count;
    uint64_t vlan_packets_left_out; /* of VLANs beyond the limit */
    struct fitness_tunnel tunnels[FITNESS_TUNNEL_LIMIT];
    size_t tunnel_count;
    int64_t precision; /* nanoseconds, a power of ten that divides all times; 0: no packet */
    int64_t clock_ahead; /* of the packets' times before this machine's; the smallest seen */
    bool has_clock; /* it was compared: a live capture */
};

/* What the system says of an interface; where it does not, what is not known. */
struct fitness_interface {
    const char *name;
    bool has_state; /* the next three are known */
    bool running; /* there is a link */
    bool promiscuous;
    uint32_t mtu; /* bytes; 0: not known */
    uint32_t speed; /* megabits per second; 0: not known */
    bool half_duplex;
    bool has_offloads; /* the next two are known */
    bool joins_segments; /* generic receive offload (GRO) */
    bool card_joins_segments; /* large receive offload (LRO) */
    uint32_t ring; /* descriptors of the card's receive ring; 0: not known */
    uint32_t ring_most;
    uint32_t buffer_mebibytes; /* of the kernel's ring */
};

struct fitness_settings {
    const struct diagnosis *diagnosis; /* of all that was read */
    struct store *store; /* the same facts */
    const struct fitness_census *census;
    const struct fitness_interface *interfaces; /* one for each of the diagnosis' sources */
    size_t interface_count; /* 0: captures were read */
    int64_t watched; /* nanoseconds; of interfaces */
    int64_t now;
};

enum fitness_grade { FITNESS_NOT_JUDGED, FITNESS_GOOD, FITNESS_LOOK, FITNESS_BAD };

/* "not-judged", "good", "look", "bad". */
const char *fitness_grade_word(enum fitness_grade grade);

/* The whole of it: "unknown", "fit", "limited", "unfit". */
const char *fitness_verdict_word(enum fitness_grade verdict);

struct fitness_figure {
    const char *name; /* "two_sided_connections"; a constant */
    double number;
};

struct fitness_check {
    const char *name; /* "directions"; a constant */
    const char *title; /* "Both directions"; a constant */
    const char *subject; /* the interface it is about; NULL: all that was read */
    enum fitness_grade grade;
    const char *seen; /* in figures, one sentence or two */
    const char *advice; /* what to change; NULL: nothing */
    struct fitness_figure figures[FITNESS_FIGURE_LIMIT];
    size_t figure_count;
};

struct fitness {
    struct arena arena;
    const struct diagnosis *diagnosis; /* borrowed */
    bool live;
    int64_t watched; /* nanoseconds; where live */
    enum fitness_grade verdict; /* the worst grade */
    const char *sentence;
    struct fitness_check checks[FITNESS_CHECK_LIMIT]; /* always in the same order */
    size_t check_count;
};

/* How many checks have that grade. */
size_t fitness_count(const struct fitness *fitness, enum fitness_grade grade);

/* NULL and a problem when the database or memory fails. Released by fitness_release,
 * before the diagnosis. */
struct fitness *fitness_judge(const struct fitness_settings *settings, struct problem *problem);
void fitness_release(struct fitness *fitness);

#endif
