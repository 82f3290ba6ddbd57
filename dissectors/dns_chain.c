/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where may a client now connect to, and under which name?  An answer comes in;
 * flows/resolved_names.h learns its addresses (RFC 1034 section 3.6.2).
 */
#include "dissectors/dns_chain.h"

#include "flows/resolved_names.h"

/* Without hardware addresses nobody knows which two addresses are one device's. An address
 * that was given to clients of the one family alone, under one name, has that name for those
 * of the other family that ask nothing themselves. */
static void anyone_note(const struct dns_exchange *exchange, const struct address *server,
                        const char *name)
{
    struct resolved_names *names = exchange->observation->names;
    struct address anyone = resolved_names_anyone(address_is_ipv4(&exchange->client.address));
    struct address asker = resolved_names_asker();
    resolved_names_add(names, &exchange->client.address, &asker, "asks");
    resolved_names_add_common(names, &anyone, server, name);
}

/* Notes the addresses of one owner (NULL: of any); true when there were some. */
static bool addresses_note(const struct dns_exchange *exchange, const char *owner, const char *name)
{
    const struct dns_message *message = exchange->message;
    bool found = false;
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *record = &message->records[i];
        if (record->section != DNS_ANSWER || address_is_none(&record->address) ||
            (owner != NULL && strcmp(record->owner, owner) != 0))
            continue;
        resolved_names_add(exchange->observation->names, &exchange->client.address,
                           &record->address, name);
        if (exchange->packet->has_macs) {
            struct address station = resolved_names_station(&exchange->packet->destination_mac);
            resolved_names_add(exchange->observation->names, &station, &record->address, name);
        } else {
            anyone_note(exchange, &record->address, name);
        }
        found = true;
    }
    return found;
}

/* Where the owner's CNAME leads; NULL: it has none. */
static const char *alias_target(const struct dns_message *message, const char *owner)
{
    for (size_t i = 0; i < message->record_count; i++) {
        const struct dns_record *record = &message->records[i];
        if (record->section == DNS_ANSWER && record->type == DNS_TYPE_CNAME &&
            strcmp(record->owner, owner) == 0)
            return record->data;
    }
    return NULL;
}

static bool all_unknown(const struct dns_exchange *exchange)
{
    const struct dns_message *message = exchange->message;
    for (size_t i = 0; i < message->record_count; i++)
        if (message->records[i].section == DNS_ANSWER &&
            !address_is_none(&message->records[i].address) &&
            resolved_names_has_server(exchange->observation->names, &message->records[i].address))
            return false;
    return true;
}

bool dns_chain_matters(const struct dns_exchange *exchange, bool wanted)
{
    return wanted || !exchange->packet->has_macs || !all_unknown(exchange);
}

void dns_chain_fetch(const struct dns_exchange *exchange)
{
    const struct dns_message *message = exchange->message;
    for (size_t i = 0; i < message->record_count; i++)
        if (message->records[i].section == DNS_ANSWER &&
            !address_is_none(&message->records[i].address))
            resolved_names_fetch(exchange->observation->names, &message->records[i].address);
}

/* The records of a chain may stand in any order; where it is broken, every
 * address of the answer counts. */
void dns_chain_note(const struct dns_exchange *exchange, const char *asked, bool wanted)
{
    const struct dns_message *message = exchange->message;
    const char *owner = asked;
    bool found = false;
    for (size_t i = 0; i <= message->record_count && owner != NULL; i++) {
        found = addresses_note(exchange, owner, wanted ? asked : NULL) || found;
        owner = alias_target(message, owner);
    }
    if (!found)
        addresses_note(exchange, NULL, wanted ? asked : NULL);
}
