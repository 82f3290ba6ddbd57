/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When does a command that reads what strangers wrote give up which rights?  In two
 * steps: before it opens captures and databases, and again when all is open.  Does
 * nothing where --no-sandbox was given.
 */
#ifndef APPLEPATH_PROGRAM_CONFINEMENT_H
#define APPLEPATH_PROGRAM_CONFINEMENT_H

#include "program/options.h"
#include "program/output.h"
#include "program/sandbox.h"

/* Before the first foreign byte is read: no socket, no other program, and of files the
 * captures, and the folders of the database and of the output. A filter that names hosts
 * has to look them up, so that with a filter all waits for the second step. Returns what
 * holds (program/sandbox.h). */
unsigned confine_opening(const struct options *options);

/* When all is open: of the database's folder only the database. `writes`: it was opened
 * for writing; `held` is what confine_opening returned. Returns what now holds. */
unsigned confine_running(const struct options *options, const struct output *output, bool writes,
                         unsigned held);

/* Leaves the system's roots in reach: they are read when a chain is first held against
 * them, and without them a forged one would look like one of a private authority. */
void confine_permit_roots(struct sandbox *sandbox);

#endif
