/* known: see known.h. */
#include "feedback/tmf/known.h"

#include "feedback/tmf/readings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json_t *borrow(const json_t *value)
{
    return (json_t *)(uintptr_t)value;
}

/* The object under that name, made where it isn't there. */
static json_t *section(json_t *known, const char *name)
{
    json_t *at = json_object_get(known, name);

    if (!at) {
        at = json_object();
        json_object_set_new(known, name, at);
    }
    return at;
}

static int64_t time_of(const json_t *said)
{
    return json_integer_value(json_array_get(said, 0));
}

/* --- what is said, and when ----------------------------------------------------------------------------------------
 */

static int compare_texts(const json_t *a, const json_t *b)
{
    char *x = json_dumps(a, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    char *y = json_dumps(b, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    int order = x && y ? strcmp(x, y) : 0;

    free(x);
    free(y);
    return order;
}

/* Below 0: what was said before goes first. */
static int compare_said(const json_t *old, const json_t *next)
{
    json_int_t weight = json_integer_value(json_array_get(next, 2)), was = json_integer_value(json_array_get(old, 2));

    if (time_of(old) != time_of(next))
        return time_of(old) < time_of(next) ? 1 : -1;
    if (was != weight)
        return was < weight ? 1 : -1;
    return compare_texts(json_array_get(next, 1), json_array_get(old, 1));
}

static void take_said(json_t *section, const char *name, json_t *next)
{
    const json_t *old = json_object_get(section, name);

    if (!old || compare_said(old, next) > 0)
        json_object_set(section, name, next);
}

/* Of one time a change goes before a create: senders' clocks may have seconds only. */
static void say(json_t *section, const char *name, const struct tmf_event *event, const json_t *value)
{
    json_t *next = json_pack("[I, O, i]", (json_int_t)event->at, borrow(value), (int)event->action);

    take_said(section, name, next);
    json_decref(next);
}

static void whole_at(json_t *known, int64_t at)
{
    const json_t *old = json_object_get(known, "whole");

    if (!old || json_integer_value(old) < at)
        json_object_set_new(known, "whole", json_integer((json_int_t)at));
}

void tmf_known_reach(json_t *known, const char *item, uint8_t rank, int64_t at)
{
    json_t *ranks = section(section(known, "states"), item);
    const json_t *old;
    char name[4];

    snprintf(name, sizeof name, "%u", rank);
    old = json_object_get(ranks, name);
    if (!old || json_integer_value(old) > at)
        json_object_set_new(ranks, name, json_integer((json_int_t)at));
}

/* --- what is whole -------------------------------------------------------------------------------------------------
 */

/* Items that say what was ordered, not only in what state they are. */
static bool has_content(const json_t *items)
{
    static const char *const names[] = { "action",   "productOffering", "product",
                                         "quantity", "itemPrice",       "itemTotalPrice" };
    size_t i;
    json_t *item;

    json_array_foreach(borrow(items), i, item)
    {
        for (size_t n = 0; n < sizeof names / sizeof names[0]; n++)
            if (json_text_at(item, names[n]))
                return true;
    }
    return false;
}

static bool is_whole(const struct tmf_event *event)
{
    static const char *const marks[TMF_RESOURCES][4] = {
        [TMF_CANCEL_ORDER] = { "productOrder", NULL },
        [TMF_BILL] = { "taxIncludedAmount", "taxExcludedAmount", "amountDue", NULL },
        [TMF_PAYMENT] = { "totalAmount", "amount", NULL },
        [TMF_REFUND] = { "totalAmount", "amount", NULL },
        [TMF_LEAD] = { "name", "estimatedRevenue", "prospectContact", NULL },
        [TMF_STOCK] = { "stockedProduct", "place", NULL },
        [TMF_RATE] = { "bill", NULL },
    };

    if (event->resource == TMF_ORDER)
        return has_content(tmf_items(event->body));
    for (const char *const *mark = marks[event->resource]; *mark; mark++)
        if (json_text_at(event->body, *mark))
            return true;
    return false;
}

/* --- states --------------------------------------------------------------------------------------------------------
 */

static const char *state_word(const json_t *body)
{
    static const char *const names[] = { "state", "status", NULL };

    return json_text_first(body, names);
}

static void take_state(json_t *known, const struct tmf_event *event, const char *item, const char *word, int64_t at)
{
    uint8_t rank = *word ? tmf_state_rank(event->resource, word) : TMF_RANK_NONE;
    json_t *text;

    if (rank != TMF_RANK_UNKNOWN) {
        if (rank != TMF_RANK_NONE)
            tmf_known_reach(known, item, rank, at);
        return;
    }
    text = json_string(word);
    say(section(known, "words"), item, event, text);
    json_decref(text);
}

/* When the resource reached its state: it may say so itself. */
static int64_t reached_at(const struct tmf_event *event, uint8_t rank, const struct zone *zone)
{
    const char *text = "";
    int64_t at;

    if (rank == FACT_STATE_CANCELLED)
        text = json_text_of(event->body, "cancellationDate");
    else if (rank == 4)
        text = json_text_of(event->body, "completionDate");
    return tmf_time(text, zone, &at) ? at : event->at;
}

static const char *item_id(const json_t *item)
{
    static const char *const names[] = { "itemId", "id", "orderItemId", NULL };

    return json_text_first(item, names);
}

static void take_item_states(json_t *known, const struct tmf_event *event, const json_t *items)
{
    size_t i;
    json_t *item;

    json_array_foreach(borrow(items), i, item)
    {
        if (*item_id(item))
            take_state(known, event, item_id(item), state_word(item), event->at);
        if (tmf_items(item))
            take_item_states(known, event, tmf_items(item));
    }
}

static void take_states(json_t *known, const struct tmf_event *event, const struct zone *zone)
{
    const char *word = state_word(event->body), *item = json_text_of(event->body, "orderItemId");
    uint8_t rank = *word ? tmf_state_rank(event->resource, word) : TMF_RANK_NONE;

    /* what was created is at its first state at least; so is what an event of unknown type tells as a whole */
    if (!*word && (event->action == TMF_CREATE || (event->unknown && is_whole(event))))
        tmf_known_reach(known, "", 1, event->at);
    take_state(known, event, item, word, reached_at(event, rank, zone));
    if (event->resource == TMF_ORDER) {
        take_item_states(known, event, tmf_items(event->body));
        take_item_states(known, event, json_text_at(event->body, "itemStateChange"));
    }
}

/* --- members -------------------------------------------------------------------------------------------------------
 */

static void take_members(json_t *known, const struct tmf_event *event)
{
    static const char skipped[] = " id href state status itemStateChange fieldPath orderItemId @type ";
    json_t *members = section(known, "members");
    const char *name;
    json_t *value;
    char spaced[80];

    json_object_foreach(borrow(event->body), name, value)
    {
        snprintf(spaced, sizeof spaced, " %.70s ", name);
        if (strstr(skipped, spaced))
            continue;
        if (value != tmf_items(event->body))
            say(members, name, event, value);
        else if (has_content(value)) /* by its new name, whatever the sender calls it */
            say(members, "productOrderItem", event, value);
    }
}

static void take_reading(json_t *known, const struct tmf_event *event)
{
    const char *level = tmf_reading_level(event);
    json_t *text = *level ? json_string(level) : NULL;
    char at[24];

    if (!text)
        return;
    snprintf(at, sizeof at, "%lld", (long long)event->at);
    say(section(known, "readings"), at, event, text);
    json_decref(text);
}

void tmf_known_take(json_t *known, const struct tmf_event *event, const struct zone *zone)
{
    if (event->resource == TMF_STOCK && event->action != TMF_REMARK)
        take_reading(known, event);
    if (event->resource == TMF_STOCK && event->action == TMF_DELETE)
        return; /* what was there is no more; that it was there stays so */
    if (event->action == TMF_DELETE) {
        tmf_known_reach(known, "", FACT_STATE_CANCELLED, event->at);
        return;
    }
    if (event->action == TMF_REMARK)
        return;
    take_states(known, event, zone);
    take_members(known, event);
    /* an attribute change tells what changed, though that may be a list of items */
    if (is_whole(event) && event->action != TMF_CHANGE && event->resource != TMF_STOCK)
        whole_at(known, event->at);
}

void tmf_known_take_line(json_t *known, const struct tmf_event *event)
{
    if (*event->id)
        say(section(known, "lines"), event->id, event, event->body);
}

static void join_said(json_t *known, const json_t *other, const char *name)
{
    const char *key;
    json_t *said;

    json_object_foreach(json_object_get(other, name), key, said) take_said(section(known, name), key, said);
}

void tmf_known_join(json_t *known, const json_t *other)
{
    const char *item, *rank;
    json_t *ranks, *at;

    join_said(known, other, "members");
    join_said(known, other, "words");
    join_said(known, other, "lines");
    join_said(known, other, "readings");
    json_object_foreach(json_object_get(other, "states"), item, ranks)
    {
        json_object_foreach(ranks, rank, at) tmf_known_reach(known, item, (uint8_t)atoi(rank), json_integer_value(at));
    }
    if (json_object_get(other, "whole"))
        whole_at(known, json_integer_value(json_object_get(other, "whole")));
}

/* --- asking --------------------------------------------------------------------------------------------------------
 */

static bool is_told(const json_t *body, enum tmf_resource resource)
{
    const struct tmf_event as_it_is = { .resource = resource, .body = body };

    return is_whole(&as_it_is);
}

static bool has_line(const json_t *list, const char *id)
{
    size_t i;
    json_t *line;

    json_array_foreach(borrow(list), i, line) if (strcmp(json_text_of(line, "id"), id) == 0) return true;
    return false;
}

/* Lines that the bill itself doesn't carry. */
static void add_lines(const json_t *known, json_t *body)
{
    const json_t *own = json_object_get(body, "appliedCustomerBillingRate");
    json_t *list = json_is_array(own) ? json_copy(borrow(own)) : json_array(), *said;
    const char *id;

    json_object_foreach(json_object_get(known, "lines"), id, said)
    {
        if (!has_line(own, id))
            json_array_append(list, json_array_get(said, 1));
    }
    json_object_set_new(body, "appliedCustomerBillingRate", list);
}

bool tmf_known_body(const json_t *known, enum tmf_resource resource, json_t **out)
{
    const json_t *whole = json_object_get(known, "whole");
    json_t *body = json_object(), *said;
    const char *name;

    json_object_foreach(json_object_get(known, "members"), name, said)
    {
        if (!whole || time_of(said) >= json_integer_value(whole))
            json_object_set(body, name, json_array_get(said, 1));
    }
    if (is_told(body, resource)) {
        if (json_object_get(known, "lines"))
            add_lines(known, body);
        *out = body;
        return true;
    }
    json_decref(body);
    return false;
}

bool tmf_known_reached(const json_t *known, const char *item, uint8_t rank, int64_t *at)
{
    const json_t *states = json_object_get(known, "states");
    const char *names[] = { item, "" };
    bool found = false;
    char key[4];

    snprintf(key, sizeof key, "%u", rank);
    for (size_t i = 0; i < 2; i++) {
        const json_t *when = json_object_get(json_object_get(states, names[i]), key);

        if (when && (!found || json_integer_value(when) < *at))
            *at = json_integer_value(when);
        found = found || when;
    }
    return found;
}

uint8_t tmf_known_furthest(const json_t *known)
{
    const char *item, *rank;
    json_t *ranks, *at;
    uint8_t best = 0;

    json_object_foreach(json_object_get(known, "states"), item, ranks)
    {
        json_object_foreach(ranks, rank, at)
        {
            uint8_t number = (uint8_t)atoi(rank);

            if (number == FACT_STATE_CANCELLED)
                return number;
            best = number > best ? number : best;
        }
    }
    return best;
}

const char *tmf_known_word(const json_t *known, const char *item)
{
    const json_t *words = json_object_get(known, "words");
    const json_t *said = json_object_get(words, item);

    if (!said)
        said = json_object_get(words, "");
    return said ? json_string_value(json_array_get(said, 1)) : "";
}
