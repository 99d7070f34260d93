/* content: see content.h. */
#include "support/content.h"

#include "support/check.h"

#include "base/arena.h"
#include "bus/message.h"
#include "bus/wire.h"
#include "text/pbjson.h"

#include "bihuan/planning_cycle.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"
#include "bihuan/planning_programmes.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SHOWN         6
#define MOMENT_DIGITS 16

/* Packed messages in tables that hold moments. Others are compared byte by byte. */
static const struct packed {
    const char *table, *column, *where;
    const ProtobufCMessageDescriptor *descriptor;
} packed[] = {
    { "negotiation", "asks", "true", &bihuan__negotiation_step__descriptor },
    { "negotiation_step", "step", "true", &bihuan__negotiation_step__descriptor },
    { "ledger_act", "spec", "kind = 'request'", &bihuan__negotiation_step__descriptor },
    { "guide", "body", "true", &bihuan__guide__descriptor },
    { "material", "body", "true", &bihuan__material__descriptor },
    { "work_plan", "body", "true", &bihuan__work_plan__descriptor },
    { "reorganisation", "body", "true", &bihuan__reorganisation__descriptor },
    { "document", "body", "kind = 'programme'", &bihuan__programme__descriptor },
};

void content_add(struct content *out, const char *line)
{
    if (out->count == out->cap) {
        out->cap = out->cap ? 2 * out->cap : 256;
        out->lines = realloc(out->lines, out->cap * sizeof *out->lines);
        assert_non_null(out->lines);
    }
    out->lines[out->count] = strdup(line);
    assert_non_null(out->lines[out->count]);
    out->count++;
}

void content_free(struct content *content)
{
    for (size_t i = 0; i < content->count; i++)
        free(content->lines[i]);
    free(content->lines);
    *content = (struct content) { 0 };
}

/* --- messages ------------------------------------------------------------------------------------------------------
 */
/* Microseconds since 1970 have 16 digits, and nothing else that is written has; 0 (never) stays. */
static void hide_moments(char *text, size_t len)
{
    for (size_t i = 0; i < len;) {
        size_t digits = strspn(text + i, "0123456789");

        if (digits == MOMENT_DIGITS)
            memset(text + i, '#', digits);
        i += digits ? digits : 1;
    }
}

void content_write(const ProtobufCMessage *message, struct buf *out)
{
    size_t from = out->len;
    struct json_out json;

    json_out_init(&json, out);
    pbjson_write(message, &json);
    (void)buf_text(out);
    hide_moments((char *)out->data + from, out->len - from);
}

static void unhex(const char *hex, size_t len, struct buf *out)
{
    static const char digits[] = "0123456789abcdef";

    buf_reset(out);
    for (size_t i = 0; i + 1 < len; i += 2)
        buf_put_u8(out, (uint8_t)((strchr(digits, hex[i]) - digits) << 4 | (strchr(digits, hex[i + 1]) - digits)));
}

static void write_packed(const ProtobufCMessageDescriptor *descriptor, const uint8_t *bytes, size_t len,
                         struct buf *out)
{
    ProtobufCMessage *message;
    struct arena arena;
    struct err err;

    arena_init(&arena);
    if (message_unpack(descriptor, bytes, len, &arena, &message, &err) != 0)
        fail_msg("%s: %s", descriptor->name, err.text);
    content_write(message, out);
    arena_fini(&arena);
}

/* --- tables --------------------------------------------------------------------------------------------------------
 */
static const struct packed *packed_in(const char *table)
{
    for (size_t i = 0; i < sizeof packed / sizeof packed[0]; i++)
        if (strcmp(packed[i].table, table) == 0)
            return &packed[i];
    return NULL;
}

/* Rows as lines "{...}|hex"; hex is the packed column, empty where it isn't to be decoded. */
static char *rows_of(const struct pg *pg, const char *schema, const char *table, const struct packed *of)
{
    char hex[200] = "''";
    char but[200] = "";
    char sql[1200];

    if (of) {
        snprintf(hex, sizeof hex, "CASE WHEN %s THEN encode(%s, 'hex') ELSE '' END", of->where, of->column);
        snprintf(but, sizeof but, " - CASE WHEN %s THEN '%s' ELSE '' END", of->where, of->column);
    }
    snprintf(sql, sizeof sql,
             "SELECT string_agg((to_jsonb(t) - coalesce((SELECT array_agg(column_name::text) FROM"
             " information_schema.columns WHERE table_schema = '%s' AND table_name = '%s'"
             " AND data_type = 'timestamp with time zone'), '{}')%s)::text || '|' || %s, E'\\n') FROM %s.%s t",
             schema, table, but, hex, schema, table);
    return pg_value(pg, sql);
}

static void add_rows(struct content *out, const struct pg *pg, const char *schema, const char *table)
{
    const struct packed *of = packed_in(table);
    char *rows = rows_of(pg, schema, table, of);
    struct buf bytes = { 0 };
    struct buf line = { 0 };
    char *rest = NULL;

    for (char *row = rows ? strtok_r(rows, "\n", &rest) : NULL; row; row = strtok_r(NULL, "\n", &rest)) {
        char *hex = strrchr(row, '|');

        *hex++ = '\0';
        buf_reset(&line);
        buf_printf(&line, "%s.%s %s ", schema, table, row);
        if (*hex) {
            unhex(hex, strlen(hex), &bytes);
            write_packed(of->descriptor, bytes.data, bytes.len, &line);
        }
        content_add(out, buf_text(&line));
    }
    free(rows);
    buf_fini(&bytes);
    buf_fini(&line);
}

void content_tables(struct content *out, const struct pg *pg, const char *schema, const char *names)
{
    char sql[400];
    char *tables;
    char *rest = NULL;

    snprintf(sql, sizeof sql,
             "SELECT string_agg(table_name, ' ') FROM information_schema.tables WHERE table_schema = '%s'"
             " AND table_name ~ '%s'",
             schema, names);
    tables = pg_value(pg, sql);
    assert_non_null(tables);
    for (char *table = strtok_r(tables, " ", &rest); table; table = strtok_r(NULL, " ", &rest))
        add_rows(out, pg, schema, table);
    free(tables);
}

/* --- streams -------------------------------------------------------------------------------------------------------
 */
/* One event, opened. */
struct opened {
    const struct message_type *type;
    Bihuan__Envelope *envelope;
    const uint8_t *payload;
    size_t len;
    struct arena arena;
};

/* From a line "type envelope payload", both in hex. */
static void open_event(const char *row, struct opened *out)
{
    const char *envelope_hex = strchr(row, ' ') + 1;
    const char *payload_hex = strchr(envelope_hex, ' ') + 1;
    struct buf bytes = { 0 };
    struct err err;
    uint8_t *copy;

    arena_init(&out->arena);
    out->type = message_type_find((uint32_t)strtoul(row, NULL, 10));
    assert_non_null(out->type);
    unhex(envelope_hex, (size_t)(payload_hex - envelope_hex - 1), &bytes);
    out->envelope = bihuan__envelope__unpack(NULL, bytes.len, bytes.data);
    assert_non_null(out->envelope);
    unhex(payload_hex, strlen(payload_hex), &bytes);
    copy = arena_alloc(&out->arena, bytes.len + 1);
    if (bytes.len)
        memcpy(copy, bytes.data, bytes.len);
    if (wire_open_payload(out->envelope, copy, bytes.len, &out->arena, &out->payload, &out->len, &err) != 0)
        fail_msg("%s: %s", out->type->name, err.text);
    buf_fini(&bytes);
}

static void close_event(struct opened *event)
{
    bihuan__envelope__free_unpacked(event->envelope, NULL);
    arena_fini(&event->arena);
}

/* Of one type; 0: of all. */
static char *events_of(const struct pg *pg, const char *schema, uint32_t type)
{
    char sql[400];

    snprintf(sql, sizeof sql,
             "SELECT string_agg(type || ' ' || encode(envelope, 'hex') || ' ' || encode(payload, 'hex'), E'\\n'"
             " ORDER BY bucket, seq) FROM %s.bus_stream WHERE type = %u OR %u = 0",
             schema, type, type);
    return pg_value(pg, sql);
}

void content_events(struct content *out, const struct pg *pg, const char *schema)
{
    char *rows = events_of(pg, schema, 0);
    char *rest = NULL;

    for (char *row = rows ? strtok_r(rows, "\n", &rest) : NULL; row; row = strtok_r(NULL, "\n", &rest)) {
        struct buf line = { 0 };
        struct opened event;

        open_event(row, &event);
        buf_printf(&line, "event %s %s ", event.type->name, event.envelope->key);
        write_packed(event.type->payload, event.payload, event.len, &line);
        content_add(out, buf_text(&line));
        close_event(&event);
        buf_fini(&line);
    }
    free(rows);
}

void content_each_event(const struct pg *pg, const char *schema, uint32_t type, content_event_fn *each, void *arg)
{
    char *rows = events_of(pg, schema, type);
    char *rest = NULL;

    for (char *row = rows ? strtok_r(rows, "\n", &rest) : NULL; row; row = strtok_r(NULL, "\n", &rest)) {
        ProtobufCMessage *message;
        struct opened event;
        struct err err;

        open_event(row, &event);
        if (message_unpack(event.type->payload, event.payload, event.len, &event.arena, &message, &err) != 0)
            fail_msg("%s: %s", event.type->name, err.text);
        each(arg, event.envelope->key, message);
        close_event(&event);
    }
    free(rows);
}

/* --- comparing -----------------------------------------------------------------------------------------------------
 */
static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void show(const char *who, const char *line, size_t number)
{
    if (number <= SHOWN)
        fprintf(stderr, "only %s: %.1500s\n", who, line);
}

size_t content_differences(struct content *want, struct content *have)
{
    size_t w = 0, h = 0, differences = 0;

    qsort(want->lines, want->count, sizeof *want->lines, by_text);
    qsort(have->lines, have->count, sizeof *have->lines, by_text);
    while (w < want->count || h < have->count) {
        int order = w == want->count ? 1 : h == have->count ? -1 : strcmp(want->lines[w], have->lines[h]);

        if (order < 0)
            show("wanted", want->lines[w], ++differences);
        else if (order > 0)
            show("there", have->lines[h], ++differences);
        w += order <= 0;
        h += order >= 0;
    }
    return differences;
}
