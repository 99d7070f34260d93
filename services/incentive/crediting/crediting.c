/* crediting: see crediting.h. */
#include "incentive/crediting/crediting.h"

#include "obs/log.h"
#include "refdata/documents.h"

#include <stdlib.h>
#include <string.h>

void crediting_init(struct crediting *crediting)
{
    *crediting = (struct crediting) { 0 };
    arena_init(&crediting->docs);
}

void crediting_drop(struct crediting *crediting)
{
    rules_fini(&crediting->rules);
    holders_clear(&crediting->holders);
    customers_clear(&crediting->customers);
    registrations_clear(&crediting->registrations);
    credit_rows_drop(&crediting->rows);
    entries_fini(&crediting->entries);
    free(crediting->versions);
    arena_fini(&crediting->docs);
    crediting_init(crediting);
}

/* --- rules -----------------------------------------------------------------------------------------------------------
 */

static int take_version(void *arg, const Bihuan__CreditingRule *rule, int64_t applied_at, const char *applied_by,
                        struct err *err)
{
    struct crediting *crediting = arg;
    size_t len = bihuan__crediting_rule__get_packed_size(rule);
    uint8_t *bytes = arena_alloc(&crediting->docs, len + 1);
    ProtobufCMessage *message = NULL;

    (void)applied_at;
    (void)applied_by;
    bihuan__crediting_rule__pack(rule, bytes);
    if (message_unpack(&bihuan__crediting_rule__descriptor, bytes, len, &crediting->docs, &message, err) != 0)
        return -1;
    crediting->versions = realloc(crediting->versions,
                                  (crediting->version_count + 1) * sizeof(const Bihuan__CreditingRule *));
    if (!crediting->versions)
        abort();
    crediting->versions[crediting->version_count++] = (const Bihuan__CreditingRule *)message;
    return 0;
}

void crediting_remake(struct crediting *crediting, const struct refdata *refdata, struct tx *tx)
{
    size_t unknown = 0;

    if (!crediting->version_count)
        return;
    rules_fini(&crediting->rules);
    rules_make(&crediting->rules, crediting->versions, crediting->version_count, refdata,
               runtime_money_scale(tx_runtime(tx)), &unknown);
    if (unknown)
        log_warn("crediting_names_unknown", "count=%zu", unknown);
}

int crediting_load_rules(struct crediting *crediting, const struct refdata *refdata, struct tx *tx, struct err *err)
{
    rules_fini(&crediting->rules);
    arena_reset(&crediting->docs);
    crediting->version_count = 0;
    if (rule_store_each(tx, take_version, crediting, err) != 0)
        return -1;
    crediting_remake(crediting, refdata, tx);
    return 0;
}

/* --- people ----------------------------------------------------------------------------------------------------------
 */

struct people_call {
    struct crediting *crediting;
    const struct refdata *refdata;
};

static int take_person(void *arg, const ProtobufCMessage *message, struct err *err)
{
    struct people_call *call = arg;

    (void)err;
    holders_put(&call->crediting->holders, (const Bihuan__Person *)message, call->refdata);
    return 0;
}

int crediting_on_people(struct crediting *crediting, const struct refdata *refdata, struct tx *tx,
                        const Bihuan__PeopleChanged *event, struct err *err)
{
    for (size_t i = 0; i < event->n_items; i++) {
        if (documents_put(tx, "person", &event->items[i]->base, err) != 0)
            return -1;
        holders_put(&crediting->holders, event->items[i], refdata);
    }
    holders_settle(&crediting->holders);
    return 0;
}

int crediting_load(struct crediting *crediting, const struct refdata *refdata, struct tx *tx, struct err *err)
{
    struct people_call call = { crediting, refdata };

    if (documents_each(tx, "person", &bihuan__person__descriptor, take_person, &call, err) != 0 ||
        crediting_load_rules(crediting, refdata, tx, err) != 0 || run_store_open(tx, &crediting->run, err) != 0)
        return -1;
    holders_settle(&crediting->holders);
    return 0;
}

char *crediting_code(const struct crediting *crediting, uint32_t rule_id, struct arena *arena)
{
    for (size_t i = 0; i < crediting->version_count; i++)
        if (crediting->versions[i]->id == rule_id)
            return arena_strdup(arena, crediting->versions[i]->code);
    return (char *)(uintptr_t) "";
}
