/* template: cycle templates: data that says which stages a process has and who owes what in them. */
#include "planning/cycle/cycle.h"

#include <string.h>

static const char *const UNIT_TYPES[] = { "",       "province", "office", "centre",      "city", "county",
                                          "outlet", "dealer",   "team",   "salesperson", NULL };

/* --- looking things up --- */

const Bihuan__DeliverableTemplate *template_deliverable(const Bihuan__CycleTemplate *template, const char *code,
                                                        int *stage)
{
    for (size_t s = 0; s < template->n_stages; s++)
        for (size_t i = 0; i < template->stages[s]->n_deliverables; i++)
            if (strcmp(template->stages[s]->deliverables[i]->code, code) == 0) {
                if (stage)
                    *stage = (int)s;
                return template->stages[s]->deliverables[i];
            }
    return NULL;
}

const Bihuan__CycleRole *template_role(const Bihuan__CycleTemplate *template, const char *code)
{
    for (size_t i = 0; i < template->n_roles; i++)
        if (strcmp(template->roles[i]->code, code) == 0)
            return template->roles[i];
    return NULL;
}

unsigned template_duties(const Bihuan__DeliverableTemplate *of, const char *role)
{
    unsigned mask = 0;

    for (size_t i = 0; i < of->n_responsibilities; i++)
        for (size_t k = 0; strcmp(of->responsibilities[i]->role, role) == 0 && k < of->responsibilities[i]->n_does; k++)
            mask |= duty_of(of->responsibilities[i]->does[k]);
    return mask;
}

/* --- checks --- */

static void check_titles(struct tx *tx, const char *at, const char *code, const char *zh, const char *en)
{
    if (!code_valid(code))
        tx_problem(tx, place(tx, at, "code"), "bad_code", "code \"%s\" must be 1 to 64 letters, digits, '.', '_', '-'",
                   code);
    if (!zh[0])
        tx_problem(tx, place(tx, at, "title_zh"), "missing_value", "title_zh must not be empty");
    if (!en[0])
        tx_problem(tx, place(tx, at, "title_en"), "missing_value", "title_en must not be empty");
}

static void check_role(struct tx *tx, const Bihuan__CycleTemplate *template, size_t index, const char *pointer)
{
    const struct planning *planning = tx_state(tx);
    const Bihuan__CycleRole *role = template->roles[index];
    const char *at = arena_printf(tx_arena(tx), "%s/roles/%zu", pointer, index);

    check_titles(tx, at, role->code, role->title_zh, role->title_en);
    check_word(tx, at, "unit_type", role->unit_type, UNIT_TYPES);
    if (template_role(template, role->code) != role)
        tx_problem(tx, place(tx, at, "code"), "duplicate_code", "role \"%s\" stands twice", role->code);
    for (size_t i = 0; i < role->n_units; i++)
        if (!refdata_unit_by_code(planning->refdata, role->units[i]))
            tx_problem(tx, arena_printf(tx_arena(tx), "%s/units/%zu", at, i), "unknown_unit",
                       "unit \"%s\" is not known; apply it first", role->units[i]);
}

/* Roles and words of the responsibilities; somebody must write, somebody approve. */
static void check_responsibilities(struct tx *tx, const Bihuan__CycleTemplate *template,
                                   const Bihuan__DeliverableTemplate *of, const char *at)
{
    unsigned all = 0;

    for (size_t i = 0; i < of->n_responsibilities; i++) {
        const Bihuan__Responsibility *one = of->responsibilities[i];
        const char *here = arena_printf(tx_arena(tx), "%s/responsibilities/%zu", at, i);

        if (!template_role(template, one->role))
            tx_problem(tx, place(tx, here, "role"), "unknown_role", "role \"%s\" is not among the template's roles",
                       one->role);
        for (size_t k = 0; k < one->n_does; k++)
            check_word(tx, here, "does", one->does[k], duty_words);
        all |= template_duties(of, one->role);
    }
    if (!(template_duties(of, of->role) & DUTY_WRITES))
        tx_problem(tx, place(tx, at, "responsibilities"), "no_drafter",
                   "the accountable role \"%s\" needs one of plan, draft, develop", of->role);
    if (!(all & DUTY_APPROVE))
        tx_problem(tx, place(tx, at, "responsibilities"), "no_approver", "no role may approve it");
}

static void check_deliverable(struct tx *tx, const Bihuan__CycleTemplate *template, size_t stage, size_t index,
                              const char *pointer)
{
    const Bihuan__DeliverableTemplate *of = template->stages[stage]->deliverables[index];
    const char *at = arena_printf(tx_arena(tx), "%s/deliverables/%zu", pointer, index);
    struct due_offset offset;
    struct err why;

    check_titles(tx, at, of->code, of->title_zh, of->title_en);
    if (template_deliverable(template, of->code, NULL) != of)
        tx_problem(tx, place(tx, at, "code"), "duplicate_code", "deliverable \"%s\" stands twice in the template",
                   of->code);
    if (!template_role(template, of->role))
        tx_problem(tx, place(tx, at, "role"), "unknown_role", "role \"%s\" is not among the template's roles",
                   of->role);
    if (due_parse(of->due, &offset, &why) != 0)
        tx_problem(tx, place(tx, at, "due"), why.code, "%s", why.text);
    check_responsibilities(tx, template, of, at);
}

static void check_stage(struct tx *tx, const Bihuan__CycleTemplate *template, size_t index, const char *pointer)
{
    const Bihuan__CycleStage *stage = template->stages[index];
    const char *at = arena_printf(tx_arena(tx), "%s/stages/%zu", pointer, index);

    check_titles(tx, at, stage->code, stage->title_zh, stage->title_en);
    for (size_t i = 0; i < index; i++)
        if (strcmp(template->stages[i]->code, stage->code) == 0)
            tx_problem(tx, place(tx, at, "code"), "duplicate_code", "stage \"%s\" stands twice", stage->code);
    if (!stage->n_deliverables)
        tx_problem(tx, place(tx, at, "deliverables"), "missing_value", "a stage needs a deliverable");
    for (size_t i = 0; i < stage->n_gates; i++) {
        int of = -1;

        (void)template_deliverable(template, stage->gates[i], &of);
        if (of < 0 || of >= (int)index)
            tx_problem(tx, arena_printf(tx_arena(tx), "%s/gates/%zu", at, i), "bad_gate",
                       "\"%s\" is not a deliverable of an earlier stage", stage->gates[i]);
    }
    for (size_t i = 0; i < stage->n_deliverables; i++)
        check_deliverable(tx, template, index, i, at);
}

static int check_template(struct tx *tx, ProtobufCMessage *item, const ProtobufCMessage *existing, const char *pointer,
                          struct err *err)
{
    const Bihuan__CycleTemplate *template = (const Bihuan__CycleTemplate *)item;

    (void)existing;
    (void)err;
    check_titles(tx, pointer, template->code, template->title_zh, template->title_en);
    if (!template->n_stages)
        tx_problem(tx, place(tx, pointer, "stages"), "missing_value", "a template needs a stage");
    for (size_t i = 0; i < template->n_roles; i++)
        check_role(tx, template, i, pointer);
    for (size_t i = 0; i < template->n_stages; i++)
        check_stage(tx, template, i, pointer);
    return 0;
}

/* --- handlers --- */

static const struct documents_kind TEMPLATE = { "cycle_template", &bihuan__cycle_template__descriptor, check_template };

int on_apply_cycle_templates(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ApplyCycleTemplatesRequest *request = message;
    struct documents_result result;

    if (documents_apply(tx, &TEMPLATE, request->dry_run, (ProtobufCMessage **)request->items, request->n_items, &result,
                        err) != 0)
        return -1;
    return tx_reply(tx, &result.reply->base, err);
}

static bool keep_code(const void *arg, const ProtobufCMessage *message)
{
    const char *code = arg;

    return !code[0] || strcmp(((const Bihuan__CycleTemplate *)message)->code, code) == 0;
}

int on_list_cycle_templates(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ListCycleTemplatesRequest *request = message;
    Bihuan__ListCycleTemplatesReply reply = BIHUAN__LIST_CYCLE_TEMPLATES_REPLY__INIT;
    ProtobufCMessage **items;

    if (documents_list(tx, TEMPLATE.kind, TEMPLATE.type, request->page, keep_code, request->code, &items,
                       &reply.n_items, &reply.next, err) != 0)
        return -1;
    reply.items = (Bihuan__CycleTemplate **)(void *)items;
    return tx_reply(tx, &reply.base, err);
}
