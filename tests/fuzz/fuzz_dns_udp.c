/* SPDX-License-Identifier: Apache-2.0 */
/*
 * DNS queries and answers in datagrams, and who answers whom.
 */
#include "base/fact.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_conversation(data, size, TRANSPORT_UDP, 53);
    return 0;
}
