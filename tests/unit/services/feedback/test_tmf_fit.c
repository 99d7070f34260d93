/* Which feeds can take TM Forum events: a feed that says how their senders are answered is refused with what it lacks.
 */
#include "support/check.h"

#include "feedback/tmf/listener.h"
#include "text/pbjson.h"

#include <stdio.h>
#include <string.h>

#define TAKES         "'format':'json_lines','watermark':'none'"
#define COLUMNS(more) "'columns':[{'field':'time','column':'t'},{'field':'unit','column':'u'}" more "]"
#define BOTH          ",{'field':'state','column':'state'},{'field':'version','column':'version'}"
#define ORDERS        "'fact':'order_line','key':['order','item']"

static struct arena arena;
static char found[ERR_TEXT_MAX * 4];

static void note(void *arg, const char *pointer, const char *code, const char *message)
{
    size_t len = strlen(found);

    (void)arg;
    (void)message;
    snprintf(found + len, sizeof found - len, "%s%s %s", len ? ", " : "", pointer, code);
}

/* The faults of a feed, "" none. */
static const char *faults_of(const char *json, const char **unfit)
{
    char *text = arena_printf(&arena, "{'code':'f','title':'f','sender':'s',%s}", json);
    ProtobufCMessage *feed;
    struct mapping mapping;
    struct zone zone;
    const char *pointer;
    struct err err;

    for (char *p = text; *p; p++)
        *p = *p == '\'' ? '"' : *p;
    if (zone_parse("+08:00", &zone, &err) != 0 ||
        pbjson_parse(&bihuan__feed__descriptor, text, strlen(text), &arena, &feed, &err) != 0)
        fail_msg("%s: %s", text, err.text);
    found[0] = 0;
    mapping_compile(&mapping, (const Bihuan__Feed *)(void *)feed, &zone, 4, 16, &arena, note, NULL);
    *unfit = tmf_unfit(&mapping, &pointer) ? pointer : "";
    mapping_fini(&mapping);
    return found;
}

static void a_listener_lacks_nothing(void **state)
{
    static const struct {
        const char *feed, *faults, *unfit;
    } rows[] = {
        { ORDERS "," TAKES "," COLUMNS(BOTH) ",'tmf_answer':204", "", "" },
        { ORDERS "," TAKES "," COLUMNS(BOTH) ",'tmf_answer':201", "", "" },
        { ORDERS "," TAKES "," COLUMNS(BOTH), "", "" },
        { ORDERS "," TAKES "," COLUMNS(BOTH) ",'tmf_answer':200", "/tmf_answer bad_answer", "" },
        { ORDERS "," TAKES "," COLUMNS(""), "", "/columns" }, /* it needn't take events */
        { ORDERS "," TAKES "," COLUMNS("") ",'tmf_answer':204", "/columns no_listener", "/columns" },
        { ORDERS ",'watermark':'none'," COLUMNS(BOTH) ",'tmf_answer':204", "/format no_listener", "/format" },
        { ORDERS ",'format':'json_lines','files':'f_{yyyyMMdd}.json'," COLUMNS(BOTH) ",'tmf_answer':204",
          "/watermark no_listener", "/watermark" },
        { "'fact':'order_line','key':['order']," TAKES "," COLUMNS(BOTH) ",'tmf_answer':204", "/key no_listener",
          "/key" },
        { "'fact':'visit','key':['v']," TAKES "," COLUMNS(BOTH) ",'tmf_answer':204", "/fact no_listener", "/fact" },
        { "'fact':'bill','key':['bill']," TAKES "," COLUMNS(BOTH) ",'tmf_answer':204", "", "" },
        { "'fact':'bill_line','key':['bill']," TAKES "," COLUMNS(BOTH) ",'tmf_answer':204", "/key no_listener",
          "/key" },
        { "'fact':'payment','key':['payment']," TAKES "," COLUMNS(BOTH) ",'tmf_answer':204", "/key no_listener",
          "/key" },
        { "'fact':'opportunity','key':['lead']," TAKES "," COLUMNS(BOTH) ",'tmf_answer':204", "", "" },
    };

    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *unfit, *faults = faults_of(rows[i].feed, &unfit);

        if (strcmp(faults, rows[i].faults) != 0 || strcmp(unfit, rows[i].unfit) != 0)
            fail_msg("%s: \"%s\", unfit \"%s\"", rows[i].feed, faults, unfit);
    }
}

static int set_up(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    arena_fini(&arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(a_listener_lacks_nothing) };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
