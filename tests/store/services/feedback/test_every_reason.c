/* Every reason for which a row may wait, one after another: a row of it between two good ones is found in quarantine
 * with its line, byte, bytes and column, and the good ones count. The list is that of the contract: a reason without a
 * case here fails, and so does a reader that says one which the contract doesn't have. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "base/buf.h"
#include "support/delivery.h"
#include "support/receiving.h"

#include "bihuan/feedback.pb-c.h"

#include <ctype.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static struct stack stack;

/* csv: of two-part keys, with reversals. fix: marked lines of fixed width. js: objects. */
static const char FEEDS[] =
    "{\"items\":[{\"code\":\"csv\",\"title\":\"t\",\"sender\":\"a\",\"fact\":\"order_line\",\"watermark\":\"none\","
    "\"no_header\":true,\"key\":[\"1\",\"2\"],\"original\":[\"11\",\"12\"],\"maps\":[{\"name\":\"m\",\"entries\":["
    "{\"from\":\"one\",\"to\":\"S1\"},{\"from\":\"gone\",\"to\":\"S2\"},{\"from\":\"lost\",\"to\":\"S9\"}]}],"
    "\"layout\":[{\"name\":\"1\"},{\"name\":\"2\"},{\"name\":\"day\"},{\"name\":\"shop\"},{\"name\":\"what\"},"
    "{\"name\":\"way\"},{\"name\":\"yuan\"},{\"name\":\"state\"},{\"name\":\"op\"},{\"name\":\"who\"},"
    "{\"name\":\"11\"},{\"name\":\"12\"}],\"columns\":[{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyyMMdd\"},"
    "{\"field\":\"unit\",\"column\":\"shop\",\"map\":\"m\"},{\"field\":\"product\",\"column\":\"what\"},"
    "{\"field\":\"channel\",\"column\":\"way\"},{\"field\":\"amount\",\"column\":\"yuan\"},"
    "{\"field\":\"state\",\"column\":\"state\"},{\"field\":\"operation\",\"column\":\"op\"},"
    "{\"field\":\"customer\",\"column\":\"who\"}]},"
    "{\"code\":\"fix\",\"title\":\"t\",\"sender\":\"b\",\"fact\":\"order_line\",\"watermark\":\"none\","
    "\"format\":\"fixed\",\"key\":[\"id\"],\"marks\":{\"header\":\"H\",\"data\":\"D\",\"trailer\":\"T\"},"
    "\"layout\":[{\"name\":\"mark\",\"start\":1,\"length\":1},{\"name\":\"id\",\"start\":2,\"length\":6},"
    "{\"name\":\"day\",\"start\":8,\"length\":8},{\"name\":\"shop\",\"start\":16,\"length\":2}],\"columns\":["
    "{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyyMMdd\"},{\"field\":\"unit\",\"column\":\"shop\"}]},"
    "{\"code\":\"js\",\"title\":\"t\",\"sender\":\"c\",\"fact\":\"order_line\",\"watermark\":\"none\","
    "\"format\":\"json_lines\",\"key\":[\"id\"],\"columns\":["
    "{\"field\":\"time\",\"column\":\"day\",\"format\":\"yyyyMMdd\"},{\"field\":\"unit\",\"column\":\"shop\"},"
    "{\"field\":\"photos\",\"column\":\"pics\"}]}]}";

struct reason_case {
    const char *reason, *feed, *bytes;
    size_t len;
    const char *column;
    char repeated; /* the row is that byte, so many times */
    size_t times;
};
#define CASE(reason, feed, bytes, column)                                                                              \
    {                                                                                                                  \
        reason, feed, bytes, sizeof bytes - 1, column, 0, 0                                                            \
    }

#define TEN     "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

/* csv: key, part, day, shop, product, channel, yuan, state, operation, customer, key and part taken back */
static const struct reason_case cases[] = {
    CASE("unmapped", "csv", "b,1,20261120,two,,,1,,,,,", "shop"),
    CASE("missing_value", "csv", "b,,20261120,one,,,1,,,,,", "2"),
    CASE("bad_date", "csv", "b,2,20261131,one,,,1,,,,,", "day"),
    CASE("date_out_of_range", "csv", "b,3,20261127,one,,,1,,,,,", "day"),
    CASE("bad_number", "csv", "b,4,20261120,one,,,1 yuan,,,,,", "yuan"),
    CASE("too_precise", "csv", "b,5,20261120,one,,,1.00001,,,,,", "yuan"),
    CASE("out_of_range", "csv", "b,6,20261120,one,,,99999999999999999999,,,,,", "yuan"),
    CASE("bad_state", "csv", "b,7,20261120,one,,,1,sold,,,,", "state"),
    CASE("bad_operation", "csv", "b,8,20261120,one,,,1,,undo,,,", "op"),
    CASE("bad_original", "csv", "b,9,20261120,one,,,1,,,,b,", "11"),
    CASE("key_too_long", "csv", HUNDRED HUNDRED "," HUNDRED ",20261120,one,,,1,,,,,", "2"),
    CASE("too_long", "csv", "b,10,20261120,one,,,1,,," HUNDRED HUNDRED "0,,", "who"),
    CASE("unknown_unit", "csv", "b,11,20261120,lost,,,1,,,,,", "shop"),
    CASE("unknown_channel", "csv", "b,12,20261120,one,,moon,1,,,,,", "way"),
    CASE("unknown_product", "csv", "b,13,20261120,one,moon,,1,,,,,", "what"),
    CASE("unit_closed", "csv", "b,14,20261120,gone,,,1,,,,,", "shop"),
    CASE("version_conflict", "csv", "g,first,20261120,one,,,2,,,,,", ""),
    CASE("reversal_differs", "csv", "b,20,20261120,one,,,2,,,,reversal_differs,first", ""),
    CASE("field_count", "csv", "b,15,20261120,one", ""),
    CASE("bad_encoding", "csv", "b,16,20261120,\xE4\xB8,,,1,,,,,", ""),
    CASE("nul_byte", "csv", "b,17,20261120,o\0ne,,,1,,,,,", ""),
    CASE("open_quote", "csv", "b,18,20261120,\"one,,,1,,,,,", ""),
    CASE("bad_quote", "csv", "b,19,20261120,\"one\"s,,,1,,,,,", ""),
    { "record_too_long", "csv", NULL, 0, "", 'x', (1 << 20) + 7 },
    { "too_many_fields", "csv", NULL, 0, "", ',', 1100 },
    CASE("row_length", "fix", "Dshort 20261120S", ""),
    CASE("unknown_mark", "fix", "Xabcdef20261120S1", ""),
    CASE("after_trailer", "fix", "T\nDabcdef20261120S1", ""),
    CASE("bad_json", "js", "{\"id\":\"b\",\"day\":}", ""),
    CASE("twice", "js", "{\"id\":\"b\",\"id\":\"c\",\"day\":\"20261120\",\"shop\":\"S1\"}", ""),
    CASE("not_scalar", "js", "{\"id\":[\"b\"],\"day\":\"20261120\",\"shop\":\"S1\"}", ""),
    CASE("bad_photo", "js", "{\"id\":\"b\",\"day\":\"20261120\",\"shop\":\"S1\",\"pics\":\"a.jpg#sha256=12\"}", "pics"),
};
#define CASES (sizeof cases / sizeof cases[0])

RECEIVING_GROUP(stack, .feeds = FEEDS)

static void add_good(struct buf *file, const char *feed, const char *reason, const char *which)
{
    if (strcmp(feed, "csv") == 0)
        buf_printf(file, "%s,%s,20261120,one,,,1,,,,,\n", strcmp(reason, "version_conflict") == 0 ? "g" : reason,
                   which);
    else if (strcmp(feed, "fix") == 0)
        buf_printf(file, "D%.4s%.2s20261120S1\n", reason, which);
    else
        buf_printf(file, "{\"id\":\"%s-%s\",\"day\":\"20261120\",\"shop\":\"S1\"}\n", reason, which);
}

/* The row itself: of what a case delivers, what stands behind its last line end. */
static void add_bad(struct buf *file, const struct reason_case *c, size_t *line, size_t *offset, struct buf *row)
{
    size_t skipped = 0;

    for (size_t i = 0; i < c->len; i++)
        if (c->bytes[i] == '\n') {
            skipped = i + 1;
            ++*line;
        }
    *offset = file->len + skipped;
    buf_append(file, c->bytes, c->len);
    for (size_t i = 0; i < c->times; i++)
        buf_append(file, &c->repeated, 1);
    buf_append(row, file->data + *offset, file->len - *offset);
    buf_append_text(file, "\n");
}

static void expect_case(const struct reason_case *c, const char *name, size_t line, size_t offset,
                        const struct buf *row)
{
    size_t kept = row->len < 65536 ? row->len : 65536;
    struct buf sql = { 0 };
    char want[300];

    buf_printf(&sql,
               "SELECT f.state || ' ' || rows_read || ' ' || accepted || ' ' || reason || ' ' || line_no || ' ' ||"
               " file_offset || ' ' || row_no || ' ' || column_name || ' ' || (raw = decode('");
    for (size_t i = 0; i < kept; i++)
        buf_printf(&sql, "%02x", ((const unsigned char *)row->data)[i]);
    buf_printf(&sql,
               "', 'hex')) FROM feedback.feed_file f JOIN feedback.reject r ON r.file_id = f.id WHERE f.name = '%s'",
               name);
    snprintf(want, sizeof want, "partial %d %d %s %zu %zu 2 %s true", 2 + (strcmp(c->reason, "after_trailer") != 0),
             1 + (strcmp(c->reason, "after_trailer") != 0), c->reason, line, offset, c->column);
    delivery_await(&stack, buf_text(&sql), want);
    buf_fini(&sql);
}

static void write_file(const char *feed, const char *name, const struct buf *bytes)
{
    char path[400], to[400];
    FILE *file;

    snprintf(path, sizeof path, "%s/data/inbox/%s/.%s", stack.dir, feed, name);
    snprintf(to, sizeof to, "%s/data/inbox/%s/%s", stack.dir, feed, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes->data, 1, bytes->len, file), bytes->len);
    fclose(file);
    assert_int_equal(rename(path, to), 0);
}

static void test_each_waits(void **state)
{
    (void)state;
    for (size_t i = 0; i < CASES; i++) {
        const struct reason_case *c = &cases[i];
        struct buf file = { 0 }, row = { 0 };
        size_t line = 2, offset;
        char name[64];

        snprintf(name, sizeof name, "%s.txt", c->reason);
        add_good(&file, c->feed, c->reason, "first");
        add_bad(&file, c, &line, &offset, &row);
        if (strcmp(c->reason, "after_trailer") != 0) /* behind which nothing is a row */
            add_good(&file, c->feed, c->reason, "second");
        write_file(c->feed, name, &file);
        expect_case(c, name, line, offset, &row);
        buf_fini(&file);
        buf_fini(&row);
    }
}

/* What parts a key's parts may stand in them. */
static void test_parts_of_a_key(void **state)
{
    static const char ROWS[] = "a|b,c,20261120,one,,,1,,,,,\na,b|c,20261120,one,,,2,,,,,\na\\,b,20261120,one,,,4,,,,,\n"
                               "a,\\b,20261120,one,,,8,,,,,\n";

    (void)state;
    delivery_put(&stack, "csv", "parts.txt", ROWS);
    delivery_await_file(&stack, "parts.txt", "loaded 4 4 0 ");
    delivery_await(&stack,
                   "SELECT string_agg(record_key, ' ' ORDER BY amount) FROM feedback.order_line o JOIN"
                   " feedback.feed_file f ON f.id = o.file_id WHERE f.name = 'parts.txt'",
                   "a\\|b|c a|b\\|c a\\\\|b a|\\\\b");
}

/* "REJECT_REASON_BAD_DATE" and "bad_date" */
static bool is_word(const char *name, const char *word)
{
    name += strlen("REJECT_REASON_");
    for (; *name && tolower((unsigned char)*name) == *word; name++)
        word++;
    return !*name && !*word;
}

static void test_none_is_left_out(void **state)
{
    const ProtobufCEnumDescriptor *all = &bihuan__reject_reason__descriptor;

    (void)state;
    assert_true(all->n_values > 1);
    for (unsigned i = 0; i < all->n_values; i++) {
        size_t found = 0;

        for (size_t k = 0; k < CASES; k++)
            found += is_word(all->values[i].name, cases[k].reason);
        if (all->values[i].value && found != 1)
            fail_msg("%s has %zu cases, not 1", all->values[i].name, found);
    }
}

/* Readers of rows are told apart from the contract by texts: each that stands in their sources must be in the list. */
static void test_readers_say_what_is_listed(void **state)
{
    char command[700], word[100];
    size_t count = 0;
    FILE *pipe;

    (void)state;
    snprintf(command, sizeof command,
             "cd '%s' && grep -ohE '(^|[^_a-z])(spoil|fail)\\([^\"]*\"[a-z_]+\"' common/text/csv.c "
             "services/feedback/formats/*.c |"
             " grep -oE '[a-z_]+\"$' | tr -d '\"' | sort -u",
             getenv("BIHUAN_SOURCE") ? getenv("BIHUAN_SOURCE") : ".");
    pipe = popen(command, "r");
    assert_non_null(pipe);
    while (fscanf(pipe, "%99s", word) == 1) {
        bool found = false;

        count++;
        for (size_t k = 0; k < CASES && !found; k++)
            found = strcmp(cases[k].reason, word) == 0;
        if (!found)
            fail_msg("a reader says \"%s\", which the contract's list of reasons doesn't have", word);
    }
    pclose(pipe);
    assert_true(count >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(test_each_waits), cmocka_unit_test(test_none_is_left_out),
                                        cmocka_unit_test(test_readers_say_what_is_listed),
                                        cmocka_unit_test(test_parts_of_a_key) };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
