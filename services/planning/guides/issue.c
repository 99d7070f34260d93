/* issue: guides go out to units; each acknowledges, and reports training held and materials there. */
#include "planning/guides/guide_store.h"
#include "planning/planning.h"
#include "planning/guides/guides.h"

#include "planning/cycle/cycle.h"

#include <string.h>

#define OPTIONS_MAX 8

static const char *const KINDS[] = { "strategy", "operation_guide", "policy", "practice_card", NULL };

/* --- issuing: checks --- */

static void check_question(struct tx *tx, const Bihuan__CheckQuestion *question)
{
    if (!question->text[0])
        tx_problem(tx, "/guide/question/text", "missing_value", "the question must not be empty");
    if (question->n_options < 2 || question->n_options > OPTIONS_MAX)
        tx_problem(tx, "/guide/question/options", "bad_count", "a question has 2 to %d options", OPTIONS_MAX);
    if (question->right < 1 || question->right > question->n_options)
        tx_problem(tx, "/guide/question/right", "out_of_range", "right is the number of an option, from 1");
}

static void check_practice(struct tx *tx, const Bihuan__Practice *practice)
{
    const char *at = "/guide/practice";
    int32_t from = check_date(tx, at, "baseline_from", practice->baseline_from, true, 0);
    int32_t until = check_date(tx, at, "baseline_until", practice->baseline_until, true, 1);
    int32_t effect = check_date(tx, at, "effect_until", practice->effect_until, true, INT32_MAX);

    if (!refdata_unit_by_code(refdata_of(tx), practice->unit))
        tx_problem(tx, "/guide/practice/unit", "unknown_unit", "unit \"%s\" is not known", practice->unit);
    if (!refdata_measure_by_code(refdata_of(tx), practice->measure))
        tx_problem(tx, "/guide/practice/measure", "unknown_measure", "measure \"%s\" is not known; apply it first",
                   practice->measure);
    if (from >= until)
        tx_problem(tx, "/guide/practice/baseline_until", "bad_period", "the baseline must end after it begins");
    if (effect <= cycle_today(tx))
        tx_problem(tx, "/guide/practice/effect_until", "past_date", "the effect is measured up to a day to come");
}

static void check_texts(struct tx *tx, const Bihuan__Guide *guide)
{
    if (!code_valid(guide->code))
        tx_problem(tx, "/guide/code", "bad_code", "code \"%s\" must be 1 to 64 letters, digits, '.', '_' or '-'",
                   guide->code);
    if (!guide->title_zh[0] && !guide->title_en[0])
        tx_problem(tx, "/guide/title_zh", "missing_value", "a guide needs a title");
    if (!guide->text[0])
        tx_problem(tx, "/guide/text", "missing_value", "a guide needs a text (a summary where there is a file)");
    check_word(tx, "/guide", "kind", guide->kind, KINDS);
    if (guide->certificate[0] && !guide->training)
        tx_problem(tx, "/guide/certificate", "no_training", "a certificate is asked for with training only");
    if (guide->certificate[0] && !refdata_product_by_code(refdata_of(tx), guide->certificate))
        tx_problem(tx, "/guide/certificate", "unknown_product", "product \"%s\" is not known", guide->certificate);
    if (guide->question)
        check_question(tx, guide->question);
    if ((strcmp(guide->kind, "practice_card") == 0) != (guide->practice != NULL))
        tx_problem(tx, "/guide/practice", "missing_value", "a practice card, and no other guide, has a practice");
    if (guide->practice)
        check_practice(tx, guide->practice);
}

static void check_reach(struct tx *tx, const struct ref_unit *from, const uint32_t *units, size_t count)
{
    const struct tree *tree = refdata_tree(refdata_of(tx));

    for (size_t i = 0; i < count && !addressees_is_central(from); i++)
        if (!tree_is_under(tree, units[i], from->id, cycle_today(tx))) {
            tx_problem(tx, "/guide/to", "out_of_reach",
                       "unit \"%s\" is not below \"%s\"; only an office, a centre or the province addresses all",
                       unit_code(tx, units[i]), from->code);
            return;
        }
}

/* The issuing unit, where the asker works there; else NULL with *err. */
static const struct ref_unit *issuing_unit(struct tx *tx, const char *code, struct err *err)
{
    const struct ref_unit *unit = refdata_unit_by_code(refdata_of(tx), code);
    bool works = false;

    if (!unit || !cycle_in_scope(tx, unit->id)) {
        (void)err_fail(err, ERR_NOT_FOUND, "unknown_unit", "unit \"%s\" is not known", code);
        return NULL;
    }
    if (addressees_works_at(tx, unit->id, &works, err) != 0)
        return NULL;
    if (!works)
        (void)err_fail(err, ERR_FORBIDDEN, "wrong_unit", "\"%s\" holds no role at \"%s\"; somebody who does can",
                       tx_principal(tx)->person, code);
    return works ? unit : NULL;
}

/* --- issuing --- */

/* The answer and everything a reader sees lack the right option. */
static Bihuan__CheckQuestion *without_right(struct tx *tx, const Bihuan__CheckQuestion *question)
{
    Bihuan__CheckQuestion *out;

    if (!question)
        return NULL;
    out = arena_memdup(tx_arena(tx), question, sizeof *question);
    out->right = 0;
    return out;
}

static int publish(struct tx *tx, const Bihuan__Guide *guide, const uint32_t *units, size_t count, struct err *err)
{
    Bihuan__GuideIssued event = BIHUAN__GUIDE_ISSUED__INIT;

    event.guide = (Bihuan__Guide *)(uintptr_t)guide;
    event.unit_id = (uint32_t *)(uintptr_t)units;
    event.n_unit_id = count;
    return tx_publish(tx, 0, MSG(GUIDE_ISSUED), guide->code, &event.base, err);
}

/* The version before, if any, was issued by the same unit. */
static int next_version(struct tx *tx, Bihuan__Guide *guide, const struct ref_unit *unit, struct err *err)
{
    struct guide *last;

    if (guide_store_get(tx, guide->code, 0, &last, err) != 0)
        return -1;
    if (last && last->unit_id != unit->id)
        return err_fail(err, ERR_FORBIDDEN, "wrong_unit", "guide \"%s\" is issued by \"%s\"", guide->code,
                        unit_code(tx, last->unit_id));
    guide->version = last ? last->body->version + 1 : 1;
    return 0;
}

int on_issue_guide(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__IssueGuideRequest *request = message;
    Bihuan__IssueGuideReply reply = BIHUAN__ISSUE_GUIDE_REPLY__INIT;
    Bihuan__Guide *guide = request->guide;
    struct guide row = { .body = guide };
    const struct ref_unit *unit;
    uint32_t *units;
    size_t count;

    if (!guide)
        return err_fail(err, ERR_INVALID, "missing_value", "the request needs a guide");
    unit = issuing_unit(tx, guide->unit, err);
    if (!unit)
        return -1;
    check_texts(tx, guide);
    row.due_day = check_date(tx, "/guide", "due", guide->due, true, INT32_MAX);
    if (row.due_day < cycle_today(tx))
        tx_problem(tx, "/guide/due", "past_date", "due %s has passed", guide->due);
    count = addressees_find(tx, guide->to, "/guide/to", &units);
    check_reach(tx, unit, units, count);
    if (tx_problem_count(tx))
        return tx_refuse(tx, err);
    row.unit_id = unit->id;
    guide->issued_by = tx_principal(tx)->person;
    guide->issued_at = tx_now(tx);
    guide->addressed = (uint32_t)count;
    guide->acknowledged = guide->trained = guide->supplied = 0;
    guide->superseded = false;
    if (next_version(tx, guide, unit, err) != 0 || guide_store_insert(tx, &row, units, count, err) != 0)
        return -1;
    guide->question = without_right(tx, guide->question);
    reply.guide = guide;
    return publish(tx, guide, units, count, err) != 0 ? -1 : tx_reply(tx, &reply.base, err);
}

/* --- addressees --- */

static const char *const mark_words[] = { "acknowledged", "trained", "supplied" };

/* Finds what a person of an addressed unit moves: the guide in its latest version, and the unit's row. */
static int find_row(struct tx *tx, const char *code, uint32_t version, const char *unit_code_, struct guide **guide,
                    struct guide_unit **row, struct err *err)
{
    const struct ref_unit *unit = issuing_unit(tx, unit_code_, err);

    if (!unit || guide_store_get(tx, code, 0, guide, err) != 0)
        return -1;
    if (!*guide)
        return err_fail(err, ERR_NOT_FOUND, "unknown_guide", "guide \"%s\" is not known", code);
    if (version && version != (*guide)->body->version)
        return err_fail(err, ERR_CONFLICT, "stale_version", "version %u of \"%s\" was followed by version %u; read it",
                        version, code, (*guide)->body->version);
    if (guide_store_unit(tx, (*guide)->id, unit->id, row, err) != 0)
        return -1;
    return *row ? 0
                : err_fail(err, ERR_FORBIDDEN, "not_addressed", "guide \"%s\" isn't addressed to \"%s\"", code,
                           unit_code_);
}

static int mark(struct tx *tx, const struct guide *guide, struct guide_unit *row, enum guide_mark what, struct err *err)
{
    Bihuan__GuideAcknowledged event = BIHUAN__GUIDE_ACKNOWLEDGED__INIT;

    row->by[what] = tx_principal(tx)->person;
    row->at[what] = tx_now(tx);
    event.code = guide->body->code;
    event.version = guide->body->version;
    event.kind = guide->body->kind;
    event.unit_id = row->unit_id;
    event.unit = (char *)(uintptr_t)unit_code(tx, row->unit_id);
    event.person = tx_principal(tx)->person;
    event.at = tx_now(tx);
    event.what = (char *)(uintptr_t)mark_words[what];
    event.late = cycle_today(tx) > guide->due_day;
    if (guide_store_mark(tx, guide->id, row->unit_id, what, row->by[what], row->at[what], err) != 0)
        return -1;
    return tx_publish(tx, 0, MSG(GUIDE_ACKNOWLEDGED), guide->body->code, &event.base, err);
}

static int reply_unit(struct tx *tx, const struct guide_unit *row, struct err *err)
{
    Bihuan__GuideUnitReply reply = BIHUAN__GUIDE_UNIT_REPLY__INIT;
    Bihuan__GuideUnit unit = BIHUAN__GUIDE_UNIT__INIT;

    unit.unit = (char *)(uintptr_t)unit_code(tx, row->unit_id);
    unit.unit_name = refdata_unit(refdata_of(tx), row->unit_id)->name;
    unit.addressed = 1;
    unit.acknowledged = row->at[MARK_ACKNOWLEDGED] != 0;
    unit.trained = row->at[MARK_TRAINED] != 0;
    unit.supplied = row->at[MARK_SUPPLIED] != 0;
    unit.acknowledged_by = (char *)(uintptr_t)row->by[MARK_ACKNOWLEDGED];
    unit.acknowledged_at = row->at[MARK_ACKNOWLEDGED];
    reply.unit = &unit;
    return tx_reply(tx, &reply.base, err);
}

int on_acknowledge_guide(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__AcknowledgeGuideRequest *request = message;
    struct guide *guide;
    struct guide_unit *row;

    if (find_row(tx, request->code, request->version, request->unit, &guide, &row, err) != 0)
        return -1;
    if (row->at[MARK_ACKNOWLEDGED])
        return err_fail(err, ERR_CONFLICT, "acknowledged", "\"%s\" has acknowledged it already, by \"%s\"",
                        request->unit, row->by[MARK_ACKNOWLEDGED]);
    if (guide->body->question && request->answer != guide->body->question->right)
        return err_fail(err, ERR_INVALID, request->answer ? "wrong_answer" : "no_answer",
                        "\"%s\": %s; read the guide and answer with the number of an option",
                        guide->body->question->text,
                        request->answer ? "the answer is wrong" : "the question must be answered");
    return mark(tx, guide, row, MARK_ACKNOWLEDGED, err) != 0 ? -1 : reply_unit(tx, row, err);
}

/* Training that asks for a certificate is held when somebody there has one. */
static int require_certificate(struct tx *tx, const struct guide *guide, const struct guide_unit *row, struct err *err)
{
    const char *code = guide->body->certificate;
    const struct ref_product *product = refdata_product_by_code(refdata_of(tx), code);
    bool held = false;

    if (!code[0])
        return 0;
    if (product && certificates_held_at(tx, row->unit_id, product->id, &held, err) != 0)
        return -1;
    return held ? 0
                : err_fail(err, ERR_CONFLICT, "no_certificate",
                           "nobody at \"%s\" holds a valid certificate for \"%s\"; certify the training first",
                           unit_code(tx, row->unit_id), code);
}

int on_ready_guide(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ReadyGuideRequest *request = message;
    struct guide *guide;
    struct guide_unit *row;

    if (find_row(tx, request->code, request->version, request->unit, &guide, &row, err) != 0)
        return -1;
    if (!request->training && !request->materials)
        return err_fail(err, ERR_INVALID, "missing_value", "say what is ready: training, materials or both");
    if ((request->training && !guide->body->training) || (request->materials && !guide->body->materials))
        return err_fail(err, ERR_CONFLICT, "not_asked", "guide \"%s\" asks for no such readiness", request->code);
    if (request->training && require_certificate(tx, guide, row, err) != 0)
        return -1;
    if (request->training && !row->at[MARK_TRAINED] && mark(tx, guide, row, MARK_TRAINED, err) != 0)
        return -1;
    if (request->materials && !row->at[MARK_SUPPLIED] && mark(tx, guide, row, MARK_SUPPLIED, err) != 0)
        return -1;
    return reply_unit(tx, row, err);
}

/* --- for attachments --- */

int guide_owner(struct tx *tx, const char *code, int64_t *id, struct err *err)
{
    struct guide *guide;

    if (guide_store_get(tx, code, 0, &guide, err) != 0)
        return -1;
    if (!guide)
        return err_fail(err, ERR_NOT_FOUND, "unknown_guide", "guide \"%s\" is not known", code);
    *id = guide->id;
    return issuing_unit(tx, unit_code(tx, guide->unit_id), err) ? 0 : -1;
}

int guide_readable(struct tx *tx, int64_t id, bool *yes, struct err *err)
{
    struct guide_unit *rows;
    struct guide *guide;
    uint32_t *scope;
    size_t scope_count = addressees_scope(tx, &scope), count;

    if (guide_store_get_id(tx, id, &guide, err) != 0 ||
        guide_store_units(tx, id, scope, scope_count, &rows, &count, err) != 0)
        return -1;
    *yes = count > 0 || (guide && cycle_in_scope(tx, guide->unit_id));
    return 0;
}

int guide_changeable(struct tx *tx, int64_t id, struct err *err)
{
    struct guide_unit *rows;
    size_t count;

    if (guide_store_units(tx, id, NULL, 0, &rows, &count, err) != 0)
        return -1;
    for (size_t i = 0; i < count; i++)
        if (rows[i].at[MARK_ACKNOWLEDGED])
            return err_fail(err, ERR_CONFLICT, "acknowledged",
                            "\"%s\" has acknowledged it as it is; issue a new version and attach the file to that",
                            unit_code(tx, rows[i].unit_id));
    return 0;
}
