/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does this head say?  One HTTP/1 request or answer head comes in (RFC 9112), a
 * plain value goes out.  Lenient as servers have to be: bare LF ends a line, folded
 * lines (section 5.2) are one field, names are matched without regard to case.
 */
#include "dissectors/http_head.h"

#include <string.h>

#include "base/text.h"

#define SCHEME_LIMIT 32 /* bytes; longer words are no authentication schemes */

static const char *const methods[] = {"GET ",     "POST ",    "HEAD ",   "PUT ",
                                      "CONNECT ", "OPTIONS ", "DELETE ", "PATCH "};

static bool is_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\r' || byte == '\n';
}

static uint8_t lower(uint8_t byte)
{
    return byte >= 'A' && byte <= 'Z' ? (uint8_t)(byte + ('a' - 'A')) : byte;
}

/* Where this byte is first; the length where it is not. */
static size_t place_of(struct bytes from, char byte)
{
    const uint8_t *at = from.length > 0 ? memchr(from.data, byte, from.length) : NULL;
    return at != NULL ? (size_t)(at - from.data) : from.length;
}

/* Has the line nothing but what may stand before its end? */
static bool line_is_empty(struct bytes line)
{
    uint8_t byte;
    while (bytes_read_u8(&line, &byte))
        if (byte != '\r')
            return false;
    return true;
}

enum http_head_result http_head_take(struct bytes *available, struct bytes *head)
{
    uint8_t byte;
    while (bytes_peek_u8(*available, 0, &byte) && (byte == '\r' || byte == '\n') &&
           bytes_skip(available, 1))
        continue;
    struct bytes most = bytes_first(*available, HTTP_HEAD_LIMIT), rest = most;
    for (size_t end; (end = place_of(rest, '\n')) < rest.length;) {
        bool last = rest.length < most.length && line_is_empty(bytes_first(rest, end));
        rest = bytes_from(rest, end + 1);
        if (last && bytes_take(available, most.length - rest.length, head))
            return HTTP_HEAD_WHOLE;
    }
    return most.length < HTTP_HEAD_LIMIT ? HTTP_HEAD_MORE : HTTP_HEAD_TOO_LONG;
}

bool http_is_request(struct bytes from)
{
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++) {
        size_t same = 0;
        uint8_t byte;
        while (bytes_peek_u8(from, same, &byte) && methods[i][same] == (char)byte && byte != '\0')
            same++;
        if (same == from.length || methods[i][same] == '\0')
            return true;
    }
    return false;
}

/* Takes the bytes up to `stop` off the front into `part`, and `stop` too. */
static bool part_take(struct bytes *from, char stop, struct bytes *part)
{
    size_t place = place_of(*from, stop);
    return place < from->length && bytes_take(from, place, part) && bytes_skip(from, 1);
}

static struct bytes trimmed(struct bytes part)
{
    uint8_t byte;
    size_t start = 0;
    while (bytes_peek_u8(part, start, &byte) && is_space(byte))
        start++;
    part = bytes_from(part, start);
    while (part.length > 0 && bytes_peek_u8(part, part.length - 1, &byte) && is_space(byte))
        part = bytes_first(part, part.length - 1);
    return part;
}

/* Writes foreign bytes as text; what has no room is left out. */
static void text_set(char *text, size_t size, struct bytes part)
{
    size_t length = 0;
    uint8_t byte;
    part = trimmed(part);
    text[0] = '\0';
    while (bytes_read_u8(&part, &byte)) {
        if (byte == '\r' || byte == '\n')
            continue; /* of a folded line; its blank stays */
        if (byte == '\t')
            byte = ' ';
        if (!text_put_byte(text, size, &length, byte, byte >= ' ' && byte < 0x7f && byte != '\\'))
            break;
    }
}

/* Digits up to the first other byte; -1 where there is none or it is past belief. */
static int64_t number_read(struct bytes digits)
{
    int64_t value = -1;
    uint8_t digit;
    while (bytes_read_u8(&digits, &digit) && digit >= '0' && digit <= '9') {
        if (value > INT64_MAX / 10 - 10)
            return -1;
        value = (value < 0 ? 0 : value * 10) + (digit - '0');
    }
    return value;
}

static bool port_read(struct bytes digits, uint16_t *port)
{
    uint8_t digit;
    for (size_t i = 0; bytes_peek_u8(digits, i, &digit); i++)
        if (digit < '0' || digit > '9')
            return false;
    int64_t value = number_read(digits);
    if (value < 1 || value > UINT16_MAX)
        return false;
    *port = (uint16_t)value;
    return true;
}

/* RFC 3986 section 3.2: "host:port", an IPv6 address in brackets; the port may be
 * missing. False where it is not that, or has bytes that no host has. */
static bool authority_read(struct bytes authority, struct http_request *request)
{
    size_t colon = 0; /* the place behind the last one outside brackets; 0: none */
    size_t start = 0; /* behind user information */
    uint8_t byte;
    for (size_t i = 0; bytes_peek_u8(authority, i, &byte); i++) {
        if (byte <= ' ' || byte >= 0x7f || byte == '\\')
            return false;
        if (byte == '@')
            start = i + 1;
        colon = byte == ':' ? i + 1 : byte == ']' || byte == '@' ? 0 : colon;
    }
    uint16_t port = 0;
    struct bytes digits = bytes_from(authority, colon);
    if (colon > 0 && !bytes_empty(digits) && !port_read(digits, &port))
        return false;
    struct bytes name =
        bytes_from(bytes_first(authority, colon > 0 ? colon - 1 : authority.length), start);
    size_t length = 0;
    char host[HTTP_TEXT_SIZE];
    if (name.length >= sizeof host)
        return false;
    while (bytes_read_u8(&name, &byte))
        if (byte != '[' && byte != ']')
            host[length++] = (char)lower(byte);
    if (length > 0 && host[length - 1] == '.')
        length--;
    if (length == 0)
        return false;
    memcpy(request->host, host, length);
    request->host[length] = '\0';
    request->port = port;
    return true;
}

static struct bytes without_query(struct bytes path)
{
    uint8_t byte;
    for (size_t i = 0; bytes_peek_u8(path, i, &byte); i++)
        if (byte == '?' || byte == '#')
            return bytes_first(path, i);
    return path;
}

/* RFC 9112 section 3.2: the four forms of a target. */
static bool target_read(struct bytes target, struct http_request *request)
{
    struct bytes rest = target, scheme, authority;
    uint8_t byte;
    if (strcmp(request->method, "CONNECT") == 0) {
        request->target = HTTP_TARGET_AUTHORITY;
        return authority_read(target, request) && request->port != 0;
    }
    if (!bytes_peek_u8(target, 0, &byte))
        return false;
    if (byte == '/' || byte == '*') {
        text_set(request->path, sizeof request->path, without_query(target));
        return true;
    }
    request->target = HTTP_TARGET_ABSOLUTE;
    if (!part_take(&rest, ':', &scheme) || !bytes_start_with(rest, "//") || !bytes_skip(&rest, 2))
        return false;
    size_t end = 0;
    while (bytes_peek_u8(rest, end, &byte) && byte != '/' && byte != '?' && byte != '#')
        end++;
    if (!bytes_take(&rest, end, &authority) || !authority_read(authority, request))
        return false;
    rest = without_query(rest);
    text_set(request->path, sizeof request->path, bytes_empty(rest) ? bytes_of("/", 1) : rest);
    return true;
}

/* The target reaches to the last blank: some clients leave blanks in it. */
static bool request_line_read(struct bytes line, struct http_request *request)
{
    struct bytes method;
    uint8_t byte = 0;
    line = trimmed(line);
    if (!http_is_request(line) || !part_take(&line, ' ', &method))
        return false;
    text_set(request->method, sizeof request->method, method);
    size_t last = line.length;
    while (last > 0 && bytes_peek_u8(line, last - 1, &byte) && byte != ' ')
        last--;
    last -= last > 0;
    return last > 0 && bytes_start_with(bytes_from(line, last + 1), "HTTP/1.") &&
           target_read(trimmed(bytes_first(line, last)), request);
}

static bool name_is(struct bytes name, const char *expected)
{
    uint8_t byte;
    size_t i = 0;
    for (; expected[i] != '\0'; i++)
        if (!bytes_peek_u8(name, i, &byte) || lower(byte) != (uint8_t)expected[i])
            return false;
    return i == name.length;
}

/* Takes the next field with the lines that are folded into it; false at the end. A
 * line without a colon is a field without a name. */
static bool field_take(struct bytes *head, struct bytes *name, struct bytes *value)
{
    struct bytes rest = *head, field;
    uint8_t byte = ' ';
    while (!bytes_empty(rest) && (byte == ' ' || byte == '\t')) {
        rest = bytes_from(rest, place_of(rest, '\n') + 1);
        if (!bytes_peek_u8(rest, 0, &byte))
            break;
    }
    size_t end = head->length - rest.length;
    if (end == 0 || !bytes_take(head, end, &field))
        return false;
    if (!part_take(&field, ':', name))
        *name = bytes_of(NULL, 0);
    *name = trimmed(*name);
    *value = trimmed(field);
    return true;
}

/* RFC 9112 section 6: what tells a body's length is the same on both sides. */
static void framing_read(struct bytes name, struct bytes value, int64_t *length, bool *chunked)
{
    if (name_is(name, "content-length")) {
        *length = number_read(value);
    } else if (name_is(name, "transfer-encoding") && value.length >= 7) {
        /* Chunked is the last coding (section 7). */
        *chunked = name_is(bytes_from(value, value.length - 7), "chunked");
    }
}

bool http_request_read(struct bytes head, struct http_request *request)
{
    struct bytes line, name, value;
    memset(request, 0, sizeof *request);
    request->content_length = -1;
    if (!part_take(&head, '\n', &line) || !request_line_read(line, request))
        return false;
    while (field_take(&head, &name, &value)) {
        if (name_is(name, "host") && request->host[0] == '\0') {
            if (!authority_read(value, request))
                text_set(request->host, sizeof request->host, value);
        } else if (name_is(name, "user-agent")) {
            text_set(request->user_agent, sizeof request->user_agent, value);
        } else if (name_is(name, "proxy-authorization")) {
            request->proxy_credentials = true;
        } else {
            framing_read(name, value, &request->content_length, &request->chunked);
        }
    }
    return true;
}

/* Adds one scheme to the list, unless it has no room. */
static void scheme_add(char *list, struct bytes scheme)
{
    size_t length = strlen(list);
    if (length + 1 + 4 * scheme.length >= HTTP_TEXT_SIZE)
        return;
    if (length > 0)
        list[length++] = ',';
    text_set(list + length, HTTP_TEXT_SIZE - length, scheme);
}

/* The word that begins one element of a list of challenges is a scheme, unless "="
 * follows: then it is a parameter of the challenge before. */
static void challenge_read(struct bytes element, char *schemes)
{
    size_t length = 0;
    uint8_t byte;
    element = trimmed(element);
    while (bytes_peek_u8(element, length, &byte) && !is_space(byte) && byte != '=')
        length++;
    struct bytes behind = trimmed(bytes_from(element, length));
    /* A token68 may begin with no "=" (RFC 9110 section 11.2). */
    if (length == 0 || length > SCHEME_LIMIT || bytes_start_with(behind, "="))
        return;
    scheme_add(schemes, bytes_first(element, length));
}

/* RFC 9110 section 11.6.1: challenges and their parameters, all behind commas. */
static void challenges_read(struct bytes value, char *schemes)
{
    size_t start = 0;
    bool quoted = false;
    uint8_t byte;
    for (size_t i = 0; bytes_peek_u8(value, i, &byte); i++) {
        if (byte == '\\' && quoted)
            i++;
        else if (byte == '"')
            quoted = !quoted;
        else if (byte == ',' && !quoted) {
            challenge_read(bytes_first(bytes_from(value, start), i - start), schemes);
            start = i + 1;
        }
    }
    challenge_read(bytes_from(value, start), schemes);
}

/* RFC 9112 section 4: the version, three digits, and words for people. */
static bool status_line_read(struct bytes line, struct http_answer *answer)
{
    struct bytes version, status;
    uint8_t digit;
    if (!bytes_start_with(line, "HTTP/1.") || !part_take(&line, ' ', &version) ||
        !bytes_take(&line, 3, &status))
        return false;
    while (bytes_read_u8(&status, &digit)) {
        if (digit < '0' || digit > '9')
            return false;
        answer->status = (uint16_t)(answer->status * 10 + (digit - '0'));
    }
    return answer->status >= 100;
}

static void answer_field_read(struct bytes name, struct bytes value, struct http_answer *answer)
{
    if (name_is(name, "proxy-authenticate") || name_is(name, "www-authenticate"))
        challenges_read(value, answer->authenticate);
    else if (name_is(name, "location"))
        text_set(answer->location, sizeof answer->location, value);
    else if (name_is(name, "server"))
        text_set(answer->software, sizeof answer->software, value);
    else if (name_is(name, "via"))
        text_set(answer->via, sizeof answer->via, value);
    else if (name_is(name, "content-type"))
        text_set(answer->content_type, sizeof answer->content_type, value);
    else if (name_is(name, "content-encoding"))
        answer->encoded = !bytes_empty(value) && !name_is(value, "identity");
    else
        framing_read(name, value, &answer->content_length, &answer->chunked);
}

bool http_answer_read(struct bytes head, struct http_answer *answer)
{
    struct bytes line, name, value;
    memset(answer, 0, sizeof *answer);
    answer->content_length = -1;
    if (!part_take(&head, '\n', &line) || !status_line_read(line, answer))
        return false;
    while (field_take(&head, &name, &value))
        answer_field_read(name, value, answer);
    return true;
}
