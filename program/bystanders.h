/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stands between the pipeline and the store: passes every fact on, but of very many hosts
 * only those of which something is told.  A flood makes up a host with each packet, and
 * has most of its connections only counted: the rows of such hosts say nothing to anybody.
 */
#ifndef APPLEPATH_PROGRAM_BYSTANDERS_H
#define APPLEPATH_PROGRAM_BYSTANDERS_H

#include "base/fact.h"

struct bystanders;

/* So many hosts of a run are told whoever they are. */
#define BYSTANDERS_HOSTS 8192u

/* `next` receives the facts; hosts come behind all others. NULL when memory is out.
 * Released by bystanders_release (NULL is allowed). */
struct bystanders *bystanders_create(struct fact_sink next);
void bystanders_release(struct bystanders *bystanders);

/* What the pipeline is to be given; good as long as `bystanders` lives. */
struct fact_sink bystanders_sink(struct bystanders *bystanders);

#endif
