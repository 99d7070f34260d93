/* A statement's page: what an earlier program wrote is, byte for byte, what this one writes of the same file; so a page
 * that was handed out goes on to verify. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "cli/pay_page.h"

static void read_data(const char *name, struct buf *out)
{
    char path[512];
    FILE *in;
    size_t n;

    snprintf(path, sizeof path, "%s/tests/data/%s", getenv("BIHUAN_SOURCE"), name);
    in = fopen(path, "rb");
    if (!in)
        fail_msg("%s isn't there", path);
    while ((n = fread(buf_reserve(out, 4096), 1, 4096, in)) > 0)
        out->len += n;
    fclose(in);
}

static void write_page(const char *name, bool zh, struct buf *page)
{
    struct buf file = { 0 };
    struct paysheet sheet;
    struct err err;

    read_data(name, &file);
    if (paysheet_read(&sheet, (const char *)file.data, file.len, &err) != 0)
        fail_msg("%s: %s", name, err.text);
    pay_page_write(&sheet, (const char *)file.data, file.len, zh, page);
    paysheet_fini(&sheet);
    buf_fini(&file);
}

static void same_page(const char *statement, const char *page, bool zh)
{
    struct buf stored = { 0 }, now = { 0 };

    read_data(page, &stored);
    write_page(statement, zh, &now);
    if (stored.len != now.len || memcmp(stored.data, now.data, now.len) != 0)
        fail_msg("%s isn't what this program makes of %s", page, statement);
    buf_fini(&stored);
    buf_fini(&now);
}

static void an_earlier_programs(void **state)
{
    (void)state;
    same_page("statement-1.json", "statement-1.html", true);
    same_page("statement-2.json", "statement-2.html", true);
}

/* Which row of a table of two dimensions holds, by what, and the rates of it. */
static void the_cell_is_told(void **state)
{
    static const char *const told[] = { "<td>new<td>80.0000 %<td>80.0000 % and above",
                                        "<td>type<td>any other<td>any other", "<td class=n>0.0000<td>6.0000 %",
                                        "<td class=n>100.0000<td>8.0000 %" };
    struct buf page = { 0 };

    (void)state;
    write_page("statement-2.json", false, &page);
    for (size_t i = 0; i < sizeof told / sizeof told[0]; i++)
        if (!strstr(buf_text(&page), told[i]))
            fail_msg("\"%s\" isn't in %s", told[i], buf_text(&page));
    buf_fini(&page);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(an_earlier_programs), cmocka_unit_test(the_cell_is_told) };

    if (argc > 2 && strcmp(argv[1], "write") == 0) { /* how the page was made: once for each format */
        struct buf page = { 0 };

        write_page(argv[2], true, &page);
        fwrite(page.data, 1, page.len, stdout);
        buf_fini(&page);
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, NULL);
}
