/* mapping: reading records with a feed that is bound to a file's columns. See mapping.h. */
#include "feedback/mapping/mapping_reading.h"

#include "base/hash.h"

#include <assert.h>
#include <string.h>

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

int reading_reject(struct reading *r, Bihuan__RejectReason reason, const char *column, const char *value,
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

int reading_reject_field(struct reading *r, enum fact_field field, Bihuan__RejectReason reason, const char *remedy)
{
    const struct value *v = &r->values[field];
    int shown = (int)(v->len < SHOWN_MAX ? v->len : SHOWN_MAX);

    return reading_reject(
        r, reason, column_of(r, field), v->text, v->len < CUSTOMER_MAX ? v->len : CUSTOMER_MAX,
        arena_printf(r->arena, "column \"%s\", value \"%.*s\": %s", column_of(r, field), shown, v->text, remedy));
}

/* A record that the CSV reader gave up. */
static int reject_record(struct reading *r)
{
    assert(reason_parse(r->record->why->code)); /* readers say reasons of the list */
    return reading_reject(r, reason_parse(r->record->why->code), "", "", 0,
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
            return reading_reject_field(
                r, (enum fact_field)f, REASON(UNMAPPED),
                arena_printf(r->arena, "the map \"%s\" does not list it; add it to the map and release the rows",
                             plan->map->name));
    }
    return 0;
}

static bool has_columns(const struct mapping *mapping, const struct binding *binding, const struct csv_record *record)
{
    uint32_t got = record->field_count, want = binding->field_count;

    return !want || (got <= want && got + mapping->rows.optional >= want);
}

static int check_shape(struct reading *r)
{
    uint32_t got = r->record->field_count, want = r->binding->field_count;

    if (r->record->why)
        return reject_record(r);
    if (!has_columns(r->mapping, r->binding, r->record))
        return reading_reject(r, REASON(FIELD_COUNT), "", "", 0,
                              arena_printf(r->arena, "the row has %u fields, the header %u; %s", got, want,
                                           got > want
                                               ? "is a delimiter inside a field not quoted?"
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

bool mapping_key_hash(const struct mapping *mapping, const struct binding *binding, const struct csv_record *record,
                      uint64_t *hash)
{
    *hash = 0;
    if (record->why || !has_columns(mapping, binding, record))
        return false;
    for (size_t i = 0; i + 1 < mapping->feed->n_key; i++) { /* the last is KEY_NTH */
        const struct csv_field *field;

        if ((uint32_t)binding->keys[i] >= record->field_count)
            return false;
        field = &record->fields[binding->keys[i]];
        if (!field->len)
            return false;
        *hash = hash_bytes(field->text, field->len, *hash + field->len); /* ("a","bc") isn't ("ab","c") */
    }
    return true;
}

int mapping_read(const struct mapping *mapping, const struct binding *binding, const struct csv_record *record,
                 const char *nth, const struct reference *reference, int64_t now, struct arena *arena,
                 struct order_line *line, struct reject_reason *why)
{
    struct reading r = {
        mapping, binding, record, nth, reference, now, arena, line, why, { { NULL, 0 } }, false, false
    };
    struct err sum_error;
    int bad_sum = -1;

    *line = (struct order_line) {
        .sender = mapping->sender_id, .feed_id = mapping->feed_id, .customer = "", .subject = ""
    };
    if (mapping->sum_count)
        bad_sum = mapping_read_sums(mapping, binding, record, arena, line, &sum_error);
    if (check_shape(&r) == 0 && is_filtered(&r)) {
        line->amount = reading_amount_if_any(&r);
        return 1;
    }
    if (check_shape(&r) != 0 || fetch(&r) != 0 || reading_find_original(&r) != 0 || reading_key(&r) != 0 ||
        reading_time(&r) != 0 || reading_operation(&r) != 0 || reading_quantity(&r) != 0 || reading_amount(&r) != 0 ||
        reading_units(&r) != 0 || reading_codes(&r) != 0 || reading_customer(&r) != 0 || reading_subject(&r) != 0 ||
        reading_photos(&r) != 0) {
        line->amount = reading_amount_if_any(&r);
        return -1;
    }
    if (bad_sum >= 0)
        return reading_reject_sum(&r, bad_sum, sum_error.code);
    line->gives = reading_gives(&r);
    line->content_hash = reading_hash(&r);
    return 0;
}
