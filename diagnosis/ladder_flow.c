/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passed on one connection, as far as facts keep it?  Its number comes in; its
 * SYNs, TLS messages in clear, CONNECT, RST and ICMP errors go into a ladder, and the
 * silence at its end where its client waited in vain.
 */
#include <string.h>

#include "diagnosis/handshake_words.h"
#include "diagnosis/ladder.h"
#include "diagnosis/reset_origin.h"

struct flow_walk {
    struct ladder_draft *ladder;
    struct arena *arena;
    bool found;
    struct fact_flow flow; /* its texts are in the arena */
    size_t client;
    size_t server;
    size_t syns;
    size_t requests;
    bool heard; /* the server said something that decides it */
    bool greeted; /* a ClientHello went out */
    bool greeting_answered;
    bool asked; /* a CONNECT went out */
};

static bool take_flow(void *owner, const struct fact *fact)
{
    struct flow_walk *walk = owner;
    walk->found = true;
    walk->flow = fact->as.flow;
    walk->flow.server_name = arena_copy(walk->arena, walk->flow.server_name);
    walk->flow.resolved_name = arena_copy(walk->arena, walk->flow.resolved_name);
    return false;
}

static bool is_detail(const struct finding *finding, const char *name, const char *text)
{
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, name) == 0 && finding->details[i].text != NULL)
            return strcmp(finding->details[i].text, text) == 0;
    return false;
}

static const char *ttl_note(const struct flow_walk *walk, const struct fact_event *event)
{
    uint8_t lowest, highest;
    if (event->ttl == 0)
        return NULL;
    if (event->kind != EVENT_RESET || event->from != walk->flow.reset_by ||
        !reset_end_ttls(&walk->flow, &lowest, &highest))
        return arena_format(walk->arena, "TTL %u", event->ttl);
    const char *whose = event->from == PARTY_CLIENT ? "device" : "server";
    return lowest == highest ? arena_format(walk->arena, "TTL %u; the %s's other packets: %u",
                                            event->ttl, whose, lowest)
                             : arena_format(walk->arena, "TTL %u; the %s's other packets: %u to %u",
                                            event->ttl, whose, lowest, highest);
}

/* Where a RST comes from: the end in whose name it is, unless the finding says that it is not. */
static size_t reset_sender(struct flow_walk *walk, const struct fact_event *event)
{
    const struct finding *finding = walk->ladder->finding;
    bool refused = strcmp(finding->kind, "port-blocked") == 0 && finding->culprit != NULL &&
                   finding->culprit->role != CULPRIT_SERVER &&
                   finding->culprit->role != CULPRIT_UNKNOWN;
    if (event->from == PARTY_SERVER && (refused || is_detail(finding, "origin", "injected")))
        return ladder_party_unseen(walk->ladder, ladder_culprit_role(finding));
    return event->from == PARTY_CLIENT ? walk->client : walk->server;
}

static void add_reset(struct flow_walk *walk, const struct fact_event *event)
{
    size_t from = reset_sender(walk, event);
    size_t to = event->from == PARTY_CLIENT ? walk->server : walk->client;
    const char *label =
        from == walk->client || from == walk->server ? "RST" : "RST in the server's name";
    struct ladder_step *step =
        ladder_add(walk->ladder, event->packet, event->time, from, to, label);
    step->note = ttl_note(walk, event);
    step->breaks = event->from == walk->flow.reset_by;
    walk->heard = walk->heard || event->from != PARTY_CLIENT;
}

static const char *icmp_meaning(const struct fact_event *event)
{
    bool four = address_is_ipv4(&event->sender);
    if (event->mtu != 0)
        return "too big";
    if (four && event->icmp_type == 3)
        return event->icmp_code == 9 || event->icmp_code == 10 || event->icmp_code == 13
                   ? "prohibited"
               : event->icmp_code == 3 ? "port unreachable"
               : event->icmp_code == 1 ? "host unreachable"
                                       : "unreachable";
    if (!four && event->icmp_type == 1)
        return event->icmp_code == 1 || event->icmp_code == 5 || event->icmp_code == 6
                   ? "prohibited"
                   : "unreachable";
    return "error";
}

static void add_icmp(struct flow_walk *walk, const struct fact_event *event)
{
    struct ladder_draft *ladder = walk->ladder;
    const struct finding *finding = ladder->finding;
    bool culprit = finding->culprit != NULL && finding->culprit->has_address &&
                   address_equal(&finding->culprit->address, &event->sender);
    size_t from =
        ladder_party_of(ladder, &event->sender, culprit ? ladder_culprit_role(finding) : "router");
    struct ladder_step *step = ladder_add(
        ladder, event->packet, event->time, from, walk->client,
        arena_format(walk->arena, "ICMP%s %u/%u, %s", address_is_ipv4(&event->sender) ? "" : "v6",
                     event->icmp_type, event->icmp_code, icmp_meaning(event)));
    step->note = event->mtu != 0
                     ? arena_format(walk->arena, "no more than %u bytes", (unsigned)event->mtu)
                     : "it quotes the device's packet";
    step->breaks = true;
    walk->heard = walk->heard || event->mtu == 0;
}

static void add_tunnel(struct flow_walk *walk, const struct fact_event *event)
{
    const struct fact_flow *flow = &walk->flow;
    if (event->kind == EVENT_TUNNEL_REQUEST) {
        walk->asked = true;
        ladder_add(walk->ladder, event->packet, event->time, walk->client, walk->server,
                   arena_format(walk->arena, "CONNECT %s:%u",
                                flow->server_name != NULL ? flow->server_name : "?",
                                flow->tunnel_port));
        return;
    }
    walk->heard = true;
    ladder_add(walk->ladder, event->packet, event->time, walk->server, walk->client,
               flow->tunnel_status != 0 ? arena_format(walk->arena, "HTTP %u", flow->tunnel_status)
                                        : "the proxy's answer")
        ->breaks = flow->tunnel_status < 200 || flow->tunnel_status > 299;
}

static bool take_event(void *owner, const struct fact *fact)
{
    struct flow_walk *walk = owner;
    const struct fact_event *event = &fact->as.event;
    struct ladder_step *step;
    switch (event->kind) {
    case EVENT_SYN:
        ladder_add(walk->ladder, event->packet, event->time, walk->client, walk->server,
                   walk->syns++ == 0 ? "SYN" : "SYN again");
        break;
    case EVENT_SYN_ACK:
        step = ladder_add(walk->ladder, event->packet, event->time, walk->server, walk->client,
                          "SYN/ACK");
        step->note = ttl_note(walk, event);
        break;
    case EVENT_REQUEST:
        ladder_add(walk->ladder, event->packet, event->time, walk->client, walk->server,
                   walk->requests++ == 0 ? "request" : "request again");
        break;
    case EVENT_RESET:
        add_reset(walk, event);
        break;
    case EVENT_ICMP_ERROR:
        add_icmp(walk, event);
        break;
    case EVENT_TUNNEL_REQUEST:
    case EVENT_TUNNEL_ANSWER:
        add_tunnel(walk, event);
        break;
    }
    return true;
}

/* Whose certificate it is that the finding complains of. */
static const char *issuer_note(const struct flow_walk *walk)
{
    const struct finding *finding = walk->ladder->finding;
    for (size_t i = 0; i < finding->detail_count; i++)
        if (strcmp(finding->details[i].name, "issuer") == 0 && finding->details[i].text != NULL)
            return arena_format(walk->arena, "issued by %s", finding->details[i].text);
    return NULL;
}

static void add_tls_message(struct flow_walk *walk, uint64_t packet, int64_t time, bool by_client,
                            const char *label, const char *note)
{
    if (packet == PACKET_NONE)
        return;
    struct ladder_step *step =
        ladder_add(walk->ladder, packet, time, by_client ? walk->client : walk->server,
                   by_client ? walk->server : walk->client, label);
    step->note = note;
    step->breaks = strstr(label, "alert") != NULL || (note != NULL && !by_client);
    walk->greeting_answered = walk->greeting_answered || !by_client;
}

static bool take_tls(void *owner, const struct fact *fact)
{
    struct flow_walk *walk = owner;
    const struct fact_tls *tls = &fact->as.tls;
    walk->greeted = tls->client_hello_packet != PACKET_NONE;
    walk->greeting_answered = tls->server_version != 0 || tls->alert_from != PARTY_NONE;
    add_tls_message(
        walk, tls->client_hello_packet, tls->client_hello_time, true, "ClientHello",
        tls->server_name == NULL ? NULL : arena_format(walk->arena, "for %s", tls->server_name));
    add_tls_message(walk, tls->retry_packet, tls->retry_time, false, "HelloRetryRequest", NULL);
    add_tls_message(walk, tls->server_hello_packet, tls->server_hello_time, false, "ServerHello",
                    NULL);
    add_tls_message(walk, tls->certificate_packet, tls->certificate_time, false, "Certificate",
                    issuer_note(walk));
    if (tls->alert_from != PARTY_NONE)
        add_tls_message(
            walk, tls->alert_packet, tls->alert_time, tls->alert_from == PARTY_CLIENT,
            arena_format(walk->arena, "alert %s", handshake_alert_word(walk->arena, tls->alert)),
            NULL);
    else if (tls->client_refused)
        add_tls_message(walk, tls->client_reply_packet, tls->client_reply_time, true,
                        "encrypted alert", "its length fits nothing else");
    return false;
}

/* What ended it is known from elsewhere. */
static void add_last(struct flow_walk *walk, uint64_t packet)
{
    const struct finding *finding = walk->ladder->finding;
    for (size_t i = 0; i < walk->ladder->step_count; i++)
        if (walk->ladder->packets[i] == packet)
            return;
    for (size_t i = 0; i < finding->evidence_count; i++)
        if (finding->evidence[i].packet == packet_number(packet) &&
            strcmp(finding->evidence[i].source,
                   source_display_name(walk->ladder->builder->diagnosis, packet_source(packet))) ==
                0) {
            ladder_add(walk->ladder, packet, finding->evidence[i].time, walk->client, walk->server,
                       "data")
                ->note = finding->evidence[i].note;
            ladder_add_silence(walk->ladder, walk->server, walk->client, "the way back is gone");
            return;
        }
}

/* Whatever the client sent last, and waited for in vain. */
static void mark_silence(struct flow_walk *walk, size_t from)
{
    struct ladder_draft *ladder = walk->ladder;
    const struct fact_flow *flow = &walk->flow;
    bool silent = flow->outcome == OUTCOME_SILENT;
    bool stalled = walk->greeted && !walk->greeting_answered;
    bool unheard = walk->asked && !walk->heard;
    if (walk->heard || (!silent && !stalled && !unheard))
        return;
    for (size_t i = from; i < ladder->step_count; i++) {
        struct ladder_step *step = &ladder->steps[i];
        step->answered =
            step->from != walk->client ||
            (!silent && (strcmp(step->label, "SYN") == 0 || strcmp(step->label, "SYN again") == 0));
    }
    ladder_add_silence(ladder, walk->server, walk->client,
                       silent    ? "neither from the server nor from a router"
                       : stalled ? "no ServerHello, no alert, no RST"
                                 : NULL);
}

bool ladder_take_flow(struct ladder_draft *ladder, uint64_t flow, uint64_t last_packet)
{
    struct builder *builder = ladder->builder;
    struct store *store = builder->ledger->store;
    struct flow_walk walk = {.ladder = ladder, .arena = &builder->diagnosis->arena};
    if (!facts_read_flow(store, flow, take_flow, &walk, builder->problem))
        return false;
    if (!walk.found)
        return true;
    size_t from = ladder->step_count;
    walk.client = ladder_party_of(ladder, &walk.flow.client.address, "device");
    walk.server = ladder_party_of(ladder, &walk.flow.server.address,
                                  walk.flow.tunnel_port != 0 ? "proxy" : "server");
    if (!facts_read_events_of(store, flow, take_event, &walk, builder->problem) ||
        !facts_read_tls_of(store, flow, take_tls, &walk, builder->problem))
        return false;
    if (last_packet != PACKET_NONE)
        add_last(&walk, last_packet);
    else
        mark_silence(&walk, from);
    return true;
}
