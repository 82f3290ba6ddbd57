/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does a list of hosts say?  Its lines come in; rows whose host, ports
 * and other values have been checked go out, or the first line that is wrong.
 * Names: RFC 1123 section 2.1; networks: RFC 4632.
 */
#include "catalog/hosts_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fact.h"

#define LINE_LIMIT 4096u
#define FIELD_LIMIT 32u
#define LABEL_LIMIT 63u
#define BLANKS " \t"

struct host_reader {
    const char *name;
    size_t line;
    bool begun; /* a line that says something has been read */
    bool has_header;
    size_t fields[COLUMN_COUNT]; /* of each column, by the header; FIELD_LIMIT: none */
    struct host_row_sink sink;
};

static const char *const column_names[COLUMN_COUNT] = {
    [COLUMN_CATEGORY] = "category", [COLUMN_HOST] = "host",
    [COLUMN_PORTS] = "ports",       [COLUMN_TRANSPORT] = "transport",
    [COLUMN_SYSTEMS] = "os",        [COLUMN_DESCRIPTION] = "description",
    [COLUMN_PROXY] = "proxy",       [COLUMN_SOURCE] = "source",
    [COLUMN_ROLE] = "role",         [COLUMN_RETIRED] = "retired",
    [COLUMN_WITHIN] = "within",
};

static bool same_word(const char *left, const char *right)
{
    while (*left != '\0' && host_lower(*left) == host_lower(*right)) {
        left++;
        right++;
    }
    return *left == '\0' && *right == '\0';
}

static char *trim(char *text)
{
    size_t length;

    text += strspn(text, BLANKS);
    length = strlen(text);
    while (length > 0 && strchr(BLANKS, text[length - 1]) != NULL)
        text[--length] = '\0';
    return text;
}

static size_t split_at_tabs(char *line, char *fields[FIELD_LIMIT])
{
    size_t count = 0;

    while (line != NULL && count < FIELD_LIMIT) {
        char *tab = strchr(line, '\t');
        if (tab != NULL)
            *tab++ = '\0';
        fields[count++] = trim(line);
        line = tab;
    }
    return count;
}

/* Labels of letters, digits, '-' and '_', of the lengths that DNS allows; the
 * last is no number, so that "300.1.2.3" or a port is not taken for a name. */
static bool is_name(const char *name)
{
    size_t total = strlen(name);
    size_t label = 0;
    bool number = true;

    if (total > HOST_NAME_LIMIT)
        return false;
    for (; *name != '\0'; name++) {
        if (*name == '.') {
            if (label == 0)
                return false;
            label = 0;
            number = true;
            continue;
        }
        if (!(*name >= '0' && *name <= '9')) {
            if (!(*name >= 'a' && *name <= 'z') && *name != '-' && *name != '_')
                return false;
            number = false;
        }
        if (++label > LABEL_LIMIT)
            return false;
    }
    return label > 0 && !number;
}

/* "*.example.org" or "*-courier.example.org": one star, first, and a dot. */
static bool is_wildcard(const char *host)
{
    const char *suffix = host + 1;

    return host[0] == '*' && strchr(suffix, '.') != NULL && strlen(host) <= HOST_NAME_LIMIT &&
           is_name(suffix[0] == '.' ? suffix + 1 : suffix);
}

static bool read_host(char *host, struct host_row *row)
{
    size_t length = strlen(host);

    for (char *at = host; *at != '\0'; at++)
        *at = host_lower(*at);
    if (length > 1 && host[length - 1] == '.')
        host[length - 1] = '\0';
    row->host = host;
    memset(&row->network, 0, sizeof row->network);
    row->kind = PATTERN_NETWORK;
    if (prefix_parse(host, &row->network))
        return true;
    if (address_parse(host, &row->network.address)) {
        row->network.bits = 128;
        return true;
    }
    row->kind = host[0] == '*' ? PATTERN_WILDCARD : PATTERN_EXACT;
    return row->kind == PATTERN_WILDCARD ? is_wildcard(host) : is_name(host);
}

bool host_ports_next(const char **ports, uint16_t *port)
{
    const char *at = *ports + strspn(*ports, ", \t");

    if (*at == '\0' || *at == '-')
        return false;
    /* The text has been checked by ports_valid: a number or "any". */
    *port = host_lower(*at) == 'a' ? 0 : (uint16_t)strtoul(at, NULL, 10);
    *ports = at + strcspn(at, ", \t");
    return true;
}

static bool port_valid(const char *text, size_t length)
{
    unsigned long value = 0;

    for (size_t i = 0; i < length; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (unsigned long)(text[i] - '0');
        if (value > UINT16_MAX)
            return false;
    }
    return length > 0 && value > 0;
}

/* Numbers between commas or blanks, or "any" or "-" alone. */
static bool ports_valid(const char *ports)
{
    size_t count = 0;

    if (same_word(ports, "any") || strcmp(ports, "-") == 0)
        return true;
    for (const char *at = ports + strspn(ports, ", \t"); *at != '\0'; at += strspn(at, ", \t")) {
        size_t length = strcspn(at, ", \t");
        if (!port_valid(at, length))
            return false;
        at += length;
        count++;
    }
    return count > 0;
}

/* Which of `words` is it? `fallback` where nothing is said. */
static bool read_word(const char *text, const char *const *words, size_t count, unsigned fallback,
                      unsigned *chosen)
{
    *chosen = fallback;
    if (text[0] == '\0')
        return true;
    for (unsigned i = 0; i < count; i++) {
        if (same_word(text, words[i])) {
            *chosen = i;
            return true;
        }
    }
    return false;
}

static bool read_words(char *const values[COLUMN_COUNT], struct host_row *row,
                       struct problem *wrong)
{
    static const char *const transports[] = {"TCP", "UDP", "-"};
    static const char *const proxies[] = {"unknown", "no", "yes"};
    static const char *const roles[] = {"device", "mdm-server", "both"};
    static const char *const answers[] = {"no", "yes"};
    unsigned chosen;

    if (!read_word(values[COLUMN_TRANSPORT], transports, strcmp(row->ports, "-") == 0 ? 3 : 2, 0,
                   &chosen))
        return problem_set(wrong, "transport \"%.40s\" is not known; write TCP or UDP",
                           values[COLUMN_TRANSPORT]);
    row->transport = chosen == 1 ? TRANSPORT_UDP : TRANSPORT_TCP;
    if (!read_word(values[COLUMN_PROXY], proxies, 3, PROXY_UNKNOWN, &chosen))
        return problem_set(wrong, "proxy \"%.40s\" is not known; write yes, no or unknown",
                           values[COLUMN_PROXY]);
    row->proxy = (enum proxy_support)chosen;
    if (!read_word(values[COLUMN_ROLE], roles, 3, ROLE_DEVICE, &chosen))
        return problem_set(wrong, "role \"%.40s\" is not known; write device, mdm-server or both",
                           values[COLUMN_ROLE]);
    row->role = (enum service_role)chosen;
    if (!read_word(values[COLUMN_RETIRED], answers, 2, 0, &chosen))
        return problem_set(wrong, "retired \"%.40s\" is not known; write yes or no",
                           values[COLUMN_RETIRED]);
    row->retired = chosen == 1;
    return true;
}

/* Where a list says nothing it speaks of the site's own HTTPS hosts. */
static const char *value_or(const char *value, const char *otherwise)
{
    return value[0] != '\0' ? value : otherwise;
}

static bool read_row(char *const values[COLUMN_COUNT], struct host_row *row, struct problem *wrong)
{
    if (!read_host(values[COLUMN_HOST], row))
        return problem_set(wrong,
                           "\"%.80s\" is not a host; write a name (mdm.example.org), a pattern "
                           "(*.example.org) or a network (192.0.2.0/24)",
                           values[COLUMN_HOST]);
    row->ports = value_or(values[COLUMN_PORTS], "443");
    if (!ports_valid(row->ports))
        return problem_set(wrong,
                           "ports \"%.40s\" are not numbers from 1 to 65535; write 443, or "
                           "443,8443, or any",
                           row->ports);
    row->category = value_or(values[COLUMN_CATEGORY], "site");
    row->source = value_or(values[COLUMN_SOURCE], "site");
    row->systems = values[COLUMN_SYSTEMS];
    row->description = values[COLUMN_DESCRIPTION];
    row->within = values[COLUMN_WITHIN];
    return read_words(values, row, wrong);
}

/* Separates the port from "host:port" and "[address]:port"; NULL if there is
 * none.  A bare IPv6 address has more than one colon. */
static char *split_port(char **host)
{
    char *end;
    char *colon;

    if ((*host)[0] == '[') {
        end = strchr(*host, ']');
        if (end == NULL || (end[1] != '\0' && end[1] != ':'))
            return NULL;
        (*host)++;
        *end = '\0';
        return end[1] == ':' ? end + 2 : NULL;
    }
    colon = strchr(*host, ':');
    /* "https://..." and "host:" are left whole, to be refused as hosts. */
    if (colon == NULL || strchr(colon + 1, ':') != NULL || colon[1] == '/' || colon[1] == '\0')
        return NULL;
    *colon = '\0';
    return colon + 1;
}

/* "host [ports [transport]]" with an optional comment. */
static bool read_short_line(char *line, char *values[COLUMN_COUNT], struct problem *wrong)
{
    char *comment = strchr(line, '#');
    char *host, *rest, *word, *port;

    if (comment != NULL)
        *comment = '\0';
    host = trim(line);
    rest = host + strcspn(host, BLANKS);
    if (*rest != '\0')
        *rest++ = '\0';
    rest = trim(rest);
    port = split_port(&host);
    values[COLUMN_HOST] = host;
    for (word = rest + strlen(rest); word > rest && strchr(BLANKS, word[-1]) == NULL;)
        word--;
    /* The last word names the transport if no port looks like it. */
    if (host_lower(*word) >= 'a' && host_lower(*word) <= 'z' && !same_word(word, "any")) {
        values[COLUMN_TRANSPORT] = word;
        if (word > rest)
            word[-1] = '\0';
        else
            rest = word + strlen(word);
        rest = trim(rest);
    }
    if (port != NULL && *rest != '\0')
        return problem_set(wrong, "ports \"%.40s\" follow a host that has a port; give ports once",
                           rest);
    values[COLUMN_PORTS] = port != NULL ? port : rest;
    return true;
}

/* A header has "host" among its words. Columns it does not know are skipped. */
static bool read_header(struct host_reader *reader, char *const *fields, size_t count)
{
    for (size_t column = 0; column < COLUMN_COUNT; column++) {
        reader->fields[column] = FIELD_LIMIT;
        for (size_t i = 0; i < count; i++) {
            if (same_word(fields[i], column_names[column]))
                reader->fields[column] = i;
        }
    }
    return reader->fields[COLUMN_HOST] != FIELD_LIMIT;
}

static bool read_line(struct host_reader *reader, char *line, struct problem *wrong)
{
    char nothing[1] = "";
    char copy[LINE_LIMIT + 1];
    char *fields[FIELD_LIMIT];
    char *values[COLUMN_COUNT];
    struct host_row row;
    size_t count;
    bool first = !reader->begun;

    if (line[0] == '#' || line[strspn(line, BLANKS)] == '\0')
        return true;
    reader->begun = true;
    for (size_t column = 0; column < COLUMN_COUNT; column++)
        values[column] = nothing;
    memcpy(copy, line, strlen(line) + 1);
    count = split_at_tabs(copy, fields);
    if (first && read_header(reader, fields, count)) {
        reader->has_header = true;
        return true;
    }
    if (reader->has_header || count > 2) {
        for (size_t column = 0; column < COLUMN_COUNT; column++) {
            size_t field = reader->has_header        ? reader->fields[column]
                           : column <= COLUMN_SOURCE ? column
                                                     : FIELD_LIMIT;
            if (field < count)
                values[column] = fields[field];
        }
    } else if (!read_short_line(line, values, wrong)) {
        return false;
    }
    return read_row(values, &row, wrong) && reader->sink.take(reader->sink.context, &row, wrong);
}

static bool line_wrong(const struct host_reader *reader, const struct problem *wrong,
                       struct problem *problem)
{
    return problem_set(problem, "%.256s:%zu: %s", reader->name, reader->line, wrong->text);
}

bool host_lines_read(const char *const *lines, size_t count, struct host_row_sink sink,
                     struct problem *problem)
{
    struct host_reader reader = {.name = "built-in list", .sink = sink};
    struct problem wrong = {{0}};
    char line[LINE_LIMIT + 1];

    for (size_t i = 0; i < count; i++) {
        reader.line = i + 1;
        snprintf(line, sizeof line, "%s", lines[i]);
        if (!read_line(&reader, line, &wrong))
            return line_wrong(&reader, &wrong, problem);
    }
    return true;
}

enum line_state { LINE_READ, LINE_END, LINE_WRONG };

/* One line without its end, of at most LINE_LIMIT bytes and none of them 0. */
static enum line_state next_line(FILE *file, char line[LINE_LIMIT + 1], struct problem *wrong)
{
    size_t length = 0;
    int byte;

    while ((byte = getc(file)) != EOF && byte != '\n') {
        if (byte == 0 || length == LINE_LIMIT) {
            problem_set(wrong, byte == 0 ? "not a text file; see README, \"Your own hosts\""
                                         : "line of more than 4096 bytes; shorten or divide it");
            return LINE_WRONG;
        }
        line[length++] = (char)byte;
    }
    if (length > 0 && line[length - 1] == '\r')
        length--;
    line[length] = '\0';
    return byte == EOF && length == 0 ? LINE_END : LINE_READ;
}

static bool read_file(struct host_reader *reader, FILE *file, struct problem *problem)
{
    static const char byte_order_mark[] = "\xef\xbb\xbf";
    struct problem wrong = {{0}};
    char line[LINE_LIMIT + 1];

    for (;;) {
        enum line_state state = next_line(file, line, &wrong);
        char *start = line;

        if (ferror(file) || state == LINE_END)
            return true;
        reader->line++;
        if (reader->line == 1 && strncmp(line, byte_order_mark, 3) == 0)
            start += 3;
        if (state == LINE_WRONG || !read_line(reader, start, &wrong))
            return line_wrong(reader, &wrong, problem);
    }
}

bool host_file_read(const char *path, struct host_row_sink sink, struct problem *problem)
{
    struct host_reader reader = {.name = path, .sink = sink};
    FILE *file = fopen(path, "r");
    bool read = false;
    int cause = errno;

    if (file != NULL) {
        read = read_file(&reader, file, problem);
        cause = errno;
    }
    /* A directory opens on some systems and fails when it is read. */
    if (file == NULL || ferror(file))
        read = problem_set(problem, "%.256s: cannot be read: %s; check the name given to --catalog",
                           path, strerror(cause));
    if (file != NULL)
        fclose(file);
    return read;
}
