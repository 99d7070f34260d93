/* control: what a file's companion, or its own header and trailer lines, say about it, and whether that is so. Pure.
 *
 * A plan is compiled from a Feed (mapping). control_read() takes the values out of one line; control_compare() says the
 * first thing that differs, with what was expected and what was found.
 */
#ifndef BIHUAN_FEEDBACK_CONTROL_H
#define BIHUAN_FEEDBACK_CONTROL_H

#include "feedback/facts/order_line.h"
#include "feedback/formats/rows.h"
#include "text/dates.h"

#define CONTROL_TEXT_MAX   256
#define CONTROL_VALUES_MAX 16

enum control_by { CONTROL_NONE, CONTROL_COMPANION, CONTROL_LINES };

enum control_what {
    CONTROL_ROWS,  /* data rows, without header */
    CONTROL_SUM,   /* of the amounts of all rows, in stored units */
    CONTROL_BYTES, /* of the file as it was delivered */
    CONTROL_SEQUENCE,
    CONTROL_DAY,     /* days since 1970-01-01 */
    CONTROL_THROUGH, /* to when the feed is complete, microseconds UTC, exclusive */
    CONTROL_MD5,     /* the following are texts */
    CONTROL_SHA256,
    CONTROL_NAME,
    CONTROL_WHAT_COUNT
};
extern const char *const control_words[CONTROL_WHAT_COUNT];

struct control_value {
    enum control_what what;
    enum line_kind line;     /* LINE_HEADER or LINE_TRAILER; of a companion LINE_DATA */
    uint32_t position;       /* which field, from 0 */
    struct row_column place; /* fixed width: where */
    int digits;              /* of a sum: stored decimals less those that its text implies */
    int sum;                 /* of a sum: place of the further money column that it is of, from 1; 0 the amount's */
    const char *sum_name;
};

struct control_plan {
    enum control_by by;
    bool of_base; /* the companion's name is the file's up to its first dot, and the suffix; else the whole name */
    const char *suffix; /* ".ctl" */
    char delimiter;
    struct zone zone;
    struct control_value values[CONTROL_VALUES_MAX];
    size_t count;
};

/* Numbers in the name of a feed's files. */
struct sequence_plan {
    bool declared, daily;
    int64_t first, last; /* last 0: never begins anew */
    int64_t gap_us;      /* how long a number may be missing */
};

struct control_said {
    bool has[CONTROL_WHAT_COUNT];
    int64_t number[CONTROL_WHAT_COUNT];
    char text[CONTROL_WHAT_COUNT][CONTROL_TEXT_MAX];
    bool has_sum[SUMS_MAX]; /* of the feed's further money columns, in stored units */
    int64_t sums[SUMS_MAX];
};

bool control_asks(const struct control_plan *plan, enum control_what what);
/* Whether the data has to be read through before it is loaded. */
bool control_needs_pass(const struct control_plan *plan);

/* Values of a line of that kind. `format` NULL: a companion's line, of fields. ERR_INVALID, code bad_control. */
int control_read(const struct control_plan *plan, enum line_kind kind, const struct row_format *format,
                 const struct csv_record *line, struct control_said *said, struct err *err);

/* *found: what the file is; only what `plan` asks for is looked at. ERR_INVALID, codes no_control (a value wasn't
 * there at all) and control_differs. `scale`: decimals of stored amounts, for the words. */
int control_compare(const struct control_plan *plan, const struct control_said *said, const struct control_said *found,
                    int scale, struct err *err);

/* Name of the companion of `name`. */
void control_companion(const struct control_plan *plan, const char *name, char *out, size_t cap);
/* Whether `name` is itself a companion. */
bool control_is_companion(const struct control_plan *plan, const char *name);

#endif
