/* Offices and their spreadsheets: tables come in with a dry run, targets go out, are edited by a second library
 * (openpyxl), and come back without loss; what others changed meanwhile is refused. Moves from the command line. */
#include "support/check.h"
#include "support/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#define PYTHON "/usr/bin/python3"

static struct stack stack;
static struct web web;
static char output[65536];

static void put(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/sheets/%s", stack.dir, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

/* Runs a command in the folder of the sheets; what it prints, errors included, is in `output`. */
static int run_command(const char *program, const char *arguments)
{
    char command[2048];
    size_t len;
    FILE *pipe;
    int status;

    snprintf(command, sizeof command, "cd '%s/sheets' && %s %s 2>&1", stack.dir, program, arguments);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    len = fread(output, 1, sizeof output - 1, pipe);
    output[len] = '\0';
    status = pclose(pipe);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void expect(const char *arguments, int code, const char *words)
{
    char program[256];
    int got;

    snprintf(program, sizeof program, "'%s/bihuan'", getenv("BIHUAN_BIN"));
    got = run_command(program, arguments);
    if (got != code || !strstr(output, words))
        fail_msg("bihuan %s: %d \"%s\", wanted %d and \"%s\"", arguments, got, output, code, words);
}

/* Python text that edits or prints `book`, the workbook of the file. */
static void python(const char *file, const char *text)
{
    char script[1024];

    snprintf(script, sizeof script,
             "import openpyxl\nbook = openpyxl.load_workbook('%s')\nsheet = book.worksheets[0]\n%s\n", file, text);
    put("edit.py", script);
    if (run_command(PYTHON, "edit.py") != 0)
        fail_msg("%s", output);
}

/* --- tables come in
 * ---------------------------------------------------------------------------------------------------
 */

static void tables_of_other_systems(void **state)
{
    (void)state;
    put("units.csv", "code,name,type,parent,from\nP,省,province,,2026-01-01\nC1,一市,city,P,2026-01-01\n"
                     "C2,二市,city,P,2026-01-01\n");
    expect("import units units.csv --dry-run", 0, "Units C2 created");
    expect("get units C2", 1, "there is no \"C2\"");
    expect("import units units.csv", 0, "Units");
    /* an office's sheet: real days, a relation a row, an empty row between */
    put("make.py", "import openpyxl, datetime\nbook = openpyxl.Workbook()\nsheet = book.active\n"
                   "sheet.append(['code', 'name', 'type', 'parent', 'from'])\n"
                   "sheet.append(['O1', '一厅', 'outlet', 'C1', datetime.date(2026, 1, 1)])\n"
                   "sheet.append([None])\n"
                   "sheet.append([1002, '二厅', 'outlet', 'C1', datetime.date(2026, 1, 1)])\n"
                   "sheet.append([1002, '二厅', 'outlet', 'C2', datetime.date(2026, 11, 1)])\n"
                   "book.save('units.xlsx')\n");
    assert_int_equal(run_command(PYTHON, "make.py"), 0);
    expect("import units units.xlsx", 0, "Units");
    expect("-o csv get units --filter parent=C2 --filter day=2026-11-01", 0, "1002,二厅,outlet");
    expect("-o csv get units --filter parent=C1 --filter day=2026-10-31", 0, "1002,二厅,outlet");
    /* again with one name changed: the difference, and only that */
    python("units.xlsx", "sheet['B2'] = '城西一厅'\nbook.save('units.xlsx')");
    expect("import units units.xlsx --dry-run", 0, "Units O1 changed: name: \"一厅\" -> \"城西一厅\"");
    if (strstr(output, "1002 changed"))
        fail_msg("%s", output);
    python("units.xlsx", "sheet['C2'] = 'planet'\nbook.save('units.xlsx')");
    expect("import units units.xlsx", 1, "units.xlsx:2: type: type \"planet\" is none of");
    python("units.xlsx", "sheet['C1'] = 'typo'\nbook.save('units.xlsx')");
    expect("import units units.xlsx", 1, "units.xlsx:1: Units has no column \"typo\"; did you mean");
    expect("import units nowhere.xlsx", 1, "nowhere.xlsx: could not open");
    expect("import unit units.xlsx", 2, "there is no kind \"unit\"; there are channels");
}

static void people_and_products(void **state)
{
    (void)state;
    put("people.csv", "code,name,role,unit,from\nli,李,manager,C2,2026-01-01\nli,李,drafter,P,2026-02-01\nsun,孙,,,\n");
    expect("import people people.csv", 0, "People");
    expect("-o csv get people --filter unit=P --filter day=2026-03-01", 0, "li,李,2,drafter,P");
    put("products.csv", "code,name,parent,aliases\nmobile,移动,,\n5g,5G,mobile,5G 畅享;FIVEG\n");
    expect("import products products.csv", 0, "Products");
    expect("-o csv get products 5g", 0, "5G 畅享");
}

/* --- targets go out and back ----------------------------------------------------------------------------------------
 */

static void set_up_targets(void)
{
    put("plan.yaml",
        "kind: Measures\nitems: [{code: new, title_zh: 新增, title_en: New, value: count},"
        " {code: revenue, title_zh: 收入, title_en: Revenue, value: amount}]\n---\n"
        "kind: Calendars\nitems: [{code: flat, classes: [{class: working, weight: 1}, {class: weekend, "
        "weight: 1}]}]\n---\n"
        "kind: Periods\nitems: [{code: 2026Q4, from: 2026-10-01, until: 2027-01-01, calendar: flat}]\n---\n"
        "kind: Targets\ntable: targets.csv\n");
    put("targets.csv", "period,unit,measure,product,amount\n2026Q4,P,new,,300\n2026Q4,C1,new,,100\n2026Q4,C2,new,,200\n"
                       "2026Q4,P,revenue,,12345678901.2345\n2026Q4,C1,revenue,5g,922337203685477.5\n");
    expect("apply -f plan.yaml", 0, "Targets");
}

static void a_round_trip_loses_nothing(void **state)
{
    (void)state;
    set_up_targets();
    expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "5 targets in \"t.xlsx\"");
    /* the second library sees numbers where a number holds them, names for people, and the hidden sheet */
    python("t.xlsx", "print([w.sheet_state for w in book.worksheets])\n"
                     "for row in sheet.iter_rows(values_only=True):\n    print(*row, sep='|')");
    assert_non_null(strstr(output, "['visible', 'hidden']"));
    assert_non_null(strstr(output, "period|unit|unit_name|channel|product|measure|amount"));
    assert_non_null(strstr(output, "2026Q4|C2|二市|None|None|new|200"));
    assert_non_null(strstr(output, "2026Q4|P|省|None|None|revenue|12345678901.2345"));
    assert_non_null(strstr(output, "|5g|revenue|922337203685477.5"));
    expect("target import t.xlsx", 0, "");
    expect("-o json target import t.xlsx", 0, "[]");
    /* written again by the second library, with the rows in another order and one left out: still nothing changes */
    python("t.xlsx", "rows = list(sheet.iter_rows(min_row=2, values_only=True))\nsheet.delete_rows(2, 100)\n"
                     "for row in reversed(rows[1:]):\n    sheet.append(row)\nbook.save('t.xlsx')");
    expect("-o json target import t.xlsx", 0, "[]");
}

static void what_was_edited_comes_back(void **state)
{
    (void)state;
    expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "5 targets");
    python("t.xlsx", "for row in sheet.iter_rows(min_row=2):\n    if row[1].value == 'C1' and row[5].value == 'new':\n"
                     "        row[6].value = 120\n"
                     "sheet.append(['2026Q4', 'O1', '', '', '', 'new', 60])\nbook.save('t.xlsx')");
    expect("target import t.xlsx --dry-run", 0, "2026Q4");
    expect("-o csv get targets C1 --filter period=2026Q4 --filter measure=new", 0, ",new,100");
    expect("-o json target import t.xlsx", 0, "\"changed\": 1");
    assert_non_null(strstr(output, "\"created\": 1"));
    expect("-o csv get targets C1 --filter period=2026Q4 --filter measure=new", 0, ",new,120");
    expect("-o csv get targets O1 --filter period=2026Q4", 0, ",new,60");
    python("t.xlsx", "sheet.append(['2026Q4', 'C9', '', '', '', 'new', 1])\nbook.save('t.xlsx')");
    expect("target export --period 2026Q4 --xlsx u.xlsx", 0, "6 targets");
    python("u.xlsx", "sheet.append(['2026Q4', 'C9', '', '', '', 'new', 1])\nbook.save('u.xlsx')");
    expect("target import u.xlsx", 1, "u.xlsx:8: unit:");
}

static void what_others_changed_is_refused(void **state)
{
    (void)state;
    expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "6 targets");
    put("others.yaml", "kind: Targets\nitems: [{period: 2026Q4, unit: C2, measure: new, amount: 250}]\n");
    expect("apply -f others.yaml", 0, "Targets");
    /* another cell than the one that was changed meanwhile: fine, and the other stays as it is */
    python("t.xlsx", "for row in sheet.iter_rows(min_row=2):\n    if row[1].value == 'O1': row[6].value = 61\n"
                     "book.save('t.xlsx')");
    expect("-o json target import t.xlsx", 0, "\"changed\": 1");
    expect("-o csv get targets C2 --filter period=2026Q4", 0, ",new,250");
    /* the same cell: refused, with both amounts, and nothing else of the file is taken */
    expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "6 targets");
    put("others.yaml", "kind: Targets\nitems: [{period: 2026Q4, unit: C2, measure: new, amount: 251}]\n");
    expect("apply -f others.yaml", 0, "Targets");
    python("t.xlsx", "for row in sheet.iter_rows(min_row=2):\n"
                     "    if row[1].value in ('O1', 'C2'): row[6].value = 77\nbook.save('t.xlsx')");
    expect("target import t.xlsx", 1, "were changed by others since the export");
    assert_non_null(strstr(output, "250"));
    assert_non_null(strstr(output, "251"));
    expect("-o csv get targets O1 --filter period=2026Q4", 0, ",new,61");
    /* there and back again is a change as well: somebody looked at it */
    expect("target export --period 2026Q4 --xlsx t.xlsx", 0, "6 targets");
    put("others.yaml", "kind: Targets\nitems: [{period: 2026Q4, unit: C2, measure: new, amount: 252}]\n");
    expect("apply -f others.yaml", 0, "Targets");
    put("others.yaml", "kind: Targets\nitems: [{period: 2026Q4, unit: C2, measure: new, amount: 251}]\n");
    expect("apply -f others.yaml", 0, "Targets");
    python("t.xlsx", "for row in sheet.iter_rows(min_row=2):\n    if row[1].value == 'C2': row[6].value = 300\n"
                     "book.save('t.xlsx')");
    expect("target import t.xlsx", 1, "were changed by others since the export");
}

static void files_that_are_no_exports(void **state)
{
    (void)state;
    expect("target import units.xlsx", 1, "was not made by \"bihuan target export\"");
    expect("target import units.csv", 1, "no .xlsx file");
    expect("target export --period 2026Q9 --xlsx x.xlsx", 1, "2026Q9");
    expect("target export --period 2026Q4", 2, "--xlsx FILE");
    python("t.xlsx", "sheet.append([c.value for c in sheet[2]])\nbook.save('t.xlsx')");
    expect("target import t.xlsx", 1, "are the same target");
    python("t.xlsx", "sheet['G1'] = 'something'\nbook.save('t.xlsx')");
    expect("target import t.xlsx", 1, "has no column amount");
    expect("--lang zh target export --period 2026Q4 --xlsx z.xlsx", 0, "6 个目标");
    python("z.xlsx", "print([c.value for c in sheet[1]])");
    assert_non_null(strstr(output, "目标值"));
    expect("-o json target import z.xlsx", 0, "[]");
}

/* --- moves --- */

static void moves_are_previewed(void **state)
{
    (void)state;
    expect("unit merge C2 --into C1 --from 2026-12-01 --dry-run", 0, "would change:");
    assert_non_null(strstr(output, "C2"));
    assert_non_null(strstr(output, "manager"));
    assert_non_null(strstr(output, "2026Q4"));
    expect("unit merge C2 --into C1 --from 2026-12-01", 1, "needs a reason");
    expect("unit merge C2 --into C1 --from 2026-12-01 --reason 合并", 0, "done");
    expect("-o csv get units C2", 0, "2026-12-01,C1");
    expect("--lang zh get reorganisations", 0, "合并");
    expect("unit move O1 --parent P --from 2026-12-05 --reason r", 0, "moved");
    expect("unit close O1 --reason r", 2, "--from DATE");
    expect("unit close O1 --from 2026-12-10 --reason r", 0, "done");
    expect("unit open O1 --reason r", 0, "done");
    expect("person hand-over li --to sun --from 2026-12-01 --pass-roles --reason r", 0, "begins");
    expect("-o csv get people li", 0, "2026-12-01,sun");
}

static int set_up(void **state)
{
    char text[128];

    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)time(NULL));
    web_start(&web, &stack);
    stack_start(&stack, "planning", "a");
    stack_wait_ready(&stack, "planning");
    snprintf(text, sizeof text, "%s/sheets", stack.dir);
    mkdir(text, 0700);
    snprintf(text, sizeof text, "http://127.0.0.1:%d", web.port);
    setenv("BIHUAN_URL", text, 1);
    snprintf(text, sizeof text, "%s/data/admin.token", stack.dir);
    setenv("BIHUAN_TOKEN_FILE", text, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
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
