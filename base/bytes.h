/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does the program read memory that somebody else wrote?  Through this
 * cursor, and through nothing else.  A read either succeeds and moves the
 * cursor, or fails and changes neither the cursor nor its outputs.
 */
#ifndef APPLEPATH_BASE_BYTES_H
#define APPLEPATH_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define MUST_CHECK __attribute__((warn_unused_result))

/* Where a header is read whole its length is checked once, if only the compiler sees it. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* What is seldom called by what is called for each packet: in line it would have that save
 * registers that only this needs. */
#define NEVER_INLINE __attribute__((noinline))

/* A borrowed run of bytes; `data` may be NULL only where `length` is 0. */
struct bytes {
    const uint8_t *data;
    size_t length;
};

static inline struct bytes bytes_of(const void *data, size_t length)
{
    struct bytes result = {data, length};
    return result;
}

static inline bool bytes_empty(struct bytes from)
{
    return from.length == 0;
}

/* Takes `count` bytes off the front into `taken`; false when there are fewer. */
static ALWAYS_INLINE bool MUST_CHECK bytes_take(struct bytes *from, size_t count,
                                                struct bytes *taken)
{
    if (from->length < count)
        return false;
    *taken = bytes_of(from->data, count);
    from->data += count;
    from->length -= count;
    return true;
}

static ALWAYS_INLINE bool MUST_CHECK bytes_skip(struct bytes *from, size_t count)
{
    struct bytes ignored;
    return bytes_take(from, count, &ignored);
}

/* Network byte order (big-endian) unless the name says `little`. */
static ALWAYS_INLINE bool MUST_CHECK bytes_read_u8(struct bytes *from, uint8_t *value)
{
    struct bytes taken;
    if (!bytes_take(from, 1, &taken))
        return false;
    *value = taken.data[0];
    return true;
}

static ALWAYS_INLINE bool MUST_CHECK bytes_read_u16(struct bytes *from, uint16_t *value)
{
    struct bytes taken;
    if (!bytes_take(from, 2, &taken))
        return false;
    *value = (uint16_t)((unsigned)taken.data[0] << 8 | taken.data[1]);
    return true;
}

static ALWAYS_INLINE bool MUST_CHECK bytes_read_u24(struct bytes *from, uint32_t *value)
{
    struct bytes taken;
    if (!bytes_take(from, 3, &taken))
        return false;
    *value = (uint32_t)taken.data[0] << 16 | (uint32_t)taken.data[1] << 8 | taken.data[2];
    return true;
}

static ALWAYS_INLINE bool MUST_CHECK bytes_read_u32(struct bytes *from, uint32_t *value)
{
    struct bytes taken;
    if (!bytes_take(from, 4, &taken))
        return false;
    *value = (uint32_t)taken.data[0] << 24 | (uint32_t)taken.data[1] << 16 |
             (uint32_t)taken.data[2] << 8 | taken.data[3];
    return true;
}

static ALWAYS_INLINE bool MUST_CHECK bytes_read_u64(struct bytes *from, uint64_t *value)
{
    struct bytes taken;
    if (!bytes_take(from, 8, &taken))
        return false;
    const uint8_t *octets = taken.data;
    *value = (uint64_t)octets[0] << 56 | (uint64_t)octets[1] << 48 | (uint64_t)octets[2] << 40 |
             (uint64_t)octets[3] << 32 | (uint64_t)octets[4] << 24 | (uint64_t)octets[5] << 16 |
             (uint64_t)octets[6] << 8 | octets[7];
    return true;
}

static ALWAYS_INLINE bool MUST_CHECK bytes_read_little_u16(struct bytes *from, uint16_t *value)
{
    struct bytes taken;
    if (!bytes_take(from, 2, &taken))
        return false;
    *value = (uint16_t)((unsigned)taken.data[1] << 8 | taken.data[0]);
    return true;
}

static ALWAYS_INLINE bool MUST_CHECK bytes_read_little_u32(struct bytes *from, uint32_t *value)
{
    struct bytes taken;
    if (!bytes_take(from, 4, &taken))
        return false;
    *value = (uint32_t)taken.data[3] << 24 | (uint32_t)taken.data[2] << 16 |
             (uint32_t)taken.data[1] << 8 | taken.data[0];
    return true;
}

/* Reads a length of 1, 2 or 3 bytes and takes that many bytes as a cursor of
 * their own, so that what is nested can never reach past its parent. */
static inline bool MUST_CHECK bytes_take_u8_prefixed(struct bytes *from, struct bytes *taken)
{
    struct bytes copy = *from;
    uint8_t length;
    if (!bytes_read_u8(&copy, &length) || !bytes_take(&copy, length, taken))
        return false;
    *from = copy;
    return true;
}

static inline bool MUST_CHECK bytes_take_u16_prefixed(struct bytes *from, struct bytes *taken)
{
    struct bytes copy = *from;
    uint16_t length;
    if (!bytes_read_u16(&copy, &length) || !bytes_take(&copy, length, taken))
        return false;
    *from = copy;
    return true;
}

static inline bool MUST_CHECK bytes_take_u24_prefixed(struct bytes *from, struct bytes *taken)
{
    struct bytes copy = *from;
    uint32_t length;
    if (!bytes_read_u24(&copy, &length) || !bytes_take(&copy, length, taken))
        return false;
    *from = copy;
    return true;
}

/* Looks at the byte at `offset` without moving; false when it is not there. */
static ALWAYS_INLINE bool MUST_CHECK bytes_peek_u8(struct bytes from, size_t offset, uint8_t *value)
{
    if (offset >= from.length)
        return false;
    *value = from.data[offset];
    return true;
}

/* The bytes from `offset` on; empty when the offset lies at or past the end. */
static inline struct bytes bytes_from(struct bytes whole, size_t offset)
{
    if (offset >= whole.length)
        return bytes_of(whole.data, 0);
    return bytes_of(whole.data + offset, whole.length - offset);
}

/* At most the first `limit` bytes. */
static inline struct bytes bytes_first(struct bytes whole, size_t limit)
{
    return bytes_of(whole.data, whole.length < limit ? whole.length : limit);
}

static inline bool bytes_equal(struct bytes left, struct bytes right)
{
    return left.length == right.length &&
           (left.length == 0 || memcmp(left.data, right.data, left.length) == 0);
}

/* Is `text` (without its terminator) what the bytes begin with? */
static inline bool bytes_start_with(struct bytes from, const char *text)
{
    size_t length = strlen(text);
    return from.length >= length && memcmp(from.data, text, length) == 0;
}

#endif
