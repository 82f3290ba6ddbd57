/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The mechanical variants of a capture: what a worse capture point would have seen of
 * the same traffic.  The same seed makes the same variant on every machine.
 */
#ifndef APPLEPATH_TESTS_LAB_VARY_PACKETS_H
#define APPLEPATH_TESTS_LAB_VARY_PACKETS_H

#include "trace.h"

/* What a variant does to a fault that is in the capture. */
enum vary_effect {
    VARY_SHOWS, /* the fault can be seen as before */
    VARY_HIDES, /* part of what shows it may be missing */
    VARY_ERASES /* all that shows it may be missing */
};

struct vary_variant {
    const char *name;
    enum vary_effect effect;
    const char *defect; /* kind of the finding that has to name what is wrong with the
                           capture; NULL where none does */
    bool (*make)(const struct trace *in, uint64_t seed, struct trace *out);
};

/* THE list of variants, ended by a line whose name is NULL. */
extern const struct vary_variant vary_variants[];

/* NULL when there is none of this name. */
const struct vary_variant *vary_find(const char *name);

/* Numbers that look random and are the same everywhere; advances `state`. */
uint64_t vary_random(uint64_t *state);

/* Private to the variants: those of vary_wrap.c. `in` is never changed; `out` is empty
 * before. False when memory is out. */
bool vary_vlan(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_vlan_by_direction(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_qinq(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_gre(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_erspan2(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_erspan3(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_vxlan(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_erspan_by_direction(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_geneve(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_tzsp(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_doubled_in_tunnel(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_fragmented(const struct trace *in, uint64_t seed, struct trace *out);

/* Those of vary_links.c. */
bool vary_mpls(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_pppoe(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_ipip(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_gtpu(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_capwap(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_radiotap(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_cooked(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_null(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_pktap(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_nflog(const struct trace *in, uint64_t seed, struct trace *out);

/* Private to the variants: those of vary_devices.c. */
bool vary_outwards(const struct trace *in, uint64_t seed, struct trace *out);
bool vary_inwards(const struct trace *in, uint64_t seed, struct trace *out);

#define VARY_OUTER_LENGTH 34u

/* Writes an Ethernet and an IPv4 header before `length` bytes of that protocol, between
 * two addresses that no capture of the lab has otherwise. */
void vary_put_outer(uint8_t *header, uint8_t protocol, size_t index, uint32_t length);

/* Writes the checksum of an IPv4 header of `length` bytes into it (RFC 791 section 3.1). */
void vary_ip_checksum(uint8_t *header, size_t length);

#endif
