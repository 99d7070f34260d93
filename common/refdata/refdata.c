/* refdata: see refdata.h. */
#include "refdata/refdata.h"

#include "base/hash.h"
#include "refdata/documents.h"
#include "refdata/fact_kinds.h"
#include "calc/periods.h"
#include "text/dates.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- a table of entries by id, with a hash of codes --- */

struct table {
    void **by_id; /* [id], NULL where unknown */
    uint32_t limit, cap;
    uint32_t *slots; /* open addressing: ids by hash of code; 0 empty */
    uint32_t slot_count, used;
};

static const char *entry_code(const void *entry)
{
    /* every ref_* begins with {uint32_t id; char *code;} */
    return ((const struct ref_channel *)entry)->code;
}

static uint32_t slot_of(const struct table *table, const char *code)
{
    return (uint32_t)hash_bytes(code, strlen(code), 0) & (table->slot_count - 1);
}

static void *table_by_code(const struct table *table, const char *code)
{
    if (!table->slot_count || !code)
        return NULL;
    for (uint32_t slot = slot_of(table, code); table->slots[slot]; slot = (slot + 1) & (table->slot_count - 1))
        if (strcmp(entry_code(table->by_id[table->slots[slot]]), code) == 0)
            return table->by_id[table->slots[slot]];
    return NULL;
}

static void add_slot(struct table *table, const char *code, uint32_t id)
{
    uint32_t slot = slot_of(table, code);

    while (table->slots[slot])
        slot = (slot + 1) & (table->slot_count - 1);
    table->slots[slot] = id;
    table->used++;
}

static void grow_slots(struct table *table)
{
    uint32_t old_count = table->slot_count;
    uint32_t *old = table->slots;

    table->slot_count = old_count ? old_count * 2 : 64;
    table->slots = calloc(table->slot_count, sizeof *table->slots);
    if (!table->slots)
        abort();
    table->used = 0;
    for (uint32_t i = 0; i < old_count; i++)
        if (old[i])
            add_slot(table, entry_code(table->by_id[old[i]]), old[i]);
    free(old);
}

static void *table_at(const struct table *table, uint32_t id)
{
    return id < table->limit ? table->by_id[id] : NULL;
}

/* The entry of `id`, made (zeroed, `size` bytes) when it is new. Codes never change their id. */
static void *table_entry(struct table *table, uint32_t id, const char *code, size_t size)
{
    struct ref_channel *entry;

    if (table_at(table, id))
        return table->by_id[id];
    if (id >= table->cap) {
        uint32_t cap = table->cap ? table->cap : 64;

        while (cap <= id)
            cap *= 2;
        table->by_id = realloc(table->by_id, cap * sizeof *table->by_id);
        if (!table->by_id)
            abort();
        memset(table->by_id + table->cap, 0, (cap - table->cap) * sizeof *table->by_id);
        table->cap = cap;
    }
    entry = calloc(1, size);
    if (!entry || !(entry->code = strdup(code)))
        abort();
    entry->id = id;
    table->by_id[id] = entry;
    if (id >= table->limit)
        table->limit = id + 1;
    if (table->used * 2 >= table->slot_count)
        grow_slots(table);
    add_slot(table, code, id);
    return entry;
}

static void table_fini(struct table *table, void (*fini)(void *entry))
{
    for (uint32_t i = 0; i < table->limit; i++)
        if (table->by_id[i]) {
            fini(table->by_id[i]);
            free(table->by_id[i]);
        }
    free(table->by_id);
    free(table->slots);
    *table = (struct table) { 0 };
}

static void set_text(char **at, const char *text)
{
    free(*at);
    *at = strdup(text ? text : "");
    if (!*at)
        abort();
}

/* --- targets --- */

struct target {
    uint64_t low;   /* unit, measure */
    uint64_t high;  /* period, channel, product */
    int64_t amount; /* 0 empty slot */
};

struct targets {
    struct target *slots;
    size_t slot_count, used;
};

static uint64_t target_low(uint32_t unit, uint32_t measure)
{
    return (uint64_t)unit << 32 | measure;
}

static uint64_t target_high(uint32_t period, uint32_t channel, uint32_t product)
{
    return (uint64_t)period << 32 | channel << 16 | product;
}

static struct target *target_slot(const struct targets *targets, uint64_t low, uint64_t high)
{
    size_t slot = hash_mix(low ^ hash_mix(high)) & (targets->slot_count - 1);

    while (targets->slots[slot].amount && (targets->slots[slot].low != low || targets->slots[slot].high != high))
        slot = (slot + 1) & (targets->slot_count - 1);
    return &targets->slots[slot];
}

static void targets_put(struct targets *targets, uint64_t low, uint64_t high, int64_t amount)
{
    struct target *slot;

    if (targets->used * 2 >= targets->slot_count) {
        struct targets grown = { .slot_count = targets->slot_count ? targets->slot_count * 2 : 1024 };

        grown.slots = calloc(grown.slot_count, sizeof *grown.slots);
        if (!grown.slots)
            abort();
        for (size_t i = 0; i < targets->slot_count; i++)
            if (targets->slots[i].amount) {
                *target_slot(&grown, targets->slots[i].low, targets->slots[i].high) = targets->slots[i];
                grown.used++;
            }
        free(targets->slots);
        *targets = grown;
    }
    slot = target_slot(targets, low, high);
    targets->used += slot->amount == 0;
    *slot = (struct target) { low, high, amount };
}

/* --- the whole --- */

struct refdata {
    struct table units, channels, products, measures, calendars, periods;
    struct tree *tree;
    struct targets targets;
    struct targets firsts; /* of the first version, of periods that were revised */
    bool unresolved;       /* a relation names a parent that hasn't come yet */
};

static void fini_unit(void *entry)
{
    struct ref_unit *unit = entry;

    free(unit->code);
    free(unit->name);
    free(unit->type);
}

static void fini_channel(void *entry)
{
    struct ref_channel *channel = entry;

    free(channel->code);
    free(channel->name);
}

static void fini_product(void *entry)
{
    struct ref_product *product = entry;

    free(product->code);
    free(product->name);
}

static void fini_measure(void *entry)
{
    struct ref_measure *measure = entry;

    free(measure->code);
    free(measure->title_zh);
    free(measure->title_en);
    free(measure->unit);
    free(measure->fact);
    free(measure->of);
    free(measure->over);
}

static void fini_calendar(void *entry)
{
    ref_calendar_fini(entry);
}

static void drop_curve(struct ref_period *period)
{
    ref_curve_fini(&period->days);
    period->curve = (struct phasing_curve) { 0 };
    period->has_curve = false;
}

static void fini_period(void *entry)
{
    struct ref_period *period = entry;

    drop_curve(period);
    ref_curve_fini(&period->first_days);
    free(period->inner);
    free(period->code);
    free(period->calendar);
}

static void clear(struct refdata *refdata)
{
    table_fini(&refdata->units, fini_unit);
    table_fini(&refdata->channels, fini_channel);
    table_fini(&refdata->products, fini_product);
    table_fini(&refdata->measures, fini_measure);
    table_fini(&refdata->calendars, fini_calendar);
    table_fini(&refdata->periods, fini_period);
    tree_destroy(&refdata->tree);
    free(refdata->targets.slots);
    free(refdata->firsts.slots);
    refdata->targets = refdata->firsts = (struct targets) { 0 };
}

struct refdata *refdata_new(void)
{
    struct refdata *refdata = calloc(1, sizeof *refdata);

    if (!refdata)
        abort();
    refdata->tree = tree_new();
    return refdata;
}

void refdata_destroy(struct refdata **refdata)
{
    if (!*refdata)
        return;
    clear(*refdata);
    free(*refdata);
    *refdata = NULL;
}

/* --- taking documents over --- */

static int32_t day_of(const char *text, int32_t otherwise)
{
    int32_t day;

    return text && text[0] && date_parse(text, strlen(text), &day, NULL) == 0 ? day : otherwise;
}

/* The tree takes relations one by one and refuses overlaps, so a unit whose relations changed means a new tree. */
static int rebuild_tree(struct refdata *refdata, struct tx *tx, struct err *err);

static int take_relations(struct refdata *refdata, const Bihuan__Unit *unit, struct err *err)
{
    for (size_t i = 0; i < unit->n_relations; i++) {
        const Bihuan__UnitRelation *r = unit->relations[i];
        const struct ref_unit *parent = table_by_code(&refdata->units, r->parent);

        if (parent &&
            tree_add(refdata->tree, unit->id, parent->id, day_of(r->from, 0), day_of(r->until, TREE_OPEN), err) != 0)
            return -1;
    }
    return 0;
}

static void take_unit(struct refdata *refdata, const Bihuan__Unit *item)
{
    struct ref_unit *unit = table_entry(&refdata->units, item->id, item->code, sizeof *unit);
    const struct ref_channel *channel = table_by_code(&refdata->channels, item->channel);

    set_text(&unit->name, item->name);
    set_text(&unit->type, item->type);
    unit->channel_id = channel ? channel->id : 0;
    unit->closed_day = day_of(item->closed, INT32_MAX);
}

static int each_unit(void *arg, const ProtobufCMessage *message, struct err *err)
{
    (void)err;
    take_unit(arg, (const Bihuan__Unit *)message);
    return 0;
}

static int each_relation(void *arg, const ProtobufCMessage *message, struct err *err)
{
    return take_relations(arg, (const Bihuan__Unit *)message, err);
}

static int each_channel(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Channel *item = (const Bihuan__Channel *)message;
    struct ref_channel *channel = table_entry(&refdata->channels, item->id, item->code, sizeof *channel);

    (void)err;
    set_text(&channel->name, item->name);
    return 0;
}

static int each_product(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Product *item = (const Bihuan__Product *)message;
    struct ref_product *product = table_entry(&refdata->products, item->id, item->code, sizeof *product);
    const struct ref_product *parent = table_by_code(&refdata->products, item->parent);

    (void)err;
    set_text(&product->name, item->name);
    product->parent_id = parent ? parent->id : 0;
    return 0;
}

static int each_measure(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Measure *item = (const Bihuan__Measure *)message;
    struct ref_measure *measure = table_entry(&refdata->measures, item->id, item->code, sizeof *measure);
    bool divides;

    (void)err;
    set_text(&measure->title_zh, item->title_zh);
    set_text(&measure->title_en, item->title_en);
    set_text(&measure->unit, item->unit);
    measure->money = strcmp(item->value, "amount") == 0;
    measure->lower_is_better = strcmp(item->direction, "lower") == 0;
    divides = strcmp(item->value, "ratio") == 0 || strcmp(item->value, "average") == 0;
    set_text(&measure->fact, divides ? "" : item->fact[0] ? item->fact : fact_kind_info(FACT_ORDER_LINE)->word);
    measure->level = !divides && strcmp(item->over_time, "last") == 0;
    measure->additive = !divides && !measure->level;
    set_text(&measure->of, item->ratio && divides ? item->ratio->of : "");
    set_text(&measure->over, item->ratio && divides ? item->ratio->over : "");
    measure->times = item->ratio && item->ratio->times ? item->ratio->times : 1;
    measure->decimals = item->ratio ? (int)item->ratio->decimals : 0;
    return 0;
}

/* --- calendars, periods and their curves --- */

static int make_curve(struct ref_period *period, const struct ref_calendar *calendar, struct err *err)
{
    drop_curve(period);
    if (ref_curve_make(&period->days, calendar, period->from_day, period->until_day, err) != 0)
        return err_prefix(err, "curve of period %s", period->code);
    period->curve = period->days.phasing;
    period->has_curve = true;
    period->estimated = calendar->estimated;
    period->calendar_version = calendar->version;
    period->has_hours = calendar->has_hours;
    memcpy(period->hours, calendar->hours, sizeof period->hours);
    return 0;
}

/* Of periods that a plan was published for the baseline speaks. */
static int make_curves(struct refdata *refdata, const char *calendar, struct err *err)
{
    const struct ref_calendar *entry = table_by_code(&refdata->calendars, calendar);

    for (uint32_t i = 0; entry && i < refdata->periods.limit; i++) {
        struct ref_period *period = refdata->periods.by_id[i];

        if (period && !period->baseline && strcmp(period->calendar, calendar) == 0 &&
            make_curve(period, entry, err) != 0)
            return -1;
    }
    return 0;
}

static int each_calendar(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Calendar *item = (const Bihuan__Calendar *)message;
    struct ref_calendar *calendar = table_by_code(&refdata->calendars, item->code);

    if (!calendar)
        calendar = table_entry(&refdata->calendars, refdata->calendars.limit ? refdata->calendars.limit : 1, item->code,
                               sizeof *calendar);
    ref_calendar_take(calendar, item);
    return make_curves(refdata, item->code, err);
}

/* The shorter periods within each, those first that speak for their days. */
static void link_periods(struct refdata *refdata)
{
    for (uint32_t i = 0; i < refdata->periods.limit; i++) {
        struct ref_period *outer = refdata->periods.by_id[i];

        if (!outer)
            continue;
        free(outer->inner);
        outer->inner = calloc(refdata->periods.limit, sizeof *outer->inner);
        if (!outer->inner)
            abort();
        outer->inner_count = 0;
        for (uint32_t k = 0; k < refdata->periods.limit; k++) {
            const struct ref_period *inner = refdata->periods.by_id[k];
            uint32_t at = outer->inner_count;

            if (!inner || !period_lies_within(inner->from_day, inner->until_day, outer->from_day, outer->until_day))
                continue;
            for (; at > 0 && period_goes_before(inner->from_day, inner->until_day, outer->inner[at - 1]->from_day,
                                                outer->inner[at - 1]->until_day);
                 at--)
                outer->inner[at] = outer->inner[at - 1];
            outer->inner[at] = inner;
            outer->inner_count++;
        }
    }
}

static int each_period(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Period *item = (const Bihuan__Period *)message;
    struct ref_period *period = table_entry(&refdata->periods, item->id, item->code, sizeof *period);
    int32_t from = day_of(item->from, 0), until = day_of(item->until, 0);

    set_text(&period->calendar, item->calendar);
    if (period->baseline && from == period->from_day && until == period->until_day)
        return 0;
    drop_curve(period);
    period->from_day = from;
    period->until_day = until;
    return make_curves(refdata, item->calendar, err);
}

/* --- baselines: what a plan was published with --- */

static int each_baseline(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Baseline *item = (const Bihuan__Baseline *)message;
    struct ref_period *period = table_at(&refdata->periods, item->id);
    struct ref_calendar calendar = { 0 };
    int rc;

    if (!period || !item->calendar)
        return 0;
    ref_calendar_take(&calendar, item->calendar);
    rc = make_curve(period, &calendar, err);
    ref_calendar_fini(&calendar);
    period->baseline = item->version;
    return rc;
}

static int each_first(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct refdata *refdata = arg;
    const Bihuan__Baseline *item = (const Bihuan__Baseline *)message;
    struct ref_period *period = table_at(&refdata->periods, item->id);
    struct ref_calendar calendar = { 0 };
    int rc;

    if (!period || !item->calendar)
        return 0;
    ref_calendar_take(&calendar, item->calendar);
    ref_curve_fini(&period->first_days);
    rc = ref_curve_make(&period->first_days, &calendar, period->from_day, period->until_day, err);
    ref_calendar_fini(&calendar);
    return rc;
}

int refdata_keep_baseline(struct refdata *refdata, struct tx *tx, uint32_t period_id, uint32_t version,
                          const Bihuan__Calendar *calendar, struct err *err)
{
    struct ref_period *period = table_at(&refdata->periods, period_id);
    Bihuan__Baseline baseline = BIHUAN__BASELINE__INIT;
    ProtobufCMessage *known = NULL, *first = NULL;

    if (!period)
        return 0;
    if (!calendar) {
        if (documents_get(tx, "calendar", &bihuan__calendar__descriptor, period->calendar, &known, err) != 0)
            return -1;
        calendar = (const Bihuan__Calendar *)known;
    }
    if (!calendar)
        return 0;
    baseline.id = period_id;
    baseline.code = period->code;
    baseline.version = version;
    baseline.calendar = (Bihuan__Calendar *)(uintptr_t)calendar;
    if (documents_get(tx, "baseline_first", &bihuan__baseline__descriptor, period->code, &first, err) != 0)
        return -1;
    if (!first && (documents_put(tx, "baseline_first", &baseline.base, err) != 0 ||
                   each_first(refdata, &baseline.base, err) != 0))
        return -1;
    return documents_put(tx, "baseline", &baseline.base, err) != 0 ? -1 : each_baseline(refdata, &baseline.base, err);
}

/* Plans that were published before their calendar was kept with them keep the one that they had until now. */
static int keep_calendar(struct refdata *refdata, struct tx *tx, const char *code, struct err *err)
{
    for (uint32_t i = 0; i < refdata->periods.limit; i++) {
        const struct ref_period *period = refdata->periods.by_id[i];

        if (period && period->plan_version && !period->baseline && strcmp(period->calendar, code) == 0 &&
            refdata_keep_baseline(refdata, tx, period->id, period->plan_version, NULL, err) != 0)
            return -1;
    }
    return 0;
}

static int rebuild_tree(struct refdata *refdata, struct tx *tx, struct err *err)
{
    tree_destroy(&refdata->tree);
    refdata->tree = tree_new();
    refdata->unresolved = false;
    return documents_each(tx, "unit", &bihuan__unit__descriptor, each_relation, refdata, err);
}

/* --- targets from and to the tables --- */

/* The version in force, and the first of those that were revised. */
static const char TARGETS[] =
    "COPY (SELECT t.period_id, t.unit_id, t.measure_id, t.channel_id, t.product_id, t.amount,"
    " (t.version = v.version)::int"
    " FROM target t JOIN (SELECT period_id, version, (SELECT min(version) FROM target f"
    " WHERE f.period_id = w.period_id) AS first FROM target_version w) v"
    " ON v.period_id = t.period_id AND t.version IN (v.version, v.first)) TO STDOUT (FORMAT binary)";
static const struct stmt VERSIONS = { "ref_versions",
                                      "SELECT period_id, version, coalesce((SELECT min(version) FROM target f"
                                      " WHERE f.period_id = v.period_id), version) FROM target_version v" };
static const struct stmt ADD_TARGETS = {
    "ref_add_targets",
    "INSERT INTO target (period_id, version, unit_id, channel_id, product_id, measure_id, amount)"
    " SELECT $1::int, $2::int, u, c, p, m, a FROM unnest($3::int[], $4::int[], $5::int[], $6::int[], $7::bigint[])"
    " t(u, c, p, m, a) ON CONFLICT DO NOTHING"
};
static const struct stmt SET_VERSION = { "ref_set_version",
                                         "INSERT INTO target_version (period_id, version) VALUES ($1, $2)"
                                         " ON CONFLICT (period_id) DO UPDATE SET version = excluded.version" };
static const struct stmt DROP_OLD = { "ref_drop_old",
                                      "DELETE FROM target WHERE period_id = $1 AND version < $2"
                                      " AND version > (SELECT min(version) FROM target WHERE period_id = $1)" };

static uint32_t cell_id(const struct copy_cell *cell)
{
    return (uint32_t)copy_cell_int(cell);
}

/* Row after row: a plan may have a million targets. */
static int take_target(void *arg, const struct copy_cell *cells, int count, struct err *err)
{
    struct refdata *refdata = arg;

    if (count != 7)
        return err_set(err, "could not read targets: %d columns", count);
    targets_put(copy_cell_int(&cells[6]) ? &refdata->targets : &refdata->firsts,
                target_low(cell_id(&cells[1]), cell_id(&cells[2])),
                target_high(cell_id(&cells[0]), cell_id(&cells[3]), cell_id(&cells[4])), copy_cell_int(&cells[5]));
    return 0;
}

static int load_targets(struct refdata *refdata, struct tx *tx, struct err *err)
{
    struct db_rows rows;

    free(refdata->targets.slots);
    free(refdata->firsts.slots);
    refdata->targets = refdata->firsts = (struct targets) { 0 };
    if (copy_out(tx_db(tx), TARGETS, take_target, refdata, NULL, err) != 0)
        return -1;
    if (db_query(tx_db(tx), &VERSIONS, NULL, &rows, err) != 0)
        return -1;
    for (int i = 0; i < rows.count; i++) {
        struct ref_period *period = table_at(&refdata->periods, (uint32_t)db_i32(&rows, i, 0));

        if (!period)
            continue;
        period->plan_version = (uint32_t)db_i32(&rows, i, 1);
        period->first_version = (uint32_t)db_i32(&rows, i, 2);
    }
    db_rows_fini(&rows);
    return 0;
}

int refdata_load(struct refdata *refdata, struct tx *tx, struct err *err)
{
    clear(refdata);
    refdata->tree = tree_new();
    if (documents_each(tx, "channel", &bihuan__channel__descriptor, each_channel, refdata, err) != 0 ||
        documents_each(tx, "product", &bihuan__product__descriptor, each_product, refdata, err) != 0 ||
        documents_each(tx, "measure", &bihuan__measure__descriptor, each_measure, refdata, err) != 0 ||
        documents_each(tx, "unit", &bihuan__unit__descriptor, each_unit, refdata, err) != 0 ||
        rebuild_tree(refdata, tx, err) != 0 ||
        documents_each(tx, "calendar", &bihuan__calendar__descriptor, each_calendar, refdata, err) != 0 ||
        documents_each(tx, "period", &bihuan__period__descriptor, each_period, refdata, err) != 0 ||
        documents_each(tx, "baseline", &bihuan__baseline__descriptor, each_baseline, refdata, err) != 0 ||
        documents_each(tx, "baseline_first", &bihuan__baseline__descriptor, each_first, refdata, err) != 0)
        return -1;
    link_periods(refdata);
    return load_targets(refdata, tx, err);
}

/* --- events --- */

/* Stores all and hands each to `each`. */
static int take_all(struct refdata *refdata, struct tx *tx, const char *kind, ProtobufCMessage **items, size_t count,
                    documents_each_fn *each, struct err *err)
{
    for (size_t i = 0; i < count; i++)
        if (documents_put(tx, kind, items[i], err) != 0 || each(refdata, items[i], err) != 0)
            return -1;
    return 0;
}

int refdata_on_units(struct refdata *refdata, struct tx *tx, const Bihuan__UnitsChanged *event, struct err *err)
{
    bool known = refdata->unresolved;

    for (size_t i = 0; i < event->n_items; i++)
        known = known || table_at(&refdata->units, event->items[i]->id);
    if (take_all(refdata, tx, "unit", (ProtobufCMessage **)event->items, event->n_items, each_unit, err) != 0)
        return -1;
    if (known) /* relations may have ended or moved */
        return rebuild_tree(refdata, tx, err);
    for (size_t i = 0; i < event->n_items; i++)
        if (take_relations(refdata, event->items[i], err) != 0)
            return -1;
    return 0;
}

int refdata_on_channels(struct refdata *refdata, struct tx *tx, const Bihuan__ChannelsChanged *event, struct err *err)
{
    return take_all(refdata, tx, "channel", (ProtobufCMessage **)event->items, event->n_items, each_channel, err);
}

int refdata_on_products(struct refdata *refdata, struct tx *tx, const Bihuan__ProductsChanged *event, struct err *err)
{
    return take_all(refdata, tx, "product", (ProtobufCMessage **)event->items, event->n_items, each_product, err);
}

int refdata_on_measures(struct refdata *refdata, struct tx *tx, const Bihuan__MeasuresDefined *event, struct err *err)
{
    return take_all(refdata, tx, "measure", (ProtobufCMessage **)event->items, event->n_items, each_measure, err);
}

int refdata_on_calendar(struct refdata *refdata, struct tx *tx, const Bihuan__CalendarPublished *event, struct err *err)
{
    ProtobufCMessage *item = &event->calendar->base;

    if (keep_calendar(refdata, tx, event->calendar->code, err) != 0)
        return -1;
    return take_all(refdata, tx, "calendar", &item, 1, each_calendar, err);
}

int refdata_on_periods(struct refdata *refdata, struct tx *tx, const Bihuan__PeriodsOpened *event, struct err *err)
{
    if (take_all(refdata, tx, "period", (ProtobufCMessage **)event->items, event->n_items, each_period, err) != 0)
        return -1;
    link_periods(refdata);
    return 0;
}

static int add_part(struct tx *tx, const Bihuan__PlanPublished *event, struct err *err)
{
    struct db_args args;

    if (event->n_channel_id != event->n_unit_id || event->n_product_id != event->n_unit_id ||
        event->n_measure_id != event->n_unit_id || event->n_amount != event->n_unit_id)
        return err_fail(err, ERR_INVALID, "bad_columns", "the columns of a plan's part differ in length");
    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)event->period_id);
    db_arg_i32(&args, (int32_t)event->version);
    db_arg_i32_array(&args, (const int32_t *)event->unit_id, event->n_unit_id);
    db_arg_i32_array(&args, (const int32_t *)event->channel_id, event->n_channel_id);
    db_arg_i32_array(&args, (const int32_t *)event->product_id, event->n_product_id);
    db_arg_i32_array(&args, (const int32_t *)event->measure_id, event->n_measure_id);
    db_arg_i64_array(&args, event->amount, event->n_amount);
    return db_exec(tx_db(tx), &ADD_TARGETS, &args, NULL, err);
}

static int bring_into_force(struct refdata *refdata, struct tx *tx, uint32_t period_id, uint32_t version,
                            const Bihuan__Calendar *calendar, struct err *err)
{
    struct db_args args;

    db_args_init(&args, tx_arena(tx));
    db_arg_i32(&args, (int32_t)period_id);
    db_arg_i32(&args, (int32_t)version);
    if (db_exec(tx_db(tx), &SET_VERSION, &args, NULL, err) != 0 || db_exec(tx_db(tx), &DROP_OLD, &args, NULL, err) != 0)
        return -1;
    return refdata_keep_baseline(refdata, tx, period_id, version, calendar, err);
}

int refdata_on_plan(struct refdata *refdata, struct tx *tx, const Bihuan__PlanPublished *event, bool *in_force,
                    struct err *err)
{
    *in_force = event->part == event->parts && !event->waits;
    if (add_part(tx, event, err) != 0)
        return -1;
    if (!*in_force)
        return 0;
    for (size_t i = 0; i < event->n_set; i++)
        if (bring_into_force(refdata, tx, event->set[i]->id, event->set[i]->version,
                             event->set[i]->calendar ? event->set[i]->calendar : event->calendar, err) != 0)
            return -1;
    if (bring_into_force(refdata, tx, event->period_id, event->version, event->calendar, err) != 0)
        return -1;
    return load_targets(refdata, tx, err);
}

/* --- looking up --- */

const struct tree *refdata_tree(const struct refdata *refdata)
{
    return refdata->tree;
}

#define LOOKUPS(type, word, table)                                                                                     \
    const struct type *refdata_##word(const struct refdata *refdata, uint32_t id)                                      \
    {                                                                                                                  \
        return table_at(&refdata->table, id);                                                                          \
    }                                                                                                                  \
    const struct type *refdata_##word##_by_code(const struct refdata *refdata, const char *code)                       \
    {                                                                                                                  \
        return table_by_code(&refdata->table, code);                                                                   \
    }                                                                                                                  \
    uint32_t refdata_##word##_limit(const struct refdata *refdata)                                                     \
    {                                                                                                                  \
        return refdata->table.limit;                                                                                   \
    }

LOOKUPS(ref_unit, unit, units)
LOOKUPS(ref_channel, channel, channels)
LOOKUPS(ref_product, product, products)
LOOKUPS(ref_measure, measure, measures)
LOOKUPS(ref_period, period, periods)

int ref_measure_scale(const struct ref_measure *measure, int money_scale)
{
    if (!measure)
        return 0;
    return !measure->additive && !measure->level ? measure->decimals : measure->money ? money_scale : 0;
}

bool refdata_ratio(const struct refdata *refdata, const struct ref_measure *measure, int money_scale,
                   struct ref_ratio *out)
{
    if (!measure || measure->additive)
        return false;
    if (measure->level) {
        int scale = ref_measure_scale(measure, money_scale);

        *out = (struct ref_ratio) { measure, NULL, { 1, scale, scale, 0 } };
        return true;
    }
    *out = (struct ref_ratio) { .of = refdata_measure_by_code(refdata, measure->of),
                                .over = refdata_measure_by_code(refdata, measure->over) };
    out->unit = (struct ratio_unit) { measure->times, measure->decimals, ref_measure_scale(out->of, money_scale),
                                      ref_measure_scale(out->over, money_scale) };
    return out->of && out->over;
}

const struct ref_period *refdata_period_of(const struct refdata *refdata, int32_t day)
{
    const struct ref_period *best = NULL;

    for (uint32_t i = 0; i < refdata->periods.limit; i++) {
        const struct ref_period *period = refdata->periods.by_id[i];

        if (period && day >= period->from_day && day < period->until_day &&
            (!best || period->until_day - period->from_day < best->until_day - best->from_day))
            best = period;
    }
    return best;
}

static bool class_works(enum day_class day_class)
{
    return day_class == DAY_WORKING || day_class == DAY_MAKEUP || day_class == DAY_EVE || day_class == DAY_CAMPAIGN;
}

/* Of the calendars that name the day the first one. */
static enum day_class named_class(const struct refdata *refdata, int32_t day)
{
    for (uint32_t i = 0; i < refdata->calendars.limit; i++) {
        const struct ref_calendar *calendar = refdata->calendars.by_id[i];

        for (size_t k = 0; calendar && k < calendar->override_count; k++)
            if (calendar->overrides[k].day == day)
                return calendar->overrides[k].day_class;
    }
    return DAY_UNSET;
}

bool refdata_works(const struct refdata *refdata, int32_t day)
{
    const struct ref_period *period = refdata_period_of(refdata, day);
    enum day_class day_class = period && period->has_curve && period->days.classes
                                   ? period->days.classes[day - period->from_day]
                                   : named_class(refdata, day);

    if (day_class == DAY_UNSET)
        return calendar_weekday(day) != 0 && calendar_weekday(day) != 6;
    return class_works(day_class);
}

const struct ref_unit *refdata_root(const struct refdata *refdata, int32_t day)
{
    for (uint32_t i = 1; i < refdata->units.limit; i++)
        if (refdata->units.by_id[i] && tree_parent(refdata->tree, i, day) == TREE_NONE)
            return refdata->units.by_id[i];
    return NULL;
}

static int64_t amount_of(const struct targets *targets, uint64_t low, uint64_t high)
{
    return targets->slot_count ? target_slot(targets, low, high)->amount : 0;
}

int64_t refdata_target(const struct refdata *refdata, uint32_t period, uint32_t unit, uint32_t measure,
                       uint32_t channel, uint32_t product)
{
    return amount_of(&refdata->targets, target_low(unit, measure), target_high(period, channel, product));
}

int64_t refdata_first_target(const struct refdata *refdata, uint32_t period, uint32_t unit, uint32_t measure,
                             uint32_t channel, uint32_t product)
{
    const struct ref_period *entry = table_at(&refdata->periods, period);
    bool revised = entry && entry->first_version != entry->plan_version;

    return amount_of(revised ? &refdata->firsts : &refdata->targets, target_low(unit, measure),
                     target_high(period, channel, product));
}
