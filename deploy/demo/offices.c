/* offices: see offices.h. */
#include "offices.h"

#include "text/csv_out.h"

#include <stdio.h>

#define SEED_APART    UINT64_C(0x6f66666963657321) /* so that no order changes with who works in an office */
#define OFFICE_PEOPLE 2                            /* one drafts, the other approves */

static const struct {
    const char *code, *name, *type, *role;
} offices[] = {
    { "O-MARKETING", "营销室", "office", "marketing_office" },
    { "O-CHANNEL", "渠道室", "office", "channel_office" },
    { "O-BRAND", "品牌室", "office", "brand_office" },
    { "O-CUSTOMER", "客户中心", "centre", "customer_centre" },
};

static void row(struct csv_out *csv, const char *const *cells, int count)
{
    for (int i = 0; i < count; i++)
        csv_out_text(csv, cells[i]);
    csv_out_end(csv);
}

void offices_write_units(const struct province *province, struct buf *out)
{
    struct csv_out csv;

    csv_out_init(&csv, out, ',', false);
    for (size_t i = 0; i < sizeof offices / sizeof offices[0]; i++)
        row(&csv,
            (const char *const[]) { offices[i].code, offices[i].name, offices[i].type, unit_code(province, ROOT), "",
                                    UNIT_FROM, "" },
            7);
}

/* Nobody has a role at a team or at a salesperson. */
static const char *role_at(enum unit_type type)
{
    switch (type) {
    case UNIT_PROVINCE:
        return "province_leader";
    case UNIT_CENTRE:
        return "centre_manager";
    case UNIT_CITY:
        return "city_company";
    case UNIT_COUNTY:
        return "county_company";
    case UNIT_OUTLET:
        return "outlet_manager";
    case UNIT_DEALER:
        return "dealer_owner";
    default:
        return NULL;
    }
}

/* Person codes say where they work: M-C07, and M-O-CHANNEL-2 for the second. */
static void person(struct csv_out *csv, struct random *random, const char *role, const char *unit, int number)
{
    char code[40], name[UNIT_NAME_MAX];

    if (number > 1)
        snprintf(code, sizeof code, "M-%s-%d", unit, number);
    else
        snprintf(code, sizeof code, "M-%s", unit);
    province_name_person(random, name);
    row(csv, (const char *const[]) { code, name, role, unit, UNIT_FROM, "" }, 6);
}

void offices_write_people(const struct province *province, uint64_t seed, struct buf *out)
{
    struct random random;
    struct csv_out csv;

    random_init(&random, seed ^ SEED_APART);
    csv_out_init(&csv, out, ',', false);
    buf_append_text(out, "code,name,role,unit,from,until\n");
    for (size_t i = 0; i < sizeof offices / sizeof offices[0]; i++)
        for (int n = 1; n <= OFFICE_PEOPLE; n++)
            person(&csv, &random, offices[i].role, offices[i].code, n);
    for (int i = 0; i < province->count; i++) {
        const struct unit *unit = &province->units[i];

        if (role_at(unit->type))
            person(&csv, &random, role_at(unit->type), unit->code, 1);
        if (unit->type == UNIT_CITY)
            person(&csv, &random, role_at(unit->type), unit->code, 2);
    }
}
