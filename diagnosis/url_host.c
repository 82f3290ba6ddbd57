/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes the host out of a URL, as a redirect or a DHCP option names one.
 */
#include "diagnosis/url_host.h"

#include <stddef.h>
#include <string.h>

/* The scheme is letters, digits, "+", "-" and "." (RFC 3986 section 3.1). */
static const char *authority_of(const char *url)
{
    size_t scheme =
        strspn(url, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-.");
    if (scheme > 0 && url[scheme] == ':')
        url += scheme + 1;
    return strncmp(url, "//", 2) == 0 ? url + 2 : NULL;
}

bool url_host(const char *url, char host[URL_HOST_SIZE])
{
    const char *start = authority_of(url);
    if (start == NULL)
        return false;
    size_t end = strcspn(start, "/?#\\ ");
    for (size_t i = 0; i < end; i++)
        if (start[i] == '@') {
            start += i + 1;
            end -= i + 1;
            i = 0;
        }
    bool bracket = end > 0 && start[0] == '[';
    start += bracket;
    end -= bracket;
    size_t length = 0;
    while (length < end && start[length] != (bracket ? ']' : ':')) {
        char letter = start[length];
        if (length + 1 == URL_HOST_SIZE)
            return false;
        host[length++] = letter >= 'A' && letter <= 'Z' ? (char)(letter + ('a' - 'A')) : letter;
    }
    if (length > 0 && host[length - 1] == '.')
        length--;
    host[length] = '\0';
    return length > 0;
}
