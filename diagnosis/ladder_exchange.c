/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What was asked, and what came back?  The packet with which a finding's evidence
 * begins comes in; the DNS, NTP or HTTP exchange that it began goes into a ladder,
 * with what a forwarder asked in its turn, or a second answer.
 */
#include <string.h>

#include "diagnosis/answers.h"
#include "diagnosis/ladder.h"

/* How long after a question its consequences are looked for. */
#define EXCHANGE_SPAN (5 * NANOSECONDS_PER_SECOND)
#define EXCHANGE_ROWS 4096u

struct exchange_walk {
    struct ladder_draft *ladder;
    struct arena *arena;
    const struct evidence *evidence; /* whose packet began it */
    unsigned rows; /* looked at after it */
    bool found;
    bool found_first; /* the answer that the finding complains of is in the ladder */
    /* Of the first DNS transaction: what continues it. */
    uint64_t id;
    struct address resolver;
    const char *name;
    uint16_t type;
    int64_t answer_time; /* TIMESTAMP_NONE: none came */
};

static bool is_packet(const struct exchange_walk *walk, uint64_t packet, int64_t time)
{
    return packet != PACKET_NONE && packet_number(packet) == walk->evidence->packet &&
           time == walk->evidence->time;
}

static const char *error_word(struct arena *arena, uint8_t code)
{
    static const char *const words[] = {NULL,     "FORMERR", "SERVFAIL", "NXDOMAIN",
                                        "NOTIMP", "REFUSED"}; /* RFC 1035 section 4.1.1 */
    return code < sizeof words / sizeof words[0] ? words[code]
                                                 : arena_format(arena, "RCODE %u", code);
}

/* "NXDOMAIN", "17.57.144.36", "CNAME x, no address", "no records". */
static const char *answer_words(struct arena *arena, const struct fact_dns *dns)
{
    char text[ADDRESS_TEXT_SIZE];
    const char *alias = NULL;
    if (dns->rcode != 0)
        return error_word(arena, dns->rcode);
    if (dns->truncated)
        return "truncated (TC)";
    for (size_t i = 0; i < dns->record_count; i++) {
        const struct dns_record *record = &dns->records[i];
        if (record->section != DNS_ANSWER)
            continue;
        if (!address_is_none(&record->address) || record->type == DNS_TYPE_A ||
            record->type == DNS_TYPE_AAAA)
            return arena_copy(arena, address_is_none(&record->address)
                                         ? record->data
                                         : address_print(&record->address, text));
        if (record->type == DNS_TYPE_CNAME && record->data != NULL)
            alias = record->data;
    }
    return alias != NULL ? arena_format(arena, "CNAME %s, no address", alias) : "no records";
}

static void add_answer(struct exchange_walk *walk, const struct fact_dns *dns, size_t from,
                       size_t to, const char *remark)
{
    const char *words = answer_words(walk->arena, dns);
    struct ladder_step *step = ladder_add(walk->ladder, dns->answer_packet, dns->answer_time, from,
                                          to, words != NULL ? words : "an answer");
    if (dns->answer_ttl != 0)
        step->note = arena_format(walk->arena, "TTL %u%s", dns->answer_ttl, remark);
}

/* Somebody was faster than the resolver. */
static bool is_forged(const struct finding *finding)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, "proof") == 0 && finding->details[i].text != NULL)
            return strcmp(finding->details[i].text, "two-answers") == 0;
    return false;
}

static void add_dns(struct exchange_walk *walk, const struct fact_dns *dns, const char *role)
{
    struct ladder_draft *ladder = walk->ladder;
    size_t client = ladder_party_of(ladder, &dns->client.address, "device");
    size_t resolver = ladder_party_of(ladder, &dns->resolver.address, role);
    const char *question =
        arena_format(walk->arena, "query %s %s", dns_type_word(walk->arena, dns->type), dns->name);
    struct ladder_step *step =
        ladder_add(ladder, dns->query_packet, dns->query_time, client, resolver, question);
    step->answered = dns->answered;
    if (dns->queries > 1 && dns->last_query_packet != dns->query_packet) {
        step = ladder_add(ladder, dns->last_query_packet, dns->last_query_time, client, resolver,
                          "the same again");
        step->answered = dns->answered;
        if (dns->queries > 2)
            step->note = arena_format(walk->arena, "asked %u times", dns->queries);
    }
    size_t begin = ladder->step_count;
    if (dns->answered && is_forged(ladder->finding))
        add_answer(walk, dns, ladder_party_unseen(ladder, "on the path"), client,
                   ", in the resolver's name");
    else if (dns->answered)
        add_answer(walk, dns, resolver, client, "");
    else
        ladder_add_silence(ladder, resolver, client, NULL);
    ladder->steps[begin < ladder->step_count ? begin : ladder->step_count - 1].breaks =
        !dns->answered || !walk->found_first;
    walk->found_first = true;
}

static bool take_first(void *owner, const struct fact *fact)
{
    struct exchange_walk *walk = owner;
    const struct fact_dns *dns = &fact->as.dns;
    if (!is_packet(walk, dns->query_packet, dns->query_time))
        return true;
    walk->found = true;
    walk->id = dns->id;
    walk->resolver = dns->resolver.address;
    walk->name = arena_copy(walk->arena, dns->name);
    walk->type = dns->type;
    walk->answer_time = dns->answered ? dns->answer_time : TIMESTAMP_NONE;
    add_dns(walk, dns, "resolver");
    return false;
}

/* A second answer to the same question, or what the resolver asked to answer it. */
static bool take_next(void *owner, const struct fact *fact)
{
    struct exchange_walk *walk = owner;
    const struct fact_dns *dns = &fact->as.dns;
    if (dns->earlier == walk->id && dns->answered)
        add_answer(walk, dns, ladder_party_of(walk->ladder, &dns->resolver.address, "resolver"),
                   ladder_party_of(walk->ladder, &dns->client.address, "device"), "");
    else if (dns->id != walk->id && dns->type == walk->type && dns->name != NULL &&
             walk->name != NULL && strcmp(dns->name, walk->name) == 0 &&
             dns->query_packet != PACKET_NONE &&
             (walk->answer_time == TIMESTAMP_NONE || dns->query_time <= walk->answer_time) &&
             address_equal(&dns->client.address, &walk->resolver))
        add_dns(walk, dns, "upstream resolver");
    return ++walk->rows < EXCHANGE_ROWS;
}

static bool take_time(void *owner, const struct fact *fact)
{
    struct exchange_walk *walk = owner;
    const struct fact_ntp *ntp = &fact->as.ntp;
    if (!is_packet(walk, ntp->request_packet, ntp->request_time))
        return true;
    walk->found = true;
    size_t client = ladder_party_of(walk->ladder, &ntp->client.address, "device");
    size_t server = ladder_party_of(walk->ladder, &ntp->server.address, "time server");
    ladder_add(walk->ladder, ntp->request_packet, ntp->request_time, client, server, "NTP request");
    if (!ntp->answered)
        return false;
    struct ladder_step *step = ladder_add(walk->ladder, ntp->answer_packet, ntp->answer_time,
                                          server, client, "NTP answer");
    step->breaks = true;
    char code[5] = "";
    size_t length = 0;
    for (size_t i = 0; i < 4 && ntp->stratum == 0; i++)
        if (ntp->reference[i] > ' ' && ntp->reference[i] < 0x7f)
            code[length++] = (char)ntp->reference[i];
    step->note = arena_format(walk->arena, "leap %u, stratum %u%s%s; %+.3f s off", ntp->leap,
                              ntp->stratum, code[0] != '\0' ? ", code " : "", code,
                              (double)ntp->offset / (double)NANOSECONDS_PER_SECOND);
    return false;
}

static bool take_request(void *owner, const struct fact *fact)
{
    struct exchange_walk *walk = owner;
    const struct fact_http *http = &fact->as.http;
    if (!is_packet(walk, http->request_packet, http->request_time))
        return true;
    walk->found = true;
    size_t client = ladder_party_of(walk->ladder, &http->client.address, "device");
    size_t server = ladder_party_of(walk->ladder, &http->server.address, "server");
    ladder_add(walk->ladder, http->request_packet, http->request_time, client, server,
               arena_format(walk->arena, "%s %s%s", http->method != NULL ? http->method : "GET",
                            http->host != NULL ? http->host : "",
                            http->path != NULL ? http->path : ""));
    if (!http->answered) {
        ladder_add_silence(walk->ladder, server, client, NULL);
        return false;
    }
    struct ladder_step *step =
        ladder_add(walk->ladder, http->answer_packet, http->answer_time, server, client,
                   arena_format(walk->arena, "HTTP %u", http->status));
    step->breaks = true;
    if (http->location != NULL)
        step->note = arena_format(walk->arena, "to %s", http->location);
    return false;
}

static bool take_names(struct exchange_walk *walk)
{
    struct builder *builder = walk->ladder->builder;
    struct store *store = builder->ledger->store;
    int64_t time = walk->evidence->time;
    return facts_read_between(store, FACT_DNS, time, time, take_first, walk, builder->problem) &&
           (!walk->found || facts_read_between(store, FACT_DNS, time, time + EXCHANGE_SPAN,
                                               take_next, walk, builder->problem));
}

bool ladder_take_exchange(struct ladder_draft *ladder)
{
    static const struct {
        const char *kind;
        enum fact_kind fact;
        fact_taker *take;
    } exchanges[] = {
        {"dns-unanswered", FACT_DNS, NULL},
        {"dns-blocked", FACT_DNS, NULL},
        {"dns-hijacked", FACT_DNS, NULL},
        {"cname-squashed", FACT_DNS, NULL},
        {"ntp-bad-time", FACT_NTP, take_time},
        {"captive-portal", FACT_HTTP, take_request},
        {"proxy-autoconfig", FACT_HTTP, take_request},
    };
    const struct finding *finding = ladder->finding;
    struct builder *builder = ladder->builder;
    struct exchange_walk walk = {.ladder = ladder, .arena = &builder->diagnosis->arena};
    size_t kind = 0;
    while (kind < sizeof exchanges / sizeof exchanges[0] &&
           strcmp(finding->kind, exchanges[kind].kind) != 0)
        kind++;
    if (kind == sizeof exchanges / sizeof exchanges[0])
        return true;
    for (size_t i = 0; i < finding->evidence_count && !walk.found; i++) {
        walk.evidence = &finding->evidence[i];
        int64_t time = walk.evidence->time;
        bool ok = exchanges[kind].take == NULL
                      ? take_names(&walk)
                      : facts_read_between(builder->ledger->store, exchanges[kind].fact, time, time,
                                           exchanges[kind].take, &walk, builder->problem);
        if (!ok)
            return false;
    }
    return true;
}
