/* ledger: see ledger.h. */
#include "feedback/control/ledger.h"

#include "obs/log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* At a rest of 12 ms after each bite a part takes some three seconds. */
#define PART_ROWS 100000
#define BITE      "500"

/* Files one after another, or rows of one large file; to_row is open for the last of it, since rows that were mended
 * may stand behind those that were read. */
struct part {
    size_t first, last; /* of the files found */
    int64_t from_row, to_row;
};

/* What a file brought stands together, in the order of its rows: the index of page ranges finds a part. */
#define CURSOR                                                                                                         \
    "DECLARE ledger NO SCROLL CURSOR FOR SELECT file_id, amount, sums FROM order_line WHERE file_id BETWEEN %" PRId64  \
    " AND %" PRId64 " AND row_no BETWEEN %" PRId64 " AND %" PRId64
static const struct stmt FETCH = { "ledger_fetch", "FETCH " BITE " FROM ledger" };

/* Pages that no summary covers yet belong to every part. It waits for nobody: a vacuum that holds the table does the
 * same at its end, and would be ended for whoever waits for a second. On Citus the vacuum of the shards does it. */
static const struct stmt PATIENCE = { "ledger_patience", "SELECT set_config('lock_timeout', '200', true)" };
static const struct stmt SUMMARISE = { "ledger_summarise", "SELECT brin_summarize_new_values('order_line_file')" };

static void summarise(struct db *db)
{
    struct err err;

    if (db_begin(db, &err) == 0 && db_exec(db, &PATIENCE, NULL, NULL, &err) == 0 &&
        db_exec(db, &SUMMARISE, NULL, NULL, &err) == 0 && db_commit(db, &err) == 0)
        return;
    log_debug("ledger_not_summarised", "error=\"%s\"", err.text); /* a part then takes longer, nothing else */
    db_rollback(db);
}

static bool next_part(const struct totals_found *found, struct part *part)
{
    bool cut = part->to_row != INT64_MAX; /* within a large file */
    size_t at = cut ? part->first : part->last + 1;
    int64_t rows;

    if (at >= found->count)
        return false;
    *part = (struct part) { at, at, cut ? part->to_row + 1 : 1, INT64_MAX };
    if (found->rows_read[at] - part->from_row >= PART_ROWS) {
        part->to_row = part->from_row + PART_ROWS - 1;
        return true;
    }
    rows = found->rows_read[at];
    while (part->from_row == 1 && part->last + 1 < found->count && rows + found->rows_read[part->last + 1] <= PART_ROWS)
        rows += found->rows_read[++part->last];
    return true;
}

static int by_number(const void *a, const void *b)
{
    const int64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

static void add_row(struct totals_found *found, const struct db_rows *rows, int row)
{
    int64_t file_id = db_i64(rows, row, 0), sums[SUMS_MAX];
    struct copy_cell cell;
    size_t len, file;
    const int64_t *at = bsearch(&file_id, found->columns[TOTALS_FILE], found->count, sizeof file_id, by_number);

    if (!at) /* of a file that isn't due */
        return;
    file = (size_t)(at - found->columns[TOTALS_FILE]);
    found->columns[TOTALS_LEDGER_ROWS][file]++;
    found->columns[TOTALS_LEDGER_AMOUNT][file] += db_i64(rows, row, 1);
    if (db_is_null(rows, row, 2))
        return;
    cell.bytes = db_bytes(rows, row, 2, &len);
    cell.len = (int32_t)len;
    for (int k = 0, count = copy_cell_ints(&cell, sums, SUMS_MAX); k < count; k++)
        found->ledger_sums[file][k] += sums[k];
}

static int read_part(struct db *db, struct runtime *rt, struct totals_found *found, const struct part *part,
                     int64_t pause_us, struct err *err)
{
    const int64_t *ids = found->columns[TOTALS_FILE];
    struct db_rows rows;
    char sql[256];
    int count;

    snprintf(sql, sizeof sql, CURSOR, ids[part->first], ids[part->last], part->from_row, part->to_row);
    if (db_run(db, sql, err) != 0)
        return -1;
    do {
        if (db_query(db, &FETCH, NULL, &rows, err) != 0)
            return -1;
        count = rows.count;
        for (int i = 0; i < count; i++)
            add_row(found, &rows, i);
        db_rows_fini(&rows);
        usleep((useconds_t)pause_us);
    } while (count && !runtime_stopping(rt));
    return count ? err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops") : 0;
}

int ledger_add_up(struct db *db, struct runtime *rt, struct totals_found *found, int64_t pause_us, struct err *err)
{
    struct part part = { .last = (size_t)-1, .to_row = INT64_MAX };
    int rc = 0;

    while (rc == 0 && next_part(found, &part)) {
        if (part.from_row == 1 && part.to_row != INT64_MAX) /* a large file begins */
            summarise(db);
        rc = db_begin_read(db, err);
        if (rc == 0)
            rc = read_part(db, rt, found, &part, pause_us, err);
        db_rollback(db);
    }
    return rc;
}
