/* claim_facts: what internal orders settle, recorded as facts; see loop_facts.h. */
#include "feedback/facts/loop_facts.h"

#include "text/dates.h"

#include "bihuan/incentive_contracts.pb-c.h"

#include <string.h>

static uint8_t state_of_kind(const char *kind, bool gets)
{
    const char *name = strcmp(kind, "damages") == 0 ? (gets ? "compensated" : "owed") : gets ? "earned" : "paid";

    return fact_state_parse(FACT_CLAIM, name, strlen(name));
}

int on_claim_moved(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__ClaimMoved *event = message;
    struct loop_fact facts[2];
    int32_t day;

    if (!event->kind[0])
        return 0;
    if (date_parse(event->day, strlen(event->day), &day, err) != 0)
        return -1;
    for (int gets = 0; gets < 2; gets++)
        facts[gets] = (struct loop_fact) { .key = arena_printf(tx_arena(tx), "%llu/%s", (unsigned long long)event->id,
                                                               gets ? "to" : "from"),
                                           .unit = gets ? event->to_id : event->from_id,
                                           .state = state_of_kind(event->kind, gets),
                                           .version = 1,
                                           .day = day,
                                           .occurred_at = event->at,
                                           .quantity = 1,
                                           .amount = gets ? event->amount : -event->amount };
    return loop_facts_record(tx, FACT_CLAIM, facts, 2, err);
}
