/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How do facts come back?  A kind and the limits of what is wanted come in; the
 * facts go out one after the other, each read into one struct that is used again.
 */
#include "storage/facts.h"

#include <stdlib.h>
#include <string.h>

#include "storage/answer_records.h"
#include "storage/store_private.h"

/* One walk over rows, with what it borrows while it lasts. */
struct walk {
    struct store *store;
    enum table table;
    sqlite3_stmt *statement;
    bool statement_owned; /* the prepared one was busy: a walk within a walk */
    const struct short_form *form; /* of its rows; NULL: all columns */
    struct answer_records *records; /* of the last DNS transaction; NULL for other kinds */
};

static int begin_walk(struct walk *walk, struct store *store, enum table table, unsigned statement)
{
    int code;

    memset(walk, 0, sizeof *walk);
    walk->store = store;
    walk->table = table;
    code = statements_find(&store->statements, statement, &walk->statement);
    if (code == SQLITE_OK && sqlite3_stmt_busy(walk->statement)) {
        walk->statement_owned = true;
        code = statements_copy(&store->statements, statement, &walk->statement);
    }
    if (table == TABLE_DNS && code == SQLITE_OK) {
        walk->records = malloc(sizeof *walk->records);
        if (walk->records == NULL)
            code = SQLITE_NOMEM;
    }
    return code;
}

static void end_walk(struct walk *walk)
{
    if (walk->statement_owned)
        sqlite3_finalize(walk->statement);
    else
        sqlite3_reset(walk->statement);
    free(walk->records);
}

/* They are the last column, in every form. Reading the next row takes a row's texts away. */
static void read_records(struct walk *walk, struct fact_dns *dns)
{
    int last = sqlite3_column_count(walk->statement) - 1;
    const unsigned char *json = sqlite3_column_text(walk->statement, last);
    int length = sqlite3_column_bytes(walk->statement, last);

    walk->records->count = 0;
    if (json != NULL && length > 0)
        answer_records_read((const char *)json, (size_t)length, walk->records);
    dns->records = walk->records->records;
    dns->record_count = walk->records->count;
}

/* SQLITE_OK at the end, be it the last row or the taker's wish. */
static int take_rows(struct walk *walk, fact_taker *take, void *owner)
{
    struct fact fact;
    const struct caution *caution = &walk->store->connection.caution;
    uint64_t rows = 0, bytes = 0;
    int code;

    while ((code = sqlite3_step(walk->statement)) == SQLITE_ROW) {
        memset(&fact, 0, sizeof fact);
        fact.kind = (enum fact_kind)walk->table;
        bytes += row_read(walk->statement, walk->table, walk->form, &fact.as);
        if (++rows > caution->most_rows || bytes > caution->most_bytes)
            return SQLITE_INTERRUPT;
        if (walk->table == TABLE_DNS)
            read_records(walk, &fact.as.dns);
        if (!take(owner, &fact))
            return SQLITE_OK;
    }
    return code == SQLITE_DONE ? SQLITE_OK : code;
}

/* Takes the rows, unless something went wrong before, and says what went wrong. */
static bool finish_walk(struct walk *walk, int code, fact_taker *take, void *owner,
                        struct problem *problem)
{
    if (code == SQLITE_OK)
        code = take_rows(walk, take, owner);
    if (code != SQLITE_OK)
        connection_problem(&walk->store->connection, code, problem);
    end_walk(walk);
    return code == SQLITE_OK;
}

static int bind_selection(sqlite3_stmt *statement, const struct fact_selection *selection,
                          char device[ADDRESS_TEXT_SIZE])
{
    int code = statement_bind_time(statement, 1, selection->since);

    if (code == SQLITE_OK)
        code = statement_bind_time(statement, 2, selection->until);
    if (code == SQLITE_OK)
        code = statement_bind_text(
            statement, 3,
            selection->device == NULL ? NULL : address_print(selection->device, device));
    return code;
}

static bool is_limited(const struct fact_selection *selection)
{
    return selection != NULL && (selection->since != TIMESTAMP_NONE ||
                                 selection->until != TIMESTAMP_NONE || selection->device != NULL);
}

static bool read_with(struct store *store, enum table table, unsigned statement,
                      const struct short_form *form, const struct fact_selection *selection,
                      fact_taker *take, void *owner, struct problem *problem)
{
    char device[ADDRESS_TEXT_SIZE];
    struct walk walk;
    int code = begin_walk(&walk, store, table, statement);

    walk.form = form;
    /* What tells of the capture, or of a thing and not of a time, has no limits. */
    if (code == SQLITE_OK && sqlite3_bind_parameter_count(walk.statement) > 0)
        code = bind_selection(walk.statement, selection, device);
    return finish_walk(&walk, code, take, owner, problem);
}

bool facts_read(struct store *store, enum fact_kind kind, const struct fact_selection *selection,
                fact_taker *take, void *owner, struct problem *problem)
{
    unsigned first = is_limited(selection) ? STATEMENT_READ_ROWS : STATEMENT_READ_ALL_ROWS;

    return read_with(store, (enum table)kind, first + (unsigned)kind, NULL, selection, take, owner,
                     problem);
}

bool facts_read_share(struct store *store, enum fact_share share,
                      const struct fact_selection *selection, fact_taker *take, void *owner,
                      struct problem *problem)
{
    unsigned first = is_limited(selection) ? STATEMENT_READ_SHARE : STATEMENT_READ_ALL_SHARE;

    return read_with(store, share_table(share), first + (unsigned)share,
                     share_form(&store->statements, share), selection, take, owner, problem);
}

/* `statement` takes a flow's number. */
static bool read_of_flow(struct store *store, enum table table, unsigned statement,
                         const struct short_form *form, uint64_t flow, fact_taker *take,
                         void *owner, struct problem *problem)
{
    struct walk walk;
    int code = begin_walk(&walk, store, table, statement);

    walk.form = form;
    if (code == SQLITE_OK)
        code = statement_bind_count(walk.statement, 1, flow);
    return finish_walk(&walk, code, take, owner, problem);
}

bool facts_read_events_of(struct store *store, uint64_t flow, fact_taker *take, void *owner,
                          struct problem *problem)
{
    return read_of_flow(store, TABLE_EVENT, STATEMENT_READ_EVENTS_OF, NULL, flow, take, owner,
                        problem);
}

bool facts_read_flow(struct store *store, uint64_t flow, fact_taker *take, void *owner,
                     struct problem *problem)
{
    return read_of_flow(store, TABLE_FLOW, STATEMENT_READ_FLOW, NULL, flow, take, owner, problem);
}

bool facts_read_tls_of(struct store *store, uint64_t flow, fact_taker *take, void *owner,
                       struct problem *problem)
{
    return read_of_flow(store, TABLE_TLS, STATEMENT_READ_TLS_OF, NULL, flow, take, owner, problem);
}

bool facts_read_tls_in_short_of(struct store *store, uint64_t flow, fact_taker *take, void *owner,
                                struct problem *problem)
{
    return read_of_flow(store, TABLE_TLS, STATEMENT_READ_TLS_IN_SHORT_OF,
                        &store->statements.forms[TABLE_TLS], flow, take, owner, problem);
}

bool facts_read_between(struct store *store, enum fact_kind kind, int64_t since, int64_t until,
                        fact_taker *take, void *owner, struct problem *problem)
{
    enum statement statement = kind == FACT_DNS    ? STATEMENT_READ_DNS_BETWEEN
                               : kind == FACT_HTTP ? STATEMENT_READ_HTTP_BETWEEN
                                                   : STATEMENT_READ_NTP_BETWEEN;
    struct walk walk;
    int code = begin_walk(&walk, store, (enum table)kind, statement);

    if (code == SQLITE_OK)
        code = statement_bind_time(walk.statement, 1, since);
    if (code == SQLITE_OK)
        code = statement_bind_time(walk.statement, 2, until);
    return finish_walk(&walk, code, take, owner, problem);
}

uint64_t facts_unfinished_runs(struct store *store)
{
    sqlite3_stmt *statement = store->statements.prepared[STATEMENT_UNFINISHED_RUNS];
    /* A run that is being written, by this store or beside it, is not one of them until
     * it has failed. */
    int64_t own = store->problem.text[0] == '\0' ? store->numbers.run : 0;
    uint64_t count = 0;
    int code = store->connection.written_beside ? sqlite3_bind_null(statement, 1)
                                                : sqlite3_bind_int64(statement, 1, own);

    if (code == SQLITE_OK && sqlite3_step(statement) == SQLITE_ROW)
        count = statement_count(statement, 0);
    sqlite3_reset(statement);
    return count;
}
