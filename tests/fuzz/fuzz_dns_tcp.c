/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS messages with their lengths, over TCP.
 */
#include "base/fact.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_conversation(data, size, TRANSPORT_TCP, 53);
    return 0;
}
