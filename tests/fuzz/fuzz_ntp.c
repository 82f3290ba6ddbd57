/* SPDX-License-Identifier: Apache-2.0 */
/*
 * NTP packets of clients and servers.
 */
#include "base/fact.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_conversation(data, size, TRANSPORT_UDP, 123);
    return 0;
}
