/* routes: see routes.h. */
#include "routes.h"

/* All of them listen at the demo's one receiver. */
static void receiver(struct buf *out, const char *code)
{
    buf_printf(out,
               "- code: %s\n"
               "  url: http://127.0.0.1:@RECEIVER_PORT@/hook/%s\n"
               "  secret: \"@RECEIVER_SECRET@\"\n"
               "  language: zh\n",
               code, code);
}

static const char *const groups[] = { "outlets", "counties", "centre", "channel-office", "leader" };

void routes_write_receivers(const struct province *province, struct buf *out)
{
    buf_append_text(out, "# The two words in capitals are replaced when the demo is deployed.\n"
                         "kind: Receivers\n"
                         "items:\n"
                         "- code: ops-hook\n"
                         "  url: http://127.0.0.1:@RECEIVER_PORT@/hook\n"
                         "  secret: \"@RECEIVER_SECRET@\"\n"
                         "  language: zh\n"
                         "  min_severity: warning\n");
    for (size_t i = 0; i < sizeof groups / sizeof groups[0]; i++)
        receiver(out, groups[i]);
    for (int i = 0; i < province->count; i++)
        if (province->units[i].type == UNIT_CITY)
            receiver(out, unit_code(province, i));
}

static void contact(struct buf *out, const char *unit, const char *more, const char *receiver_code, bool one_a_day)
{
    buf_printf(out, "- { code: M-%s%s, receivers: [%s]%s }\n", unit, more, receiver_code,
               one_a_day ? ", one_a_day: true" : "");
}

/* A city's two reach their own group, the levels below share one each; the leader hears once a day. */
static void write_contacts(const struct province *province, struct buf *out)
{
    buf_append_text(out, "kind: Contacts\nitems:\n");
    for (int n = 0; n < 2; n++) {
        contact(out, "O-CHANNEL", n ? "-2" : "", "channel-office", false);
        contact(out, "O-CUSTOMER", n ? "-2" : "", "centre", false);
    }
    for (int i = 0; i < province->count; i++) {
        const char *code = unit_code(province, i);

        switch (province->units[i].type) {
        case UNIT_PROVINCE:
            contact(out, code, "", "leader", true);
            break;
        case UNIT_CITY:
            contact(out, code, "", code, false);
            contact(out, code, "-2", code, false);
            break;
        case UNIT_COUNTY:
            contact(out, code, "", "counties", false);
            break;
        case UNIT_OUTLET:
        case UNIT_DEALER:
            contact(out, code, "", "outlets", false);
            break;
        default:
            break;
        }
    }
}

static const char LADDERS[] = "kind: Ladders\n"
                              "items:\n"
                              "- code: outlets\n"
                              "  title_zh: 网点预警升级\n"
                              "  title_en: From an outlet up\n"
                              "  steps:\n"
                              "  - { after_days: 0, role: outlet_manager }\n"
                              "  - { after_days: 1, role: county_company }\n"
                              "  - { after_days: 2, role: city_company }\n"
                              "  - { after_days: 4, role: channel_office, unit: O-CHANNEL }\n"
                              "- code: dealers\n"
                              "  title_zh: 代理商预警升级\n"
                              "  title_en: From a dealer up\n"
                              "  steps:\n"
                              "  - { after_days: 0, role: dealer_owner }\n"
                              "  - { after_days: 1, role: county_company }\n"
                              "  - { after_days: 2, role: city_company }\n"
                              "  - { after_days: 4, role: channel_office, unit: O-CHANNEL }\n"
                              "- code: cities\n"
                              "  title_zh: 地市预警升级\n"
                              "  title_en: From a city up\n"
                              "  steps:\n"
                              "  - { after_days: 0, role: city_company }\n"
                              "  - { after_days: 1, role: customer_centre, unit: O-CUSTOMER }\n"
                              "  - { after_days: 2, role: channel_office, unit: O-CHANNEL }\n"
                              "  - { after_days: 4, role: province_leader }\n";

static const char ROUTES[] = "kind: Routes\n"
                             "items:\n"
                             "- code: cities\n"
                             "  title_zh: 地市与区县\n"
                             "  title_en: Cities and counties\n"
                             "  rank: 1\n"
                             "  unit_types: [city, county]\n"
                             "  receivers: [ops-hook]\n"
                             "  ladder: cities\n"
                             "- code: dealers\n"
                             "  title_zh: 代理商\n"
                             "  title_en: Dealers\n"
                             "  rank: 2\n"
                             "  unit_types: [dealer]\n"
                             "  receivers: [ops-hook]\n"
                             "  ladder: dealers\n"
                             "- code: all\n"
                             "  title_zh: 其余单元\n"
                             "  title_en: All others\n"
                             "  rank: 9\n"
                             "  receivers: [ops-hook]\n"
                             "  ladder: outlets\n"
                             "  digest: true\n";

void routes_write(const struct province *province, struct buf *out)
{
    write_contacts(province, out);
    buf_printf(out, "---\n%s---\n%s", LADDERS, ROUTES);
}
