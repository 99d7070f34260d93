/* office: see office.h. */
#include "support/office.h"

#include "support/check.h"
#include "support/command.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct stack office_stack;
struct web office_web;

static struct {
    const char *name, *roles, *permissions, *subtree;
    char token[64];
} people[WHO_COUNT] = {
    [MARKETING] = { "ma", "{\"role\":\"marketing_office\",\"unit\":\"O-MK\",\"from\":\"2026-01-01\"}",
                    "\"plan.read\",\"plan.act\"", "", "" },
    [CHANNEL] = { "chen", "{\"role\":\"channel_office\",\"unit\":\"O-CH\",\"from\":\"2026-01-01\"}",
                  "\"plan.read\",\"plan.act\",\"plan.write\"", "", "" },
    [BRAND] = { "bai", "{\"role\":\"brand_office\",\"unit\":\"O-BR\",\"from\":\"2026-01-01\"}",
                "\"plan.read\",\"plan.act\"", "", "" },
    [CENTRE] = { "ke", "{\"role\":\"customer_centre\",\"unit\":\"CC\",\"from\":\"2026-01-01\"}",
                 "\"plan.read\",\"plan.act\"", "", "" },
    [CITY1] = { "yi", "{\"role\":\"city_company\",\"unit\":\"C1\",\"from\":\"2026-01-01\"}",
                "\"plan.read\",\"plan.act\"", "C1", "" },
    [CITY2] = { "er", "{\"role\":\"city_company\",\"unit\":\"C2\",\"from\":\"2026-01-01\"}",
                "\"plan.read\",\"plan.act\"", "", "" },
    /* holds two roles, and may open stages early */
    [BOSS] = { "zong",
               "{\"role\":\"channel_office\",\"unit\":\"O-CH\",\"from\":\"2026-01-01\"},"
               "{\"role\":\"customer_centre\",\"unit\":\"CC\",\"from\":\"2026-01-01\"}",
               "\"plan.read\",\"plan.act\",\"plan.override\"", "", "" },
    [OUTLET] = { "dian", "{\"role\":\"outlet_manager\",\"unit\":\"T1\",\"from\":\"2026-01-01\"}",
                 "\"plan.read\",\"plan.act\"", "T1", "" },
    /* of the centre, with a token of no more than the centre */
    [TRAINER] = { "shi", "{\"role\":\"trainer\",\"unit\":\"CC\",\"from\":\"2026-01-01\"}", "\"plan.read\",\"plan.act\"",
                  "CC", "" },
};

struct web_reply ask(enum who who, const char *method, const char *path, const char *body)
{
    static unsigned number;
    char key[32], full[300];

    snprintf(key, sizeof key, "cycle-%u", ++number);
    snprintf(full, sizeof full, "/api/v1/%s", path);
    return web_ask(&office_web, method, full, people[who].token, key, body);
}

void does(enum who who, const char *path, const char *body, const char *where, const char *want)
{
    struct web_reply reply = ask(who, "POST", path, body);

    if (reply.status != 200)
        fail_msg("%s: POST %s: %ld %s", people[who].name, path, reply.status, reply.text);
    if (where && strcmp(web_text(&reply, where), want) != 0)
        fail_msg("%s: POST %s: %s is \"%s\", not \"%s\"", people[who].name, path, where, web_text(&reply, where), want);
    web_reply_free(&reply);
}

void sees(enum who who, const char *path, const char *where, const char *want)
{
    struct web_reply reply = ask(who, "GET", path, NULL);

    if (reply.status != 200 || strcmp(web_text(&reply, where), want) != 0)
        fail_msg("%s: GET %s: %ld, %s is \"%s\", not \"%s\": %.2000s", people[who].name, path, reply.status, where,
                 web_text(&reply, where), want, reply.text);
    web_reply_free(&reply);
}

void cannot(enum who who, const char *path, const char *body, long status, const char *code, const char *words)
{
    struct web_reply reply = ask(who, "POST", path, body);

    if (reply.status != status || !strstr(reply.text, code) || !strstr(reply.text, words))
        fail_msg("%s: POST %s: %ld %s, not %ld %s %s", people[who].name, path, reply.status, reply.text, status, code,
                 words);
    web_reply_free(&reply);
}

void apply(const char *what, const char *items)
{
    char path[64], *body = malloc(strlen(items) + 32);
    struct web_reply reply;

    assert_non_null(body);
    snprintf(path, sizeof path, "/api/v1/apply/%s", what);
    sprintf(body, "{\"items\":[%s]}", items);
    reply = web_do(&office_web, "POST", path, body);
    web_reply_free(&reply);
    free(body);
}

static void make_province(void)
{
    static const char *const units[][4] = {
        { "O-MK", "营销室", "office", "P" }, { "O-CH", "渠道室", "office", "P" }, { "O-BR", "品牌室", "office", "P" },
        { "CC", "客户中心", "centre", "P" }, { "C1", "一市", "city", "P" },       { "C2", "二市", "city", "P" },
        { "T1", "厅", "outlet", "C1" },
    };

    apply("channels", "{\"code\":\"hall\",\"name\":\"自有营业厅\"}");
    apply("products", "{\"code\":\"mobile\",\"name\":\"移动\"}");
    apply("measures", "{\"code\":\"new\",\"title_zh\":\"新增用户\",\"title_en\":\"New\",\"value\":\"count\"}");
    apply("calendars", "{\"code\":\"cn\",\"classes\":[{\"class\":\"working\",\"weight\":100},{\"class\":\"weekend\","
                       "\"weight\":120}]}");
    apply("periods", "{\"code\":\"2026Q4\",\"from\":\"2026-10-01\",\"until\":\"2027-01-01\",\"calendar\":\"cn\"},"
                     "{\"code\":\"2027Q1\",\"from\":\"2027-01-01\",\"until\":\"2027-04-01\",\"calendar\":\"cn\"}");
    apply("units", "{\"code\":\"P\",\"name\":\"省\",\"type\":\"province\"}");
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++) {
        char item[300];

        snprintf(item, sizeof item,
                 "{\"code\":\"%s\",\"name\":\"%s\",\"type\":\"%s\",\"relations\":[{\"parent\":\"%s\","
                 "\"from\":\"2026-01-01\"}]}",
                 units[i][0], units[i][1], units[i][2], units[i][3]);
        apply("units", item);
    }
}

static void make_people(void)
{
    for (int i = 0; i < WHO_COUNT; i++) {
        struct web_reply reply;
        char body[600];

        snprintf(body, sizeof body, "{\"code\":\"%s\",\"name\":\"%s\",\"roles\":[%s]}", people[i].name, people[i].name,
                 people[i].roles);
        apply("people", body);
        snprintf(body, sizeof body, "{\"name\":\"%s\",\"permissions\":[%s],\"subtree\":\"%s\"}", people[i].name,
                 people[i].permissions, people[i].subtree);
        reply = web_do(&office_web, "POST", "/api/v1/tokens", body);
        snprintf(people[i].token, sizeof people[i].token, "%s", web_text(&reply, "token.secret"));
        web_reply_free(&reply);
    }
}

static void apply_templates(void)
{
    char command[600];

    snprintf(command, sizeof command,
             "BIHUAN_URL=http://127.0.0.1:%d BIHUAN_TOKEN_FILE=%s/data/admin.token '%s/bihuan' apply -f "
             "'%s/deploy/templates' --lang en -o csv",
             office_web.port, office_stack.dir, getenv("BIHUAN_BIN"), getenv("BIHUAN_SOURCE"));
    if (system(command) != 0)
        fail_msg("%s", command);
}

void go_to(const char *day)
{
    stack_kill(&office_stack, "planning", "a", SIGKILL);
    snprintf(office_stack.clock, sizeof office_stack.clock, "%sT12:00:00+08:00@%lld", day, (long long)time(NULL));
    stack_start(&office_stack, "planning", "a");
    stack_wait_ready(&office_stack, "planning");
}

struct web_reply upload(enum who who, const char *path, const char *bytes)
{
    char full[300];

    snprintf(full, sizeof full, "/api/v1/%s", path);
    return web_ask(&office_web, "PUT", full, people[who].token, NULL, bytes);
}

void attach(enum who who, const char *path, const char *bytes, long status, const char *where, const char *want)
{
    struct web_reply reply = upload(who, path, bytes);

    if (reply.status != status || (where && strcmp(web_text(&reply, where), want) != 0))
        fail_msg("%s: PUT %s: %ld %s", people[who].name, path, reply.status, reply.text);
    web_reply_free(&reply);
}

void runs(enum who who, const char *arguments, int code, const char *words)
{
    char line[1400];
    int got;

    snprintf(line, sizeof line, "BIHUAN_TOKEN=%s '%s/bihuan' %s", people[who].token, getenv("BIHUAN_BIN"), arguments);
    got = command_run(line);
    if (got != code || !strstr(command_output, words))
        fail_msg("bihuan %s: %d \"%s\", wanted %d and \"%s\"", arguments, got, command_output, code, words);
}

void put(const char *name, const char *text)
{
    command_put(name, text);
}

void office_start(const char *day)
{
    stack_new(&office_stack);
    snprintf(office_stack.clock, sizeof office_stack.clock, "%sT12:00:00+08:00@%lld", day, (long long)time(NULL));
    web_start(&office_web, &office_stack);
    command_open(&office_stack, &office_web, ".");
    setenv("BIHUAN_ATTACHMENT_MAX_BYTES", "100", 1);
    stack_start(&office_stack, "planning", "a");
    stack_wait_ready(&office_stack, "planning");
    make_province();
    make_people();
    apply_templates();
}

void office_stop(void)
{
    stack_free(&office_stack);
}
