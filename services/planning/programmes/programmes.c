/* programmes: cross-sell programmes are offered, agreed to, approved and ended. */
#include "planning/programmes/programmes.h"

#include "planning/organisation/people.h"
#include "planning/planning.h"
#include "planning/programmes/programme_rules.h"

#include "text/dates.h"
#include "text/decimal.h"

#include <string.h>

static const char KIND[] = "programme";

static int32_t today(struct tx *tx)
{
    return clock_day(runtime_clock(tx_runtime(tx)), tx_now(tx));
}

/* --- who may -------------------------------------------------------------------------------------------------------
 */

/* Any role at exactly this unit today; else a refusal that says who could. */
static int require_role(struct tx *tx, const char *unit_code, struct err *err)
{
    struct planning *planning = tx_state(tx);
    const struct ref_unit *unit = refdata_unit_by_code(planning->refdata, unit_code);
    const char *person = tx_principal(tx)->person;
    struct role_at *roles;
    const char **others;
    size_t count, other_count;

    if (!unit)
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", unit_code);
    if (people_roles(tx, person, today(tx), &roles, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (roles[i].unit_id == unit->id)
            return 0;
    if (people_with(tx, "", unit->id, today(tx), &others, &other_count, err) != 0)
        return -1;
    return err_fail(err, ERR_FORBIDDEN, "wrong_unit", "%s holds no role at %s today; %s%s", person, unit_code,
                    other_count ? "one who does is " : "nobody does: give somebody one first",
                    other_count ? others[0] : "");
}

/* --- an offer ------------------------------------------------------------------------------------------------------
 */

static void check_unit(struct tx *tx, const char *pointer, const char *field, const char *code)
{
    struct planning *planning = tx_state(tx);

    if (!refdata_unit_by_code(planning->refdata, code))
        tx_problem(tx, place(tx, pointer, field), "unknown_unit", "unit \"%s\" is not known; apply it first", code);
}

static int64_t check_money(struct tx *tx, const char *pointer, const char *field, const char *text)
{
    int64_t value = 0;
    struct err why;

    if (decimal_parse(text, strlen(text), runtime_money_scale(tx_runtime(tx)), 0, &value, &why) != 0 || value <= 0)
        tx_problem(tx, place(tx, pointer, field), "bad_amount", "%s \"%s\" must be an amount of money above 0", field,
                   text);
    return value;
}

static void check_lists(struct tx *tx, const char *pointer, const Bihuan__Programme *item)
{
    struct planning *planning = tx_state(tx);

    if (!item->n_products)
        tx_problem(tx, place(tx, pointer, "products"), "missing_value", "name at least one product");
    if (!item->n_sellers)
        tx_problem(tx, place(tx, pointer, "sellers"), "missing_value", "name at least one unit that is to sell");
    for (size_t i = 0; i < item->n_products; i++)
        if (!refdata_product_by_code(planning->refdata, item->products[i]))
            tx_problem(tx, arena_printf(tx_arena(tx), "%s/products/%zu", pointer, i), "unknown_product",
                       "product \"%s\" is not known; apply it first", item->products[i]);
    for (size_t i = 0; i < item->n_sellers; i++) {
        check_unit(tx, pointer, arena_printf(tx_arena(tx), "sellers/%zu", i), item->sellers[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(item->sellers[i], item->sellers[j]) == 0)
                tx_problem(tx, arena_printf(tx_arena(tx), "%s/sellers/%zu", pointer, i), "twice",
                           "unit %s stands twice", item->sellers[i]);
    }
}

static void check_offer(struct tx *tx, const char *pointer, const Bihuan__Programme *item)
{
    int32_t from = check_date(tx, pointer, "from", item->from, true, 0);
    int32_t until = check_date(tx, pointer, "until", item->until, true, 1);
    int64_t reward = check_money(tx, pointer, "reward", item->reward);
    int64_t budget = check_money(tx, pointer, "budget", item->budget);

    if (!item->name[0])
        tx_problem(tx, place(tx, pointer, "name"), "missing_value", "name must not be empty");
    if (until <= from)
        tx_problem(tx, place(tx, pointer, "until"), "bad_period", "until %s is not after from %s", item->until,
                   item->from);
    if (budget < reward)
        tx_problem(tx, place(tx, pointer, "budget"), "too_small", "budget %s does not pay one reward of %s",
                   item->budget, item->reward);
    check_unit(tx, pointer, "offered_by", item->offered_by);
    check_unit(tx, pointer, "office", item->office);
    check_unit(tx, pointer, "budget_of", item->budget_of);
    check_lists(tx, pointer, item);
}

static void keep(Bihuan__Programme *item, const Bihuan__Programme *old)
{
    item->state = old->state;
    item->revision = old->revision;
    item->offered_by_person = old->offered_by_person;
    item->consents = old->consents;
    item->n_consents = old->n_consents;
}

static void put_anew(struct tx *tx, Bihuan__Programme *item, const Bihuan__Programme *old)
{
    item->state = (char *)(uintptr_t) "offered";
    item->revision = old ? old->revision + 1 : 1;
    item->offered_by_person = tx_principal(tx)->person;
    item->consents = NULL;
    item->n_consents = 0;
}

static int check_programme(struct tx *tx, ProtobufCMessage *message, const ProtobufCMessage *existing,
                           const char *pointer, struct err *err)
{
    Bihuan__Programme *item = (Bihuan__Programme *)message;
    const Bihuan__Programme *old = (const Bihuan__Programme *)existing;

    check_offer(tx, pointer, item);
    if (tx_problem_count(tx))
        return 0;
    if (old && programme_same_offer(item, old)) {
        keep(item, old);
        return 0;
    }
    if (old && (strcmp(old->state, "approved") == 0 || strcmp(old->state, "ended") == 0)) {
        tx_problem(tx, pointer, "closed_stage", "programme %s is %s and can't be changed: offer another", old->code,
                   old->state);
        return 0;
    }
    if (require_role(tx, item->offered_by, err) != 0 ||
        (old && strcmp(old->offered_by, item->offered_by) != 0 && require_role(tx, old->offered_by, err) != 0))
        return -1;
    put_anew(tx, item, old);
    return 0;
}

static const struct documents_kind PROGRAMME = { KIND, &bihuan__programme__descriptor, check_programme };

static int publish(struct tx *tx, Bihuan__Programme *programme, struct err *err)
{
    Bihuan__ProgrammeChanged event = BIHUAN__PROGRAMME_CHANGED__INIT;

    event.programme = programme;
    return tx_publish(tx, 0, MSG(PROGRAMME_CHANGED), programme->code, &event.base, err);
}

int on_apply_programmes(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyProgrammesRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &PROGRAMME, request->dry_run, (ProtobufCMessage **)(void *)request->items, request->n_items,
                        &result, err) != 0)
        return -1;
    for (size_t i = 0; !request->dry_run && i < result.changed_count; i++)
        if (publish(tx, (Bihuan__Programme *)result.changed[i], err) != 0)
            return -1;
    return tx_reply(tx, &result.reply->base, err);
}

/* --- consent and end ------------------------------------------------------------------------------------------------
 */

static int find(struct tx *tx, const char *code, Bihuan__Programme **out, struct err *err)
{
    ProtobufCMessage *found;

    if (documents_get(tx, KIND, &bihuan__programme__descriptor, code, &found, err) != 0)
        return -1;
    *out = (Bihuan__Programme *)found;
    return found ? 0 : err_fail(err, ERR_NOT_FOUND, "unknown_programme", "there is no programme \"%s\"", code);
}

static int store(struct tx *tx, Bihuan__Programme *programme, struct err *err)
{
    programme->revision++;
    return documents_put(tx, KIND, &programme->base, err) != 0 ? -1 : publish(tx, programme, err);
}

static void add_consent(struct tx *tx, Bihuan__Programme *programme, const Bihuan__ConsentProgrammeRequest *request,
                        const char *part)
{
    Bihuan__ProgrammeConsent **all = arena_array(tx_arena(tx), Bihuan__ProgrammeConsent *, programme->n_consents + 1);
    Bihuan__ProgrammeConsent *consent = arena_new(tx_arena(tx), Bihuan__ProgrammeConsent);

    bihuan__programme_consent__init(consent);
    consent->unit = request->unit;
    consent->part = (char *)(uintptr_t)part;
    consent->refused = request->refuse;
    consent->person = tx_principal(tx)->person;
    consent->note = request->note;
    consent->at = tx_now(tx);
    for (size_t i = 0; i < programme->n_consents; i++)
        all[i] = programme->consents[i];
    all[programme->n_consents++] = consent;
    programme->consents = all;
    programme->state = (char *)(uintptr_t)programme_state(programme);
}

int on_consent_programme(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ConsentProgrammeRequest *request = message;
    Bihuan__ConsentProgrammeReply reply = BIHUAN__CONSENT_PROGRAMME_REPLY__INIT;
    Bihuan__Programme *programme;
    const char *part;

    if (request->refuse && !request->note[0]) {
        tx_problem(tx, "/note", "missing_value", "say why you refuse");
        return tx_refuse(tx, err);
    }
    if (find(tx, request->code, &programme, err) != 0 ||
        programme_part(programme, request->unit, request->part, &part, err) != 0 ||
        require_role(tx, request->unit, err) != 0 ||
        programme_may_consent(programme, request->unit, part, tx_principal(tx)->person, request->revision, err) != 0)
        return -1;
    add_consent(tx, programme, request, part);
    if (store(tx, programme, err) != 0)
        return -1;
    reply.programme = programme;
    return tx_reply(tx, &reply.base, err);
}

/* The last day can only come nearer, and no day that has passed is taken back. */
static int check_end(struct tx *tx, const Bihuan__Programme *programme, const Bihuan__EndProgrammeRequest *request,
                     int32_t *day, struct err *err)
{
    int32_t until, now = today(tx);

    *day = check_date(tx, "", "day", request->day, false, now);
    if (!request->reason[0])
        tx_problem(tx, "/reason", "missing_value", "say why it ends");
    if (date_parse(programme->until, strlen(programme->until), &until, err) != 0)
        return -1;
    if (*day < now || *day >= until)
        tx_problem(tx, "/day", "bad_day", "a programme ends between today and the day before %s", programme->until);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (request->revision != programme->revision)
        return err_fail(err, ERR_CONFLICT, "stale_version", "programme %s is at revision %u, not %u: read it again",
                        programme->code, programme->revision, request->revision);
    if (strcmp(programme->state, "ended") == 0)
        return err_fail(err, ERR_CONFLICT, "closed_stage", "programme %s has ended", programme->code);
    return 0;
}

int on_end_programme(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__EndProgrammeRequest *request = message;
    Bihuan__EndProgrammeReply reply = BIHUAN__END_PROGRAMME_REPLY__INIT;
    Bihuan__Programme *programme;
    char text[DATE_TEXT_MAX];
    int32_t day;

    if (find(tx, request->code, &programme, err) != 0 || require_role(tx, programme->offered_by, err) != 0 ||
        check_end(tx, programme, request, &day, err) != 0)
        return -1;
    date_print(text, day);
    programme->until = arena_strdup(tx_arena(tx), text);
    programme->state = (char *)(uintptr_t) "ended";
    programme->note = arena_printf(tx_arena(tx), "%s%s%s", programme->note, programme->note[0] ? "; " : "",
                                   request->reason);
    if (store(tx, programme, err) != 0)
        return -1;
    reply.programme = programme;
    return tx_reply(tx, &reply.base, err);
}

/* --- listing -------------------------------------------------------------------------------------------------------
 */

struct filter {
    const Bihuan__ListProgrammesRequest *request;
    const struct refdata *refdata;
    const struct ref_unit *subtree; /* NULL everything */
    int32_t day;
};

static bool takes_part(const Bihuan__Programme *programme, const char *unit)
{
    for (size_t i = 0; i < programme->n_sellers; i++)
        if (strcmp(programme->sellers[i], unit) == 0)
            return true;
    return strcmp(programme->offered_by, unit) == 0 || strcmp(programme->office, unit) == 0 ||
           strcmp(programme->budget_of, unit) == 0;
}

static bool is_under(const struct filter *filter, const char *code)
{
    const struct ref_unit *unit = refdata_unit_by_code(filter->refdata, code);

    return unit && tree_is_under(refdata_tree(filter->refdata), unit->id, filter->subtree->id, filter->day);
}

/* Somebody with a subtree sees what asks a unit in it, or above it, to do something. */
static bool in_scope(const struct filter *filter, const Bihuan__Programme *programme)
{
    if (!filter->subtree)
        return true;
    for (size_t i = 0; i < programme->n_sellers; i++) {
        const struct ref_unit *seller = refdata_unit_by_code(filter->refdata, programme->sellers[i]);

        if (is_under(filter, programme->sellers[i]) ||
            (seller && tree_is_under(refdata_tree(filter->refdata), filter->subtree->id, seller->id, filter->day)))
            return true;
    }
    return is_under(filter, programme->offered_by) || is_under(filter, programme->office) ||
           is_under(filter, programme->budget_of);
}

static bool keep_programme(const void *arg, const ProtobufCMessage *message)
{
    const struct filter *filter = arg;
    const Bihuan__ListProgrammesRequest *request = filter->request;
    const Bihuan__Programme *programme = (const Bihuan__Programme *)message;

    return (!request->code[0] || strcmp(request->code, programme->code) == 0) &&
           (!request->state[0] || strcmp(request->state, programme->state) == 0) &&
           (!request->unit[0] || takes_part(programme, request->unit)) && in_scope(filter, programme);
}

int on_list_programmes(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListProgrammesRequest *request = message;
    Bihuan__ListProgrammesReply reply = BIHUAN__LIST_PROGRAMMES_REPLY__INIT;
    struct planning *planning = tx_state(tx);
    const char *subtree = tx_principal(tx)->subtree;
    struct filter filter = { .request = request, .refdata = planning->refdata, .day = today(tx) };
    ProtobufCMessage **items;
    int rc;

    pthread_rwlock_rdlock(&planning->lock);
    filter.subtree = refdata_unit_by_code(planning->refdata, subtree);
    rc = subtree[0] && !filter.subtree
             ? err_fail(err, ERR_NOT_FOUND, "unknown_unit", "your subtree \"%s\" is not a known unit", subtree)
             : documents_list(tx, KIND, &bihuan__programme__descriptor, request->page, keep_programme, &filter, &items,
                              &reply.n_items, &reply.next, err);
    pthread_rwlock_unlock(&planning->lock);
    if (rc != 0)
        return -1;
    reply.items = (Bihuan__Programme **)(void *)items;
    return tx_reply(tx, &reply.base, err);
}
