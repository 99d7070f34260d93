/* fake_feedback: see fake_feedback.h. */
#include "support/fake_feedback.h"

#include "bus/wire.h"
#include "db/migrate.h"
#include "runtime/runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>

/* The test's request: data holds events as {bucket, type, length} in native 32-bit words and the packed message. */
static int on_append(struct tx *tx, const void *message, struct err *err)
{
    const Bihuan__AppendRecordsRequest *request = message;
    Bihuan__AppendRecordsReply reply = BIHUAN__APPEND_RECORDS_REPLY__INIT;
    size_t at = 0;

    while (at + 12 <= request->data.len) {
        uint32_t head[3];
        ProtobufCMessage *event;

        memcpy(head, request->data.data + at, sizeof head);
        at += sizeof head;
        if (message_unpack(message_type_find(head[1])->payload, request->data.data + at, head[2], tx_arena(tx), &event,
                           err) != 0 ||
            tx_publish(tx, (uint16_t)head[0], head[1], "test", event, err) != 0)
            return -1;
        at += head[2];
    }
    return tx_reply(tx, &reply.base, err);
}

static const struct handler handlers[] = { HANDLE_REQUEST(APPEND_RECORDS, "", on_append), HANDLERS_END };

static char *read_sql(const char *name)
{
    const char *source = getenv("BIHUAN_SOURCE");
    char path[512];
    char *text = calloc(1, 65536);
    FILE *file;

    snprintf(path, sizeof path, "%s/common/bus/schema/%s", source ? source : ".", name);
    file = fopen(path, "r");
    if (!file || !text || fread(text, 1, 65535, file) == 0)
        abort();
    fclose(file);
    return text;
}

static void run(struct stack *stack)
{
    struct migration migrations[] = { { 1, "bus", read_sql("0001_bus.sql") },
                                      { 2, "reference", read_sql("0002_reference.sql") },
                                      { 3, "installation", read_sql("0003_installation.sql") },
                                      { 283, "archive", read_sql("0283_archive.sql") },
                                      { 0, NULL, NULL } };
    struct service service = { .name = "feedback", .handlers = handlers, .migrations = migrations, .state_size = 8 };
    char flags[8][320];
    char url[256];
    char log[128];
    char *argv[10] = { (char *)(uintptr_t) "fake-feedback" };
    int fd;

    snprintf(flags[0], sizeof flags[0], "--database-url=%s", pg_url(&stack->pg, "feedback", url, sizeof url));
    snprintf(flags[1], sizeof flags[1], "--run-dir=%s/run", stack->dir);
    snprintf(flags[2], sizeof flags[2], "--data-dir=%s/data", stack->dir);
    snprintf(flags[3], sizeof flags[3], "--principal-key-file=%s/data/principal.pub", stack->dir);
    snprintf(flags[4], sizeof flags[4], "--instance=a");
    snprintf(flags[5], sizeof flags[5], "--clock=%s", stack->clock);
    snprintf(flags[6], sizeof flags[6], "--money-scale=%d", stack->money_scale);
    snprintf(flags[7], sizeof flags[7], "--buckets=%d", stack->buckets);
    for (int i = 0; i < 8; i++)
        argv[i + 1] = flags[i];
    snprintf(log, sizeof log, "%s/feedback-a.log", stack->dir);
    fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
        dup2(fd, 1);
        dup2(fd, 2);
    }
    _exit(runtime_main(&service, 9, argv));
}

void fake_feedback_start(struct stack *stack)
{
    struct stack_daemon *daemon = NULL;

    for (int i = 0; i < stack->daemon_count; i++)
        if (strcmp(stack->daemons[i].service, "feedback") == 0)
            daemon = &stack->daemons[i];
    if (!daemon)
        daemon = &stack->daemons[stack->daemon_count++];
    *daemon = (struct stack_daemon) { .service = "feedback", .instance = "a" };
    daemon->pid = fork();
    if (daemon->pid == 0)
        run(stack);
}

void fake_feedback_add(struct fake_events *events, uint16_t bucket, uint32_t type, const ProtobufCMessage *message)
{
    uint32_t head[3] = { bucket, type, (uint32_t)protobuf_c_message_get_packed_size(message) };

    buf_append(&events->packed, head, sizeof head);
    wire_pack(message, &events->packed);
}

void fake_feedback_send(struct stack *stack, struct fake_events *events)
{
    Bihuan__AppendRecordsRequest request = BIHUAN__APPEND_RECORDS_REQUEST__INIT;
    struct err err;

    request.data.data = events->packed.data;
    request.data.len = events->packed.len;
    if (stack_ask(stack, "feedback", MSG(APPEND_RECORDS), &request.base, NULL, &err) != 0) {
        fprintf(stderr, "could not publish: %s\n", err.text);
        exit(1);
    }
    buf_fini(&events->packed);
}
