/* mapping: how one feed's records become order lines: a Feed compiled, bound to a header, applied record by record.
 *
 * mapping_compile() checks the Feed and says every fault with a JSON pointer; what comes out is immutable and lives in
 * the arena. mapping_bind() finds the columns in a file's header. mapping_read() turns a record into an order line, or
 * says why it can't: then the row waits in quarantine. No I/O; any number of threads may read with one mapping.
 */
#ifndef BIHUAN_FEEDBACK_MAPPING_H
#define BIHUAN_FEEDBACK_MAPPING_H

#include "base/arena.h"
#include "base/err.h"
#include "feedback/control/missing.h"
#include "feedback/facts/order_line.h"
#include "feedback/formats/rows.h"
#include "feedback/reference/reference.h"
#include "text/dates.h"
#include "text/decimal.h"
#include "text/inflate.h"
#include "text/pattern.h"

#include "bihuan/feedback.pb-c.h"

#define MAPPING_KEYS_MAX 8
#define FILTERS_MAX      8
#define LAYOUT_MAX       256 /* columns */
#define LAYOUT_WIDTH_MAX 65536
#define RECORD_KEY_MAX   240    /* bytes of a record's key */
#define KEY_NTH          "#nth" /* a key part that is no column: which of the file's rows with the other parts it is */
#define CUSTOMER_MAX     200
#define SUBJECT_MAX      120
#define SUM_NAME_MAX     64

/* What a row may say at most: readers add rows up in cells that hold 2^48 and keep days in a window of fixed length. */
#define FACT_VALUE_MAX (INT64_C(1) << 44) /* of |amount|, in stored units, and of |quantity| */
#define FACT_DAY_FIRST 10957              /* 2000-01-01 */
#define FACT_DAY_LAST  25201              /* 2038-12-31 */
#define FACT_AHEAD     US_PER_DAY         /* how far ahead of the business clock a time may be */

enum fact_field {
    FIELD_TIME,
    FIELD_UNIT,
    FIELD_SELLER,
    FIELD_CHANNEL,
    FIELD_PRODUCT,
    FIELD_QUANTITY,
    FIELD_AMOUNT,
    FIELD_STATE,
    FIELD_VERSION,
    FIELD_OPERATION,
    FIELD_CUSTOMER,
    FIELD_PLACE,
    FIELD_SUBJECT,
    FIELD_SINCE,
    FIELD_CURRENCY, /* only looked up in its map: a row of another currency waits */
    FIELD_PHOTOS,
    FIELD_COUNT,
};

enum watermark_mode {
    WATERMARK_FILE_DATE,
    WATERMARK_LAST_EVENT,
    WATERMARK_CALENDAR,
    WATERMARK_CONTROL,
    WATERMARK_TOLD,
    WATERMARK_NONE,
};

struct code_map;

/* What a feed says of its cities. */
struct city_plan {
    enum { CITIES_NONE = 0, CITIES_BY_NAME, CITIES_BY_UNIT } by;
    const struct code_map *map; /* by name; NULL none */
    const char *type;           /* of the units */
    char *const *units;         /* waited for from the start */
    size_t unit_count;
};

struct row_filter {
    const char *column;
    char *const *values;
    size_t value_count;
    bool reversed; /* takes the rows that have none of the values */
};

struct field_plan {
    bool mapped;
    const char *column; /* "" a constant: its default */
    const struct code_map *map;
    const char *fallback; /* for an empty value; "" none */
    uint32_t fallback_len;
    int scale; /* decimals without a point */
    enum row_trim trim;
};

/* A further column of money. */
struct sum_plan {
    const char *name, *column;
    enum money_unit money;
    int scale; /* decimals without a point */
    enum row_trim trim;
};

struct mapping {
    uint32_t feed_id;
    enum fact_kind kind;
    const char
        *sender; /* under which its records are known: the feed's, or "boss/bill" for other kinds than order lines */
    int16_t sender_id;
    const Bihuan__Feed *feed;
    struct row_format rows;
    enum in_format format;
    bool has_pattern;
    struct pattern pattern;
    bool has_deletes;
    struct pattern deletes; /* of delete files */
    bool has_end_mark;
    struct pattern end_mark; /* of files that say how far the feed is complete */
    bool returns_own;        /* a row that names an original is a record of its own */
    bool replaces_day;
    bool counts_equal; /* its key ends in KEY_NTH */
    bool responds;     /* a response is written for each file */
    struct control_plan control;
    struct sequence_plan sequence;
    struct calendar_plan calendar;
    struct city_plan cities;
    struct field_plan fields[FIELD_COUNT];
    struct sum_plan sums[SUMS_MAX];
    size_t sum_count;
    struct code_map *maps;
    size_t map_count;
    struct row_filter *filters;
    size_t filter_count;
    struct time_pattern time, since;
    enum money_unit money;
    enum watermark_mode watermark;
    int32_t earliest, latest; /* within FACT_DAY_FIRST..FACT_DAY_LAST */
    bool has_latest;          /* the feed says how late a row may be: then the clock doesn't */
    struct zone zone;
    int money_scale;
    uint32_t bucket_count;
};

/* Called for each fault; pointer is relative to the Feed ("/columns/2/field"). */
typedef void mapping_problem_fn(void *arg, const char *pointer, const char *code, const char *message);

/* `feed` is borrowed for as long as the mapping is used. Returns the number of faults; with any, *out isn't usable. */
size_t mapping_compile(struct mapping *out, const Bihuan__Feed *feed, const struct zone *zone, int money_scale,
                       uint32_t bucket_count, struct arena *arena, mapping_problem_fn *problem, void *arg);
/* Frees the hash tables of the code maps. */
void mapping_fini(struct mapping *mapping);

/* Where in a record each field stands; -1 not in it. */
struct binding {
    int32_t columns[FIELD_COUNT];
    int32_t keys[MAPPING_KEYS_MAX];
    int32_t sums[SUMS_MAX];
    int32_t filters[FILTERS_MAX];
    int32_t originals[MAPPING_KEYS_MAX];
    bool deleting;   /* every row takes its record back */
    bool has_moment; /* the moment that rows without a time have: of the file's name */
    struct moment moment;
    int64_t version;      /* of all rows; -1: the rows' own */
    uint32_t field_count; /* of every record, less what may be missing; 0 not known */
};

/* header NULL: columns are called as the feed says, else "1", "2", ... ERR_INVALID, code missing_column. */
int mapping_bind(const struct mapping *mapping, const struct csv_record *header, struct binding *out, struct err *err);
/* The same for a file of that name: a delete file needs fewer columns; in a feed whose files replace a day the number
 * in the name is the version of its rows. */
int mapping_bind_file(const struct mapping *mapping, const char *name, const struct csv_record *header,
                      struct binding *out, struct err *err);
/* Whether it is the name of a delete file. */
bool mapping_deletes(const struct mapping *mapping, const char *name);
/* Whether the name fits the feed's pattern or that of its delete files. ERR_INVALID says why not. */
int mapping_check_name(const struct mapping *mapping, const char *name, struct err *err);

/* Whose file it is by its name: *unit 0 where files aren't a city's. ERR_INVALID, code unknown_city: the name says a
 * city that is none of our units of the type. */
int mapping_city(const struct mapping *mapping, const struct reference *reference, const char *name, uint32_t *unit,
                 struct err *err);
/* The city whose part of the feed a row of that unit and day is of; 0 none. file_city: by the file's name. */
uint32_t mapping_part_of(const struct mapping *mapping, const struct reference *reference, uint32_t file_city,
                         uint32_t unit, int32_t day);

/* Why a row waits. Texts in the arena; column and value may be "". */
struct reject_reason {
    const char *reason;
    const char *column;
    const char *value;
    const char *message;
};

/* What tells rows of one file apart that its keys don't: a hash of the other parts of the key, to be counted over all
 * rows of the file, whatever becomes of them. False where the row has none, since it can't be read or a part is empty:
 * then it waits. */
bool mapping_key_hash(const struct mapping *mapping, const struct binding *binding, const struct csv_record *record,
                      uint64_t *hash);

/* 0 with *line filled (but file, row and contributions), 1 where a filter doesn't take the row, or -1 with *why; then
 * line->amount is the row's amount where it can be read, else 0, and line->sums likewise. Texts are copied into the
 * arena. `now` is business time: rows from the future wait. nth: what stands for KEY_NTH in its key; NULL none. */
int mapping_read(const struct mapping *mapping, const struct binding *binding, const struct csv_record *record,
                 const char *nth, const struct reference *reference, int64_t now, struct arena *arena,
                 struct order_line *line, struct reject_reason *why);

/* The text of an amount, in stored units: by the feed's money unit and scale. Errors as of decimal_parse(). */
int mapping_amount(const struct mapping *mapping, const char *text, size_t len, int64_t *out, struct err *err);

/* Of a field of the feed's further money column `place`; empty is 0. *out is 0 where it can't be read: ERR_INVALID with
 * the code that a row waits with. */
int mapping_sum(const struct mapping *mapping, size_t place, const struct csv_field *field, int64_t *out,
                struct err *err);
/* The place of the further money column called so; -1 none. */
int mapping_find_sum(const struct mapping *mapping, const char *name);

/* Looks a value up. False: not listed, and the map doesn't let it pass. */
bool code_map_find(const struct code_map *map, const char **text, uint32_t *len);

extern const char *const fact_field_names[FIELD_COUNT];

#endif
