/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE list of dissectors.  A new protocol is its file and one line here.  They
 * are asked in this order whether a flow is theirs.
 */
#include "dissectors/registry.h"

const struct dissector *const dissectors[] = {
    &dissector_tls,     &dissector_http, &dissector_dns_udp,
    &dissector_dns_tcp, &dissector_quic, &dissector_ntp,
};

_Static_assert(sizeof dissectors / sizeof dissectors[0] < FLOW_DISSECTOR_NDPI,
               "a flow has no room for the number of the last one");

const size_t dissector_count = sizeof dissectors / sizeof dissectors[0];

const struct message_dissector *const message_dissectors[MESSAGE_DISSECTOR_COUNT] = {
    &message_dissector_dhcp,
    &message_dissector_dhcpv6,
    &message_dissector_router_advertisement,
};
