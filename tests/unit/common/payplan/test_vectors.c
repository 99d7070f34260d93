/* Sourced vectors of other people's commission rules, where they are present: each rule as a pay plan of ours, each
 * vector computed by it. All of them are taken: one of a rule that isn't known here fails the test. */
#include "plan_test.h"

#include <jansson.h>

#include "calc/apportion.h"

static struct arena arena;

/* --- numbers ---------------------------------------------------------------------------------------------------------
 */

static double amount_of(const json_t *object, const char *key)
{
    const json_t *value = json_object_get(object, key);

    return json_is_string(value) ? strtod(json_string_value(value), NULL) : json_number_value(value);
}

static int64_t rounded(double value)
{
    return (int64_t)(value + (value < 0 ? -0.5 : 0.5));
}

static int64_t fen_of(const json_t *object, const char *key)
{
    return rounded(amount_of(object, key) * 100);
}

/* In stored units of money. */
static int64_t units_of(const json_t *object, const char *key)
{
    return rounded(amount_of(object, key) * YUAN);
}

static int ppm_of(const json_t *object, const char *key)
{
    return (int)rounded(amount_of(object, key) * 10000);
}

static struct payplan_output pay(const char *component, int64_t target, int64_t units)
{
    struct payplan *plan = plan_test_new(&arena, component);
    struct payplan_line line = { .id = "a", .amount = units };
    struct payplan_place place = { .given = target, .volume = units };
    struct payplan_input in = { .target = target, .lines = &line, .line_count = 1, .places = &place };
    struct payplan_output out = plan_test_run(plan, 0, &in);

    EXPECT_INT("the line and the opening are all", out.opening + line.payout, out.earned);
    payplan_destroy(&plan);
    return out;
}

/* A share of all that is sold. */
static int64_t share(int64_t units, int ppm)
{
    return pay(arena_printf(&arena,
                            "'components':[{'code':'c','kind':'rate','measure':'rev','over':'volume','floor':"
                            "'0','bands':[{'rate_ppm':%d}]}]",
                            ppm),
               0, units)
        .earned;
}

/* A share of what is sold above the quota. */
static int64_t share_above(int64_t units, int64_t quota, int ppm)
{
    return pay(arena_printf(&arena,
                            "'components':[{'code':'c','kind':'rate','measure':'rev','bands':[{},{'from_ppm':"
                            "1000000,'rate_ppm':%d}]}]",
                            ppm),
               quota, units)
        .earned;
}

/* --- rules -----------------------------------------------------------------------------------------------------------
 */

/* Up to the quota at the rate; above it at the rate times a multiplier that the attainment reached sets for all of the
 * overage: a table of two dimensions, of the same quantity. */
static void overage(const char *id, const json_t *in, const json_t *want)
{
    const json_t *bands = json_object_get(in, "bands"), *band;
    int64_t quota = units_of(in, "quota"), units = units_of(in, "revenue");
    double rate = amount_of(in, "rate"), multiplier;
    char *axis = arena_strdup(&arena, ""), *rows = axis;
    struct payplan_output out;
    int64_t base;
    size_t i;

    json_array_foreach(bands, i, band)
    {
        axis = arena_printf(&arena, "%s%s{'from_ppm':%d}", axis, i ? "," : "", ppm_of(band, "from_pct"));
        rows = arena_printf(&arena, "%s%s{'at':[%zu],'rates_ppm':[0,%d]}", rows, i ? "," : "", i + 1,
                            (int)rounded(rate * amount_of(band, "mult") * 1000000));
    }
    out = pay(arena_printf(&arena,
                           "'components':[{'code':'c','kind':'rate','measure':'rev','bands':[{},{'from_ppm':1000000}],"
                           "'axes':[{'by':'attainment','measure':'rev','bands':[%s]}],'rows':[%s]}]",
                           axis, rows),
              quota, units);
    multiplier = amount_of(json_array_get(bands, out.band[0]), "mult");
    EXPECT_INT(id, rounded(multiplier * 1000), rounded(amount_of(want, "multiplier") * 1000));
    base = share(units < quota ? units : quota, (int)rounded(rate * 1000000));
    if (json_object_get(want, "base"))
        EXPECT_INT(id, base, fen_of(want, "base"));
    if (json_object_get(want, "overage"))
        EXPECT_INT(id, out.earned, fen_of(want, "overage"));
    if (json_object_get(want, "total"))
        EXPECT_INT(id, base + out.earned, fen_of(want, "total"));
}

/* What is left of the rate when its tax is taken. */
static void over_quota_with_tax(const char *id, const json_t *in, const json_t *want)
{
    int ppm = ppm_of(in, "commission_pct") / 100 * (100 - (int)amount_of(in, "tax_pct"));

    EXPECT_INT(id, share_above(units_of(in, "sales"), units_of(in, "quota"), ppm), fen_of(want, "bonus"));
}

/* A pool of the team, cut into equal parts to the last fen; of nobody there is no part. */
static void team_pool(const char *id, const json_t *in, const json_t *want)
{
    int64_t pool = share_above(units_of(in, "team_sales"), units_of(in, "team_quota"), ppm_of(in, "commission_pct"));
    size_t members = (size_t)amount_of(in, "members");
    struct apportion_part *parts = arena_array(&arena, struct apportion_part, members + 1);
    struct err err;

    for (size_t i = 0; i < members; i++)
        parts[i] = (struct apportion_part) { i, 1, -1 };
    if (members)
        EXPECT_OK(id, apportion_split(pool, parts, members, APPORTION_ZERO_REFUSE, &arena, &err), err);
    for (size_t i = 0; i < (members ? members : 1); i++)
        EXPECT_INT(id, parts[i].share, fen_of(want, "bonus_each"));
}

static void note_problem(void *arg, const char *pointer, const char *code, const char *message)
{
    (void)pointer;
    (void)message;
    strcat(arg, code);
}

/* Lines that don't count never become credits; a rate above 100 % is refused. */
static void flat_on_eligible(const char *id, const json_t *in, const json_t *want)
{
    char found[256] = "";

    if (json_object_get(want, "commission")) {
        EXPECT_INT(id, share(units_of(in, "eligible_amount"), ppm_of(in, "rate_pct")), fen_of(want, "commission"));
        return;
    }
    assert_non_null(json_object_get(want, "error"));
    payplan_check(plan_test_doc(&arena, arena_printf(&arena,
                                                     "'components':[{'code':'c','kind':'rate','measure':'rev','over':"
                                                     "'volume','bands':[{'rate_ppm':%d}]}]",
                                                     ppm_of(in, "rate_pct"))),
                  plan_test_measure, NULL, 4, note_problem, found);
    assert_string_equal(found, "bad_rate");
}

/* The measure counts what was paid in. */
static void flat_on_payment(const char *id, const json_t *in, const json_t *want)
{
    const json_t *line = json_array_get(json_object_get(in, "lines"), 0);
    int64_t earned = share(units_of(line, "amount"), 100000);

    assert_string_equal(json_string_value(json_object_get(in, "agent_formula")), "10% of amount");
    EXPECT_INT(id, units_of(line, "amount"), units_of(want, "base"));
    EXPECT_INT(id, earned, fen_of(want, "commission"));
    EXPECT_INT(id, earned, fen_of(want, "pending_after_payment"));
}

/* The principal's share is income, the agent's expense; what is left of both by unit, and the cost with it. */
static void per_unit(const char *id, const json_t *in, const json_t *want)
{
    int64_t count = (int64_t)amount_of(in, "quantity"), revenue = count * units_of(in, "unit_price");
    int64_t net = share(revenue, ppm_of(in, "principal_pct")) - share(revenue, ppm_of(in, "agent_pct"));
    int64_t cost = count * fen_of(in, "unit_cost");

    EXPECT_INT(id, revenue, units_of(want, "revenue"));
    EXPECT_INT(id, cost, fen_of(want, "cost"));
    EXPECT_INT(id, cost - net, fen_of(want, "cost_with_commission"));
    EXPECT_INT(id, net, count * fen_of(want, "net_commission_per_unit"));
}

/* Bounds that both count, with gaps: ours are half-open and say what a gap pays. */
static void inclusive_slab(const char *id, const json_t *in, const json_t *want)
{
    char *bands = arena_strdup(&arena, "{'from':'0'}");
    const json_t *section;
    size_t i;

    json_array_foreach(json_object_get(in, "sections"), i, section)
        bands = arena_printf(&arena, "%s,{'from':'%d','rate_ppm':%d},{'from':'%d.01'}", bands,
                             (int)amount_of(section, "from"), ppm_of(section, "pct"), (int)amount_of(section, "to"));
    EXPECT_INT(id,
               pay(arena_printf(&arena,
                                "'components':[{'code':'c','kind':'rate','measure':'rev','over':'volume',"
                                "'rate':'slab','bands':[%s]}]",
                                bands),
                   0, units_of(in, "base"))
                   .earned,
               fen_of(want, "commission"));
}

/* A margin below zero earns nothing. */
static void flat_on_margin(const char *id, const json_t *in, const json_t *want)
{
    int64_t margin = units_of(in, "subtotal") - (int64_t)amount_of(in, "quantity") * units_of(in, "unit_cost");

    EXPECT_INT(id, share(margin, ppm_of(in, "pct")), fen_of(want, "commission"));
}

/* Bands "up to so many percent of the quota, so many percent", each for its part. */
static void graduated(const char *id, const json_t *in, const json_t *want)
{
    char *bands = arena_strdup(&arena, "");
    const json_t *band;
    int from = 0;
    size_t i;

    json_array_foreach(json_object_get(in, "bands"), i, band)
    {
        bands = arena_printf(&arena, "%s%s{'from_ppm':%d,'rate_ppm':%d}", bands, i ? "," : "", from,
                             ppm_of(band, "pct"));
        from = ppm_of(band, "upto_pct");
    }
    EXPECT_INT(
        id,
        pay(arena_printf(&arena, "'components':[{'code':'c','kind':'rate','measure':'rev','bands':[%s]}]", bands),
            units_of(in, "quota"), units_of(in, "net_bookings"))
            .earned,
        fen_of(want, "commission"));
}

/* --- all of them -----------------------------------------------------------------------------------------------------
 */

typedef void rule_fn(const char *id, const json_t *in, const json_t *want);
static const struct {
    const char *rule;
    rule_fn *fn;
} rules[] = {
    { "overage-multiplier", overage },
    { "over-quota-only-with-tax", over_quota_with_tax },
    { "team-pool-equal-split", team_pool },
    { "flat-on-eligible-lines", flat_on_eligible },
    { "flat-earned-on-payment", flat_on_payment },
    { "per-unit-allocation", per_unit },
    { "slab-whole-amount-inclusive-bounds", inclusive_slab },
    { "flat-on-margin-floored", flat_on_margin },
    { "graduated-bands", graduated },
};

static void take(const json_t *vector)
{
    const char *rule = json_string_value(json_object_get(vector, "rule"));
    const char *id = json_string_value(json_object_get(vector, "id"));

    for (size_t r = 0; r < COUNT_OF(rules); r++)
        if (strcmp(rules[r].rule, rule) == 0) {
            rules[r].fn(id, json_object_get(vector, "input"), json_object_get(vector, "expect"));
            return;
        }
    fail_msg("%s: rule \"%s\" isn't known here", id, rule);
}

static void every_vector(void **state)
{
    const char *data = getenv("BIHUAN_TEST_DATA");
    json_t *file = data ? json_load_file(arena_printf(&arena, "%s/commission-vectors/vectors.json", data), 0, NULL)
                        : NULL;
    const json_t *vectors = json_object_get(file, "vectors"), *vector;
    size_t i;

    (void)state;
    if (!file) {
        print_message("no vectors here\n");
        skip();
    }
    json_array_foreach(vectors, i, vector) take(vector);
    print_message("%zu vectors\n", i);
    assert_true(i >= 22);
    json_decref(file);
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_vector) };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
