/* SPDX-License-Identifier: Apache-2.0 */
/*
 * THE table of commands, and how one is chosen, helped with, and run.
 */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include "program/commands.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "program/sandbox.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "0.1.0"
#endif

static const struct command commands[] = {
    {"read", "[OPTION...] FILE...", "read captures, report what breaks",
     "  applepath read site.pcap\n"
     "  applepath read -d site.db --format json -o site.json morning.pcap noon.pcap\n"
     "  ssh router tcpdump -i eth1 -s 0 -w - | applepath read -\n",
     OPTION_DATABASE | OPTION_FILTER | OPTION_FORMAT | OPTION_OUTPUT | OPTION_TRUST |
         OPTION_CATALOG | OPTION_GEOIP | OPTION_ALL_FLOWS | OPTION_FAIL_ON | OPTION_SANDBOX |
         OPTION_VXLAN_PORT | OPTION_ANONYMIZE | OPTION_READING_THREADS | OPTION_MEMORY,
     1, SIZE_MAX, cmd_read},
    {"watch", "-i IFACE -d DB", "watch a SPAN port, say what breaks",
     "  applepath watch -i eth1 -d site.db\n"
     "  applepath watch -i eth1 -d site.db --apple-only --interval 30s\n"
     "  applepath watch -i eth1 -d site.db --duration 10m --format json -o site.json\n",
     OPTION_INTERFACE | OPTION_WATCH | OPTION_DATABASE | OPTION_FILTER | OPTION_FORMAT |
         OPTION_OUTPUT | OPTION_TRUST | OPTION_CATALOG | OPTION_GEOIP | OPTION_ALL_FLOWS |
         OPTION_FAIL_ON | OPTION_SANDBOX | OPTION_VXLAN_PORT | OPTION_LIVE | OPTION_ANONYMIZE |
         OPTION_MEMORY,
     0, 0, cmd_watch},
    {"report", "-d DB [OPTION...]", "report again on what a database holds",
     "  applepath report -d site.db\n"
     "  applepath report -d site.db --device 10.0.0.20 --since 2026-11-20T08:00:00Z\n",
     OPTION_DATABASE | OPTION_FORMAT | OPTION_OUTPUT | OPTION_TRUST | OPTION_CATALOG |
         OPTION_GEOIP | OPTION_FAIL_ON | OPTION_SINCE | OPTION_UNTIL | OPTION_DEVICE |
         OPTION_SANDBOX | OPTION_CATEGORY | OPTION_ANONYMIZE | OPTION_MEMORY,
     0, 0, cmd_report},
    {"evidence", "-d DB FINDING -w OUT", "the packets behind a finding",
     "  applepath evidence -d site.db F1 -w f1.pcapng\n"
     "  applepath evidence -d site.db F1 -w f1.pcapng --flows --captures captures\n"
     "  applepath evidence -d site.db                  # which findings there are\n",
     OPTION_DATABASE | OPTION_EVIDENCE | OPTION_TRUST | OPTION_CATALOG | OPTION_GEOIP |
         OPTION_SINCE | OPTION_UNTIL | OPTION_DEVICE | OPTION_SANDBOX | OPTION_ANONYMIZE,
     0, 1, cmd_evidence},
    {"export", "-d DB [OPTION...]", "flows, DNS, TLS as records for a SIEM",
     "  applepath export -d site.db -o site.ndjson\n"
     "  applepath export -d site.db --format zeek -o logs\n"
     "  applepath export -d site.db --format csv --device 10.0.0.20 -o flows.csv\n",
     OPTION_DATABASE | OPTION_EXPORT | OPTION_OUTPUT | OPTION_TRUST | OPTION_CATALOG |
         OPTION_GEOIP | OPTION_SINCE | OPTION_UNTIL | OPTION_DEVICE | OPTION_ANONYMIZE |
         OPTION_MEMORY,
     0, 0, cmd_export},
    {"diff", "BEFORE.db AFTER.db", "say what was mended and what broke",
     "  applepath read -d before.db monday.pcap\n"
     "  applepath read -d after.db tuesday.pcap\n"
     "  applepath diff before.db after.db\n"
     "  applepath diff --format md -o ticket.md before.db after.db\n",
     OPTION_FORMAT | OPTION_OUTPUT | OPTION_TRUST | OPTION_CATALOG | OPTION_GEOIP | OPTION_FAIL_ON |
         OPTION_DEVICE | OPTION_CATEGORY | OPTION_ANONYMIZE | OPTION_MEMORY,
     2, 2, cmd_diff},
    {"doctor", "-i IFACE | FILE...", "is a SPAN or capture fit to use",
     "  applepath doctor -i eth1\n"
     "  applepath doctor -i eth1 --duration 5m --fail-on critical\n"
     "  applepath doctor site.pcap\n",
     OPTION_INTERFACE | OPTION_LIVE | OPTION_FILTER | OPTION_FORMAT | OPTION_OUTPUT |
         OPTION_CATALOG | OPTION_FAIL_ON | OPTION_SANDBOX | OPTION_VXLAN_PORT,
     0, SIZE_MAX, cmd_doctor},
    {"hosts", "[OPTION...]", "list the hosts and ports Apple needs",
     "  applepath hosts\n"
     "  applepath hosts --catalog my-mdm.txt --format json\n",
     OPTION_FORMAT | OPTION_OUTPUT | OPTION_CATALOG, 0, 0, cmd_hosts},
};

#define COMMAND_COUNT (sizeof commands / sizeof commands[0])

static int complain(const char *where, const struct problem *problem)
{
    fprintf(stderr, "applepath%s%s: %s\n", where[0] != '\0' ? " " : "", where, problem->text);
    return EXIT_UNABLE;
}

static int print_text(struct text *text)
{
    bool written = fputs(text_content(text), stdout) >= 0 && fflush(stdout) == 0;
    text_release(text);
    if (written)
        return EXIT_RAN;
    struct problem problem = {""};
    problem_set(&problem, "standard output: cannot be written: %s; choose another place",
                strerror(errno));
    return complain("", &problem);
}

static int print_version(void)
{
    struct text text = {0};
    text_add_format(&text, "applepath %s\nsandbox: %s\n", PACKAGE_VERSION, sandbox_abilities());
    return print_text(&text);
}

static int help_program(void)
{
    struct text text = {0};
    text_add(&text, "applepath says from packet captures alone whether Apple's services can be\n"
                    "reached: what breaks, for whom, since when, who breaks it, what to change.\n\n"
                    "usage:\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        text_add_format(&text, "  applepath %-8s %-20s %s\n", commands[i].name,
                        commands[i].arguments, commands[i].summary);
    text_add(&text, "\n'applepath COMMAND --help' tells more; so does 'man applepath'.\n"
                    "Exit status: 0 ran, 1 --fail-on found something, 2 could not run.\n");
    return print_text(&text);
}

static int help_command(const struct command *command, bool all)
{
    struct text text = {0};
    text_add_format(&text, "usage: applepath %s %s\n%s\n\nexamples:\n%s\noptions:\n", command->name,
                    command->arguments, command->summary, command->examples);
    options_describe(&text, command->options, all);
    return print_text(&text);
}

static int run_command(const struct command *command, int argc, char **argv)
{
    struct problem problem = {""};
    struct options options;
    if (!options_parse(&options, command->options, argc, argv, &problem)) {
        char where[64];
        snprintf(where, sizeof where, "%s", command->name);
        size_t length = strlen(problem.text);
        if (length < sizeof problem.text)
            snprintf(problem.text + length, sizeof problem.text - length,
                     "; see 'applepath %s --help'", command->name);
        return complain(where, &problem);
    }
    if (options.help)
        return help_command(command, options.help_all);
    if (options.operand_count < command->least_operands)
        problem_set(&problem, "%s; see 'applepath %s --help'",
                    options.operand_count == 0 ? "no file was named" : "one more file is needed",
                    command->name);
    else if (options.operand_count > command->most_operands)
        problem_set(&problem, "'%s' is one word too many; see 'applepath %s --help'",
                    options.operands[command->most_operands], command->name);
    if (problem.text[0] != '\0')
        return complain(command->name, &problem);
    enum exit_status status = command->run(&options, &problem);
    if (status == EXIT_UNABLE)
        return complain("", &problem);
    return (int)status;
}

int applepath_main(int argc, char **argv)
{
    struct problem problem = {""};
    if (argc < 2) {
        problem_set(&problem, "no command was named; see 'applepath --help'");
        return complain("", &problem);
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0)
        return help_program();
    if (strcmp(argv[1], "--version") == 0)
        return print_version();
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        if (strcmp(argv[1], commands[i].name) == 0)
            return run_command(&commands[i], argc - 2, argv + 2);
    problem_set(&problem, "there is no command '%s'; see 'applepath --help'", argv[1]);
    return complain("", &problem);
}
