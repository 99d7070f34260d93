/* The numbers of the design are settings: as it has them unless somebody set another. */
#include "support/check.h"

#include "monitoring/limits.h"
#include "monitoring/service.h"

#include "runtime/settings.h"

#include <stdlib.h>

static int64_t get(void *arg, const char *key)
{
    return settings_int(arg, key);
}

static struct limits read_limits(void)
{
    static const struct setting *const tables[] = { monitoring_settings, NULL };
    char name[] = "monitoring", *argv[] = { name, NULL };
    struct settings *settings;
    struct limits limits;
    struct err err;
    int action;

    assert_int_equal(settings_new(&settings, tables, &err), 0);
    assert_int_equal(settings_read(settings, 1, argv, &action, &err), 0);
    limits = limits_read(get, settings);
    settings_destroy(&settings);
    return limits;
}

static void as_designed(void **state)
{
    struct limits limits = read_limits();

    (void)state;
    CHECK_INT(limits.dispersion_most, 10);
    CHECK_INT(limits.flap.days, 21);
    CHECK_INT(limits.flap.on_ppm, 300000);
    CHECK_INT(limits.flap.off_ppm, 250000);
    CHECK_INT(limits.span.turns, 5);
    CHECK_INT(limits.span.days, 7);
    CHECK_INT(limits.feed_clear_us, 900 * INT64_C(1000000));
    CHECK_INT(limits.roots.share_ppm, 800000);
    CHECK_INT(limits.roots.few, 3);
    CHECK_INT(limits.verify_days, 2);
    CHECK_INT(limits.kept_ppm, 800000);
    CHECK_INT(limits.tell_days, 4);
    CHECK_INT(limits.frozen_ppm, 100000);
    CHECK_INT(limits.hit_least_ppm, 20000);
    CHECK_INT(limits.lapse_days, 3);
}

static void as_set(void **state)
{
    struct limits limits;

    (void)state;
    setenv("BIHUAN_FLAP_DAYS", "5", 1);
    setenv("BIHUAN_FLAP_ON_PPM", "200000", 1); /* below where it ends: it ends there */
    setenv("BIHUAN_ROOT_FEW", "1", 1);
    setenv("BIHUAN_ACTION_KEPT_PPM", "500000", 1);
    setenv("BIHUAN_RECENT_DAYS", "2", 1);
    limits = read_limits();
    CHECK_INT(limits.flap.days, 5);
    CHECK_INT(limits.flap.on_ppm, 200000);
    CHECK_INT(limits.flap.off_ppm, 200000);
    CHECK_INT(limits.roots.few, 1);
    CHECK_INT(limits.kept_ppm, 500000);
    CHECK_INT(limits.tell_days, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(as_designed), cmocka_unit_test(as_set) };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
