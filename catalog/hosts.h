/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What should work, according to Apple: the list of hosts, ports and networks
 * (catalog/apple_hosts.tsv, compiled in) and the hosts that the user adds.
 */
#ifndef APPLEPATH_CATALOG_HOSTS_H
#define APPLEPATH_CATALOG_HOSTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/problem.h"

struct catalog;

enum service_role { ROLE_DEVICE, ROLE_MDM_SERVER, ROLE_BOTH };
enum proxy_support { PROXY_UNKNOWN, PROXY_NO, PROXY_YES };
enum pattern_kind { PATTERN_EXACT, PATTERN_WILDCARD, PATTERN_NETWORK };

/* One host pattern with one port. Text is owned by the catalogue. */
struct service {
    const char *host; /* "gs.apple.com", "*.push.apple.com", "17.0.0.0/8" */
    enum pattern_kind kind;
    struct prefix network; /* of PATTERN_NETWORK */
    uint16_t port; /* 0: any */
    uint8_t transport; /* enum transport */
    const char *category;
    const char *systems; /* operating systems, as Apple writes them */
    const char *description;
    enum service_role role;
    enum proxy_support proxy;
    const char *source; /* "seed-2020", "newer", both comma-separated, or "site" */
    bool retired; /* Apple has given it up: its failure is no incident */
    size_t within; /* the row of Apple's own list that covers this one; itself if none */
};

/* The words of lists and reports: "unknown", "no", "yes"; "device", "mdm-server", "both". */
const char *proxy_support_word(enum proxy_support proxy);
const char *service_role_word(enum service_role role);

/* Loads the built-in list and then the files. File format: README, "Your own
 * hosts". NULL and a problem that names file and line when one cannot be read. */
struct catalog *catalog_load(const char *const *files, size_t count, struct problem *problem);
void catalog_release(struct catalog *catalog);

size_t catalog_count(const struct catalog *catalog);
const struct service *catalog_service(const struct catalog *catalog, size_t index);

#define CATALOG_MATCH_LIMIT 24
#define CATALOG_NO_SERVICE SIZE_MAX

struct catalog_match {
    size_t services[CATALOG_MATCH_LIMIT]; /* every row that covers it, best first */
    size_t count;
    size_t primary; /* the row to name in a finding; CATALOG_NO_SERVICE if none */
};

/* Every row for a name (NULL: unknown) or address (NULL: unknown) with a port
 * (0: whatever port) and transport (0: whatever). Names match without regard to
 * case; "*.x" covers any name that ends in ".x", not "x" itself; "*-x" any label
 * that ends in "-x". Exact rows come before wildcards, longer patterns before
 * shorter, names before networks. `primary` is the first row, or the row it is
 * `within`; networks set aside for APNs stand for *.push.apple.com. */
void catalog_match(const struct catalog *catalog, const char *name, const struct address *address,
                   uint16_t port, uint8_t transport, struct catalog_match *match);

/* Is there any row, or a name that Apple's CNAMEs lead to, for this name? */
bool catalog_knows_name(const struct catalog *catalog, const char *name);

/* Does the address lie in a network of the catalogue's (listed rows, the user's,
 * Apple's own IPv6 and NAT64 forms)? */
bool catalog_knows_address(const struct catalog *catalog, const struct address *address);

/* A name of the courier family, which is only ever a CNAME: the bare
 * "courier.push.apple.com" (whose target has no address, by design) or a
 * numbered "N-courier...". */
enum courier_name { COURIER_NONE, COURIER_PLACEHOLDER, COURIER_NUMBERED };
enum courier_name catalog_courier_name(const char *name);

#endif
