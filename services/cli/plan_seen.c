/* plan_seen: see plan_seen.h. */
#include "cli/plan_seen.h"

#include "cli/ledger_columns.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int plan_seen_read(struct cli *cli, const char *period, json_t **version)
{
    struct client_answer answer;
    struct buf path = { 0 };
    int code = EXIT_FINE;

    *version = NULL;
    buf_append_text(&path, "/api/v1/plans/versions?limit=1");
    cli_query(&path, "period", period);
    if (client_ask(cli->client, "GET", buf_text(&path), NULL, &answer))
        *version = json_incref(json_array_get(json_object_get(answer.json, "items"), 0));
    else
        code = cli_fail(cli, &answer);
    client_answer_fini(&answer);
    buf_fini(&path);
    return code;
}

static void name(struct cli *cli, const json_t *version, json_t *body, const char *key)
{
    const char *given = option_text(&cli->options, key, NULL);

    json_object_set_new(body, key, json_integer(given ? strtoll(given, NULL, 10) : output_int(version, key)));
}

void plan_seen_name(struct cli *cli, const json_t *version, json_t *body)
{
    name(cli, version, body, "version");
    name(cli, version, body, "revision");
}

static json_t *seen_of(const char *period, long long version, long long revision)
{
    return json_pack("{s:s, s:I, s:I}", "period", period, "version", (json_int_t)version, "revision",
                     (json_int_t)revision);
}

static void put(json_t *set, json_t *seen)
{
    size_t i;
    const json_t *item;

    json_array_foreach(set, i, item)
    {
        if (strcmp(output_text(item, "period"), output_text(seen, "period")) == 0) {
            json_array_set_new(set, i, seen);
            return;
        }
    }
    json_array_append_new(set, seen);
}

/* PERIOD or PERIOD/VERSION/REVISION. */
static int add_with(struct cli *cli, const char *given, json_t *set)
{
    char period[80];
    int version, revision, fields = sscanf(given, "%79[^/]/%d/%d", period, &version, &revision);
    json_t *newest;
    int code;

    if (fields == 3) {
        put(set, seen_of(period, version, revision));
        return EXIT_FINE;
    }
    if (fields != 1 || strchr(given, '/'))
        return cli_usage(
            cli, word("--with takes PERIOD or PERIOD/VERSION/REVISION", "--with 的格式为 周期 或 周期/版本/修订号"));
    code = plan_seen_read(cli, given, &newest);
    if (code != EXIT_FINE)
        return code;
    put(set, seen_of(given, output_int(newest, "version"), output_int(newest, "revision")));
    json_decref(newest);
    return EXIT_FINE;
}

int plan_seen_name_set(struct cli *cli, const json_t *version, json_t *body)
{
    json_t *set = json_deep_copy(json_object_get(version, "set"));
    const char *given;
    int code = EXIT_FINE;

    set = set ? set : json_array();
    for (size_t i = 0; code == EXIT_FINE && (given = option_nth(&cli->options, "with", i)); i++)
        code = add_with(cli, given, set);
    if (json_array_size(set))
        json_object_set(body, "set", set);
    json_decref(set);
    return code;
}

void plan_seen_show_set(struct cli *cli, const json_t *reply, const char *state)
{
    const json_t *item;
    size_t i;

    json_array_foreach(json_object_get(reply, "set"), i, item)
    {
        fprintf(cli->out, word("%s: version %lld is %s\n", "%s: 第 %lld 版 %s\n"), output_text(item, "period"),
                output_int(item, "version"), state);
    }
}

/* Consents that hold. */
static json_t *holding(const json_t *version)
{
    json_t *out = json_array(), *consent;
    size_t i;

    json_array_foreach(json_object_get(version, "consents"), i, consent)
    {
        if (!output_int(consent, "ended_at"))
            json_array_append(out, consent);
    }
    return out;
}

void plan_seen_show(struct cli *cli, const json_t *version)
{
    struct buf text = { 0 };
    json_t *consents = holding(version);

    if (cli->format == OUTPUT_TABLE && version) {
        output_fields(version, ledger_seen_fields, &text);
        cli_print_part(&text, word("takes the step with it", "同一步骤的其他周期"), json_object_get(version, "set"),
                       ledger_with_columns);
        cli_print_part(&text, word("warnings that somebody stands for", "已同意的警告"), consents,
                       ledger_consent_columns);
        fwrite(text.data, 1, text.len, cli->out);
    }
    json_decref(consents);
    buf_fini(&text);
}
