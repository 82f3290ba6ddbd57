/* SPDX-License-Identifier: Apache-2.0 */
/*
 * In which order do a million results lie?  Clients are numbered as they come, and
 * each gets its part of the list; what is left to sort is the few of one client.
 */
#include "diagnosis/name_order.h"

#include <stdlib.h>
#include <string.h>

#include "base/array.h"

#define FIRST_SLOTS 1024

/* One client, and where in the list its next result goes. */
struct client_part {
    struct address client;
    uint32_t number;
    size_t next;
};

/* A result on its way: what decides in nearly all comparisons is beside it. */
struct moved {
    uint64_t name_hash;
    struct result *one;
};

struct order {
    struct client_part *parts; /* by number, and later by address */
    size_t part_count, part_capacity;
    uint32_t *slots; /* a hash table: numbers plus 1; 0: free */
    size_t slot_count; /* a power of two, more than half of it free */
    uint32_t *numbers; /* of each result's client */
};

/* The slot of that client, or the free one where it would be. */
static size_t slot_of(const struct order *order, const struct address *client)
{
    uint64_t words[2];
    memcpy(words, client->octets, sizeof words);
    uint64_t mixed = (words[0] ^ words[1] >> 32 ^ words[1] << 32) * UINT64_C(0xff51afd7ed558ccd);
    size_t at = (size_t)(mixed ^ mixed >> 32) & (order->slot_count - 1);
    while (order->slots[at] != 0 &&
           !address_equal(&order->parts[order->slots[at] - 1].client, client))
        at = (at + 1) & (order->slot_count - 1);
    return at;
}

static bool slots_grow(struct order *order)
{
    size_t count = order->slot_count == 0 ? FIRST_SLOTS : order->slot_count * 2;
    uint32_t *slots = calloc(count, sizeof *slots);
    if (slots == NULL)
        return false;
    free(order->slots);
    order->slots = slots;
    order->slot_count = count;
    for (size_t i = 0; i < order->part_count; i++)
        slots[slot_of(order, &order->parts[i].client)] = (uint32_t)i + 1;
    return true;
}

static bool client_add(struct order *order, const struct address *client, uint32_t *number)
{
    if (order->slot_count < (order->part_count + 1) * 2 && !slots_grow(order))
        return false;
    uint32_t *slot = &order->slots[slot_of(order, client)];
    if (*slot == 0) {
        struct client_part *parts =
            array_grow(order->parts, order->part_count, &order->part_capacity, sizeof *parts);
        if (parts == NULL)
            return false;
        order->parts = parts;
        parts[order->part_count] =
            (struct client_part){.client = *client, .number = (uint32_t)order->part_count};
        *slot = (uint32_t)++order->part_count;
    }
    *number = *slot - 1;
    return true;
}

static int compare_parts(const void *left, const void *right)
{
    const struct client_part *one = left;
    const struct client_part *two = right;
    return address_compare(&one->client, &two->client);
}

/* Numbers the clients, and gives each the place where its part begins. */
static bool parts_make(struct order *order, const struct result *list, size_t count, size_t *begin)
{
    for (size_t i = 0; i < count; i++) {
        if (!client_add(order, &list[i].client, &order->numbers[i]))
            return false;
        /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): client_add made the part */
        order->parts[order->numbers[i]].next++;
    }
    qsort(order->parts, order->part_count, sizeof *order->parts, compare_parts);
    size_t place = 0;
    for (size_t i = 0; i < order->part_count; i++) {
        begin[order->parts[i].number] = place;
        place += order->parts[i].next;
    }
    return true;
}

static int compare_moved(const void *left, const void *right)
{
    const struct moved *first = left;
    const struct moved *second = right;
    if (first->name_hash != second->name_hash)
        return first->name_hash < second->name_hash ? -1 : 1;
    const struct result *one = first->one;
    const struct result *two = second->one;
    int order = address_compare(&one->resolver, &two->resolver);
    if (order != 0)
        return order;
    if (one->time != two->time)
        return one->time < two->time ? -1 : 1;
    if (one->type != two->type)
        return one->type < two->type ? -1 : 1;
    return one->packet < two->packet ? -1 : one->packet > two->packet;
}

/* Puts each result where `moved` has it: round by round, each is copied once. */
static void results_move(struct result *list, struct moved *moved, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        /* NOLINTNEXTLINE(clang-analyzer-core.UndefinedBinaryOperatorResult): parts fill it */
        if (moved[i].one == &list[i])
            continue;
        struct result first = list[i];
        size_t at = i;
        while (moved[at].one != &list[i]) {
            struct result *from = moved[at].one;
            list[at] = *from;
            moved[at].one = &list[at];
            at = (size_t)(from - list);
        }
        list[at] = first;
        moved[at].one = &list[at];
    }
}

static void results_order(const struct order *order, struct result *list, struct moved *moved,
                          size_t *begin, size_t count)
{
    for (size_t i = 0; i < count; i++)
        moved[begin[order->numbers[i]]++] = (struct moved){list[i].name_hash, &list[i]};
    for (size_t i = 0; i < order->part_count; i++) {
        size_t length = order->parts[i].next;
        qsort(moved + begin[order->parts[i].number] - length, length, sizeof *moved, compare_moved);
    }
    results_move(list, moved, count);
}

bool name_order(struct result *list, size_t count)
{
    if (count < 2)
        return true;
    struct order order = {0};
    struct moved *moved = malloc((count + 1) * sizeof *moved);
    size_t *begin = malloc((count + 1) * sizeof *begin);
    order.numbers = malloc((count + 1) * sizeof *order.numbers);
    bool ok = moved != NULL && begin != NULL && order.numbers != NULL && count < UINT32_MAX &&
              parts_make(&order, list, count, begin);
    if (ok)
        results_order(&order, list, moved, begin, count);
    free(order.parts);
    free(order.slots);
    free(order.numbers);
    free(begin);
    free(moved);
    return ok;
}

int name_order_compare_good(const struct result *one, const struct result *two)
{
    int order = address_compare(&one->client, &two->client);
    if (order == 0)
        order = address_compare(&one->resolver, &two->resolver);
    return order != 0 ? order : (one->time > two->time) - (one->time < two->time);
}

static int compare_good(const void *left, const void *right)
{
    return name_order_compare_good(*(const struct result *const *)left,
                                   *(const struct result *const *)right);
}

size_t name_order_good(const struct result *list, size_t count, const struct result **good)
{
    size_t kept = 0;
    for (size_t i = 0, end, begin; i < count; i = end) {
        begin = kept;
        for (end = i; end < count && address_equal(&list[end].client, &list[i].client); end++)
            if (list[end].kind == RESULT_OK || list[end].kind == RESULT_GENUINE_NEGATIVE)
                good[kept++] = &list[end];
        qsort(good + begin, kept - begin, sizeof *good, compare_good);
    }
    return kept;
}
