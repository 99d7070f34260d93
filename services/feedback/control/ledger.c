/* ledger: see ledger.h. */
#include "feedback/control/ledger.h"

#include "obs/log.h"
#include "runtime/clock.h"

#include <stdlib.h>
#include <unistd.h>

/* Some ten milliseconds of work: a batch of the loader stands in the order of its buckets, so a smaller part would read
 * as many pages. While a snapshot is held, each batch adds a version of the rows that all of them update, and whoever
 * looks for such a row passes all its versions. */
#define PART_ROWS          20000
#define PARTS_TO_SUMMARISE 5           /* after so many parts the pages that came meanwhile are summarised, too */
#define RANGE_PAGES        INT64_C(64) /* of the index */
#define SUMMARISED_AT_ONCE 8
#define RESTS              10 /* times as long as it works: pages that come from the disk are somebody else's time, too */
#define NAP_US             50000 /* so soon it sees that the daemon stops */

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

/* Pages that no summary covers yet belong to every part. Full ranges alone are summarised: in one that isn't full yet,
 * each row that comes would change the summary. It waits for nobody: a vacuum that holds the table does the same at its
 * end, and would be ended for whoever waits for a second. On Citus the vacuum of the shards does it. */
static const struct stmt PATIENCE = { "ledger_patience", "SELECT set_config('lock_timeout', '100', true)" };
static const struct stmt PAGES = { "ledger_pages",
                                   "SELECT pg_relation_size('order_line') / current_setting('block_size')::int" };
static const struct stmt SUMMARISE = { "ledger_summarise",
                                       "SELECT sum(brin_summarize_range('order_line_file', b))"
                                       " FROM generate_series($1::bigint, $2::bigint - $3, $3::bigint) b" };

static int summarise_ranges(struct db *db, struct arena *arena, int64_t from, int64_t until, struct err *err)
{
    struct db_args args;

    arena_reset(arena);
    db_args_init(&args, arena);
    db_arg_i64(&args, from);
    db_arg_i64(&args, until);
    db_arg_i64(&args, RANGE_PAGES);
    if (db_begin(db, err) == 0 && db_exec(db, &PATIENCE, NULL, NULL, err) == 0 &&
        db_exec(db, &SUMMARISE, &args, NULL, err) == 0 && db_commit(db, err) == 0)
        return 0;
    db_rollback(db);
    return -1;
}

static void rest(const struct ledger *ledger, int64_t began_us)
{
    int64_t now = clock_monotonic_us(), wanted = RESTS * (now - began_us), until;

    until = now + (wanted > ledger->rest_us ? wanted : ledger->rest_us);
    while (!runtime_stopping(ledger->rt) && (now = clock_monotonic_us()) < until)
        usleep((useconds_t)(until - now < NAP_US ? until - now : NAP_US));
}

/* Where it can't be done, parts take longer, nothing else. */
static void summarise(struct ledger *ledger, struct arena *arena)
{
    int64_t pages, until;
    struct db_rows rows;
    struct err err;

    if (db_query(ledger->db, &PAGES, NULL, &rows, &err) != 0)
        return;
    pages = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    if (ledger->summarised > pages) /* it shrank */
        ledger->summarised = 0;
    while (ledger->summarised + RANGE_PAGES <= pages && !runtime_stopping(ledger->rt)) {
        int64_t began = clock_monotonic_us();

        until = ledger->summarised + RANGE_PAGES * SUMMARISED_AT_ONCE;
        until = until < pages ? until : pages;
        if (summarise_ranges(ledger->db, arena, ledger->summarised, until, &err) != 0) {
            log_debug("ledger_not_summarised", "error=\"%s\"", err.text);
            return;
        }
        ledger->summarised = until / RANGE_PAGES * RANGE_PAGES;
        rest(ledger, began);
    }
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
            summarise(ledger, &arena);
        began = clock_monotonic_us();
        rc = db_begin_read(ledger->db, err);
        if (rc == 0)
            rc = read_part(ledger->db, &arena, found, &part, err);
        db_rollback(ledger->db);
        rest(ledger, began);
        if (rc == 0 && runtime_stopping(ledger->rt))
            rc = err_fail(err, ERR_UNAVAILABLE, "stopping", "the daemon stops");
    }
    arena_fini(&arena);
    return rc;
}
