/* mapping: reading records with a feed that is bound to a file's columns. See mapping.h. */
#include "feedback/mapping/mapping_internal.h"

#include "base/hash.h"
#include "feedback/mapping/reasons.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SHOWN_MAX 80 /* bytes of a value in a message */
#define SUMS_HASH 14 /* behind it further columns of money are hashed; part of the stored data */

bool code_map_find(const struct code_map *map, const char **text, uint32_t *len)
{
    struct code_map_entry *entry;

    HASH_FIND(hh, map->entries, *text, *len, entry);
    if (!entry)
        return map->pass;
    *text = entry->to;
    *len = entry->to_len;
    return true;
}

/* --- reading -------------------------------------------------------------------------------------------------------
 */

struct value {
    const char *text;
    uint32_t len;
};

struct reading {
    const struct mapping *mapping;
    const struct binding *binding;
    const struct csv_record *record;
    const struct reference *reference;
    int64_t now;
    struct arena *arena;
    struct order_line *line;
    struct reject_reason *why;
    struct value values[FIELD_COUNT];
    bool reverses; /* the row names another record, which it takes back */
};

static int reject(struct reading *r, Bihuan__RejectReason reason, const char *column, const char *value,
                  size_t value_len, const char *message)
{
    *r->why = (struct reject_reason) { .reason = reason_word(reason),
                                       .column = arena_strdup(r->arena, column ? column : ""),
                                       .value = arena_strndup(r->arena, value ? value : "", value_len),
                                       .message = message };
    return -1;
}

static const char *column_of(const struct reading *r, enum fact_field field)
{
    const char *column = r->mapping->fields[field].column;

    return column && *column ? column : fact_field_names[field];
}

static int reject_field(struct reading *r, enum fact_field field, Bihuan__RejectReason reason, const char *remedy)
{
    const struct value *v = &r->values[field];
    int shown = (int)(v->len < SHOWN_MAX ? v->len : SHOWN_MAX);

    return reject(
        r, reason, column_of(r, field), v->text, v->len < CUSTOMER_MAX ? v->len : CUSTOMER_MAX,
        arena_printf(r->arena, "column \"%s\", value \"%.*s\": %s", column_of(r, field), shown, v->text, remedy));
}

/* Of what decimal_parse() says. */
static Bihuan__RejectReason reason_of_number(const char *code)
{
    Bihuan__RejectReason reason = reason_parse(code);

    return reason == REASON(TOO_PRECISE) || reason == REASON(OUT_OF_RANGE) ? reason : REASON(BAD_NUMBER);
}

/* A record that the CSV reader gave up. */
static int reject_record(struct reading *r)
{
    assert(reason_parse(r->record->why->code)); /* readers say reasons of the list */
    return reject(r, reason_parse(r->record->why->code), "", "", 0,
                  arena_printf(r->arena, "%s; ask the sender for the row again", r->record->why->text));
}

/* Fetches the texts of all fields, mapped and with their defaults. */
static int fetch(struct reading *r)
{
    for (int f = 0; f < FIELD_COUNT; f++) {
        const struct field_plan *plan = &r->mapping->fields[f];
        int32_t column = r->binding->columns[f];
        struct value *v = &r->values[f];

        *v = (struct value) { "", 0 };
        if (column >= 0 && (uint32_t)column < r->record->field_count)
            *v = (struct value) { r->record->fields[column].text, r->record->fields[column].len };
        rows_trim(plan->trim, &v->text, &v->len);
        if (!v->len && plan->mapped)
            *v = (struct value) { plan->fallback, plan->fallback_len };
        if (v->len && plan->map && !code_map_find(plan->map, &v->text, &v->len))
            return reject_field(r, (enum fact_field)f, REASON(UNMAPPED),
                                arena_printf(r->arena,
                                             "the map \"%s\" does not list it; add it to the map and release the rows",
                                             plan->map->name));
    }
    return 0;
}

/* Whether the row names the record that it takes back: then that record's key is read. Filled in part it's neither. */
static int find_original(struct reading *r)
{
    const Bihuan__Feed *feed = r->mapping->feed;
    size_t filled = 0;

    for (size_t i = 0; i < feed->n_original && !r->binding->deleting; i++) {
        int32_t column = r->binding->originals[i];

        filled += (uint32_t)column < r->record->field_count && r->record->fields[column].len > 0;
    }
    r->reverses = filled > 0;
    if (filled && filled < feed->n_original)
        return reject(r, REASON(BAD_ORIGINAL), feed->original[0], "", 0,
                      "the columns that name the record taken back are filled in part only");
    return 0;
}

/* Parts stand apart by '|', so that and the sign that marks it are marked inside a part: ("a|b", "c") and ("a", "b|c")
 * are two records. A key of one column stands as it came. False: too long. */
static bool add_part(char key[RECORD_KEY_MAX], uint32_t *len, const struct csv_field *field, bool several)
{
    for (uint32_t i = 0; i < field->len; i++) {
        bool marked = several && (field->text[i] == '|' || field->text[i] == '\\');

        if (*len + marked + 2 > RECORD_KEY_MAX)
            return false;
        if (marked)
            key[(*len)++] = '\\';
        key[(*len)++] = field->text[i];
    }
    return true;
}

static int read_key(struct reading *r)
{
    const Bihuan__Feed *feed = r->mapping->feed;
    const int32_t *columns = r->reverses ? r->binding->originals : r->binding->keys;
    char key[RECORD_KEY_MAX];
    uint32_t len = 0;

    for (size_t i = 0; i < feed->n_key; i++) {
        int32_t column = columns[i];
        const struct csv_field *field = (uint32_t)column < r->record->field_count ? &r->record->fields[column] : NULL;

        if (!field || !field->len)
            return reject(
                r, REASON(MISSING_VALUE), feed->key[i], "", 0,
                arena_printf(r->arena, "column \"%s\" is part of the record's key and is empty", feed->key[i]));
        if (i && len < RECORD_KEY_MAX - 1)
            key[len++] = '|';
        if (!add_part(key, &len, field, feed->n_key > 1))
            return reject(r, REASON(KEY_TOO_LONG), feed->key[i], field->text,
                          SHOWN_MAX < field->len ? SHOWN_MAX : field->len,
                          arena_printf(r->arena, "the record's key is longer than %d bytes", RECORD_KEY_MAX - 1));
    }
    r->line->key = arena_strndup(r->arena, key, len);
    r->line->key_len = len;
    r->line->record_hash = hash_record(r->mapping->sender, key, len);
    r->line->bucket = hash_bucket(r->line->record_hash, r->mapping->bucket_count);
    return 0;
}

static int check_day(struct reading *r, const struct moment *moment)
{
    char first[DATE_TEXT_MAX], last[DATE_TEXT_MAX];

    if (moment->day < r->mapping->earliest || moment->day > r->mapping->latest) {
        date_print(first, r->mapping->earliest);
        date_print(last, r->mapping->latest);
        return reject_field(r, FIELD_TIME, REASON(DATE_OUT_OF_RANGE),
                            arena_printf(r->arena,
                                         "it is not in %s..%s, which the feed's earliest and latest allow; mend them or"
                                         " the row",
                                         first, last));
    }
    if (!r->mapping->has_latest && moment->us > r->now + FACT_AHEAD)
        return reject_field(r, FIELD_TIME, REASON(DATE_OUT_OF_RANGE),
                            "it is more than a day in the future; ask the sender, or set the feed's latest if it is"
                            " right, then release the rows");
    return 0;
}

static int read_time(struct reading *r)
{
    const struct value *v = &r->values[FIELD_TIME];
    struct moment moment;
    struct err err;

    if (!v->len && r->binding->has_moment) {
        r->line->occurred_at = r->binding->moment.us;
        r->line->day = r->binding->moment.day;
        return 0;
    }
    if (!v->len)
        return reject_field(r, FIELD_TIME, REASON(MISSING_VALUE), "the time is required");
    if (time_parse(v->text, v->len, &r->mapping->time, &r->mapping->zone, &moment, &err) != 0)
        return reject_field(
            r, FIELD_TIME, REASON(BAD_DATE),
            arena_printf(r->arena, "it is not a time in the declared format \"%s\"", r->mapping->time.text));
    if (check_day(r, &moment) != 0)
        return -1;
    r->line->occurred_at = moment.us;
    r->line->day = moment.day;
    return 0;
}

/* A number whose decimals no point marks has none of its own. */
static bool has_point(const struct reading *r, enum fact_field field)
{
    const struct value *v = &r->values[field];

    return r->mapping->fields[field].scale && memchr(v->text, '.', v->len);
}

static int read_whole(struct reading *r, enum fact_field field, int64_t least, int64_t most, int64_t fallback,
                      int64_t *out)
{
    const struct value *v = &r->values[field];
    struct err err;

    *out = fallback;
    if (has_point(r, field))
        return reject_field(r, field, REASON(BAD_NUMBER),
                            "it has a point, and the feed declares its scale without one");
    if (v->len && decimal_parse(v->text, v->len, -r->mapping->fields[field].scale, 0, out, &err) != 0)
        return reject_field(r, field, reason_of_number(err.code), "it is not a whole number that can be stored");
    if (*out < least || *out > most)
        return reject_field(r, field, REASON(OUT_OF_RANGE),
                            arena_printf(r->arena, "it is not in %" PRId64 "..%" PRId64, least, most));
    return 0;
}

static int reject_amount(struct reading *r, const char *code)
{
    if (strcmp(code, "too_precise") == 0)
        return reject_field(r, FIELD_AMOUNT, REASON(TOO_PRECISE),
                            "it has more decimals than money is stored with; check the declared money unit");
    if (strcmp(code, "out_of_range") == 0)
        return reject_field(r, FIELD_AMOUNT, REASON(OUT_OF_RANGE),
                            "it is larger than an amount may be; check the declared money unit or the row");
    return reject_field(r, FIELD_AMOUNT, REASON(BAD_NUMBER), "it is not an amount of money");
}

int mapping_amount(const struct mapping *mapping, const char *text, size_t len, int64_t *out, struct err *err)
{
    const struct field_plan *plan = &mapping->fields[FIELD_AMOUNT];

    if (plan->scale && memchr(text, '.', len))
        return err_fail(err, ERR_INVALID, "bad_number", "it has a point, and the feed declares its scale without one");
    return decimal_parse(text, len, mapping->money_scale - (int)mapping->money - plan->scale, 0, out, err);
}

static int read_amount(struct reading *r)
{
    const struct value *v = &r->values[FIELD_AMOUNT];
    int64_t amount = 0;
    struct err err;

    if (v->len && mapping_amount(r->mapping, v->text, v->len, &amount, &err) != 0)
        return reject_amount(r, err.code);
    if (amount < -FACT_VALUE_MAX || amount > FACT_VALUE_MAX)
        return reject_amount(r, "out_of_range");
    r->line->amount = amount;
    return 0;
}

static int reject_sum(struct reading *r, int place, const char *code)
{
    const struct csv_field *field = &r->record->fields[r->binding->sums[place]];
    const char *column = r->mapping->sums[place].column;
    int shown = (int)(field->len < SHOWN_MAX ? field->len : SHOWN_MAX);

    return reject(r, reason_of_number(code), column, field->text, field->len < CUSTOMER_MAX ? field->len : CUSTOMER_MAX,
                  arena_printf(r->arena,
                               "column \"%s\", value \"%.*s\": it is not an amount of money that can be stored; check"
                               " the declared money unit or the row",
                               column, shown, field->text));
}

static int read_operation(struct reading *r)
{
    const struct value *v = &r->values[FIELD_STATE], *op = &r->values[FIELD_OPERATION];
    struct order_line *line = r->line;
    enum fact_kind kind = r->mapping->kind;
    char words[200];
    int64_t version;

    line->state = v->len ? fact_state_parse(kind, v->text, v->len) : fact_kind_info(kind)->usual;
    if (!line->state)
        return reject_field(r, FIELD_STATE, REASON(BAD_STATE),
                            arena_printf(r->arena, "it is none of %s; map it in the feed",
                                         fact_state_words(kind, words, sizeof words)));
    line->operation = line->state == FACT_STATE_CANCELLED ? OPERATION_CANCEL : OPERATION_RECORD;
    if (op->len == 6 && memcmp(op->text, "cancel", 6) == 0)
        line->operation = OPERATION_CANCEL;
    else if (op->len && !(op->len == 6 && memcmp(op->text, "record", 6) == 0))
        return reject_field(r, FIELD_OPERATION, REASON(BAD_OPERATION),
                            "it is neither record nor cancel; map it in the feed");
    if (read_whole(r, FIELD_VERSION, 0, VERSION_MAX, 1, &version) != 0)
        return -1;
    if (r->binding->version >= 0)
        version = r->binding->version;
    if (r->binding->deleting || r->reverses)
        line->operation = OPERATION_CANCEL;
    line->version = order_version((int32_t)version, line->state);
    return 0;
}

static int read_unit(struct reading *r, enum fact_field field, uint32_t *out)
{
    const struct value *v = &r->values[field];

    *out = v->len ? reference_unit_id(r->reference, v->text, v->len) : 0;
    if (v->len && !*out)
        return reject_field(r, field, REASON(UNKNOWN_UNIT),
                            "planning has no such unit; define or map it, then release the rows");
    return 0;
}

/* A closed unit takes back what it sold, but sells nothing more. */
static int check_open(struct reading *r, enum fact_field field, uint32_t id)
{
    const struct ref_unit *unit = reference_unit(r->reference, id);

    if (r->line->operation == OPERATION_RECORD && unit && unit->closed_day <= r->line->day)
        return reject_field(r, field, REASON(UNIT_CLOSED),
                            "planning has closed the unit by that day; map its code to the one that took over, or"
                            " correct the row, then release the rows");
    return 0;
}

/* The unit credited is the seller where it is a sales person, else the unit that the row names. */
static int read_units(struct reading *r)
{
    struct order_line *line = r->line;
    const struct ref_unit *seller;

    if (!r->values[FIELD_UNIT].len && line->operation == OPERATION_RECORD)
        return reject_field(r, FIELD_UNIT, REASON(MISSING_VALUE), "the unit is required");
    if (read_unit(r, FIELD_UNIT, &line->unit) != 0 || read_unit(r, FIELD_SELLER, &line->seller) != 0 ||
        read_unit(r, FIELD_PLACE, &line->place) != 0)
        return -1;
    if (check_open(r, FIELD_UNIT, line->unit) != 0 ||
        check_open(r, FIELD_SELLER, reference_holder(r->reference, line->seller, line->day)) != 0)
        return -1;
    line->site = line->unit;
    seller = line->seller ? reference_unit(r->reference, line->seller) : NULL;
    if (seller && seller->is_person)
        line->unit = line->seller;
    return 0;
}

static int read_codes(struct reading *r)
{
    const struct value *channel = &r->values[FIELD_CHANNEL], *product = &r->values[FIELD_PRODUCT];
    struct order_line *line = r->line;

    line->channel = channel->len ? reference_channel_id(r->reference, channel->text, channel->len)
                                 : reference_channel_of(r->reference, line->unit, line->day);
    if (channel->len && !line->channel)
        return reject_field(r, FIELD_CHANNEL, REASON(UNKNOWN_CHANNEL),
                            "planning has no such channel; define or map it, then release the rows");
    line->product = product->len ? reference_product_id(r->reference, product->text, product->len) : 0;
    if (product->len && !line->product)
        return reject_field(r, FIELD_PRODUCT, REASON(UNKNOWN_PRODUCT),
                            "planning has no such product; define or map it, then release the rows");
    return 0;
}

static int read_customer(struct reading *r)
{
    const struct value *v = &r->values[FIELD_CUSTOMER];

    if (v->len > CUSTOMER_MAX)
        return reject_field(r, FIELD_CUSTOMER, REASON(TOO_LONG),
                            arena_printf(r->arena, "it is longer than %d bytes", CUSTOMER_MAX));
    r->line->customer = v->len ? arena_strndup(r->arena, v->text, v->len) : "";
    r->line->customer_len = v->len;
    return 0;
}

/* What it is about, and from when its age counts. */
static int read_subject(struct reading *r)
{
    const struct value *v = &r->values[FIELD_SUBJECT], *since = &r->values[FIELD_SINCE];
    struct moment moment;

    if (v->len > SUBJECT_MAX)
        return reject_field(r, FIELD_SUBJECT, REASON(TOO_LONG),
                            arena_printf(r->arena, "it is longer than %d bytes", SUBJECT_MAX));
    r->line->subject = v->len ? arena_strndup(r->arena, v->text, v->len) : "";
    r->line->subject_len = v->len;
    if (!since->len)
        return 0;
    if (time_parse(since->text, since->len, &r->mapping->since, &r->mapping->zone, &moment, NULL) != 0)
        return reject_field(
            r, FIELD_SINCE, REASON(BAD_DATE),
            arena_printf(r->arena, "it is not a time in the declared format \"%s\"", r->mapping->since.text));
    if (moment.day < FACT_DAY_FIRST || moment.day > FACT_DAY_LAST)
        return reject_field(r, FIELD_SINCE, REASON(DATE_OUT_OF_RANGE), "it is not in 2000-01-01..2038-12-31");
    r->line->since = moment.day;
    return 0;
}

/* Of what the row says, not of ids or defaults that depend on when it was read. */
static int64_t hash_content(const struct reading *r)
{
    static const enum fact_field texts[] = { FIELD_UNIT,    FIELD_SELLER,   FIELD_CHANNEL,
                                             FIELD_PRODUCT, FIELD_CUSTOMER, FIELD_PLACE };
    const struct order_line *line = r->line;
    int64_t numbers[] = { line->occurred_at, line->quantity, line->amount, line->state, line->operation };
    uint64_t hash = hash_bytes(numbers, sizeof numbers, 0);

    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        hash = hash_bytes(r->values[texts[i]].text, r->values[texts[i]].len, hash);
    for (enum fact_field f = FIELD_SUBJECT; f <= FIELD_SINCE; f++) /* rows without them hash as they always did */
        if (r->values[f].len)
            hash = hash_bytes(r->values[f].text, r->values[f].len, hash + f);
    for (uint8_t i = 0; i < line->sum_count; i++)
        if (line->sums[i])
            hash = hash_bytes(&line->sums[i], sizeof line->sums[i], hash + SUMS_HASH + i);
    for (size_t i = 0; r->reverses && i < r->mapping->feed->n_key; i++) { /* two reversals of one record differ */
        const struct csv_field *own = &r->record->fields[r->binding->keys[i]];

        hash = hash_bytes(own->text, own->len, hash);
    }
    return (int64_t)hash;
}

static int check_shape(struct reading *r)
{
    uint32_t got = r->record->field_count, want = r->binding->field_count, optional = r->mapping->rows.optional;

    if (r->record->why)
        return reject_record(r);
    if (want && (got > want || got + optional < want))
        return reject(r, REASON(FIELD_COUNT), "", "", 0,
                      arena_printf(r->arena, "the row has %u fields, the header %u; %s", got, want,
                                   got > want ? "is a delimiter inside a field not quoted?"
                                              : "a row that goes on in the next line is not read; are last columns"
                                                " missing that the feed does not declare as optional?"));
    return 0;
}

static bool is_taken(const struct row_filter *filter, const struct csv_field *field)
{
    for (size_t i = 0; field && i < filter->value_count; i++)
        if (strlen(filter->values[i]) == field->len && memcmp(filter->values[i], field->text, field->len) == 0)
            return !filter->reversed;
    return filter->reversed;
}

static bool is_filtered(const struct reading *r)
{
    if (r->binding->deleting)
        return false;
    for (size_t i = 0; i < r->mapping->filter_count; i++) {
        int32_t column = r->binding->filters[i];

        if (!is_taken(&r->mapping->filters[i],
                      (uint32_t)column < r->record->field_count ? &r->record->fields[column] : NULL))
            return true;
    }
    return false;
}

/* Of a row that isn't recorded: totals add it up all the same. */
static int64_t amount_if_readable(const struct reading *r)
{
    int32_t column = r->binding->columns[FIELD_AMOUNT];
    struct value v = { "", 0 };
    int64_t amount = 0;

    if (r->record->why || column < 0 || (uint32_t)column >= r->record->field_count)
        return 0;
    v = (struct value) { r->record->fields[column].text, r->record->fields[column].len };
    rows_trim(r->mapping->fields[FIELD_AMOUNT].trim, &v.text, &v.len);
    if (!v.len || mapping_amount(r->mapping, v.text, v.len, &amount, NULL) != 0 || amount < -FACT_VALUE_MAX ||
        amount > FACT_VALUE_MAX)
        return 0;
    return amount;
}

int mapping_read(const struct mapping *mapping, const struct binding *binding, const struct csv_record *record,
                 const struct reference *reference, int64_t now, struct arena *arena, struct order_line *line,
                 struct reject_reason *why)
{
    struct reading r = { mapping, binding, record, reference, now, arena, line, why, { { NULL, 0 } }, false };
    struct err sum_error;
    int bad_sum = -1;

    *line = (struct order_line) { .sender = mapping->sender_id, .customer = "", .subject = "" };
    if (mapping->sum_count)
        bad_sum = mapping_read_sums(mapping, binding, record, arena, line, &sum_error);
    if (check_shape(&r) == 0 && is_filtered(&r)) {
        line->amount = amount_if_readable(&r);
        return 1;
    }
    if (check_shape(&r) != 0 || fetch(&r) != 0 || find_original(&r) != 0 || read_key(&r) != 0 || read_time(&r) != 0 ||
        read_operation(&r) != 0 ||
        read_whole(&r, FIELD_QUANTITY, -FACT_VALUE_MAX, FACT_VALUE_MAX, 1, &line->quantity) != 0 ||
        read_amount(&r) != 0 || read_units(&r) != 0 || read_codes(&r) != 0 || read_customer(&r) != 0 ||
        read_subject(&r) != 0) {
        line->amount = amount_if_readable(&r);
        return -1;
    }
    if (bad_sum >= 0)
        return reject_sum(&r, bad_sum, sum_error.code);
    line->content_hash = hash_content(&r);
    return 0;
}
