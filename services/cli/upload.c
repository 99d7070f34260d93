/* upload: see upload.h. */
#include "cli/upload.h"
#include "cli/columns.h"

#include "text/base64.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define PIECE_LEN ((size_t)512 << 10)

const struct column upload_columns[] = {
    C("id", "ID", "编号", ID),
    C("name", "NAME", "文件名", TEXT),
    C("size", "BYTES", "字节", INT),
    C("added_by", "BY", "添加人", TEXT),
    C("added_at", "AT", "时间", TIME),
    C("hash", "SHA-256", "摘要", TEXT),
    END,
};

static int no_file(struct cli *cli, const char *file)
{
    return cli_usage(cli, word("could not open \"%s\": %s", "无法打开 \"%s\": %s"), file, strerror(errno));
}

static int send_piece(struct cli *cli, const char *folder, const char *name, long long revision, long long offset,
                      const char *bytes, size_t len, bool last)
{
    struct client_answer answer;
    struct buf path = { 0 };
    int code = EXIT_FINE;

    buf_printf(&path, "%s/%s?offset=%lld&last=%s", folder, client_escape(name), offset, last ? "true" : "false");
    if (revision)
        buf_printf(&path, "&revision=%lld", revision);
    if (!client_put(cli->client, buf_text(&path), bytes, len, &answer))
        code = cli_fail(cli, &answer);
    else if (last && cli->format == OUTPUT_JSON)
        cli_print_json(cli, answer.json);
    else if (last)
        fprintf(cli->out, word("attached %s, %lld bytes\n", "已附 %s，%lld 字节\n"), name, offset + (long long)len);
    client_answer_fini(&answer);
    buf_fini(&path);
    return code;
}

/* Whether more follows is only known by looking ahead: each piece is sent when the next has been read. */
static int send_all(struct cli *cli, const char *folder, const char *name, FILE *in, long long revision)
{
    char *piece = malloc(PIECE_LEN), *next = malloc(PIECE_LEN);
    long long offset = 0;
    int code = EXIT_FINE;
    size_t len, more;

    if (!piece || !next)
        abort();
    len = fread(piece, 1, PIECE_LEN, in);
    while (code == EXIT_FINE && len) {
        char *swap = piece;

        more = fread(next, 1, PIECE_LEN, in);
        if (ferror(in))
            code = cli_usage(cli, word("could not read \"%s\": %s", "无法读取 \"%s\": %s"), name, strerror(errno));
        else
            code = send_piece(cli, folder, name, revision, offset, piece, len, more == 0);
        offset += (long long)len;
        piece = next;
        next = swap;
        len = more;
    }
    if (!offset)
        code = cli_usage(cli, word("\"%s\" is empty", "\"%s\" 为空"), name);
    free(piece);
    free(next);
    return code;
}

int upload_attachment(struct cli *cli, const char *folder, const char *file, long long revision)
{
    const char *slash = strrchr(file, '/');
    FILE *in = fopen(file, "re");
    int code;

    if (!in)
        return no_file(cli, file);
    code = send_all(cli, folder, slash ? slash + 1 : file, in, revision);
    (void)fclose(in);
    return code;
}

/* Appends one piece; *last: it was the last one. */
static int fetch_piece(struct cli *cli, const char *id, long long *offset, FILE *out, bool *last)
{
    struct client_answer answer;
    struct buf path = { 0 }, bytes = { 0 };
    int code = EXIT_FINE;

    buf_printf(&path, "/api/v1/attachments/%s?offset=%lld", client_escape(id), *offset);
    if (!client_ask(cli->client, "GET", buf_text(&path), NULL, &answer)) {
        code = cli_fail(cli, &answer);
    } else {
        const char *data = output_text(answer.json, "data");

        if (base64_decode(data, strlen(data), &bytes) != 0 || fwrite(bytes.data, 1, bytes.len, out) != bytes.len)
            code = cli_usage(cli, word("could not write the file: %s", "无法写入文件: %s"), strerror(errno));
        *offset += (long long)bytes.len;
        *last = json_is_true(json_object_get(answer.json, "last"));
    }
    client_answer_fini(&answer);
    buf_fini(&path);
    buf_fini(&bytes);
    return code;
}

int upload_fetch(struct cli *cli, const char *id, const char *file)
{
    FILE *out = fopen(file, "we");
    long long offset = 0;
    bool last = false;
    int code = EXIT_FINE;

    if (!out)
        return no_file(cli, file);
    while (code == EXIT_FINE && !last)
        code = fetch_piece(cli, id, &offset, out, &last);
    if (fclose(out) != 0 && code == EXIT_FINE)
        code = cli_usage(cli, word("could not write \"%s\": %s", "无法写入 \"%s\": %s"), file, strerror(errno));
    return code;
}
