/* SPDX-License-Identifier: Apache-2.0 */
/*
 * QUIC datagrams: long headers, Initial packets, CRYPTO frames.
 */
#include "base/fact.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    fuzz_conversation(data, size, TRANSPORT_UDP, 443);
    return 0;
}
