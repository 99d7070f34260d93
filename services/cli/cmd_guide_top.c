/* cmd_guide_top: practice cards fed from the top of a ranking: one for each unit there, about the line in which it is
 * farthest ahead of the middle of its group, to all units of its type in the group. */
#include "cli/cli.h"
#include "cli/columns.h"

#include <stdio.h>
#include <string.h>

#define TOP_COUNT "3"

static const struct column issued_columns[] = {
    C("code", "CODE", "编号", TEXT),
    C("title_zh", "TITLE", "名称", TEXT),
    C("addressed", "TO UNITS", "下发单元数", INT),
    END,
};

static char *percent(int64_t ppm, char out[32])
{
    snprintf(out, 32, "%lld.%02lld%%", (long long)ppm / 10000, (long long)ppm % 10000 / 100);
    return out;
}

/* What the card says of a unit's strength; others add how it is done by issuing its next version. */
static json_t *guide_of(struct cli *cli, const json_t *top, const json_t *strength)
{
    const struct options *options = &cli->options;
    const char *unit = output_text(top, "unit"), *name = output_text(top, "unit_name");
    const char *measure = output_text(strength, "measure"), *title = output_text(strength, "title");
    char own[32], middle[32], code[200], title_zh[300], title_en[300], text[700];

    title = title[0] ? title : measure;
    percent(output_int(strength, "attainment_ppm"), own);
    percent(output_int(strength, "median_ppm"), middle);
    snprintf(code, sizeof code, "top-%s-%s", option_argument(&cli->options, 0), unit);
    snprintf(title_zh, sizeof title_zh, "标杆经验：%s 的 %s", name, title);
    snprintf(title_en, sizeof title_en, "How %s does %s", name, title);
    snprintf(text, sizeof text,
             word("%s: rank %lld of %lld in %s; %s %s, %s in the middle of its group",
                  "%s：第 %lld 名（共 %lld），周期 %s；%s %s，组内中位 %s"),
             name, (long long)output_int(top, "rank"), (long long)output_int(top, "of"), option_argument(options, 0),
             title, own, middle);
    return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:{s:[s], s:s}, s:{s:s, s:s, s:s, s:s, s:s}}", "code", code,
                     "kind", "practice_card", "title_zh", title_zh, "title_en", title_en, "text", text, "unit",
                     option_text(options, "unit", ""), "due", option_text(options, "due", ""), "to", "types",
                     output_text(top, "unit_type"), "under", output_text(top, "peers"), "practice", "unit", unit,
                     "measure", measure, "baseline_from", option_text(options, "baseline-from", ""), "baseline_until",
                     option_text(options, "baseline-until", ""), "effect_until",
                     option_text(options, "effect-until", ""));
}

/* Adds what was issued to `issued`; stops at the first that is refused. */
static int issue_all(struct cli *cli, const json_t *tops, json_t *issued)
{
    const json_t *top;
    size_t i;

    json_array_foreach(tops, i, top)
    {
        const json_t *strength = json_array_get(json_object_get(top, "strengths"), 0);
        struct client_answer answer;
        json_t *body;
        bool good;
        int code = EXIT_FINE;

        if (!strength || !output_text(strength, "measure")[0])
            continue; /* an index, or nowhere ahead: there is nothing to measure an effect by */
        body = json_pack("{s:o}", "guide", guide_of(cli, top, strength));
        good = client_ask(cli->client, "POST", "/api/v1/guides", body, &answer);
        if (good)
            json_array_append(issued, json_object_get(answer.json, "guide") ? json_object_get(answer.json, "guide")
                                                                            : json_object_get(body, "guide"));
        else
            code = cli_fail(cli, &answer);
        client_answer_fini(&answer);
        json_decref(body);
        if (code != EXIT_FINE)
            return code;
    }
    return EXIT_FINE;
}

int cmd_guide_from_top(struct cli *cli)
{
    struct client_answer answer;
    struct buf path = { 0 }, text = { 0 };
    json_t *issued = json_array();
    int code;

    buf_append_text(&path, "/api/v1/top");
    cli_query(&path, "count", option_text(&cli->options, "top", TOP_COUNT));
    cli_query(&path, "honoured", option_given(&cli->options, "honours") ? "true" : NULL);
    cli_query(&path, "period", option_argument(&cli->options, 0));
    cli_query(&path, "unit_type", option_text(&cli->options, "type", NULL));
    cli_query(&path, "under", option_text(&cli->options, "under", NULL));
    code = client_ask(cli->client, "GET", buf_text(&path), NULL, &answer)
               ? issue_all(cli, json_object_get(answer.json, "items"), issued)
               : cli_fail(cli, &answer);
    if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, issued);
    else
        output_rows(issued, issued_columns, cli->format, &text);
    if (text.len)
        fwrite(text.data, 1, text.len, cli->out);
    buf_fini(&text);
    buf_fini(&path);
    client_answer_fini(&answer);
    json_decref(issued);
    return code;
}
