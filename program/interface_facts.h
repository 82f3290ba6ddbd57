/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What does the system say of an interface: link, speed, MTU, mode, offloads, ring?
 */
#ifndef APPLEPATH_PROGRAM_INTERFACE_FACTS_H
#define APPLEPATH_PROGRAM_INTERFACE_FACTS_H

#include "diagnosis/fitness.h"

/* Asks for all that the system tells of the interface `name`, which is borrowed, while it
 * is captured from and before rights are given up. What is not told is left unknown. */
void interface_facts_read(struct fitness_interface *interface, const char *name);

#endif
