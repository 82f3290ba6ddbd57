/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells what an HTTP request is for by its host and path, and Apple's Success page
 * from a portal's.  The page is compared without blanks, case, comments and document
 * type: it has been written in several ways over the years.
 */
#include "dissectors/http_purpose.h"

#include <stddef.h>
#include <string.h>
#include <strings.h>

#define ENCODED_LEAST 40 /* bytes: no OCSP request is shorter in base64 */

/* Beside captive.apple.com, all of whose paths lead to the page. The others have other
 * pages too. */
static const char *const probe_hosts[] = {
    "www.apple.com",  "netcts.cdn-apple.com", "www.appleiphonecell.com", "www.airport.us",
    "www.ibook.info", "www.itools.info",      "www.thinkdifferent.us"};
static const char *const probe_paths[] = {"/library/test/success.html", "/hotspot-detect.html"};

/* What browsers fetch beside a page. */
static bool path_is_decoration(const char *path)
{
    return strcmp(path, "/favicon.ico") == 0 || strncmp(path, "/apple-touch-icon", 17) == 0;
}

static bool is_probe(const struct http_request *request)
{
    if (strcmp(request->method, "GET") != 0)
        return false;
    if (strcmp(request->host, "captive.apple.com") == 0)
        return !path_is_decoration(request->path);
    bool known = false;
    for (size_t i = 0; i < sizeof probe_hosts / sizeof probe_hosts[0]; i++)
        known = known || strcmp(request->host, probe_hosts[i]) == 0;
    for (size_t i = 0; i < sizeof probe_paths / sizeof probe_paths[0]; i++)
        if (known && strcmp(request->path, probe_paths[i]) == 0)
            return true;
    return false;
}

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t tail = strlen(end);
    return length >= tail && strcasecmp(text + length - tail, end) == 0;
}

static bool is_autoconfig(const struct http_request *request)
{
    if (strcmp(request->method, "GET") != 0 && strcmp(request->method, "HEAD") != 0)
        return false;
    return strcmp(request->host, "wpad") == 0 || strncmp(request->host, "wpad.", 5) == 0 ||
           ends_with(request->path, ".pac") || ends_with(request->path, "/wpad.dat") ||
           ends_with(request->path, "/wpad.da");
}

/* init.push.apple.com and, of older devices, init-p01st.push.apple.com. */
static bool is_push_bag(const struct http_request *request)
{
    return strncmp(request->host, "init", 4) == 0 && ends_with(request->host, ".push.apple.com") &&
           strcmp(request->path, "/bag") == 0;
}

enum http_purpose http_purpose_of(const struct http_request *request)
{
    if (request->target == HTTP_TARGET_AUTHORITY)
        return HTTP_CONNECT;
    if (is_probe(request))
        return HTTP_CAPTIVE_PROBE;
    if (is_autoconfig(request))
        return HTTP_AUTOCONFIG;
    if (is_push_bag(request))
        return HTTP_PUSH_BAG;
    if (ends_with(request->path, ".crl") || strncmp(request->host, "crl", 3) == 0)
        return HTTP_CRL;
    if (strncmp(request->host, "ocsp", 4) == 0)
        return HTTP_OCSP;
    return request->target == HTTP_TARGET_ABSOLUTE ? HTTP_FORWARD : HTTP_OTHER;
}

bool http_may_be_autoconfig(const struct http_request *request)
{
    static const char *const words[] = {"proxy", "pac", "wpad", "autoconf"};
    char path[HTTP_TEXT_SIZE];
    size_t length = 0;
    for (; request->path[length] != '\0'; length++) {
        char letter = request->path[length];
        path[length] = letter >= 'A' && letter <= 'Z' ? (char)(letter + ('a' - 'A')) : letter;
    }
    path[length] = '\0';
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strstr(path, words[i]) != NULL)
            return strcmp(request->method, "GET") == 0;
    return false;
}

bool http_is_autoconfig(const char *content_type)
{
    static const char type[] = "application/x-ns-proxy-autoconfig";
    return strncasecmp(content_type, type, sizeof type - 1) == 0;
}

void http_ocsp_path_cut(char *path)
{
    /* A DER SEQUENCE of that size begins with 0x30: "M" in base64, which may have "/"
     * of its own. */
    for (char *slash = strchr(path, '/'); slash != NULL; slash = strchr(slash + 1, '/'))
        if (slash[1] == 'M' && strlen(slash + 1) >= ENCODED_LEAST) {
            slash[1] = '\0';
            return;
        }
}

/* The next byte that counts: no blank, in lower case; false at the end. */
static bool letter_read(struct bytes *page, uint8_t *letter)
{
    while (bytes_read_u8(page, letter)) {
        if (*letter >= 'A' && *letter <= 'Z')
            *letter = (uint8_t)(*letter + ('a' - 'A'));
        if (*letter != ' ' && *letter != '\t' && *letter != '\r' && *letter != '\n')
            return true;
    }
    return false;
}

/* "<!DOCTYPE ...>" and "<!-- ... -->", up to the first ">". */
static bool declaration_pass(struct bytes *page)
{
    uint8_t letter;
    while (bytes_read_u8(page, &letter))
        if (letter == '>')
            return true;
    return false;
}

enum http_page_verdict http_page_judge(struct bytes page, bool whole)
{
    static const char expected[] =
        "<html><head><title>success</title></head><body>success</body></html>";
    struct bytes wanted = bytes_of(expected, sizeof expected - 1);
    enum http_page_verdict cut = whole ? HTTP_PAGE_OTHER : HTTP_PAGE_UNDECIDED;
    uint8_t letter, next, other;
    while (letter_read(&page, &letter)) {
        if (letter == '<' && bytes_peek_u8(page, 0, &next) && next == '!') {
            if (!declaration_pass(&page))
                return cut;
            continue;
        }
        if (letter == '<' && bytes_empty(page) && !whole)
            return HTTP_PAGE_UNDECIDED;
        if (!bytes_read_u8(&wanted, &other) || letter != other)
            return HTTP_PAGE_OTHER;
    }
    return bytes_empty(wanted) ? HTTP_PAGE_SUCCESS : cut;
}
