/* Records to order lines, and order lines to contributions, as tables. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "feedback/measures/contribution.h"
#include "feedback/mapping/mapping.h"
#include "feedback/files/row_batch.h"
#include "feedback/feeds/watermark.h"

#include <string.h>

static struct arena arena;
static struct reference *reference;
static struct mapping mapping;
static struct binding binding;
static int64_t now = 20789 * US_PER_DAY; /* 2026-12-02 */

static char *text_of(const char *text)
{
    return (char *)(uintptr_t)text;
}

static void add_measure(uint32_t id, const char *value, const char *price, const char *place, const char *product)
{
    Bihuan__Measure measure = BIHUAN__MEASURE__INIT;
    Bihuan__MeasureFilter filter = BIHUAN__MEASURE_FILTER__INIT;
    char *products[] = { text_of(product) };

    measure.id = id;
    measure.code = text_of("m");
    measure.fact = text_of("order_line");
    measure.value = text_of(value);
    measure.filter = &filter;
    filter.price = text_of(price);
    filter.price_band_ppm = 100000;
    filter.place = text_of(place);
    filter.products = products;
    filter.n_products = product ? 1 : 0;
    assert_int_equal(reference_add_measure(reference, &measure, NULL), 0);
}

static void make_reference(void)
{
    reference = reference_new(4);
    reference_add_unit(reference, 1, "C1", "city", "", INT32_MAX, NULL);
    reference_add_unit(reference, 2, "C2", "city", "", INT32_MAX, NULL);
    reference_add_unit(reference, 3, "S1", "outlet", "store", INT32_MAX, NULL);
    reference_add_unit(reference, 4, "ann", "salesperson", "", INT32_MAX, NULL);
    reference_add_relation(reference, 3, "C1", 0, INT32_MAX, NULL);
    reference_add_relation(reference, 4, "S1", 0, INT32_MAX, NULL);
    reference_add_channel(reference, 1, "store", NULL);
    reference_add_product(reference, 1, "mobile", "", "", NULL);
    reference_add_product(reference, 2, "plan", "mobile", "100", NULL);
    reference_add_product(reference, 3, "gift", "mobile", "0", NULL);
    add_measure(1, "amount", "", "", NULL);
    add_measure(2, "count", "off_list", "", NULL);
    add_measure(3, "quantity", "", "outside", NULL);
    add_measure(4, "count", "", "", "mobile");
    reference_seal(reference);
}

static int set_up(void **state)
{
    static const struct {
        const char *field, *column, *format, *map;
    } columns[] = {
        { "time", "t", "yyyy-MM-dd", "" }, { "unit", "u", "", "um" },    { "seller", "s", "", "" },
        { "product", "p", "", "" },        { "quantity", "n", "", "" },  { "amount", "a", "", "" },
        { "state", "state", "", "" },      { "place", "place", "", "" },
    };
    static const char *const header[] = { "k", "t", "u", "s", "p", "n", "a", "state", "place" };
    Bihuan__Feed *feed;
    Bihuan__FeedColumn **list;
    struct csv_field fields[9];
    struct csv_record record = { .fields = fields, .field_count = 9 };
    struct zone zone;

    (void)state;
    arena_init(&arena);
    make_reference();
    feed = arena_new(&arena, Bihuan__Feed);
    bihuan__feed__init(feed);
    feed->code = feed->sender = text_of("x");
    feed->fact = text_of("order_line");
    feed->watermark = text_of("last_event");
    feed->earliest = text_of("2026-01-01");
    feed->key = arena_array(&arena, char *, 1);
    feed->key[feed->n_key++] = text_of("k");
    list = feed->columns = arena_array(&arena, Bihuan__FeedColumn *, 8);
    for (size_t i = 0; i < 8; i++) {
        list[i] = arena_new(&arena, Bihuan__FeedColumn);
        bihuan__feed_column__init(list[i]);
        list[i]->field = text_of(columns[i].field);
        list[i]->column = text_of(columns[i].column);
        list[i]->format = text_of(columns[i].format);
        list[i]->map = text_of(columns[i].map);
    }
    feed->n_columns = 8;
    feed->maps = arena_array(&arena, Bihuan__CodeMap *, 1);
    feed->maps[0] = arena_new(&arena, Bihuan__CodeMap);
    bihuan__code_map__init(feed->maps[0]);
    feed->maps[0]->name = text_of("um");
    feed->maps[0]->entries = arena_array(&arena, Bihuan__CodeMapEntry *, 2);
    for (int i = 0; i < 2; i++) {
        feed->maps[0]->entries[i] = arena_new(&arena, Bihuan__CodeMapEntry);
        bihuan__code_map_entry__init(feed->maps[0]->entries[i]);
        feed->maps[0]->entries[i]->from = text_of(i ? "lost" : "shop");
        feed->maps[0]->entries[i]->to = text_of(i ? "S9" : "S1");
    }
    feed->maps[0]->n_entries = 2;
    feed->n_maps = 1;
    zone_parse("+08:00", &zone, NULL);
    assert_int_equal(mapping_compile(&mapping, feed, &zone, 4, 16, &arena, NULL, NULL), 0);
    for (size_t i = 0; i < 9; i++)
        fields[i] = (struct csv_field) { header[i], (uint32_t)strlen(header[i]), false };
    return mapping_bind(&mapping, &record, &binding, NULL);
}

static int tear_down(void **state)
{
    (void)state;
    mapping_fini(&mapping);
    reference_destroy(&reference);
    arena_fini(&arena);
    return 0;
}

struct source_text {
    const char *at;
    size_t left;
};

static int give_text(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct source_text *text = arg;

    (void)err;
    *got = text->left < cap ? text->left : cap;
    memcpy(buf, text->at, *got);
    text->at += *got;
    text->left -= *got;
    return 0;
}

/* Cuts at commas: enough for these rows. */
static int read_text(const char *text, struct order_line *line, struct reject_reason *why)
{
    struct csv_field fields[16];
    struct csv_record record = { .fields = fields };

    for (const char *at = text;; at++) {
        const char *stop = strchrnul(at, ',');

        fields[record.field_count++] = (struct csv_field) { at, (uint32_t)(stop - at), false };
        at = stop;
        if (!*stop)
            break;
    }
    return mapping_read(&mapping, &binding, &record, NULL, reference, now, &arena, line, why);
}

static void test_rejects(void **state)
{
    static const struct {
        const char *row, *reason, *column;
    } rows[] = {
        { ",2026-11-01,shop,,,,,,", "missing_value", "k" },
        { "1,,shop,,,,,,", "missing_value", "t" },
        { "1,2026-02-30,shop,,,,,,", "bad_date", "t" },
        { "1,2025-12-31,shop,,,,,,", "date_out_of_range", "t" },
        { "1,2026-11-01,,,,,,,", "missing_value", "u" },
        { "1,2026-11-01,other,,,,,,", "unmapped", "u" },
        { "1,2026-11-01,lost,,,,,,", "unknown_unit", "u" },
        { "1,2026-11-01,shop,bob,,,,,", "unknown_unit", "s" },
        { "1,2026-11-01,shop,,tv,,,,", "unknown_product", "p" },
        { "1,2026-11-01,shop,,,x,,,", "bad_number", "n" },
        { "1,2026-11-01,shop,,,1.5,,,", "too_precise", "n" },
        { "1,2026-11-01,shop,,,,1e3,,", "bad_number", "a" },
        { "1,2026-11-01,shop,,,,.00001,,", "too_precise", "a" },
        { "1,2026-11-01,shop,,,,,sold,", "bad_state", "state" },
        { "1,2026-11-01,shop,,,,,,nil", "unknown_unit", "place" },
        { "1,2026-11-01,shop", "field_count", "" },
        { "1,2026-12-04,shop,,,,,,", "date_out_of_range", "t" }, /* the clock says 2 December, 08:00 */
        { "1,2026-12-03,shop,,,,,,", "accepted", "" },
        { "1,2026-11-01,shop,,,17592186044416,,,", "accepted", "" },
        { "1,2026-11-01,shop,,,17592186044417,,,", "out_of_range", "n" },
        { "1,2026-11-01,shop,,,-17592186044417,,,", "out_of_range", "n" },
        { "1,2026-11-01,shop,,,99999999999999999999,,,", "out_of_range", "n" },
        { "1,2026-11-01,shop,,,,1759218604.4416,,", "accepted", "" },
        { "1,2026-11-01,shop,,,,1759218604.4417,,", "out_of_range", "a" },
        { "1,2026-11-01,shop,,,,-1759218604.4417,,", "out_of_range", "a" },
        { "1,2026-11-01,shop,,,,99999999999999999999,,", "out_of_range", "a" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct order_line line;
        struct reject_reason why = { "accepted", "", "", "" };

        read_text(rows[i].row, &line, &why);
        if (strcmp(why.reason, rows[i].reason) != 0 || strcmp(why.column, rows[i].column) != 0)
            fail_msg("row %zu: %s in column \"%s\", not %s", i, why.reason, why.column, rows[i].reason);
    }
}

/* Days that readers can hold, whatever the feed says; its latest, not the clock, where it says one. */
static void test_days(void **state)
{
    static const struct {
        const char *earliest, *latest, *day;
        bool taken;
    } rows[] = {
        { "", "", "1999-12-31", false },           { "", "", "2000-01-01", true },
        { "1970-01-01", "", "1999-12-31", false }, { "", "", "2026-12-03", true },
        { "", "", "2026-12-04", false },           { "", "", "9999-12-31", false },
        { "", "2030-12-31", "2030-12-31", true },  { "", "2030-12-31", "2031-01-01", false },
        { "", "9999-12-31", "2038-12-31", true },  { "", "9999-12-31", "2039-01-01", false },
    };
    Bihuan__Feed feed = *mapping.feed;

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct mapping kept = mapping;
        struct order_line line;
        struct reject_reason why = { "accepted", "", "", "" };

        feed.earliest = text_of(rows[i].earliest);
        feed.latest = text_of(rows[i].latest);
        assert_int_equal(mapping_compile(&mapping, &feed, &kept.zone, 4, 16, &arena, NULL, NULL), 0);
        read_text(arena_printf(&arena, "1,%s,shop,,,,,,", rows[i].day), &line, &why);
        mapping_fini(&mapping);
        mapping = kept;
        assert_string_equal(why.reason, rows[i].taken ? "accepted" : "date_out_of_range");
    }
}

static void test_lines(void **state)
{
    struct order_line line;
    struct reject_reason why;

    (void)state;
    assert_int_equal(read_text("7,2026-11-01,shop,ann,plan,2,200.5,completed,C2", &line, &why), 0);
    assert_int_equal(line.unit, 4); /* the sales person is credited */
    assert_int_equal(line.seller, 4);
    assert_int_equal(line.channel, 1); /* of the outlet above */
    assert_int_equal(line.amount, 2005000);
    assert_int_equal(line.version, order_version(1, STATE_COMPLETED));
    assert_int_equal(line.operation, OPERATION_RECORD);
    assert_int_equal(read_text("7,2026-11-01,shop,,,,,cancelled,", &line, &why), 0);
    assert_int_equal(line.operation, OPERATION_CANCEL);
}

/* Bit m of `want`: measure m counts the row. */
static void test_contributions(void **state)
{
    static const struct {
        const char *row;
        unsigned want;
    } rows[] = {
        { "1,2026-11-01,shop,,plan,1,100,,", 1 << 1 | 1 << 4 },
        { "1,2026-11-01,shop,,plan,1,110,,", 1 << 1 | 1 << 4 }, /* on the edge of the band */
        { "1,2026-11-01,shop,,plan,1,110.0001,,", 1 << 1 | 1 << 2 | 1 << 4 },
        { "1,2026-11-01,shop,,plan,2,150,,", 1 << 1 | 1 << 2 | 1 << 4 },
        { "1,2026-11-01,shop,,gift,1,0,,", 1 << 4 },
        { "1,2026-11-01,shop,,gift,1,1,,", 1 << 1 | 1 << 2 | 1 << 4 },
        { "1,2026-11-01,shop,,,1,5,,C2", 1 << 1 | 1 << 3 },
        { "1,2026-11-01,shop,,,1,5,,C1", 1 << 1 },
        { "1,2026-11-01,shop,,plan,1,100,placed,", 0 },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct order_line line;
        struct reject_reason why;
        unsigned got = 0;

        assert_int_equal(read_text(rows[i].row, &line, &why), 0);
        contribution_compute(reference, &line, &arena);
        for (uint16_t c = 0; c < line.contributions.count; c++)
            got |= 1U << line.contributions.measures[c];
        if (got != rows[i].want)
            fail_msg("row %zu: measures %x, not %x", i, got, rows[i].want);
    }
}

/* A transaction may be lost after the conflicts were found, any number of times: the batch begins again each time. */
static void test_batch_begins_again(void **state)
{
    static const char TEXT[] = "1,2026-11-01,shop,,,1,5,,\nbad,,shop,,,1,5,,\n2,2026-11-01,shop,,,1,5,,\n";
    struct row_format format = { .csv = { .delimiter = ',', .quote = '"' } };
    struct source_text source = { TEXT, sizeof TEXT - 1 };
    struct snapshot *snapshot = snapshot_new(4);
    struct row_batch batch;
    struct rows *rows;

    (void)state;
    reference_destroy(&snapshot->reference);
    snapshot->reference = reference;
    row_batch_init(&batch);
    row_batch_reset(&batch, snapshot, 1, now, 3);
    assert_int_equal(rows_open(&rows, &format, give_text, &source, NULL), 0);
    assert_int_equal(row_batch_read(&batch, rows, &mapping, &binding, 3, NULL), 1);
    rows_close(&rows);
    row_batch_seal(&batch, 1);
    for (int i = 0; i < 100; i++) {
        row_batch_begin(&batch);
        assert_int_equal(batch.reject_count, 1);
        assert_string_equal(batch.rejects[0].why.reason, "missing_value");
        for (size_t l = 0; l < batch.line_count; l++)
            row_batch_conflict(&batch, &batch.lines[l], NULL);
        assert_int_equal(batch.reject_count, 3);
        assert_string_equal(batch.rejects[2].why.reason, "version_conflict");
        assert_int_equal(batch.rejects[2].place.row, batch.lines[1].row);
    }
    row_batch_fini(&batch);
    snapshot->reference = reference_new(4); /* ours stays */
    snapshot_drop(&snapshot);
}

/* Rows that are equal are told apart, bad ones among them counted; when there are too many keys to count the file says
 * so, and what came before stays in the batch. */
static void test_equal_rows_are_counted(void **state)
{
    static const char TEXT[] = "1,2026-11-01,shop,,,1,5,,\n1,bad,shop,,,1,5,,\n2,2026-11-01,shop,,,1,5,,\n"
                               "1,2026-11-01,shop,,,1,5,,\n";
    static const char *const keys[] = { "1|1", "2|1", "1|3" };
    struct row_format format = { .csv = { .delimiter = ',', .quote = '"' } };
    char *key[] = { text_of("k"), text_of("#nth") };
    const struct mapping kept = mapping;
    struct snapshot *snapshot = snapshot_new(4);
    Bihuan__Feed feed = *mapping.feed;
    struct row_batch batch;
    struct rows *rows;
    struct err err;

    (void)state;
    feed.key = key;
    feed.n_key = 2;
    assert_int_equal(mapping_compile(&mapping, &feed, &kept.zone, 4, 16, &arena, NULL, NULL), 0);
    reference_destroy(&snapshot->reference);
    snapshot->reference = reference;
    row_batch_init(&batch);
    for (int full = 0; full < 2; full++) {
        struct source_text source = { TEXT, sizeof TEXT - 1 };

        row_batch_reset(&batch, snapshot, 1, now, 10);
        if (full) {
            nth_count(batch.nth, 1);
            batch.nth->used = NTH_KEYS_MAX;
        }
        assert_int_equal(rows_open(&rows, &format, give_text, &source, NULL), 0);
        assert_int_equal(row_batch_read(&batch, rows, &mapping, &binding, 10, &err), full ? -1 : 0);
        rows_close(&rows);
        assert_int_equal(batch.line_count, full ? 0 : 3);
        for (size_t i = 0; i < batch.line_count; i++)
            assert_string_equal(batch.lines[i].key, keys[i]);
        assert_int_equal(batch.reject_count, full ? 0 : 1);
        if (!full)
            assert_int_equal(batch.rejects[0].place.nth, 2);
    }
    assert_string_equal(err.code, "too_many_keys");
    row_batch_fini(&batch);
    mapping_fini(&mapping);
    mapping = kept;
    snapshot->reference = reference_new(4); /* ours stays */
    snapshot_drop(&snapshot);
}

/* A mark never passes the business clock, whatever names and rows say: it can't go back. */
static void test_marks_stay_behind_the_clock(void **state)
{
    static const struct {
        const char *name;
        int64_t through; /* days; 0 says nothing */
        bool future;
    } files[] = {
        { "f_20261130.csv", 20788, false }, { "f_20261202.csv", 20790, false }, { "f_20261203.csv", 20790, true },
        { "f_99991231.csv", 20790, true },  { "other.csv", 0, false },
    };
    struct mapping m = { .watermark = WATERMARK_FILE_DATE, .has_pattern = true, .zone = mapping.zone };
    int64_t through, zone_us = m.zone.offset_s * US_PER_SECOND;
    struct err err;

    (void)state;
    assert_int_equal(pattern_parse("f_{yyyyMMdd}.csv", &m.pattern, NULL), 0);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        through = zone_us * -1;
        assert_int_equal(watermark_of_file(&m, files[i].name, false, 0, now, &through), files[i].through != 0);
        assert_int_equal(through, files[i].through * US_PER_DAY - zone_us);
        assert_int_equal(watermark_check_name(&m, files[i].name, now, &err), files[i].future ? -1 : 0);
        if (files[i].future)
            assert_string_equal(err.code, "date_in_future");
    }
    m.watermark = WATERMARK_LAST_EVENT;
    assert_int_equal(watermark_check_name(&m, "f_99991231.csv", now, NULL), 0);
    assert_false(watermark_of_file(&m, "", false, 0, now, &through));
    assert_true(watermark_of_file(&m, "", true, now - 5, now, &through));
    assert_int_equal(through, now - 4);
    assert_true(watermark_of_file(&m, "", true, now + US_PER_DAY, now, &through));
    assert_int_equal(through, now);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rejects),
        cmocka_unit_test(test_days),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_contributions),
        cmocka_unit_test(test_batch_begins_again),
        cmocka_unit_test(test_equal_rows_are_counted),
        cmocka_unit_test(test_marks_stay_behind_the_clock),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
