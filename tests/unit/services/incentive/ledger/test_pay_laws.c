/* Laws of pay over random plans and orders: what is undone is as if it had never been, whatever came first, on either
 * side of a close; lines are the whole; entries add up to a full recomputation. */
#include "../../../common/payplan/plan_test.h"

#include "incentive/ledger/pay_book.h"
#include "incentive/ledger/pay_kinds.h"
#include "incentive/ledger/pay_lines.h"

#define ROUNDS   400
#define ORDERS   24
#define CREDITS  80
#define LATE_DAY 100 /* the period's days are 0..91 */

struct credit {
    char key[16];
    int32_t day, counts_day;
    uint16_t version;
    int64_t value;
    int64_t beside; /* of the measure that a second dimension goes by */
};

static struct arena arena;
static struct pay_packer packer;

#define KINDS 17 /* 4 over attainment, 4 over volume, 4 of two dimensions, 4 by score and rank, a spiff */

/* Bands of a table over attainment or volume: pay by the amount for one, or by a share. */
static char *random_bands(bool by_amount, bool volume, bool rates)
{
    int64_t from = draw_int(0, 3) ? 0 : draw_int(1, 300000);
    char *bands = arena_strdup(&arena, "");

    for (int i = 0; i < 4; i++) {
        char *pay = by_amount ? arena_printf(&arena, "'amount':'%d.%02d'", (int)draw_int(0, 40), (int)draw_int(0, 99))
                              : arena_printf(&arena, "'rate_ppm':%d", (int)draw_int(0, 300000));
        char *at = volume ? arena_printf(&arena, "'from':'%d'", (int)(from / 20000))
                          : arena_printf(&arena, "'from_ppm':%d", (int)from);

        bands = arena_printf(&arena, rates ? "%s%s{%s,%s}" : "%s%s{%s}", bands, i ? "," : "", at, pay);
        from += draw_int(100000, 700000);
    }
    return bands;
}

/* A second dimension by the attainment of the other measure, in three bands; a row of four rates for each. */
static char *random_rows(bool by_amount, bool money)
{
    int first = (int)draw_int(100000, 600000);
    char *text = arena_printf(&arena,
                              "'axes':[{'by':'attainment','measure':'%s','bands':[{},{'from_ppm':%d},{'from_ppm':%d}]}"
                              "],'rows':[",
                              money ? "new" : "rev", first, first + (int)draw_int(100000, 600000));

    for (int r = 1; r <= 3; r++) {
        text = arena_printf(&arena, "%s%s{'at':[%d],'%s':[", text, r > 1 ? "," : "", r,
                            by_amount ? "amounts" : "rates_ppm");
        for (int k = 0; k < 4; k++)
            text = by_amount ? arena_printf(&arena, "%s%s'%d.%02d'", text, k ? "," : "", (int)draw_int(0, 40),
                                            (int)draw_int(0, 99))
                             : arena_printf(&arena, "%s%s%d", text, k ? "," : "", (int)draw_int(0, 300000));
        text = arena_printf(&arena, "%s]}", text);
    }
    return arena_printf(&arena, "%s],", text);
}

/* What follows a score or a rank, told by order lines. */
static struct payplan *ranked_plan(unsigned number, const char *rounding, const char *measure, const char *policy)
{
    static const char *const components[] = {
        "'kind':'score','amount':'777.77','base_ppm':600000,'hold_ppm':250000,'hold_days':9",
        "'kind':'linked','amount':'777.77','linked_ppm':300000,'linked_to':'parent'",
        "'kind':'rank','rewards':[{'from_rank':1,'to_rank':3,'amount':'55.55'}]",
        "'kind':'contest','rewards':[{'from_rank':1,'to_rank':3,'amount':'55.55'}]",
    };

    return plan_test_new(&arena,
                         arena_printf(&arena,
                                      "'rounding':'%s','components':[{'code':'c','measure':'%s','clawback':'%s',"
                                      "%s}]",
                                      rounding, measure, policy, components[number]));
}

/* Every kind that pays, with every limit: each in its turn, so that none is left out by chance. `policy` line or
 * recompute. */
static struct payplan *random_plan(const char *policy)
{
    static const char *const kinds[] = { "graduated", "slab", "interpolated", "flat" };
    static const char *const roundings[] = { "half_up", "half_even", "down", "up", "floor" };
    static const char *const lifts[] = { "crossing", "spread" };
    static unsigned turn;
    unsigned number = turn++ % KINDS;
    const char *kind = kinds[number % 4], *rounding = roundings[draw_int(0, 4)];
    bool spiff = number == KINDS - 1, volume = number >= 4 && number < 8, grid = number >= 8 && number < 12,
         money = !spiff && draw_int(0, 1) == 1;
    bool by_amount = strcmp(kind, "flat") == 0 || !money;
    char *limits = arena_strdup(&arena, "");

    if (draw_int(0, 2) == 0)
        limits = arena_printf(&arena, "%s'cap':'%d','excess':'%s',", limits, (int)draw_int(50, 4000),
                              draw_int(0, 1) ? "lost" : "carried");
    if (draw_int(0, 3) == 0)
        limits = arena_printf(&arena, "%s'floor':'%d',", limits, (int)draw_int(1, 50));
    if (draw_int(0, 3) == 0 && !volume)
        limits = arena_printf(&arena, "%s'threshold_ppm':%d,", limits, (int)draw_int(1, 900000));
    if (number >= 12 && !spiff)
        return ranked_plan(number - 12, rounding, money ? "rev" : "new", policy);
    if (spiff)
        return plan_test_new(&arena,
                             arena_printf(&arena,
                                          "'rounding':'%s','components':[{'code':'c','kind':'spiff','measure':"
                                          "'new','amount':'%d.%02d',%s'clawback':'%s'}]",
                                          rounding, (int)draw_int(1, 40), (int)draw_int(0, 99), limits, policy));
    return plan_test_new(&arena,
                         arena_printf(&arena,
                                      "'rounding':'%s','components':[{'code':'c','kind':'rate','measure':'%s',"
                                      "'rate':'%s','over':'%s','lift':'%s','clawback':'%s','hold_ppm':250000,"
                                      "'hold_days':9,%s%s'bands':[%s]}]",
                                      rounding, money ? "rev" : "new", kind, volume ? "volume" : "attainment",
                                      lifts[draw_int(0, 1)], policy, limits, grid ? random_rows(by_amount, money) : "",
                                      random_bands(by_amount, volume, !grid)));
}

static int64_t draw_value(const struct payplan *plan)
{
    return plan->components[0].measure.money ? draw_int(1, 900) * 1000 + draw_int(0, 999) : draw_int(1, 9);
}

/* What an order adds to the other measure, in its units. */
static int64_t draw_beside(const struct payplan *plan)
{
    return plan->components[0].measure.money ? draw_int(0, 4) : draw_int(0, 300000);
}

static size_t random_orders(const struct payplan *plan, struct credit *credits, const char *prefix)
{
    size_t n = (size_t)draw_int(0, ORDERS);

    for (size_t i = 0; i < n; i++) {
        snprintf(credits[i].key, sizeof credits[i].key, "%s%zu", prefix, i);
        credits[i].day = credits[i].counts_day = (int32_t)draw_int(0, 91);
        credits[i].version = 1;
        credits[i].value = draw_value(plan);
        credits[i].beside = draw_beside(plan);
    }
    return n;
}

static void shuffle(struct credit *credits, size_t count)
{
    for (size_t i = count; i > 1; i--) {
        size_t j = (size_t)draw_int(0, (int64_t)i - 1);
        struct credit swap = credits[i - 1];

        credits[i - 1] = credits[j];
        credits[j] = swap;
    }
}

struct paid {
    struct payplan_output out;
    struct payplan_line *lines;
    size_t line_count;
    struct pay_book book; /* holds the lines' names */
};

/* What the second dimension goes by: its own lines, added up. */
static void add_up(const struct pay_book *book, struct payplan_place *place)
{
    struct payplan_line *lines;
    size_t count;

    pay_book_lines(book, 1, 0, &arena, &lines, &count);
    for (size_t i = 0; i < count; i++) {
        place->volume += lines[i].amount;
        place->late += lines[i].late;
    }
}

static struct paid pay(const struct payplan *plan, const struct credit *credits, size_t count)
{
    struct paid paid = { 0 };
    bool money = plan->components[0].measure.money;
    struct payplan_place place = { .given = money ? 30 : 2000000 };
    struct payplan_input input = { .target = money ? 2000000 : 30,
                                   .days = 92,
                                   .days_in_force = 92,
                                   .places = &place,
                                   .has_score = true,
                                   .score_milli = 81234,
                                   .rank = 2 };
    struct err err;

    for (size_t i = 0; i < count; i++) {
        struct pay_book_row row = { .day = credits[i].day,
                                    .counts_day = credits[i].counts_day,
                                    .version = credits[i].version,
                                    .late = credits[i].counts_day >= 92 };
        uint32_t number = pay_book_add_row(&paid.book, "crm", credits[i].key, &row);

        pay_book_give(&paid.book, number, 0, credits[i].value);
        pay_book_give(&paid.book, number, 1, credits[i].beside);
    }
    pay_book_settle(&paid.book, 2);
    add_up(&paid.book, &place);
    pay_book_lines(&paid.book, 0, 0, &arena, &input.lines, &input.line_count);
    EXPECT_OK("compute", payplan_compute(plan, &plan->components[0], &input, &arena, &paid.out, &err), err);
    paid.lines = input.lines;
    paid.line_count = input.line_count;
    return paid;
}

/* Lines of nothing (taken back after the close) earn nothing, and are passed over. */
static size_t next_line(const struct paid *paid, size_t i)
{
    while (i < paid->line_count && paid->lines[i].amount + paid->lines[i].late == 0) {
        EXPECT_INT(paid->lines[i].id, paid->lines[i].payout, 0);
        i++;
    }
    return i;
}

static void same(const struct paid *a, const struct paid *b)
{
    size_t i = next_line(a, 0), j = next_line(b, 0);

    EXPECT_INT("earned", a->out.earned, b->out.earned);
    EXPECT_INT("held", a->out.held, b->out.held);
    EXPECT_INT("carried", a->out.carried_out, b->out.carried_out);
    EXPECT_INT("the row", a->out.row, b->out.row);
    for (; i < a->line_count && j < b->line_count; i = next_line(a, i + 1), j = next_line(b, j + 1)) {
        assert_string_equal(a->lines[i].id, b->lines[j].id);
        EXPECT_INT(a->lines[i].id, a->lines[i].payout, b->lines[j].payout);
        EXPECT_INT(a->lines[i].id, a->lines[i].held, b->lines[j].held);
    }
    EXPECT_INT("lines that are left", a->line_count - i + b->line_count - j, 0);
}

static void lines_are_the_whole(const struct paid *paid)
{
    int64_t sum = paid->out.opening, held = paid->out.held_opening;

    for (size_t i = 0; i < paid->line_count; i++) {
        sum += paid->lines[i].payout;
        held += paid->lines[i].held;
    }
    EXPECT_INT("lines and opening", sum, paid->out.earned);
    EXPECT_INT("held", held, paid->out.held);
}

/* Orders that are reversed in full, corrected and reversed, some after the close; against none of them, shuffled. */
static size_t undo(struct credit *credits, size_t count, bool late)
{
    size_t n = 0;
    struct credit *out = credits + count;

    for (size_t i = 0; i < 8; i++) {
        struct credit order = {
            .day = (int32_t)draw_int(0, 91), .version = 1, .value = draw_int(1, 500000), .beside = draw_int(1, 500000)
        };

        snprintf(order.key, sizeof order.key, "gone%zu", i);
        order.counts_day = order.day;
        out[n++] = order;
        if (draw_int(0, 1)) { /* corrected first: taken back, and there again with another amount */
            order.value = -order.value;
            order.beside = -order.beside;
            out[n++] = order;
            order.version = 2;
            order.value = draw_int(1, 500000);
            order.beside = draw_int(1, 500000);
            out[n++] = order;
        }
        order.value = -order.value;
        order.beside = -order.beside;
        order.counts_day = late ? LATE_DAY : order.day;
        out[n++] = order;
    }
    return n;
}

static void undone_is_never_been(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct payplan *plan = random_plan("recompute");
        struct credit credits[CREDITS];
        size_t count = random_orders(plan, credits, "o"), more;
        struct paid without, with;

        without = pay(plan, credits, count);
        lines_are_the_whole(&without);
        more = undo(credits, count, round % 2 == 1);
        shuffle(credits, count + more);
        with = pay(plan, credits, count + more);
        same(&with, &without);
        pay_book_fini(&without.book);
        pay_book_fini(&with.book);
        payplan_destroy(&plan);
        arena_reset(&arena);
    }
}

/* By the line: what is taken back after the close loses what its own lines were paid, neither more nor less, and no
 * other line changes. */
static void by_line_each_its_own(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct payplan *plan = random_plan("line");
        struct credit credits[CREDITS];
        size_t count = random_orders(plan, credits, "o"), more = 0;
        struct paid before = pay(plan, credits, count), after;

        for (size_t i = 0; i < count; i += 2) {
            credits[count + more] = credits[i];
            credits[count + more].value = -credits[i].value;
            credits[count + more].beside = -credits[i].beside;
            credits[count + more++].counts_day = LATE_DAY;
        }
        shuffle(credits, count + more);
        after = pay(plan, credits, count + more);
        lines_are_the_whole(&after);
        EXPECT_INT("as many lines", after.line_count, before.line_count);
        for (size_t i = 0; i < before.line_count; i++) {
            int64_t left = after.lines[i].amount + after.lines[i].late;

            assert_string_equal(after.lines[i].id, before.lines[i].id);
            EXPECT_INT("its own", after.lines[i].payout, left ? before.lines[i].payout : 0);
        }
        pay_book_fini(&before.book);
        pay_book_fini(&after.book);
        payplan_destroy(&plan);
        arena_reset(&arena);
    }
}

/* --- entries ---------------------------------------------------------------------------------------------------------
 */

static size_t as_lines(const struct paid *paid, struct pay_line *lines)
{
    size_t n = 0;

    lines[n++] = (struct pay_line) { "", 91, paid->out.opening };
    for (size_t i = 0; i < paid->line_count; i++)
        lines[n++] = (struct pay_line) { paid->lines[i].id, paid->lines[i].day, paid->lines[i].payout };
    return pay_lines_sum(lines, n);
}

/* Facts arrive in pieces; after each the difference is booked. All entries together are what one calculation at the end
 * comes to, line for line, whatever the order; and the same again differs in nothing. */
static void pieces_are_the_whole(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS / 4; round++) {
        struct payplan *plan = random_plan(round % 2 ? "line" : "recompute");
        struct credit credits[CREDITS];
        size_t count = random_orders(plan, credits, "o"), booked_count = 0, n, at = 0;
        struct pay_line *booked = arena_array(&arena, struct pay_line, 4000), *difference;
        int64_t entries = 0, amount;

        count += undo(credits, count, false);
        shuffle(credits, count);
        do {
            struct pay_line *want = arena_array(&arena, struct pay_line, CREDITS + 2), *read;
            struct buf packed = { 0 };
            struct paid paid;
            struct err err;

            at += (size_t)draw_int(0, 9);
            at = at < count ? at : count;
            paid = pay(plan, credits, at);
            n = as_lines(&paid, want);
            n = pay_lines_differ(want, n, booked, booked_count, &arena, &difference, &amount);
            pay_lines_pack(&packer, difference, n, &packed); /* through what is stored */
            EXPECT_OK("unpack", pay_lines_unpack(&packer, packed.data, packed.len, &arena, &read, &n, &err), err);
            memcpy(booked + booked_count, read, n * sizeof *read);
            booked_count = pay_lines_sum(booked, booked_count + n);
            entries += amount;
            EXPECT_INT("entries so far", entries, paid.out.earned);
            n = as_lines(&paid, want);
            EXPECT_INT("again", pay_lines_differ(want, n, booked, booked_count, &arena, &difference, &amount), 0);
            pay_book_fini(&paid.book);
            buf_fini(&packed);
        } while (at < count);
        payplan_destroy(&plan);
        arena_reset(&arena);
    }
}

static void bad_lines_are_refused(void **state)
{
    struct pay_line line = { "crm|1", 5, 77 }, *lines;
    struct buf packed = { 0 };
    struct err err;
    size_t count;

    (void)state;
    pay_lines_pack(&packer, &line, 1, &packed);
    EXPECT_REFUSED("cut", pay_lines_unpack(&packer, packed.data, packed.len - 1, &arena, &lines, &count, &err), err,
                   "bad_lines");
    EXPECT_REFUSED("nothing", pay_lines_unpack(&packer, (const uint8_t *)"x", 1, &arena, &lines, &count, &err), err,
                   "bad_lines");
    buf_fini(&packed);
}

/* A reversal that is known too late counts for nothing; in time it does. */
static void windows(void **state)
{
    struct pay_book book = { 0 };
    struct payplan_line *lines;
    size_t count;

    (void)state;
    for (int i = 0; i < 2; i++) {
        struct pay_book_row row = { .day = i ? 10 : 80, .counts_day = i ? 10 : 80, .version = 1 };

        pay_book_give(&book, pay_book_add_row(&book, "crm", i ? "far" : "near", &row), 0, 5);
        row.counts_day = 100;
        row.late = true;
        pay_book_give(&book, pay_book_add_row(&book, "crm", i ? "far" : "near", &row), 0, -5);
    }
    pay_book_settle(&book, 1);
    pay_book_lines(&book, 0, 30, &arena, &lines, &count);
    EXPECT_INT("both are lines", count, 2);
    for (size_t i = 0; i < 2; i++)
        EXPECT_INT(lines[i].id, lines[i].late, strcmp(lines[i].id, "crm|near") == 0 ? -5 : 0);
    pay_book_fini(&book);
}

static int64_t sum_of(const struct pay_book *book, uint32_t target)
{
    struct payplan_line *lines;
    int64_t sum = 0;
    size_t count;

    pay_book_lines(book, target, 0, &arena, &lines, &count);
    for (size_t i = 0; i < count; i++)
        sum += lines[i].amount * (1 + (int64_t)strtol(lines[i].id + 5, NULL, 10)); /* behind "crm|o" */
    return sum;
}

/* What is cut off is gone, with its rows; what stays is as it was, and more can be given. */
static void a_book_is_cut(void **state)
{
    (void)state;
    for (int round = 0; round < ROUNDS; round++) {
        struct pay_book book = { 0 };
        int64_t want[8] = { 0 };
        uint32_t keep = (uint32_t)draw_int(0, 8);
        size_t before;

        for (int i = 0; i < 2 * ORDERS; i++) {
            struct pay_book_row values = { .day = (int32_t)draw_int(0, 91), .version = 1 };
            int64_t number = draw_int(0, 9);
            uint32_t row = pay_book_add_row(&book, "crm", arena_printf(&arena, "o%d", (int)number), &values);

            if (i == ORDERS) {
                before = pay_book_size(&book);
                pay_book_cut(&book, keep);
                assert_true(pay_book_size(&book) <= before);
                row = pay_book_add_row(&book, "crm", arena_printf(&arena, "o%d", (int)number), &values);
            }
            for (int n = (int)draw_int(1, 3); n > 0; n--) {
                uint32_t target = (uint32_t)draw_int(0, 7);

                if (i >= ORDERS && target >= keep)
                    continue;
                pay_book_give(&book, row, target, n);
                want[target] += n * (1 + number);
            }
        }
        pay_book_settle(&book, 8);
        for (uint32_t target = 0; target < 8; target++)
            EXPECT_INT("what is left", sum_of(&book, target), target < keep ? want[target] : 0);
        pay_book_clear(&book);
        EXPECT_INT("cleared", (int64_t)pay_book_size(&book), 0);
        pay_book_fini(&book);
        arena_reset(&arena);
    }
}

static void kinds(void **state)
{
    (void)state;
    for (int kind = PAY_EARNING; kind < PAY_KINDS; kind++)
        EXPECT_INT("word and back", pay_kind_parse(pay_kind_word((enum pay_kind)kind)), kind);
    EXPECT_INT("late and less", pay_kind_for(GROUP_EARNED, true, true), PAY_CLAWBACK);
    EXPECT_INT("late and more", pay_kind_for(GROUP_EARNED, true, false), PAY_LATE_EARNING);
    EXPECT_INT("its own period", pay_kind_for(GROUP_EARNED, false, true), PAY_EARNING);
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
    pay_packer_fini(&packer);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(undone_is_never_been),
        cmocka_unit_test(by_line_each_its_own),
        cmocka_unit_test(pieces_are_the_whole),
        cmocka_unit_test(bad_lines_are_refused),
        cmocka_unit_test(windows),
        cmocka_unit_test(a_book_is_cut),
        cmocka_unit_test(kinds),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
