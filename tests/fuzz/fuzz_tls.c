/* SPDX-License-Identifier: Apache-2.0 */
/*
 * TLS records and handshakes, certificates and alerts, of both sides.
 */
#include "base/fact.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_conversation(data, size, TRANSPORT_TCP, 443);
    return 0;
}
