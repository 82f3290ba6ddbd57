/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does a name in a certificate match a table of known issuers?  The text of a
 * distinguished name comes in (RFC 4514), the owner's name goes out.  The tables are
 * data: inspectors.tsv and authorities.tsv beside this file say what their columns mean.
 */
#include "certificates/issuers.h"

#include <string.h>
#include <strings.h>

#define TEXT_SIZE 128

static const char *const inspector_lines[] = {
#include "certificates/inspectors.inc"
};

static const char *const authority_lines[] = {
#include "certificates/authorities.inc"
};

/* Takes one attribute off the front: its type, and its value without escapes. */
static bool attribute_take(const char **at, char type[ISSUER_VALUE_SIZE],
                           char value[ISSUER_VALUE_SIZE])
{
    size_t length = 0;
    const char *from = *at;
    while (*from == ',' || *from == '+')
        from++;
    if (*from == '\0')
        return false;
    while (*from != '\0' && *from != '=') {
        if (length < ISSUER_VALUE_SIZE - 1)
            type[length++] = *from;
        from++;
    }
    type[length] = '\0';
    length = 0;
    if (*from == '=')
        from++;
    while (*from != '\0' && *from != ',' && *from != '+') {
        if (*from == '\\' && from[1] != '\0')
            from++;
        if (length < ISSUER_VALUE_SIZE - 1)
            value[length++] = *from;
        from++;
    }
    value[length] = '\0';
    *at = from;
    return true;
}

bool issuers_attribute(const char *name, const char *attribute, char value[ISSUER_VALUE_SIZE])
{
    char type[ISSUER_VALUE_SIZE];
    while (attribute_take(&name, type, value))
        if (strcasecmp(type, attribute) == 0)
            return true;
    value[0] = '\0';
    return false;
}

/* The next column of a line, which ends at a tab or with the line. */
static void column_take(const char **line, char *column, size_t size)
{
    size_t length = strcspn(*line, "\t");
    size_t kept = length < size ? length : size - 1;
    memcpy(column, *line, kept);
    column[kept] = '\0';
    *line += length;
    if (**line == '\t')
        (*line)++;
}

/* Is `part` in `text`, in whatever case and between characters that are no letters? */
static bool contains_words(const char *text, const char *part)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = strlen(part);
    for (const char *at = text; *at != '\0'; at++)
        if (strncasecmp(at, part, length) == 0 && (at == text || strchr(letters, at[-1]) == NULL) &&
            (at[length] == '\0' || strchr(letters, at[length]) == NULL))
            return true;
    return false;
}

static bool value_matches(const char *value, const char *how, const char *text)
{
    if (strcmp(how, "is") == 0)
        return strcasecmp(value, text) == 0;
    return contains_words(value, text);
}

/* The column names an attribute, or "any" of CN, O and OU. */
static bool name_matches(const char *name, const char *attribute, const char *how, const char *text)
{
    char type[ISSUER_VALUE_SIZE], value[ISSUER_VALUE_SIZE];
    while (attribute_take(&name, type, value)) {
        bool asked =
            strcmp(attribute, "any") == 0
                ? strcmp(type, "CN") == 0 || strcmp(type, "O") == 0 || strcmp(type, "OU") == 0
                : strcmp(type, attribute) == 0;
        if (asked && value_matches(value, how, text))
            return true;
    }
    return false;
}

/* The owner's name lasts as long as the program: several lines of one owner point at the
 * line that gives it alone, "=NAME" before its first row. */
static const char *table_find(const char *const *lines, size_t count, const char *name)
{
    const char *owner = NULL;
    for (size_t i = 0; i < count; i++) {
        char attribute[TEXT_SIZE], how[TEXT_SIZE], text[TEXT_SIZE];
        const char *line = lines[i];
        if (line[0] == '=') {
            owner = line + 1;
            continue;
        }
        column_take(&line, attribute, sizeof attribute);
        column_take(&line, how, sizeof how);
        column_take(&line, text, sizeof text);
        if (text[0] != '\0' && name_matches(name, attribute, how, text))
            return owner;
    }
    return NULL;
}

const char *issuers_inspector(const char *name)
{
    return table_find(inspector_lines, sizeof inspector_lines / sizeof inspector_lines[0], name);
}

const char *issuers_authority(const char *name)
{
    return table_find(authority_lines, sizeof authority_lines / sizeof authority_lines[0], name);
}
