/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DHCPv4, DHCPv6, router advertisements, ICMP errors: raw IPv4 and IPv6 packets.
 */
#include "tests/fuzz/fuzz.h"

#define DLT_RAW 12

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_frames(data, size, DLT_RAW);
    return 0;
}
