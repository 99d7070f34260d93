/* cmd_apply: manifests to the gateway, in pieces; refusals back to the file and line they come from. */
#include "cli/cli.h"
#include "cli/plan_seen.h"
#include "cli/manifest.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A request is kept below the gateway's limit of 1 MB, and small enough to be one short transaction. */
#define PIECE_ITEMS 400
#define PIECE_BYTES ((size_t)900 << 10)

/* Services hear of planning's changes within moments: what they don't know yet is asked again for so long. */
#define HEARSAY_MS 5000

struct apply {
    struct cli *cli;
    struct manifests manifests;
    bool dry_run;
    bool planning_changed;
    json_t *results; /* a row a kind, and the changes */
};

static const struct column result_columns[] = {
    { "kind", "KIND", "种类", COLUMN_TEXT, NULL, 0, NULL, NULL },
    { "created", "CREATED", "新建", COLUMN_INT, NULL, 0, NULL, NULL },
    { "changed", "CHANGED", "变更", COLUMN_INT, NULL, 0, NULL, NULL },
    { "unchanged", "UNCHANGED", "未变", COLUMN_INT, NULL, 0, NULL, NULL },
    { NULL, NULL, NULL, COLUMN_TEXT, NULL, 0, NULL, NULL },
};

/* --- pieces --------------------------------------------------------------------------------------------------------
 */
/* How many items from `from` on go into one request. */
static size_t piece_of(const struct manifests *manifests, size_t from)
{
    size_t count = 0, bytes = 0;

    while (from + count < manifests->item_count && count < PIECE_ITEMS &&
           manifests->items[from + count].kind == manifests->items[from].kind) {
        size_t len = json_dumpb(manifests->items[from + count].json, NULL, 0, JSON_COMPACT) + 1;
        if (count > 0 && bytes + len > PIECE_BYTES)
            break;
        bytes += len;
        count++;
    }
    return count;
}

static json_t *body_of(const struct apply *apply, size_t from, size_t count)
{
    json_t *body = json_object(), *items = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append(items, apply->manifests.items[from + i].json);
    json_object_set_new(body, "dry_run", json_boolean(apply->dry_run));
    json_object_set_new(body, "items", items);
    if (apply->manifests.check_revision)
        json_object_set_new(body, "check_revision", json_true());
    if (option_given(&apply->cli->options, "redefine") &&
        strcmp(apply->manifests.items[from].kind->name, "Measures") == 0)
        json_object_set_new(body, "redefine", json_true());
    if (option_given(&apply->cli->options, "consent") && strcmp(apply->manifests.items[from].kind->name, "Units") == 0)
        json_object_set_new(body, "consents", json_pack("[s]", option_text(&apply->cli->options, "consent", "")));
    return body;
}

/* --- refusals ------------------------------------------------------------------------------------------------------
 */
/* "/items/12/parent": the item of the piece and what is behind it. False where it is something else. */
static bool split_pointer(const char *pointer, size_t *index, const char **rest)
{
    char *end;

    if (strncmp(pointer, "/items/", 7) != 0)
        return false;
    *index = strtoul(pointer + 7, &end, 10);
    *rest = end;
    return end != pointer + 7 && (*end == '/' || *end == '\0');
}

static void print_error(struct apply *apply, size_t from, size_t count, const json_t *error)
{
    const char *pointer = output_text(error, "pointer"), *rest;
    struct buf at = { 0 };
    size_t index;

    if (split_pointer(pointer, &index, &rest) && index < count)
        item_place(&apply->manifests.items[from + index], rest, &at);
    else if (*pointer)
        buf_printf(&at, "%s: ", pointer);
    fprintf(apply->cli->err, "%s%s\n", buf_text(&at), output_text(error, "message"));
    buf_fini(&at);
}

static int refused(struct apply *apply, size_t from, size_t count, const struct client_answer *answer)
{
    const json_t *errors = json_object_get(answer->json, "errors"), *error;
    size_t i;

    if (!json_array_size(errors)) {
        if (answer->status)
            fprintf(apply->cli->err, "%s: ", apply->manifests.items[from].kind->name);
        return cli_fail(apply->cli, answer);
    }
    json_array_foreach(errors, i, error) print_error(apply, from, count, error);
    if (apply->dry_run && apply->manifests.item_count > count)
        fprintf(apply->cli->err, "%s\n",
                word("(a dry run does not see what the same manifests would create)",
                     "（试运行看不到同一批清单将要创建的内容）"));
    return EXIT_REFUSED;
}

/* Everything that is wrong is something the service hasn't heard of (a word it never takes is unknown_word). */
static bool is_hearsay(const struct client_answer *answer)
{
    const json_t *errors = json_object_get(answer->json, "errors"), *error;
    size_t i;

    json_array_foreach(errors, i, error) if (strncmp(output_text(error, "code"), "unknown_", 8) != 0) return false;
    return json_array_size(errors) > 0 && answer->status == 422;
}

/* --- sending -------------------------------------------------------------------------------------------------------
 */
static bool send_piece(struct apply *apply, const struct kind *kind, const json_t *body, struct client_answer *answer)
{
    const struct timespec pause = { .tv_nsec = 250000000L };
    char path[64];
    bool good;

    snprintf(path, sizeof path, "/api/v1/apply/%s", kind->path);
    good = client_ask(apply->cli->client, "POST", path, body, answer);
    for (int ms = 0; !good && !kind->planning && apply->planning_changed && is_hearsay(answer) && ms < HEARSAY_MS;
         ms += 250) {
        nanosleep(&pause, NULL);
        client_answer_fini(answer);
        good = client_ask(apply->cli->client, "POST", path, body, answer);
    }
    return good;
}

static void add_result(struct apply *apply, const struct kind *kind, const json_t *reply)
{
    static const char *const counts[] = { "created", "changed", "unchanged" };
    size_t last = json_array_size(apply->results), at;
    const json_t *warning;
    json_t *row = last ? json_array_get(apply->results, last - 1) : NULL;

    if (!row || strcmp(output_text(row, "kind"), kind->name) != 0) {
        row = json_pack("{s:s, s:i, s:i, s:i, s:[]}", "kind", kind->name, "created", 0, "changed", 0, "unchanged", 0,
                        "changes");
        json_array_append_new(apply->results, row);
    }
    for (size_t i = 0; i < 3; i++)
        json_object_set_new(row, counts[i], json_integer(output_int(row, counts[i]) + output_int(reply, counts[i])));
    json_array_extend(json_object_get(row, "changes"), json_object_get(reply, "changes"));
    json_array_foreach(json_object_get(reply, "warnings"), at, warning)
    {
        fprintf(apply->cli->err, "%s\n", json_string_value(warning));
    }
    if (kind->planning && output_int(reply, "created") + output_int(reply, "changed") > 0 && !apply->dry_run)
        apply->planning_changed = true;
}

/* Sends the items from `from` up to the next kind, targets excepted: publishing follows them. */
static int send_all(struct apply *apply)
{
    for (size_t from = 0, count; from < apply->manifests.item_count; from += count) {
        const struct kind *kind = apply->manifests.items[from].kind;
        struct client_answer answer;
        json_t *body;
        int code = EXIT_FINE;
        count = piece_of(&apply->manifests, from);
        body = body_of(apply, from, count);
        if (send_piece(apply, kind, body, &answer))
            add_result(apply, kind, answer.json);
        else
            code = refused(apply, from, count, &answer);
        client_answer_fini(&answer);
        json_decref(body);
        if (code != EXIT_FINE)
            return code;
    }
    return EXIT_FINE;
}

/* Names the version as it is: what was sent is what is meant. */
static int publish_one(struct apply *apply, const struct publish *publish)
{
    json_t *body = json_pack("{s:s, s:s}", "period", publish->period, "reason", publish->reason), *version;
    struct client_answer answer;
    int code = plan_seen_read(apply->cli, publish->period, &version);

    if (code != EXIT_FINE) {
        json_decref(body);
        return code;
    }
    json_object_set_new(body, "version", json_integer(output_int(version, "version")));
    json_object_set_new(body, "revision", json_integer(output_int(version, "revision")));
    if (publish->consents)
        json_object_set(body, "consents", publish->consents);
    if (json_array_size(json_object_get(version, "set")))
        json_object_set(body, "set", json_object_get(version, "set"));
    json_decref(version);
    if (client_ask(apply->cli->client, "POST", "/api/v1/plans/publish", body, &answer)) {
        if (apply->cli->format == OUTPUT_TABLE)
            fprintf(apply->cli->out,
                    json_is_true(json_object_get(answer.json, "unchanged"))
                        ? word("plan of %s: version %lld, as it was\n", "%s 的计划: 第 %lld 版，无变化\n")
                        : word("plan of %s: version %lld published\n", "%s 的计划: 已发布第 %lld 版\n"),
                    publish->period, output_int(answer.json, "plan/version"));
        if (apply->cli->format == OUTPUT_TABLE)
            plan_seen_show_set(apply->cli, answer.json, word("published", "已发布"));
        json_array_append_new(apply->results,
                              json_pack("{s:s, s:O}", "kind", "Publish", "plan", json_object_get(answer.json, "plan")));
    } else {
        fprintf(apply->cli->err, "%s:%d: ", publish->file, publish->line);
        code = cli_fail(apply->cli, &answer);
    }
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

/* --- result --------------------------------------------------------------------------------------------------------
 */
static void print_changes(struct apply *apply)
{
    const json_t *row, *change;
    size_t i, j;

    json_array_foreach(apply->results, i, row)
    {
        json_array_foreach(json_object_get(row, "changes"), j, change)
            fprintf(apply->cli->out, "%s %s %s%s%s\n", output_text(row, "kind"), output_text(change, "code"),
                    output_word(output_text(change, "action")), *output_text(change, "difference") ? ": " : "",
                    output_text(change, "difference"));
    }
}

static void print_results(struct apply *apply)
{
    struct buf text = { 0 };
    json_t *rows = json_array(), *row;
    size_t i;

    if (apply->cli->format == OUTPUT_JSON) {
        cli_print_json(apply->cli, apply->results);
    } else {
        if (apply->dry_run && apply->cli->format == OUTPUT_TABLE)
            print_changes(apply);
        json_array_foreach(apply->results, i, row) if (json_object_get(row, "created")) json_array_append(rows, row);
        output_rows(rows, result_columns, apply->cli->format, &text);
        fwrite(text.data, 1, text.len, apply->cli->out);
    }
    json_decref(rows);
    buf_fini(&text);
}

static int run(struct apply *apply)
{
    int code;

    if (apply->manifests.mistake_count) {
        fprintf(apply->cli->err, "%s", buf_text(&apply->manifests.mistakes));
        return EXIT_REFUSED;
    }
    manifests_sort(&apply->manifests);
    code = send_all(apply);
    for (size_t i = 0; i < apply->manifests.publish_count && code == EXIT_FINE && !apply->dry_run; i++)
        code = publish_one(apply, &apply->manifests.publishes[i]);
    if (json_array_size(apply->results) || code == EXIT_FINE)
        print_results(apply);
    return code;
}

int apply_items(struct cli *cli, struct manifests *manifests, bool dry_run)
{
    struct apply apply = { .cli = cli, .manifests = *manifests, .dry_run = dry_run, .results = json_array() };
    int code = run(&apply);

    *manifests = apply.manifests; /* still the caller's */
    json_decref(apply.results);
    return code;
}

/* A table of one kind, as it comes from another system or an office. */
int cmd_import(struct cli *cli)
{
    struct apply apply = { .cli = cli, .dry_run = option_given(&cli->options, "dry-run"), .results = json_array() };
    const char *name = option_argument(&cli->options, 0);
    const struct kind *kind = NULL;
    struct buf all = { 0 };
    int code;

    for (size_t i = 0; i < kind_count; i++) {
        buf_printf(&all, "%s%s", i ? ", " : "", kinds[i].path);
        if (strcmp(kinds[i].path, name) == 0)
            kind = &kinds[i];
    }
    manifests_init(&apply.manifests);
    if (kind)
        manifests_read_table(&apply.manifests, kind, option_argument(&cli->options, 1));
    code = kind ? run(&apply)
                : cli_usage(cli, word("there is no kind \"%s\"; there are %s", "没有种类 \"%s\"；可选 %s"), name,
                            buf_text(&all));
    manifests_fini(&apply.manifests);
    json_decref(apply.results);
    buf_fini(&all);
    return code;
}

int cmd_apply(struct cli *cli)
{
    struct apply apply = { .cli = cli, .dry_run = option_given(&cli->options, "dry-run"), .results = json_array() };
    const char *path;
    int code;

    manifests_init(&apply.manifests);
    for (size_t i = 0; (path = option_nth(&cli->options, "file", i)); i++)
        manifests_read(&apply.manifests, path);
    if (!option_given(&cli->options, "file"))
        code = cli_usage(cli, word("apply wants -f FILE|DIR", "apply 需要 -f FILE|DIR"));
    else
        code = run(&apply);
    manifests_fini(&apply.manifests);
    json_decref(apply.results);
    return code;
}
