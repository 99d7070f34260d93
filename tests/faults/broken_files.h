/* broken_files: the kinds of files that test_kill_row breaks off, each with what goes before and behind it, and what it
 * must come to. */
#ifndef BIHUAN_TESTS_FAULTS_BROKEN_FILES_H
#define BIHUAN_TESTS_FAULTS_BROKEN_FILES_H

#include "support/check.h"
#include "support/gzip.h"
#include "support/loop.h"

#include "base/buf.h"
#include "text/dates.h"

#include <stdio.h>

#define WAIT_S 20

static struct stack stack;
static int files;      /* delivered so far; part of every record's key */
static char swept[48]; /* the file that is broken off */

/* --- rows that are recorded ----------------------------------------------------------------------------------------
 */

#define HEAD "id,at,shop,money,state,v\n"
enum { ROWS = 40, ORDERS = 28, KEPT = ROWS - 2 }; /* the last two rows are duplicates and don't reach the ledger */

static void add_row(struct buf *file, const char *mark, int order, int version, int amount, const char *state)
{
    buf_printf(file, "%s%d-%d,2026-09-%02d 10:00:00,O1,%d,%s,%d\n", mark, files, order, 1 + order % 28, amount, state,
               version);
}

static int amount_of(int order)
{
    return 3 + order * 7 % 101;
}

/* 40 rows of 28 orders, of which every fifth is told again with a higher version, every seventh cancelled. */
static void write_rows(struct buf *file, const char *mark)
{
    int rows = 0;

    for (int i = 0; i < ORDERS; i++) {
        if (i % 5 == 0) /* the correction comes before what it corrects */
            rows++, add_row(file, mark, i, 2, 1000 + amount_of(i), "completed");
        rows++, add_row(file, mark, i, 1, amount_of(i), "completed");
        if (i % 7 == 6)
            rows++, add_row(file, mark, i, 2, amount_of(i), "cancelled");
    }
    CHECK_INT(rows, KEPT);
    while (rows < ROWS) /* the same again: a duplicate */
        rows++, add_row(file, mark, 1, 1, amount_of(1), "completed");
}

static int64_t rows_are_worth(void)
{
    int64_t sum = 0;

    for (int i = 0; i < ORDERS; i++)
        if (i % 7 != 6)
            sum += i % 5 == 0 ? 1000 + amount_of(i) : amount_of(i);
    return sum;
}

static void drop(const char *feed, const struct buf *file)
{
    loop_drop(&stack, feed, swept, file->data, file->len);
}

/* A file that nothing disturbs. */
static void drop_in_peace(const char *feed, const char *name, const struct buf *file)
{
    loop_drop(&stack, feed, name, file->data, file->len);
    loop_wait_file(&stack, feed, name, WAIT_S);
}

static void drop_plain(void)
{
    struct buf file = { 0 };

    snprintf(swept, sizeof swept, "f_%d.csv", files);
    buf_append_text(&file, HEAD);
    write_rows(&file, "");
    drop("plain", &file);
    buf_fini(&file);
}

static void drop_marked(void)
{
    struct buf file = { 0 };

    snprintf(swept, sizeof swept, "f_%d.csv", files);
    write_rows(&file, "D,");
    buf_printf(&file, "T,%d\n", ROWS);
    drop("marked", &file);
    buf_fini(&file);
}

/* Two members, the first of which ends inside a row. */
static void drop_packed(void)
{
    struct buf file = { 0 }, packed = { 0 };
    size_t half;

    snprintf(swept, sizeof swept, "f_%d.csv.gz", files);
    buf_append_text(&file, HEAD);
    write_rows(&file, "");
    half = file.len / 2;
    gzip_append(&packed, file.data, half);
    gzip_append(&packed, file.data + half, file.len - half);
    drop("packed", &packed);
    buf_fini(&packed);
    buf_fini(&file);
}

/* --- files that take back ------------------------------------------------------------------------------------------
 */

#define BACK_HEAD "id,at,shop,money,back\n"
enum { SOLD = 18, REVERSED = SOLD / 3, BACK_ROWS = SOLD + REVERSED };
enum { DELETED = 8, DELETABLE = 12 };
enum { FIRST_KEYS = 10, SECOND_FROM = 5, SECOND_UNTIL = 13, SECOND_KEYS = SECOND_UNTIL - SECOND_FROM };

static void add_order(struct buf *file, int order, const char *day, int amount, const char *back)
{
    buf_printf(file, "%d-%d,%s 10:00:00,O1,%d,%s\n", files, order, day, amount, back);
}

/* Of every third order a row takes it back, by turns ahead of it and at the end of the file, batches behind it. */
static void add_reversal(struct buf *file, int order)
{
    buf_printf(file, "%d-r%d,2026-09-29 10:00:00,O1,%d,%d-%d\n", files, order, -amount_of(order), files, order);
}

static void drop_reversing(void)
{
    struct buf file = { 0 };

    snprintf(swept, sizeof swept, "f_%d.csv", files);
    buf_append_text(&file, BACK_HEAD);
    for (int i = 0; i < SOLD; i++) {
        if (i % 6 == 2)
            add_reversal(&file, i);
        add_order(&file, i, "2026-09-02", amount_of(i), "");
    }
    for (int i = 5; i < SOLD; i += 6)
        add_reversal(&file, i);
    drop("back", &file);
    buf_fini(&file);
}

static int64_t reversed_are_worth(void)
{
    int64_t sum = 0;

    for (int i = 0; i < SOLD; i++)
        sum += i % 3 == 2 ? 0 : amount_of(i);
    return sum;
}

/* Every other order of a delete file was there before it, the others come behind it. */
static void deliver_deletable(int odd)
{
    struct buf file = { 0 };
    char name[48];

    snprintf(name, sizeof name, "f_%d.csv", 10 * files + odd);
    buf_append_text(&file, BACK_HEAD);
    for (int i = odd; i < DELETABLE; i += 2)
        add_order(&file, i, "2026-09-03", amount_of(i), "");
    drop_in_peace("back", name, &file);
    buf_fini(&file);
}

static void deliver_before_deletes(void)
{
    deliver_deletable(0);
}

static void deliver_behind_deletes(void)
{
    deliver_deletable(1);
}

static void drop_deletes(void)
{
    struct buf file = { 0 };

    snprintf(swept, sizeof swept, "del_20260930_%d.csv", files);
    buf_append_text(&file, "id\n");
    for (int i = 0; i < DELETED; i++)
        buf_printf(&file, "%d-%d\n", files, i);
    drop("back", &file);
    buf_fini(&file);
}

static int64_t undeleted_are_worth(void)
{
    int64_t sum = 0;

    for (int i = DELETED; i < DELETABLE; i++)
        sum += amount_of(i);
    return sum;
}

/* Each delivery has a day of its own: its first file brings orders 0..9, the one that is broken off 5..12. */
static void write_day(struct buf *file, char name[48], int number, int from, int until)
{
    char day[DATE_TEXT_MAX];
    int year, month, dom;

    date_print(day, date_of(2026, 1, 1) + files % 200);
    date_split(date_of(2026, 1, 1) + files % 200, &year, &month, &dom);
    snprintf(name, 48, "d_%04d%02d%02d_%02d.csv", year, month, dom, number);
    buf_append_text(file, BACK_HEAD);
    for (int i = from; i < until; i++)
        add_order(file, i, day, number * 1000 + amount_of(i), "");
}

static void deliver_day_before(void)
{
    struct buf file = { 0 };
    char name[48];

    write_day(&file, name, 1, 0, FIRST_KEYS);
    drop_in_peace("days", name, &file);
    buf_fini(&file);
}

static void drop_day(void)
{
    struct buf file = { 0 };

    write_day(&file, swept, 2, SECOND_FROM, SECOND_UNTIL);
    drop("days", &file);
    buf_fini(&file);
}

static int64_t day_is_worth(void)
{
    int64_t sum = 0;

    for (int i = SECOND_FROM; i < SECOND_UNTIL; i++)
        sum += 2000 + amount_of(i);
    return sum;
}

/* --- kinds of files ------------------------------------------------------------------------------------------------
 */

struct kind {
    const char *what;
    void (*before)(void), (*drop)(void), (*behind)(void);
    int64_t (*worth)(void);
    int first, last;     /* rows of the file that is broken off; 0: what it leaves out of its day */
    int step;            /* from one to the next row at which the connection breaks */
    const char *account; /* of that file: read, accepted, duplicate, superseded, waiting, rows in the ledger */
};

static void nothing(void)
{
}

/* Of each order that was corrected the first version came too late. The five orders left out of a day are five more
 * rows of its second file in the ledger. */
static const struct kind kinds[] = {
    { "plain", nothing, drop_plain, nothing, rows_are_worth, 1, KEPT, 1, "40 32 2 6 0 38" },
    { "with a trailer", nothing, drop_marked, nothing, rows_are_worth, 1, KEPT, 1, "40 32 2 6 0 38" },
    { "gzip", nothing, drop_packed, nothing, rows_are_worth, 1, KEPT, 3, "40 32 2 6 0 38" },
    { "reversals", nothing, drop_reversing, nothing, reversed_are_worth, 1, BACK_ROWS, 1, "24 24 0 0 0 24" },
    { "a delete file", deliver_before_deletes, drop_deletes, deliver_behind_deletes, undeleted_are_worth, 1, DELETED, 1,
      "8 8 0 0 0 8" },
    { "a day replaced", deliver_day_before, drop_day, nothing, day_is_worth, 0, SECOND_KEYS, 1, "8 8 0 0 0 13" },
};
#define KINDS (sizeof kinds / sizeof kinds[0])

#endif
