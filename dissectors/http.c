/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which HTTP/1 exchanges tell of the way to Apple, and what came of them?  Both sides
 * of a connection come in, requests are matched with answers in their order (RFC 9112
 * section 9.3), and each exchange that matters becomes a fact.  Bodies are passed over.
 * A CONNECT (RFC 9110 section 9.3.6) names the flow and hands over what follows a 2xx.
 */
#include <stdlib.h>

#include "base/text.h"
#include "dissectors/http_body.h"
#include "dissectors/http_early.h"
#include "dissectors/http_head.h"
#include "dissectors/http_purpose.h"
#include "dissectors/registry.h"
#include "flows/flow_facts.h"

#define CLAIM_BYTES 6 /* of the longest methods that much tells them */
#define STATUS_BYTES 7 /* enough to know a status line by */
#define SLOT_LIMIT 16 /* requests under way on one connection */
#define EARLY_SPAN NANOSECONDS_PER_SECOND /* by which an answer may come before its request */
#define SILENT_LIMIT 2 /* requests alike that one connection tells to be without an answer */
#define TOLD_LIMIT 64 /* exchanges that one connection may tell */
#define PAGE_SIZE 512 /* bytes of a probe's answer: several times what is expected */
#define SHOWN_BYTES 256 /* of them, in the fact */
#define PAGE_TEXT_SIZE (4 * SHOWN_BYTES + 1) /* each as \xNN, and a terminator */
#define BODY_LIMIT (1 << 20) /* bytes; what comes behind a longer body is not read */

/* A request that matters, until its answer is read. */
struct http_exchange {
    enum http_purpose purpose;
    bool may_be_autoconfig; /* kept only if the answer is a PAC file */
    struct http_request request;
    int64_t time;
    uint64_t packet;
};

/* A request that waits for its answer. */
struct http_slot {
    struct http_exchange *exchange; /* owned; NULL: nobody cares */
    bool head; /* its answer has no body */
    bool connect;
};

/* The answer to a captive probe, while its page is read. */
struct http_page {
    struct http_exchange *exchange; /* owned */
    struct http_answer answer;
    int64_t time;
    uint64_t packet;
    size_t length;
    uint8_t bytes[PAGE_SIZE];
};

/* What all flows of a run share. */
struct http_run {
    struct http_early_answers early;
};

struct http_state {
    struct http_body bodies[SIDE_COUNT];
    struct http_slot slots[SLOT_LIMIT]; /* the oldest first */
    size_t slot_count;
    struct http_page *page; /* owned; NULL: none is read */
    uint64_t early; /* the number of an answer that came before its request; 0: none */
    uint16_t told;
    bool asked; /* the client has asked something */
    bool wanted; /* something of this flow is a fact */
    bool proxied; /* the server is a proxy: other hosts may follow */
    bool client_over; /* the client speaks something else now */
};

static void *http_create(void)
{
    return calloc(1, sizeof(struct http_run));
}

static void http_release(void *common)
{
    struct http_run *run = common;
    http_early_release(&run->early);
    free(run);
}

static bool http_claims(const struct flow *flow, struct bytes payload)
{
    (void)flow;
    return payload.length >= CLAIM_BYTES &&
           (http_is_request(payload) || bytes_start_with(payload, "HTTP/1"));
}

static const char *text_or_none(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void answer_fill(struct fact_http *row, const struct http_answer *answer, int64_t time,
                        uint64_t packet)
{
    row->answered = true;
    row->answer_time = time;
    row->answer_packet = packet;
    row->status = answer->status;
    row->authenticate = text_or_none(answer->authenticate);
    row->location = text_or_none(answer->location);
    row->software = text_or_none(answer->software);
    row->via = text_or_none(answer->via);
    row->content_type = text_or_none(answer->content_type);
    row->content_length = answer->content_length;
}

/* The fact as far as the request goes. */
static struct fact exchange_fact(const struct dissector_call *call,
                                 const struct http_exchange *exchange)
{
    const struct http_request *request = &exchange->request;
    struct fact fact = {.kind = FACT_HTTP};
    fact.as.http = (struct fact_http){
        .flow = observation_flow_identity(call->observation, call->flow),
        .client = call->flow->client,
        .server = call->flow->server,
        .purpose = exchange->purpose,
        .request_time = exchange->time,
        .request_packet = exchange->packet,
        .method = request->method,
        .host = text_or_none(request->host),
        .port = request->port,
        .path = text_or_none(request->path),
        .user_agent = text_or_none(request->user_agent),
        .proxy_credentials = request->proxy_credentials,
        .answer_time = TIMESTAMP_NONE,
        .content_length = -1,
    };
    return fact;
}

/* Of requests alike that one connection leaves unanswered the first few tell it all. */
static bool is_one_more(const struct http_state *state, size_t slot)
{
    const struct http_exchange *exchange = state->slots[slot].exchange;
    unsigned alike = 0;
    for (size_t i = 0; exchange != NULL && i < slot; i++) {
        const struct http_exchange *other = state->slots[i].exchange;
        alike += other != NULL && other->purpose == exchange->purpose &&
                 strcmp(other->request.host, exchange->request.host) == 0 &&
                 strcmp(other->request.path, exchange->request.path) == 0;
    }
    return alike >= SILENT_LIMIT;
}

/* Tells an exchange, answered (`answer` not NULL) by the packet at hand or not, and
 * gives it back. */
static void exchange_tell(const struct dissector_call *call, struct http_exchange *exchange,
                          const struct http_answer *answer)
{
    struct http_state *state = call->state;
    if (exchange == NULL)
        return;
    if (exchange->may_be_autoconfig && answer != NULL && http_is_autoconfig(answer->content_type)) {
        exchange->purpose = HTTP_AUTOCONFIG;
        exchange->may_be_autoconfig = false;
        call->flow->noted = state->wanted = true;
    }
    if (!exchange->may_be_autoconfig) {
        struct fact fact = exchange_fact(call, exchange);
        if (answer != NULL)
            answer_fill(&fact.as.http, answer, call->packet->time, call->packet->identity);
        observation_emit(call->observation, &fact);
        state->told++;
    }
    free(exchange);
}

/* Writes the beginning of a page as text. */
static void page_print(struct bytes page, char text[PAGE_TEXT_SIZE])
{
    size_t length = 0;
    uint8_t byte;
    page = bytes_first(page, SHOWN_BYTES);
    while (bytes_read_u8(&page, &byte)) {
        if (byte == '\r')
            continue;
        if (byte == '\n' || byte == '\t')
            byte = ' ';
        if (!text_put_byte(text, PAGE_TEXT_SIZE, &length, byte,
                           byte >= ' ' && byte < 0x7f && byte != '\\'))
            break; /* never: the room is that of the longest */
    }
    text[length < SHOWN_BYTES ? length : SHOWN_BYTES] = '\0';
}

/* Tells what a probe got: as much of the page as was seen; `whole`: all of it. Where
 * what was seen decides nothing there is no body in the fact. */
static void page_tell(const struct dissector_call *call, bool whole)
{
    struct http_state *state = call->state;
    struct http_page *page = state->page;
    if (page == NULL)
        return;
    char text[PAGE_TEXT_SIZE];
    struct bytes content = bytes_of(page->bytes, page->length);
    enum http_page_verdict verdict = HTTP_PAGE_UNDECIDED;
    if (!page->answer.encoded)
        verdict = http_page_judge(content, whole);
    struct fact fact = exchange_fact(call, page->exchange);
    struct fact_http *row = &fact.as.http;
    answer_fill(row, &page->answer, page->time, page->packet);
    if (verdict != HTTP_PAGE_UNDECIDED) {
        page_print(content, text);
        row->body = text;
        row->probe_success = page->answer.status == 200 && verdict == HTTP_PAGE_SUCCESS;
    }
    observation_emit(call->observation, &fact);
    state->told++;
    free(page->exchange);
    free(page);
    state->page = NULL;
}

static void page_begin(const struct dissector_call *call, struct http_exchange *exchange,
                       const struct http_answer *answer)
{
    struct http_state *state = call->state;
    struct http_page *page = calloc(1, sizeof *page);
    if (page == NULL) {
        call->observation->memory_out = true;
        exchange_tell(call, exchange, answer);
        return;
    }
    page->exchange = exchange;
    page->answer = *answer;
    page->time = call->packet->time;
    page->packet = call->packet->identity;
    state->page = page;
}

static void page_add(const struct dissector_call *call, struct bytes piece)
{
    struct http_state *state = call->state;
    struct http_page *page = state->page;
    uint8_t byte;
    if (page == NULL)
        return;
    while (page->length < PAGE_SIZE && bytes_read_u8(&piece, &byte))
        page->bytes[page->length++] = byte;
    if (page->length == PAGE_SIZE)
        page_tell(call, true);
}

/* Passes over the rest of this side's body. DISSECTOR_DONE: there is no more of it. */
static enum dissector_answer body_pass(const struct dissector_call *call, struct bytes *available)
{
    struct http_state *state = call->state;
    struct http_body *body = &state->bodies[call->side];
    struct bytes piece;
    enum http_body_result result;
    while ((result = http_body_pass(body, available, &piece)) == HTTP_BODY_PIECE)
        if (call->side == SIDE_SERVER)
            page_add(call, piece);
    if (result == HTTP_BODY_DONE && call->side == SIDE_SERVER)
        page_tell(call, true);
    return result == HTTP_BODY_DONE   ? DISSECTOR_DONE
           : result == HTTP_BODY_MORE ? DISSECTOR_MORE
                                      : DISSECTOR_MALFORMED;
}

static enum dissector_answer all_pass(struct bytes *available)
{
    return bytes_skip(available, available->length) ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
}

/* Makes room for the request at hand, kept or not. False when memory or slots are out. */
static bool slot_add(const struct dissector_call *call, const struct http_request *request,
                     enum http_purpose purpose, bool keep, bool may_be_autoconfig)
{
    struct http_state *state = call->state;
    if (state->slot_count == SLOT_LIMIT || state->told >= TOLD_LIMIT)
        return false;
    struct http_slot *slot = &state->slots[state->slot_count];
    *slot = (struct http_slot){.head = strcmp(request->method, "HEAD") == 0,
                               .connect = purpose == HTTP_CONNECT};
    if (keep || may_be_autoconfig) {
        slot->exchange = malloc(sizeof *slot->exchange);
        if (slot->exchange == NULL)
            return !(call->observation->memory_out = true);
        *slot->exchange = (struct http_exchange){.purpose = purpose,
                                                 .may_be_autoconfig = !keep,
                                                 .request = *request,
                                                 .time = call->packet->time,
                                                 .packet = call->packet->identity};
        if (purpose == HTTP_OCSP)
            http_ocsp_path_cut(slot->exchange->request.path);
    }
    state->asked = true;
    state->wanted = state->wanted || keep;
    state->slot_count++;
    return true;
}

/* The client names whom it wants to reach. What was asked for before on the same
 * connection, and is a fact, outranks a host of no interest. */
static void request_name_flow(const struct dissector_call *call, const char *host)
{
    const struct http_state *state = call->state;
    const char *named = call->flow->detail->server_name;
    struct address address;
    if (host[0] == '\0' || (named != NULL && strcmp(named, host) == 0) ||
        address_parse(host, &address))
        return;
    if (!state->wanted || observation_wants_name(call->observation, host))
        observation_name_flow(call->observation, call->flow, host);
}

static enum dissector_answer connect_take(const struct dissector_call *call,
                                          const struct http_request *request)
{
    const struct http_state *state = call->state;
    struct flow *flow = call->flow;
    if (state->wanted && !observation_wants_name(call->observation, request->host))
        return DISSECTOR_DONE;
    flow->detail->tunnel_port = 0; /* another CONNECT on the same connection renames it */
    flow->detail->tunnel_status = 0;
    observation_name_flow(call->observation, flow, request->host);
    flow->detail->tunnel_port = request->port;
    flow_facts_event(call->observation, flow, EVENT_TUNNEL_REQUEST, PARTY_CLIENT, call->packet);
    return observation_keeps(call->observation, flow) &&
                   slot_add(call, request, HTTP_CONNECT, true, false)
               ? DISSECTOR_MORE
               : DISSECTOR_DONE;
}

static enum dissector_answer request_take(const struct dissector_call *call, struct bytes head)
{
    struct http_state *state = call->state;
    struct http_request request;
    if (!http_request_read(head, &request))
        return DISSECTOR_MALFORMED;
    enum http_purpose purpose = http_purpose_of(&request);
    if (purpose == HTTP_CONNECT)
        return connect_take(call, &request);
    bool special = purpose == HTTP_CAPTIVE_PROBE || purpose == HTTP_AUTOCONFIG;
    request_name_flow(call, request.host);
    if (special)
        call->flow->noted = true;
    bool keep = special || (request.target == HTTP_TARGET_ABSOLUTE
                                ? observation_wants_name(call->observation, request.host)
                                : observation_keeps(call->observation, call->flow));
    bool may_be_autoconfig = !keep && http_may_be_autoconfig(&request);
    state->proxied = state->proxied || request.target == HTTP_TARGET_ABSOLUTE;
    if (!keep && !may_be_autoconfig && !state->wanted && !state->proxied && state->slot_count == 0)
        return DISSECTOR_DONE;
    http_body_begin(&state->bodies[SIDE_CLIENT], request.content_length, request.chunked, false);
    return slot_add(call, &request, purpose, keep, may_be_autoconfig) ? DISSECTOR_MORE
                                                                      : DISSECTOR_DONE;
}

/* The client left HTTP: what it asked for before may still be answered. */
static enum dissector_answer client_leaves(struct http_state *state, struct bytes *available)
{
    if (state->slot_count == 0 && state->page == NULL)
        return DISSECTOR_DONE;
    state->client_over = true;
    return all_pass(available);
}

static enum dissector_answer client_read(const struct dissector_call *call, struct bytes *available)
{
    struct http_state *state = call->state;
    struct bytes head;
    if (state->client_over)
        return all_pass(available);
    for (;;) {
        enum dissector_answer passed = body_pass(call, available);
        if (passed != DISSECTOR_DONE || bytes_empty(*available))
            return passed == DISSECTOR_DONE ? DISSECTOR_MORE : passed;
        bool asked = state->slot_count > 0 && state->slots[state->slot_count - 1].connect;
        if (asked && !bytes_start_with(*available, "CONNECT "))
            return DISSECTOR_MORE; /* belongs into the tunnel that is not open yet */
        enum http_head_result result = http_head_take(available, &head);
        if (!http_is_request(result == HTTP_HEAD_WHOLE ? head : *available))
            return client_leaves(state, available);
        if (result != HTTP_HEAD_WHOLE)
            return result == HTTP_HEAD_MORE ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
        enum dissector_answer answer = request_take(call, head);
        if (answer != DISSECTOR_MORE)
            return answer;
    }
}

static size_t http_held(const void *of)
{
    const struct http_state *state = of;
    size_t held = state->page != NULL ? sizeof *state->page + sizeof *state->page->exchange : 0;
    for (size_t i = 0; i < state->slot_count; i++)
        held += state->slots[i].exchange != NULL ? sizeof *state->slots[i].exchange : 0;
    return held;
}

/* An answer that came before its request had to give way: which answer is to which request
 * is not known any more, and none is told to be without one. */
static enum dissector_answer early_lost(const struct dissector_call *call)
{
    struct http_state *state = call->state;
    while (state->slot_count > 0)
        free(state->slots[--state->slot_count].exchange);
    call->flow->detail->reading_lost = true;
    call->observation->totals.streams_dropped++;
    return DISSECTOR_DONE;
}

/* The server speaks, and nobody has asked: its request may come yet. */
static enum dissector_answer early_keep(const struct dissector_call *call, struct bytes *available)
{
    struct http_run *run = call->common;
    struct http_state *state = call->state;
    if (state->client_over)
        return DISSECTOR_DONE;
    struct http_early *early = http_early_find(&run->early, state->early);
    if (early == NULL && state->early != 0)
        return early_lost(call);
    if (early == NULL) {
        if (!bytes_start_with(*available, "HTTP/1."))
            return all_pass(available);
        state->early = http_early_begin(&run->early, call->packet);
        early = http_early_find(&run->early, state->early);
        if (early == NULL) {
            call->observation->memory_out = true;
            return all_pass(available);
        }
    }
    http_early_add(early, available);
    if (bytes_empty(*available))
        return DISSECTOR_MORE;
    state->early = 0;
    return state->asked ? all_pass(available) : DISSECTOR_DONE;
}

static struct http_slot slot_take(struct http_state *state)
{
    struct http_slot slot = state->slots[0];
    state->slot_count--;
    memmove(state->slots, state->slots + 1, state->slot_count * sizeof state->slots[0]);
    return slot;
}

static enum dissector_answer tunnel_answered(const struct dissector_call *call,
                                             const struct http_answer *answer)
{
    call->flow->detail->tunnel_status = answer->status;
    flow_facts_event(call->observation, call->flow, EVENT_TUNNEL_ANSWER, PARTY_SERVER,
                     call->packet);
    return answer->status < 300 ? DISSECTOR_HAND_OVER : DISSECTOR_MORE;
}

/* Is there nothing more to learn? A download, or a connection that told nothing. */
static bool reading_is_over(const struct http_state *state, const struct http_answer *answer)
{
    if (state->slot_count > 0 || state->page != NULL)
        return false;
    enum http_body_part part = state->bodies[SIDE_SERVER].part;
    return (!state->wanted && !state->proxied) || part == HTTP_BODY_UNTIL_CLOSE ||
           (part == HTTP_BODY_LENGTH && answer->content_length > BODY_LIMIT);
}

static enum dissector_answer answer_take(const struct dissector_call *call, struct bytes head)
{
    struct http_state *state = call->state;
    struct http_answer answer;
    if (!http_answer_read(head, &answer))
        return DISSECTOR_MALFORMED;
    if (answer.status < 200 && answer.status != 101)
        return DISSECTOR_MORE; /* interim (RFC 9110 section 15.2) */
    struct http_slot slot = slot_take(state);
    enum dissector_answer next = slot.connect ? tunnel_answered(call, &answer) : DISSECTOR_MORE;
    if (answer.status == 101)
        next = DISSECTOR_DONE; /* another protocol from here on */
    /* RFC 9112 section 6.3. */
    bool bodiless =
        slot.head || answer.status == 204 || answer.status == 304 || next != DISSECTOR_MORE;
    if (!bodiless)
        http_body_begin(&state->bodies[SIDE_SERVER], answer.content_length, answer.chunked, true);
    if (slot.exchange != NULL && slot.exchange->purpose == HTTP_CAPTIVE_PROBE && !bodiless)
        page_begin(call, slot.exchange, &answer);
    else
        exchange_tell(call, slot.exchange, &answer);
    return next == DISSECTOR_MORE && !slot.connect && reading_is_over(state, &answer)
               ? DISSECTOR_DONE
               : next;
}

static enum dissector_answer server_read(const struct dissector_call *call, struct bytes *available)
{
    struct http_state *state = call->state;
    struct http_body *body = &state->bodies[SIDE_SERVER];
    struct bytes head;
    /* A body without a length should end with the connection; where the client has
     * asked again, what begins as an answer is one. */
    if (body->part == HTTP_BODY_UNTIL_CLOSE && state->slot_count > 0 &&
        bytes_start_with(*available, "HTTP/1."))
        body->part = HTTP_BODY_OVER;
    for (;;) {
        enum dissector_answer passed = body_pass(call, available);
        if (passed != DISSECTOR_DONE || bytes_empty(*available))
            return passed == DISSECTOR_DONE ? DISSECTOR_MORE : passed;
        if (state->slot_count == 0)
            return early_keep(call, available);
        if (available->length >= STATUS_BYTES && !bytes_start_with(*available, "HTTP/1."))
            return all_pass(available);
        enum http_head_result result = http_head_take(available, &head);
        if (result != HTTP_HEAD_WHOLE)
            return result == HTTP_HEAD_MORE ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
        enum dissector_answer answer = answer_take(call, head);
        if (answer != DISSECTOR_MORE)
            return answer;
    }
}

/* Reads the answer that was kept for the request that has come now. */
static enum dissector_answer early_read(const struct dissector_call *call)
{
    const struct http_run *run = call->common;
    struct http_state *state = call->state;
    if (state->early == 0 || state->slot_count == 0)
        return DISSECTOR_MORE;
    const struct http_early *early = http_early_find(&run->early, state->early);
    state->early = 0;
    if (early == NULL)
        return early_lost(call);
    if (call->packet->time - early->packet.time > EARLY_SPAN)
        return DISSECTOR_MORE;
    struct dissector_call earlier = *call;
    struct bytes available = bytes_of(early->bytes, early->length);
    earlier.side = SIDE_SERVER;
    earlier.packet = &early->packet;
    return server_read(&earlier, &available);
}

static enum dissector_answer client_and_early_read(const struct dissector_call *call,
                                                   struct bytes *available)
{
    enum dissector_answer answer = client_read(call, available);
    return answer == DISSECTOR_MORE ? early_read(call) : answer;
}

static enum dissector_answer http_stream(const struct dissector_call *call, struct bytes *available)
{
    return call->side == SIDE_CLIENT ? client_and_early_read(call, available)
                                     : server_read(call, available);
}

static void http_flow_end(const struct dissector_call *call)
{
    struct http_state *state = call->state;
    bool closed = state->bodies[SIDE_SERVER].part == HTTP_BODY_UNTIL_CLOSE &&
                  call->flow->sides[SIDE_SERVER].fin && !call->flow->detail->reading_lost;
    page_tell(call, closed);
    /* It may end before the flow does, which tells then what it may. */
    bool crowded = call->flow->crowded || !flow_facts_admit_early(call->observation, call->flow);
    for (size_t i = state->slot_count; i-- > 0;) {
        struct http_exchange *exchange = state->slots[i].exchange;
        if (!crowded && !is_one_more(state, i))
            continue;
        /* A crowded flow is counted as a whole. */
        if (!crowded && !exchange->may_be_autoconfig)
            call->observation->totals.requests_untold++;
        free(exchange);
        state->slots[i].exchange = NULL;
    }
    for (size_t i = 0; i < state->slot_count; i++)
        exchange_tell(call, state->slots[i].exchange, NULL);
    state->slot_count = 0;
}

/* A page that is being read is told with the rest, when it has come. */
static void http_flow_stand(const struct dissector_call *call)
{
    const struct http_state *state = call->state;
    for (size_t i = 0; i < state->slot_count; i++) {
        const struct http_exchange *exchange = state->slots[i].exchange;
        if (exchange == NULL || exchange->may_be_autoconfig ||
            !observation_is_settled(call->observation, exchange->time))
            continue;
        struct fact fact = exchange_fact(call, exchange);
        observation_emit(call->observation, &fact);
    }
}

const struct dissector dissector_http = {
    .name = "http",
    .transport = TRANSPORT_TCP,
    .state_size = sizeof(struct http_state),
    .create = http_create,
    .release = http_release,
    .claims = http_claims,
    .stream = http_stream,
    .held = http_held,
    .flow_end = http_flow_end,
    .flow_stand = http_flow_stand,
};
