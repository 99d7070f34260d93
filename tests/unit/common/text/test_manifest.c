/* YAML and JSON in: trees with places, messages with strict checks; messages out as JSON. */
#include "check.h"

#include <jansson.h>
#include "bihuan/envelope.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/types.pb-c.h"
#include "text/pbjson.h"
#include "text/yaml_in.h"

static char *dump(const struct yaml_file *file)
{
    json_t *all = json_array();
    char *text;

    for (size_t i = 0; i < file->doc_count; i++)
        json_array_append(all, file->docs[i].root);
    text = json_dumps(all, JSON_COMPACT);
    json_decref(all);
    return text;
}

static void reads_yaml(void **state)
{
    static const struct {
        const char *why, *yaml, *want;
    } rows[] = {
        { "nothing", "", "[]" },
        { "only a comment", "# x\n", "[]" },
        { "scalars", "{i: 12, n: -3, z: 007, h: 0x1F, f: 1.5, t: true, y: yes, e: , u: null, q: '12', d: 2024-02-29}",
          "[{\"i\":12,\"n\":-3,\"z\":\"007\",\"h\":\"0x1F\",\"f\":\"1.5\",\"t\":true,\"y\":\"yes\",\"e\":null,"
          "\"u\":null,\"q\":\"12\",\"d\":\"2024-02-29\"}]" },
        { "beyond 64 bits stays text", "a: 9223372036854775808", "[{\"a\":\"9223372036854775808\"}]" },
        { "smallest", "a: -9223372036854775808", "[{\"a\":-9223372036854775808}]" },
        { "documents", "---\na: 1\n---\n- x\n- [y]\n", "[{\"a\":1},[\"x\",[\"y\"]]]" },
        { "folded text", "a: |\n  x\n  y\n", "[{\"a\":\"x\\ny\\n\"}]" },
        { "number as key", "1: a", "[{\"1\":\"a\"}]" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct yaml_file file;
        struct err err;
        char *got;

        if (yaml_in_parse(rows[i].yaml, strlen(rows[i].yaml), "f.yaml", 1000, &file, &err) != 0)
            fail_msg("%s: %s", rows[i].why, err.text);
        got = dump(&file);
        assert_string_equal(got, rows[i].want);
        free(got);
        yaml_in_fini(&file);
    }
}

static void refuses_yaml(void **state)
{
    static const struct {
        const char *why, *yaml, *place;
    } rows[] = {
        { "anchor", "a: 1\nb: &x 2\n", "f.yaml:2:4: anchors" },
        { "anchor on a map", "b: &x {c: 1}\n", "f.yaml:1:4: anchors" },
        { "anchor on a key", "&k b: 1\n", "f.yaml:1:1: anchors" },
        { "alias", "a: *x\n", "f.yaml:1:4: aliases" },
        { "tag", "a: !!str 1\n", "f.yaml:1:4: tags" },
        { "a key twice", "a: 1\nb: 2\na: 3\n", "f.yaml:3:1: key \"a\"" },
        { "a map as key", "{[x]: 1}", "f.yaml:1:2: a key" },
        { "NUL", "a: \"x\\0\"", "f.yaml:1:4: text" },
        { "broken", "a: [1\n", "f.yaml:2:1: " },
        { "tab", "a:\n\t- x\n", "f.yaml:2:1: " },
        { "not UTF-8", "a: \xFF\n", "f.yaml: byte 3: " },
        { "deep", "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[1]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]", "f.yaml:1:33: nested" },
    };
    struct yaml_file file;
    struct err err = { 0 };

    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        int rc = yaml_in_parse(rows[i].yaml, strlen(rows[i].yaml), "f.yaml", 1000, &file, &err);
        assert_refused(rc, &err, "bad_yaml", rows[i].why);
        if (strncmp(err.text, rows[i].place, strlen(rows[i].place)) != 0)
            fail_msg("%s: got %s", rows[i].why, err.text);
    }
    assert_refused(yaml_in_parse("a: 1", 4, "f.yaml", 3, &file, &err), &err, "too_large", "limit");
}

static void remembers_places(void **state)
{
    static const char yaml[] = "---\nkind: x\nitems:\n  - code: a\n    a/b~c: 1\n  - {code: b,\n     amount: 2}\n";
    static const struct {
        const char *pointer;
        int line, column;
    } rows[] = {
        { "", 2, 1 },
        { "/kind", 2, 1 },
        { "/items/0", 4, 5 },
        { "/items/0/a~1b~0c", 5, 5 },
        { "/items/1/amount", 7, 6 },
        { "/items/1/nothing", 6, 5 },
        { "/nowhere/at/all", 2, 1 },
    };
    struct yaml_file file;
    int line, column;

    (void)state;
    assert_int_equal(yaml_in_parse(yaml, sizeof yaml - 1, "f.yaml", 1000, &file, NULL), 0);
    for (size_t i = 0; i < COUNT(rows); i++) {
        yaml_locate(&file.docs[0], rows[i].pointer, &line, &column);
        if (line != rows[i].line || column != rows[i].column)
            fail_msg("%s: got %d:%d", rows[i].pointer, line, column);
    }
    yaml_in_fini(&file);
}

/* A message with the kinds of fields that no real one has yet: enums, doubles, optional ones. */
struct sample {
    ProtobufCMessage base;
    int32_t type;
    protobuf_c_boolean has_ratio;
    double ratio;
    char *note;
    struct sample *next;
};

static const ProtobufCMessageDescriptor sample_descriptor;
static const ProtobufCFieldDescriptor sample_fields[] = {
    { .name = "type",
      .id = 1,
      .label = PROTOBUF_C_LABEL_NONE,
      .type = PROTOBUF_C_TYPE_ENUM,
      .offset = offsetof(struct sample, type),
      .descriptor = &bihuan__message_type__descriptor },
    { .name = "ratio",
      .id = 2,
      .label = PROTOBUF_C_LABEL_OPTIONAL,
      .type = PROTOBUF_C_TYPE_DOUBLE,
      .quantifier_offset = offsetof(struct sample, has_ratio),
      .offset = offsetof(struct sample, ratio) },
    { .name = "note",
      .id = 3,
      .label = PROTOBUF_C_LABEL_OPTIONAL,
      .type = PROTOBUF_C_TYPE_STRING,
      .offset = offsetof(struct sample, note) },
    { .name = "next",
      .id = 4,
      .label = PROTOBUF_C_LABEL_OPTIONAL,
      .type = PROTOBUF_C_TYPE_MESSAGE,
      .offset = offsetof(struct sample, next),
      .descriptor = &sample_descriptor },
};
static const unsigned sample_by_name[] = { 3, 2, 1, 0 };
static const ProtobufCIntRange sample_ranges[] = { { 1, 0 }, { 0, 4 } };

static void sample_init(ProtobufCMessage *message)
{
    *(struct sample *)(void *)message = (struct sample) { .base.descriptor = &sample_descriptor };
}

static const ProtobufCMessageDescriptor sample_descriptor = {
    .magic = PROTOBUF_C__MESSAGE_DESCRIPTOR_MAGIC,
    .name = "Sample",
    .short_name = "Sample",
    .c_name = "Sample",
    .package_name = "",
    .sizeof_message = sizeof(struct sample),
    .n_fields = 4,
    .fields = sample_fields,
    .fields_sorted_by_name = sample_by_name,
    .n_field_ranges = 1,
    .field_ranges = sample_ranges,
    .message_init = sample_init,
};

#define CALENDAR (&bihuan__calendar__descriptor)
#define REQUEST  (&bihuan__request_envelope__descriptor)
#define PLAN     (&bihuan__plan_published__descriptor)
#define ENVELOPE (&bihuan__envelope__descriptor)
#define REPLY    (&bihuan__publish_plan_reply__descriptor)
#define SAMPLE   (&sample_descriptor)

static void converts_messages(void **state)
{
    static const struct {
        const char *why;
        const ProtobufCMessageDescriptor *descriptor;
        const char *json, *want;
    } rows[] = {
        { "defaults, and a submessage not set", REPLY, "{}",
          "{\"plan\":null,\"unchanged\":false,\"warnings\":[],\"set\":[]}" },
        { "null unsets a submessage", REPLY, "{\"plan\":null}",
          "{\"plan\":null,\"unchanged\":false,\"warnings\":[],\"set\":[]}" },
        { "a submessage", REPLY, "{\"plan\":{\"version\":2,\"published_at\":-5,\"reason\":\"\xE4\xB8\xAD\"}}",
          "{\"plan\":{\"period\":\"\",\"version\":2,\"lines\":0,\"reason\":\"\xE4\xB8\xAD\",\"published_by\":\"\","
          "\"published_at\":-5},\"unchanged\":false,\"warnings\":[],\"set\":[]}" },
        { "repeated messages", CALENDAR, "{\"code\":\"c\",\"classes\":[{\"class\":\"eve\",\"weight\":7},{}]}",
          "{\"code\":\"c\",\"title\":\"\",\"source\":\"\",\"estimated\":false,\"classes\":[{\"class\":\"eve\","
          "\"weight\":7},{\"class\":\"\",\"weight\":0}],\"days\":[],\"id\":0,"
          "\"month_end_ppm\":[],\"quarter_end_ppm\":[],\"hour_ppm\":[],\"version\":0}" },
        { "repeated numbers, limits, decimal text", PLAN,
          "{\"part\":4294967295,\"amount\":[9223372036854775807,\"-9223372036854775808\"],\"unit_id\":[1,2]}",
          "{\"period_id\":0,\"version\":0,\"part\":4294967295,\"parts\":0,\"unit_id\":[1,2],\"channel_id\":[],"
          "\"product_id\":[],\"measure_id\":[],\"amount\":[9223372036854775807,-9223372036854775808],"
          "\"calendar\":null,\"waits\":false,\"set\":[]}" },
        { "enum words and optional fields", SAMPLE,
          "{\"type\":\"plan_published\",\"ratio\":0.5,\"note\":\"n\",\"next\":{\"type\":\"none\",\"ratio\":null}}",
          "{\"type\":\"plan_published\",\"ratio\":0.5,\"note\":\"n\","
          "\"next\":{\"type\":\"none\",\"ratio\":null,\"note\":null,\"next\":null}}" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena;
        struct buf out = { 0 };
        struct json_out json;
        ProtobufCMessage *message = NULL;
        struct err err;

        arena_init(&arena);
        if (pbjson_parse(rows[i].descriptor, rows[i].json, strlen(rows[i].json), &arena, &message, &err) != 0)
            fail_msg("%s: %s", rows[i].why, err.text);
        json_out_init(&json, &out);
        pbjson_write(message, &json);
        if (strcmp(buf_text(&out), rows[i].want) != 0)
            fail_msg("%s: got %s", rows[i].why, buf_text(&out));
        buf_fini(&out);
        arena_fini(&arena);
    }
}

static void takes_bytes_and_uint64(void **state)
{
    static const char json[] = "{\"principal\":\"+/8=\",\"signature\":\"\"}";
    static const char big[] = "{\"seq\":\"18446744073709551615\"}";
    struct arena arena;
    ProtobufCMessage *message;
    const Bihuan__RequestEnvelope *request;

    (void)state;
    arena_init(&arena);
    assert_int_equal(pbjson_parse(REQUEST, json, sizeof json - 1, &arena, &message, NULL), 0);
    request = (const Bihuan__RequestEnvelope *)(const void *)message;
    assert_int_equal(request->principal.len, 2);
    assert_memory_equal(request->principal.data, "\xFB\xFF", 2);
    assert_int_equal(request->signature.len, 0);
    assert_int_equal(pbjson_parse(ENVELOPE, big, sizeof big - 1, &arena, &message, NULL), 0);
    assert_true(((const Bihuan__Envelope *)(const void *)message)->seq == UINT64_MAX);
    arena_fini(&arena);
}

static void refuses_messages(void **state)
{
    static const struct {
        const char *why;
        const ProtobufCMessageDescriptor *descriptor;
        const char *json, *code, *text;
    } rows[] = {
        { "not JSON", REPLY, "{", "bad_json", "line 1" },
        { "a key twice", REPLY, "{\"unchanged\":true,\"unchanged\":true}", "bad_json", "line 1" },
        { "NUL", CALENDAR, "{\"code\":\"a\\u0000b\"}", "bad_json", "line 1" },
        { "bad UTF-8", CALENDAR, "{\"code\":\"\xC0\xAF\"}", "bad_json", "line 1" },
        { "an array", REPLY, "[]", "wrong_type", "/: must be an object, not an array" },
        { "unknown key", CALENDAR, "{\"classes\":[{},{\"wieght\":1}]}", "unknown_key",
          "/classes/1/wieght: DayClass has no such key; did you mean \"weight\"?" },
        { "nothing like it", CALENDAR, "{\"zzzzzz\":1}", "unknown_key", "/zzzzzz: Calendar has no such key" },
        { "text for a number", CALENDAR, "{\"classes\":[{\"weight\":\"1\"}]}", "wrong_type",
          "/classes/0/weight: must be an integer, not text" },
        { "number for text", CALENDAR, "{\"code\":1}", "wrong_type", "/code: must be text, not an integer" },
        { "null for text", CALENDAR, "{\"code\":null}", "wrong_type", "/code: must be text, not null" },
        { "null for an array", CALENDAR, "{\"days\":null}", "wrong_type", "/days: must be an array, not null" },
        { "fraction for an integer", PLAN, "{\"amount\":[1.0]}", "wrong_type", "/amount/0: must be an integer" },
        { "32 bits", PLAN, "{\"part\":4294967296}", "out_of_range", "/part: does not fit" },
        { "below zero", PLAN, "{\"part\":-1}", "out_of_range", "/part: does not fit" },
        { "64 bits", PLAN, "{\"amount\":[\"9223372036854775808\"]}", "out_of_range", "/amount/0: does not fit" },
        { "not decimal", PLAN, "{\"amount\":[\"12x\"]}", "wrong_type", "/amount/0: must be an integer" },
        { "spaces before it", PLAN, "{\"amount\":[\" 12\"]}", "wrong_type", "/amount/0: must be an integer" },
        { "negative unsigned", ENVELOPE, "{\"seq\":\"-1\"}", "out_of_range", "/seq: does not fit" },
        { "not a truth", REPLY, "{\"unchanged\":1}", "wrong_type", "/unchanged: must be true or false" },
        { "not base64", REQUEST, "{\"principal\":\"%\"}", "bad_text", "/principal: is not base64" },
        { "unknown word", SAMPLE, "{\"type\":\"plan_publishd\"}", "unknown_value",
          "/type: \"plan_publishd\" is not known; did you mean \"plan_published\"?" },
        { "the full name is no word", SAMPLE, "{\"type\":\"MESSAGE_TYPE_NONE\"}", "unknown_value", "/type: " },
        { "a number is no word", SAMPLE, "{\"type\":1}", "wrong_type", "/type: must be a word" },
    };
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++) {
        struct arena arena;
        ProtobufCMessage *message = NULL;
        struct err err = { 0 };
        int rc;

        arena_init(&arena);
        rc = pbjson_parse(rows[i].descriptor, rows[i].json, strlen(rows[i].json), &arena, &message, &err);
        assert_refused(rc, &err, rows[i].code, rows[i].why);
        if (strncmp(err.text, rows[i].text, strlen(rows[i].text)) != 0)
            fail_msg("%s: got %s", rows[i].why, err.text);
        assert_null(message);
        arena_fini(&arena);
    }
}

static void note_fault(void *arg, const char *pointer, const char *code, const char *why)
{
    (void)why;
    buf_printf(arg, "%s %s\n", pointer, code);
}

static void tells_all_that_is_wrong(void **state)
{
    static const char json[] = "{\"code\":5,\"zzzzzz\":1,\"classes\":[{\"wieght\":1,\"weight\":\"x\"},[],{\"weight\":"
                               "1},{\"weight\":{}}],\"days\":null,\"title\":\"t\"}";
    json_t *tree = json_loads(json, 0, NULL);
    ProtobufCMessage *message = NULL;
    struct buf told = { 0 }, many = { 0 };
    struct arena arena;
    struct err err;

    (void)state;
    arena_init(&arena);
    assert_int_equal(pbjson_read_all(CALENDAR, tree, &arena, &message, note_fault, &told, &err), -1);
    assert_null(message);
    assert_string_equal(buf_text(&told), "/code wrong_type\n/zzzzzz unknown_key\n/classes/0/wieght unknown_key\n"
                                         "/classes/0/weight wrong_type\n/classes/1 wrong_type\n"
                                         "/classes/3/weight wrong_type\n/days wrong_type\n");
    assert_string_equal(err.code, "wrong_type"); /* the first */
    json_decref(tree);
    /* a document that is wrong all over isn't told without end */
    buf_append_text(&many, "{\"classes\":[");
    for (int i = 0; i < 3 * PBJSON_FAULTS_MAX; i++)
        buf_append_text(&many, i ? ",1" : "1");
    buf_append_text(&many, "]}");
    tree = json_loads(buf_text(&many), 0, NULL);
    buf_reset(&told);
    assert_int_equal(pbjson_read_all(CALENDAR, tree, &arena, &message, note_fault, &told, &err), -1);
    buf_reset(&many);
    for (int i = 0; i < PBJSON_FAULTS_MAX; i++)
        buf_printf(&many, "/classes/%d wrong_type\n", i);
    assert_string_equal(buf_text(&told), buf_text(&many));
    json_decref(tree);
    buf_fini(&told);
    buf_fini(&many);
    arena_fini(&arena);
}

static void limits_depth(void **state)
{
    (void)state;
    for (int levels = 31; levels <= 33; levels++) { /* below the outermost object */
        struct buf text = { 0 };
        struct arena arena;
        ProtobufCMessage *message = NULL;
        struct err err = { 0 };
        int rc;

        for (int i = 1; i < levels; i++)
            buf_append_text(&text, "{\"next\":");
        buf_append_text(&text, "{}");
        for (int i = 1; i < levels; i++)
            buf_append_text(&text, "}");
        arena_init(&arena);
        rc = pbjson_parse(SAMPLE, buf_text(&text), text.len, &arena, &message, &err);
        if (levels <= PBJSON_DEPTH_MAX)
            assert_int_equal(rc, 0);
        else
            assert_refused(rc, &err, "too_deep", "33 levels");
        arena_fini(&arena);
        buf_fini(&text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_yaml),
        cmocka_unit_test(refuses_yaml),
        cmocka_unit_test(tells_all_that_is_wrong),
        cmocka_unit_test(remembers_places),
        cmocka_unit_test(converts_messages),
        cmocka_unit_test(takes_bytes_and_uint64),
        cmocka_unit_test(refuses_messages),
        cmocka_unit_test(limits_depth),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
