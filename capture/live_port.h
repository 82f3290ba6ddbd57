/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One opened interface: the only code that asks libpcap for a live capture, and that
 * turns its refusals into a sentence with what to do.
 */
#ifndef APPLEPATH_CAPTURE_LIVE_PORT_H
#define APPLEPATH_CAPTURE_LIVE_PORT_H

#include <pcap/pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/problem.h"

#define LIVE_SNAPSHOT_LENGTH 262144 /* joined segments (offloading) are longer than a packet */
#define LIVE_CARD_COUNTERS 2 /* files of the kernel's on what the network card lost */
#define LIVE_BLOCK_MILLISECONDS 50 /* a packet waits so long in the kernel's ring at most */

/* How to open. */
struct live_port_settings {
    const char *interface;
    const char *filter; /* BPF, or NULL */
    unsigned buffer_mebibytes;
    unsigned fanout_group; /* shared by the ports of one interface; 0: it has one only */
    bool counts_card; /* one port of each interface tells what the network card lost */
};

/* Begin with live_port_prepare. */
struct live_port {
    pcap_t *capture; /* NULL: closed */
    int descriptor; /* to wait at; -1: none */
    int link_type;
    bool nanoseconds;
    int card[LIVE_CARD_COUNTERS]; /* descriptors; -1: none */
    uint64_t card_last[LIVE_CARD_COUNTERS];
    uint64_t dropped; /* by the kernel and the card, since it was first opened */
    uint64_t last_total; /* as pcap_stats told it last */
};

enum live_port_failure {
    LIVE_PORT_OPENED,
    LIVE_PORT_ABSENT, /* there is no such interface, or it is down */
    LIVE_PORT_FORBIDDEN,
    LIVE_PORT_FAILED /* all else: a filter, a link type, memory */
};

void live_port_prepare(struct live_port *port);

/* Opens, with a large ring and the filter in force. A problem unless it was opened. */
enum live_port_failure live_port_open(struct live_port *port,
                                      const struct live_port_settings *settings,
                                      struct problem *problem);
void live_port_close(struct live_port *port);

/* Asks for what was lost since the last time, and adds it to `dropped`. */
void live_port_count_drops(struct live_port *port);

/* libpcap's name of the link type; a constant. */
const char *live_port_link_type(const struct live_port *port);

#endif
