/* conditions: what has to hold for a rule to fire, as messages. See alert_book.h. */
#include "monitoring/alerts/alert_book.h"

#include "text/decimal.h"

#include <stdio.h>
#include <string.h>

Bihuan__Condition **conditions_message(struct tx *tx, const struct condition *conditions, int count, int scale)
{
    Bihuan__Condition **out = arena_array(tx_arena(tx), Bihuan__Condition *, count + 1);

    for (int i = 0; i < count; i++) {
        const struct condition *c = &conditions[i];
        char text[DECIMAL_TEXT_MAX];
        Bihuan__Condition *message = out[i] = arena_new(tx_arena(tx), Bihuan__Condition);

        bihuan__condition__init(message);
        message->what = arena_strdup(tx_arena(tx), c->what);
        message->value = c->value;
        message->limit = c->limit;
        message->unit = (char *)(uintptr_t)condition_unit_word(c->unit);
        message->compare = (char *)(uintptr_t)condition_compare_word(c->compare);
        message->met = c->met;
        message->lacking = condition_lacking(c);
        condition_number(text, c->value, c->unit, scale);
        message->value_text = arena_strdup(tx_arena(tx), text);
        condition_number(text, c->limit, c->unit, scale);
        message->limit_text = arena_strdup(tx_arena(tx), text);
        condition_number(text, message->lacking, c->unit, scale);
        message->lacking_text = c->met ? (char *)(uintptr_t) "" : arena_strdup(tx_arena(tx), text);
        message->scale = c->unit == IN_AMOUNT ? (uint32_t)scale : 0;
    }
    return out;
}

int conditions_take(struct condition *out, int most, Bihuan__Condition *const *messages, size_t count)
{
    int taken = 0;

    for (size_t i = 0; i < count && taken < most; i++) {
        struct condition *c = &out[taken++];

        *c = (struct condition) { .value = messages[i]->value, .limit = messages[i]->limit, .met = messages[i]->met };
        snprintf(c->what, sizeof c->what, "%.19s", messages[i]->what);
        for (int w = IN_POINTS; w <= IN_MILLI; w++)
            if (strcmp(condition_unit_word((enum condition_unit)w), messages[i]->unit) == 0)
                c->unit = (enum condition_unit)w;
        for (int w = AT_MOST; w <= ABOVE; w++)
            if (strcmp(condition_compare_word((enum condition_compare)w), messages[i]->compare) == 0)
                c->compare = (enum condition_compare)w;
    }
    return taken;
}
