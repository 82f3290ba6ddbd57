/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of an option as text.  Names may be compressed (RFC 3397 section 2):
 * there may be so many pointers only, so that reading comes to an end.
 */
#include "dissectors/lease_text.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define NAME_SIZE 256 /* RFC 1035 section 3.1: 255 bytes at the most */
#define POINTER_LIMIT 16

void lease_text_set(char *text, size_t size, struct bytes foreign)
{
    struct bytes taken = bytes_first(foreign, size - 1);
    if (taken.length > 0)
        memcpy(text, taken.data, taken.length);
    text[taken.length] = '\0';
    /* Some servers send the line feed that stood behind a URL in their configuration. */
    for (size_t end = strlen(text); end > 0 && (unsigned char)text[end - 1] <= ' '; end--)
        text[end - 1] = '\0';
}

void lease_text_clean(char *text)
{
    while (*text != '\0') {
        size_t length = text_printable_length(text);
        if (length == 0)
            *text = '?';
        text += length == 0 ? 1 : length;
    }
}

/* Where the element stands in the list; NULL if it does not. */
static const char *list_find(const char *list, const char *element)
{
    size_t length = strlen(element);
    for (const char *at = list; *at != '\0'; at++) {
        if (strncmp(at, element, length) == 0 && (at[length] == ',' || at[length] == '\0'))
            return at;
        at = strchr(at, ',');
        if (at == NULL)
            break;
    }
    return NULL;
}

static void list_extend(char *list, size_t size, const char *element)
{
    size_t used = strlen(list);
    size_t comma = used > 0;
    size_t length = strlen(element);
    if (length == 0 || used + comma + length >= size)
        return;
    if (comma != 0)
        list[used] = ',';
    memcpy(list + used + comma, element, length + 1);
}

void lease_list_add(char *list, size_t size, const char *element)
{
    if (list_find(list, element) == NULL)
        list_extend(list, size, element);
}

void lease_list_append(char *list, size_t size, const char *element)
{
    const char *last = strrchr(list, ',');
    if (strcmp(last == NULL ? list : last + 1, element) != 0)
        list_extend(list, size, element);
}

void lease_list_number(char *list, size_t size, unsigned number)
{
    char digits[16];
    snprintf(digits, sizeof digits, "%u", number);
    lease_list_add(list, size, digits);
}

void lease_list_ipv4(char *list, size_t size, struct bytes addresses)
{
    struct bytes octets;
    char printed[ADDRESS_TEXT_SIZE];
    while (bytes_take(&addresses, 4, &octets)) {
        struct address address = address_from_ipv4(octets.data);
        lease_list_add(list, size, address_print(&address, printed));
    }
}

void lease_list_ipv6(char *list, size_t size, struct bytes addresses)
{
    struct bytes octets;
    char printed[ADDRESS_TEXT_SIZE];
    while (bytes_take(&addresses, 16, &octets)) {
        struct address address = address_from_ipv6(octets.data);
        lease_list_add(list, size, address_print(&address, printed));
    }
}

static bool label_add(char name[NAME_SIZE], struct bytes label)
{
    char text[64];
    size_t used = strlen(name);
    lease_text_set(text, sizeof text, label);
    lease_text_clean(text);
    if (used + strlen(text) + 2 > NAME_SIZE)
        return false;
    snprintf(name + used, NAME_SIZE - used, "%s%s", used > 0 ? "." : "", text);
    return true;
}

/* Reads one name off the front; false when it breaks off or lies. A name that ends
 * without its root label is a partial one (RFC 4704 section 4.2). */
static bool name_read(struct bytes *from, struct bytes whole, char name[NAME_SIZE])
{
    struct bytes at = *from;
    bool jumped = false;
    uint8_t length = 0;
    name[0] = '\0';
    for (int pointers = 0; bytes_read_u8(&at, &length) && length != 0;) {
        struct bytes label;
        uint8_t low;
        if ((length & 0xc0) == 0xc0) {
            if (bytes_empty(whole) || !bytes_read_u8(&at, &low) || ++pointers > POINTER_LIMIT)
                return false;
            if (!jumped)
                *from = at;
            jumped = true;
            at = bytes_from(whole, (size_t)(length & 0x3f) << 8 | low);
            continue;
        }
        if (length > 63 || !bytes_take(&at, length, &label) || !label_add(name, label))
            return false;
    }
    if (!jumped)
        *from = at;
    return true;
}

void lease_list_names(char *list, size_t size, struct bytes names, struct bytes whole)
{
    char name[NAME_SIZE];
    while (!bytes_empty(names) && name_read(&names, whole, name))
        lease_list_add(list, size, name);
}
