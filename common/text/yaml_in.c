/* yaml_in: see yaml_in.h. */
#include "text/yaml_in.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <yaml.h>
#include "base/buf.h"
#include "text/json_pointer.h"

struct reader {
    yaml_parser_t parser;
    const char *name;
    struct err *err;
    struct buf pointer; /* of the value being read */
    json_t *marks;      /* of the present document */
    int depth;
};

static int bad(struct reader *r, yaml_mark_t mark, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

static int bad(struct reader *r, yaml_mark_t mark, const char *fmt, ...)
{
    char why[256];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof why, fmt, ap);
    va_end(ap);
    return err_fail(r->err, ERR_INVALID, "bad_yaml", "%s:%zu:%zu: %s", r->name, mark.line + 1, mark.column + 1, why);
}

static int next_event(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return 0;
    if (!r->parser.problem_mark.line && !r->parser.problem_mark.column && r->parser.error == YAML_READER_ERROR)
        return err_fail(r->err, ERR_INVALID, "bad_yaml", "%s: byte %zu: %s", r->name, r->parser.problem_offset,
                        r->parser.problem ? r->parser.problem : "not readable");
    return bad(r, r->parser.problem_mark, "%s", r->parser.problem ? r->parser.problem : "not YAML");
}

static void note(struct reader *r, yaml_mark_t mark)
{
    size_t column = mark.column < 65535 ? mark.column + 1 : 65535;

    json_object_set_new_nocheck(r->marks, buf_text(&r->pointer),
                                json_integer((json_int_t)(mark.line + 1) * 65536 + (json_int_t)column));
}

static bool as_integer(const char *text, size_t len, int64_t *out)
{
    size_t sign = len && *text == '-';
    char *end;

    if (len == sign || len > 20 || strspn(text + sign, "0123456789") != len - sign)
        return false;
    if (text[sign] == '0' && (len - sign > 1 || sign))
        return false;
    errno = 0;
    *out = strtoll(text, &end, 10);
    return errno == 0;
}

static json_t *plain_value(const char *text, size_t len)
{
    int64_t number;

    if (len == 0 || strcmp(text, "null") == 0)
        return json_null();
    if (strcmp(text, "true") == 0)
        return json_true();
    if (strcmp(text, "false") == 0)
        return json_false();
    if (as_integer(text, len, &number))
        return json_integer(number);
    return json_stringn(text, len);
}

static int scalar(struct reader *r, const yaml_event_t *event, json_t **out)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;

    if (memchr(text, 0, len))
        return bad(r, event->start_mark, "text holds a NUL character");
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        *out = plain_value(text, len);
    else
        *out = json_stringn(text, len);
    return *out ? 0 : bad(r, event->start_mark, "text is not valid UTF-8");
}

static int value(struct reader *r, const yaml_event_t *event, json_t **out);

static int sequence(struct reader *r, json_t **out)
{
    json_t *array = json_array();
    size_t pointer_len = r->pointer.len;

    for (;;) {
        yaml_event_t event;
        json_t *item = NULL;
        int rc;

        if (next_event(r, &event) != 0)
            break;
        if (event.type == YAML_SEQUENCE_END_EVENT) {
            yaml_event_delete(&event);
            *out = array;
            return 0;
        }
        buf_printf(&r->pointer, "/%zu", json_array_size(array));
        note(r, event.start_mark);
        rc = value(r, &event, &item);
        yaml_event_delete(&event);
        r->pointer.len = pointer_len;
        if (rc != 0)
            break;
        json_array_append_new(array, item);
    }
    json_decref(array);
    return -1;
}

/* Checks a key and appends it to the pointer. */
static int take_key(struct reader *r, const yaml_event_t *event, const json_t *object)
{
    const char *key = (const char *)event->data.scalar.value;

    if (event->type != YAML_SCALAR_EVENT)
        return bad(r, event->start_mark, "a key must be plain text");
    if (event->data.scalar.anchor)
        return bad(r, event->start_mark, "anchors (&) are not allowed");
    if (event->data.scalar.tag)
        return bad(r, event->start_mark, "tags (!) are not allowed");
    if (strlen(key) != event->data.scalar.length)
        return bad(r, event->start_mark, "a key holds a NUL character");
    if (json_object_get(object, key))
        return bad(r, event->start_mark, "key \"%.100s\" is there twice", key);
    json_pointer_push(&r->pointer, key);
    note(r, event->start_mark);
    return 0;
}

static int member(struct reader *r, const yaml_event_t *key, json_t *object)
{
    yaml_event_t event;
    json_t *item = NULL;
    int rc;

    if (take_key(r, key, object) != 0 || next_event(r, &event) != 0)
        return -1;
    rc = value(r, &event, &item);
    yaml_event_delete(&event);
    if (rc == 0 && json_object_set_new(object, (const char *)key->data.scalar.value, item) != 0)
        rc = bad(r, key->start_mark, "a key is not valid UTF-8");
    return rc;
}

static int mapping(struct reader *r, json_t **out)
{
    json_t *object = json_object();
    size_t pointer_len = r->pointer.len;

    for (;;) {
        yaml_event_t event;
        int rc;

        if (next_event(r, &event) != 0)
            break;
        if (event.type == YAML_MAPPING_END_EVENT) {
            yaml_event_delete(&event);
            *out = object;
            return 0;
        }
        rc = member(r, &event, object);
        yaml_event_delete(&event);
        r->pointer.len = pointer_len;
        if (rc != 0)
            break;
    }
    json_decref(object);
    return -1;
}

static int nested(struct reader *r, const yaml_event_t *event, json_t **out)
{
    int rc;

    if (r->depth == YAML_IN_DEPTH_MAX)
        return bad(r, event->start_mark, "nested deeper than %d levels", YAML_IN_DEPTH_MAX);
    r->depth++;
    rc = event->type == YAML_MAPPING_START_EVENT ? mapping(r, out) : sequence(r, out);
    r->depth--;
    return rc;
}

static int value(struct reader *r, const yaml_event_t *event, json_t **out)
{
    const yaml_char_t *anchor = NULL, *tag = NULL;

    if (event->type == YAML_ALIAS_EVENT)
        return bad(r, event->start_mark, "aliases (*) are not allowed");
    if (event->type == YAML_SCALAR_EVENT) {
        anchor = event->data.scalar.anchor;
        tag = event->data.scalar.tag;
    } else if (event->type == YAML_MAPPING_START_EVENT) {
        anchor = event->data.mapping_start.anchor;
        tag = event->data.mapping_start.tag;
    } else {
        anchor = event->data.sequence_start.anchor;
        tag = event->data.sequence_start.tag;
    }
    if (anchor)
        return bad(r, event->start_mark, "anchors (&) are not allowed");
    if (tag)
        return bad(r, event->start_mark, "tags (!) are not allowed");
    return event->type == YAML_SCALAR_EVENT ? scalar(r, event, out) : nested(r, event, out);
}

static void add_doc(struct yaml_file *file, json_t *root, json_t *marks)
{
    file->docs = realloc(file->docs, (file->doc_count + 1) * sizeof file->docs[0]);
    if (!file->docs)
        abort();
    file->docs[file->doc_count++] = (struct yaml_doc) { root, marks };
}

/* The value of one document and what ends it; a document of nothing is left out. */
static int document(struct reader *r, const yaml_event_t *event, struct yaml_file *file)
{
    json_t *root = NULL;

    r->pointer.len = 0;
    r->marks = json_object();
    note(r, event->start_mark);
    if (value(r, event, &root) != 0) {
        json_decref(r->marks);
        return -1;
    }
    if (event->type == YAML_SCALAR_EVENT && event->data.scalar.length == 0 && json_is_null(root))
        json_decref(r->marks);
    else
        add_doc(file, root, r->marks);
    return 0;
}

static int read_all(struct reader *r, struct yaml_file *file)
{
    for (;;) {
        yaml_event_t event;
        yaml_event_type_t type;
        int rc = 0;

        if (next_event(r, &event) != 0)
            return -1;
        type = event.type;
        if (type != YAML_STREAM_START_EVENT && type != YAML_DOCUMENT_START_EVENT && type != YAML_DOCUMENT_END_EVENT &&
            type != YAML_STREAM_END_EVENT)
            rc = document(r, &event, file);
        yaml_event_delete(&event);
        if (rc != 0 || type == YAML_STREAM_END_EVENT)
            return rc;
    }
}

int yaml_in_parse(const char *text, size_t len, const char *name, size_t len_max, struct yaml_file *out,
                  struct err *err)
{
    struct reader r = { .name = name, .err = err };
    struct yaml_file made = { 0 };
    int rc;

    if (len > len_max)
        return err_fail(err, ERR_TOO_LARGE, "too_large", "%s has %zu bytes, more than the %zu allowed", name, len,
                        len_max);
    if (!yaml_parser_initialize(&r.parser))
        abort();
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)text, len);
    rc = read_all(&r, &made);
    yaml_parser_delete(&r.parser);
    buf_fini(&r.pointer);
    if (rc != 0)
        yaml_in_fini(&made);
    else
        *out = made;
    return rc;
}

void yaml_in_fini(struct yaml_file *file)
{
    for (size_t i = 0; i < file->doc_count; i++) {
        json_decref(file->docs[i].root);
        json_decref(file->docs[i].marks);
    }
    free(file->docs);
    *file = (struct yaml_file) { 0 };
}

void yaml_locate(const struct yaml_doc *doc, const char *pointer, int *line, int *column)
{
    char *text = strdup(pointer);
    json_t *mark;
    json_int_t packed;

    if (!text)
        abort();
    while (!(mark = json_object_get(doc->marks, text)) && strrchr(text, '/'))
        *strrchr(text, '/') = '\0';
    packed = json_integer_value(mark);
    *line = (int)(packed / 65536);
    *column = (int)(packed % 65536);
    free(text);
}
