/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The interface that every protocol implements: bytes in, facts out.  To add a
 * protocol, write its file and add one line to dissectors/registry.c.
 */
#ifndef APPLEPATH_DISSECTORS_DISSECTOR_H
#define APPLEPATH_DISSECTORS_DISSECTOR_H

#include "base/bytes.h"
#include "capture/packet.h"
#include "flows/flow.h"
#include "flows/observation.h"

enum dissector_answer {
    DISSECTOR_MORE, /* wants what comes next */
    DISSECTOR_DONE, /* has seen all it cares for */
    DISSECTOR_HAND_OVER, /* what follows on this flow is another protocol (a tunnel) */
    DISSECTOR_NOT_MINE, /* this is another protocol after all */
    DISSECTOR_MALFORMED /* it is its protocol, but broken: reading is over */
};

/* What a dissector is told at each call; borrowed until it returns. */
struct dissector_call {
    struct observation *observation;
    struct flow *flow; /* with detail, unless the dissector is plain */
    const struct packet *packet; /* that brought the newest bytes; NULL in flow_end */
    int side; /* SIDE_CLIENT or SIDE_SERVER: who sent them */
    void *common; /* this dissector's state for the whole run, or NULL */
    void *state; /* this dissector's state for the flow: `state_size` zeroed bytes */
};

struct dissector {
    const char *name;
    uint8_t transport; /* enum transport */
    size_t state_size;
    bool plain; /* UDP: has no state, and reads of the flow no more than every flow has */

    /* State for the whole run; both NULL if there is none. */
    void *(*create)(void);
    void (*release)(void *common);

    /* Whose state for the run it uses, which then makes and finishes it; NULL: none. */
    const struct dissector *partner;

    /* Does the first payload of the flow look like this protocol? */
    bool (*claims)(const struct flow *flow, struct bytes payload);

    /* TCP: the unread bytes of one direction, in order. Takes off the front what
     * it is done with; the rest comes again with more behind it. */
    enum dissector_answer (*stream)(const struct dissector_call *call, struct bytes *available);

    /* TCP: bytes of `call->side` are missing, and no more of it comes. May be NULL. */
    void (*stream_lost)(const struct dissector_call *call);

    /* UDP: one datagram. */
    enum dissector_answer (*datagram)(const struct dissector_call *call, struct bytes payload);

    /* The key by which dissectors/dns_question.h signs packets ahead of their turn; a packet
     * that was signed is to come soon: fetches what it will need. NULL but for one of all. */
    struct hash_key (*question_key)(const void *common);
    void (*fetch)(const void *common, const struct packet *packet, bool soon);

    /* Bytes that the flow's state has allocated beside itself: where all flows hold too much,
     * those that hold the longest are read no further. NULL: never any. */
    size_t (*held)(const void *state);

    /* The flow is over, or no more of it can be read: tell what is half known,
     * and give back what the state holds. May be NULL. */
    void (*flow_end)(const struct dissector_call *call);

    /* The run is over: tell what is still open in `common`. May be NULL. */
    void (*finish)(void *common, struct observation *observation);

    /* A snapshot: tell what these two would tell and has settled
     * (observation_is_settled), and go on as if nothing had been asked. What is told
     * here is taken back before the next fact. Either may be NULL. */
    void (*flow_stand)(const struct dissector_call *call);
    void (*stand)(const void *common, struct observation *observation);
};

/* A protocol whose packets make no flow: broadcast and multicast, or ICMPv6. */
struct message_dissector {
    const char *name;

    /* State for the whole run. */
    void *(*create)(void);
    void (*release)(void *common);

    /* Is the packet one of its messages? Asked for every one of UDP: by its ports. */
    bool (*claims)(const struct packet *packet);

    /* One message: the packet's payload. What is broken is read up to there. */
    void (*message)(void *common, struct observation *observation, const struct packet *packet);

    /* The run is over: tell what is still open in `common`. */
    void (*finish)(void *common, struct observation *observation);

    /* A snapshot, as in struct dissector. */
    void (*stand)(const void *common, struct observation *observation);
};

#endif
