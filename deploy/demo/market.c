/* market: see market.h. */
#include "market.h"

#include "calc/calendar.h"
#include "text/dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const struct channel_info channels[CHANNEL_COUNT] = {
    [CHANNEL_HALL] = { "hall", "自有营业厅", "01", 42, FEED_BSS },
    [CHANNEL_AGENT] = { "agent", "代理商", "02", 34, FEED_DEALER },
    [CHANNEL_COMMUNITY] = { "community", "社区经理", "03", 8, FEED_BSS },
    [CHANNEL_HOTLINE] = { "hotline", "热线", "04", 5, FEED_HOTLINE },
    [CHANNEL_ONLINE] = { "online", "网上", "05", 7, FEED_BSS },
    [CHANNEL_ENTERPRISE] = { "enterprise", "政企直销", "06", 4, FEED_BSS },
};

const struct family_info families[FAMILY_COUNT] = {
    [FAMILY_MOBILE] = { "F-MOBILE", "移动套餐", 45 },   [FAMILY_FUSION] = { "F-FUSION", "5G融合套餐", 15 },
    [FAMILY_BROADBAND] = { "F-BROADBAND", "宽带", 18 }, [FAMILY_VALUE] = { "F-VALUE", "增值业务", 12 },
    [FAMILY_DEVICE] = { "F-DEVICE", "终端", 6 },        [FAMILY_GIFT] = { "F-GIFT", "赠品", 4 },
};

const struct product_info products[PRODUCT_COUNT] = {
    { "M19", "青春卡19元", FAMILY_MOBILE, 19, 14, { "TC1019", "mob-19", "101" } },
    { "M29", "惠民套餐29元", FAMILY_MOBILE, 29, 18, { "TC1029", "mob-29", "102" } },
    { "M39", "畅享套餐39元", FAMILY_MOBILE, 39, 20, { "TC1039", "mob-39", "103" } },
    { "M59", "畅享套餐59元", FAMILY_MOBILE, 59, 18, { "TC1059", "mob-59", "104" } },
    { "M79", "畅享套餐79元", FAMILY_MOBILE, 79, 14, { "TC1079", "mob-79", "105" } },
    { "M99", "尊享套餐99元", FAMILY_MOBILE, 99, 10, { "TC1099", "mob-99", "106" } },
    { "M129", "尊享套餐129元", FAMILY_MOBILE, 129, 6, { "TC1129", "mob-129", "107" } },
    { "U129", "融合129元", FAMILY_FUSION, 129, 34, { "TC2129", "fus-129", "201" } },
    { "U169", "融合169元", FAMILY_FUSION, 169, 28, { "TC2169", "fus-169", "202" } },
    { "U199", "融合199元", FAMILY_FUSION, 199, 20, { "TC2199", "fus-199", "203" } },
    { "U239", "融合239元", FAMILY_FUSION, 239, 11, { "TC2239", "fus-239", "204" } },
    { "U299", "融合299元", FAMILY_FUSION, 299, 7, { "TC2299", "fus-299", "205" } },
    { "B300", "宽带300M", FAMILY_BROADBAND, 50, 26, { "TC3300", "bb-300", "301" } },
    { "B500", "宽带500M", FAMILY_BROADBAND, 80, 32, { "TC3500", "bb-500", "302" } },
    { "B1000", "宽带1000M", FAMILY_BROADBAND, 100, 26, { "TC3100", "bb-1000", "303" } },
    { "B2000", "宽带2000M", FAMILY_BROADBAND, 150, 11, { "TC3200", "bb-2000", "304" } },
    { "FTTR", "全屋光宽带", FAMILY_BROADBAND, 200, 5, { "TC3900", "bb-fttr", "305" } },
    { "V10", "视频会员10元", FAMILY_VALUE, 10, 50, { "TC4010", "val-10", "401" } },
    { "V15", "来电管家15元", FAMILY_VALUE, 15, 30, { "TC4015", "val-15", "402" } },
    { "V20", "云盘20元", FAMILY_VALUE, 20, 20, { "TC4020", "val-20", "403" } },
    { "D299", "智能手表", FAMILY_DEVICE, 299, 50, { "ZD5299", "dev-299", "501" } },
    { "D999", "入门手机", FAMILY_DEVICE, 999, 35, { "ZD5999", "dev-999", "502" } },
    { "D1999", "5G手机", FAMILY_DEVICE, 1999, 15, { "ZD5199", "dev-1999", "503" } },
    { "G01", "开户礼品包", FAMILY_GIFT, 0, 100, { "ZP6001", "gift-01", "601" } },
};

const struct quarter_info quarters[QUARTER_COUNT] = {
    [QUARTER_3] = { "2026Q3", "2026-07-01", "2026-10-01", 220000 },
    [QUARTER_4] = { "2026Q4", "2026-10-01", "2027-01-01", 222000 },
};

const char *const measure_codes[MEASURE_COUNT] = {
    [MEASURE_NEW_USERS] = "new_users",
    [MEASURE_REVENUE] = "revenue",
    [MEASURE_FUSION] = "fusion",
    [MEASURE_BROADBAND] = "broadband",
};

const struct special_day special_days[] = {
    { "2026-08-18", "campaign", "818促销" },    { "2026-09-20", "makeup", "国庆节调休上班" },
    { "2026-09-25", "holiday", "中秋节" },      { "2026-09-26", "holiday", "中秋节" },
    { "2026-09-27", "holiday", "中秋节" },      { "2026-09-30", "eve", "国庆节前一日" },
    { "2026-10-01", "holiday", "国庆节" },      { "2026-10-02", "holiday", "国庆节" },
    { "2026-10-03", "holiday", "国庆节" },      { "2026-10-04", "holiday", "国庆节" },
    { "2026-10-05", "holiday", "国庆节" },      { "2026-10-06", "holiday", "国庆节" },
    { "2026-10-07", "holiday", "国庆节" },      { "2026-10-10", "makeup", "国庆节调休上班" },
    { "2026-11-11", "campaign", "双十一促销" },
};
const int special_day_count = sizeof special_days / sizeof special_days[0];

const struct class_weight class_weights[] = {
    { "working", 100 }, { "weekend", 130 }, { "holiday", 80 }, { "makeup", 105 }, { "eve", 90 }, { "campaign", 180 },
};
const int class_weight_count = sizeof class_weights / sizeof class_weights[0];

/* --- days --- */

#define DAYS_MAX 200

static int64_t weights[DAYS_MAX];
static int32_t first_day;
static size_t day_count;

static int32_t day_of(const char *date)
{
    int32_t day;
    struct err err;

    if (date_parse(date, strlen(date), &day, &err) != 0)
        abort();
    return day;
}

int32_t quarter_from(enum quarter quarter)
{
    return day_of(quarters[quarter].from);
}

int32_t quarter_until(enum quarter quarter)
{
    return day_of(quarters[quarter].until);
}

static enum day_class class_of(const char *name)
{
    static const char *const names[DAY_CLASS_COUNT] = {
        [DAY_WORKING] = "working", [DAY_WEEKEND] = "weekend", [DAY_HOLIDAY] = "holiday",
        [DAY_MAKEUP] = "makeup",   [DAY_EVE] = "eve",         [DAY_CAMPAIGN] = "campaign",
    };

    for (int i = DAY_WORKING; i < DAY_CLASS_COUNT; i++)
        if (strcmp(names[i], name) == 0)
            return (enum day_class)i;
    abort();
}

static void weigh_days(void)
{
    struct calendar_override overrides[sizeof special_days / sizeof special_days[0]];
    struct calendar_profile profile = { .month_tail_count = 0 };
    enum day_class classes[DAYS_MAX];
    struct err err;

    first_day = quarter_from(QUARTER_3);
    day_count = (size_t)(quarter_until(QUARTER_4) - first_day);
    for (int i = 0; i < special_day_count; i++)
        overrides[i] = (struct calendar_override) { day_of(special_days[i].date),
                                                    class_of(special_days[i].class_name) };
    for (int i = 0; i < class_weight_count; i++)
        profile.class_weight[class_of(class_weights[i].class_name)] = class_weights[i].weight;
    if (calendar_classify(first_day, day_count, overrides, (size_t)special_day_count, classes, &err) != 0 ||
        calendar_weights(&profile, first_day, classes, day_count, weights, &err) != 0) {
        fprintf(stderr, "bihuan-demo: %s\n", err.text);
        abort();
    }
}

int64_t market_day_weight(int32_t day)
{
    if (!day_count)
        weigh_days();
    return day >= first_day && day < first_day + (int32_t)day_count ? weights[day - first_day] : 0;
}

int64_t market_quarter_weight(enum quarter quarter)
{
    int64_t sum = 0;

    for (int32_t day = quarter_from(quarter); day < quarter_until(quarter); day++)
        sum += market_day_weight(day);
    return sum;
}
