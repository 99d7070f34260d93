/* mapping_values: times, numbers, states and texts of a row. See mapping_reading.h. */
#include "feedback/mapping/mapping_reading.h"
#include "feedback/mapping/photos.h"

#include <inttypes.h>
#include <string.h>

/* --- times ---------------------------------------------------------------------------------------------------------
 */

static int check_day(struct reading *r, const struct moment *moment)
{
    char first[DATE_TEXT_MAX], last[DATE_TEXT_MAX];

    if (moment->day < r->mapping->earliest || moment->day > r->mapping->latest) {
        date_print(first, r->mapping->earliest);
        date_print(last, r->mapping->latest);
        return reading_reject_field(
            r, FIELD_TIME, REASON(DATE_OUT_OF_RANGE),
            arena_printf(r->arena,
                         "it is not in %s..%s, which the feed's earliest and latest allow; mend them or"
                         " the row",
                         first, last));
    }
    if (!r->mapping->has_latest && moment->us > r->now + FACT_AHEAD)
        return reading_reject_field(
            r, FIELD_TIME, REASON(DATE_OUT_OF_RANGE),
            "it is more than a day in the future; ask the sender, or set the feed's latest if it is"
            " right, then release the rows");
    return 0;
}

int reading_time(struct reading *r)
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
        return reading_reject_field(r, FIELD_TIME, REASON(MISSING_VALUE), "the time is required");
    if (time_parse(v->text, v->len, &r->mapping->time, &r->mapping->zone, &moment, &err) != 0)
        return reading_reject_field(
            r, FIELD_TIME, REASON(BAD_DATE),
            arena_printf(r->arena, "it is not a time in the declared format \"%s\"", r->mapping->time.text));
    if (check_day(r, &moment) != 0)
        return -1;
    r->line->occurred_at = moment.us;
    r->line->day = moment.day;
    return 0;
}

/* --- numbers -------------------------------------------------------------------------------------------------------
 */

/* Of what decimal_parse() says. */
static Bihuan__RejectReason reason_of_number(const char *code)
{
    Bihuan__RejectReason reason = reason_parse(code);

    return reason == REASON(TOO_PRECISE) || reason == REASON(OUT_OF_RANGE) ? reason : REASON(BAD_NUMBER);
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
        return reading_reject_field(r, field, REASON(BAD_NUMBER),
                                    "it has a point, and the feed declares its scale without one");
    if (v->len && decimal_parse(v->text, v->len, -r->mapping->fields[field].scale, 0, out, &err) != 0)
        return reading_reject_field(r, field, reason_of_number(err.code),
                                    "it is not a whole number that can be stored");
    if (*out < least || *out > most)
        return reading_reject_field(r, field, REASON(OUT_OF_RANGE),
                                    arena_printf(r->arena, "it is not in %" PRId64 "..%" PRId64, least, most));
    return 0;
}

int reading_quantity(struct reading *r)
{
    return read_whole(r, FIELD_QUANTITY, -FACT_VALUE_MAX, FACT_VALUE_MAX, r->returns ? -1 : 1, &r->line->quantity);
}

/* Of a value that a default or a map put there the row said nothing. */
static bool is_given(const struct reading *r, int32_t column, enum row_trim trim)
{
    struct value v;

    if (column < 0 || (uint32_t)column >= r->record->field_count)
        return false;
    v = (struct value) { r->record->fields[column].text, r->record->fields[column].len };
    rows_trim(trim, &v.text, &v.len);
    return v.len > 0;
}

uint16_t reading_gives(const struct reading *r)
{
    unsigned gives = 0;

    if (!r->reverses)
        return 0;
    if (is_given(r, r->binding->columns[FIELD_AMOUNT], r->mapping->fields[FIELD_AMOUNT].trim))
        gives |= GIVES_AMOUNT;
    if (is_given(r, r->binding->columns[FIELD_QUANTITY], r->mapping->fields[FIELD_QUANTITY].trim))
        gives |= GIVES_QUANTITY;
    for (size_t i = 0; i < r->mapping->sum_count; i++)
        if (is_given(r, r->binding->sums[i], r->mapping->sums[i].trim))
            gives |= GIVES_SUM(i);
    return (uint16_t)gives;
}

static int reject_amount(struct reading *r, const char *code)
{
    if (strcmp(code, "too_precise") == 0)
        return reading_reject_field(r, FIELD_AMOUNT, REASON(TOO_PRECISE),
                                    "it has more decimals than money is stored with; check the declared money unit");
    if (strcmp(code, "out_of_range") == 0)
        return reading_reject_field(r, FIELD_AMOUNT, REASON(OUT_OF_RANGE),
                                    "it is larger than an amount may be; check the declared money unit or the row");
    return reading_reject_field(r, FIELD_AMOUNT, REASON(BAD_NUMBER), "it is not an amount of money");
}

int mapping_amount(const struct mapping *mapping, const char *text, size_t len, int64_t *out, struct err *err)
{
    const struct field_plan *plan = &mapping->fields[FIELD_AMOUNT];

    if (plan->scale && memchr(text, '.', len))
        return err_fail(err, ERR_INVALID, "bad_number", "it has a point, and the feed declares its scale without one");
    return decimal_parse(text, len, mapping->money_scale - (int)mapping->money - plan->scale, 0, out, err);
}

int reading_amount(struct reading *r)
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

/* Of a row that isn't recorded: totals add it up all the same. */
int64_t reading_amount_if_any(const struct reading *r)
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

int reading_reject_sum(struct reading *r, int place, const char *code)
{
    const struct csv_field *field = &r->record->fields[r->binding->sums[place]];
    const char *column = r->mapping->sums[place].column;
    int shown = (int)(field->len < SHOWN_MAX ? field->len : SHOWN_MAX);

    return reading_reject(
        r, reason_of_number(code), column, field->text, field->len < CUSTOMER_MAX ? field->len : CUSTOMER_MAX,
        arena_printf(r->arena,
                     "column \"%s\", value \"%.*s\": it is not an amount of money that can be stored; check"
                     " the declared money unit or the row",
                     column, shown, field->text));
}

/* --- states and texts ----------------------------------------------------------------------------------------------
 */

int reading_operation(struct reading *r)
{
    const struct value *v = &r->values[FIELD_STATE], *op = &r->values[FIELD_OPERATION];
    struct order_line *line = r->line;
    enum fact_kind kind = r->mapping->kind;
    char words[200];
    int64_t version;

    line->state = v->len ? fact_state_parse(kind, v->text, v->len) : fact_kind_info(kind)->usual;
    if (!line->state)
        return reading_reject_field(r, FIELD_STATE, REASON(BAD_STATE),
                                    arena_printf(r->arena, "it is none of %s; map it in the feed",
                                                 fact_state_words(kind, words, sizeof words)));
    line->operation = line->state == FACT_STATE_CANCELLED ? OPERATION_CANCEL : OPERATION_RECORD;
    if (op->len == 6 && memcmp(op->text, "cancel", 6) == 0)
        line->operation = OPERATION_CANCEL;
    else if (op->len && !(op->len == 6 && memcmp(op->text, "record", 6) == 0))
        return reading_reject_field(r, FIELD_OPERATION, REASON(BAD_OPERATION),
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

int reading_customer(struct reading *r)
{
    const struct value *v = &r->values[FIELD_CUSTOMER];

    if (v->len > CUSTOMER_MAX)
        return reading_reject_field(r, FIELD_CUSTOMER, REASON(TOO_LONG),
                                    arena_printf(r->arena, "it is longer than %d bytes", CUSTOMER_MAX));
    r->line->customer = v->len ? arena_strndup(r->arena, v->text, v->len) : "";
    r->line->customer_len = v->len;
    return 0;
}

/* What it is about, and from when its age counts. */
int reading_subject(struct reading *r)
{
    const struct value *v = &r->values[FIELD_SUBJECT], *since = &r->values[FIELD_SINCE];
    struct moment moment;

    if (r->returns && !v->len && reading_original(r) != 0)
        return -1;
    if (v->len > SUBJECT_MAX)
        return reading_reject_field(r, FIELD_SUBJECT, REASON(TOO_LONG),
                                    arena_printf(r->arena, "it is longer than %d bytes", SUBJECT_MAX));
    if (v->len || !r->returns) {
        r->line->subject = v->len ? arena_strndup(r->arena, v->text, v->len) : "";
        r->line->subject_len = v->len;
    }
    if (!since->len)
        return 0;
    if (time_parse(since->text, since->len, &r->mapping->since, &r->mapping->zone, &moment, NULL) != 0)
        return reading_reject_field(
            r, FIELD_SINCE, REASON(BAD_DATE),
            arena_printf(r->arena, "it is not a time in the declared format \"%s\"", r->mapping->since.text));
    if (moment.day < FACT_DAY_FIRST || moment.day > FACT_DAY_LAST)
        return reading_reject_field(r, FIELD_SINCE, REASON(DATE_OUT_OF_RANGE), "it is not in 2000-01-01..2038-12-31");
    r->line->since = moment.day;
    return 0;
}

int reading_photos(struct reading *r)
{
    const struct value *v = &r->values[FIELD_PHOTOS];
    struct photo photo;
    size_t at = 0;
    int count = 0, rc = 0;

    while (v->len && (rc = photo_next(v->text, v->len, &at, &r->mapping->zone, &photo)) > 0)
        count++;
    if (rc < 0 || count > PHOTOS_MAX)
        return reading_reject_field(r, FIELD_PHOTOS, REASON(BAD_PHOTO),
                                    arena_printf(r->arena,
                                                 "it is no list, parted by blanks, of at most %d photos"
                                                 " REF#sha256=64 hex digits[&taken=ISO 8601]",
                                                 PHOTOS_MAX));
    r->line->photos = count ? arena_strndup(r->arena, v->text, v->len) : "";
    r->line->photos_len = count ? v->len : 0;
    return 0;
}
