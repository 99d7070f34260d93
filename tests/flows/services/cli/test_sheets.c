/* Offices and their spreadsheets: tables come in with a dry run, targets go out, are edited by a second library
 * (openpyxl), and come back without loss; what others changed meanwhile is refused. Moves from the command line. */
#include "support/check.h"
#include "support/command.h"
#include "support/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define PYTHON "/usr/bin/python3"

static struct stack stack;
static struct web web;

/* Python text that edits or prints `book`, the workbook of the file. */
static void python(const char *file, const char *text)
{
    char script[1024];

    snprintf(script, sizeof script,
             "import openpyxl\nbook = openpyxl.load_workbook('%s')\nsheet = book.worksheets[0]\n%s\n", file, text);
    command_put("edit.py", script);
    if (command_run(PYTHON " edit.py") != 0)
        fail_msg("%s", command_output);
}

/* --- tables come in
 * ---------------------------------------------------------------------------------------------------
 */

static void tables_of_other_systems(void **state)
{
    (void)state;
    command_put("units.csv", "code,name,type,parent,from\nP,省,province,,2026-01-01\nC1,一市,city,P,2026-01-01\n"
                             "C2,二市,city,P,2026-01-01\n");
    command_expect("import units units.csv --dry-run", 0, "Units C2 created");
    command_expect("get units C2", 1, "there is no \"C2\"");
    command_expect("import units units.csv", 0, "Units");
    /* an office's sheet: real days, a relation a row, an empty row between */
    command_put("make.py", "import openpyxl, datetime\nbook = openpyxl.Workbook()\nsheet = book.active\n"
                           "sheet.append(['code', 'name', 'type', 'parent', 'from'])\n"
                           "sheet.append(['O1', '一厅', 'outlet', 'C1', datetime.date(2026, 1, 1)])\n"
                           "sheet.append([None])\n"
                           "sheet.append([1002, '二厅', 'outlet', 'C1', datetime.date(2026, 1, 1)])\n"
                           "sheet.append([1002, '二厅', 'outlet', 'C2', datetime.date(2026, 11, 1)])\n"
                           "book.save('units.xlsx')\n");
    assert_int_equal(command_run(PYTHON " make.py"), 0);
    command_expect("import units units.xlsx", 0, "Units");
    command_expect("-o csv get units --filter parent=C2 --filter day=2026-11-01", 0, "1002,二厅,outlet");
    command_expect("-o csv get units --filter parent=C1 --filter day=2026-10-31", 0, "1002,二厅,outlet");
    /* again with one name changed: the difference, and only that */
    python("units.xlsx", "sheet['B2'] = '城西一厅'\nbook.save('units.xlsx')");
    command_expect("import units units.xlsx --dry-run", 0, "Units O1 changed: name: \"一厅\" -> \"城西一厅\"");
    if (strstr(command_output, "1002 changed"))
        fail_msg("%s", command_output);
    python("units.xlsx", "sheet['C2'] = 'planet'\nbook.save('units.xlsx')");
    command_expect("import units units.xlsx", 1, "units.xlsx:2: type: type \"planet\" is none of");
    python("units.xlsx", "sheet['C1'] = 'typo'\nbook.save('units.xlsx')");
    command_expect("import units units.xlsx", 1, "units.xlsx:1: Units has no column \"typo\"; did you mean");
    command_expect("import units nowhere.xlsx", 1, "nowhere.xlsx: could not open");
    command_expect("import unit units.xlsx", 2, "there is no kind \"unit\"; there are channels");
}

static void people_and_products(void **state)
{
    (void)state;
    command_put("people.csv",
                "code,name,role,unit,from\nli,李,manager,C2,2026-01-01\nli,李,drafter,P,2026-02-01\nsun,孙,,,\n");
    command_expect("import people people.csv", 0, "People");
    command_expect("-o csv get people --filter unit=P --filter day=2026-03-01", 0, "li,李,2,drafter,P");
    command_put("products.csv", "code,name,parent,aliases\nmobile,移动,,\n5g,5G,mobile,5G 畅享;FIVEG\n");
    command_expect("import products products.csv", 0, "Products");
    command_expect("-o csv get products 5g", 0, "5G 畅享");
}

/* --- targets go out and back ----------------------------------------------------------------------------------------
 */

static void set_up_targets(void)
{
    command_put("plan.yaml",
                "kind: Measures\nitems: [{code: new, title_zh: 新增, title_en: New, value: count},"
                " {code: revenue, title_zh: 收入, title_en: Revenue, value: amount}]\n---\n"
                "kind: Calendars\nitems: [{code: flat, classes: [{class: working, weight: 1}, {class: weekend, "
                "weight: 1}]}]\n---\n"
                "kind: Periods\nitems: [{code: 2026Q4, from: 2026-10-01, until: 2027-01-01, calendar: flat}]\n---\n"
                "kind: Targets\ntable: targets.csv\n");
    command_put("targets.csv",
                "period,unit,measure,product,amount\n2026Q4,P,new,,300\n2026Q4,C1,new,,100\n2026Q4,C2,new,,200\n"
                "2026Q4,P,revenue,,12345678901.2345\n2026Q4,C1,revenue,5g,99999999999.9991\n");
    command_expect("apply -f plan.yaml", 0, "Targets");
}

static void a_round_trip_loses_nothing(void **state)
{
    (void)state;
    set_up_targets();
    command_expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "5 targets in \"t.xlsx\"");
    /* the second library sees numbers where a number holds them, names for people, and the hidden sheet */
    python("t.xlsx", "print([w.sheet_state for w in book.worksheets])\n"
                     "for row in sheet.iter_rows(values_only=True):\n    print(*row, sep='|')");
    assert_non_null(strstr(command_output, "['visible', 'hidden']"));
    assert_non_null(strstr(command_output, "period|unit|unit_name|channel|product|measure|amount"));
    assert_non_null(strstr(command_output, "2026Q4|C2|二市|None|None|new|200"));
    assert_non_null(strstr(command_output, "2026Q4|P|省|None|None|revenue|12345678901.2345"));
    assert_non_null(strstr(command_output, "|5g|revenue|99999999999.9991"));
    command_expect("target import t.xlsx", 0, "");
    command_expect("-o json target import t.xlsx", 0, "[]");
    /* written again by the second library, with the rows in another order and one left out: still nothing changes */
    python("t.xlsx", "rows = list(sheet.iter_rows(min_row=2, values_only=True))\nsheet.delete_rows(2, 100)\n"
                     "for row in reversed(rows[1:]):\n    sheet.append(row)\nbook.save('t.xlsx')");
    command_expect("-o json target import t.xlsx", 0, "[]");
}

static void what_was_edited_comes_back(void **state)
{
    (void)state;
    command_expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "5 targets");
    python("t.xlsx", "for row in sheet.iter_rows(min_row=2):\n    if row[1].value == 'C1' and row[5].value == 'new':\n"
                     "        row[6].value = 120\n"
                     "sheet.append(['2026Q4', 'O1', '', '', '', 'new', 60])\nbook.save('t.xlsx')");
    command_expect("target import t.xlsx --dry-run", 0, "2026Q4");
    command_expect("-o csv get targets C1 --filter period=2026Q4 --filter measure=new", 0, ",new,100");
    command_expect("-o json target import t.xlsx", 0, "\"changed\": 1");
    assert_non_null(strstr(command_output, "\"created\": 1"));
    command_expect("-o csv get targets C1 --filter period=2026Q4 --filter measure=new", 0, ",new,120");
    command_expect("-o csv get targets O1 --filter period=2026Q4", 0, ",new,60");
    python("t.xlsx", "sheet.append(['2026Q4', 'C9', '', '', '', 'new', 1])\nbook.save('t.xlsx')");
    command_expect("target export --period 2026Q4 --xlsx u.xlsx", 0, "6 targets");
    python("u.xlsx", "sheet.append(['2026Q4', 'C9', '', '', '', 'new', 1])\nbook.save('u.xlsx')");
    command_expect("target import u.xlsx", 1, "u.xlsx:8: unit:");
}

static void what_others_changed_is_refused(void **state)
{
    (void)state;
    command_expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "6 targets");
    command_put("others.yaml", "kind: Targets\nitems: [{period: 2026Q4, unit: C2, measure: new, amount: 250}]\n");
    command_expect("apply -f others.yaml", 0, "Targets");
    /* another cell than the one that was changed meanwhile: fine, and the other stays as it is */
    python("t.xlsx", "for row in sheet.iter_rows(min_row=2):\n    if row[1].value == 'O1': row[6].value = 61\n"
                     "book.save('t.xlsx')");
    command_expect("-o json target import t.xlsx", 0, "\"changed\": 1");
    command_expect("-o csv get targets C2 --filter period=2026Q4", 0, ",new,250");
    /* the same cell: refused, with both amounts, and nothing else of the file is taken */
    command_expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "6 targets");
    command_put("others.yaml", "kind: Targets\nitems: [{period: 2026Q4, unit: C2, measure: new, amount: 251}]\n");
    command_expect("apply -f others.yaml", 0, "Targets");
    python("t.xlsx", "for row in sheet.iter_rows(min_row=2):\n"
                     "    if row[1].value in ('O1', 'C2'): row[6].value = 77\nbook.save('t.xlsx')");
    command_expect("target import t.xlsx", 1, "were changed by others since the export");
    assert_non_null(strstr(command_output, "250"));
    assert_non_null(strstr(command_output, "251"));
    command_expect("-o csv get targets O1 --filter period=2026Q4", 0, ",new,61");
    /* there and back again is a change as well: somebody looked at it */
    command_expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "6 targets");
    command_put("others.yaml", "kind: Targets\nitems: [{period: 2026Q4, unit: C2, measure: new, amount: 252}]\n");
    command_expect("apply -f others.yaml", 0, "Targets");
    command_put("others.yaml", "kind: Targets\nitems: [{period: 2026Q4, unit: C2, measure: new, amount: 251}]\n");
    command_expect("apply -f others.yaml", 0, "Targets");
    python("t.xlsx", "for row in sheet.iter_rows(min_row=2):\n    if row[1].value == 'C2': row[6].value = 300\n"
                     "book.save('t.xlsx')");
    command_expect("target import t.xlsx", 1, "were changed by others since the export");
}

static void files_that_are_no_exports(void **state)
{
    (void)state;
    command_expect("target import units.xlsx", 1, "was not made by \"bihuan target export\"");
    command_expect("target import units.csv", 1, "no .xlsx file");
    command_expect("target export --period 2026Q9 --xlsx x.xlsx", 1, "2026Q9");
    command_expect("target export --period 2026Q4", 2, "--xlsx FILE");
    python("t.xlsx", "sheet.append([c.value for c in sheet[2]])\nbook.save('t.xlsx')");
    command_expect("target import t.xlsx", 1, "are the same target");
    python("t.xlsx", "sheet['G1'] = 'something'\nbook.save('t.xlsx')");
    command_expect("target import t.xlsx", 1, "has no column amount");
    command_expect("--lang zh target export --period 2026Q4 --xlsx z.xlsx", 0, "6 个目标");
    python("z.xlsx", "print([c.value for c in sheet[1]])");
    assert_non_null(strstr(command_output, "目标值"));
    command_expect("-o json target import z.xlsx", 0, "[]");
}

/* --- moves --- */

static void moves_are_previewed(void **state)
{
    (void)state;
    command_expect("unit merge C2 --into C1 --from 2026-12-01 --dry-run", 0, "would change:");
    assert_non_null(strstr(command_output, "C2"));
    assert_non_null(strstr(command_output, "manager"));
    assert_non_null(strstr(command_output, "2026Q4"));
    command_expect("unit merge C2 --into C1 --from 2026-12-01", 1, "needs a reason");
    command_expect("unit merge C2 --into C1 --from 2026-12-01 --reason 合并", 0, "done");
    command_expect("-o csv get units C2", 0, "2026-12-01,C1");
    command_expect("--lang zh get reorganisations", 0, "合并");
    command_expect("unit move O1 --parent P --from 2026-12-05 --reason r", 0, "moved");
    command_expect("unit close O1 --reason r", 2, "--from DATE");
    command_expect("unit close O1 --from 2026-12-10 --reason r --consent anything", 1, "consent \"anything\" is none");
    command_expect("unit close O1 --from 2026-12-10 --reason r --consent targets_unbalanced", 0, "done");
    command_expect("unit open O1 --reason r", 0, "done");
    command_expect("person hand-over li --to sun --from 2026-12-01 --pass-roles --reason r", 0, "begins");
    command_expect("-o csv get people li", 0, "2026-12-01,sun");
}

static int set_up(void **state)
{
    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    web_start(&web, &stack);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    command_open(&stack, &web, "sheets");
    setenv("PYTHONIOENCODING", "utf-8", 1);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tables_of_other_systems),
        cmocka_unit_test(people_and_products),
        cmocka_unit_test(a_round_trip_loses_nothing),
        cmocka_unit_test(what_was_edited_comes_back),
        cmocka_unit_test(what_others_changed_is_refused),
        cmocka_unit_test(files_that_are_no_exports),
        cmocka_unit_test(moves_are_previewed),
    };

    return cmocka_run_group_tests_name("sheets", tests, set_up, tear_down);
}
