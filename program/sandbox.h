/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What may a process that parses packets still do?  Compute, read and write what it
 * has open, and open the few files that it named before.  A packet that took the
 * parser over finds no socket, no other program to run, no thread of another process
 * and no other file.  Linux: seccomp(2) for calls, landlock(7) for files, each where
 * the kernel has it; elsewhere nothing.
 */
#ifndef APPLEPATH_PROGRAM_SANDBOX_H
#define APPLEPATH_PROGRAM_SANDBOX_H

#include <stdbool.h>
#include <stddef.h>

#define SANDBOX_PATH_LIMIT 4096u

enum sandbox_access {
    SANDBOX_READ, /* a file, or a folder with all that is in it */
    SANDBOX_CHANGE, /* a file: read, written, made shorter */
    SANDBOX_TIDY, /* a folder: files may be removed from it */
    SANDBOX_REPLACE, /* a folder: and files given another name in it */
    SANDBOX_FILL /* a folder: files may be made, read, written and removed in it */
};

/* Which of the two hold; bits. */
enum sandbox_part { SANDBOX_CALLS = 1, SANDBOX_FILES = 2 };

/* Begin with all zero. */
struct sandbox {
    unsigned held; /* enum sandbox_part bits that hold since an earlier one was entered */
    int rules; /* descriptor of the landlock rules + 1; 0: there are none yet */
    unsigned path_count;
    bool files_open; /* a rule could not be kept: files are not limited */
};

/* Lets `path` be used so once the sandbox is entered; what is not there is passed over.
 * A link means what it leads to. */
void sandbox_permit(struct sandbox *sandbox, const char *path, enum sandbox_access access);

/* As sandbox_permit, for the folder that a file is in. */
void sandbox_permit_folder_of(struct sandbox *sandbox, const char *path,
                              enum sandbox_access access);

/* The database, which is open for writing (or for reading), with its side files and the
 * folder that SQLite sorts in. NULL: in memory, nothing. */
void sandbox_permit_database(struct sandbox *sandbox, const char *path, bool writes);

/* From here on, for all threads; there is no way back. Threads that the rules for files
 * are to hold must not run yet. A second one can only take away. Returns enum sandbox_part
 * bits; 0 where nothing could be done, and the process goes on without. */
unsigned sandbox_enter(struct sandbox *sandbox);

/* Lets go of what was planned and not entered. */
void sandbox_abandon(struct sandbox *sandbox);

/* What this build can do on this kernel: "seccomp, landlock", or "none (why)". */
const char *sandbox_abilities(void);

#endif
