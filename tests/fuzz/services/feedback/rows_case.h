/* rows_case: one file of any bytes, read as one of the feeds below says. What must hold, whatever the bytes are:
 *
 *   - it comes to an end, and each record begins where the one before it ended;
 *   - the same records come whether the bytes come one by one or all at once;
 *   - read on from behind any record, the rest is the same (a daemon killed there);
 *   - each row is taken, left to a filter, or refused with a reason and words.
 *
 * The first two bytes of a case choose the feed and the sizes of the pieces; the file is the rest. Shared by the test,
 * which goes over the corpus and mutations of it, and by the one that grows the corpus (grow_rows.c).
 */
#ifndef BIHUAN_TESTS_FUZZ_ROWS_CASE_H
#define BIHUAN_TESTS_FUZZ_ROWS_CASE_H

#include "fuzz/services/feedback/case_feed.h"

#define CASE_HEAD    2
#define CASE_RECORDS 4096 /* of which a place to read on from is kept */
#define CASE_NOW     (20789 * US_PER_DAY)

#define CASE_OPEN "{\"code\":\"x\",\"sender\":\"x\",\"fact\":\"order_line\",\"watermark\":\"last_event\",\"columns\":["
#define CASE_NAMED                                                                                                     \
    CASE_OPEN "{\"field\":\"time\",\"column\":\"t\"},{\"field\":\"unit\",\"column\":\"u\"},"                           \
              "{\"field\":\"amount\",\"column\":\"a\",\"money\":\"fen\"},{\"field\":\"quantity\",\"column\":\"n\","    \
              "\"default\":\"1\"}],"
#define CASE_NUMBERED                                                                                                  \
    CASE_OPEN "{\"field\":\"time\",\"column\":\"2\",\"format\":\"yyyyMMdd\"},{\"field\":\"unit\",\"column\":\"3\"},"   \
              "{\"field\":\"amount\",\"column\":\"4\"}],\"key\":[\"1\"],\"no_header\":true,"
#define CASE_FIXED CASE_NAMED "\"key\":[\"k\"],\"format\":\"fixed\","
#define CASE_LAYOUT                                                                                                    \
    ",\"layout\":[{\"name\":\"k\",\"start\":1,\"length\":4,\"trim\":\"zero\"},{\"name\":\"t\",\"start\":5,"            \
    "\"length\":10},{\"name\":\"u\",\"start\":15,\"length\":4},{\"name\":\"a\",\"start\":19,\"length\":8,"             \
    "\"trim\":\"zero\"},{\"name\":\"n\",\"start\":27,\"length\":2}]}"
#define CASE_MARKS "\"marks\":{\"header\":\"H\",\"data\":\"D\",\"trailer\":\"T\",\"ignored\":[\"I\"]}"

static const char *const case_feeds[] = {
    CASE_NAMED "\"key\":[\"k\"]}",
    CASE_NAMED "\"key\":[\"k\"],\"encoding\":\"GB18030\",\"delimiter\":\";\"}",
    CASE_NAMED "\"key\":[\"k\"],\"encoding\":\"UTF-16\",\"skip_lines\":1}",
    CASE_NAMED "\"key\":[\"k\",\"u\"],\"filters\":[{\"column\":\"n\",\"values\":[\"1\",\"2\"]}]}",
    CASE_NUMBERED "\"encoding\":\"GBK\",\"quote\":\"none\",\"delimiter\":\"|\"}",
    CASE_NUMBERED "\"encoding\":\"GB18030\",\"delimiter\":\"\\\\\"}",
    CASE_NUMBERED "\"delimiter\":\"\\t\",\"quote\":\"none\"," CASE_MARKS "}",
    CASE_NUMBERED "\"delimiter\":\"|\"," CASE_MARKS "}",
    CASE_FIXED "\"encoding\":\"GBK\"" CASE_LAYOUT,
    CASE_FIXED "\"encoding\":\"GB18030\",\"width_unit\":\"bytes\"" CASE_LAYOUT,
    CASE_FIXED "\"optional_columns\":2," CASE_MARKS CASE_LAYOUT,
    CASE_NAMED "\"key\":[\"k\"],\"format\":\"json_lines\"}",
    CASE_OPEN "{\"field\":\"time\",\"column\":\"a.t\"},{\"field\":\"unit\",\"column\":\"l.0.u\"},"
              "{\"field\":\"amount\",\"column\":\"a.m\"}],\"key\":[\"id\"],\"format\":\"json_lines\"}",
};
#define CASE_FEEDS (sizeof case_feeds / sizeof case_feeds[0])

struct case_log {
    struct buf text;
    struct csv_pos ends[CASE_RECORDS]; /* places to read on from ... */
    size_t texts[CASE_RECORDS];        /* ... and how long the log was there */
    size_t count;
    bool trailer; /* passed: who reads on from there doesn't know of it */
    char fault[700];
};

/* Made once, kept for the whole run. */
static inline const struct mapping *case_mapping(size_t which)
{
    static struct mapping mappings[CASE_FEEDS];
    static bool made[CASE_FEEDS];

    if (!made[which])
        case_compile(case_feeds[which], &mappings[which]);
    made[which] = true;
    return &mappings[which];
}

static inline const struct reference *case_reference(void)
{
    static struct reference *reference;

    if (reference)
        return reference;
    reference = reference_new(4);
    reference_add_unit(reference, 1, "C1", "city", "", INT32_MAX, NULL);
    reference_add_unit(reference, 2, "S1", "outlet", "store", INT32_MAX, NULL);
    reference_add_relation(reference, 2, "C1", 0, INT32_MAX, NULL);
    reference_add_channel(reference, 1, "store", NULL);
    reference_seal(reference);
    return reference;
}

static inline void case_line(void *arg, enum line_kind kind, const struct csv_record *line)
{
    struct case_log *log = arg;

    log->trailer |= kind == LINE_TRAILER;
    buf_printf(&log->text, "(%d %zu)", (int)kind, line->raw_len);
}

static inline void case_say(struct case_log *log, const char *fault, const struct csv_record *record)
{
    if (!log->fault[0])
        snprintf(log->fault, sizeof log->fault, "%s: row %llu, line %llu, byte %llu", fault,
                 (unsigned long long)record->pos.row, (unsigned long long)record->pos.line,
                 (unsigned long long)record->pos.offset);
}

/* What the row became: a line of the log. */
static inline void case_row(struct case_log *log, const struct mapping *mapping, const struct binding *binding,
                            const struct csv_record *record, struct arena *arena)
{
    struct order_line line = { 0 };
    struct reject_reason why = { 0 };
    int rc;

    buf_printf(&log->text, "%llu@%llu+%llu", (unsigned long long)record->pos.row, (unsigned long long)record->pos.line,
               (unsigned long long)record->pos.offset);
    if (record->why) {
        if (!record->why->code[0] || !record->why->text[0])
            case_say(log, "a record is bad without a word", record);
        buf_printf(&log->text, "!%s", record->why->code);
    } else if (record->field_count) {
        arena_reset(arena);
        rc = mapping_read(mapping, binding, record, NULL, case_reference(), CASE_NOW, arena, &line, &why);
        if (rc < -1 || rc > 1)
            case_say(log, "a row became neither", record);
        if (rc == -1 && (!why.reason || !why.reason[0] || !why.message || !why.message[0]))
            case_say(log, "a row is refused without a word", record);
        buf_printf(&log->text, ":%d %s %lld", rc, rc == -1 ? why.reason : "", (long long)line.amount);
        for (uint32_t i = 0; i < record->field_count; i++)
            buf_printf(&log->text, "/%.*s", (int)record->fields[i].len, record->fields[i].text);
    }
    buf_append_text(&log->text, "\n");
}

static inline void case_keep_end(struct case_log *log, const struct csv_record *record)
{
    if (log->count == CASE_RECORDS || log->trailer || record->raw_cut)
        return;
    log->ends[log->count] = record->end;
    log->texts[log->count++] = log->text.len;
}

/* 0 bound, 1: a file that its header refuses. */
static inline int case_bind(struct rows *rows, const struct mapping *mapping, struct binding *binding)
{
    struct csv_record header;
    struct err err;

    err_clear(&err);
    if (!mapping->rows.csv.header)
        return mapping_bind_file(mapping, "f.csv", NULL, binding, &err) != 0;
    return rows_next(rows, &header, &err) != 1 || header.why ||
           mapping_bind_file(mapping, "f.csv", &header, binding, &err) != 0;
}

/* Reads all of it, or what comes behind `from`, into the log. */
static inline void case_read(struct case_log *log, const struct mapping *mapping, const uint8_t *bytes, size_t len,
                             size_t piece, const struct csv_pos *from)
{
    struct case_reader reader = { bytes, len, 0, piece };
    struct csv_record record;
    struct binding binding;
    uint64_t next = 0;
    struct rows *rows;
    struct arena arena;
    struct err err;
    int rc = 0;

    err_clear(&err);
    arena_init(&arena);
    if (rows_open(&rows, &mapping->rows, case_give, &reader, &err) != 0) {
        snprintf(log->fault, sizeof log->fault, "rows_open: %s", err.text);
        return;
    }
    rows_watch(rows, case_line, log);
    if (case_bind(rows, mapping, &binding) == 0) {
        if (from) {
            reader.at = from->offset;
            rows_restart(rows, from);
        }
        while ((rc = rows_next(rows, &record, &err)) == 1) {
            if (record.pos.offset < next || record.pos.offset > len || record.end.offset > len)
                case_say(log, "a record stands where another did", &record);
            next = record.raw_cut ? record.pos.offset : record.end.offset;
            case_row(log, mapping, &binding, &record, &arena);
            case_keep_end(log, &record);
        }
        if (rc == 0 && rows_tell(rows).offset != len)
            snprintf(log->fault, sizeof log->fault, "ended at byte %llu of %zu",
                     (unsigned long long)rows_tell(rows).offset, len);
        if (rc < 0)
            buf_printf(&log->text, "refused %s\n", err.code);
        if (rc < 0 && !err.text[0])
            snprintf(log->fault, sizeof log->fault, "a file was refused without a word");
    }
    rows_close(&rows);
    arena_fini(&arena);
}

static inline void case_same(struct case_log *whole, const struct case_log *other, size_t from, const char *what)
{
    if (whole->fault[0])
        return;
    if (other->fault[0])
        memcpy(whole->fault, other->fault, sizeof whole->fault);
    else if (whole->text.len - from != other->text.len ||
             (other->text.len && memcmp(whole->text.data + from, other->text.data, other->text.len) != 0))
        snprintf(whole->fault, sizeof whole->fault, "%s reads otherwise than the whole file", what);
}

/* Runs one case. Returns "" or what was found; the text is static. `records` (may be NULL) counts what was read. */
static inline const char *case_run(const uint8_t *data, size_t size, size_t *records)
{
    static struct case_log whole, other;
    const struct mapping *mapping;
    size_t len, piece;

    if (size < CASE_HEAD)
        return "";
    whole.text.len = other.text.len = whole.count = other.count = 0;
    whole.fault[0] = other.fault[0] = '\0';
    whole.trailer = other.trailer = false;
    mapping = case_mapping(data[0] % CASE_FEEDS);
    piece = 1U + data[1] % 64U;
    data += CASE_HEAD;
    len = size - CASE_HEAD;
    case_read(&whole, mapping, data, len, SIZE_MAX, NULL);
    case_read(&other, mapping, data, len, piece, NULL);
    case_same(&whole, &other, 0, "a file in pieces");
    for (size_t i = 0; i < whole.count && !whole.fault[0]; i += 1 + whole.count / 8) {
        other.text.len = other.count = 0;
        other.trailer = false;
        case_read(&other, mapping, data, len, 7, &whole.ends[i]);
        case_same(&whole, &other, whole.texts[i], "a file read on");
    }
    if (records)
        *records += whole.count;
    return whole.fault;
}

#endif
