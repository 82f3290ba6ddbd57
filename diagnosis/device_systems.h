/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which system runs on a device?  Its HTTP requests in clear may say so.
 */
#ifndef APPLEPATH_DIAGNOSIS_DEVICE_SYSTEMS_H
#define APPLEPATH_DIAGNOSIS_DEVICE_SYSTEMS_H

#include "diagnosis/builder.h"

#define SYSTEM_TEXT_SIZE 64

/* Reads "iOS 11.2 (iPad4,1)", "macOS 10.15.7" or "Darwin 17.5.0" out of a User-Agent
 * into `text`. Returns how much it says: 0 nothing, 1 the kernel's release, 2 the
 * system's, 3 the model, too. */
int device_system_read(const char *user_agent, char text[SYSTEM_TEXT_SIZE]);

/* Fills the systems of the diagnosis' devices; of several the one that says most, the
 * latest of these. False and a problem when the database fails. */
bool device_systems_fill(struct builder *builder);

#endif
