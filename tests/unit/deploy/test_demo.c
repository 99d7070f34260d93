/* The demo province: the same seed gives the same bytes, its targets add up, its files decode. The reading here is the
 * product's own readers; the sums are worked out anew. */
#include "support/check.h"

#include "base/buf.h"
#include "base/hash.h"
#include "text/csv.h"
#include "text/dates.h"
#include "text/inflate.h"
#include "text/pattern.h"

#include <dirent.h>
#include <ftw.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DAYS      12
#define UNTIL     "2026-07-12"
#define LINES_MAX 20000

static char dir[] = "/tmp/bihuan-test-demo-XXXXXX";

static void generate(const char *name, const char *flags)
{
    const char *bin = getenv("BIHUAN_BIN");
    char command[512];

    snprintf(command, sizeof command, "%s/bihuan-demo generate --out %s/%s --until " UNTIL " %s >/dev/null",
             bin ? bin : "build/release/bin", dir, name, flags);
    if (system(command) != 0)
        fail_msg("could not run: %s", command);
}

static int remove_one(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(dir))
        return -1;
    generate("a", "");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return nftw(dir, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

/* --- the same bytes --- */

static uint64_t tree_hash;
static size_t tree_prefix;

/* Adds up hashes, so that the order of the folder doesn't matter. */
static int hash_one(const char *path, const struct stat *info, int kind, struct FTW *ftw)
{
    struct buf bytes = { 0 };
    FILE *file;
    size_t got;

    (void)ftw;
    if (kind != FTW_F)
        return 0;
    file = fopen(path, "re");
    if (!file)
        return -1;
    got = fread(buf_reserve(&bytes, (size_t)info->st_size + 1), 1, (size_t)info->st_size, file);
    tree_hash += hash_bytes(bytes.data, got, hash_bytes(path + tree_prefix, strlen(path + tree_prefix), 0));
    fclose(file);
    buf_fini(&bytes);
    return 0;
}

static uint64_t hash_of(const char *name)
{
    char path[256];

    snprintf(path, sizeof path, "%s/%s", dir, name);
    tree_hash = 0;
    tree_prefix = strlen(path);
    CHECK_INT(nftw(path, hash_one, 16, FTW_PHYS), 0);
    return tree_hash;
}

static void test_same_seed_same_bytes(void **state)
{
    uint64_t a = hash_of("a");

    (void)state;
    generate("b", "");
    generate("c", "--seed 7");
    assert_true(a == hash_of("b"));
    assert_true(a != hash_of("c"));
}

/* --- tables --- */

struct line {
    char unit[16], parent[16], channel[16], measure[16];
    long long amount;
};

static struct line units[LINES_MAX], lines[LINES_MAX];
static size_t unit_count;

static void copy_field(char out[16], const struct csv_field *field)
{
    snprintf(out, 16, "%.*s", (int)field->len, field->text);
}

static void read_unit(struct line *line, const struct csv_field *fields)
{
    copy_field(line->unit, &fields[0]);
    copy_field(line->parent, &fields[3]);
}

static void read_target(struct line *line, const struct csv_field *fields)
{
    char amount[16];

    copy_field(line->unit, &fields[1]);
    copy_field(line->channel, &fields[2]);
    copy_field(line->measure, &fields[4]);
    copy_field(amount, &fields[5]);
    line->amount = atoll(amount);
}

static size_t read_table(const char *name, struct line *out, void (*read)(struct line *, const struct csv_field *))
{
    const struct csv_options options = { .header = true, .quote = '"' };
    struct csv_record record;
    struct csv *csv;
    struct in *in;
    struct err err;
    char path[256];
    size_t count = 0;

    snprintf(path, sizeof path, "%s/a/manifests/%s", dir, name);
    CHECK_INT(in_open(&in, path, IN_BY_NAME, 0, &err), 0);
    CHECK_INT(csv_open(&csv, &options, in_source, in, &err), 0);
    while (csv_next(csv, &record, &err) > 0) {
        assert_null(record.why);
        if (record.pos.row && count < LINES_MAX)
            read(&out[count++], record.fields);
    }
    csv_close(&csv);
    in_close(&in);
    return count;
}

static int by_unit(const void *a, const void *b)
{
    return strcmp(((const struct line *)a)->unit, ((const struct line *)b)->unit);
}

static const char *parent_of(const char unit[16])
{
    struct line key;
    const struct line *found;

    memcpy(key.unit, unit, sizeof key.unit);
    found = bsearch(&key, units, unit_count, sizeof units[0], by_unit);
    return found ? found->parent : "?";
}

/* What the children of a line's unit have for the same channel and measure. */
static int by_key(const void *a, const void *b)
{
    const struct line *x = a, *y = b;
    int rc = strcmp(x->parent, y->parent);

    rc = rc ? rc : strcmp(x->channel, y->channel);
    return rc ? rc : strcmp(x->measure, y->measure);
}

static void check_sums(const char *table)
{
    static struct line up[LINES_MAX];
    size_t count = read_table(table, lines, read_target);
    size_t checked = 0;

    assert_in_range(count, 10000, LINES_MAX - 1);
    memcpy(up, lines, sizeof lines);
    for (size_t i = 0; i < count; i++) {
        assert_true(lines[i].amount > 0);
        snprintf(up[i].parent, sizeof up[i].parent, "%s", parent_of(lines[i].unit));
    }
    qsort(up, count, sizeof up[0], by_key);
    for (size_t i = 0; i < count; i++) { /* as a parent: its own code is the key */
        struct line key = lines[i];
        const struct line *child;
        long long sum = 0;

        memcpy(key.parent, lines[i].unit, sizeof key.parent);
        child = bsearch(&key, up, count, sizeof up[0], by_key);
        if (!child)
            continue;
        while (child > up && by_key(child - 1, &key) == 0)
            child--;
        for (; child < up + count && by_key(child, &key) == 0; child++)
            sum += child->amount;
        /* a channel's target may have a part that no city has: the hotline's and the online shop's own */
        if (!lines[i].channel[0] && sum != lines[i].amount)
            fail_msg("%s %s: children have %lld, itself %lld", lines[i].unit, lines[i].measure, sum, lines[i].amount);
        assert_true(sum <= lines[i].amount);
        checked++;
    }
    assert_true(checked > 4000);
}

static void test_targets_add_up(void **state)
{
    (void)state;
    unit_count = read_table("units.csv", units, read_unit);
    assert_in_range(unit_count, 5000, 6500);
    qsort(units, unit_count, sizeof units[0], by_unit);
    for (size_t i = 1; i < unit_count; i++)
        assert_true(strcmp(units[i - 1].unit, units[i].unit) != 0);
    check_sums("targets-2026Q3.csv");
    check_sums("targets-2026Q4.csv");
}

/* --- files --- */

/* Rows of a file; a row may be short on purpose, but none may fail to decode. */
static size_t count_rows(const char *path, const struct csv_options *options)
{
    struct csv_record record;
    struct csv *csv;
    struct in *in;
    struct err err;
    size_t rows = 0;

    CHECK_INT(in_open(&in, path, IN_BY_NAME, 0, &err), 0);
    CHECK_INT(csv_open(&csv, options, in_source, in, &err), 0);
    while (csv_next(csv, &record, &err) > 0) {
        if (record.why)
            fail_msg("%s: %s", path, record.why->text);
        rows += record.pos.row > 0;
    }
    csv_close(&csv);
    in_close(&in);
    return rows;
}

static void check_feed(const char *feed, const char *names, const struct csv_options *options, size_t rows_min)
{
    struct pattern pattern;
    struct zone zone;
    struct err err;
    struct dirent *entry;
    char path[512];
    size_t files = 0, rows = 0;
    DIR *folder;

    CHECK_INT(pattern_parse(names, &pattern, &err), 0);
    CHECK_INT(zone_parse("+08:00", &zone, &err), 0);
    snprintf(path, sizeof path, "%s/a/inbox/%s", dir, feed);
    folder = opendir(path);
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        struct pattern_match match;

        if (entry->d_name[0] == '.')
            continue;
        CHECK_INT(pattern_match(&pattern, entry->d_name, &zone, &match, &err), 0);
        snprintf(path, sizeof path, "%s/a/inbox/%s/%.200s", dir, feed, entry->d_name);
        rows += count_rows(path, options);
        files++;
    }
    closedir(folder);
    CHECK_INT(files, DAYS);
    assert_true(rows > rows_min);
}

static void test_files_decode(void **state)
{
    static const struct csv_options bss = { .encoding = ENCODING_GB18030, .delimiter = '|', .header = true };
    static const struct csv_options dealer = { .delimiter = ',', .quote = '"', .header = true };
    static const struct csv_options hotline = { .delimiter = '\t', .quote = '"', .header = true };

    (void)state;
    check_feed("bss-orders", "orders_{yyyyMMdd}_{nnn}.csv.gz", &bss, 10000);
    check_feed("dealer-orders", "dealer_{yyyyMMdd}_{nnn}.csv", &dealer, 5000);
    check_feed("hotline-orders", "hotline_{yyyy-MM-dd}.csv", &hotline, 500);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_seed_same_bytes),
        cmocka_unit_test(test_targets_add_up),
        cmocka_unit_test(test_files_decode),
    };

    return cmocka_run_group_tests_name("deploy/demo", tests, set_up, tear_down);
}
