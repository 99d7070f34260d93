/* province: see province.h. Names are made of characters that seldom meet in names of real places. */
#include "province.h"

#include "base/arena.h"
#include "calc/apportion.h"
#include "text/dates.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNTY_COUNT   90
#define SHOP_COUNT     1400 /* halls and dealers */
#define HALL_PERCENT   40
#define HOTLINE_PEOPLE 40
#define ONLINE_PEOPLE  20

static const struct {
    const char *name;
    int weight;
    int counties;
} cities[CITY_COUNT] = {
    { "霁城", 180, 8 }, { "渚阳", 120, 8 }, { "砚川", 105, 7 }, { "棠岭", 95, 7 }, { "翎山", 90, 7 },
    { "栖梧", 80, 7 },  { "澄远", 75, 6 },  { "槐泽", 70, 6 },  { "鹭汀", 65, 6 }, { "苍渡", 60, 6 },
    { "麓滨", 55, 6 },  { "沅陂", 50, 6 },  { "荻港", 45, 5 },  { "笙原", 40, 5 },
};

static const char *const county_heads[] = { "蘅", "槿", "霁", "翎", "渚", "荻", "樨", "菱", "笙", "鸢", "葭", "桐" };
static const char *const county_tails[] = { "坪", "埠", "塬", "陂", "屿", "墟", "堰", "垌" };
static const char *const streets[] = { "文昌路", "和平街", "朝阳路", "滨河路", "学府路", "车站",   "新华街", "丰收路",
                                       "向阳街", "东门",   "西门",   "北苑",   "南湖",   "科技园", "步行街", "工业园" };
static const char *const traders[] = {
    "恒信", "广达", "宏图", "捷联", "鑫通", "天语", "众诚", "润达", "百事通", "易联"
};
static const char *const surnames[] = { "王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴",
                                        "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗",
                                        "梁", "宋", "郑", "谢", "韩", "唐", "冯", "于" };
static const char *const given[] = {
    "晓", "明", "丽", "建", "海", "文", "雪", "志", "春", "国", "秀", "军", "燕", "平",
    "玲", "伟", "芳", "强", "梅", "涛", "静", "宁", "琳", "峰", "瑋", "誠", "雅", "磊"
};

#define COUNT(a) (sizeof(a) / sizeof(a)[0])

/* snprintf() for codes and names, which fit by construction. */
static void set(char *out, size_t cap, const char *fmt, ...) __attribute__((noinline, format(printf, 3, 4)));
static void set(char *out, size_t cap, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(out, cap, fmt, ap);
    va_end(ap);
}

static const char *pick(struct random *random, const char *const *words, size_t count)
{
    return words[random_below(random, (uint32_t)count)];
}

const char *unit_type_name(enum unit_type type)
{
    static const char *const names[] = {
        [UNIT_PROVINCE] = "province", [UNIT_CENTRE] = "centre", [UNIT_CITY] = "city", [UNIT_COUNTY] = "county",
        [UNIT_OUTLET] = "outlet",     [UNIT_DEALER] = "dealer", [UNIT_TEAM] = "team", [UNIT_PERSON] = "salesperson",
    };

    return names[type];
}

const char *unit_code(const struct province *province, int unit)
{
    return unit == UNIT_NONE ? "" : province->units[unit].code;
}

/* --- building --- */

static int add(struct province *province, enum unit_type type, int parent, enum channel channel)
{
    struct unit *unit;

    if (province->count == province->cap) {
        province->cap = province->cap ? 2 * province->cap : 1024;
        province->units = realloc(province->units, (size_t)province->cap * sizeof *province->units);
        if (!province->units)
            abort();
    }
    unit = &province->units[province->count];
    *unit = (struct unit) { .type = type, .parent = parent, .channel = channel, .factor = FACTOR_ONE };
    unit->city = parent == UNIT_NONE ? UNIT_NONE : province->units[parent].city;
    unit->county = parent == UNIT_NONE ? UNIT_NONE : province->units[parent].county;
    if (type == UNIT_CITY)
        unit->city = province->count;
    if (type == UNIT_COUNTY)
        unit->county = province->count;
    return province->count++;
}

/* One draw a statement: the order of arguments is not defined. */
void province_name_person(struct random *random, char out[UNIT_NAME_MAX])
{
    const char *surname = pick(random, surnames, COUNT(surnames));
    const char *first = pick(random, given, COUNT(given));
    const char *second = random_chance(random, 600000) ? pick(random, given, COUNT(given)) : "";

    set(out, UNIT_NAME_MAX, "%s%s%s", surname, first, second);
}

static const char *street(struct random *random, int number)
{
    return number <= (int)COUNT(streets) ? streets[number - 1] : pick(random, streets, COUNT(streets));
}

/* People below a unit. `weight` is the capacity of the whole unit, about. */
static void add_people(struct province *province, struct random *random, int parent, int count, int64_t weight)
{
    static int number;

    if (parent == UNIT_NONE) {
        number = 0;
        return;
    }
    for (int i = 0; i < count; i++) {
        int at = add(province, UNIT_PERSON, parent, province->units[parent].channel);
        struct unit *person = &province->units[at];

        set(person->code, sizeof person->code, "S%05d", ++number);
        province_name_person(random, person->name);
        person->weight = weight * random_between(random, 80, 120) / count;
    }
}

static void add_hall(struct province *province, struct random *random, int county, int number, int64_t weight)
{
    int at = add(province, UNIT_OUTLET, county, CHANNEL_HALL);
    struct unit *hall = &province->units[at];
    int people;

    set(hall->code, sizeof hall->code, "H%.2s%.2s%02d", province->units[county].code + 1,
        province->units[county].code + 4, number);
    set(hall->name, sizeof hall->name, "%s%s营业厅", province->units[county].name, street(random, number));
    hall->factor = (int32_t)random_between(random, 970000, 1030000);
    people = (int)random_between(random, 3, 4);
    add_people(province, random, at, people, weight * random_between(random, 70, 130));
}

static void add_dealer(struct province *province, struct random *random, int county, int number, int64_t weight)
{
    int at = add(province, UNIT_DEALER, county, CHANNEL_AGENT);
    struct unit *dealer = &province->units[at];
    const char *trader;
    int people;

    set(dealer->code, sizeof dealer->code, "D%.2s%.2s%02d", province->units[county].code + 1,
        province->units[county].code + 4, number);
    trader = pick(random, traders, COUNT(traders));
    set(dealer->name, sizeof dealer->name, "%s%s通讯%s店", province->units[county].name, trader,
        street(random, number));
    dealer->factor = (int32_t)random_between(random, 970000, 1030000);
    people = random_chance(random, 750000) ? 2 : 1;
    add_people(province, random, at, people, weight * random_between(random, 70, 130));
}

/* A county with `shops` halls and dealers and its team of community managers. */
static void add_county(struct province *province, struct random *random, int city, int number, int order, int shops,
                       int64_t weight)
{
    int at = add(province, UNIT_COUNTY, city, CHANNEL_NONE);
    struct unit *county = &province->units[at];
    int halls = shops * HALL_PERCENT / 100 < 2 ? 2 : shops * HALL_PERCENT / 100;
    int team;

    set(county->code, sizeof county->code, "%s-%02d", province->units[city].code, number);
    set(county->name, sizeof county->name, "%s%s%s", county_heads[order % (int)COUNT(county_heads)],
        county_tails[order / (int)COUNT(county_heads)], number == 1 ? "区" : "县");
    county->factor = (int32_t)random_between(random, 980000, 1020000);
    for (int i = 1; i <= halls; i++)
        add_hall(province, random, at, i, weight);
    for (int i = 1; i <= shops - halls; i++)
        add_dealer(province, random, at, i, weight);
    team = add(province, UNIT_TEAM, at, CHANNEL_COMMUNITY);
    set(province->units[team].code, UNIT_CODE_MAX, "T%.2s%.2s", province->units[at].code + 1,
        province->units[at].code + 4);
    set(province->units[team].name, UNIT_NAME_MAX, "%s社区经理组", province->units[at].name);
    add_people(province, random, team, 4, weight * 100);
}

static void add_centre(struct province *province, struct random *random, const char *code, const char *name,
                       enum channel channel, int people)
{
    int at = add(province, UNIT_CENTRE, ROOT, channel);

    set(province->units[at].code, UNIT_CODE_MAX, "%s", code);
    set(province->units[at].name, UNIT_NAME_MAX, "%s", name);
    province->units[at].factor = 1010000;
    add_people(province, random, at, people, 1000000);
}

static void add_city(struct province *province, struct random *random, int number, const struct apportion_part *shops,
                     int first)
{
    int at = add(province, UNIT_CITY, ROOT, CHANNEL_NONE);
    int team;

    province->cities[number] = at;
    set(province->units[at].code, UNIT_CODE_MAX, "C%02d", number + 1);
    set(province->units[at].name, UNIT_NAME_MAX, "%s市分公司", cities[number].name);
    province->units[at].factor = (int32_t)random_between(random, 985000, 1060000);
    for (int i = 0; i < cities[number].counties; i++)
        add_county(province, random, at, i + 1, first + i, (int)shops[first + i].share,
                   shops[first + i].weight / shops[first + i].share);
    team = add(province, UNIT_TEAM, at, CHANNEL_ENTERPRISE);
    set(province->units[team].code, UNIT_CODE_MAX, "E%02d", number + 1);
    set(province->units[team].name, UNIT_NAME_MAX, "%s市政企客户部", cities[number].name);
    add_people(province, random, team, 8, cities[number].weight * 1000);
}

/* How many shops each county has. */
static void split_shops(struct random *random, struct apportion_part shops[COUNTY_COUNT])
{
    struct arena scratch;
    struct err err;
    int at = 0;

    for (int c = 0; c < CITY_COUNT; c++)
        for (int i = 0; i < cities[c].counties; i++, at++)
            shops[at] = (struct apportion_part) {
                .id = (uint64_t)at,
                .weight = (int64_t)cities[c].weight * random_between(random, 70, 130) * 1000 / cities[c].counties
            };
    arena_init(&scratch);
    if (apportion_split(SHOP_COUNT, shops, COUNTY_COUNT, APPORTION_ZERO_REFUSE, &scratch, &err) != 0)
        abort();
    arena_fini(&scratch);
}

/* --- capacity and performance --- */

/* Scales people's weights so that channels have their shares of the whole, and sums them up the tree. */
static void weigh(struct province *province)
{
    int64_t sums[CHANNEL_COUNT] = { 0 };

    for (int i = 0; i < province->count; i++)
        if (province->units[i].type == UNIT_PERSON)
            sums[province->units[i].channel] += province->units[i].weight;
    for (int i = 0; i < province->count; i++) {
        struct unit *unit = &province->units[i];

        if (unit->type == UNIT_PERSON)
            unit->weight = (int64_t)((__int128)unit->weight * channels[unit->channel].share * 100000000 /
                                     sums[unit->channel]);
    }
    for (int i = province->count - 1; i > ROOT; i--)
        province->units[province->units[i].parent].weight += province->units[i].weight;
}

/* A person's factor is the product of those above, kept between 0.92 and 1.10. */
static void perform(struct province *province)
{
    for (int i = 0; i < province->count; i++) {
        struct unit *unit = &province->units[i];
        int64_t factor = FACTOR_ONE;

        if (unit->type != UNIT_PERSON)
            continue;
        for (int up = unit->parent; up != UNIT_NONE; up = province->units[up].parent)
            factor = factor * province->units[up].factor / FACTOR_ONE;
        unit->factor = (int32_t)(factor < 920000 ? 920000 : factor > 1100000 ? 1100000 : factor);
    }
}

/* --- stories --- */

static int find(const struct province *province, const char *code)
{
    for (int i = 0; i < province->count; i++)
        if (strcmp(province->units[i].code, code) == 0)
            return i;
    fprintf(stderr, "bihuan-demo: no unit %s for a story\n", code);
    abort();
}

static void plant(struct province *province)
{
    struct stories *stories = &province->stories;

    stories->lag_city = find(province, "C07");
    stories->lag_from = quarter_from(QUARTER_4) + 28;
    stories->cancel_outlet = find(province, "H030202");
    stories->divert_dealer = find(province, "D040101");
    stories->divert_into = find(province, "C09");
    stories->divert_from = date_of(2026, 10, 10);
    stories->gift_county = find(province, "C05-02");
    stories->gift_from = date_of(2026, 10, 15);
    stories->star_outlet = find(province, "H100301");
    stories->hotline_until = date_of(2026, 11, 10);
    province->units[stories->lag_city].factor = 1000000;
}

void province_build(struct province *province, uint64_t seed)
{
    struct apportion_part shops[COUNTY_COUNT];
    struct random random;
    int first = 0;

    *province = (struct province) { .units = NULL };
    random_init(&random, seed);
    split_shops(&random, shops);
    add_people(province, &random, UNIT_NONE, 0, 0);
    add(province, UNIT_PROVINCE, UNIT_NONE, CHANNEL_NONE);
    set(province->units[ROOT].code, UNIT_CODE_MAX, "P");
    set(province->units[ROOT].name, UNIT_NAME_MAX, "岚江省公司");
    for (int c = 0; c < CITY_COUNT; c++) {
        add_city(province, &random, c, shops, first);
        first += cities[c].counties;
    }
    add_centre(province, &random, "HOTLINE", "热线营销中心", CHANNEL_HOTLINE, HOTLINE_PEOPLE);
    add_centre(province, &random, "ONLINE", "电子渠道中心", CHANNEL_ONLINE, ONLINE_PEOPLE);
    plant(province);
    weigh(province);
    perform(province);
}

void province_free(struct province *province)
{
    free(province->units);
    *province = (struct province) { .units = NULL };
}
