/* What was changed in a spreadsheet of targets, and what others changed meanwhile. */
#include "cli/target_sheet.h"

#include "support/check.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void same_numbers(void **state)
{
    static const struct {
        const char *a, *b;
        bool same;
    } rows[] = {
        { "1000.5", "1000.5000", true }, { "1257", "1257.0", true }, { "+7", "007", true },
        { "0", "0.00", true },           { "", "", true },           { "100", "1", false },
        { "10", "100", false },          { "-5", "5", false },       { "", "0", false },
        { "1.05", "1.5", false },        { "1,257", "1257", false }, { "12.3", "12.30", true },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (target_sheet_same(rows[i].a, rows[i].b) != rows[i].same)
            fail_msg("\"%s\" and \"%s\"", rows[i].a, rows[i].b);
}

static json_t *row_of(const char *unit, const char *amount, int revision)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:i}", "period", "2026Q4", "unit", unit, "measure", "new", "amount", amount,
                     "revision", revision);
}

/* Rows of the sheet against what was exported (revision as text, as sheets have it) and what is now. */
static void changes_and_conflicts(void **state)
{
    static const struct {
        const char *why, *seen, *was, *is; /* "" not there */
        int was_revision, is_revision;
        bool changed, conflict;
    } rows[] = {
        { "untouched", "100", "100", "100", 1, 1, false, false },
        { "untouched here, changed there", "100", "100", "120", 1, 2, false, false },
        { "written in another way", "100.00", "100", "100", 1, 1, false, false },
        { "changed here", "110", "100", "100", 1, 1, true, false },
        { "changed on both sides", "110", "100", "120", 1, 2, false, true },
        { "there and back again", "110", "100", "100", 1, 3, false, true },
        { "a new row", "60", "", "", 0, 0, true, false },
        { "a new row that others made as well", "60", "", "70", 0, 1, false, true },
        { "taken away there", "110", "100", "", 1, 0, false, true },
        { "emptied", "", "100", "100", 1, 1, true, false },
    };
    struct buf key = { 0 };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        json_t *seen = json_array(), *exported = json_object(), *current = json_object(), *changed, *conflicts, *row;
        char revision[16];

        json_array_append_new(seen, row_of("C1", rows[i].seen, 0));
        if (*rows[i].was) {
            row = row_of("C1", rows[i].was, 0);
            snprintf(revision, sizeof revision, "%d", rows[i].was_revision);
            json_object_set_new(row, "revision", json_string(revision));
            json_object_set_new(exported, target_sheet_key(row, &key), row);
        }
        if (*rows[i].is) {
            row = row_of("C1", rows[i].is, rows[i].is_revision);
            json_object_set_new(current, target_sheet_key(row, &key), row);
        }
        target_sheet_compare(seen, exported, current, &changed, &conflicts);
        if (json_array_size(changed) != rows[i].changed || json_array_size(conflicts) != rows[i].conflict)
            fail_msg("%s: %zu changed, %zu conflicts", rows[i].why, json_array_size(changed),
                     json_array_size(conflicts));
        if (rows[i].changed)
            CHECK_INT(json_integer_value(json_object_get(json_array_get(changed, 0), "revision")),
                      rows[i].was_revision);
        json_decref(seen);
        json_decref(exported);
        json_decref(current);
        json_decref(changed);
        json_decref(conflicts);
    }
    buf_fini(&key);
}

static void a_file_and_back(void **state)
{
    char path[64];
    json_t *rows = json_array(), *names = json_pack("{s:s}", "C1", "一市"), *seen, *exported;
    struct buf key = { 0 };
    struct err err;

    (void)state;
    snprintf(path, sizeof path, "/tmp/bihuan-sheet-%d.xlsx", (int)getpid());
    json_array_append_new(rows, row_of("C1", "12.5", 3));
    json_array_append_new(rows, row_of("C2", "7", 1));
    assert_int_equal(target_sheet_write(path, rows, names, &err), 0);
    assert_int_equal(target_sheet_read(path, &seen, &exported, &err), 0);
    unlink(path);
    CHECK_INT(json_array_size(seen), 2);
    CHECK_INT(json_integer_value(json_object_get(json_array_get(seen, 1), "row")), 3);
    assert_string_equal(json_string_value(json_object_get(json_array_get(seen, 0), "amount")), "12.5");
    assert_null(json_object_get(json_array_get(seen, 0), "revision")); /* people don't see it */
    assert_string_equal(json_string_value(json_object_get(
                            json_object_get(exported, target_sheet_key(json_array_get(rows, 0), &key)), "revision")),
                        "3");
    buf_fini(&key);
    json_decref(rows);
    json_decref(names);
    json_decref(seen);
    json_decref(exported);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_numbers),
        cmocka_unit_test(changes_and_conflicts),
        cmocka_unit_test(a_file_and_back),
    };

    return cmocka_run_group_tests_name("target_sheet", tests, NULL, NULL);
}
