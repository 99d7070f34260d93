/* page_ranges: see page_ranges.h. */
#include "feedback/control/page_ranges.h"

#include "obs/log.h"
#include "runtime/clock.h"

#define RANGE_PAGES        INT64_C(64) /* of the index */
#define SUMMARISED_AT_ONCE 8

/* Full ranges alone are summarised: in one that isn't full yet, each row that comes would change the summary. It waits
 * for nobody: a vacuum that holds the table does the same at its end, and would be ended for whoever waits for a
 * second. On Citus the vacuum of the shards does it. */
static const struct stmt PATIENCE = { "ranges_patience", "SELECT set_config('lock_timeout', '100', true)" };
static const struct stmt PAGES = { "ranges_pages",
                                   "SELECT pg_relation_size('order_line') / current_setting('block_size')::int" };
static const struct stmt SUMMARISE = { "ranges_summarise",
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

void page_ranges_summarise(struct page_ranges *ranges, struct db *db, struct arena *arena, const struct rest *rest)
{
    int64_t pages, until;
    struct db_rows rows;
    struct err err;

    if (db_query(db, &PAGES, NULL, &rows, &err) != 0)
        return;
    pages = db_i64(&rows, 0, 0);
    db_rows_fini(&rows);
    if (ranges->summarised > pages) /* it shrank */
        ranges->summarised = 0;
    while (ranges->summarised + RANGE_PAGES <= pages && !runtime_stopping(rest->rt)) {
        int64_t began = clock_monotonic_us();

        until = ranges->summarised + RANGE_PAGES * SUMMARISED_AT_ONCE;
        until = until < pages ? until : pages;
        if (summarise_ranges(db, arena, ranges->summarised, until, &err) != 0) {
            log_debug("ranges_not_summarised", "error=\"%s\"", err.text);
            return;
        }
        ranges->summarised = until / RANGE_PAGES * RANGE_PAGES;
        rest_after(rest, began);
    }
}
