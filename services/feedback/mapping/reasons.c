/* reasons: see reasons.h. */
#include "feedback/mapping/reasons.h"

#include <stddef.h>
#include <string.h>

static const char *const words[] = {
    [REASON(NONE)] = "",
    [REASON(UNMAPPED)] = "unmapped",
    [REASON(MISSING_VALUE)] = "missing_value",
    [REASON(BAD_DATE)] = "bad_date",
    [REASON(DATE_OUT_OF_RANGE)] = "date_out_of_range",
    [REASON(BAD_NUMBER)] = "bad_number",
    [REASON(TOO_PRECISE)] = "too_precise",
    [REASON(OUT_OF_RANGE)] = "out_of_range",
    [REASON(BAD_STATE)] = "bad_state",
    [REASON(BAD_OPERATION)] = "bad_operation",
    [REASON(BAD_ORIGINAL)] = "bad_original",
    [REASON(KEY_TOO_LONG)] = "key_too_long",
    [REASON(TOO_LONG)] = "too_long",
    [REASON(UNKNOWN_UNIT)] = "unknown_unit",
    [REASON(UNKNOWN_CHANNEL)] = "unknown_channel",
    [REASON(UNKNOWN_PRODUCT)] = "unknown_product",
    [REASON(UNIT_CLOSED)] = "unit_closed",
    [REASON(VERSION_CONFLICT)] = "version_conflict",
    [REASON(FIELD_COUNT)] = "field_count",
    [REASON(BAD_ENCODING)] = "bad_encoding",
    [REASON(NUL_BYTE)] = "nul_byte",
    [REASON(OPEN_QUOTE)] = "open_quote",
    [REASON(BAD_QUOTE)] = "bad_quote",
    [REASON(RECORD_TOO_LONG)] = "record_too_long",
    [REASON(TOO_MANY_FIELDS)] = "too_many_fields",
    [REASON(ROW_LENGTH)] = "row_length",
    [REASON(UNKNOWN_MARK)] = "unknown_mark",
    [REASON(AFTER_TRAILER)] = "after_trailer",
    [REASON(BAD_JSON)] = "bad_json",
    [REASON(TWICE)] = "twice",
    [REASON(NOT_SCALAR)] = "not_scalar",
    [REASON(BAD_PHOTO)] = "bad_photo",
    [REASON(REVERSAL_DIFFERS)] = "reversal_differs",
};
#define COUNT (sizeof words / sizeof words[0])

const char *reason_word(Bihuan__RejectReason reason)
{
    return (size_t)reason < COUNT && words[reason] ? words[reason] : "";
}

Bihuan__RejectReason reason_parse(const char *word)
{
    for (size_t i = 1; i < COUNT; i++)
        if (words[i] && strcmp(words[i], word) == 0)
            return (Bihuan__RejectReason)i;
    return REASON(NONE);
}

const char *reason_of_reversal(struct arena *arena, const char *key, const char *differs)
{
    return arena_printf(
        arena,
        "it takes back another %s than record \"%s\" has, and a record is taken back as a whole; correct"
        " the record or mend the row, or declare \"returns: own\" where parts of a sale come back",
        differs, key);
}
