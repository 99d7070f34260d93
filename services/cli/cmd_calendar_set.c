/* cmd_calendar_set: changes weights, days and factors of a calendar; all else stays as it is. */
#include "cli/calendar_days.h"
#include "cli/cli.h"
#include "cli/manifest.h"

#include <stdlib.h>
#include <string.h>

/* The element of a list whose `key` is `value`, NULL none; *index its place. */
static json_t *find_in(const json_t *list, const char *key, const char *value, size_t *index)
{
    json_t *item;
    size_t i;

    json_array_foreach(list, i, item)
    {
        *index = i;
        if (strcmp(output_text(item, key), value) == 0)
            return item;
    }
    return NULL;
}

/* CLASS=N */
static bool set_weight(json_t *classes, const char *text)
{
    const char *equals = strchr(text, '=');
    char class[32], *end;
    long long weight;
    json_t *item;
    size_t index;

    if (!equals || (size_t)(equals - text) >= sizeof class)
        return false;
    snprintf(class, sizeof class, "%.*s", (int)(equals - text), text);
    weight = strtoll(equals + 1, &end, 10);
    if (calendar_class_of(class) == DAY_UNSET || end == equals + 1 || *end || weight < 0)
        return false;
    item = find_in(classes, "class", class, &index);
    if (item)
        json_object_set_new(item, "weight", json_integer(weight));
    else
        json_array_append_new(classes, json_pack("{s:s, s:I}", "class", class, "weight", (json_int_t)weight));
    return true;
}

/* DATE=CLASS[:NAME]; DATE= takes the day out. Days stay in order. */
static bool set_day(json_t *days, const char *text)
{
    const char *equals = strchr(text, '='), *colon = equals ? strchr(equals, ':') : NULL;
    char date[16], class[32];
    size_t index, place;
    json_t *item;
    int32_t day;

    if (!equals || equals - text != 10)
        return false;
    snprintf(date, sizeof date, "%.10s", text);
    snprintf(class, sizeof class, "%.*s", colon ? (int)(colon - equals - 1) : 31, equals + 1);
    if (!calendar_read_day(date, &day) || (*class && calendar_class_of(class) == DAY_UNSET))
        return false;
    if (find_in(days, "date", date, &index))
        json_array_remove(days, index);
    if (!*class)
        return true;
    json_array_foreach(days, place, item) if (strcmp(output_text(item, "date"), date) > 0) break;
    json_array_insert_new(days, place,
                          json_pack("{s:s, s:s, s:s}", "date", date, "class", class, "name", colon ? colon + 1 : ""));
    return true;
}

/* "1200000,1100000"; "" is none. */
static bool set_factors(json_t *calendar, const char *field, const char *text)
{
    json_t *factors = json_array();

    while (*text) {
        char *end;
        long long factor = strtoll(text, &end, 10);

        if (end == text || factor < 0 || (*end && *end != ',')) {
            json_decref(factors);
            return false;
        }
        json_array_append_new(factors, json_integer(factor));
        text = *end ? end + 1 : end;
    }
    json_object_set_new(calendar, field, factors);
    return true;
}

static json_t *list_of(json_t *calendar, const char *key)
{
    if (!json_object_get(calendar, key))
        json_object_set_new(calendar, key, json_array());
    return json_object_get(calendar, key);
}

/* NULL, or the flag that isn't understood. */
static const char *change(struct cli *cli, json_t *calendar)
{
    const char *text, *estimated = option_text(&cli->options, "estimated", NULL);

    for (size_t i = 0; (text = option_nth(&cli->options, "weight", i)); i++)
        if (!set_weight(list_of(calendar, "classes"), text))
            return text;
    for (size_t i = 0; (text = option_nth(&cli->options, "day", i)); i++)
        if (!set_day(list_of(calendar, "days"), text))
            return text;
    text = option_text(&cli->options, "month-end", NULL);
    if (text && !set_factors(calendar, "month_end_ppm", text))
        return text;
    text = option_text(&cli->options, "quarter-end", NULL);
    if (text && !set_factors(calendar, "quarter_end_ppm", text))
        return text;
    text = option_text(&cli->options, "hours", NULL);
    if (text && !set_factors(calendar, "hour_ppm", text))
        return text;
    if (estimated && strcmp(estimated, "yes") != 0 && strcmp(estimated, "no") != 0)
        return estimated;
    if (estimated)
        json_object_set_new(calendar, "estimated", json_boolean(estimated[0] == 'y'));
    text = option_text(&cli->options, "source", NULL);
    if (text)
        json_object_set_new(calendar, "source", json_string(text));
    return NULL;
}

static int change_and_send(struct cli *cli, const json_t *found)
{
    struct item item = { .kind = kind_find("Calendars"), .file = "calendar", .json = json_deep_copy(found) };
    const char *wrong = change(cli, item.json);
    struct manifests manifests;
    int code;

    if (wrong) {
        json_decref(item.json);
        return cli_usage(cli,
                         word("\"%s\" is not understood; see bihuan calendar set --help",
                              "无法理解 \"%s\"；见 bihuan calendar set --help"),
                         wrong);
    }
    manifests_init(&manifests);
    manifests_add(&manifests, &item);
    code = apply_items(cli, &manifests, option_given(&cli->options, "dry-run"));
    manifests_fini(&manifests);
    return code;
}

int cmd_calendar_set(struct cli *cli)
{
    const char *code = option_argument(&cli->options, 0);
    const json_t *found;
    json_t *all;
    bool more;
    size_t index;
    int result = cli_list(cli, "/api/v1/calendars", SIZE_MAX, &all, &more);

    if (result != EXIT_FINE)
        return result;
    found = find_in(all, "code", code, &index);
    if (found) {
        result = change_and_send(cli, found);
    } else {
        fprintf(cli->err, word("there is no calendar \"%s\"; apply one first\n", "没有日历 \"%s\"；请先应用\n"), code);
        result = EXIT_REFUSED;
    }
    json_decref(all);
    return result;
}
