/* plan_seen: see plan_seen.h. */
#include "cli/plan_seen.h"

#include "cli/ledger_columns.h"

#include <stdlib.h>

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
        cli_print_part(&text, word("warnings that somebody stands for", "已同意的警告"), consents,
                       ledger_consent_columns);
        fwrite(text.data, 1, text.len, cli->out);
    }
    json_decref(consents);
    buf_fini(&text);
}
