/* measures: definitions of what is counted. */
#include "planning/catalog/catalog.h"
#include "planning/catalog/measure_kinds.h"
#include "planning/planning.h"

#include "refdata/fact_kinds.h"
#include "refdata/subject_match.h"

#include <string.h>

static const char *const VALUES[] = { "amount", "quantity", "count", "distinct", "ratio", "average", NULL };
static const char *const DIRECTIONS[] = { "higher", "lower", NULL };
static const char *const CLASSES[] = { "outcome", "process", "customer", "behaviour", NULL };
static const char *const PRICES[] = { "", "off_list", "off_policy", NULL };
static const char *const OVER_TIME[] = { "", "last", NULL }; /* sum is "" by then */
static const char *const CREDITS[] = { "", "unit", NULL };
static const char *const PLACES[] = { "", "outside", NULL };

void measure_check_filter(struct tx *tx, const char *pointer, const Bihuan__Measure *measure)
{
    const struct fact_kind_info *kind = fact_kind_info(fact_kind_parse(*measure->fact ? measure->fact : "order_line"));
    const Bihuan__MeasureFilter *filter = measure->filter;
    char words[200];
    const struct refdata *refdata = refdata_of(tx);
    const char *at = place(tx, pointer, "filter");

    for (size_t i = 0; i < filter->n_products; i++)
        if (!refdata_product_by_code(refdata, filter->products[i]))
            tx_problem(tx, place(tx, at, "products"), "unknown_product", "product \"%s\" is not known; apply it first",
                       filter->products[i]);
    for (size_t i = 0; i < filter->n_channels; i++)
        if (!refdata_channel_by_code(refdata, filter->channels[i]))
            tx_problem(tx, place(tx, at, "channels"), "unknown_channel", "channel \"%s\" is not known; apply it first",
                       filter->channels[i]);
    for (size_t i = 0; i < filter->n_states; i++)
        if (kind && !fact_state_parse(fact_kind_parse(kind->word), filter->states[i], strlen(filter->states[i])))
            tx_problem(tx, place(tx, at, "states"), "unknown_word", "\"%s\" is no state of a %s; they are %s",
                       filter->states[i], kind->word,
                       fact_state_words(fact_kind_parse(kind->word), words, sizeof words));
    for (size_t i = 0; i < filter->n_subjects; i++)
        if (!subject_pattern_fits(filter->subjects[i]))
            tx_problem(tx, place(tx, at, "subjects"), "bad_subject",
                       "\"%.200s\" is no subject: 1 to 120 bytes, with * behind them all that begin so",
                       filter->subjects[i]);
    check_word(tx, at, "price", filter->price, PRICES);
    check_word(tx, at, "place", filter->place, PLACES);
    measure_check_days(tx, at, filter);
}

static const struct fact_kind_info *check_kind(struct tx *tx, const char *pointer, const Bihuan__Measure *measure)
{
    const struct fact_kind_info *kind = fact_kind_info(fact_kind_parse(measure->fact));
    char words[400];

    if (!kind)
        tx_problem(tx, place(tx, pointer, "fact"), "unknown_word",
                   "\"%s\" is no kind of fact; there are %s, and of the loop itself guide, training, material,"
                   " deliverable, certificate, report, report_rating, claim",
                   measure->fact, fact_kind_words(words, sizeof words));
    return kind;
}

/* Certificates alone end; what is cancelled of other facts counts no more, and for nothing. */
static void check_cancelled(struct tx *tx, const char *pointer, const Bihuan__Measure *measure)
{
    for (size_t i = 0; measure->filter && i < measure->filter->n_states; i++)
        if (strcmp(measure->filter->states[i], "cancelled") == 0)
            tx_problem(tx, place(tx, pointer, "filter"), "never_counts",
                       "a fact \"%s\" that is cancelled counts for nothing; of a \"certificate\" it is the end",
                       measure->fact);
}

/* Not every fact has an amount of money; those of the loop itself have no price or place either, and but for
 * certificates no product. */
static void check_parts(struct tx *tx, const char *pointer, const struct fact_kind_info *kind,
                        const Bihuan__Measure *measure)
{
    const Bihuan__MeasureFilter *filter = measure->filter;
    bool certificate = strcmp(measure->fact, "certificate") == 0;

    if (!certificate && fact_state_parse(fact_kind_parse(kind->word), "cancelled", strlen("cancelled")))
        check_cancelled(tx, pointer, measure);
    if (!kind->amount && strcmp(measure->value, "amount") == 0)
        tx_problem(tx, place(tx, pointer, "value"), "no_amount",
                   "a fact \"%s\" has no amount: count them, or take the quantity, which is %s", kind->word,
                   kind->quantity);
    if (kind->loop_sender && filter &&
        ((filter->n_products && !certificate) || filter->price[0] || filter->place[0] || filter->n_subjects))
        tx_problem(tx, place(tx, pointer, "filter"), "no_product",
                   "a fact \"%s\" has no %sprice or place, and no subject: filter by channels and states alone",
                   kind->word, certificate ? "" : "product, ");
}

/* Either may be NULL, which is the same as empty. */
static bool same_message(struct tx *tx, const ProtobufCMessage *a, const ProtobufCMessage *b)
{
    size_t a_len = a ? protobuf_c_message_get_packed_size(a) : 0;
    size_t b_len = b ? protobuf_c_message_get_packed_size(b) : 0;
    uint8_t *x = arena_alloc(tx_arena(tx), a_len + 1);
    uint8_t *y = arena_alloc(tx_arena(tx), b_len + 1);

    if (a)
        protobuf_c_message_pack(a, x);
    if (b)
        protobuf_c_message_pack(b, y);
    return a_len == b_len && memcmp(x, y, a_len) == 0;
}

#define BASE(message) ((message) ? &(message)->base : NULL)

static bool is_money(const Bihuan__Measure *measure)
{
    return strcmp(measure->value, "amount") == 0;
}

static bool counts_the_same(struct tx *tx, const Bihuan__Measure *now, const Bihuan__Measure *old)
{
    return strcmp(now->value, old->value) == 0 && strcmp(now->average_of, old->average_of) == 0 &&
           same_message(tx, BASE(now->filter), BASE(old->filter)) &&
           same_message(tx, BASE(now->distinct), BASE(old->distinct)) &&
           same_message(tx, BASE(now->ratio), BASE(old->ratio));
}

/* Targets were set in the measure's unit, better was higher or lower, and feedback takes back from whom it credited. */
static bool means_the_same(const Bihuan__Measure *now, const Bihuan__Measure *old)
{
    return strcmp(now->fact, old->fact) == 0 && strcmp(now->direction, old->direction) == 0 &&
           strcmp(now->credit, old->credit) == 0 && measure_same_cancels(now, old) &&
           strcmp(now->over_time, old->over_time) == 0 && is_money(now) == is_money(old) && measure_same_kind(now, old);
}

static void check_unchanged(struct tx *tx, const char *pointer, const Bihuan__Measure *now, const Bihuan__Measure *old,
                            bool redefine)
{
    if (!means_the_same(now, old))
        tx_problem(
            tx, pointer, "measure_published",
            "measure \"%s\" is published; its fact, direction, credit, whether it is money, sums (over time too), "
            "counts cancels, keys or divides, and a ratio's unit cannot change: define a new code",
            now->code);
    else if (!redefine && !counts_the_same(tx, now, old))
        tx_problem(tx, pointer, "measure_published",
                   "measure \"%s\" is published; to have every recorded fact counted again by its new filter or value, "
                   "apply it with redefine",
                   now->code);
}

static void check_measure(struct tx *tx, Bihuan__Measure *measure, const ProtobufCMessage *existing,
                          const char *pointer, bool redefine)
{
    const struct fact_kind_info *kind;

    if (!measure->direction[0])
        measure->direction = (char *)(uintptr_t) "higher";
    if (!measure->class_[0])
        measure->class_ = (char *)(uintptr_t) "outcome";
    if (!measure->fact[0])
        measure->fact = (char *)(uintptr_t) "order_line";
    catalog_require(tx, pointer, "title_zh", measure->title_zh);
    catalog_require(tx, pointer, "title_en", measure->title_en);
    kind = check_kind(tx, pointer, measure);
    check_word(tx, pointer, "value", measure->value, VALUES);
    check_word(tx, pointer, "direction", measure->direction, DIRECTIONS);
    check_word(tx, pointer, "class", measure->class_, CLASSES);
    check_word(tx, pointer, "credit", measure->credit, CREDITS);
    if (measure->filter && strcmp(measure->value, "average") != 0) /* of those before; see measure_kinds.h */
        measure_check_filter(tx, pointer, measure);
    if (kind)
        check_parts(tx, pointer, kind, measure);
    if (kind)
        measure_check_over_time(tx, pointer, kind, measure);
    check_word(tx, pointer, "over_time", measure->over_time, OVER_TIME);
    measure_check_kind(tx, pointer, measure);
    if (existing)
        check_unchanged(tx, pointer, measure, (const Bihuan__Measure *)existing, redefine);
}

static int check_defined(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                         struct err *err)
{
    (void)err;
    check_measure(tx, (Bihuan__Measure *)item, existing, pointer, false);
    return 0;
}

static int check_redefined(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                           struct err *err)
{
    (void)err;
    check_measure(tx, (Bihuan__Measure *)item, existing, pointer, true);
    return 0;
}

static const struct documents_kind DEFINED = { "measure", &bihuan__measure__descriptor, check_defined };
static const struct documents_kind REDEFINED = { "measure", &bihuan__measure__descriptor, check_redefined };

int on_apply_measures(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyMeasuresRequest *request = message;
    struct documents_result result;
    Bihuan__Measure **items;
    size_t count = measure_take_parts(tx, request, &items);

    if (documents_apply(tx, request->redefine ? &REDEFINED : &DEFINED, request->dry_run, (ProtobufCMessage **)items,
                        count, &result, err) != 0)
        return -1;
    if (!request->dry_run &&
        catalog_publish(tx, MSG(MEASURES_DEFINED), &bihuan__measures_defined__descriptor, &result, err) != 0)
        return -1;
    return catalog_finish(tx, request->dry_run, &result, err);
}
