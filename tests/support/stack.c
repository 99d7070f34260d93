/* stack: see stack.h. */
#include "support/stack.h"

#include "auth/principal.h"
#include "base/buf.h"
#include "bus/wire.h"
#include "bihuan/planning_targets.pb-c.h"
#include "runtime/clock.h"
#include "text/pbjson.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zmq.h>

static unsigned request_number;

static void make_stack(struct stack *stack, bool measured)
{
    char path[128];
    char public_path[128];
    struct err err;

    *stack = (struct stack) { .money_scale = 4, .buckets = 16, .one_person = true };
    setenv("BIHUAN_QUIET_MS", "500", 0); /* files of tests are whole sooner; some say 0 */
    pg_start_measured(&stack->pg, measured);
    snprintf(stack->clock, sizeof stack->clock, "real");
    snprintf(stack->dir, sizeof stack->dir, "/tmp/bihuan-stack-XXXXXX");
    if (!mkdtemp(stack->dir))
        abort();
    snprintf(path, sizeof path, "%s/run", stack->dir);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/data", stack->dir);
    mkdir(path, 0700);
    snprintf(path, sizeof path, "%s/data/principal.key", stack->dir);
    snprintf(public_path, sizeof public_path, "%s/data/principal.pub", stack->dir);
    if (principal_keys_ensure(path, public_path, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    arena_init(&stack->arena);
    stack->zmq = zmq_ctx_new();
}

void stack_new(struct stack *stack)
{
    make_stack(stack, false);
}

void stack_new_measured(struct stack *stack)
{
    make_stack(stack, true);
}

static struct stack_daemon *find(struct stack *stack, const char *service, const char *instance)
{
    for (int i = 0; i < stack->daemon_count; i++)
        if (strcmp(stack->daemons[i].service, service) == 0 && strcmp(stack->daemons[i].instance, instance) == 0)
            return &stack->daemons[i];
    return NULL;
}

static int metrics_port(const struct stack *stack, const char *service)
{
    static const char *const names[] = STACK_SERVICES;

    for (int i = 0; i < 5; i++)
        if (strcmp(names[i], service) == 0)
            return stack->metrics_ports[i];
    return 0;
}

static void run_daemon(struct stack *stack, const char *service, const char *instance)
{
    const char *bin = getenv("BIHUAN_BIN");
    char flags[10][320];
    char url[256];
    char program[512];
    char log[128];
    char *argv[40];
    int n = 0;
    int fd;

    prctl(PR_SET_PDEATHSIG, SIGKILL); /* a test that is ended leaves nothing behind */
    snprintf(program, sizeof program, "%s/bihuan-%s", bin ? bin : "build/debug/bin", service);
    snprintf(flags[0], sizeof flags[0], "--database-url=%s", pg_url(&stack->pg, service, url, sizeof url));
    snprintf(flags[1], sizeof flags[1], "--run-dir=%s/run", stack->dir);
    snprintf(flags[2], sizeof flags[2], "--data-dir=%s/data", stack->dir);
    snprintf(flags[3], sizeof flags[3], "--principal-key-file=%s/data/principal.pub", stack->dir);
    snprintf(flags[4], sizeof flags[4], "--instance=%s", instance);
    snprintf(flags[5], sizeof flags[5], "--clock=%s", stack->clock);
    snprintf(flags[6], sizeof flags[6], "--money-scale=%d", stack->money_scale);
    snprintf(flags[7], sizeof flags[7], "--buckets=%d", stack->buckets);
    argv[n++] = program;
    for (int i = 0; i < 8; i++)
        argv[n++] = flags[i];
    if (strcmp(service, "planning") == 0 && stack->one_person)
        argv[n++] = (char *)(uintptr_t) "--plan-approval=optional";
    if (strcmp(service, "monitoring") == 0) {
        argv[n++] = (char *)(uintptr_t) "--receiver-hosts=127.0.0.1";
        argv[n++] = (char *)(uintptr_t) "--chat-spread-s=0"; /* tests also run at full hours */
        for (int i = 0; i < 8 && stack->monitoring[i]; i++)
            argv[n++] = (char *)(uintptr_t)stack->monitoring[i];
    }
    if (metrics_port(stack, service)) {
        snprintf(flags[8], sizeof flags[8], "--metrics-port=%d", metrics_port(stack, service));
        argv[n++] = flags[8];
    }
    for (int i = 0; i < 16 && stack->extra[i]; i++)
        argv[n++] = (char *)(uintptr_t)stack->extra[i];
    argv[n] = NULL;
    snprintf(log, sizeof log, "%s/%s-%s.log", stack->dir, service, instance);
    fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (fd >= 0) {
        dup2(fd, 1);
        dup2(fd, 2);
    }
    execv(program, argv);
    fprintf(stderr, "could not run %s: %s\n", program, strerror(errno));
    _exit(127);
}

void stack_start(struct stack *stack, const char *service, const char *instance)
{
    struct stack_daemon *daemon = find(stack, service, instance);
    pid_t pid;

    if (!daemon) {
        if (stack->daemon_count == STACK_DAEMONS_MAX)
            abort();
        daemon = &stack->daemons[stack->daemon_count++];
        snprintf(daemon->service, sizeof daemon->service, "%s", service);
        snprintf(daemon->instance, sizeof daemon->instance, "%s", instance);
    }
    pid = fork();
    if (pid == 0)
        run_daemon(stack, service, instance);
    daemon->pid = pid;
}

pid_t stack_pid(struct stack *stack, const char *service, const char *instance)
{
    struct stack_daemon *daemon = find(stack, service, instance);

    return daemon ? daemon->pid : 0;
}

void stack_kill(struct stack *stack, const char *service, const char *instance, int signal)
{
    struct stack_daemon *daemon = find(stack, service, instance);

    if (!daemon || !daemon->pid)
        return;
    kill(daemon->pid, signal);
    if (signal == SIGSTOP || signal == SIGCONT)
        return;
    waitpid(daemon->pid, NULL, 0);
    daemon->pid = 0;
}

static void show_log(struct stack *stack, const struct stack_daemon *daemon)
{
    char command[256];

    snprintf(command, sizeof command, "tail -n 40 %s/%s-%s.log >&2", stack->dir, daemon->service, daemon->instance);
    if (system(command) != 0)
        fprintf(stderr, "no log of %s\n", daemon->service);
}

void stack_free(struct stack *stack)
{
    char command[128];
    int bad = 0;

    for (int i = 0; i < stack->daemon_count; i++)
        if (stack->daemons[i].pid) {
            kill(stack->daemons[i].pid, SIGCONT);
            kill(stack->daemons[i].pid, SIGTERM);
        }
    for (int i = 0; i < stack->daemon_count; i++) {
        struct stack_daemon *daemon = &stack->daemons[i];
        int status = 0;

        if (!daemon->pid)
            continue;
        for (int n = 0; n < 1500 && waitpid(daemon->pid, &status, WNOHANG) == 0; n++) {
            if (n == 1499) {
                fprintf(stderr, "%s did not stop in 30 s\n", daemon->service);
                kill(daemon->pid, SIGKILL);
                waitpid(daemon->pid, &status, 0);
            }
            usleep(20000);
        }
        if (status != 0) {
            fprintf(stderr, "%s-%s ended with status %d\n", daemon->service, daemon->instance, status);
            show_log(stack, daemon);
            bad = 1;
        }
    }
    zmq_ctx_term(stack->zmq);
    arena_fini(&stack->arena);
    pg_stop(&stack->pg);
    if (bad)
        exit(1);
    if (getenv("BIHUAN_TEST_KEEP")) { /* to look at the logs afterwards */
        fprintf(stderr, "kept: %s\n", stack->dir);
        return;
    }
    snprintf(command, sizeof command, "rm -rf '%s'", stack->dir);
    if (system(command) != 0)
        fprintf(stderr, "could not remove %s\n", stack->dir);
}

/* --- asking ----------------------------------------------------------------------------------------------------------
 */

void stack_pack_envelope(struct stack *stack, uint32_t type, const char *id, const char *key, struct buf *out)
{
    const char *rights[] = { stack->right ? stack->right : "admin" };
    Bihuan__RequestEnvelope envelope = BIHUAN__REQUEST_ENVELOPE__INIT;
    Bihuan__Principal principal = BIHUAN__PRINCIPAL__INIT;
    struct principal_secret secret;
    struct err err;
    char path[128];

    snprintf(path, sizeof path, "%s/data/principal.key", stack->dir);
    if (principal_secret_read(&secret, path, &err) != 0) {
        fprintf(stderr, "%s\n", err.text);
        exit(1);
    }
    principal.person = (char *)(uintptr_t)(stack->person ? stack->person : "tester");
    principal.permissions = (char **)(uintptr_t)rights;
    principal.n_permissions = 1;
    principal.subtree = (char *)(uintptr_t)(stack->subtree ? stack->subtree : "");
    principal.ends_at = clock_real_us() + 60 * INT64_C(1000000);
    principal_sign(&secret, &principal, &stack->arena, &envelope.principal, &envelope.signature);
    envelope.id = (char *)(uintptr_t)id;
    if (stack->language)
        envelope.language = (char *)(uintptr_t)stack->language;
    envelope.type = type;
    envelope.deadline_ms = 60000;
    envelope.idempotency_key = (char *)(uintptr_t)key;
    wire_pack(&envelope.base, out);
}

void *stack_send(struct stack *stack, const char *service, const char *instance, uint32_t type, const char *key,
                 const ProtobufCMessage *request)
{
    void *socket = zmq_socket(stack->zmq, ZMQ_DEALER);
    struct buf envelope = { 0 };
    struct buf payload = { 0 };
    char endpoint[160];
    char id[32];
    int linger = 0;
    int wait_ms = 5000;

    snprintf(id, sizeof id, "t%u", ++request_number);
    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s-%s.req", stack->dir, service, instance);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &wait_ms, sizeof wait_ms);
    zmq_connect(socket, endpoint);
    stack_pack_envelope(stack, type, id, key, &envelope);
    wire_pack(request, &payload);
    if (zmq_send(socket, "", 0, ZMQ_SNDMORE) < 0 || zmq_send(socket, envelope.data, envelope.len, ZMQ_SNDMORE) < 0 ||
        zmq_send(socket, payload.data, payload.len, 0) < 0) {
        zmq_close(socket);
        socket = NULL;
    }
    buf_fini(&envelope);
    buf_fini(&payload);
    return socket;
}

int stack_receive(void *socket, int wait_ms, uint32_t *status, struct buf *out)
{
    Bihuan__ReplyEnvelope *reply = NULL;
    zmq_msg_t part;
    int rc = -1;

    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    for (int i = 0; i < 3; i++) {
        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, socket, 0) < 0) {
            zmq_msg_close(&part);
            break;
        }
        if (i == 1)
            reply = bihuan__reply_envelope__unpack(NULL, zmq_msg_size(&part), zmq_msg_data(&part));
        if (i == 2) {
            buf_append(out, zmq_msg_data(&part), zmq_msg_size(&part));
            rc = 0;
        }
        zmq_msg_close(&part);
    }
    if (reply) {
        *status = reply->status;
        bihuan__reply_envelope__free_unpacked(reply, NULL);
    }
    return rc;
}

/* One try with one instance. 0 answered (*status, payload in *out), -1 nobody. */
static int ask_once(struct stack *stack, const char *service, const char *instance, uint32_t type, const char *key,
                    const ProtobufCMessage *request, uint32_t *status, struct buf *out, int wait_ms)
{
    void *socket = stack_send(stack, service, instance, type, key, request);
    int rc = socket ? stack_receive(socket, wait_ms, status, out) : -1;

    if (socket)
        zmq_close(socket);
    return rc;
}

static int take_problem(const struct buf *out, uint32_t status, struct err *err)
{
    Bihuan__Problem *problem = bihuan__problem__unpack(NULL, out->len, out->data);
    enum err_class cls = status == 404   ? ERR_NOT_FOUND
                         : status == 409 ? ERR_CONFLICT
                         : status == 403 ? ERR_FORBIDDEN
                         : status == 413 ? ERR_TOO_LARGE
                         : status < 500  ? ERR_INVALID
                                         : ERR_INTERNAL;

    err_fail(err, cls, problem ? problem->code : "", "%s", problem ? problem->detail : "undecodable problem");
    if (problem && problem->n_errors)
        err_fail(err, cls, problem->errors[0]->code, "%s: %s", problem->errors[0]->pointer,
                 problem->errors[0]->message);
    for (size_t i = 1; problem && i < problem->n_errors; i++) { /* as far as there is room */
        size_t len = strlen(err->text);

        snprintf(err->text + len, sizeof err->text - len, "; %s", problem->errors[i]->message);
    }
    if (problem)
        bihuan__problem__free_unpacked(problem, NULL);
    return -1;
}

/* A daemon that ended by itself would only show as a time-out: say so at once. */
static void check_alive(struct stack *stack, struct stack_daemon *daemon)
{
    int status;

    if (waitpid(daemon->pid, &status, WNOHANG) != daemon->pid)
        return;
    fprintf(stderr, "%s-%s ended by itself with status %d\n", daemon->service, daemon->instance, status);
    show_log(stack, daemon);
    daemon->pid = 0;
    pg_stop(&stack->pg);
    exit(1);
}

/* The request's period and where it names version and revision; false: it isn't of that kind. */
static void *field_of(const ProtobufCMessage *request, const char *name)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(request->descriptor, name);

    return field ? (uint8_t *)(uintptr_t)request + field->offset : NULL;
}

static bool names_version(uint32_t type, const ProtobufCMessage *request, char **period, uint32_t **version,
                          uint32_t **revision)
{
    static const uint32_t types[] = { MSG(SUBMIT_PLAN), MSG(APPROVE_PLAN), MSG(RETURN_PLAN), MSG(PUBLISH_PLAN),
                                      MSG(ANSWER_TARGETS) };

    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++)
        if (types[i] == type) {
            *period = *(char **)field_of(request, "period");
            *version = field_of(request, "version");
            *revision = field_of(request, "revision");
            return true;
        }
    return false;
}

/* The rest of its set, unless the request names some itself. */
static void name_set(const ProtobufCMessage *request, const Bihuan__PlanVersion *version)
{
    const ProtobufCFieldDescriptor *field = protobuf_c_message_descriptor_get_field_by_name(request->descriptor, "set");
    size_t *count = field ? (size_t *)(void *)((uint8_t *)(uintptr_t)request + field->quantifier_offset) : NULL;

    if (!field || *count)
        return;
    *count = version->n_set;
    *(Bihuan__PlanSeen ***)field_of(request, "set") = version->set;
}

/* A data base that comes back breaks a query or two, or makes it wait too long: these say nothing of versions. */
static bool ask_versions(struct stack *stack, const Bihuan__ListPlanVersionsRequest *list, ProtobufCMessage **reply)
{
    struct err err = { 0 };

    for (int tries = 0; tries < 30; tries++) {
        if (stack_ask(stack, "planning", MSG(LIST_PLAN_VERSIONS), &list->base, reply, &err) == 0)
            return true;
        if (err.cls == ERR_NOT_FOUND || err.cls == ERR_FORBIDDEN || err.cls == ERR_INVALID)
            return false;
        fprintf(stderr, "versions of %s: %s: %s\n", list->period, err.code, err.text);
        usleep(100000);
    }
    return false;
}

void stack_seen(struct stack *stack, uint32_t type, const ProtobufCMessage *request)
{
    const char *person = stack->person, *subtree = stack->subtree, *right = stack->right;
    Bihuan__ListPlanVersionsRequest list = BIHUAN__LIST_PLAN_VERSIONS_REQUEST__INIT;
    Bihuan__ListPlanVersionsReply *versions;
    ProtobufCMessage *reply = NULL;
    uint32_t *version, *revision;

    if (!names_version(type, request, &list.period, &version, &revision) || *version || *revision)
        return;
    stack->person = stack->subtree = stack->right = NULL;
    if (*list.period && ask_versions(stack, &list, &reply)) {
        versions = (Bihuan__ListPlanVersionsReply *)reply;
        *version = versions->n_items ? versions->items[0]->version : 0;
        *revision = versions->n_items ? versions->items[0]->revision : 0;
        if (versions->n_items)
            name_set(request, versions->items[0]);
    }
    stack->person = person;
    stack->subtree = subtree;
    stack->right = right;
}

int stack_ask(struct stack *stack, const char *service, uint32_t type, const ProtobufCMessage *request,
              ProtobufCMessage **reply, struct err *err)
{
    const struct message_type *message = message_type_find(type);
    char key[40];

    stack_seen(stack, type, request);
    snprintf(key, sizeof key, "test-%d-%u", (int)getpid(), request_number);
    for (int tries = 0; tries < 300; tries++) {
        for (int i = 0; i < stack->daemon_count; i++) {
            struct buf out = { 0 };
            uint32_t status = 503;
            int rc = 0;

            if (strcmp(stack->daemons[i].service, service) != 0 || !stack->daemons[i].pid)
                continue;
            check_alive(stack, &stack->daemons[i]);
            if (ask_once(stack, service, stack->daemons[i].instance, type, key, request, &status, &out, 5000) != 0 ||
                status == 503) {
                buf_fini(&out);
                continue;
            }
            if (status >= 400)
                rc = take_problem(&out, status, err);
            else if (reply)
                rc = message_unpack(message->reply, out.data, out.len, &stack->arena, reply, err);
            buf_fini(&out);
            return rc;
        }
        usleep(100000);
    }
    return err_fail(err, ERR_UNAVAILABLE, "unavailable", "%s did not answer in 30 s", service);
}

void stack_wait_ready(struct stack *stack, const char *service)
{
    Bihuan__StatusRequest request = BIHUAN__STATUS_REQUEST__INIT;
    ProtobufCMessage *message = NULL;
    struct err err;

    for (int i = 0; i < 300; i++) {
        if (stack_ask(stack, service, MSG(STATUS), &request.base, &message, &err) == 0 &&
            ((Bihuan__StatusReply *)message)->ready)
            return;
        usleep(100000);
    }
    fprintf(stderr, "%s is not ready: %s\n", service, message ? ((Bihuan__StatusReply *)message)->reason : err.text);
    for (int i = 0; i < stack->daemon_count; i++)
        if (strcmp(stack->daemons[i].service, service) == 0)
            show_log(stack, &stack->daemons[i]);
    exit(1);
}

int stack_try(struct stack *stack, uint32_t type, const char *json, struct err *err)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;

    if (pbjson_parse(message->payload, json, strlen(json), &stack->arena, &request, err) != 0)
        return -1;
    return stack_ask(stack, message->service, type, request, NULL, err);
}

ProtobufCMessage *stack_apply(struct stack *stack, uint32_t type, const char *json)
{
    const struct message_type *message = message_type_find(type);
    ProtobufCMessage *request;
    ProtobufCMessage *reply = NULL;
    struct err err;

    if (pbjson_parse(message->payload, json, strlen(json), &stack->arena, &request, &err) != 0 ||
        stack_ask(stack, message->service, type, request, &reply, &err) != 0) {
        fprintf(stderr, "%s was refused: %s\n%s\n", message->name, err.text, json);
        exit(1);
    }
    return reply;
}

bool stack_until(bool (*until)(void *arg), void *arg, int seconds)
{
    int64_t end = clock_monotonic_us() + seconds * INT64_C(1000000);

    while (!until(arg)) {
        if (clock_monotonic_us() > end)
            return false;
        usleep(20000);
    }
    return true;
}
