/* orders: see orders.h. */
#include "orders.h"

#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define DAY_SECONDS 86400
#define DAYS_MAX    200
#define CUSTOMERS   3000000

struct demand {
    const struct province *province;
    struct random random;
    int scale;
    int32_t first, until;
    int64_t weight;                              /* of all people */
    int64_t quarter_weight[QUARTER_COUNT];       /* of all days */
    struct day_file today;                       /* before it is dealt out */
    struct day_file later[FEED_COUNT][DAYS_MAX]; /* what the files of coming days will hold beside their own */
    uint32_t order;                              /* orders of the day so far, in the order made */
};

static void push(struct day_file *file, const struct row *row)
{
    if (file->count == file->cap) {
        file->cap = file->cap ? 2 * file->cap : 64;
        file->rows = realloc(file->rows, file->cap * sizeof *file->rows);
        if (!file->rows)
            abort();
    }
    file->rows[file->count++] = *row;
}

struct demand *demand_new(const struct province *province, uint64_t seed, int scale, int32_t until)
{
    struct demand *demand = calloc(1, sizeof *demand);

    if (!demand)
        abort();
    demand->province = province;
    demand->scale = scale;
    demand->first = quarter_from(QUARTER_3);
    demand->until = until;
    demand->weight = province->units[ROOT].weight;
    for (int q = 0; q < QUARTER_COUNT; q++)
        demand->quarter_weight[q] = market_quarter_weight((enum quarter)q);
    random_init(&demand->random, seed ^ 0x6f7264657273u);
    return demand;
}

void demand_free(struct demand **demand)
{
    if (!*demand)
        return;
    for (int f = 0; f < FEED_COUNT; f++)
        for (int d = 0; d < DAYS_MAX; d++)
            free((*demand)->later[f][d].rows);
    free((*demand)->today.rows);
    free(*demand);
    *demand = NULL;
}

/* --- what is sold --- */

/* How a person does on a day against plan, ppm, with the stories. */
static int64_t factor_of(const struct demand *demand, const struct unit *person, int32_t day)
{
    const struct stories *stories = &demand->province->stories;
    int64_t factor = person->factor;

    if (person->city == stories->lag_city && day >= stories->lag_from)
        factor = factor * 58 / 100;
    if (person->parent == stories->star_outlet)
        factor = factor * 22 / 10;
    if (person->parent == stories->divert_dealer && day >= stories->divert_from)
        factor = factor * 17 / 10;
    return factor;
}

/* Mean number of lines, micro. */
static int64_t mean_lines(const struct demand *demand, const struct unit *person, int32_t day)
{
    enum quarter quarter = day < quarter_from(QUARTER_4) ? QUARTER_3 : QUARTER_4;
    __int128 lines = (__int128)quarters[quarter].lines * demand->scale;

    return (int64_t)(lines * person->weight * market_day_weight(day) * factor_of(demand, person, day) /
                     demand->quarter_weight[quarter] / demand->weight);
}

static int draw_share(struct random *random, int first, int count, int (*share)(int))
{
    int at = (int)random_below(random, 100);

    for (int i = first; i < first + count; i++) {
        at -= share(i);
        if (at < 0)
            return i;
    }
    return first;
}

static int family_share(int family)
{
    return families[family].share;
}

static int product_share(int product)
{
    return products[product].share;
}

static int draw_product(struct random *random, enum family family)
{
    int first = 0;
    int count = 0;

    while (products[first].family != family)
        first++;
    while (first + count < PRODUCT_COUNT && products[first + count].family == family)
        count++;
    return draw_share(random, first, count, product_share);
}

/* Shops open at eight; most is sold before noon and in the late afternoon. */
static int draw_second(struct random *random)
{
    static const int hours[] = { 8, 9, 9, 10, 10, 10, 11, 11, 12, 13, 14, 15, 15, 16, 16, 17, 17, 18, 19, 20, 21 };
    int hour = hours[random_below(random, sizeof hours / sizeof hours[0])];

    return hour * 3600 + (int)random_below(random, 3600);
}

static int draw_place(struct demand *demand, const struct unit *seller, int32_t day)
{
    const struct stories *stories = &demand->province->stories;
    struct random *random = &demand->random;

    if (seller->parent == stories->divert_dealer && day >= stories->divert_from && random_chance(random, 700000))
        return stories->divert_into;
    if (seller->city == UNIT_NONE || random_chance(random, 4000))
        return demand->province->cities[random_below(random, CITY_COUNT)];
    return seller->city;
}

/* A new order of a person with no line yet. */
static struct row begin_order(struct demand *demand, int seller, int32_t day)
{
    const struct unit *person = &demand->province->units[seller];
    struct random *random = &demand->random;
    struct row row = { .day = day, .number = demand->order++, .unit = person->parent, .seller = seller, .version = 1 };

    row.feed = (uint8_t)channels[person->channel].feed;
    row.channel = (uint8_t)person->channel;
    row.state = ROW_COMPLETED;
    row.second = (int64_t)day * DAY_SECONDS + draw_second(random);
    row.customer = (int32_t)random_below(random, CUSTOMERS);
    row.place = draw_place(demand, person, day);
    return row;
}

static void add_line(struct demand *demand, struct row *order, int product)
{
    struct random *random = &demand->random;

    order->line++;
    order->product = (int16_t)product;
    order->quantity = products[product].family == FAMILY_VALUE && random_chance(random, 80000) ? 2 : 1;
    order->amount = (int64_t)products[product].price * 100 * order->quantity;
    if (order->amount && random_chance(random, 1000)) /* a price of the seller's own */
        order->amount = order->amount * random_between(random, 75, 90) / 100;
    push(&demand->today, order);
}

static void sell(struct demand *demand, int seller, uint32_t lines, int32_t day)
{
    struct random *random = &demand->random;

    while (lines) {
        struct row order = begin_order(demand, seller, day);

        do {
            enum family family = (enum family)draw_share(random, 0, FAMILY_COUNT, family_share);

            add_line(demand, &order, draw_product(random, family));
            lines--;
        } while (lines && random_chance(random, 350000));
    }
}

/* --- stories --- */

/* A person drawn from those at or below `unit` that sell through `channel`. */
static int draw_person(struct demand *demand, int unit, enum channel channel)
{
    const struct province *province = demand->province;
    int found = UNIT_NONE;
    uint32_t count = 0;

    for (int i = unit; i < province->count; i++) {
        const struct unit *u = &province->units[i];

        if (u->type == UNIT_PERSON && u->channel == channel && (u->parent == unit || u->county == unit) &&
            random_below(&demand->random, ++count) == 0)
            found = i;
    }
    return found;
}

static void sell_gifts(struct demand *demand, int32_t day)
{
    const struct stories *stories = &demand->province->stories;
    uint32_t count = random_poisson(&demand->random, 4000000);

    for (uint32_t i = 0; day >= stories->gift_from && i < count; i++) {
        struct row order = begin_order(demand, draw_person(demand, stories->gift_county, CHANNEL_HALL), day);

        add_line(demand, &order, GIFT_PRODUCT);
        demand->today.rows[demand->today.count - 1].amount = 100 * random_between(&demand->random, 20, 50);
    }
}

/* The last three days of September and October. */
static bool is_month_end(int32_t day)
{
    int32_t last = date_month_last(day);

    return last - day < 3 && day >= date_of(2026, 9, 1) && day < date_of(2026, 11, 1);
}

static void sell_to_cancel(struct demand *demand, int32_t day)
{
    uint32_t count = is_month_end(day) ? 14 : 0;

    for (uint32_t i = 0; i < count; i++) {
        struct row order = begin_order(demand,
                                       draw_person(demand, demand->province->stories.cancel_outlet, CHANNEL_HALL), day);

        add_line(demand, &order, draw_product(&demand->random, i % 3 ? FAMILY_MOBILE : FAMILY_FUSION));
    }
}

/* --- how it is told --- */

static void tell_on(struct demand *demand, int32_t day, const struct row *row)
{
    if (day <= demand->until && day - demand->first < DAYS_MAX)
        push(&demand->later[row->feed][day - demand->first], row);
}

/* The row's cancellation `days` after it. */
static struct row cancel_of(struct demand *demand, const struct row *row, int days)
{
    struct row cancel = *row;

    cancel.state = ROW_CANCELLED;
    cancel.version++;
    cancel.second = days ? (int64_t)(row->day + days) * DAY_SECONDS + draw_second(&demand->random) : row->second + 600;
    return cancel;
}

/* The same line again with another product of its family at its price. */
static struct row correction_of(struct demand *demand, const struct row *row)
{
    struct row corrected = *row;

    corrected.version++;
    corrected.product = (int16_t)draw_product(&demand->random, products[row->product].family);
    corrected.amount = (int64_t)products[corrected.product].price * 100 * corrected.quantity;
    return corrected;
}

static void cancel_story(struct demand *demand, const struct row *row)
{
    int32_t last = date_month_last(row->day);
    struct row cancel;

    if (!random_chance(&demand->random, 900000))
        return;
    cancel = cancel_of(demand, row, last - row->day + (int)random_between(&demand->random, 3, 6));
    tell_on(demand, (int32_t)(cancel.second / DAY_SECONDS), &cancel);
}

/* One new line: into today's file, or wherever its system's habits put it. */
static void tell(struct demand *demand, struct row *row, struct day_file *file)
{
    struct random *random = &demand->random;
    int32_t day = row->day;
    struct row other;

    if (row->unit == demand->province->stories.cancel_outlet && is_month_end(day)) {
        cancel_story(demand, row);
    } else if (row->channel == CHANNEL_ONLINE && random_chance(random, 150000)) {
        other = *row; /* paid today, delivered tomorrow */
        other.version++;
        other.second += DAY_SECONDS;
        tell_on(demand, day + 1, &other);
        row->state = ROW_PLACED;
    } else if (random_chance(random, 9000)) {
        int days = (int)random_between(random, 1, 10);

        other = cancel_of(demand, row, days);
        tell_on(demand, day + days, &other);
    } else if (random_chance(random, 400)) { /* the cancellation comes before its order */
        other = cancel_of(demand, row, 0);
        push(file, &other);
        tell_on(demand, day + 1, row);
        return;
    } else if (random_chance(random, 4000)) {
        other = correction_of(demand, row);
        tell_on(demand, day + (int)random_between(random, 1, 5), &other);
    } else if (random_chance(random, 3000)) { /* told twice */
        tell_on(demand, day + 1, row);
    } else if (random_chance(random, 4000)) { /* told late */
        tell_on(demand, day + (int)random_between(random, 1, 3), row);
        return;
    } else if (row->feed != FEED_HOTLINE && random_chance(random, 40)) {
        row->flaw = (uint8_t)random_between(random, FLAW_DATE, FLAW_FIELDS);
    } else if (row->feed == FEED_BSS && day >= date_of(2026, 11, 18) && random_chance(random, 1500)) {
        row->flaw = FLAW_PRODUCT;
    }
    push(file, row);
}

static int by_time(const void *a, const void *b)
{
    const struct row *x = a;
    const struct row *y = b;

    if (x->second != y->second)
        return x->second < y->second ? -1 : 1;
    if (x->number != y->number)
        return x->number < y->number ? -1 : 1;
    return x->line < y->line ? -1 : x->line > y->line;
}

/* Orders get their numbers by time within their feed. */
static void number_orders(struct day_file *today)
{
    uint32_t next[FEED_COUNT] = { 0 };
    uint32_t before = UINT32_MAX;

    qsort(today->rows, today->count, sizeof *today->rows, by_time);
    for (size_t i = 0; i < today->count; i++) {
        struct row *row = &today->rows[i];

        if (row->number != before) {
            before = row->number;
            next[row->feed]++;
        }
        row->number = next[row->feed];
    }
}

void demand_day(struct demand *demand, int32_t day, struct day_file files[FEED_COUNT])
{
    const struct province *province = demand->province;
    struct day_file *own[FEED_COUNT];

    demand->today.count = 0;
    demand->order = 0;
    for (int i = 0; i < province->count; i++)
        if (province->units[i].type == UNIT_PERSON)
            sell(demand, i, random_poisson(&demand->random, mean_lines(demand, &province->units[i], day)), day);
    sell_gifts(demand, day);
    sell_to_cancel(demand, day);
    number_orders(&demand->today);
    for (int f = 0; f < FEED_COUNT; f++) {
        own[f] = &demand->later[f][day - demand->first];
        if (day > demand->first)
            free(demand->later[f][day - demand->first - 1].rows);
        if (day > demand->first)
            demand->later[f][day - demand->first - 1] = (struct day_file) { .count = 0 };
    }
    for (size_t i = 0; i < demand->today.count; i++)
        tell(demand, &demand->today.rows[i], own[demand->today.rows[i].feed]);
    for (int f = 0; f < FEED_COUNT; f++)
        files[f] = *own[f];
}
