/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How is a database opened and closed?  A path comes in; a connection with
 * current tables goes out, or a sentence that says why not.
 *
 * One process writes at a time.  SQLite's own lock is let go between batches, and
 * two runs that took turns would give the same numbers to different flows; so a
 * writer holds a lock of its own on the file, on a byte past those that SQLite locks
 * (0x40000000 .. 0x400001ff).  It is taken last, since SQLite unlocks the whole file
 * until the write-ahead log is on, and then no more; and its descriptor is closed
 * last, since POSIX drops a process's locks when any descriptor of the file is.
 */
#include "storage/connection.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/caution.h"
#include "storage/schema.h"

#define WRITER_LOCK_BYTE 0x40000400
#define LOG_LEFT "4194304" /* bytes of the log that stay when it begins anew */

#ifndef O_CLOEXEC
#define O_CLOEXEC 0
#endif
#ifndef SQLITE_OPEN_NOFOLLOW
#define SQLITE_OPEN_NOFOLLOW 0 /* before 3.31 */
#endif

static const char *shown_name(const struct connection *connection)
{
    return connection->path != NULL ? connection->path : "the database in memory";
}

static bool disk_is_full(const struct connection *connection, int code)
{
    int cause = sqlite3_system_errno(connection->database);

    return (code & 0xff) == SQLITE_FULL || ((code & 0xff) == SQLITE_IOERR &&
                                            (cause == ENOSPC || cause == EDQUOT || cause == EFBIG));
}

bool connection_problem(const struct connection *connection, int code, struct problem *problem)
{
    const char *name = shown_name(connection);

    if (disk_is_full(connection, code))
        return problem_set(problem, "%s: the disk is full; free some space and start again", name);
    switch (code & 0xff) {
    case SQLITE_NOTADB:
        return problem_set(problem, "%s is not an applepath database; name another file for -d",
                           name);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
        return problem_set(problem,
                           "%s is in use by another applepath; wait or name another file "
                           "for -d",
                           name);
    case SQLITE_READONLY:
        if (!connection->writable && code == SQLITE_READONLY_ROLLBACK)
            return problem_set(problem,
                               "%s was left in the middle of a write; reading the capture "
                               "into it again with 'applepath read -d' mends it",
                               name);
        if (!connection->writable)
            return problem_set(problem,
                               "%s was left in the middle of a write; copy it, with the "
                               "files beside it, to a folder of your own",
                               name);
        /* fall through */
    case SQLITE_PERM:
        return problem_set(problem,
                           "%s cannot be written; name a file that you may write, in a "
                           "folder that you may write",
                           name);
    case SQLITE_CANTOPEN:
        return problem_set(problem,
                           "%s cannot be opened, or its folder cannot be written; copy it "
                           "to a folder of your own, or name another file for -d",
                           name);
    case SQLITE_NOMEM:
        return problem_set(problem, "%s: memory has run out; end other programs or %s", name,
                           connection->writable ? "read fewer captures at once"
                                                : "limit the report with --since and --until");
    case SQLITE_INTERRUPT: /* storage/caution.c: pages lead to the same ones again and again */
        return problem_set(problem,
                           "%s is damaged (it asks for more than a file of its size can hold); "
                           "read the captures again into a new database",
                           name);
    case SQLITE_ERROR: /* a table without our columns */
    case SQLITE_CORRUPT:
    case SQLITE_TOOBIG:
        return problem_set(problem,
                           "%s is damaged (%s); read the captures again into a new "
                           "database",
                           name, sqlite3_errmsg(connection->database));
    default:
        return problem_set(problem, "%s: %s; check the disk and its file system", name,
                           sqlite3_errstr(code));
    }
}

/* A path that SQLite takes as nothing but a path: not as a URI, ":memory:", or
 * the empty name of a temporary database. */
static char *plain_path(const char *path)
{
    size_t size = strlen(path) + sizeof "./";
    char *plain = malloc(size);

    if (plain != NULL)
        snprintf(plain, size, "%s%s", path[0] == '/' ? "" : "./", path);
    return plain;
}

/* Where a database is written: its folder without links, so that the file itself can be
 * refused when it is one. A folder that is not there is said by who opens the file. */
static char *written_path(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash == NULL ? strdup(".") : strndup(path, (size_t)(slash - path) + 1);
    char *place = folder == NULL ? NULL : realpath(folder, NULL);
    const char *name = slash == NULL ? path : slash + 1;
    char *written = NULL;

    free(folder);
    if (place == NULL || name[0] == '\0') {
        free(place);
        return plain_path(path);
    }
    size_t size = strlen(place) + strlen(name) + sizeof "/";
    written = malloc(size);
    if (written != NULL)
        snprintf(written, size, "%s/%s", place, name);
    free(place);
    return written;
}

/* Is there a file that a database may be?  Asked before it is opened, since opening
 * a pipe or a device can hang or do things. */
static bool check_file_kind(const char *path, struct problem *problem)
{
    struct stat status;

    if (stat(path, &status) != 0)
        return problem_set(problem, "%s: %s; name a database that `applepath read -d` wrote", path,
                           strerror(errno));
    if (S_ISDIR(status.st_mode))
        return problem_set(problem, "%s is a folder; name a file in it for -d", path);
    if (!S_ISREG(status.st_mode))
        return problem_set(problem, "%s is not an applepath database; name another file for -d",
                           path);
    return true;
}

static bool take_writer_lock(struct connection *connection, struct problem *problem)
{
    struct flock lock;

    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = WRITER_LOCK_BYTE;
    lock.l_len = 1;
    /* Other errors: a file system without locks, where SQLite has its own way. */
    if (fcntl(connection->lock, F_SETLK, &lock) == 0 || (errno != EACCES && errno != EAGAIN))
        return true;
    /* The other has found the file that we made: it is theirs to tidy and to keep. */
    connection->created = connection->writable = false;
    return connection_problem(connection, SQLITE_BUSY, problem);
}

/* In a folder where everybody may make files (sticky), one that a stranger laid ready
 * would be his to read: what was captured does not go there. */
static bool is_laid_ready(int descriptor, const char *place)
{
    struct stat file, status;
    const char *slash = strrchr(place, '/');
    char *folder = slash == NULL || slash == place ? strdup(slash == NULL ? "." : "/")
                                                   : strndup(place, (size_t)(slash - place));
    bool shared = folder == NULL || stat(folder, &status) != 0 || (status.st_mode & S_ISVTX) != 0;

    if (shared && folder != NULL)
        shared = fstat(descriptor, &file) != 0 ||
                 (file.st_uid != geteuid() && file.st_uid != status.st_uid);
    free(folder);
    return shared;
}

/* Makes the file if it is missing, with its mode from the first moment on; SQLite
 * gives its side files the same mode. */
static bool make_or_find_file(struct connection *connection, const char *place,
                              struct problem *problem)
{
    const char *path = connection->path;
    struct stat status;

    connection->lock = open(place, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    connection->created = connection->lock >= 0;
    if (connection->lock < 0 && errno == EEXIST) {
        if (lstat(place, &status) == 0 && S_ISLNK(status.st_mode))
            return problem_set(problem,
                               "%s is a symbolic link, and links are not followed for writing; "
                               "name the file itself for -d",
                               path);
        if (!check_file_kind(path, problem))
            return false;
        if (caution_journal_names_a_file(place))
            return problem_set(problem,
                               "%s-journal names a further file to be deleted, and is not of "
                               "applepath; remove it, or name another file for -d",
                               path);
        connection->lock = open(place, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
        if (connection->lock >= 0 && is_laid_ready(connection->lock, place))
            return problem_set(problem,
                               "%s belongs to another user, in a folder that everybody may "
                               "write; name another file for -d",
                               path);
    }
    if (connection->lock < 0)
        return problem_set(problem, "%s: %s; name a file that you may write for -d", path,
                           strerror(errno));
    return true;
}

static int run_sql(const struct connection *connection, const char *sql)
{
    return sqlite3_exec(connection->database, sql, NULL, NULL, NULL);
}

static int open_database(struct connection *connection, const char *name, int flags)
{
    /* Nobody asks SQLite how much memory it has, and counting it takes a lock at each call of
     * malloc; refused once a database is open, which does no harm. */
    sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    int code = sqlite3_open_v2(name, &connection->database, flags | SQLITE_OPEN_NOMUTEX, NULL);

    if (code == SQLITE_OK)
        code = caution_begin(connection->database, &connection->caution, connection->writable);
    /* Who makes our indexes, and who reads rows without them, sorts: in memory, which has a
     * bound that the disk has not, and in the sandbox no further file can be made. */
    return code == SQLITE_OK ? run_sql(connection, "PRAGMA temp_store = MEMORY") : code;
}

/* Says why a database of that state cannot be used; true when it can. */
static bool check_state(const struct connection *connection, enum schema_state state, int version,
                        struct problem *problem)
{
    const char *name = shown_name(connection);

    switch (state) {
    case SCHEMA_OURS:
        return true;
    case SCHEMA_EMPTY:
        if (connection->writable)
            return true;
        break;
    case SCHEMA_NEWER:
        return problem_set(problem,
                           "%s was written by a newer applepath (schema %d, this one "
                           "knows %d); use that version",
                           name, version, SCHEMA_VERSION);
    case SCHEMA_OLDER:
        return connection->writable ||
               problem_set(problem,
                           "%s was written by an older applepath (schema %d, this one "
                           "reads %d); it is upgraded when 'applepath read -d' adds to it",
                           name, version, SCHEMA_VERSION);
    case SCHEMA_DAMAGED:
        return problem_set(problem,
                           "%s was made by an earlier development version of applepath, or "
                           "is damaged; read the captures again into a new database",
                           name);
    case SCHEMA_FOREIGN:
        break;
    }
    return problem_set(problem, "%s is not an applepath database; name another file for -d", name);
}

static int note_wal(void *is_on, int count, char **values, char **names)
{
    (void)names;
    *(bool *)is_on = count == 1 && values[0] != NULL && strcmp(values[0], "wal") == 0;
    return 0;
}

static int ask_for_journal(const struct connection *connection, const char *sql, bool *is_wal)
{
    *is_wal = false;
    return sqlite3_exec(connection->database, sql, note_wal, is_wal, NULL);
}

/* With a write-ahead log others read while we write.  Where the file system cannot
 * have one, SQLite's own lock is kept throughout: nobody reads, but nobody writes.
 *
 * What marks the file as one with a log is a change of its own, before there is a log.
 * With a journal, a process killed within it would leave a database that nobody can read
 * until somebody writes; and it is a few bytes of one disk sector, which are there or are
 * not. */
static int use_write_ahead_log(const struct connection *connection, bool is_new)
{
    bool is_on = false;
    int code = ask_for_journal(connection, "PRAGMA journal_mode", &is_on);

    if (code != SQLITE_OK || is_on)
        return code;
    code = run_sql(connection, "PRAGMA journal_mode = MEMORY");
    /* Before the first page is written: what is there already stays as it is. */
    if (code == SQLITE_OK && is_new)
        code = run_sql(connection, "PRAGMA auto_vacuum = INCREMENTAL");
    if (code == SQLITE_OK)
        code = ask_for_journal(connection, "PRAGMA journal_mode = WAL", &is_on);
    if (code == SQLITE_OK && !is_on)
        code = run_sql(connection, "PRAGMA journal_mode = DELETE; PRAGMA locking_mode = EXCLUSIVE");
    return code;
}

static int prepare_for_writing(const struct connection *connection, enum schema_state state)
{
    int code = SQLITE_OK;

    if (connection->path != NULL)
        code = use_write_ahead_log(connection, state == SCHEMA_EMPTY);
    if (connection->path != NULL && code == SQLITE_OK)
        code = run_sql(connection, "PRAGMA synchronous = NORMAL;"
                                   "PRAGMA journal_size_limit = " LOG_LEFT);
    return code == SQLITE_OK ? schema_upgrade(connection->database) : code;
}

static bool set_up_writer(struct connection *connection, const char *name, struct problem *problem)
{
    enum schema_state state = SCHEMA_FOREIGN;
    int version = 0;
    int flags = SQLITE_OPEN_READWRITE |
                (connection->path == NULL ? SQLITE_OPEN_CREATE : SQLITE_OPEN_NOFOLLOW);
    int code = open_database(connection, name, flags);

    if (code == SQLITE_OK)
        code = schema_inspect(connection->database, &state, &version);
    if (code == SQLITE_OK)
        code = caution_measure(connection->database, &connection->caution);
    if (connection->path == NULL)
        caution_lift(&connection->caution);
    if (code == SQLITE_OK) {
        if (!check_state(connection, state, version, problem))
            return false;
        code = prepare_for_writing(connection, state);
    }
    return code == SQLITE_OK || connection_problem(connection, code, problem);
}

static bool keep_path(struct connection *connection, const char *path, char **plain,
                      struct problem *problem)
{
    *plain = connection->writable ? written_path(path) : plain_path(path);
    connection->path = strdup(path);
    if (*plain == NULL || connection->path == NULL)
        return problem_set(problem, "%s: memory has run out; end other programs", path);
    return true;
}

bool connection_open(struct connection *connection, const char *path, struct problem *problem)
{
    char *plain = NULL;
    bool opened;

    connection->writable = true;
    if (path == NULL)
        return set_up_writer(connection, ":memory:", problem);
    opened = keep_path(connection, path, &plain, problem) &&
             make_or_find_file(connection, plain, problem) &&
             set_up_writer(connection, plain, problem) && take_writer_lock(connection, problem);
    free(plain);
    return opened;
}

/* The name as a URI that promises SQLite that nobody writes: RFC 3986 section 2.1
 * for what must be escaped. */
static char *immutable_uri(const char *plain)
{
    static const char start[] = "file:", end[] = "?immutable=1", hexadecimal[] = "0123456789ABCDEF";
    char *uri = malloc(sizeof start + 3 * strlen(plain) + sizeof end);
    char *out = uri;

    if (uri == NULL)
        return NULL;
    out += snprintf(out, sizeof start, "%s", start);
    for (; *plain != '\0'; plain++) {
        unsigned char byte = (unsigned char)*plain;
        if (byte == '%' || byte == '?' || byte == '#' || byte < 0x21 || byte > 0x7e) {
            *out++ = '%';
            *out++ = hexadecimal[byte >> 4];
            *out++ = hexadecimal[byte & 15];
        } else {
            *out++ = (char)byte;
        }
    }
    snprintf(out, sizeof end, "%s", end);
    return uri;
}

static bool side_file_exists(const char *path, const char *ending)
{
    size_t size = strlen(path) + strlen(ending) + 1;
    char *name = malloc(size);
    struct stat status;
    bool exists = true; /* the careful answer when memory is out */

    if (name != NULL) {
        snprintf(name, size, "%s%s", path, ending);
        exists = stat(name, &status) == 0;
    }
    free(name);
    return exists;
}

/* Does SQLite refuse only because it cannot make the log that nobody needs?  With a
 * log or a journal beside the file, what the file holds is not all. */
static bool lacks_a_log(int code, const char *path)
{
    return ((code & 0xff) == SQLITE_CANTOPEN || (code & 0xff) == SQLITE_READONLY) &&
           access(path, R_OK) == 0 && !side_file_exists(path, "-wal") &&
           !side_file_exists(path, "-journal");
}

/* Opens, begins the one read transaction, and looks at what is there. */
static int open_and_inspect(struct connection *connection, const char *name, int flags,
                            enum schema_state *state, int *version)
{
    int code = open_database(connection, name, flags | SQLITE_OPEN_READONLY);

    if (code == SQLITE_OK)
        code = run_sql(connection, "BEGIN");
    if (code == SQLITE_OK)
        code = schema_inspect(connection->database, state, version);
    if (code == SQLITE_OK)
        code = caution_measure(connection->database, &connection->caution);
    return code;
}

static bool open_to_read(struct connection *connection, const char *path, struct problem *problem)
{
    enum schema_state state = SCHEMA_FOREIGN;
    int version = 0, code;
    char *plain = NULL, *uri = NULL;
    bool opened = false;

    if (!keep_path(connection, path, &plain, problem))
        goto done;
    code = open_and_inspect(connection, plain, 0, &state, &version);
    if (lacks_a_log(code, path) && (uri = immutable_uri(plain)) != NULL) {
        /* Marked for a write-ahead log that is not there, in a folder where none
         * can be made: nobody writes to it, so it can be read as it lies. */
        sqlite3_close(connection->database);
        connection->database = NULL;
        code = open_and_inspect(connection, uri, SQLITE_OPEN_URI, &state, &version);
    }
    opened = code == SQLITE_OK ? check_state(connection, state, version, problem)
                               : connection_problem(connection, code, problem);
done:
    free(uri);
    free(plain);
    return opened;
}

/* Does another process hold the writer's lock? Our own we would not see. */
static bool is_being_written(int descriptor)
{
    struct flock lock;

    memset(&lock, 0, sizeof lock);
    lock.l_type = F_WRLCK;
    lock.l_whence = SEEK_SET;
    lock.l_start = WRITER_LOCK_BYTE;
    lock.l_len = 1;
    return descriptor >= 0 && fcntl(descriptor, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK;
}

bool connection_open_readonly(struct connection *connection, const char *path,
                              struct problem *problem)
{
    if (!check_file_kind(path, problem))
        return false;
    /* Asked before and after what is seen is settled: whoever began or ended between the
     * two was at it. */
    connection->lock = open(path, O_RDONLY | O_CLOEXEC);
    connection->written_beside = is_being_written(connection->lock);
    if (!open_to_read(connection, path, problem))
        return false;
    if (!connection->written_beside)
        connection->written_beside = is_being_written(connection->lock);
    return true;
}

bool connection_is_written_beside(const struct connection *connection)
{
    return connection->written_beside ||
           (!connection->writable && is_being_written(connection->lock));
}

bool connection_open_beside(struct connection *connection, const char *path,
                            struct problem *problem)
{
    connection->written_beside = true;
    /* No descriptor of our own: closing one would drop the locks of the other. */
    return open_to_read(connection, path, problem);
}

int connection_measure(struct connection *connection)
{
    return connection->path == NULL ? SQLITE_OK
                                    : caution_measure(connection->database, &connection->caution);
}

int connection_rest(struct connection *connection)
{
    return sqlite3_get_autocommit(connection->database) ? SQLITE_OK : run_sql(connection, "COMMIT");
}

int connection_refresh(struct connection *connection)
{
    int code = connection_rest(connection);

    if (code == SQLITE_OK)
        code = run_sql(connection, "BEGIN; SELECT id FROM run LIMIT 1");
    return code == SQLITE_OK ? caution_measure(connection->database, &connection->caution) : code;
}

static void remove_side_file(const char *path, const char *ending)
{
    size_t size = strlen(path) + strlen(ending) + 1;
    char *name = malloc(size);

    if (name == NULL)
        return;
    snprintf(name, size, "%s%s", path, ending);
    unlink(name);
    free(name);
}

static void remove_files(const char *path)
{
    unlink(path);
    remove_side_file(path, "-wal");
    remove_side_file(path, "-shm");
    remove_side_file(path, "-journal");
}

/* Back to a single file, which can be copied and read from anywhere.  Where
 * somebody else reads it now, the log stays, and that is no harm.  The journal of the
 * one change that is left, two bytes of one disk sector, is kept in memory: in the
 * sandbox no further file can be made. */
static void leave_one_file(const struct connection *connection)
{
    if (!sqlite3_get_autocommit(connection->database))
        run_sql(connection, "ROLLBACK");
    sqlite3_busy_timeout(connection->database, 0);
    run_sql(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    run_sql(connection, "PRAGMA journal_mode = MEMORY");
}

static void end_connection(struct connection *connection, bool discard)
{
    const struct connection closed = CONNECTION_CLOSED;
    bool is_writers_file = connection->writable && connection->path != NULL;

    if (connection->database != NULL && is_writers_file && !discard)
        leave_one_file(connection);
    sqlite3_close(connection->database);
    if (discard && connection->path != NULL)
        remove_files(connection->path);
    if (connection->lock >= 0)
        close(connection->lock);
    free(connection->path);
    *connection = closed;
}

void connection_close(struct connection *connection)
{
    end_connection(connection, false);
}

void connection_discard(struct connection *connection)
{
    end_connection(connection, connection->created);
}
