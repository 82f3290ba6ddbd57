/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Private to capture/: the numbers of pcapng (draft-ietf-opsawg-pcapng) that its
 * reader and its writer share.
 */
#ifndef APPLEPATH_CAPTURE_PCAPNG_FORMAT_H
#define APPLEPATH_CAPTURE_PCAPNG_FORMAT_H

#define PCAPNG_BYTE_ORDER 0x1a2b3c4du

/* More than Wireshark reads of any packet of a network. */
#define PCAPNG_PACKET_LIMIT 262144u /* bytes */

enum pcapng_block {
    PCAPNG_SECTION = 0x0a0d0d0a,
    PCAPNG_INTERFACE = 1,
    PCAPNG_OBSOLETE_PACKET = 2,
    PCAPNG_SIMPLE_PACKET = 3,
    PCAPNG_STATISTICS = 5,
    PCAPNG_ENHANCED_PACKET = 6
};

/* Options; each kind of block has its own, the first two are common to all. */
enum pcapng_option {
    PCAPNG_OPTION_END = 0,
    PCAPNG_OPTION_COMMENT = 1,
    PCAPNG_SECTION_APPLICATION = 4,
    PCAPNG_INTERFACE_NAME = 2,
    PCAPNG_INTERFACE_DESCRIPTION = 3,
    PCAPNG_INTERFACE_RESOLUTION = 9,
    PCAPNG_INTERFACE_OFFSET = 14,
    PCAPNG_PACKET_IDENTIFIER = 5,
    PCAPNG_STATISTICS_INTERFACE_DROPPED = 5,
    PCAPNG_STATISTICS_SYSTEM_DROPPED = 7
};

#endif
