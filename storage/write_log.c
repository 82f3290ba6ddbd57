/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is committed goes to the log, and from there to the file as far as nobody reads an
 * older state; when all has gone there, and nobody reads, the log begins anew.
 */
#include "storage/write_log.h"

#include <stddef.h>

uint64_t write_log_size(sqlite3 *database)
{
    sqlite3_file *log = NULL;
    sqlite3_int64 length = 0;

    if (sqlite3_file_control(database, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) != SQLITE_OK ||
        log == NULL || log->pMethods == NULL || log->pMethods->xFileSize(log, &length) != SQLITE_OK)
        return 0;
    return (uint64_t)length;
}

bool write_log_is_held(sqlite3 *database)
{
    int pages = 0, taken_over = 0;

    return sqlite3_wal_checkpoint_v2(database, "main", SQLITE_CHECKPOINT_PASSIVE, &pages,
                                     &taken_over) == SQLITE_OK &&
           taken_over < pages;
}
