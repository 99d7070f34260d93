/* report_list_store: lists and summaries of reports; see report_store.h. */
#include "feedback/reports/report_rows.h"

#include <string.h>

#define TALLIES_MAX 2000
#define TEXTS_MAX   500

/* $1 to $5 of every statement here. */
#define CHOSEN                                                                                                         \
    "($1::int[] IS NULL OR unit_id = ANY($1::int[])) AND ($2 = '' OR template = $2) AND ($3 = '' OR theme = $3)"       \
    " AND ($4::date IS NULL OR from_day >= $4::date) AND ($5::date IS NULL OR from_day < $5::date)"
/* A duty that counts on day $6: its day has passed, or it is submitted. */
#define COUNTS "owed_day IS NOT NULL AND (state = 2 OR due_day < $6::date)"

static const struct stmt LIST = {
    "report_list",
    "SELECT " REPORT_COLUMNS " FROM report WHERE " CHOSEN " AND ($6 = '' OR author = $6) AND state = ANY($7::int[])"
    " AND (NOT $8::boolean OR due_day < $9::date) AND ($10::date IS NULL"
    " OR (coalesce(due_day, 'infinity'), id) > ($10::date, $11)) ORDER BY coalesce(due_day, 'infinity'), id"
    " LIMIT $12::int"
};
static const struct stmt COUNT = {
    "report_count",
    "SELECT city_id, theme, count(*) FILTER (WHERE state = 2), count(*) FILTER (WHERE " COUNTS "),"
    " count(*) FILTER (WHERE state = 2 AND owed_day IS NOT NULL AND submitted_day <= due_day),"
    " count(*) FILTER (WHERE state <> 2 AND due_day < $6::date), count(*) FILTER (WHERE rated) FROM report"
    " WHERE " CHOSEN " GROUP BY city_id, theme ORDER BY city_id, theme"
};
static const struct stmt TALLY = { "report_tally",
                                   "SELECT city_id, theme, template, v.field, v.word, count(*) FROM report"
                                   " JOIN report_value v ON v.report_id = report.id WHERE " CHOSEN
                                   " AND state = 2 AND v.kind = 2"
                                   " GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 6 DESC, 5 LIMIT $6::int" };
static const struct stmt NUMBERS = {
    "report_numbers", "SELECT city_id, theme, template, v.field, count(*), min(v.number),"
                      " percentile_disc(0.5) WITHIN GROUP (ORDER BY v.number), max(v.number), v.kind FROM report"
                      " JOIN report_value v ON v.report_id = report.id WHERE " CHOSEN
                      " AND state = 2 AND v.kind IN (1, 3) GROUP BY 1, 2, 3, 4, 9 ORDER BY 1, 2, 3, 4, 9 LIMIT $6::int"
};
static const struct stmt TEXTS = {
    "report_texts",
    "SELECT city_id, theme, template, field, unit_id, id, word, submitted_at FROM (SELECT city_id, theme, template,"
    " v.field, unit_id, id, v.word, submitted_at, row_number() OVER (PARTITION BY city_id, theme, template, v.field"
    " ORDER BY submitted_at DESC, id) AS place FROM report JOIN report_value v ON v.report_id = report.id"
    " WHERE " CHOSEN " AND state = 2 AND v.kind = 0) t WHERE place <= $6::int"
    " ORDER BY city_id, theme, template, field, place LIMIT $7::int"
};
static const struct stmt TOTALS = {
    "report_totals",
    "SELECT unit_id, template, count(*) FILTER (WHERE " COUNTS "),"
    " count(*) FILTER (WHERE state = 2 AND owed_day IS NOT NULL AND submitted_day <= due_day),"
    " count(*) FILTER (WHERE state = 2), coalesce(sum(filled) FILTER (WHERE state = 2), 0),"
    " coalesce(sum(fields) FILTER (WHERE " COUNTS "), 0), count(*) FILTER (WHERE state = 2 AND owed_day IS NOT NULL),"
    " count(DISTINCT date_trunc('week', from_day::timestamp)) FILTER (WHERE state = 2 AND owed_day IS NULL),"
    " count(*) FILTER (WHERE rated), coalesce(sum(rating) FILTER (WHERE rated), 0) FROM report WHERE " CHOSEN
    " GROUP BY unit_id, template ORDER BY unit_id, template"
};

static void arg_day(struct db_args *args, int32_t day)
{
    if (day == REPORT_NO_DAY)
        db_arg_null(args);
    else
        db_arg_date(args, day);
}

/* $1 to $5. */
static void begin(struct tx *tx, const struct report_filter *filter, struct db_args *args)
{
    int32_t *units = arena_array(tx_arena(tx), int32_t, filter->unit_count + 1);

    for (size_t i = 0; i < filter->unit_count; i++)
        units[i] = (int32_t)filter->units[i];
    db_args_init(args, tx_arena(tx));
    if (filter->units)
        db_arg_i32_array(args, units, filter->unit_count);
    else
        db_arg_null(args);
    db_arg_text(args, filter->template_);
    db_arg_text(args, filter->theme);
    arg_day(args, filter->from_day);
    arg_day(args, filter->until_day);
}

/* --- lists ---------------------------------------------------------------------------------------------------------
 */
int report_store_list(struct tx *tx, const struct report_filter *filter, int32_t after_due, const char *after_id,
                      uint32_t limit, struct report **rows, size_t *count, struct err *err)
{
    static const struct {
        const char *word;
        int32_t states[4];
        size_t count;
    } asked[] = {
        { "owed", { REPORT_OWED }, 1 },
        { "draft", { REPORT_DRAFT }, 1 },
        { "submitted", { REPORT_SUBMITTED }, 1 },
        { "returned", { REPORT_RETURNED }, 1 },
        { "open", { REPORT_OWED, REPORT_DRAFT, REPORT_RETURNED }, 3 },
        { "overdue", { REPORT_OWED, REPORT_DRAFT, REPORT_RETURNED }, 3 },
        { "", { REPORT_OWED, REPORT_DRAFT, REPORT_SUBMITTED, REPORT_RETURNED }, 4 },
    };
    size_t which = 0;
    struct db_args args;

    while (asked[which].word[0] && strcmp(asked[which].word, filter->state) != 0)
        which++;
    begin(tx, filter, &args);
    db_arg_text(&args, filter->author);
    db_arg_i32_array(&args, asked[which].states, asked[which].count);
    db_arg_bool(&args, strcmp(filter->state, "overdue") == 0);
    db_arg_date(&args, filter->today);
    arg_day(&args, after_due);
    db_arg_text(&args, after_id);
    db_arg_i32(&args, (int32_t)limit);
    return report_query(tx_db(tx), tx_arena(tx), &LIST, &args, rows, count, err);
}

/* --- summaries -----------------------------------------------------------------------------------------------------
 */
struct summary {
    struct tx *tx;
    const struct report_filter *filter;
    const char *(*code_of)(void *arg, uint32_t unit);
    void *arg;
    Bihuan__SummarizeReportsReply *reply;
};

static char *code(const struct summary *s, const struct db_rows *rows, int i, int col)
{
    return (char *)(uintptr_t)s->code_of(s->arg, (uint32_t)db_i32(rows, i, col));
}

static char *text(const struct summary *s, const struct db_rows *rows, int i, int col)
{
    return arena_strdup(tx_arena(s->tx), db_text(rows, i, col));
}

static int add_counts(struct summary *s, struct err *err)
{
    Bihuan__SummarizeReportsReply *reply = s->reply;
    struct db_args args;
    struct db_rows rows;

    begin(s->tx, s->filter, &args);
    db_arg_date(&args, s->filter->today);
    if (db_query(tx_db(s->tx), &COUNT, &args, &rows, err) != 0)
        return -1;
    reply->n_counts = (size_t)rows.count;
    reply->counts = arena_array(tx_arena(s->tx), Bihuan__ReportCount *, reply->n_counts);
    for (int i = 0; i < rows.count; i++) {
        Bihuan__ReportCount *out = reply->counts[i] = arena_new(tx_arena(s->tx), Bihuan__ReportCount);

        bihuan__report_count__init(out);
        out->city = code(s, &rows, i, 0);
        out->theme = text(s, &rows, i, 1);
        out->reports = (uint32_t)db_i64(&rows, i, 2);
        out->due = (uint32_t)db_i64(&rows, i, 3);
        out->on_time = (uint32_t)db_i64(&rows, i, 4);
        out->overdue = (uint32_t)db_i64(&rows, i, 5);
        out->rated = (uint32_t)db_i64(&rows, i, 6);
    }
    db_rows_fini(&rows);
    return 0;
}

/* Runs one that ends with a limit, which it is asked to pass by one; the rows up to it. */
static int query_most(struct summary *s, const struct stmt *stmt, struct db_args *args, int32_t most,
                      struct db_rows *rows, size_t *count, struct err *err)
{
    db_arg_i32(args, most + 1);
    if (db_query(tx_db(s->tx), stmt, args, rows, err) != 0)
        return -1;
    if (rows->count > most)
        s->reply->cut = true;
    *count = (size_t)(rows->count > most ? most : rows->count);
    return 0;
}

static int add_tallies(struct summary *s, struct err *err)
{
    Bihuan__SummarizeReportsReply *reply = s->reply;
    struct db_args args;
    struct db_rows rows;

    begin(s->tx, s->filter, &args);
    if (query_most(s, &TALLY, &args, TALLIES_MAX, &rows, &reply->n_tallies, err) != 0)
        return -1;
    reply->tallies = arena_array(tx_arena(s->tx), Bihuan__ReportTally *, reply->n_tallies);
    for (size_t n = 0; n < reply->n_tallies; n++) {
        Bihuan__ReportTally *out = reply->tallies[n] = arena_new(tx_arena(s->tx), Bihuan__ReportTally);
        int i = (int)n;

        bihuan__report_tally__init(out);
        out->city = code(s, &rows, i, 0);
        out->theme = text(s, &rows, i, 1);
        out->template_ = text(s, &rows, i, 2);
        out->field = text(s, &rows, i, 3);
        out->choice = text(s, &rows, i, 4);
        out->count = (uint32_t)db_i64(&rows, i, 5);
    }
    db_rows_fini(&rows);
    return 0;
}

static int add_numbers(struct summary *s, struct err *err)
{
    Bihuan__SummarizeReportsReply *reply = s->reply;
    struct db_args args;
    struct db_rows rows;

    begin(s->tx, s->filter, &args);
    if (query_most(s, &NUMBERS, &args, TALLIES_MAX, &rows, &reply->n_numbers, err) != 0)
        return -1;
    reply->numbers = arena_array(tx_arena(s->tx), Bihuan__ReportNumbers *, reply->n_numbers);
    for (size_t n = 0; n < reply->n_numbers; n++) {
        Bihuan__ReportNumbers *out = reply->numbers[n] = arena_new(tx_arena(s->tx), Bihuan__ReportNumbers);
        int i = (int)n;

        bihuan__report_numbers__init(out);
        out->city = code(s, &rows, i, 0);
        out->theme = text(s, &rows, i, 1);
        out->template_ = text(s, &rows, i, 2);
        out->field = text(s, &rows, i, 3);
        out->count = (uint32_t)db_i64(&rows, i, 4);
        out->min = db_i64(&rows, i, 5);
        out->median = db_i64(&rows, i, 6);
        out->max = db_i64(&rows, i, 7);
        out->scale = db_i16(&rows, i, 8) == REPORT_VALUE_MONEY ? (uint32_t)runtime_money_scale(tx_runtime(s->tx)) : 0;
    }
    db_rows_fini(&rows);
    return 0;
}

static int add_texts(struct summary *s, uint32_t latest, struct err *err)
{
    Bihuan__SummarizeReportsReply *reply = s->reply;
    struct db_args args;
    struct db_rows rows;

    begin(s->tx, s->filter, &args);
    db_arg_i32(&args, (int32_t)latest);
    if (query_most(s, &TEXTS, &args, TEXTS_MAX, &rows, &reply->n_texts, err) != 0)
        return -1;
    reply->texts = arena_array(tx_arena(s->tx), Bihuan__ReportText *, reply->n_texts);
    for (size_t n = 0; n < reply->n_texts; n++) {
        Bihuan__ReportText *out = reply->texts[n] = arena_new(tx_arena(s->tx), Bihuan__ReportText);
        int i = (int)n;

        bihuan__report_text__init(out);
        out->city = code(s, &rows, i, 0);
        out->theme = text(s, &rows, i, 1);
        out->template_ = text(s, &rows, i, 2);
        out->field = text(s, &rows, i, 3);
        out->unit = code(s, &rows, i, 4);
        out->report = text(s, &rows, i, 5);
        out->text = text(s, &rows, i, 6);
        out->at = db_time(&rows, i, 7);
    }
    db_rows_fini(&rows);
    return 0;
}

int report_store_summary(struct tx *tx, const struct report_filter *filter, uint32_t latest,
                         const char *(*code_of)(void *arg, uint32_t unit), void *arg,
                         Bihuan__SummarizeReportsReply *reply, struct err *err)
{
    struct summary s = { tx, filter, code_of, arg, reply };

    return add_counts(&s, err) != 0 || add_tallies(&s, err) != 0 || add_numbers(&s, err) != 0 ||
                   add_texts(&s, latest, err) != 0
               ? -1
               : 0;
}

int report_store_totals(struct tx *tx, const struct report_filter *filter, struct report_unit_totals **out,
                        size_t *count, struct err *err)
{
    struct db_args args;
    struct db_rows rows;

    begin(tx, filter, &args);
    db_arg_date(&args, filter->today);
    if (db_query(tx_db(tx), &TOTALS, &args, &rows, err) != 0)
        return -1;
    *count = (size_t)rows.count;
    *out = arena_array(tx_arena(tx), struct report_unit_totals, *count + 1);
    for (int i = 0; i < rows.count; i++) {
        struct report_unit_totals *row = &(*out)[i];

        *row = (struct report_unit_totals) { .unit = (uint32_t)db_i32(&rows, i, 0),
                                             .template_ = arena_strdup(tx_arena(tx), db_text(&rows, i, 1)) };
        row->totals = (struct report_totals) { .due = (uint32_t)db_i64(&rows, i, 2),
                                               .on_time = (uint32_t)db_i64(&rows, i, 3),
                                               .submitted = (uint32_t)db_i64(&rows, i, 4),
                                               .filled = (uint64_t)db_i64(&rows, i, 5),
                                               .values_wanted = (uint64_t)db_i64(&rows, i, 6),
                                               .slots = (uint32_t)db_i64(&rows, i, 2),
                                               .slots_told = (uint32_t)(db_i64(&rows, i, 7) + db_i64(&rows, i, 8)),
                                               .rated = (uint32_t)db_i64(&rows, i, 9),
                                               .rating_sum = (uint64_t)db_i64(&rows, i, 10) };
    }
    db_rows_fini(&rows);
    return 0;
}
