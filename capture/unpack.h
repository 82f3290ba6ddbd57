/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Compressed captures as a stream: packed bytes in, plain bytes out, as much as
 * there is room for, so that no archive can take more memory than its window.
 */
#ifndef APPLEPATH_CAPTURE_UNPACK_H
#define APPLEPATH_CAPTURE_UNPACK_H

#include "base/bytes.h"

struct unpacker;

enum unpack_format {
    UNPACK_NONE, /* not packed, or not in a way that is known here */
    UNPACK_GZIP, /* RFC 1952 */
    UNPACK_ZSTD /* RFC 8878 */
};

/* By the first bytes; three suffice for gzip, four for Zstandard. */
enum unpack_format unpack_recognise(struct bytes beginning);

/* False where this program was built without it. */
bool unpack_supports(enum unpack_format format);

/* NULL when there is no memory. Released by unpacker_release. */
struct unpacker *unpacker_create(enum unpack_format format);
void unpacker_release(struct unpacker *unpacker);

/* Takes from `packed`, writes at most `room` bytes to `plain` and sets `written`.
 * False when the packed bytes are damaged: unpacker_reason says how. */
bool MUST_CHECK unpacker_run(struct unpacker *unpacker, struct bytes *packed, uint8_t *plain,
                             size_t room, size_t *written);

/* May the packed bytes end here? False in the middle of a member. */
bool unpacker_is_complete(const struct unpacker *unpacker);
const char *unpacker_reason(const struct unpacker *unpacker);

#endif
