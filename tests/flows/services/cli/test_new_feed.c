/* A new feed from the first sample to totals that agree, by the command line alone: the walk of feedback's README.
 * BIHUAN_SHOW=1 prints what each command says. */
#include "support/check.h"
#include "support/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static struct stack stack;
static struct web web;
static char output[65536];

static void put(const char *name, const char *text)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/desk/%s", stack.dir, name);
    file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    fclose(file);
}

static void expect(const char *arguments, int code, const char *words)
{
    char command[1024];
    size_t len;
    FILE *pipe;
    int status;

    snprintf(command, sizeof command, "cd '%s/desk' && '%s/bihuan' %s 2>&1", stack.dir, getenv("BIHUAN_BIN"),
             arguments);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    len = fread(output, 1, sizeof output - 1, pipe);
    output[len] = '\0';
    status = pclose(pipe);
    if (getenv("BIHUAN_SHOW"))
        printf("$ bihuan %s\n%s", arguments, output);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != code || !strstr(output, words))
        fail_msg("bihuan %s: %d \"%s\", wanted %d and \"%s\"", arguments, WEXITSTATUS(status), output, code, words);
}

#define UNITS                                                                                                          \
    "kind: Units\nitems:\n- { code: P, name: 省, type: province }\n"                                                  \
    "- { code: S1, name: 一厅, type: outlet, relations: [{ parent: P, from: 2026-01-01 }] }\n"                       \
    "- { code: S2, name: 二厅, type: outlet, relations: [{ parent: P, from: 2026-01-01 }] }\n"

/* `maps`: what the sender calls S2, or nothing yet */
#define FEED(maps)                                                                                                     \
    "kind: Feeds\nitems:\n"                                                                                            \
    "- code: kd\n  title: 宽带受理\n  sender: kd\n  fact: order_line\n"                                            \
    "  files: kd_{yyyyMMdd}_{nnn}.txt\n  encoding: GBK\n  delimiter: \"|\"\n  quote: none\n  no_header: true\n"        \
    "  layout: [{ name: mark }, { name: doc }, { name: day }, { name: shop }, { name: fen }, { name: back }]\n"        \
    "  marks: { header: H, data: D, trailer: T }\n"                                                                    \
    "  control:\n    by: lines\n    values:\n"                                                                         \
    "    - { what: sequence, line: header, position: 3 }\n    - { what: rows, line: trailer, position: 2 }\n"          \
    "    - { what: sum, line: trailer, position: 3, money: fen }\n"                                                    \
    "  sequence: { daily: true, gap_minutes: 1 }\n"                                                                    \
    "  key: [doc]\n  original: [back]\n"                                                                               \
    "  columns:\n  - { field: time, column: day, format: yyyyMMdd }\n"                                                 \
    "  - { field: unit, column: shop, map: shops }\n  - { field: amount, column: fen, money: fen }\n"                  \
    "  maps:\n  - name: shops\n    entries:\n    - { from: 东区瑋店, to: S1 }\n" maps

/* In GBK; the second byte of 瑋 is the delimiter's. */
#define EAST "\xB6\xAB\xC7\xF8\xAC\x7C\xB5\xEA"
#define WEST "\xCE\xF7\xC7\xF8\xB5\xEA"

/* The first row that waits, mended: by its ID on the command line, and many from a file. */
static void mend_rows(void)
{
    char line[300];
    const char *at;
    unsigned long long id;

    put("kd_20261125_001.txt", "H|20261125|001\nD|A10|2026112|" EAST "|700|\nD|A11|2026112|" EAST "|800|\nT|2|1500\n");
    expect("feed load kd kd_20261125_001.txt", 0, "partial");
    expect("feed rejects --feed kd -o json", 0, "bad_date");
    at = strstr(output, "\"id\":");
    assert_non_null(at);
    id = strtoull(at + 5 + strcspn(at + 5, "0123456789"), NULL, 10);
    snprintf(line, sizeof line, "feed mend %llu 'D|A10|20261125|东区瑋店|7x00|' --reason 电话确认", id);
    expect(line, 1, "it is not an amount of money");
    snprintf(line, sizeof line, "feed mend %llu 'D|A10|20261125|东区瑋店|700|'", id);
    expect(line, 1, "why the rows are mended");
    snprintf(line, sizeof line, "feed mend %llu 'D|A10|20261125|东区瑋店|700|' --reason 电话确认", id);
    expect(line, 0, "recorded");
    snprintf(line, sizeof line, "%llu\tD|A11|20261125|东区瑋店|800|\n", id + 1);
    put("rows.txt", line);
    expect("feed mend -f rows.txt --reason 电话确认", 0, "recorded");
    expect("feed mend -f rows.txt --reason 电话确认", 1, "no such row waits");
    put("rows.txt", "nothing\n");
    expect("feed mend -f rows.txt --reason x", 2, "line 1");
    expect("feed mend 1 --reason x", 2, "");
    expect("-o csv feed fact kd A11", 0, ",8.0000,");
}

static void test_walk(void **state)
{
    (void)state;
    put("units.yaml", UNITS);
    put("feed.yaml", FEED(""));
    put("kd_20261124_001.txt", "H|20261124|001\nD|A1|20261124|" EAST "|12900|\nD|A2|20261124|" WEST "|9900|\n"
                               "D|A3|20261124|" EAST "|-12900|A1\nT|3|9900\n");
    put("kd_20261124_003.txt", "H|20261124|003\nD|A7|20261124|" EAST "|5000|\nT|1|4000\n");
    expect("apply -f units.yaml", 0, "");
    /* what would be read, before anything is applied */
    expect("feed try kd kd_20261124_001.txt -f feed.yaml", 0, "unmapped");
    expect("feed status kd", 0, "");
    expect("apply -f feed.yaml", 0, "Feeds");
    expect("feed load kd kd_20261124_001.txt", 0, "partial");
    expect("feed causes --feed kd", 0, "西区店");
    put("feed.yaml", FEED("    - { from: 西区店, to: S2 }\n"));
    expect("apply -f feed.yaml", 0, "CHANGED");
    expect("feed rejects --feed kd --value 西区店 --release", 0, "1 released, 0 still wait");
    /* the trailer doesn't fit; the number before is missing as soon as this one is taken */
    expect("feed load kd kd_20261124_003.txt", 1, "refused");
    put("kd_20261124_003.txt", "H|20261124|003\nD|A7|20261124|" EAST "|5000|\nT|1|5000\n");
    expect("feed load kd kd_20261124_003.txt", 0, "loaded");
    expect("feed totals --feed kd", 0, "yes");
    for (int i = 0; i < 100 && !strstr(output, "sequence"); i++) {
        usleep(200000);
        expect("feed missing --feed kd", 0, "");
    }
    assert_non_null(strstr(output, "sequence"));
    expect("-o csv feed totals --feed kd", 0,
           "2026-11-24,kd,kd,3,4,4,0,0,0,0,0,4,149.0000,149.0000,149.0000,149.0000,true");
    expect("-o csv feed totals --feed kd --by-column", 0,
           "2026-11-24,kd,kd,amount,149.0000,149.0000,0.0000,0.0000,0.0000,0.0000,149.0000,149.0000,true");
    /* one record, with what came of it */
    expect("feed fact kd A1", 0, "kd_20261124_001.txt");
    expect("-o csv feed fact kd A1", 0, ",129.0000,");
    expect("feed fact kd A9", 1, "has sent no record");
    /* a file in another encoding: that is why its sum differs */
    put("kd_20261124_004.txt", "H|20261124|004\nD|A8|20261124|\xAC\xFF|5000|\nT|1|5000\n");
    expect("feed load kd kd_20261124_004.txt", 1,
           "kd_20261124_004.txt: sum: the control says 50.0000, found 0.0000; not in it: 1 with amounts that can't be"
           " read, the first in line 2, byte ");
    /* what is wrong with a definition is told with its place */
    put("bad.yaml", FEED("  deletes: x_{nnn\n"));
    expect("feed try kd kd_20261124_001.txt -f bad.yaml", 1, "bad.yaml:31:3: deletes: file name");
    expect("feed rejects --feed kd --write-off", 2, "");
    expect("feed file 1", 2, "--retry");
    expect("feed file 1 --retry --reason 试", 0, "done");
    expect("feed try nowhere kd_20261124_001.txt", 1, "there is no feed");
    mend_rows();
}

/* Two feeds of one sender with its map: what is put into it once, both know; a feed's own map goes before it. */
#define SHARED(code, own)                                                                                              \
    "kind: Feeds\nitems:\n- code: " code "\n  title: t\n  sender: boss\n  fact: order_line\n  watermark: none\n"       \
    "  key: [doc]\n  columns:\n  - { field: time, column: day, format: yyyyMMdd }\n"                                   \
    "  - { field: unit, column: shop, map: shops }\n  - { field: seller, column: who, map: people }\n" own

static void test_maps_of_a_sender(void **state)
{
    (void)state;
    put("one.yaml", SHARED("one", ""));
    put("two.yaml",
        SHARED("two", "  maps: [{ name: shops, entries: [{ from: 一店, to: S2 }, { from: 二店, to: S2 }] }]\n"));
    put("maps.yaml", "kind: CodeMaps\nitems:\n- { sender: boss, name: shops, entries: [{ from: 一店, to: S1 }] }\n"
                     "- { sender: boss, name: people, pass: true }\n"
                     "- { sender: other, name: shops, entries: [{ from: 二店, to: S1 }] }\n");
    put("one.csv", "doc,day,shop,who\na,20261120,一店,\nb,20261120,二店,\n");
    put("two.csv", "doc,day,shop,who\nc,20261120,一店,\nd,20261120,二店,\n");
    expect("apply -f one.yaml", 1, "has a map");
    expect("apply -f maps.yaml", 0, "CodeMaps");
    expect("apply -f one.yaml", 0, "Feeds");
    expect("apply -f two.yaml", 0, "Feeds");
    expect("feed try one one.csv -f one.yaml", 0, "unmapped");
    expect("feed load one one.csv", 0, "partial");
    expect("feed load two two.csv", 0, "loaded");
    expect("feed map boss shops 二店 S2", 0, "mapped");
    expect("-o csv feed map boss shops", 0, "一店,S1");
    expect("-o csv feed map boss shops", 0, "二店,S2");
    expect("feed map boss shop", 1, "no map");
    expect("feed map boss shops 三店", 2, "our code");
    expect("get code-maps other", 0, "other");
    expect("feed rejects --feed one --value 二店 --release", 0, "1 released, 0 still wait");
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.order_line o JOIN feedback.ref_unit u ON u.id ="
                                   " o.unit_id WHERE record_key || u.code IN ('aS1', 'bS2', 'cS2', 'dS2')"),
              4);
    expect("apply -f maps.yaml", 0, "CodeMaps"); /* as a whole: what was put in is gone */
    expect("-o csv feed map boss shops", 0, "一店,S1\n");
    assert_null(strstr(output, "二店"));
    put("bad.yaml", "kind: CodeMaps\nitems:\n- { sender: boss, name: shops, entries: [{ from: x, to: S1 },"
                    " { from: x, to: S2 }] }\n");
    expect("apply -f bad.yaml", 1, "twice");
}

static int set_up(void **state)
{
    char text[256];

    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-11-25T10:00:00+08:00@%lld", (long long)time(NULL));
    web_start(&web, &stack);
    stack_start(&stack, "planning", "a");
    stack_start(&stack, "feedback", "a");
    stack_wait_ready(&stack, "planning");
    stack_wait_ready(&stack, "feedback");
    snprintf(text, sizeof text, "%s/desk", stack.dir);
    assert_int_equal(mkdir(text, 0700), 0);
    snprintf(text, sizeof text, "http://127.0.0.1:%d", web.port);
    setenv("BIHUAN_URL", text, 1);
    snprintf(text, sizeof text, "%s/data/admin.token", stack.dir);
    setenv("BIHUAN_TOKEN_FILE", text, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
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
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_walk), cmocka_unit_test(test_maps_of_a_sender) };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
