/* envelope: see envelope.h. */
#include "feedback/tmf/envelope.h"

#include <string.h>
#include <strings.h>

bool tmf_time(const char *text, const struct zone *zone, int64_t *out)
{
    static const struct time_pattern iso = { .text = "iso8601", .iso = true };
    struct moment moment;

    if (!*text || time_parse(text, strlen(text), &iso, zone, &moment, NULL) != 0)
        return false;
    *out = moment.us;
    return true;
}

const json_t *tmf_items(const json_t *order)
{
    const json_t *items = json_text_at(order, "productOrderItem");

    return items ? items : json_text_at(order, "orderItem");
}

/* --- type ----------------------------------------------------------------------------------------------------------
 */

static const char *last_segment(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static bool has_name(const json_t *body)
{
    static const char *const names[] = { "id", "externalId", "externalId.id", "href", NULL };

    return *json_text_first(body, names) != 0;
}

/* It says what the resource is, not only what became of it: a list of items, or an amount. */
static bool is_whole(const json_t *body)
{
    static const char *const whole[] = { "taxIncludedAmount.value",
                                         "totalAmount.value",
                                         "amount.value",
                                         "amountDue.value",
                                         "estimatedRevenue.value",
                                         "productStockLevel.amount",
                                         NULL };

    return tmf_items(body) || *json_text_first(body, whole);
}

/* An event that says no type: what is whole makes it a create, else it tells a state. */
static void guess(const json_t *event, enum tmf_resource usual, struct tmf_event *out)
{
    const json_t *body = json_text_at(event, tmf_resource_name(usual));

    out->resource = usual;
    out->action = is_whole(body ? body : event) ? TMF_CREATE : TMF_STATE;
}

static bool is_carried(const json_t *event, enum tmf_resource resource)
{
    const json_t *body = json_text_at(event, tmf_resource_name(resource));

    return json_is_object(body) && has_name(body);
}

/* An event of a type that nobody knows tells of the resource that it carries under its name, the usual one before
 * others, or that it is itself where the type begins with its name. What it says of it is a change: nobody knows
 * whether it says all. */
static void look_inside(const json_t *event, enum tmf_resource usual, struct tmf_event *out)
{
    out->unknown = true;
    out->action = TMF_CHANGE;
    if (is_carried(event, usual) || (tmf_type_names(out->type, usual) && has_name(event) && is_whole(event)))
        out->resource = usual;
    for (int r = TMF_NONE + 1; out->resource == TMF_NONE && r < TMF_RESOURCES; r++)
        if (is_carried(event, (enum tmf_resource)r))
            out->resource = (enum tmf_resource)r;
}

static void read_type(const json_t *root, const json_t *event, const char *path, enum tmf_resource usual,
                      struct tmf_event *out)
{
    out->type = json_text_of(root, "eventType");
    if ((*out->type && tmf_type_parse(out->type, &out->resource, &out->action)) ||
        tmf_type_parse(json_text_of(root, "@type"), &out->resource, &out->action))
        return;
    out->resource = TMF_NONE;
    if (*out->type && !tmf_type_is_foreign(out->type))
        look_inside(event, usual, out);
    else if (!*out->type && !tmf_type_parse(last_segment(path), &out->resource, &out->action))
        guess(event, usual, out);
}

/* --- resource ------------------------------------------------------------------------------------------------------
 */

/* Under its name, or bare, or under some other name. */
static const json_t *find_body(const json_t *event, enum tmf_resource resource)
{
    const json_t *body = json_text_at(event, tmf_resource_name(resource));
    const char *key;
    json_t *value;

    if (json_is_object(body))
        return body;
    if (has_name(event))
        return event;
    json_object_foreach((json_t *)(uintptr_t)event, key, value)
    {
        if (json_is_object(value) && has_name(value))
            return value;
    }
    return NULL;
}

static const char *end_of_href(const char *href, struct arena *arena)
{
    size_t len = strcspn(href, "?#");
    const char *from = href + len;

    while (from > href && from[-1] != '/')
        from--;
    return arena_strndup(arena, from, (size_t)(href + len - from));
}

int tmf_event_read(const json_t *root, const char *path, enum tmf_resource usual, const struct zone *zone, int64_t now,
                   struct arena *arena, struct tmf_event *out, struct err *err)
{
    static const char *const times[] = { "eventTime", "timeOccurred", "timeOcurred", "timeReceived", NULL };
    static const char *const externals[] = { "externalId", "externalId.id", NULL };
    const json_t *event = json_text_at(root, "event");

    *out = (struct tmf_event) { .type = "", .event_id = "", .time = "", .id = "", .external = "" };
    if (!json_is_object(event))
        return err_fail(err, ERR_INVALID, "no_event", "the body has no object \"event\"; send a TM Forum event");
    read_type(root, event, path, usual, out);
    out->event_id = json_text_of(root, "eventId");
    out->time = json_text_first(root, times);
    out->has_time = tmf_time(out->time, zone, &out->at);
    if (!out->has_time)
        out->at = now;
    out->body = out->resource == TMF_NONE ? event : find_body(event, out->resource);
    if (out->resource == TMF_NONE)
        return 0;
    out->id = json_text_of(out->body, "id");
    out->external = json_text_first(out->body, externals);
    if (!*out->id && !*out->external)
        out->id = end_of_href(json_text_of(out->body, "href"), arena);
    if (!*out->id && !*out->external)
        return err_fail(err, ERR_INVALID, "no_resource", "the event names no %s: neither id nor externalId nor href",
                        tmf_resource_name(out->resource));
    if (strlen(out->id) > TMF_ID_MAX || strlen(out->external) > TMF_ID_MAX)
        return err_fail(err, ERR_INVALID, "id_too_long", "the id of the %s is longer than %d bytes",
                        tmf_resource_name(out->resource), TMF_ID_MAX);
    return 0;
}

bool tmf_event_refers(const struct tmf_event *event)
{
    static const char *const names[] = { "id",          "href",           "externalId",
                                         "orderItemId", "milestoneName",  "buyerId",
                                         "sellerId",    "@type",          "@referredType",
                                         "@baseType",   "@schemaLocation" };
    const char *key;
    json_t *value;

    if (event->action == TMF_DELETE || event->action == TMF_REMARK)
        return false;
    json_object_foreach((json_t *)(uintptr_t)event->body, key, value)
    {
        size_t i = 0;

        while (i < sizeof names / sizeof names[0] && strcasecmp(names[i], key) != 0)
            i++;
        if (i == sizeof names / sizeof names[0])
            return false;
    }
    return true;
}
