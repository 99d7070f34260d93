/* control_case: a companion of any bytes, and a file of any bytes with header and trailer lines. What must hold:
 *
 *   - both are read, or refused with a word as the file's own fault, or the file would be tried for ever;
 *   - a file comes to the same whether its bytes come one by one or all at once;
 *   - compared, it agrees or differs with a word; what a control says agrees with itself;
 *   - what was found in a file, written down as its companion would be, is read again as that.
 *
 * The first two bytes of a case choose the feed and the sizes of the pieces. Of a feed with companions the companion
 * comes next and ends with the byte 1E. The rest is the file. */
#ifndef BIHUAN_TESTS_FUZZ_CONTROL_CASE_H
#define BIHUAN_TESTS_FUZZ_CONTROL_CASE_H

#include "feedback/control/companion.h"
#include "feedback/files/control_pass.h"
#include "fuzz/services/feedback/case_feed.h"
#include "text/decimal.h"

#include <inttypes.h>

#define CONTROL_HEAD 2
#define CONTROL_END  0x1E
#define CONTROL_ALL  0x7F /* longer than a control value */

#define CONTROL_OPEN                                                                                                   \
    "{\"code\":\"x\",\"sender\":\"x\",\"fact\":\"order_line\",\"watermark\":\"last_event\",\"key\":[\"k\"],"           \
    "\"columns\":[{\"field\":\"time\",\"column\":\"t\"},{\"field\":\"unit\",\"column\":\"u\"},"
#define CONTROL_LAYOUT                                                                                                 \
    "\"layout\":[{\"name\":\"m\"},{\"name\":\"k\"},{\"name\":\"t\"},{\"name\":\"u\"},{\"name\":\"a\"},{\"name\":"      \
    "\"x\"}],\"no_header\":true,\"marks\":{\"header\":\"H\",\"data\":\"D\",\"trailer\":\"T\"},"
#define CONTROL_FIXED                                                                                                  \
    "\"format\":\"fixed\",\"no_header\":true,\"layout\":[{\"name\":\"m\",\"start\":1,\"length\":1},{\"name\":\"k\","   \
    "\"start\":2,\"length\":2},{\"name\":\"t\",\"start\":4,\"length\":8},{\"name\":\"u\",\"start\":12,\"length\":2},"  \
    "{\"name\":\"a\",\"start\":14,\"length\":6,\"trim\":\"zero\"}],\"marks\":{\"header\":\"H\",\"data\":\"D\","        \
    "\"trailer\":\"T\"},\"optional_columns\":1,"
#define CONTROL_AMOUNT(money) "{\"field\":\"amount\",\"column\":\"a\",\"money\":\"" money "\"}],"
#define CONTROL_SUMS          "\"sums\":[{\"name\":\"tax\",\"column\":\"x\",\"money\":\"fen\"}],"
#define CONTROL_COMPANION(delimiter, values)                                                                           \
    "\"control\":{\"by\":\"companion\",\"delimiter\":\"" delimiter "\",\"values\":[" values "]}}"
#define CONTROL_LINES(values) "\"control\":{\"by\":\"lines\",\"values\":[" values "]}}"
#define CONTROL_AT(what, n)   "{\"what\":\"" what "\",\"position\":" n "}"
#define CONTROL_TAX(n, more)  "{\"what\":\"sum\",\"column\":\"tax\",\"money\":\"fen\",\"position\":" n more "}"

static const char *const control_feeds[] = {
    CONTROL_OPEN CONTROL_AMOUNT("yuan") CONTROL_SUMS CONTROL_COMPANION(
        "\\t", CONTROL_AT("rows", "1") "," CONTROL_AT("sum", "2") "," CONTROL_AT("bytes", "3") "," CONTROL_AT(
                   "sequence", "4") "," CONTROL_AT("day", "5") "," CONTROL_AT("through", "6") "," CONTROL_TAX("7", "")),
    CONTROL_OPEN CONTROL_AMOUNT("fen") "\"encoding\":\"GB18030\",\"delimiter\":\"|\"," CONTROL_COMPANION(
        "|", CONTROL_AT("md5", "1") "," CONTROL_AT("sha256", "2") "," CONTROL_AT("name", "3") "," CONTROL_AT(
                 "rows", "5") ",{\"what\":\"sum\",\"money\":\"fen\",\"scale\":2,\"position\":4}"),
    CONTROL_OPEN CONTROL_AMOUNT("fen") CONTROL_SUMS CONTROL_LAYOUT
    "\"delimiter\":\"|\",\"quote\":\"none\",\"encoding\":\"GBK\"," CONTROL_LINES(
        "{\"what\":\"day\",\"line\":\"header\",\"position\":2},{\"what\":\"sequence\",\"line\":\"header\","
        "\"position\":3},{\"what\":\"rows\",\"line\":\"trailer\",\"position\":2},{\"what\":\"sum\",\"line\":"
        "\"trailer\",\"position\":3,\"money\":\"fen\"}," CONTROL_TAX("4", ",\"line\":\"trailer\"")),
    CONTROL_OPEN CONTROL_AMOUNT("yuan") CONTROL_LAYOUT CONTROL_LINES(
        "{\"what\":\"through\",\"line\":\"header\",\"position\":2},{\"what\":\"name\",\"line\":\"header\","
        "\"position\":3},{\"what\":\"rows\",\"line\":\"trailer\",\"position\":2},{\"what\":\"sum\",\"line\":"
        "\"trailer\",\"position\":3}"),
    CONTROL_OPEN CONTROL_AMOUNT("fen") CONTROL_FIXED "\"encoding\":\"GB18030\",\"width_unit\":\"bytes\"," CONTROL_LINES(
        "{\"what\":\"day\",\"line\":\"header\",\"start\":2,\"length\":8},{\"what\":\"rows\",\"line\":\"trailer\","
        "\"start\":2,\"length\":5},{\"what\":\"sum\",\"line\":\"trailer\",\"start\":7,\"length\":9,\"money\":\"li\"}"),
    CONTROL_OPEN CONTROL_AMOUNT("yuan") CONTROL_FIXED CONTROL_LINES(
        "{\"what\":\"rows\",\"line\":\"trailer\",\"start\":2,\"length\":5},{\"what\":\"sum\",\"line\":\"trailer\","
        "\"start\":7,\"length\":20,\"scale\":3}"),
};
#define CONTROL_FEEDS (sizeof control_feeds / sizeof control_feeds[0])

static char control_fault[700];

/* What became of a file. */
struct control_outcome {
    struct control_said said, found;
    struct control_unread unread;
    struct err err;
    int rc;
};

static inline void control_say(const char *what, const char *more)
{
    if (!control_fault[0])
        snprintf(control_fault, sizeof control_fault, "%s: %s", what, more);
}

static inline const struct mapping *control_mapping(size_t which)
{
    static struct mapping mappings[CONTROL_FEEDS];
    static bool made[CONTROL_FEEDS];

    if (!made[which])
        case_compile(control_feeds[which], &mappings[which]);
    made[which] = true;
    return &mappings[which];
}

static inline void control_expect_own(const struct err *err, const char *what)
{
    if (err->cls != ERR_INVALID || !err->code[0] || !err->text[0])
        control_say(what, err->text[0] ? err->text : "refused without a word");
}

/* --- companions --- */

static inline int control_take(const struct mapping *mapping, const uint8_t *bytes, size_t len,
                               struct control_said *said, const char *what)
{
    struct err err;
    int rc;

    err_clear(&err);
    *said = (struct control_said) { .has = { false } };
    rc = companion_read(&mapping->control, mapping->rows.csv.encoding, bytes, len, said, &err);
    if (rc != 0)
        control_expect_own(&err, what);
    return rc;
}

/* As a sender would write it; false: there is no way to. */
static inline bool control_write_value(const struct control_value *value, const struct control_said *found, char *out)
{
    int64_t number = value->sum ? found->sums[value->sum - 1] : found->number[value->what];
    char text[DECIMAL_TEXT_MAX];

    if (value->what >= CONTROL_MD5)
        snprintf(out, CONTROL_ALL, "%s", "00ff");
    else if (value->what == CONTROL_DAY || value->what == CONTROL_THROUGH)
        snprintf(out, CONTROL_ALL, "%s", "20261101");
    else if (value->what == CONTROL_SUM && value->digits < 0)
        return false;
    else if (value->what == CONTROL_SUM)
        snprintf(out, CONTROL_ALL, "%.*s", (int)decimal_print(text, number, value->digits, 0), text);
    else
        snprintf(out, CONTROL_ALL, "%" PRId64, number);
    return true;
}

static inline void control_write(const struct mapping *mapping, const struct control_said *found)
{
    const struct control_plan *plan = &mapping->control;
    struct control_said said, whole = *found;
    struct buf text = { 0 };
    struct err err;

    for (uint32_t at = 0; at < CONTROL_VALUES_MAX; at++) {
        char value[CONTROL_ALL] = "";

        for (size_t i = 0; i < plan->count; i++)
            if (plan->values[i].position == at && !control_write_value(&plan->values[i], found, value))
                goto out;
        buf_printf(&text, "%s%c", value, plan->delimiter);
    }
    if (control_take(mapping, text.data, text.len, &said, "a companion written down") != 0)
        goto out;
    whole.has[CONTROL_DAY] = whole.has[CONTROL_THROUGH] = false; /* not found in a file's rows */
    if (control_compare(plan, &said, &whole, 4, &err) != 0)
        control_say("what was found, written down", err.text);
out:
    buf_fini(&text);
}

/* --- files --- */

static inline void control_read_file(const struct mapping *mapping, const uint8_t *bytes, size_t len, size_t piece,
                                     struct control_outcome *out)
{
    struct case_reader reader = { bytes, len, 0, piece };

    memset(out, 0, sizeof *out);
    out->rc = control_pass(mapping, "x_20261101_07.txt", case_give, &reader, &out->said, &out->found, &out->unread,
                           &out->err);
}

static inline bool control_equal(const struct control_said *a, const struct control_said *b)
{
    return memcmp(a->has, b->has, sizeof a->has) == 0 && memcmp(a->number, b->number, sizeof a->number) == 0 &&
           memcmp(a->text, b->text, sizeof a->text) == 0 && memcmp(a->has_sum, b->has_sum, sizeof a->has_sum) == 0 &&
           memcmp(a->sums, b->sums, sizeof a->sums) == 0;
}

static inline void control_expect_same(const struct control_outcome *a, const struct control_outcome *b)
{
    if (a->rc != b->rc || strcmp(a->err.text, b->err.text) != 0)
        control_say("in pieces it is refused otherwise", b->err.text);
    else if (!control_equal(&a->said, &b->said) || !control_equal(&a->found, &b->found) ||
             a->unread.rows != b->unread.rows || strcmp(a->unread.because, b->unread.because) != 0)
        control_say("in pieces", "it says or holds something else");
}

static inline void control_judge(const struct mapping *mapping, const struct control_said *said,
                                 const struct control_said *found)
{
    struct err err;

    err_clear(&err);
    if (control_compare(&mapping->control, said, found, 4, &err) != 0)
        control_expect_own(&err, "compared");
    err_clear(&err);
    if (control_compare(&mapping->control, said, said, 4, &err) != 0 && strcmp(err.code, "no_control") != 0)
        control_say("it differs from itself", err.text);
}

/* Runs one case. Returns "" or what was found; the text is static. `made` (may be NULL) counts rows. */
static inline const char *control_case_run(const uint8_t *data, size_t size, size_t *made)
{
    static struct control_outcome whole, other;
    static struct control_said said;
    const struct mapping *mapping;
    size_t piece;

    control_fault[0] = '\0';
    if (size < CONTROL_HEAD)
        return "";
    mapping = control_mapping(data[0] % CONTROL_FEEDS);
    piece = 1U + data[1] % 64U;
    data += CONTROL_HEAD;
    size -= CONTROL_HEAD;
    said = (struct control_said) { .has = { false } };
    if (mapping->control.by == CONTROL_COMPANION) {
        const uint8_t *end = size ? memchr(data, CONTROL_END, size) : NULL;
        size_t len = end ? (size_t)(end - data) : size;

        (void)control_take(mapping, data, len, &said, "a companion");
        data += len + (end ? 1 : 0);
        size -= len + (end ? 1 : 0);
    }
    control_read_file(mapping, data, size, SIZE_MAX, &whole);
    control_read_file(mapping, data, size, piece, &other);
    control_expect_same(&whole, &other);
    if (whole.rc != 0)
        control_expect_own(&whole.err, "a file");
    control_judge(mapping, mapping->control.by == CONTROL_COMPANION ? &said : &whole.said, &whole.found);
    if (whole.rc == 0 && mapping->control.by == CONTROL_COMPANION)
        control_write(mapping, &whole.found);
    if (made)
        *made += (size_t)whole.found.number[CONTROL_ROWS];
    return control_fault;
}

#endif
