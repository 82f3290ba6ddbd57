/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A connection to Apple push: TLS, and the rhythm of its life.
 */
#include "base/fact.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_conversation(data, size, TRANSPORT_TCP, 5223);
    return 0;
}
