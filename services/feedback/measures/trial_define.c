/* trial_define: what may be tried: a definition's words, and a ratio's parts. See trial.h. */
#include "feedback/measures/trial.h"

#include "feedback/reference/reference_store.h"
#include "refdata/subject_match.h"

#include <string.h>

#define AVERAGE_DECIMALS 2

static const char *place(struct tx *tx, const char *field)
{
    return arena_printf(tx_arena(tx), "/definition/%s", field);
}

static void check_one_of(struct tx *tx, const char *field, const char *word, const char *const *words)
{
    for (int i = 0; words[i]; i++)
        if (strcmp(words[i], word) == 0)
            return;
    tx_problem(tx, place(tx, field), "unknown_word", "\"%s\" is none of what it can be", word);
}

static void check_filter(struct tx *tx, const struct reference *reference, enum fact_kind kind,
                         const Bihuan__MeasureFilter *filter)
{
    char words[200];
    static const char *const prices[] = { "", "off_list", "off_policy", NULL },
                             *const places[] = { "", "outside", NULL }, *const given[] = { "customer", "seller",
                                                                                           "channel",  "product",
                                                                                           "place",    "subject",
                                                                                           "photo",    NULL };
    static const char *const cancelled[] = { "",           "any",         "after_day",
                                             "after_week", "after_month", "after_quarter",
                                             "after_year", NULL };
    struct age_range age;

    for (size_t i = 0; i < filter->n_products; i++)
        if (!reference_product_id(reference, filter->products[i], strlen(filter->products[i])))
            tx_problem(tx, place(tx, arena_printf(tx_arena(tx), "filter/products/%zu", i)), "unknown_product",
                       "product \"%s\" is not known", filter->products[i]);
    for (size_t i = 0; i < filter->n_channels; i++)
        if (!reference_channel_id(reference, filter->channels[i], strlen(filter->channels[i])))
            tx_problem(tx, place(tx, arena_printf(tx_arena(tx), "filter/channels/%zu", i)), "unknown_channel",
                       "channel \"%s\" is not known", filter->channels[i]);
    for (size_t i = 0; i < filter->n_states; i++)
        if (!fact_state_parse(kind, filter->states[i], strlen(filter->states[i])))
            tx_problem(tx, place(tx, arena_printf(tx_arena(tx), "filter/states/%zu", i)), "unknown_word",
                       "\"%s\" is none of its states: %s", filter->states[i],
                       fact_state_words(kind, words, sizeof words));
    check_one_of(tx, "filter/price", filter->price, prices);
    check_one_of(tx, "filter/place", filter->place, places);
    check_one_of(tx, "filter/cancelled", filter->cancelled, cancelled);
    if (filter->age[0] && !age_range_parse(filter->age, &age))
        tx_problem(tx, place(tx, "filter/age"), "bad_range", "\"%s\" is no range of days such as 1..30", filter->age);
    for (size_t i = 0; i < filter->n_has; i++)
        check_one_of(tx, arena_printf(tx_arena(tx), "filter/has/%zu", i), filter->has[i], given);
    for (size_t i = 0; i < filter->n_subjects; i++)
        if (!subject_pattern_fits(filter->subjects[i]))
            tx_problem(tx, place(tx, arena_printf(tx_arena(tx), "filter/subjects/%zu", i)), "bad_subject",
                       "\"%.200s\" is no subject: 1 to 120 bytes, with * behind them all that begin so",
                       filter->subjects[i]);
}

static void check(struct tx *tx, const struct reference *reference, const Bihuan__Measure *measure)
{
    static const char *const credits[] = { "", "unit", NULL }, *const values[] = { "amount",   "quantity", "count",
                                                                                   "distinct", "ratio",    "average",
                                                                                   NULL },
                             *const keys[] = { "customer", "seller", "product", "place", "unit", "subject", NULL },
                             *const windows[] = { "day", "week", "month", "quarter", "year", "ever", NULL },
                             *const averages[] = { "amount", "quantity", NULL },
                             *const over_times[] = { "", "sum", "last", NULL };
    enum fact_kind kind = fact_kind_parse(*measure->fact ? measure->fact : "order_line");

    if (kind == FACT_NONE)
        tx_problem(tx, place(tx, "fact"), "unknown_word", "\"%s\" is no kind of fact", measure->fact);
    check_one_of(tx, "value", measure->value, values);
    check_one_of(tx, "credit", measure->credit, credits);
    check_one_of(tx, "over_time", measure->over_time, over_times);
    if (measure->filter && kind != FACT_NONE)
        check_filter(tx, reference, kind, measure->filter);
    if (strcmp(measure->value, "distinct") == 0) {
        check_one_of(tx, "distinct/key", measure->distinct ? measure->distinct->key : "", keys);
        check_one_of(tx, "distinct/window", measure->distinct ? measure->distinct->window : "", windows);
    }
    if (strcmp(measure->value, "average") == 0)
        check_one_of(tx, "average_of", measure->average_of, averages);
    if (strcmp(measure->value, "ratio") == 0 && !measure->ratio)
        tx_problem(tx, place(tx, "ratio"), "missing_value", "a ratio names two measures: of and over");
    if (measure->ratio && (measure->ratio->decimals > RATIO_DECIMALS_MAX || measure->ratio->times > RATIO_TIMES_MAX))
        tx_problem(tx, place(tx, "ratio"), "out_of_range", "at most %d decimals, and times at most %d",
                   RATIO_DECIMALS_MAX, RATIO_TIMES_MAX);
}

/* --- measures ------------------------------------------------------------------------------------------------------
 */

static int scale_of(struct tx *tx, const Bihuan__Measure *measure)
{
    return strcmp(measure->value, "amount") == 0 ? runtime_money_scale(tx_runtime(tx)) : 0;
}

/* Under the id 1 or 2. */
static int add_measure(struct trial_definition *definition, const Bihuan__Measure *given, uint32_t id, struct err *err)
{
    Bihuan__Measure measure = *given;

    measure.id = id;
    if (!measure.fact[0])
        measure.fact = (char *)(uintptr_t) "order_line";
    return reference_add_measure(definition->reference, &measure, err);
}

static int find_part(struct tx *tx, const char *field, const char *code, const Bihuan__Measure **out, struct err *err)
{
    if (reference_store_measure(tx_db(tx), tx_arena(tx), code, out, err) != 0)
        return -1;
    if (!*out)
        tx_problem(tx, place(tx, field), "unknown_measure", "measure \"%s\" is not known", code);
    else if (!reference_counts(*out))
        tx_problem(tx, place(tx, field), "not_additive", "measure \"%s\" is a ratio itself and adds up nowhere", code);
    return 0;
}

/* Named ones, or the two that an average stands for. */
static int find_parts(struct tx *tx, const Bihuan__Measure *given, const Bihuan__Measure *parts[2], struct err *err)
{
    if (strcmp(given->value, "average") == 0) {
        for (int i = 0; i < 2; i++) {
            Bihuan__Measure *part = arena_memdup(tx_arena(tx), given, sizeof *given);

            part->value = i ? (char *)(uintptr_t) "count" : given->average_of;
            part->ratio = NULL;
            parts[i] = part;
        }
        return 0;
    }
    return find_part(tx, "ratio/of", given->ratio->of, &parts[0], err) != 0
               ? -1
               : find_part(tx, "ratio/over", given->ratio->over, &parts[1], err);
}

static int define_ratio(struct tx *tx, struct trial_definition *definition, const Bihuan__Measure *given,
                        struct err *err)
{
    const Bihuan__Measure *parts[2] = { NULL, NULL };

    if (find_parts(tx, given, parts, err) != 0)
        return -1;
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    definition->ratio = true;
    definition->scale = given->ratio ? (int)given->ratio->decimals : AVERAGE_DECIMALS;
    definition->unit = (struct ratio_unit) { .times = given->ratio && given->ratio->times ? given->ratio->times : 1,
                                             .decimals = definition->scale,
                                             .of_scale = scale_of(tx, parts[0]),
                                             .over_scale = scale_of(tx, parts[1]) };
    return add_measure(definition, parts[0], 1, err) != 0 ? -1 : add_measure(definition, parts[1], 2, err);
}

int trial_define(struct tx *tx, struct trial_definition *definition, const Bihuan__Measure *given, struct err *err)
{
    bool ratio = strcmp(given->value, "ratio") == 0 || strcmp(given->value, "average") == 0;
    int rc;

    check(tx, definition->reference, given);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    definition->scale = scale_of(tx, given);
    rc = ratio ? define_ratio(tx, definition, given, err) : add_measure(definition, given, 1, err);
    if (rc == 0)
        reference_seal(definition->reference);
    return rc;
}
