/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which devices are told by a PAC file what goes through a proxy?  They learn of it by
 * DHCP (option 252) or by a host named wpad, and fetch it by HTTP; each of the three shows
 * it.  One PAC host is one cause.
 */
#include <string.h>

#include "diagnosis/rules.h"
#include "diagnosis/url_host.h"

#define NOTE_TEXT 120 /* characters of a URL in a sentence */

/* What the detail "how" says, the surest first. */
enum learnt { LEARNT_BY_DHCP, LEARNT_BY_FETCH, LEARNT_BY_NAME };
static const char *const how_words[] = {"dhcp", "fetched", "wpad-name"};

struct sighting {
    enum learnt learnt;
    const char *host;
    const char *url; /* or the name alone */
    const struct address *device; /* NULL: not known */
    const struct address *server;
    enum culprit_role role;
    int64_t first;
    int64_t last;
};

#define FAILED_LIMIT 64

struct autoconfig_walk {
    struct builder *builder;
    const struct draft *before; /* this rule's drafts come behind it */
    const char *failed[FAILED_LIMIT]; /* hosts that devices looked for and got no file from */
    size_t failed_count;
};

static struct draft *sighting_add(struct builder *builder, const struct sighting *sighting)
{
    struct draft *draft = builder_draft(builder, sighting->host, "proxy-autoconfig",
                                        SEVERITY_WARNING, CATALOG_NO_SERVICE, -1);
    if (draft->finding.detail_count == 0) {
        draft_detail_text(builder, draft, "how", how_words[sighting->learnt]);
        draft_detail_text(builder, draft, "url", sighting->url);
        draft_culprit(builder, draft, sighting->role, sighting->server, 0);
    }
    draft_confidence(draft,
                     sighting->learnt == LEARNT_BY_NAME ? CONFIDENCE_POSSIBLE : CONFIDENCE_CERTAIN);
    if (sighting->device != NULL && !address_is_none(sighting->device))
        draft_add_device(builder, draft, sighting->device);
    draft_add_name(builder, draft, sighting->host);
    draft_seen(draft, sighting->first, sighting->last);
    draft->finding.count++;
    return draft;
}

/* Some servers send a blank as option 252 so that nobody looks any further: that is no
 * URL. */
static bool take_lease(void *owner, const struct fact *fact)
{
    const struct autoconfig_walk *walk = owner;
    struct builder *builder = walk->builder;
    struct arena *arena = &builder->diagnosis->arena;
    const struct fact_lease *lease = &fact->as.lease;
    char host[URL_HOST_SIZE];
    if (lease->autoconfig_url == NULL || !lease->answered || !url_host(lease->autoconfig_url, host))
        return true;
    struct sighting sighting = {
        .learnt = LEARNT_BY_DHCP,
        .host = host,
        .url = lease->autoconfig_url,
        .device = &lease->address,
        .server = address_is_none(&lease->server) ? NULL : &lease->server,
        .role = CULPRIT_SERVER,
        .first = lease->first_time,
        .last = lease->answer_time,
    };
    struct draft *draft = sighting_add(builder, &sighting);
    draft_evidence(builder, draft, lease->first_packet, lease->first_time, "DHCP: first message");
    draft_evidence(
        builder, draft, lease->answer_packet, lease->answer_time,
        arena_format(arena, "DHCP: option 252 says %.*s", NOTE_TEXT, lease->autoconfig_url));
    return true;
}

/* Computers of other makers look for a PAC file as well, and are not asked about. */
static bool is_another_system(const char *user_agent)
{
    static const char *const words[] = {"Windows", "WinHttp", "Android", "Linux", "CrOS"};
    for (size_t i = 0; user_agent != NULL && i < sizeof words / sizeof words[0]; i++)
        if (strstr(user_agent, words[i]) != NULL)
            return true;
    return false;
}

/* ".pac" is the end of other files' names, too: what is told by that alone must come
 * from the site itself. */
static bool fetch_counts(const struct fact_http *http)
{
    if (http->content_type != NULL && strstr(http->content_type, "proxy-autoconfig") != NULL)
        return true;
    return strstr(http->path, "proxy") != NULL || strstr(http->path, "wpad.da") != NULL ||
           strncmp(http->host, "wpad", 4) == 0 || address_is_private(&http->server.address);
}

static bool fetch_worked(const struct fact_http *http)
{
    return http->answered && http->status >= 200 && http->status < 300 &&
           (http->content_type == NULL || strncmp(http->content_type, "text/html", 9) != 0);
}

/* Looking for a file that nobody promised, and not finding one, is how it is where there
 * is none. */
static bool fetch_was_in_vain(struct autoconfig_walk *walk, const struct fact_http *http)
{
    if (fetch_worked(http) ||
        (strncmp(http->host, "wpad", 4) != 0 && strstr(http->path, "wpad.da") == NULL))
        return false;
    const struct draft *draft = walk->before == NULL ? walk->builder->first : walk->before->next;
    for (; draft != NULL; draft = draft->next)
        if (strcmp(draft->key, http->host) == 0)
            return false; /* DHCP names it, or somebody got it */
    if (walk->failed_count < FAILED_LIMIT)
        walk->failed[walk->failed_count++] =
            arena_copy(&walk->builder->diagnosis->arena, http->host);
    return true;
}

static bool take_fetch(void *owner, const struct fact *fact)
{
    struct autoconfig_walk *walk = owner;
    struct builder *builder = walk->builder;
    struct arena *arena = &builder->diagnosis->arena;
    const struct fact_http *http = &fact->as.http;
    if (http->purpose != HTTP_AUTOCONFIG || http->host == NULL || http->path == NULL ||
        is_another_system(http->user_agent) || !fetch_counts(http) || fetch_was_in_vain(walk, http))
        return true;
    const char *url = arena_format(arena, "http://%s%s", http->host, http->path);
    struct sighting sighting = {
        .learnt = LEARNT_BY_FETCH,
        .host = http->host,
        .url = url,
        .device = &http->client.address,
        .server = &http->server.address,
        .role = CULPRIT_SERVER,
        .first = http->request_time,
        .last = http->answered ? http->answer_time : http->request_time,
    };
    struct draft *draft = sighting_add(builder, &sighting);
    const char *answer = "no answer";
    if (http->answered)
        answer = arena_format(arena, "answer: %u%s%.*s", (unsigned)http->status,
                              http->content_type != NULL ? ", " : "", NOTE_TEXT,
                              http->content_type != NULL ? http->content_type : "");
    draft_detail_text(builder, draft, "fetch", fetch_worked(http) ? "answered" : answer);
    draft_evidence(builder, draft, http->request_packet, http->request_time,
                   arena_format(arena, "GET %.*s", NOTE_TEXT, url));
    draft_evidence(builder, draft, http->answer_packet, http->answer_time, answer);
    return true;
}

/* The device asked for the host and was told its address: it may fetch from there. */
static bool take_lookup(void *owner, const struct fact *fact)
{
    const struct autoconfig_walk *walk = owner;
    struct builder *builder = walk->builder;
    const struct fact_dns *dns = &fact->as.dns;
    bool found = false;
    if (dns->name == NULL || !dns->answered || dns->rcode != 0 ||
        (strcmp(dns->name, "wpad") != 0 && strncmp(dns->name, "wpad.", 5) != 0))
        return true;
    for (size_t i = 0; i < dns->record_count; i++)
        found = found || (dns->records[i].section == DNS_ANSWER &&
                          !address_is_none(&dns->records[i].address) &&
                          !address_is_unspecified(&dns->records[i].address) &&
                          !address_is_loopback(&dns->records[i].address));
    for (size_t i = 0; i < walk->failed_count; i++)
        found = found && strcmp(walk->failed[i], dns->name) != 0;
    if (!found)
        return true;
    struct sighting sighting = {
        .learnt = LEARNT_BY_NAME,
        .host = dns->name,
        .url = dns->name,
        .device = &dns->client.address,
        .server = &dns->resolver.address,
        .role = CULPRIT_RESOLVER,
        .first = dns->query_time != TIMESTAMP_NONE ? dns->query_time : dns->answer_time,
        .last = dns->answer_time,
    };
    struct draft *draft = sighting_add(builder, &sighting);
    draft_evidence(builder, draft, dns->query_packet, dns->query_time,
                   arena_format(&builder->diagnosis->arena, "query %s", dns->name));
    draft_evidence(builder, draft, dns->answer_packet, dns->answer_time, "answer with an address");
    return true;
}

static void autoconfig_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    if (finding->detail_count < 2 || finding->details[0].text == NULL ||
        finding->details[1].text == NULL)
        return; /* memory was out */
    const char *how = finding->details[0].text;
    const char *url = finding->details[1].text;
    const char *fetch = finding->detail_count > 2 ? finding->details[2].text : NULL;
    bool dhcp = strcmp(how, how_words[LEARNT_BY_DHCP]) == 0;
    bool got = fetch != NULL && strcmp(fetch, "answered") == 0;
    const char *devices = count_phrase(builder, finding_devices(finding), "device", "devices");
    if (dhcp)
        finding->summary = arena_format(
            arena, "The network tells %s by DHCP to fetch proxy settings (a PAC file) from %.*s.",
            devices, NOTE_TEXT, url);
    else if (strcmp(how, how_words[LEARNT_BY_FETCH]) == 0)
        finding->summary =
            arena_format(arena, "Proxy settings (a PAC file) are fetched from %.*s by %s.",
                         NOTE_TEXT, url, devices);
    else
        finding->summary = arena_format(
            arena, "The name %.*s, where devices look for proxy settings (WPAD), exists for %s.",
            NOTE_TEXT, url, devices);
    finding->explanation = arena_format(
        arena,
        "%s%s What the file says decides which of Apple's services go through a proxy; a file that "
        "cannot be fetched, or sends push (APNs) and activation to a proxy that does not let them "
        "pass, breaks them.",
        dhcp ? "DHCP option 252 names the file." : "Nothing in the capture shows DHCP naming it.",
        fetch == NULL ? " The capture does not show it being fetched."
        : got         ? " It was fetched."
                      : arena_format(arena, " Fetching it failed (%s).", fetch));
    finding->remedy =
        "Let the PAC file return DIRECT for Apple's hosts (*.push.apple.com and 17.0.0.0/8 above "
        "all), or take option 252 and the wpad name away from the devices' network. Apple supports "
        "PAC files for push from macOS 10.15.5 on; older systems need the direct way.";
}

bool rule_autoconfig(struct builder *builder)
{
    const struct ledger *ledger = builder->ledger;
    struct autoconfig_walk walk = {.builder = builder, .before = builder->last};
    if (!facts_read(ledger->store, FACT_LEASE, ledger->selection, take_lease, &walk,
                    builder->problem) ||
        !facts_read_share(ledger->store, SHARE_HTTP_AUTOCONFIG, ledger->selection, take_fetch,
                          &walk, builder->problem) ||
        !facts_read_share(ledger->store, SHARE_DNS_OF_WPAD, ledger->selection, take_lookup, &walk,
                          builder->problem))
        return false;
    builder_settle(builder, walk.before, NULL, autoconfig_describe);
    return true;
}
