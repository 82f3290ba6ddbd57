/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a service manager is told: that the program is ready, alive, ending.
 */
#ifndef APPLEPATH_PROGRAM_NOTIFY_H
#define APPLEPATH_PROGRAM_NOTIFY_H

#include <stdint.h>

struct notify {
    int descriptor; /* -1: nobody wants to know */
    int64_t watchdog; /* nanoseconds within which it must hear; 0: it does not wait */
};

/* Reads the environment that systemd sets (sd_notify(3), sd_watchdog_enabled(3)) and
 * connects; before a sandbox forbids it. */
void notify_open(struct notify *notify);
void notify_close(struct notify *notify);

/* Sends "READY=1", "WATCHDOG=1", "STOPPING=1" or "STATUS=..."; failure is nobody's matter. */
void notify_tell(const struct notify *notify, const char *state);

#endif
