/* SPDX-License-Identifier: Apache-2.0 */
/* What does a box on the way do to this packet?  Rules of one cable, the flows they have seen, and
 * the packets they forge.  Part of tests/lab/link.c. */
#ifndef APPLEPATH_TESTS_LAB_LINK_RULES_H
#define APPLEPATH_TESTS_LAB_LINK_RULES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

enum side { LEFT, RIGHT };

enum { MAX_RULES = 32, MAX_FLOWS = 1024, MAX_FORGED = 8, FORGED_BYTES = 96 };

enum action { ACT_DROP, ACT_STALL, ACT_RESET_LEFT, ACT_RESET_RIGHT, ACT_RESET_BOTH };

enum hello { HELLO_IGNORED, HELLO_ANY, HELLO_NAMED, HELLO_SPLIT };

struct rule {
    char text[256];
    enum hello hello;
    char name[128];
    uint8_t protocol; /* 0: any */
    unsigned port, size, data, server_data, first, burst, ttl, number;
    bool syn, from_left, from_right, then_drop;
    uint8_t address[16]; /* of the right side; IPv4 is mapped */
    bool has_address;
    double idle, age, loss;
    enum action action;
    unsigned matched;
};

struct flow {
    uint8_t left[16], right[16];
    uint16_t left_port, right_port;
    uint8_t protocol;
    bool used, silent;
    unsigned data, server_data, acted; /* `acted`: bits of rules that already forged */
    double start, last;
};

struct rules {
    struct rule rule[MAX_RULES];
    size_t count, read;
    struct flow flow[MAX_FLOWS];
    uint32_t random;
};

struct forged {
    enum side to;
    size_t length;
    uint8_t bytes[FORGED_BYTES];
};

struct verdict {
    bool pass;
    struct forged forged[MAX_FORGED];
    size_t forged_count;
};

/* Before a configuration is read again: rules with the same text stay as they are. */
void rules_rewind(struct rules *rules);

/* Adds the rule written in text ("sni=gs.apple.com act=reset-both"); false if it is not one. */
bool rules_add(struct rules *rules, const char *text);

/* Judges a frame that side sent; now in seconds.  Sets the whole verdict. */
void rules_judge(struct rules *rules, enum side side, const uint8_t *frame, size_t length,
                 double now, struct verdict *verdict);

/* Lowers TTL or hop limit in place, mending the IPv4 checksum; false if the packet ends here. */
bool packet_lower_hops(uint8_t *frame, size_t length, unsigned hops);

#endif
