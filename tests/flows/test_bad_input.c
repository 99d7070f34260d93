/* Bad input at every door: files, manifests, HTTP, the bus. Each is refused with its place, costs nothing else (the
 * good rows of the same file count), and the daemon goes on: the stack checks that all of them end in order.
 *
 * BIHUAN_FULL=1 takes a line of 1 GB also under sanitizers, where it is 64 MB otherwise. */
#include "base/buf.h"
#include "bus/wire.h"
#include "runtime/clock.h"
#include "support/check.h"
#include "support/gzip.h"
#include "support/loop.h"
#include "support/web.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>
#include <zmq.h>

#include "bihuan/common.pb-c.h"
#include "bihuan/envelope.pb-c.h"
#include "bihuan/feedback.pb-c.h"
#include "bihuan/planning.pb-c.h"

#if defined(__SANITIZE_ADDRESS__)
#define SANITIZED 1
#else
#define SANITIZED 0
#endif

#define HEAD "id,when,shop,what,money\n"
#define TAIL ",2026-09-01,O1,phone,1\n"

static struct stack stack;
static struct web web;
static void *raw_zmq; /* apart from the stack's, which waits for its sockets at the end */
static long good;     /* rows that must count by now */

static int set_up(void **state)
{
    char text[300];

    (void)state;
    stack_new(&stack);
    snprintf(stack.clock, sizeof stack.clock, "2026-10-05T10:00:00+08:00@%lld", (long long)(clock_real_us() / 1000000));
    loop_start(&stack);
    web_start(&web, &stack);
    snprintf(text, sizeof text, "%s/manifests", stack.dir);
    mkdir(text, 0700);
    snprintf(text, sizeof text, "http://127.0.0.1:%d", web.port);
    setenv("BIHUAN_URL", text, 1);
    snprintf(text, sizeof text, "%s/data/admin.token", stack.dir);
    setenv("BIHUAN_TOKEN_FILE", text, 1);
    setenv("LC_ALL", "C.UTF-8", 1);
    loop_apply(&stack, MSG(APPLY_PRODUCTS), "{'items':[{'code':'phone','name':'Phone'}]}");
    loop_apply(&stack, MSG(APPLY_MEASURES),
               "{'items':[{'code':'lines','title_zh':'单数','title_en':'Lines','value':'count'}]}");
    loop_apply(&stack, MSG(APPLY_UNITS), "{'items':[{'code':'O1','name':'Outlet','type':'outlet'}]}");
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[{'code':'orders','title':'Orders','sender':'boss','fact':'order_line','key':['id'],"
               "'watermark':'none','earliest':'2026-01-01','latest':'2026-12-31','columns':["
               "{'field':'time','column':'when','format':'yyyy-MM-dd'},{'field':'unit','column':'shop'},"
               "{'field':'product','column':'what'},{'field':'amount','column':'money'}]}]}");
    loop_catch_up(&stack);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    stack_free(&stack);
    return 0;
}

static void ask_all(void)
{
    static const char *const services[] = { "planning", "feedback", "monitoring", "incentive", "gateway" };

    for (size_t i = 0; i < sizeof services / sizeof services[0]; i++)
        stack_wait_ready(&stack, services[i]);
}

static void check_counted(void)
{
    struct loop_sums sums = loop_agree(&stack, "", "");

    CHECK_INT(loop_sum_of(&sums, loop_unit(&stack, "O1"), loop_measure(&stack, "lines")), good);
}

/* --- rows ------------------------------------------------------------------------------------------------------------
 */

/* A file of a good row, the bad one in line 3, and a good one: `reason` at `column`, said with `words`. */
static void bad_row(const char *name, const char *row, size_t len, const char *reason, const char *column,
                    const char *words)
{
    struct buf file = { 0 };
    char sql[600], *got, want[200];

    buf_printf(&file, HEAD "%s-1" TAIL, name);
    buf_append(&file, row, len);
    buf_printf(&file, "\n%s-2" TAIL, name);
    loop_drop(&stack, "orders", name, file.data, file.len);
    loop_wait_file(&stack, "orders", name, 30);
    snprintf(sql, sizeof sql,
             "SELECT f.state || ' ' || rows_read || ' ' || accepted || ' ' || reason || ' line ' || line_no || ' '"
             " || column_name || (CASE WHEN strpos(message, '%s') > 0 THEN '' ELSE ': ' || message END)"
             " FROM feedback.feed_file f JOIN feedback.reject r ON r.file_id = f.id WHERE f.name = '%s'",
             words, name);
    got = pg_value(&stack.pg, sql);
    snprintf(want, sizeof want, "partial 3 2 %s line 3 %s", reason, column);
    if (!got || strcmp(got, want) != 0)
        fail_msg("%s: \"%s\", not \"%s\" with \"%s\"", name, got ? got : "no such reject", want, words);
    free(got);
    buf_fini(&file);
    good += 2;
}

#define BAD_ROW(name, row, reason, column, words) bad_row(name, row, sizeof row - 1, reason, column, words)

static void test_bad_rows(void **state)
{
    (void)state;
    BAD_ROW("encoding.csv", "x,2026-09-01,O1,pho\xC4\xE3,1", "bad_encoding", "", "line 3");
    BAD_ROW("nul.csv", "x,2026-09-01,O1,pho\0ne,1", "nul_byte", "", "line 3");
    BAD_ROW("unit.csv", "x,2026-09-01,O9,phone,1", "unknown_unit", "shop", "column \"shop\", value \"O9\"");
    BAD_ROW("product.csv", "x,2026-09-01,O1,phnoe,1", "unknown_product", "what", "value \"phnoe\"");
    BAD_ROW("money.csv", "x,2026-09-01,O1,phone,12yuan", "bad_number", "money", "column \"money\", value \"12yuan\"");
    BAD_ROW("precise.csv", "x,2026-09-01,O1,phone,0.00001", "too_precise", "money", "more decimals");
    BAD_ROW("huge.csv", "x,2026-09-01,O1,phone,99999999999999999999999", "out_of_range", "money", "column \"money\"");
    BAD_ROW("early.csv", "x,1926-09-01,O1,phone,1", "date_out_of_range", "when", "value \"1926-09-01\"");
    BAD_ROW("late.csv", "x,9999-12-31,O1,phone,1", "date_out_of_range", "when", "earliest and latest");
    BAD_ROW("date.csv", "x,2026-02-30,O1,phone,1", "bad_date", "when", "yyyy-MM-dd");
    BAD_ROW("key.csv", ",2026-09-01,O1,phone,1", "missing_value", "id", "column \"id\"");
    BAD_ROW("fields.csv", "x,2026-09-01,O1,phone,1,2", "field_count", "", "6 fields, the header 5");
    BAD_ROW("quote.csv", "\"x,2026-09-01,O1,phone,1", "open_quote", "", "line 3");
    BAD_ROW("behind.csv", "\"x\"y,2026-09-01,O1,phone,1", "bad_quote", "", "line 3");
    check_counted();
}

static void test_quoted_newline_is_fine(void **state)
{
    static const char TEXT[] = HEAD "\"qn\n1\"" TAIL "\"qn,\"\"2\"\"\"" TAIL "qn-3" TAIL;

    (void)state;
    loop_drop(&stack, "orders", "newline.csv", TEXT, sizeof TEXT - 1);
    loop_wait_file(&stack, "orders", "newline.csv", 30);
    CHECK_INT(pg_number(&stack.pg, "SELECT accepted FROM feedback.feed_file WHERE name = 'newline.csv'"
                                   " AND state = 'loaded'"),
              3);
    good += 3;
    check_counted();
}

/* --- files -----------------------------------------------------------------------------------------------------------
 */

static void refused(const char *name, const void *bytes, size_t len, long accepted, const char *words)
{
    char sql[400], want[64], *got;

    loop_drop(&stack, "orders", name, bytes, len);
    loop_wait_file(&stack, "orders", name, 30);
    snprintf(sql, sizeof sql,
             "SELECT state || ' ' || accepted || (CASE WHEN strpos(error, '%s') > 0 THEN '' ELSE ': ' || error END)"
             " FROM feedback.feed_file WHERE name = '%s'",
             words, name);
    got = pg_value(&stack.pg, sql);
    snprintf(want, sizeof want, "refused %ld", accepted);
    if (!got || strcmp(got, want) != 0)
        fail_msg("%s: \"%s\", not \"%s\" with \"%s\"", name, got ? got : "no such file", want, words);
    free(got);
}

static void read_all(const char *path, struct buf *out)
{
    FILE *file = fopen(path, "r");
    size_t got;

    assert_non_null(file);
    while ((got = fread(buf_reserve(out, 65536), 1, 65536, file)) > 0)
        out->len += got;
    fclose(file);
}

static void test_bad_files(void **state)
{
    static const char UTF16[] = "\xFF\xFEi\0d\0";
    char text[64];

    (void)state;
    refused("empty.csv", "", 0, 0, "the file is empty");
    refused("column.csv", "id,when,shpo,what,money\nx" TAIL, sizeof "id,when,shpo,what,money\nx" TAIL - 1, 0,
            "no column \"shop\"");
    refused("mark.csv", UTF16, sizeof UTF16 - 1, 0, "utf-16");
    refused("plain.csv.gz", HEAD "x" TAIL, sizeof HEAD "x" TAIL - 1, 0, "plain.csv.gz");
    refused("noise.csv.zst", HEAD "x" TAIL, sizeof HEAD "x" TAIL - 1, 0, "noise.csv.zst");
    snprintf(text, sizeof text, HEAD);
    loop_drop(&stack, "orders", "header.csv", text, strlen(text)); /* no rows is not a mistake */
    loop_wait_file(&stack, "orders", "header.csv", 30);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE name = 'header.csv'"
                                   " AND state = 'loaded' AND rows_read = 0"),
              1);
    check_counted();
}

/* Refused for its name, the same content comes under a right one: that is the name it has, and its date counts. */
static void test_name_is_mended(void **state)
{
    static const char TEXT[] = HEAD "nm-1" TAIL;

    (void)state;
    loop_apply(&stack, MSG(APPLY_FEEDS),
               "{'items':[{'code':'dated','title':'Dated','sender':'dated','fact':'order_line','key':['id'],"
               "'files':'d_{yyyyMMdd}.csv','columns':[{'field':'time','column':'when','format':'yyyy-MM-dd'},"
               "{'field':'unit','column':'shop'},{'field':'amount','column':'money'}]}]}");
    loop_drop(&stack, "dated", "d-20260901.csv", TEXT, sizeof TEXT - 1);
    loop_wait_file(&stack, "dated", "d-20260901.csv", 30);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE name = 'd-20260901.csv'"
                                   " AND state = 'refused' AND strpos(error, 'd_{yyyyMMdd}.csv') > 0"),
              1);
    loop_drop(&stack, "dated", "d_20260901.csv", TEXT, sizeof TEXT - 1);
    loop_wait_file(&stack, "dated", "d_20260901.csv", 30);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file WHERE name = 'd_20260901.csv'"
                                   " AND state = 'loaded' AND accepted = 1"),
              1);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed WHERE code = 'dated'"
                                   " AND through = '2026-09-02 00:00:00+08'"),
              1);
    good++;
    check_counted();
}

/* Rows before the cut count; the same file whole brings the rest. */
static void test_truncated_gzip(void **state)
{
    struct buf file = { 0 };
    char path[128], name[] = "cut.csv.gz";
    long before;
    gzFile gz;

    (void)state;
    snprintf(path, sizeof path, "%s/whole.gz", stack.dir);
    gz = gzopen(path, "w");
    gzputs(gz, HEAD);
    for (int i = 0; i < 4000; i++)
        gzprintf(gz, "gz-%d" TAIL, i * 7919);
    gzclose(gz);
    read_all(path, &file);
    loop_drop(&stack, "orders", name, file.data, file.len / 2);
    loop_wait_file(&stack, "orders", name, 30);
    before = pg_number(&stack.pg, "SELECT accepted FROM feedback.feed_file WHERE name = 'cut.csv.gz'"
                                  " AND state = 'refused' AND rows_read = accepted AND error LIKE '%after byte%row%'");
    assert_true(before > 500 && before < 4000);
    good += before;
    check_counted();
    loop_drop(&stack, "orders", "whole.csv.gz", file.data, file.len);
    loop_wait_file(&stack, "orders", "whole.csv.gz", 30);
    CHECK_INT(pg_number(&stack.pg, "SELECT accepted FROM feedback.feed_file WHERE name = 'whole.csv.gz'"),
              4000 - before);
    good += 4000 - before;
    check_counted();
    buf_fini(&file);
}

static long peak_kb(void)
{
    char path[64], line[128];
    long kb = 0;
    FILE *file;

    snprintf(path, sizeof path, "/proc/%d/status", (int)stack_pid(&stack, "feedback", "a"));
    file = fopen(path, "r");
    while (file && fgets(line, sizeof line, file))
        if (strncmp(line, "VmHWM:", 6) == 0)
            kb = strtol(line + 6, NULL, 10);
    if (file)
        fclose(file);
    return kb;
}

/* A line of 1 GB of spaces, 1 MB as gzip, between two good rows: given up, at little memory. */
static void test_endless_line(void **state)
{
    const char *full = getenv("BIHUAN_FULL");
    int pieces = SANITIZED && !(full && *full == '1') ? 4 : 64;
    size_t piece_len = (size_t)16 << 20;
    char *spaces = malloc(piece_len);
    struct buf file = { 0 }, piece = { 0 };
    long before = peak_kb(), grown;
    int64_t began;

    (void)state;
    assert_non_null(spaces);
    memset(spaces, ' ', piece_len);
    gzip_append(&file, HEAD "el-1" TAIL, strlen(HEAD "el-1" TAIL));
    gzip_append(&piece, spaces, piece_len);
    for (int i = 0; i < pieces; i++)
        buf_append(&file, piece.data, piece.len);
    gzip_append(&file, "\nel-2" TAIL, strlen("\nel-2" TAIL));
    began = clock_monotonic_us();
    loop_drop(&stack, "orders", "endless.csv.gz", file.data, file.len);
    loop_wait_file(&stack, "orders", "endless.csv.gz", 100);
    grown = peak_kb() - before;
    printf("a line of %d MB: %.2f s, %ld kB more memory\n", pieces * 16, (double)(clock_monotonic_us() - began) / 1e6,
           grown);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM feedback.feed_file f JOIN feedback.reject r"
                                   " ON r.file_id = f.id WHERE f.name = 'endless.csv.gz' AND accepted = 2"
                                   " AND reason = 'record_too_long' AND line_no = 3 AND octet_length(raw) <= 65536"),
              1);
    assert_true(grown < 64 * 1024);
    good += 2;
    check_counted();
    buf_fini(&file);
    buf_fini(&piece);
    free(spaces);
}

/* --- manifests -------------------------------------------------------------------------------------------------------
 */

static void put(const char *name, const char *text, size_t len)
{
    char path[256];
    FILE *file;

    snprintf(path, sizeof path, "%s/manifests/%s", stack.dir, name);
    file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    fclose(file);
}

/* `bihuan apply` of the text is refused with these words, and soon. */
static void bad_manifest(const char *name, const char *text, size_t len, const char *words)
{
    char command[1024], output[4096];
    int64_t began = clock_monotonic_us();
    size_t got;
    FILE *pipe;
    int status;

    put(name, text, len);
    snprintf(command, sizeof command, "cd '%s/manifests' && timeout 60 '%s/bihuan' apply -f %s 2>&1", stack.dir,
             getenv("BIHUAN_BIN"), name);
    pipe = popen(command, "r");
    assert_non_null(pipe);
    got = fread(output, 1, sizeof output - 1, pipe);
    output[got] = '\0';
    while (fread(command, 1, sizeof command, pipe) > 0)
        continue;
    status = pclose(pipe);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 1 || !strstr(output, words))
        fail_msg("%s: %d \"%s\", wanted \"%s\"", name, status, output, words);
    assert_true(clock_monotonic_us() - began < 20 * INT64_C(1000000));
}

static void test_bad_manifests(void **state)
{
    static const char BOMB[] = "a: &a [lol,lol,lol,lol,lol,lol,lol,lol,lol]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\n"
                               "c: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\n";
    static const char KEY[] = "kind: Units\nitems:\n- code: x\n  nmae: X\n  type: outlet\n";
    static const char SEVERAL[] = "kind: Feeds\nitems:\n- code: f\n  titel: T\n  sender: s\n  fact: order_line\n"
                                  "  key: [id]\n  columns:\n  - { feild: time, column: t }\n"
                                  "  - { field: unit, column: u, scale: x }\n- code: g\n  maps: 5\n";
    static const char NUL[] = "kind: Units\nitems:\n- code: \"x\0y\"\n";
    static const char TYPE[] = "kind: Units\nitems:\n- code: x\n  name: X\n  type: [outlet]\n";
    static const char PARENT[] = "kind: Units\nitems:\n- code: x\n  name: X\n  type: outlet\n  parent: nobody\n"
                                 "  from: 2026-01-01\n";
    static const char TABLE[] = "kind: Targets\ntable: t.csv\n";
    static const char ROWS[] = "period,unit,measure,amount\n2026M09,O1,lines,12yuan\n";
    struct buf deep = { 0 };
    long units = pg_number(&stack.pg, "SELECT count(*) FROM planning.document WHERE kind = 'unit'");

    (void)state;
    bad_manifest("key.yaml", KEY, sizeof KEY - 1, "key.yaml:4:");
    bad_manifest("key.yaml", KEY, sizeof KEY - 1, "nmae");
    /* all mistakes at once, each with its line */
    bad_manifest("several.yaml", SEVERAL, sizeof SEVERAL - 1,
                 "several.yaml:4:3: titel: Feed has no such key; did you mean");
    bad_manifest("several.yaml", SEVERAL, sizeof SEVERAL - 1,
                 "several.yaml:9:7: columns/0/feild: FeedColumn has no such key");
    bad_manifest("several.yaml", SEVERAL, sizeof SEVERAL - 1,
                 "several.yaml:10:31: columns/1/scale: must be an integer");
    bad_manifest("several.yaml", SEVERAL, sizeof SEVERAL - 1, "several.yaml:12:3: maps: must be an array");
    bad_manifest("bomb.yaml", BOMB, sizeof BOMB - 1, "bomb.yaml:1:4: anchors (&) are not allowed");
    bad_manifest("nul.yaml", NUL, sizeof NUL - 1, "nul.yaml:");
    bad_manifest("type.yaml", TYPE, sizeof TYPE - 1, "type.yaml:5:");
    bad_manifest("parent.yaml", PARENT, sizeof PARENT - 1, "parent.yaml:6:");
    bad_manifest("kind.yaml", "kind: Unist\nitems: []\n", 22, "kind.yaml:1:");
    bad_manifest("bytes.yaml", "kind: \xFF\xFE\n", 9, "bytes.yaml:");
    put("t.csv", ROWS, sizeof ROWS - 1);
    bad_manifest("table.yaml", TABLE, sizeof TABLE - 1, "t.csv:2");
    buf_append_text(&deep, "kind: Units\nitems: ");
    for (int i = 0; i < 100000; i++)
        buf_append_text(&deep, "[");
    bad_manifest("deep.yaml", (const char *)deep.data, deep.len, "deep.yaml:2:");
    buf_fini(&deep);
    CHECK_INT(pg_number(&stack.pg, "SELECT count(*) FROM planning.document WHERE kind = 'unit'"), units);
    ask_all();
}

/* --- HTTP ------------------------------------------------------------------------------------------------------------
 */

static void expect(const char *method, const char *path, const char *token, const char *body, long status,
                   const char *code)
{
    static unsigned number;
    struct web_reply reply;
    char key[32];

    snprintf(key, sizeof key, "bad-%u", ++number);
    reply = web_ask(&web, method, path, token, body ? key : NULL, body);
    if (reply.status != status || strcmp(web_text(&reply, "code"), code) != 0)
        fail_msg("%s %s: %ld %s", method, path, reply.status, reply.text);
    assert_string_equal(reply.content_type, "application/problem+json");
    web_reply_free(&reply);
}

static void test_bad_http(void **state)
{
    struct web_reply reply;
    struct buf body = { 0 };

    (void)state;
    expect("GET", "/api/v1/units", NULL, NULL, 401, "no_token");
    expect("GET", "/api/v1/units", "bih_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", NULL, 401, "unknown_token");
    expect("GET", "/api/v1/units", "x y\tz", NULL, 401, "unknown_token");
    expect("POST", "/api/v1/apply/units", web.token, "{\"items\":[{\"code\":", 400, "bad_json");
    expect("POST", "/api/v1/apply/units", web.token, "\xFF\xFE", 400, "bad_json");
    reply = web_ask(&web, "POST", "/api/v1/apply/units", web.token, "bad-key",
                    "{\"items\":[{\"code\":\"x\",\"nmae\":\"X\",\"type\":\"outlet\"}]}");
    if (reply.status < 400 || reply.status > 422 || !strstr(reply.text, "/items/0/nmae"))
        fail_msg("%ld %s", reply.status, reply.text);
    web_reply_free(&reply);
    for (int i = 0; i < 20000; i++)
        buf_append_text(&body, "[");
    expect("POST", "/api/v1/apply/units", web.token, buf_text(&body), 400, "bad_json");
    buf_reset(&body);
    buf_append_text(&body, "{\"items\":[],\"x\":\"");
    memset(buf_reserve(&body, (size_t)9 << 20), 'x', (size_t)9 << 20);
    body.len += (size_t)9 << 20;
    buf_append_text(&body, "\"}");
    expect("POST", "/api/v1/apply/units", web.token, buf_text(&body), 413, "body_too_large");
    buf_fini(&body);
    ask_all();
}

/* --- the bus ---------------------------------------------------------------------------------------------------------
 */

static void *connect_to(int type, const char *service, const char *end, bool bind)
{
    void *socket = zmq_socket(raw_zmq, type);
    int linger = 200, wait_ms = 3000;
    char endpoint[160];

    snprintf(endpoint, sizeof endpoint, "ipc://%s/run/%s.%s", stack.dir, service, end);
    zmq_setsockopt(socket, ZMQ_LINGER, &linger, sizeof linger);
    zmq_setsockopt(socket, ZMQ_RCVTIMEO, &wait_ms, sizeof wait_ms);
    zmq_setsockopt(socket, ZMQ_SNDTIMEO, &wait_ms, sizeof wait_ms);
    assert_int_equal(bind ? zmq_bind(socket, endpoint) : zmq_connect(socket, endpoint), 0);
    return socket;
}

static void send_frames(void *socket, int count, const void *const *frames, const size_t *lens)
{
    for (int i = 0; i < count; i++)
        (void)zmq_send(socket, frames[i], lens[i], i + 1 < count ? ZMQ_SNDMORE : 0);
}

/* The status of the next answer. */
static uint32_t answered(void *socket)
{
    uint32_t status = 0;
    int more = 1;

    for (int i = 0; more; i++) {
        size_t len = sizeof more;
        zmq_msg_t part;

        zmq_msg_init(&part);
        if (zmq_msg_recv(&part, socket, 0) < 0)
            fail_msg("no answer");
        if (i == 1) {
            Bihuan__ReplyEnvelope *reply = bihuan__reply_envelope__unpack(NULL, zmq_msg_size(&part),
                                                                          zmq_msg_data(&part));

            assert_non_null(reply);
            status = reply->status;
            bihuan__reply_envelope__free_unpacked(reply, NULL);
        }
        zmq_getsockopt(socket, ZMQ_RCVMORE, &more, &len);
        zmq_msg_close(&part);
    }
    return status;
}

static void bad_requests(const char *service, const void *huge, size_t huge_len)
{
    static const char NOISE[] = "\xFF\xFF\xFF\xFF\xFFnoise";
    const void *frames[] = { "", NOISE, NOISE, NOISE, NOISE, NOISE };
    size_t lens[] = { 0, sizeof NOISE, sizeof NOISE, sizeof NOISE, sizeof NOISE, sizeof NOISE };
    Bihuan__RequestEnvelope envelope = BIHUAN__REQUEST_ENVELOPE__INIT;
    struct buf packed = { 0 };
    char name[40];
    void *socket;

    snprintf(name, sizeof name, "%s-a", service);
    socket = connect_to(ZMQ_DEALER, name, "req", false);
    for (int count = 1; count <= 6; count++) /* dropped, but for the one of three frames */
        send_frames(socket, count, frames, lens);
    send_frames(socket, 3, frames + 1, lens + 1); /* no empty frame */
    CHECK_INT(answered(socket), 422);
    envelope.id = (char *)(uintptr_t) "bad";
    envelope.type = 60000;
    envelope.deadline_ms = 5000;
    wire_pack(&envelope.base, &packed);
    frames[1] = packed.data;
    lens[1] = packed.len;
    send_frames(socket, 3, frames, lens);
    assert_in_range(answered(socket), 400, 422);
    frames[2] = huge;
    lens[2] = huge_len;
    send_frames(socket, 3, frames, lens); /* the connection is cut; zmq connects again by itself */
    usleep(200000);
    frames[2] = NOISE;
    lens[2] = sizeof NOISE;
    send_frames(socket, 3, frames, lens);
    assert_in_range(answered(socket), 400, 422);
    zmq_close(socket);
    buf_fini(&packed);
}

static void bad_events(const void *huge, size_t huge_len)
{
    static const char TOPIC[] = "feedback.0.", NOISE[] = "\xFF\xFF\xFF\xFF\xFFnoise";
    const void *frames[] = { TOPIC, NOISE, NOISE, NOISE };
    size_t lens[] = { sizeof TOPIC - 1, sizeof NOISE, sizeof NOISE, sizeof NOISE };
    Bihuan__Envelope envelope = BIHUAN__ENVELOPE__INIT;
    struct buf packed = { 0 };
    void *socket = connect_to(ZMQ_PUB, "feedback-b", "pub", true);

    usleep(1500000); /* readers come back to it within a second */
    for (int i = 0; i < 50; i++)
        for (int count = 1; count <= 4; count++)
            send_frames(socket, count, frames, lens);
    envelope.stream = (char *)(uintptr_t) "feedback";
    envelope.bucket = 60000;
    envelope.seq = UINT64_MAX;
    envelope.type = MSG(FACTS_RECORDED);
    wire_pack(&envelope.base, &packed);
    frames[1] = packed.data;
    lens[1] = packed.len;
    send_frames(socket, 3, frames, lens); /* a bucket that there isn't */
    buf_reset(&packed);
    envelope.bucket = 0;
    wire_pack(&envelope.base, &packed);
    frames[1] = packed.data;
    lens[1] = packed.len;
    send_frames(socket, 3, frames, lens); /* far ahead of what there is */
    frames[2] = huge;
    lens[2] = huge_len;
    send_frames(socket, 3, frames, lens);
    usleep(300000);
    zmq_close(socket);
    buf_fini(&packed);
}

static bool has_dropped(void *arg)
{
    char command[256];

    snprintf(command, sizeof command, "grep -q 'message_dropped.*from=feedback' %s/%s-a.log", stack.dir,
             (const char *)arg);
    return system(command) == 0;
}

static void test_bad_messages(void **state)
{
    static const char *const services[] = { "planning", "feedback", "monitoring", "incentive" };
    static const char TEXT[] = HEAD "bus-1" TAIL "bus-2" TAIL;
    size_t huge_len = (size_t)9 << 20;
    char *huge = calloc(1, huge_len);

    (void)state;
    assert_non_null(huge);
    raw_zmq = zmq_ctx_new();
    for (int i = 0; i < 4; i++)
        bad_requests(services[i], huge, huge_len);
    bad_events(huge, huge_len);
    zmq_ctx_term(raw_zmq);
    free(huge);
    assert_true(stack_until(has_dropped, (void *)(uintptr_t) "monitoring", 5));
    assert_true(stack_until(has_dropped, (void *)(uintptr_t) "incentive", 5));
    ask_all();
    loop_drop(&stack, "orders", "after.csv", TEXT, sizeof TEXT - 1);
    loop_wait_file(&stack, "orders", "after.csv", 30);
    good += 2;
    check_counted();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bad_rows),       cmocka_unit_test(test_quoted_newline_is_fine),
        cmocka_unit_test(test_bad_files),      cmocka_unit_test(test_name_is_mended),
        cmocka_unit_test(test_truncated_gzip), cmocka_unit_test(test_endless_line),
        cmocka_unit_test(test_bad_manifests),  cmocka_unit_test(test_bad_http),
        cmocka_unit_test(test_bad_messages),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
