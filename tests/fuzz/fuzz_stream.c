/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TCP segments in any order, overlapping, with holes.
 */
#include "flows/stream.h"
#include "tests/fuzz/fuzz.h"

/* Takes half of what it is shown, so that some always stays. */
static size_t take_half(void *owner, struct bytes available)
{
    uint64_t *sum = owner;
    for (size_t i = 0; i < available.length; i++)
        *sum += available.data[i];
    return available.length / 2;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct stream stream = {0};
    struct bytes rest = bytes_of(data, size), content;
    uint64_t sum = 0;
    uint32_t sequence;
    uint8_t length, lost;
    while (bytes_read_u32(&rest, &sequence) && bytes_read_u8(&rest, &length) &&
           bytes_read_u8(&rest, &lost)) {
        size_t taken = (size_t)length * 16 < rest.length ? (size_t)length * 16 : rest.length;
        if (!bytes_take(&rest, taken, &content))
            break;
        stream_start(&stream, sequence);
        stream_add(&stream, sequence, content, lost, take_half, &sum);
        stream_acknowledged(&stream, sequence + length);
    }
    stream_release(&stream);
    return 0;
}
