/* Manifests: kinds, tables, aliases, order, and where mistakes are said to be. */
#include "cli/manifest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];

static void put(const char *name, const char *text)
{
    char path[128];
    FILE *file;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void parse(struct manifests *manifests, const char *text)
{
    manifests_init(manifests);
    manifests_parse(manifests, text, strlen(text), "m.yaml");
}

static const char *text_of(const struct manifests *manifests, size_t i, const char *path)
{
    return output_text(manifests->items[i].json, path);
}

static void inline_items(void **state)
{
    struct manifests m;

    (void)state;
    parse(&m, "kind: Units\n"
              "items:\n"
              "- code: 1001\n"
              "  name: 城西营业厅\n"
              "  type: outlet\n"
              "  parent: city-1\n"
              "  from: 2026-01-01\n"
              "- {code: city-1, type: city, relations: [{from: 2026-01-01}]}\n");
    if (m.mistake_count)
        fail_msg("%s", buf_text(&m.mistakes));
    assert_int_equal(m.item_count, 2);
    assert_string_equal(text_of(&m, 0, "code"), "1001");
    assert_string_equal(text_of(&m, 0, "relations/0/parent"), "city-1");
    assert_string_equal(text_of(&m, 0, "relations/0/from"), "2026-01-01");
    assert_string_equal(text_of(&m, 0, "parent"), "");
    manifests_sort(&m);
    assert_string_equal(text_of(&m, 0, "code"), "city-1");
    manifests_fini(&m);
}

/* A table has a role a row: rows of one person that follow each other become one item. */
static void rows_of_one_code_join(void **state)
{
    struct manifests m;
    char yaml[256];

    (void)state;
    put("people.csv", "code,name,role,unit,from\nw,Wang,approver,C1,2026-01-01\nw,Wang,drafter,C2,2026-02-01\n"
                      "l,Li,approver,C2,2026-01-01\nn,Nobody,,,\n");
    snprintf(yaml, sizeof yaml, "kind: People\ntable: %s/people.csv\n", folder);
    parse(&m, yaml);
    if (m.mistake_count)
        fail_msg("%s", buf_text(&m.mistakes));
    assert_int_equal(m.item_count, 3);
    assert_string_equal(text_of(&m, 0, "roles/0/unit"), "C1");
    assert_string_equal(text_of(&m, 0, "roles/1/unit"), "C2");
    assert_string_equal(text_of(&m, 1, "code"), "l");
    assert_string_equal(text_of(&m, 2, "roles/0/unit"), "");
    manifests_fini(&m);
}

static void order(void **state)
{
    static const char *const want[] = { "all", "phones", "a", "b", "c", "e", "lag", "city-1" };
    struct manifests m;

    (void)state;
    parse(&m, "kind: Targets\nitems: [{unit: city-1, measure: m, period: p, amount: 5}]\n---\n"
              "kind: Rules\nitems: [{code: lag, min_shortfall: 10}]\n---\n"
              "kind: Units\nitems: [{code: e, parent: c}, {code: c, parent: b}, {code: b, parent: a}, {code: a}]\n---\n"
              "kind: Publish\nperiod: p\nreason: first\nconsents: [jump, zero_target]\n---\n"
              "kind: Products\nitems: [{code: phones}]\n---\n"
              "kind: Channels\nitems: [{code: all}]\n");
    if (m.mistake_count)
        fail_msg("%s", buf_text(&m.mistakes));
    manifests_sort(&m);
    assert_int_equal(m.item_count, 8);
    for (size_t i = 0; i < 8; i++)
        assert_string_equal(*text_of(&m, i, "code") ? text_of(&m, i, "code") : text_of(&m, i, "unit"), want[i]);
    assert_string_equal(text_of(&m, 7, "amount"), "5");
    assert_int_equal(m.publish_count, 1);
    assert_string_equal(m.publishes[0].period, "p");
    assert_int_equal(m.publishes[0].line, 11);
    assert_int_equal(json_array_size(m.publishes[0].consents), 2);
    assert_string_equal(json_string_value(json_array_get(m.publishes[0].consents, 1)), "zero_target");
    manifests_fini(&m);
}

static void a_circle_of_parents_ends(void **state)
{
    struct manifests m;

    (void)state;
    parse(&m, "kind: Products\nitems: [{code: a, parent: b}, {code: b, parent: a}]\n");
    manifests_sort(&m);
    assert_int_equal(m.item_count, 2);
    manifests_fini(&m);
}

static void tables(void **state)
{
    struct manifests m;
    char path[128];

    (void)state;
    put("units.csv", "\xef\xbb\xbf"
                     "code,name,type,parent,from\nu1,\"一, 二\",outlet,city-1,2026-01-01\nu2,三,outlet,,\n");
    put("rules.csv", "code,unit_types,enter_gap_bp,off\nr1,city;county,-500,true\n");
    put("1.yaml", "kind: Units\ntable: units.csv\n");
    put("2.yml", "kind: Rules\ntable: rules.csv\n");
    put("note.txt", "kind: nothing\n");
    manifests_init(&m);
    manifests_read(&m, folder);
    if (m.mistake_count)
        fail_msg("%s", buf_text(&m.mistakes));
    assert_int_equal(m.item_count, 3);
    assert_string_equal(text_of(&m, 0, "name"), "一, 二");
    assert_string_equal(text_of(&m, 0, "relations/0/parent"), "city-1");
    assert_null(json_object_get(m.items[1].json, "relations"));
    assert_string_equal(text_of(&m, 2, "unit_types/1"), "county");
    assert_int_equal(output_int(m.items[2].json, "enter_gap_bp"), -500);
    assert_true(json_is_true(json_object_get(m.items[2].json, "off")));
    manifests_fini(&m);
    snprintf(path, sizeof path, "%s/none", folder);
    manifests_init(&m);
    manifests_read(&m, path);
    assert_int_equal(m.mistake_count, 1);
    manifests_fini(&m);
}

static void mistakes_have_a_place(void **state)
{
    static const struct {
        const char *text, *words;
    } rows[] = {
        { "kind: Unit\nitems: []\n", "m.yaml:1:1: unknown kind \"Unit\"; did you mean \"Units\"?" },
        { "items: []\n", "a document needs a kind" },
        { "kind: Units\n", "m.yaml:1:1: Units needs a list" },
        { "kind: Units\nitem: []\n", "m.yaml:2:1: unknown key \"item\"; did you mean \"items\"?" },
        { "kind: Units\nitems: [5]\n", "m.yaml:2:9: an item must have keys" },
        { "kind: Units\nitems:\n- code: a\n- code: b\n  nmae: x\n", "m.yaml:5:3: nmae: " },
        { "kind: Units\nitems:\n- code: a\n  parent: [x]\n", "m.yaml:4:3: parent: " },
        { "kind: Units\nitems:\n- code: a\n  relations: [{parnt: x}]\n", "relations/0/parnt: " },
        { "kind: Units\nitems:\n- code: a\n  parent: x\n  relations: []\n", "m.yaml:4:3: parent: " },
        { "kind: Rules\nitems:\n- code: a\n  dwell_days: -1\n", "m.yaml:4:3: dwell_days: " },
        { "kind: Publish\nreason: x\n", "Publish needs a period" },
        { "kind: Publish\nperiod: p\nperid: q\n", "m.yaml:3:1: unknown key \"perid\"; did you mean \"period\"?" },
        { "kind: Units\ntable: /does/not/exist.csv\n", "could not open \"/does/not/exist.csv\"" },
        { "kind: [\n", "m.yaml:" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct manifests m;
        parse(&m, rows[i].text);
        if (m.mistake_count != 1 || !strstr(buf_text(&m.mistakes), rows[i].words))
            fail_msg("%s: %zu: %s", rows[i].text, m.mistake_count, buf_text(&m.mistakes));
        manifests_fini(&m);
    }
}

static void tables_have_places_too(void **state)
{
    struct manifests m;
    char path[128];

    (void)state;
    put("bad.csv", "code,name,tpye\na,b,c\n");
    put("worse.csv", "code,dwell_days\na,3\nb,x\nc\n");
    put("t.yaml", "kind: Units\ntable: bad.csv\n---\nkind: Rules\ntable: worse.csv\n");
    snprintf(path, sizeof path, "%s/t.yaml", folder);
    manifests_init(&m);
    manifests_read(&m, path);
    assert_int_equal(m.mistake_count, 3);
    assert_non_null(strstr(buf_text(&m.mistakes), "/bad.csv:1: Units has no column \"tpye\"; did you mean \"type\"?"));
    assert_non_null(strstr(buf_text(&m.mistakes), "/worse.csv:3: dwell_days: "));
    assert_non_null(strstr(buf_text(&m.mistakes), "/worse.csv:4: 1 fields where the head has 2"));
    assert_int_equal(m.item_count, 1);
    manifests_fini(&m);
}

static const char *place(const struct item *item, const char *pointer)
{
    static char text[256];
    struct buf out = { 0 };

    item_place(item, pointer, &out);
    snprintf(text, sizeof text, "%s", buf_text(&out));
    buf_fini(&out);
    return text;
}

static void answers_point_back(void **state)
{
    struct manifests m;
    struct item row;

    (void)state;
    parse(&m, "kind: Units\nitems:\n- code: a\n  parent: x\n- code: b\n  relations:\n  - parent: y\n");
    assert_int_equal(m.item_count, 2);
    assert_string_equal(place(&m.items[0], "/relations/0/parent"), "m.yaml:4:3: parent: ");
    assert_string_equal(place(&m.items[1], "/relations/0/parent"), "m.yaml:7:5: relations/0/parent: ");
    assert_string_equal(place(&m.items[1], "/code"), "m.yaml:5:3: code: ");
    assert_string_equal(place(&m.items[1], "/name"), "m.yaml:5:3: name: ");
    assert_string_equal(place(&m.items[1], ""), "m.yaml:5:3: ");
    row = m.items[0];
    row.doc = NULL;
    row.file = "u.csv";
    row.line = 17;
    assert_string_equal(place(&row, "/relations/0/parent"), "u.csv:17: parent: ");
    manifests_fini(&m);
}

static int make_folder(void **state)
{
    (void)state;
    strcpy(folder, "/tmp/bihuan-manifest-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
    char command[128];

    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", folder);
    return system(command);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(inline_items),
        cmocka_unit_test(rows_of_one_code_join),
        cmocka_unit_test(order),
        cmocka_unit_test(a_circle_of_parents_ends),
        cmocka_unit_test_setup_teardown(tables, make_folder, remove_folder),
        cmocka_unit_test(mistakes_have_a_place),
        cmocka_unit_test_setup_teardown(tables_have_places_too, make_folder, remove_folder),
        cmocka_unit_test(answers_point_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
