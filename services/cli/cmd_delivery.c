/* cmd_delivery: notices that went out and those that didn't, dead ones again, a test of a receiver. */
#include "cli/cli.h"
#include "cli/columns.h"
#include "cli/kinds.h"

#include <string.h>
#include <time.h>

#define TEST_TRIES 80 /* of 250 ms: a little longer than the daemon waits for a receiver */

static int show(struct cli *cli, const char *state)
{
    struct buf path = { 0 };
    int code;

    buf_append_text(&path, "/api/v1/deliveries?limit=500");
    cli_query(&path, "state", state);
    cli_query(&path, "alert", option_text(&cli->options, "alert", NULL));
    cli_query(&path, "receiver", option_text(&cli->options, "receiver", NULL));
    code = cli_show(cli, buf_text(&path), "items", listing_find("deliveries")->columns);
    buf_fini(&path);
    return code;
}

int cmd_delivery_list(struct cli *cli)
{
    return show(cli, option_text(&cli->options, "state", NULL));
}

int cmd_delivery_dead(struct cli *cli)
{
    return show(cli, "dead");
}

/* How many wait again, and how many don't since they are no longer so. */
static void say_again(struct cli *cli, const json_t *reply)
{
    long long lapsed = json_integer_value(json_object_get(reply, "lapsed"));

    fprintf(cli->out, "%lld %s\n", (long long)json_integer_value(json_object_get(reply, "count")),
            word("will be sent again", "条将重新发送"));
    if (lapsed)
        fprintf(cli->out, "%lld %s\n", lapsed,
                word("lapsed: their receivers were told the end since, or of the next time",
                     "条已失效：接收方此后已获知其结束或下一次发生"));
}

int cmd_delivery_again(struct cli *cli)
{
    struct client_answer answer;
    json_t *body;
    int code = EXIT_FINE;
    const char *id = option_argument(&cli->options, 0), *receiver = option_text(&cli->options, "receiver", NULL);

    if (!id == !receiver)
        return cli_usage(cli, "%s",
                         word("name one notice, or --receiver CODE for all dead ones of it",
                              "请给出一条通知的编号，或用 --receiver 编码 重发其全部失败通知"));
    body = id ? json_pack("{s:s}", "id", id) : json_pack("{s:s}", "receiver", receiver);
    if (!client_ask(cli->client, "POST", "/api/v1/deliveries/again", body, &answer))
        code = cli_fail(cli, &answer);
    else if (cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else
        say_again(cli, answer.json);
    client_answer_fini(&answer);
    json_decref(body);
    return code;
}

/* --- receiver test -------------------------------------------------------------------------------------------------
 */

static const struct column test_columns[] = {
    C("receiver", "receiver", "接收方", TEXT), C("channel", "channel", "渠道", TEXT),
    C("state", "state", "状态", WORD),         C("attempts", "tries", "次数", INT),
    C("last_error", "why not", "原因", TEXT),  END,
};

/* True once it was tried. *answer is the last one. */
static bool was_tried(struct cli *cli, const char *id, struct client_answer *answer)
{
    struct buf path = { 0 };
    bool good;

    buf_printf(&path, "/api/v1/deliveries/%s", client_escape(id));
    good = client_ask(cli->client, "GET", buf_text(&path), NULL, answer);
    buf_fini(&path);
    return !good || json_integer_value(output_find(answer->json, "delivery/attempts")) > 0;
}

static int await_verdict(struct cli *cli, const char *id)
{
    const struct timespec pause = { 0, 250000000 };
    struct client_answer answer;
    struct buf text = { 0 };
    int code = EXIT_REFUSED;

    for (int tries = 0; !was_tried(cli, id, &answer) && tries < TEST_TRIES; tries++) {
        client_answer_fini(&answer);
        nanosleep(&pause, NULL);
    }
    if (answer.status != 200) {
        code = cli_fail(cli, &answer);
    } else {
        const json_t *delivery = output_find(answer.json, "delivery");
        bool sent = strcmp(output_text(delivery, "state"), "sent") == 0;

        if (cli->format == OUTPUT_JSON)
            cli_print_json(cli, answer.json);
        else
            output_fields(delivery, test_columns, &text);
        buf_append_text(&text, cli->format == OUTPUT_JSON ? ""
                               : sent                     ? word("delivered\n", "已送达\n")
                               : strcmp(output_text(delivery, "state"), "dead") == 0
                                   ? word("refused for good\n", "被拒绝，不再重试\n")
                               : json_integer_value(output_find(delivery, "attempts"))
                                   ? word("not delivered; it is tried again by itself\n", "未送达，将自动重试\n")
                                   : word("not tried yet: it waits for its turn\n", "尚未发送：正在排队\n"));
        fwrite(text.data, 1, text.len, cli->out);
        code = sent ? EXIT_FINE : EXIT_REFUSED;
    }
    client_answer_fini(&answer);
    buf_fini(&text);
    return code;
}

int cmd_receiver_test(struct cli *cli)
{
    struct client_answer answer;
    struct buf path = { 0 };
    json_t *body = json_object();
    char id[64] = "";
    bool good;

    buf_printf(&path, "/api/v1/receivers/%s/test", client_escape(option_argument(&cli->options, 0)));
    good = client_ask(cli->client, "POST", buf_text(&path), body, &answer);
    buf_fini(&path);
    json_decref(body);
    if (good)
        snprintf(id, sizeof id, "%s", output_text(answer.json, "delivery/id"));
    if (!good) {
        int code = cli_fail(cli, &answer);

        client_answer_fini(&answer);
        return code;
    }
    client_answer_fini(&answer);
    return await_verdict(cli, id);
}
