/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which protocols does the program understand?  The list of all dissectors, in
 * the order in which they are asked whether a flow is theirs.
 */
#ifndef APPLEPATH_DISSECTORS_REGISTRY_H
#define APPLEPATH_DISSECTORS_REGISTRY_H

#include "dissectors/dissector.h"

extern const struct dissector dissector_dns_udp;
extern const struct dissector dissector_dns_tcp;
extern const struct dissector dissector_tls;
extern const struct dissector dissector_http;
extern const struct dissector dissector_quic;
extern const struct dissector dissector_ntp;

extern const struct dissector *const dissectors[];
extern const size_t dissector_count;

extern const struct message_dissector message_dissector_dhcp;
extern const struct message_dissector message_dissector_dhcpv6;
extern const struct message_dissector message_dissector_router_advertisement;

#define MESSAGE_DISSECTOR_COUNT 3
extern const struct message_dissector *const message_dissectors[MESSAGE_DISSECTOR_COUNT];

#endif
