/* companion: see companion.h. */
#include "feedback/control/companion.h"

#include "text/csv.h"
#include "text/utf8.h"

#include <string.h>

struct text {
    const uint8_t *bytes;
    size_t len;
};

static int next_bytes(void *arg, void *buf, size_t cap, size_t *got, struct err *err)
{
    struct text *text = arg;

    (void)err;
    *got = text->len < cap ? text->len : cap;
    if (*got)
        memcpy(buf, text->bytes, *got);
    text->bytes += *got;
    text->len -= *got;
    return 0;
}

/* Its own mark says it, else the feed. Companions of files in other encodings are often plain ASCII, or UTF-8. */
static enum encoding encoding_of(const struct text *text, enum encoding declared)
{
    const uint8_t *s = text->bytes;

    if (text->len >= 3 && memcmp(s, "\xEF\xBB\xBF", 3) == 0)
        return ENCODING_UTF8;
    if (text->len >= 2 && (memcmp(s, "\xFF\xFE", 2) == 0 || memcmp(s, "\xFE\xFF", 2) == 0))
        return ENCODING_UTF16;
    if (declared == ENCODING_GB18030)
        return encoding_is_surely_utf8(s, text->len, true) ? ENCODING_UTF8 : declared;
    if (declared == ENCODING_UTF16 ||
        (declared != ENCODING_UTF8 && !memchr(s, 0, text->len) && utf8_valid(s, text->len)))
        return ENCODING_UTF8;
    return declared;
}

int companion_read(const struct control_plan *plan, enum encoding declared, const uint8_t *bytes, size_t len,
                   struct control_said *said, struct err *err)
{
    struct text text = { bytes, len };
    const struct csv_options options = { .encoding = encoding_of(&text, declared), .delimiter = plan->delimiter };
    struct csv_record record = { .fields = NULL };
    struct csv *csv = NULL;
    int rc;

    if (csv_open(&csv, &options, next_bytes, &text, err) != 0)
        return -1;
    rc = csv_next(csv, &record, err);
    if (rc == 1 && record.why) {
        *err = *record.why;
        rc = -1;
    }
    if (rc >= 0)
        rc = control_read(plan, LINE_DATA, NULL, &record, said, err);
    csv_close(&csv);
    return rc;
}
