/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does one NTP message say (RFC 5905 section 7.3), and do its extension
 * fields (RFC 7822) belong to Network Time Security (RFC 8915 section 5)?
 */
#ifndef APPLEPATH_DISSECTORS_NTP_FIELDS_H
#define APPLEPATH_DISSECTORS_NTP_FIELDS_H

#include "base/bytes.h"

enum ntp_mode {
    NTP_SYMMETRIC_ACTIVE = 1,
    NTP_SYMMETRIC_PASSIVE = 2,
    NTP_CLIENT = 3,
    NTP_SERVER = 4
};

/* Timestamps as on the wire: seconds and 2^32nds; the short ones seconds and 2^16ths. */
struct ntp_fields {
    uint8_t leap;
    uint8_t version;
    uint8_t mode; /* enum ntp_mode */
    uint8_t stratum;
    uint32_t root_delay;
    uint32_t root_dispersion;
    uint8_t reference[4];
    uint64_t reference_time;
    uint64_t origin;
    uint64_t receive;
    uint64_t transmit;
    bool nts;
};

/* False when it is too short, of an unknown version, or of a mode that asks or
 * tells nothing about the time (broadcast, control, private). */
bool MUST_CHECK ntp_fields_read(struct bytes from, struct ntp_fields *fields);

#endif
