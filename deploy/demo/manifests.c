/* manifests: see manifests.h. */
#include "manifests.h"

#include "base/buf.h"
#include "offices.h"
#include "out.h"
#include "pay_plans.h"
#include "plan.h"
#include "routes.h"
#include "text/csv_out.h"
#include "text/dates.h"
#include "text/json_out.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

void area_code(const struct province *province, int city, char out[8])
{
    const char *code = unit_code(province, city);

    snprintf(out, 8, "09%.2s", strlen(code) == 3 ? code + 1 : "00");
}

static int put(struct buf *buf, const char *dir, const char *name)
{
    int rc = out_file(buf->data, buf->len, "%s/manifests/%s", dir, name);

    buf_reset(buf);
    return rc;
}

/* --- catalogue --- */

static void write_channels(struct buf *out)
{
    buf_append_text(out, "kind: Channels\nitems:\n");
    for (int i = 0; i < CHANNEL_COUNT; i++)
        buf_printf(out, "- { code: %s, name: %s }\n", channels[i].code, channels[i].name);
}

static void write_products(struct buf *out)
{
    buf_append_text(out, "kind: Products\nitems:\n");
    for (int i = 0; i < FAMILY_COUNT; i++)
        buf_printf(out, "- { code: %s, name: %s }\n", families[i].code, families[i].name);
    for (int i = 0; i < PRODUCT_COUNT; i++)
        buf_printf(out, "- { code: %s, name: %s, parent: %s, list_price: \"%d\" }\n", products[i].code,
                   products[i].name, families[products[i].family].code, products[i].price);
}

static void write_calendar(struct buf *out)
{
    buf_append_text(out, "kind: Calendars\nitems:\n"
                         "- code: cn-2026\n"
                         "  title: 2026年销售日历\n"
                         "  source: 国务院办公厅关于2026年部分节假日安排的通知（放假与调休日）；促销日与权重为示例\n"
                         "  classes:\n");
    for (int i = 0; i < class_weight_count; i++)
        buf_printf(out, "  - { class: %s, weight: %d }\n", class_weights[i].class_name, class_weights[i].weight);
    buf_append_text(out, "  days:\n");
    for (int i = 0; i < special_day_count; i++)
        buf_printf(out, "  - { date: \"%s\", class: %s, name: %s }\n", special_days[i].date, special_days[i].class_name,
                   special_days[i].name);
    /* the next year's holidays aren't announced by the day on which the demo stands */
    buf_append_text(out, "- code: cn-2027\n"
                         "  title: 2027年销售日历（假日安排尚未公布）\n"
                         "  estimated: true\n"
                         "  classes:\n");
    for (int i = 0; i < class_weight_count; i++)
        buf_printf(out, "  - { class: %s, weight: %d }\n", class_weights[i].class_name, class_weights[i].weight);
}

static void write_periods(struct buf *out)
{
    buf_append_text(out, "kind: Periods\nitems:\n");
    for (int i = 0; i < QUARTER_COUNT; i++)
        buf_printf(out, "- { code: %s, from: \"%s\", until: \"%s\", calendar: cn-2026 }\n", quarters[i].code,
                   quarters[i].from, quarters[i].until);
    buf_append_text(out, "- { code: 2027Q1, from: \"2027-01-01\", until: \"2027-04-01\", calendar: cn-2027 }\n");
}

static const char MEASURES[] = "kind: Measures\n"
                               "items:\n"
                               "- code: new_users\n"
                               "  title_zh: 移动新增用户\n"
                               "  title_en: New mobile users\n"
                               "  fact: order_line\n"
                               "  value: count\n"
                               "  unit: 户\n"
                               "  direction: higher\n"
                               "  class: outcome\n"
                               "  filter: { products: [F-MOBILE, F-FUSION] }\n"
                               "- code: revenue\n"
                               "  title_zh: 销售收入\n"
                               "  title_en: Revenue\n"
                               "  fact: order_line\n"
                               "  value: amount\n"
                               "  unit: 元\n"
                               "  direction: higher\n"
                               "  class: outcome\n"
                               "- code: fusion\n"
                               "  title_zh: 5G融合套餐\n"
                               "  title_en: 5G fusion packages\n"
                               "  fact: order_line\n"
                               "  value: count\n"
                               "  unit: 户\n"
                               "  direction: higher\n"
                               "  class: outcome\n"
                               "  filter: { products: [F-FUSION] }\n"
                               "- code: broadband\n"
                               "  title_zh: 宽带新增\n"
                               "  title_en: New broadband lines\n"
                               "  fact: order_line\n"
                               "  value: count\n"
                               "  unit: 户\n"
                               "  direction: higher\n"
                               "  class: outcome\n"
                               "  filter: { products: [F-BROADBAND] }\n"
                               "- code: off_list\n"
                               "  title_zh: 偏离标价的订单行\n"
                               "  title_en: Lines sold off the list price\n"
                               "  fact: order_line\n"
                               "  value: count\n"
                               "  unit: 行\n"
                               "  direction: lower\n"
                               "  class: process\n"
                               "  filter: { price: off_list, price_band_ppm: 50000 }\n"
                               "- code: diverted\n"
                               "  title_zh: 跨区销售的订单行（窜货）\n"
                               "  title_en: Lines sold into another city\n"
                               "  fact: order_line\n"
                               "  value: count\n"
                               "  unit: 行\n"
                               "  direction: lower\n"
                               "  class: process\n"
                               "  filter: { place: outside }\n"
                               "- code: late_cancels\n"
                               "  title_zh: 月末冲量后退订的订单行\n"
                               "  title_en: Lines taken back in the first days of the next month\n"
                               "  fact: order_line\n"
                               "  value: count\n"
                               "  unit: 行\n"
                               "  direction: lower\n"
                               "  class: process\n"
                               "  filter: { cancelled: after_month, cancelled_days: 10 }\n";

/* --- organisation and targets --- */

static void write_units(const struct province *province, struct buf *out)
{
    struct csv_out csv;

    csv_out_init(&csv, out, ',', false);
    buf_append_text(out, "code,name,type,parent,channel,from,until\n");
    for (int i = 0; i < province->count; i++) {
        const struct unit *unit = &province->units[i];

        csv_out_text(&csv, unit->code);
        csv_out_text(&csv, unit->name);
        csv_out_text(&csv, unit_type_name(unit->type));
        csv_out_text(&csv, unit_code(province, unit->parent));
        csv_out_text(&csv, unit->channel == CHANNEL_NONE ? "" : channels[unit->channel].code);
        csv_out_text(&csv, UNIT_FROM);
        csv_out_text(&csv, "");
        csv_out_end(&csv);
    }
    offices_write_units(province, out);
}

static int write_organisation(const struct province *province, uint64_t seed, const char *dir, struct buf *out)
{
    write_units(province, out);
    if (put(out, dir, "units.csv") != 0)
        return -1;
    offices_write_people(province, seed, out);
    if (put(out, dir, "people.csv") != 0)
        return -1;
    buf_append_text(out, "kind: Units\ntable: units.csv\n---\nkind: People\ntable: people.csv\n");
    return put(out, dir, "20-organisation.yaml");
}

static void write_target(struct buf *out, enum quarter quarter, const char *unit, const char *channel, int measure,
                         int64_t amount)
{
    if (amount > 0)
        buf_printf(out, "%s,%s,%s,,%s,%" PRId64 "\n", quarters[quarter].code, unit, channel, measure_codes[measure],
                   amount);
}

/* People have no target of their own for broadband. */
static bool has_target(const struct unit *unit, int measure)
{
    return unit->type != UNIT_PERSON || measure != MEASURE_BROADBAND;
}

static void write_targets(const struct province *province, enum quarter quarter, int scale, struct buf *out)
{
    struct plan plan;

    plan_make(&plan, province, quarter, scale);
    buf_append_text(out, "period,unit,channel,product,measure,amount\n");
    for (int i = 0; i < province->count; i++) {
        const struct unit *unit = &province->units[i];

        for (int m = 0; m < MEASURE_COUNT; m++)
            if (has_target(unit, m))
                write_target(out, quarter, unit->code, "", m, plan_amount(&plan, i, (enum measure)m));
        if (unit->type != UNIT_PROVINCE && unit->type != UNIT_CITY)
            continue;
        for (int c = 0; c < CHANNEL_COUNT; c++)
            for (int m = 0; m <= MEASURE_REVENUE; m++)
                write_target(out, quarter, unit->code, channels[c].code, m,
                             plan_channel_amount(&plan, i, (enum channel)c, (enum measure)m));
    }
    plan_free(&plan);
}

static int write_plans(const struct province *province, const char *dir, int scale, struct buf *out)
{
    for (int q = 0; q < QUARTER_COUNT; q++) {
        char name[64];

        write_targets(province, (enum quarter)q, scale, out);
        snprintf(name, sizeof name, "targets-%s.csv", quarters[q].code);
        if (put(out, dir, name) != 0)
            return -1;
        buf_printf(out,
                   "kind: Targets\ntable: targets-%s.csv\n---\nkind: Publish\nperiod: %s\nreason: 季度计划首次发布\n"
                   "consents: [empty_leaf] # offices sell nothing\n",
                   quarters[q].code, quarters[q].code);
        snprintf(name, sizeof name, "%d-targets-%s.yaml", 30 + q, quarters[q].code);
        if (put(out, dir, name) != 0)
            return -1;
    }
    return 0;
}

/* --- feeds --- */

static void write_product_map(struct buf *out, enum feed feed)
{
    buf_append_text(out, "  - name: product\n    entries:\n");
    for (int i = 0; i < PRODUCT_COUNT; i++)
        buf_printf(out, "    - { from: \"%s\", to: %s }\n", products[i].sent[feed], products[i].code);
}

static const char BSS[] = "- code: bss-orders\n"
                          "  title: 省BSS订单\n"
                          "  sender: bss\n"
                          "  fact: order_line\n"
                          "  files: orders_{yyyyMMdd}_{nnn}.csv.gz\n"
                          "  encoding: GB18030\n"
                          "  delimiter: \"|\"\n"
                          "  quote: none\n"
                          "  key: [订单号, 行号]\n"
                          "  watermark: file_date\n"
                          "  silent_after_hours: 36\n"
                          "  columns:\n"
                          "  - { field: time, column: 受理时间, format: yyyyMMddHHmmss }\n"
                          "  - { field: unit, column: 网点编码 }\n"
                          "  - { field: seller, column: 工号 }\n"
                          "  - { field: channel, column: 渠道, map: channel }\n"
                          "  - { field: product, column: 产品编码, map: product }\n"
                          "  - { field: quantity, column: 数量 }\n"
                          "  - { field: amount, column: 金额, money: fen }\n"
                          "  - { field: state, column: 状态, map: state }\n"
                          "  - { field: version, column: 版本 }\n"
                          "  - { field: customer, column: 客户编号 }\n"
                          "  - { field: place, column: 使用地, map: area }\n"
                          "  maps:\n"
                          "  - name: state\n"
                          "    entries:\n"
                          "    - { from: \"100\", to: placed }\n"
                          "    - { from: \"300\", to: completed }\n"
                          "    - { from: \"900\", to: cancelled }\n";

static const char DEALER[] = "- code: dealer-orders\n"
                             "  title: 代理商系统订单\n"
                             "  sender: dealer\n"
                             "  fact: order_line\n"
                             "  files: dealer_{yyyyMMdd}_{nnn}.csv\n"
                             "  encoding: UTF-8\n"
                             "  key: [doc_no, line_no]\n"
                             "  watermark: file_date\n"
                             "  silent_after_hours: 48\n"
                             "  columns:\n"
                             "  - { field: time, column: biz_time, format: \"yyyy/MM/dd HH:mm:ss\" }\n"
                             "  - { field: unit, column: store }\n"
                             "  - { field: seller, column: clerk }\n"
                             "  - { field: channel, column: \"\", default: agent }\n"
                             "  - { field: product, column: item, map: product }\n"
                             "  - { field: quantity, column: qty }\n"
                             "  - { field: amount, column: amount, money: yuan }\n"
                             "  - { field: operation, column: type, map: type }\n"
                             "  - { field: version, column: rev }\n"
                             "  - { field: place, column: area, map: area }\n"
                             "  maps:\n"
                             "  - name: type\n"
                             "    entries:\n"
                             "    - { from: SALE, to: record }\n"
                             "    - { from: VOID, to: cancel }\n";

static const char HOTLINE[] = "- code: hotline-orders\n"
                              "  title: 热线订单\n"
                              "  sender: hotline\n"
                              "  fact: order_line\n"
                              "  files: hotline_{yyyy-MM-dd}.csv\n"
                              "  encoding: UTF-8\n"
                              "  delimiter: \"\\\\t\"\n"
                              "  key: [call_id, item_no]\n"
                              "  watermark: file_date\n"
                              "  silent_after_hours: 48\n"
                              "  columns:\n"
                              "  - { field: time, column: time, format: iso }\n"
                              "  - { field: unit, column: \"\", default: HOTLINE }\n"
                              "  - { field: seller, column: agent }\n"
                              "  - { field: channel, column: \"\", default: hotline }\n"
                              "  - { field: product, column: item, map: product }\n"
                              "  - { field: quantity, column: qty }\n"
                              "  - { field: amount, column: amount_li, money: li }\n"
                              "  - { field: state, column: state }\n"
                              "  - { field: version, column: version }\n"
                              "  - { field: place, column: area, map: area }\n"
                              "  maps:\n";

static void write_area_map(const struct province *province, struct buf *out)
{
    buf_append_text(out, "  - name: area\n    entries:\n");
    for (int i = 0; i < CITY_COUNT; i++) {
        char area[8];

        area_code(province, province->cities[i], area);
        buf_printf(out, "    - { from: \"%s\", to: %s }\n", area, unit_code(province, province->cities[i]));
    }
}

static void write_feeds(const struct province *province, struct buf *out)
{
    buf_printf(out, "kind: Feeds\nitems:\n%s  - name: channel\n    entries:\n", BSS);
    for (int i = 0; i < CHANNEL_COUNT; i++)
        buf_printf(out, "    - { from: \"%s\", to: %s }\n", channels[i].bss, channels[i].code);
    write_product_map(out, FEED_BSS);
    write_area_map(province, out);
    buf_append_text(out, DEALER);
    write_product_map(out, FEED_DEALER);
    write_area_map(province, out);
    buf_append_text(out, HOTLINE);
    write_product_map(out, FEED_HOTLINE);
    write_area_map(province, out);
}

/* --- rules, receivers, scorecards --- */

#define LAG_TAIL                                                                                                       \
    "  enter_gap_bp: -500\n"                                                                                           \
    "  clear_gap_bp: -300\n"                                                                                           \
    "  dwell_days: 2\n"                                                                                                \
    "  clear_days: 2\n"

static const char RULES[] = "kind: Rules\n"
                            "items:\n"
                            "- code: lag-new-users\n"
                            "  title_zh: 移动新增落后于时间进度\n"
                            "  title_en: New users behind plan\n"
                            "  kind: lag\n"
                            "  measure: new_users\n"
                            "  unit_types: [city, county, outlet]\n" LAG_TAIL "  min_shortfall: \"20\"\n"
                            "  severity: major\n"
                            "- code: lag-revenue\n"
                            "  title_zh: 收入落后于时间进度\n"
                            "  title_en: Revenue behind plan\n"
                            "  kind: lag\n"
                            "  measure: revenue\n"
                            "  unit_types: [city]\n" LAG_TAIL "  severity: major\n"
                            "- code: off-list-county\n"
                            "  title_zh: 区县偏离标价\n"
                            "  title_en: Off-list prices in a county\n"
                            "  kind: threshold\n"
                            "  measure: off_list\n"
                            "  unit_types: [county]\n"
                            "  limit: \"40\"\n"
                            "  severity: warning\n"
                            "- code: off-list-outlet\n"
                            "  title_zh: 网点偏离标价\n"
                            "  title_en: Off-list prices in an outlet\n"
                            "  kind: threshold\n"
                            "  measure: off_list\n"
                            "  unit_types: [outlet]\n"
                            "  limit: \"15\"\n"
                            "  severity: warning\n"
                            "- code: diverted-dealer\n"
                            "  title_zh: 代理商跨区销售（窜货）\n"
                            "  title_en: A dealer sells into another city\n"
                            "  kind: threshold\n"
                            "  measure: diverted\n"
                            "  unit_types: [dealer]\n"
                            "  limit: \"15\"\n"
                            "  severity: warning\n"
                            "- code: cancels-outlet\n"
                            "  title_zh: 网点月末冲量后退订\n"
                            "  title_en: An outlet cancels behind a month's end\n"
                            "  kind: threshold\n"
                            "  measure: late_cancels\n"
                            "  unit_types: [outlet]\n"
                            "  limit: \"15\"\n"
                            "  severity: warning\n";

struct card {
    const char *unit_type, *title_zh, *title_en;
    int weights[MEASURE_COUNT];
    int off_list_limit;
};

static const struct card cards[] = {
    { "city", "地市公司", "City company", { 4000, 3500, 1500, 1000 }, 200 },
    { "county", "区县", "County", { 4000, 3000, 1500, 1500 }, 40 },
    { "outlet", "营业厅", "Outlet", { 4000, 3000, 1500, 1500 }, 15 },
    { "dealer", "代理商", "Dealer", { 5000, 3000, 1000, 1000 }, 15 },
    { "salesperson", "销售人员", "Salesperson", { 5000, 3000, 2000, 0 }, 8 },
};

static void write_scorecards(struct buf *out, int scale)
{
    buf_append_text(out, "kind: Scorecards\nitems:\n");
    for (size_t i = 0; i < sizeof cards / sizeof cards[0]; i++) {
        buf_printf(out, "- code: card-%s\n  title_zh: %s计分卡\n  title_en: %s scorecard\n  unit_type: %s\n  lines:\n",
                   cards[i].unit_type, cards[i].title_zh, cards[i].title_en, cards[i].unit_type);
        for (int m = 0; m < MEASURE_COUNT; m++)
            if (cards[i].weights[m])
                buf_printf(out,
                           "  - measure: %s\n    weight_bp: %d\n    rate: interpolated\n    cap_milli: 120000\n"
                           "    bands:\n    - { from_ppm: 0, points_milli: 0 }\n"
                           "    - { from_ppm: 600000, points_milli: 40000 }\n"
                           "    - { from_ppm: 1000000, points_milli: 100000 }\n"
                           "    - { from_ppm: 1200000, points_milli: 120000 }\n",
                           measure_codes[m], cards[i].weights[m]);
        buf_printf(out,
                   "  - measure: off_list\n    weight_bp: 0\n    gate: at_most\n    gate_limit: \"%d\"\n"
                   "    gate_factor_ppm: 900000\n",
                   cards[i].off_list_limit * scale);
    }
}

/* --- stories --- */

static void story(struct json_out *json, const char *name, const char *unit, int32_t day, const char *rule)
{
    char date[DATE_TEXT_MAX];

    date_print(date, day);
    json_out_key(json, name);
    json_out_object(json);
    json_out_field_text(json, "unit", unit);
    json_out_field_text(json, "from", date);
    json_out_field_text(json, "rule", rule);
    json_out_object_end(json);
}

static int write_stories(const struct province *province, const char *dir, struct buf *out)
{
    const struct stories *stories = &province->stories;
    struct json_out json;
    int rc;

    json_out_init(&json, out);
    json_out_object(&json);
    story(&json, "lagging_city", unit_code(province, stories->lag_city), stories->lag_from, "lag-new-users");
    story(&json, "cancelling_outlet", unit_code(province, stories->cancel_outlet), date_of(2026, 9, 28),
          "cancels-outlet");
    story(&json, "diverting_dealer", unit_code(province, stories->divert_dealer), stories->divert_from,
          "diverted-dealer");
    json_out_field_text(&json, "diverted_into", unit_code(province, stories->divert_into));
    story(&json, "gift_sold_county", unit_code(province, stories->gift_county), stories->gift_from, "off-list-county");
    story(&json, "star_outlet", unit_code(province, stories->star_outlet), quarter_from(QUARTER_3), "");
    story(&json, "silent_feed", "hotline-orders", stories->hotline_until + 1, "");
    json_out_object_end(&json);
    buf_append_text(out, "\n");
    rc = out_file(out->data, out->len, "%s/stories.json", dir);
    buf_reset(out);
    return rc;
}

int manifests_write(const struct province *province, uint64_t seed, const char *dir, int scale)
{
    struct buf out = { 0 };
    int rc = out_folder("%s/manifests", dir);

    if (rc == 0) {
        write_channels(&out);
        buf_append_text(&out, "---\n");
        write_products(&out);
        buf_append_text(&out, "---\n");
        write_calendar(&out);
        buf_append_text(&out, "---\n");
        write_periods(&out);
        buf_append_text(&out, "---\n");
        buf_append_text(&out, MEASURES);
        rc = put(&out, dir, "10-catalogue.yaml");
    }
    if (rc == 0)
        rc = write_organisation(province, seed, dir, &out);
    if (rc == 0)
        rc = write_plans(province, dir, scale, &out);
    if (rc == 0) {
        write_feeds(province, &out);
        rc = put(&out, dir, "40-feeds.yaml");
    }
    if (rc == 0) {
        buf_append_text(&out, RULES);
        rc = put(&out, dir, "50-rules.yaml");
    }
    if (rc == 0) {
        routes_write_receivers(province, &out);
        rc = put(&out, dir, "60-receivers.yaml");
    }
    if (rc == 0) {
        routes_write(province, &out);
        rc = put(&out, dir, "65-routes.yaml");
    }
    if (rc == 0) {
        write_scorecards(&out, scale);
        rc = put(&out, dir, "70-scorecards.yaml");
    }
    if (rc == 0) {
        buf_append_text(&out, demo_pay_plans);
        rc = put(&out, dir, "75-pay-plans.yaml");
    }
    if (rc == 0)
        rc = write_stories(province, dir, &out);
    buf_fini(&out);
    return rc;
}
