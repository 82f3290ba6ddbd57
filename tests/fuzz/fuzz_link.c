/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of the link type that the first two bytes choose: every layer on the way in.
 */
#include "base/bytes.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes from = bytes_of(data, size);
    uint16_t link_type;
    if (bytes_read_u16(&from, &link_type))
        fuzz_frames(from.data, from.length, link_type);
    return 0;
}
