/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A disk that is full, or fails, or a process that is killed while it writes: SQLite's own
 * way to files (sqlite3_vfs) with a look at each write, sync, truncation, new file and
 * removal on the way.
 */
#include <signal.h>
#include <sqlite3.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#include "tests/faults/failing.h"

/* Ours, and behind it the real one. */
struct failing_file {
    sqlite3_file base;
    sqlite3_file *real;
};

static struct failing *disk;
static sqlite3_vfs *real_disk;
static sqlite3_io_methods methods; /* file_methods, or without what is about shared memory */

/* The call whose turn it is comes back from here only to fail. */
static bool is_turn(void)
{
    if (!failing_turn(disk))
        return false;
    if (disk->kills)
        kill(getpid(), SIGKILL);
    return true;
}

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct failing_file *)(void *)file)->real;
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *to, int count, sqlite3_int64 offset)
{
    return real_of(file)->pMethods->xRead(real_of(file), to, count, offset);
}

static int file_write(sqlite3_file *file, const void *from, int count, sqlite3_int64 offset)
{
    /* Half of it may be there already. */
    if (failing_turn(disk)) {
        real_of(file)->pMethods->xWrite(real_of(file), from, count / 2, offset);
        if (disk->kills)
            kill(getpid(), SIGKILL);
        return SQLITE_FULL;
    }
    return real_of(file)->pMethods->xWrite(real_of(file), from, count, offset);
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    return is_turn() ? SQLITE_IOERR_TRUNCATE
                     : real_of(file)->pMethods->xTruncate(real_of(file), size);
}

static int file_sync(sqlite3_file *file, int flags)
{
    return is_turn() ? SQLITE_IOERR_FSYNC : real_of(file)->pMethods->xSync(real_of(file), flags);
}

static int file_size(sqlite3_file *file, sqlite3_int64 *size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *result)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), result);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_characteristics(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_map(sqlite3_file *file, int page, int size, int extend, void volatile **to)
{
    /* Memory that is shared is made in a file, which may have no room to grow. */
    if (extend && is_turn())
        return SQLITE_IOERR_SHMSIZE;
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, to);
}

static int file_map_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_map_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_unmap(sqlite3_file *file, int remove)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), remove);
}

static const sqlite3_io_methods file_methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_characteristics,
    .xShmMap = file_map,
    .xShmLock = file_map_lock,
    .xShmBarrier = file_map_barrier,
    .xShmUnmap = file_unmap,
};

static int disk_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *given)
{
    struct failing_file *ours = (struct failing_file *)(void *)file;
    int code;

    (void)vfs;
    ours->real = (sqlite3_file *)(void *)(ours + 1);
    ours->base.pMethods = NULL;
    if ((flags & SQLITE_OPEN_CREATE) != 0 && is_turn())
        return SQLITE_CANTOPEN;
    code = real_disk->xOpen(real_disk, name, ours->real, flags, given);
    if (ours->real->pMethods != NULL)
        ours->base.pMethods = &methods;
    return code;
}

static int disk_delete(sqlite3_vfs *vfs, const char *name, int sync_folder)
{
    (void)vfs;
    return is_turn() ? SQLITE_IOERR_DELETE : real_disk->xDelete(real_disk, name, sync_folder);
}

void failing_disk_begin(struct failing *failing)
{
    static sqlite3_vfs ours;

    disk = failing;
    methods = file_methods;
    methods.iVersion = failing->lacks_shared_memory ? 1 : 2;
    real_disk = sqlite3_vfs_find(NULL);
    ours = *real_disk;
    ours.pNext = NULL;
    ours.zName = "failing";
    ours.szOsFile = (int)sizeof(struct failing_file) + real_disk->szOsFile;
    ours.xOpen = disk_open;
    ours.xDelete = disk_delete;
    sqlite3_vfs_register(&ours, 1);
}
