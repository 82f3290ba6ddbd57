/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names do the resolvers withhold, and who does it first?  The results of one
 * client, name and resolver are judged together, so that a retry that works, or the
 * other address family, excuses a failure.  With both sides of a forwarder in the
 * capture, what it was told tells whether it is at fault itself.
 */
#include "diagnosis/name_verdicts.h"

#include <stdlib.h>
#include <string.h>

#include "diagnosis/devices.h"
#include "diagnosis/outages.h"

#define FORWARDERS_LIMIT 4 /* resolvers that pass an answer on, one to the next */
#define UPSTREAM_SPAN (5 * NANOSECONDS_PER_SECOND) /* a good answer is still the reason then */
#define BROKEN_ANSWERS 3 /* errors without one answer that is none */
#define BROKEN_ROWS 3 /* of one category */
#define CACHE_SPAN (300 * NANOSECONDS_PER_SECOND) /* RFC 9520 section 3.2: failures kept */
#define PLACEHOLDER "courier.push.apple.com" /* stands for all couriers */

/* A resolver may take a second over one answer, and a capture may end before it. */
#define DEAD_SPAN (9 * (NANOSECONDS_PER_SECOND / 10))

/* Does the resolver answer this client nothing at all, though it was asked again
 * and the capture could have shown it? */
static bool resolver_is_dead(const struct results *results, const struct address *client,
                             const struct address *resolver)
{
    const struct ledger *ledger = results->builder->ledger;
    const struct fact_resolver *totals = name_results_resolver(results, client, resolver);
    const struct fact_host *host = ledger_host(ledger, client);
    return totals != NULL && totals->answered == 0 &&
           totals->queries + totals->retransmitted >= 2 &&
           totals->last_time - totals->first_time >= DEAD_SPAN && ledger_sees_answers(ledger) &&
           (host == NULL || host->one_sided_sent == 0);
}

bool name_group_has(const struct name_group *group, enum result_kind kind)
{
    for (size_t i = 0; i < group->count; i++)
        if (group->first[i].kind == kind)
            return true;
    return false;
}

/* Was a question of this type left unanswered, and asked again? */
static bool silence_was_retried(const struct name_group *group, uint16_t type)
{
    uint32_t queries = 0;
    int64_t first = 0, last = 0;
    for (size_t i = 0; i < group->count; i++) {
        const struct result *one = &group->first[i];
        if (one->kind != RESULT_UNANSWERED || one->type != type)
            continue;
        if (queries == 0)
            first = last = one->time;
        queries += one->queries;
        last = one->last_time > last ? one->last_time : last;
    }
    return queries >= 2 && last - first >= RETRY_SPAN;
}

/* Silence about one name only counts from a resolver that answered this client
 * other things in that time, and only after a retry: the questions for both
 * address families go out together. */
static bool silence_counts(const struct results *results, const struct name_group *group)
{
    const struct fact_resolver *totals =
        name_results_resolver(results, &group->first->client, &group->first->resolver);
    return totals != NULL && totals->answered > 0 &&
           (silence_was_retried(group, DNS_TYPE_A) || silence_was_retried(group, DNS_TYPE_AAAA)) &&
           totals->last_answer_time >= group->failure->time &&
           ledger_sees_answers_to(results->builder->ledger, &group->first->client,
                                  group->failure->time);
}

/* "No such name" and "no data" for a name that only a wildcard covers may be the
 * truth, unless somebody other than its zone says so or another resolver has it. */
static bool absence_counts(const struct ledger *ledger, const struct name_group *group, size_t row)
{
    const struct service *service = catalog_service(ledger->catalog, row);
    if (strcmp(service->category, "observed-not-listed") == 0)
        return group->served_elsewhere;
    return service->kind == PATTERN_EXACT || group->failure->foreign_soa ||
           group->failure->policy != NULL || group->served_elsewhere;
}

/* Not by the A records alone that are withheld: where there is no IPv4, as in some
 * networks by design, that is told by an empty answer, and by no error. */
static const struct result *ipv4_failure(const struct name_group *group)
{
    const struct result *failure = NULL;
    size_t failures = 0;
    bool ipv6 = false;
    for (size_t i = 0; i < group->count; i++) {
        const struct result *one = &group->first[i];
        bool error = one->kind == RESULT_NXDOMAIN || one->kind == RESULT_SERVFAIL ||
                     one->kind == RESULT_REFUSED;
        if (one->type == DNS_TYPE_AAAA && one->kind == RESULT_OK)
            ipv6 = true;
        if (one->type != DNS_TYPE_A)
            continue;
        if (!error)
            return NULL;
        if (failures++ == 0)
            failure = one;
    }
    return ipv6 && failures >= 2 ? failure : NULL;
}

static bool is_excused(const struct name_group *group)
{
    return name_group_has(group, RESULT_OK) || name_group_has(group, RESULT_HIJACKED) ||
           name_group_has(group, RESULT_FORGED) || name_group_has(group, RESULT_GENUINE_NEGATIVE) ||
           name_group_has(group, RESULT_UNREADABLE) || name_group_has(group, RESULT_TRUNCATED);
}

static bool group_fails(const struct results *results, const struct name_group *group, size_t row)
{
    if (group->failure == NULL || is_excused(group))
        return false;
    if (group->failure->kind == RESULT_UNANSWERED)
        return silence_counts(results, group);
    bool absent = group->failure->kind == RESULT_NXDOMAIN || group->failure->kind == RESULT_EMPTY;
    return !absent || catalog_courier_name(group->failure->name) != COURIER_NONE ||
           absence_counts(results->builder->ledger, group, row);
}

size_t name_row(const struct catalog *catalog, const char *name)
{
    struct catalog_match match;
    catalog_match(catalog, name, NULL, 0, 0, &match);
    return match.primary == CATALOG_NO_SERVICE || name_is_private_relay(name) ||
                   catalog_service(catalog, match.primary)->retired
               ? CATALOG_NO_SERVICE
               : match.primary;
}

static bool is_denial(const struct result *one)
{
    return one->kind > RESULT_GENUINE_NEGATIVE && one->kind < RESULT_UNANSWERED;
}

/* A resolver that cannot resolve says so of everything that it has not in its cache, and
 * a failure may come from there as well; one that withholds a name serves others meanwhile. */
static bool errors_are_of_the_name(const struct results *results, const struct name_group *group)
{
    const struct result *failure = group->failure;
    int64_t last = group->first[group->count - 1].time;
    bool failed = failure->kind == RESULT_SERVFAIL || failure->kind == RESULT_ERROR;
    if (failure->policy != NULL || (!failed && failure->kind != RESULT_REFUSED))
        return true;
    return (!failed || last - failure->time > CACHE_SPAN) &&
           name_results_good_between(results, &failure->client, &failure->resolver, failure->time,
                                     last);
}

/* Did another resolver give the same address the name in that time? */
static void run_find_served(const struct results *results, struct name_group *run)
{
    size_t left;
    int64_t end = run->first[run->count - 1].last_time;
    const struct name_group *group =
        name_results_groups(results, &run->first->client, run->first->name_hash, &left);
    run->served = NULL;
    for (; left > 0 && run->served == NULL; left--, group++)
        for (size_t i = 0; i < group->count && run->served == NULL; i++) {
            const struct result *one = &group->first[i];
            if (one->kind == RESULT_OK && one->time >= run->first->time && one->time <= end &&
                !address_equal(&one->resolver, &run->first->resolver))
                run->served = one;
        }
    run->served_elsewhere = run->served != NULL;
}

/* The denials from `from` on, up to the next answer that is none. An AAAA record that is
 * withheld may be so by design, and is only counted in. */
static struct name_group run_collect(const struct name_group *group, const struct result *from,
                                     uint64_t *denials, const struct result **last)
{
    const struct result *end = group->first + group->count;
    struct name_group run = *group;
    run.first = run.failure = from;
    run.count = 0;
    *denials = 0;
    *last = NULL;
    for (const struct result *one = from; one < end; one++) {
        if (one->kind != RESULT_UNANSWERED && !is_denial(one))
            break;
        if (one->type == DNS_TYPE_A && is_denial(one)) {
            if ((*denials)++ == 0)
                run.failure = one;
            *last = one;
        }
        if (is_denial(one))
            run.count = (size_t)(one - from) + 1;
    }
    return run;
}

static bool is_good(const struct result *one)
{
    return one->kind == RESULT_OK && one->type == DNS_TYPE_A;
}

/* The right answer that followed a run, or else the last before it. */
static void run_find_good(const struct name_group *group, struct name_run *run)
{
    const struct result *end = group->first + group->count;
    const struct result *one = run->group.first + run->group.count;
    while (one < end && !is_good(one))
        one++;
    run->group.works_again = one < end;
    if (one == end)
        for (one = run->group.first; one > group->first && !is_good(one);)
            one--;
    run->good = is_good(one) ? one : NULL;
}

bool name_run_next(const struct results *results, const struct name_group *group,
                   const struct result *from, struct name_run *run)
{
    const struct result *end = group->first + group->count;
    size_t row = CATALOG_NO_SERVICE;
    for (int tries = 0; from < end && tries < RUNS_LIMIT;) {
        if (!is_denial(from)) {
            from++;
            continue;
        }
        uint64_t denials;
        const struct result *last;
        run->group = run_collect(group, from, &denials, &last);
        from = run->group.first + run->group.count;
        if (denials == 0 || !outage_lasts(denials, run->group.failure->time, last->time))
            continue;
        tries++;
        run->group.origin = NULL;
        run->group.upstream = NULL;
        row = row != CATALOG_NO_SERVICE
                  ? row
                  : name_row(results->builder->ledger->catalog, run->group.failure->name);
        run_find_good(group, run);
        run_find_served(results, &run->group);
        if (row != CATALOG_NO_SERVICE && run->good != NULL &&
            group_fails(results, &run->group, row) && errors_are_of_the_name(results, &run->group))
            return true;
    }
    return false;
}

/* Not where addresses are wrong: that is diagnosis/hijacks.c. */
static bool group_comes_and_goes(const struct results *results, const struct name_group *group)
{
    struct name_run run;
    return name_group_has(group, RESULT_OK) && !name_group_has(group, RESULT_HIJACKED) &&
           !name_group_has(group, RESULT_FORGED) &&
           name_run_next(results, group, group->first, &run) &&
           !(run.group.served_elsewhere && name_results_resolves(results, &group->first->client));
}

static void group_judge(const struct results *results, struct name_group *group)
{
    const struct ledger *ledger = results->builder->ledger;
    const struct result *ipv4 = ipv4_failure(group);
    group->origin = group;
    if (group->failure == NULL)
        return;
    size_t count;
    const struct mac_owner *same = devices_same(ledger, &group->first->client, &count);
    for (size_t i = 0; i < count && !group->served_elsewhere; i++)
        group->served_elsewhere =
            name_results_served(results, &same[i].address, group->first->name_hash);
    group->dead = resolver_is_dead(results, &group->first->client, &group->first->resolver);
    group->overcome =
        group->dead && name_results_resolves(results, &group->first->client) &&
        name_results_device_answered(results, &group->first->client, &group->first->resolver);
    size_t row = name_row(ledger->catalog, group->failure->name);
    /* What a resolver overcomes by asking another one is its own affair. */
    if (group->dead || row == CATALOG_NO_SERVICE ||
        (group->served_elsewhere && name_results_resolves(results, &group->first->client)))
        return;
    group->one_family = ipv4 != NULL;
    if (ipv4 != NULL)
        group->failure = ipv4;
    group->fails = ipv4 != NULL || group_fails(results, group, row);
}

/* All resolvers of one client and name stand together, as they are sorted. */
static void groups_judge(struct results *results)
{
    size_t start = 0;
    while (start < results->group_count) {
        const struct result *first = results->groups[start].first;
        const struct result *served = NULL;
        size_t end = start;
        for (; end < results->group_count &&
               results->groups[end].first->name_hash == first->name_hash &&
               address_equal(&results->groups[end].first->client, &first->client);
             end++) {
            const struct name_group *group = &results->groups[end];
            for (size_t i = 0; i < group->count && served == NULL; i++)
                if (group->first[i].kind == RESULT_OK)
                    served = &group->first[i];
        }
        for (; start < end; start++) {
            results->groups[start].comes_and_goes =
                group_comes_and_goes(results, &results->groups[start]);
            results->groups[start].served = served;
            results->groups[start].served_elsewhere = served != NULL;
            group_judge(results, &results->groups[start]);
        }
    }
}

/* The last that a resolver was told, from this address of its own, before it gave that
 * answer; and what it asked for in vain where it was told nothing. */
static const struct result *told_upstream(const struct results *results,
                                          const struct address *address, const struct result *given,
                                          struct name_group **asked)
{
    size_t left;
    const struct result *told = NULL;
    struct name_group *group = name_results_groups(results, address, given->name_hash, &left);
    for (; left > 0; left--, group++) {
        if (told == NULL && group->failure != NULL && group->failure->kind == RESULT_UNANSWERED)
            *asked = group;
        for (size_t i = 0; i < group->count; i++) {
            const struct result *one = &group->first[i];
            if (one->type != given->type || one->kind == RESULT_UNANSWERED ||
                one->last_time > given->last_time ||
                (told != NULL && one->last_time < told->last_time))
                continue;
            told = one;
            *asked = group;
        }
    }
    return told;
}

static const struct result *told_to(const struct results *results, const struct result *given,
                                    struct name_group **asked)
{
    size_t count;
    const struct mac_owner *same = devices_same(results->builder->ledger, &given->resolver, &count);
    const struct result *told = told_upstream(results, &given->resolver, given, asked);
    for (size_t i = 0; i < count && told == NULL && *asked == NULL; i++)
        told = told_upstream(results, &same[i].address, given, asked);
    return told;
}

static bool silence_is_passed_on(const struct result *given)
{
    return given->kind == RESULT_SERVFAIL || given->kind == RESULT_UNANSWERED ||
           given->kind == RESULT_REFUSED;
}

/* With both sides of a forwarder in the capture: was it told the same, or better? */
static void group_trace(const struct results *results, struct name_group *group)
{
    struct name_group *at = group;
    for (int i = 0; i < FORWARDERS_LIMIT; i++) {
        struct name_group *asked = NULL;
        const struct result *told = told_to(results, at->failure, &asked);
        if (told != NULL && told->kind == RESULT_OK) {
            if (told->last_time >= at->failure->time - UPSTREAM_SPAN)
                group->upstream = told;
            break;
        }
        if (asked == NULL || (!asked->fails && !asked->dead) ||
            (told == NULL && !silence_is_passed_on(at->failure)))
            break;
        asked->passed_on = true;
        at = asked;
    }
    group->origin = at;
}

bool name_run_trace(const struct results *results, struct name_run *run)
{
    struct name_group *asked = NULL;
    const struct result *told = told_to(results, run->group.failure, &asked);
    run->group.origin = &run->group;
    if (told != NULL && told->kind == RESULT_OK) {
        if (told->last_time >= run->group.failure->time - UPSTREAM_SPAN)
            run->group.upstream = told;
        return true;
    }
    if (asked == NULL)
        return true;
    if (asked->failure == NULL || (!asked->fails && !asked->comes_and_goes))
        return false;
    asked->passed_on = true;
    run->group.origin = asked;
    return true;
}

static void runs_trace(const struct results *results, const struct name_group *group)
{
    const struct result *from = group->first;
    struct name_run run;
    for (int i = 0; i < RUNS_LIMIT && name_run_next(results, group, from, &run); i++) {
        name_run_trace(results, &run);
        from = run.group.first + run.group.count;
    }
}

static int compare_broken(const void *left, const void *right)
{
    const struct broken_resolver *one = left;
    const struct broken_resolver *two = right;
    int order = address_compare(&one->address, &two->address);
    if (order != 0)
        return order;
    return one->row < two->row ? -1 : one->row > two->row;
}

/* Not one answer but errors that say nothing of the name, of Apple's names or others? */
static bool gets_errors_only(const struct results *results, const struct name_group *group)
{
    const struct result *first = group->origin->first;
    const struct fact_resolver *totals =
        name_results_resolver(results, &first->client, &first->resolver);
    return totals != NULL && totals->answered >= BROKEN_ANSWERS &&
           totals->no_errors + totals->name_errors == 0 &&
           totals->server_failures + totals->refusals + totals->other_errors >= totals->answered;
}

/* One entry for each resolver. The push hosts are one zone, whatever their rows. */
static void broken_resolvers_merge(const struct catalog *catalog, struct broken_resolvers *broken)
{
    size_t kept = 0;
    for (size_t i = 0; i < broken->count; i++) {
        const struct broken_resolver *one = &broken->list[i];
        struct broken_resolver *last = kept > 0 ? &broken->list[kept - 1] : NULL;
        if (last == NULL || !address_equal(&last->address, &one->address)) {
            broken->list[kept++] = *one;
            continue;
        }
        if (last->row == one->row)
            continue;
        const char *category = catalog_service(catalog, one->row)->category;
        bool same = strcmp(catalog_service(catalog, last->row)->category, category) == 0;
        last->row = one->row;
        last->rows++;
        if (!same || (last->rows >= BROKEN_ROWS && strcmp(category, "apns") != 0))
            last->several = true;
    }
    broken->count = kept;
}

bool broken_resolvers_collect(const struct results *results, struct broken_resolvers *broken)
{
    const struct catalog *catalog = results->builder->ledger->catalog;
    broken->list = calloc(results->group_count + 1, sizeof *broken->list);
    if (broken->list == NULL)
        return false;
    for (size_t i = 0; i < results->group_count; i++) {
        const struct name_group *group = &results->groups[i];
        if (!group->fails || group->passed_on || group->origin->dead || group->upstream != NULL ||
            !gets_errors_only(results, group))
            continue;
        const char *name = group->failure->name;
        bool courier = catalog_courier_name(name) != COURIER_NONE;
        broken->list[broken->count++] =
            (struct broken_resolver){group->origin->first->resolver,
                                     name_row(catalog, courier ? PLACEHOLDER : name), 1, false};
    }
    qsort(broken->list, broken->count, sizeof *broken->list, compare_broken);
    broken_resolvers_merge(catalog, broken);
    return true;
}

static int compare_broken_address(const void *left, const void *right)
{
    const struct broken_resolver *one = right;
    return address_compare(left, &one->address);
}

bool broken_resolvers_explain(const struct broken_resolvers *broken, const struct results *results,
                              const struct name_group *group)
{
    const struct broken_resolver *found =
        bsearch(&group->origin->first->resolver, broken->list, broken->count, sizeof *broken->list,
                compare_broken_address);
    return found != NULL && found->several && gets_errors_only(results, group);
}

void name_verdicts(struct results *results)
{
    groups_judge(results);
    for (size_t i = 0; i < results->group_count; i++)
        if (results->groups[i].fails || results->groups[i].dead)
            group_trace(results, &results->groups[i]);
    for (size_t i = 0; i < results->group_count; i++)
        if (results->groups[i].comes_and_goes && !results->groups[i].dead)
            runs_trace(results, &results->groups[i]);
}
