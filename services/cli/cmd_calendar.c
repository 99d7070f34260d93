/* cmd_calendar: showing a calendar, learning its weights, changing it. */
#include "cli/calendar_days.h"
#include "cli/columns.h"
#include "cli/cli.h"
#include "cli/manifest.h"

#include "calc/calendar_learn.h"
#include "calc/phasing.h"
#include "text/dates.h"

#include <stdlib.h>
#include <string.h>

#define RANGE_MAX 1100 /* days to show */

static const struct column head_fields[] = {
    C("code", "calendar", "日历", TEXT),
    C("title", "title", "名称", TEXT),
    C("estimated", "estimated", "预估", BOOL),
    C("source", "source", "来源", TEXT),
    C("month_end", "month's end", "月末系数", TEXT),
    C("quarter_end", "quarter's end", "季末系数", TEXT),
    C("hours", "hours", "小时占比", TEXT),
    END,
};
static const struct column class_columns[] = {
    C("class", "CLASS", "日类型", WORD),
    C("weight", "WEIGHT", "权重", INT),
    END,
};
static const struct column special_columns[] = {
    C("date", "DATE", "日期", TEXT),
    C("class", "CLASS", "日类型", WORD),
    C("name", "NAME", "名称", TEXT),
    END,
};
static const struct column day_columns[] = {
    C("date", "DATE", "日期", TEXT),
    C("class", "CLASS", "日类型", WORD),
    C("name", "NAME", "名称", TEXT),
    C("weight", "WEIGHT", "权重", INT),
    C("share", "SHARE", "占比", PPM),
    C("so_far", "SO FAR", "累计", PPM),
    END,
};
static const struct column learned_columns[] = {
    C("class", "CLASS", "日类型", WORD),
    C("days", "DAYS", "天数", INT),
    C("own", "OWN", "历史", PPM),
    C("prior", "PRIOR", "先验", PPM),
    C("shrink", "SHRUNK BY", "收缩", PPM),
    C("weight", "WEIGHT", "权重", INT),
    END,
};

/* --- asking --- */

static int list_calendars(struct cli *cli, json_t **all)
{
    bool more;

    return cli_list(cli, "/api/v1/calendars", SIZE_MAX, all, &more);
}

/* Borrowed from `all`; explains where there is none. */
static json_t *find_calendar(struct cli *cli, const json_t *all, const char *code)
{
    json_t *calendar;
    size_t i;

    json_array_foreach(all, i, calendar) if (strcmp(output_text(calendar, "code"), code) == 0) return calendar;
    fprintf(cli->err, word("there is no calendar \"%s\"\n", "没有日历 \"%s\"\n"), code);
    return NULL;
}

/* --from and --until. False, explained, where they aren't days or aren't 1 to `max` apart. */
static bool read_range(struct cli *cli, int32_t max, int32_t *from, int32_t *until)
{
    const char *a = option_text(&cli->options, "from", ""), *b = option_text(&cli->options, "until", "");

    if (calendar_read_day(a, from) && calendar_read_day(b, until) && *from < *until && *until - *from <= max)
        return true;
    cli_usage(cli,
              word("--from %s --until %s are not days as yyyy-MM-dd, 1 to %d apart",
                   "--from %s --until %s 须为 yyyy-MM-dd，相隔 1 至 %d 天"),
              a, b, (int)max);
    return false;
}

static void print_rows(struct cli *cli, const json_t *rows, const struct column *columns)
{
    struct buf text = { 0 };

    output_rows(rows, columns, cli->format, &text);
    fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
}

/* Sends one calendar as `apply` would. */
static int apply_calendar(struct cli *cli, const json_t *calendar, bool dry_run)
{
    struct item item = { .kind = kind_find("Calendars"), .file = "calendar", .json = json_deep_copy(calendar) };
    struct manifests manifests;
    int code;

    manifests_init(&manifests);
    manifests_add(&manifests, &item);
    code = apply_items(cli, &manifests, dry_run);
    manifests_fini(&manifests);
    return code;
}

/* --- show --- */

static const char *name_of(const json_t *calendar, const char *date)
{
    const json_t *day;
    size_t i;

    json_array_foreach(json_object_get(calendar, "days"), i,
                       day) if (strcmp(output_text(day, "date"), date) == 0) return output_text(day, "name");
    return "";
}

static json_t *day_rows(const json_t *calendar, int32_t from, size_t count, const enum day_class *classes,
                        const int64_t *weights)
{
    json_t *rows = json_array();
    int64_t sum = 0, so_far = 0;

    for (size_t i = 0; i < count; i++)
        sum += weights[i];
    for (size_t i = 0; i < count && sum; i++) {
        char date[DATE_TEXT_MAX];

        date_print(date, from + (int32_t)i);
        so_far += weights[i];
        json_array_append_new(rows,
                              json_pack("{s:s, s:s, s:s, s:I, s:I, s:I}", "date", date, "class",
                                        calendar_class_name(classes[i]), "name", name_of(calendar, date), "weight",
                                        (json_int_t)weights[i], "share", (json_int_t)(weights[i] * FIXED_PPM / sum),
                                        "so_far", (json_int_t)(so_far * FIXED_PPM / sum)));
    }
    return rows;
}

static int show_days(struct cli *cli, const json_t *calendar)
{
    enum day_class classes[RANGE_MAX];
    int64_t weights[RANGE_MAX];
    struct calendar_profile profile;
    json_t *alone = json_array(), *rows;
    int32_t from, until;
    struct err err;
    int code = EXIT_FINE;

    json_array_append(alone, (json_t *)(uintptr_t)calendar);
    calendar_profile_of(calendar, &profile);
    if (!read_range(cli, RANGE_MAX, &from, &until)) {
        code = EXIT_USAGE;
    } else if (calendar_classes_of(alone, from, (size_t)(until - from), classes, &err) != 0 ||
               calendar_weights(&profile, from, classes, (size_t)(until - from), weights, &err) != 0) {
        fprintf(cli->err, "%s\n", err.text);
        code = EXIT_REFUSED;
    } else {
        rows = day_rows(calendar, from, (size_t)(until - from), classes, weights);
        print_rows(cli, rows, day_columns);
        json_decref(rows);
    }
    json_decref(alone);
    return code;
}

static json_t *factors_text(const json_t *factors)
{
    struct buf text = { 0 };
    const json_t *factor;
    json_t *out;
    size_t i;

    json_array_foreach(factors, i, factor)
        buf_printf(&text, "%s%.2f%%", i ? ", " : "", (double)json_integer_value(factor) / 10000);
    out = json_string(buf_text(&text));
    buf_fini(&text);
    return out;
}

static void show_calendar(struct cli *cli, const json_t *calendar)
{
    json_t *head = json_copy((json_t *)(uintptr_t)calendar);
    struct buf text = { 0 };

    json_object_set_new(head, "hours", factors_text(json_object_get(calendar, "hour_ppm")));
    json_object_set_new(head, "month_end", factors_text(json_object_get(calendar, "month_end_ppm")));
    json_object_set_new(head, "quarter_end", factors_text(json_object_get(calendar, "quarter_end_ppm")));
    output_fields(head, head_fields, &text);
    fwrite(text.data, 1, text.len, cli->out);
    fputc('\n', cli->out);
    print_rows(cli, json_object_get(calendar, "classes"), class_columns);
    fputc('\n', cli->out);
    print_rows(cli, json_object_get(calendar, "days"), special_columns);
    buf_fini(&text);
    json_decref(head);
}

int cmd_calendar_show(struct cli *cli)
{
    json_t *all, *calendar;
    int code = list_calendars(cli, &all);

    if (code != EXIT_FINE)
        return code;
    calendar = find_calendar(cli, all, option_argument(&cli->options, 0));
    if (!calendar)
        code = EXIT_REFUSED;
    else if (option_given(&cli->options, "from") || option_given(&cli->options, "until"))
        code = show_days(cli, calendar);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, calendar);
    else if (cli->format == OUTPUT_CSV)
        print_rows(cli, json_object_get(calendar, "days"), special_columns);
    else
        show_calendar(cli, calendar);
    json_decref(all);
    return code;
}

/* --- learn --- */

struct history {
    int32_t from, until;
    int64_t *values;
    enum day_class *classes;
};

static int ask_history(struct cli *cli, struct history *history)
{
    json_t *body = json_object(), *day;
    struct client_answer answer;
    int code = EXIT_FINE;
    size_t i;

    json_object_set_new(body, "measure", json_string(option_text(&cli->options, "measure", "")));
    json_object_set_new(body, "unit", json_string(option_text(&cli->options, "unit", "")));
    json_object_set_new(body, "from", json_string(option_text(&cli->options, "from", "")));
    json_object_set_new(body, "until", json_string(option_text(&cli->options, "until", "")));
    json_object_set_new(body, "by_day", json_true());
    if (client_ask(cli->client, "POST", "/api/v1/measures/try", body, &answer)) {
        json_array_foreach(json_object_get(answer.json, "days"), i, day)
        {
            int32_t number;

            if (calendar_read_day(output_text(day, "day"), &number) && number >= history->from &&
                number < history->until)
                history->values[number - history->from] = output_int(day, "value");
        }
    } else {
        code = cli_fail(cli, &answer);
    }
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

/* The calendar's own days first, then those of --days. NULL, explained, where one isn't there. */
static json_t *calendars_of_history(struct cli *cli, const json_t *all, json_t *calendar)
{
    json_t *list = json_array(), *more;
    const char *code;

    json_array_append(list, calendar);
    for (size_t i = 0; (code = option_nth(&cli->options, "days", i)); i++) {
        more = find_calendar(cli, all, code);
        if (!more) {
            json_decref(list);
            return NULL;
        }
        json_array_append(list, more);
    }
    return list;
}

/* Weights on the calendar's own scale: that of its working days stays. */
static json_t *learned_rows(const struct calendar_learned *learned, int64_t working)
{
    json_t *rows = json_array();

    for (int c = 1; c < DAY_CLASS_COUNT; c++) {
        int64_t weight;

        if (learned[c].weight_ppm == CALENDAR_WEIGHT_MISSING ||
            fixed_mul_ppm(working, learned[c].weight_ppm, ROUND_HALF_UP, &weight, NULL) != 0)
            continue;
        json_array_append_new(
            rows, json_pack("{s:s, s:i, s:I, s:I, s:I, s:I}", "class", calendar_class_name((enum day_class)c), "days",
                            (int)learned[c].days, "own", (json_int_t)learned[c].own_ppm, "prior",
                            (json_int_t)(learned[c].prior_ppm < 0 ? 0 : learned[c].prior_ppm), "shrink",
                            (json_int_t)learned[c].shrink_ppm, "weight", (json_int_t)weight));
    }
    return rows;
}

static void take_weights(json_t *calendar, const json_t *rows)
{
    json_t *classes = json_array(), *row;
    size_t i;

    json_array_foreach(rows, i, row)
        json_array_append_new(classes, json_pack("{s:s, s:I}", "class", output_text(row, "class"), "weight",
                                                 (json_int_t)output_int(row, "weight")));
    json_object_set_new(calendar, "classes", classes);
}

static int learn(struct cli *cli, json_t *calendar, const json_t *parent, const struct history *history)
{
    struct calendar_learned learned[DAY_CLASS_COUNT];
    struct calendar_profile profile, prior;
    struct err err;
    json_t *rows;
    int code = EXIT_FINE;

    calendar_profile_of(calendar, &profile);
    calendar_profile_of(parent, &prior);
    if (calendar_learn(history->values, history->classes, (size_t)(history->until - history->from), prior.class_weight,
                       learned, &err) != 0) {
        fprintf(cli->err, "%s\n", err.text);
        return EXIT_REFUSED;
    }
    rows = learned_rows(learned, profile.class_weight[DAY_WORKING]);
    if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, rows);
    else
        print_rows(cli, rows, learned_columns);
    if (option_given(&cli->options, "set")) {
        take_weights(calendar, rows);
        code = apply_calendar(cli, calendar, false);
    }
    json_decref(rows);
    return code;
}

static int learn_from(struct cli *cli, const json_t *all, json_t *calendar, struct history *history)
{
    const char *parent_code = option_text(&cli->options, "parent", output_text(calendar, "code"));
    const json_t *parent = find_calendar(cli, all, parent_code);
    json_t *list = parent ? calendars_of_history(cli, all, calendar) : NULL;
    size_t count = (size_t)(history->until - history->from);
    struct err err;
    int code;

    if (!list)
        return EXIT_REFUSED;
    history->values = calloc(count, sizeof *history->values);
    history->classes = calloc(count, sizeof *history->classes);
    if (!history->values || !history->classes)
        abort();
    if (calendar_classes_of(list, history->from, count, history->classes, &err) != 0) {
        fprintf(cli->err, "%s\n", err.text);
        code = EXIT_REFUSED;
    } else {
        code = ask_history(cli, history);
    }
    if (code == EXIT_FINE)
        code = learn(cli, calendar, parent, history);
    free(history->values);
    free(history->classes);
    json_decref(list);
    return code;
}

int cmd_calendar_learn(struct cli *cli)
{
    struct history history = { 0, 0, NULL, NULL };
    json_t *all, *calendar;
    int code;

    if (!option_given(&cli->options, "measure"))
        return cli_usage(cli, word("calendar learn wants --measure M", "calendar learn 需要 --measure M"));
    if (!read_range(cli, CALENDAR_LEARN_DAYS_MAX, &history.from, &history.until))
        return EXIT_USAGE;
    code = list_calendars(cli, &all);
    if (code != EXIT_FINE)
        return code;
    calendar = find_calendar(cli, all, option_argument(&cli->options, 0));
    code = calendar ? learn_from(cli, all, calendar, &history) : EXIT_REFUSED;
    json_decref(all);
    return code;
}
