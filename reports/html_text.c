/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How does anything get onto the page safely?  Foreign text, numbers, times and
 * addresses come in; HTML text goes out, in which no foreign character is markup or
 * steers the direction of writing (HTML Living Standard 13.1.4; Unicode UAX 9).
 */
#include <ctype.h>
#include <inttypes.h>
#include <string.h>

#include "base/timestamp.h"
#include "reports/html.h"

static const char *reference_of(char character)
{
    switch (character) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

/* Adds the character that `foreign` begins with; its bytes. */
static size_t add_character(struct text *out, const char *foreign)
{
    size_t length = text_printable_length(foreign);
    const char *reference = length == 1 ? reference_of(*foreign) : NULL;

    if (reference != NULL)
        text_add(out, reference);
    else if (length > 0)
        text_add_bytes(out, foreign, length);
    else
        text_add_format(out, "\\x%02x", (unsigned)(unsigned char)*foreign);
    return length > 0 ? length : 1;
}

void html_add(struct text *out, const char *foreign)
{
    size_t added = 0;

    while (foreign != NULL && foreign[added] != '\0') {
        if (added >= HTML_TEXT_LIMIT) {
            text_add_format(out, "... (%zu bytes more)", strlen(foreign + added));
            return;
        }
        added += add_character(out, foreign + added);
    }
}

void html_add_rule(struct text *out, const char *rule)
{
    while (rule != NULL && *rule != '\0') {
        if (*rule == '\n') {
            text_add(out, "\n");
            rule++;
        } else {
            rule += add_character(out, rule);
        }
    }
}

void html_add_code(struct text *out, const char *foreign)
{
    text_add(out, "<code>");
    html_add(out, foreign);
    text_add(out, "</code>");
}

void html_add_number(struct text *out, uint64_t number)
{
    if (number >= 1000) {
        html_add_number(out, number / 1000);
        text_add_format(out, ",%03" PRIu64, number % 1000);
        return;
    }
    text_add_format(out, "%" PRIu64, number);
}

void html_add_count(struct text *out, uint64_t count, const char *noun)
{
    html_add_number(out, count);
    text_add_format(out, " %s%s", noun, count == 1 ? "" : "s");
}

void html_add_rest(struct text *out, uint64_t count, uint64_t shown)
{
    if (count <= shown)
        return;
    text_add(out, ", and ");
    html_add_number(out, count - shown);
    text_add(out, " more");
}

void html_add_address(struct text *out, const struct address *address)
{
    char printed[ADDRESS_TEXT_SIZE];

    html_add_code(out, address_print(address, printed));
}

bool html_add_port(struct text *out, int port, uint8_t transport)
{
    const char *word = transport_word(transport);

    if (port <= 0 && word == NULL)
        return false;
    text_add(out, word != NULL ? word : "port");
    if (port > 0)
        text_add_format(out, "/%d", port);
    return true;
}

/* "2026-11-20T08:00:04.100Z" to the millisecond, which is fine enough to read. */
static void print_time(int64_t time, char printed[TIMESTAMP_TEXT_SIZE])
{
    int64_t second =
        time - ((time % NANOSECONDS_PER_SECOND) + NANOSECONDS_PER_SECOND) % NANOSECONDS_PER_SECOND;
    int milliseconds = (int)((time - second) / NANOSECONDS_PER_MILLISECOND);
    size_t length;

    timestamp_print(second, printed);
    length = strlen(printed);
    if (length == 0 || length + 5 >= TIMESTAMP_TEXT_SIZE || printed[length - 1] != 'Z')
        return;
    printed[length - 1] = '.';
    printed[length] = (char)('0' + milliseconds / 100);
    printed[length + 1] = (char)('0' + milliseconds / 10 % 10);
    printed[length + 2] = (char)('0' + milliseconds % 10);
    printed[length + 3] = 'Z';
    printed[length + 4] = '\0';
}

static void add_time(struct text *out, int64_t time, bool with_date)
{
    char printed[TIMESTAMP_TEXT_SIZE];
    const char *clock;

    if (time == TIMESTAMP_NONE) {
        text_add(out, "-");
        return;
    }
    print_time(time, printed);
    clock = strchr(printed, 'T');
    if (clock == NULL) {
        html_add(out, printed);
        return;
    }
    text_add_format(out, "<time datetime=\"%s\">", printed);
    if (with_date) {
        text_add_bytes(out, printed, (size_t)(clock - printed));
        text_add(out, " ");
    }
    text_add_bytes(out, clock + 1, strlen(clock + 1) - 1);
    text_add(out, "</time>");
}

void html_add_time(struct text *out, int64_t time)
{
    add_time(out, time, true);
}

void html_add_clock(struct text *out, int64_t time)
{
    add_time(out, time, false);
}

static bool is_same_date(int64_t left, int64_t right)
{
    char one[TIMESTAMP_TEXT_SIZE];
    char two[TIMESTAMP_TEXT_SIZE];

    print_time(left, one);
    print_time(right, two);
    return strncmp(one, two, strcspn(one, "T") + 1) == 0;
}

void html_add_range(struct text *out, int64_t first, int64_t last)
{
    if (first == TIMESTAMP_NONE && last == TIMESTAMP_NONE) {
        text_add(out, "at a time that is not known");
        return;
    }
    html_add_time(out, first != TIMESTAMP_NONE ? first : last);
    if (first != TIMESTAMP_NONE && last != TIMESTAMP_NONE && first != last) {
        text_add(out, " to ");
        add_time(out, last, !is_same_date(first, last));
    }
    text_add(out, " UTC");
}

/* "4 min 10 s", "1 min". */
static void add_two(struct text *out, int64_t large, const char *unit, int64_t small,
                    const char *smaller)
{
    text_add_format(out, "%" PRId64 " %s", large, unit);
    if (small != 0)
        text_add_format(out, " %" PRId64 " %s", small, smaller);
}

void html_add_duration(struct text *out, int64_t nanoseconds)
{
    double seconds = (double)nanoseconds / (double)NANOSECONDS_PER_SECOND;
    int64_t whole = nanoseconds / NANOSECONDS_PER_SECOND;

    if (seconds < 0.01)
        text_add_format(out, "%.1f ms", seconds * 1000);
    else if (seconds < 1)
        text_add_format(out, "%.0f ms", seconds * 1000);
    else if (seconds < 60)
        text_add_format(out, "%.1f s", seconds);
    else if (whole < 3600)
        add_two(out, whole / 60, "min", whole % 60, "s");
    else if (whole < 86400)
        add_two(out, whole / 3600, "h", whole / 60 % 60, "min");
    else
        add_two(out, whole / 86400, "d", whole / 3600 % 24, "h");
}

void html_add_finding_link(struct text *out, const char *id)
{
    if (id == NULL)
        return;
    text_add(out, "<a href=\"#");
    html_add(out, id);
    text_add(out, "\">");
    html_add(out, id);
    text_add(out, "</a>");
}

void html_add_severity(struct text *out, enum severity severity)
{
    static const char *const marks[] = {[SEVERITY_NOTE] = "&#9675;",
                                        [SEVERITY_WARNING] = "&#9650;",
                                        [SEVERITY_CRITICAL] = "&#9632;"};
    const char *word = severity_word(severity);

    text_add_format(out, "<span class=\"tag %s\"><span aria-hidden=\"true\">%s</span> %s</span>",
                    word, marks[severity], word);
}

struct title {
    const char *word;
    const char *title;
};

static const char *title_of(const struct title *titles, size_t count, const char *word)
{
    for (size_t i = 0; i < count && word != NULL; i++)
        if (strcmp(titles[i].word, word) == 0)
            return titles[i].title;
    return word != NULL ? word : "";
}

const char *html_category_title(const char *category)
{
    static const struct title titles[] = {
        {"apns", "Push (APNs)"},
        {"device-setup", "Device setup and activation"},
        {"device-management", "Device management"},
        {"software-update", "Software updates"},
        {"carrier-update", "Carrier updates"},
        {"app-store", "App Store"},
        {"apps-and-content", "Apps and content"},
        {"content-caching", "Content caching"},
        {"app-notarization", "App notarization"},
        {"certificate-validation", "Certificate validation"},
        {"business-and-school", "Business and School Manager"},
        {"business-built-in-management", "Built-in management"},
        {"classroom-and-schoolwork", "Classroom and Schoolwork"},
        {"apple-account", "Apple Account"},
        {"icloud", "iCloud"},
        {"dns", "Encrypted DNS"},
        {"apple-intelligence-siri-search", "Intelligence, Siri, search"},
        {"associated-domains", "Associated domains"},
        {"tap-to-pay-and-id-verifier", "Tap to Pay, ID Verifier"},
        {"beta-and-diagnostics", "Beta and diagnostics"},
        {"firewall", "Apple's networks as a whole"},
        {"observed-not-listed", "Seen, not on Apple's list"},
        {"site", "Your own services"},
    };

    return title_of(titles, sizeof titles / sizeof titles[0], category);
}

const char *html_kind_title(const char *kind)
{
    static const struct title titles[] = {
        {"port-blocked", "Port blocked"},
        {"connection-reset", "Connections reset"},
        {"handshake-stalled", "TLS handshake stalled"},
        {"idle-timeout", "Idle connections cut"},
        {"cname-squashed", "Push name withheld"},
        {"dns-blocked", "Name blocked"},
        {"dns-hijacked", "Name answered falsely"},
        {"dns-unanswered", "Resolver silent"},
        {"certificate-intercepted", "TLS intercepted"},
        {"tls-interception-suspected", "TLS interception suspected"},
        {"tls-rejected", "TLS rejected"},
        {"ntp-bad-time", "Wrong time served"},
        {"proxy-refused", "Refused by the proxy"},
        {"proxy-authentication", "Proxy demands a login"},
        {"proxy-unsupported", "Sent through a proxy"},
        {"proxy-autoconfig", "Proxy by auto-configuration"},
        {"captive-portal", "Captive portal"},
        {"legacy-port", "Retired push port in use"},
        {"quic-blocked", "QUIC blocked"},
        {"dns-encrypted", "Names resolved in secret"},
        {"capture-one-sided", "Capture shows one direction"},
        {"capture-loss", "Capture lost packets"},
        {"capture-truncated", "Capture cut packets"},
        {"capture-duplicated", "Capture shows packets twice"},
    };

    return title_of(titles, sizeof titles / sizeof titles[0], kind);
}
