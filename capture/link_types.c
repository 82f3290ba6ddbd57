/* SPDX-License-Identifier: Apache-2.0 */
/*
 * LINKTYPE_ values to DLT_ values and back: in go the numbers of one side, out
 * come those of the other.  https://www.tcpdump.org/linktypes.html lists both;
 * only those that differ somewhere need a line here.
 */
#include "capture/link_types.h"

#include <pcap/pcap.h>
#include <stddef.h>

static const struct {
    uint32_t linktype;
    int link_type;
} differing[] = {
    {100, DLT_ATM_RFC1483}, {101, DLT_RAW},  {102, DLT_SLIP_BSDOS},
    {103, DLT_PPP_BSDOS},   {108, DLT_LOOP}, {109, DLT_ENC},
};

int link_type_of_file(uint32_t linktype)
{
    for (size_t i = 0; i < sizeof differing / sizeof differing[0]; i++)
        if (differing[i].linktype == linktype)
            return differing[i].link_type;
    return (int)linktype;
}

uint32_t link_type_to_file(int link_type)
{
    for (size_t i = 0; i < sizeof differing / sizeof differing[0]; i++)
        if (differing[i].link_type == link_type)
            return differing[i].linktype;
    return (uint32_t)link_type;
}

const char *link_type_name(int link_type)
{
    const char *name = pcap_datalink_val_to_name(link_type);

    return name != NULL ? name : "unknown";
}
