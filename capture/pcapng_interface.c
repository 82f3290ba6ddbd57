/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a pcapng file say of an interface?  Its link type, snapshot length and
 * clock (draft-ietf-opsawg-pcapng section 4.2) come out of the block's body.
 * Options that make no sense end their list and do no other harm.
 */
#include "capture/pcapng_interface.h"

#include "capture/link_types.h"
#include "capture/pcapng_format.h"

#define SECONDS_LIMIT INT64_C(4600000000)
#define RESOLUTION_BINARY 0x80
#define RESOLUTION_DEFAULT 6
#define RESOLUTION_NANOSECONDS 9

bool pcapng_next_option(const struct reader *reader, struct bytes *options, uint16_t *code,
                        struct bytes *value)
{
    uint16_t length;

    if (!reader_u16(reader, options, code) || !reader_u16(reader, options, &length) ||
        *code == PCAPNG_OPTION_END || !bytes_take(options, length, value))
        return false;
    /* Padded to 32 bits; the last one's padding may be missing. */
    *options = bytes_from(*options, (4u - length % 4u) % 4u);
    return true;
}

bool pcapng_option_u64(const struct reader *reader, struct bytes value, uint64_t *number)
{
    uint32_t first, second;

    if (value.length != 8 || !reader_u32(reader, &value, &first) ||
        !reader_u32(reader, &value, &second))
        return false;
    *number = reader->big ? (uint64_t)first << 32 | second : (uint64_t)second << 32 | first;
    return true;
}

/* 10 to the power of `exponent`; 0 where 64 bits do not hold it. */
static uint64_t power_of_ten(unsigned exponent)
{
    uint64_t power = 1;

    if (exponent > 19)
        return 0;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static void set_resolution(struct pcapng_clock *clock, uint8_t resolution)
{
    unsigned exponent = resolution & 0x7fu;

    clock->shift = 0;
    clock->multiplier = 1;
    clock->divisor = 1;
    if ((resolution & RESOLUTION_BINARY) != 0 && exponent > 0) {
        clock->shift = (uint8_t)exponent;
        return;
    }
    clock->second = power_of_ten(exponent);
    if (exponent < RESOLUTION_NANOSECONDS)
        clock->multiplier = power_of_ten(RESOLUTION_NANOSECONDS - exponent);
    else
        clock->divisor = power_of_ten(exponent - RESOLUTION_NANOSECONDS);
}

static int64_t limit_seconds(int64_t seconds)
{
    if (seconds > SECONDS_LIMIT)
        return SECONDS_LIMIT;
    return seconds < -SECONDS_LIMIT ? -SECONDS_LIMIT : seconds;
}

static int64_t join(const struct pcapng_clock *clock, uint64_t seconds, uint64_t nanoseconds)
{
    int64_t limited =
        limit_seconds(seconds > (uint64_t)SECONDS_LIMIT ? SECONDS_LIMIT : (int64_t)seconds);

    return limit_seconds(limited + clock->offset) * NANOSECONDS_PER_SECOND + (int64_t)nanoseconds;
}

static int64_t binary_time(const struct pcapng_clock *clock, uint64_t ticks)
{
    uint64_t seconds, fraction;
    unsigned shift = clock->shift;

    if (shift >= 64)
        return join(clock, 0, shift < 96 ? (ticks >> (shift - 32)) * 1000000000u >> 32 : 0);
    seconds = ticks >> shift;
    fraction = ticks & ((UINT64_C(1) << shift) - 1);
    /* 32 bits of it are a quarter of a nanosecond, and leave room for the product. */
    if (shift > 32) {
        fraction >>= shift - 32;
        shift = 32;
    }
    return join(clock, seconds, fraction * 1000000000u >> shift);
}

int64_t pcapng_time(const struct pcapng_clock *clock, uint32_t high, uint32_t low)
{
    uint64_t ticks = (uint64_t)high << 32 | low;

    if (clock->shift > 0)
        return binary_time(clock, ticks);
    if (clock->second == 0)
        return join(clock, 0, clock->divisor == 0 ? 0 : ticks / clock->divisor);
    return join(clock, ticks / clock->second,
                ticks % clock->second * clock->multiplier / clock->divisor);
}

static void take_option(struct reader *reader, struct pcapng_interface_entry *interface,
                        uint16_t code, struct bytes value)
{
    uint64_t offset;
    uint8_t resolution;

    if (code == PCAPNG_OPTION_COMMENT)
        reader_note_comment(reader, value);
    else if (code == PCAPNG_INTERFACE_NAME)
        reader_note_interface(reader, value);
    else if (code == PCAPNG_INTERFACE_RESOLUTION && bytes_peek_u8(value, 0, &resolution))
        set_resolution(&interface->clock, resolution);
    else if (code == PCAPNG_INTERFACE_OFFSET && pcapng_option_u64(reader, value, &offset))
        interface->clock.offset = limit_seconds((int64_t)offset);
}

bool pcapng_interface_read(struct reader *reader, struct bytes body,
                           struct pcapng_interface_entry *interface)
{
    struct bytes value;
    uint16_t link_type, code;

    memset(interface, 0, sizeof *interface);
    set_resolution(&interface->clock, RESOLUTION_DEFAULT);
    interface->dropped = -1;
    if (!reader_u16(reader, &body, &link_type) || !bytes_skip(&body, 2) ||
        !reader_u32(reader, &body, &interface->snapshot_length))
        return false;
    interface->link_type = link_type_of_file(link_type);
    reader_note_link_type(reader, interface->link_type);
    while (pcapng_next_option(reader, &body, &code, &value))
        take_option(reader, interface, code, value);
    return true;
}
