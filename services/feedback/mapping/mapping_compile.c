/* mapping: checking and compiling a Feed. See mapping.h. */
#include "feedback/mapping/mapping_internal.h"
#include "feedback/tmf/listener.h"

#include "text/nearest.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *const fact_field_names[FIELD_COUNT] = {
    [FIELD_TIME] = "time",           [FIELD_UNIT] = "unit",         [FIELD_SELLER] = "seller",
    [FIELD_CHANNEL] = "channel",     [FIELD_PRODUCT] = "product",   [FIELD_QUANTITY] = "quantity",
    [FIELD_AMOUNT] = "amount",       [FIELD_STATE] = "state",       [FIELD_VERSION] = "version",
    [FIELD_OPERATION] = "operation", [FIELD_CUSTOMER] = "customer", [FIELD_PLACE] = "place",
    [FIELD_SUBJECT] = "subject",     [FIELD_SINCE] = "since",       [FIELD_CURRENCY] = "currency",
    [FIELD_PHOTOS] = "photos",
};

void __attribute__((format(printf, 4, 5)))
fault(struct compile *c, const char *pointer, const char *code, const char *fmt, ...)
{
    char text[ERR_TEXT_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof text, fmt, ap);
    va_end(ap);
    c->faults++;
    if (c->problem)
        c->problem(c->arg, pointer, code, text);
}

void fault_err(struct compile *c, const char *pointer, const struct err *err)
{
    fault(c, pointer, err->code, "%s", err->text);
}

/* --- names ---------------------------------------------------------------------------------------------------------
 */

static bool is_code(const char *text)
{
    size_t len = strlen(text);

    return len >= 1 && len <= 64 &&
           strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == len && text[0] != '.';
}

static void check_names(struct compile *c)
{
    if (!is_code(c->feed->code))
        fault(c, "/code", "bad_code", "code \"%.80s\" is not made of 1 to 64 of A-Z a-z 0-9 . _ - (not first a dot)",
              c->feed->code);
    if (!is_code(c->feed->sender))
        fault(c, "/sender", "bad_code", "sender \"%.80s\" is not made of 1 to 64 of A-Z a-z 0-9 . _ -",
              c->feed->sender);
}

static void compile_kind(struct compile *c)
{
    struct mapping *m = c->mapping;
    char words[400], sender[FACT_SENDER_MAX];

    m->kind = fact_kind_parse(c->feed->fact);
    if (!fact_kind_is_fed(m->kind)) {
        fault(c, "/fact", "unknown_fact", "fact \"%.40s\" is not known; there are %s", c->feed->fact,
              fact_kind_words(words, sizeof words));
        m->kind = FACT_ORDER_LINE;
    }
    m->sender = arena_strdup(c->arena, fact_sender_name(sender, c->feed->sender, m->kind));
}

/* "crm", "crm/bill": as fact_sender_name() says senders. */
static void check_subject_of(struct compile *c)
{
    const char *text = c->feed->subject_of, *slash = strchr(text, '/');
    char *system = arena_strndup(c->arena, text, slash ? (size_t)(slash - text) : strlen(text));
    enum fact_kind kind = slash ? fact_kind_parse(slash + 1) : FACT_ORDER_LINE;

    if (*text && (!is_code(system) || !fact_kind_is_fed(kind) || (slash && kind == FACT_ORDER_LINE)))
        fault(c, "/subject_of", "unknown_sender",
              "subject_of \"%.80s\" is not a sender as facts are known under: \"crm\" for its order lines, "
              "\"crm/bill\" for"
              " its bills",
              text);
}

/* --- the file's name and range --------------------------------------------------------------------------------------
 */

static void read_watermark(struct compile *c)
{
    static const char *const words[] = {
        [WATERMARK_FILE_DATE] = "file_date", [WATERMARK_LAST_EVENT] = "last_event",
        [WATERMARK_CALENDAR] = "calendar",   [WATERMARK_CONTROL] = "control",
        [WATERMARK_TOLD] = "told",           [WATERMARK_NONE] = "none",
    };
    const char *word = c->feed->watermark;
    int mode = 0;

    while (*word && mode <= WATERMARK_NONE && strcmp(word, words[mode]) != 0)
        mode++;
    if (mode > WATERMARK_NONE)
        fault(c, "/watermark", "unknown_watermark",
              "watermark \"%.20s\" is none of file_date, last_event, calendar, control, told, none", word);
    c->mapping->watermark = mode > WATERMARK_NONE ? WATERMARK_NONE : (enum watermark_mode)mode;
}

static void compile_watermark(struct compile *c)
{
    struct mapping *m = c->mapping;
    struct err err;

    read_watermark(c);
    m->has_pattern = c->feed->files[0] != 0;
    if (m->has_pattern && pattern_parse(c->feed->files, &m->pattern, &err) != 0)
        fault_err(c, "/files", &err);
    else if (m->watermark == WATERMARK_FILE_DATE && (!m->has_pattern || !m->pattern.has_date))
        fault(
            c, "/files", "no_file_date",
            "watermark file_date needs a date in the file names, such as orders_{yyyyMMdd}.csv; or choose last_event");
    m->has_end_mark = c->feed->end_mark[0] != 0;
    if (m->has_end_mark && pattern_parse(c->feed->end_mark, &m->end_mark, &err) != 0)
        fault_err(c, "/end_mark", &err);
    else if (m->has_end_mark && !m->end_mark.has_date)
        fault(c, "/end_mark", "no_file_date", "an end mark needs a date in its name, such as end_{yyyyMMdd}.ok");
    if (m->has_end_mark && !m->has_pattern)
        fault(c, "/files", "missing", "a feed with end marks needs a name pattern for its files");
    if (m->has_end_mark && m->watermark == WATERMARK_NONE)
        fault(c, "/watermark", "no_watermark", "a feed with end marks says how far it is complete: choose told");
}

static void compile_range(struct compile *c)
{
    struct mapping *m = c->mapping;
    struct err err;

    m->earliest = FACT_DAY_FIRST;
    m->latest = FACT_DAY_LAST;
    m->has_latest = c->feed->latest[0] != 0;
    if (c->feed->earliest[0] && date_parse(c->feed->earliest, strlen(c->feed->earliest), &m->earliest, &err) != 0)
        fault_err(c, "/earliest", &err);
    if (c->feed->latest[0] && date_parse(c->feed->latest, strlen(c->feed->latest), &m->latest, &err) != 0)
        fault_err(c, "/latest", &err);
    if (m->earliest > m->latest)
        fault(c, "/latest", "bad_range", "latest is before earliest");
    if (m->earliest < FACT_DAY_FIRST) /* not a fault: it asks for less than what is checked anyway */
        m->earliest = FACT_DAY_FIRST;
    if (m->latest > FACT_DAY_LAST)
        m->latest = FACT_DAY_LAST;
}

/* --- code maps -----------------------------------------------------------------------------------------------------
 */

static void compile_map(struct compile *c, struct code_map *map, const Bihuan__CodeMap *source, size_t index)
{
    map->name = source->name;
    map->pass = source->pass;
    for (size_t i = 0; i < source->n_entries; i++) {
        const Bihuan__CodeMapEntry *from = source->entries[i];
        struct code_map_entry *entry;

        HASH_FIND(hh, map->entries, from->from, strlen(from->from), entry);
        if (entry) {
            fault(c, arena_printf(c->arena, "/maps/%zu/entries/%zu/from", index, i), "twice",
                  "\"%.80s\" stands twice in map \"%.80s\"", from->from, source->name);
            continue;
        }
        entry = arena_new(c->arena, struct code_map_entry);
        entry->to = from->to;
        entry->to_len = (uint32_t)strlen(from->to);
        HASH_ADD_KEYPTR(hh, map->entries, from->from, strlen(from->from), entry);
    }
}

const struct code_map *find_map(const struct compile *c, const char *name)
{
    for (size_t i = 0; i < c->mapping->map_count; i++)
        if (strcmp(c->mapping->maps[i].name, name) == 0)
            return &c->mapping->maps[i];
    return NULL;
}

static void compile_maps(struct compile *c)
{
    const Bihuan__Feed *feed = c->feed;

    c->mapping->maps = arena_array(c->arena, struct code_map, feed->n_maps + 1);
    for (size_t i = 0; i < feed->n_maps; i++) {
        if (find_map(c, feed->maps[i]->name))
            fault(c, arena_printf(c->arena, "/maps/%zu/name", i), "twice", "map \"%.80s\" stands twice",
                  feed->maps[i]->name);
        compile_map(c, &c->mapping->maps[c->mapping->map_count++], feed->maps[i], i);
    }
}

/* --- columns -------------------------------------------------------------------------------------------------------
 */

static int find_field(struct compile *c, const char *name, const char *pointer)
{
    struct nearest nearest;

    nearest_init(&nearest, name);
    for (int f = 0; f < FIELD_COUNT; f++) {
        if (strcmp(fact_field_names[f], name) == 0)
            return f;
        nearest_offer(&nearest, fact_field_names[f]);
    }
    fault(c, pointer, "unknown_field", "a fact has no field \"%.80s\"%s", name, nearest_hint(&nearest));
    return -1;
}

static void compile_digits(struct compile *c, const Bihuan__FeedColumn *column, int field, struct field_plan *plan,
                           const char *at)
{
    if (!trim_parse(column->trim, TRIM_NONE, &plan->trim))
        fault(c, arena_printf(c->arena, "%s/trim", at), "unknown_trim", "trim \"%.20s\" is none of blank, zero, none",
              column->trim);
    plan->scale = (int)column->scale;
    if (column->scale && field != FIELD_AMOUNT && field != FIELD_QUANTITY)
        fault(c, arena_printf(c->arena, "%s/scale", at), "bad_scale", "only an amount or a quantity has a scale");
    if (column->scale > SCALE_MAX)
        fault(c, arena_printf(c->arena, "%s/scale", at), "bad_scale", "scale is more than %d", SCALE_MAX);
}

static void compile_column(struct compile *c, const Bihuan__FeedColumn *column, size_t index)
{
    struct mapping *m = c->mapping;
    const char *at = arena_printf(c->arena, "/columns/%zu", index);
    int field = find_field(c, column->field, arena_printf(c->arena, "%s/field", at));
    struct field_plan *plan;
    struct err err;

    if (field < 0)
        return;
    plan = &m->fields[field];
    if (plan->mapped)
        fault(c, arena_printf(c->arena, "%s/field", at), "twice", "field \"%s\" stands twice", column->field);
    *plan = (struct field_plan) { .mapped = true,
                                  .column = column->column,
                                  .fallback = column->default_,
                                  .fallback_len = (uint32_t)strlen(column->default_) };
    if (!column->column[0] && !column->default_[0])
        fault(c, arena_printf(c->arena, "%s/column", at), "missing", "field \"%s\" has neither a column nor a default",
              column->field);
    plan->map = column->map[0] ? find_map(c, column->map) : NULL;
    if (column->map[0] && !plan->map)
        fault(c, arena_printf(c->arena, "%s/map", at), "unknown_map",
              "neither the feed nor its sender has a map \"%.80s\"", column->map);
    if (field == FIELD_CURRENCY && (!column->map[0] || (plan->map && plan->map->pass)))
        fault(c, arena_printf(c->arena, "%s/map", at), "missing",
              "the field \"currency\" needs a map of the currencies that amounts may be in, which lets no other pass");
    if ((field == FIELD_TIME || field == FIELD_SINCE) &&
        time_pattern_parse(strcmp(column->format, "iso") == 0 || !column->format[0] ? "iso8601" : column->format,
                           field == FIELD_TIME ? &m->time : &m->since, &err) != 0)
        fault_err(c, arena_printf(c->arena, "%s/format", at), &err);
    compile_digits(c, column, field, plan, at);
    if (field == FIELD_AMOUNT && column->money[0] && money_unit_parse(column->money, &m->money, &err) != 0)
        fault_err(c, arena_printf(c->arena, "%s/money", at), &err);
}

/* A feed that says how senders of events are answered takes events. */
static void check_listener(struct compile *c)
{
    const char *pointer, *why;

    if (c->feed->tmf_answer && c->feed->tmf_answer != 201 && c->feed->tmf_answer != 204)
        fault(c, "/tmf_answer", "bad_answer", "tmf_answer is 201 or 204, not %u", c->feed->tmf_answer);
    why = c->feed->tmf_answer ? tmf_unfit(c->mapping, &pointer) : NULL;
    if (why)
        fault(c, pointer, "no_listener", "%s", why);
}

/* The number of a row among its like is known within its file alone: another file can't name it to correct or to take
 * it back. */
static void check_nth(struct compile *c)
{
    static const enum fact_field corrects[] = { FIELD_VERSION, FIELD_OPERATION };
    const Bihuan__Feed *feed = c->feed;
    const char *pointer = feed->n_original ? "/original" : feed->deletes[0] ? "/deletes" : NULL;

    for (size_t i = 0; i + 1 < feed->n_key; i++)
        if (strcmp(feed->key[i], KEY_NTH) == 0)
            fault(c, arena_printf(c->arena, "/key/%zu", i), "bad_key", KEY_NTH " stands last in the key");
    c->mapping->counts_equal = feed->n_key && strcmp(feed->key[feed->n_key - 1], KEY_NTH) == 0;
    if (!c->mapping->counts_equal)
        return;
    if (feed->n_key == 1)
        fault(c, "/key", "bad_key", KEY_NTH " counts rows that are alike: name the columns in which, before it");
    for (size_t i = 0; i < sizeof corrects / sizeof corrects[0] && !pointer; i++)
        if (c->mapping->fields[corrects[i]].mapped && c->mapping->fields[corrects[i]].column[0])
            pointer = "/columns";
    if (pointer)
        fault(c, pointer, "uncorrectable",
              "rows known by " KEY_NTH " can't be named by others that correct them or take them back: let files"
              " replace a day (replaces), or have the sender give them numbers");
}

static void compile_columns(struct compile *c)
{
    const Bihuan__Feed *feed = c->feed;

    for (size_t i = 0; i < feed->n_columns; i++)
        compile_column(c, feed->columns[i], i);
    if (!c->mapping->fields[FIELD_TIME].mapped)
        fault(c, "/columns", "missing_field", "the field \"time\" is required");
    if (!c->mapping->fields[FIELD_UNIT].mapped)
        fault(c, "/columns", "missing_field", "the field \"unit\" is required");
    if (!feed->n_key)
        fault(c, "/key", "missing", "key is empty: name the columns that identify a record");
    if (feed->n_key > MAPPING_KEYS_MAX)
        fault(c, "/key", "too_many", "key has more than %d columns", MAPPING_KEYS_MAX);
    check_nth(c);
}

size_t mapping_compile(struct mapping *out, const Bihuan__Feed *feed, const struct zone *zone, int money_scale,
                       uint32_t bucket_count, struct arena *arena, mapping_problem_fn *problem, void *arg)
{
    struct compile c = { .mapping = out, .feed = feed, .arena = arena, .problem = problem, .arg = arg };

    *out = (struct mapping) { .feed = feed, .zone = *zone, .money_scale = money_scale, .bucket_count = bucket_count };
    check_names(&c);
    compile_kind(&c);
    check_subject_of(&c);
    compile_file(&c);
    compile_watermark(&c);
    compile_range(&c);
    compile_maps(&c);
    compile_columns(&c);
    compile_sums(&c);
    compile_control(&c);
    compile_cities(&c);
    check_listener(&c);
    check_asks(&c);
    return c.faults;
}

void mapping_fini(struct mapping *mapping)
{
    for (size_t i = 0; i < mapping->map_count; i++)
        HASH_CLEAR(hh, mapping->maps[i].entries);
}
