/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which number has a link type?  Files write LINKTYPE_ values, the same on every
 * system; libpcap's functions and struct frame use DLT_ values, of which a few
 * differ between systems.
 */
#ifndef APPLEPATH_CAPTURE_LINK_TYPES_H
#define APPLEPATH_CAPTURE_LINK_TYPES_H

#include <stdint.h>

int link_type_of_file(uint32_t linktype);
uint32_t link_type_to_file(int link_type);

/* libpcap's name, as EN10MB, or "unknown"; a constant. */
const char *link_type_name(int link_type);

#endif
