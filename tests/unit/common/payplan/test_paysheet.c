/* Statements as files: written, read, recomputed; refused with any byte changed, and with any number changed even where
 * it was sealed anew; one that an earlier program wrote is accepted. */
#include "sheet_test.h"

#define PLAN                                                                                                           \
    "'components':[{'code':'sales','kind':'rate','measure':'rev','rate':'slab','hold_ppm':100000,'hold_days':9,"       \
    "'bands':[{'from_ppm':0,'rate_ppm':60000},{'from_ppm':1000000,'rate_ppm':80000}]},"                                \
    "{'code':'mix','kind':'score','amount':'1000','base_ppm':600000}]"

static struct arena arena;
static uint8_t secret[PAYSHEET_SECRET_LEN];

/* 90,000 and 20,000 yuan of a target of 100,000: 5,400 and 3,400 with the lift; 60/40 at 50 points is 800. */
static void write_body(struct buf *body)
{
    struct paysheet_head head = { "U1", "<一店>", "outlet", "2026Q4", 20727, 20819, 3, 4 };
    struct payplan *plan = plan_test_new(&arena, PLAN);
    struct payplan_line lines[] = { { .id = "crm|1", .day = 20727, .amount = (int64_t)90000 * YUAN },
                                    { .id = "crm|2", .day = 20730, .amount = (int64_t)20000 * YUAN } };
    struct paysheet_result results[2] = {
        { .in = { .target = (int64_t)100000 * YUAN,
                  .days = 92,
                  .days_in_force = 92,
                  .lines = lines,
                  .line_count = 2 } },
        { .in = { .days = 92, .days_in_force = 92, .has_score = true, .score_milli = 50000 } }
    };
    struct paysheet_entry entries[] = { { 1, "2026Q4", "p", "sales", "earning", "calculated", "ann", 880000, 1, NULL,
                                          0 },
                                        { 2, "2026Q4", "p", "sales", "hold", "held_back", "ann", -88000, 1, NULL, 0 },
                                        { 3, "2026Q4", "p", "mix", "earning", "calculated", "ann", 80000, 1, NULL, 0 },
                                        { 4, "2026Q3", "p", "sales", "clawback", "late", "ann", -500, 1,
                                          &(struct paysheet_line) { "crm|0", 20700, -500 }, 1 } };
    struct paysheet_total total = { "p", "CNY", 2, 960000, -88000, 0, -500, 871500 };
    struct json_out out;
    struct err err;

    for (size_t c = 0; c < 2; c++)
        EXPECT_OK("compute", payplan_compute(plan, &plan->components[c], &results[c].in, &arena, &results[c].out, &err),
                  err);
    json_out_init(&out, body);
    paysheet_begin(&out, &head);
    paysheet_plan(&out, plan, results);
    paysheet_entries(&out);
    for (size_t i = 0; i < COUNT_OF(entries); i++)
        paysheet_entry(&out, &entries[i]);
    paysheet_end(&out, &total, 1);
    payplan_destroy(&plan);
}

static void good_and_tampered(void **state)
{
    struct buf body = { 0 }, file = { 0 };
    char hash[PAYSHEET_HASH_TEXT];

    (void)state;
    write_body(&body);
    paysheet_seal(&body, 1, secret, &file, hash);
    sheet_test_tamper(&file, 2);
    buf_fini(&body);
    buf_fini(&file);
}

/* The signer itself can't state what doesn't follow. */
static void sealed_but_wrong(void **state)
{
    static const struct {
        const char *was, *is;
    } rows[] = {
        { "[\"crm|2\",\"2026-10-04\",200000000,0,340000,", "[\"crm|2\",\"2026-10-04\",200000000,0,340001," },
        { "[\"crm|2\",\"2026-10-04\",200000000,", "[\"crm|2\",\"2026-10-04\",190000000," },
        { "\"score_milli\":50000", "\"score_milli\":60000" },
        { "\"target\":1000000000", "\"target\":2000000000" },
        { "\"rate_ppm\":80000", "\"rate_ppm\":90000" },
        { "\"kind\":\"hold\",\"amount\":-88000", "\"kind\":\"hold\",\"amount\":-88001" },
        { "\"2026-09-04\",-500]", "\"2026-09-04\",-400]" },
        { "\"payable\":871500", "\"payable\":971500" },
        { "\"other\":-500", "\"other\":0" },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf body = { 0 };

        write_body(&body);
        sheet_test_wrong(&body, 1, secret, rows[i].was, rows[i].is);
        buf_fini(&body);
    }
}

static void drafts_and_formats(void **state)
{
    struct buf body = { 0 }, file = { 0 };
    char hash[PAYSHEET_HASH_TEXT];
    struct paysheet sheet;
    struct err err;

    (void)state;
    write_body(&body);
    paysheet_seal(&body, 1, NULL, &file, hash);
    EXPECT_OK("a draft", paysheet_read(&sheet, (const char *)file.data, file.len, &err), err);
    assert_true(sheet.draft);
    paysheet_fini(&sheet);
    memcpy(file.data + strlen("{\"bihuan_statement\":"), "3", 1);
    EXPECT_REFUSED("a later format", paysheet_read(&sheet, (const char *)file.data, file.len, &err), err, "bad_format");
    EXPECT_REFUSED("nothing", paysheet_read(&sheet, "", 0, &err), err, "bad_file");
    EXPECT_REFUSED("no statement", paysheet_read(&sheet, "{\"a\":1}\n", 8, &err), err, "bad_file");
    buf_fini(&body);
    buf_fini(&file);
}

/* tests/data/statement-1.json was written by the first program that wrote statements. */
static void an_earlier_programs(void **state)
{
    struct buf body = { 0 };

    (void)state;
    write_body(&body);
    sheet_test_earlier("statement-1.json", 2, &body, 1, secret);
    buf_fini(&body);
}

static int set_up(void **state)
{
    uint8_t public[crypto_sign_PUBLICKEYBYTES], seed[crypto_sign_SEEDBYTES] = { 7 };

    (void)state;
    arena_init(&arena);
    return sodium_init() < 0 || crypto_sign_seed_keypair(public, secret, seed) != 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_and_tampered),
        cmocka_unit_test(sealed_but_wrong),
        cmocka_unit_test(drafts_and_formats),
        cmocka_unit_test(an_earlier_programs),
    };

    if (argc > 1 && strcmp(argv[1], "write") == 0) { /* how the file was made: once for each format */
        struct buf body = { 0 }, file = { 0 };
        char hash[PAYSHEET_HASH_TEXT];

        set_up(NULL);
        write_body(&body);
        paysheet_seal(&body, 1, secret, &file, hash);
        fwrite(file.data, 1, file.len, stdout);
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
