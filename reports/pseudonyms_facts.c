/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which members of a fact are the site's?  Addresses, and all texts that somebody chose;
 * what a standard or this program chose (protocols, ciphers, fingerprints) stays.
 */
#include "reports/pseudonyms_facts.h"

#include <string.h>

#include "reports/pseudonyms_diagnosis.h"

struct replacing {
    struct pseudonyms *pseudonyms;
    struct arena *arena;
};

static void replace(const struct replacing *with, const char **text)
{
    *text = pseudonym_copy(with->pseudonyms, with->arena, *text);
}

static void replace_address(const struct replacing *with, struct address *address)
{
    *address = pseudonym_address(with->pseudonyms, address);
}

void pseudonyms_into_flow(struct pseudonyms *pseudonyms, struct arena *arena,
                          struct fact_flow *flow)
{
    struct replacing with = {pseudonyms, arena};
    replace_address(&with, &flow->client.address);
    replace_address(&with, &flow->server.address);
    replace_address(&with, &flow->icmp_sender);
    replace_address(&with, &flow->path_mtu_sender);
    replace(&with, &flow->server_name);
    replace(&with, &flow->resolved_name);
    replace(&with, &flow->process);
}

static void replace_record(const struct replacing *with, bool of_apple, struct dns_record *record)
{
    enum { TYPE_A = 1, TYPE_NS = 2, TYPE_CNAME = 5, TYPE_PTR = 12, TYPE_AAAA = 28 };
    bool read = record->type == TYPE_A || record->type == TYPE_NS || record->type == TYPE_CNAME ||
                record->type == TYPE_PTR || record->type == TYPE_AAAA;
    replace(with, &record->owner);
    replace_address(with, &record->address);
    /* Free text of somebody else's names may say anything. */
    if (read || of_apple)
        replace(with, &record->data);
    else
        record->data = "...";
}

static void replace_dns(const struct replacing *with, struct fact_dns *dns)
{
    bool of_apple = dns->name != NULL && pseudonyms_keeps_name(with->pseudonyms, dns->name);
    replace_address(with, &dns->client.address);
    replace_address(with, &dns->resolver.address);
    replace(with, &dns->name);
    replace(with, &dns->extended_text);
    struct dns_record *records =
        arena_allocate(with->arena, (dns->record_count + 1) * sizeof *records);
    if (records == NULL || dns->record_count == 0) {
        dns->record_count = 0;
        return;
    }
    memcpy(records, dns->records, dns->record_count * sizeof *records);
    for (size_t i = 0; i < dns->record_count; i++)
        replace_record(with, of_apple, &records[i]);
    dns->records = records;
}

/* A path on a host of the site's, or on any that is not Apple's, is nobody's business. */
static void replace_http(const struct replacing *with, struct fact_http *http)
{
    bool of_apple = http->host != NULL && pseudonyms_keeps_name(with->pseudonyms, http->host);
    replace_address(with, &http->client.address);
    replace_address(with, &http->server.address);
    replace(with, &http->host);
    if (!of_apple && http->path != NULL && http->purpose != HTTP_CONNECT)
        http->path = "/...";
    replace(with, &http->path);
    replace(with, &http->user_agent);
    replace(with, &http->authenticate);
    replace(with, &http->location);
    replace(with, &http->software);
    replace(with, &http->via);
    if (!http->probe_success)
        http->body = NULL;
}

static void replace_lease(const struct replacing *with, struct fact_lease *lease)
{
    lease->mac = pseudonym_mac(with->pseudonyms, &lease->mac);
    replace_address(with, &lease->address);
    replace_address(with, &lease->server);
    replace(with, &lease->client_name);
    replace(with, &lease->routers);
    replace(with, &lease->resolvers);
    replace(with, &lease->domain);
    replace(with, &lease->time_servers);
    replace(with, &lease->captive_url);
    replace(with, &lease->autoconfig_url);
    replace(with, &lease->nat64_prefix);
}

/* From the second stratum on the reference is the address of the server's own (RFC 5905
 * section 7.3). */
static void replace_ntp(const struct replacing *with, struct fact_ntp *ntp)
{
    replace_address(with, &ntp->client.address);
    replace_address(with, &ntp->server.address);
    if (ntp->stratum >= 2) {
        struct address reference = address_from_ipv4(ntp->reference);
        replace_address(with, &reference);
        memcpy(ntp->reference, reference.octets + 12, sizeof ntp->reference);
    }
}

void pseudonyms_into_certificate(struct pseudonyms *pseudonyms, struct arena *arena,
                                 struct fact_certificate *certificate)
{
    struct replacing with = {pseudonyms, arena};
    replace(&with, &certificate->subject);
    replace(&with, &certificate->issuer);
    replace(&with, &certificate->names);
    certificate->der = bytes_of(NULL, 0);
}

void pseudonyms_into_fact(struct pseudonyms *pseudonyms, struct arena *arena,
                          const struct fact *fact, struct fact *result)
{
    struct replacing with = {pseudonyms, arena};
    *result = *fact;
    if (fact->kind == FACT_FLOW)
        pseudonyms_into_flow(pseudonyms, arena, &result->as.flow);
    else if (fact->kind == FACT_DNS)
        replace_dns(&with, &result->as.dns);
    else if (fact->kind == FACT_TLS)
        replace(&with, &result->as.tls.server_name);
    else if (fact->kind == FACT_HTTP)
        replace_http(&with, &result->as.http);
    else if (fact->kind == FACT_NTP)
        replace_ntp(&with, &result->as.ntp);
    else if (fact->kind == FACT_LEASE)
        replace_lease(&with, &result->as.lease);
    else if (fact->kind == FACT_CERTIFICATE)
        pseudonyms_into_certificate(pseudonyms, arena, &result->as.certificate);
    else
        memset(&result->as, 0, sizeof result->as);
    if (!pseudonyms_complete(pseudonyms))
        arena->failed = true;
}
