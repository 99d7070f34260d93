/* mapping_key: by what a record is known, and what it says as one number. See mapping_reading.h. */
#include "feedback/mapping/mapping_reading.h"

#include "base/hash.h"

#include <string.h>

#define SUMS_HASH 14 /* behind it further columns of money are hashed; part of the stored data */

/* Whether the row names another record. Filled in part it's neither. */
int reading_find_original(struct reading *r)
{
    const Bihuan__Feed *feed = r->mapping->feed;
    size_t filled = 0;

    for (size_t i = 0; i < feed->n_original && !r->binding->deleting; i++) {
        int32_t column = r->binding->originals[i];

        filled += (uint32_t)column < r->record->field_count && r->record->fields[column].len > 0;
    }
    r->reverses = filled && !r->mapping->returns_own;
    r->returns = filled && r->mapping->returns_own;
    if (filled && filled < feed->n_original)
        return reading_reject(r, REASON(BAD_ORIGINAL), feed->original[0], "", 0,
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

/* NULL: the row doesn't have it. */
static const struct csv_field *part_of(const struct reading *r, bool original, size_t i, struct csv_field *nth)
{
    int32_t column = original ? r->binding->originals[i] : r->binding->keys[i];

    if (r->mapping->counts_equal && i + 1 == r->mapping->feed->n_key) {
        *nth = (struct csv_field) { .text = r->nth, .len = r->nth ? (uint32_t)strlen(r->nth) : 0 };
        return nth;
    }
    return (uint32_t)column < r->record->field_count ? &r->record->fields[column] : NULL;
}

static int read_key(struct reading *r, bool original, char key[RECORD_KEY_MAX], uint32_t *out)
{
    const Bihuan__Feed *feed = r->mapping->feed;
    uint32_t len = 0;

    for (size_t i = 0; i < feed->n_key; i++) {
        struct csv_field nth;
        const struct csv_field *field = part_of(r, original, i, &nth);

        if (!field || !field->len)
            return reading_reject(
                r, REASON(MISSING_VALUE), feed->key[i], "", 0,
                arena_printf(r->arena, "column \"%s\" is part of the record's key and is empty", feed->key[i]));
        if (i && len < RECORD_KEY_MAX - 1)
            key[len++] = '|';
        if (!add_part(key, &len, field, feed->n_key > 1))
            return reading_reject(
                r, REASON(KEY_TOO_LONG), feed->key[i], field->text, SHOWN_MAX < field->len ? SHOWN_MAX : field->len,
                arena_printf(r->arena, "the record's key is longer than %d bytes", RECORD_KEY_MAX - 1));
    }
    *out = len;
    return 0;
}

int reading_key(struct reading *r)
{
    char key[RECORD_KEY_MAX];
    uint32_t len;

    if (read_key(r, r->reverses, key, &len) != 0)
        return -1;
    r->line->key = arena_strndup(r->arena, key, len);
    r->line->key_len = len;
    r->line->record_hash = hash_record(r->mapping->sender, key, len);
    r->line->bucket = hash_bucket(r->line->record_hash, r->mapping->bucket_count);
    return 0;
}

int reading_original(struct reading *r)
{
    char key[RECORD_KEY_MAX];
    uint32_t len;

    if (read_key(r, true, key, &len) != 0)
        return -1;
    if (len > SUBJECT_MAX)
        return reading_reject(r, REASON(TOO_LONG), r->mapping->feed->original[0], key, SHOWN_MAX,
                              arena_printf(r->arena,
                                           "the original's key, which becomes the return's subject, is longer"
                                           " than %d bytes",
                                           SUBJECT_MAX));
    r->line->subject = arena_strndup(r->arena, key, len);
    r->line->subject_len = len;
    return 0;
}

/* Of what the row says, not of ids or defaults that depend on when it was read. */
int64_t reading_hash(const struct reading *r)
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
    if (line->photos_len)
        hash = hash_bytes(line->photos, line->photos_len, hash + FIELD_PHOTOS);
    for (uint8_t i = 0; i < line->sum_count; i++)
        if (line->sums[i])
            hash = hash_bytes(&line->sums[i], sizeof line->sums[i], hash + SUMS_HASH + i);
    for (size_t i = 0; r->returns && i < r->mapping->feed->n_original; i++) {
        const struct csv_field *of = &r->record->fields[r->binding->originals[i]];

        hash = hash_bytes(of->text, of->len, hash);
    }
    for (size_t i = 0; r->reverses && i < r->mapping->feed->n_key; i++) { /* two reversals of one record differ */
        const struct csv_field *own = &r->record->fields[r->binding->keys[i]];

        hash = hash_bytes(own->text, own->len, hash);
    }
    return (int64_t)hash;
}
