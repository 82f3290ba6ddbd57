/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Is this JSON what the contract promises?  Every member is there, of the right
 * type, null only where it may be, with only the words that exist; and nothing
 * refers to what is not there.
 *   check_json report FILE       applepath-report/1
 *   check_json hosts FILE        applepath-hosts/1
 *   check_json diff FILE         applepath-diff/1
 *   check_json same FILE FILE    two reports, equal but for "generated"
 *   check_json findings FILE     prints kind, host, port and count of each finding
 * Exit 0: yes; 1: no, and why on standard error; 2: no JSON.
 */
#include <jansson.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/timestamp.h"

/* One member of an object: its types as letters, n for null, t for a time, u for a
 * whole number from 0; `words` lists the values of a text, each between spaces. */
struct member {
    const char *name;
    const char *types;
    const char *words;
};

#define KINDS                                                                                      \
    " port-blocked connection-reset handshake-stalled idle-timeout cname-squashed dns-blocked "    \
    "dns-hijacked dns-unanswered certificate-intercepted tls-interception-suspected "              \
    "tls-rejected ntp-bad-time proxy-refused proxy-authentication proxy-unsupported "              \
    "proxy-autoconfig captive-portal legacy-port quic-blocked dns-encrypted capture-one-sided "    \
    "capture-loss capture-truncated capture-duplicated "
#define VERDICTS " blocked impaired healthy inconclusive "
#define SEVERITIES " critical warning note "
#define CONFIDENCES " certain likely possible "
#define CULPRITS " firewall resolver proxy server device network unknown "
#define STATUSES " ok failing partial unseen "
#define TRANSPORTS " tcp udp "

static const struct member report_members[] = {
    {"schema", "s", " applepath-report/1 "},
    {"tool", "o", NULL},
    {"generated", "t", NULL},
    {"verdict", "s", VERDICTS},
    {"selection", "o", NULL},
    {"capture", "o", NULL},
    {"findings", "a", NULL},
    {"coverage", "a", NULL},
    {"devices", "a", NULL},
    {NULL, NULL, NULL},
};
static const struct member tool_members[] = {
    {"name", "s", " applepath "}, {"version", "s", NULL}, {NULL, NULL, NULL}};
static const struct member selection_members[] = {
    {"since", "tn", NULL},    {"until", "tn", NULL}, {"device", "sn", NULL},
    {"category", "sn", NULL}, {NULL, NULL, NULL},
};
static const struct member capture_members[] = {
    {"sources", "a", NULL}, {"flows", "u", NULL}, {"apple_flows", "u", NULL},
    {"devices", "u", NULL}, {NULL, NULL, NULL},
};
static const struct member source_members[] = {
    {"name", "s", NULL},
    {"link_type", "s", NULL},
    {"packets", "u", NULL},
    {"bytes", "u", NULL},
    {"first", "tn", NULL},
    {"last", "tn", NULL},
    {"undecoded_packets", "u", NULL},
    {"truncated_packets", "u", NULL},
    {"duplicate_packets", "u", NULL},
    {"dropped_packets", "un", NULL},
    {NULL, NULL, NULL},
};
static const struct member finding_members[] = {
    {"id", "s", NULL},
    {"kind", "s", KINDS},
    {"severity", "s", SEVERITIES},
    {"confidence", "s", CONFIDENCES},
    {"category", "sn", NULL},
    {"host", "sn", NULL},
    {"names", "a", NULL},
    {"port", "un", NULL},
    {"transport", "sn", TRANSPORTS},
    {"addresses", "a", NULL},
    {"devices", "a", NULL},
    {"culprit", "on", NULL},
    {"detail", "o", NULL},
    {"count", "u", NULL},
    {"first_seen", "tn", NULL},
    {"last_seen", "tn", NULL},
    {"summary", "s", NULL},
    {"explanation", "s", NULL},
    {"remedy", "s", NULL},
    {"evidence", "a", NULL},
    {NULL, NULL, NULL},
};
static const struct member culprit_members[] = {
    {"address", "sn", NULL}, {"role", "s", CULPRITS}, {"hops", "un", NULL}, {NULL, NULL, NULL}};
static const struct member evidence_members[] = {
    {"source", "s", NULL}, {"packet", "u", NULL}, {"time", "t", NULL},
    {"note", "s", NULL},   {NULL, NULL, NULL},
};
static const struct member coverage_members[] = {
    {"host", "s", NULL},      {"port", "un", NULL},      {"transport", "s", TRANSPORTS},
    {"category", "s", NULL},  {"status", "s", STATUSES}, {"attempts", "u", NULL},
    {"successes", "u", NULL}, {"retired", "b", NULL},    {"findings", "a", NULL},
    {NULL, NULL, NULL},
};
static const struct member device_members[] = {
    {"address", "s", NULL}, {"mac", "sn", NULL},        {"name", "sn", NULL},
    {"role", "s", NULL},    {"apple_flows", "u", NULL}, {NULL, NULL, NULL},
};
static const struct member hosts_members[] = {
    {"schema", "s", " applepath-hosts/1 "}, {"hosts", "a", NULL}, {NULL, NULL, NULL}};
static const struct member host_members[] = {
    {"host", "s", NULL},
    {"port", "un", NULL},
    {"transport", "s", TRANSPORTS},
    {"category", "s", NULL},
    {"proxy", "s", " yes no unknown "},
    {"source", "s", NULL},
    {"retired", "b", NULL},
    {NULL, NULL, NULL},
};

#define CHANGES " mended better unchanged worse new not-comparable "
static const struct member diff_members[] = {
    {"schema", "s", " applepath-diff/1 "},
    {"tool", "o", NULL},
    {"generated", "t", NULL},
    {"outcome", "s", CHANGES},
    {"sentence", "s", NULL},
    {"selection", "o", NULL},
    {"before", "o", NULL},
    {"after", "o", NULL},
    {"findings", "a", NULL},
    {"coverage", "a", NULL},
    {"devices", "a", NULL},
    {NULL, NULL, NULL},
};
static const struct member side_members[] = {{"database", "s", NULL},
                                             {"verdict", "s", VERDICTS},
                                             {"sources", "a", NULL},
                                             {NULL, NULL, NULL}};
static const struct member change_members[] = {
    {"change", "s", CHANGES}, {"reason", "sn", NULL}, {"before", "on", NULL},
    {"after", "on", NULL},    {NULL, NULL, NULL},
};

static bool broken(const char *where, size_t index, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

static bool broken(const char *where, size_t index, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "check_json: %s[%zu]: ", where, index);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    return false;
}

static bool is_type(const json_t *value, char type)
{
    int64_t time;
    switch (type) {
    case 's':
        return json_is_string(value);
    case 't':
        return json_is_string(value) && timestamp_parse(json_string_value(value), &time);
    case 'u':
        return json_is_integer(value) && json_integer_value(value) >= 0;
    case 'b':
        return json_is_boolean(value);
    case 'o':
        return json_is_object(value);
    case 'a':
        return json_is_array(value);
    default:
        return json_is_null(value);
    }
}

static bool word_exists(const char *words, const char *word)
{
    const char *at = words;
    size_t length = strlen(word);
    while ((at = strstr(at, word)) != NULL) {
        if (at > words && at[-1] == ' ' && at[length] == ' ')
            return true;
        at++;
    }
    return false;
}

static bool check_object(const char *where, size_t index, const json_t *object,
                         const struct member *members)
{
    if (!json_is_object(object))
        return broken(where, index, "is no object");
    for (const struct member *member = members; member->name != NULL; member++) {
        const json_t *value = json_object_get(object, member->name);
        if (value == NULL)
            return broken(where, index, "has no \"%s\"", member->name);
        bool right = false;
        for (const char *type = member->types; *type != '\0'; type++)
            right = right || is_type(value, *type);
        if (!right)
            return broken(where, index, "\"%s\" has the wrong type", member->name);
        if (member->words != NULL && json_is_string(value) &&
            !word_exists(member->words, json_string_value(value)))
            return broken(where, index, "\"%s\": \"%s\" is no word of the contract", member->name,
                          json_string_value(value));
    }
    return true;
}

/* Every element of the array is such an object, or text where `members` is NULL. */
static bool check_array(const char *where, const json_t *array, const struct member *members)
{
    size_t index;
    const json_t *value;
    json_array_foreach(array, index, value)
    {
        if (members != NULL && !check_object(where, index, value, members))
            return false;
        if (members == NULL && !json_is_string(value))
            return broken(where, index, "is no text");
    }
    return true;
}

static int severity_rank(const json_t *finding)
{
    const char *word = json_string_value(json_object_get(finding, "severity"));
    return strcmp(word, "critical") == 0 ? 2 : strcmp(word, "warning") == 0 ? 1 : 0;
}

static bool check_finding(const json_t *finding, size_t index, const json_t *previous)
{
    const json_t *culprit = json_object_get(finding, "culprit");
    if (!check_object("findings", index, finding, finding_members) ||
        !check_array("names", json_object_get(finding, "names"), NULL) ||
        !check_array("addresses", json_object_get(finding, "addresses"), NULL) ||
        !check_array("devices", json_object_get(finding, "devices"), NULL) ||
        !check_array("evidence", json_object_get(finding, "evidence"), evidence_members))
        return false;
    if (!json_is_null(culprit) && !check_object("culprit", index, culprit, culprit_members))
        return false;
    /* Notes on the whole capture may have none. */
    if (severity_rank(finding) > 0 && json_array_size(json_object_get(finding, "evidence")) == 0)
        return broken("findings", index, "has no evidence");
    if (previous != NULL && severity_rank(previous) < severity_rank(finding))
        return broken("findings", index, "is worse than the one before it");
    return true;
}

static bool finding_exists(const json_t *findings, const char *id)
{
    size_t index;
    const json_t *finding;
    json_array_foreach(findings, index, finding)
    {
        if (strcmp(json_string_value(json_object_get(finding, "id")), id) == 0)
            return true;
    }
    return false;
}

/* Every row of the catalogue, or every row of the category that was asked for. */
static bool check_coverage(const json_t *coverage, const json_t *findings, const char *category)
{
    size_t row, reference;
    const json_t *line, *id;
    if (!check_array("coverage", coverage, coverage_members))
        return false;
    json_array_foreach(coverage, row, line)
    {
        if (category != NULL &&
            strcmp(json_string_value(json_object_get(line, "category")), category) != 0)
            return broken("coverage", row, "is of another category than \"%s\"", category);
    }
    if (json_array_size(coverage) < (category != NULL ? 1 : 100))
        return broken("coverage", json_array_size(coverage), "is not the whole catalogue");
    json_array_foreach(coverage, row, line)
    {
        json_array_foreach(json_object_get(line, "findings"), reference, id)
        {
            if (!json_is_string(id) || !finding_exists(findings, json_string_value(id)))
                return broken("coverage", row, "names a finding that is not there");
        }
    }
    return true;
}

/* The verdict follows from the findings (contract, "JSON report"). */
static bool check_verdict(const json_t *report, const json_t *findings)
{
    const char *verdict = json_string_value(json_object_get(report, "verdict"));
    const json_t *worst = json_array_get(findings, 0);
    int rank = worst == NULL ? 0 : severity_rank(worst);
    if ((rank == 2) != (strcmp(verdict, "blocked") == 0) ||
        (rank == 1) != (strcmp(verdict, "impaired") == 0))
        return broken("report", 0, "the verdict \"%s\" is not that of its findings", verdict);
    return true;
}

static bool check_report(const json_t *report)
{
    const json_t *findings = json_object_get(report, "findings");
    const json_t *capture = json_object_get(report, "capture");
    const json_t *previous = NULL, *finding;
    size_t index;
    if (!check_object("report", 0, report, report_members) ||
        !check_object("tool", 0, json_object_get(report, "tool"), tool_members) ||
        !check_object("selection", 0, json_object_get(report, "selection"), selection_members) ||
        !check_object("capture", 0, capture, capture_members) ||
        !check_array("sources", json_object_get(capture, "sources"), source_members))
        return false;
    json_array_foreach(findings, index, finding)
    {
        if (!check_finding(finding, index, previous))
            return false;
        previous = finding;
    }
    return check_verdict(report, findings) &&
           check_coverage(json_object_get(report, "coverage"), findings,
                          json_string_value(
                              json_object_get(json_object_get(report, "selection"), "category"))) &&
           check_array("devices", json_object_get(report, "devices"), device_members);
}

static bool check_hosts(const json_t *hosts)
{
    return check_object("hosts", 0, hosts, hosts_members) &&
           check_array("hosts", json_object_get(hosts, "hosts"), host_members);
}

/* One side at least is there; what is not comparable says why. */
static bool check_changes(const char *where, const json_t *changes, const struct member *members)
{
    size_t index;
    const json_t *change;
    if (!check_array(where, changes, members))
        return false;
    json_array_foreach(changes, index, change)
    {
        const char *word = json_string_value(json_object_get(change, "change"));
        if (json_is_null(json_object_get(change, "before")) &&
            json_is_null(json_object_get(change, "after")))
            return broken(where, index, "is on neither side");
        if (strcmp(word, "not-comparable") == 0 && json_is_null(json_object_get(change, "reason")))
            return broken(where, index, "does not say why");
    }
    return true;
}

static bool check_diff(const json_t *diff)
{
    return check_object("diff", 0, diff, diff_members) &&
           check_object("before", 0, json_object_get(diff, "before"), side_members) &&
           check_object("after", 0, json_object_get(diff, "after"), side_members) &&
           check_changes("findings", json_object_get(diff, "findings"), change_members) &&
           check_changes("coverage", json_object_get(diff, "coverage"), change_members) &&
           check_changes("devices", json_object_get(diff, "devices"), change_members);
}

static bool check_same(json_t *left, json_t *right)
{
    json_object_del(left, "generated");
    json_object_del(right, "generated");
    return json_equal(left, right) || broken("report", 0, "differs from the other");
}

static bool print_findings(const json_t *report)
{
    size_t index;
    const json_t *finding;
    json_array_foreach(json_object_get(report, "findings"), index, finding)
    {
        const char *host = json_string_value(json_object_get(finding, "host"));
        printf("%s %s %lld %lld\n", json_string_value(json_object_get(finding, "kind")),
               host != NULL ? host : "-",
               (long long)json_integer_value(json_object_get(finding, "port")),
               (long long)json_integer_value(json_object_get(finding, "count")));
    }
    return true;
}

static json_t *load(const char *name)
{
    json_error_t error;
    json_t *document = json_load_file(name, 0, &error);
    if (document == NULL)
        fprintf(stderr, "check_json: %s:%d: %s\n", name, error.line, error.text);
    return document;
}

int main(int argc, char **argv)
{
    bool two = argc == 4 && strcmp(argv[1], "same") == 0;
    if (argc != 3 && !two) {
        fputs("usage: check_json report|hosts|diff|findings FILE, or check_json same FILE FILE\n",
              stderr);
        return 2;
    }
    json_t *document = load(argv[2]);
    json_t *other = two ? load(argv[3]) : NULL;
    if (document == NULL || (two && other == NULL))
        return 2;
    bool good = two                                ? check_same(document, other)
                : strcmp(argv[1], "report") == 0   ? check_report(document)
                : strcmp(argv[1], "hosts") == 0    ? check_hosts(document)
                : strcmp(argv[1], "diff") == 0     ? check_diff(document)
                : strcmp(argv[1], "findings") == 0 ? print_findings(document)
                                                   : false;
    json_decref(document);
    json_decref(other);
    return good ? 0 : 1;
}
