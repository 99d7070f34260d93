/* Rows for people and programs; sums compared. */
#include "cli/kinds.h"
#include "cli/verify.h"
#include "cli/words.h"
#include "cli/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const struct column columns[] = {
    { "unit", "UNIT", "单元", COLUMN_TEXT, NULL, 0, "depth", NULL },
    { "target", "TARGET", "目标", COLUMN_AMOUNT, "scale", 0, NULL, NULL },
    { "done", "DONE", "完成率", COLUMN_PPM, NULL, 0, NULL, NULL },
    { "gap", "GAP", "差距", COLUMN_BP, NULL, 0, NULL, NULL },
    { "score", "SCORE", "得分", COLUMN_MILLI, NULL, 0, NULL, NULL },
    { "at", "AT", "时间", COLUMN_TIME, NULL, 0, NULL, NULL },
    { "off", "OFF", "停用", COLUMN_BOOL, NULL, 0, NULL, NULL },
    { "state", "STATE", "状态", COLUMN_WORD, NULL, 0, NULL, NULL },
    { "list", "LIST", "列表", COLUMN_LIST, NULL, 0, NULL, NULL },
    { "list/#", "COUNT", "数量", COLUMN_INT, NULL, 0, NULL, NULL },
    { "deep/0/x", "DEEP", "深", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL },
};

static json_t *rows(void)
{
    return json_loads(
        "[{\"unit\":\"江宁\",\"depth\":1,\"target\":12345678900,\"scale\":4,\"done\":973456,\"gap\":-512,"
        "\"score\":98765,\"at\":1795658400000000,\"off\":true,\"state\":\"firing\",\"list\":[\"a\",\"b\"],"
        "\"deep\":[{\"x\":\"y\"}]},"
        "{\"unit\":\"=1+1\",\"target\":3,\"at\":0,\"off\":false,\"list\":[],\"state\":\"odd\",\"deep\":[]}]",
        0, NULL);
}

static const char *print(enum output_format format)
{
    static char text[4096];
    struct buf out = { 0 };
    json_t *json = rows();

    output_rows(json, columns, format, &out);
    snprintf(text, sizeof text, "%s", buf_text(&out));
    buf_fini(&out);
    json_decref(json);
    return text;
}

static void for_people(void **state)
{
    (void)state;
    zone_learn("-03:00");
    assert_non_null(strstr(print(OUTPUT_TABLE), "98.77  2026-11-25 23:00  yes"));
    setenv("BIHUAN_UTC_OFFSET", "+00:00", 1);
    assert_non_null(strstr(print(OUTPUT_TABLE), "98.77  2026-11-26 02:00  yes"));
    unsetenv("BIHUAN_UTC_OFFSET");
    zone_learn("+08:00");
    zone_learn("half past nine");
    zone_learn(NULL);
    assert_non_null(strstr(print(OUTPUT_TABLE), "  江宁  1,234,567.8900  97.35%  -5.12  98.77  2026-11-26 10:00  yes"));
    assert_non_null(strstr(print(OUTPUT_TABLE), "firing  a;b       2  y"));
    words_choose("zh");
    assert_non_null(strstr(print(OUTPUT_TABLE), "预警中"));
    assert_non_null(strstr(print(OUTPUT_TABLE), "完成率"));
    words_choose("en");
}

static void for_programs(void **state)
{
    const char *text = print(OUTPUT_CSV);
    json_t *json, *want = rows();

    (void)state;
    assert_memory_equal(text, "unit,target,done,gap,score,at,off,state,list,list/#,deep/0/x\n", 61);
    assert_non_null(
        strstr(text, "\n江宁,1234567.8900,97.3456,-5.12,98.765,2026-11-26T02:00:00Z,true,firing,a;b,2,y\n"));
    assert_non_null(strstr(text, "\n'=1+1,3,,,,,false,odd,,0,\n"));
    json = json_loads(print(OUTPUT_JSON), 0, NULL);
    assert_true(json_equal(json, want));
    json_decref(json);
    json_decref(want);
}

/* An id is typed and pasted: it is the same text everywhere. */
static void ids_are_never_grouped(void **state)
{
    static const struct column id = { "id", "ID", "编号", COLUMN_ID, NULL, 0, NULL, NULL };
    static const struct column count = { "id", "COUNT", "数量", COLUMN_INT, NULL, 0, NULL, NULL };
    json_t *row = json_loads("{\"id\":1234567}", 0, NULL);
    struct buf out = { 0 };

    (void)state;
    output_cell(row, &id, false, &out);
    assert_string_equal(buf_text(&out), "1234567");
    buf_reset(&out);
    output_cell(row, &count, false, &out);
    assert_string_equal(buf_text(&out), "1,234,567");
    json_decref(row);
    buf_fini(&out);
}

static void nothing_is_said_so(void **state)
{
    json_t *none = json_array();
    struct buf out = { 0 };

    (void)state;
    output_rows(none, columns, OUTPUT_TABLE, &out);
    assert_string_equal(buf_text(&out), "nothing\n");
    json_decref(none);
    buf_fini(&out);
}

static void fields_leave_out_what_is_empty(void **state)
{
    json_t *json = rows();
    struct buf out = { 0 };

    (void)state;
    output_fields(json_array_get(json, 1), columns, &out);
    assert_string_equal(buf_text(&out), "UNIT: =1+1\nTARGET: 3\nSTATE: odd\nCOUNT: 0\n");
    json_decref(json);
    buf_fini(&out);
}

static const char *name_of(void *arg, bool measure, uint32_t id)
{
    (void)arg;
    return id == 1 ? (measure ? "revenue" : "city-1") : NULL;
}

static void sums_are_compared(void **state)
{
    json_t *facts = json_loads(
        "{\"unit_id\":[2,1,1,3,1],\"measure_id\":[1,1,2,1,1],\"value\":[5,7,1,0,3],\"seq\":[1,2]}", 0, NULL);
    json_t *held = json_loads("{\"unit_id\":[1,2,4],\"measure_id\":[1,1,9],\"value\":[10,6,8],\"seq\":[1,2]}", 0, NULL);
    json_t *uneven = json_loads("{\"unit_id\":[1],\"measure_id\":[],\"value\":[1]}", 0, NULL);
    json_t *differences, *want;
    struct verify_sums sums = { 0 };

    (void)state;
    assert_int_equal(verify_add(&sums, VERIFY_FACTS, facts), 0);
    assert_int_equal(verify_add(&sums, VERIFY_MONITORING, held), 0);
    assert_int_equal(verify_add(&sums, VERIFY_INCENTIVE, facts), 0);
    assert_int_equal(verify_add(&sums, VERIFY_INCENTIVE, uneven), -1);
    verify_settle(&sums);
    assert_int_equal(sums.count, 4); /* the zero is gone, the doubled cell is one */
    differences = verify_differences(&sums, name_of, NULL);
    want = json_loads("[{\"unit\":\"city-1\",\"measure\":\"#2\",\"facts\":1,\"monitoring\":0,\"monitoring_off\":-1,"
                      "\"incentive\":1},"
                      "{\"unit\":\"#2\",\"measure\":\"revenue\",\"facts\":5,\"monitoring\":6,\"monitoring_off\":1,"
                      "\"incentive\":5},"
                      "{\"unit\":\"#4\",\"measure\":\"#9\",\"facts\":0,\"monitoring\":8,\"monitoring_off\":8,"
                      "\"incentive\":0}]",
                      0, NULL);
    assert_true(json_equal(differences, want));
    assert_int_equal(verify_position(facts, 1), 2);
    assert_int_equal(verify_position(facts, 2), -1);
    assert_int_equal(verify_position(uneven, 0), -1);
    verify_fini(&sums);
    json_decref(differences);
    json_decref(want);
    json_decref(facts);
    json_decref(held);
    json_decref(uneven);
}

static void what_has_no_meaning_is_empty(void **state)
{
    static const struct column gap[] = {
        { "unit", "UNIT", "单元", COLUMN_TEXT, NULL, 0, NULL, NULL },
        { "inputs/gap_bp", "GAP", "差距", COLUMN_BP, NULL, 0, NULL, "kind=lag" },
        { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL },
    };
    json_t *json = json_loads("[{\"unit\":\"a\",\"kind\":\"lag\",\"inputs\":{\"gap_bp\":-512}},"
                              "{\"unit\":\"b\",\"kind\":\"threshold\",\"inputs\":{\"gap_bp\":0}}]",
                              0, NULL);
    struct buf out = { 0 };

    (void)state;
    output_rows(json, gap, OUTPUT_CSV, &out);
    assert_string_equal(buf_text(&out), "unit,inputs/gap_bp\na,-5.12\nb,\n");
    json_decref(json);
    buf_fini(&out);
}

/* Column keys are spelt as the API spells them: the first step of each is a field of the kind's message. */
static void listings_are_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < listing_count; i++) {
        assert_ptr_equal(listing_find(listings[i].name), &listings[i]);
        for (size_t k = 0; k < kind_count; k++) {
            /* a code inside, "feed/code": the rows hold the kind's messages, and more about them */
            if (strcmp(kinds[k].path, listings[i].name) != 0 || strchr(listings[i].key, '/'))
                continue;
            for (const struct column *column = listings[i].columns; column->key; column++) {
                char step[64] = "";
                memcpy(step, column->key, strcspn(column->key, "/"));
                if (!protobuf_c_message_descriptor_get_field_by_name(kinds[k].item, step))
                    fail_msg("%s has no %s", kinds[k].name, step);
            }
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(for_people),
        cmocka_unit_test(for_programs),
        cmocka_unit_test(ids_are_never_grouped),
        cmocka_unit_test(nothing_is_said_so),
        cmocka_unit_test(fields_leave_out_what_is_empty),
        cmocka_unit_test(what_has_no_meaning_is_empty),
        cmocka_unit_test(sums_are_compared),
        cmocka_unit_test(listings_are_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
