/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers of the command line, all by one reader; units are what stands behind them.
 */
#include "program/option_values.h"

#include <string.h>

#include "base/timestamp.h"

#define SIZE_MOST (UINT64_C(1) << 60)

bool option_values_digits(const char *text, uint64_t most, uint64_t *number, const char **rest)
{
    const char *at = text;
    uint64_t sum = 0;
    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');
        if (digit > most || sum > (most - digit) / 10)
            return false;
        sum = sum * 10 + digit;
    }
    if (at == text)
        return false;
    *number = sum;
    *rest = at;
    return true;
}

bool option_values_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    const char *rest;
    uint64_t read;
    if (!option_values_digits(text, most, &read, &rest) || *rest != '\0' || read < least)
        return false;
    *number = read;
    return true;
}

bool option_values_count(const char *name, const char *text, uint64_t most, uint64_t *count,
                         struct problem *problem)
{
    return option_values_number(text, 1, most, count) ||
           problem_set(problem, "%s takes a number from 1 to %llu, not '%s'", name,
                       (unsigned long long)most, text);
}

/* By how many bits does the unit shift? -1: there is no such unit. */
static int size_shift(const char *unit)
{
    static const char letters[] = "KMGT";
    if (*unit == '\0')
        return 0;
    const char *letter = strchr(letters, *unit);
    return letter == NULL || unit[1] != '\0' ? -1 : 10 * (int)(letter - letters + 1);
}

bool option_values_size(const char *name, const char *text, uint64_t least, bool any,
                        uint64_t *size, struct problem *problem)
{
    const char *unit;
    uint64_t number;
    int shift = -1;
    if (option_values_digits(text, SIZE_MOST, &number, &unit))
        shift = size_shift(unit);
    if (shift < 0 || number > SIZE_MOST >> shift)
        return problem_set(problem, "%s: '%s' is not a size; write it as 500M or 2G", name, text);
    number <<= shift;
    if (number < least && !(any && number == 0))
        return problem_set(problem, "%s: %s is too small to hold anything; give %lluM or more",
                           name, text, (unsigned long long)(least >> 20));
    *size = number;
    return true;
}

bool option_values_span(const char *name, const char *text, uint64_t most, int64_t *span,
                        struct problem *problem)
{
    static const struct {
        const char *unit;
        uint64_t seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}};
    const char *unit;
    uint64_t number;
    bool read = option_values_digits(text, most, &number, &unit) && number > 0;
    for (size_t i = 0; read && i < sizeof units / sizeof units[0]; i++) {
        if (strcmp(unit, units[i].unit) != 0 || number > most / units[i].seconds)
            continue;
        *span = (int64_t)(number * units[i].seconds) * NANOSECONDS_PER_SECOND;
        return true;
    }
    return problem_set(problem, "%s: '%s' is not a length of time; write it as 90s, 15m, 24h or 7d",
                       name, text);
}

bool option_values_time(const char *name, const char *text, int64_t *time, struct problem *problem)
{
    int64_t read;
    if (!timestamp_parse(text, &read) || read == TIMESTAMP_NONE)
        return problem_set(problem,
                           "%s: '%s' is not a time; write it as 2026-11-20T08:00:00Z or 2026-11-20",
                           name, text);
    *time = read;
    return true;
}
