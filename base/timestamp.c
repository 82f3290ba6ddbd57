/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When was that?  Nanoseconds since 1970 come in and RFC 3339 text goes out,
 * and back.  The calendar is worked out here, so that no time zone, no locale
 * and no range of the C library's time_t has a say.
 */
#include "base/timestamp.h"

#include <stddef.h>
#include <string.h>
#include <time.h>

#define SECONDS_PER_DAY 86400
#define DAYS_PER_ERA 146097 /* 400 years of the Gregorian calendar */
#define DAYS_TO_1970 719468 /* from 0000-03-01 */

struct date {
    int64_t year;
    int64_t month; /* 1..12 */
    int64_t day; /* 1..31 */
};

static int64_t floor_divide(int64_t value, int64_t divisor)
{
    return value / divisor - (value % divisor < 0);
}

/* Years begin on 1 March here, so that the leap day is the last of its year;
 * the months from March on then have 153 days per five. */
static struct date date_of_day(int64_t day)
{
    int64_t shifted = day + DAYS_TO_1970;
    int64_t era = floor_divide(shifted, DAYS_PER_ERA);
    int64_t day_of_era = shifted - era * DAYS_PER_ERA;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month = (5 * day_of_year + 2) / 153; /* 0: March */
    struct date date;

    date.day = day_of_year - (153 * month + 2) / 5 + 1;
    date.month = month < 10 ? month + 3 : month - 9;
    date.year = era * 400 + year_of_era + (date.month <= 2);
    return date;
}

static int64_t day_of_date(const struct date *date)
{
    int64_t year = date->year - (date->month <= 2);
    int64_t month = date->month > 2 ? date->month - 3 : date->month + 9;
    int64_t era = floor_divide(year, 400);
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * month + 2) / 5 + date->day - 1;

    return era * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
           day_of_year - DAYS_TO_1970;
}

/* `count` digits of a number that is not below 0; where they end. A million records have
 * several times each: printf would take most of what it takes to write them. */
static char *put_digits(char *place, int64_t number, size_t count)
{
    for (size_t i = count; i > 0; i--) {
        place[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    return place + count;
}

static char *put_between(char *place, int64_t number, size_t count, char before)
{
    *place = before;
    return put_digits(place + 1, number, count);
}

const char *timestamp_print(int64_t time, char text[TIMESTAMP_TEXT_SIZE])
{
    int64_t seconds = floor_divide(time, NANOSECONDS_PER_SECOND);
    int64_t nanoseconds = time % NANOSECONDS_PER_SECOND;
    int64_t day = floor_divide(seconds, SECONDS_PER_DAY);
    int64_t second = seconds - day * SECONDS_PER_DAY;
    struct date date = date_of_day(day);
    char *end;

    if (time == TIMESTAMP_NONE) {
        memcpy(text, "-", 2);
        return text;
    }
    if (nanoseconds < 0)
        nanoseconds += NANOSECONDS_PER_SECOND;
    end = put_digits(text, date.year, 4); /* 64 bits reach from 1677 to 2262 */
    end = put_between(end, date.month, 2, '-');
    end = put_between(end, date.day, 2, '-');
    end = put_between(end, second / 3600, 2, 'T');
    end = put_between(end, second / 60 % 60, 2, ':');
    end = put_between(end, second % 60, 2, ':');
    if (nanoseconds != 0) {
        end = put_between(end, nanoseconds, 9, '.');
        while (end[-1] == '0')
            end--;
    }
    memcpy(end, "Z", 2);
    return text;
}

/* Exactly `count` digits with a value within the bounds; moves past them. */
static bool take_number(const char **at, int count, int64_t lowest, int64_t highest, int64_t *value)
{
    int64_t number = 0;

    for (int i = 0; i < count; i++) {
        char digit = (*at)[i];
        if (digit < '0' || digit > '9')
            return false;
        number = number * 10 + (digit - '0');
    }
    if (number < lowest || number > highest)
        return false;
    *at += count;
    *value = number;
    return true;
}

static bool take_character(const char **at, const char *allowed)
{
    if (**at == '\0' || strchr(allowed, **at) == NULL)
        return false;
    (*at)++;
    return true;
}

static bool take_date(const char **at, struct date *date)
{
    static const int64_t lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap;

    if (!take_number(at, 4, 0, 9999, &date->year) || !take_character(at, "-") ||
        !take_number(at, 2, 1, 12, &date->month) || !take_character(at, "-") ||
        !take_number(at, 2, 1, 31, &date->day))
        return false;
    leap = date->year % 4 == 0 && (date->year % 100 != 0 || date->year % 400 == 0);
    return date->day <= lengths[date->month - 1] + (leap && date->month == 2);
}

/* Digits past the ninth say less than a nanosecond and are dropped. */
static bool take_fraction(const char **at, int64_t *nanoseconds)
{
    int64_t weight = NANOSECONDS_PER_SECOND / 10;
    int64_t digit;

    *nanoseconds = 0;
    if (!take_character(at, "."))
        return true;
    if (!take_number(at, 1, 0, 9, &digit))
        return false;
    do {
        *nanoseconds += digit * weight;
        weight /= 10;
    } while (take_number(at, 1, 0, 9, &digit));
    return true;
}

/* "Z" or "+hh:mm": seconds to take off to come to UTC. */
static bool take_zone(const char **at, int64_t *offset)
{
    bool west = **at == '-';
    int64_t hours, minutes;

    *offset = 0;
    if (take_character(at, "Zz"))
        return true;
    if (!take_character(at, "+-") || !take_number(at, 2, 0, 23, &hours) ||
        !take_character(at, ":") || !take_number(at, 2, 0, 59, &minutes))
        return false;
    *offset = (hours * 60 + minutes) * (west ? -60 : 60);
    return true;
}

/* "hh:mm:ss.fraction" and the zone, as seconds (maybe below 0) from midnight UTC. */
static bool take_clock(const char **at, int64_t *seconds, int64_t *nanoseconds)
{
    int64_t hour, minute, second, offset, minute_start;

    if (!take_number(at, 2, 0, 23, &hour) || !take_character(at, ":") ||
        !take_number(at, 2, 0, 59, &minute) || !take_character(at, ":") ||
        !take_number(at, 2, 0, 60, &second) || !take_fraction(at, nanoseconds) ||
        !take_zone(at, &offset))
        return false;
    minute_start = (hour * 60 + minute) * 60 - offset;
    /* A leap second can only end a day of UTC (RFC 3339 section 5.7). */
    if (second == 60 &&
        minute_start - floor_divide(minute_start, SECONDS_PER_DAY) * SECONDS_PER_DAY !=
            SECONDS_PER_DAY - 60)
        return false;
    *seconds = minute_start + second;
    return true;
}

/* False when the time lies outside what 64 bits of nanoseconds hold. */
static bool join(int64_t seconds, int64_t nanoseconds, int64_t *time)
{
    int64_t below = NANOSECONDS_PER_SECOND - nanoseconds;

    if (seconds >= 0) {
        if (seconds > (INT64_MAX - nanoseconds) / NANOSECONDS_PER_SECOND)
            return false;
        *time = seconds * NANOSECONDS_PER_SECOND + nanoseconds;
        return true;
    }
    /* INT64_MIN itself is TIMESTAMP_NONE. */
    if (seconds + 1 < (INT64_MIN + 1 + below) / NANOSECONDS_PER_SECOND)
        return false;
    *time = (seconds + 1) * NANOSECONDS_PER_SECOND - below;
    return true;
}

bool timestamp_parse(const char *text, int64_t *time)
{
    int64_t seconds = 0, nanoseconds = 0;
    struct date date;

    if (strcmp(text, "-") == 0) {
        *time = TIMESTAMP_NONE;
        return true;
    }
    if (!take_date(&text, &date))
        return false;
    if (*text != '\0' &&
        (!take_character(&text, "Tt ") || !take_clock(&text, &seconds, &nanoseconds)))
        return false;
    if (*text != '\0')
        return false;
    return join(day_of_date(&date) * SECONDS_PER_DAY + seconds, nanoseconds, time);
}

static int64_t clock_read(clockid_t which)
{
    struct timespec now;

    if (clock_gettime(which, &now) != 0)
        return 0;
    return (int64_t)now.tv_sec * NANOSECONDS_PER_SECOND + now.tv_nsec;
}

int64_t timestamp_now(void)
{
    return clock_read(CLOCK_REALTIME);
}

int64_t timestamp_monotonic(void)
{
    return clock_read(CLOCK_MONOTONIC);
}
