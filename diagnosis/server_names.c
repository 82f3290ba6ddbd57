/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What do others call the server that a nameless flow went to?  Looked up among all
 * tallies that have a name; the list is made when it is first asked for.
 */
#include "diagnosis/server_names.h"

#include <stdlib.h>

#include "base/array.h"

static int compare_servers(const struct tally *one, const struct tally *two)
{
    int order = address_compare(&one->server, &two->server);
    return order != 0 ? order : (one->port_key > two->port_key) - (one->port_key < two->port_key);
}

static int compare_named(const void *left, const void *right)
{
    const struct tally *one = *(const struct tally *const *)left;
    const struct tally *two = *(const struct tally *const *)right;
    int order = compare_servers(one, two);
    return order != 0 ? order : (one->row > two->row) - (one->row < two->row);
}

static bool has_name(const struct ledger *ledger, const struct tally *tally)
{
    return tally->name != NULL && tally->row < catalog_count(ledger->catalog) &&
           !address_is_none(&tally->client) && !address_is_none(&tally->server);
}

static bool names_make(struct server_names *names, const struct ledger *ledger)
{
    names->list = calloc(ledger->tallies.count + 1, sizeof *names->list);
    if (names->list == NULL)
        return false;
    for (size_t i = 0; i < ledger->tallies.count; i++)
        if (has_name(ledger, &ledger->tallies.list[i]))
            names->list[names->count++] = &ledger->tallies.list[i];
    if (names->count > 0)
        qsort(names->list, names->count, sizeof *names->list, compare_named);
    return true;
}

static int compare_listed(const void *listed, const void *tally)
{
    return compare_servers(*(const struct tally *const *)listed, tally);
}

/* The first of those of that server and port, or where it would be. */
static size_t place_of(const struct server_names *names, const struct tally *tally)
{
    return array_first(names->list, names->count, sizeof *names->list, compare_listed, tally);
}

void server_names_release(struct server_names *names)
{
    free(names->list);
}

bool server_names_apply(struct server_names *names, const struct ledger *ledger,
                        struct tally *tally)
{
    if (tally->name != NULL ||
        catalog_service(ledger->catalog, tally->row)->kind != PATTERN_NETWORK)
        return true;
    if (!names->made && !names_make(names, ledger))
        return false;
    names->made = true;
    size_t first = place_of(names, tally);
    size_t end = first;
    while (end < names->count && compare_servers(names->list[end], tally) == 0)
        end++;
    /* Addresses are shared: of several services nobody knows which was meant. */
    if (end > first && names->list[first]->row == names->list[end - 1]->row) {
        tally->row = names->list[first]->row;
        tally->name = names->list[first]->name;
    }
    return true;
}
