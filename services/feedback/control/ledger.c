/* ledger: see ledger.h. */
#include "feedback/control/ledger.h"

#include "runtime/clock.h"

#include <stdlib.h>

/* Some ten milliseconds of work: a batch of the loader stands in the order of its buckets, so a smaller part would read
 * as many pages. While a snapshot is held, each batch adds a version of the rows that all of them update, and whoever
 * looks for such a row passes all its versions. */
#define PART_ROWS          20000
#define PARTS_TO_SUMMARISE 5 /* after so many parts the pages that came meanwhile are summarised, too */

/* Files one after another, or rows of one large file; to_row is open for the last of it, since rows that were mended
 * may stand behind those that were read. */
struct part {
    size_t first, last; /* of the files found */
    int64_t from_row, to_row;
};

/* What a file brought stands together, in the order of its rows: the index of page ranges finds a part. */
#define OF_PART " WHERE file_id BETWEEN $1 AND $2 AND row_no BETWEEN $3 AND $4"
static const struct stmt ADD_ROWS = { "ledger_rows", "SELECT file_id, count(*), sum(amount)::bigint, count(sums)"
                                                     " FROM order_line" OF_PART " GROUP BY 1" };
static const struct stmt ADD_COLUMNS = { "ledger_columns",
                                         "SELECT file_id, k, sum(v)::bigint FROM order_line,"
                                         " unnest(sums) WITH ORDINALITY s(v, k)" OF_PART " GROUP BY 1, 2" };

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

/* Its place among the files found; -1: it isn't due. */
static ptrdiff_t place_of(const struct totals_found *found, int64_t file_id)
{
    const int64_t *ids = found->columns[TOTALS_FILE];
    const int64_t *at = bsearch(&file_id, ids, found->count, sizeof file_id, by_number);

    return at ? at - ids : -1;
}

static bool add_rows(struct totals_found *found, const struct db_rows *rows)
{
    bool further = false;

    for (int i = 0; i < rows->count; i++) {
        ptrdiff_t at = place_of(found, db_i64(rows, i, 0));

        if (at < 0)
            continue;
        found->columns[TOTALS_LEDGER_ROWS][at] += db_i64(rows, i, 1);
        found->columns[TOTALS_LEDGER_AMOUNT][at] += db_i64(rows, i, 2);
        further = further || db_i64(rows, i, 3) > 0;
    }
    return further;
}

static void add_columns(struct totals_found *found, const struct db_rows *rows)
{
    for (int i = 0; i < rows->count; i++) {
        ptrdiff_t at = place_of(found, db_i64(rows, i, 0));
        int64_t k = db_i64(rows, i, 1);

        if (at >= 0 && k <= SUMS_MAX)
            found->ledger_sums[at][k - 1] += db_i64(rows, i, 2);
    }
}

static int read_part(struct db *db, struct arena *arena, struct totals_found *found, const struct part *part,
                     struct err *err)
{
    const int64_t *ids = found->columns[TOTALS_FILE];
    struct db_args args;
    struct db_rows rows;
    bool further;

    arena_reset(arena);
    db_args_init(&args, arena);
    db_arg_i64(&args, ids[part->first]);
    db_arg_i64(&args, ids[part->last]);
    db_arg_i64(&args, part->from_row);
    db_arg_i64(&args, part->to_row);
    if (db_query(db, &ADD_ROWS, &args, &rows, err) != 0)
        return -1;
    further = add_rows(found, &rows);
    db_rows_fini(&rows);
    if (!further)
        return 0;
    if (db_query(db, &ADD_COLUMNS, &args, &rows, err) != 0)
        return -1;
    add_columns(found, &rows);
    db_rows_fini(&rows);
    return 0;
}

int ledger_add_up(struct ledger *ledger, struct totals_found *found, struct err *err)
{
    struct part part = { .last = (size_t)-1, .to_row = INT64_MAX };
    struct arena arena;
    int rc = 0;

    arena_init(&arena);
    for (int i = 0; rc == 0 && next_part(found, &part); i++) {
        int64_t began;

        if (i % PARTS_TO_SUMMARISE == 0)
            page_ranges_summarise(&ledger->ranges, ledger->db, &arena, &ledger->rest);
        began = clock_monotonic_us();
        rc = db_begin_read(ledger->db, err);
        if (rc == 0)
            rc = read_part(ledger->db, &arena, found, &part, err);
        db_rollback(ledger->db);
        rest_after(&ledger->rest, began);
        if (rc == 0 && runtime_stopping(ledger->rest.rt))
            rc = err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops");
    }
    arena_fini(&arena);
    return rc;
}
