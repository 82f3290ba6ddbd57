/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lists name 24 bits (oui.txt), 28 (mam.txt) or 36 (oui36.txt), in the order of
 * the assigned length here.  A block is two lines that matter:
 *   70-B3-D5   (hex)          NAME
 *   ABC000-ABCFFF  (base 16)  NAME     (the range; the prefix again in oui.txt)
 */
#include "catalog/vendors.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define FOLDER "/usr/share/ieee-data"
#define LINE_SIZE 512
#define LINE_LIMIT 2000000u /* the longest list has a quarter of that */
#define VENDOR_LENGTH 80

/* A run of addresses that the IEEE has given to one maker: 48 bits each. */
struct block {
    uint64_t first;
    uint64_t last;
};

/* Takes `digits` hexadecimal digits off the front. */
static bool read_hexadecimal(const char **text, int digits, uint64_t *value)
{
    uint64_t read = 0;
    for (int i = 0; i < digits; i++) {
        char digit = (*text)[i];
        unsigned worth;
        if (digit >= '0' && digit <= '9')
            worth = (unsigned)(digit - '0');
        else if (digit >= 'A' && digit <= 'F')
            worth = (unsigned)(digit - 'A' + 10);
        else if (digit >= 'a' && digit <= 'f')
            worth = (unsigned)(digit - 'a' + 10);
        else
            return false;
        read = read << 4 | worth;
    }
    *text += digits;
    *value = read;
    return true;
}

/* "70-B3-D5   (hex)": which 24 bits the next lines are about. */
static bool read_prefix(const char *line, uint64_t *prefix)
{
    uint64_t octet;
    uint64_t read = 0;
    for (int i = 0; i < 3; i++) {
        if ((i > 0 && *line++ != '-') || !read_hexadecimal(&line, 2, &octet))
            return false;
        read = read << 8 | octet;
    }
    if (strstr(line, "(hex)") == NULL)
        return false;
    *prefix = read;
    return true;
}

/* "ABC000-ABCFFF (base 16)" within that prefix, or "70B3D5 (base 16)", all of it. */
static bool read_block(const char *line, uint64_t prefix, struct block *block, const char **name)
{
    uint64_t first, last;
    const char *mark = strstr(line, "(base 16)");
    if (mark == NULL || !read_hexadecimal(&line, 6, &first))
        return false;
    if (*line == '-') {
        line++;
        if (!read_hexadecimal(&line, 6, &last))
            return false;
        block->first = prefix << 24 | first;
        block->last = prefix << 24 | last;
    } else {
        block->first = first << 24;
        block->last = block->first | 0xffffff;
    }
    *name = mark + strlen("(base 16)");
    *name += strspn(*name, " \t");
    /* These stand where the maker stays unnamed, or where a longer prefix names it. */
    return **name != '\0' && strcmp(*name, "Private") != 0 &&
           strcmp(*name, "IEEE Registration Authority") != 0;
}

static uint64_t mac_number(const struct mac *mac)
{
    uint64_t number = 0;
    for (size_t i = 0; i < sizeof mac->octets; i++)
        number = number << 8 | mac->octets[i];
    return number;
}

static int compare_questions(const void *left, const void *right)
{
    const struct vendor_question *const *one = left;
    const struct vendor_question *const *two = right;
    return memcmp((*one)->mac.octets, (*two)->mac.octets, sizeof(*one)->mac.octets);
}

static int compare_to_number(const void *question, const void *number)
{
    uint64_t one = mac_number(&(*(const struct vendor_question *const *)question)->mac);
    uint64_t two = *(const uint64_t *)number;
    return one < two ? -1 : one > two;
}

/* The first of the sorted questions at or after that address. */
static size_t first_question(struct vendor_question *const *sorted, size_t count, uint64_t address)
{
    return array_first(sorted, count, sizeof *sorted, compare_to_number, &address);
}

static void answer_block(struct vendor_question **sorted, size_t count, const struct block *block,
                         const char *name, struct arena *arena)
{
    size_t at = first_question(sorted, count, block->first);
    if (at == count || mac_number(&sorted[at]->mac) > block->last)
        return;
    const char *vendor = arena_format(arena, "%.*s", VENDOR_LENGTH, name);
    for (; at < count && mac_number(&sorted[at]->mac) <= block->last; at++)
        sorted[at]->vendor = vendor;
}

static void read_list(FILE *file, struct vendor_question **sorted, size_t count,
                      struct arena *arena)
{
    char line[LINE_SIZE];
    uint64_t prefix = 0;
    for (size_t lines = 0; lines < LINE_LIMIT && fgets(line, sizeof line, file) != NULL; lines++) {
        struct block block;
        const char *name;
        line[strcspn(line, "\r\n")] = '\0';
        if (!read_prefix(line, &prefix) && read_block(line, prefix, &block, &name))
            answer_block(sorted, count, &block, name, arena);
    }
}

void vendors_answer(const char *folder, struct vendor_question *questions, size_t count,
                    struct arena *arena)
{
    static const char *const lists[] = {"oui.txt", "mam.txt", "oui36.txt"};
    struct vendor_question **sorted = calloc(count + 1, sizeof(struct vendor_question *));
    size_t asked = 0;
    if (sorted == NULL)
        return;
    for (size_t i = 0; i < count; i++) {
        questions[i].vendor = NULL;
        if (!mac_is_none(&questions[i].mac))
            sorted[asked++] = &questions[i];
    }
    if (asked > 0)
        qsort(sorted, asked, sizeof(struct vendor_question *), compare_questions);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0] && asked > 0; i++) {
        char path[LINE_SIZE];
        int length =
            snprintf(path, sizeof path, "%s/%s", folder == NULL ? FOLDER : folder, lists[i]);
        FILE *file = length < 0 || (size_t)length >= sizeof path ? NULL : fopen(path, "r");
        if (file == NULL)
            continue;
        read_list(file, sorted, asked, arena);
        fclose(file);
    }
    free(sorted);
}
