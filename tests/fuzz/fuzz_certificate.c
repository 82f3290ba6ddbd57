/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One X.509 certificate as DER, and what its names say.
 */
#include "certificates/certificate.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct fact_certificate fact = {0};
    struct certificate *certificate = certificate_read(bytes_of(data, size));
    if (certificate != NULL)
        certificate_describe(certificate, &fact);
    certificate_release(certificate);
    return 0;
}
