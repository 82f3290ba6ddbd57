/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands of the program.  To add one, write program/cmd_NAME.c and add one
 * line to the table in program/commands.c.
 */
#ifndef APPLEPATH_PROGRAM_COMMANDS_H
#define APPLEPATH_PROGRAM_COMMANDS_H

#include "base/problem.h"
#include "program/options.h"

/* The contract's exit statuses. */
enum exit_status { EXIT_RAN = 0, EXIT_FOUND = 1, EXIT_UNABLE = 2 };

struct command {
    const char *name;
    const char *arguments; /* as shown by --help: "[-d DB] ... FILE..." */
    const char *summary; /* one line */
    const char *examples; /* lines, each "  applepath ...\n" */
    unsigned options; /* enum option_flag bits that it takes */
    size_t least_operands;
    size_t most_operands;
    enum exit_status (*run)(const struct options *options, struct problem *problem);
};

enum exit_status cmd_read(const struct options *options, struct problem *problem);
enum exit_status cmd_watch(const struct options *options, struct problem *problem);
enum exit_status cmd_report(const struct options *options, struct problem *problem);
enum exit_status cmd_evidence(const struct options *options, struct problem *problem);
enum exit_status cmd_export(const struct options *options, struct problem *problem);
enum exit_status cmd_diff(const struct options *options, struct problem *problem);
enum exit_status cmd_doctor(const struct options *options, struct problem *problem);
enum exit_status cmd_hosts(const struct options *options, struct problem *problem);

/* All of the program: parses, runs one command, prints its problem if it has one. */
int applepath_main(int argc, char **argv);

#endif
