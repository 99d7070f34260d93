/* cmd_verify: recomputes from the recorded facts and compares with what monitoring and incentive hold. */
#include "cli/cli.h"
#include "cli/verify.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum side { SIDE_FACTS, SIDE_PROGRESS, SIDE_SCORES, SIDE_COUNT };

static const struct {
    const char *path, *en, *zh;
} sides[] = {
    { "/api/v1/verify/recount", "facts", "事实" },
    { "/api/v1/verify/progress", "monitoring", "监测" },
    { "/api/v1/verify/scores", "incentive", "激励" },
};

struct verify {
    struct cli *cli;
    struct client_answer answers[SIDE_COUNT];
    json_t *names[2];       /* id to code: units, measures; fetched when something differs */
    size_t bucket, buckets; /* asked one by one: sums of all facts at once would be a long answer */
    struct buf differences;
    size_t count;
    size_t cells;
    long long facts;
};

static const char *side_name(enum side side)
{
    return word(sides[side].en, sides[side].zh);
}

/* --- asking --------------------------------------------------------------------------------------------------------
 */
static int ask_side(struct verify *verify, enum side side)
{
    struct buf path = { 0 };
    char bucket[24];
    bool good;

    client_answer_fini(&verify->answers[side]);
    buf_append_text(&path, sides[side].path);
    cli_query(&path, "from", option_text(&verify->cli->options, "from", NULL));
    cli_query(&path, "until", option_text(&verify->cli->options, "until", NULL));
    snprintf(bucket, sizeof bucket, "%zu", verify->bucket);
    cli_query(&path, "bucket", bucket);
    good = client_ask(verify->cli->client, "GET", buf_text(&path), NULL, &verify->answers[side]);
    buf_fini(&path);
    return good ? EXIT_FINE : cli_fail(verify->cli, &verify->answers[side]);
}

static bool all_agree(const struct verify *verify)
{
    const json_t *facts = verify->answers[SIDE_FACTS].json;

    return verify_same_position(facts, verify->answers[SIDE_PROGRESS].json, verify->bucket) &&
           verify_same_position(facts, verify->answers[SIDE_SCORES].json, verify->bucket);
}

/* Asks all sides for one bucket until they stand at the same position of its stream. */
static int ask_all(struct verify *verify)
{
    const struct timespec pause = { .tv_nsec = 300000000L };
    time_t until = time(NULL) + strtol(option_text(&verify->cli->options, "timeout", "60"), NULL, 10);

    for (;;) {
        for (int side = 0; side < SIDE_COUNT; side++) {
            int code = ask_side(verify, (enum side)side);
            if (code != EXIT_FINE)
                return code;
        }
        if (all_agree(verify))
            return EXIT_FINE;
        if (time(NULL) > until)
            break;
        nanosleep(&pause, NULL);
    }
    fprintf(verify->cli->err, "%s\n",
            word("the services did not come to the same position in time; try again when less comes in",
                 "各服务未能在时限内读到同一位置；请在数据较少时重试"));
    return EXIT_REFUSED;
}

/* --- names ---------------------------------------------------------------------------------------------------------
 */
static json_t *read_names(struct cli *cli, const char *path)
{
    json_t *rows = NULL, *names = json_object(), *row;
    bool more;
    size_t i;

    if (cli_list(cli, path, SIZE_MAX, &rows, &more) == EXIT_FINE) {
        json_array_foreach(rows, i, row)
        {
            char id[24];
            snprintf(id, sizeof id, "%lld", output_int(row, "id"));
            json_object_set(names, id, json_object_get(row, "code"));
        }
    }
    json_decref(rows);
    return names;
}

static const char *name_of(void *arg, bool measure, uint32_t number)
{
    struct verify *verify = arg;
    char id[24];

    if (!verify->names[measure])
        verify->names[measure] = read_names(verify->cli, measure ? "/api/v1/measures" : "/api/v1/units");
    snprintf(id, sizeof id, "%u", number);
    return json_string_value(json_object_get(verify->names[measure], id));
}

/* --- comparing -----------------------------------------------------------------------------------------------------
 */
static void compare_with(struct verify *verify, enum side side, const struct verify_sums *facts)
{
    struct verify_sums sums = { 0 };
    const json_t *line;
    size_t i;

    if (verify_read(verify->answers[side].json, &sums) != 0) {
        buf_printf(&verify->differences, word("%s: malformed answer\n", "%s: 应答格式错误\n"), side_name(side));
        verify->count++;
    }
    verify->count += verify_compare(side_name(SIDE_FACTS), facts, side_name(side), &sums, name_of, verify,
                                    &verify->differences);
    verify_fini(&sums);
    json_array_foreach(json_object_get(verify->answers[side].json, "differences"), i, line)
    {
        buf_printf(&verify->differences, "%s: %s\n", side_name(side), json_string_value(line));
        verify->count++;
    }
}

static void print_result(struct verify *verify)
{
    struct cli *cli = verify->cli;
    json_t *json;

    if (cli->format == OUTPUT_JSON) {
        json = json_pack("{s:b, s:I, s:I, s:I, s:s}", "equal", verify->count == 0, "facts", (json_int_t)verify->facts,
                         "sums", (json_int_t)verify->cells, "differences", (json_int_t)verify->count, "text",
                         buf_text(&verify->differences));
        cli_print_json(cli, json);
        json_decref(json);
        return;
    }
    fprintf(cli->out, "%s", buf_text(&verify->differences));
    if (verify->count)
        fprintf(cli->out,
                word("%zu differences in %zu sums of %lld facts\n", "%zu 处不一致: %zu 个合计, %lld 条事实\n"),
                verify->count, verify->cells, verify->facts);
    else
        fprintf(cli->out, word("equal: %zu sums of %lld facts\n", "一致: %zu 个合计, %lld 条事实\n"), verify->cells,
                verify->facts);
}

static int verify_bucket(struct verify *verify)
{
    const json_t *answer;
    struct verify_sums facts = { 0 };
    int code = ask_all(verify);

    if (code != EXIT_FINE)
        return code;
    answer = verify->answers[SIDE_FACTS].json;
    verify->buckets = json_array_size(json_object_get(answer, "seq"));
    if (verify_read(answer, &facts) != 0)
        return EXIT_REFUSED;
    compare_with(verify, SIDE_PROGRESS, &facts);
    compare_with(verify, SIDE_SCORES, &facts);
    verify->cells += facts.count;
    verify->facts += output_int(answer, "facts");
    verify_fini(&facts);
    return EXIT_FINE;
}

int cmd_verify(struct cli *cli)
{
    struct verify verify = { .cli = cli, .buckets = 1 };
    int code = EXIT_FINE;

    for (; code == EXIT_FINE && verify.bucket < verify.buckets; verify.bucket++)
        code = verify_bucket(&verify);
    if (code == EXIT_FINE) {
        print_result(&verify);
        code = verify.count ? EXIT_REFUSED : EXIT_FINE;
    }
    for (int side = 0; side < SIDE_COUNT; side++)
        client_answer_fini(&verify.answers[side]);
    json_decref(verify.names[0]);
    json_decref(verify.names[1]);
    buf_fini(&verify.differences);
    return code;
}
