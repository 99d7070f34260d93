/* runtime: start, loop and stop of a daemon. See runtime.h. */
#include "runtime/runtime.h"

#include "obs/log.h"
#include "runtime/archivist.h"
#include "runtime/runtime_internal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct setting common_settings[] = {
    { "database_url", SETTING_SECRET, "", "PostgreSQL connection of this service's role (libpq URI or keywords)", 0,
      0 },
    { "instance", SETTING_TEXT, "a", "lasting name of this instance; a second one is a standby", 0, 0 },
    { "run_dir", SETTING_TEXT, "/run/bihuan", "folder of sockets and locks, mode 0700", 0, 0 },
    { "data_dir", SETTING_TEXT, "/var/lib/bihuan", "folder of keys, inbox and archives", 0, 0 },
    { "bus_bind", SETTING_TEXT, "", "own bus address: ipc://path or tcp://host:port; empty: a socket in run_dir", 0,
      0 },
    { "bus_peers", SETTING_TEXT, "", "others' bus addresses: planning=addr[|key],addr;feedback=...; empty: run_dir", 0,
      0 },
    { "bus_secret_key_file", SETTING_TEXT, "",
      "CURVE key pair (public, then secret, Z85); needed for tcp beyond loopback", 0, 0 },
    { "bus_allowed_keys", SETTING_TEXT, "", "CURVE public keys that may connect, comma-separated", 0, 0 },
    { "principal_key_file", SETTING_TEXT, "",
      "public key that the gateway's principals are checked with; empty:"
      " data_dir/principal.pub",
      0, 0 },
    { "buckets", SETTING_INT, "16", "number of buckets, a power of two; fixed at installation", 1, BUCKETS_MAX },
    { "money_scale", SETTING_INT, "4", "decimals of stored money; fixed at installation", 0, 6 },
    { "utc_offset", SETTING_TEXT, "+08:00", "time zone of business days; fixed at installation", 0, 0 },
    { "clock", SETTING_TEXT, "real", "business clock: real, or TIME@UNIXSECONDS for replays and demonstrations", 0, 0 },
    { "stream_keep_days", SETTING_INT, "400",
      "days that rows of the own streams stay in the data base; then they go to files below data_dir/streams; 0: for"
      " ever",
      0, 36500 },
    { "stream_archive_minutes", SETTING_INT, "60", "between two looks for rows to archive", 1, 10080 },
    { "stream_reader_days", SETTING_INT, "30",
      "days that rows wait in the data base for a reader that isn't heard of; it then reads them from files", 1, 3650 },
    { "restore_streams", SETTING_INT, "0",
      "1: in a schema where nothing was written yet, take the own streams over from data_dir/streams", 0, 1 },
    { "readers", SETTING_INT, "2", "threads that answer queries", 1, READERS_MAX },
    { "metrics_address", SETTING_TEXT, "127.0.0.1", "address of the health and metrics port", 0, 0 },
    { "metrics_port", SETTING_INT, "0", "port of /healthz, /readyz and /metrics; 0 none", 0, 65535 },
    { "slow_transaction_ms", SETTING_INT, "1000",
      "transactions that last as long are logged with their slowest statement", 0, 3600000 },
    { "log_level", SETTING_TEXT, "info", "debug, info, warn or error", 0, 0 },
    { NULL, SETTING_TEXT, NULL, NULL, 0, 0 },
};

/* --- anywhere --- */

void *runtime_state(struct runtime *rt)
{
    return rt->state;
}

const char *runtime_setting(struct runtime *rt, const char *key)
{
    return settings_text(rt->settings, key);
}

int64_t runtime_setting_int(struct runtime *rt, const char *key)
{
    return settings_int(rt->settings, key);
}

struct metrics *runtime_metrics(struct runtime *rt)
{
    return rt->metrics;
}

const struct clock *runtime_clock(struct runtime *rt)
{
    return &rt->clock;
}

uint32_t runtime_bucket_count(struct runtime *rt)
{
    return rt->buckets;
}

int runtime_money_scale(struct runtime *rt)
{
    return rt->money_scale;
}

bool runtime_active(struct runtime *rt)
{
    return atomic_load(&rt->active);
}

bool runtime_stopping(struct runtime *rt)
{
    return atomic_load(&rt->stopping);
}

uv_loop_t *runtime_loop(struct runtime *rt)
{
    return &rt->loop;
}

void runtime_set_reason(struct runtime *rt, enum runtime_reason which, const char *fmt, ...)
{
    va_list ap;

    pthread_mutex_lock(&rt->reason_lock);
    va_start(ap, fmt);
    vsnprintf(rt->reasons[which], sizeof rt->reasons[which], fmt, ap);
    va_end(ap);
    pthread_mutex_unlock(&rt->reason_lock);
}

void runtime_get_reason(struct runtime *rt, char *out, size_t cap)
{
    size_t len = 0;

    out[0] = '\0';
    pthread_mutex_lock(&rt->reason_lock);
    for (int i = 0; i < REASONS && len + 1 < cap; i++)
        if (rt->reasons[i][0])
            len += (size_t)snprintf(out + len, cap - len, "%s%s", len ? "; " : "", rt->reasons[i]);
    pthread_mutex_unlock(&rt->reason_lock);
}

int runtime_source_index(const struct runtime *rt, const char *service)
{
    for (int i = 0; i < rt->source_count; i++)
        if (strcmp(rt->sources[i], service) == 0)
            return i;
    return -1;
}

static const struct handler *find_in(const struct handler *handlers, enum handler_kind kind, uint32_t type,
                                     const char *source)
{
    for (const struct handler *h = handlers; h->kind != HANDLER_END; h++)
        if (h->kind == kind && h->type == type && (!source || strcmp(h->source, source) == 0))
            return h;
    return NULL;
}

const struct handler *runtime_handler(const struct runtime *rt, enum handler_kind kind, uint32_t type,
                                      const char *source)
{
    const struct handler *found = find_in(rt->service->handlers, kind, type, source);

    return found || kind == HANDLER_EVENT ? found : find_in(builtin_handlers, kind, type, NULL);
}

int runtime_post(struct runtime *rt, handler_fn *fn, void *message, post_done_fn *done, void *arg)
{
    struct input *input;

    for (const struct handler *h = rt->service->handlers; h->kind != HANDLER_END; h++) {
        if (h->kind != HANDLER_LOCAL || h->fn != fn)
            continue;
        input = calloc(1, sizeof *input);
        if (!input)
            abort();
        *input =
            (struct input) { .kind = INPUT_LOCAL, .handler = h, .message = message, .done = done, .done_arg = arg };
        if (inputs_post(rt->inputs, input))
            return 0;
        free(input);
        return -1;
    }
    log_error("post_unknown", "service=%s", rt->service->name);
    abort(); /* our own mistake: the handler is not in the table */
}

/* --- loop --- */

static void begin_stop(struct runtime *rt)
{
    if (atomic_exchange(&rt->stopping, true))
        return;
    log_info("stopping", "instance=%s", rt->instance);
    inputs_wake(rt->inputs);
}

static void on_signal(uv_signal_t *signal, int number)
{
    (void)number;
    begin_stop(signal->data);
}

static void on_wake(uv_async_t *async)
{
    struct runtime *rt = async->data;
    struct output *list;

    pthread_mutex_lock(&rt->output_lock);
    list = rt->output_first;
    rt->output_first = rt->output_last = NULL;
    pthread_mutex_unlock(&rt->output_lock);
    while (list) {
        struct output *next = list->next;

        links_send(rt, list);
        list = next;
    }
    if (atomic_load(&rt->writer_done))
        uv_stop(&rt->loop);
}

/* --- start and stop --- */

/* Two processes may bind one ipc path and the first is silently orphaned: so a lock as well. */
static int take_lock(struct runtime *rt, struct err *err)
{
    char path[512];

    if (mkdir(runtime_setting(rt, "run_dir"), 0700) != 0 && errno != EEXIST)
        return err_set(err, "could not make run_dir \"%s\": %s", runtime_setting(rt, "run_dir"), strerror(errno));
    snprintf(path, sizeof path, "%s/%s-%s.lock", runtime_setting(rt, "run_dir"), rt->service->name, rt->instance);
    rt->lock_fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (rt->lock_fd < 0)
        return err_set(err, "could not open \"%s\": %s", path, strerror(errno));
    if (flock(rt->lock_fd, LOCK_EX | LOCK_NB) != 0)
        return err_set(err,
                       "another process runs as instance \"%s\" (it holds \"%s\"); stop it or choose another"
                       " --instance",
                       rt->instance, path);
    return 0;
}

static int check_settings(struct runtime *rt, struct err *err)
{
    enum log_level level;

    if (log_level_parse(runtime_setting(rt, "log_level"), &level) != 0)
        return err_set(err, "log_level \"%s\" is none of debug, info, warn, error", runtime_setting(rt, "log_level"));
    log_init(rt->service->name, level);
    rt->buckets = (uint32_t)runtime_setting_int(rt, "buckets");
    if (rt->buckets & (rt->buckets - 1))
        return err_set(err, "buckets = %u is not a power of two", rt->buckets);
    rt->slow_us = runtime_setting_int(rt, "slow_transaction_ms") * 1000;
    rt->money_scale = (int)runtime_setting_int(rt, "money_scale");
    snprintf(rt->instance, sizeof rt->instance, "%s", runtime_setting(rt, "instance"));
    if (!runtime_setting(rt, "database_url")[0])
        return err_set(err, "database_url is not set: give --database-url, BIHUAN_DATABASE_URL or a line in the file");
    return clock_parse(&rt->clock, runtime_setting(rt, "clock"), runtime_setting(rt, "utc_offset"), err);
}

static int start_all(struct runtime *rt, struct err *err)
{
    const char *const *reads = rt->service->reads;

    while (reads && reads[rt->source_count] && rt->source_count < SOURCES_MAX) {
        rt->sources[rt->source_count] = reads[rt->source_count];
        rt->source_count++;
    }
    if (getrandom(&rt->boot, sizeof rt->boot, 0) != (ssize_t)sizeof rt->boot || take_lock(rt, err) != 0)
        return err->text[0] ? -1 : err_set(err, "no randomness");
    uv_signal_init(&rt->loop, &rt->sigterm);
    uv_signal_init(&rt->loop, &rt->sigint);
    uv_async_init(&rt->loop, &rt->wake, on_wake);
    rt->sigterm.data = rt->sigint.data = rt->wake.data = rt;
    uv_signal_start(&rt->sigterm, on_signal, SIGTERM);
    uv_signal_start(&rt->sigint, on_signal, SIGINT);
    if (links_start(rt, err) != 0 || probe_start(rt, err) != 0)
        return -1;
    if (rt->service->start && rt->service->start(rt, err) != 0)
        return -1;
    if (readers_start(rt, (int)runtime_setting_int(rt, "readers"), err) != 0)
        return -1;
    if (keeper_start(rt, err) != 0 || archivist_start(rt, err) != 0)
        return -1;
    return writer_start(rt, err);
}

static void close_walk(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void stop_all(struct runtime *rt)
{
    inputs_stop(rt->inputs);
    writer_join(rt);
    keeper_join(rt);
    archivist_join(rt);
    readers_join(rt);
    if (rt->service->stop)
        rt->service->stop(rt);
    links_stop(rt);
    probe_stop(rt);
    uv_walk(&rt->loop, close_walk, NULL);
    while (uv_run(&rt->loop, UV_RUN_DEFAULT) != 0)
        ;
    if (uv_loop_close(&rt->loop) != 0)
        log_warn("loop_not_closed", "reason=\"handles left\"");
}

static void free_all(struct runtime *rt)
{
    while (rt->output_first) {
        struct output *next = rt->output_first->next;

        output_free(rt->output_first);
        rt->output_first = next;
    }
    inputs_destroy(&rt->inputs);
    metrics_destroy(&rt->metrics);
    settings_destroy(&rt->settings);
    if (rt->lock_fd >= 0)
        close(rt->lock_fd);
    free(rt->probe);
    free(rt->state);
    free(rt);
}

static int run(struct runtime *rt)
{
    struct err err;

    err_clear(&err);
    uv_loop_init(&rt->loop);
    if (start_all(rt, &err) != 0) {
        log_error("start_failed", "error=\"%s\"", err.text);
        fprintf(stderr, "bihuan-%s: %s\n", rt->service->name, err.text);
        atomic_store(&rt->stopping, true);
        stop_all(rt);
        return 1;
    }
    log_info("started", "instance=%s version=%s", rt->instance, BIHUAN_VERSION);
    uv_run(&rt->loop, UV_RUN_DEFAULT);
    stop_all(rt);
    log_info("stopped", "instance=%s", rt->instance);
    return 0;
}

/* GET /readyz of the running daemon: for container health checks. */
static int ask_health(struct runtime *rt)
{
    struct sockaddr_in address;
    char request[] = "GET /readyz HTTP/1.0\r\n\r\n";
    char reply[64] = "";
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    int ok = 0;

    uv_ip4_addr("127.0.0.1", (int)runtime_setting_int(rt, "metrics_port"), &address);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0 &&
        write(fd, request, sizeof request - 1) > 0 && read(fd, reply, sizeof reply - 1) > 12)
        ok = strncmp(reply + 8, " 200", 4) == 0;
    if (fd >= 0)
        close(fd);
    return ok ? 0 : 1;
}

int runtime_main(const struct service *service, int argc, char **argv)
{
    const struct setting *const tables[] = { common_settings, service->settings, NULL };
    struct runtime *rt = calloc(1, sizeof *rt);
    char program[64];
    struct err err;
    int action = 0;
    int rc = 0;

    if (!rt)
        abort();
    err_clear(&err);
    snprintf(program, sizeof program, "bihuan-%s", service->name);
    rt->service = service;
    rt->lock_fd = -1;
    rt->state = calloc(1, service->state_size ? service->state_size : 1);
    rt->inputs = inputs_new(service->gather_us);
    rt->metrics = metrics_new(service->name);
    pthread_mutex_init(&rt->output_lock, NULL);
    pthread_mutex_init(&rt->reason_lock, NULL);
    runtime_set_reason(rt, REASON_STATE, "starting");
    signal(SIGPIPE, SIG_IGN);
    if (settings_new(&rt->settings, tables, &err) != 0 || settings_read(rt->settings, argc, argv, &action, &err) != 0) {
        fprintf(stderr, "%s: %s\n", program, err.text);
        rc = 2;
    } else if (action == 'h') {
        settings_help(rt->settings, program, stdout);
    } else if (action == 'p') {
        settings_print(rt->settings, stdout);
    } else if (action == 'v') {
        printf("%s %s\n", program, BIHUAN_VERSION);
    } else if (action == 'H') {
        rc = ask_health(rt);
    } else if (check_settings(rt, &err) != 0) {
        fprintf(stderr, "%s: %s\n", program, err.text);
        rc = 2;
    } else if (action != 'c') {
        rc = run(rt);
    }
    free_all(rt);
    return rc;
}
