/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From a hello to its fields of struct fact_tls: both carriers of TLS, TCP and
 * QUIC, tell the same (RFC 8446 section 4.1; fingerprints are those of
 * dissectors/tls_fingerprint.h).
 */
#include "dissectors/tls_facts.h"

static const char *known(const char *text)
{
    return text[0] == '\0' ? NULL : text;
}

void tls_facts_client_hello(struct tls_fingerprinter *fingerprinter, struct tls_client_hello *hello,
                            enum tls_carrier carrier, struct fact_tls *fact)
{
    tls_client_hello_name_groups(hello);
    tls_fingerprint_ja3(fingerprinter, hello, hello->ja3);
    tls_fingerprint_ja4(fingerprinter, hello, carrier == TLS_OVER_QUIC ? 'q' : 't', hello->ja4);
    fact->server_name = known(hello->server_name);
    fact->client_alpn = known(hello->alpn);
    fact->client_version = hello->version;
    fact->client_groups = known(hello->groups);
    fact->client_shares = known(hello->shares);
    fact->encrypted_hello = hello->encrypted_hello;
    fact->resumption_offered = hello->resumption_offered;
    fact->early_data = hello->early_data;
    fact->ja3 = known(hello->ja3);
    fact->ja4 = known(hello->ja4);
}

void tls_facts_server_hello(struct tls_fingerprinter *fingerprinter, struct tls_server_hello *hello,
                            struct fact_tls *fact)
{
    tls_fingerprint_ja3s(fingerprinter, hello, hello->ja3s);
    fact->server_version = hello->version;
    fact->cipher = hello->cipher;
    fact->server_alpn = known(hello->alpn);
    fact->group = hello->group;
    fact->downgrade = hello->downgrade;
    fact->ja3s = known(hello->ja3s);
    fact->resumed = hello->tls13 && hello->pre_shared_key;
}
