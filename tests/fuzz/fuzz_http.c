/* SPDX-License-Identifier: Apache-2.0 */
/*
 * HTTP/1 heads, CONNECT, and what comes inside it.
 */
#include "base/fact.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_conversation(data, size, TRANSPORT_TCP, 3128);
    return 0;
}
