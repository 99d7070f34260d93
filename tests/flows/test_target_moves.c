/* What changes beside a plan that has targets, on a real daemon: products that go to another family, units that go to
 * another parent or are closed. No plan stops adding up without somebody who wants it by name. */
#include "support/check.h"
#include "support/plans.h"

#include <stdio.h>
#include <string.h>

#include "bihuan/planning.pb-c.h"
#include "bihuan/planning_targets.pb-c.h"

/* --- products -------------------------------------------------------------------------------------------------------
 */
#define PRODUCT(code, parent) "'items':[{'code':'" code "','name':'n','parent':'" parent "'}]}"

static void test_a_product_with_targets_stays_in_its_family(void **state)
{
    (void)state;
    plans_prepare();
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PRODUCTS), "{'items':[{'code':'fixed','name':'f'},{'code':'tv','name':'t','parent':'fixed'},"
                                 "{'code':'5g-pro','name':'p','parent':'5g'}]}");
    plan_do(MSG(APPLY_PERIODS),
            "{'items':[{'code':'N25','from':'2025-11-01','until':'2025-12-01','calendar':'flat'}]}");
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'N25','unit':'P','measure':'new','product':'tv','amount':'5'},"
                                "{'period':'N25','unit':'P','measure':'new','product':'mobile','amount':'5'}]}");
    /* a period that is over holds nothing up, and a request that moves nothing is none */
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "mobile"));
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "fixed"));
    plan_do(MSG(APPLY_TARGETS), "{'items':[{'period':'M12','unit':'P','measure':'new','product':'5g-pro','amount':'6'},"
                                "{'period':'M12','unit':'P','measure':'old','amount':'7'}]}");
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "5g"));
    refused("the product itself", MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "fixed"),
            "M12 version 1 (draft, \"5g-pro\"); make a new product there, or take these targets away");
    refused("in a dry run, too", MSG(APPLY_PRODUCTS), "{'dry_run':true," PRODUCT("5g-pro", ""), "M12 version 1 (draft");
    refused("one above it", MSG(APPLY_PRODUCTS), "{" PRODUCT("5g", "fixed"), "\"5g-pro\"");
    publish_plan("M12", "");
    refused("of a published plan", MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "fixed"), "M12 version 1 (published");
    /* neither line has a target of its own: they go on counting what they counted */
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "mobile"));
    plan_do(MSG(APPLY_TARGETS),
            "{'items':[{'period':'Q4','unit':'P','measure':'new','product':'mobile','amount':'9'}]}");
    refused("the family that it leaves", MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "fixed"),
            "Q4 version 1 (draft, \"mobile\")");
    plan_do(MSG(APPLY_TARGETS),
            "{'items':[{'period':'Q4','unit':'P','measure':'new','product':'fixed','amount':'9'}]}");
    refused("both", MSG(APPLY_PRODUCTS), "{" PRODUCT("tv", "fixed"), "Q4 version 1 (draft, \"mobile\")");
}

static void test_the_remedy_works(void **state)
{
    (void)state;
    plan_do(MSG(SET_TARGET),
            "{'period':'M12','unit':'P','measure':'new','product':'5g-pro','amount':'0','reason':'gone'}");
    refused("still in force", MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "tv"), "M12 version 1 (published");
    publish_plan("M12", "'jump','zero_target'");
    as("planner", NULL, NULL);
    plan_do(MSG(APPLY_PRODUCTS), "{" PRODUCT("5g-pro", "mobile")); /* mobile had it before, by 5g */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_product_with_targets_stays_in_its_family),
        cmocka_unit_test(test_the_remedy_works),
    };

    return cmocka_run_group_tests_name("target moves", tests, plans_start, plans_stop);
}
