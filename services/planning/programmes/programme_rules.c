/* programme_rules: see programme_rules.h. */
#include "planning/programmes/programme_rules.h"

#include <stdio.h>
#include <string.h>

const Bihuan__ProgrammeConsent *programme_consent(const Bihuan__Programme *programme, const char *unit,
                                                  const char *part)
{
    for (size_t i = 0; i < programme->n_consents; i++)
        if (strcmp(programme->consents[i]->unit, unit) == 0 && strcmp(programme->consents[i]->part, part) == 0)
            return programme->consents[i];
    return NULL;
}

static bool said_yes(const Bihuan__Programme *programme, const char *unit, const char *part)
{
    const Bihuan__ProgrammeConsent *consent = programme_consent(programme, unit, part);

    return consent && !consent->refused;
}

/* The first of sellers and office that hasn't said yes; NULL: all have. */
static const char *missing(const Bihuan__Programme *programme)
{
    for (size_t i = 0; i < programme->n_sellers; i++)
        if (!said_yes(programme, programme->sellers[i], "seller"))
            return programme->sellers[i];
    return said_yes(programme, programme->office, "office") ? NULL : programme->office;
}

const char *programme_state(const Bihuan__Programme *programme)
{
    for (size_t i = 0; i < programme->n_consents; i++)
        if (programme->consents[i]->refused)
            return "refused";
    if (missing(programme))
        return "offered";
    return said_yes(programme, programme->budget_of, "budget") ? "approved" : "agreed";
}

static bool is_seller(const Bihuan__Programme *programme, const char *unit)
{
    for (size_t i = 0; i < programme->n_sellers; i++)
        if (strcmp(programme->sellers[i], unit) == 0)
            return true;
    return false;
}

int programme_part(const Bihuan__Programme *programme, const char *unit, const char *part, const char **out,
                   struct err *err)
{
    const struct {
        const char *part;
        bool has;
    } parts[] = { { "seller", is_seller(programme, unit) },
                  { "office", strcmp(programme->office, unit) == 0 },
                  { "budget", strcmp(programme->budget_of, unit) == 0 } };
    int count = 0;

    for (int i = 0; i < 3; i++) {
        if (!parts[i].has || (part[0] && strcmp(part, parts[i].part) != 0))
            continue;
        *out = parts[i].part;
        count++;
    }
    if (count == 1)
        return 0;
    if (count > 1)
        return err_fail(err, ERR_INVALID, "several_parts", "unit %s has several parts in programme %s: say which", unit,
                        programme->code);
    return err_fail(err, ERR_INVALID, part[0] ? "other_part" : "no_part", "unit %s is not asked%s%s in programme %s",
                    unit, part[0] ? " as " : "", part, programme->code);
}

int programme_may_consent(const Bihuan__Programme *programme, const char *unit, const char *part, const char *person,
                          uint32_t revision, struct err *err)
{
    const char *state = programme->state;
    const char *first = missing(programme);

    if (revision != programme->revision)
        return err_fail(err, ERR_CONFLICT, "stale_version",
                        "programme %s is at revision %u, not %u: read it again before you answer", programme->code,
                        programme->revision, revision);
    if (strcmp(state, "offered") != 0 && strcmp(state, "agreed") != 0)
        return err_fail(err, ERR_CONFLICT, "closed_stage", "programme %s is %s: nothing is asked any more",
                        programme->code, state);
    if (strcmp(programme->offered_by_person, person) == 0)
        return err_fail(err, ERR_FORBIDDEN, "own_offer",
                        "%s put this offer and can't consent to it: somebody else at %s"
                        " must",
                        person, unit);
    if (programme_consent(programme, unit, part))
        return err_fail(err, ERR_CONFLICT, "consent_given", "unit %s has answered as %s already", unit, part);
    if (strcmp(part, "budget") == 0 && first)
        return err_fail(err, ERR_CONFLICT, "waits_for", "the budget comes last: %s has not agreed yet", first);
    return 0;
}

static bool same_texts(char *const *a, size_t a_count, char *const *b, size_t b_count)
{
    if (a_count != b_count)
        return false;
    for (size_t i = 0; i < a_count; i++)
        if (strcmp(a[i], b[i]) != 0)
            return false;
    return true;
}

bool programme_same_offer(const Bihuan__Programme *a, const Bihuan__Programme *b)
{
    const char *const x[] = { a->name,  a->offered_by, a->office, a->budget_of, a->from,
                              a->until, a->reward,     a->budget, a->note };
    const char *const y[] = { b->name,  b->offered_by, b->office, b->budget_of, b->from,
                              b->until, b->reward,     b->budget, b->note };

    for (size_t i = 0; i < sizeof x / sizeof x[0]; i++)
        if (strcmp(x[i], y[i]) != 0)
            return false;
    return same_texts(a->products, a->n_products, b->products, b->n_products) &&
           same_texts(a->sellers, a->n_sellers, b->sellers, b->n_sellers);
}
