/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of options: short and long name, what they take, what they mean.  A
 * small parser of our own, as getopt_long keeps its place in globals.
 */
#include "program/options.h"

#include <string.h>

#include "base/text.h"
#include "base/timestamp.h"

struct option {
    enum option_flag flag;
    char letter; /* 0: long form only */
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *meaning;
    bool (*set)(struct options *options, const char *value, struct problem *problem);
};

static bool set_database(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->database = value;
    return true;
}

static bool set_filter(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->filter = value;
    return true;
}

static bool set_format(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->format = value;
    return true;
}

static bool set_output(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->output = strcmp(value, "-") == 0 ? NULL : value;
    return true;
}

static bool set_trust(struct options *options, const char *value, struct problem *problem)
{
    if (options->trust_count == OPTIONS_FILE_LIMIT)
        return problem_set(problem,
                           "--trust was given more than %d times; put the roots into one file",
                           OPTIONS_FILE_LIMIT);
    options->trust[options->trust_count++] = value;
    return true;
}

static bool set_inspection(struct options *options, const char *value, struct problem *problem)
{
    if (options->inspection_count == OPTIONS_FILE_LIMIT)
        return problem_set(problem,
                           "--inspection-ca was given more than %d times; put the certificates "
                           "into one file",
                           OPTIONS_FILE_LIMIT);
    options->inspection[options->inspection_count++] = value;
    return true;
}

static bool set_catalog(struct options *options, const char *value, struct problem *problem)
{
    if (options->catalog_count == OPTIONS_FILE_LIMIT)
        return problem_set(problem,
                           "--catalog was given more than %d times; put the hosts into one file",
                           OPTIONS_FILE_LIMIT);
    options->catalogs[options->catalog_count++] = value;
    return true;
}

static bool set_geoip(struct options *options, const char *value, struct problem *problem)
{
    if (options->geoip_count == OPTIONS_FILE_LIMIT)
        return problem_set(problem,
                           "--geoip was given more than %d times; one of each kind will do",
                           OPTIONS_FILE_LIMIT);
    options->geoip[options->geoip_count++] = value;
    return true;
}

static bool set_all_flows(struct options *options, const char *value, struct problem *problem)
{
    (void)value;
    (void)problem;
    options->all_flows = true;
    return true;
}

static bool set_fail_on(struct options *options, const char *value, struct problem *problem)
{
    options->fails = true;
    if (strcmp(value, "critical") == 0)
        options->fail_on = SEVERITY_CRITICAL;
    else if (strcmp(value, "warning") == 0)
        options->fail_on = SEVERITY_WARNING;
    else
        return problem_set(problem, "--fail-on takes 'critical' or 'warning', not '%s'", value);
    return true;
}

static bool set_time(int64_t *time, const char *name, const char *value, struct problem *problem)
{
    if (timestamp_parse(value, time) && *time != TIMESTAMP_NONE)
        return true;
    return problem_set(problem,
                       "%s: '%s' is not a time; write it as 2026-11-20T08:00:00Z or 2026-11-20",
                       name, value);
}

static bool set_since(struct options *options, const char *value, struct problem *problem)
{
    return set_time(&options->since, "--since", value, problem);
}

static bool set_until(struct options *options, const char *value, struct problem *problem)
{
    return set_time(&options->until, "--until", value, problem);
}

static bool set_device(struct options *options, const char *value, struct problem *problem)
{
    options->has_device = true;
    return address_parse(value, &options->device) ||
           problem_set(problem,
                       "--device: '%s' is not an IP address; name the device by its address",
                       value);
}

static bool set_category(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->category = value;
    return true;
}

static const struct option option_table[] = {
    {OPTION_DATABASE, 'd', "database", "DB", "keep the facts in this database", set_database},
    {OPTION_FILTER, 'f', "filter", "BPF", "read only packets that match this filter", set_filter},
    {OPTION_FORMAT, 0, "format", "FORMAT", "text (default), md, csv, html or json", set_format},
    {OPTION_OUTPUT, 'o', "output", "FILE", "write there instead of standard output", set_output},
    {OPTION_TRUST, 0, "trust", "PEM", "trust these root certificates too", set_trust},
    {OPTION_TRUST, 0, "inspection-ca", "PEM", "the authority of this site's TLS inspection",
     set_inspection},
    {OPTION_CATALOG, 0, "catalog", "FILE", "hosts of your own, an MDM server say", set_catalog},
    {OPTION_GEOIP, 0, "geoip", "MMDB", "say where servers are from this database", set_geoip},
    {OPTION_ALL_FLOWS, 0, "all-flows", NULL, "store flows that are not about Apple too",
     set_all_flows},
    {OPTION_FAIL_ON, 0, "fail-on", "SEVERITY", "exit 1 on a finding: critical or warning",
     set_fail_on},
    {OPTION_SINCE, 0, "since", "TIME", "only what happened from then on", set_since},
    {OPTION_UNTIL, 0, "until", "TIME", "only what happened before then", set_until},
    {OPTION_DEVICE, 0, "device", "ADDRESS", "only this device", set_device},
    {OPTION_CATEGORY, 0, "category", "NAME", "only what is of this category of hosts",
     set_category},
};

#define OPTION_TABLE_COUNT (sizeof option_table / sizeof option_table[0])

static const struct option *option_find(const char *argument, unsigned allowed, const char **value)
{
    *value = NULL;
    for (size_t i = 0; i < OPTION_TABLE_COUNT; i++) {
        const struct option *option = &option_table[i];
        if (!(allowed & (unsigned)option->flag))
            continue;
        if (argument[1] != '-') {
            if (option->letter != 0 && argument[1] == option->letter) {
                *value = argument[2] != '\0' ? argument + 2 : NULL;
                return option;
            }
            continue;
        }
        size_t length = strlen(option->name);
        if (strncmp(argument + 2, option->name, length) != 0)
            continue;
        if (argument[2 + length] == '=')
            *value = argument + 3 + length;
        if (argument[2 + length] == '=' || argument[2 + length] == '\0')
            return option;
    }
    return NULL;
}

/* Reads the option at argv[*index] and its value; moves the index past them. */
static bool option_take(struct options *options, unsigned allowed, int argc, char **argv,
                        int *index, struct problem *problem)
{
    const char *argument = argv[(*index)++];
    const char *value;
    const struct option *option = option_find(argument, allowed, &value);
    if (option == NULL)
        return problem_set(problem, "unknown option '%s'", argument);
    if (option->argument == NULL) {
        if (value != NULL)
            return problem_set(problem, "--%s takes no value", option->name);
    } else if (value == NULL) {
        if (*index == argc)
            return problem_set(problem, "%s needs a value: %s", argument, option->argument);
        value = argv[(*index)++];
    }
    return option->set(options, value, problem);
}

bool options_parse(struct options *options, unsigned allowed, int argc, char **argv,
                   struct problem *problem)
{
    memset(options, 0, sizeof *options);
    options->format = "text";
    options->since = options->until = TIMESTAMP_NONE;
    int operands = 0; /* moved to the front of argv as they are met */
    bool only_operands = false;
    for (int i = 0; i < argc;) {
        const char *argument = argv[i];
        if (!only_operands && strcmp(argument, "--") == 0) {
            only_operands = true;
            i++;
        } else if (!only_operands &&
                   (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0)) {
            options->help = true;
            i++;
        } else if (!only_operands && argument[0] == '-' && argument[1] != '\0') {
            if (!option_take(options, allowed, argc, argv, &i, problem))
                return false;
        } else {
            argv[operands++] = argv[i++];
        }
    }
    if (options->since != TIMESTAMP_NONE && options->until != TIMESTAMP_NONE &&
        options->since > options->until)
        return problem_set(problem, "--since is later than --until; exchange them");
    options->operands = (const char *const *)argv;
    options->operand_count = (size_t)operands;
    return true;
}

void options_describe(struct text *text, unsigned allowed)
{
    for (size_t i = 0; i < OPTION_TABLE_COUNT; i++) {
        const struct option *option = &option_table[i];
        if (!(allowed & (unsigned)option->flag))
            continue;
        char letter[5] = "    ";
        if (option->letter != 0) {
            letter[0] = '-';
            letter[1] = option->letter;
            letter[2] = ',';
        }
        size_t width =
            strlen(option->name) + (option->argument != NULL ? strlen(option->argument) + 1 : 0);
        text_add_format(text, "  %s--%s%s%s%*s  %s\n", letter, option->name,
                        option->argument != NULL ? " " : "",
                        option->argument != NULL ? option->argument : "",
                        width < 18 ? (int)(18 - width) : 0, "", option->meaning);
    }
}
