/* certificates: who was trained in which product, until when. */
#include "planning/guides/guides.h"
#include "planning/planning.h"
#include "planning/guides/certificate_store.h"

#include "planning/cycle/cycle.h"
#include "planning/organisation/people.h"
#include "planning/organisation/people_store.h"
#include "text/dates.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* --- issuing --- */

static int check(struct tx *tx, const Bihuan__Certificate *of, struct certificate *row, struct err *err)
{
    const struct ref_product *product = refdata_product_by_code(refdata_of(tx), of->product);
    ProtobufCMessage *person;

    if (documents_get(tx, "person", &bihuan__person__descriptor, of->person, &person, err) != 0)
        return -1;
    if (!person)
        tx_problem(tx, "/certificate/person", "unknown_person", "person \"%s\" is not known", of->person);
    if (!product)
        tx_problem(tx, "/certificate/product", "unknown_product", "product \"%s\" is not known", of->product);
    row->product_id = product ? product->id : 0;
    row->from_day = check_date(tx, "/certificate", "from", of->from, true, 0);
    row->until_day = check_date(tx, "/certificate", "until", of->until, false, INT32_MAX);
    if (row->from_day >= row->until_day)
        tx_problem(tx, "/certificate/until", "bad_period", "until must be after from");
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}

/* Two of a rank could certify each other: the unit stands over one where the person works today, or is central. */
static int require_above(struct tx *tx, const struct ref_unit *unit, const char *person, struct err *err)
{
    bool above = addressees_is_central(unit);
    struct role_at *roles;
    size_t count;

    if (people_roles(tx, person, cycle_today(tx), &roles, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        above = above || addressees_stands_over(tx, unit->id, roles[i].unit_id);
    return above ? 0
                 : err_fail(err, ERR_FORBIDDEN, "out_of_reach",
                            "\"%s\" stands above no unit where \"%s\" works; one that does, an office, a centre or the "
                            "province certifies",
                            unit->code, person);
}

/* Units where the person holds a role on the day, each once, in the call's arena. */
static int units_of(struct tx *tx, const char *person, int32_t day, uint32_t **units, size_t *count, struct err *err)
{
    struct role_at *roles;
    size_t role_count;

    if (people_roles(tx, person, day, &roles, &role_count, err) != 0)
        return -1;
    *units = arena_array(tx_arena(tx), uint32_t, role_count + 1);
    *count = 0;
    for (size_t i = 0; i < role_count; i++) {
        size_t k = 0;

        while (k < *count && (*units)[k] != roles[i].unit_id)
            k++;
        (*units)[k] = roles[i].unit_id;
        *count += k == *count;
    }
    return 0;
}

int on_issue_certificate(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__IssueCertificateRequest *request = message;
    Bihuan__IssueCertificateReply reply = BIHUAN__ISSUE_CERTIFICATE_REPLY__INIT;
    Bihuan__CertificateIssued event = BIHUAN__CERTIFICATE_ISSUED__INIT;
    Bihuan__Certificate *of = request->certificate;
    const struct ref_unit *unit = of ? refdata_unit_by_code(refdata_of(tx), of->unit) : NULL;
    struct certificate row = { .issued_by = tx_principal(tx)->person, .issued_at = tx_now(tx) };
    bool works = false, there = false;

    if (!unit || !cycle_in_scope(tx, unit->id))
        return err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", of ? of->unit : "");
    if (addressees_works_at(tx, unit->id, &works, err) != 0)
        return -1;
    if (!works)
        return err_fail(err, ERR_FORBIDDEN, "wrong_unit", "\"%s\" holds no role at \"%s\"; somebody who does can",
                        row.issued_by, of->unit);
    if (strcmp(of->person, row.issued_by) == 0)
        return err_fail(err, ERR_FORBIDDEN, "own_certificate", "nobody certifies the own training");
    if (check(tx, of, &row, err) != 0 || require_above(tx, unit, of->person, err) != 0)
        return -1;
    row.person = of->person;
    row.unit_id = unit->id;
    row.note = of->note;
    if (certificate_store_has(tx, &row, &there, err) != 0)
        return -1;
    if (there)
        return err_fail(err, ERR_CONFLICT, "certificate_exists",
                        "\"%s\" has a certificate for \"%s\" from that day already", of->person, of->product);
    if (certificate_store_put(tx, &row, err) != 0)
        return -1;
    of->issued_by = tx_principal(tx)->person;
    of->issued_at = tx_now(tx);
    event.certificate = reply.certificate = of;
    if (units_of(tx, of->person, cycle_today(tx), &event.unit_id, &event.n_unit_id, err) != 0)
        return -1;
    return tx_publish(tx, 0, MSG(CERTIFICATE_ISSUED), of->person, &event.base, err) != 0
               ? -1
               : tx_reply(tx, &reply.base, err);
}

/* --- reading --- */

static Bihuan__Certificate *view(struct tx *tx, const struct certificate *row)
{
    const struct ref_product *product = refdata_product(refdata_of(tx), row->product_id);
    Bihuan__Certificate *out = arena_new(tx_arena(tx), Bihuan__Certificate);
    char from[DATE_TEXT_MAX], until[DATE_TEXT_MAX] = "";

    date_print(from, row->from_day);
    if (row->until_day != INT32_MAX)
        date_print(until, row->until_day);
    bihuan__certificate__init(out);
    out->person = (char *)(uintptr_t)row->person;
    out->product = arena_strdup(tx_arena(tx), product ? product->code : "");
    out->from = arena_strdup(tx_arena(tx), from);
    out->until = arena_strdup(tx_arena(tx), until);
    out->unit = arena_strdup(tx_arena(tx), unit_code(tx, row->unit_id));
    out->issued_by = (char *)(uintptr_t)row->issued_by;
    out->issued_at = row->issued_at;
    out->note = (char *)(uintptr_t)row->note;
    return out;
}

/* People with a role at any of the units today. */
struct people {
    const char **codes;
    size_t count, cap;
};

static void people_add(struct tx *tx, struct people *people, const struct person_role *rows, size_t count)
{
    if (people->count + count > people->cap || !people->codes) {
        const char **more = arena_array(tx_arena(tx), const char *, (people->count + count) * 2 + 16);

        for (size_t i = 0; i < people->count; i++)
            more[i] = people->codes[i];
        people->codes = more;
        people->cap = (people->count + count) * 2 + 16;
    }
    for (size_t i = 0; i < count; i++)
        people->codes[people->count++] = rows[i].person;
}

static int people_at(struct tx *tx, const uint32_t *units, size_t unit_count, struct people *out, struct err *err)
{
    *out = (struct people) { 0 };
    people_add(tx, out, NULL, 0);
    for (size_t u = 0; u < unit_count; u++) {
        struct person_role *rows;
        size_t count;

        if (people_store_at(tx, units[u], "", cycle_today(tx), true, &rows, &count, err) != 0)
            return -1;
        people_add(tx, out, rows, count);
    }
    return 0;
}

static int list_certificates(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListCertificatesRequest *request = message;
    Bihuan__ListCertificatesReply reply = BIHUAN__LIST_CERTIFICATES_REPLY__INIT;
    const struct ref_product *product = refdata_product_by_code(refdata_of(tx), request->product);
    const Bihuan__Page *page = request->page;
    int64_t skip = page && page->cursor ? strtoll(page->cursor, NULL, 10) : 0;
    int32_t day = check_date(tx, "", "day", request->day, false, INT32_MIN);
    uint32_t limit = page_limit(page), *scope;
    size_t scope_count = addressees_scope(tx, &scope);
    struct people people = { 0 };
    struct certificate *rows;

    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    if (request->product[0] && !product)
        return err_fail(err, ERR_NOT_FOUND, "unknown_product", "product \"%s\" is not known", request->product);
    if (scope && people_at(tx, scope, scope_count, &people, err) != 0)
        return -1;
    if (certificate_store_page(tx, request->person, product ? product->id : 0, day, people.codes, people.count,
                               skip > 0 ? skip : 0, limit, &rows, &reply.n_items, err) != 0)
        return -1;
    reply.items = arena_array(tx_arena(tx), Bihuan__Certificate *, reply.n_items + 1);
    for (size_t i = 0; i < reply.n_items; i++)
        reply.items[i] = view(tx, &rows[i]);
    if (reply.n_items == limit)
        reply.next = arena_printf(tx_arena(tx), "%" PRId64, (skip > 0 ? skip : 0) + limit);
    return tx_reply(tx, &reply.base, err);
}

int on_list_certificates(struct tx *tx, const void *message, struct err *err)
{
    return cycle_read(tx, list_certificates, message, err);
}

int certificates_held_at(struct tx *tx, uint32_t unit_id, uint32_t product_id, bool *held, struct err *err)
{
    struct certificate *rows;
    struct people people;
    size_t count;

    if (people_at(tx, &unit_id, 1, &people, err) != 0 ||
        certificate_store_page(tx, "", product_id, cycle_today(tx), people.codes, people.count, 0, 1, &rows, &count,
                               err) != 0)
        return -1;
    *held = count > 0;
    return 0;
}

/* --- the end --- */

#define AT_ONCE 100

static int announce_end(struct tx *tx, const struct certificate *row, struct err *err)
{
    Bihuan__CertificateExpired event = BIHUAN__CERTIFICATE_EXPIRED__INIT;

    event.certificate = view(tx, row);
    if (units_of(tx, row->person, row->until_day, &event.unit_id, &event.n_unit_id, err) != 0)
        return -1;
    return tx_publish(tx, 0, MSG(CERTIFICATE_EXPIRED), row->person, &event.base, err);
}

int certificates_timer(struct tx *tx, const void *message, struct err *err)
{
    struct certificate *rows;
    bool *goes_on;
    size_t count;

    (void)message;
    if (certificate_store_ended(tx, cycle_today(tx), AT_ONCE, &rows, &goes_on, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (certificate_store_announce(tx, &rows[i], err) != 0 || (!goes_on[i] && announce_end(tx, &rows[i], err) != 0))
            return -1;
    return 0;
}
