/* Statements of pay by a table of two dimensions (format 2): written, recomputed, refused with anything changed; and
 * one that an earlier program wrote. */
#include "sheet_test.h"

/* A slab over revenue, whose rates go by the attainment of new users and by the type of the payee. */
#define PLAN                                                                                                           \
    "'components':[{'code':'grid','kind':'rate','measure':'rev','rate':'slab','hold_ppm':"                             \
    "100000,'hold_days':9,'bands':[{'from_ppm':0},{'from_ppm':1000000}],'axes':[{'by':'attainment','measure':'new',"   \
    "'bands':[{'from_ppm':0},{'from_ppm':800000}]},{'by':'type','bands':[{'is':['dealer']},{}]}],'rows':["             \
    "{'at':[1,1],'rates_ppm':[10000,20000]},{'at':[2,1],'rates_ppm':[30000,40000]},"                                   \
    "{'at':[1,2],'rates_ppm':[50000,60000]},{'at':[2,2],'rates_ppm':[60000,80000]}]}]"

static struct arena arena;
static uint8_t secret[PAYSHEET_SECRET_LEN];

/* 90,000 and 20,000 yuan of a target of 100,000; 8 of 10 new users: the row of 6 % and 8 %. 5,400; then 8 % of 110,000
 * less that is 3,400. A tenth is held back. */
static void write_body(struct buf *body)
{
    struct paysheet_head head = { "U1", "一店", "outlet", "2026Q4", 20727, 20819, 3, 4 };
    struct payplan *plan = plan_test_new(&arena, PLAN);
    struct payplan_line lines[] = { { .id = "crm|1", .day = 20727, .amount = (int64_t)90000 * YUAN },
                                    { .id = "crm|2", .day = 20730, .amount = (int64_t)20000 * YUAN } };
    struct payplan_place places[] = { { .given = 10, .volume = 9, .late = -1 }, { .known = true, .given = 1 } };
    struct paysheet_result result = { .in = { .target = (int64_t)100000 * YUAN,
                                              .days = 92,
                                              .days_in_force = 92,
                                              .lines = lines,
                                              .line_count = 2,
                                              .places = places } };
    struct paysheet_entry entries[] = {
        { 1, "2026Q4", "p", "grid", "earning", "calculated", "ann", 880000, 1, NULL, 0 },
        { 2, "2026Q4", "p", "grid", "hold", "held_back", "ann", -88000, 1, NULL, 0 },
    };
    struct paysheet_total total = { "p", "CNY", 2, 880000, -88000, 0, 0, 792000 };
    struct json_out out;
    struct err err;

    EXPECT_OK("compute", payplan_compute(plan, &plan->components[0], &result.in, &arena, &result.out, &err), err);
    EXPECT_INT("the format", paysheet_format_of(plan), 2);
    json_out_init(&out, body);
    paysheet_begin(&out, &head);
    paysheet_plan(&out, plan, &result);
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
    paysheet_seal(&body, 2, secret, &file, hash);
    sheet_test_tamper(&file, 2);
    buf_fini(&body);
    buf_fini(&file);
}

static void sealed_but_wrong(void **state)
{
    static const struct {
        const char *was, *is;
    } rows[] = {
        { "\"volume\":9,\"late\":-1", "\"volume\":8,\"late\":-1" }, /* 70 %: another row */
        { "\"value\":800000", "\"value\":810000" },
        { "\"band\":2}]", "\"band\":1}]" },
        { "\"given\":10,", "\"given\":20," },
        { "\"known\":true,\"given\":1", "\"known\":true,\"given\":0" }, /* as a dealer */
        { "\"known\":true,\"given\":1", "\"known\":false,\"given\":1" },
        { "[60000,80000]", "[60000,90000]" },
        { "\"from_ppm\":800000,", "\"from_ppm\":800001," },
    };

    (void)state;
    for (size_t i = 0; i < COUNT_OF(rows); i++) {
        struct buf body = { 0 };

        write_body(&body);
        sheet_test_wrong(&body, 2, secret, rows[i].was, rows[i].is);
        buf_fini(&body);
    }
}

/* What format 1 means doesn't grow: an older program would read such a plan as one without axes. */
static void not_in_format_1(void **state)
{
    struct buf body = { 0 }, file = { 0 };
    char hash[PAYSHEET_HASH_TEXT];
    struct err err;

    (void)state;
    write_body(&body);
    paysheet_seal(&body, 1, secret, &file, hash);
    EXPECT_REFUSED("format 1", sheet_test_check(&file, 2, &err), err, "bad_format");
    buf_fini(&body);
    buf_fini(&file);
}

/* tests/data/statement-2.json was written by the first program that wrote format 2. */
static void an_earlier_programs(void **state)
{
    struct buf body = { 0 };

    (void)state;
    write_body(&body);
    sheet_test_earlier("statement-2.json", 2, &body, 2, secret);
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
        cmocka_unit_test(not_in_format_1),
        cmocka_unit_test(an_earlier_programs),
    };

    if (argc > 1 && strcmp(argv[1], "write") == 0) { /* how the file was made: once for each format */
        struct buf body = { 0 }, file = { 0 };
        char hash[PAYSHEET_HASH_TEXT];

        set_up(NULL);
        write_body(&body);
        paysheet_seal(&body, 2, secret, &file, hash);
        fwrite(file.data, 1, file.len, stdout);
        return 0;
    }
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
