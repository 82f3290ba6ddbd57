/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which host does a client ask its proxy for?  CONNECT requests come in with their
 * answers (RFC 9110 section 9.3.6); the flow gets the host's name, its port and the
 * proxy's status, and what follows a 2xx is handed over.  Heads only: a body, as a
 * 407 may have one, is passed over up to the next status line.
 */
#include "dissectors/registry.h"
#include "flows/flow_facts.h"

#define HEAD_LIMIT 8192u /* a longer head is no client's of ours */
#define HOST_SIZE 256
#define BODY_LIMIT (UINT64_C(1) << 32)
#define STATUS_BYTES 7 /* enough to know a status line by */

/* What of the conversation was seen. Begins with all bytes zero. */
struct http_state {
    bool asked;
    uint64_t body_left; /* bytes of the last answer's body that are still to come */
};

static bool http_claims(const struct flow *flow, struct bytes payload)
{
    (void)flow;
    return bytes_start_with(payload, "CONNECT ");
}

/* Takes one head, up to and with its empty line (RFC 9112 section 2.1); false while
 * the line is not there. */
static bool head_take(struct bytes *available, struct bytes *head)
{
    size_t limit = available->length < HEAD_LIMIT ? available->length : HEAD_LIMIT;
    for (size_t i = 0; i + 4 <= limit; i++) {
        if (bytes_start_with(bytes_from(*available, i), "\r\n\r\n"))
            return bytes_take(available, i + 4, head);
    }
    return false;
}

/* Takes the bytes up to `stop` off the front into `part`, and `stop` too. */
static bool part_take(struct bytes *from, char stop, struct bytes *part)
{
    uint8_t letter;
    for (size_t i = 0; bytes_peek_u8(*from, i, &letter); i++) {
        if (letter == (uint8_t)stop)
            return bytes_take(from, i, part) && bytes_skip(from, 1);
    }
    return false;
}

static bool number_read(struct bytes digits, uint32_t most, uint32_t *number)
{
    uint32_t value = 0;
    uint8_t digit;
    if (bytes_empty(digits) || digits.length > 5)
        return false;
    while (bytes_read_u8(&digits, &digit)) {
        if (digit < '0' || digit > '9')
            return false;
        value = value * 10 + (digit - '0');
    }
    *number = value;
    return value > 0 && value <= most;
}

/* RFC 9112 section 3.2.3: "host:port", an IPv6 address in brackets. The port is
 * behind the last colon. */
static bool target_read(struct bytes target, char host[HOST_SIZE], uint16_t *port)
{
    size_t colon = 0; /* the place behind it */
    uint32_t number;
    uint8_t letter;
    for (size_t i = 0; bytes_peek_u8(target, i, &letter); i++) {
        if (letter == ':')
            colon = i + 1;
    }
    if (colon < 2 || colon - 1 >= HOST_SIZE ||
        !number_read(bytes_from(target, colon), UINT16_MAX, &number))
        return false;
    struct bytes name = bytes_first(target, colon - 1);
    size_t length = 0;
    while (bytes_read_u8(&name, &letter)) {
        if (letter <= ' ' || letter >= 0x7f)
            return false;
        if (letter == '[' || letter == ']')
            continue;
        host[length++] = (char)(letter >= 'A' && letter <= 'Z' ? letter + ('a' - 'A') : letter);
    }
    if (length > 0 && host[length - 1] == '.')
        length--;
    host[length] = '\0';
    *port = (uint16_t)number;
    return length > 0;
}

static enum dissector_answer http_request(const struct dissector_call *call,
                                          struct bytes *available)
{
    struct http_state *state = call->state;
    struct bytes head, method, target;
    char host[HOST_SIZE];
    uint16_t port;
    if (!head_take(available, &head))
        return available->length < HEAD_LIMIT ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
    if (!bytes_start_with(head, "CONNECT "))
        return DISSECTOR_DONE;
    if (!part_take(&head, ' ', &method) || !part_take(&head, ' ', &target) ||
        !target_read(target, host, &port))
        return DISSECTOR_MALFORMED;
    state->asked = true;
    struct flow_detail *detail = call->flow->detail;
    detail->tunnel_port = 0; /* another CONNECT on the same connection renames it */
    detail->tunnel_status = 0;
    observation_name_flow(call->observation, call->flow, host);
    detail->tunnel_port = port;
    flow_facts_event(call->observation, call->flow, EVENT_TUNNEL_REQUEST, PARTY_CLIENT,
                     call->packet);
    return call->flow->of_interest || call->observation->all_flows ? DISSECTOR_MORE
                                                                   : DISSECTOR_DONE;
}

/* RFC 9112 section 6.2. Where no length is given the body is what has come with the
 * head: what comes later begins with the next status line or is passed over. */
static uint64_t body_length(struct bytes head, size_t with_head)
{
    static const char field[] = "content-length:";
    struct bytes line, digits;
    while (part_take(&head, '\n', &line)) {
        uint8_t letter;
        size_t same = 0;
        while (same < sizeof field - 1 && bytes_peek_u8(line, same, &letter) &&
               (letter >= 'A' && letter <= 'Z' ? letter + 32 : letter) == field[same])
            same++;
        if (same < sizeof field - 1 || !bytes_skip(&line, same))
            continue;
        uint64_t length = 0;
        digits = line;
        while (bytes_read_u8(&digits, &letter) && length < BODY_LIMIT) {
            if (letter >= '0' && letter <= '9')
                length = length * 10 + (letter - '0');
        }
        return length;
    }
    return with_head;
}

static enum dissector_answer body_pass(struct http_state *state, struct bytes *available)
{
    size_t passed =
        state->body_left < available->length ? (size_t)state->body_left : available->length;
    state->body_left -= passed;
    return bytes_skip(available, passed) ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
}

static enum dissector_answer answer_head(const struct dissector_call *call, struct bytes *available)
{
    struct http_state *state = call->state;
    struct bytes head, version, status;
    uint32_t code;
    if (!head_take(available, &head))
        return available->length < HEAD_LIMIT ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
    if (!part_take(&head, ' ', &version) || !bytes_take(&head, 3, &status) ||
        !number_read(status, 999, &code))
        return DISSECTOR_MALFORMED;
    if (code < 200)
        return DISSECTOR_MORE; /* interim (RFC 9110 section 15.2) */
    call->flow->detail->tunnel_status = (uint16_t)code;
    flow_facts_event(call->observation, call->flow, EVENT_TUNNEL_ANSWER, PARTY_SERVER,
                     call->packet);
    state->asked = false;
    if (code < 300)
        return DISSECTOR_HAND_OVER;
    state->body_left = body_length(head, available->length);
    return body_pass(state, available);
}

static enum dissector_answer http_answer(const struct dissector_call *call, struct bytes *available)
{
    struct http_state *state = call->state;
    if (state->body_left > 0 && body_pass(state, available) != DISSECTOR_MORE)
        return DISSECTOR_MALFORMED;
    if (bytes_empty(*available))
        return DISSECTOR_MORE;
    if (!state->asked ||
        (available->length >= STATUS_BYTES && !bytes_start_with(*available, "HTTP/1.")))
        return bytes_skip(available, available->length) ? DISSECTOR_MORE : DISSECTOR_MALFORMED;
    return answer_head(call, available);
}

static enum dissector_answer http_stream(const struct dissector_call *call, struct bytes *available)
{
    return call->side == SIDE_CLIENT ? http_request(call, available) : http_answer(call, available);
}

const struct dissector dissector_http = {
    .name = "http",
    .transport = TRANSPORT_TCP,
    .state_size = sizeof(struct http_state),
    .claims = http_claims,
    .stream = http_stream,
};
