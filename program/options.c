/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One table of options: short and long name, what they take, what they mean.  A
 * small parser of our own, as getopt_long keeps its place in globals.
 */
#include "program/options.h"

#include <string.h>

#include "base/text.h"
#include "base/timestamp.h"
#include "program/memory.h"
#include "program/option_values.h"

struct option {
    enum option_flag flag;
    char letter; /* 0: long form only */
    const char *name;
    const char *argument; /* NULL: takes none */
    const char *meaning;
    bool (*set)(struct options *options, const char *value, struct problem *problem);
};

#define HELP_OPTION_LIMIT 15u /* with usage and examples, on a screen of 24 lines */
#define KEEP_DAYS_MOST 36500u
#define MAX_SIZE_LEAST (UINT64_C(1) << 20)
#define RING_SIZE_LEAST (UINT64_C(1) << 20)

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

/* One more of an option that may be given several times. */
static bool list_add(const char **list, size_t *count, const char *value, const char *name,
                     const char *instead, struct problem *problem)
{
    if (*count == OPTIONS_FILE_LIMIT)
        return problem_set(problem, "%s was given more than %d times; %s", name, OPTIONS_FILE_LIMIT,
                           instead);
    list[(*count)++] = value;
    return true;
}

static bool set_trust(struct options *options, const char *value, struct problem *problem)
{
    return list_add(options->trust, &options->trust_count, value, "--trust",
                    "put the roots into one file", problem);
}

static bool set_inspection(struct options *options, const char *value, struct problem *problem)
{
    return list_add(options->inspection, &options->inspection_count, value, "--inspection-ca",
                    "put the certificates into one file", problem);
}

static bool set_catalog(struct options *options, const char *value, struct problem *problem)
{
    return list_add(options->catalogs, &options->catalog_count, value, "--catalog",
                    "put the hosts into one file", problem);
}

static bool set_geoip(struct options *options, const char *value, struct problem *problem)
{
    return list_add(options->geoip, &options->geoip_count, value, "--geoip",
                    "one of each kind will do", problem);
}

static bool set_vxlan_port(struct options *options, const char *value, struct problem *problem)
{
    uint64_t port;
    if (!option_values_number(value, 1024, UINT16_MAX, &port))
        return problem_set(problem,
                           "--vxlan-port: '%s' is no port for VXLAN; give a number from 1024 to "
                           "65535",
                           value);
    if (options->vxlan_port_count == OPTIONS_PORT_LIMIT)
        return problem_set(problem,
                           "--vxlan-port was given more than %d times; give the ports of this "
                           "capture only",
                           OPTIONS_PORT_LIMIT);
    options->vxlan_ports[options->vxlan_port_count++] = (uint16_t)port;
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

static bool set_export_format(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->export_format = value;
    return true;
}

static bool set_community_seed(struct options *options, const char *value, struct problem *problem)
{
    uint64_t seed;
    if (!option_values_number(value, 0, UINT16_MAX, &seed))
        return problem_set(problem, "--community-id-seed takes a number from 0 to 65535, not '%s'",
                           value);
    options->community_seed = (uint16_t)seed;
    return true;
}

static bool set_packets_output(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->packets_output = value;
    return true;
}

static bool set_captures(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->captures = value;
    return true;
}

static bool set_whole_flows(struct options *options, const char *value, struct problem *problem)
{
    (void)value;
    (void)problem;
    options->whole_flows = true;
    return true;
}

static bool set_since(struct options *options, const char *value, struct problem *problem)
{
    return option_values_time("--since", value, &options->since, problem);
}

static bool set_until(struct options *options, const char *value, struct problem *problem)
{
    return option_values_time("--until", value, &options->until, problem);
}

static bool set_device(struct options *options, const char *value, struct problem *problem)
{
    options->has_device = true;
    return address_parse(value, &options->device) ||
           problem_set(problem,
                       "--device: '%s' is not an IP address; name the device by its address",
                       value);
}

static bool set_no_sandbox(struct options *options, const char *value, struct problem *problem)
{
    (void)value;
    (void)problem;
    options->no_sandbox = true;
    return true;
}

static bool set_user(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->user = value;
    return true;
}

static bool set_keep_days(struct options *options, const char *value, struct problem *problem)
{
    uint64_t days;
    if (!option_values_number(value, 0, KEEP_DAYS_MOST, &days))
        return problem_set(problem,
                           "--keep-days: '%s' is not a number of days up to %u; 0 keeps all", value,
                           KEEP_DAYS_MOST);
    options->keep_days = (unsigned)days;
    return true;
}

static bool set_max_size(struct options *options, const char *value, struct problem *problem)
{
    return option_values_size("--max-size", value, MAX_SIZE_LEAST, true, &options->max_size,
                              problem);
}

static bool set_max_memory(struct options *options, const char *value, struct problem *problem)
{
    return option_values_size("--max-memory", value, MEMORY_LEAST, false, &options->max_memory,
                              problem);
}

static bool set_ring(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->ring = value;
    return true;
}

static bool set_ring_size(struct options *options, const char *value, struct problem *problem)
{
    return option_values_size("--ring-size", value, RING_SIZE_LEAST, false, &options->ring_size,
                              problem);
}

static bool set_interface(struct options *options, const char *value, struct problem *problem)
{
    return list_add(options->interfaces, &options->interface_count, value, "-i",
                    "watch fewer interfaces", problem);
}

static bool set_apple_only(struct options *options, const char *value, struct problem *problem)
{
    (void)value;
    (void)problem;
    options->apple_only = true;
    return true;
}

static bool set_threads(struct options *options, const char *value, struct problem *problem)
{
    uint64_t count = 0;
    bool ok = option_values_count("--threads", value, OPTIONS_THREAD_LIMIT, &count, problem);
    options->threads = (unsigned)count;
    return ok;
}

static bool set_buffer(struct options *options, const char *value, struct problem *problem)
{
    uint64_t count = 0;
    bool ok = option_values_count("--buffer", value, OPTIONS_BUFFER_LIMIT, &count, problem);
    options->buffer_mebibytes = (unsigned)count;
    return ok;
}

static bool set_packet_limit(struct options *options, const char *value, struct problem *problem)
{
    return option_values_count("--count", value, INT64_MAX / 10, &options->packet_limit, problem);
}

static bool set_interval(struct options *options, const char *value, struct problem *problem)
{
    return option_values_span("--interval", value, OPTIONS_SECONDS_LIMIT, &options->interval,
                              problem);
}

static bool set_window(struct options *options, const char *value, struct problem *problem)
{
    return option_values_span("--window", value, OPTIONS_SECONDS_LIMIT, &options->window, problem);
}

static bool set_duration(struct options *options, const char *value, struct problem *problem)
{
    return option_values_span("--duration", value, OPTIONS_SECONDS_LIMIT, &options->duration,
                              problem);
}

static bool set_category(struct options *options, const char *value, struct problem *problem)
{
    (void)problem;
    options->category = value;
    return true;
}

static bool set_anonymize(struct options *options, const char *value, struct problem *problem)
{
    (void)value;
    (void)problem;
    options->anonymize = true;
    return true;
}

static bool set_anonymize_key(struct options *options, const char *value, struct problem *problem)
{
    options->anonymize_key = value;
    options->anonymize = true;
    return *value != '\0' ||
           problem_set(problem, "the name given to --anonymize-key is empty; name a file");
}

static const struct option option_table[] = {
    {OPTION_INTERFACE, 'i', "interface", "IFACE", "capture there; may be given several times",
     set_interface},
    {OPTION_DATABASE, 'd', "database", "DB", "keep the facts in this database", set_database},
    {OPTION_FILTER, 'f', "filter", "BPF", "read only packets that match this filter", set_filter},
    {OPTION_FORMAT, 0, "format", "FORMAT", "text (default), md, csv, html or json", set_format},
    {OPTION_OUTPUT, 'o', "output", "FILE", "write there instead of standard output", set_output},
    {OPTION_TRUST, 0, "trust", "PEM", "trust these root certificates too", set_trust},
    {OPTION_TRUST, 0, "inspection-ca", "PEM", "the authority of this site's TLS inspection",
     set_inspection},
    {OPTION_CATALOG, 0, "catalog", "FILE", "hosts of your own, an MDM server say", set_catalog},
    {OPTION_GEOIP, 0, "geoip", "MMDB", "say where servers are from this database", set_geoip},
    {OPTION_VXLAN_PORT, 0, "vxlan-port", "N", "VXLAN is on this UDP port too", set_vxlan_port},
    {OPTION_ALL_FLOWS, 0, "all-flows", NULL, "store flows that are not about Apple too",
     set_all_flows},
    {OPTION_FAIL_ON, 0, "fail-on", "SEVERITY", "exit 1 on a finding: critical or warning",
     set_fail_on},
    {OPTION_SINCE, 0, "since", "TIME", "only what happened from then on", set_since},
    {OPTION_UNTIL, 0, "until", "TIME", "only what happened before then", set_until},
    {OPTION_WATCH, 0, "apple-only", NULL, "let the kernel pass only what is about Apple",
     set_apple_only},
    {OPTION_WATCH, 0, "interval", "TIME", "commit and diagnose so often (default 10s)",
     set_interval},
    {OPTION_WATCH, 0, "window", "TIME", "diagnose what was so long ago at most (default 24h)",
     set_window},
    {OPTION_LIVE, 0, "duration", "TIME", "end by itself after so long", set_duration},
    {OPTION_LIVE, 0, "count", "PACKETS", "end by itself after so many", set_packet_limit},
    {OPTION_WATCH, 0, "threads", "N", "threads that capture, of each (default 1)", set_threads},
    {OPTION_LIVE, 0, "buffer", "MIB", "the kernel's buffer, of each thread (default 64)",
     set_buffer},
    {OPTION_READING_THREADS, 0, "threads", "N",
     "threads that share the work (default: as processors, 1 to 3)", set_threads},
    {OPTION_DEVICE, 0, "device", "ADDRESS", "only this device", set_device},
    {OPTION_EXPORT, 0, "format", "FORMAT", "ndjson (default), zeek, zeek-json or csv",
     set_export_format},
    {OPTION_EXPORT, 0, "community-id-seed", "N", "of the Community IDs; 0 unless given",
     set_community_seed},
    {OPTION_EVIDENCE, 'w', "write", "OUT", "write the packets there, as pcapng",
     set_packets_output},
    {OPTION_EVIDENCE, 0, "flows", NULL, "the whole flows around them, and their DNS",
     set_whole_flows},
    {OPTION_EVIDENCE, 0, "captures", "DIR", "look for the captures in this folder", set_captures},
    {OPTION_LIVE, 0, "user", "NAME", "become this user once the interface is open", set_user},
    {OPTION_WATCH, 0, "keep-days", "DAYS", "forget what is older (30; 0: keep all)", set_keep_days},
    {OPTION_WATCH, 0, "max-size", "SIZE", "forget the oldest beyond this size (2G; 0: any)",
     set_max_size},
    {OPTION_WATCH, 'w', "ring", "FOLDER", "keep the packets of flows to Apple there", set_ring},
    {OPTION_WATCH, 0, "ring-size", "SIZE", "of all packets kept there (512M)", set_ring_size},
    {OPTION_MEMORY, 0, "max-memory", "SIZE", "most memory to take (512M; of reports half of all)",
     set_max_memory},
    {OPTION_SANDBOX, 0, "no-sandbox", NULL, "keep all rights while reading (for debugging)",
     set_no_sandbox},
    {OPTION_CATEGORY, 0, "category", "NAME", "only what is of this category of hosts",
     set_category},
    {OPTION_ANONYMIZE, 0, "anonymize", NULL, "pseudonyms for devices, MACs and names",
     set_anonymize},
    {OPTION_ANONYMIZE, 0, "anonymize-key", "FILE", "their key (else DB.key); implies --anonymize",
     set_anonymize_key},
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
            if (option->letter == 0 || argument[1] != option->letter)
                continue;
            *value = argument[2] != '\0' ? argument + 2 : NULL;
            return option;
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
    options->export_format = "ndjson";
    options->since = options->until = TIMESTAMP_NONE;
    options->keep_days = OPTIONS_KEEP_DAYS;
    options->max_size = OPTIONS_MAX_SIZE;
    options->ring_size = OPTIONS_RING_SIZE;
    options->interval = OPTIONS_INTERVAL;
    options->window = OPTIONS_WINDOW;
    int operands = 0; /* moved to the front of argv as they are met */
    bool only_operands = false;
    for (int i = 0; i < argc;) {
        const char *argument = argv[i];
        if (!only_operands && strcmp(argument, "--") == 0) {
            only_operands = true;
            i++;
        } else if (!only_operands &&
                   (strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0 ||
                    strcmp(argument, "--help=all") == 0)) {
            options->help = true;
            options->help_all = options->help_all || strchr(argument, '=') != NULL;
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

/* What few need: named only, where a command has more options than a screen has lines. */
static bool option_is_rare(const struct option *option)
{
    static const char *const rare[] = {
        "inspection-ca", "vxlan-port", "anonymize-key", "geoip",     "duration",  "all-flows",
        "interval",      "window",     "count",         "threads",   "buffer",    "user",
        "keep-days",     "max-size",   "max-memory",    "ring-size", "no-sandbox"};
    for (size_t i = 0; i < sizeof rare / sizeof rare[0]; i++)
        if (strcmp(option->name, rare[i]) == 0)
            return true;
    return false;
}

static void describe_option(struct text *text, const struct option *option)
{
    const char letter[5] = {option->letter != 0 ? '-' : ' ',
                            option->letter != 0 ? option->letter : ' ',
                            option->letter != 0 ? ',' : ' ', ' '};
    size_t width =
        strlen(option->name) + (option->argument != NULL ? strlen(option->argument) + 1 : 0);
    text_add_format(text, "  %s--%s%s%s%*s  %s\n", letter, option->name,
                    option->argument != NULL ? " " : "",
                    option->argument != NULL ? option->argument : "",
                    width < 18 ? (int)(18 - width) : 0, "", option->meaning);
}

void options_describe(struct text *text, unsigned allowed, bool all)
{
    size_t count = 0;
    for (size_t i = 0; i < OPTION_TABLE_COUNT; i++)
        count += (allowed & (unsigned)option_table[i].flag) != 0;
    all = all || count <= HELP_OPTION_LIMIT;
    struct text more = {0};
    for (size_t i = 0; i < OPTION_TABLE_COUNT; i++) {
        const struct option *option = &option_table[i];
        if (!(allowed & (unsigned)option->flag))
            continue;
        if (all || !option_is_rare(option))
            describe_option(text, option);
        else
            text_add_format(&more, "%s--%s",
                            more.length > 0 ? ", " : "and, told by --help=all: ", option->name);
    }
    if (more.length > 0)
        text_add_wrapped(text, text_content(&more), 2, 78);
    text_release(&more);
}
