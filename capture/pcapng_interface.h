/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to capture/: an interface of a pcapng section, and the options that
 * blocks carry (draft-ietf-opsawg-pcapng sections 3.5 and 4.2).
 */
#ifndef APPLEPATH_CAPTURE_PCAPNG_INTERFACE_H
#define APPLEPATH_CAPTURE_PCAPNG_INTERFACE_H

#include "capture/reader_formats.h"

struct pcapng_clock {
    uint64_t second; /* ticks of one; 0: more than 64 bits hold */
    uint64_t multiplier, divisor; /* from ticks below a second to nanoseconds */
    uint8_t shift; /* where the resolution is a power of two: it; else 0 */
    int64_t offset; /* seconds */
};

struct pcapng_interface_entry {
    int link_type; /* DLT_ value */
    uint32_t snapshot_length; /* 0: no limit */
    struct pcapng_clock clock;
    int64_t dropped; /* as its statistics said last; -1: they did not */
};

/* Takes the next option off the front; false at the end, or where they make no sense. */
bool MUST_CHECK pcapng_next_option(const struct reader *reader, struct bytes *options,
                                   uint16_t *code, struct bytes *value);

/* An option's value of 64 bits; false when it has another length. */
bool MUST_CHECK pcapng_option_u64(const struct reader *reader, struct bytes value,
                                  uint64_t *number);

/* Reads the body of an interface description; notes its names and comment. False when
 * it is too short. */
bool MUST_CHECK pcapng_interface_read(struct reader *reader, struct bytes body,
                                      struct pcapng_interface_entry *interface);

/* Nanoseconds since 1970, held to what can be computed with. */
int64_t pcapng_time(const struct pcapng_clock *clock, uint32_t high, uint32_t low);

#endif
