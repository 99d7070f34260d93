/* templates: what reports ask for, as data: checked, applied, listed. */
#include "feedback/reports/reports.h"

#include "refdata/documents.h"
#include "text/dates.h"

#include <string.h>

#define FIELDS_MAX   60
#define CHOICES_MAX  50
#define LENGTH_MAX   4000
#define DAYS_MAX     62
#define SOON_MAX     31
#define BACK_MAX     400
#define WANTED_MAX   100
#define RETURN_USUAL 3

static const char *const THEMES[] = { "market", "competitor", "price", "problem", "idea", "capacity", "skill", NULL };
static const char *const KINDS[] = { "text", "number", "money", "choice", "date", "unit", "product", NULL };

static const char *at(struct tx *tx, const char *pointer, const char *field)
{
    return arena_printf(tx_arena(tx), "%s/%s", pointer, field);
}

static bool is_one_of(const char *const *words, const char *word)
{
    while (*words && strcmp(*words, word) != 0)
        words++;
    return *words != NULL;
}

static void check_word(struct tx *tx, const char *pointer, const char *const *words, const char *word)
{
    const char *list = "";

    if (is_one_of(words, word))
        return;
    for (; *words; words++)
        list = arena_printf(tx_arena(tx), "%s%s%s", list, *list ? ", " : "", *words);
    tx_problem(tx, pointer, "unknown_word", "\"%s\" is none of %s", word, list);
}

/* --- fields --------------------------------------------------------------------------------------------------------
 */
static void check_choices(struct tx *tx, const char *pointer, const Bihuan__ReportField *field)
{
    bool choice = strcmp(field->kind, "choice") == 0;

    if (choice ? field->n_choices < 2 || field->n_choices > CHOICES_MAX : field->n_choices > 0)
        tx_problem(tx, at(tx, pointer, "choices"), "bad_choices",
                   choice ? "name 2 to %d choices" : "only a choice has any", CHOICES_MAX);
    for (size_t i = 0; i < field->n_choices; i++) {
        if (!code_valid(field->choices[i]->code))
            tx_problem(tx, arena_printf(tx_arena(tx), "%s/choices/%zu/code", pointer, i), "bad_code",
                       "\"%s\" is no code: 1 to 64 letters, digits, . _ -", field->choices[i]->code);
        for (size_t j = 0; j < i; j++)
            if (strcmp(field->choices[i]->code, field->choices[j]->code) == 0)
                tx_problem(tx, arena_printf(tx_arena(tx), "%s/choices/%zu/code", pointer, i), "twice",
                           "choice \"%s\" stands twice", field->choices[i]->code);
    }
}

static void check_bounds(struct tx *tx, const char *pointer, const Bihuan__ReportField *field)
{
    bool ordered = strcmp(field->kind, "number") == 0 || strcmp(field->kind, "money") == 0 ||
                   strcmp(field->kind, "date") == 0;
    int64_t min, max;
    struct err why;

    if (!ordered && (field->min[0] || field->max[0]))
        tx_problem(tx, at(tx, pointer, "min"), "not_used", "only numbers, money and dates have a least and a most");
    else if (report_field_bounds(field, runtime_money_scale(tx_runtime(tx)), &min, &max, &why) != 0)
        tx_problem(tx, at(tx, pointer, "min"), why.code, "%s", why.text);
    else if (min > max)
        tx_problem(tx, at(tx, pointer, "max"), "too_small", "the most, %s, is less than the least, %s", field->max,
                   field->min);
    if (field->length_max > LENGTH_MAX || (field->length_max && strcmp(field->kind, "text") != 0))
        tx_problem(tx, at(tx, pointer, "length_max"), "out_of_range",
                   "a text has at most %d characters, others no length", LENGTH_MAX);
}

static void check_field(struct tx *tx, const char *pointer, const Bihuan__ReportField *field)
{
    if (!code_valid(field->name))
        tx_problem(tx, at(tx, pointer, "name"), "bad_code", "\"%s\" is no name: 1 to 64 letters, digits, . _ -",
                   field->name);
    if (!field->title_zh[0] || !field->title_en[0])
        tx_problem(tx, at(tx, pointer, "title_zh"), "missing_value", "give a title in both languages");
    check_word(tx, at(tx, pointer, "kind"), KINDS, field->kind);
    check_choices(tx, pointer, field);
    check_bounds(tx, pointer, field);
}

static void check_fields(struct tx *tx, const char *pointer, const Bihuan__ReportTemplate *item)
{
    if (!item->n_fields || item->n_fields > FIELDS_MAX)
        tx_problem(tx, at(tx, pointer, "fields"), "bad_count", "a template has 1 to %d fields", FIELDS_MAX);
    for (size_t i = 0; i < item->n_fields; i++) {
        const char *place = arena_printf(tx_arena(tx), "%s/fields/%zu", pointer, i);

        check_field(tx, place, item->fields[i]);
        for (size_t j = 0; j < i; j++)
            if (strcmp(item->fields[i]->name, item->fields[j]->name) == 0)
                tx_problem(tx, at(tx, place, "name"), "twice", "field \"%s\" stands twice", item->fields[i]->name);
    }
}

/* --- when ----------------------------------------------------------------------------------------------------------
 */
static int32_t check_date(struct tx *tx, const char *pointer, const char *field, const char *text, int32_t otherwise)
{
    int32_t day = otherwise;
    struct err why;

    if (text[0] && date_parse(text, strlen(text), &day, &why) != 0)
        tx_problem(tx, at(tx, pointer, field), "bad_date", "\"%s\" is not a date as yyyy-MM-dd", text);
    return day;
}

static void check_days(struct tx *tx, const char *pointer, const Bihuan__ReportTemplate *item)
{
    bool cycle = strcmp(item->recurrence, "cycle") == 0;
    int least = cycle ? BACK_MAX : SOON_MAX, most = cycle ? BACK_MAX : DAYS_MAX;

    if (item->due_days < -least || item->due_days > most)
        tx_problem(tx, at(tx, pointer, "due_days"), "out_of_range", "%d is not within -%d to %d", item->due_days, least,
                   most);
    if (item->n_cycles && !cycle)
        tx_problem(tx, at(tx, pointer, "cycles"), "not_used", "only reports per cycle name templates of cycles");
    if (item->due_soon_days > SOON_MAX)
        tx_problem(tx, at(tx, pointer, "due_soon_days"), "out_of_range", "at most %d days", SOON_MAX);
    if (item->return_days > DAYS_MAX)
        tx_problem(tx, at(tx, pointer, "return_days"), "out_of_range", "at most %d days", DAYS_MAX);
    if (item->wanted > WANTED_MAX)
        tx_problem(tx, at(tx, pointer, "wanted"), "out_of_range", "at most %d in 30 days", WANTED_MAX);
}

static void check_recurrence(struct tx *tx, const char *pointer, const Bihuan__ReportTemplate *item,
                             const Bihuan__ReportTemplate *old)
{
    static const char *const words[] = { "weekly", "monthly", "cycle", "free", NULL };
    int32_t from = check_date(tx, pointer, "from", item->from, 0);
    int32_t until = check_date(tx, pointer, "until", item->until, INT32_MAX);
    bool recurs = strcmp(item->recurrence, "free") != 0;

    check_word(tx, at(tx, pointer, "recurrence"), words, item->recurrence);
    if (old && strcmp(old->recurrence, item->recurrence) != 0)
        tx_problem(tx, at(tx, pointer, "recurrence"), "fixed", "it is %s and stays so: make another template",
                   old->recurrence);
    if (recurs && !item->from[0])
        tx_problem(tx, at(tx, pointer, "from"), "missing_value", "say from which day on it is owed");
    else if (recurs && (!old || strcmp(old->from, item->from) != 0) && from < report_today(tx) - BACK_MAX)
        tx_problem(tx, at(tx, pointer, "from"), "too_early", "duties begin at most %d days ago", BACK_MAX);
    if (until <= from)
        tx_problem(tx, at(tx, pointer, "until"), "bad_period", "until %s is not after from %s", item->until,
                   item->from);
}

static int check_template(struct tx *tx, ProtobufCMessage *message, const ProtobufCMessage *existing,
                          const char *pointer, struct err *err)
{
    const Bihuan__ReportTemplate *item = (const Bihuan__ReportTemplate *)message;
    const Bihuan__ReportWeights *w = item->weights;

    (void)err;
    if (!item->title_zh[0] || !item->title_en[0])
        tx_problem(tx, at(tx, pointer, "title_zh"), "missing_value", "give a title in both languages");
    check_word(tx, at(tx, pointer, "theme"), THEMES, item->theme);
    check_fields(tx, pointer, item);
    if (!item->n_unit_types)
        tx_problem(tx, at(tx, pointer, "unit_types"), "missing_value", "name the types of units that report");
    check_recurrence(tx, pointer, item, (const Bihuan__ReportTemplate *)existing);
    check_days(tx, pointer, item);
    if (w && (uint64_t)w->timeliness + w->amount + w->frequency + w->quality != 0 &&
        (uint64_t)w->timeliness + w->amount + w->frequency + w->quality != 100)
        tx_problem(tx, at(tx, pointer, "weights"), "bad_sum", "weights are percent and together 100");
    return 0;
}

static const struct documents_kind TEMPLATE = { REPORT_TEMPLATE_KIND, &bihuan__report_template__descriptor,
                                                check_template };

/* --- handlers ------------------------------------------------------------------------------------------------------
 */
int on_apply_report_templates(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyReportTemplatesRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &TEMPLATE, request->dry_run, (ProtobufCMessage **)(void *)request->items, request->n_items,
                        &result, err) != 0)
        return -1;
    return tx_reply(tx, &result.reply->base, err);
}

static bool keep(const void *arg, const ProtobufCMessage *message)
{
    const char *theme = arg;

    return !theme[0] || strcmp(((const Bihuan__ReportTemplate *)message)->theme, theme) == 0;
}

int on_list_report_templates(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListReportTemplatesRequest *request = message;
    Bihuan__ListReportTemplatesReply reply = BIHUAN__LIST_REPORT_TEMPLATES_REPLY__INIT;
    ProtobufCMessage **items;

    if (documents_list(tx, REPORT_TEMPLATE_KIND, &bihuan__report_template__descriptor, request->page, keep,
                       request->theme, &items, &reply.n_items, &reply.next, err) != 0)
        return -1;
    reply.items = (Bihuan__ReportTemplate **)(void *)items;
    return tx_reply(tx, &reply.base, err);
}

int report_template_get(struct tx *tx, const char *code, Bihuan__ReportTemplate **out, struct err *err)
{
    ProtobufCMessage *found;

    if (documents_get(tx, REPORT_TEMPLATE_KIND, &bihuan__report_template__descriptor, code, &found, err) != 0)
        return -1;
    *out = (Bihuan__ReportTemplate *)found;
    return found ? 0 : err_fail(err, ERR_NOT_FOUND, "unknown_template", "there is no template \"%s\"", code);
}

int32_t report_return_days(const Bihuan__ReportTemplate *template_)
{
    return template_->return_days ? (int32_t)template_->return_days : RETURN_USUAL;
}
