/* listings: the columns of what `get` shows, by kind. */
#ifndef BIHUAN_CLI_LISTINGS_H
#define BIHUAN_CLI_LISTINGS_H

#include "cli/output.h"

extern const struct column listing_units[], listing_reorganisations[], listing_people[], listing_channels[],
    listing_products[], listing_measures[], listing_calendars[], listing_periods[], listing_feeds[],
    listing_code_maps[], listing_files[], listing_rejects[], listing_held[], listing_tokens[];
extern const struct column listing_targets[], listing_plans[], listing_cycle_templates[], listing_cycles[],
    listing_deliverables[], listing_guides[], listing_work_plans[], listing_materials[], listing_certificates[],
    listing_programmes[];
extern const struct column listing_rules[], listing_receivers[], listing_alerts[], listing_actions[],
    listing_deliveries[], listing_scorecards[], listing_scores[], listing_closings[], listing_crediting_rules[],
    listing_pay_plans[];

#endif
