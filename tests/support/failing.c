/* failing: see failing.h. */
#include "support/failing.h"

#include "support/check.h"
#include "support/heard.h"
#include "support/loop.h"
#include "support/web.h"

#include "bihuan/monitoring.pb-c.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

/* Ways to fail that end with a later try; `first` of a receiver is its own. */
static const enum fake_answer ways[] = { FAKE_429, FAKE_500, FAKE_HANGS, FAKE_SLOW, FAKE_CLOSES };
#define WAYS (sizeof ways / sizeof ways[0])
static const enum fake_answer moved[] = { FAKE_FORWARD }, busy[] = { FAKE_BUSY };

static const struct {
    const char *code;
    const enum fake_answer *ways;
    int count, first;
} hooks[] = {
    { "f-429", ways, WAYS, 0 }, { "f-500", ways, WAYS, 1 }, { "f-hangs", ways, WAYS, 2 }, { "f-slow", ways, WAYS, 3 },
    { "f-cut", ways, WAYS, 4 }, { "f-moved", moved, 1, 0 }, { "f-closed", NULL, 0, 0 },
};
#define HOOKS (sizeof hooks / sizeof hooks[0])

const char FAILING_CODES[] = "'f-429','f-500','f-hangs','f-moved','f-slow','f-cut','f-closed','f-inside'";

static struct {
    struct stack *stack;
    struct fake_receiver fake;
    struct fake_receiver late; /* of "f-closed" */
    pthread_t doorman;
    atomic_bool stopping;
    size_t rows_came, rows_came_late; /* by the end of the last row */
} failing;

void failing_prepare(void)
{
    setenv("BIHUAN_RECEIVER_TIMEOUT_S", "1", 1);
    setenv("BIHUAN_RETRY_FIRST_MS", "100", 1);
}

/* The port is open only while something waits that was refused: to a receiver that is away one message is tried more
 * often than those behind it. */
static void *keep_door(void *arg)
{
    (void)arg;
    while (!failing.stopping) {
        bool open = pg_number(&failing.stack->pg, "SELECT max(attempts) FROM monitoring.delivery WHERE receiver ="
                                                  " 'f-closed' AND state = 'waiting'") > 0;

        if (open && !failing.late.server)
            fake_receiver_open(&failing.late);
        else if (!open)
            fake_receiver_close(&failing.late);
        usleep(50000);
    }
    return NULL;
}

static void apply_hook(size_t i, const char *subtree)
{
    struct fake_receiver *fake = hooks[i].ways ? &failing.fake : &failing.late;
    char path[40];

    snprintf(path, sizeof path, "/%s", hooks[i].code);
    if (hooks[i].ways)
        fake_receiver_fail_each(fake, path, hooks[i].ways, hooks[i].count, hooks[i].first);
    loop_apply_soon(failing.stack, MSG(APPLY_RECEIVERS),
                    "{'items':[{'code':'%s','url':'http://127.0.0.1:%d%s','secret':'" SECRET
                    "','language':'en','min_severity':'warning','subtree':'%s'}]}",
                    hooks[i].code, fake->port, path, subtree);
}

void failing_apply(struct stack *stack, const char *subtree)
{
    failing.stack = stack;
    fake_receiver_start(&failing.fake);
    fake_receiver_make(&failing.late, web_free_port());
    failing.fake.slow_ms = 600;
    failing.fake.retry_after_s = 1;
    for (size_t i = 0; i < HOOKS; i++)
        apply_hook(i, subtree);
    fake_receiver_fail_each(&failing.fake, "/feishu", busy, 1, 0);
    loop_apply_soon(stack, MSG(APPLY_RECEIVERS),
                    "{'items':[{'code':'f-inside','kind':'feishu','url':'http://127.0.0.1:%d/"
                    "feishu','secret':'k','language':'zh','min_severity':'warning',"
                    "'subtree':'%s'}]}",
                    failing.fake.port, subtree);
    if (pthread_create(&failing.doorman, NULL, keep_door, NULL) != 0)
        abort();
}

int failing_port(void)
{
    return failing.fake.port;
}

void failing_stop(void)
{
    if (!failing.stack)
        return;
    failing.stopping = true;
    pthread_join(failing.doorman, NULL);
    fake_receiver_stop(&failing.fake);
    fake_receiver_stop(&failing.late);
}

/* --- at the end of a row --- */

/* Who refuses each new message for good takes it when it is sent again; an end that follows from that is new again. */
static void send_again(struct heard *heard)
{
    for (int round = 0; heard_count(heard, "f-moved", "dead"); round++) {
        struct err err;

        assert_true(round < 5);
        (void)stack_try(failing.stack, MSG(SEND_AGAIN), "{\"receiver\":\"f-moved\"}", &err);
        heard_free(heard);
        heard_take(heard, failing.stack, &failing.fake, &failing.late);
    }
}

/* How often each answer was given to something new since the last row. */
static size_t count_answers(const struct heard *heard, size_t answers[FAKE_ANSWERS])
{
    size_t i, all = 0;
    json_t *one;

    json_array_foreach(heard->got, i, one)
    {
        int answer = (int)json_integer_value(json_object_get(one, "answer"));

        if (i < failing.rows_came)
            continue;
        answers[answer]++;
        all += answer != FAKE_TAKES;
    }
    return all;
}

/* Of what came in this row: each way to fail was met, and the closed port. */
static void check_ways(const struct heard *heard)
{
    size_t answers[FAKE_ANSWERS] = { 0 };

    if (count_answers(heard, answers)) {
        for (size_t i = 0; i < WAYS; i++)
            if (!answers[ways[i]])
                fail_msg("nothing of this row met answer %d", ways[i]);
        if (!answers[FAKE_FORWARD])
            fail_msg("nothing of this row was redirected");
        if (!answers[FAKE_BUSY])
            fail_msg("nothing of this row was refused inside a 200");
        if (json_array_size(heard->late) == failing.rows_came_late || !heard_refused(heard, "f-closed"))
            fail_msg("nothing of this row met a closed port");
    }
    failing.rows_came = json_array_size(heard->got);
    failing.rows_came_late = json_array_size(heard->late);
}

static void check_row(int least)
{
    struct heard heard;

    heard_take(&heard, failing.stack, &failing.fake, &failing.late);
    send_again(&heard);
    CHECK_INT(fake_receiver_asked(&failing.fake, "/stolen"), 0);
    for (size_t i = 0; i < HOOKS; i++) {
        bool in_order = hooks[i].ways != moved; /* what was refused for good comes late, or lapses */

        if (heard_check(&heard, hooks[i].code, in_order) < (size_t)least)
            fail_msg("%s took fewer than %d messages", hooks[i].code, least);
    }
    heard_check_robot(&heard, "f-inside", "/feishu");
    check_ways(&heard);
    heard_free(&heard);
}

int failing_row(void **state)
{
    (void)state;
    check_row(0);
    return 0;
}

void failing_agree(int least)
{
    check_row(least);
}
