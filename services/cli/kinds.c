/* kinds: see kinds.h. */
#include "cli/kinds.h"

#include "cli/cmd_desk.h"
#include "cli/ledger_columns.h"
#include "cli/listings.h"

#include <string.h>

#include "bihuan/feedback.pb-c.h"
#include "bihuan/feedback_reports.pb-c.h"
#include "bihuan/incentive.pb-c.h"
#include "bihuan/incentive_crediting.pb-c.h"
#include "bihuan/incentive_pay.pb-c.h"
#include "bihuan/monitoring.pb-c.h"
#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"
#include "bihuan/planning_cycle.pb-c.h"
#include "bihuan/planning_organisation.pb-c.h"
#include "bihuan/planning_programmes.pb-c.h"

/* --- manifests -----------------------------------------------------------------------------------------------------
 */
static const struct kind_alias unit_aliases[] = {
    { "parent", "relations", "parent" },
    { "from", "relations", "from" },
    { "until", "relations", "until" },
    { NULL, NULL, NULL },
};

static const struct kind_alias person_aliases[] = {
    { "role", "roles", "role" },   { "unit", "roles", "unit" }, { "from", "roles", "from" },
    { "until", "roles", "until" }, { NULL, NULL, NULL },
};

const struct kind kinds[] = {
    { "Channels", "channels", &bihuan__channel__descriptor, NULL, true, NULL },
    { "Products", "products", &bihuan__product__descriptor, "parent", true, NULL },
    { "Calendars", "calendars", &bihuan__calendar__descriptor, NULL, true, NULL },
    { "Periods", "periods", &bihuan__period__descriptor, NULL, true, NULL },
    { "Measures", "measures", &bihuan__measure__descriptor, NULL, true, NULL },
    { "Units", "units", &bihuan__unit__descriptor, "relations/0/parent", true, unit_aliases },
    { "People", "people", &bihuan__person__descriptor, NULL, true, person_aliases },
    { "CycleTemplates", "cycle-templates", &bihuan__cycle_template__descriptor, NULL, true, NULL },
    { "Programmes", "programmes", &bihuan__programme__descriptor, NULL, false, NULL },
    { "CodeMaps", "code-maps", &bihuan__sender_code_map__descriptor, NULL, false, NULL },
    { "Feeds", "feeds", &bihuan__feed__descriptor, NULL, false, NULL },
    { "ReportTemplates", "report-templates", &bihuan__report_template__descriptor, NULL, false, NULL },
    { "Rules", "rules", &bihuan__rule__descriptor, NULL, false, NULL },
    { "Receivers", "receivers", &bihuan__receiver__descriptor, NULL, false, NULL },
    { "Contacts", "contacts", &bihuan__contact__descriptor, NULL, false, NULL },
    { "Ladders", "ladders", &bihuan__ladder__descriptor, NULL, false, NULL },
    { "Routes", "routes", &bihuan__route__descriptor, NULL, false, NULL },
    { "Scorecards", "scorecards", &bihuan__scorecard__descriptor, NULL, false, NULL },
    { "CustomerHoldings", "customer-holdings", &bihuan__customer_holding__descriptor, NULL, false, NULL },
    { "CreditingRules", "crediting-rules", &bihuan__crediting_rule__descriptor, NULL, false, NULL },
    { "PayPlans", "pay-plans", &bihuan__pay_plan__descriptor, NULL, false, NULL },
    { "TargetRoles", "target-roles", &bihuan__target_role__descriptor, NULL, true, NULL },
    { "Fits", "fits", &bihuan__fit__descriptor, NULL, true, NULL },
    { "WeightSets", "weight-sets", &bihuan__weight_set__descriptor, NULL, true, NULL },
    { "Weights", "weights", &bihuan__weight_row__descriptor, NULL, true, NULL },
    { "Bounds", "bounds", &bihuan__target_bound__descriptor, NULL, true, NULL },
    { "Drafts", "drafts", &bihuan__target_draft__descriptor, NULL, true, NULL },
    { "Targets", "targets", &bihuan__target_line__descriptor, NULL, true, NULL },
};
const size_t kind_count = sizeof kinds / sizeof kinds[0];

const struct kind *kind_find(const char *name)
{
    for (size_t i = 0; i < kind_count; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

/* --- listings ------------------------------------------------------------------------------------------------------
 */

const struct listing listings[] = {
    { "units", "/api/v1/units", "code", "code", listing_units },
    { "people", "/api/v1/people", "code", "code", listing_people },
    { "reorganisations", "/api/v1/reorganisations", "unit", "unit", listing_reorganisations },
    { "channels", "/api/v1/channels", NULL, "code", listing_channels },
    { "products", "/api/v1/products", NULL, "code", listing_products },
    { "measures", "/api/v1/measures", NULL, "code", listing_measures },
    { "calendars", "/api/v1/calendars", NULL, "code", listing_calendars },
    { "periods", "/api/v1/periods", NULL, "code", listing_periods },
    { "targets", "/api/v1/targets", "unit", "unit", listing_targets },
    { "weight-sets", "/api/v1/weight-sets", NULL, "code", ledger_set_columns },
    { "target-roles", "/api/v1/target-roles", NULL, "code", ledger_role_columns },
    { "fits", "/api/v1/fits", NULL, "code", ledger_fit_columns },
    { "bounds", "/api/v1/bounds", "period", "period", ledger_bound_columns },
    { "cuts", "/api/v1/cuts", "period", "period", ledger_cut_kept_columns },
    { "plans", "/api/v1/plans", "period", "period", listing_plans },
    { "programmes", "/api/v1/programmes", "code", "code", listing_programmes },
    { "cycle-templates", "/api/v1/cycle-templates", "code", "code", listing_cycle_templates },
    { "cycles", "/api/v1/cycles", NULL, "code", listing_cycles },
    { "deliverables", "/api/v1/deliverables", "cycle", "cycle", listing_deliverables },
    { "guides", "/api/v1/guides", "code", "code", listing_guides },
    { "work-plans", "/api/v1/work-plans", NULL, "code", listing_work_plans },
    { "materials", "/api/v1/materials", NULL, "code", listing_materials },
    { "certificates", "/api/v1/certificates", "person", "person", listing_certificates },
    { "code-maps", "/api/v1/code-maps", "sender", "sender", listing_code_maps },
    { "feeds", "/api/v1/feeds", "code", "feed/code", listing_feeds },
    { "files", "/api/v1/files", "name", "name", listing_files },
    { "rejects", "/api/v1/rejects", "feed", "feed", listing_rejects },
    { "held", "/api/v1/held", "feed", "feed", listing_held },
    { "rules", "/api/v1/rules", NULL, "code", listing_rules },
    { "receivers", "/api/v1/receivers", NULL, "code", listing_receivers },
    { "routes", "/api/v1/routes", NULL, "code", listing_routes },
    { "ladders", "/api/v1/ladders", NULL, "code", listing_ladders },
    { "contacts", "/api/v1/contacts", NULL, "code", listing_contacts },
    { "silences", "/api/v1/silences", "unit", "unit", listing_silences },
    { "alerts", "/api/v1/alerts", "unit", "unit", listing_alerts },
    { "actions", "/api/v1/actions", "alert", "alert", listing_actions },
    { "deliveries", "/api/v1/deliveries", "alert", "alert", listing_deliveries },
    { "scorecards", "/api/v1/scorecards", NULL, "code", listing_scorecards },
    { "crediting-rules", "/api/v1/crediting-rules", "code", "rule/code", listing_crediting_rules },
    { "pay-plans", "/api/v1/pay-plans", NULL, "code", listing_pay_plans },
    { "scores", "/api/v1/scores", "unit", "unit", listing_scores },
    { "closings", "/api/v1/closings", NULL, "period", listing_closings },
    { "tokens", "/api/v1/tokens", NULL, "name", listing_tokens },
};
const size_t listing_count = sizeof listings / sizeof listings[0];

const struct listing *listing_find(const char *name)
{
    for (size_t i = 0; i < listing_count; i++)
        if (strcmp(listings[i].name, name) == 0)
            return &listings[i];
    return NULL;
}
