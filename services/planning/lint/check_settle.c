/* check_settle: who stands for what the check warns of, and what it refuses. See check.h. */
#include "planning/lint/check.h"

#include <string.h>

static bool is_among(const char *word, char *const *words, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(words[i], word) == 0)
            return true;
    return false;
}

int check_consented(struct tx *tx, const struct check *check, char ***codes, size_t *count, struct err *err)
{
    Bihuan__PlanConsent **kept;
    int64_t *findings;
    size_t kept_count;

    if (version_store_consents(tx, check->period->id, check->version->version, &kept, &findings, &kept_count, err) != 0)
        return -1;
    *codes = arena_array(tx_arena(tx), char *, kept_count);
    *count = 0;
    for (size_t i = 0; i < kept_count; i++)
        for (int code = 0; code < LINT_CODES && !kept[i]->ended_at; code++)
            if (strcmp(kept[i]->code, lint_rules[code].code) == 0 && check->seen[code] &&
                findings[i] == (int64_t)check->hash[code])
                (*codes)[(*count)++] = kept[i]->code;
    return 0;
}

/* Of others than the first it is said which they are. */
static const char *whose(struct tx *tx, const struct check *checks, size_t i)
{
    return i ? arena_printf(tx_arena(tx), "period \"%s\": ", checks[i].period->code) : "";
}

static void refuse_errors(struct tx *tx, const struct check *checks, size_t count)
{
    for (size_t c = 0; c < count; c++)
        for (size_t i = 0; i < checks[c].finding_count; i++)
            if (strcmp(checks[c].findings[i]->severity, "error") == 0)
                tx_problem(tx, c ? "/set" : "/period", checks[c].findings[i]->code, "%s%s", whose(tx, checks, c),
                           checks[c].findings[i]->message);
}

/* One version's warnings: each is named in consents or stood for, or a problem. Consents are kept. */
static int settle_one(struct tx *tx, const struct check *checks, size_t at, char *const *consents, size_t consent_count,
                      bool *warned, struct err *err)
{
    const struct check *check = &checks[at];
    char **kept, **codes = arena_array(tx_arena(tx), char *, LINT_CODES);
    int64_t *findings = arena_array(tx_arena(tx), int64_t, LINT_CODES);
    size_t kept_count, count = 0;

    if (check_consented(tx, check, &kept, &kept_count, err) != 0)
        return -1;
    for (int code = 0; code < LINT_CODES; code++) {
        const char *word = lint_rules[code].code;

        if (!check->seen[code] || lint_rules[code].severity != LINT_WARNING)
            continue;
        warned[code] = true;
        findings[count] = (int64_t)check->hash[code];
        codes[count++] = (char *)(uintptr_t)word;
        if (!is_among(word, consents, consent_count) && !is_among(word, kept, kept_count))
            tx_problem(tx, "/consents", "consent_needed",
                       "%sthe check warns of \"%s\" (see it with lint); correct it, or name it in consents",
                       whose(tx, checks, at), word);
    }
    return version_store_consent(tx, check->period->id, check->version->version, codes, findings, count,
                                 tx_principal(tx)->person, err);
}

int check_settle(struct tx *tx, const struct check *checks, size_t check_count, char *const *consents,
                 size_t consent_count, char ***warnings, size_t *warning_count, struct err *err)
{
    bool warned[LINT_CODES] = { false };

    refuse_errors(tx, checks, check_count);
    for (size_t i = 0; i < check_count; i++)
        if (settle_one(tx, checks, i, consents, consent_count, warned, err) != 0)
            return -1;
    *warnings = arena_array(tx_arena(tx), char *, LINT_CODES);
    *warning_count = 0;
    for (int code = 0; code < LINT_CODES; code++)
        if (warned[code])
            (*warnings)[(*warning_count)++] = (char *)(uintptr_t)lint_rules[code].code;
    for (size_t i = 0; i < consent_count; i++)
        if (!is_among(consents[i], *warnings, *warning_count))
            tx_problem(tx, arena_printf(tx_arena(tx), "/consents/%zu", i), "no_such_warning",
                       "the check has no warning \"%s\" to consent to", consents[i]);
    return tx_problem_count(tx) ? tx_refuse(tx, err) : 0;
}
