/* SPDX-License-Identifier: Apache-2.0 */
/*
 * By what is a capture known again, before it is read for its packets?  A path comes in;
 * out go the two forms of fact_source.content: what it begins with, and all of it.
 */
#ifndef APPLEPATH_CAPTURE_CONTENT_H
#define APPLEPATH_CAPTURE_CONTENT_H

#include "capture/input.h"

#define CONTENT_SIZE (INPUT_CONTENT_SIZE + 24)

/* The SHA-256 of the first MiB of what the capture holds. False for what is no file, or
 * cannot be read; a problem is set only when memory is out. */
bool content_beginning(const char *path, char beginning[INPUT_CONTENT_SIZE],
                       struct problem *problem);

/* fact_source.content, for which all packets are counted. */
bool content_whole(const char *path, char content[CONTENT_SIZE], struct problem *problem);

/* Writes the value: `beginning`, ':', the number of packets. */
void content_put(char content[CONTENT_SIZE], const char *beginning, uint64_t packets);

#endif
