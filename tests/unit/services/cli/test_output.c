/* Rows for people and programs; sums compared. */
#include "cli/kinds.h"
#include "cli/verify.h"
#include "cli/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static const struct column columns[] = {
    { "unit", "UNIT", "单元", COLUMN_TEXT, NULL, 0, "depth" },
    { "target", "TARGET", "目标", COLUMN_AMOUNT, "scale", 0, NULL },
    { "done", "DONE", "完成率", COLUMN_PPM, NULL, 0, NULL },
    { "gap", "GAP", "差距", COLUMN_BP, NULL, 0, NULL },
    { "score", "SCORE", "得分", COLUMN_MILLI, NULL, 0, NULL },
    { "at", "AT", "时间", COLUMN_TIME, NULL, 0, NULL },
    { "off", "OFF", "停用", COLUMN_BOOL, NULL, 0, NULL },
    { "state", "STATE", "状态", COLUMN_WORD, NULL, 0, NULL },
    { "list", "LIST", "列表", COLUMN_LIST, NULL, 0, NULL },
    { "list/#", "COUNT", "数量", COLUMN_INT, NULL, 0, NULL },
    { "deep/0/x", "DEEP", "深", COLUMN_TEXT, NULL, 0, NULL },
    { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL },
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
    setenv("TZ", "Asia/Shanghai", 1);
    assert_non_null(
        strstr(print(OUTPUT_TABLE), "  江宁  1,234,567.8900  97.35%  -5.12  98.77  2026-11-26 10:00:00  yes"));
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
    json_t *left = json_loads(
        "{\"unit_id\":[2,1,1,3,1],\"measure_id\":[1,1,2,1,1],\"value\":[5,7,1,0,3],\"seq\":[1,2]}", 0, NULL);
    json_t *right = json_loads("{\"unit_id\":[1,2,4],\"measure_id\":[1,1,9],\"value\":[10,6,8],\"seq\":[1,2]}", 0,
                               NULL);
    json_t *uneven = json_loads("{\"unit_id\":[1],\"measure_id\":[],\"value\":[1],\"seq\":[1,3]}", 0, NULL);
    struct verify_sums a, b;
    struct buf out = { 0 };

    (void)state;
    assert_int_equal(verify_read(left, &a), 0);
    assert_int_equal(verify_read(right, &b), 0);
    assert_int_equal(a.count, 3); /* the zero is gone, the doubled cell is one */
    assert_int_equal(verify_compare("facts", &a, "monitoring", &b, name_of, NULL, &out), 3);
    assert_string_equal(buf_text(&out), "city-1 #2: facts 1, monitoring 0\n"
                                        "#2 revenue: facts 5, monitoring 6\n"
                                        "#4 #9: facts 0, monitoring 8\n");
    buf_reset(&out);
    assert_int_equal(verify_compare("facts", &a, "facts", &a, NULL, NULL, &out), 0);
    assert_true(verify_same_position(left, right, 1));
    assert_false(verify_same_position(left, uneven, 1));
    verify_fini(&a);
    assert_int_equal(verify_read(uneven, &a), -1);
    verify_fini(&b);
    json_decref(left);
    json_decref(right);
    json_decref(uneven);
    buf_fini(&out);
}

/* Column keys are spelt as the API spells them: the first step of each is a field of the kind's message. */
static void listings_are_well_formed(void **state)
{
    (void)state;
    for (size_t i = 0; i < listing_count; i++) {
        assert_ptr_equal(listing_find(listings[i].name), &listings[i]);
        for (size_t k = 0; k < kind_count; k++) {
            if (strcmp(kinds[k].path, listings[i].name) != 0 || strcmp(kinds[k].path, "feeds") == 0)
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
        cmocka_unit_test(for_people),         cmocka_unit_test(for_programs),
        cmocka_unit_test(nothing_is_said_so), cmocka_unit_test(fields_leave_out_what_is_empty),
        cmocka_unit_test(sums_are_compared),  cmocka_unit_test(listings_are_well_formed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
