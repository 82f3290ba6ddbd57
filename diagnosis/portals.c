/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who stands between a device and the Internet with a page of its own?  Apple's devices
 * fetch a page in clear from captive.apple.com as soon as they join a network; from what
 * they got (dissectors/http_purpose.h) this tells a portal from Apple's page.
 */
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "catalog/places.h"
#include "diagnosis/devices.h"
#include "diagnosis/networks.h"
#include "diagnosis/rules.h"
#include "diagnosis/url_host.h"

#define PROBE_HOST "captive.apple.com"
#define PROBE_PORT 80
#define NOTE_LOCATION 120 /* characters of a URL in a sentence */

enum probe_result {
    PROBE_PAGE, /* Apple's own */
    PROBE_NOTHING, /* nothing to judge by: not answered, not all captured, led to Apple */
    PROBE_ERROR, /* an error: a portal's, a proxy's, or the server's own bad moment */
    PROBE_PORTAL
};

/* One captive-network check; texts are in the arena. */
struct probe {
    struct address station; /* the same for all addresses of a device */
    struct address client;
    struct address server;
    const char *host;
    const char *location; /* NULL: none */
    bool proxied; /* it was asked of a proxy */
    enum probe_result result;
    uint16_t status;
    int64_t time;
    int64_t request_time;
    uint64_t packet;
    uint64_t request_packet;
};

struct portal_walk {
    struct builder *builder;
    size_t row; /* of captive.apple.com, port 80 */
    struct probe *probes; /* owned; by station, then time */
    size_t count, capacity;
    bool ok;
};

/* 3xx to a host of Apple's is no portal's doing. */
static enum probe_result redirect_result(const struct ledger *ledger, const char *location)
{
    char host[URL_HOST_SIZE];
    if (location == NULL || !url_host(location, host))
        return PROBE_ERROR;
    return catalog_knows_name(ledger->catalog, host) ? PROBE_NOTHING : PROBE_PORTAL;
}

static enum probe_result probe_result_of(const struct ledger *ledger, const struct fact_http *http)
{
    if (http->probe_success)
        return PROBE_PAGE;
    if (!http->answered || http->status < 200 || http->status == 304 || http->status == 407)
        return PROBE_NOTHING; /* a proxy's 407 is the business of the rules about proxies */
    if (http->status == 511)
        return PROBE_PORTAL; /* RFC 6585 section 6: Network Authentication Required */
    if (http->status == 200)
        return http->body != NULL ? PROBE_PORTAL : PROBE_NOTHING;
    if (http->status >= 300 && http->status < 400)
        return redirect_result(ledger, http->location);
    return PROBE_ERROR;
}

/* A station is all the addresses that its MAC has: the first stands for all. */
static struct address station_of(const struct ledger *ledger, const struct address *client)
{
    size_t count;
    const struct mac_owner *same = devices_same(ledger, client, &count);
    return count > 0 ? same[0].address : *client;
}

static bool take_probe(void *owner, const struct fact *fact)
{
    struct portal_walk *walk = owner;
    const struct fact_http *http = &fact->as.http;
    struct arena *arena = &walk->builder->diagnosis->arena;
    if (http->purpose != HTTP_CAPTIVE_PROBE || http->host == NULL)
        return true;
    enum probe_result result = probe_result_of(walk->builder->ledger, http);
    if (result == PROBE_NOTHING)
        return true;
    struct probe *probes = array_grow(walk->probes, walk->count, &walk->capacity, sizeof *probes);
    if (probes == NULL) {
        walk->ok = problem_set(walk->builder->problem,
                               "memory is out; limit the report with --since or --device");
        return false;
    }
    walk->probes = probes;
    uint16_t port = http->port != 0 ? http->port : PROBE_PORT;
    probes[walk->count++] = (struct probe){
        .station = station_of(walk->builder->ledger, &http->client.address),
        .client = http->client.address,
        .server = http->server.address,
        .host = arena_copy(arena, http->host),
        .location = arena_copy(arena, result == PROBE_PAGE ? NULL : http->location),
        .proxied = http->server.port != port,
        .result = result,
        .status = http->status,
        .time = http->answer_time,
        .request_time = http->request_time,
        .packet = http->answer_packet,
        .request_packet = http->request_packet,
    };
    return true;
}

static int compare_probes(const void *left, const void *right)
{
    const struct probe *one = left;
    const struct probe *two = right;
    int order = address_compare(&one->station, &two->station);
    if (order != 0)
        return order;
    if (one->time != two->time)
        return one->time < two->time ? -1 : 1;
    return one->packet < two->packet ? -1 : one->packet > two->packet;
}

/* Who gave that answer, as far as it was seen. An address of Apple's or of a CDN's is
 * not where it came from; then only a redirect to an address shows it. */
static enum culprit_role probe_culprit(const struct ledger *ledger, const struct probe *probe,
                                       struct address *address)
{
    char host[URL_HOST_SIZE];
    *address = probe->server;
    if (probe->proxied)
        return CULPRIT_PROXY;
    if (address_is_private(&probe->server) ||
        networks_owner(ledger->networks, &probe->server) == PLACE_BLOCK_PAGE)
        return CULPRIT_SERVER;
    if (probe->location != NULL && url_host(probe->location, host) && address_parse(host, address))
        return CULPRIT_SERVER;
    memset(address, 0, sizeof *address);
    return CULPRIT_NETWORK;
}

/* The text of a detail; NULL where the draft has none. */
static const char *detail_text(const struct finding *finding, const char *name)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0)
            return finding->details[i].text;
    return NULL;
}

static const char *probe_how(const struct probe *probe)
{
    if (probe->status >= 300 && probe->status < 400 && probe->result == PROBE_PORTAL)
        return "redirect";
    return probe->status == 200 ? "page" : "status";
}

static void probe_evidence(struct builder *builder, struct draft *draft, const struct probe *probe)
{
    struct arena *arena = &builder->diagnosis->arena;
    draft_evidence(builder, draft, probe->request_packet, probe->request_time,
                   arena_format(arena, "captive-network check: GET http://%s", probe->host));
    const char *note = probe->status == 200
                           ? "answer: 200, and another page than Apple's"
                           : arena_format(arena, "answer: %u", (unsigned)probe->status);
    if (probe->location != NULL)
        note = arena_format(arena, "%s, to %.*s", note, NOTE_LOCATION, probe->location);
    draft_evidence(builder, draft, probe->packet, probe->time, note);
}

static struct draft *probe_add(struct portal_walk *walk, const struct probe *probe)
{
    struct builder *builder = walk->builder;
    struct arena *arena = &builder->diagnosis->arena;
    struct address culprit;
    char text[ADDRESS_TEXT_SIZE];
    enum culprit_role role = probe_culprit(builder->ledger, probe, &culprit);
    bool known = !address_is_none(&culprit);
    const char *key = arena_format(arena, "%d %d %s", (int)probe->result, (int)role,
                                   known ? address_print(&culprit, text) : "");
    struct draft *draft =
        builder_draft(builder, key, "captive-portal", SEVERITY_WARNING, walk->row, PROBE_PORT);
    if (draft->finding.culprit == NULL) {
        draft_culprit(builder, draft, role, known ? &culprit : NULL, 0);
        draft_detail_text(builder, draft, "how", probe_how(probe));
        draft_detail_number(draft, "status", (double)probe->status);
        if (probe->location != NULL)
            draft_detail_text(builder, draft, "location", probe->location);
    }
    draft_confidence(draft,
                     probe->result == PROBE_PORTAL ? CONFIDENCE_CERTAIN : CONFIDENCE_POSSIBLE);
    draft_add_device(builder, draft, &probe->client);
    if (!probe->proxied)
        draft_add_address(builder, draft, &probe->server);
    draft_add_name(builder, draft, probe->host);
    draft_add_rows_of(builder, draft, probe->host, NULL, PROBE_PORT, TRANSPORT_TCP);
    draft_seen(draft, probe->time, probe->time);
    draft->finding.count++;
    probe_evidence(builder, draft, probe);
    return draft;
}

/* One station's checks, in their order. An error counts where the page never came
 * afterwards: else it was a bad moment. */
static void station_judge(struct portal_walk *walk, const struct probe *first,
                          const struct probe *end)
{
    const struct probe *page = NULL; /* the last one */
    for (const struct probe *probe = first; probe < end; probe++)
        if (probe->result == PROBE_PAGE)
            page = probe;
    for (const struct probe *probe = first; probe < end; probe++) {
        bool over = page != NULL && page > probe;
        if (probe->result == PROBE_PAGE || (probe->result == PROBE_ERROR && over))
            continue;
        struct draft *draft = probe_add(walk, probe);
        const struct probe *last = probe;
        while (last + 1 < end && last[1].result == PROBE_PORTAL)
            last++;
        struct period period = {probe->time, last->time, over};
        if (page != NULL)
            draft_period(walk->builder, draft, &period);
        if (!over)
            draft_detail_text(walk->builder, draft, "at_end", "captive");
        else if (detail_text(&draft->finding, "at_end") == NULL)
            draft_detail_text(walk->builder, draft, "at_end", "let-in"); /* nobody is left */
    }
}

static const char *got_phrase(struct arena *arena, const struct finding *finding)
{
    const char *how = detail_text(finding, "how");
    const char *location = detail_text(finding, "location");
    if (how != NULL && strcmp(how, "page") == 0)
        return "another page in its place";
    if (how != NULL && strcmp(how, "redirect") == 0 && location != NULL)
        return arena_format(arena, "a redirect to %.*s", NOTE_LOCATION, location);
    return arena_format(arena, "the status %.0f", finding->details[1].number);
}

static void portal_describe(struct builder *builder, struct draft *draft)
{
    struct arena *arena = &builder->diagnosis->arena;
    struct finding *finding = &draft->finding;
    const char *at_end = detail_text(finding, "at_end");
    bool over = at_end != NULL && strcmp(at_end, "let-in") == 0;
    bool portal = finding->confidence == CONFIDENCE_CERTAIN;
    const char *got = got_phrase(arena, finding);
    finding->summary =
        arena_format(arena, "The captive-network check of %s did not get Apple's page but %s%s.",
                     count_phrase(builder, finding_devices(finding), "device", "devices"), got,
                     over ? "; Apple's page came later" : "");
    finding->explanation = arena_format(
        arena,
        "Devices fetch a page from %s in clear when they join a network; %.0f answers were not "
        "that page. %s",
        finding->name_count > 0 ? finding->names[0] : PROBE_HOST, (double)finding->count,
        !portal ? "An error may be a portal's, a filter's, or the server's own."
        : over  ? "The network held the device behind a portal until it was let in."
                : "The network holds the device behind a portal, and what the device needs of "
                  "Apple may not pass before somebody has logged in.");
    finding->remedy =
        finding->culprit != NULL && finding->culprit->role == CULPRIT_PROXY
            ? "On the proxy, allow " PROBE_HOST " without authentication and without a page of "
              "its own."
            : "Exempt these devices from the captive portal (by MAC address, VLAN or a network "
              "of their own): nobody can log in while a device is set up. Where the portal has "
              "to stay, let Apple's hosts pass before the login.";
}

bool rule_portals(struct builder *builder)
{
    struct portal_walk walk = {.builder = builder, .ok = true};
    const struct ledger *ledger = builder->ledger;
    struct draft *before = builder->last;
    struct catalog_match match;
    catalog_match(ledger->catalog, PROBE_HOST, NULL, PROBE_PORT, TRANSPORT_TCP, &match);
    walk.row = match.primary;
    bool done = facts_read_share(ledger->store, SHARE_HTTP_PROBES, ledger->selection, take_probe,
                                 &walk, builder->problem) &&
                walk.ok;
    if (done && walk.count > 0) {
        qsort(walk.probes, walk.count, sizeof *walk.probes, compare_probes);
        for (size_t i = 0, end; i < walk.count; i = end) {
            end = i + 1;
            while (end < walk.count &&
                   address_equal(&walk.probes[end].station, &walk.probes[i].station))
                end++;
            station_judge(&walk, walk.probes + i, walk.probes + end);
        }
        builder_settle(builder, before, NULL, portal_describe);
    }
    free(walk.probes);
    return done;
}
