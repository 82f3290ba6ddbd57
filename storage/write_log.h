/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How long is the write-ahead log, and does somebody keep it so?
 */
#ifndef APPLEPATH_STORAGE_WRITE_LOG_H
#define APPLEPATH_STORAGE_WRITE_LOG_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

/* Bytes of its file now, with what it leaves free for what comes; 0: there is none. */
uint64_t write_log_size(sqlite3 *database);

/* After a commit: is there more in it than the file could take over, since somebody reads
 * an older state? Then it cannot begin anew, and grows. */
bool write_log_is_held(sqlite3 *database);

#endif
