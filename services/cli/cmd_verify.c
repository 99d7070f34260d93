/* cmd_verify: recomputes from the recorded facts, bucket by bucket, and compares with what monitoring and incentive
 * hold at the same position of the bucket's stream. */
#include "cli/cli.h"
#include "cli/cmd_archive.h"
#include "cli/verify.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static const struct {
    const char *path, *en, *zh;
} sides[] = {
    [VERIFY_FACTS] = { "/api/v1/verify/recount", "facts", "事实" },
    [VERIFY_MONITORING] = { "/api/v1/verify/progress", "monitoring", "监测" },
    [VERIFY_INCENTIVE] = { "/api/v1/verify/scores", "incentive", "激励" },
};

/* Values are in the smallest unit of the measure. */
static const struct column columns[] = {
    { "unit", "UNIT", "单元", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "measure", "MEASURE", "指标", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "facts", "FACTS", "事实", COLUMN_INT, NULL, 0, NULL, NULL },
    { "monitoring", "MONITORING", "监测", COLUMN_INT, NULL, 0, NULL, NULL },
    { "monitoring_off", "OFF BY", "相差", COLUMN_INT, NULL, 0, NULL, NULL },
    { "incentive", "INCENTIVE", "激励", COLUMN_INT, NULL, 0, NULL, NULL },
    { "incentive_off", "OFF BY", "相差", COLUMN_INT, NULL, 0, NULL, NULL },
    { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL },
};

struct verify {
    struct cli *cli;
    long patience_s;                            /* for the sides to come to the same position in a bucket */
    struct client_answer answers[VERIFY_SIDES]; /* of the bucket */
    int64_t position[VERIFY_SIDES];             /* -1: no answer yet */
    uint32_t bucket, buckets;
    long long facts;
    long long files;    /* archived ones that were read */
    long long excluded; /* sums of which rules of crediting exclude a part */
    struct verify_sums sums;
    json_t *inside;   /* what a service found different in itself: texts */
    json_t *names[2]; /* id to code: units, measures; fetched when something differs */
};

/* --- asking --------------------------------------------------------------------------------------------------------
 */
static bool is_passing(long status)
{
    return status == 429 || status == 503 || status == 504;
}

/* A side that is busy has no position yet. */
static int ask_side(struct verify *verify, enum verify_side side)
{
    struct client_answer *answer = &verify->answers[side];
    struct buf path = { 0 };
    char bucket[16];
    bool good;

    client_answer_fini(answer);
    verify->position[side] = -1;
    snprintf(bucket, sizeof bucket, "%u", verify->bucket);
    buf_append_text(&path, sides[side].path);
    cli_query(&path, "bucket", bucket);
    cli_query(&path, "from", option_text(&verify->cli->options, "from", NULL));
    cli_query(&path, "until", option_text(&verify->cli->options, "until", NULL));
    good = client_ask(verify->cli->client, "GET", buf_text(&path), NULL, answer);
    buf_fini(&path);
    if (good)
        verify->position[side] = verify_position(answer->json, verify->bucket);
    else if (!is_passing(answer->status))
        return cli_fail(verify->cli, answer);
    return EXIT_FINE;
}

/* Asks those that stand before the one that is farthest; true when all stand at the same position. */
static bool ask_behind(struct verify *verify, int *code)
{
    int64_t farthest = 0;
    bool equal = true;

    for (int side = 0; side < VERIFY_SIDES; side++)
        farthest = verify->position[side] > farthest ? verify->position[side] : farthest;
    for (int side = 0; side < VERIFY_SIDES && *code == EXIT_FINE; side++)
        if (verify->position[side] < farthest || verify->position[side] < 0)
            *code = ask_side(verify, (enum verify_side)side);
    for (int side = 0; side < VERIFY_SIDES; side++)
        equal = equal && verify->position[side] >= 0 && verify->position[side] == verify->position[0];
    return equal;
}

static int give_up(struct verify *verify)
{
    struct cli *cli = verify->cli;

    for (int side = 0; side < VERIFY_SIDES; side++)
        if (verify->position[side] < 0 && verify->answers[side].status != 200)
            return cli_fail(cli, &verify->answers[side]);
    fprintf(cli->err,
            word("the services did not come to the same position of bucket %u in time (facts %lld, monitoring %lld, "
                 "incentive %lld); try again when less comes in\n",
                 "各服务未能在时限内读到第 %u 桶的同一位置（事实 %lld，监测 %lld，激励 %lld）；请在数据较少时重试\n"),
            verify->bucket, (long long)verify->position[VERIFY_FACTS], (long long)verify->position[VERIFY_MONITORING],
            (long long)verify->position[VERIFY_INCENTIVE]);
    return EXIT_REFUSED;
}

static int ask_bucket(struct verify *verify)
{
    const struct timespec pause = { .tv_nsec = 100000000L };
    time_t until = time(NULL) + verify->patience_s;
    int code = EXIT_FINE;

    for (int side = 0; side < VERIFY_SIDES; side++)
        verify->position[side] = -1;
    while (!ask_behind(verify, &code)) {
        if (code != EXIT_FINE)
            return code;
        if (time(NULL) > until)
            return give_up(verify);
        nanosleep(&pause, NULL);
    }
    return code;
}

static int take_answers(struct verify *verify)
{
    const json_t *text;
    size_t i;

    for (int side = 0; side < VERIFY_SIDES; side++) {
        const json_t *answer = verify->answers[side].json;

        if (verify_add(&verify->sums, (enum verify_side)side, answer) != 0) {
            fprintf(verify->cli->err, word("%s: malformed answer\n", "%s: 应答格式错误\n"),
                    word(sides[side].en, sides[side].zh));
            return EXIT_REFUSED;
        }
        json_array_foreach(json_object_get(answer, "differences"), i, text)
        {
            json_array_append_new(
                verify->inside, json_sprintf("%s: %s", word(sides[side].en, sides[side].zh), json_string_value(text)));
        }
    }
    json_array_foreach(json_object_get(verify->answers[VERIFY_INCENTIVE].json, "excluded"), i, text)
    {
        verify->excluded += json_integer_value(text) != 0;
    }
    verify->facts += output_int(verify->answers[VERIFY_FACTS].json, "facts");
    verify->buckets = (uint32_t)json_array_size(json_object_get(verify->answers[VERIFY_FACTS].json, "seq"));
    return EXIT_FINE;
}

static int ask_all(struct verify *verify)
{
    struct cli *cli = verify->cli;
    bool show = cli->format == OUTPUT_TABLE && isatty(fileno(cli->err));
    int code;

    do {
        code = ask_bucket(verify);
        if (code == EXIT_FINE)
            code = take_answers(verify);
        verify->bucket++;
        if (show && code == EXIT_FINE)
            fprintf(cli->err, word("\r%u of %u parts, %lld facts ", "\r第 %u/%u 部分, %lld 条事实 "), verify->bucket,
                    verify->buckets, verify->facts);
    } while (code == EXIT_FINE && verify->bucket < verify->buckets);
    if (show)
        fprintf(cli->err, "\n");
    return code;
}

/* The ledger of pay against its own recomputation; quiet where nothing was ever calculated. */
static int ask_pay(struct verify *verify)
{
    struct client_answer answer;
    json_t *text;
    int code = EXIT_FINE;
    size_t i;

    if (!client_ask(verify->cli->client, "GET", "/api/v1/verify/pay", NULL, &answer))
        code = cli_fail(verify->cli, &answer);
    json_array_foreach(json_object_get(answer.json, "differences"), i, text)
    {
        json_array_append(verify->inside, text);
    }
    client_answer_fini(&answer);
    return code;
}

/* Archived files of all streams, read anew: each as it was recorded, each behind the one before. */
static int ask_archive(struct verify *verify)
{
    struct archive_findings findings = { .differences = verify->inside };
    int code = archive_check(verify->cli, NULL, &findings);

    verify->files = findings.files;
    return code;
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

/* --- the result ----------------------------------------------------------------------------------------------------
 */
static void print_text(struct verify *verify, const json_t *differences)
{
    struct cli *cli = verify->cli;
    struct buf text = { 0 };
    const json_t *line;
    size_t i;

    if (json_array_size(differences))
        output_rows(differences, columns, cli->format, &text);
    fputs(buf_text(&text), cli->out);
    buf_fini(&text);
    json_array_foreach(verify->inside, i, line) fprintf(cli->out, "%s\n", json_string_value(line));
    if (json_array_size(differences) || json_array_size(verify->inside))
        fprintf(cli->out,
                word("%zu differences in %zu sums over %lld facts\n", "%zu 处不一致: %zu 个合计, %lld 条事实\n"),
                json_array_size(differences) + json_array_size(verify->inside), verify->sums.count, verify->facts);
    else
        fprintf(cli->out, word("%zu sums over %lld facts agree\n", "一致: %zu 个合计, %lld 条事实\n"),
                verify->sums.count, verify->facts);
    if (verify->files)
        fprintf(cli->out, word("%lld archived files of the streams were read\n", "已读取数据流归档文件 %lld 个\n"),
                verify->files);
    if (verify->excluded)
        fprintf(cli->out,
                word("of %lld sums a part is excluded by rules of crediting, the rest credited (see credit totals)\n",
                     "其中 %lld 个合计有按计入规则不予计入的部分，其余均已计入（见 credit totals）\n"),
                verify->excluded);
}

static int print_result(struct verify *verify)
{
    json_t *differences, *json;
    bool equal;

    verify_settle(&verify->sums);
    differences = verify_differences(&verify->sums, name_of, verify);
    equal = !json_array_size(differences) && !json_array_size(verify->inside);
    if (verify->cli->format == OUTPUT_JSON) {
        json = json_pack("{s:b, s:I, s:I, s:I, s:I, s:O, s:O}", "equal", equal, "files", (json_int_t)verify->files,
                         "facts", (json_int_t)verify->facts, "sums", (json_int_t)verify->sums.count, "excluded",
                         (json_int_t)verify->excluded, "differences", differences, "inside", verify->inside);
        cli_print_json(verify->cli, json);
        json_decref(json);
    } else {
        print_text(verify, differences);
    }
    json_decref(differences);
    return equal ? EXIT_FINE : EXIT_REFUSED;
}

int cmd_verify(struct cli *cli)
{
    struct verify verify = { .cli = cli, .inside = json_array() };
    const char *patience = option_text(&cli->options, "timeout", "60");
    char *end;
    int code;

    verify.patience_s = strtol(patience, &end, 10);
    if (*end || verify.patience_s < 0)
        code = cli_usage(cli, word("--timeout %s is not a number", "--timeout %s 不是数字"), patience);
    else
        code = ask_all(&verify);
    if (code == EXIT_FINE)
        code = ask_pay(&verify);
    if (code == EXIT_FINE)
        code = ask_archive(&verify);
    if (code == EXIT_FINE)
        code = print_result(&verify);
    for (int side = 0; side < VERIFY_SIDES; side++)
        client_answer_fini(&verify.answers[side]);
    verify_fini(&verify.sums);
    json_decref(verify.inside);
    json_decref(verify.names[0]);
    json_decref(verify.names[1]);
    return code;
}
